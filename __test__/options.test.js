'use strict';

// Every option of the table on every kind of socket, against the kernel itself: what a native C program gets for the
// same calls, what `ss` shows, what stands in /proc.

const assert = require('node:assert/strict');
const { execFile, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { after, describe, test } = require('node:test');
const { promisify } = require('node:util');
const { Socket, getOption, optionTable } = require('../index.js');
const { native } = require('./support/emscripten.js');
const { need, program } = require('./support/requirements.js');
const { ROOT, listening, opener, until } = require('./support/sockets.js');

const SOURCES = path.join(__dirname, 'options');
const NOBODY = '65534';
/** Some thousands of system calls of each kind; a busy machine takes its time for them. */
const DEADLINE_MS = 300_000;

const notLinux = process.platform !== 'linux' && 'needs Linux';

test('what is generated from the table is current', { skip: notLinux }, () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [path.join(ROOT, 'scripts/generate-options.js'), '--check'],
    { encoding: 'utf8' },
  );
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
});

test('the generator knows its arguments', () => {
  const script = path.join(ROOT, 'scripts/generate-options.js');
  const { status, stderr } = spawnSync(process.execPath, [script, '--chek'], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /unknown argument --chek/);
});

test('the table', () => {
  const here = optionTable.filter(({ number }) => number !== undefined);
  if (process.platform === 'linux') assert.ok(here.length >= 150, `${here.length} options by name`);
  assert.equal(new Set(optionTable.map(({ name }) => name)).size, optionTable.length);
  for (const row of optionTable) {
    assert.ok(Object.isFrozen(row) && Object.isFrozen(row.platforms), row.name);
    assert.match(row.name, /^[A-Z][A-Z0-9_]+$/);
    assert.match(row.meaning, /^.{3,}\.$/, row.name);
    assert.ok(row.man && row.kind && row.levelName, row.name);
    assert.ok(['get', 'set', 'both'].includes(row.direction), row.name);
    assert.equal(row.gives === undefined, row.direction === 'set', row.name);
    assert.equal(row.takes === undefined, row.direction === 'get', row.name);
    assert.ok(row.aliasOf === undefined || optionTable.some(({ name }) => name === row.aliasOf), row.name);
  }
});

describe('as a native C program', { skip: notLinux || need('gcc') }, () => {
  const build = () =>
    native().compile(
      [path.join(SOURCES, 'reference.c')],
      path.join(__dirname, 'build/native/options-reference'),
      [...['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror']],
    );

  // In a network of its own, so that nothing here reaches the host's and nobody else's sockets are in the way.
  const ownNetwork = [
    ...['unshare', '--net', 'sh', '-ec'],
    `ip link set lo up
    ip link add hostsock0 type veth peer name hostsock1
    ip addr add 192.0.2.10/24 dev hostsock0
    ip link set hostsock0 up
    ip link set hostsock1 up
    ip route add default via 192.0.2.1
    exec "$@"`,
    'sh',
  ];
  const isRoot = process.getuid?.() === 0;

  const total = { compared: 0, equal: 0, differ: 0 };
  after(() => {
    console.log(`options: ${total.compared} compared, ${total.equal} equal, ${total.differ} differ`);
  });

  async function compared(title, through, args) {
    const [command, ...rest] = [...through, process.execPath, path.join(SOURCES, 'compare.js')];
    const { stdout } = await promisify(execFile)(command, [...rest, await build(), ...args], {
      maxBuffer: 1 << 28,
      timeout: DEADLINE_MS,
    });
    const report = JSON.parse(stdout);
    console.log(
      `options, ${title}: ${report.compared} compared, ${report.equal} equal, ${report.differ} differ`,
    );
    for (const key of Object.keys(total)) total[key] += report[key];
    assert.ok(report.options >= 150, `${report.options} options`);
    assert.equal(report.equal + report.differ, report.compared);
    assert.equal(report.differ, 0, `not as natively:\n  ${report.differences.join('\n  ')}`);
    return report;
  }

  test('privileged', { skip: need('root', 'netns', 'ip'), timeout: DEADLINE_MS }, async () => {
    const { uid, kinds } = await compared('privileged', ownNetwork, []);
    assert.equal(uid, 0);
    // Of every kind, raw ones too, there were sockets, and most of what was tried on them worked.
    for (const kind of ['TCP IPv4', 'TCP IPv6', 'UDP IPv4', 'unix stream', 'ICMP, raw', 'ICMPv6, raw']) {
      assert.ok(kinds[kind] > 1000, `${kind}: ${kinds[kind]} calls worked`);
    }
  });

  test('unprivileged', { skip: isRoot && need('netns', 'ip'), timeout: DEADLINE_MS }, async () => {
    const { uid, kinds } = await compared('unprivileged', isRoot ? ownNetwork : [], isRoot ? [NOBODY] : []);
    assert.notEqual(uid, 0);
    assert.equal(kinds['ICMP, raw'], undefined);
  });
});

