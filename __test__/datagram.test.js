'use strict';

const assert = require('node:assert/strict');
const dgram = require('node:dgram');
const { describe, test } = require('node:test');
const { DatagramBatch, constants, poll } = require('../index.js');
const control = require('../lib/control.js');
const { datagrams, isEmpty, next } = require('./support/datagrams.js');
const { LOOPBACK, pattern, soon, thrown, turns } = require('./support/sockets.js');
const { timeval, until, waitReadable, withoutIPv6 } = require('./support/sockets.js');

const { MSG_ERRQUEUE, MSG_PEEK, MSG_TRUNC, POLLERR, READABLE, WRITABLE, ERROR } = constants;
const linux = process.platform !== 'linux' && 'is about Linux';
const TOO_LONG = 70_000;

/** A node:dgram socket with a port, closed when the test ends. */
async function nodeSocket(t, family = 'IPv4') {
  const socket = dgram.createSocket(family === 'IPv4' ? 'udp4' : 'udp6');
  t.after(() => new Promise((resolve) => socket.close(resolve)));
  await new Promise((resolve) => socket.bind(0, LOOPBACK[family], resolve));
  return socket;
}

for (const family of ['IPv4', 'IPv6']) {
  const address = LOOPBACK[family];

  describe(`UDP over ${family}`, { skip: family === 'IPv6' && withoutIPv6() }, () => {
    test('unconnected: each datagram with its sender', (t) => {
      const { bound, open } = datagrams(t);
      const [one, two] = [bound(family), bound(family)];
      const third = open(family);
      assert.equal(one.type, 'datagram');
      assert.equal(one.recvFrom(Buffer.alloc(8)), null);
      assert.equal(two.sendTo('from two', one.localAddress()), 8);
      assert.equal(third.sendTo(new Uint8Array([51]), one.localAddress()), 1);
      waitReadable(one);
      const buffer = Buffer.alloc(100);
      const first = one.recvFrom(buffer);
      assert.deepEqual(first, { bytes: 8, address: two.localAddress(), flags: 0 });
      assert.equal(buffer.toString('utf8', 0, 8), 'from two');
      const second = next(one);
      // Sending has given it a port.
      assert.equal(second.address.port, third.localAddress().port);
      assert.equal(second.address.address, address);
      assert.equal(second.text, '3');
      assert.ok(isEmpty(one));
    });

    test('connected: send and recv, and nothing from others', (t) => {
      const { bound, connectedPair } = datagrams(t);
      const [one, two] = connectedPair(family);
      assert.deepEqual(one.remoteAddress(), two.localAddress());
      const other = bound(family);
      other.sendTo('not for you', one.localAddress());
      assert.equal(two.send('one'), 3);
      assert.equal(two.send('two'), 3);
      const buffer = Buffer.alloc(16);
      waitReadable(one);
      assert.equal(one.available(), 3, 'of the first alone');
      assert.equal(one.recv(buffer), 3);
      assert.equal(buffer.toString('utf8', 0, 3), 'one');
      assert.deepEqual(one.recvFrom(buffer), { bytes: 3, address: two.localAddress(), flags: 0 });
      assert.equal(one.recv(buffer), -1);
    });

    test('connected again elsewhere; sendTo goes past the connection', (t) => {
      const { bound } = datagrams(t);
      const [socket, one, two] = [bound(family), bound(family), bound(family)];
      assert.equal(socket.connect(one.localAddress()), true);
      socket.send('to one');
      assert.equal(socket.connect(two.localAddress()), true);
      socket.send('to two');
      socket.sendTo('to one again', one.localAddress());
      assert.equal(next(one).text, 'to one');
      assert.equal(next(one).text, 'to one again');
      assert.equal(next(two).text, 'to two');
    });

    test('an address is read at every call', (t) => {
      const { bound } = datagrams(t);
      const [socket, one, two] = [bound(family), bound(family), bound(family)];
      const target = { ...one.localAddress() };
      for (let round = 0; round < 3; round++) {
        for (const receiver of [one, two]) {
          target.port = receiver.localAddress().port;
          socket.sendTo(`round ${round}`, target);
          assert.equal(next(receiver).text, `round ${round}`);
          for (const [field, wrong] of [
            ['port', 65_536],
            ['port', -1],
            ['address', 'localhost'],
            ['address', undefined],
          ]) {
            const error = thrown(() => socket.sendTo('x', { ...target, [field]: wrong }));
            assert.match(error.code, /^ERR_/);
          }
          assert.equal(thrown(() => socket.sendTo('x', null)).code, 'ERR_INVALID_ARG_TYPE');
          assert.equal(thrown(() => socket.sendTo('x')).code, 'ERR_INVALID_ARG_TYPE');
        }
      }
      assert.ok(isEmpty(one) && isEmpty(two));
    });

    test('send without a peer is refused', (t) => {
      const { bound } = datagrams(t);
      const error = thrown(() => bound(family).send('x'));
      assert.equal(error.code, 'EDESTADDRREQ');
      assert.equal(error.syscall, 'send');
      assert.equal(thrown(() => bound(family).remoteAddress()).code, 'ENOTCONN');
    });

    test('a buffer that is too small cuts the datagram, and the flags say so', (t) => {
      const { connectedPair } = datagrams(t);
      const [one, two] = connectedPair(family);
      one.send('0123456789');
      one.send('next');
      waitReadable(two);
      const buffer = Buffer.alloc(4);
      assert.deepEqual(two.recvFrom(buffer, MSG_PEEK), {
        bytes: 4,
        address: one.localAddress(),
        flags: MSG_TRUNC,
      });
      if (!linux) assert.equal(two.recvFrom(buffer, MSG_PEEK | MSG_TRUNC).bytes, 10, 'its true length');
      const cut = two.recvFrom(buffer);
      assert.deepEqual([cut.bytes, cut.flags, buffer.toString()], [4, MSG_TRUNC, '0123']);
      const whole = two.recvFrom(buffer);
      assert.deepEqual([whole.bytes, whole.flags, buffer.toString()], [4, 0, 'next'], 'the rest is gone');
    });

    test('empty datagrams are datagrams', (t) => {
      const { bound, connectedPair } = datagrams(t);
      const [one, two] = connectedPair(family);
      assert.equal(one.send(Buffer.alloc(0)), 0);
      assert.equal(one.send(''), 0);
      assert.equal(one.sendMessage({}), 0);
      one.send('end');
      for (let count = 0; count < 3; count++) {
        waitReadable(two);
        const received = two.recvFrom(Buffer.alloc(8));
        assert.deepEqual(received, { bytes: 0, address: one.localAddress(), flags: 0 }, `${count}`);
      }
      assert.equal(next(two).text, 'end');
      // No room at all: the datagram is taken all the same.
      const third = bound(family);
      third.sendTo('lost', third.localAddress());
      third.sendTo('kept', third.localAddress());
      waitReadable(third);
      assert.deepEqual(third.recvFrom(Buffer.alloc(0)), {
        bytes: 0,
        address: third.localAddress(),
        flags: MSG_TRUNC,
      });
      assert.equal(next(third).text, 'kept');
    });

    test('several buffers are one datagram', (t) => {
      const { bound } = datagrams(t);
      const [one, two] = [bound(family), bound(family)];
      const sent = one.sendMessage({
        buffers: [
          Buffer.from('ab'),
          new Uint8Array(0),
          new Uint16Array([0x6463]),
          Uint8Array.from(Buffer.from('efg')).buffer,
        ],
        address: two.localAddress(),
      });
      assert.equal(sent, 7);
      waitReadable(two);
      const [head, body] = [Buffer.alloc(3), Buffer.alloc(10)];
      const received = two.recvMessage({ buffers: [head, Buffer.alloc(0), body] });
      assert.deepEqual(received, { bytes: sent, address: one.localAddress(), flags: 0, control: [] });
      assert.equal(head.toString() + body.toString('utf8', 0, 4), 'abcdefg');
    });

    test('the largest datagram, and one byte more', (t) => {
      const { bound } = datagrams(t);
      const [one, two] = [bound(family), bound(family)];
      const most = family === 'IPv4' ? 65_507 : 65_527;
      for (const socket of [one, two]) {
        for (const option of ['SO_SNDBUF', 'SO_RCVBUF']) socket.setOption(option, 200_000);
      }
      const sent = pattern(most);
      assert.equal(one.sendTo(sent, two.localAddress()), most);
      const received = next(two, { size: 65_536 });
      assert.ok(received.data.equals(sent));
      const target = two.localAddress();
      for (const length of [most + 1, TOO_LONG]) {
        const error = thrown(() => one.sendTo(Buffer.alloc(length), target));
        const { code, syscall, address, port } = error;
        assert.deepEqual(
          { code, syscall, address, port },
          { code: 'EMSGSIZE', syscall: 'sendto', address: target.address, port: target.port },
        );
        assert.equal(error.message, `sendto EMSGSIZE ${target.address}:${target.port}`);
      }
      one.connect(target);
      assert.equal(thrown(() => one.send(Buffer.alloc(TOO_LONG))).code, 'EMSGSIZE');
      assert.equal(
        thrown(() => one.sendMessage({ buffers: [Buffer.alloc(40_000), Buffer.alloc(30_000)] })).code,
        'EMSGSIZE',
      );
      assert.ok(isEmpty(two));
    });

    test('round trips that node:dgram starts', async (t) => {
      const { bound } = datagrams(t);
      const socket = bound(family);
      const node = await nodeSocket(t, family);
      const answers = [];
      node.on('message', (data, from) => answers.push([data.toString('latin1'), from.address, from.port]));
      const buffer = Buffer.alloc(2000);
      socket.watch(() => {
        for (let got = socket.recvFrom(buffer); got !== null; got = socket.recvFrom(buffer)) {
          socket.sendTo(buffer.subarray(0, got.bytes), got.address);
        }
      }, READABLE);
      const texts = [0, 1, 17, 1472].map((length) => pattern(length, length + 1).toString('latin1'));
      const { port } = socket.localAddress();
      for (const [index, text] of texts.entries()) {
        node.send(Buffer.from(text, 'latin1'), port, address);
        await until(() => answers.length === index + 1);
      }
      assert.deepEqual(
        answers,
        texts.map((text) => [text, address, port]),
      );
    });

    test('round trips that node:dgram answers', async (t) => {
      const { bound } = datagrams(t);
      const socket = bound(family);
      const node = await nodeSocket(t, family);
      node.on('message', (data, from) => node.send(Buffer.concat([data, data]), from.port, from.address));
      for (const text of ['', 'a', 'x'.repeat(700)]) {
        socket.sendTo(text, node.address());
        await soon(socket.readable());
        const received = next(socket);
        assert.equal(received.text, text + text);
        assert.equal(received.address.port, node.address().port);
      }
    });

    test('a port without a socket: the next call on a connected socket tells', async (t) => {
      const { open, unreachable } = datagrams(t);
      const target = unreachable(family);
      const buffer = Buffer.alloc(8);
      const calls = {
        recv: (socket) => socket.recv(buffer),
        recvfrom: (socket) => socket.recvFrom(buffer),
        recvmsg: (socket) => socket.recvMessage({ buffers: [buffer] }),
        recvmmsg: (socket) => socket.recvMany(new DatagramBatch({ count: 2, size: 8 })),
        send: (socket) => socket.send('x'),
        sendmsg: (socket) => socket.sendMessage({ buffers: [buffer] }),
        sendmmsg: (socket) => socket.sendMany(new DatagramBatch({ count: 2, size: 8 }).set(0, 'x'), 1),
      };
      for (const [syscall, call] of Object.entries(calls)) {
        const socket = open(family);
        socket.connect(target);
        assert.equal(socket.send('x'), 1);
        assert.equal(poll([{ socket, events: 0 }], 10_000), 1);
        const error = thrown(() => call(socket));
        assert.deepEqual([error.code, error.syscall], ['ECONNREFUSED', syscall]);
        assert.equal(socket.takeError(), null, 'told once');
        assert.equal(socket.recv(buffer), -1);
      }
      const socket = open(family);
      socket.connect(target);
      const reports = [];
      socket.watch((ready) => reports.push(ready), READABLE);
      await turns(2);
      socket.send('x');
      await until(() => reports.length > 0);
      assert.ok(reports[0] & ERROR);
      assert.equal(socket.takeError().code, 'ECONNREFUSED');
      socket.unwatch();
      socket.send('x');
      await soon(socket.readable());
      assert.equal(thrown(() => socket.recv(buffer)).code, 'ECONNREFUSED');
    });

    test('the error queue has the port, the reason and the datagram', { skip: linux }, (t) => {
      const { bound, unreachable } = datagrams(t);
      const socket = bound(family);
      const target = unreachable(family);
      socket.setOption(family === 'IPv4' ? 'IP_RECVERR' : 'IPV6_RECVERR', true);
      const options = { flags: MSG_ERRQUEUE, controlLength: control.space(64) };
      assert.equal(socket.recvMessage({ buffers: [Buffer.alloc(8)], ...options }), null);
      socket.sendTo('is anybody there', target);
      assert.equal(poll([{ socket, events: 0 }], 10_000), 1);
      const entry = { socket, events: 0 };
      poll([entry], 0);
      assert.equal(entry.revents, POLLERR);
      const received = next(socket, { ...options, events: 0 });
      assert.equal(received.text, 'is anybody there');
      assert.ok(received.flags & MSG_ERRQUEUE);
      assert.deepEqual([received.address.address, received.address.port], [address, target.port]);
      const { error } = control.read(received.control);
      const { code, errno, origin, type, subtype, offender } = error;
      assert.deepEqual(
        { code, errno, origin, type, subtype },
        family === 'IPv4'
          ? { code: 'ECONNREFUSED', errno: -111, origin: 'icmp', type: 3, subtype: 3 }
          : { code: 'ECONNREFUSED', errno: -111, origin: 'icmp6', type: 1, subtype: 4 },
      );
      assert.equal(offender.address, address);
      assert.equal(socket.recvMessage({ buffers: [Buffer.alloc(8)], ...options }), null);
      // A message that is too long for the path is told by this host.
      socket.setOption(family === 'IPv4' ? 'IP_MTU_DISCOVER' : 'IPV6_MTU_DISCOVER', 2);
      assert.equal(thrown(() => socket.sendTo(Buffer.alloc(TOO_LONG), target)).code, 'EMSGSIZE');
    });

    test('where each datagram was sent to, its hop limit and its class', { skip: linux }, (t) => {
      const { bound, open } = datagrams(t);
      const anywhere = { address: family === 'IPv4' ? '0.0.0.0' : '::', port: 0 };
      const receiver = bound(family, anywhere);
      const sender = open(family);
      const prefix = family === 'IPv4' ? 'IP' : 'IPV6';
      const [hop, service] = family === 'IPv4' ? ['TTL', 'TOS'] : ['HOPLIMIT', 'TCLASS'];
      const info = family === 'IPv4' ? 'IP_PKTINFO' : 'IPV6_RECVPKTINFO';
      for (const option of [info, `${prefix}_RECV${hop}`, `${prefix}_RECV${service}`]) {
        receiver.setOption(option, true);
      }
      const [makeHop, makeService] =
        family === 'IPv4' ? [control.ttl, control.tos] : [control.hopLimit, control.trafficClass];
      const [hopName, serviceName] = family === 'IPv4' ? ['ttl', 'tos'] : ['hopLimit', 'trafficClass'];
      const target = { address, port: receiver.localAddress().port };
      const controlLength = control.space(20, 4, 4);

      sender.sendTo('as usual', target);
      const usual = control.read(next(receiver, { controlLength }).control);
      assert.equal(usual[hopName], 64);
      assert.equal(usual[serviceName], 0);
      assert.equal(usual.pktinfo.address, address);
      assert.equal(usual.pktinfo.interface, 1);

      sender.sendMessage({
        buffers: [Buffer.from('otherwise')],
        address: target,
        control: [makeHop(7), makeService(0xb8)],
      });
      sender.sendTo('as usual', target);
      const otherwise = control.read(next(receiver, { controlLength }).control);
      assert.equal(otherwise[hopName], 7);
      assert.equal(otherwise[serviceName], 0xb8);
      const after = control.read(next(receiver, { controlLength }).control);
      assert.equal(after[hopName], 64, 'of one datagram only');
      // Those of the socket itself.
      sender.setOption(family === 'IPv4' ? 'IP_TTL' : 'IPV6_UNICAST_HOPS', 33);
      sender.sendTo('x', target);
      assert.equal(control.read(next(receiver, { controlLength }).control)[hopName], 33);
    });

    test('one buffer is sent as segments, and received as one', { skip: linux }, (t) => {
      const { bound } = datagrams(t);
      const [sender, plain, coalescing] = [bound(family), bound(family), bound(family)];
      const sent = pattern(4096);
      const message = (address) => ({ buffers: [sent], address, control: [control.segment(1024)] });
      assert.equal(sender.sendMessage(message(plain.localAddress())), 4096);
      const pieces = [0, 1, 2, 3].map(() => next(plain).data);
      assert.deepEqual(
        pieces.map((piece) => piece.length),
        [1024, 1024, 1024, 1024],
      );
      assert.ok(Buffer.concat(pieces).equals(sent));
      assert.ok(isEmpty(plain));

      coalescing.setOption('UDP_GRO', true);
      sender.sendMessage(message(coalescing.localAddress()));
      const whole = next(coalescing, { size: 65_536, controlLength: control.space(4) });
      assert.equal(whole.bytes, 4096);
      assert.ok(whole.data.equals(sent));
      assert.equal(control.read(whole.control).segment, 1024);

      // For every message, by the option; the last segment is what is left.
      sender.setOption('UDP_SEGMENT', 1000);
      sender.connect(plain.localAddress());
      assert.equal(sender.send(sent), 4096);
      const lengths = [0, 1, 2, 3, 4].map(() => next(plain).bytes);
      assert.deepEqual(lengths, [1000, 1000, 1000, 1000, 96]);
    });
  });
}

