'use strict';

// What the kernel refuses, and how it is told: each failure its own errno, in the shape of Node's system errors, with
// nothing leaked and nothing broken.

const assert = require('node:assert/strict');
const dgram = require('node:dgram');
const net = require('node:net');
const { describe, test } = require('node:test');
const { Socket, poll, constants } = require('../index.js');
const native = require('../native.js');
const support = require('./support/sockets.js');
const { need } = require('./support/requirements.js');
const { LOOPBACK, options, soon, until, opener, refusedPort, resetOnClose, netServer, withoutIPv6 } = support;
const { waitReadable, waitAvailable, fill, thrown, shape, resultOf } = support;

const { SOL_SOCKET, SO_REUSEPORT } = options;

/** The error of node:net for the same connection. */
function netError(settings) {
  return soon(
    new Promise((resolve, reject) => {
      const socket = net.connect(settings);
      socket.on('error', resolve);
      socket.on('connect', () => reject(new Error('connected')));
    }),
  );
}

/** The error of node:dgram for the same address. Its bind(2) is not followed by listen(2), as that of node:net is. */
function dgramError(address, port, type = 'udp4') {
  return soon(
    new Promise((resolve, reject) => {
      const socket = dgram.createSocket(type);
      socket.on('error', (error) => {
        socket.close();
        resolve(error);
      });
      socket.bind(port, address, () => reject(new Error('bound')));
    }),
  );
}

/** Equal, and of the same make. */
function assertSameError(actual, expected) {
  assert.deepEqual(shape(actual), shape(expected));
  assert.equal(Object.getPrototypeOf(actual), Error.prototype);
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
  assert.ok(actual.stack.startsWith(`Error: ${actual.message}\n    at `), actual.stack);
}

describe('as node:net tells it', () => {
  for (const family of ['IPv4', 'IPv6']) {
    const address = LOOPBACK[family];
    const skip = family === 'IPv6' && withoutIPv6();

    test(`refused, ${family}`, { skip }, async (t) => {
      const port = refusedPort(t, family);
      const { tcp } = opener(t);
      const socket = tcp(family);
      socket.blocking = true;
      const expected = await netError({ host: address, port });
      assert.equal(expected.message, `connect ECONNREFUSED ${address}:${port}`);
      assertSameError(
        thrown(() => socket.connect({ address, port })),
        expected,
      );
    });

    test(`address in use, ${family}`, { skip }, async (t) => {
      const { tcp } = opener(t);
      const holder = tcp(family);
      holder.bind({ address, port: 0 });
      const { port } = holder.localAddress();
      const held = dgram.createSocket(family === 'IPv4' ? 'udp4' : 'udp6');
      await new Promise((resolve) => held.bind(port, address, resolve));
      t.after(() => held.close());
      const expected = await dgramError(address, port, family === 'IPv4' ? 'udp4' : 'udp6');
      assert.equal(expected.code, 'EADDRINUSE');
      const socket = tcp(family);
      assertSameError(
        thrown(() => socket.bind({ address, port })),
        expected,
      );
      // The socket is as it was.
      socket.bind({ address, port: 0 });
    });
  }

  test('an address that is not ours', async (t) => {
    const { tcp } = opener(t);
    const socket = tcp();
    const target = { address: '203.0.113.7', port: 4_321 };
    const expected = await dgramError(target.address, target.port);
    assert.equal(expected.code, 'EADDRNOTAVAIL');
    assertSameError(
      thrown(() => socket.bind(target)),
      expected,
    );
    socket.bind({ address: '127.0.0.1', port: 0 });
  });

  test('port 0 is not named', async (t) => {
    const { tcp } = opener(t);
    const expected = await dgramError('203.0.113.7', 0);
    assertSameError(
      thrown(() => tcp().bind({ address: '203.0.113.7', port: 0 })),
      expected,
    );
  });

  test('unreachable: a broadcast address', async (t) => {
    // TCP has no connections to 255.255.255.255, whatever the routes are.
    const { tcp } = opener(t);
    for (const blocking of [false, true]) {
      const socket = tcp();
      socket.blocking = blocking;
      const error = thrown(() => socket.connect({ address: '255.255.255.255', port: 80 }));
      const expected = await netError({ host: '255.255.255.255', port: 80 });
      // node:net adds its local address here, which it has at hand.
      expected.message = expected.message.replace(/ - Local .*/, '');
      assertSameError(error, expected);
      assert.equal(error.code, 'ENETUNREACH');
    }
  });

  test('reset by the peer', async (t) => {
    const { listening, keep } = opener(t);
    const listener = listening();
    const { port } = listener.localAddress();
    const peers = [];
    for (let count = 0; count < 2; count++) {
      const peer = net.connect(port, '127.0.0.1');
      await soon(new Promise((resolve) => peer.on('connect', resolve)));
      waitReadable(listener);
      peers.push({ peer, socket: keep(listener.accept()) });
    }
    const [forNet, forUs] = peers;
    const netSide = new Promise((resolve) => forNet.peer.on('error', resolve));
    resetOnClose(forNet.socket);
    forNet.socket.close();
    const expected = await soon(netSide);
    forUs.peer.resetAndDestroy();
    await soon(forUs.socket.readable());
    const error = thrown(() => forUs.socket.recv(Buffer.alloc(1)));
    // It names the call that was made here.
    assert.deepEqual(shape(error), { ...shape(expected), syscall: 'recv', message: 'recv ECONNRESET' });
  });
});

