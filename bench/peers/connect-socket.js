'use strict';
// Connects on hostsock's Socket: a connection is made and given up again, one after the other.
const assert = require('node:assert');
const { Socket } = require('../..');
const { measureCalls, parseOptions } = require('../lib/measure');

const options = parseOptions();
const address = { address: '127.0.0.1', port: options.port };
const echo = Buffer.alloc(4);

measureCalls(options, () => {
  const socket = new Socket({ family: 'IPv4', type: 'stream' });
  socket.setOption('TCP_NODELAY', true);
  socket.blocking = true;
  socket.connect(address);
  if (options.check) {
    socket.send('ping');
    assert.strictEqual(socket.recv(echo), 4);
    assert.strictEqual(echo.latin1Slice(), 'ping', 'other bytes came back than were sent');
  }
  socket.setOption('SO_LINGER', 0);
  socket.close();
  return 1;
});
