'use strict';
const { echoRow } = require('../lib/echo');

module.exports = echoRow({
  name: 'echo-64x64',
  connections: 64,
  size: 64,
  floors: [
    { peer: 'wasm-events', against: 'native-epoll', atLeast: 0.9 },
    { peer: 'wasm-events', against: 'wasm-events-noderaw', atLeast: 2 },
    { peer: 'hostsock-socket', against: 'native-epoll', atLeast: 0.9 },
    { peer: 'hostsock-socket', against: 'node-net', atLeast: 1.3 },
    { peer: 'hostsock-socket', against: 'bun-listen', atLeast: 1 },
  ],
});
