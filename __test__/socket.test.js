'use strict';

// TCP over Socket: every call, IPv4 and IPv6, against itself and against node:net.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const { describe, test } = require('node:test');
const { Socket, constants } = require('../index.js');
const support = require('./support/sockets.js');
const { LOOPBACK, options, until, turns, soon, opener, refusedPort, resetOnClose, netServer } = support;
const { waitReadable, waitAvailable, waitEnd, fill, receiveAll, sendAll, pattern, checksum } = support;
const { withoutIPv6, thrown, resultOf } = support;

const { MSG_PEEK, MSG_MORE } = constants;
const { SOL_SOCKET, SO_REUSEADDR, SO_TYPE, SO_SNDBUF, SO_RCVBUF, SO_LINGER, SO_ACCEPTCONN } = options;
const { IPPROTO_TCP, TCP_NODELAY, TCP_INFO, IPPROTO_IPV6, IPV6_V6ONLY } = options;

for (const family of ['IPv4', 'IPv6']) {
  describe(family, { skip: family === 'IPv6' && withoutIPv6() }, () => {
    const address = LOOPBACK[family];

    test('a server and a client, one call after another', (t) => {
      const { tcp, keep } = opener(t);
      const server = tcp(family);
      assert.equal(server.bind({ address, port: 0 }), undefined);
      const bound = server.localAddress();
      assert.equal(bound.address, address);
      assert.equal(bound.family, family);
      assert.ok(bound.port > 0);
      assert.equal(server.listen(), undefined);
      assert.equal(server.accept(), null);

      const client = tcp(family);
      const connected = client.connect(bound);
      assert.equal(typeof connected, 'boolean');
      waitReadable(server);
      const accepted = keep(server.accept());
      assert.ok(accepted instanceof Socket);
      assert.equal(server.accept(), null);
      assert.deepEqual([accepted.family, accepted.type], [family, 'stream']);

      assert.deepEqual(accepted.remoteAddress(), client.localAddress());
      assert.deepEqual(client.remoteAddress(), accepted.localAddress());
      assert.deepEqual(client.remoteAddress(), bound);
      assert.equal(client.takeError(), null);

      const buffer = Buffer.alloc(16);
      assert.equal(accepted.recv(buffer), -1);
      assert.equal(client.send(Buffer.from('request')), 7);
      waitReadable(accepted);
      assert.equal(accepted.available(), 7);
      assert.equal(accepted.recv(buffer), 7);
      assert.equal(buffer.toString('latin1', 0, 8), 'request\0');
      assert.equal(accepted.available(), 0);
      assert.equal(accepted.send('answer'), 6);
      waitReadable(client);
      assert.equal(client.recv(buffer), 6);
      assert.equal(buffer.toString('latin1', 0, 6), 'answer');

      assert.equal(client.close(), undefined);
      waitReadable(accepted);
      assert.equal(accepted.recv(buffer), 0);
      assert.equal(accepted.recv(buffer), 0, 'the end stays the end');
    });

    test('bytes from a node:net client, many MiB in odd pieces', async (t) => {
      const { listening, keep } = opener(t);
      const sent = pattern((6 << 20) + 12_345);
      const server = listening(family);
      const client = net.connect(server.localAddress().port, address);
      t.after(() => client.destroy());
      await soon(server.readable());
      const accepted = keep(server.accept());
      client.end(sent);
      const received = await receiveAll(accepted, 9_973);
      assert.equal(received.length, sent.length);
      assert.equal(checksum(received), checksum(sent));
    });

    test('bytes to a node:net client that reads late, many MiB in odd pieces', async (t) => {
      const { listening, keep } = opener(t);
      const sent = pattern((6 << 20) + 54_321, 7);
      const server = listening(family);
      const client = net.connect(server.localAddress().port, address).pause();
      t.after(() => client.destroy());
      await soon(server.readable());
      const accepted = keep(server.accept());
      const whole = new Promise((resolve) => client.on('whole', resolve));
      // Nobody reads: the kernel has to refuse at some point, well before everything is sent.
      let refused = 0;
      let at = 0;
      while (at < sent.length) {
        const count = accepted.send(sent.subarray(at, at + 7_919));
        if (count >= 0) {
          at += count;
        } else {
          refused++;
          if (refused === 1) {
            const pieces = [];
            client.on('data', (piece) => pieces.push(piece));
            client.on('end', () => client.emit('whole', Buffer.concat(pieces)));
            client.resume();
          }
          await soon(accepted.writable());
        }
      }
      assert.ok(refused > 0, 'no back-pressure');
      accepted.shutdown('write');
      const received = await soon(whole);
      assert.equal(received.length, sent.length);
      assert.equal(checksum(received), checksum(sent));
    });

    test('an echo of a node:net server, both directions at once', async (t) => {
      const { tcp } = opener(t);
      const sent = pattern((4 << 20) + 1, 3);
      const server = await netServer(t, (connection) => connection.pipe(connection), family);
      const client = tcp(family);
      client.connect({ address, port: server.address().port });
      await soon(client.writable());
      assert.equal(client.takeError(), null);
      const receiving = receiveAll(client, 10_007);
      await sendAll(client, sent, 65_521);
      client.shutdown('write');
      const received = await soon(receiving);
      assert.equal(received.length, sent.length);
      assert.equal(checksum(received), checksum(sent));
    });
  });
}

