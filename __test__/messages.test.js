'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { constants, poll } = require('../index.js');
const control = require('../lib/control.js');
const { datagrams, isEmpty, next } = require('./support/datagrams.js');
const { opener, pattern, thrown, timeval, untilBlocked, waitAvailable } = require('./support/sockets.js');

const { SOL_SOCKET, SCM_RIGHTS, IPPROTO_IP, IPPROTO_IPV6, MSG_CTRUNC, MSG_ERRQUEUE, MSG_PEEK } = constants;
const { MSG_TRUNC, MSG_WAITALL, POLLIN } = constants;
const linux = process.platform !== 'linux' && 'is about Linux';
const [IP_TOS, IP_TTL] = [1, 2];
/** `UIO_MAXIOV` */
const MOST_BUFFERS = 1024;

describe('messages over several buffers', () => {
  test('a stream is spread over them, and gathered from them', (t) => {
    const { client, server } = opener(t).pair();
    const sent = pattern(1000);
    const cuts = [0, 1, 1, 300, 999, 1000];
    const pieces = cuts.slice(1).map((end, index) => sent.subarray(cuts[index], end));
    assert.equal(client.sendMessage({ buffers: pieces }), 1000);
    waitAvailable(server, 1000);
    const into = [Buffer.alloc(7), Buffer.alloc(0), Buffer.alloc(500), Buffer.alloc(600)];
    const received = server.recvMessage({ buffers: into });
    assert.deepEqual(received, { bytes: 1000, address: null, flags: 0, control: [] });
    assert.ok(Buffer.concat(into).subarray(0, 1000).equals(sent));
    assert.equal(server.recvMessage({ buffers: into }), null);
    client.close();
    untilBlocked(() => server.recvMessage({ buffers: into })?.bytes === 0, 'the end');
  });

  test('memory of every kind', (t) => {
    const { connectedPair } = datagrams(t);
    const [one, two] = connectedPair();
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    const kinds = () => [
      Buffer.alloc(3),
      new ArrayBuffer(2),
      new DataView(new ArrayBuffer(8), 2, 3),
      new Uint16Array(new ArrayBuffer(8), 2, 2),
      shared.subarray(4),
      new SharedArrayBuffer(2),
    ];
    const bytesOf = (it) =>
      ArrayBuffer.isView(it) ? Buffer.from(it.buffer, it.byteOffset, it.byteLength) : Buffer.from(it);
    const out = kinds();
    const total = out.reduce((sum, it) => sum + it.byteLength, 0);
    const data = pattern(total);
    let at = 0;
    for (const it of out) at += data.copy(bytesOf(it), 0, at);
    assert.equal(one.sendMessage({ buffers: out }), total);
    shared.fill(0);
    const back = kinds();
    assert.equal(poll([{ socket: two, events: POLLIN }], 10_000), 1);
    assert.equal(two.recvMessage({ buffers: back }).bytes, total);
    assert.ok(Buffer.concat(back.map(bytesOf)).equals(data));
    assert.deepEqual([...shared.subarray(0, 4)], [0, 0, 0, 0], 'not beyond its view');
  });

  test('as many as the kernel takes, and one more', { skip: linux }, (t) => {
    const { client, server } = opener(t).pair();
    const buffers = (count) => Array.from({ length: count }, () => Buffer.from('.'));
    assert.equal(client.sendMessage({ buffers: buffers(MOST_BUFFERS) }), MOST_BUFFERS);
    waitAvailable(server, MOST_BUFFERS);
    assert.equal(thrown(() => client.sendMessage({ buffers: buffers(MOST_BUFFERS + 1) })).code, 'EMSGSIZE');
    assert.equal(thrown(() => server.recvMessage({ buffers: buffers(MOST_BUFFERS + 1) })).code, 'EMSGSIZE');
    assert.equal(server.recvMessage({ buffers: buffers(MOST_BUFFERS) }).bytes, MOST_BUFFERS);
  });

  test('looking takes nothing; a blocking call waits for all', (t) => {
    const { client, server } = opener(t).pair();
    client.send('abcdef');
    waitAvailable(server, 6);
    const buffer = Buffer.alloc(4);
    assert.equal(server.recvMessage({ buffers: [buffer], flags: MSG_PEEK }).bytes, 4);
    assert.equal(server.available(), 6);
    server.blocking = true;
    const [one, two] = [Buffer.alloc(2), Buffer.alloc(4)];
    assert.equal(server.recvMessage({ buffers: [one, two], flags: MSG_WAITALL }).bytes, 6);
    assert.equal(`${one}${two}`, 'abcdef');
    server.setsockopt(SOL_SOCKET, 20, timeval(30));
    client.send('xy');
    assert.equal(server.recvMessage({ buffers: [two], flags: MSG_WAITALL }).bytes, 2, 'what came in time');
    const error = thrown(() => server.recvMessage({ buffers: [two] }));
    assert.deepEqual([error.code, error.syscall], ['EAGAIN', 'recvmsg']);
  });

  test('wrong arguments', (t) => {
    const { connectedPair } = datagrams(t);
    const [one] = connectedPair();
    const type = [
      () => one.sendMessage(),
      () => one.sendMessage({ buffers: Buffer.alloc(1) }),
      () => one.sendMessage({ buffers: ['text'] }),
      () => one.sendMessage({ control: {} }),
      () => one.sendMessage({ control: [null] }),
      () => one.sendMessage({ control: [{ level: '0', type: 1, data: 1 }] }),
      () => one.sendMessage({ control: [{ level: 0, type: 1 }] }),
      () => one.sendMessage({ control: [{ level: 0, type: 1, data: 'text' }] }),
      () => one.sendMessage({ address: 'x' }),
      () => one.sendMessage({ flags: '0' }),
      () => one.recvMessage(),
      () => one.recvMessage({ buffers: [1] }),
      () => one.recvMessage({ controlLength: '1' }),
    ];
    for (const call of type) assert.equal(thrown(call).code, 'ERR_INVALID_ARG_TYPE', String(call));
    const range = [
      () => one.recvMessage({ controlLength: -1 }),
      () => one.recvMessage({ controlLength: (1 << 20) + 1 }),
      () => one.recvMessage({ controlLength: 1.5 }),
      () => one.recvMessage({ flags: 2 ** 31 }),
      () => one.sendMessage({ control: [{ level: 0, type: 2 ** 40, data: 1 }] }),
      () => one.sendMessage({ control: [{ level: 0, type: 1, data: 2 ** 31 }] }),
    ];
    for (const call of range) assert.equal(thrown(call).code, 'ERR_OUT_OF_RANGE', String(call));
    const detached = new ArrayBuffer(8);
    const view = new Uint8Array(detached);
    structuredClone(detached, { transfer: [detached] });
    assert.equal(thrown(() => one.sendMessage({ buffers: [detached] })).code, 'ERR_INVALID_ARG_VALUE');
    assert.equal(thrown(() => one.recvMessage({ buffers: [view] })).code, 'ERR_INVALID_ARG_VALUE');
    one.close();
    for (const call of [() => one.sendMessage({}), () => one.recvMessage({})]) {
      assert.equal(thrown(call).code, 'EBADF');
    }
  });
});

