'use strict';
// Rows whose peers are programs that measure themselves, against a server of the bench.
const { buildNative } = require('./build');
const { figures } = require('./figures');
const { clients } = require('./peers');
const { runProgram, startServer } = require('./server');
const { systemCalls } = require('./system-calls');

const echoServer = () => [buildNative('peers/native-epoll.c')];

/**
 * `program`: peers/PROGRAM; `peers`: `{ name, peer, program, options, server }`, with `options` beside those of the row;
 * `server()`: the command of what they talk to, which may have `options` for them; `scale`, `value`: see figures.js.
 */
function clientRow({ program, options, peers, server = echoServer, scale, value, ...row }) {
  const run = ({ peer, command, server, more }, settings, { wrap, ...times }) => {
    const all = { ...options, ...peer.options, ...more, ...times };
    return runProgram(command, all, { core: settings.pin?.client, server, wrap });
  };
  return {
    ...row,
    peers: peers.map((entry) => {
      const client = clients[entry.peer ?? entry.name];
      const command = () => client.command(entry.program ?? program);
      return { server, ...entry, command, title: entry.title ?? client.title };
    }),

    async start(peer, settings) {
      const command = peer.command();
      const other = peer.server();
      const server = await startServer(other, { core: settings.pin?.server });
      return { peer, command, server, more: other.options, stop: () => server.stop() };
    },

    check: (subject, settings) => run(subject, settings, { check: true, warmup: 0, duration: 200 }),

    async measure(subject, settings) {
      const { warmup, duration } = settings;
      return figures(await run(subject, settings, { warmup, duration }), { peer: 'own', scale, value });
    },

    systemCalls: (subject, settings) =>
      systemCalls((duration, wrap) => run(subject, settings, { warmup: 0, duration, wrap }), null, scale),
  };
}

module.exports = { clientRow };
