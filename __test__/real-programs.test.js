'use strict';

// Programs as users write them, and one from a Debian source package, linked with `hostsock emcc-flags`: what the
// native build does with real peers, the wasm builds do.

const assert = require('node:assert/strict');
const { createCipheriv } = require('node:crypto');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { emccFlags } = require('../emscripten/flags.js');
const { native, toolchains } = require('./support/emscripten.js');
const { startPostgres } = require('./support/postgres.js');
const { start } = require('./support/programs.js');
const { need, source } = require('./support/requirements.js');
const { startNginx, startRedis } = require('./support/servers.js');

const REAL = path.join(__dirname, 'real');
const BUILD = path.join(__dirname, 'build/real');
const LOCAL = '127.0.0.1';

let compared = 0;
after(() => console.log(`real programs: ${compared} runs as natively`));

/**
 * The native build and one for each Emscripten and set of flags, by name.
 * @param {string} name of the program
 * @param {{ sources?: string[], native?: string[], wasm?: Record<string, string[]> }} [how] `wasm`: flags by flavour
 * @returns {[string, () => Promise<string[]>][]} the first one is the native one
 */
function builds(
  name,
  { sources = [path.join(REAL, `${name}.c`)], native: flags = [], wasm = { '': [] } } = {},
) {
  const list = [['native', async () => [await native().compile(sources, path.join(BUILD, name), flags)]]];
  for (const toolchain of toolchains()) {
    for (const [flavour, more] of Object.entries(wasm)) {
      const build = `${toolchain.version}${flavour && ` ${flavour}`}`;
      // Inside the package, where `require('hostsock/emscripten')` finds the package itself.
      const output = path.join(BUILD, build.replaceAll(' ', '-'), `${name}.js`);
      list.push([
        build,
        async () => [
          process.execPath,
          await toolchain.compile(sources, output, ['-O2', ...more, ...emccFlags()]),
        ],
      ]);
    }
  }
  return list;
}

const warnings = ['-O2', '-Wall', '-Wextra', '-Werror'];

/** Runs to the end; what it has printed. */
async function finish(command, args, settings) {
  return outcome(start(command, args, settings));
}

async function outcome(running) {
  const { status, signal, stdout, stderr, late } = await running.ended;
  assert.equal(status, 0, `${late ? 'late' : (signal ?? status)}\n${stdout}${stderr}`);
  return stdout;
}

/** A server program in the hands of `use(port)`; what it has printed behind its port. */
async function serving(command, args, use) {
  const running = start(command, args, { deadline: 120_000 });
  try {
    const [, port] = await running.output(/^listening (\d+)$/m);
    await use(Number(port));
  } catch (error) {
    running.stop();
    const { stdout, stderr } = await running.ended;
    throw new Error(`${error.stack}\n${stdout}${stderr}`);
  }
  return (await outcome(running)).replace(/^listening .*\n/, '');
}

/** One test for each build: all give what the native one gives, and `check` is content with that. */
function sameAsNative(list, title, run, check) {
  let expected;
  for (const [build, make] of list) {
    test(`${title}: ${build}`, async () => {
      expected ??= list[0][1]().then(run);
      // Not both at once: they use the same things of the server.
      const wanted = await expected;
      const output = build === 'native' ? wanted : await run(await make());
      assert.equal(output, wanted);
      check(output);
      if (build !== 'native') compared++;
    });
  }
}