describe('in a network of its own', { skip: need('root', 'netns', 'ip') }, () => {
  const alone = (...commands) => ['unshare', '--net', 'sh', '-ec', `${commands.join('; ')}; exec "$@"`, 'sh'];

  test('unreachable: no route, as node:net tells it', async () => {
    const { ours, nodes } = await resultOf('errors.unreachable', ['192.0.2.1'], {
      through: alone('ip link set lo up'),
    });
    assert.equal(ours.code, 'ENETUNREACH');
    assert.deepEqual(ours, { ...nodes, message: nodes.message.replace(/ - Local .*/, '') });
    assert.equal(ours.message, 'connect ENETUNREACH 192.0.2.1:80');
  });

  test('unreachable: a router says so', async () => {
    const { ours, nodes } = await resultOf('errors.unreachable', ['192.0.2.1'], {
      through: alone('ip link set lo up', 'ip route add unreachable 192.0.2.0/24'),
    });
    assert.equal(ours.code, 'EHOSTUNREACH');
    assert.deepEqual(ours, { ...nodes, message: nodes.message.replace(/ - Local .*/, '') });
  });

  // The packets for 192.0.2.2 go to a hardware address that nobody has.
  const blackHole = alone(
    'ip link add hole type veth peer name other',
    'ip link set hole up',
    'ip link set other up',
    'ip address add 192.0.2.1/24 dev hole',
    'ip neighbour add 192.0.2.2 lladdr 02:00:00:00:00:99 dev hole nud permanent',
  );

  test('timed out: nobody answers', async () => {
    const { ours, nodes } = await resultOf('errors.timedOut', ['192.0.2.2'], { through: blackHole });
    assert.equal(ours.code, 'ETIMEDOUT');
    assert.equal(ours.errno, -110);
    assert.equal(ours.message, 'connect ETIMEDOUT 192.0.2.2:80');
    if (nodes) assert.deepEqual(ours, nodes);
  });

  test('timed out without blocking: takeError()', async () => {
    const { code, errno, again } = await resultOf('errors.timedOutLater', ['192.0.2.2'], {
      through: blackHole,
    });
    assert.deepEqual({ code, errno, again }, { code: 'ETIMEDOUT', errno: -110, again: null });
  });

  test('SO_SNDTIMEO ends a blocking connect: EINPROGRESS, and the attempt goes on', async () => {
    assert.deepEqual(await resultOf('errors.connectImpatiently', ['192.0.2.2'], { through: blackHole }), {
      first: 'connect EINPROGRESS 192.0.2.2:80',
      withoutBlocking: 'connect EALREADY 192.0.2.2:80',
    });
  });

  test('a connection that loses its peer: ETIMEDOUT by TCP_USER_TIMEOUT', async () => {
    const result = await resultOf('errors.lostPeer', [], { through: alone('ip link set lo up') });
    assert.deepEqual(result, { connected: true, code: 'ETIMEDOUT', syscall: 'recv' });
  });
});

