'use strict';
const { clientRow } = require('../lib/client-row');

module.exports = clientRow({
  name: 'connect',
  title: 'connections made and given up, one after the other, against a native server',
  unit: 'connections/s',
  program: 'connect',
  // Not -sNODERAWSOCKETS: its connect returns before there is a connection, and never waits.
  peers: ['native', 'wasm', 'hostsock', 'node-net', 'bun', 'deno'].map((name) => ({ name })),
  baselines: ['native', 'node-net'],
  floors: [],
});
