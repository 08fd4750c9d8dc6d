'use strict';

// Values of options in both their forms, JavaScript's and C's, written down independently of the option table's own
// code. The layouts of structures come from the C compiler (`layout` of reference.c). For a little-endian 64-bit Linux.

/** Bytes of integers, each `[value, size]`. */
function pack(...fields) {
  const bytes = Buffer.alloc(fields.reduce((sum, [, size]) => sum + size, 0));
  let at = 0;
  for (const [value, size] of fields) {
    bytes.set(integer(value, size), at);
    at += size;
  }
  return bytes;
}

function integer(value, size) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes.subarray(0, size);
}

const int = (value) => integer(value, 4);

/** Pads to `size` bytes with zeros. */
function pad(bytes, size) {
  return Buffer.concat([bytes, Buffer.alloc(Math.max(0, size - bytes.length))]);
}

const ipv4 = (text) => Buffer.from(text.split('.').map(Number));

function ipv6(text) {
  const [head, tail] = text.split('::').map((half) => (half ? half.split(':') : []));
  const zeros = tail ? 8 - head.length - tail.length : 0;
  const groups = [...head, ...Array(zeros).fill('0'), ...(tail ?? [])];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** A `sockaddr` with an address and no port. */
function sockaddr(text) {
  if (!text.includes(':')) return Buffer.concat([pack([2, 2], [0, 2]), ipv4(text), Buffer.alloc(8)]);
  return Buffer.concat([pack([10, 2], [0, 2], [0, 4]), ipv6(text), pack([0, 4])]);
}

const storage = (text) => pad(sockaddr(text), 128);
const slot = (index) => pack([index, 4], [0, 4]);
const instruction = ({ code, jt = 0, jf = 0, k = 0 }) => pack([code, 2], [jt, 1], [jf, 1], [k, 4]);

/** BPF: accept everything; accept if the length is at least 8. */
const ACCEPT = [{ code: 0x06, jt: 0, jf: 0, k: 0xffffffff }];
const LONG_ONES = [
  { code: 0x80, jt: 0, jf: 0, k: 0 },
  { code: 0x35, jt: 0, jf: 1, k: 8 },
  { code: 0x06, jt: 0, jf: 0, k: 0xffff },
  { code: 0x06, jt: 0, jf: 0, k: 0 },
];
/** The kernel refuses it: it ends in no return. */
const ENDLESS = [{ code: 0x80, jt: 0, jf: 0, k: 0 }];

const program = (instructions) => [instructions, Buffer.concat(instructions.map(instruction))];
const U64_MAX = (1n << 64n) - 1n;

/** What to set, as `[JavaScript value, C bytes]`, by the type of the option. */
const VALUES = {
  bool: [true, false, true, 2, -1].map((value) => [value, int(Number(value))]),
  int: [
    0, 1, 2, 3, 5, 64, 100, 255, 256, 1000, 1500, 40_000, 65_535, 1_000_000, -1, -2, 0x7fffffff, -0x80000000,
  ].map((value) => [value, int(value)]),
  u32: [0, 1, 2, 3, 0x80, 1000, 0x12345678, 0x7fffffff, 0x80000001, 0xffffffff].map((value) => [
    value,
    int(value),
  ]),
  u64: [0, 1, 1_000_000, 2 ** 40, Number.MAX_SAFE_INTEGER, 1n << 60n, U64_MAX].map((value) => [
    value,
    integer(value, 8),
  ]),
  none: [
    [null, int(0)],
    [true, int(0)],
  ],
  linger: [
    [false, pack([0, 4], [0, 4])],
    [0, pack([1, 4], [0, 4])],
    [5, pack([1, 4], [5, 4])],
    [0x7fffffff, pack([1, 4], [0x7fffffff, 4])],
    [null, pack([0, 4], [0, 4])],
  ],
  timeval: [
    [0, pack([0, 8], [0, 8])],
    [1, pack([0, 8], [1000, 8])],
    [0.001, pack([0, 8], [1, 8])],
    [1.001, pack([0, 8], [1001, 8])],
    [1500, pack([1, 8], [500_000, 8])],
    [70_000, pack([70, 8], [0, 8])],
    [1e12, pack([1e9, 8], [0, 8])],
    [Number.MAX_SAFE_INTEGER, pack([9007199254740n, 8], [991_000, 8])],
  ],
  port_range: [
    [{ low: 40_000, high: 40_100 }, pack([40_000, 2], [40_100, 2])],
    [{ low: 0, high: 50_000 }, pack([0, 2], [50_000, 2])],
    [{ low: 2, high: 1 }, pack([2, 2], [1, 2])],
    [{ low: 0, high: 0 }, pack([0, 2], [0, 2])],
  ],
  in_addr: [
    ['127.0.0.1', ipv4('127.0.0.1')],
    [1, pack([0, 4], [0, 4], [1, 4])],
    ['0.0.0.0', ipv4('0.0.0.0')],
    ['203.0.113.77', ipv4('203.0.113.77')],
    [99_999, pack([0, 4], [0, 4], [99_999, 4])],
  ],
  ip_mreq: [
    [{ group: '239.1.2.3', interface: '127.0.0.1' }, Buffer.concat([ipv4('239.1.2.3'), ipv4('127.0.0.1')])],
    [{ group: '239.1.2.3', interface: 1 }, Buffer.concat([ipv4('239.1.2.3'), ipv4('0.0.0.0'), int(1)])],
    [{ group: '239.1.2.3', interface: 1 }, Buffer.concat([ipv4('239.1.2.3'), ipv4('0.0.0.0'), int(1)])],
    ['239.1.2.4', Buffer.concat([ipv4('239.1.2.4'), ipv4('0.0.0.0')])],
    [{ group: '10.1.2.3', interface: 1 }, Buffer.concat([ipv4('10.1.2.3'), ipv4('0.0.0.0'), int(1)])],
    [
      { group: '239.1.2.3', interface: 99_999 },
      Buffer.concat([ipv4('239.1.2.3'), ipv4('0.0.0.0'), int(99_999)]),
    ],
  ],
  ip_mreq_source: ['127.0.0.1', '0.0.0.0', '203.0.113.77'].flatMap((through) =>
    ['192.0.2.1', '192.0.2.2', '192.0.2.1'].map((source) => [
      { group: '232.1.2.3', source, interface: through },
      Buffer.concat([ipv4('232.1.2.3'), ipv4(through), ipv4(source)]),
    ]),
  ),
  ipv6_mreq: [
    [{ group: 'ff02::1:2', interface: 1 }, Buffer.concat([ipv6('ff02::1:2'), int(1)])],
    [{ group: 'ff02::1:2', interface: 1 }, Buffer.concat([ipv6('ff02::1:2'), int(1)])],
    ['ff02::1:3', Buffer.concat([ipv6('ff02::1:3'), int(0)])],
    [{ group: '2001:db8::1', interface: 1 }, Buffer.concat([ipv6('2001:db8::1'), int(1)])],
    [{ group: '::1', interface: 1 }, Buffer.concat([ipv6('::1'), int(1)])],
    [{ group: 'ff02::1:2', interface: 99_999 }, Buffer.concat([ipv6('ff02::1:2'), int(99_999)])],
  ],
  group_req: [
    ['239.1.2.5', 1],
    ['239.1.2.5', 1],
    ['239.1.2.5', 99_999],
    ['10.1.2.3', 1],
    ['ff02::1:5', 1],
    ['ff02::1:5', 1],
    ['2001:db8::1', 1],
  ].map(([group, index]) => [{ group, interface: index }, Buffer.concat([slot(index), storage(group)])]),
  group_source_req: [
    ['232.1.2.6', '192.0.2.1', 1],
    ['232.1.2.6', '192.0.2.1', 1],
    ['232.1.2.6', '192.0.2.2', 1],
    ['232.1.2.6', '2001:db8::1', 1],
    ['ff32::1:6', '2001:db8::1', 1],
    ['ff32::1:6', '2001:db8::1', 1],
    ['ff32::1:6', '2001:db8::2', 99_999],
  ].map(([group, source, index]) => [
    { group, source, interface: index },
    Buffer.concat([slot(index), storage(group), storage(source)]),
  ]),
  ip_msfilter: [
    ['exclude', ['192.0.2.1', '192.0.2.2']],
    ['include', ['192.0.2.3']],
    ['include', []],
  ].map(([mode, sources]) => [
    { group: '232.1.2.7', interface: '127.0.0.1', mode, sources },
    Buffer.concat([
      ...[ipv4('232.1.2.7'), ipv4('127.0.0.1'), int(mode === 'include' ? 1 : 0), int(sources.length)],
      ...sources.map(ipv4),
    ]),
  ]),
  group_filter: [
    ['232.1.2.8', 'exclude', ['192.0.2.1', '192.0.2.2']],
    ['232.1.2.8', 'include', ['192.0.2.3']],
    ['ff32::1:8', 'include', ['2001:db8::1']],
    ['ff32::1:8', 'exclude', []],
  ].map(([group, mode, sources]) => [
    { group, interface: 1, mode, sources },
    Buffer.concat([
      ...[slot(1), storage(group), int(mode === 'include' ? 1 : 0), int(sources.length)],
      ...sources.map(storage),
    ]),
  ]),
  sock_fprog: [program(ACCEPT), program(LONG_ONES), program(ENDLESS), program([])],
  'u32[]': [
    [Array(8).fill(0xffffffff), Buffer.alloc(32, 0xff)],
    [[1, 2, 3, 4, 5, 6, 7, 8], Buffer.concat([1, 2, 3, 4, 5, 6, 7, 8].map(int))],
    [[7], int(7)],
    [[], Buffer.alloc(0)],
  ],
  bytes: [
    Buffer.alloc(0),
    Buffer.from([1]),
    Buffer.alloc(8),
    // A timestamp option of IP; a routing header of IPv6.
    Buffer.from('440c0500000000000000000000000000', 'hex').subarray(0, 12),
    Buffer.from('0002000000000000', 'hex'),
    Buffer.alloc(16, 0x5a),
    Buffer.alloc(32, 0xa5),
    Buffer.alloc(300, 1),
  ].map((bytes) => [bytes, bytes]),
  sockaddr: [
    [
      { address: '127.0.0.1', port: 9 },
      Buffer.concat([pack([2, 2]), Buffer.from([0, 9]), ipv4('127.0.0.1'), Buffer.alloc(8)]),
    ],
  ],
  'dmabuf_token[]': [
    [[{ token_start: 1, token_count: 2 }], pack([1, 4], [2, 4])],
    [[], Buffer.alloc(0)],
  ],
  'tcp_repair_opt[]': [
    [[{ opt_code: 2, opt_val: 1400 }], pack([2, 4], [1400, 4])],
    [[{ opt_code: 3, opt_val: 0x70007 }, { opt_code: 4 }], pack([3, 4], [0x70007, 4], [4, 4], [0, 4])],
    [[{ opt_code: 99, opt_val: 1 }], pack([99, 4], [1, 4])],
  ],
};

/** Values of structures, by the field; the bytes follow from the layout that the compiler gives. */
const STRUCTURES = {
  ucred: [{ pid: 1, uid: 2, gid: 3 }],
  sock_txtime: [
    { clockid: 1, flags: 0 },
    { clockid: 1, flags: 2 },
    { clockid: 11, flags: 1 },
    { clockid: -1, flags: 0 },
    { flags: 8 },
  ],
  tcp_repair_window: [{ snd_wl1: 1, snd_wnd: 2, max_window: 3, rcv_wnd: 4, rcv_wup: 5 }, { snd_wnd: 1 }],
  tcp_md5sig: [
    { tcpm_addr: '127.0.0.1', tcpm_keylen: 4, tcpm_key: Buffer.from('keys') },
    { tcpm_addr: '::1', tcpm_keylen: 80, tcpm_key: Buffer.alloc(80, 7) },
    { tcpm_addr: '127.0.0.1', tcpm_keylen: 0 },
    { tcpm_addr: '10.0.0.0', tcpm_flags: 1, tcpm_prefixlen: 8, tcpm_keylen: 1, tcpm_key: Buffer.from('k') },
    { tcpm_addr: '127.0.0.1', tcpm_flags: 2, tcpm_ifindex: 1, tcpm_keylen: 1, tcpm_key: Buffer.from('k') },
    { tcpm_addr: '127.0.0.1', tcpm_keylen: 81 },
  ],
  in6_flowlabel_req: [
    { flr_dst: '::1', flr_share: 1, flr_flags: 1 },
    { flr_dst: '::1', flr_label: 0x12345, flr_action: 0, flr_share: 255 },
    { flr_dst: '::1', flr_label: 0x12345, flr_action: 1 },
    { flr_action: 9 },
  ],
  in6_pktinfo: [
    { ipi6_addr: '::1', ipi6_ifindex: 1 },
    { ipi6_addr: '::', ipi6_ifindex: 1 },
    { ipi6_addr: '::', ipi6_ifindex: 99_999 },
    { ipi6_addr: '::', ipi6_ifindex: 0 },
  ],
  ip6_mtuinfo: [{ ip6m_addr: '::1', ip6m_mtu: 1500 }],
  sk_meminfo: [{ rmem_alloc: 1, drops: 9 }],
  tcp_info: [
    { tcpi_state: 1, tcpi_rto: 2, tcpi_snd_wscale: 7, tcpi_rcv_wscale: 8, tcpi_pacing_rate: 1n << 60n },
  ],
};

/** Options that want other values than the rest of their type, or more. */
const OWN_VALUES = {
  SO_BINDTODEVICE: ['lo', '', 'no-such', 'x'.repeat(15), Buffer.from('lo')].map((value) => [
    value,
    Buffer.from(value),
  ]),
  TCP_CONGESTION: ['reno', 'bbr', 'cubic', 'no-such', '', 'x'.repeat(15)].map((value) => [
    value,
    Buffer.from(value),
  ]),
  TCP_ULP: ['tls', 'no-such', ''].map((value) => [value, Buffer.from(value)]),
  SO_PEERSEC: [['label', Buffer.from('label')]],
  // These are in network byte order.
  IP_UNICAST_IF: [1, 0, 99_999].map((value) => [value, Buffer.from(int(value)).reverse()]),
  IPV6_UNICAST_IF: [1, 0, 99_999].map((value) => [value, Buffer.from(int(value)).reverse()]),
  // Descriptors: standard input is no program, the others are not open.
  SO_ATTACH_BPF: [0, -1, 99_999].map((value) => [value, int(value)]),
  SO_ATTACH_REUSEPORT_EBPF: [0, -1, 99_999].map((value) => [value, int(value)]),
  TCP_FASTOPEN_KEY: [16, 32, 8].map((size) => [Buffer.alloc(size, size), Buffer.alloc(size, size)]),
};

/** A structure's layout, from a line of reference.c. */
function parseLayout(line) {
  const [size, ...fields] = line.split(' ');
  return {
    size: Number(size),
    fields: fields.map((text) => {
      const [name, ...numbers] = text.split(':');
      const [offset, size, shift, width] = numbers.map(Number);
      return { name, offset, size, shift, width };
    }),
  };
}

const SIGNED = new Set(['pid', 'clockid', 'tcpm_ifindex']);

function encodeStructure(value, layout) {
  const bytes = Buffer.alloc(layout.size);
  for (const { name, offset, size, shift = 0, width } of layout.fields) {
    const field = value[name];
    if (field === undefined) continue;
    if (typeof field === 'string') bytes.set(size === 16 ? ipv6(field) : sockaddr(field), offset);
    else if (field instanceof Uint8Array) bytes.set(field, offset);
    else if (name === 'flr_label') bytes.writeUInt32BE(field, offset);
    else if (width === undefined) bytes.set(integer(field, size), offset);
    else bytes[offset] |= field << shift;
  }
  return bytes;
}

/** As many fields as the bytes hold. */
function decodeStructure(bytes, layout) {
  const value = {};
  for (const { name, offset, size, shift, width } of layout.fields) {
    if (offset + size > bytes.length) continue;
    const part = bytes.subarray(offset, offset + size);
    if (name === 'flr_dst' || name === 'ipi6_addr') value[name] = showIpv6(part);
    else if (name === 'ip6m_addr' || name === 'tcpm_addr') value[name] = decodeSockaddr(part);
    else if (name === 'tcpm_key') value[name] = part;
    else if (name === 'flr_label') value[name] = part.readUInt32BE();
    else if (width !== undefined) value[name] = (unsigned(part) >> shift) & (2 ** width - 1);
    else value[name] = SIGNED.has(name) ? part.readInt32LE() : unsigned(part);
  }
  return value;
}

/** A number, or a BigInt where that would not hold it. */
function unsigned(bytes) {
  const value = pad(bytes, 8).readBigUInt64LE();
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? value : Number(value);
}

function showIpv6(bytes) {
  const url = new URL(`http://[${bytes.toString('hex').match(/..../g).join(':')}]`);
  return url.hostname.slice(1, -1);
}

function decodeSockaddr(bytes) {
  const family = bytes.length < 2 ? 0 : bytes.readUInt16LE();
  if (family === 2)
    return { address: bytes.subarray(4, 8).join('.'), port: bytes.readUInt16BE(2), family: 'IPv4' };
  if (family === 10)
    return { address: showIpv6(bytes.subarray(8, 24)), port: bytes.readUInt16BE(2), family: 'IPv6' };
  if (family === 1) return { path: bytes.subarray(2).toString() };
  return bytes;
}

/**
 * What the bytes of an option mean, as hostsock should give them.
 *
 * @param {{ name: string, kind: string }} row of the option table
 * @param {Buffer} bytes that the kernel wrote
 * @param {Record<string, ReturnType<typeof parseLayout>>} layouts
 */
function decode({ name, kind }, bytes, layouts) {
  if (OWN_VALUES[name] && kind === 'u32') return bytes.readUInt32BE();
  if (layouts[kind] !== undefined && kind !== 'linger') return decodeStructure(bytes, layouts[kind]);
  switch (kind) {
    case 'bool':
      return bytes.length === 4 ? bytes.readInt32LE() !== 0 : bytes.length === 1 ? bytes[0] !== 0 : bytes;
    case 'int':
    case 'none':
      return bytes.length === 4 ? bytes.readInt32LE() : bytes.length === 1 ? bytes[0] : bytes;
    case 'u32':
      return bytes.length === 4 || bytes.length === 1 ? unsigned(bytes) : bytes;
    case 'u64':
      return bytes.length === 4 || bytes.length === 8 ? unsigned(bytes) : bytes;
    case 'u32[]':
      return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(4 * index));
    case 'linger':
      return bytes.readInt32LE() === 0 ? false : bytes.readInt32LE(4);
    case 'timeval':
      return Number(bytes.readBigInt64LE()) * 1000 + Number(bytes.readBigInt64LE(8)) / 1000;
    case 'string': {
      const end = bytes.indexOf(0);
      return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
    }
    case 'port_range':
      return { low: bytes.readUInt16LE(), high: bytes.readUInt16LE(2) };
    case 'in_addr':
      return bytes.join('.');
    case 'sockaddr':
      return decodeSockaddr(bytes);
    case 'ip_msfilter':
      return {
        group: bytes.subarray(0, 4).join('.'),
        interface: bytes.subarray(4, 8).join('.'),
        mode: ['exclude', 'include'][bytes.readUInt32LE(8)],
        sources: listOf(bytes, 16, 4, bytes.readUInt32LE(12), (source) => source.join('.')),
      };
    case 'group_filter':
      return {
        group: decodeSockaddr(bytes.subarray(8, 136)).address,
        interface: bytes.readUInt32LE(),
        mode: ['exclude', 'include'][bytes.readUInt32LE(136)],
        sources: listOf(bytes, 144, 128, bytes.readUInt32LE(140), (source) => decodeSockaddr(source).address),
      };
    default:
      return bytes;
  }
}

function listOf(bytes, start, size, count, decodeOne) {
  return Array.from({ length: count }, (_, index) =>
    decodeOne(bytes.subarray(start + index * size, start + (index + 1) * size)),
  );
}

/** What to set an option to, as `[JavaScript value, C bytes]`. */
function valuesOf({ name, kind }, layouts) {
  const structures = STRUCTURES[kind];
  if (structures) return structures.map((value) => [value, encodeStructure(value, layouts[kind])]);
  return OWN_VALUES[name] ?? VALUES[kind] ?? [];
}

module.exports = { STRUCTURES, decode, int, pack, parseLayout, valuesOf, ipv4, ipv6, slot, storage };
