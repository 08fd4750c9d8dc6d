'use strict';

// Bad arguments: the right error class and code, before any call of the system; and a native side that wild arguments
// cannot break.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { before, describe, test } = require('node:test');
const { inspect } = require('node:util');
const hostsock = require('../index.js');
const emscripten = require('hostsock/emscripten');
const phpWasm = require('hostsock/php-wasm');
const pyodide = require('hostsock/pyodide');
const wintertc = require('hostsock/wintertc');
const native = require('../native.js');
const support = require('./support/sockets.js');
const { opener, waitAvailable, inChild } = support;
const { Socket, DatagramBatch, control, poll, READABLE, WRITABLE, HANGUP, constants } = hostsock;

const TYPE = 'ERR_INVALID_ARG_TYPE';
const VALUE = 'ERR_INVALID_ARG_VALUE';
const RANGE = 'ERR_OUT_OF_RANGE';
const CLASSES = { [TYPE]: TypeError, [VALUE]: TypeError, [RANGE]: RangeError };

/** Native functions that make no system call. */
const PURE = new Set([
  'isAddress',
  'errnoName',
  'constants',
  'interfaceIndex',
  'controlSpace',
  'encodeAddress',
  'checkOption',
]);

/** Calls something while every native function that makes system calls is watched; the names of those called. */
async function nativeCalls(call) {
  const called = [];
  const originals = new Map();
  for (const [name, original] of Object.entries(native)) {
    if (typeof original !== 'function' || PURE.has(name)) continue;
    originals.set(name, original);
    native[name] = (...args) => {
      const result = original(...args);
      // These two look at the option's name and value themselves, and say so, before they ask the kernel.
      if (!(/^[gs]etOption$/.test(name) && result?.failure !== undefined)) called.push(name);
      return result;
    };
  }
  try {
    await call();
  } finally {
    for (const [name, original] of originals) native[name] = original;
  }
  return called;
}

/**
 * @param {string | string[] | undefined} codes what the error's code may be
 * @param {string} [name] of the function, where its errors are of a class of their own
 */
async function assertRefused(call, codes, what, name = '') {
  let error;
  const called = await nativeCalls(async () => {
    try {
      await call();
    } catch (caught) {
      error = caught;
    }
  });
  assert.ok(error, `${what} was accepted`);
  assert.ok([codes].flat().includes(error.code), `${what}: ${error.stack}`);
  const { prototype } =
    name === 'wintertc.connect' ? wintertc.SocketError : (CLASSES[error.code] ?? TypeError);
  assert.ok(error instanceof prototype.constructor, what);
  // The adapter's settings are judged where no errors of Node's shape are at hand.
  if (CLASSES[error.code] && !/^(emscripten|php-wasm)\./.test(name))
    assert.ok(error.message.includes('eceived'), error.message);
  assert.deepEqual(called, [], `${what} reached the system`);
}

/** A value as text. */
const named = (value) => inspect(value, { breakLength: Number.POSITIVE_INFINITY }).slice(0, 80);

const bare = Object.create(null);
const notNumbers = [null, '1', '', true, {}, [], [1], () => {}, Symbol('s'), 1n, bare];
const notStrings = [undefined, null, 1, true, {}, ['127.0.0.1'], () => {}, Symbol('s'), 1n, bare];
const notObjects = [undefined, null, 1, 'x', true, () => {}, Symbol('s'), 1n];
const notBytes = [undefined, null, 1, true, {}, [], [1, 2], { length: 3 }, () => {}, Symbol('s'), 1n, bare];
const notInts = [1.5, Number.NaN, Number.POSITIVE_INFINITY, -Number.POSITIVE_INFINITY];
const notInt32 = [...notInts, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, 2 ** 53];

const expecting = (codes, values) => values.map((value) => [value, codes]);
const int32Cases = [...expecting(TYPE, notNumbers), ...expecting(RANGE, notInt32)];

function detached(view) {
  structuredClone(view.buffer ?? view, { transfer: [view.buffer ?? view] });
  return view;
}

const addressTexts = [
  ...['localhost', '', ' ', '127.1', '127.0.0.1 ', ' 127.0.0.1', '127.0.0.1:80', '0x7f.0.0.1', '0177.0.0.1'],
  ...['127.0.0.256', '127.0.0', '127.0.0.1.', '2130706433', '127.0.0.1%lo', '127.0.0.1\0', '::1 ', '[::1]'],
  ...['::1%', '::1%no-such-interface', ':::', '1:2:3:4:5:6:7:8:9', '::g', 'example.com', '💥', '\0', 'a\0b'],
];

/** An address of a method, field by field. */
const addressCases = [
  ...expecting(TYPE, notObjects),
  ...expecting(
    TYPE,
    notStrings.map((address) => ({ address, port: 80 })),
  ),
  ...expecting(
    VALUE,
    addressTexts.map((address) => ({ address, port: 80 })),
  ),
  ...expecting(
    TYPE,
    notNumbers.filter((port) => port !== null).map((port) => ({ address: '127.0.0.1', port })),
  ),
  ...expecting(
    RANGE,
    [...notInts, -1, 65_536, 2 ** 32 + 80].map((port) => ({ address: '127.0.0.1', port })),
  ),
  ...['flowInfo', 'scopeId'].flatMap((field) => [
    ...expecting(
      TYPE,
      notNumbers.map((value) => ({ address: '::1', port: 80, [field]: value })),
    ),
    ...expecting(
      RANGE,
      [...notInts, -1, 2 ** 32].map((value) => ({ address: '::1', port: 80, [field]: value })),
    ),
  ]),
];

const flagCases = int32Cases;
/** A part of four bytes. */
const partCases = [
  ...expecting(TYPE, notNumbers),
  ...expecting(RANGE, [...notInts, -1, 5, 2 ** 32, 2 ** 53]),
];

