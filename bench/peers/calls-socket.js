'use strict';
// Single calls on hostsock's Socket: `--mode recv` with nothing to receive; TCP_NODELAY by name, `--mode get` and
// `--mode set`, and by number, `--mode get-raw` and `--mode set-raw`. `--mode addon`: recv of the addon itself.
const assert = require('node:assert');
const { Socket, constants } = require('../..');
const { measureCalls, parseOptions } = require('../lib/measure');

const options = parseOptions();
const { IPPROTO_TCP, EAGAIN } = constants;
const TCP_NODELAY = 1;
const times = 1000;
const room = Buffer.allocUnsafeSlow(64);
const socket = new Socket({ family: 'IPv4', type: 'stream' });
socket.blocking = true;
socket.connect({ address: '127.0.0.1', port: options.port });
socket.blocking = false;
for (const value of [false, true]) {
  socket.setOption('TCP_NODELAY', value);
  assert.strictEqual(socket.getOption('TCP_NODELAY'), value);
}

const calls = {
  recv: () => assertEqual(socket.recv(room), -1),
  get: () => assertEqual(socket.getOption('TCP_NODELAY'), true),
  set: (i) => socket.setOption('TCP_NODELAY', (i & 1) === 1),
  'get-raw': () => assertEqual(socket.getsockopt(IPPROTO_TCP, TCP_NODELAY, 4)[0], 1),
  'set-raw': (i) => socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, i & 1),
  addon: addonRecv(),
};
const call = calls[options.mode];
measureCalls(options, () => {
  for (let i = 0; i < times; i++) call(i);
  return times;
});

function addonRecv() {
  const native = require('../../native.js');
  const [handle] = native.pair(constants.AF_UNIX, constants.SOCK_STREAM, 0);
  return () => assertEqual(native.recv(handle, room), -EAGAIN);
}

/** Without the cost of assert's own. */
function assertEqual(value, expected) {
  if (value !== expected) throw new Error(`${value}, not ${expected}`);
}
