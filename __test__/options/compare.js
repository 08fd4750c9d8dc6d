'use strict';

// Sets and reads every option of the table on every kind of socket, through hostsock and in a native C program
// (reference.c), each on its own sockets, and compares: errors, lengths, bytes; and values by name with what the bytes
// mean. Run as a process: `node compare.js PATH_OF_REFERENCE [UID]`, which prints a report as JSON; with a user's number
// it gives all privileges up first, for the C program as well.

const { spawnSync } = require('node:child_process');
const { inspect, isDeepStrictEqual } = require('node:util');
const hostsock = require('../../index.js');
const { STRUCTURES, decode, int, ipv4, pack, parseLayout, slot, storage, valuesOf } = require('./values.js');

const { Socket, optionTable, poll, constants } = hostsock;
const FAMILIES = { IPv4: 2, IPv6: 10, unix: 1 };
const TYPES = { stream: 1, datagram: 2, raw: 3, seqpacket: 5 };
const LOOPBACK = { IPv4: '127.0.0.1', IPv6: '::1' };

/** The kinds of sockets. Raw ones open for the privileged only. */
const KINDS = [
  { name: 'TCP IPv4', family: 'IPv4', type: 'stream', state: 'fresh' },
  { name: 'TCP IPv6', family: 'IPv6', type: 'stream', state: 'fresh' },
  { name: 'TCP IPv4, connected', family: 'IPv4', type: 'stream', state: 'connected' },
  { name: 'TCP IPv6, connected', family: 'IPv6', type: 'stream', state: 'connected' },
  { name: 'TCP IPv4, listening', family: 'IPv4', type: 'stream', state: 'listening' },
  { name: 'TCP IPv6, listening', family: 'IPv6', type: 'stream', state: 'listening' },
  { name: 'UDP IPv4', family: 'IPv4', type: 'datagram', state: 'fresh' },
  { name: 'UDP IPv6', family: 'IPv6', type: 'datagram', state: 'fresh' },
  { name: 'UDP IPv4, connected', family: 'IPv4', type: 'datagram', state: 'connected' },
  { name: 'UDP IPv6, connected', family: 'IPv6', type: 'datagram', state: 'connected' },
  { name: 'unix stream', family: 'unix', type: 'stream', state: 'fresh' },
  { name: 'unix stream, pair', family: 'unix', type: 'stream', state: 'pair' },
  { name: 'unix stream, listening', family: 'unix', type: 'stream', state: 'listening' },
  { name: 'unix datagram', family: 'unix', type: 'datagram', state: 'fresh' },
  { name: 'unix datagram, pair', family: 'unix', type: 'datagram', state: 'pair' },
  { name: 'unix seqpacket, pair', family: 'unix', type: 'seqpacket', state: 'pair' },
  { name: 'ICMP, raw', family: 'IPv4', type: 'raw', protocol: 1, state: 'fresh' },
  { name: 'IGMP, raw', family: 'IPv4', type: 'raw', protocol: 2, state: 'fresh' },
  { name: 'ICMPv6, raw', family: 'IPv6', type: 'raw', protocol: 58, state: 'fresh' },
];

/** It opens a descriptor with every read, which nobody here would close. */
const LEFT_OUT = ['SO_PEERPIDFD'];

/**
 * What differs between any two sockets, or two moments, and why. There, errors and lengths are compared as everywhere,
 * bytes only outside of `ranges` (by default none at all); by name, the value must be what the bytes of the same socket
 * mean. `kinds` are beginnings of names.
 */
