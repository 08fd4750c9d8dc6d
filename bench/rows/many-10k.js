'use strict';
const { echoRow } = require('../lib/server-row');

const names = [
  'native-epoll',
  'node-net',
  'hostsock-socket',
  'wasm-epoll',
  'wasm-events-linked',
  'wasm-events-noderaw',
  'bun-listen',
  'deno-listen',
];
const idle = 10_000 - 64;
const alone = (name) => `${name} with 64`;

module.exports = echoRow({
  name: 'many-10k',
  title:
    'echo server, 10 000 connections of which 64 are active × 64 B, beside the same server with only these',
  connections: 64,
  size: 64,
  peers: names.flatMap((name) => [
    { name, idle },
    { name: alone(name), peer: name },
  ]),
  baselines: ['native-epoll', 'node-net'],
  floors: ['hostsock-socket', 'wasm-epoll', 'wasm-events-linked'].map((peer) => ({
    peer,
    against: alone(peer),
    atLeast: 0.95,
  })),
});
