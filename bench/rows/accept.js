'use strict';
const { clientRow } = require('../lib/client-row');
const { dialer } = require('../lib/dialer');

module.exports = clientRow({
  name: 'accept',
  title: 'accepts, of 500 connections that wait in the backlog',
  unit: 'accepts/s',
  program: 'accept',
  server: dialer,
  // Bun's backlog is 512, whatever is asked for.
  options: { connections: 500 },
  peers: [
    { name: 'native' },
    { name: 'wasm' },
    { name: 'hostsock' },
    { name: 'node-net' },
    { name: 'bun' },
    { name: 'deno' },
  ],
  baselines: ['native', 'node-net'],
  floors: [
    { peer: 'hostsock', against: 'native', atLeast: 0.9 },
    { peer: 'hostsock', against: 'node-net', atLeast: 2 },
    { peer: 'wasm', against: 'native', atLeast: 0.9 },
  ],
});
