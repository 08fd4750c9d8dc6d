'use strict';
const path = require('node:path');
const { clientRow } = require('../lib/client-row');

const blocking = { mode: 'blocking' };
const webSocketServer = () => [process.execPath, path.join(__dirname, '../load/ws-echo.js')];

module.exports = clientRow({
  name: 'ping-pong',
  title: 'ping-pong client, one connection × 64 B, against a native server',
  unit: 'round trips/s',
  program: 'ping',
  options: { size: 64 },
  peers: [
    { name: 'native', options: blocking, title: 'native C, blocking' },
    { name: 'native-poll', peer: 'native', options: { mode: 'poll' }, title: 'native C, poll' },
    { name: 'wasm', options: blocking, title: 'wasm on hostsock, blocking' },
    { name: 'wasm-poll', peer: 'wasm', options: { mode: 'poll' }, title: 'wasm on hostsock, poll' },
    { name: 'wasm-events', peer: 'wasm', program: 'ping-events', title: 'wasm on hostsock, event callbacks' },
    // Its recv never blocks.
    { name: 'wasm-noderaw', options: { mode: 'poll' }, title: 'wasm on -sNODERAWSOCKETS in a thread, poll' },
    {
      name: 'wasm-noderaw-events',
      program: 'ping-events',
      title: 'wasm on -sNODERAWSOCKETS, event callbacks',
    },
    {
      name: 'wasm-sockfs',
      program: 'ping-events',
      server: webSocketServer,
      title: "wasm on Emscripten's WebSockets, event callbacks, against a WebSocket server (ws)",
    },
    {
      name: 'hostsock-blocking',
      peer: 'hostsock',
      options: blocking,
      title: 'hostsock Socket in Node, blocking',
    },
    { name: 'hostsock', options: { mode: 'events' }, title: 'hostsock Socket in Node, watched' },
    { name: 'node-net' },
    { name: 'bun' },
    { name: 'deno' },
  ],
  baselines: ['native', 'node-net'],
  floors: [{ peer: 'wasm', against: 'native', atLeast: 0.95 }],
});