describe('shutdown', () => {
  test('a closed writing side still receives', (t) => {
    const { client, server } = opener(t).pair();
    const buffer = Buffer.alloc(16);
    client.send('last words');
    client.shutdown('write');
    waitEnd(server);
    assert.equal(server.recv(buffer), 10);
    assert.equal(server.recv(buffer), 0);
    assert.equal(server.send('heard'), 5);
    waitReadable(client);
    assert.equal(client.recv(buffer), 5);
    assert.equal(thrown(() => client.send('more')).code, 'EPIPE');
  });

  test('a closed reading side is at its end and still sends', (t) => {
    const { client, server } = opener(t).pair();
    client.shutdown('read');
    assert.equal(client.recv(Buffer.alloc(1)), 0);
    assert.equal(client.send('x'), 1);
    waitReadable(server);
    assert.equal(server.recv(Buffer.alloc(4)), 1);
  });

  test('both sides, named or by default', (t) => {
    for (const how of [['both'], []]) {
      const { client, server } = opener(t).pair();
      client.shutdown(...how);
      waitReadable(server);
      assert.equal(server.recv(Buffer.alloc(1)), 0);
      assert.equal(client.recv(Buffer.alloc(1)), 0);
      assert.equal(thrown(() => client.send('x')).code, 'EPIPE');
    }
  });

  test('the peer of node:net sees the end, and may go on', async (t) => {
    const { tcp } = opener(t);
    let ended = false;
    const server = await netServer(
      t,
      (connection) => {
        connection.resume().on('end', () => {
          ended = true;
          connection.end('after the end');
        });
      },
      'IPv4',
      { allowHalfOpen: true },
    );
    const client = tcp();
    client.connect({ address: '127.0.0.1', port: server.address().port });
    await soon(client.writable());
    client.shutdown('write');
    assert.equal(String(await receiveAll(client)), 'after the end');
    assert.ok(ended);
  });
});