describe('in the middle of a transfer', () => {
  test('a reset while sending: an error, then EPIPE', async (t) => {
    const { tcp } = opener(t);
    const server = await netServer(t, (connection) => {
      connection.once('data', () => connection.resetAndDestroy());
    });
    const client = tcp();
    client.connect({ address: '127.0.0.1', port: server.address().port });
    await soon(client.writable());
    const data = Buffer.alloc(100_000);
    let error;
    while (error === undefined) {
      try {
        if (client.send(data) < 0) await soon(client.writable());
      } catch (caught) {
        error = caught;
      }
    }
    assert.ok(['ECONNRESET', 'EPIPE'].includes(error.code), error.code);
    assert.equal(error.syscall, 'send');
    assert.equal(thrown(() => client.send(data)).code, 'EPIPE');
    // The descriptor is still there, and closes like any other.
    assert.ok(client.fd >= 0);
  });

  test('a reset while receiving: what came before it, then the error once, then the end', async (t) => {
    const { client, server } = opener(t).pair();
    client.send(Buffer.alloc(50_000));
    waitAvailable(server, 50_000);
    assert.equal(server.recv(Buffer.alloc(10_000)), 10_000);
    resetOnClose(client);
    client.close();
    await until(() => poll([{ socket: server, events: 0 }], 0) === 1, 'the reset');
    assert.equal(server.recv(Buffer.alloc(60_000)), 40_000);
    const { code, errno, syscall } = thrown(() => server.recv(Buffer.alloc(10_000)));
    assert.deepEqual({ code, errno, syscall }, { code: 'ECONNRESET', errno: -104, syscall: 'recv' });
    assert.equal(server.recv(Buffer.alloc(10_000)), 0);
    assert.equal(thrown(() => server.send('x')).code, 'EPIPE');
  });

  test('closing with unread data resets the peer', (t) => {
    const { client, server } = opener(t).pair();
    client.send('never read');
    waitAvailable(server, 10);
    server.close();
    waitReadable(client);
    assert.equal(thrown(() => client.recv(Buffer.alloc(1))).code, 'ECONNRESET');
  });

  test('EPIPE after shutdown, and no signal even where it would kill', async () => {
    assert.deepEqual(await resultOf('errors.brokenPipe'), {
      signalIsDeadly: true,
      codes: ['send EPIPE', 'send EPIPE', 'send EPIPE'],
    });
  });
});