/** Every method: what it is called with, and the cases for each argument. */
const methods = {
  'bind(address)': [(socket, value) => socket.bind(value), addressCases],
  'connect(address)': [(socket, value) => socket.connect(value), addressCases],
  'sendTo(data, address)': [(socket, value) => socket.sendTo('x', value), addressCases],
  'listen(backlog)': [(socket, value) => socket.listen(value), int32Cases],
  'send(data)': [(socket, value) => socket.send(value), expecting(TYPE, notBytes)],
  'send(data, flags)': [(socket, value) => socket.send('x', value), flagCases],
  'recv(buffer)': [(socket, value) => socket.recv(value), expecting(TYPE, [...notBytes, 'text'])],
  'recv(buffer, flags)': [(socket, value) => socket.recv(Buffer.alloc(1), value), flagCases],
  'send(data, flags, offset)': [(socket, value) => socket.send('text', 0, value), partCases],
  'send(data, flags, offset, length)': [
    (socket, value) => socket.send('text', 0, 2, value),
    [...partCases, [3, RANGE]],
  ],
  'recv(buffer, flags, offset)': [
    (socket, value) => socket.recv(Buffer.alloc(4), 0, value),
    [...partCases, [4, RANGE]],
  ],
  'recv(buffer, flags, offset, length)': [
    (socket, value) => socket.recv(Buffer.alloc(4), 0, 2, value),
    [...partCases, [0, RANGE], [3, RANGE]],
  ],
  'recv(buffer) without room': [
    (socket, value) => socket.recv(value),
    expecting(VALUE, [
      ...[Buffer.alloc(0), new Uint8Array(8).subarray(8), new ArrayBuffer(0), new SharedArrayBuffer(0)],
      ...[new Float64Array(0), new DataView(new ArrayBuffer(4), 4)],
    ]),
  ],
  'sendTo(data, …)': [
    (socket, value) => socket.sendTo(value, { address: '127.0.0.1', port: 9 }),
    expecting(TYPE, notBytes),
  ],
  'sendTo(…, flags)': [
    (socket, value) => socket.sendTo('x', { address: '127.0.0.1', port: 9 }, value),
    flagCases,
  ],
  'recvFrom(buffer)': [(socket, value) => socket.recvFrom(value), expecting(TYPE, [...notBytes, 'text'])],
  'recvFrom(buffer, flags)': [(socket, value) => socket.recvFrom(Buffer.alloc(1), value), flagCases],
  'shutdown(how)': [
    (socket, value) => socket.shutdown(value),
    [
      ...expecting(TYPE, [null, 0, 1, 2, true, {}, [], ['read'], () => {}, Symbol('s'), 1n]),
      ...expecting(VALUE, ['', 'rd', 'Read', 'both ', 'SHUT_RD', 'toString', '__proto__']),
    ],
  ],
  'blocking = value': [
    (socket, value) => {
      socket.blocking = value;
    },
    expecting(TYPE, [undefined, null, 0, 1, 'true', {}, [], () => {}, Symbol('s'), 1n]),
  ],
  'watch(listener)': [
    (socket, value) => socket.watch(value),
    expecting(TYPE, [undefined, null, 0, 'f', true, {}, [], Symbol('s'), 1n]),
  ],
  'watch(listener, interest)': [
    (socket, value) => socket.watch(() => {}, value),
    [
      ...expecting([TYPE, VALUE], notNumbers),
      ...expecting(
        [VALUE, RANGE],
        [...notInt32, 0, -1, HANGUP, READABLE | HANGUP, READABLE | WRITABLE | 0x40, 2 ** 32 + READABLE],
      ),
    ],
  ],
  'readable(options)': [
    (socket, value) => socket.readable(value),
    expecting(TYPE, [null, 1, 'x', true, () => {}, Symbol('s'), 1n]),
  ],
  'readable({ signal })': [
    (socket, signal) => socket.readable({ signal }),
    expecting(TYPE, [null, 1, 'x', true, {}, { aborted: true }, new AbortController(), () => {}]),
  ],
  'writable({ signal })': [
    (socket, signal) => socket.writable({ signal }),
    expecting(TYPE, [null, 1, 'x', true, {}, { aborted: true }, new AbortController(), () => {}]),
  ],
  'getsockopt(level, …)': [(socket, value) => socket.getsockopt(value, 3), required(int32Cases)],
  'getsockopt(…, option)': [(socket, value) => socket.getsockopt(1, value), required(int32Cases)],
  'getsockopt(…, length)': [
    (socket, value) => socket.getsockopt(1, 3, value),
    [...int32Cases, ...expecting(RANGE, [-1, 2 ** 30])],
  ],
  'setsockopt(level, …)': [(socket, value) => socket.setsockopt(value, 9, 1), required(int32Cases)],
  'setsockopt(…, option, …)': [(socket, value) => socket.setsockopt(1, value, 1), required(int32Cases)],
  'setsockopt(…, value)': [
    (socket, value) => socket.setsockopt(1, 9, value),
    [
      ...expecting(TYPE, [undefined, null, '1', '', {}, [], [1], () => {}, Symbol('s'), 1n, bare]),
      ...expecting(RANGE, [...notInts, 2 ** 32, -(2 ** 31) - 1, 2 ** 53]),
    ],
  ],
};

/** The same without a default. */
function required(cases) {
  return [...cases, [undefined, TYPE]];
}

describe('methods', () => {
  for (const [name, [call, cases]] of Object.entries(methods)) {
    test(name, async (t) => {
      const { client, server } = opener(t).pair();
      for (const [value, codes] of cases) {
        await assertRefused(() => call(client, value), codes, `${name} with ${named(value)}`);
      }
      // The socket is none the worse for it.
      assert.equal(client.send('fine'), 4);
      waitAvailable(server, 4);
    });
  }

  for (const call of ['send', 'recv', 'recvFrom']) {
    test(`${call} with a detached buffer`, async (t) => {
      const { client, server } = opener(t).pair();
      server.send('untouched');
      waitAvailable(client, 9);
      const views = [
        ...[new Uint8Array(8), new Uint8Array(8).subarray(2, 6), Buffer.from(new ArrayBuffer(8))],
        ...[new Int32Array(4), new Float64Array(4), new BigInt64Array(4), new ArrayBuffer(8)],
        ...[new DataView(new ArrayBuffer(8)), new DataView(new ArrayBuffer(8), 2, 2)],
      ];
      for (const view of views) {
        const what = `${call} with a detached ${view.constructor.name}`;
        await assertRefused(() => client[call](detached(view)), VALUE, what);
      }
      assert.equal(client.available(), 9);
      client.send('fine');
      waitAvailable(server, 4);
    });
  }

  test('setsockopt with a detached buffer', async (t) => {
    const { tcp } = opener(t);
    const socket = tcp();
    for (const view of [
      new Uint8Array(4),
      new Int32Array(1),
      new ArrayBuffer(4),
      new DataView(new ArrayBuffer(4)),
    ]) {
      await assertRefused(() => socket.setsockopt(1, 9, detached(view)), VALUE, view.constructor.name);
    }
  });

  test('addresses of Unix sockets', async (t) => {
    const { keep } = opener(t);
    const socket = keep(new Socket({ family: 'unix', type: 'stream' }));
    for (const call of ['bind', 'connect']) {
      for (const value of notObjects) await assertRefused(() => socket[call](value), TYPE, named(value));
      for (const value of notStrings) {
        await assertRefused(() => socket[call]({ path: value }), TYPE, named(value));
      }
      await assertRefused(() => socket[call]({ path: '/tmp/a\0b' }), VALUE, 'a zero byte');
      await assertRefused(() => socket[call]({ address: '127.0.0.1', port: 1 }), TYPE, 'an IP address');
    }
  });

  test('on anything that is not a Socket', () => {
    for (const name of Object.getOwnPropertyNames(Socket.prototype)) {
      if (name === 'constructor') continue;
      const { value, get } = Object.getOwnPropertyDescriptor(Socket.prototype, name);
      for (const that of [undefined, {}, Object.create(Socket.prototype)]) {
        assert.throws(() => (value ?? get).call(that, Buffer.alloc(1)), TypeError, name);
      }
    }
  });
});

