'use strict';
// Connects on node:net, for Node, Bun and Deno: a connection is made and given up again, one after the other.
const assert = require('node:assert');
const net = require('node:net');
const { once } = require('node:events');
const { measureAwaited, parseOptions } = require('../lib/measure');

const options = parseOptions();
const target = { port: options.port, host: '127.0.0.1', noDelay: true };

measureAwaited(options, connectOnce).then(() => process.exit());

async function connectOnce() {
  const socket = net.connect(target);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  await once(socket, 'connect');
  if (options.check) {
    socket.write('ping');
    const [data] = await once(socket, 'data');
    assert.strictEqual(data.latin1Slice(), 'ping', 'other bytes came back than were sent');
  }
  socket.resetAndDestroy();
  await closed;
  return 1;
}