describe('states', () => {
  test('not connected', (t) => {
    const { tcp } = opener(t);
    for (const [call, message] of [
      [(socket) => socket.recv(Buffer.alloc(1)), 'recv ENOTCONN'],
      [(socket) => socket.remoteAddress(), 'getpeername ENOTCONN'],
      [(socket) => socket.shutdown('both'), 'shutdown ENOTCONN'],
      [(socket) => socket.send('x'), 'send EPIPE'],
      [(socket) => socket.accept(), 'accept EINVAL'],
      [(socket) => socket.available(), undefined],
    ]) {
      for (const blocking of [false, true]) {
        const socket = tcp();
        socket.blocking = blocking;
        if (message === undefined) assert.equal(call(socket), 0);
        else assert.equal(thrown(() => call(socket)).message, message);
        assert.ok(socket.fd >= 0);
      }
    }
  });

  test('connected already', (t) => {
    const { tcp, listening } = opener(t);
    const { address, port } = listening().localAddress();
    const client = tcp();
    client.blocking = true;
    client.connect({ address, port });
    for (const blocking of [true, false]) {
      client.blocking = blocking;
      const error = thrown(() => client.connect({ address, port }));
      assert.deepEqual(
        { ...error, message: error.message },
        {
          ...{ errno: -106, code: 'EISCONN', syscall: 'connect', address, port },
          message: `connect EISCONN ${address}:${port}`,
        },
      );
    }
    assert.equal(thrown(() => client.listen()).code, 'EINVAL');
  });

  test('bound already', (t) => {
    const { tcp } = opener(t);
    const socket = tcp();
    socket.bind({ address: '127.0.0.1', port: 0 });
    assert.equal(thrown(() => socket.bind({ address: '127.0.0.1', port: 0 })).code, 'EINVAL');
  });

  test('a listening socket neither connects nor moves data', (t) => {
    const { listening } = opener(t);
    const listener = listening();
    assert.equal(thrown(() => listener.connect(listener.localAddress())).code, 'EISCONN');
    assert.equal(thrown(() => listener.recv(Buffer.alloc(1))).code, 'ENOTCONN');
    assert.equal(thrown(() => listener.send('x')).code, 'EPIPE');
  });

  test('datagram sockets neither listen nor accept', (t) => {
    const { keep } = opener(t);
    const socket = keep(new Socket({ family: 'IPv4', type: 'datagram' }));
    for (const call of ['listen', 'accept']) {
      const { code, errno, syscall } = thrown(() => socket[call]());
      assert.deepEqual({ code, errno, syscall }, { code: 'EOPNOTSUPP', errno: -95, syscall: call });
    }
  });

  test('two listeners on one port, unless both allow it', (t) => {
    const { tcp } = opener(t);
    const sockets = [tcp(), tcp(), tcp()];
    for (const socket of sockets.slice(0, 2)) socket.setsockopt(SOL_SOCKET, SO_REUSEPORT, true);
    sockets[0].bind({ address: '127.0.0.1', port: 0 });
    sockets[1].bind(sockets[0].localAddress());
    for (const socket of sockets.slice(0, 2)) socket.listen();
    assert.equal(thrown(() => sockets[2].bind(sockets[0].localAddress())).code, 'EADDRINUSE');
  });

  test("an address of another family is the kernel's to refuse", { skip: withoutIPv6() }, (t) => {
    const { tcp } = opener(t);
    for (const call of ['bind', 'connect']) {
      const { code, syscall } = thrown(() => tcp('IPv4')[call]({ address: '::1', port: 9 }));
      assert.deepEqual({ code, syscall }, { code: 'EAFNOSUPPORT', syscall: call });
    }
  });

  test('a protocol that does not go with the type', () => {
    const udp = 17;
    const { code, syscall, errno, message } = thrown(
      () => new Socket({ family: 'IPv4', type: 'stream', protocol: udp }),
    );
    assert.deepEqual(
      { code, syscall, errno, message },
      {
        ...{ code: 'EPROTONOSUPPORT', syscall: 'socket', errno: -93 },
        message: 'socket EPROTONOSUPPORT',
      },
    );
  });
});

describe('a closed Socket', () => {
  const address = { address: '127.0.0.1', port: 9 };
  const calls = {
    bind: ['bind', (socket) => socket.bind(address)],
    listen: ['listen', (socket) => socket.listen()],
    accept: ['accept', (socket) => socket.accept()],
    connect: ['connect', (socket) => socket.connect(address)],
    send: ['send', (socket) => socket.send('x')],
    'send of nothing': ['send', (socket) => socket.send('')],
    recv: ['recv', (socket) => socket.recv(Buffer.alloc(1))],
    shutdown: ['shutdown', (socket) => socket.shutdown('both')],
    detach: ['detach', (socket) => socket.detach()],
    localAddress: ['getsockname', (socket) => socket.localAddress()],
    remoteAddress: ['getpeername', (socket) => socket.remoteAddress()],
    takeError: ['getsockopt', (socket) => socket.takeError()],
    available: ['ioctl', (socket) => socket.available()],
    getsockopt: ['getsockopt', (socket) => socket.getsockopt(SOL_SOCKET, options.SO_TYPE)],
    setsockopt: ['setsockopt', (socket) => socket.setsockopt(SOL_SOCKET, options.SO_KEEPALIVE, 1)],
    getOption: ['getsockopt', (socket) => socket.getOption('SO_KEEPALIVE')],
    setOption: ['setsockopt', (socket) => socket.setOption('SO_KEEPALIVE', true)],
    watch: ['watch', (socket) => socket.watch(() => {})],
  };
  for (const [name, [syscall, call]] of Object.entries(calls)) {
    test(`${name} is EBADF`, (t) => {
      const { tcp, pair, listening } = opener(t);
      for (const make of [() => tcp(), () => pair().client, () => listening()]) {
        for (const blocking of [false, true]) {
          const socket = make();
          socket.blocking = blocking;
          socket.close();
          // Whoever has the descriptor now must not be hit.
          const innocent = pair();
          const error = thrown(() => call(socket));
          assert.deepEqual([error.code, error.errno, error.syscall], ['EBADF', -9, syscall]);
          const where = ['bind', 'connect'].includes(name) ? ' 127.0.0.1:9' : '';
          assert.match(error.message, new RegExp(`^${syscall} EBADF${where}`));
          assert.equal(innocent.client.takeError(), null);
          assert.ok(innocent.client.remoteAddress());
        }
      }
    });
  }

  test('the rest is harmless', (t) => {
    const { tcp } = opener(t);
    const socket = tcp();
    socket.close();
    assert.equal(socket.close(), undefined);
    assert.equal(socket.fd, -1);
    assert.deepEqual([socket.family, socket.type, socket.blocking], ['IPv4', 'stream', false]);
    assert.equal(socket.unwatch(), socket);
    assert.equal(socket.ref().unref().hasRef(), false);
  });
});

