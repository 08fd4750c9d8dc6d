'use strict';
// Rows that measure an echo server: `connections` connections, each with one message of `size` bytes on its way.
const { runClient, startServer } = require('./server');

const checks = [
  { name: 'messages in two pieces, cut at odd places', client: { split: true } },
  // The client reads only when it cannot write, so the server's sends would block.
  { name: 'back-pressure', client: { connections: 2, size: 8 * 1024 * 1024, hold: true } },
];

function echoRow({ name, connections, size, floors }) {
  return {
    name,
    title: `echo server, ${connections} connections × ${sizeName(size)}`,
    unit: 'round trips/s',
    peers: [
      'native-epoll',
      'node-net',
      'hostsock-socket',
      'wasm-events',
      'wasm-events-noderaw',
      'bun-listen',
      'deno-listen',
    ],
    baselines: ['native-epoll', 'node-net'],
    floors,
    start: (command, settings) => startServer(command, { core: settings.pin?.server }),

    async check(server, settings) {
      for (const { name, client } of checks) {
        const options = { connections, size, warmup: 0, duration: 200, ...client };
        await runClient(server, options, { core: settings.pin?.client }).catch((error) => {
          throw new Error(`${name}: ${error.message}`);
        });
      }
    },

    async measure(server, { warmup, duration, pin }) {
      const result = await runClient(server, { connections, size, warmup, duration }, { core: pin?.client });
      return {
        value: result.roundTrips / result.seconds,
        operations: result.roundTrips,
        seconds: result.seconds,
        cpu: result.server,
        clientCpu: result.client,
        machineCpu: result.machine,
      };
    },
  };
}

function sizeName(size) {
  return size < 1024 ? `${size} B` : `${size / 1024} KiB`;
}

module.exports = { echoRow };