/** Bytes without a pattern, the same in every run. */
function noise(size) {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, 9), Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** The checksum of http_download.cpp, by halves of 32 bits. */
function fnv1a(bytes) {
  let [high, low] = [0xcbf29ce4, 0x84222325];
  for (const byte of bytes) {
    low = (low ^ byte) >>> 0;
    // Times 2^40 + 0x1b3.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return (BigInt(high) * 2n ** 32n + BigInt(low)).toString(16);
}

describe('an HTTP client downloads from nginx', { skip: need('g++', 'emscripten', 'nginx') }, () => {
  const files = { large: noise(20 << 20), small: noise(777), empty: Buffer.alloc(0) };
  const sources = [path.join(REAL, 'http_download.cpp')];
  const list = builds('http_download', {
    sources,
    native: ['-std=c++17', ...warnings],
    wasm: { '': ['-std=c++17', '-fexceptions'] },
  });
  let chunking;
  let nginx;
  before(async () => {
    // What nginx passes on without knowing its length, it sends in chunks.
    chunking = http.createServer((request, response) => {
      const bytes = files[path.basename(request.url)];
      for (let at = 0; at < bytes.length; at += 1 << 20) response.write(bytes.subarray(at, at + (1 << 20)));
      response.end();
    });
    await once(chunking.listen(0, LOCAL), 'listening');
    const origin = `http://${LOCAL}:${chunking.address().port}/`;
    nginx = await startNginx(files, (port) => [
      `listen [::1]:${port};`,
      `location /chunked/ { proxy_pass ${origin}; proxy_http_version 1.1; proxy_buffering off; }`,
    ]);
  });
  after(async () => {
    await nginx?.stop();
    chunking?.closeAllConnections();
    chunking?.close();
  });

  const paths = ['/large', '/chunked/large', '/small', '/empty', '/chunked/small', '/none'];
  for (const host of ['localhost', LOCAL, '::1']) {
    sameAsNative(
      list,
      `${host}, one connection kept alive`,
      (command) => finish(command, [host, String(nginx.port), ...paths]),
      (output) => {
        const sum = fnv1a(files.large);
        const large = `${20 << 20} bytes, ${sum}\n`;
        assert.ok(
          output.startsWith(`/large: HTTP/1.1 200 OK\ncontent-length: ${20 << 20}\n${large}`),
          output,
        );
        assert.ok(
          output.includes(`/chunked/large: HTTP/1.1 200 OK\ntransfer-encoding: chunked\n${large}`),
          output,
        );
        assert.ok(
          output.includes(`/small: HTTP/1.1 200 OK\ncontent-length: 777\n777 bytes, ${fnv1a(files.small)}\n`),
        );
        assert.match(output, /\/none: HTTP\/1.1 404 Not Found\n/);
      },
    );
  }
});

describe('a PostgreSQL client with poll', { skip: need('gcc', 'emscripten', 'initdb', 'postgres') }, () => {
  const users = [
    { name: 'scrammer', password: 'a secret, a longer one', method: 'scram-sha-256' },
    { name: 'plain', password: 'secret', method: 'password' },
    { name: 'trusted', password: 'not asked for', method: 'trust' },
  ];
  let postgres;
  before(async () => {
    postgres = await startPostgres({ users });
    await postgres.ready();
  });
  after(() => postgres?.stop());

  const list = builds('pg_client', {
    native: ['-std=gnu11', ...warnings],
    wasm: { '': ['-sALLOW_MEMORY_GROWTH'] },
  });
  const begins = {
    scrammer: 'SCRAM-SHA-256\nlogged in\n',
    plain: 'password\nlogged in\n',
    trusted: 'logged in\n',
  };
  for (const { name, password } of users) {
    for (const way of ['TCP', 'unix']) {
      sameAsNative(
        list,
        `${name} by ${way}`,
        (command) => {
          const host = way === 'TCP' ? 'localhost' : postgres.directory;
          return finish(command, [host, String(postgres.port), name, password]);
        },
        (output) => {
          assert.ok(output.startsWith(begins[name]), output);
          for (const line of [
            '  2 | null | text',
            `  ${name}`,
            `  3000000 bytes of x | ${way === 'TCP' ? 'f' : 't'}`,
            '  5 | 25',
            '  42 | QUIET | null',
            '  error 22P02: invalid input syntax for type integer: "no number"',
            '  error 42P01: relation "nowhere" does not exist',
            '  in a transaction: E',
            '  COPY 20000',
            '  error 57014: COPY from stdin failed: changed my mind',
            'notified: news: fresh',
            '  an answer in 300 ms: 0',
            '  the other connection: 0',
            '  error 57014: canceling statement due to user request',
            '  at once: yes',
            'goodbye: 0',
          ])
            assert.ok(output.includes(`${line}\n`), `${line}\n---\n${output}`);
          assert.match(output, / {2}\d{7} bytes, the same: yes\n/);
        },
      );
    }
  }
  test('a wrong password is refused', async () => {
    for (const [build, make] of list) {
      const args = ['localhost', String(postgres.port), 'scrammer', 'wrong'];
      const { status, stdout } = await start(await make(), args).ended;
      assert.equal(status, 1);
      assert.match(stdout, /^SCRAM-SHA-256\n28P01 password authentication failed/, build);
    }
  });
});

describe('a chat server on select', { skip: need('gcc', 'emscripten') }, () => {
  const [CLIENTS, LINES, VANISHING] = [50, 20, 10];

  /** A client that hears `total` lines; those, in its order. */
  async function client(port) {
    const socket = net.connect(port, LOCAL).setEncoding('utf8');
    const lines = [];
    let rest = '';
    let heard = () => {};
    socket.on('data', (text) => {
      rest += text;
      const parts = rest.split('\n');
      rest = parts.pop();
      lines.push(...parts);
      heard();
    });
    const until = (count) =>
      new Promise((resolve, reject) => {
        heard = () => lines.length >= count && resolve();
        socket.on('error', reject);
        socket.on('close', () => reject(new Error(`closed after ${lines.length} of ${count} lines`)));
        heard();
      });
    await until(1);
    assert.equal(lines[0], 'welcome');
    return { socket, lines, until };
  }

  sameAsNative(
    builds('chat_server', { native: ['-std=gnu11', ...warnings] }),
    `${CLIENTS} clients, and ${VANISHING} that vanish`,
    (command) =>
      serving(command, [], async (port) => {
        const clients = await Promise.all(Array.from({ length: CLIENTS }, () => client(port)));
        const vanishing = await Promise.all(Array.from({ length: VANISHING }, () => client(port)));
        const total = CLIENTS * LINES;
        const all = Promise.all(clients.map(({ until }) => until(1 + total)));
        for (let line = 0; line < LINES; line++) {
          clients.forEach(({ socket }, index) => {
            // Some lines come in two pieces.
            const text = `${index} says ${line}\n`;
            socket.write(text.slice(0, 3));
            socket.write(text.slice(3));
          });
          const gone = line % 2 === 0 && vanishing.pop();
          if (gone) {
            gone.socket.removeAllListeners('close').on('error', () => {});
            gone.until(Number.POSITIVE_INFINITY).catch(() => {});
            gone.socket.resetAndDestroy();
          }
          await new Promise(setImmediate);
        }
        await all;
        assert.equal(vanishing.length, 0);
        for (const { lines } of clients) {
          assert.deepEqual(lines, clients[0].lines, 'all hear the same, in the same order');
          assert.equal(lines.length, 1 + total);
        }
        for (let index = 0; index < CLIENTS; index++) {
          const own = clients[0].lines.filter((line) => line.startsWith(`${index} says `));
          assert.deepEqual(
            own,
            Array.from({ length: LINES }, (_, line) => `${index} says ${line}`),
          );
        }
        for (const { until } of clients) until(Number.POSITIVE_INFINITY).catch(() => {});
        clients[0].socket.write('/end\n');
      }),
    (output) => assert.equal(output, `60 came, 10 have gone, ${CLIENTS * LINES} lines\n`),
  );
});

describe('an HTTP server on epoll', { skip: need('gcc', 'emscripten') }, () => {
  const [CONNECTIONS, ROUNDS] = [1000, 4];
  const list = builds('epoll_server', {
    native: ['-std=gnu11', ...warnings],
    wasm: { '': ['-sALLOW_MEMORY_GROWTH'] },
  });

  /** A connection that is kept alive; `get(paths)` sends requests in one go, and gives the bodies that come back. */
  async function connection(port) {
    const socket = net.connect(port, LOCAL).setEncoding('latin1');
    let text = '';
    let changed = () => {};
    socket.on('data', (more) => {
      text += more;
      changed();
    });
    const failed = new Promise((_, reject) => {
      socket.on('error', reject);
      socket.on('close', () => reject(new Error(`closed with ${text.length} bytes of an answer`)));
    });
    failed.catch(() => {});
    await Promise.race([once(socket, 'connect'), failed]);
    async function body() {
      for (;;) {
        const match = /^HTTP\/1\.1 200 OK\r\nContent-Length: (\d+)\r\n(?:Connection: close\r\n)?\r\n/.exec(
          text,
        );
        const end = match && match[0].length + Number(match[1]);
        if (match && text.length >= end) {
          const found = text.slice(match[0].length, end);
          text = text.slice(end);
          return found;
        }
        await Promise.race([new Promise((resolve) => (changed = resolve)), failed]);
      }
    }
    return {
      socket,
      async get(paths, header = '') {
        socket.write(paths.map((name) => `GET /${name} HTTP/1.1\r\nHost: a\r\n${header}\r\n`).join(''));
        const bodies = [];
        for (const _ of paths) bodies.push(await body());
        return bodies;
      },
    };
  }

  const expected = (name) => name.repeat(Math.ceil(Number(name) / name.length)).slice(0, Number(name));

  for (const trigger of ['level', 'edge']) {
    sameAsNative(
      list,
      `${CONNECTIONS} connections, ${trigger}-triggered`,
      (command) =>
        serving(command, [trigger], async (port) => {
          const all = await Promise.all(Array.from({ length: CONNECTIONS }, () => connection(port)));
          let answers = 0;
          for (let round = 0; round < ROUNDS; round++) {
            await Promise.all(
              all.map(async ({ get }, index) => {
                // One at a time, then two at once; some more than a socket's buffer holds.
                const names = [String(index + round)];
                if (round % 2 === 1) names.push(index % 100 === 0 ? '400000' : '5');
                const bodies = await get(names);
                names.forEach((name, at) => {
                  assert.ok(bodies[at] === expected(name), `${name}: ${bodies[at].length} bytes`);
                  answers++;
                });
              }),
            );
          }
          assert.equal(answers, CONNECTIONS * (ROUNDS + ROUNDS / 2));
          await all[0].get(['end']);
          // A few leave with a reset, which is no reason to leave the others alone.
          for (const { socket } of all.slice(900)) socket.resetAndDestroy();
          await Promise.all(
            all.slice(0, 900).map(async ({ socket, get }) => {
              const ended = once(socket, 'end');
              await get(['3'], 'Connection: close\r\n');
              await ended;
            }),
          );
        }),
      (output) => {
        const requests = CONNECTIONS * (ROUNDS + ROUNDS / 2) + 1 + 900;
        assert.equal(output, `${CONNECTIONS} connections, ${CONNECTIONS} at once, ${requests} requests\n`);
      },
    );
  }
});

describe('a server with a thread for each connection', { skip: need('gcc', 'emscripten') }, () => {
  const [CLIENTS, LINES] = [32, 30];
  const threads = ['-pthread', `-sPTHREAD_POOL_SIZE=${CLIENTS}`];
  sameAsNative(
    builds('thread_server', {
      native: ['-std=gnu11', '-pthread', ...warnings],
      wasm: { pthread: threads, PROXY_TO_PTHREAD: [...threads, '-sPROXY_TO_PTHREAD', '-sEXIT_RUNTIME'] },
    }),
    `${CLIENTS} clients`,
    (command) =>
      serving(command, [String(CLIENTS)], async (port) => {
        const sockets = Array.from({ length: CLIENTS }, () => net.connect(port, LOCAL).setEncoding('utf8'));
        const counts = [];
        const ask = async (socket, text) => {
          socket.write(text);
          let answer = '';
          while (!answer.endsWith('\n')) answer += (await once(socket, 'data'))[0];
          return answer.trimEnd();
        };
        // All have their answer before one goes on: so all the threads are there at once.
        for (let line = 0; line < LINES; line++) {
          await Promise.all(
            sockets.map(async (socket, index) => {
              const [sum, count] = (await ask(socket, `${index * 1000} + ${line}\n`)).split(' ').map(Number);
              assert.equal(sum, index * 1000 + line);
              counts.push(count);
            }),
          );
        }
        assert.equal(await ask(sockets[0], 'nonsense\n'), 'what?');
        assert.equal(new Set(counts).size, CLIENTS * LINES, 'each answer has a number of its own');
        assert.equal(Math.max(...counts), CLIENTS * LINES);
        sockets.forEach((socket, index) => {
          socket.on('error', () => {});
          if (index % 4 === 0) socket.resetAndDestroy();
          else socket.end();
        });
      }),
    (output) =>
      assert.equal(output, `${CLIENTS} connections, ${CLIENTS} at once, ${CLIENTS * LINES} answers\n`),
  );
});

// The client library of Redis from Debian's source package, with the tests that it brings along.
describe('hiredis', { skip: need('gcc', 'emscripten', 'redis-server', 'hiredis') }, () => {
  // Where the compilers in their chroots can see it.
  const folder = path.join(BUILD, 'hiredis-source');
  const files = ['test.c', 'alloc.c', 'hiredis.c', 'net.c', 'read.c', 'sds.c', 'async.c'];
  fs.mkdirSync(BUILD, { recursive: true });
  if (!fs.existsSync(folder))
    fs.cpSync(source('hiredis'), folder, { recursive: true, preserveTimestamps: true });
  const list = builds('hiredis', {
    sources: files.map((name) => path.join(folder, name)),
    native: ['-O2', '-w'],
    // Its types of pointers to functions differ, which clang takes for an error.
    wasm: { '': ['-w', '-Wno-incompatible-function-pointer-types', '-sALLOW_MEMORY_GROWTH'] },
  });
  // Of musl, and of a size_t of 32 bits: not of sockets.
  const OTHERWISE = [/^Returns error when host cannot be resolved: /, /^Set error when bulk > SIZE_MAX: /];

  async function results(command) {
    const redis = await startRedis(['--unixsocket', 'redis.sock']);
    try {
      const args = ['-p', String(redis.port), '-s', path.join(redis.directory, 'redis.sock')];
      const { stdout, stderr, late } = await start(command, args, { deadline: 120_000 }).ended;
      assert.equal(late, false, stdout + stderr);
      return (
        stdout
          // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
          .replace(/\x1b\[[0-9;]*m/g, '')
          .split('\n')
          .map((line) =>
            line
              .replace(/#\d+ /g, '')
              .replace(/: [\d.]+s\)$/, ')')
              .replace(/\(.*(\d{4,}|\.sock)\):/, ''),
          )
      );
    } finally {
      await redis.stop();
    }
  }

  let expected;
  for (const [build, make] of list) {
    test(`its own tests: ${build}`, async () => {
      expected ??= list[0][1]().then(results);
      const lines = build === 'native' ? await expected : await results(await make());
      const passed = lines.filter((line) => line.endsWith(' PASSED'));
      assert.ok(passed.length > 80, lines.join('\n'));
      const same = (list) => list.filter((line) => !OTHERWISE.some((other) => other.test(line)));
      assert.deepEqual(same(lines).slice(0, -2), same(await expected).slice(0, -2));
      assert.equal(lines.at(-2), build === 'native' ? 'ALL TESTS PASSED' : '*** 1 TESTS FAILED ***');
      if (build !== 'native') compared++;
    });
  }
});