describe('stale handles', () => {
  test('never reach a socket that was opened later', (t) => {
    const stale = [];
    for (let round = 0; round < 1_000; round++) {
      const handle = native.open(constants.AF_INET, constants.SOCK_STREAM, 0);
      assert.ok(handle > 0);
      assert.equal(native.close(handle), 0);
      stale.push(handle);
    }
    assert.equal(new Set(stale).size, stale.length, 'a handle was given out twice');
    const { tcp } = opener(t);
    const open = Array.from({ length: 300 }, () => tcp());
    for (const handle of stale) {
      assert.equal(native.close(handle), -constants.EBADF);
      assert.equal(native.descriptor(handle), -constants.EBADF);
      assert.equal(native.recv(handle, Buffer.alloc(1), 0, 1, 0), -constants.EBADF);
    }
    assert.ok(open.every((socket) => socket.fd >= 0));
  });
});

describe('EMFILE', () => {
  const limited = ['sh', '-c', 'ulimit -n 48; exec "$@"', 'sh'];

  test('socket: an error, and room again after a close', async () => {
    const { error, opened, again, before, after } = await resultOf('errors.tooManySockets', [], {
      through: limited,
    });
    assert.deepEqual(error, {
      ...{ name: 'Error', message: 'socket EMFILE', errno: -24, code: 'EMFILE', syscall: 'socket' },
    });
    assert.ok(opened > 5);
    assert.equal(again, true);
    assert.deepEqual(after, before);
  });

  test('accept: an error, and the connection waits until there is room', async () => {
    const { errors, received, before, after } = await resultOf('errors.tooManyAccepted', [], {
      through: limited,
    });
    assert.deepEqual(errors, Array(3).fill('accept EMFILE'));
    assert.equal(received, 'still here');
    assert.deepEqual(after, before);
  });

  test('watch: an error, nothing leaked, and it works later', async () => {
    const { errors, heard, before, after } = await resultOf('errors.tooManyToWatch', [], {
      through: limited,
    });
    assert.deepEqual(errors, Array(3).fill('watch EMFILE'));
    assert.equal(heard, true);
    assert.deepEqual(after, before);
  });

  test('detach: an error, and the Socket goes on, watch and all', async () => {
    assert.deepEqual(await resultOf('errors.detachWithoutRoom', [], { through: limited }), {
      error: 'detach EMFILE',
      sent: 1,
      heard: true,
    });
  });
});

test('nothing leaks: a thousand failures of every kind', async () => {
  const { before, after } = await resultOf('errors.manyFailures');
  assert.deepEqual(after, before);
});

test('a full connection that is closed gives everything back', (t) => {
  const { client, server } = opener(t).pair();
  fill(client);
  client.close();
  assert.equal(client.fd, -1);
  assert.ok(server.recv(Buffer.alloc(1)) === 1);
});
