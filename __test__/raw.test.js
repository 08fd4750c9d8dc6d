'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { describe, test } = require('node:test');
const { Socket, constants, poll } = require('../index.js');
const control = require('../lib/control.js');
const { datagrams, isEmpty, next } = require('./support/datagrams.js');
const { native, toolchains } = require('./support/emscripten.js');
const { namespacePair, ip } = require('./support/namespaces.js');
const { buildWasm, start } = require('./support/programs.js');
const { need } = require('./support/requirements.js');
const { DEADLINE_MS, ROOT, resultOf, thrown, withoutIPv6 } = require('./support/sockets.js');

const { IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_RAW, IPPROTO_UDP, READABLE } = constants;
/** For experiments, RFC 3692. */
const EXPERIMENTAL = 253;
const HEADER = 20;
const [ECHO_REPLY, ECHO_REQUEST] = [0, 8];
const PING_JS = path.join(ROOT, 'examples/ping.js');
const PING_C = path.join(ROOT, 'examples/ping.c');
const linux = process.platform !== 'linux' && 'is about Linux';

function checksum(bytes) {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at] << 8) + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum >> 16) + (sum & 0xffff);
  return ~sum & 0xffff;
}

/** An ICMP message of 8 bytes and a payload. */
function icmp(type, id, sequence, payload = 'payload') {
  const bytes = Buffer.concat([Buffer.alloc(8), Buffer.from(payload)]);
  bytes[0] = type;
  bytes.writeUInt16BE(id, 4);
  bytes.writeUInt16BE(sequence, 6);
  bytes.writeUInt16BE(checksum(bytes), 2);
  return bytes;
}