describe('new Socket', () => {
  const families = [...expecting(TYPE, notStrings), ...words(['ipv4', 'IPv5', 'inet', '', 'toString', '4'])];
  const types = [...expecting(TYPE, notStrings), ...words(['tcp', 'Stream', 'dgram', '', 'constructor'])];
  const cases = {
    settings: [(value) => value, expecting(TYPE, notObjects)],
    family: [(family) => ({ family, type: 'stream' }), families],
    type: [(type) => ({ family: 'IPv4', type }), types],
    protocol: [
      (protocol) => ({ family: 'IPv4', type: 'stream', protocol }),
      int32Cases.filter(([value]) => value !== null),
    ],
  };
  for (const [name, [settings, values]] of Object.entries(cases)) {
    test(name, async () => {
      for (const [value, codes] of values) {
        await assertRefused(() => new Socket(settings(value)), codes, `${name} ${named(value)}`);
      }
    });
  }

  test('the constructor is no function', () => {
    assert.throws(() => Socket({ family: 'IPv4', type: 'stream' }), TypeError);
  });

  test('Socket.fromFd', async () => {
    for (const [value, codes] of [...required(int32Cases), [-1, RANGE]]) {
      await assertRefused(() => Socket.fromFd(value), codes, `fromFd ${named(value)}`);
    }
  });

  test('nobody can make a Socket around a handle', async () => {
    for (const first of [Symbol('adopt'), Symbol.for('adopt'), 'adopt']) {
      await assertRefused(() => new Socket(first, 1, 'IPv4', 'stream'), TYPE, named(first));
    }
    for (const name of ['handleOf', 'isSocket']) assert.equal(Socket[name], undefined);
  });

  function words(values) {
    return expecting(VALUE, values);
  }
});

describe('poll', () => {
  test('entries', async (t) => {
    const { tcp } = opener(t);
    const socket = tcp();
    for (const value of [...notObjects, {}, { length: 1 }, new Set(), new Int32Array(3)]) {
      await assertRefused(() => poll(value, 0), TYPE, named(value));
    }
    for (const value of notObjects) {
      await assertRefused(() => poll([{ socket, events: 1 }, value], 0), TYPE, named(value));
    }
    for (const value of [...notObjects, {}, socket.fd, Object.create(Socket.prototype), Socket]) {
      await assertRefused(() => poll([{ socket: value, events: 1 }], 0), TYPE, named(value));
    }
    for (const [value, codes] of [...required(int32Cases), [-1, RANGE], [0x10000, RANGE]]) {
      await assertRefused(() => poll([{ socket, events: value }], 0), codes, `events ${named(value)}`);
    }
  });

  test('timeout', async (t) => {
    const { tcp } = opener(t);
    const entries = [{ socket: tcp(), events: 0 }];
    for (const value of notNumbers) await assertRefused(() => poll(entries, value), TYPE, named(value));
    await assertRefused(() => poll(entries, Number.NaN), [VALUE, RANGE], 'NaN');
  });
});

describe('messages', () => {
  const cases = [
    [() => new Socket(), 'The "settings" argument must be of type object. Received undefined'],
    [
      () => new Socket({ family: 4, type: 'stream' }),
      'The "settings.family" property must be of type string. Received type number (4)',
    ],
    [
      () => new Socket({ family: 'IPv5', type: 'stream' }),
      "The property 'settings.family' must be one of: 'IPv4', 'IPv6', 'unix'. Received 'IPv5'",
    ],
    [
      (socket) => socket.bind({ address: '127.0.0.1', port: 65_536 }),
      'The value of "address.port" is out of range. It must be >= 0 && <= 65535. Received 65536',
    ],
    [
      (socket) => socket.watch({}),
      'The "listener" argument must be of type function. Received an instance of Object',
    ],
  ];
  for (const [call, message] of cases) {
    test(message, (t) => {
      const { tcp } = opener(t);
      assert.equal(support.thrown(() => call(tcp())).message, message);
    });
  }

  test('the text of a bad address is in it', (t) => {
    const { tcp } = opener(t);
    const { message } = support.thrown(() => tcp().connect({ address: 'localhost', port: 1 }));
    assert.match(message, /address\.address.*'localhost'/);
  });
});

test('limits that are allowed', (t) => {
  const { tcp, pair } = opener(t);
  const { client, server } = pair();
  for (const port of [0, 65_535]) {
    try {
      tcp().bind({ address: '127.0.0.9', port });
    } catch (error) {
      // Somebody else may have it; the argument is fine.
      assert.equal(error.code, 'EADDRINUSE');
    }
  }
  tcp('IPv6').bind({ address: '::', port: 0, flowInfo: 0xffffffff, scopeId: 0 });
  const listener = tcp();
  listener.listen(-1);
  listener.listen(0x7fffffff);
  client.send('x', 0);
  waitAvailable(server, 1);
  assert.equal(server.recv(Buffer.alloc(1), constants.MSG_PEEK), 1);
  assert.equal(poll([], 0), 0);
  assert.equal(poll([{ socket: client, events: 0x7fff & ~constants.POLLNVAL }], 0), 1);
  assert.equal(client.getsockopt(1, 3, 0).length, 0);
  client.setsockopt(1, 9, 0xffffffff);
  client.setsockopt(1, 9, -(2 ** 31));
});

// -- Every export ------------------------------------------------------------------------------------------------------