describe('UDP', () => {
  test('IPv6 sockets take IPv4 unless told not to', { skip: withoutIPv6() }, (t) => {
    const { bound, open } = datagrams(t);
    const both = bound('IPv6', { address: '::', port: 0 });
    const sender = bound();
    sender.sendTo('four', { address: '127.0.0.1', port: both.localAddress().port });
    const received = next(both);
    assert.equal(received.address.address, '::ffff:127.0.0.1');
    both.sendTo('back', received.address);
    assert.equal(next(sender).text, 'back');
    const only = open('IPv6');
    only.setOption('IPV6_V6ONLY', true);
    only.bind({ address: '::', port: 0 });
    const error = thrown(() => only.sendTo('x', { address: '::ffff:127.0.0.1', port: 9 }));
    assert.equal(error.code, 'ENETUNREACH');
  });

  test('an address of the other family is refused by the kernel', { skip: linux }, (t) => {
    const { bound } = datagrams(t);
    const error = thrown(() => bound().sendTo('x', { address: '::1', port: 9 }));
    assert.equal(error.code, 'EAFNOSUPPORT');
  });

  test('broadcast wants SO_BROADCAST', { skip: linux }, (t) => {
    const { open } = datagrams(t);
    const receivers = [open(), open()];
    let port = 0;
    for (const receiver of receivers) {
      receiver.setOption('SO_REUSEADDR', true);
      receiver.bind({ address: '0.0.0.0', port });
      ({ port } = receiver.localAddress());
    }
    const sender = open();
    const everybody = { address: '127.255.255.255', port };
    for (const call of [
      () => sender.sendTo('x', everybody),
      () => sender.connect(everybody),
      () => sender.sendMessage({ buffers: [Buffer.alloc(1)], address: everybody }),
      () => sender.sendMany(new DatagramBatch({ count: 1 }).set(0, 'x', everybody)),
    ]) {
      assert.equal(thrown(call).code, 'EACCES');
    }
    sender.setOption('SO_BROADCAST', true);
    assert.equal(sender.sendTo('to all', everybody), 6);
    for (const receiver of receivers) assert.equal(next(receiver).text, 'to all');
    sender.connect(everybody);
    sender.send('again');
    for (const receiver of receivers) assert.equal(next(receiver).text, 'again');
  });

  test('an answer leaves by the address that the question came to', { skip: linux }, (t) => {
    const { bound } = datagrams(t);
    const server = bound('IPv4', { address: '0.0.0.0', port: 0 });
    server.setOption('IP_PKTINFO', true);
    const { port } = server.localAddress();
    const client = bound();
    for (const address of ['127.0.0.1', '127.0.0.2', '127.1.2.3']) {
      client.sendTo('question', { address, port });
      const question = next(server, { controlLength: control.space(12) });
      const { pktinfo } = control.read(question.control);
      assert.deepEqual(pktinfo, { interface: 1, address, local: address });
      server.sendMessage({
        buffers: [Buffer.from('answer')],
        address: question.address,
        control: [control.pktinfo({ address: pktinfo.local })],
      });
      assert.deepEqual(next(client).address, { family: 'IPv4', address, port });
    }
    const byName = control.pktinfo({ address: '0.0.0.0', interface: 'lo' });
    assert.equal(byName.data.readInt32LE(0), 1);
    const elsewhere = control.pktinfo({ address: '192.0.2.254' });
    const message = { buffers: [Buffer.alloc(1)], address: client.localAddress(), control: [elsewhere] };
    // Kernels differ in what they call an address that is not this host's.
    assert.match(thrown(() => server.sendMessage(message)).code, /^(EINVAL|ENETUNREACH)$/);
  });

  test('when each datagram came', { skip: linux }, (t) => {
    const { connectedPair } = datagrams(t);
    const [one, two] = connectedPair();
    const now = () => BigInt(Date.now()) * 1_000_000n;
    const margin = 2_000_000n;
    for (const option of ['SO_TIMESTAMP', 'SO_TIMESTAMPNS', 'SO_TIMESTAMP_NEW', 'SO_TIMESTAMPNS_NEW']) {
      two.setOption(option, true);
      const before = now();
      one.send('x');
      const { timestamp } = control.read(next(two, { controlLength: control.space(16) }).control);
      assert.ok(before - margin < timestamp && timestamp < now() + margin, `${option}: ${timestamp}`);
    }
  });

  test('how many datagrams there was no room for', { skip: linux }, (t) => {
    const { connectedPair } = datagrams(t);
    const [one, two] = connectedPair();
    two.setOption('SO_RXQ_OVFL', true);
    two.setOption('SO_RCVBUF', 4096);
    const sent = 200;
    for (let count = 0; count < sent; count++) one.send(Buffer.alloc(500));
    let received = 0;
    while (!isEmpty(two)) received += next(two, { controlLength: control.space(4) }).bytes > 0;
    assert.ok(received > 0 && received < sent);
    one.send('last');
    const last = next(two, { controlLength: control.space(4) });
    assert.equal(control.read(last.control).dropped, sent - received);
  });

  test('a watched socket hears again while datagrams are left and it takes some', async (t) => {
    const { connectedPair } = datagrams(t);
    const [one, two] = connectedPair();
    const total = 40;
    for (let count = 0; count < total; count++) one.send(`${count}`);
    const texts = [];
    const buffer = Buffer.alloc(16);
    const done = new Promise((resolve) => {
      // One each time: only hearing again gets the next.
      two.watch((ready) => {
        assert.equal(ready, READABLE);
        texts.push(buffer.toString('utf8', 0, two.recv(buffer)));
        if (texts.length === total) resolve();
      }, READABLE);
    });
    await soon(done);
    assert.deepEqual(
      texts,
      Array.from({ length: total }, (_, index) => `${index}`),
    );
    await turns(5);
    assert.equal(texts.length, total, 'nothing is told of an empty socket');
  });

  test('no progress, no report; an empty datagram is progress', async (t) => {
    const { connectedPair } = datagrams(t);
    const [one, two] = connectedPair();
    let reports = 0;
    two.watch(() => reports++, READABLE);
    one.send('');
    one.send('');
    await until(() => reports > 0);
    await turns(10);
    const heard = reports;
    await turns(10);
    assert.equal(reports, heard, 'no busy loop');
    assert.equal(two.recv(Buffer.alloc(1), MSG_PEEK), 0);
    await turns(10);
    assert.equal(reports, heard, 'looking is no progress');
    assert.equal(two.recv(Buffer.alloc(1)), 0);
    await until(() => reports > heard);
  });

  test('blocking calls wait, and SO_RCVTIMEO ends the wait', (t) => {
    const { connectedPair } = datagrams(t);
    const [one, two] = connectedPair();
    two.blocking = true;
    two.setsockopt(1, 20, timeval(40));
    const buffer = Buffer.alloc(8);
    const batch = new DatagramBatch({ count: 4, size: 8 });
    for (const [syscall, call] of [
      ['recv', () => two.recv(buffer)],
      ['recvfrom', () => two.recvFrom(buffer)],
      ['recvmsg', () => two.recvMessage({ buffers: [buffer] })],
      ['recvmmsg', () => two.recvMany(batch)],
    ]) {
      const begin = process.hrtime.bigint();
      const error = thrown(call);
      assert.deepEqual([error.code, error.syscall], ['EAGAIN', syscall]);
      assert.ok(process.hrtime.bigint() - begin >= 39_000_000n);
    }
    one.send('a');
    one.send('b');
    assert.equal(two.recvMany(batch), 2, 'does not wait for a full batch');
    one.send('c');
    assert.equal(two.recvFrom(buffer).bytes, 1);
    // A blocking socket has no result for it, so it is an error as in C.
    if (!linux) assert.equal(thrown(() => two.recvFrom(buffer, constants.MSG_DONTWAIT)).code, 'EAGAIN');
  });
});