/** What `ss` says about a local port. */
function ss(port, ...flags) {
  const args = ['-tinoemH', '--tos', '--inet-sockopt', ...flags, `sport = :${port}`];
  const { status, stdout, stderr } = spawnSync(program('ss'), args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.replaceAll(/\s+/g, ' ');
}

describe('ss', { skip: notLinux || need('ss') }, () => {
  /** What ss says in one place. */
  function shown(text, pattern) {
    const match = pattern.exec(text);
    assert.ok(match, `${pattern} in ${text}`);
    return match[1];
  }
  const number = (text, pattern) => Number(shown(text, pattern));
  const hexadecimal = (text, pattern) => Number.parseInt(shown(text, pattern), 16);

  test('shows what a connection has', async (t) => {
    const open = opener(t);
    const listener = open.keep(listening());
    const client = open.tcp();
    client.setOption('SO_RCVBUF', 65_536);
    client.setOption('SO_SNDBUF', 40_000);
    client.setOption('SO_KEEPALIVE', true);
    client.setOption('TCP_KEEPIDLE', 500 * 60);
    client.setOption('SO_MAX_PACING_RATE', 1_000_000);
    client.setOption('TCP_MAXSEG', 1200);
    client.setOption('TCP_CONGESTION', 'reno');
    client.setOption('IP_TOS', 0x28);
    // After IP_TOS, which sets a priority as well.
    client.setOption('SO_PRIORITY', 3);
    for (const name of ['IP_FREEBIND', 'IP_RECVERR', 'IP_BIND_ADDRESS_NO_PORT']) client.setOption(name, true);
    client.setOption('IP_MULTICAST_ALL', false);
    client.connect(listener.localAddress());
    await client.writable();
    client.send('12345');
    const { port } = client.localAddress();
    const acknowledged = () => client.getOption('TCP_INFO').tcpi_unacked === 0;
    await until(acknowledged, 'all is acknowledged');

    const text = ss(port);
    assert.equal(number(text, /,rb(\d+),/), client.getOption('SO_RCVBUF'));
    assert.equal(number(text, /,tb(\d+),/), client.getOption('SO_SNDBUF'));
    const memory = client.getOption('SO_MEMINFO');
    assert.equal(number(text, /,rb(\d+),/), memory.rcvbuf);
    assert.equal(number(text, /,tb(\d+),/), memory.sndbuf);
    assert.equal(number(text, /\(r(\d+),/), memory.rmem_alloc);
    assert.equal(number(text, /,d(\d+)\)/), memory.drops);
    // 500 minutes, less what has passed.
    assert.match(text, /timer:\(keepalive,(499|500)min,0\)/);
    assert.equal(shown(text, /ts sack (\w+) /), client.getOption('TCP_CONGESTION'));
    assert.equal(hexadecimal(text, / tos:0x([0-9a-f]+)/), client.getOption('IP_TOS'));
    assert.equal(hexadecimal(text, / class_id:0x([0-9a-f]+)/), client.getOption('SO_PRIORITY'));
    assert.equal(hexadecimal(text, / sk:([0-9a-f]+)/), client.getOption('SO_COOKIE'));
    assert.equal(number(text, /pacing_rate \d+bps\/(\d+)bps/), 8 * client.getOption('SO_MAX_PACING_RATE'));
    const flags = shown(text, /inet-sockopt: \(([^)]*)\)/);
    assert.match(flags, /\brecverr\b/);
    assert.match(flags, /\bfreebind\b/);
    assert.match(flags, /\bbind_addr_no_port\b/);
    assert.doesNotMatch(flags, /\bmc_all\b/);

    const info = client.getOption('TCP_INFO');
    assert.equal(info.tcpi_state, 1);
    assert.equal(number(text, / mss:(\d+)/), info.tcpi_snd_mss);
    assert.equal(number(text, / mss:(\d+)/), client.getOption('TCP_MAXSEG'));
    assert.equal(number(text, / advmss:(\d+)/), info.tcpi_advmss);
    assert.equal(number(text, / pmtu:(\d+)/), info.tcpi_pmtu);
    assert.equal(number(text, / rcvmss:(\d+)/), info.tcpi_rcv_mss);
    assert.equal(number(text, / cwnd:(\d+)/), info.tcpi_snd_cwnd);
    assert.equal(number(text, / rto:([\d.]+)/), info.tcpi_rto / 1000);
    assert.equal(shown(text, / rtt:([\d.]+\/[\d.]+)/), `${info.tcpi_rtt / 1000}/${info.tcpi_rttvar / 1000}`);
    assert.equal(shown(text, / wscale:(\d+,\d+)/), `${info.tcpi_snd_wscale},${info.tcpi_rcv_wscale}`);
    assert.equal(number(text, / bytes_sent:(\d+)/), info.tcpi_bytes_sent);
    assert.equal(info.tcpi_bytes_sent, 5);
    assert.equal(number(text, / bytes_acked:(\d+)/), info.tcpi_bytes_acked);
    assert.equal(number(text, / segs_out:(\d+)/), info.tcpi_segs_out);
    assert.equal(number(text, / rcv_space:(\d+)/), info.tcpi_rcv_space);
    assert.equal(number(text, / minrtt:([\d.]+)/), info.tcpi_min_rtt / 1000);
  });

  test('shows marks and devices', { skip: need('root') }, async (t) => {
    const open = opener(t);
    const listener = open.keep(listening());
    const client = open.tcp();
    client.setOption('SO_MARK', 0x8000_1234);
    client.setOption('SO_BINDTODEVICE', 'lo');
    client.setOption('IP_TRANSPARENT', true);
    client.connect(listener.localAddress());
    const { port } = client.localAddress();
    const text = ss(port);
    assert.match(text, new RegExp(` 127\\.0\\.0\\.1%lo:${port} `));
    assert.match(text, / fwmark:0x80001234 /);
    assert.match(text, /inet-sockopt: \([^)]*\btransparent\b/);
  });

  test('shows listeners', (t) => {
    const open = opener(t);
    for (const only of [true, false]) {
      const socket = open.tcp('IPv6');
      socket.setOption('IPV6_V6ONLY', only);
      socket.setOption('IPV6_TCLASS', 0x40);
      socket.bind({ address: '::', port: 0 });
      socket.listen(5);
      const text = ss(socket.localAddress().port, '-l');
      assert.equal(number(text, /^LISTEN \d+ (\d+) /), 5);
      assert.equal(number(text, / v6only:(\d)/), Number(only));
      assert.equal(hexadecimal(text, / tclass:0x([0-9a-f]+)/), 0x40);
      assert.equal(socket.getOption('SO_ACCEPTCONN'), true);
    }
  });
});