const signals = expecting(TYPE, [null, 1, 'x', true, {}, { aborted: true }, new AbortController(), () => {}]);
/** What may be left out. */
const optional = (cases) => cases.filter(([value]) => value !== undefined);
const notBooleans = expecting(TYPE, [null, 0, 1, 'true', '', {}, [], () => {}, Symbol('s'), 1n]);
const texts = [...expecting(TYPE, notStrings), ['a\0b', VALUE]];
const ports = [
  ...expecting(TYPE, [null, true, {}, [], [80], () => {}, Symbol('s'), 1n, bare]),
  ...expecting(VALUE, ['', ' ', 'http', '80 80', '0x', '٨']),
  ...expecting(RANGE, [...notInts, -1, 65_536, '-1', '65536', '80.5', 'Infinity']),
];
const families = expecting(VALUE, [null, 5, '4', 'IPv4', true, {}, 4.5, -4]);
const optionNames = [
  ...expecting(TYPE, notStrings),
  ...expecting(VALUE, ['', 'TCP_NO_DELAY', 'tcp_nodelay', 'toString']),
];
const optionValues = expecting(TYPE, [undefined, null, 'on', {}, [], () => {}, Symbol('s')]);
const optionSets = [
  ...expecting(
    TYPE,
    notObjects.filter((value) => value !== undefined),
  ),
  ...expecting(VALUE, [{ TCP_NO_DELAY: true }, { toString: 1 }]),
  ...expecting(TYPE, [
    { TCP_NODELAY: 'on' },
    { SO_LINGER: true },
    { TCP_CONGESTION: 5 },
    { SO_RCVBUF: Symbol('s') },
  ]),
  ...expecting(RANGE, [{ SO_RCVBUF: 2 ** 40 }, { SO_RCVTIMEO: -1 }, { SO_LINGER: 1e300 }]),
];
const targets = [
  ...expecting(TYPE, [undefined, null, '1', true, () => {}, Symbol('s'), 1n]),
  ...expecting(RANGE, [-1, 1.5, 2 ** 31, Number.NaN]),
  ...expecting(VALUE, [{}, [], new (require('node:net').Socket)(), process.stdin.constructor.prototype]),
];
const lookupOptions = [
  ['options', (call, value) => call(value), optional(expecting(TYPE, notObjects))],
  ['family', (call, family) => call({ family }), families],
  ['all', (call, all) => call({ all }), notBooleans],
  [
    'service',
    (call, service) => call({ service }),
    [
      ...expecting(TYPE, [null, true, {}, [], () => {}, Symbol('s'), 1n]),
      ...expecting(RANGE, [...notInts, -1, 65_536]),
      ['a\0b', VALUE],
    ],
  ],
  [
    'type',
    (call, type) => call({ type }),
    [...expecting(TYPE, [null, 1, {}, []]), ...expecting(VALUE, ['tcp', '', 'Any', 'toString'])],
  ],
  ['protocol', (call, protocol) => call({ protocol }), int32Cases],
  ['hints', (call, hints) => call({ hints }), int32Cases],
];
const index = [...required(int32Cases), [-1, RANGE], [2, RANGE]];
const limited = (low, high) => [...required(int32Cases), [low - 1, RANGE], [high + 1, RANGE]];
const netServers = [...expecting(TYPE, [null, 1, 'x', {}, [], () => {}, new (require('node:net').Socket)()])];
const target = { address: '127.0.0.1', port: 9 };
const batch = () => new DatagramBatch({ count: 2, size: 8 });

