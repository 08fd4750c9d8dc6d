'use strict';
const { echoRow } = require('../lib/server-row');

const wasm = ['wasm-epoll', 'wasm-events-linked'];
const native = (...peers) => peers.map((peer) => ({ peer, against: 'native-epoll', atLeast: 0.9 }));
const noderaw = (atLeast) => ({ peer: 'wasm-events-linked', against: 'wasm-events-noderaw', atLeast });

module.exports = [
  echoRow({
    name: 'echo-64x64',
    connections: 64,
    size: 64,
    floors: [
      ...native(...wasm, 'hostsock-socket'),
      noderaw(2),
      { peer: 'hostsock-socket', against: 'node-net', atLeast: 1.3 },
      { peer: 'hostsock-socket', against: 'bun-listen', atLeast: 1 },
    ],
  }),
  echoRow({
    name: 'echo-64x16k',
    connections: 64,
    size: 16 * 1024,
    floors: [
      ...native(...wasm, 'hostsock-socket'),
      noderaw(3),
      { peer: 'hostsock-socket', against: 'node-net', atLeast: 2 },
      { peer: 'hostsock-socket', against: 'bun-listen', atLeast: 1.3 },
    ],
  }),
  echoRow({
    name: 'echo-1000x64',
    connections: 1000,
    size: 64,
    floors: [],
  }),
];