describe('raw sockets', { skip: linux || need('root') }, () => {
  const raw = (t, family, protocol) => datagrams(t).keep(new Socket({ family, type: 'raw', protocol }));

  /** The next message that is meant: raw sockets hear everybody's. */
  function nextOf(socket, isMeant, settings) {
    for (const end = Date.now() + DEADLINE_MS; Date.now() < end; ) {
      const received = next(socket, settings);
      if (isMeant(received.data)) return received;
    }
    throw new Error('what was meant did not come');
  }

  test('an echo over ICMP, with the IP header', (t) => {
    const socket = raw(t, 'IPv4', IPPROTO_ICMP);
    assert.deepEqual([socket.family, socket.type], ['IPv4', 'raw']);
    const id = process.pid & 0xffff;
    for (const sequence of [1, 2, 3]) {
      const sent = icmp(ECHO_REQUEST, id, sequence);
      assert.equal(socket.sendTo(sent, { address: '127.0.0.1' }), sent.length);
      const meant = (type) => (data) =>
        data[HEADER] === type && data.readUInt16BE(HEADER + 4) === id && data[HEADER + 7] === sequence;
      // The request, as it goes to this host.
      const request = nextOf(socket, meant(ECHO_REQUEST));
      assert.ok(request.data.subarray(HEADER).equals(sent));
      const reply = nextOf(socket, meant(ECHO_REPLY));
      assert.deepEqual(reply.address, { family: 'IPv4', address: '127.0.0.1', port: 0 });
      assert.equal(reply.bytes, HEADER + sent.length);
      assert.equal(reply.data[0], 0x45);
      assert.equal(reply.data[9], IPPROTO_ICMP);
      assert.equal(checksum(reply.data.subarray(HEADER)), 0);
      assert.equal(reply.data.toString('utf8', HEADER + 8), 'payload');
    }
  });

  test('a filter of ICMP types', (t) => {
    const socket = raw(t, 'IPv4', IPPROTO_ICMP);
    const filter = ~(1 << ECHO_REPLY) >>> 0;
    socket.setOption('ICMP_FILTER', filter);
    assert.equal(socket.getOption('ICMP_FILTER'), filter);
    const id = (process.pid + 1) & 0xffff;
    socket.connect({ address: '127.0.0.1' });
    socket.send(icmp(ECHO_REQUEST, id, 9));
    const received = nextOf(socket, (data) => data.readUInt16BE(HEADER + 4) === id);
    assert.equal(received.data[HEADER], ECHO_REPLY, 'the request was filtered');
  });

  test('an echo over ICMPv6: no header, and the checksum is the kernel’s', { skip: withoutIPv6() }, (t) => {
    const socket = raw(t, 'IPv6', IPPROTO_ICMPV6);
    const sent = Buffer.from([128, 0, 0, 0, 0x12, 0x34, 0, 1, 1, 2, 3]);
    socket.setOption('IPV6_RECVHOPLIMIT', true);
    socket.sendMessage({ buffers: [sent], address: { address: '::1' }, control: [control.hopLimit(3)] });
    const settings = { controlLength: control.space(4) };
    const request = nextOf(socket, (data) => data[0] === 128 && data[4] === 0x12, settings);
    assert.equal(control.read(request.control).hopLimit, 3);
    const { data, address } = nextOf(socket, (data) => data[0] === 129 && data[4] === 0x12, settings);
    assert.ok(data.subarray(4).equals(sent.subarray(4)));
    assert.notEqual(data.readUInt16BE(2), 0);
    assert.deepEqual(address, { family: 'IPv6', address: '::1', port: 0, flowInfo: 0, scopeId: 0 });
  });

  test('a protocol of one’s own, connected and watched', async (t) => {
    const [one, two] = [raw(t, 'IPv4', EXPERIMENTAL), raw(t, 'IPv4', EXPERIMENTAL)];
    one.bind({ address: '127.0.77.1' });
    two.bind({ address: '127.0.77.2' });
    one.connect({ address: '127.0.77.2' });
    const heard = new Promise((resolve) => two.watch(() => resolve(next(two)), READABLE));
    one.send('hello');
    const received = await heard;
    assert.equal(received.data.toString('utf8', HEADER), 'hello');
    assert.equal(received.data[9], EXPERIMENTAL);
    assert.equal(received.address.address, '127.0.77.1');
    assert.ok(isEmpty(one));
  });

  test('a datagram with a header of one’s own making', (t) => {
    const { bound } = datagrams(t);
    const receiver = bound();
    const { port } = receiver.localAddress();
    receiver.setOption('IP_RECVTTL', true);
    const packet = Buffer.concat([Buffer.alloc(HEADER + 8), Buffer.from('by hand')]);
    packet.set([
      0x45,
      0,
      0,
      packet.length,
      0x77,
      0x77,
      0,
      0,
      42,
      IPPROTO_UDP,
      0,
      0,
      127,
      9,
      9,
      9,
      127,
      0,
      0,
      1,
    ]);
    packet.writeUInt16BE(4321, HEADER);
    packet.writeUInt16BE(port, HEADER + 2);
    packet.writeUInt16BE(8 + 'by hand'.length, HEADER + 4);
    // Its checksum stays 0: none.
    for (const prepare of [
      () => raw(t, 'IPv4', IPPROTO_RAW),
      () => {
        const socket = raw(t, 'IPv4', IPPROTO_UDP);
        socket.setOption('IP_HDRINCL', true);
        return socket;
      },
    ]) {
      prepare().sendTo(packet, { address: '127.0.0.1' });
      const received = next(receiver, { controlLength: control.space(4) });
      assert.equal(received.text, 'by hand');
      assert.deepEqual(received.address, { family: 'IPv4', address: '127.9.9.9', port: 4321 });
      assert.equal(control.read(received.control).ttl, 42);
    }
  });

  test('a raw socket sees what UDP carries beside it', (t) => {
    const { bound } = datagrams(t);
    const sniffer = raw(t, 'IPv4', IPPROTO_UDP);
    const receiver = bound();
    const { port } = receiver.localAddress();
    bound().sendTo('in the open', receiver.localAddress());
    const { data } = nextOf(sniffer, (packet) => packet.readUInt16BE(HEADER + 2) === port);
    assert.equal(data.toString('utf8', HEADER + 8), 'in the open');
    assert.equal(next(receiver).text, 'in the open');
  });

  test('without the privilege they are refused', async () => {
    const refused = { name: 'Error', message: 'socket EPERM', errno: -1, code: 'EPERM', syscall: 'socket' };
    assert.deepEqual(await resultOf('raw.refused'), [refused, refused]);
  });

  test('a protocol is a number', () => {
    const open = (protocol) => thrown(() => new Socket({ family: 'IPv4', type: 'raw', protocol })).code;
    assert.equal(open('icmp'), 'ERR_INVALID_ARG_TYPE');
    assert.equal(open(1.5), 'ERR_OUT_OF_RANGE');
    assert.equal(open(0), 'EPROTONOSUPPORT');
    assert.equal(open(100_000), 'EINVAL');
  });

  for (const family of ['IPv4', 'IPv6']) {
    test(`examples/ping.js over ${family}`, { skip: family === 'IPv6' && withoutIPv6() }, async () => {
      const address = family === 'IPv4' ? '127.0.0.1' : '::1';
      const { status, stdout, stderr } = await start([process.execPath, PING_JS, address, '2']).ended;
      assert.deepEqual([status, stderr], [0, '']);
      const answer = (sequence) => `answer ${sequence} from ${address} in \\d+\\.\\d\\d ms\n`;
      assert.match(stdout, new RegExp(`^${answer(1)}${answer(2)}2 sent, 2 received\n$`));
    });
  }

  describe('examples/ping.c', { skip: need('gcc', 'emscripten') }, () => {
    const program = { name: 'ping', source: PING_C, flags: [], libraries: [] };
    const printed = async (command, ...args) => (await start(command, args).ended).stdout;

    for (const toolchain of toolchains()) {
      test(`equals a native build, linked by ${toolchain.version}`, async () => {
        const output = path.join(__dirname, 'build/native/ping');
        const reference = [await native().compile([PING_C], output, ['-O2', '-Wall', '-Wextra'])];
        const wasm = await buildWasm(program, toolchain, 'link-O3');
        for (const args of [['127.0.0.1', '3'], ['127.0.0.5'], ['nowhere']]) {
          const expected = await printed(reference, ...args);
          assert.equal(await printed(wasm, ...args), expected);
          assert.match(expected, /^(answer|usage)/);
        }
      });
    }
  });
});

