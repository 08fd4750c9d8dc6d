'use strict';

// Options that were set before bind, connect or listen are in force on the wire: seen by the peer, in the packets, or in
// when and how a connection ends.

const assert = require('node:assert/strict');
const { execFileSync, spawn } = require('node:child_process');
const path = require('node:path');
const { describe, test } = require('node:test');
const { Socket, poll, constants } = require('../index.js');
const { need } = require('./support/requirements.js');
const {
  LOOPBACK,
  opener,
  resetOnClose,
  soon,
  thrown,
  until,
  waitReadable,
  withoutIPv6,
} = require('./support/sockets.js');

const { POLLIN, POLLOUT } = constants;
const WIRE = path.join(__dirname, 'options/wire.js');
const notLinux = process.platform !== 'linux' && 'needs Linux';

/** What a SYN says: its IP header and its TCP options. */
function parseSyn(bytes) {
  const version = bytes[0] >> 4;
  const ip =
    version === 4
      ? { tos: bytes[1], ttl: bytes[8], dontFragment: (bytes[6] & 0x40) !== 0, length: 4 * (bytes[0] & 15) }
      : {
          tos: (bytes.readUInt16BE(0) >> 4) & 255,
          ttl: bytes[7],
          label: bytes.readUInt32BE(0) & 0xfffff,
          length: 40,
        };
  const tcp = bytes.subarray(ip.length);
  const found = { ...ip, version, window: tcp.readUInt16BE(14), flags: tcp[13] };
  for (let at = 20; at < 4 * (tcp[12] >> 4); ) {
    const kind = tcp[at];
    if (kind === 0) break;
    if (kind === 2) found.mss = tcp.readUInt16BE(at + 2);
    if (kind === 3) found.scale = tcp[at + 2];
    at += kind === 1 ? 1 : tcp[at + 1];
  }
  return found;
}

/** Both ends of a connection, each with its own options from before it began. */
function connected(t, family, listenerOptions, clientOptions) {
  const open = opener(t);
  const listener = open.tcp(family);
  for (const [name, value] of Object.entries(listenerOptions)) listener.setOption(name, value);
  listener.bind({ address: LOOPBACK[family], port: 0 });
  listener.listen();
  const client = open.tcp(family);
  for (const [name, value] of Object.entries(clientOptions)) client.setOption(name, value);
  client.connect(listener.localAddress());
  waitReadable(listener);
  return { client, server: open.keep(listener.accept()), listener, open };
}