/** Cases of rows that stand above, by the name of the method. */
const ofMethod = (name) =>
  Object.entries(methods)
    .filter(([title]) => title.replace(' = value', '=').split(/[( ]/)[0] === name)
    .map(([title, [call, cases]]) => [title, (value, socket) => call(socket, value), cases]);

/** By way of an option function of the module, on a Socket. */
const byModule = (name, rows) => [
  [
    'target',
    (value) => hostsock[name](value, ...(name.endsWith('opt') ? [1, 3, 4] : ['SO_RCVBUF', 4096])),
    targets,
  ],
  ...rows.map(([title, call, cases]) => [
    title,
    (value, socket) => call((...args) => hostsock[name](socket, ...args), value),
    cases,
  ]),
];
const optionRows = {
  getOption: [
    ['name', (call, value) => call(value), optionNames],
    [
      'query',
      (call, value) => call('MCAST_MSFILTER', value),
      expecting(TYPE, [1, 'x', () => {}, Symbol('s')]),
    ],
  ],
  setOption: [
    ['name', (call, value) => call(value, 1), optionNames],
    ['value', (call, value) => call('TCP_NODELAY', value), optionValues],
    [
      'range',
      (call, value) => call('SO_RCVBUF', value),
      expecting(RANGE, [2 ** 40, -(2 ** 40), 1.5, 2n ** 80n]),
    ],
    [
      'field',
      (call, value) => call('SO_LINGER', value),
      expecting([TYPE, VALUE, RANGE], [true, 'x', -(2 ** 40), {}]),
    ],
  ],
  getsockopt: [
    ['level', (call, value) => call(value, 3), required(int32Cases)],
    ['option', (call, value) => call(1, value), required(int32Cases)],
    ['length', (call, value) => call(1, 3, value), [...int32Cases, ...expecting(RANGE, [-1, 2 ** 30])]],
  ],
  setsockopt: [
    ['level', (call, value) => call(value, 9, 1), required(int32Cases)],
    ['option', (call, value) => call(1, value, 1), required(int32Cases)],
    [
      'value',
      (call, value) => call(1, 9, value),
      expecting(TYPE, [undefined, null, '1', {}, [], () => {}, 1n]),
    ],
  ],
};

/** A call without arguments. */
const NOTHING = [];

/** Every function that the package exports: `[what, call(value, socket), cases]`, or NOTHING. */
const rows = {
  Socket: [
    ['settings', (value) => new Socket(value), expecting(TYPE, notObjects)],
    [
      'family',
      (family) => new Socket({ family, type: 'stream' }),
      [...expecting(TYPE, notStrings), ['IPv5', VALUE]],
    ],
    [
      'type',
      (type) => new Socket({ family: 'IPv4', type }),
      [...expecting(TYPE, notStrings), ['tcp', VALUE]],
    ],
    [
      'protocol',
      (protocol) => new Socket({ family: 'IPv4', type: 'raw', protocol }),
      int32Cases.filter(([value]) => value !== null),
    ],
  ],
  'Socket.pair': [
    ['settings', (value) => Socket.pair(value), expecting(TYPE, notObjects)],
    [
      'family',
      (family) => Socket.pair({ family, type: 'stream' }),
      optional([...expecting(TYPE, notStrings), ['Unix', VALUE]]),
    ],
    ['type', (type) => Socket.pair({ type }), [...expecting(TYPE, notStrings), ['tcp', VALUE]]],
    ['protocol', (protocol) => Socket.pair({ type: 'stream', protocol }), int32Cases],
  ],
  'Socket.fromFd': [['fd', (value) => Socket.fromFd(value), [...required(int32Cases), [-1, RANGE]]]],
  ...Object.fromEntries(
    ['bind', 'connect', 'listen', 'send', 'recv', 'sendTo', 'recvFrom', 'shutdown', 'blocking=', 'watch'].map(
      (name) => [`Socket#${name}`, ofMethod(name)],
    ),
  ),
  ...Object.fromEntries(
    ['readable', 'writable'].map((name) => [
      `Socket#${name}`,
      [
        ['options', (value, socket) => socket[name](value), optional(expecting(TYPE, notObjects))],
        ['signal', (signal, socket) => socket[name]({ signal }), signals],
      ],
    ]),
  ),
  'Socket#connections': [
    ['options', (value, socket) => socket.connections(value), optional(expecting(TYPE, notObjects))],
    ['signal', (signal, socket) => socket.connections({ signal }), signals],
  ],
  'Socket#sendMessage': [
    ['message', (value, socket) => socket.sendMessage(value), expecting(TYPE, notObjects)],
    [
      'buffers',
      (buffers, socket) => socket.sendMessage({ buffers }),
      expecting(TYPE, [null, 1, 'x', {}, Buffer.alloc(1)]),
    ],
    [
      'a buffer',
      (value, socket) => socket.sendMessage({ buffers: [value] }),
      expecting(TYPE, [...notBytes, 'text']),
    ],
    [
      'address',
      (address, socket) => socket.sendMessage({ address }),
      addressCases.filter(([value]) => value !== undefined),
    ],
    ['flags', (flags, socket) => socket.sendMessage({ flags }), int32Cases],
    [
      'control',
      (value, socket) => socket.sendMessage({ control: value }),
      expecting(TYPE, [null, 1, 'x', {}]),
    ],
    ['a message', (value, socket) => socket.sendMessage({ control: [value] }), expecting(TYPE, notObjects)],
    [
      'level',
      (level, socket) => socket.sendMessage({ control: [{ level, type: 1, data: 1 }] }),
      required(int32Cases),
    ],
    [
      'type',
      (type, socket) => socket.sendMessage({ control: [{ level: 0, type, data: 1 }] }),
      required(int32Cases),
    ],
    [
      'data',
      (data, socket) => socket.sendMessage({ control: [{ level: 0, type: 2, data }] }),
      [...expecting(TYPE, [undefined, null, 'x', {}, [], () => {}]), ...expecting(RANGE, notInt32)],
    ],
    [
      'descriptors',
      (data, socket) =>
        socket.sendMessage({ control: [{ level: constants.SOL_SOCKET, type: constants.SCM_RIGHTS, data }] }),
      expecting(TYPE, [undefined, null, 3, [3], [{}], Buffer.alloc(4)]),
    ],
  ],
  'Socket#recvMessage': [
    ['message', (value, socket) => socket.recvMessage(value), expecting(TYPE, notObjects)],
    [
      'buffers',
      (buffers, socket) => socket.recvMessage({ buffers }),
      expecting(TYPE, [null, 1, 'x', {}, Buffer.alloc(1)]),
    ],
    [
      'a buffer',
      (value, socket) => socket.recvMessage({ buffers: [value] }),
      expecting(TYPE, [...notBytes, 'text']),
    ],
    [
      'controlLength',
      (controlLength, socket) => socket.recvMessage({ controlLength }),
      [...int32Cases, [-1, RANGE], [(1 << 20) + 1, RANGE]],
    ],
    ['flags', (flags, socket) => socket.recvMessage({ flags }), int32Cases],
  ],
  'Socket#sendMany': [
    [
      'batch',
      (value, socket) => socket.sendMany(value),
      expecting(TYPE, [...notObjects, {}, [], Buffer.alloc(8)]),
    ],
    [
      'count',
      (value, socket) => socket.sendMany(batch(), value),
      [...int32Cases.filter(([value]) => value !== null), [0, RANGE], [3, RANGE]],
    ],
    ['flags', (value, socket) => socket.sendMany(batch(), 1, value), int32Cases],
    [
      'start',
      (value, socket) => socket.sendMany(batch(), 1, 0, value),
      [...int32Cases, [-1, RANGE], [2, RANGE]],
    ],
    ['count behind start', (value, socket) => socket.sendMany(batch(), value, 0, 1), [[2, RANGE]]],
  ],
  'Socket#recvMany': [
    [
      'batch',
      (value, socket) => socket.recvMany(value),
      expecting(TYPE, [...notObjects, {}, [], Buffer.alloc(8)]),
    ],
    ['flags', (value, socket) => socket.recvMany(batch(), value), int32Cases],
  ],
  'Socket#toNet': [
    ['settings', (value, socket) => socket.toNet(value), optional(expecting(TYPE, notObjects))],
    ['backlog', (backlog, _socket, { listener }) => listener.toNet({ backlog }), int32Cases],
    ['server', (server, _socket, { listener }) => listener.toNet({ server }), netServers],
    ['signal', (signal, _socket, { listener }) => listener.toNet({ signal }), signals],
    ['a datagram socket', (_value, _socket, { datagram }) => datagram.toNet(), [[undefined, VALUE]]],
  ],
  ...Object.fromEntries(
    Object.entries(optionRows).map(([name, list]) => [
      `Socket#${name}`,
      list.map(([title, call, cases]) => [
        title,
        (value, socket) => call((...args) => socket[name](...args), value),
        cases,
      ]),
    ]),
  ),
  ...Object.fromEntries(
    [
      ...[
        'family',
        'type',
        'fd',
        'blocking',
        'accept',
        'close',
        'detach',
        'localAddress',
        'remoteAddress',
        'takeError',
      ],
      ...[
        'available',
        'unwatch',
        'ref',
        'unref',
        'hasRef',
        'Symbol.dispose',
        'Symbol.asyncDispose',
        'Symbol.asyncIterator',
      ],
    ].map((name) => [`Socket#${name}`, NOTHING]),
  ),
  DatagramBatch: [
    ['settings', (value) => new DatagramBatch(value), optional(expecting(TYPE, notObjects))],
    ['count', (count) => new DatagramBatch({ count }), [...int32Cases, [0, RANGE], [1025, RANGE]]],
    ['size', (size) => new DatagramBatch({ size }), [...int32Cases, [0, RANGE], [65_537, RANGE]]],
  ],
  ...Object.fromEntries(
    ['data', 'address', 'flags'].map((name) => [
      `DatagramBatch#${name}`,
      [['index', (value) => batch()[name](value), index]],
    ]),
  ),
  'DatagramBatch#from': [['index', (value) => batch().from(value), index]],
  'DatagramBatch#set': [
    ['index', (value) => batch().set(value, 'x'), index],
    [
      'data',
      (value) => batch().set(0, value),
      [...expecting(TYPE, notBytes), [Buffer.alloc(9), RANGE], ['123456789', RANGE]],
    ],
    ['address', (value) => batch().set(0, 'x', value), addressCases.filter(([value]) => value !== undefined)],
    ['path', (path) => batch().set(0, 'x', { path }), optional(expecting(TYPE, notStrings))],
  ],
  connect: [
    ['settings', (value) => hostsock.connect(value), expecting(TYPE, notObjects)],
    ['host', (host) => hostsock.connect({ host, port: 80 }), optional(texts)],
    ['port', (port) => hostsock.connect({ host: '127.0.0.1', port }), [...ports, [undefined, TYPE]]],
    ['path', (path) => hostsock.connect({ path }), optional(texts)],
    ['path beside a port', (path) => hostsock.connect({ path, port: 80 }), [['/run/a.sock', VALUE]]],
    ['path beside a host', (path) => hostsock.connect({ path, host: 'a' }), [['/run/a.sock', VALUE]]],
    ['options', (options) => hostsock.connect({ port: 80, options }), optionSets],
    ['family', (family) => hostsock.connect({ port: 80, family }), families],
    [
      'localAddress',
      (localAddress) => hostsock.connect({ port: 80, localAddress }),
      expecting([TYPE, VALUE], [null, 1, true, {}, [], 'localhost', '', '1.2.3', Symbol('s')]),
    ],
    [
      'localPort',
      (localPort) => hostsock.connect({ port: 80, localPort }),
      [...int32Cases, [-1, RANGE], [65_536, RANGE]],
    ],
    [
      'timeout',
      (timeout) => hostsock.connect({ port: 80, timeout }),
      [...int32Cases, [0, RANGE], [-1, RANGE]],
    ],
    ['signal', (signal) => hostsock.connect({ port: 80, signal }), signals],
    ['allowHalfOpen', (allowHalfOpen) => hostsock.connect({ port: 80, allowHalfOpen }), notBooleans],
  ],
  listen: [
    ['settings', (value) => hostsock.listen(value), expecting(TYPE, notObjects)],
    ['host', (host) => hostsock.listen({ host }), optional(texts)],
    ['port', (port) => hostsock.listen({ port }), ports],
    ['path', (path) => hostsock.listen({ path }), optional(texts)],
    ['path beside a port', (path) => hostsock.listen({ path, port: 80 }), [['/run/a.sock', VALUE]]],
    ['backlog', (backlog) => hostsock.listen({ backlog }), int32Cases],
    ['options', (options) => hostsock.listen({ options }), optionSets],
    ['reusePort', (reusePort) => hostsock.listen({ reusePort }), notBooleans],
    ['ipv6Only', (ipv6Only) => hostsock.listen({ ipv6Only }), notBooleans],
    ['signal', (signal) => hostsock.listen({ signal }), signals],
    ['server', (server) => hostsock.listen({ server }), netServers],
  ],
  lookup: [
    ['hostname', (value) => hostsock.lookup(value), texts],
    ...lookupOptions.map(([title, call, cases]) => [
      title,
      (value) => call((options) => hostsock.lookup('localhost', options), value),
      cases,
    ]),
    ['signal', (signal) => hostsock.lookup('localhost', { signal }), signals],
  ],
  lookupSync: [
    ['hostname', (value) => hostsock.lookupSync(value), texts],
    ...lookupOptions.map(([title, call, cases]) => [
      title,
      (value) => call((options) => hostsock.lookupSync('localhost', options), value),
      cases,
    ]),
  ],
  ...Object.fromEntries(
    ['lookupService', 'lookupServiceSync'].map((name) => [
      name,
      [
        ['address', (value) => hostsock[name](value, 80), [...texts, ...expecting(VALUE, addressTexts)]],
        ['port', (value) => hostsock[name]('127.0.0.1', value), [...ports, [undefined, TYPE]]],
        ['options', (value) => hostsock[name]('127.0.0.1', 80, value), optional(expecting(TYPE, notObjects))],
        [
          'flags',
          (flags) => hostsock[name]('127.0.0.1', 80, { flags }),
          int32Cases.filter(([value]) => value !== null),
        ],
        ...(name === 'lookupService'
          ? [['signal', (signal) => hostsock.lookupService('127.0.0.1', 80, { signal }), signals]]
          : []),
      ],
    ]),
  ),
  poll: [
    ['entries', (value) => poll(value, 0), expecting(TYPE, [...notObjects, {}, new Set()])],
    ['an entry', (value) => poll([value], 0), expecting(TYPE, notObjects)],
    [
      'socket',
      (value) => poll([{ socket: value, events: 1 }], 0),
      expecting(TYPE, [...notObjects, {}, Socket]),
    ],
    [
      'events',
      (events, socket) => poll([{ socket, events }], 0),
      [...required(int32Cases), [-1, RANGE], [0x8000, RANGE]],
    ],
    [
      'timeout',
      (value, socket) => poll([{ socket, events: 0 }], value),
      [...expecting(TYPE, notNumbers), [Number.NaN, VALUE]],
    ],
  ],
  ...Object.fromEntries(Object.entries(optionRows).map(([name, list]) => [name, byModule(name, list)])),
  'control.space': [
    [
      'a length',
      (value) => control.space(4, value),
      [...required(int32Cases), [-1, RANGE], [2 ** 20 + 1, RANGE]],
    ],
  ],
  'control.rights': [
    ['sockets', (value) => control.rights(value), expecting(TYPE, [undefined, null, 1, 'x', {}, [1], [{}]])],
  ],
  'control.credentials': [
    ['who', (value) => control.credentials(value), optional(expecting(TYPE, notObjects))],
    ['pid', (pid) => control.credentials({ pid }), [...int32Cases, [-1, RANGE]]],
    [
      'uid',
      (uid) => control.credentials({ uid }),
      [...expecting(TYPE, notNumbers), ...expecting(RANGE, [...notInts, -1, 2 ** 32])],
    ],
    [
      'gid',
      (gid) => control.credentials({ gid }),
      [...expecting(TYPE, notNumbers), ...expecting(RANGE, [...notInts, -1, 2 ** 32])],
    ],
  ],
  'control.pktinfo': [
    ['from', (value) => control.pktinfo(value), expecting(TYPE, notObjects)],
    [
      'address',
      (address) => control.pktinfo({ address }),
      [...expecting(TYPE, notStrings), ...expecting(VALUE, addressTexts)],
    ],
    [
      'interface',
      (value) => control.pktinfo({ address: '127.0.0.1', interface: value }),
      [
        ...expecting(
          TYPE,
          notNumbers.filter((value) => typeof value !== 'string'),
        ),
        ['no-such-interface', VALUE],
        [-1, RANGE],
      ],
    ],
  ],
  'control.ttl': [['value', (value) => control.ttl(value), limited(1, 255)]],
  'control.tos': [['value', (value) => control.tos(value), limited(0, 255)]],
  'control.hopLimit': [['value', (value) => control.hopLimit(value), limited(-1, 255)]],
  'control.trafficClass': [['value', (value) => control.trafficClass(value), limited(-1, 255)]],
  'control.segment': [['size', (value) => control.segment(value), limited(1, 65_535)]],
  'control.read': [
    ['messages', (value) => control.read(value), expecting(TYPE, [...notObjects, {}])],
    ['a message', (value) => control.read([value]), expecting(TYPE, notObjects)],
  ],
  'wintertc.connect': [
    [
      'address',
      (value) => wintertc.connect(value),
      expecting(
        TYPE,
        notObjects.filter((value) => value !== 'x'),
      ),
    ],
    [
      'address as text',
      (value) => wintertc.connect(value),
      expecting(VALUE, ['', 'a', 'a:', ':80', 'a:b', '::1:80', 'a:80:80']),
    ],
    ['port as text', (value) => wintertc.connect(value), [['a:65536', RANGE]]],
    ['hostname', (hostname) => wintertc.connect({ hostname, port: 80 }), [...texts, ['', VALUE]]],
    ['port', (port) => wintertc.connect({ hostname: 'a', port }), [...ports, [undefined, TYPE]]],
    [
      'options',
      (value) => wintertc.connect('a:80', value),
      expecting(TYPE, [1, 'x', true, () => {}, Symbol('s'), 1n]),
    ],
    [
      'secureTransport',
      (secureTransport) => wintertc.connect('a:80', { secureTransport }),
      [...expecting(TYPE, [null, 1, true, {}, Symbol('s')]), ...expecting(VALUE, ['', 'On', 'tls'])],
    ],
    [
      'sni',
      (sni) => wintertc.connect('a:80', { secureTransport: 'on', sni }),
      [...expecting(TYPE, [1, true, {}, Symbol('s')]), ['', VALUE], ['a\0b', VALUE]],
    ],
    ['sni without TLS', (sni) => wintertc.connect('a:80', { sni }), [['b', VALUE]]],
    [
      'alpn',
      (alpn) => wintertc.connect('a:80', { secureTransport: 'on', alpn }),
      [
        ...expecting(TYPE, [null, 'h2', {}, [1], [null]]),
        ...expecting(VALUE, [[''], ['h2', 'h2'], ['x'.repeat(256)]]),
      ],
    ],
    ['signal', (signal) => wintertc.connect('a:80', { signal }), signals],
  ],
  // Its own arguments are those of any Error.
  'wintertc.SocketError': NOTHING,
  // Not a constructor for scripts; streams check what is written.
  'wintertc.Socket': [
    [
      'construction',
      (value, _socket, { connection }) => new connection.constructor(value, {}, {}, Promise.resolve()),
      expecting(undefined, [undefined, 1, {}, Symbol('open')]),
    ],
  ],
  'wintertc.Socket#startTls': [
    [
      'a socket without TLS',
      (_value, _socket, { connection }) => connection.startTls(),
      [[undefined, 'ERR_INVALID_STATE']],
    ],
  ],
  ...Object.fromEntries(
    ['opened', 'closed', 'upgraded', 'secureTransport', 'Symbol.asyncDispose'].map((name) => [
      `wintertc.Socket#${name}`,
      NOTHING,
    ]),
  ),
  // Any value may be the reason.
  'wintertc.Socket#close': NOTHING,
  ...Object.fromEntries(
    ['install', 'createSockOps'].map((name) => [
      `emscripten.${name}`,
      [
        ['module', (value) => emscripten[name](value), expecting(TYPE, notObjects)],
        [
          'a module without a file system',
          (value) => emscripten[name](value),
          expecting(VALUE, [{}, { Module: {} }]),
        ],
        [
          'settings',
          (value) => emscripten[name](moduleWithFs(), value),
          optional(expecting(TYPE, notObjects)),
        ],
        [
          'a setting',
          (value) => emscripten[name](moduleWithFs(), value),
          expecting(VALUE, [{ block: 'posix' }, { blocking: 'always' }, { blocking: 1 }]),
        ],
      ],
    ]),
  ),
  // What library.js alone calls.
  'emscripten.link': [['scope', (value) => emscripten.link(value), expecting(TYPE, notObjects)]],
  'emscripten.wrapImports': [
    ['imports', (value) => emscripten.wrapImports(value, { runtime: {} }), expecting(TYPE, notObjects)],
    ['settings', (value) => emscripten.wrapImports({}, value), expecting(TYPE, notObjects)],
    ['runtime', (runtime) => emscripten.wrapImports({}, { runtime }), expecting(TYPE, notObjects)],
    [
      'keyOf',
      (value) => emscripten.wrapImports({}, { runtime: {} }, value),
      expecting(TYPE, [null, 1, 'x', {}]),
    ],
  ],
  'pyodide.useHostSockets': [
    ['pyodide', (value) => pyodide.useHostSockets(value), expecting(TYPE, notObjects)],
    [
      'an object that is no Pyodide',
      (value) => pyodide.useHostSockets(value),
      expecting(VALUE, [{}, { _module: {} }, { _module: { FS: {} } }]),
    ],
    [
      'settings',
      (value) => pyodide.useHostSockets({ _module: moduleWithFs() }, value),
      optional(expecting(TYPE, notObjects)),
    ],
    [
      'urllib3',
      (urllib3) => pyodide.useHostSockets({ _module: moduleWithFs() }, { urllib3 }),
      [...expecting(TYPE, [null, 1, {}]), ['both', VALUE]],
    ],
  ],
  'php-wasm.loadHostRuntime': [
    ['package', (value) => phpWasm.loadHostRuntime(value, '8.4'), expecting(TYPE, notObjects)],
    [
      'another package',
      (value) => phpWasm.loadHostRuntime(value, '8.4'),
      expecting(VALUE, [{}, { loadNodeRuntime() {} }]),
    ],
    ['version', (value) => phpWasm.loadHostRuntime(php, value), expecting(TYPE, notStrings)],
    ['options', (value) => phpWasm.loadHostRuntime(php, '8.4', value), optional(expecting(TYPE, notObjects))],
    [
      'settings',
      (value) => phpWasm.loadHostRuntime(php, '8.4', {}, value),
      optional(expecting(TYPE, notObjects)),
    ],
    [
      'a setting',
      (value) => phpWasm.loadHostRuntime(php, '8.4', {}, value),
      expecting(VALUE, [{ block: 'posix' }, { blocking: 'always' }]),
    ],
  ],
};

/** As far as its functions go before they are called. */
const php = { loadNodeRuntime() {}, getPHPLoaderModule() {} };

/** What `hostsock/wintertc` gives; nothing happens to it any more. */
let connection;
before(async () => {
  connection = wintertc.connect('127.0.0.1:1');
  connection.opened.catch(() => {});
  await connection.closed.catch(() => {});
});

const moduleWithFs = () => ({ FS: {}, SOCKFS: {} });

/** Every function that can be reached from what is exported, by the names of the rows. */
function exported() {
  const names = [];
  const members = (of, prefix, kind) => {
    for (const key of Reflect.ownKeys(of)) {
      const known = Object.getOwnPropertyNames(Symbol).find(
        (it) => typeof key === 'symbol' && Symbol[it] === key,
      );
      const name = known === undefined ? String(key) : `Symbol.${known}`;
      if (['constructor', 'prototype', 'length', 'name', 'Symbol.toStringTag'].includes(name)) continue;
      const { value, get, set } = Object.getOwnPropertyDescriptor(of, key);
      if (get || typeof value === 'function') names.push(`${prefix}${kind}${name}`);
      if (set) names.push(`${prefix}${kind}${name}=`);
    }
  };
  const classOf = (it, name) => {
    names.push(name);
    members(it, name, '.');
    members(it.prototype, name, '#');
  };
  const walk = (of, prefix) => {
    for (const [name, value] of Object.entries(of)) {
      if (typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value)))
        classOf(value, prefix + name);
      else if (typeof value === 'function') names.push(prefix + name);
      else if (name === 'control') walk(value, `${prefix}${name}.`);
    }
  };
  walk(hostsock, '');
  walk(wintertc, 'wintertc.');
  classOf(connection.constructor, 'wintertc.Socket');
  walk(emscripten, 'emscripten.');
  walk(pyodide, 'pyodide.');
  walk(phpWasm, 'php-wasm.');
  return names;
}

