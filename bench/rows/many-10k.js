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
  title: 'echo server, 64 connections × 64 B, with 9 936 idle ones beside and without',
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