describe('in the packets', { skip: notLinux }, () => {
  const SAVE = { TCP_SAVE_SYN: 1 };

  test('IPv4: TCP_MAXSEG, IP_TOS, IP_TTL, IP_MTU_DISCOVER, SO_RCVBUF, TCP_WINDOW_CLAMP', (t) => {
    const plain = parseSyn(connected(t, 'IPv4', SAVE, {}).server.getOption('TCP_SAVED_SYN'));
    assert.equal(plain.flags & 2, 2);
    const options = { TCP_MAXSEG: 1111, IP_TOS: 0x48, IP_TTL: 77, IP_MTU_DISCOVER: 0 };
    const { client, server } = connected(t, 'IPv4', SAVE, options);
    const syn = parseSyn(server.getOption('TCP_SAVED_SYN'));
    assert.deepEqual([syn.version, syn.mss, syn.tos, syn.ttl, syn.dontFragment], [4, 1111, 0x48, 77, false]);
    assert.ok(plain.mss > 1111 && plain.tos === 0 && plain.ttl !== 77 && plain.dontFragment);
    // The peer keeps to it. 12 bytes of each segment are timestamps.
    assert.equal(server.getOption('TCP_INFO').tcpi_snd_mss, 1111 - 12);
    assert.equal(server.getOption('TCP_MAXSEG'), 1111 - 12);
    assert.equal(client.getOption('TCP_INFO').tcpi_advmss, 1111 - 12);
    // Reading has freed it.
    assert.deepEqual(server.getOption('TCP_SAVED_SYN'), Buffer.alloc(0));

    const clamped = connected(t, 'IPv4', SAVE, { TCP_WINDOW_CLAMP: 3000 });
    const window = parseSyn(clamped.server.getOption('TCP_SAVED_SYN')).window;
    assert.ok(window <= 3000 && plain.window > 3000, `${window}, ${plain.window}`);
    const small = parseSyn(connected(t, 'IPv4', SAVE, { SO_RCVBUF: 4096 }).server.getOption('TCP_SAVED_SYN'));
    assert.ok(small.window < plain.window, `${small.window}, ${plain.window}`);
  });

  test('IPv6: TCP_MAXSEG, IPV6_TCLASS, IPV6_UNICAST_HOPS', { skip: withoutIPv6() }, (t) => {
    const options = { TCP_MAXSEG: 1000, IPV6_TCLASS: 0x20, IPV6_UNICAST_HOPS: 99 };
    const { server } = connected(t, 'IPv6', SAVE, options);
    const syn = parseSyn(server.getOption('TCP_SAVED_SYN'));
    assert.deepEqual([syn.version, syn.mss, syn.tos, syn.ttl], [6, 1000, 0x20, 99]);
  });

  test('the listener: TCP_MAXSEG in its answer, and what its connections inherit', (t) => {
    const { client, server } = connected(t, 'IPv4', { TCP_MAXSEG: 900, IP_TTL: 55, TCP_KEEPIDLE: 44 }, {});
    assert.equal(client.getOption('TCP_INFO').tcpi_snd_mss, 900 - 12);
    assert.equal(server.getOption('IP_TTL'), 55);
    assert.equal(server.getOption('TCP_KEEPIDLE'), 44);
  });

  test('UDP: IP_TOS, IP_TTL, IPV6_TCLASS, IPV6_UNICAST_HOPS, as the receiver is told', (t) => {
    for (const [family, set, recv] of [
      ['IPv4', { IP_TOS: 0x88, IP_TTL: 33 }, { IP_RECVTOS: [0, 1, 0x88], IP_RECVTTL: [0, 2, 33] }],
      [
        'IPv6',
        { IPV6_TCLASS: 0x44, IPV6_UNICAST_HOPS: 22 },
        { IPV6_RECVTCLASS: [41, 67, 0x44], IPV6_RECVHOPLIMIT: [41, 52, 22] },
      ],
    ]) {
      if (family === 'IPv6' && withoutIPv6()) continue;
      const { keep } = opener(t);
      const [sender, receiver] = [1, 2].map(() => keep(new Socket({ family, type: 'datagram' })));
      receiver.bind({ address: LOOPBACK[family], port: 0 });
      for (const name of Object.keys(recv)) receiver.setOption(name, true);
      for (const [name, value] of Object.entries(set)) sender.setOption(name, value);
      sender.sendTo('x', receiver.localAddress());
      waitReadable(receiver);
      const { control } = receiver.recvMessage({ buffers: [Buffer.alloc(16)], controlLength: 256 });
      for (const [name, [level, type, value]] of Object.entries(recv)) {
        const found = control.find((message) => message.level === level && message.type === type);
        assert.equal(found?.data[0], value, name);
      }
    }
  });

  test('UDP_SEGMENT cuts one send into datagrams, UDP_GRO puts them together', (t) => {
    const { keep } = opener(t);
    const [sender, receiver, gatherer] = [1, 2, 3].map(() =>
      keep(new Socket({ family: 'IPv4', type: 'datagram' })),
    );
    for (const socket of [receiver, gatherer]) socket.bind({ address: '127.0.0.1', port: 0 });
    gatherer.setOption('UDP_GRO', true);
    sender.setOption('UDP_SEGMENT', 500);
    const buffer = Buffer.alloc(4096);
    sender.sendTo(Buffer.alloc(1700), receiver.localAddress());
    const sizes = [1, 2, 3, 4].map(() => {
      waitReadable(receiver);
      return receiver.recv(buffer);
    });
    assert.deepEqual(sizes, [500, 500, 500, 200]);
    sender.sendTo(Buffer.alloc(1700), gatherer.localAddress());
    waitReadable(gatherer);
    const { bytes, control } = gatherer.recvMessage({ buffers: [buffer], controlLength: 256 });
    assert.equal(bytes, 1700);
    assert.equal(control.find(({ level, type }) => level === 17 && type === 104)?.data.readInt32LE(), 500);
  });
});

