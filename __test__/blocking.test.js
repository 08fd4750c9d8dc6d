'use strict';

// `blocking = true`: calls wait. The peer lives in a worker or a process of its own and acts only when the kernel says
// that this thread sleeps, so nothing here depends on who is faster.

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { constants } = require('../index.js');
const support = require('./support/sockets.js');
const { options, soon, opener, refusedPort, timeval, inChild, inWorker, messageOf, thrown } = support;
const { waitReadable, waitAvailable, waitEnd, fill, pattern, checksum } = support;

const { MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL } = constants;
const { SOL_SOCKET, SO_RCVTIMEO, SO_SNDTIMEO, IPPROTO_TCP, TCP_NODELAY } = options;
const MiB = 1 << 20;

/** A connection to a peer that waits for the word, in a worker. See fixtures/blocking.js for what it can do. */
async function peer(t, ...actions) {
  const { listening, keep } = opener(t);
  const listener = listening();
  const worker = inWorker('blocking.peer', [listener.localAddress().port, ...actions]);
  const result = messageOf(worker, 'result');
  result.catch(() => {});
  t.after(() => worker.terminate());
  await soon(Promise.race([listener.readable(), result]));
  const socket = keep(listener.accept());
  socket.blocking = true;
  listener.blocking = true;
  return {
    socket,
    listener,
    /** The peer acts when this thread sleeps next. */
    go: () => socket.send('g'),
    result: () => soon(result, "the peer's result"),
  };
}

describe('recv', () => {
  test('waits for a peer in a worker', async (t) => {
    const { socket, go, result } = await peer(t, 'send', 'late');
    const buffer = Buffer.alloc(16);
    go();
    assert.equal(socket.recv(buffer), 4);
    assert.equal(buffer.toString('latin1', 0, 4), 'late');
    assert.equal(await result(), 'sent while asleep');
  });

  test('waits for a peer in a process of its own', async (t) => {
    const { listening, keep } = opener(t);
    const listener = listening();
    const child = inChild('blocking.peer', [listener.localAddress().port, 'send', 'from afar']);
    await soon(Promise.race([listener.readable(), child]));
    const socket = keep(listener.accept());
    socket.blocking = true;
    const buffer = Buffer.alloc(16);
    socket.send('g');
    assert.equal(socket.recv(buffer), 9);
    assert.equal(buffer.toString('latin1', 0, 9), 'from afar');
    assert.equal((await child).result, 'sent while asleep');
  });

  test('waits for the end of the stream', async (t) => {
    const { socket, go } = await peer(t, 'end');
    go();
    assert.equal(socket.recv(Buffer.alloc(16)), 0);
    assert.equal(socket.recv(Buffer.alloc(16)), 0);
  });

  test('waits for a reset, which is an error', async (t) => {
    const { socket, go } = await peer(t, 'reset');
    go();
    const { code, syscall } = thrown(() => socket.recv(Buffer.alloc(16)));
    assert.deepEqual({ code, syscall }, { code: 'ECONNRESET', syscall: 'recv' });
  });

  test('goes on after signals', async (t) => {
    const listener = () => {};
    process.on('SIGWINCH', listener);
    t.after(() => process.off('SIGWINCH', listener));
    const { socket, go } = await peer(t, 'signals', 'after all');
    const buffer = Buffer.alloc(16);
    go();
    assert.equal(socket.recv(buffer), 9);
    assert.equal(buffer.toString('latin1', 0, 9), 'after all');
  });

  test('takes what is there without waiting for more', (t) => {
    const { client, server } = opener(t).pair();
    client.send('abc');
    waitAvailable(server, 3);
    server.blocking = true;
    assert.equal(server.recv(Buffer.alloc(64), MSG_PEEK), 3);
    assert.equal(server.recv(Buffer.alloc(64)), 3);
  });

  test('MSG_PEEK waits too', async (t) => {
    const { socket, go } = await peer(t, 'send', 'seen');
    go();
    const buffer = Buffer.alloc(16);
    assert.equal(socket.recv(buffer, MSG_PEEK), 4);
    assert.equal(socket.recv(buffer), 4);
  });
});

