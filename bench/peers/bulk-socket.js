'use strict';
// Bulk transfer on hostsock's Socket, event-driven, with a buffer of --size bytes: `--mode receive`, `--mode send`.
const assert = require('node:assert');
const { Socket, constants } = require('../..');
const { makePattern, measureEvents, parseOptions, period } = require('../lib/measure');

const options = parseOptions();
const { size } = options;
const sending = options.mode === 'send';
const pattern = makePattern(size + period);
const room = Buffer.allocUnsafeSlow(size);
let at = 0;

const socket = new Socket({ family: 'IPv4', type: 'stream' });
socket.blocking = true;
socket.connect({ address: '127.0.0.1', port: options.port });
socket.setOption('TCP_NODELAY', true);
socket.send(!sending ? 'r' : options.check ? 'v' : 's');
socket.blocking = false;
socket.watch(sending ? send : receive, sending ? constants.WRITABLE : constants.READABLE);
measureEvents(options, () => at).then(finish);

/** Calls per event: as many as others get their turn after. */
const most = 16;

function receive() {
  for (let i = 0; i < most; i++) {
    const n = socket.recv(room);
    if (n < 0) return;
    assert(n > 0, 'closed by the server');
    if (options.check) assert(room.subarray(0, n).equals(expected(n)), 'other bytes came than were sent');
    at += n;
  }
}

function send() {
  for (let i = 0; i < most; i++) {
    const n = socket.send(pattern, 0, at % period, size);
    if (n < 0) return;
    at += n;
  }
}

function expected(length) {
  return pattern.subarray(at % period, (at % period) + length);
}

/** What the server has found right must be all. */
function finish() {
  if (!sending || !options.check) process.exit();
  socket.unwatch();
  socket.shutdown('write');
  socket.blocking = true;
  let line = '';
  for (let n = socket.recv(room); n > 0; n = socket.recv(room)) line += room.latin1Slice(0, n);
  assert.strictEqual(Number(line), at, 'other bytes arrived than were sent');
  process.exit();
}
