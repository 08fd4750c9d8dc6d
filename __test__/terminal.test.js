'use strict';

// Standard input of programs linked with `hostsock emcc-flags`, beside a socket: a terminal, a pipe, a file, nothing.
// What is typed, and what a server sends, wakes them as it wakes the native build.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { setTimeout: delay } = require('node:timers/promises');
const { emccFlags } = require('../emscripten/flags.js');
const { native, toolchains } = require('./support/emscripten.js');
const { POSIX, program: programOf, buildNative, buildWasm, run } = require('./support/programs.js');
const { need, program } = require('./support/requirements.js');

const SOURCE = path.join(__dirname, 'real/input.c');
const BUILD = path.join(__dirname, 'build/real');
const TERMINAL = path.join(__dirname, 'support/terminal.py');
const DEADLINE_MS = 20_000;

const threads = ['-pthread'];
const proxied = ['-pthread', '-sPROXY_TO_PTHREAD', '-sEXIT_RUNTIME'];

/** Builds of input.c by name; the native one first. */
const builds = [
  [
    'native',
    () =>
      native()
        .compile([SOURCE], path.join(BUILD, 'input'))
        .then((file) => [file]),
  ],
];
for (const toolchain of toolchains()) {
  for (const [flavour, flags] of Object.entries({ O2: [], NODERAWFS: ['-sNODERAWFS'], threads, proxied })) {
    const name = `${toolchain.version} ${flavour}`;
    const output = path.join(BUILD, name.replace(' ', '-'), 'input.js');
    builds.push([
      name,
      async () => [
        process.execPath,
        await toolchain.compile([SOURCE], output, ['-O2', ...flags, ...emccFlags()]),
      ],
    ]);
  }
}

/** A program, and a server's side of its connection. */
async function conversation(context, command, how, stdin, terminal = false) {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const whole = [...command, how, String(server.address().port)];
  const [file, ...args] = terminal ? [program('python3'), TERMINAL, ...whole] : whole;
  // A group of its own: a shell's pipeline ends with its shell.
  const child = spawn(file, args, { stdio: [stdin, 'pipe', 'pipe'], detached: true });
  const talk = speaking(context, child);
  context.after(() => server.close());
  const connected = once(server, 'connection');
  const [socket] = await Promise.race([
    connected,
    talk.ended.then(() => assert.fail(`it ended at once: ${talk.errors()}`)),
  ]);
  context.after(() => socket.destroy());
  socket.on('error', () => {});
  return { socket, ...talk };
}

/** `says(text)` resolves when that is the next of what the program shows, and rejects when something else is. */
function speaking(context, child) {
  const kill = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended just now.
    }
  };
  let shown = '';
  let errors = '';
  let changed = () => {};
  child.stdout.setEncoding('utf8').on('data', (text) => {
    shown += text;
    changed();
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
    changed();
  });
  child.stdin?.on('error', () => {});
  const timer = setTimeout(kill, 3 * DEADLINE_MS);
  let over = false;
  const ended = once(child, 'close').then(([status]) => {
    clearTimeout(timer);
    over = true;
    changed();
    return status;
  });
  context.after(async () => {
    if (!over) kill();
    await ended;
  });
  async function until(condition, what) {
    const late = delay(DEADLINE_MS, 'late', { ref: false });
    while (!condition()) {
      assert.ok(!over, `${what} before it ended: ${shown}${errors}`);
      const how = await Promise.race([new Promise((resolve) => (changed = resolve)), late]);
      assert.notEqual(how, 'late', `${what}, not ${shown}${errors}`);
    }
  }
  return {
    child,
    ended,
    errors: () => errors,
    silent: () => assert.equal(shown, ''),
    async says(text) {
      await until(() => shown.length >= text.length, text);
      assert.equal(shown.slice(0, text.length), text);
      shown = shown.slice(text.length);
    },
    /** Of the process on the terminal. */
    async pid() {
      await until(() => errors.includes('\n'), 'a process id');
      return Number.parseInt(errors, 10);
    },
  };
}