const VARYING = {
  SO_COOKIE: [{ why: 'every socket has its own number' }],
  SO_INCOMING_CPU: [{ kinds: ['TCP'], why: 'the processor that happened to handle the last packet' }],
  IP_PROTOCOL: [{ kinds: ['TCP', 'UDP'], why: 'gives the local port there' }],
  SO_MEMINFO: [{ kinds: ['TCP', 'UDP'], why: 'memory is given back a moment after packets were handled' }],
  SO_PEERCRED: [{ kinds: ['unix'], ranges: [[0, 4]], why: 'the process identifier' }],
  SO_PEERNAME: [{ kinds: ['TCP'], ranges: [[2, 4]], why: 'the port of the peer' }],
  TCP_CC_INFO: [{ kinds: ['TCP'], why: 'measurements' }],
  TCP_INFO: [
    {
      kinds: ['TCP'],
      ranges: [
        [8, 16],
        [32, 80],
        [88, 1024],
      ],
      why: 'measurements, times and counters',
    },
  ],
  TCP_QUEUE_SEQ: [{ kinds: ['TCP'], why: 'connections begin at a random number' }],
  TCP_REPAIR_WINDOW: [{ kinds: ['TCP'], why: 'sequence numbers, see TCP_QUEUE_SEQ' }],
  TCP_TIMESTAMP: [{ kinds: ['TCP'], why: 'a clock' }],
  IPV6_FLOWLABEL_MGR: [{ why: 'the kernel chooses labels at random' }],
};

/** They outlive the socket, with its network namespace: each socket's steps begin by setting them to 0. */
const LASTING = ['MRT_ASSERT', 'MRT_PIM', 'MRT6_ASSERT', 'MRT6_PIM'];

/** For the reads of raw values: every length that matters to somebody. */
const LENGTHS = [0, 1, 2, 3, 4, 8, 16, 64, 1024];

/** For raw writes of every option: whatever its type is, most of this is wrong in length or content. */
const RAW_VALUES = [
  ...[0, 1, 2, -1, 100, 256, 65_535, 0x7fffffff, -0x80000000].map(int),
  ...['', '01', '0100', '010000', '0000000000000000', '0100000002000000'].map((text) =>
    Buffer.from(text, 'hex'),
  ),
  ...[Buffer.alloc(12, 1), Buffer.alloc(64), Buffer.alloc(136, 1)],
];

/** A `sock_fprog` whose pointer points nowhere. */
const BAD_PROGRAM = pack([1, 2], [0, 6], [1, 8]);

/** How much of an option there is to read, by its type; hostsock asks for as much as its table says. */
const SIZES = {
  ...{
    bool: 4,
    int: 4,
    u32: 4,
    none: 4,
    port_range: 4,
    in_addr: 4,
    u64: 8,
    linger: 8,
    timeval: 16,
    string: 16,
  },
  ...{ ip_mreq: 12, ip_mreq_source: 12, ipv6_mreq: 20, group_req: 264, group_source_req: 264, sockaddr: 128 },
  ...{
    tcp_cc_info: 64,
    bytes: 4096,
    ip_msfilter: 4096,
    group_filter: 32768,
    'u32[]': 1024,
    sock_fprog: 32768,
  },
  ...{ tcp_ao_add: 336, tcp_ao_del: 152, tcp_ao_getsockopt: 272, tcp_ao_info_opt: 56, tcp_ao_repair: 16 },
  ...{ 'dmabuf_token[]': 4096, 'tcp_repair_opt[]': 4096 },
};
const OWN_SIZES = { SO_PEERSEC: 4096 };

/** The questions that source filters are read with, as `[JavaScript, C]`; there is room for eight sources. */
const QUERIES = {
  IP_MSFILTER: [
    { group: '232.1.2.7', interface: '127.0.0.1' },
    Buffer.concat([ipv4('232.1.2.7'), ipv4('127.0.0.1'), int(0), int(8), Buffer.alloc(32)]),
  ],
  MCAST_MSFILTER: [
    { group: '232.1.2.8', interface: 1 },
    Buffer.concat([slot(1), storage('232.1.2.8'), int(0), int(8), Buffer.alloc(1024)]),
  ],
};

/** A socket of a kind, with what must stay open beside it. */
function opened({ family, type, protocol, state }) {
  if (state === 'pair') {
    const [socket, other] = Socket.pair({ family, type });
    return { socket, others: [other] };
  }
  const socket = new Socket({ family, type, protocol });
  const others = [];
  if (family === 'unix' && state === 'listening') {
    socket.bind({ path: '' });
    socket.listen(5);
  } else if (state === 'listening') {
    socket.bind({ address: LOOPBACK[family], port: 0 });
    socket.listen(5);
  } else if (state === 'connected' && type === 'datagram') {
    socket.connect({ address: LOOPBACK[family], port: 9 });
  } else if (state === 'connected') {
    const listener = new Socket({ family, type });
    listener.bind({ address: LOOPBACK[family], port: 0 });
    listener.listen(5);
    socket.connect(listener.localAddress());
    const ends = [
      { socket, events: constants.POLLOUT },
      { socket: listener, events: constants.POLLIN },
    ];
    while (poll(ends, 20_000) < 2);
    others.push(listener, listener.accept());
  }
  return { socket, others };
}

