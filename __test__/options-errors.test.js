'use strict';

// What goes wrong with options, and where they can be used: the kernel's errors, the errors before any system call,
// sockets of Node that have no descriptor (yet), and random input.

const assert = require('node:assert/strict');
const { execFile, execFileSync } = require('node:child_process');
const dgram = require('node:dgram');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { Duplex } = require('node:stream');
const { describe, test } = require('node:test');
const tls = require('node:tls');
const { promisify } = require('node:util');
const hostsock = require('../index.js');
const { need } = require('./support/requirements.js');
const { netServer, opener, soon, thrown } = require('./support/sockets.js');

const { Socket, getOption, setOption, getsockopt, setsockopt } = hostsock;
const SOL_SOCKET = 1;
const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
const IPPROTO_IPV6 = 41;
const SO_TYPE = 3;
const SO_KEEPALIVE = 9;
const SO_LINGER = 13;
const SO_RCVBUFFORCE = 33;
const TCP_NODELAY = 1;
const TCP_KEEPIDLE = 4;
const IP_TTL = 2;

const notLinux = process.platform !== 'linux' && 'the numbers are those of Linux';

/** The code and the system call of the error that a call throws. */
function failure(call) {
  const { code, syscall } = thrown(call);
  return syscall === undefined ? code : `${syscall} ${code}`;
}

function socketFor(t, family = 'IPv4', type = 'stream') {
  return opener(t).keep(new Socket({ family, type }));
}