describe('data', () => {
  test('MSG_PEEK looks without taking', (t) => {
    const { client, server } = opener(t).pair();
    client.send('abcdef');
    waitAvailable(server, 6);
    const buffer = Buffer.alloc(4);
    for (let look = 0; look < 3; look++) {
      buffer.fill(0);
      assert.equal(server.recv(buffer, MSG_PEEK), 4);
      assert.equal(buffer.toString(), 'abcd');
      assert.equal(server.available(), 6);
    }
    assert.equal(server.recv(buffer), 4);
    assert.equal(buffer.toString(), 'abcd');
    assert.equal(server.recv(buffer, MSG_PEEK), 2);
    assert.equal(server.recv(buffer), 2);
    assert.equal(server.recv(buffer, MSG_PEEK), -1);
  });

  test('flags reach the kernel: MSG_MORE holds data back', (t) => {
    const { client, server } = opener(t).pair();
    client.setsockopt(IPPROTO_TCP, TCP_NODELAY, true);
    client.send('held', MSG_MORE);
    // TCP_INFO.tcpi_notsent_bytes, at 144 on Linux 4.6 and later.
    assert.equal(client.getsockopt(IPPROTO_TCP, TCP_INFO).readUInt32LE(144), 4);
    client.send('!');
    waitAvailable(server, 5);
  });

  test('a string is sent as UTF-8', (t) => {
    const { client, server } = opener(t).pair();
    const text = 'Grüße, 世界 🌍';
    const bytes = Buffer.byteLength(text);
    assert.equal(client.send(text), bytes);
    waitAvailable(server, bytes);
    const buffer = Buffer.alloc(64);
    assert.equal(server.recv(buffer), bytes);
    assert.equal(buffer.toString('utf8', 0, bytes), text);
  });

  test('nothing to send sends nothing', (t) => {
    const { client, server } = opener(t).pair();
    for (const nothing of ['', Buffer.alloc(0), new ArrayBuffer(0), new Float64Array(0)]) {
      assert.equal(client.send(nothing), 0);
    }
    assert.equal(server.recv(Buffer.alloc(1)), -1);
    assert.equal(client.send('x'), 1);
    waitReadable(server);
    assert.equal(server.recv(Buffer.alloc(8)), 1);
  });

  const text = '0123456789abcdef0123456789abcdef';
  const store = (Buffers) => {
    const buffer = new Buffers(48);
    new Uint8Array(buffer).fill(0x2e);
    return buffer;
  };
  for (const Buffers of [ArrayBuffer, SharedArrayBuffer]) {
    const views = {
      Uint8Array: (buffer) => new Uint8Array(buffer, 8, 32),
      Uint8ClampedArray: (buffer) => new Uint8ClampedArray(buffer, 8, 32),
      Int8Array: (buffer) => new Int8Array(buffer, 8, 32),
      Int16Array: (buffer) => new Int16Array(buffer, 8, 16),
      Uint32Array: (buffer) => new Uint32Array(buffer, 8, 8),
      Float32Array: (buffer) => new Float32Array(buffer, 8, 8),
      Float64Array: (buffer) => new Float64Array(buffer, 8, 4),
      BigUint64Array: (buffer) => new BigUint64Array(buffer, 8, 4),
      DataView: (buffer) => new DataView(buffer, 8, 32),
      Buffer: (buffer) => Buffer.from(buffer, 8, 32),
    };
    for (const [name, view] of Object.entries(views)) {
      test(`a ${name} over part of a ${Buffers.name}`, (t) => {
        const { client, server } = opener(t).pair();
        const into = store(Buffers);
        client.send(text);
        waitAvailable(server, 32);
        assert.equal(server.recv(view(into)), 32);
        assert.equal(Buffer.from(into).toString('latin1'), `........${text}........`);
        // And back, from the same part.
        assert.equal(server.send(view(into)), 32);
        waitAvailable(client, 32);
        const back = Buffer.alloc(64);
        assert.equal(client.recv(back), 32);
        assert.equal(back.toString('latin1', 0, 32), text);
        // A part of the part, in bytes.
        assert.equal(client.send(text, 0, 2, 6), 6);
        waitAvailable(server, 6);
        assert.equal(server.recv(view(into), 0, 24), 6);
        assert.equal(Buffer.from(into).toString('latin1'), `........${text.slice(0, 24)}234567ef........`);
        assert.equal(server.send(view(into), 0, 24, 7), 7);
        waitAvailable(client, 7);
        assert.equal(client.recv(back, 0, 0, 4), 4);
        assert.equal(client.recv(back, 0, 4), 3);
        assert.equal(back.toString('latin1', 0, 8), '234567e7');
      });
    }

    test(`a whole ${Buffers.name}`, (t) => {
      const { client, server } = opener(t).pair();
      const from = store(Buffers);
      assert.equal(client.send(from), 48);
      waitAvailable(server, 48);
      const into = new Buffers(48);
      assert.equal(server.recv(into), 48);
      assert.equal(Buffer.from(into).toString('latin1'), '.'.repeat(48));
    });
  }

  test('a view that follows its resizable store', { skip: !ArrayBuffer.prototype.resize }, (t) => {
    const { client, server } = opener(t).pair();
    const growing = new ArrayBuffer(4, { maxByteLength: 64 });
    const view = new Uint8Array(growing);
    client.send('abcdefgh');
    waitAvailable(server, 8);
    assert.equal(server.recv(view), 4);
    growing.resize(16);
    assert.equal(server.recv(view), 4);
    assert.equal(Buffer.from(growing).toString('latin1', 0, 4), 'efgh');
    growing.resize(2);
    assert.equal(client.send(view), 2);
  });

  test("WebAssembly's memory, also after it has grown", (t) => {
    const { client, server } = opener(t).pair();
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 4 });
    memory.grow(1);
    client.send('into wasm');
    waitAvailable(server, 9);
    assert.equal(server.recv(new Uint8Array(memory.buffer, 65_530, 100)), 9);
    assert.equal(Buffer.from(memory.buffer, 65_530, 9).toString(), 'into wasm');
  });

  test('only the bytes received are written', (t) => {
    const { client, server } = opener(t).pair();
    client.send('ab');
    waitAvailable(server, 2);
    const buffer = Buffer.alloc(8, 0x2e);
    assert.equal(server.recv(buffer), 2);
    assert.equal(buffer.toString(), 'ab......');
  });

  test('a full connection says -1, and what was taken arrives', async (t) => {
    const { client, server } = opener(t).pair();
    const taken = fill(client, pattern(40_009));
    assert.ok(taken > 0);
    assert.equal(client.send('x'), -1);
    client.shutdown('write');
    assert.equal((await receiveAll(server)).length, taken);
  });
});