function close({ socket, others }) {
  const connection = others[1];
  // A connection that is reset leaves nothing behind.
  connection?.setOption('SO_LINGER', 0);
  for (const end of [connection, others[0], socket]) end?.close();
}

/** How hostsock is called: on a Socket, or on a descriptor. */
const TARGETS = {
  Socket: (socket) => socket,
  descriptor: ({ fd }) => ({
    getsockopt: (...args) => hostsock.getsockopt(fd, ...args),
    setsockopt: (...args) => hostsock.setsockopt(fd, ...args),
    getOption: (...args) => hostsock.getOption(fd, ...args),
    setOption: (...args) => hostsock.setOption(fd, ...args),
  }),
};

/** A call's outcome: what it returns, or the code of its error. */
function outcome(call) {
  try {
    return { value: call() };
  } catch (error) {
    return { error: error.code ?? String(error) };
  }
}

/**
 * Commands for the C program, each with what to do through hostsock and how to judge it.
 *
 * @typedef {object} Step
 * @property {string} line for the C program
 * @property {(target: object, session: object) => { value?: any, error?: string }} run
 * @property {(expected: object, actual: object, session: object) => boolean} equal
 * @property {string} what it is, for a person
 * @property {number[][]} [ranges] of the bytes that vary
 */

const OPEN = (kind) => {
  const { family, type, protocol = 0, state } = kind;
  return `open 0 ${FAMILIES[family]} ${TYPES[type]} ${protocol} ${state}`;
};
const hexOf = (bytes) => (bytes.length === 0 ? '-' : bytes.toString('hex'));

/** Whether a kind can be expected to have options of a level. Where it has not, a few of them show that. */
function takes({ family, name }, { levelName }) {
  switch (levelName) {
    case 'SOL_SOCKET':
      return true;
    case 'IPPROTO_TCP':
      return name.startsWith('TCP');
    case 'IPPROTO_UDP':
      return name.startsWith('UDP');
    case 'IPPROTO_IPV6':
      return family === 'IPv6';
    case 'SOL_RAW':
    case 'IPPROTO_ICMPV6':
      return name.endsWith('raw');
    default:
      return family !== 'unix';
  }
}

function levelsOf(row) {
  return row.levelName === 'IPPROTO_IP or IPPROTO_IPV6' ? [0, 41] : [row.level];
}

function sizeOf(row, kind, layouts) {
  // Longer buffers than the address are refused.
  if (row.name === 'SO_PEERNAME') return { IPv4: 16, IPv6: 28, unix: 2 }[kind.family];
  return OWN_SIZES[row.name] ?? layouts[row.kind]?.size ?? SIZES[row.kind];
}

/** The parts of a row that vary on a kind, as ranges of bytes, or undefined. */
function varying(row, kind) {
  const rule = VARYING[row.name.replace(/^SO_GET_/, '')]?.find(
    ({ kinds }) => !kinds || kinds.some((name) => kind.name.startsWith(name)),
  );
  return rule && (rule.ranges ?? [[0, Number.POSITIVE_INFINITY]]);
}

function masked(bytes, ranges) {
  if (!ranges) return bytes;
  const copy = Buffer.from(bytes);
  for (const [from, to] of ranges) copy.fill(0, from, Math.min(to, copy.length));
  return copy;
}

function readRaw(row, kind, level, length) {
  const ranges = varying(row, kind);
  return {
    what: `get ${length} bytes`,
    line: `get 0 ${level} ${row.number} ${length}`,
    ranges,
    run: (target) => outcome(() => target.getsockopt(level, row.number, length)),
    equal: (expected, actual) =>
      expected.error === actual.error &&
      (expected.error !== undefined || masked(expected.bytes, ranges).equals(masked(actual.value, ranges))),
  };
}

