'use strict';
const { serverRow } = require('../lib/server-row');

/** Datagrams on their way at once: what the sockets' buffers hold for sure. */
const window = 128;

module.exports = serverRow({
  name: 'udp-64',
  title: `UDP echo server, 64 B, ${window} datagrams on their way`,
  unit: 'datagrams/s',
  program: 'load/udp-client.c',
  load: { size: 64, window },
  checks: [8, 64, 1400].map((size) => ({ name: `${size} bytes`, size, window: size > 1000 ? 32 : window })),
  peers: [
    'udp-native-batched',
    'udp-native-single',
    'udp-node',
    'udp-hostsock-batched',
    'udp-hostsock-single',
    'udp-wasm-batched',
    'udp-wasm-single',
    'udp-noderaw',
    'udp-bun',
    'udp-deno',
  ],
  baselines: ['udp-native-batched', 'udp-native-single', 'udp-node'],
  floors: [
    { peer: 'udp-hostsock-batched', against: 'udp-node', atLeast: 3 },
    { peer: 'udp-hostsock-batched', against: 'udp-native-batched', atLeast: 0.8 },
  ],
});
