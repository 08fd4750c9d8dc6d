'use strict';
// The one option that node:net sets: TCP_NODELAY.
const net = require('node:net');
const { measureCalls, parseOptions } = require('../lib/measure');

const options = parseOptions();
const socket = net.connect(options.port, '127.0.0.1', () => {
  measureCalls(options, () => {
    for (let i = 0; i < 1000; i++) socket.setNoDelay((i & 1) === 1);
    return 1000;
  });
  process.exit();
});
