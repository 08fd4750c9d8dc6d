'use strict';
// The peers: what each is, and the command that starts it. `command()` builds what is needed and throws Missing if
// something is not there.
const { existsSync } = require('node:fs');
const path = require('node:path');
const { buildNative, buildWasm, root } = require('./build');
const { firstLine } = require('./machine');
const { Missing } = require('./missing');

const source = (name) => path.join(__dirname, '..', 'peers', name);

const peers = {
  'native-epoll': {
    title: 'native C, epoll',
    command: () => [buildNative('peers/native-epoll.c')],
  },
  'node-net': {
    title: 'node:net',
    command: () => [process.execPath, source('node-net.js')],
  },
  'hostsock-socket': {
    title: 'hostsock Socket in Node',
    command() {
      requireHostsock();
      return [process.execPath, source('hostsock-socket.js')];
    },
  },
  'wasm-events': {
    title: 'wasm on hostsock, event callbacks',
    command() {
      requireHostsock();
      const pre = path.join(root, 'emscripten/pre.js');
      if (!existsSync(pre)) throw new Missing('no emscripten/pre.js');
      return [process.execPath, buildWasm('peers/wasm-events.c', 'wasm-events', ['--pre-js', pre], [pre])];
    },
  },
  'wasm-events-noderaw': {
    title: 'wasm on -sNODERAWSOCKETS, event callbacks',
    command: () => [
      process.execPath,
      buildWasm('peers/wasm-events.c', 'wasm-events-noderaw', ['-sNODERAWSOCKETS']),
    ],
  },
  'udp-native-batched': {
    title: 'native C, recvmmsg and sendmmsg',
    command: () => [buildNative('peers/udp-native.c'), '64'],
  },
  'udp-native-single': {
    title: 'native C, recvfrom and sendto',
    command: () => [buildNative('peers/udp-native.c'), '1'],
  },
  'udp-node': {
    title: 'node:dgram',
    command: () => [process.execPath, source('udp-node.js')],
  },
  'udp-hostsock-single': {
    title: 'hostsock Socket in Node, recvFrom and sendTo',
    command: () => udpHostsock('1'),
  },
  'udp-hostsock-batched': {
    title: 'hostsock Socket in Node, recvMany and sendMany',
    command: () => udpHostsock('64'),
  },
  'bun-listen': {
    title: 'Bun.listen',
    command: () => [findRuntime('bun', 'HOSTSOCK_BUN'), source('bun-listen.js')],
  },
  'deno-listen': {
    title: 'Deno.listen',
    command: () => [findRuntime('deno', 'HOSTSOCK_DENO'), 'run', '--allow-net', source('deno-listen.js')],
  },
};

function udpHostsock(batch) {
  requireHostsock();
  return [process.execPath, source('udp-hostsock.js'), batch];
}

function requireHostsock() {
  if (!existsSync(path.join(root, 'index.js'))) throw new Missing('no index.js');
  if (!existsSync(path.join(root, 'native.js'))) throw new Missing('the addon is not built (npm run build)');
}

function findRuntime(name, variable) {
  const runtime = process.env[variable] || name;
  if (firstLine(runtime, '--version') === null) throw new Missing(`no ${runtime} to run (set ${variable})`);
  return runtime;
}

module.exports = { peers };
