'use strict';
const { buildNative } = require('../lib/build');
const { clientRow } = require('../lib/client-row');
const { sizeName } = require('../lib/server-row');

const server = () => [buildNative('load/stream-server.c')];
const compiled = [{ name: 'native' }, { name: 'wasm' }, { name: 'wasm-noderaw' }, { name: 'hostsock' }];
const onread = { peer: 'node-net', options: { mode: 'onread' }, title: 'node:net, option onread' };

const floors = {
  receive: [
    { peer: 'hostsock', against: 'native', atLeast: 0.95 },
    { peer: 'hostsock', against: 'node-net', atLeast: 1.5 },
    { peer: 'wasm', against: 'native', atLeast: 0.95 },
  ],
  send: [],
};
const peers = {
  receive: [
    ...compiled,
    { name: 'node-net' },
    { name: 'node-net-onread', ...onread },
    { name: 'bun' },
    { name: 'deno' },
  ],
  send: [...compiled, { name: 'node-net' }, { name: 'bun' }, { name: 'deno' }],
};

module.exports = ['receive', 'send'].flatMap((mode) =>
  [4, 64, 256].map((kibibytes) =>
    clientRow({
      name: `bulk-${mode}-${kibibytes}k`,
      title: `bulk ${mode}, one connection, buffer of ${sizeName(kibibytes * 1024)}`,
      unit: 'MiB/s',
      operation: 'MiB',
      program: 'bulk',
      server,
      options: { mode, size: kibibytes * 1024 },
      scale: 2 ** 20,
      peers: peers[mode],
      baselines: ['native', 'node-net'],
      floors: floors[mode],
    }),
  ),
);