describe('every export', () => {
  test('has a row', async () => {
    assert.deepEqual(exported().sort(), Object.keys(rows).sort());
    // The other ways to the same things.
    const { default: byDefault, ...named } = await import('../index.mjs');
    assert.equal(byDefault, hostsock);
    assert.deepEqual(Object.keys(named).sort(), Object.keys(hostsock).sort());
    for (const [name, value] of Object.entries(named)) assert.equal(value, hostsock[name], name);
    // No door that is not looked at.
    const { exports: doors } = require('../package.json');
    assert.deepEqual(Object.keys(doors), [
      '.',
      './wintertc',
      './emscripten',
      './emscripten/pre.js',
      './pyodide',
      './php-wasm',
      './package.json',
    ]);
  });

  test('without arguments takes none', () => {
    for (const name of Object.keys(rows).filter((it) => rows[it] === NOTHING && it.startsWith('Socket#'))) {
      const key = name.slice('Socket#'.length);
      const symbol = key.startsWith('Symbol.') ? Symbol[key.slice('Symbol.'.length)] : key;
      const { value, get } = Object.getOwnPropertyDescriptor(Socket.prototype, symbol);
      assert.equal((value ?? get).length, 0, name);
    }
  });

  for (const [name, list] of Object.entries(rows)) {
    for (const [what, call, cases] of list) {
      test(`${name}: ${what}`, async (t) => {
        const { keep, listening, pair } = opener(t);
        const { client } = pair();
        const others = {
          connection,
          listener: listening(),
          datagram: keep(new Socket({ family: 'IPv4', type: 'datagram' })),
        };
        for (const [value, codes] of cases) {
          await assertRefused(
            () => call(value, client, others),
            codes,
            `${name}, ${what}: ${named(value)}`,
            name,
          );
        }
      });
    }
  }
});

