'use strict';

// Bad arguments: the right error class and code, before any call of the system; and a native side that wild arguments
// cannot break.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { describe, test } = require('node:test');
const { inspect } = require('node:util');
const { Socket, poll, READABLE, WRITABLE, HANGUP, constants } = require('../index.js');
const native = require('../native.js');
const support = require('./support/sockets.js');
const { opener, waitAvailable, inChild } = support;

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
]);

/** Calls something while every native function that makes system calls is watched; the names of those called. */
async function nativeCalls(call) {
  const called = [];
  const originals = new Map();
  for (const [name, original] of Object.entries(native)) {
    if (typeof original !== 'function' || PURE.has(name)) continue;
    originals.set(name, original);
    native[name] = (...args) => {
      called.push(name);
      return original(...args);
    };
  }
  try {
    await call();
  } finally {
    for (const [name, original] of originals) native[name] = original;
  }
  return called;
}

/** @param {string | string[]} codes what the error's code may be */
async function assertRefused(call, codes, what) {
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
  assert.equal(Object.getPrototypeOf(error), CLASSES[error.code].prototype, what);
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
