'use strict';
// Ping-pong client on hostsock's Socket: `--mode blocking`, or event-driven.
const assert = require('node:assert');
const { Socket, constants } = require('../..');
const { makePattern, measureCalls, measureEvents, parseOptions, period } = require('../lib/measure');

const options = parseOptions();
const { size } = options;
const pattern = makePattern(size + period);
const room = Buffer.allocUnsafeSlow(size);
let sequence = 0;
let message;
let got;

const socket = new Socket({ family: 'IPv4', type: 'stream' });
socket.blocking = true;
socket.connect({ address: '127.0.0.1', port: options.port });
socket.setOption('TCP_NODELAY', true);

if (options.mode === 'blocking') {
  measureCalls(options, () => {
    for (let i = 0; i < 16; i++) {
      sendNext();
      while (!receive());
    }
    return 16;
  });
} else {
  socket.blocking = false;
  socket.watch(() => {
    if (receive()) sendNext();
  }, constants.READABLE);
  sendNext();
  measureEvents(options, () => sequence).then(() => process.exit());
}

function sendNext() {
  const at = (sequence * 1009) % period;
  message = pattern.subarray(at, at + size);
  got = 0;
  socket.send(message);
}

/** True when the echo is complete. */
function receive() {
  const n = got === 0 ? socket.recv(room) : socket.recv(room, 0, got);
  if (n < 0) return false;
  assert(n > 0, 'closed by the server');
  got += n;
  if (got < size) return false;
  if (options.check) assert(room.equals(message), 'other bytes came back than were sent');
  sequence++;
  return true;
}