describe('properties', () => {
  test('family and type are what was asked for', (t) => {
    const { keep } = opener(t);
    for (const family of ['IPv4', 'IPv6', 'unix']) {
      for (const type of ['stream', 'datagram']) {
        const socket = keep(new Socket({ family, type }));
        assert.deepEqual([socket.family, socket.type], [family, type]);
        const kernel = { stream: constants.SOCK_STREAM, datagram: constants.SOCK_DGRAM }[type];
        assert.equal(socket.getsockopt(SOL_SOCKET, SO_TYPE).readInt32LE(), kernel);
        assert.throws(() => {
          socket.family = 'IPv4';
        }, TypeError);
      }
    }
    assert.equal(keep(new Socket({ family: 'IPv4', type: 'stream', protocol: IPPROTO_TCP })).type, 'stream');
  });

  test('fd is the descriptor: non-blocking, close-on-exec', (t) => {
    const { tcp, pair, keep } = opener(t);
    const { client, server } = pair();
    const adopted = keep(Socket.fromFd(tcp().detach()));
    for (const socket of [tcp(), client, server, adopted]) {
      assert.match(fs.readlinkSync(`/proc/self/fd/${socket.fd}`), /^socket:/);
      const [, flags] = /flags:\s+(\d+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${socket.fd}`, 'latin1'));
      assert.equal(Number.parseInt(flags, 8) & 0o2004000, 0o2004000, `O_CLOEXEC | O_NONBLOCK in ${flags}`);
    }
    client.blocking = true;
    const [, flags] = /flags:\s+(\d+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${client.fd}`, 'latin1'));
    assert.equal(Number.parseInt(flags, 8) & 0o4000, 0o4000, 'blocking is not for the kernel');
  });

  test('close() gives the descriptor back, and closing again does nothing', (t) => {
    const { tcp } = opener(t);
    const socket = tcp();
    const { fd } = socket;
    assert.ok(fd >= 0);
    const inode = fs.readlinkSync(`/proc/self/fd/${fd}`);
    socket.close();
    assert.equal(socket.fd, -1);
    assert.ok(!fs.existsSync(`/proc/self/fd/${fd}`) || fs.readlinkSync(`/proc/self/fd/${fd}`) !== inode);
    const next = tcp();
    assert.equal(socket.close(), undefined);
    assert.ok(next.fd >= 0, 'the second close took somebody else');
  });

  test('blocking is off and can be switched', (t) => {
    const { tcp } = opener(t);
    const socket = tcp();
    assert.equal(socket.blocking, false);
    socket.blocking = true;
    assert.equal(socket.blocking, true);
    socket.blocking = false;
    assert.equal(socket.blocking, false);
  });

  test('ref and unref can be chained and read back', (t) => {
    const { tcp } = opener(t);
    const socket = tcp();
    assert.equal(socket.hasRef(), true);
    assert.equal(socket.unref(), socket);
    assert.equal(socket.hasRef(), false);
    assert.equal(socket.ref(), socket);
    assert.equal(socket.hasRef(), true);
  });

  test('Symbol.dispose closes', { skip: typeof Symbol.dispose !== 'symbol' }, (t) => {
    const { tcp } = opener(t);
    const socket = tcp();
    assert.equal(typeof socket[Symbol.dispose], 'function');
    assert.equal(socket[Symbol.dispose](), undefined);
    assert.equal(socket.fd, -1);
    socket[Symbol.dispose]();
  });

  test('a Socket that is forgotten is closed, with one warning', async () => {
    const { status, before, after, warnings } = await resultOf('socket.forgotten', [], {
      flags: ['--expose-gc', '--no-warnings'],
    });
    assert.equal(status, 'closed');
    assert.equal(after, before);
    assert.deepEqual(warnings, ['HOSTSOCK_UNCLOSED']);
  });

  test('a watched Socket is not forgotten', async () => {
    assert.equal(await resultOf('socket.watchedIsKept', [], { flags: ['--expose-gc'] }), 'heard');
  });
});