describe('batches', () => {
  const COUNT = 64;

  test('64 datagrams in one call each way, in order, with lengths and senders', (t) => {
    const { bound } = datagrams(t);
    const [sender, other, receiver] = [bound(), bound(), bound()];
    receiver.setOption('SO_RCVBUF', 1 << 20);
    const batch = new DatagramBatch({ count: COUNT, size: 512 });
    assert.equal(batch.capacity, COUNT);
    const sent = Array.from({ length: COUNT }, (_, index) => pattern(index * 8, index + 1));
    for (const [index, data] of sent.entries()) batch.set(index, data, receiver.localAddress());
    assert.equal(sender.sendMany(batch), COUNT);
    other.sendTo('of another', receiver.localAddress());

    const into = new DatagramBatch({ count: COUNT + 8, size: 600 });
    waitReadable(receiver);
    assert.equal(receiver.recvMany(into), COUNT + 1);
    for (const [index, data] of sent.entries()) {
      assert.equal(into.lengths[index], data.length);
      assert.ok(into.data(index).equals(data), `${index}`);
      assert.deepEqual(into.address(index), sender.localAddress());
      assert.equal(into.flags(index), 0);
    }
    assert.equal(into.data(COUNT).toString(), 'of another');
    assert.deepEqual(into.address(COUNT), other.localAddress());
    assert.equal(receiver.recvMany(into), -1);
  });

  test('each datagram to its own address; without one to the connected peer', (t) => {
    const { bound, connectedPair } = datagrams(t);
    const [one, two] = connectedPair();
    const others = [bound(), bound()];
    const batch = new DatagramBatch({ count: 8, size: 16 });
    batch.set(0, 'to the peer');
    batch.set(1, 'to another', others[0].localAddress());
    batch.set(2, Buffer.from('to the third'), others[1].localAddress());
    batch.set(3, '');
    assert.equal(batch.address(0), null);
    assert.deepEqual(batch.address(1), others[0].localAddress());
    assert.equal(one.sendMany(batch, 4), 4);
    assert.equal(next(two).text, 'to the peer');
    assert.equal(next(two).bytes, 0);
    assert.equal(next(others[0]).text, 'to another');
    assert.equal(next(others[1]).text, 'to the third');
  });

  test('IPv6 addresses', { skip: withoutIPv6() }, (t) => {
    const { bound } = datagrams(t);
    const [one, two] = [bound('IPv6'), bound('IPv6')];
    const batch = new DatagramBatch({ count: 2, size: 16 });
    batch.set(0, 'a', two.localAddress()).set(1, 'b', two.localAddress());
    assert.equal(one.sendMany(batch), 2);
    waitReadable(two);
    assert.equal(two.recvMany(batch), 2);
    assert.deepEqual([batch.address(0), batch.address(1)], [one.localAddress(), one.localAddress()]);
  });

  test('a datagram that is longer than its place is cut, and only its flags say so', (t) => {
    const { connectedPair } = datagrams(t);
    const [one, two] = connectedPair();
    for (const text of ['1234', '123456', '12', '']) one.send(text);
    const batch = new DatagramBatch({ count: 4, size: 4 });
    waitReadable(two);
    assert.equal(two.recvMany(batch), 4);
    assert.deepEqual([...batch.lengths], [4, 4, 2, 0]);
    assert.deepEqual(
      [0, 1, 2, 3].map((index) => batch.flags(index)),
      [0, MSG_TRUNC, 0, 0],
    );
    assert.deepEqual(
      [0, 1, 2, 3].map((index) => batch.data(index).toString()),
      ['1234', '1234', '12', ''],
    );
  });

  test('what is there is given, and more than a batch comes in turns', (t) => {
    const { connectedPair } = datagrams(t);
    const [one, two] = connectedPair();
    const batch = new DatagramBatch({ count: 4, size: 16 });
    assert.equal(two.recvMany(batch), -1);
    for (let count = 0; count < 10; count++) one.send(`${count}`);
    const got = [];
    for (let round = 0; round < 4; round++) {
      const count = two.recvMany(batch);
      got.push(Array.from({ length: Math.max(count, 0) }, (_, index) => batch.data(index).toString()));
    }
    assert.deepEqual(got, [['0', '1', '2', '3'], ['4', '5', '6', '7'], ['8', '9'], []]);
  });

  test('where there is no room for all, the rest is sent later', { skip: linux }, async (t) => {
    const { pair } = datagrams(t);
    const [one, two] = pair('datagram');
    // The least that the kernel lets it be: a few datagrams.
    one.setOption('SO_SNDBUF', 1);
    const batch = new DatagramBatch({ count: COUNT, size: 16 });
    for (let index = 0; index < COUNT; index++) batch.set(index, `${index}`);
    const texts = [];
    const room = new DatagramBatch({ count: 5, size: 16 });
    two.watch(() => {
      const count = two.recvMany(room);
      for (let index = 0; index < count; index++) texts.push(room.data(index).toString());
    }, READABLE);
    let [at, refused] = [0, 0];
    while (at < COUNT) {
      const sent = one.sendMany(batch, COUNT - at, 0, at);
      if (sent >= 0) at += sent;
      else {
        refused++;
        await soon(one.writable());
      }
    }
    assert.ok(refused > 0, 'everything had room');
    await until(() => texts.length === COUNT);
    assert.deepEqual(
      texts,
      Array.from({ length: COUNT }, (_, index) => `${index}`),
    );
  });

  test('an error behind others comes with the next call', { skip: linux }, (t) => {
    const { bound } = datagrams(t);
    const [one, two] = [bound(), bound()];
    const batch = new DatagramBatch({ count: 4, size: 16 });
    for (let index = 0; index < 4; index++) batch.set(index, `${index}`, two.localAddress());
    batch.set(2, 'nowhere', { address: '255.255.255.255', port: 9 });
    assert.equal(one.sendMany(batch), 2);
    const error = thrown(() => one.sendMany(batch, undefined, 0, 2));
    assert.deepEqual([error.code, error.syscall], ['EACCES', 'sendmmsg']);
    assert.equal(one.sendMany(batch, 1, 0, 3), 1);
    assert.deepEqual([next(two).text, next(two).text, next(two).text], ['0', '1', '3']);
  });

  test('a watched socket hears again after a full batch, not after the last', async (t) => {
    const { connectedPair } = datagrams(t);
    const [one, two] = connectedPair();
    const batch = new DatagramBatch({ count: 8, size: 16 });
    for (let count = 0; count < 36; count++) one.send(`${count}`);
    const counts = [];
    two.watch(() => counts.push(two.recvMany(batch)), READABLE);
    await until(() => counts.reduce((sum, count) => sum + count, 0) === 36);
    await turns(10);
    assert.deepEqual(counts, [8, 8, 8, 8, 4]);
    one.send('one more');
    await until(() => counts.length === 6);
    assert.equal(counts[5], 1);
  });

  test('a watched socket hears of room as long as it sends', async (t) => {
    const { connectedPair } = datagrams(t);
    const [one] = connectedPair();
    const batch = new DatagramBatch({ count: 2, size: 16 });
    let calls = 0;
    one.watch(() => {
      if (calls < 10) {
        calls++;
        one.sendMany(batch.set(0, 'a').set(1, 'b'));
      }
    }, WRITABLE);
    await until(() => calls === 10);
  });

  test('wrong arguments', (t) => {
    const { bound } = datagrams(t);
    const socket = bound();
    for (const [settings, code] of [
      [{ count: 0 }, 'ERR_OUT_OF_RANGE'],
      [{ count: 1025 }, 'ERR_OUT_OF_RANGE'],
      [{ size: 0 }, 'ERR_OUT_OF_RANGE'],
      [{ size: 65_537 }, 'ERR_OUT_OF_RANGE'],
      [{ count: '1' }, 'ERR_INVALID_ARG_TYPE'],
      [null, 'ERR_INVALID_ARG_TYPE'],
    ]) {
      assert.equal(thrown(() => new DatagramBatch(settings)).code, code);
    }
    const batch = new DatagramBatch({ count: 2, size: 4 });
    const wrong = {
      ERR_INVALID_ARG_TYPE: [
        () => socket.sendMany(),
        () => socket.recvMany({}),
        () => socket.sendMany(batch, '1'),
        () => batch.set(0, 5),
        () => batch.set(0, 'x', {}),
      ],
      ERR_OUT_OF_RANGE: [
        () => socket.sendMany(batch, 0),
        () => socket.sendMany(batch, 3),
        () => socket.sendMany(batch, 2, 0, 1),
        () => socket.sendMany(batch, 1, 0, 2),
        () => socket.sendMany(batch, 1, 0.5),
        () => batch.set(2, 'x'),
        () => batch.set(0, 'longer'),
        () => batch.data(-1),
        () => batch.address(2),
        () => batch.flags(2),
      ],
      ERR_INVALID_ARG_VALUE: [() => batch.set(0, 'x', { address: 'localhost', port: 1 })],
    };
    for (const [code, calls] of Object.entries(wrong)) {
      for (const call of calls) assert.equal(thrown(call).code, code, String(call));
    }
    // Lengths are the program's to write; the native side believes none of them.
    batch.lengths[0] = 5;
    assert.equal(thrown(() => socket.sendMany(batch, 1)).code, 'EINVAL');
    batch.lengths[0] = 0xffffffff;
    assert.equal(thrown(() => socket.sendMany(batch, 1)).code, 'EINVAL');
    batch.lengths[0] = 1;
    batch.words[0] = 500;
    assert.equal(thrown(() => socket.sendMany(batch, 1)).code, 'EINVAL');
    socket.close();
    assert.equal(thrown(() => socket.recvMany(batch)).code, 'EBADF');
  });
});
