'use strict';
// Accepts on hostsock's Socket: load/dialer.c fills the backlog with --connections, then all are accepted.
const assert = require('node:assert');
const { Socket } = require('../..');
const { dial } = require('../lib/dial');
const { measureBursts, parseOptions } = require('../lib/measure');

const options = parseOptions();
const { connections } = options;
const listener = new Socket({ family: 'IPv4', type: 'stream' });
listener.bind({ address: '127.0.0.1', port: 0 });
listener.listen(4096);
const { port } = listener.localAddress();
const accepted = [];

measureBursts(options, prepare, acceptAll);

function prepare() {
  for (const socket of accepted.splice(0)) {
    socket.setOption('SO_LINGER', 0);
    socket.close();
  }
  dial(options.requests, options.answers, port, connections);
}

function acceptAll() {
  for (let i = 0; i < connections; i++) {
    const socket = listener.accept();
    assert(socket, 'no connection');
    accepted.push(socket);
  }
  if (options.check) accepted.forEach(check);
  return connections;
}

function check(socket, index) {
  const bytes = Buffer.alloc(4);
  assert.strictEqual(socket.recv(bytes), 4);
  assert.strictEqual(bytes.readUInt32LE(), index, 'not the connection in turn');
}