describe('between two sockets', { skip: notLinux }, () => {
  test('SO_LINGER of 0: closing resets', (t) => {
    const { client, server } = connected(t, 'IPv4', {}, { SO_LINGER: 0 });
    client.close();
    waitReadable(server);
    assert.equal(thrown(() => server.recv(Buffer.alloc(1))).code, 'ECONNRESET');
    // And without it, it ends.
    const other = connected(t, 'IPv4', {}, {});
    other.client.close();
    waitReadable(other.server);
    assert.equal(other.server.recv(Buffer.alloc(1)), 0);
  });

  test('SO_REUSEPORT: two listeners share what comes', (t) => {
    const open = opener(t);
    const [first, second, third] = [1, 2, 3].map(() => open.tcp());
    for (const socket of [first, second]) socket.setOption('SO_REUSEPORT', true);
    first.bind({ address: '127.0.0.1', port: 0 });
    const { port } = first.localAddress();
    second.bind({ address: '127.0.0.1', port });
    assert.equal(thrown(() => third.bind({ address: '127.0.0.1', port })).code, 'EADDRINUSE');
    for (const socket of [first, second]) socket.listen(511);
    const CLIENTS = 200;
    const clients = Array.from({ length: CLIENTS }, () => open.tcp());
    for (const client of clients) client.connect({ address: '127.0.0.1', port });
    const counts = [first, second].map(() => 0);
    while (counts[0] + counts[1] < CLIENTS) {
      const entries = [first, second].map((socket) => ({ socket, events: POLLIN }));
      assert.ok(poll(entries, 20_000) > 0, `${counts}`);
      for (const [index, { socket, revents }] of entries.entries()) {
        if (!revents) continue;
        resetOnClose(open.keep(socket.accept()));
        counts[index]++;
      }
    }
    // One in 2^40 or so goes the same way two hundred times.
    assert.ok(Math.min(...counts) > 20, `${counts}`);
  });

  test('SO_REUSEADDR: a port whose connections are not over', (t) => {
    const { server, client, listener, open } = connected(t, 'IPv4', { SO_REUSEADDR: true }, {});
    const { port } = listener.localAddress();
    listener.close();
    // The side that closes first waits.
    server.close();
    waitReadable(client);
    client.close();
    const socket = open.tcp();
    assert.equal(thrown(() => socket.bind({ address: '127.0.0.1', port })).code, 'EADDRINUSE');
    socket.setOption('SO_REUSEADDR', true);
    socket.bind({ address: '127.0.0.1', port });
    socket.listen();
  });

  test('TCP_DEFER_ACCEPT: a connection is there once it has data', (t) => {
    const open = opener(t);
    const [deferring, plain] = [1, 2].map(() => open.tcp());
    deferring.setOption('TCP_DEFER_ACCEPT', 10);
    const clients = [deferring, plain].map((listener) => {
      listener.bind({ address: '127.0.0.1', port: 0 });
      listener.listen();
      const client = open.tcp();
      client.connect(listener.localAddress());
      assert.equal(poll([{ socket: client, events: POLLOUT }], 20_000), 1);
      return client;
    });
    // Both are connected as far as they know; the later one has arrived.
    waitReadable(plain);
    assert.equal(clients[0].getOption('TCP_INFO').tcpi_state, 1);
    assert.equal(poll([{ socket: deferring, events: POLLIN }], 50), 0);
    assert.equal(deferring.accept(), null);
    clients[0].send('now');
    waitReadable(deferring);
    const accepted = open.keep(deferring.accept());
    const buffer = Buffer.alloc(16);
    assert.equal(buffer.toString('utf8', 0, accepted.recv(buffer)), 'now');
  });

  test('SO_RCVLOWAT: readable from so many bytes on', async (t) => {
    const { client, server } = connected(t, 'IPv4', { SO_RCVLOWAT: 100 }, {});
    assert.equal(server.getOption('SO_RCVLOWAT'), 100);
    client.send(Buffer.alloc(99));
    await until(() => server.available() === 99, '99 bytes have arrived');
    assert.equal(poll([{ socket: server, events: POLLIN }], 50), 0);
    let heard = 0;
    server.watch((ready) => {
      heard |= ready;
    }, POLLIN);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(heard, 0);
    client.send('1');
    await until(() => heard !== 0, 'the hundredth byte is heard of');
    assert.equal(heard, POLLIN);
    waitReadable(server);
    assert.equal(server.recv(Buffer.alloc(200)), 100);
    server.unwatch();
  });

  test('TCP_CORK holds a part of a segment back', (t) => {
    const { client, server } = connected(t, 'IPv4', {}, { TCP_CORK: true });
    client.send('corked');
    const info = client.getOption('TCP_INFO');
    assert.deepEqual([info.tcpi_bytes_sent, info.tcpi_notsent_bytes], [0, 6]);
    client.setOption('TCP_CORK', false);
    waitReadable(server);
    assert.equal(server.recv(Buffer.alloc(16)), 6);
    assert.equal(client.getOption('TCP_INFO').tcpi_bytes_sent, 6);
  });

  test('IPV6_V6ONLY: no IPv4 through it', { skip: withoutIPv6() }, (t) => {
    const open = opener(t);
    for (const [only, expected] of [
      [true, 'ECONNREFUSED'],
      [false, 'connected'],
    ]) {
      const listener = open.tcp('IPv6');
      listener.setOption('IPV6_V6ONLY', only);
      listener.bind({ address: '::', port: 0 });
      listener.listen();
      const client = open.tcp();
      try {
        client.connect({ address: '127.0.0.1', port: listener.localAddress().port });
      } catch (error) {
        assert.equal(error.code, expected);
        continue;
      }
      assert.equal(poll([{ socket: client, events: POLLOUT }], 20_000), 1);
      assert.equal(client.takeError()?.code ?? 'connected', expected);
    }
  });

  test('SO_ATTACH_FILTER drops what it does not accept', (t) => {
    const { keep } = opener(t);
    const [sender, receiver] = [1, 2].map(() => keep(new Socket({ family: 'IPv4', type: 'datagram' })));
    receiver.bind({ address: '127.0.0.1', port: 0 });
    // Only datagrams whose first byte, behind 8 bytes of header, is 'y'.
    receiver.setOption('SO_ATTACH_FILTER', [
      { code: 0x30, k: 8 },
      { code: 0x15, jt: 0, jf: 1, k: 'y'.charCodeAt(0) },
      { code: 0x06, k: 0xffff },
      { code: 0x06, k: 0 },
    ]);
    for (const text of ['no', 'yes', 'never', 'yet']) sender.sendTo(text, receiver.localAddress());
    const buffer = Buffer.alloc(16);
    const received = [1, 2].map(() => {
      waitReadable(receiver);
      return buffer.toString('utf8', 0, receiver.recv(buffer));
    });
    assert.deepEqual(received, ['yes', 'yet']);
    assert.equal(receiver.recv(buffer), -1);
  });

  test('SO_PEEK_OFF: each peek goes on where the last one ended', (t) => {
    const [one, other] = Socket.pair({ type: 'stream' });
    t.after(() => [one, other].map((socket) => socket.close()));
    other.setOption('SO_PEEK_OFF', 0);
    one.send('abcdef');
    waitReadable(other);
    const peeks = [1, 2, 3].map(() => {
      const buffer = Buffer.alloc(2);
      other.recv(buffer, constants.MSG_PEEK);
      return buffer.toString();
    });
    assert.deepEqual(peeks, ['ab', 'cd', 'ef']);
  });
});

