'use strict';
const { serverRow } = require('../lib/server-row');

/** Datagrams on their way at once: what the sockets' buffers hold for sure. */
const window = 128;

const checks = [8, 64, 1400].map((size) => ({
  name: `${size} bytes`,
  size,
  window: size > 1000 ? 32 : window,
}));

const row = { unit: 'datagrams/s', program: 'load/udp-client.c', checks };

module.exports = [
  serverRow({
    ...row,
    name: 'udp-64',
    title: `UDP echo server, 64 B, ${window} datagrams on their way`,
    load: { size: 64, window },
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
  }),
  serverRow({
    ...row,
    name: 'udp-segments-64',
    title: `UDP echo server, 64 B, ${window} datagrams on their way, which the sender's kernel cuts (UDP_SEGMENT)`,
    load: { size: 64, window, mode: 'segment' },
    peers: [
      'udp-native-coalesced',
      'udp-native-batched',
      'udp-node',
      'udp-hostsock-coalesced',
      'udp-hostsock-batched',
      'udp-wasm-coalesced',
      'udp-wasm-batched',
    ],
    baselines: ['udp-native-coalesced', 'udp-native-batched', 'udp-node'],
    floors: [
      { peer: 'udp-hostsock-coalesced', against: 'udp-node', atLeast: 3 },
      { peer: 'udp-hostsock-coalesced', against: 'udp-native-coalesced', atLeast: 0.8 },
      { peer: 'udp-wasm-coalesced', against: 'udp-native-coalesced', atLeast: 0.8 },
    ],
  }),
];
