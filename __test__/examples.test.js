'use strict';

// The demo, and the examples' committed build: it must do what a fresh build does, and what a native one does.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { build, examples, BUILD, OLDEST } = require('../scripts/build-examples.js');
const { native, toolchains } = require('./support/emscripten.js');
const { serve, start } = require('./support/programs.js');
const { need } = require('./support/requirements.js');

const ROOT = path.resolve(__dirname, '..');
const DEMO = path.join(ROOT, 'examples/demo.js');
const CLIENTS = 5;

describe('demo', { skip: process.platform !== 'linux' && 'shows options of Linux' }, () => {
  test('every option is confirmed by the kernel', async () => {
    const { status, stdout, stderr } = await start([process.execPath, path.join(ROOT, 'examples/demo.js')])
      .ended;
    assert.equal(status, 0, stdout + stderr);
    assert.equal(stderr, '');
    const rows = new Map();
    for (const line of stdout.split('\n')) {
      const row = /^ {2}((?:SO|IP|TCP)_\w+) {2,}(.+)$/.exec(line);
      if (row) rows.set(row[1], row[2].trim().split(/ {2,}/));
    }
    assert.equal(rows.size, 20);
    for (const [name, [, read, kernel]] of rows) assert.equal(kernel.replace(/ \[\d\]$/, ''), read, name);
    // What the program asked for, what it read, what the kernel has, and what Node has for it.
    assert.deepEqual(rows.get('TCP_USER_TIMEOUT'), ['20000', '20000', '20000', 'no']);
    assert.deepEqual(rows.get('TCP_CONGESTION'), ['reno', 'reno', 'reno', 'no']);
    assert.deepEqual(rows.get('SO_LINGER').slice(0, 3), ['5 s', '5 s', '5 s']);
    assert.deepEqual(rows.get('SO_RCVBUF').slice(0, 2), ['65536', '131072']);
    assert.deepEqual(rows.get('TCP_NODELAY'), ['1', '1', '1', 'setNoDelay()']);
    assert.match(stdout, /^ {2}20 of 20 confirmed;/m);
    assert.match(stdout, /: ENOPROTOOPT\.$/m);
    assert.match(stdout, /sent ping, received pong\.$/m);
    assert.match(stdout, /every byte arrived\.$/m);
    assert.match(stdout, /^Next: /m);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line);
  });

  test('what the kernel does not confirm makes it fail', async () => {
    // The program ends before it is connected, as no call waits.
    const { status, stderr } = spawnSync(process.execPath, [DEMO], {
      encoding: 'utf8',
      env: { ...process.env, HOSTSOCK_BLOCKING: 'never' },
    });
    assert.equal(status, 1);
    assert.match(stderr, /^\nNot confirmed: .*Operation in progress/);
  });
});

