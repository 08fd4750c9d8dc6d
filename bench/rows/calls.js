'use strict';
const { clientRow } = require('../lib/client-row');

const hostsock = (name, mode, title) => ({ name, peer: 'hostsock', options: { mode }, title });

const optionRow = (mode, verb, more) =>
  clientRow({
    name: `option-${mode}`,
    title: `${verb} of TCP_NODELAY`,
    unit: 'calls/s',
    program: 'calls',
    options: { mode },
    peers: [
      { name: 'native' },
      { name: 'wasm' },
      hostsock('hostsock', mode, `hostsock Socket in Node, ${mode}Option`),
      hostsock('hostsock-raw', `${mode}-raw`, `hostsock Socket in Node, ${mode}sockopt`),
      ...more,
    ],
    baselines: ['native'],
    floors: [],
  });

module.exports = [
  optionRow('get', 'getsockopt', []),
  // The one option that node:net sets of itself, and it reads none.
  optionRow('set', 'setsockopt', [{ name: 'node-net', title: 'node:net, setNoDelay' }]),
  clientRow({
    name: 'call-overhead',
    title: 'a call that fails at once: recv with nothing to receive',
    unit: 'ns/call',
    less: true,
    program: 'calls',
    options: { mode: 'recv' },
    value: ({ operations, seconds }) => (seconds / operations) * 1e9,
    peers: [
      { name: 'native' },
      { name: 'wasm' },
      hostsock('hostsock', 'recv', 'hostsock Socket in Node'),
      hostsock('addon', 'addon', "hostsock's addon in Node, without Socket"),
    ],
    baselines: ['native'],
    floors: ['wasm', 'addon', 'hostsock'].map((peer) => ({ peer, above: 'native', atMost: 80 })),
  }),
];