describe('errors of the kernel', { skip: notLinux }, () => {
  test('an error is a system error, with the name of the option where there is one', (t) => {
    const socket = socketFor(t);
    for (const target of [socket, socket.fd]) {
      const raw = thrown(() => setsockopt(target, IPPROTO_IP, IP_TTL, 300));
      assert.ok(raw instanceof Error);
      assert.deepEqual({ ...raw }, { errno: -22, code: 'EINVAL', syscall: 'setsockopt' });
      assert.equal(raw.message, 'setsockopt EINVAL');
      const named = thrown(() => setOption(target, 'IP_TTL', 300));
      assert.equal(named.code, 'EINVAL');
      assert.equal(named.errno, -22);
      assert.equal(named.syscall, 'setsockopt');
      assert.match(named.message, /^setsockopt EINVAL\b/);
    }
  });

  test('options and levels that do not exist', (t) => {
    const socket = socketFor(t);
    const datagrams = socketFor(t, 'IPv6', 'datagram');
    for (const [target, level, option, error, errorOfGet = error] of [
      [socket, SOL_SOCKET, 9999, 'ENOPROTOOPT'],
      [socket, SOL_SOCKET, -1, 'ENOPROTOOPT'],
      [socket, IPPROTO_TCP, 9999, 'ENOPROTOOPT'],
      [socket, IPPROTO_TCP, 0x7fffffff, 'ENOPROTOOPT'],
      [socket, IPPROTO_IP, 9999, 'ENOPROTOOPT'],
      [socket, IPPROTO_UDP, 103, 'ENOPROTOOPT', 'EOPNOTSUPP'],
      [datagrams, IPPROTO_UDP, 9999, 'ENOPROTOOPT'],
      [datagrams, IPPROTO_IPV6, 9999, 'ENOPROTOOPT'],
      [datagrams, IPPROTO_TCP, TCP_NODELAY, 'ENOPROTOOPT'],
      [datagrams, 9999, 1, 'ENOPROTOOPT'],
      [datagrams, -0x80000000, -0x80000000, 'ENOPROTOOPT'],
      [datagrams, 0x7fffffff, 0x7fffffff, 'ENOPROTOOPT'],
    ]) {
      const what = `level ${level}, option ${option}`;
      for (const it of [target, target.fd]) {
        assert.equal(
          failure(() => setsockopt(it, level, option, 1)),
          `setsockopt ${error}`,
          what,
        );
        assert.equal(
          failure(() => getsockopt(it, level, option)),
          `getsockopt ${errorOfGet}`,
          what,
        );
      }
    }
    // What another kind of socket has, and what another system has.
    assert.equal(
      failure(() => socket.setOption('UDP_SEGMENT', 500)),
      'setsockopt ENOPROTOOPT',
    );
    assert.equal(
      failure(() => socket.getOption('SO_NOSIGPIPE')),
      'getsockopt ENOPROTOOPT',
    );
    assert.equal(
      failure(() => socket.setOption('SO_EXCLUSIVEADDRUSE', true)),
      'setsockopt ENOPROTOOPT',
    );
  });

  test('wrong lengths', (t) => {
    const socket = socketFor(t);
    for (const length of [0, 1, 2, 3]) {
      const bytes = Buffer.alloc(length, 1);
      assert.equal(
        failure(() => socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, bytes)),
        'setsockopt EINVAL',
      );
      assert.equal(
        failure(() => socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, bytes)),
        'setsockopt EINVAL',
      );
    }
    assert.equal(
      failure(() => socket.setsockopt(SOL_SOCKET, SO_LINGER, 1)),
      'setsockopt EINVAL',
    );
    // Longer ones are cut, shorter buffers are filled as far as they go.
    socket.setsockopt(
      SOL_SOCKET,
      SO_KEEPALIVE,
      Buffer.concat([Buffer.from([1, 0, 0, 0]), Buffer.alloc(65_532, 7)]),
    );
    assert.deepEqual(socket.getsockopt(SOL_SOCKET, SO_KEEPALIVE), Buffer.from([1, 0, 0, 0]));
    assert.deepEqual(socket.getsockopt(SOL_SOCKET, SO_TYPE, 2), Buffer.from([1, 0]));
    assert.deepEqual(socket.getsockopt(SOL_SOCKET, SO_TYPE, 0), Buffer.alloc(0));
    assert.deepEqual(socket.getsockopt(SOL_SOCKET, SO_TYPE, 1 << 20), Buffer.from([1, 0, 0, 0]));
    // One byte is enough for these.
    socket.setsockopt(IPPROTO_IP, IP_TTL, Buffer.from([33]));
    assert.equal(socket.getOption('IP_TTL'), 33);
  });

  test('only to be read, only to be set', (t) => {
    const socket = socketFor(t);
    for (const [name, value] of [
      ['SO_TYPE', 1],
      ['SO_ERROR', 0],
      ['SO_DOMAIN', 2],
      ['SO_PROTOCOL', 6],
      ['SO_ACCEPTCONN', true],
      ['SO_COOKIE', 1],
      ['SO_PEERCRED', { pid: 1 }],
      ['SO_MEMINFO', { drops: 1 }],
      ['TCP_INFO', { tcpi_state: 1 }],
      ['IP_MTU', 1500],
    ]) {
      assert.equal(
        failure(() => socket.setOption(name, value)),
        'setsockopt ENOPROTOOPT',
        name,
      );
    }
    for (const name of [
      'SO_RCVBUFFORCE',
      'SO_SNDBUFFORCE',
      'SO_ATTACH_BPF',
      'SO_DETACH_FILTER',
      'IP_ADD_MEMBERSHIP',
    ]) {
      assert.equal(
        failure(() => socket.getOption(name)),
        'getsockopt ENOPROTOOPT',
        name,
      );
    }
    assert.equal(
      failure(() => socket.getsockopt(SOL_SOCKET, SO_RCVBUFFORCE)),
      'getsockopt ENOPROTOOPT',
    );
  });

  test('values that the kernel does not take', (t) => {
    const socket = socketFor(t);
    for (const [name, value, error] of [
      ['TCP_KEEPIDLE', 0, 'EINVAL'],
      ['TCP_KEEPIDLE', 32_768, 'EINVAL'],
      ['TCP_KEEPCNT', 128, 'EINVAL'],
      ['TCP_USER_TIMEOUT', -1, 'EINVAL'],
      ['TCP_MAXSEG', 1, 'EINVAL'],
      ['TCP_SYNCNT', 0, 'EINVAL'],
      ['IP_TTL', 0, 'EINVAL'],
      ['IP_MTU_DISCOVER', 99, 'EINVAL'],
      ['TCP_CONGESTION', 'no-such', 'ENOENT'],
      ['SO_BINDTODEVICE', 'no-such', 'ENODEV'],
      ['IP_LOCAL_PORT_RANGE', { low: 2, high: 1 }, 'EINVAL'],
      ['IP_ADD_MEMBERSHIP', '239.1.1.1', 'EPROTO'],
      ['SO_ATTACH_FILTER', [], 'EINVAL'],
      ['SO_ATTACH_REUSEPORT_EBPF', -1, 'EBADF'],
    ]) {
      assert.equal(
        failure(() => socket.setOption(name, value)),
        `setsockopt ${error}`,
        name,
      );
    }
    const datagrams = socketFor(t, 'IPv4', 'datagram');
    for (const [group, index, error] of [
      ['10.0.0.1', 1, 'EINVAL'],
      ['239.1.1.1', 99_999, 'ENODEV'],
    ]) {
      const membership = { group, interface: index };
      assert.equal(
        failure(() => datagrams.setOption('IP_ADD_MEMBERSHIP', membership)),
        `setsockopt ${error}`,
      );
      assert.equal(
        failure(() => datagrams.setOption('MCAST_JOIN_GROUP', membership)),
        `setsockopt ${error}`,
      );
    }
    // None of it has changed anything.
    assert.equal(socket.getOption('IP_TTL'), socketFor(t).getOption('IP_TTL'));
    assert.deepEqual(socket.getOption('SO_GET_FILTER'), []);
  });

  test('every error has its name', (t) => {
    const socket = socketFor(t, 'IPv6');
    // A flow label that nobody holds cannot be renewed.
    const label = { flr_dst: '::1', flr_label: 0x54321, flr_action: 2 };
    assert.equal(
      failure(() => socket.setOption('IPV6_FLOWLABEL_MGR', label)),
      'setsockopt ESRCH',
    );
  });

  test('what needs privileges', { skip: need('root') }, async () => {
    const script = `
      const { Socket } = require(${JSON.stringify(path.resolve(__dirname, '../index.js'))});
      process.setgroups([]); process.setgid(65534); process.setuid(65534);
      const socket = new Socket({ family: 'IPv4', type: 'stream' });
      const failures = {};
      for (const [name, value] of [['SO_MARK', 1], ['SO_RCVBUFFORCE', 1], ['SO_PRIORITY', 7], ['SO_DEBUG', true],
                                   ['IP_TRANSPARENT', true], ['TCP_REPAIR', true], ['SO_PRIORITY', 6]]) {
        try { socket.setOption(name, value); failures[name] = 'done'; } catch (error) { failures[name] = error.code; }
      }
      console.log(JSON.stringify(failures));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script]);
    assert.deepEqual(JSON.parse(stdout), {
      ...{ SO_MARK: 'EPERM', SO_RCVBUFFORCE: 'EPERM', SO_PRIORITY: 'done', SO_DEBUG: 'EACCES' },
      ...{ IP_TRANSPARENT: 'EPERM', TCP_REPAIR: 'EPERM' },
    });
  });

  test('what is no socket', (t) => {
    const socket = new Socket({ family: 'IPv4', type: 'stream' });
    socket.close();
    for (const call of [
      () => socket.getOption('SO_TYPE'),
      () => socket.getsockopt(SOL_SOCKET, SO_TYPE),
      () => getOption(2 ** 31 - 1, 'SO_TYPE'),
      () => getsockopt(2 ** 31 - 1, SOL_SOCKET, SO_TYPE),
    ]) {
      assert.equal(failure(call), 'getsockopt EBADF');
    }
    assert.equal(
      failure(() => socket.setOption('SO_KEEPALIVE', true)),
      'setsockopt EBADF',
    );
    assert.equal(
      failure(() => socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)),
      'setsockopt EBADF',
    );
    const file = fs.openSync(__filename);
    t.after(() => fs.closeSync(file));
    assert.equal(
      failure(() => getOption(file, 'SO_TYPE')),
      'getsockopt ENOTSOCK',
    );
    assert.equal(
      failure(() => setsockopt(file, SOL_SOCKET, SO_KEEPALIVE, 1)),
      'setsockopt ENOTSOCK',
    );
  });
});

describe('errors before any system call', () => {
  /** [value, code, message], by option. */
  const WRONG = {
    TCP_NODELAY: [
      ['yes', 'ERR_INVALID_ARG_TYPE', /"value" argument must be a boolean\. Received type string \('yes'\)$/],
      [null, 'ERR_INVALID_ARG_TYPE', /must be a boolean\. Received null$/],
      [undefined, 'ERR_INVALID_ARG_TYPE', /must be a boolean\. Received undefined$/],
      [{}, 'ERR_INVALID_ARG_TYPE', /must be a boolean\. Received an instance of Object$/],
      [0.5, 'ERR_OUT_OF_RANGE', /"value" is out of range.*an integer.*Received 0\.5$/],
      [2 ** 31, 'ERR_OUT_OF_RANGE', /<= 2147483647\. Received 2147483648$/],
      [Symbol('x'), 'ERR_INVALID_ARG_TYPE', /Received type symbol/],
      [() => {}, 'ERR_INVALID_ARG_TYPE', /Received function/],
    ],
    SO_RCVBUF: [
      ['65536', 'ERR_INVALID_ARG_TYPE', /must be a number\. Received type string/],
      [true, 'ERR_INVALID_ARG_TYPE', /must be a number\. Received type boolean/],
      [Number.NaN, 'ERR_OUT_OF_RANGE', /Received NaN$/],
      [Number.POSITIVE_INFINITY, 'ERR_OUT_OF_RANGE', /Received Infinity$/],
      [1e300, 'ERR_OUT_OF_RANGE', /Received 1e\+300$/],
      [2n ** 31n, 'ERR_OUT_OF_RANGE', /Received 2147483648n$/],
      [-(2n ** 100n), 'ERR_OUT_OF_RANGE', /Received -1267650600228229401496703205376n$/],
    ],
    SO_LINGER: [
      [
        true,
        'ERR_INVALID_ARG_TYPE',
        /must be false or a number of seconds\. Received type boolean \(true\)$/,
      ],
      [-1, 'ERR_OUT_OF_RANGE', /Received -1$/],
    ],
    SO_RCVTIMEO: [
      ['1s', 'ERR_INVALID_ARG_TYPE', /must be a number\. Received type string/],
      [-1, 'ERR_OUT_OF_RANGE', /Received -1$/],
      [Number.POSITIVE_INFINITY, 'ERR_OUT_OF_RANGE', /Received Infinity$/],
    ],
    ...(process.platform === 'linux' && {
      SO_MARK: [[-1, 'ERR_OUT_OF_RANGE', />= 0 && <= 4294967295\. Received -1$/]],
      SO_MAX_PACING_RATE: [
        [-1n, 'ERR_OUT_OF_RANGE', />= 0 && <= 18446744073709551615\. Received -1n$/],
        [2n ** 64n, 'ERR_OUT_OF_RANGE', /Received 18446744073709551616n$/],
      ],
      TCP_CONGESTION: [
        [5, 'ERR_INVALID_ARG_TYPE', /must be a string\. Received type number \(5\)$/],
        ['x'.repeat(16), 'ERR_INVALID_ARG_VALUE', /'value' must be a string of at most 15 bytes/],
        ['re\0no', 'ERR_INVALID_ARG_VALUE', /none of them null/],
      ],
      IP_LOCAL_PORT_RANGE: [
        [5, 'ERR_INVALID_ARG_TYPE', /must be an object with the fields low and high\. Received type number/],
        [{ low: 65_536 }, 'ERR_OUT_OF_RANGE', /"value\.low" is out of range/],
        [{ lowest: 1 }, 'ERR_INVALID_ARG_VALUE', /'value\.lowest' must be one of the fields low, high/],
      ],
      SO_TXTIME: [
        [{ clockid: 'x' }, 'ERR_INVALID_ARG_TYPE', /"value\.clockid" property must be a number/],
        [{ clock: 1 }, 'ERR_INVALID_ARG_VALUE', /'value\.clock' must be one of the fields clockid, flags/],
      ],
      SO_ATTACH_FILTER: [
        [5, 'ERR_INVALID_ARG_TYPE', /must be an array of instructions/],
        [Buffer.alloc(7), 'ERR_INVALID_ARG_VALUE', /must be a multiple of 8 bytes/],
        [[{ code: 65_536 }], 'ERR_OUT_OF_RANGE', /"value\[0\]\.code" is out of range.*Received 65536$/],
        [[{ code: 6 }, { cod: 6 }], 'ERR_INVALID_ARG_VALUE', /'value\[1\]\.cod' must be one of.*Received 6$/],
        [[{ jt: 256 }], 'ERR_OUT_OF_RANGE', /"value\[0\]\.jt" is out of range.*Received 256$/],
      ],
      MCAST_MSFILTER: [
        [
          { group: '239.1.1.1', mode: 'some' },
          'ERR_INVALID_ARG_VALUE',
          /'value\.mode' must be "include" or "exclude"/,
        ],
        [
          { group: '239.1.1.1', sources: 'all' },
          'ERR_INVALID_ARG_TYPE',
          /"value\.sources" property must be an array/,
        ],
        [{ mode: 'include' }, 'ERR_INVALID_ARG_TYPE', /"value\.group" property must be an IP address/],
      ],
      TCP_MD5SIG: [
        [
          { tcpm_key: Buffer.alloc(81) },
          'ERR_INVALID_ARG_VALUE',
          /'value\.tcpm_key' must be at most 80 bytes/,
        ],
        [{ tcpm_addr: 7 }, 'ERR_INVALID_ARG_TYPE', /"value\.tcpm_addr" property must be an IP address/],
      ],
    }),
    IP_ADD_MEMBERSHIP: [
      [5, 'ERR_INVALID_ARG_TYPE', /must be the address of a group/],
      ['nowhere', 'ERR_INVALID_ARG_VALUE', /'value' must be an IPv4 address\. Received 'nowhere'$/],
      ['ff02::1', 'ERR_INVALID_ARG_VALUE', /must be an IPv4 address/],
      [{ group: 5 }, 'ERR_INVALID_ARG_TYPE', /"value\.group" property must be an IPv4 address/],
      [
        { interface: 1 },
        'ERR_INVALID_ARG_TYPE',
        /"value\.group" property must be an IPv4 address\. Received undefined$/,
      ],
      [
        { group: '239.1.1.1', interface: -1 },
        'ERR_OUT_OF_RANGE',
        /"value\.interface" is out of range.*Received -1$/,
      ],
      [{ group: '239.1.1.1', device: 1 }, 'ERR_INVALID_ARG_VALUE', /'value\.device' must be one of/],
    ],
    IPV6_JOIN_GROUP: [
      ['239.1.1.1', 'ERR_INVALID_ARG_VALUE', /must be an IPv6 address/],
      [
        { group: 'ff02::1', interface: 'lo' },
        'ERR_INVALID_ARG_TYPE',
        /"value\.interface" property must be a number/,
      ],
    ],
    IP_OPTIONS: [['bytes', 'ERR_INVALID_ARG_TYPE', /must be bytes\. Received type string/]],
  };

  for (const [name, cases] of Object.entries(WRONG)) {
    test(`${name}: values`, (t) => {
      const socket = socketFor(t);
      for (const [value, code, message] of cases) {
        const error = thrown(() => socket.setOption(name, value));
        assert.equal(error.code, code, error.message);
        assert.ok(error instanceof (code === 'ERR_OUT_OF_RANGE' ? RangeError : TypeError), error.message);
        assert.match(error.message, message);
        assert.equal(error.syscall, undefined);
      }
    });
  }

  test('names', (t) => {
    const socket = socketFor(t);
    for (const call of [(name) => socket.getOption(name), (name) => socket.setOption(name, 1)]) {
      for (const name of ['tcp_nodelay', 'Tcp_NoDelay', 'TCP_nodelay']) {
        const error = thrown(() => call(name));
        assert.equal(error.code, 'ERR_INVALID_ARG_VALUE');
        assert.match(error.message, new RegExp(`did you mean 'TCP_NODELAY'\\?\\)\\. Received '${name}'$`));
      }
      for (const name of [
        'TCP_NODELEY',
        '',
        'toString',
        '__proto__',
        'SO_',
        'TCP_NODELAY ',
        'x'.repeat(10_000),
      ]) {
        const error = thrown(() => call(name));
        assert.equal(error.code, 'ERR_INVALID_ARG_VALUE');
        assert.match(error.message, /'name' is not an option that hostsock knows\. Received /);
      }
      for (const name of [undefined, null, 5, {}, Symbol('TCP_NODELAY')]) {
        const error = thrown(() => call(name));
        assert.equal(error.code, 'ERR_INVALID_ARG_TYPE');
        assert.match(error.message, /"name" argument must be of type string/);
      }
    }
  });

  test('raw arguments', (t) => {
    const socket = socketFor(t);
    const detached = new Uint8Array(8);
    structuredClone(detached, { transfer: [detached.buffer] });
    for (const [args, code, name] of [
      [[1.5, 1, 1], 'ERR_OUT_OF_RANGE', 'level'],
      [['SOL_SOCKET', 1, 1], 'ERR_INVALID_ARG_TYPE', 'level'],
      [[2 ** 31, 1, 1], 'ERR_OUT_OF_RANGE', 'level'],
      [[1, -(2 ** 31) - 1, 1], 'ERR_OUT_OF_RANGE', 'option'],
      [[1, undefined, 1], 'ERR_INVALID_ARG_TYPE', 'option'],
      [[1, 9], 'ERR_INVALID_ARG_TYPE', 'value'],
      [[1, 9, null], 'ERR_INVALID_ARG_TYPE', 'value'],
      [[1, 9, '1'], 'ERR_INVALID_ARG_TYPE', 'value'],
      [[1, 9, 1n], 'ERR_INVALID_ARG_TYPE', 'value'],
      [[1, 9, [1]], 'ERR_INVALID_ARG_TYPE', 'value'],
      [[1, 9, 0.5], 'ERR_OUT_OF_RANGE', 'value'],
      [[1, 9, 2 ** 32], 'ERR_OUT_OF_RANGE', 'value'],
      [[1, 9, -(2 ** 31) - 1], 'ERR_OUT_OF_RANGE', 'value'],
      [[1, 9, detached], 'ERR_INVALID_ARG_VALUE', 'value'],
    ]) {
      const error = thrown(() => socket.setsockopt(...args));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, new RegExp(`["']${name}["']`));
    }
    for (const [length, code] of [
      [-1, 'ERR_OUT_OF_RANGE'],
      [2 ** 20 + 1, 'ERR_OUT_OF_RANGE'],
      [1.5, 'ERR_OUT_OF_RANGE'],
      ['4', 'ERR_INVALID_ARG_TYPE'],
      [null, 'ERR_INVALID_ARG_TYPE'],
    ]) {
      const error = thrown(() => socket.getsockopt(1, 9, length));
      assert.equal(error.code, code);
      assert.match(error.message, /"length"/);
    }
  });

  test('bytes of every kind are taken', { skip: notLinux }, (t) => {
    const socket = socketFor(t);
    const linger = Int32Array.of(1, 5);
    const inside = new Uint8Array(16);
    inside.set(new Uint8Array(linger.buffer), 3);
    const shared = new SharedArrayBuffer(8);
    new Int32Array(shared).set(linger);
    for (const value of [
      ...[
        linger,
        linger.buffer,
        Buffer.from(linger.buffer),
        new DataView(linger.buffer),
        new BigInt64Array(linger.buffer),
      ],
      ...[
        inside.subarray(3, 11),
        shared,
        new Uint8Array(shared),
        Buffer.concat([Buffer.from(linger.buffer), Buffer.alloc(9)]),
      ],
    ]) {
      socket.setOption('SO_LINGER', false);
      socket.setsockopt(SOL_SOCKET, SO_LINGER, value);
      assert.deepEqual(socket.getsockopt(SOL_SOCKET, SO_LINGER), Buffer.from(linger.buffer));
    }
    // A number above the largest int is the same 32 bits.
    socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 0xffffffff);
    assert.equal(socket.getOption('SO_KEEPALIVE'), true);
    socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, false);
    assert.equal(socket.getOption('SO_KEEPALIVE'), false);
  });
});

