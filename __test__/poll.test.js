'use strict';

// poll(): poll(2) over Sockets, which holds the thread.

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { Socket, poll, constants } = require('../index.js');
const support = require('./support/sockets.js');
const { opener, refusedPort, resetOnClose, inWorker, messageOf, soon, resultOf } = support;
const { waitReadable, waitAvailable, waitEnd, fill } = support;

const { POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL, POLLRDHUP, MSG_OOB } = constants;
const ALL = POLLIN | POLLPRI | POLLOUT | POLLRDHUP;

/** What poll() reports of one socket at once. */
function reported(socket, events = ALL) {
  const entry = { socket, events };
  const count = poll([entry], 0);
  assert.equal(count, entry.revents === 0 ? 0 : 1);
  return entry.revents;
}

describe('revents', () => {
  test('have the numbers of poll.h', () => {
    assert.deepEqual(
      { POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL },
      { POLLIN: 1, POLLPRI: 2, POLLOUT: 4, POLLERR: 8, POLLHUP: 16, POLLNVAL: 32 },
    );
  });

  test('of a connection: idle, readable, full', (t) => {
    const { client, server } = opener(t).pair();
    assert.equal(reported(server), POLLOUT);
    client.send('x');
    waitReadable(server);
    assert.equal(reported(server), POLLIN | POLLOUT);
    server.recv(Buffer.alloc(8));
    assert.equal(reported(server), POLLOUT);
    fill(server);
    assert.equal(reported(server), 0);
  });

  test('are only what was asked for', (t) => {
    const { client, server } = opener(t).pair();
    client.send('x');
    waitReadable(server);
    assert.equal(reported(server, POLLIN), POLLIN);
    assert.equal(reported(server, POLLOUT), POLLOUT);
    assert.equal(reported(server, POLLPRI), 0);
    assert.equal(reported(server, 0), 0);
  });

  test('urgent data', (t) => {
    const { client, server } = opener(t).pair();
    client.send('!', MSG_OOB);
    assert.equal(poll([{ socket: server, events: POLLPRI }], 10_000), 1);
    assert.equal(reported(server, POLLPRI), POLLPRI);
  });

  test('the peer has closed: POLLRDHUP; both sides: POLLHUP, asked for or not', (t) => {
    const { client, server } = opener(t).pair();
    client.shutdown('write');
    waitEnd(server);
    assert.equal(reported(server), POLLIN | POLLOUT | POLLRDHUP);
    server.shutdown('write');
    assert.equal(poll([{ socket: server, events: 0 }], 10_000), 1);
    assert.equal(reported(server, 0), POLLHUP);
  });

  test('a reset: POLLERR and POLLHUP, asked for or not', (t) => {
    const { client, server } = opener(t).pair();
    resetOnClose(client);
    client.close();
    waitEnd(server);
    assert.equal(reported(server, 0), POLLERR | POLLHUP);
    // Asking does not take the error.
    assert.equal(server.takeError().code, 'ECONNRESET');
    assert.equal(reported(server, 0), POLLHUP);
  });

  test('a refused connection', (t) => {
    const { tcp } = opener(t);
    const client = tcp();
    client.connect({ address: '127.0.0.1', port: refusedPort(t) });
    assert.equal(poll([{ socket: client, events: POLLOUT }], 10_000), 1);
    assert.equal(reported(client, POLLOUT), POLLOUT | POLLERR | POLLHUP);
    assert.equal(client.takeError().code, 'ECONNREFUSED');
  });

  test('a listening socket', (t) => {
    const { tcp, listening, keep } = opener(t);
    const listener = listening();
    assert.equal(reported(listener), 0);
    tcp().connect(listener.localAddress());
    assert.equal(waitReadable(listener), POLLIN);
    keep(listener.accept());
    assert.equal(reported(listener), 0);
  });

  test('a socket that is not connected', (t) => {
    const { tcp } = opener(t);
    assert.equal(reported(tcp()), POLLOUT | POLLHUP);
  });

  test('a closed Socket: POLLNVAL, at once', (t) => {
    const { tcp, pair } = opener(t);
    const closed = tcp();
    closed.close();
    assert.equal(reported(closed), POLLNVAL);
    assert.equal(reported(closed, 0), POLLNVAL);
    // Beside one that would have to wait for ever.
    const { server } = pair();
    const entries = [
      { socket: server, events: POLLIN },
      { socket: closed, events: POLLIN },
    ];
    assert.equal(poll(entries, -1), 1);
    assert.deepEqual(
      entries.map(({ revents }) => revents),
      [0, POLLNVAL],
    );
  });

  test('of an earlier call are overwritten', (t) => {
    const { client, server } = opener(t).pair();
    client.send('x');
    waitReadable(server);
    const entry = { socket: server, events: POLLIN, revents: 0x7fff };
    assert.equal(poll([entry], 0), 1);
    assert.equal(entry.revents, POLLIN);
    server.recv(Buffer.alloc(8));
    assert.equal(poll([entry], 0), 0);
    assert.equal(entry.revents, 0);
  });
});