function writeRaw(row, level, bytes) {
  return {
    what: `set ${bytes.length} bytes ${bytes.toString('hex', 0, 16)}`,
    line: `set 0 ${level} ${row.number} ${hexOf(bytes)}`,
    // A copy, as the kernel writes some answers back (the label that IPV6_FLOWLABEL_MGR chose).
    run: (target) => outcome(() => target.setsockopt(level, row.number, Buffer.from(bytes))),
    equal: (expected, actual) => expected.error === actual.error,
  };
}

function readNamed(row, kind, level, length, layouts, query = []) {
  const [question, buffer = Buffer.alloc(0)] = query;
  return {
    what: question ? 'get by name, asked for a group' : 'get by name',
    line: `get 0 ${level} ${row.number} ${length} ${hexOf(buffer)}`,
    run: (target) => outcome(() => target.getOption(row.name, question)),
    equal(expected, actual, session) {
      if (expected.error !== undefined || actual.error !== undefined) return expected.error === actual.error;
      if (row.kind === 'sock_fprog') return isDeepStrictEqual(actual.value, session.program);
      if (varying(row, kind)) return meansItsBytes(row, level, length, layouts, session.target);
      return sameValue(row, actual.value, meaning(row, expected.bytes, layouts), layouts);
    },
  };
}

/** By name, one socket's option is what its bytes mean; tried again if they change meanwhile. */
function meansItsBytes(row, level, length, layouts, target) {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const before = target.getsockopt(level, row.number, length);
    const value = target.getOption(row.name);
    const after = target.getsockopt(level, row.number, length);
    if (before.equals(after)) return sameValue(row, value, meaning(row, before, layouts), layouts);
  }
  return false;
}

function meaning(row, bytes, layouts) {
  if (row.kind !== 'tcp_cc_info') return decode(row, bytes, layouts);
  if (bytes.length === 0) return null;
  return bytes.length === layouts.tcp_bbr_info.size
    ? decode({ kind: 'tcp_bbr_info' }, bytes, layouts)
    : bytes;
}

/** The compiler's headers may know fewer fields than hostsock, of the one structure that keeps growing. */
function sameValue(row, value, expected) {
  if (row.kind !== 'tcp_info') return isDeepStrictEqual(value, expected);
  return Object.keys(expected).every((field) => isDeepStrictEqual(value[field], expected[field]));
}

function writeNamed(row, level, value, bytes) {
  const filter = row.kind === 'sock_fprog';
  return {
    what: `set by name ${JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part))}`,
    line: `${filter ? 'filter' : 'set'} 0 ${level} ${row.number} ${hexOf(bytes)}`,
    run: (target) => outcome(() => target.setOption(row.name, value)),
    equal(expected, actual, session) {
      if (filter && expected.error === undefined) session.program = value;
      return expected.error === actual.error;
    },
  };
}

/** One socket's life: what is done with an option by numbers and bytes. */
function rawSteps(row, kind, level, layouts) {
  const taken = takes(kind, row);
  const size = sizeOf(row, kind, layouts);
  const steps = (taken ? LENGTHS : [4]).map((length) => readRaw(row, kind, level, length));
  if (LASTING.includes(row.name)) steps.unshift(writeRaw(row, level, int(0)));
  const values = taken ? [...RAW_VALUES] : [RAW_VALUES[1], Buffer.alloc(0)];
  if (row.kind === 'sock_fprog') values.push(BAD_PROGRAM);
  else if (taken) values.push(...valuesOf(row, layouts).map(([, bytes]) => bytes));
  for (const bytes of values) steps.push(writeRaw(row, level, bytes), readRaw(row, kind, level, size));
  return steps;
}

/** One socket's life: what is done with an option by its name. */
function namedSteps(row, kind, layouts) {
  const size = sizeOf(row, kind, layouts);
  const [level] = levelsOf(row);
  const steps = [readNamed(row, kind, level, size, layouts)];
  if (LASTING.includes(row.name)) steps.unshift(writeRaw(row, level, int(0)));
  const values = takes(kind, row) ? valuesOf(row, layouts) : valuesOf(row, layouts).slice(0, 2);
  for (const [value, bytes] of values) {
    const itsLevel = level === 0 && String(value?.group ?? value).includes(':') ? 41 : level;
    steps.push(writeNamed(row, itsLevel, value, bytes), readRaw(row, kind, itsLevel, size));
    steps.push(readNamed(row, kind, level, size, layouts));
    const query = QUERIES[row.name];
    if (query) steps.push(readNamed(row, kind, level, query[1].length, layouts, query));
  }
  return steps;
}