describe('addresses', () => {
  test('an unbound socket has the unspecified address', (t) => {
    const { tcp } = opener(t);
    assert.deepEqual(tcp().localAddress(), { address: '0.0.0.0', port: 0, family: 'IPv4' });
    const { address, port, family } = tcp('IPv6').localAddress();
    assert.deepEqual({ address, port, family }, { address: '::', port: 0, family: 'IPv6' });
  });

  test('the port is optional: any free one', (t) => {
    const { tcp } = opener(t);
    const socket = tcp();
    socket.bind({ address: '127.0.0.1' });
    assert.ok(socket.localAddress().port > 0);
  });

  test('an address that one call gave is taken by another', (t) => {
    const { tcp, listening } = opener(t);
    const first = tcp();
    first.bind({ address: '127.0.0.3', port: 0 });
    const bound = first.localAddress();
    first.close();
    const second = tcp();
    second.setsockopt(SOL_SOCKET, SO_REUSEADDR, true);
    second.bind(bound);
    assert.deepEqual(second.localAddress(), bound);
    second.connect(listening().localAddress());
    assert.deepEqual(second.localAddress(), bound);
  });

  test('scope and flow information of IPv6', { skip: withoutIPv6() }, (t) => {
    const { tcp, listening, keep } = opener(t);
    const server = listening('IPv6');
    const client = tcp('IPv6');
    client.connect({ ...server.localAddress(), flowInfo: 0, scopeId: 0 });
    waitReadable(server);
    const { flowInfo, scopeId } = keep(server.accept()).remoteAddress();
    assert.deepEqual({ flowInfo, scopeId }, { flowInfo: 0, scopeId: 0 });
  });

  test('IPv4 through an IPv6 socket, unless IPV6_V6ONLY', { skip: withoutIPv6() }, (t) => {
    const { tcp, keep } = opener(t);
    const server = tcp('IPv6');
    server.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, false);
    server.bind({ address: '::', port: 0 });
    server.listen();
    const { port } = server.localAddress();
    const client = tcp();
    client.connect({ address: '127.0.0.1', port });
    waitReadable(server);
    assert.equal(keep(server.accept()).remoteAddress().address, '::ffff:127.0.0.1');

    const only = tcp('IPv6');
    only.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, true);
    only.bind({ address: '::', port: 0 });
    only.listen();
    const refused = tcp();
    refused.blocking = true;
    const { port: onlyPort } = only.localAddress();
    assert.equal(
      thrown(() => refused.connect({ address: '127.0.0.1', port: onlyPort })).code,
      'ECONNREFUSED',
    );
  });
});

describe('connect', () => {
  test('a pending attempt that ends well', async (t) => {
    const { tcp, listening } = opener(t);
    const client = tcp();
    const connected = client.connect(listening().localAddress());
    if (!connected) await soon(client.writable());
    assert.equal(client.takeError(), null);
    assert.ok(client.remoteAddress().port > 0);
  });

  test('a pending attempt that is refused: takeError() tells once', async (t) => {
    const { tcp } = opener(t);
    const client = tcp();
    assert.equal(client.connect({ address: '127.0.0.1', port: refusedPort(t) }), false);
    await soon(client.writable());
    const error = client.takeError();
    assert.ok(error instanceof Error);
    assert.equal(error.code, 'ECONNREFUSED');
    assert.equal(error.errno, -111);
    assert.equal(client.takeError(), null);
  });

  test('the error of an attempt names the call, watched or not', async (t) => {
    const { tcp } = opener(t);
    const port = refusedPort(t);
    const syscalls = [];
    for (const watched of [false, true]) {
      const client = tcp();
      client.connect({ address: '127.0.0.1', port });
      if (watched) await soon(new Promise((resolve) => client.watch(resolve)));
      else waitReadable(client);
      syscalls.push(client.takeError().syscall);
    }
    assert.deepEqual(syscalls, ['connect', 'connect']);
  });

  test('a second attempt on the same socket after a refusal', async (t) => {
    const { tcp, listening } = opener(t);
    const client = tcp();
    client.connect({ address: '127.0.0.1', port: refusedPort(t) });
    await soon(client.writable());
    assert.equal(client.takeError().code, 'ECONNREFUSED');
    const { address, port } = listening().localAddress();
    // Linux ends an attempt whose error was taken by SO_ERROR with this, once.
    assert.equal(thrown(() => client.connect({ address, port })).code, 'ECONNABORTED');
    client.connect({ address, port });
    await soon(client.writable());
    assert.equal(client.takeError(), null);
    assert.equal(client.remoteAddress().port, port);
  });

  test('many connections wait in the backlog, all are accepted', async (t) => {
    const { tcp, listening, keep } = opener(t);
    const server = listening('IPv4', 64);
    const clients = Array.from({ length: 50 }, () => tcp());
    for (const client of clients) client.connect(server.localAddress());
    const ports = new Set();
    await until(() => {
      for (let accepted = server.accept(); accepted !== null; accepted = server.accept()) {
        ports.add(keep(accepted).remoteAddress().port);
      }
      return ports.size === clients.length;
    });
    assert.deepEqual(ports, new Set(clients.map((client) => client.localAddress().port)));
  });
});