describe('ICMP without a privilege', { skip: linux || need('root', 'ip', 'netns') }, () => {
  for (const family of ['IPv4', 'IPv6']) {
    test(`datagram sockets ping over ${family}`, { skip: family === 'IPv6' && withoutIPv6() }, async (t) => {
      const [host] = namespacePair(t, { link: false });
      const refused = await resultOf('raw.pingRefused', [], { through: host.through });
      assert.equal(refused, 'EACCES');
      const setting = 'echo "0 65534" > /proc/sys/net/ipv4/ping_group_range';
      ip('netns', 'exec', host.name, 'sh', '-c', setting);
      const { uid, answers } = await resultOf('raw.ping', [family], { through: host.through });
      assert.notEqual(uid, 0);
      const from = family === 'IPv4' ? '127.0.0.1' : '::1';
      const expected = [0, 1].map((index) => ({
        ...{
          isReply: true,
          isOurs: true,
          sequence: index,
          payload: `payload ${index}`,
          from,
          more: false,
          index,
        },
      }));
      assert.deepEqual(answers, expected);
    });
  }
});

test('poll knows raw sockets', { skip: linux || need('root') }, (t) => {
  const socket = datagrams(t).keep(new Socket({ family: 'IPv4', type: 'raw', protocol: EXPERIMENTAL }));
  assert.equal(poll([{ socket, events: constants.POLLOUT }], 0), 1);
});