describe('/proc', { skip: notLinux }, () => {
  const read = (name) => fs.readFileSync(path.join('/proc/net', name), 'latin1');
  /** Nobody else's group: a number below a million in it. */
  const unique = process.pid % 1_000_000;
  const octets = [Math.floor(unique / 65_536), Math.floor(unique / 256) % 256, unique % 256];

  test('igmp: memberships', (t) => {
    const socket = new Socket({ family: 'IPv4', type: 'datagram' });
    t.after(() => socket.close());
    const group = `239.${octets.join('.')}`;
    const hex = Buffer.from(group.split('.').map(Number).reverse()).toString('hex').toUpperCase();
    const joined = () => new RegExp(`^\\t+${hex} `, 'm').test(read('igmp'));
    assert.equal(joined(), false);
    for (const [join, leave, value] of [
      ['IP_ADD_MEMBERSHIP', 'IP_DROP_MEMBERSHIP', { group, interface: '127.0.0.1' }],
      ['IP_ADD_MEMBERSHIP', 'IP_DROP_MEMBERSHIP', { group, interface: 1 }],
      ['MCAST_JOIN_GROUP', 'MCAST_LEAVE_GROUP', { group, interface: 1 }],
    ]) {
      socket.setOption(join, value);
      assert.equal(joined(), true, join);
      socket.setOption(leave, value);
      assert.equal(joined(), false, leave);
    }
  });

  test('igmp6: memberships', (t) => {
    const socket = new Socket({ family: 'IPv6', type: 'datagram' });
    t.after(() => socket.close());
    const tail = unique.toString(16).padStart(8, '0');
    const group = `ff12::${tail.slice(0, 4)}:${tail.slice(4)}`;
    const joined = () => read('igmp6').includes(` ff1200000000000000000000${tail} `);
    assert.equal(joined(), false);
    for (const [join, leave] of [
      ['IPV6_JOIN_GROUP', 'IPV6_LEAVE_GROUP'],
      ['IPV6_ADD_MEMBERSHIP', 'IPV6_DROP_MEMBERSHIP'],
      ['MCAST_JOIN_GROUP', 'MCAST_LEAVE_GROUP'],
    ]) {
      socket.setOption(join, { group, interface: 1 });
      assert.equal(joined(), true, join);
      socket.setOption(leave, { group, interface: 1 });
      assert.equal(joined(), false, leave);
    }
  });

  test('mcfilter: sources', (t) => {
    const socket = new Socket({ family: 'IPv4', type: 'datagram' });
    t.after(() => socket.close());
    const group = `232.${octets.join('.')}`;
    const hex = Buffer.from(group.split('.').map(Number)).toString('hex');
    const sources = () =>
      read('mcfilter')
        .split('\n')
        .filter((line) => line.includes(`0x${hex}`))
        .map((line) => /0x([0-9a-f]{8}) +(\d+) +(\d+)$/.exec(line).slice(1))
        .map(([source, include, exclude]) => [Buffer.from(source, 'hex').join('.'), +include, +exclude]);
    const membership = { group, interface: '127.0.0.1' };
    socket.setOption('IP_ADD_SOURCE_MEMBERSHIP', { ...membership, source: '192.0.2.1' });
    assert.deepEqual(sources(), [['192.0.2.1', 1, 0]]);
    socket.setOption('IP_MSFILTER', { ...membership, mode: 'include', sources: ['192.0.2.7', '192.0.2.8'] });
    assert.deepEqual(sources().sort(), [
      ['192.0.2.7', 1, 0],
      ['192.0.2.8', 1, 0],
    ]);
    socket.setOption('MCAST_MSFILTER', { group, interface: 1, mode: 'exclude', sources: ['192.0.2.9'] });
    assert.deepEqual(sources(), [['192.0.2.9', 0, 1]]);
    assert.deepEqual(socket.getOption('MCAST_MSFILTER', { group, interface: 1 }), {
      ...{ group, interface: 1, mode: 'exclude', sources: ['192.0.2.9'] },
    });
    socket.setOption('MCAST_UNBLOCK_SOURCE', { group, interface: 1, source: '192.0.2.9' });
    assert.deepEqual(sources(), []);
  });

  test('tcp: the timer of SO_KEEPALIVE', (t) => {
    const { client } = opener(t).pair();
    const inode = /\d+/.exec(fs.readlinkSync(`/proc/self/fd/${client.fd}`))[0];
    const timer = () => {
      const line = read('tcp')
        .split('\n')
        .find((it) => it.trim().split(/\s+/)[9] === inode);
      const [kind, ticks] = line.trim().split(/\s+/)[5].split(':');
      return [Number.parseInt(kind, 16), Number.parseInt(ticks, 16) / 100];
    };
    assert.equal(timer()[0], 0);
    client.setOption('TCP_KEEPIDLE', 500);
    client.setOption('SO_KEEPALIVE', true);
    const [kind, seconds] = timer();
    assert.equal(kind, 2);
    assert.ok(seconds > 480 && seconds <= 510, `${seconds} s`);
  });

  test('status: the process and its groups', (t) => {
    const [one, other] = Socket.pair({ type: 'stream' });
    t.after(() => [one, other].map((socket) => socket.close()));
    const status = fs.readFileSync('/proc/self/status', 'latin1');
    const numbers = (key) =>
      new RegExp(`^${key}:[ \\t]*(.*)$`, 'm').exec(status)[1].split(/\s+/).filter(Boolean).map(Number);
    const [, uid] = numbers('Uid');
    const [, gid] = numbers('Gid');
    assert.deepEqual(one.getOption('SO_PEERCRED'), { pid: process.pid, uid, gid });
    assert.deepEqual(getOption(other.fd, 'SO_PEERGROUPS'), numbers('Groups'));
  });
});