describe("Node's sockets without a descriptor", () => {
  /** All four functions say the same. */
  function refuse(target, code, message) {
    for (const call of [
      () => getOption(target, 'SO_TYPE'),
      () => setOption(target, 'SO_KEEPALIVE', true),
      () => getsockopt(target, SOL_SOCKET, SO_TYPE),
      () => setsockopt(target, SOL_SOCKET, SO_KEEPALIVE, 1),
    ]) {
      const error = thrown(call);
      assert.equal(error.code, code);
      assert.ok(error instanceof (code === 'ERR_OUT_OF_RANGE' ? RangeError : TypeError));
      assert.match(error.message, message);
      // What is shown of a socket must not be its keys, nor the page that it is to inspect.
      assert.ok(error.message.length < 500, error.message);
    }
  }

  const SOCKET = /'target' has no descriptor: it has one when it begins to connect.*until it is destroyed/;
  const SERVER = /'target' has no descriptor: it has one from its 'listening' event on, until it is closed/;
  const DATAGRAM = /'target' has no descriptor: it has one after bind\(\) or connect\(\), until it is closed/;

  test('net.Socket', async (t) => {
    const server = await netServer(t);
    const socket = new net.Socket();
    refuse(socket, 'ERR_INVALID_ARG_VALUE', SOCKET);
    socket.connect(server.address().port, '127.0.0.1');
    await soon(new Promise((resolve) => socket.on('connect', resolve)));
    assert.equal(getOption(socket, 'SO_TYPE'), 1);
    socket.destroy();
    refuse(socket, 'ERR_INVALID_ARG_VALUE', SOCKET);
  });

  test('net.Server and http.Server', async () => {
    for (const server of [net.createServer(), http.createServer()]) {
      refuse(server, 'ERR_INVALID_ARG_VALUE', SERVER);
      server.listen(0, '127.0.0.1');
      await soon(new Promise((resolve) => server.on('listening', resolve)));
      assert.equal(getOption(server, 'SO_ACCEPTCONN'), true);
      await soon(new Promise((resolve) => server.close(resolve)));
      refuse(server, 'ERR_INVALID_ARG_VALUE', SERVER);
    }
  });

  test('dgram.Socket', async () => {
    const socket = dgram.createSocket('udp4');
    refuse(socket, 'ERR_INVALID_ARG_VALUE', DATAGRAM);
    socket.bind(0, '127.0.0.1');
    await soon(new Promise((resolve) => socket.on('listening', resolve)));
    assert.equal(getOption(socket, 'SO_TYPE'), 2);
    await soon(new Promise((resolve) => socket.close(resolve)));
    refuse(socket, 'ERR_INVALID_ARG_VALUE', DATAGRAM);
  });

  test('tls.TLSSocket over a stream', () => {
    const socket = new tls.TLSSocket(new Duplex({ read() {}, write() {} }));
    refuse(socket, 'ERR_INVALID_ARG_VALUE', /'target' has no descriptor/);
    socket.destroy();
  });

  test('a pipe of node:net is a unix socket', {
    skip: process.platform === 'win32' && 'needs Unix',
  }, async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const server = net.createServer().listen(path.join(folder, 'socket'));
    await soon(new Promise((resolve) => server.on('listening', resolve)));
    assert.equal(getOption(server, 'SO_ACCEPTCONN'), true);
    const client = net.connect(path.join(folder, 'socket'));
    await soon(new Promise((resolve) => client.on('connect', resolve)));
    if (process.platform === 'linux') assert.equal(getOption(client, 'SO_PEERCRED').pid, process.pid);
    client.destroy();
    await soon(new Promise((resolve) => server.close(resolve)));
  });

  test('anything else', () => {
    const whatItMustBe = /'target' must be a Socket, a net\.Socket, .* or a descriptor/;
    for (const target of [
      {},
      [],
      new Duplex(),
      { fd: 1 },
      { _handle: { fd: 1 } },
      Object.create(Socket.prototype),
    ]) {
      refuse(target, 'ERR_INVALID_ARG_VALUE', whatItMustBe);
    }
    for (const target of [undefined, null, 'socket', true, 1n, () => {}, Socket]) {
      refuse(target, 'ERR_INVALID_ARG_TYPE', /"target" argument must be/);
    }
    for (const target of [-1, 1.5, Number.NaN, 2 ** 31]) {
      refuse(target, 'ERR_OUT_OF_RANGE', /"target" is out of range/);
    }
  });
});