describe('MSG_WAITALL', () => {
  test('waits until the buffer is full', async (t) => {
    const { socket, go, result } = await peer(t, 'pieces', 'abc', 'defg', 'hij', 'k');
    const buffer = Buffer.alloc(10);
    go();
    assert.equal(socket.recv(buffer, MSG_WAITALL), 10);
    assert.equal(buffer.toString(), 'abcdefghij');
    assert.equal(socket.recv(buffer), 1);
    await result();
  });

  test('ends early at the end of the stream', async (t) => {
    const { socket, go } = await peer(t, 'pieces', 'abc', 'de');
    const buffer = Buffer.alloc(10);
    go();
    assert.equal(socket.recv(buffer, MSG_WAITALL), 5);
    assert.equal(buffer.toString('latin1', 0, 5), 'abcde');
    assert.equal(socket.recv(buffer, MSG_WAITALL), 0);
  });

  test('ends early by SO_RCVTIMEO, with what came', (t) => {
    const { client, server } = opener(t).pair();
    server.blocking = true;
    server.setsockopt(SOL_SOCKET, SO_RCVTIMEO, timeval(50));
    client.send('abc');
    waitAvailable(server, 3);
    assert.equal(server.recv(Buffer.alloc(10), MSG_WAITALL), 3);
    assert.equal(thrown(() => server.recv(Buffer.alloc(10), MSG_WAITALL)).code, 'EAGAIN');
  });

  test('several MiB at once', async (t) => {
    const { socket, go, result } = await peer(t, 'produce', 5 * MiB + 3, 9);
    const buffer = Buffer.alloc(5 * MiB + 3);
    go();
    assert.equal(socket.recv(buffer, MSG_WAITALL), buffer.length);
    assert.equal(checksum(buffer), checksum(pattern(buffer.length, 9)));
    await result();
  });
});

describe('MSG_DONTWAIT', () => {
  test('recv does not wait', (t) => {
    const { client, server } = opener(t).pair();
    server.blocking = true;
    const { code, errno, syscall, message } = thrown(() => server.recv(Buffer.alloc(4), MSG_DONTWAIT));
    assert.deepEqual(
      { code, errno, syscall, message },
      { code: 'EAGAIN', errno: -11, syscall: 'recv', message: 'recv EAGAIN' },
    );
    client.send('ab');
    waitReadable(server);
    assert.equal(server.recv(Buffer.alloc(4), MSG_DONTWAIT | MSG_WAITALL), 2);
  });

  test('send does not wait', (t) => {
    const { client } = opener(t).pair();
    client.blocking = true;
    const data = Buffer.alloc(64 * MiB);
    const sent = client.send(data, MSG_DONTWAIT);
    assert.ok(sent > 0 && sent < data.length, `${sent} bytes`);
    client.blocking = false;
    fill(client);
    client.blocking = true;
    const { code, syscall } = thrown(() => client.send(data, MSG_DONTWAIT));
    assert.deepEqual({ code, syscall }, { code: 'EAGAIN', syscall: 'send' });
  });
});

describe('send', () => {
  test('of 8 MiB sends all of them', async (t) => {
    const { socket, go, result } = await peer(t, 'drain');
    const data = pattern(8 * MiB, 5);
    go();
    assert.equal(socket.send(data), data.length);
    socket.shutdown('write');
    assert.deepEqual(await result(), { length: data.length, checksum: checksum(data) });
  });

  test('of a long string sends all of it', async (t) => {
    const { socket, go, result } = await peer(t, 'drain');
    const text = 'ä'.repeat(3 * MiB);
    go();
    assert.equal(socket.send(text), 6 * MiB);
    socket.shutdown('write');
    assert.deepEqual(await result(), { length: 6 * MiB, checksum: checksum(Buffer.from(text)) });
  });

  test('that a reset ends counts what went out, and the next call tells', async (t) => {
    const { socket, go } = await peer(t, 'drainAndReset');
    const data = Buffer.alloc(64 * MiB);
    go();
    const sent = socket.send(data);
    assert.ok(sent > 0 && sent < data.length, `${sent} bytes`);
    assert.equal(thrown(() => socket.send(data)).code, 'ECONNRESET');
    assert.equal(thrown(() => socket.send(data)).code, 'EPIPE');
  });

  test('that SO_SNDTIMEO ends counts what went out, then is EAGAIN', (t) => {
    const { client } = opener(t).pair();
    client.blocking = true;
    client.setsockopt(SOL_SOCKET, SO_SNDTIMEO, timeval(50));
    const begin = performance.now();
    const data = Buffer.alloc(64 * MiB);
    const sent = client.send(data);
    assert.ok(sent > 0 && sent < data.length, `${sent} bytes`);
    assert.ok(performance.now() - begin >= 45);
    // An acknowledgement that comes late makes room once more.
    const { code, errno, syscall } = thrown(() => {
      for (;;) assert.ok(client.send(data) < data.length);
    });
    assert.deepEqual({ code, errno, syscall }, { code: 'EAGAIN', errno: -11, syscall: 'send' });
  });
});

describe('accept', () => {
  test('waits for a connection', async (t) => {
    const { listener, go, result } = await peer(t, 'connect');
    const { keep } = opener(t);
    go();
    const accepted = keep(listener.accept());
    assert.equal(accepted.blocking, false);
    assert.equal(await result(), accepted.remoteAddress().port);
  });

  test('SO_RCVTIMEO ends the wait', (t) => {
    const { listening } = opener(t);
    const listener = listening();
    listener.blocking = true;
    listener.setsockopt(SOL_SOCKET, SO_RCVTIMEO, timeval(60));
    const begin = performance.now();
    const { code, errno, syscall, message } = thrown(() => listener.accept());
    assert.deepEqual(
      { code, errno, syscall, message },
      { code: 'EAGAIN', errno: -11, syscall: 'accept', message: 'accept EAGAIN' },
    );
    assert.ok(performance.now() - begin >= 55);
  });
});