describe('raw options', () => {
  test('what is set is read back from the kernel', (t) => {
    const { tcp } = opener(t);
    const socket = tcp();
    assert.equal(socket.getsockopt(IPPROTO_TCP, TCP_NODELAY).readInt32LE(), 0);
    assert.equal(socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, true), undefined);
    assert.equal(socket.getsockopt(IPPROTO_TCP, TCP_NODELAY).readInt32LE(), 1);
    socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 0);
    assert.equal(socket.getsockopt(IPPROTO_TCP, TCP_NODELAY).readInt32LE(), 0);
    // The kernel doubles the sizes of buffers: nothing between it and us remembers what was asked.
    for (const option of [SO_SNDBUF, SO_RCVBUF]) {
      socket.setsockopt(SOL_SOCKET, option, 50_000);
      assert.equal(socket.getsockopt(SOL_SOCKET, option).readInt32LE(), 100_000);
    }
  });

  test('bytes of any kind, as they are', (t) => {
    const { tcp } = opener(t);
    const socket = tcp();
    const linger = Int32Array.of(1, 7);
    const values = [
      ...[linger, new DataView(linger.buffer), linger.buffer, Buffer.from(linger.buffer)],
      new Int32Array(new SharedArrayBuffer(8)).fill(1),
    ];
    for (const value of values) {
      socket.setsockopt(SOL_SOCKET, SO_LINGER, Int32Array.of(0, 0));
      socket.setsockopt(SOL_SOCKET, SO_LINGER, value);
      const read = socket.getsockopt(SOL_SOCKET, SO_LINGER);
      assert.ok(Buffer.isBuffer(read));
      assert.deepEqual([read.readInt32LE(0), read.length], [1, 8]);
    }
    const part = new Int32Array([9, 9, 1, 33, 9]).subarray(2, 4);
    socket.setsockopt(SOL_SOCKET, SO_LINGER, part);
    const read = socket.getsockopt(SOL_SOCKET, SO_LINGER);
    assert.deepEqual([read.readInt32LE(0), read.readInt32LE(4)], [1, 33]);
  });

  test('a length limits what is read', (t) => {
    const { tcp, listening } = opener(t);
    const socket = tcp();
    assert.equal(socket.getsockopt(SOL_SOCKET, SO_TYPE).length, 4);
    assert.equal(socket.getsockopt(SOL_SOCKET, SO_TYPE, 1).length, 1);
    assert.equal(socket.getsockopt(IPPROTO_TCP, TCP_INFO, 8).length, 8);
    assert.ok(socket.getsockopt(IPPROTO_TCP, TCP_INFO).length >= 192);
    assert.equal(socket.getsockopt(SOL_SOCKET, SO_ACCEPTCONN).readInt32LE(), 0);
    assert.equal(listening().getsockopt(SOL_SOCKET, SO_ACCEPTCONN).readInt32LE(), 1);
  });

  test("an option that nobody knows is the kernel's error", (t) => {
    const { tcp } = opener(t);
    const socket = tcp();
    for (const [call, syscall] of [
      [() => socket.getsockopt(SOL_SOCKET, 9_999), 'getsockopt'],
      [() => socket.setsockopt(SOL_SOCKET, 9_999, 1), 'setsockopt'],
      [() => socket.getsockopt(IPPROTO_TCP, 9_999), 'getsockopt'],
    ]) {
      const { code, errno, message } = thrown(call);
      assert.deepEqual(
        { code, errno, message },
        { code: 'ENOPROTOOPT', errno: -92, message: `${syscall} ENOPROTOOPT` },
      );
    }
    assert.equal(thrown(() => socket.setsockopt(SOL_SOCKET, SO_LINGER, 1)).code, 'EINVAL');
  });
});

