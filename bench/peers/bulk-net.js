'use strict';
// Bulk transfer on node:net, for Node, Bun and Deno: `--mode receive`, `--mode onread` (into one buffer of --size bytes),
// `--mode send`.
const assert = require('node:assert');
const net = require('node:net');
const { makePattern, measureEvents, parseOptions, period } = require('../lib/measure');

const options = parseOptions();
const { size } = options;
const sending = options.mode === 'send';
const longest = 1 << 20;
const pattern = makePattern((sending ? size : longest) + period);
let at = 0;
let finishing = false;

const target = { port: options.port, host: '127.0.0.1', noDelay: true };
if (options.mode === 'onread') {
  target.onread = {
    buffer: Buffer.allocUnsafeSlow(size),
    callback: (n, buffer) => receive(buffer.subarray(0, n)),
  };
}
const socket = net.connect(target, () => {
  socket.write(!sending ? 'r' : options.check ? 'v' : 's');
  if (sending) send();
  measureEvents(options, () => at).then(finish);
});
if (options.mode === 'receive') socket.on('data', receive);
socket.on('drain', send);

function receive(data) {
  if (options.check) {
    assert(data.length <= longest);
    const begin = at % period;
    assert(data.equals(pattern.subarray(begin, begin + data.length)), 'other bytes came than were sent');
  }
  at += data.length;
  return true;
}

function send() {
  while (!finishing) {
    const begin = at % period;
    at += size;
    if (!socket.write(pattern.subarray(begin, begin + size))) return;
  }
}

/** What the server has found right must be all. */
function finish() {
  finishing = true;
  if (!sending || !options.check) process.exit();
  let line = '';
  socket.on('data', (data) => {
    line += data;
  });
  socket.on('end', () => {
    assert.strictEqual(Number(line), at, 'other bytes arrived than were sent');
    process.exit();
  });
  socket.end();
}