// -- State -------------------------------------------------------------------------------------------------------------

describe('a closed Socket', () => {
  const buffer = Buffer.alloc(8);
  /** Calls that are in order on an open one. */
  const calls = {
    bind: [target],
    listen: [],
    accept: [],
    connect: [target],
    send: ['x'],
    recv: [buffer],
    sendTo: ['x', target],
    recvFrom: [buffer],
    sendMany: [batch()],
    recvMany: [batch()],
    sendMessage: [{ buffers: [buffer] }],
    recvMessage: [{ buffers: [buffer] }],
    shutdown: ['both'],
    detach: [],
    toNet: [],
    localAddress: [],
    remoteAddress: [],
    takeError: [],
    available: [],
    getOption: ['SO_TYPE'],
    setOption: ['SO_KEEPALIVE', true],
    getsockopt: [1, 3, 4],
    setsockopt: [1, 9, 1],
    readable: [],
    writable: [],
    watch: [() => {}],
  };
  /** What does no harm on a closed one. */
  const harmless = ['close', 'unwatch', 'ref', 'unref', 'hasRef', 'connections'];

  const closed = () => {
    const socket = new Socket({ family: 'IPv4', type: 'stream' });
    socket.close();
    return socket;
  };

  test('no call is forgotten here', () => {
    const all = exported().filter((name) => name.startsWith('Socket#'));
    const plain = all.map((name) => name.slice('Socket#'.length)).filter((name) => !/^Symbol|=$/.test(name));
    const properties = ['family', 'type', 'fd', 'blocking'];
    assert.deepEqual(plain.sort(), [...Object.keys(calls), ...harmless, ...properties].sort());
  });

  for (const [name, args] of Object.entries(calls)) {
    test(name, async () => {
      await assert.rejects(async () => closed()[name](...args), { code: 'EBADF' });
    });
  }

  test('what does no harm', async () => {
    const socket = closed();
    for (const name of harmless) socket[name]();
    assert.equal(socket.fd, -1);
    assert.throws(
      () => {
        socket.blocking = true;
      },
      { code: 'EBADF' },
    );
    for (const name of ['getOption', 'getsockopt']) {
      assert.throws(() => hostsock[name](socket, ...calls[name]), { code: 'EBADF' });
    }
    for (const name of ['setOption', 'setsockopt']) {
      assert.throws(() => hostsock[name](socket, ...calls[name]), { code: 'EBADF' });
    }
    await assert.rejects(socket.connections().next(), { code: 'EBADF' });
    const entry = { socket, events: 1 };
    assert.equal(poll([entry], 0), 1);
    assert.equal(entry.revents, constants.POLLNVAL);
  });
});