/** Processor time that a process has used, in hundredths of a second. */
function ticks(pid) {
  const [, rest] = /^.*\) (.*)$/s.exec(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = rest.split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

const NEEDED = need('gcc', 'emscripten', 'python3') || (!fs.existsSync('/proc/self/stat') && 'needs /proc');

describe('a terminal', { concurrency: 2, skip: NEEDED }, () => {
  for (const [build, make] of builds) {
    for (const how of ['poll', 'select', 'epoll', 'fgets', 'getchar']) {
      test(`${how}: ${build}`, async (context) => {
        const talk = await conversation(context, await make(), how, 'pipe', true);
        const { socket, says } = talk;
        const type = (text) => talk.child.stdin.write(text);
        await says('a terminal: yes\nready> ');
        type('one\n');
        await says('typed one\n');
        socket.write('first\n');
        await says('server first\n');
        // A line is there when it ends, and what was rubbed out is not in it.
        type('parX\x7ft');
        const pid = await talk.pid();
        await delay(200);
        const before = ticks(pid);
        await delay(500);
        assert.ok(ticks(pid) - before <= 4, `${ticks(pid) - before} hundredths of a second of 50`);
        talk.silent();
        socket.write('second\n');
        await says('server second\n');
        type('ial\n');
        await says('typed partial\n');
        type('a\n');
        await says('typed a\n');
        type('b\n');
        await says('typed b\n');
        // Ctrl-D
        type('\x04');
        await says(how === 'getchar' ? 'typed \nend of input\n' : 'end of input\n');
        socket.write('third\n');
        await says('server third\n');
        socket.end();
        await says('end of server\n');
        await talk.ended;
        assert.match(talk.errors(), /\nexit 0\n$/);
      });
    }
  }
});

describe('Ctrl-C ends what waits', { concurrency: 2, skip: NEEDED }, () => {
  const forever = programOf('forever', POSIX);
  const wasm = toolchains().flatMap((toolchain) =>
    ['link-O0', { name: 'link-threads', linked: true, flags: ['-O1', '-pthread'] }].map((flavour) => [
      `${toolchain.version} ${flavour.name ?? flavour}`,
      () => buildWasm(forever, toolchain, flavour),
    ]),
  );
  for (const [build, make] of [['native', () => buildNative(forever)], ...wasm]) {
    for (const how of ['poll', 'select', 'recv', 'read', 'accept', 'connect', 'epoll', 'input', 'getchar']) {
      test(`${how}: ${build}`, async (context) => {
        const command = [...(await make()), how];
        const child = spawn(program('python3'), [TERMINAL, ...command], { stdio: 'pipe', detached: true });
        const talk = speaking(context, child);
        await talk.says('waiting\n');
        // It has said so before it waits.
        await delay(300);
        talk.silent();
        const begin = Date.now();
        child.stdin.write('\x03');
        await talk.ended;
        assert.match(talk.errors(), /\nsignal 2\n$/);
        assert.ok(Date.now() - begin < 2000, `${Date.now() - begin} ms`);
      });
    }
  }
});

describe('other standard input', { concurrency: 2, skip: NEEDED }, () => {
  let folder;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-input-'));
    fs.writeFileSync(path.join(folder, 'file'), 'of a file\n');
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  for (const [build, make] of builds) {
    for (const how of ['poll', 'select', 'epoll', 'fgets']) {
      test(`a pipe, ${how}: ${build}`, async (context) => {
        // Of the shell, because those of Node are sockets.
        const command = ['/bin/sh', '-c', 'cat | "$@"', 'sh', ...(await make())];
        const { child, socket, says, silent, ended } = await conversation(context, command, how, 'pipe');
        await says('a terminal: no\nready> ');
        child.stdin.write('one\n');
        await says('typed one\n');
        socket.write('first\n');
        await says('server first\n');
        await delay(100);
        silent();
        child.stdin.write('two\n');
        await says('typed two\n');
        child.stdin.end();
        await says('end of input\n');
        socket.end('last\n');
        await says('server last\nend of server\n');
        assert.equal(await ended, 0);
      });
    }
    for (const how of ['poll', 'select', 'fgets']) {
      test(`a file and /dev/null, ${how}: ${build}`, async (context) => {
        for (const [name, text] of [
          [path.join(folder, 'file'), 'typed of a file\n'],
          ['/dev/null', ''],
        ]) {
          const stdin = fs.openSync(name, 'r');
          const talk = await conversation(context, await make(), how, stdin);
          fs.closeSync(stdin);
          await talk.says(`a terminal: no\nready> ${text}end of input\n`);
          talk.socket.end('first\n');
          await talk.says('server first\nend of server\n');
          assert.equal(await talk.ended, 0);
        }
      });
    }
    test(`a file, epoll: ${build}`, async (context) => {
      const stdin = fs.openSync(path.join(folder, 'file'), 'r');
      const talk = await conversation(context, await make(), 'epoll', stdin);
      fs.closeSync(stdin);
      await talk.says('a terminal: no\nepoll_ctl: EPERM\nready> ');
    });
  }
});

describe('standard output', { skip: need('gcc', 'emscripten') }, () => {
  const it = programOf('stdio_sockets', POSIX);
  for (const toolchain of toolchains()) {
    test(`goes to Module.print where there is one: ${toolchain.version}`, async () => {
      const { lines } = await run(it, await buildNative(it));
      const command = await buildWasm(it, toolchain, {
        name: 'link-print',
        linked: true,
        flags: ['-O1', '-sMODULARIZE'],
        loader: (file) => `require('./${file}')({ print: (line) => console.log('print', line) });\n`,
      });
      const printed = await run(it, command);
      // Those are lines of text, of which raw bytes are none.
      const text = (list) => list.filter((line) => line && !line.startsWith('raw'));
      const expected = text(lines).slice(0, 40);
      assert.deepEqual(
        text(printed.lines).slice(0, 40),
        expected.map((line) => `print ${line}`),
      );
    });
  }
});