describe('descriptors from and to elsewhere', () => {
  test('detach() gives a working descriptor away', (t) => {
    const { pair, keep } = opener(t);
    const { client, server } = pair();
    const local = client.localAddress();
    const inode = fs.readlinkSync(`/proc/self/fd/${client.fd}`);
    const fd = client.detach();
    assert.equal(fs.readlinkSync(`/proc/self/fd/${fd}`), inode);
    assert.equal(client.fd, -1);
    assert.equal(thrown(() => client.send('x')).code, 'EBADF');
    client.close();
    assert.equal(fs.readlinkSync(`/proc/self/fd/${fd}`), inode, 'close() after detach() closed it');

    const again = keep(Socket.fromFd(fd));
    assert.equal(again.fd, fd);
    assert.deepEqual([again.family, again.type], ['IPv4', 'stream']);
    assert.deepEqual(again.localAddress(), local);
    again.send('moved');
    waitAvailable(server, 5);
  });

  test('detach() of a watched socket ends the watch', async (t) => {
    const { pair, keep } = opener(t);
    const { client, server } = pair();
    let heard = 0;
    server.watch(() => heard++);
    await until(() => heard > 0, 'writable');
    const fd = server.detach();
    const before = heard;
    client.send('x');
    const again = keep(Socket.fromFd(fd));
    waitReadable(again);
    await turns(20);
    assert.equal(heard, before);
    // The descriptor can be watched anew.
    const ready = new Promise((resolve) => again.watch(resolve, constants.READABLE));
    assert.equal((await soon(ready)) & constants.READABLE, constants.READABLE);
  });

  test('fromFd() adopts what another Socket opened, for the rest of its life', (t) => {
    const { listening, keep } = opener(t);
    const fd = listening().detach();
    const adopted = keep(Socket.fromFd(fd));
    assert.equal(adopted.accept(), null);
    adopted.close();
    assert.ok(!fs.existsSync(`/proc/self/fd/${fd}`));
  });

  test('fromFd() makes a blocking, inheritable descriptor what it must be', async () => {
    assert.deepEqual(await resultOf('socket.adoptInherited'), {
      before: 'blocking, inherited',
      after: 'non-blocking, close-on-exec',
      received: 'from the parent',
    });
  });

  test('a descriptor of node:net, by way of fromFd()', async () => {
    assert.equal(await resultOf('socket.adoptFromNet'), 'through the same connection');
  });

  test('fromFd() of what is not an open socket', () => {
    const file = fs.openSync(__filename);
    try {
      const { code, syscall, message } = thrown(() => Socket.fromFd(file));
      assert.deepEqual([code, syscall, message], ['ENOTSOCK', 'fromFd', 'fromFd ENOTSOCK']);
      assert.ok(fs.fstatSync(file).isFile(), 'it was closed');
    } finally {
      fs.closeSync(file);
    }
    assert.equal(thrown(() => Socket.fromFd(1_000_000)).code, 'EBADF');
  });
});

describe('resets', () => {
  test('a reset arrives as an error, once', (t) => {
    const { client, server } = opener(t).pair();
    resetOnClose(client);
    client.close();
    waitReadable(server);
    const { code, errno, syscall, message } = thrown(() => server.recv(Buffer.alloc(1)));
    assert.deepEqual(
      { code, errno, syscall, message },
      { code: 'ECONNRESET', errno: -104, syscall: 'recv', message: 'recv ECONNRESET' },
    );
    assert.equal(server.recv(Buffer.alloc(1)), 0);
  });

  test('takeError() takes it first', (t) => {
    const { client, server } = opener(t).pair();
    resetOnClose(client);
    client.close();
    waitReadable(server);
    assert.equal(server.takeError().code, 'ECONNRESET');
    assert.equal(server.takeError(), null);
    assert.equal(server.recv(Buffer.alloc(1)), 0);
  });
});
