'use strict';
// Accepts on node:net, for Node, Bun and Deno: load/dialer.c fills the backlog with --connections, then all are accepted.
const assert = require('node:assert');
const net = require('node:net');
const { dial } = require('../lib/dial');
const { measureBursts, parseOptions } = require('../lib/measure');

const options = parseOptions();
const { connections } = options;
const accepted = [];
let complete;

// Nothing is read, in favour of accepting.
const server = net.createServer({ pauseOnConnect: true }, (socket) => {
  socket.on('error', () => {});
  accepted.push(socket);
  if (accepted.length === connections) complete();
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  measureBursts(options, prepare, acceptAll).then(() => process.exit()),
);

async function prepare() {
  const closed = accepted.splice(0).map(
    (socket) =>
      new Promise((resolve) => {
        socket.on('close', resolve);
        socket.resetAndDestroy();
      }),
  );
  await Promise.all(closed);
  dial(options.requests, options.answers, server.address().port, connections);
}

async function acceptAll() {
  await new Promise((resolve) => {
    complete = resolve;
  });
  if (options.check) await Promise.all(accepted.map(check));
  return connections;
}

async function check(socket, index) {
  const data = await new Promise((resolve) => socket.once('data', resolve).resume());
  assert.strictEqual(data.readUInt32LE(), index, 'not the connection in turn');
}