describe('between two networks', { skip: notLinux || need('root', 'ip', 'netns'), concurrency: 4 }, () => {
  /** Names that nobody else has. */
  let count = 0;

  /** Two network namespaces and a cable between them. */
  function networks(t) {
    const prefix = `hostsock${process.pid}n${++count}`;
    const [near, far] = [`${prefix}a`, `${prefix}b`];
    const ip = (...args) => execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    for (const name of [near, far]) {
      ip('netns', 'add', name);
      t.after(() => ip('netns', 'del', name));
      ip('-n', name, 'link', 'set', 'lo', 'up');
    }
    ip('-n', near, 'link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'cable', 'netns', far);
    for (const [name, address] of [
      [near, '10.77.0.1/24'],
      [far, '10.77.0.2/24'],
    ]) {
      ip('-n', name, 'addr', 'add', address, 'dev', 'cable');
      ip('-n', name, 'link', 'set', 'cable', 'up');
    }
    return { near, far, peer: '10.77.0.2', device: 'cable' };
  }

  /** A function of wire.js in a process in a namespace. `lines` has what it prints. */
  function start(t, network, name, argument) {
    const args = ['netns', 'exec', network, process.execPath, WIRE, name, JSON.stringify([argument])];
    const child = spawn('ip', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const waiting = [];
    const lines = [];
    const errors = [];
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop();
      for (const part of parts) (waiting.shift() ?? ((line) => lines.push(line)))(JSON.parse(part));
    });
    child.stderr.setEncoding('utf8').on('data', (text) => errors.push(text));
    const ended = new Promise((resolve) => child.on('close', resolve));
    // It ends with its standard input, or at the end of the test.
    t.after(async () => {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(timer);
    });
    return {
      line: () =>
        lines.length > 0
          ? Promise.resolve(lines.shift())
          : new Promise((resolve, reject) => {
              waiting.push(resolve);
              ended.then((status) => reject(new Error(`${name} ended with ${status}\n${errors.join('')}`)));
            }),
    };
  }

  /** What a function of wire.js returns. */
  const result = (t, network, name, argument) => soon(start(t, network, name, argument).line(), name, 90_000);

  /** A connection that loses its peer: how it ends. */
  async function lost(t, how, options, data) {
    const { near, far, peer, device } = networks(t);
    const { port } = await soon(start(t, far, 'hold', { address: peer }).line(), 'the listener');
    return result(t, near, how, { peer, port, device, options, data });
  }

  /** Not before its time, and not much later on a machine that has other things to do. */
  function assertEnded({ code, elapsed }, from, to) {
    assert.equal(code, 'ETIMEDOUT');
    assert.ok(elapsed >= from && elapsed < to, `after ${elapsed} ms, not ${from} to ${to}`);
  }

  test('TCP_USER_TIMEOUT ends a connection whose data is not acknowledged', async (t) => {
    assertEnded(await lost(t, 'lose', { TCP_USER_TIMEOUT: 1500 }, 'lost'), 1400, 8000);
  });

  test('a longer TCP_USER_TIMEOUT takes longer', async (t) => {
    assertEnded(await lost(t, 'lose', { TCP_USER_TIMEOUT: 4000 }, 'lost'), 3900, 12_000);
  });

  test('TCP_USER_TIMEOUT through connect(), on a socket of Node', async (t) => {
    assertEnded(await lost(t, 'loseNet', { TCP_USER_TIMEOUT: 1500 }, 'lost'), 1400, 8000);
  });

  test('keep-alive ends an idle connection after TCP_KEEPIDLE and TCP_KEEPCNT times TCP_KEEPINTVL', async (t) => {
    const options = { SO_KEEPALIVE: true, TCP_KEEPIDLE: 1, TCP_KEEPINTVL: 1, TCP_KEEPCNT: 2 };
    assertEnded(await lost(t, 'lose', options), 2700, 10_000);
  });

  test('each of them counts', async (t) => {
    const options = { SO_KEEPALIVE: true, TCP_KEEPIDLE: 2, TCP_KEEPINTVL: 2, TCP_KEEPCNT: 1 };
    assertEnded(await lost(t, 'loseNet', options), 3700, 11_000);
  });

  test('TCP_SYNCNT: how often connect tries', async (t) => {
    const { near, peer, device } = networks(t);
    // At 0 s and 1 s; given up at 3 s.
    assertEnded(await result(t, near, 'attempt', { peer, device, options: { TCP_SYNCNT: 1 } }), 2700, 10_000);
  });

  test('TCP_USER_TIMEOUT counts for connect as well', async (t) => {
    const { near, peer, device } = networks(t);
    assertEnded(
      await result(t, near, 'attempt', { peer, device, options: { TCP_USER_TIMEOUT: 1500 } }),
      1400,
      8000,
    );
  });

  test('TCP_FASTOPEN and TCP_FASTOPEN_CONNECT: data in the SYN', async (t) => {
    const { near } = networks(t);
    const [first, second] = await result(t, near, 'fastOpen');
    assert.deepEqual([first.text, second.text], ['early', 'early']);
    assert.deepEqual([first.client, first.server], [false, false], 'there is no cookie yet');
    assert.deepEqual([second.atOnce, second.client, second.server], [true, true, true]);
  });

  test('SO_BINDTODEVICE: nothing through another device', async (t) => {
    const { near, far, peer } = networks(t);
    const listen = async (options) =>
      (await soon(start(t, far, 'hold', { address: '0.0.0.0', options }).line(), 'the listener')).port;
    const [everywhere, onLo, onCable] = [
      await listen({}),
      await listen({ SO_BINDTODEVICE: 'lo' }),
      await listen({ SO_BINDTODEVICE: 'cable' }),
    ];
    const reach = async (from, port, options = {}, address = peer) =>
      (await result(t, from, 'reach', { peer: address, port, options })).code;
    assert.equal(await reach(near, everywhere), 'connected');
    assert.equal(await reach(near, onCable), 'connected');
    assert.equal(await reach(near, onLo), 'ECONNREFUSED');
    assert.equal(await reach(far, onLo, {}, '127.0.0.1'), 'connected');
    assert.equal(await reach(far, onCable, {}, '127.0.0.1'), 'ECONNREFUSED');
    assert.equal(await reach(near, everywhere, { SO_BINDTODEVICE: 'cable' }), 'connected');
    assert.notEqual(await reach(near, everywhere, { SO_BINDTODEVICE: 'lo' }), 'connected');
  });
});