describe("options of Node's sockets", { skip: notLinux }, () => {
  /** Sets and reads by name and raw: each sees what the other has set. */
  function checkKeepAlive(target) {
    setOption(target, 'SO_KEEPALIVE', true);
    assert.deepEqual(getsockopt(target, SOL_SOCKET, SO_KEEPALIVE), Buffer.from([1, 0, 0, 0]));
    setsockopt(target, SOL_SOCKET, SO_KEEPALIVE, 0);
    assert.equal(getOption(target, 'SO_KEEPALIVE'), false);
    setsockopt(target, SOL_SOCKET, SO_LINGER, Int32Array.of(1, 7));
    assert.equal(getOption(target, 'SO_LINGER'), 7);
    setOption(target, 'SO_LINGER', false);
    assert.deepEqual(getsockopt(target, SOL_SOCKET, SO_LINGER).readInt32LE(), 0);
  }

  function checkTcp(target) {
    checkKeepAlive(target);
    setOption(target, 'TCP_KEEPIDLE', 77);
    assert.equal(getsockopt(target, IPPROTO_TCP, TCP_KEEPIDLE).readInt32LE(), 77);
    setsockopt(target, IPPROTO_TCP, TCP_NODELAY, true);
    assert.equal(getOption(target, 'TCP_NODELAY'), true);
    setOption(target, 'TCP_USER_TIMEOUT', 12_345);
    assert.equal(getOption(target, 'TCP_USER_TIMEOUT'), 12_345);
    setOption(target, 'TCP_CONGESTION', 'reno');
    assert.equal(getOption(target, 'TCP_CONGESTION'), 'reno');
    assert.equal(
      failure(() => setOption(target, 'TCP_KEEPIDLE', 0)),
      'setsockopt EINVAL',
    );
    assert.equal(
      failure(() => getsockopt(target, SOL_SOCKET, 9999)),
      'getsockopt ENOPROTOOPT',
    );
  }

  test('net.Socket', async (t) => {
    const server = await netServer(t);
    const socket = net.connect(server.address().port, '127.0.0.1');
    t.after(() => socket.destroy());
    await soon(new Promise((resolve) => socket.on('connect', resolve)));
    checkTcp(socket);
    assert.equal(getOption(socket, 'TCP_INFO').tcpi_state, 1);
    // Node's own few options are the same ones.
    socket.setNoDelay(true);
    socket.setNoDelay(false);
    assert.equal(getOption(socket, 'TCP_NODELAY'), false);
    socket.setKeepAlive(true, 33_000);
    assert.equal(getOption(socket, 'SO_KEEPALIVE'), true);
    assert.equal(getOption(socket, 'TCP_KEEPIDLE'), 33);
  });

  test('net.Server, and what its connections have from it', async (t) => {
    const accepted = new Promise((resolve) => netServer(t, resolve).then((server) => begin(server)));
    let client;
    function begin(server) {
      checkTcp(server);
      setOption(server, 'TCP_KEEPINTVL', 99);
      assert.equal(getOption(server, 'SO_ACCEPTCONN'), true);
      client = net.connect(server.address().port, '127.0.0.1');
      t.after(() => client.destroy());
    }
    const connection = await soon(accepted);
    assert.equal(getOption(connection, 'TCP_KEEPINTVL'), 99);
    assert.equal(getOption(connection, 'TCP_CONGESTION'), 'reno');
    assert.equal(getOption(connection, 'SO_ACCEPTCONN'), false);
    checkTcp(connection);
  });

  test('dgram.Socket', async (t) => {
    for (const [type, address] of [
      ['udp4', '127.0.0.1'],
      ['udp6', '::1'],
    ]) {
      const socket = dgram.createSocket(type);
      t.after(() => socket.close());
      socket.bind(0, address);
      await soon(new Promise((resolve) => socket.on('listening', resolve)));
      checkKeepAlive(socket);
      setOption(socket, 'SO_RCVBUF', 40_000);
      assert.equal(socket.getRecvBufferSize(), 80_000);
      socket.setSendBufferSize(30_000);
      assert.equal(getOption(socket, 'SO_SNDBUF'), 60_000);
      socket.setTTL(44);
      assert.equal(getOption(socket, type === 'udp4' ? 'IP_TTL' : 'IPV6_UNICAST_HOPS'), 44);
      setOption(socket, 'UDP_SEGMENT', 1000);
      assert.deepEqual(getsockopt(socket, IPPROTO_UDP, 103), Buffer.from([0xe8, 3, 0, 0]));
      setOption(socket, 'UDP_GRO', true);
      assert.equal(getOption(socket, 'UDP_GRO'), true);
    }
  });

  test('tls.TLSSocket and tls.Server', { skip: need('openssl') }, async (t) => {
    const pem = execFileSync(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-nodes',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-keyout',
          '-',
        ],
        ...['-out', '-', '-days', '2', '-subj', '/CN=localhost'],
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const server = tls.createServer({ key: pem, cert: pem }).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await soon(new Promise((resolve) => server.on('listening', resolve)));
    checkTcp(server);
    const accepted = new Promise((resolve) => server.on('secureConnection', resolve));
    const client = tls.connect({ port: server.address().port, host: '127.0.0.1', rejectUnauthorized: false });
    t.after(() => client.destroy());
    await soon(new Promise((resolve) => client.on('secureConnect', resolve)));
    const connection = await soon(accepted);
    connection.on('error', () => {});
    for (const socket of [client, connection]) checkTcp(socket);
    assert.equal(getOption(client, 'TCP_INFO').tcpi_state, 1);
    // It still speaks TLS.
    connection.end('through TLS');
    const text = await soon(new Promise((resolve) => client.setEncoding('utf8').on('data', resolve)));
    assert.equal(text, 'through TLS');
  });

  test('http.Server, its requests and those of a client', async (t) => {
    const server = http.createServer((request, response) => {
      checkTcp(request.socket);
      response.end(String(getOption(request.socket, 'TCP_KEEPCNT')));
    });
    server.listen(0, '127.0.0.1');
    t.after(() => server.close());
    await soon(new Promise((resolve) => server.on('listening', resolve)));
    checkTcp(server);
    setOption(server, 'TCP_KEEPCNT', 5);
    const body = await soon(
      new Promise((resolve, reject) => {
        const request = http.get(
          { port: server.address().port, host: '127.0.0.1', agent: false },
          (response) => {
            checkTcp(response.socket);
            response.setEncoding('utf8').on('data', resolve);
          },
        );
        request.on('error', reject);
      }),
    );
    assert.equal(body, '5');
  });

  test('a descriptor', (t) => {
    const { client } = opener(t).pair();
    checkTcp(client.fd);
    checkTcp(client);
  });
});