describe('native calls with wild arguments', () => {
  const seeds = process.env.HOSTSOCK_FUZZ_SEED ? [Number(process.env.HOSTSOCK_FUZZ_SEED)] : [1, 2];
  const calls = Number(process.env.HOSTSOCK_FUZZ_CALLS ?? 15_000);
  for (const seed of seeds) {
    test(`seed ${seed}, ${calls} calls`, { timeout: 300_000 }, async (t) => {
      const log = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-fuzz-')), 'last-call');
      t.after(() => fs.rmSync(path.dirname(log), { recursive: true }));
      const outcome = await inChild('fuzz.run', [seed, calls, log], { deadline: 240_000 }).catch((error) => {
        throw new Error(`${error.message}\nlast call: ${fs.readFileSync(log, 'utf8')}`);
      });
      const { status, signal, stderr, result } = outcome;
      const context = () => `last call: ${fs.readFileSync(log, 'utf8')}\n${stderr}`;
      assert.deepEqual({ status, signal }, { status: 0, signal: null }, context());
      assert.equal(result.calls, calls);
      // It was not all refused at the door.
      assert.ok(result.succeeded > calls / 50, JSON.stringify(result));
      assert.deepEqual(result.neverCalled, []);
      assert.equal(result.stillWorks, 'works');
    });
  }
});