describe('the timeout', () => {
  /** How long poll() waited, in milliseconds. */
  function waited(entries, ...timeout) {
    const begin = performance.now();
    assert.equal(poll(entries, ...timeout), 0);
    return performance.now() - begin;
  }

  test('passes when nothing happens, never too early', (t) => {
    const { server } = opener(t).pair();
    const entries = [{ socket: server, events: POLLIN }];
    for (const timeout of [1, 20, 60]) {
      const time = waited(entries, timeout);
      assert.ok(time >= timeout - 0.1 && time < timeout + 5_000, `${time} ms instead of ${timeout}`);
    }
  });

  test('may be a fraction', (t) => {
    const { server } = opener(t).pair();
    const entries = [{ socket: server, events: POLLIN }];
    for (const timeout of [0.4, 2.5, 10.75]) {
      const time = waited(entries, timeout);
      assert.ok(time >= timeout - 0.1, `${time} ms instead of ${timeout}`);
    }
    // Not rounded up to whole milliseconds: 200 × 0.1 ms. The best of some tries, for machines with other work.
    let best = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 10 && best >= 150; attempt++) {
      const begin = performance.now();
      for (let count = 0; count < 200; count++) poll(entries, 0.1);
      best = Math.min(best, performance.now() - begin);
    }
    assert.ok(best >= 20 && best < 150, `${best} ms`);
  });

  test('0 and -0 do not wait', (t) => {
    const { server } = opener(t).pair();
    const entries = [{ socket: server, events: POLLIN }];
    for (const timeout of [0, -0]) assert.ok(waited(entries, timeout) < 5_000);
  });

  test('without sockets it is a pause', () => {
    assert.ok(waited([], 30) >= 29.9);
  });

  for (const [name, timeout] of Object.entries({
    none: [],
    undefined: [undefined],
    '-1': [-1],
    '-0.5': [-0.5],
    Infinity: [Number.POSITIVE_INFINITY],
    '1e300': [1e300],
    '2 ** 31 + 5': [2 ** 31 + 5],
    '2 ** 53': [2 ** 53],
  })) {
    test(`${name}: waits for a peer in a worker`, async (t) => {
      const { listening, keep } = opener(t);
      const listener = listening();
      const worker = inWorker('blocking.peer', [listener.localAddress().port, 'send', 'late']);
      const result = messageOf(worker, 'result');
      await soon(Promise.race([listener.readable(), result]));
      const socket = keep(listener.accept());
      const entries = [
        { socket, events: POLLIN },
        { socket: listener, events: POLLIN },
      ];
      socket.send('g');
      assert.equal(poll(entries, ...timeout), 1);
      assert.deepEqual(
        entries.map(({ revents }) => revents),
        [POLLIN, 0],
      );
      assert.equal(await soon(result), 'sent while asleep');
    });
  }

  test('signals neither end nor prolong it', async (t) => {
    const listener = () => {};
    process.on('SIGWINCH', listener);
    t.after(() => process.off('SIGWINCH', listener));
    const { listening, keep } = opener(t);
    const server = listening();
    const worker = inWorker('blocking.peer', [server.localAddress().port, 'signalsUntilAwake']);
    const result = messageOf(worker, 'result');
    await soon(Promise.race([server.readable(), result]));
    const socket = keep(server.accept());
    socket.send('g');
    const time = waited([{ socket, events: POLLIN }], 300);
    assert.ok(time >= 299, `${time} ms`);
    socket.close();
    assert.equal(await soon(result), 'awake');
  });
});

describe('many entries', () => {
  test('the ready ones among 600', (t) => {
    const { pair } = opener(t);
    const pairs = Array.from({ length: 600 }, () => pair());
    const speaking = pairs.filter((_, index) => index % 7 === 3);
    for (const { client } of speaking) client.send('x');
    for (const { server } of speaking) waitAvailable(server, 1);
    const entries = pairs.map(({ server }) => ({ socket: server, events: POLLIN }));
    assert.equal(poll(entries, 10_000), speaking.length);
    assert.deepEqual(
      entries.filter(({ revents }) => revents !== 0).map(({ socket }) => socket),
      speaking.map(({ server }) => server),
    );
    assert.ok(entries.every(({ revents }) => [0, POLLIN].includes(revents)));
  });

  test('the same socket several times', (t) => {
    const { client, server } = opener(t).pair();
    client.send('x');
    waitReadable(server);
    const entries = [POLLIN, POLLOUT, 0, POLLIN | POLLOUT].map((events) => ({ socket: server, events }));
    assert.equal(poll(entries, 0), 3);
    assert.deepEqual(
      entries.map(({ revents }) => revents),
      [POLLIN, POLLOUT, 0, POLLIN | POLLOUT],
    );
  });

  test('sockets of all families together', (t) => {
    const { keep, tcp } = opener(t);
    const [left, right] = Socket.pair({ type: 'stream' }).map(keep);
    left.send('x');
    const entries = [right, left, tcp(), tcp('IPv6')].map((socket) => ({ socket, events: POLLIN }));
    assert.equal(poll(entries, 10_000), 3);
    assert.deepEqual(
      entries.map(({ revents }) => revents),
      [POLLIN, 0, POLLHUP, POLLHUP],
    );
  });

  test('more entries than descriptors are allowed is the kernel’s error', async () => {
    assert.deepEqual(
      await resultOf('poll.tooMany', [], { through: ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'] }),
      {
        message: 'poll EINVAL',
        errno: -22,
        code: 'EINVAL',
        syscall: 'poll',
      },
    );
  });
});

test('a listener’s edge is still reported when poll() saw it first', async (t) => {
  const { client, server } = opener(t).pair();
  client.send('x');
  waitReadable(server);
  const heard = new Promise((resolve) => server.watch(resolve, POLLIN));
  assert.equal(reported(server, POLLIN), POLLIN);
  assert.equal((await soon(heard)) & POLLIN, POLLIN);
});