describe('control messages', { skip: linux }, () => {
  test('a list goes out, and a list comes in', (t) => {
    const { connectedPair } = datagrams(t);
    const [one, two] = connectedPair();
    for (const option of ['IP_RECVTTL', 'IP_RECVTOS', 'IP_PKTINFO', 'SO_TIMESTAMPNS', 'IP_RECVORIGDSTADDR']) {
      two.setOption(option, true);
    }
    const list = [
      { level: IPPROTO_IP, type: IP_TTL, data: 9 },
      { level: IPPROTO_IP, type: IP_TOS, data: Int32Array.of(4) },
      control.pktinfo({ address: '127.0.0.1' }),
    ];
    one.sendMessage({ buffers: [Buffer.from('x')], control: list });
    const { control: received, flags } = next(two, { controlLength: 512 });
    assert.equal(flags & MSG_CTRUNC, 0);
    for (const { level, type, data } of received) {
      assert.ok(Number.isInteger(level) && Number.isInteger(type) && Buffer.isBuffer(data));
    }
    assert.equal(received.length, 5);
    const { timestamp, ...rest } = control.read(received);
    assert.equal(typeof timestamp, 'bigint');
    const { address, port } = two.localAddress();
    assert.deepEqual(rest, {
      ttl: 9,
      tos: 4,
      pktinfo: { interface: 1, address: '127.0.0.1', local: '127.0.0.1' },
      originalDestination: { family: 'IPv4', address, port },
    });
    // What came in can go out as it is.
    const [ttl] = received.filter(({ type }) => type === IP_TTL);
    one.sendMessage({ buffers: [Buffer.from('y')], control: [ttl] });
    assert.equal(control.read(next(two, { controlLength: 512 }).control).ttl, 9);
  });

  test('only as many as there is room for', (t) => {
    const { connectedPair } = datagrams(t);
    const [one, two] = connectedPair();
    two.setOption('IP_RECVTTL', true);
    two.setOption('IP_RECVTOS', true);
    const whole = control.space(4, 1);
    assert.equal(whole, 48);
    const seen = new Set();
    for (let controlLength = 0; controlLength <= whole; controlLength++) {
      one.send('x');
      const received = next(two, { controlLength });
      const read = control.read(received.control);
      const complete = read.ttl === 64 && read.tos === 0;
      assert.equal((received.flags & MSG_CTRUNC) === 0, complete, `${controlLength} bytes`);
      seen.add(received.control.length);
      // One that was cut says nothing to read().
      if (controlLength < 20) assert.deepEqual(read, {});
    }
    assert.deepEqual([...seen], [0, 1, 2]);
  });

  test('the kernel refuses what it does not know', (t) => {
    const { connectedPair } = datagrams(t);
    const [one, two] = connectedPair();
    const send = (...list) => one.sendMessage({ buffers: [Buffer.from('x')], control: list });
    for (const wrong of [
      { level: IPPROTO_IP, type: 9999, data: 1 },
      { level: IPPROTO_IP, type: IP_TTL, data: 0 },
      { level: IPPROTO_IP, type: IP_TTL, data: 256 },
      { level: IPPROTO_IP, type: IP_TTL, data: Buffer.alloc(2) },
      { level: SOL_SOCKET, type: 9999, data: 1 },
    ]) {
      const error = thrown(() => send(wrong));
      assert.deepEqual([error.code, error.syscall], ['EINVAL', 'sendmsg']);
      assert.equal(thrown(() => send(control.ttl(5), wrong)).code, 'EINVAL');
    }
    assert.ok(isEmpty(two));
    // Of a level that is not this socket's, nobody takes notice.
    assert.equal(send({ level: 12_345, type: 1, data: Buffer.alloc(0) }), 1);
  });

  test('when a datagram has left, by the error queue', (t) => {
    const { connectedPair } = datagrams(t);
    const [one] = connectedPair();
    const [TX_SOFTWARE, SOFTWARE, OPT_ID, OPT_TSONLY] = [2, 16, 128, 2048];
    one.setsockopt(SOL_SOCKET, 37, TX_SOFTWARE | SOFTWARE | OPT_ID | OPT_TSONLY);
    const before = BigInt(Date.now()) * 1_000_000n;
    for (const id of [0, 1]) {
      one.send('x');
      const told = next(one, { controlLength: 256, flags: MSG_ERRQUEUE, events: 0 });
      assert.equal(told.bytes, 0);
      const { timestamping, error } = control.read(told.control);
      assert.ok(timestamping.software > before - 2_000_000n && timestamping.hardware === 0n);
      assert.deepEqual([error.code, error.origin, error.data], ['ENOMSG', 'timestamping', id]);
    }
  });

  test('on a stream', (t) => {
    const { client, server } = opener(t).pair();
    const [RX_SOFTWARE, SOFTWARE] = [8, 16];
    server.setsockopt(SOL_SOCKET, 37, RX_SOFTWARE | SOFTWARE);
    // The kernel begins to note times a moment after it is asked to.
    const timestamping = untilBlocked(() => {
      client.send('when');
      const { text, control: messages } = next(server, { controlLength: 256 });
      assert.equal(text, 'when');
      return control.read(messages).timestamping;
    }, 'a time');
    assert.ok(timestamping.software > 0n && timestamping.hardware === 0n);
  });
});