describe('random levels, options, values and lengths', { skip: notLinux }, () => {
  const CALLS = 40_000;
  const isRoot = process.getuid?.() === 0;
  // The host's own network is nothing to try random things on.
  const ownNetwork = ['unshare', '--net', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh'];
  // The C library's allocator looks after every block, where this machine has its debugging version.
  const checkedHeap = {
    LD_PRELOAD: 'libc_malloc_debug.so.0',
    GLIBC_TUNABLES: 'glibc.malloc.check=3',
    MALLOC_PERTURB_: '165',
  };

  for (const [title, seed, env] of [
    ['as they come', 1, {}],
    ['another seed, with a checked heap', 2, checkedHeap],
  ]) {
    test(title, { skip: isRoot && need('netns', 'ip') }, async () => {
      const [command, ...args] = [
        ...(isRoot ? ownNetwork : []),
        ...[process.execPath, path.join(__dirname, 'options/random.js'), String(seed), String(CALLS)],
      ];
      const { stdout } = await promisify(execFile)(command, args, {
        env: { ...process.env, ...env },
        timeout: 120_000,
        maxBuffer: 1 << 24,
      });
      const report = JSON.parse(stdout);
      console.log(`options, random: ${report.calls} calls, ${report.worked} worked, seed ${report.seed}`);
      assert.ok(report.calls >= 30_000 && report.worked > 1000, stdout);
      assert.ok(report.longest > 200, 'nothing long was read');
      assert.equal(report.descriptors, 0, `${report.descriptors} descriptors more than before`);
      // Every error has a name: the kernel's, or one of those for bad arguments.
      for (const code of Object.keys(report.codes))
        assert.match(code, /^E[A-Z]+$|^ERR_(INVALID_ARG|OUT_OF)/, stdout);
    });
  }
});