/** The structures, as the C compiler lays them out. */
function readLayouts(reference) {
  const names = [...Object.keys(STRUCTURES), 'tcp_bbr_info', 'tcp_repair_opt'];
  const lines = runReference(
    reference,
    names.map((name) => `layout ${name}`),
  );
  return Object.fromEntries(names.map((name, index) => [name, parseLayout(lines[index])]));
}

function runReference(reference, lines) {
  const { status, signal, stdout, stderr } = spawnSync(reference, [], {
    input: `${lines.join('\n')}\n`,
    encoding: 'latin1',
    maxBuffer: 1 << 30,
  });
  const answers = stdout.split('\n').slice(0, -1);
  if (status !== 0 || answers.length !== lines.length) {
    throw new Error(
      `${reference} ended with ${signal ?? status} after ${answers.length} of ${lines.length}\n${stderr}`,
    );
  }
  return answers;
}

/** An answer of the C program, in the form of `outcome`. */
function parse(answer) {
  const [result, , hex] = answer.split(' ');
  if (result !== 'OK') return { error: result };
  return { bytes: Buffer.from(hex === undefined || hex === '-' ? '' : hex, 'hex') };
}

function compare(reference) {
  const layouts = readLayouts(reference);
  const rows = optionTable.filter((row) => row.number !== undefined && !LEFT_OUT.includes(row.name));
  const sessions = [];
  for (const kind of KINDS) {
    for (const row of rows) {
      for (const level of levelsOf(row))
        sessions.push({ kind, row, steps: rawSteps(row, kind, level, layouts) });
      sessions.push({ kind, row, steps: namedSteps(row, kind, layouts) });
    }
  }
  const lines = sessions.flatMap(({ kind, steps }) => [
    OPEN(kind),
    ...steps.map(({ line }) => line),
    'close 0',
  ]);
  const answers = runReference(reference, lines);

  const report = {
    uid: process.getuid(),
    compared: 0,
    equal: 0,
    differ: 0,
    differences: [],
    kinds: {},
    options: rows.length,
  };
  for (const [name, targetOf] of Object.entries(TARGETS)) {
    let at = 0;
    for (const { kind, row, steps } of sessions) {
      const opening = parse(answers[at++]);
      const mine = answers.slice(at, at + steps.length).map(parse);
      at += steps.length + 1;
      const { value: ends, error } = outcome(() => opened(kind));
      judge(report, { kind, row, via: name, what: 'open' }, opening, { error }, opening.error === error);
      if (ends === undefined) continue;
      const session = { target: targetOf(ends.socket), program: [] };
      steps.forEach((step, index) => {
        const actual = step.run(session.target);
        const equal = step.equal(mine[index], actual, session);
        judge(report, { kind, row, via: name, what: step.what }, mine[index], actual, equal);
        if (actual.error === undefined) report.kinds[kind.name] = (report.kinds[kind.name] ?? 0) + 1;
      });
      close(ends);
    }
  }
  return report;
}

/** As many differences as a person wants to read. */
const MOST_DIFFERENCES = 200;

function judge(report, { kind, row, via, what }, expected, actual, equal) {
  report.compared++;
  if (equal) {
    report.equal++;
    return;
  }
  report.differ++;
  if (report.differences.length < MOST_DIFFERENCES) {
    const show = ({ error, value, bytes }) =>
      error ?? (bytes ?? inspect(value)).toString('hex').slice(0, 400);
    report.differences.push(
      `${kind.name}: ${row.name} ${what} (${via}): native ${show(expected)}, hostsock ${show(actual)}`,
    );
  }
}

if (require.main === module) {
  const [reference, uid] = process.argv.slice(2);
  if (uid !== undefined) {
    process.setgroups([]);
    process.setgid(Number(uid));
    process.setuid(Number(uid));
  }
  process.stdout.write(JSON.stringify(compare(reference)));
}

module.exports = { KINDS, LEFT_OUT, OPEN, levelsOf, masked, rawSteps, readLayouts, runReference, takes };