describe('control helpers', { skip: linux }, () => {
  const hex = ({ level, type, data }) => [level, type, data.toString('hex')];

  test('make what the kernel takes', () => {
    assert.deepEqual(hex(control.ttl(64)), [0, 2, '40000000']);
    assert.deepEqual(hex(control.tos(0xb8)), [0, 1, 'b8000000']);
    assert.deepEqual(hex(control.hopLimit(-1)), [41, 52, 'ffffffff']);
    assert.deepEqual(hex(control.trafficClass(5)), [41, 67, '05000000']);
    assert.deepEqual(hex(control.segment(1400)), [17, 103, '7805']);
    assert.deepEqual(hex(control.pktinfo({ address: '1.2.3.4', interface: 7 })), [
      0,
      8,
      '070000000102030400000000',
    ]);
    assert.deepEqual(hex(control.pktinfo({ address: '::2', interface: 1 })), [
      41,
      50,
      '0000000000000000000000000000000201000000',
    ]);
    const ids = { pid: 1, uid: 0xffffffff, gid: 3 };
    assert.deepEqual(hex(control.credentials(ids)), [1, 2, '01000000ffffffff03000000']);
    const { data } = control.credentials();
    assert.deepEqual([data.readInt32LE(0), data.readInt32LE(4)], [process.pid, process.geteuid()]);
    assert.deepEqual(control.rights([]), { level: SOL_SOCKET, type: SCM_RIGHTS, data: [] });
    assert.equal(control.space(), 0);
    assert.equal(control.space(0), 16);
    assert.equal(control.space(1, 8, 9), 24 + 24 + 32);
  });

  test('read what was made', () => {
    const read = (...messages) => control.read(messages);
    assert.deepEqual(read(), {});
    assert.deepEqual(read(control.ttl(1), control.tos(2), control.hopLimit(3), control.trafficClass(4)), {
      ttl: 1,
      tos: 2,
      hopLimit: 3,
      trafficClass: 4,
    });
    assert.deepEqual(read(control.ttl(1), control.ttl(2)), { ttl: 1 });
    assert.deepEqual(read(control.pktinfo({ address: 'fe80::1', interface: 2 })), {
      pktinfo: { interface: 2, address: 'fe80::1' },
    });
    assert.deepEqual(read(control.credentials({ pid: 1, uid: 2, gid: 3 })), {
      credentials: { pid: 1, uid: 2, gid: 3 },
    });
    const int = (level, type, value) => ({ level, type, data: Buffer.from(Int32Array.of(value).buffer) });
    assert.deepEqual(read(int(17, 104, 1200), int(SOL_SOCKET, 40, -1)), {
      segment: 1200,
      dropped: 0xffffffff,
    });
    const time = Buffer.from(BigInt64Array.of(5n, 7n).buffer);
    assert.equal(read({ level: 1, type: 29, data: time }).timestamp, 5_000_007_000n);
    assert.equal(read({ level: 1, type: 35, data: time }).timestamp, 5_000_000_007n);
    // What is not known, and what was cut.
    const unknown = [int(99, 1, 1), int(IPPROTO_IP, 99, 1), int(IPPROTO_IPV6, 50, 1), int(SOL_SOCKET, 2, 1)];
    assert.deepEqual(read(...unknown), {});
    for (const level of [SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, 17]) {
      for (let type = 0; type < 128; type++) {
        if (level === SOL_SOCKET && type === SCM_RIGHTS) continue;
        for (let length = 0; length < 64; length++) read({ level, type, data: Buffer.alloc(length, 0xff) });
      }
    }
  });

  test('refuse what means nothing', () => {
    const wrong = {
      ERR_INVALID_ARG_TYPE: [
        () => control.ttl('1'),
        () => control.pktinfo(),
        () => control.pktinfo({}),
        () => control.credentials(null),
        () => control.rights([{}]),
        () => control.read(),
        () => control.read([null]),
        () => control.space('1'),
      ],
      ERR_OUT_OF_RANGE: [
        () => control.ttl(0),
        () => control.ttl(256),
        () => control.tos(-1),
        () => control.hopLimit(-2),
        () => control.segment(0),
        () => control.segment(65_536),
        () => control.credentials({ uid: -1 }),
        () => control.pktinfo({ address: '::', interface: -1 }),
        () => control.space(-1),
      ],
      ERR_INVALID_ARG_VALUE: [
        () => control.pktinfo({ address: 'localhost' }),
        () => control.pktinfo({ address: '::', interface: 'no such' }),
      ],
    };
    for (const [code, calls] of Object.entries(wrong)) {
      for (const call of calls) assert.equal(thrown(call).code, code, String(call));
    }
  });

  test('a datagram that was cut is no matter of theirs', (t) => {
    const { connectedPair } = datagrams(t);
    const [one, two] = connectedPair();
    one.send('12345');
    const { flags, control: messages } = next(two, { size: 2, controlLength: 64 });
    assert.deepEqual([flags, messages], [MSG_TRUNC, []]);
  });
});
