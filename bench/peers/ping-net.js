'use strict';
// Ping-pong client on node:net, for Node, Bun and Deno.
const assert = require('node:assert');
const net = require('node:net');
const { makePattern, measureEvents, parseOptions, period } = require('../lib/measure');

const options = parseOptions();
const { size } = options;
const pattern = makePattern(size + period);
let sequence = 0;
let message;
let got;

const socket = net.connect({ port: options.port, host: '127.0.0.1', noDelay: true }, () => {
  sendNext();
  measureEvents(options, () => sequence).then(() => process.exit());
});

socket.on('data', (data) => {
  if (options.check) assert(data.equals(message.subarray(got, got + data.length)), 'other bytes came back');
  got += data.length;
  if (got < size) return;
  sequence++;
  sendNext();
});

function sendNext() {
  const at = (sequence * 1009) % period;
  message = pattern.subarray(at, at + size);
  got = 0;
  socket.write(message);
}
