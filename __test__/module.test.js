'use strict';

// The package as its users load it: CommonJS and ESM, by its name.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { describe, test } = require('node:test');
const { ROOT, resultOf } = require('./support/sockets.js');

const NAMES = [
  ...['Socket', 'connect', 'listen', 'lookup', 'poll', 'getOption', 'setOption', 'getsockopt', 'setsockopt'],
  ...['constants', 'control', 'optionTable', 'READABLE', 'WRITABLE', 'HANGUP', 'ERROR'],
];

const METHODS = [
  ...['bind', 'listen', 'accept', 'connect', 'send', 'recv', 'shutdown', 'close', 'detach'],
  ...['localAddress', 'remoteAddress', 'takeError', 'available'],
  ...['getOption', 'setOption', 'getsockopt', 'setsockopt'],
  ...['readable', 'writable', 'watch', 'unwatch', 'ref', 'unref', 'hasRef'],
];

describe('CommonJS', () => {
  test("require('hostsock') is the package itself", () => {
    assert.equal(require('hostsock'), require('../index.js'));
  });

  test('exports what the documentation names', () => {
    const exported = Object.keys(require('hostsock'));
    assert.deepEqual(
      NAMES.filter((name) => !exported.includes(name)),
      [],
    );
  });

  test('works twice in one process', async () => {
    assert.deepEqual(await resultOf('module.loadedTwice'), { heard: 'both', distinct: true });
  });
});

describe('ESM', () => {
  test('import { Socket } from the package, with every name that require() gives', async () => {
    const { names, commonjs, echoed } = await resultOf('module.imported');
    assert.deepEqual([...names].sort(), [...commonjs, 'default'].sort());
    assert.equal(echoed, 'from ESM');
  });

  test('import() from CommonJS is the same module', async () => {
    const imported = await import('hostsock');
    const required = require('hostsock');
    assert.equal(imported.default, required);
    assert.equal(imported.Socket, required.Socket);
    assert.equal(imported.poll, required.poll);
  });
});

describe('Socket', () => {
  const { Socket } = require('hostsock');

  test('has the methods that the documentation names, and shows nothing else', () => {
    for (const name of METHODS) assert.equal(typeof Socket.prototype[name], 'function', name);
    for (const name of ['fd', 'blocking', 'family', 'type']) {
      assert.equal(typeof Object.getOwnPropertyDescriptor(Socket.prototype, name).get, 'function', name);
    }
    for (const name of ['fromFd', 'pair']) assert.equal(typeof Socket[name], 'function', name);
    const socket = new Socket({ family: 'IPv4', type: 'stream' });
    assert.deepEqual(Reflect.ownKeys(socket), [], 'no handle can be read or forged');
    socket.close();
  });

  test('can be extended', () => {
    class Mine extends Socket {
      constructor() {
        super({ family: 'IPv4', type: 'stream' });
      }
    }
    const mine = new Mine();
    assert.ok(mine instanceof Socket);
    assert.ok(mine.fd >= 0);
    mine.close();
  });

  test('Symbol.dispose is there where the language has it', () => {
    assert.equal(typeof Socket.prototype[Symbol.dispose ?? 'close'], 'function');
  });
});

describe('constants', () => {
  const { constants, ...exported } = require('hostsock');

  test('are the kernel’s numbers', () => {
    const { SOL_SOCKET, IPPROTO_TCP, AF_INET, AF_INET6, SOCK_STREAM, MSG_PEEK, POLLIN, POLLHUP } = constants;
    assert.deepEqual(
      { SOL_SOCKET, IPPROTO_TCP, AF_INET, AF_INET6, SOCK_STREAM, MSG_PEEK, POLLIN, POLLHUP },
      {
        ...{ SOL_SOCKET: 1, IPPROTO_TCP: 6, AF_INET: 2, AF_INET6: 10, SOCK_STREAM: 1, MSG_PEEK: 2 },
        ...{ POLLIN: 1, POLLHUP: 16 },
      },
    );
    assert.ok(Object.values(constants).every(Number.isInteger));
  });

  test('readiness bits are exported by themselves too', () => {
    for (const name of ['READABLE', 'WRITABLE', 'HANGUP', 'ERROR']) {
      assert.equal(exported[name], constants[name], name);
    }
  });
});

describe('package.json', () => {
  const manifest = require('hostsock/package.json');
  const requireHere = createRequire(path.join(ROOT, 'index.js'));

  test('shows only what is meant to be seen', () => {
    for (const inside of ['hostsock/native.js', 'hostsock/lib/socket.js', 'hostsock/src/lib.rs']) {
      assert.throws(() => requireHere(inside), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' }, inside);
    }
    assert.equal(typeof requireHere('hostsock/emscripten'), 'object');
    assert.ok(requireHere.resolve('hostsock/emscripten/pre.js').endsWith('pre.js'));
  });

  test('packs everything that index.js needs', () => {
    const packed = (file) =>
      manifest.files.some((entry) => {
        const pattern = entry.replaceAll('.', '\\.').replaceAll('*', '[^/]*');
        return new RegExp(`^${pattern}(/|$)`).test(file);
      });
    const loaded = Object.keys(require.cache)
      .filter((file) => file.startsWith(`${ROOT}${path.sep}`) && !file.includes('node_modules'))
      .map((file) => path.relative(ROOT, file))
      .filter((file) => !file.startsWith('__test__'));
    assert.ok(loaded.includes('index.js') && loaded.length > 2, `${loaded}`);
    assert.deepEqual(
      loaded.filter((file) => !packed(file) && !file.endsWith('.node') && file !== 'package.json'),
      [],
    );
  });

  test('has no run-time dependency and no install script', () => {
    assert.equal(manifest.dependencies, undefined);
    for (const script of ['preinstall', 'install', 'postinstall']) {
      assert.equal(manifest.scripts[script], undefined, script);
    }
  });

  test('the files that it names for users are there', () => {
    const targets = (entry) => (typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(targets));
    const named = [manifest.main, manifest.types, ...targets(manifest.exports)];
    assert.deepEqual(
      named.filter((file) => !fs.existsSync(path.join(ROOT, file))),
      [],
    );
  });
});