describe('SO_RCVTIMEO', () => {
  test('ends recv with EAGAIN, each time anew', (t) => {
    const { client, server } = opener(t).pair();
    server.blocking = true;
    server.setsockopt(SOL_SOCKET, SO_RCVTIMEO, timeval(60));
    for (let round = 0; round < 2; round++) {
      const begin = performance.now();
      const { code, errno, syscall, message } = thrown(() => server.recv(Buffer.alloc(4)));
      assert.deepEqual(
        { code, errno, syscall, message },
        { code: 'EAGAIN', errno: -11, syscall: 'recv', message: 'recv EAGAIN' },
      );
      assert.ok(performance.now() - begin >= 55);
    }
    client.send('x');
    assert.equal(server.recv(Buffer.alloc(4)), 1);
  });

  test('signals do not make it longer', async (t) => {
    const listener = () => {};
    process.on('SIGWINCH', listener);
    t.after(() => process.off('SIGWINCH', listener));
    const { socket, go, result } = await peer(t, 'signalsUntilAwake');
    socket.setsockopt(SOL_SOCKET, SO_RCVTIMEO, timeval(300));
    go();
    assert.equal(thrown(() => socket.recv(Buffer.alloc(4))).code, 'EAGAIN');
    socket.close();
    // A wait that began anew with each signal would outlast the peer's patience.
    assert.equal(await result(), 'awake');
  });

  test('means nothing to a socket that does not block', (t) => {
    const { server } = opener(t).pair();
    server.setsockopt(SOL_SOCKET, SO_RCVTIMEO, timeval(10_000));
    const begin = performance.now();
    assert.equal(server.recv(Buffer.alloc(4)), -1);
    assert.ok(performance.now() - begin < 5_000);
  });
});

describe('connect', () => {
  test('waits and is true', (t) => {
    const { tcp, listening } = opener(t);
    const client = tcp();
    client.blocking = true;
    assert.equal(client.connect(listening().localAddress()), true);
    assert.equal(client.takeError(), null);
    assert.ok(client.remoteAddress().port > 0);
  });

  test('refused throws', (t) => {
    const { tcp } = opener(t);
    const client = tcp();
    const port = refusedPort(t);
    client.blocking = true;
    const error = thrown(() => client.connect({ address: '127.0.0.1', port }));
    assert.deepEqual(
      { ...error, message: error.message },
      {
        ...{ errno: -111, code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port },
        message: `connect ECONNREFUSED 127.0.0.1:${port}`,
      },
    );
    assert.equal(client.takeError(), null);
  });

  test('refused again and again, then accepted, on one socket', (t) => {
    // What a program does that waits for its server to start; the kernel's own blocking connect allows it.
    const { tcp, listening } = opener(t);
    const client = tcp();
    client.blocking = true;
    const port = refusedPort(t);
    const codes = [1, 2, 3].map(() => thrown(() => client.connect({ address: '127.0.0.1', port })).code);
    assert.deepEqual(codes, ['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED']);
    assert.equal(client.connect(listening().localAddress()), true);
  });

  test('joins an attempt that is under way', (t) => {
    const { tcp, listening } = opener(t);
    const client = tcp();
    const { address, port } = listening().localAddress();
    client.connect({ address, port });
    client.blocking = true;
    let error;
    try {
      assert.equal(client.connect({ address, port }), true);
    } catch (caught) {
      // The attempt may be over by then.
      error = caught;
    }
    assert.ok(error === undefined || error.code === 'EISCONN', error?.stack);
    assert.equal(client.remoteAddress().port, port);
  });
});

test('switched off, calls say that they would block', (t) => {
  const { listening, pair } = opener(t);
  const { client, server } = pair();
  const listener = listening();
  for (const socket of [client, server, listener]) {
    socket.blocking = true;
    socket.blocking = false;
  }
  fill(client);
  assert.equal(client.send('x'), -1);
  assert.equal(client.recv(Buffer.alloc(1)), -1);
  assert.equal(listener.accept(), null);
});

test('a blocking ping-pong in pieces of other sizes', async (t) => {
  const { socket, go, result } = await peer(t, 'echo');
  socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, true);
  go();
  const buffer = Buffer.alloc(1_000);
  for (let round = 0; round < 500; round++) {
    const data = pattern(1_000, round + 1);
    assert.equal(socket.send(data), 1_000);
    assert.equal(socket.recv(buffer, MSG_WAITALL), 1_000);
    assert.ok(buffer.equals(data), `round ${round}`);
  }
  socket.shutdown('write');
  waitEnd(socket);
  assert.equal(await result(), 500_000);
});