describe('examples', { skip: process.platform !== 'linux' && 'set options of Linux' }, () => {
  const servers = {};
  before(async () => {
    servers.pong = await listen(
      net.createServer((socket) => {
        socket.on('error', () => {});
        socket.on('data', () => socket.end('pong'));
      }),
    );
    const page = Buffer.alloc(300_007, 'hostsock ');
    servers.page = await listen(http.createServer((_request, response) => response.end(page)));
  });
  after(() => {
    for (const server of Object.values(servers)) server.close();
  });

  /** Runs an example with what it needs; its lines. */
  const scenarios = {
    options: (command) => lines(start(command, ['127.0.0.1', port(servers.pong)])),
    'http-get': (command) => lines(start(command, ['localhost', port(servers.page), '/'])),
    ping: (command) => lines(start(command, ['127.0.0.1', '2'])),
    async 'echo-server'(command) {
      const ended = await serve(command, ['0', String(CLIENTS)], CLIENTS);
      return (await lines({ ended })).slice(1);
    },
  };
  const endings = {
    options: 'sent ping, received pong',
    'http-get': '300007 bytes, FNV-1a 0add9e37',
    ping: '2 sent, 2 received',
    'echo-server': `served ${CLIENTS} connections`,
  };
  const callsSetsockopt = ['options', 'echo-server', 'ping'];
  // Before, setsockopt ends inside the wasm module.
  const reaches = (version) => version.localeCompare(OLDEST, 'en', { numeric: true }) >= 0;

  for (const name of examples()) {
    describe(name, { skip: name === 'ping' && need('root') }, () => {
      const committed = [process.execPath, path.join(BUILD, `${name}.js`)];

      test('the committed build', async () => {
        assert.equal((await scenarios[name](committed)).at(-1), endings[name]);
      });

      test('equals a native build', { skip: need('gcc') }, async () => {
        const folder = path.join(__dirname, 'build/native-examples');
        const expected = await scenarios[name]([await build(name, native(), folder)]);
        assert.deepEqual(await scenarios[name](committed), expected);
      });

      test('equals a fresh build', { skip: need('emscripten') }, async (t) => {
        for (const toolchain of toolchains()) {
          if (callsSetsockopt.includes(name) && !reaches(toolchain.version)) continue;
          await t.test(toolchain.version, async () => {
            // Inside the package, where the glue code finds the package by its name.
            const folder = path.join(__dirname, 'build', `${toolchain.version}-examples`);
            const fresh = [process.execPath, await build(name, toolchain, folder)];
            assert.deepEqual(await scenarios[name](fresh), await scenarios[name](committed));
          });
        }
      });

      test('is small, and holds no path of the machine that built it', () => {
        for (const file of [`${name}.js`, `${name}.wasm`]) {
          const bytes = fs.readFileSync(path.join(BUILD, file));
          assert.ok(bytes.length < 100_000, `${file}: ${bytes.length} bytes`);
          assert.ok(!bytes.includes(ROOT), file);
        }
      });
    });
  }

  // examples/prebuilt.js is what docs/emscripten.md shows for them.
  describe('as modules that were built without hostsock', { skip: need('emscripten') }, () => {
    const exported = [
      '-sEXPORTED_RUNTIME_METHODS=FS,DNS,HEAPU8,callMain',
      '-sEXPORTED_FUNCTIONS=_main,_malloc',
    ];
    for (const toolchain of toolchains()) {
      for (const name of ['options', 'http-get']) {
        if (callsSetsockopt.includes(name) && !reaches(toolchain.version)) continue;
        test(`${name}, ${toolchain.version}`, async () => {
          const output = path.join(__dirname, 'build', `${toolchain.version}-prebuilt`, `${name}.js`);
          // Without -O2, imports keep their names.
          const flags = ['-O1', '-sMODULARIZE', '-sINVOKE_RUN=0', ...exported];
          await toolchain.compile([path.join(ROOT, 'examples', `${name}.c`)], output, flags);
          const script = path.join(ROOT, 'examples/prebuilt.js');
          const result = await scenarios[name]([process.execPath, script, output]);
          assert.equal(result.at(-1), endings[name]);
        });
      }
    }
  });

  test('wrong arguments are told', async () => {
    for (const name of examples()) {
      const file = path.join(BUILD, `${name}.js`);
      const { status, stdout } = await start([process.execPath, file]).ended;
      assert.equal(status, 2, name);
      assert.match(stdout, new RegExp(`^usage: ${name} `));
    }
  });

  test('a refused connection is told', async () => {
    const server = await listen(net.createServer());
    const closed = port(server);
    await new Promise((resolve) => server.close(resolve));
    for (const [name, args] of [
      ['options', ['127.0.0.1', closed]],
      ['http-get', ['127.0.0.1', closed, '/']],
    ]) {
      const { status, stdout } = await start([process.execPath, path.join(BUILD, `${name}.js`)], args).ended;
      assert.deepEqual([status, stdout], [1, 'connect: Connection refused\n'], name);
    }
  });
});

function listen(server) {
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function port(server) {
  return String(server.address().port);
}

async function lines(program) {
  const { status, signal, stdout, stderr } = await program.ended;
  assert.deepEqual({ status, signal }, { status: 0, signal: null }, stdout + stderr);
  return stdout.trimEnd().split('\n');
}
