'use strict';
// The peers: what each is, and the command that starts it. `command()` builds what is needed and throws Missing if
// something is not there.
const { existsSync } = require('node:fs');
const path = require('node:path');
const { buildNative, buildPeer, root } = require('./build');
const { firstLine } = require('./machine');
const { Missing } = require('./missing');

const source = (name) => path.join(__dirname, '..', 'peers', name);

/** Servers that are put under load. */
const servers = {
  'native-epoll': {
    title: 'native C, epoll',
    command: () => [buildNative('peers/native-epoll.c')],
  },
  'node-net': {
    title: 'node:net',
    command: () => node('node-net.js'),
  },
  'hostsock-socket': {
    title: 'hostsock Socket in Node',
    command: () => hostsock('hostsock-socket.js'),
  },
  'wasm-epoll': {
    title: 'wasm on hostsock, the native program with epoll, blocking',
    command: () => wasm('native-epoll', 'linked'),
  },
  'wasm-events-linked': {
    title: 'wasm on hostsock, event callbacks',
    command: () => wasm('wasm-events', 'linked'),
  },
  'wasm-events': {
    title: 'wasm on hostsock by pre-js, event callbacks',
    command: () => wasm('wasm-events', 'pre-js'),
  },
  'wasm-events-noderaw': {
    title: 'wasm on -sNODERAWSOCKETS, event callbacks',
    command: () => wasm('wasm-events', 'noderaw'),
  },
  'bun-listen': {
    title: 'Bun.listen',
    command: () => bun('bun-listen.js'),
  },
  'deno-listen': {
    title: 'Deno.listen',
    command: () => deno('deno-listen.mjs'),
  },
  'udp-native-batched': {
    title: 'native C, recvmmsg and sendmmsg',
    command: () => [buildNative('peers/udp-native.c'), '64'],
  },
  'udp-native-single': {
    title: 'native C, recvfrom and sendto',
    command: () => [buildNative('peers/udp-native.c'), '1'],
  },
  'udp-native-coalesced': {
    title: 'native C, UDP_GRO and UDP_SEGMENT',
    command: () => [buildNative('peers/udp-native.c'), '0'],
  },
  'udp-hostsock-coalesced': {
    title: 'hostsock Socket in Node, UDP_GRO and UDP_SEGMENT',
    command: () => [...hostsock('udp-hostsock.js'), '0'],
  },
  'udp-wasm-coalesced': {
    title: 'wasm on hostsock, UDP_GRO and UDP_SEGMENT',
    command: () => [...wasm('udp-native', 'linked'), '0'],
  },
  'udp-node': {
    title: 'node:dgram',
    command: () => node('udp-node.js'),
  },
  'udp-hostsock-single': {
    title: 'hostsock Socket in Node, recvFrom and sendTo',
    command: () => [...hostsock('udp-hostsock.js'), '1'],
  },
  'udp-hostsock-batched': {
    title: 'hostsock Socket in Node, recvMany and sendMany',
    command: () => [...hostsock('udp-hostsock.js'), '64'],
  },
  'udp-wasm-single': {
    title: 'wasm on hostsock, recvfrom and sendto',
    command: () => [...wasm('udp-native', 'linked'), '1'],
  },
  'udp-wasm-batched': {
    title: 'wasm on hostsock, recvmmsg and sendmmsg',
    command: () => [...wasm('udp-native', 'linked'), '64'],
  },
  'udp-noderaw': {
    title: 'wasm on -sNODERAWSOCKETS in a thread, recvfrom and sendto',
    command: () => [...wasm('udp-native', 'noderaw-thread'), '1'],
  },
  'udp-bun': {
    title: 'node:dgram of Bun',
    command: () => bun('udp-node.js'),
  },
  'udp-deno': {
    title: 'node:dgram of Deno',
    command: () => deno('udp-node.js'),
  },
};

/** Where programs that measure themselves run: `command(program)` is that of peers/PROGRAM.c, -socket.js or -net.js. */
const clients = {
  native: {
    title: 'native C',
    command: (program) => [buildNative(`peers/${program}.c`)],
  },
  wasm: {
    title: 'wasm on hostsock',
    command: (program) => wasm(program, 'linked'),
  },
  'wasm-noderaw': {
    title: 'wasm on -sNODERAWSOCKETS in a thread',
    command: (program) => wasm(program, 'noderaw-thread'),
  },
  'wasm-noderaw-events': {
    title: 'wasm on -sNODERAWSOCKETS',
    command: (program) => wasm(program, 'noderaw'),
  },
  'wasm-sockfs': {
    title: "wasm on Emscripten's WebSockets",
    command: (program) => wasm(program, 'sockfs'),
  },
  hostsock: {
    title: 'hostsock Socket in Node',
    command: (program) => hostsock(`${program}-socket.js`),
  },
  'node-net': {
    title: 'node:net',
    command: (program) => node(`${program}-net.js`),
  },
  bun: {
    title: 'node:net of Bun',
    command: (program) => bun(`${program}-net.js`),
  },
  deno: {
    title: 'node:net of Deno',
    command: (program) => deno(`${program}-net.js`),
  },
};

function node(file) {
  return [process.execPath, source(file)];
}

function bun(file) {
  return [findRuntime('bun', 'HOSTSOCK_BUN'), source(file)];
}

function deno(file) {
  return [findRuntime('deno', 'HOSTSOCK_DENO'), 'run', '--allow-all', source(file)];
}

function hostsock(file) {
  requireHostsock();
  return node(file);
}

function wasm(program, backend) {
  requireHostsock();
  return [process.execPath, buildPeer(program, backend)];
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

module.exports = { clients, servers };
