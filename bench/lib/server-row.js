'use strict';
// Rows whose peers are servers under load.
const { buildNative } = require('./build');
const { figures } = require('./figures');
const { servers } = require('./peers');
const { holdConnections, runProgram, startServer } = require('./server');
const { systemCalls } = require('./system-calls');

/**
 * `load`: options of the load generator `program`; `checks`: names with options of runs that must come out right first.
 * `peers` are names of servers, or `{ name, peer, load, idle }` for one that is loaded in another way; `idle` connections
 * are held open beside.
 */
function serverRow({ program = 'load/tcp-client.c', load, checks, peers, idle = 0, ...row }) {
  const run = (subject, settings, { wrap, ...options }) => {
    const { server, peer } = subject;
    const command = [buildNative(program)];
    const all = { ...load, ...peer.load, ...options };
    return runProgram(command, all, { core: settings.pin?.client, server, wrap });
  };
  return {
    ...row,
    peers: peers.map((entry) => {
      const { name, peer = name, ...how } = typeof entry === 'string' ? { name: entry } : entry;
      return { ...servers[peer], idle, ...how, name };
    }),

    async start(peer, settings) {
      const server = await startServer(peer.command(), { core: settings.pin?.server });
      const subject = { server, peer, stop: () => server.stop() };
      if (peer.idle === 0) return subject;
      try {
        const holder = await holdConnections(server, peer.idle);
        return { ...subject, stop: () => Promise.all([holder.stop(), server.stop()]) };
      } catch (error) {
        await server.stop();
        throw new Error(`${peer.idle} idle connections: ${error.message}`);
      }
    },

    async check(subject, settings) {
      for (const { name, ...options } of checks) {
        await run(subject, settings, { warmup: 0, duration: 200, ...options }).catch((error) => {
          throw new Error(`${name}: ${error.message}`);
        });
      }
    },

    async measure(subject, settings) {
      const { warmup, duration } = settings;
      return figures(await run(subject, settings, { warmup, duration }), { peer: 'other' });
    },

    systemCalls: (subject, settings) =>
      systemCalls(
        (duration, wrap) => run(subject, settings, { warmup: 0, duration, wrap }),
        subject.server.pid,
      ),
  };
}

const echoChecks = [
  { name: 'messages in two pieces, cut at odd places', split: true },
  // The client reads only when it cannot write, so the server's sends would block.
  { name: 'back-pressure', connections: 2, size: 8 * 1024 * 1024, hold: true },
];

/** Echo servers: `connections` connections, each with one message of `size` bytes on its way. */
function echoRow({ connections, size, peers = echoPeers, ...row }) {
  return serverRow({
    title: `echo server, ${connections} connections × ${sizeName(size)}`,
    unit: 'round trips/s',
    baselines: ['native-epoll', 'node-net'],
    load: { connections, size },
    checks: echoChecks,
    peers,
    ...row,
  });
}

const echoPeers = [
  'native-epoll',
  'node-net',
  'hostsock-socket',
  'wasm-epoll',
  'wasm-events-linked',
  'wasm-events',
  'wasm-events-noderaw',
  'bun-listen',
  'deno-listen',
];

function sizeName(size) {
  return size < 1024 ? `${size} B` : `${size / 1024} KiB`;
}

module.exports = { echoRow, serverRow, sizeName };
