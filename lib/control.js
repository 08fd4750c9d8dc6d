'use strict';

// Helpers for control messages (ancillary data, cmsg(3)): what `sendMessage` takes and `recvMessage` gives is a list of
// `{ level, type, data }`, which these make and read. Numbers and layouts are Linux's, but for `rights`; elsewhere the
// others throw and `read` passes what it does not know over.

const native = require('../native.js');
const { invalidType, invalidValue, notHere } = require('./errors.js');
const { constants, isSocket } = require('./socket.js');
const validate = require('./validate.js');

const { SOL_SOCKET, SCM_RIGHTS, SCM_PIDFD, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_UDP } = constants;
const LINUX = process.platform === 'linux' || process.platform === 'android';
const WORD_MAX = 0xffffffff;

// What Linux calls the types that arrive. Those of a family stand under both levels.
const IP = { TOS: 1, TTL: 2, PKTINFO: 8, RECVERR: 11, ORIGDSTADDR: 20 };
const IPV6 = { RECVERR: 25, PKTINFO: 50, HOPLIMIT: 52, TCLASS: 67, ORIGDSTADDR: 74 };
const UDP = { SEGMENT: 103, GRO: 104 };
const SCM = { CREDENTIALS: 2, DROPPED: 40 };
/** `SO_TIMESTAMP*`, in both forms that 64-bit systems have: bytes of a second's fraction, units in a second. */
const TIMESTAMP = { 29: 1000n, 63: 1000n, 35: 1n, 64: 1n };
const TIMESTAMPING = [37, 65];
const SECOND = 1_000_000_000n;

const ORIGINS = ['none', 'local', 'icmp', 'icmp6', 'timestamping', 'zerocopy', 'txtime'];
/** `sizeof(struct sock_extended_err)` */
const EXTENDED_ERROR = 16;

/**
 * Room for messages with so many bytes of data each: what `controlLength` wants (`CMSG_SPACE`).
 *
 * @param {...number} lengths bytes of data; 4 for most, `4 * count` for descriptors, 12 for IPv4's and 20 for IPv6's
 *   packet information, 12 for credentials, 16 for a time, 64 for an error with its address
 * @returns {number}
 */
function space(...lengths) {
  return lengths.reduce((sum, length, index) => {
    return sum + native.controlSpace(validate.integer(length, `lengths[${index}]`, 0, 1 << 20));
  }, 0);
}

/**
 * `SCM_RIGHTS`: the receiver gets copies of the descriptors. Over unix sockets only.
 *
 * @param {import('../index.js').Socket[]} sockets
 */
function rights(sockets) {
  if (!Array.isArray(sockets) || !sockets.every(isSocket)) {
    throw invalidType('sockets', 'an array of Sockets', sockets);
  }
  if (SCM_RIGHTS === undefined) throw unknownHere('rights');
  return { level: SOL_SOCKET, type: SCM_RIGHTS, data: [...sockets] };
}

/**
 * `SCM_CREDENTIALS`: who sends, which the kernel checks. The receiver has `SO_PASSCRED` set.
 *
 * @param {{ pid?: number, uid?: number, gid?: number }} [who] default: this process
 */
function credentials(who = {}) {
  validate.object(who, 'who');
  const { pid = process.pid, uid = process.geteuid?.(), gid = process.getegid?.() } = who;
  validate.integer(pid, 'who.pid', 0, 0x7fffffff);
  const ids = [validate.integer(uid, 'who.uid', 0, WORD_MAX), validate.integer(gid, 'who.gid', 0, WORD_MAX)];
  return message('credentials', SOL_SOCKET, SCM.CREDENTIALS, words(pid, ...ids));
}

/**
 * `IP_PKTINFO` or `IPV6_PKTINFO`: which address and interface one datagram leaves by.
 *
 * @param {{ address: string, interface?: number | string }} from the address says which family, and may be `0.0.0.0`
 *   or `::`; the interface is its name or its index, 0 for the one that the route has
 */
function pktinfo(from) {
  validate.object(from, 'from');
  const { address, interface: given = 0 } = from;
  if (typeof address !== 'string') throw invalidType('from.address', 'of type string', address);
  if (!native.isAddress(address)) throw invalidValue('from.address', 'must be an IP address', address);
  const index = interfaceIndex(given);
  const encoded = native.encodeAddress({ address, port: 0 });
  if (address.includes(':')) {
    return message('pktinfo', IPPROTO_IPV6, IPV6.PKTINFO, [encoded.subarray(8, 24), words(index)]);
  }
  return message('pktinfo', IPPROTO_IP, IP.PKTINFO, [words(index), encoded.subarray(4, 8), words(0)]);
}

function interfaceIndex(value) {
  if (typeof value !== 'string') return validate.integer(value, 'from.interface', 0, 0x7fffffff);
  const index = native.interfaceIndex(value);
  if (index === 0) throw invalidValue('from.interface', 'must be the name of an interface', value);
  return index;
}

/** `IP_TTL`: the time to live of one IPv4 datagram. */
function ttl(value) {
  return message('ttl', IPPROTO_IP, IP.TTL, words(validate.integer(value, 'value', 1, 255)));
}

/** `IP_TOS`: the type of service (DSCP and ECN) of one IPv4 datagram. */
function tos(value) {
  return message('tos', IPPROTO_IP, IP.TOS, words(validate.integer(value, 'value', 0, 255)));
}

/** `IPV6_HOPLIMIT`: the hop limit of one IPv6 datagram; -1 for the usual one. */
function hopLimit(value) {
  const data = words(validate.integer(value, 'value', -1, 255));
  return message('hopLimit', IPPROTO_IPV6, IPV6.HOPLIMIT, data);
}

/** `IPV6_TCLASS`: the traffic class of one IPv6 datagram; -1 for the usual one. */
function trafficClass(value) {
  const data = words(validate.integer(value, 'value', -1, 255));
  return message('trafficClass', IPPROTO_IPV6, IPV6.TCLASS, data);
}

/** `UDP_SEGMENT`: the kernel cuts what is sent into datagrams of so many bytes, the last of what is left. */
function segment(size) {
  const data = Buffer.alloc(2);
  data.writeUInt16LE(validate.integer(size, 'size', 1, 0xffff));
  return message('segment', IPPROTO_UDP, UDP.SEGMENT, data);
}

function message(name, level, type, data) {
  if (!LINUX) throw unknownHere(name);
  return { level, type, data: Array.isArray(data) ? Buffer.concat(data) : data };
}

function unknownHere(name) {
  return notHere(`control.${name}() is not known on this system: give { level, type, data } yourself`);
}

/** C integers behind each other. */
function words(...values) {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    bytes.writeInt32LE(value | 0, 4 * index);
  });
  return bytes;
}

/**
 * What a list of received control messages says, by name. What did not come, or is not known, is absent. Of two
 * messages with the same name the first counts, but for `rights`, which are put together.
 *
 * @param {{ level: number, type: number, data: Buffer | object[] }[]} messages as `recvMessage` gives them
 * @returns {{
 *   rights?: import('../index.js').Socket[],
 *   credentials?: { pid: number, uid: number, gid: number },
 *   pktinfo?: { interface: number, address: string, local?: string },
 *   originalDestination?: { address: string, port: number },
 *   ttl?: number, tos?: number, hopLimit?: number, trafficClass?: number,
 *   segment?: number,
 *   timestamp?: bigint,
 *   timestamping?: { software: bigint, hardware: bigint },
 *   dropped?: number, pidfd?: Socket,
 *   error?: { code: string, errno: number, origin: string, type: number, subtype: number, info: number, data: number,
 *     offender: object | null },
 * }} `pktinfo.address` is where the datagram was sent to, `local` the address that an answer would come from;
 *   `segment` the size of the datagrams that the kernel put together (`UDP_GRO`); times are nanoseconds since 1970;
 *   `dropped` counts what the socket had no room for (`SO_RXQ_OVFL`); `error` is of the error queue (`MSG_ERRQUEUE`)
 */
function read(messages) {
  if (!Array.isArray(messages)) throw invalidType('messages', 'an instance of Array', messages);
  const result = {};
  messages.forEach((entry, index) => {
    validate.object(entry, `messages[${index}]`);
    const [name, value] = named(entry) ?? [];
    if (name === 'rights') result.rights = [...(result.rights ?? []), ...value];
    else if (name !== undefined && value !== undefined && !(name in result)) result[name] = value;
  });
  return result;
}

function named({ level, type, data }) {
  if (level === SOL_SOCKET && type === SCM_RIGHTS) return ['rights', data];
  if (level === SOL_SOCKET && SCM_PIDFD !== undefined && type === SCM_PIDFD) return ['pidfd', data[0]];
  if (!LINUX || !(data instanceof Uint8Array)) return undefined;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const read = READERS[level]?.[type];
  if (read === undefined) return undefined;
  const [name, length, value] = read;
  // A message that MSG_CTRUNC has cut says nothing.
  return bytes.length < length ? undefined : [name, value(bytes)];
}

const int = (bytes) => bytes.readInt32LE(0);
/** `IP_TOS` arrives as one byte, the others as integers. */
const intOrByte = (bytes) => (bytes.length < 4 ? bytes[0] : int(bytes));

const READERS = {
  [SOL_SOCKET]: {
    [SCM.CREDENTIALS]: [
      'credentials',
      12,
      (bytes) => ({ pid: int(bytes), uid: bytes.readUInt32LE(4), gid: bytes.readUInt32LE(8) }),
    ],
    [SCM.DROPPED]: ['dropped', 4, (bytes) => bytes.readUInt32LE(0)],
    ...Object.fromEntries(
      Object.entries(TIMESTAMP).map(([type, unit]) => [
        type,
        ['timestamp', 16, (bytes) => time(bytes, unit)],
      ]),
    ),
    ...Object.fromEntries(
      TIMESTAMPING.map((type) => [
        type,
        [
          'timestamping',
          48,
          (bytes) => ({ software: time(bytes, 1n), hardware: time(bytes.subarray(32), 1n) }),
        ],
      ]),
    ),
  },
  [IPPROTO_IP]: {
    [IP.TTL]: ['ttl', 4, int],
    [IP.TOS]: ['tos', 1, intOrByte],
    [IP.PKTINFO]: [
      'pktinfo',
      12,
      (bytes) => ({
        interface: int(bytes),
        address: ipv4(bytes.subarray(8, 12)),
        local: ipv4(bytes.subarray(4, 8)),
      }),
    ],
    [IP.ORIGDSTADDR]: ['originalDestination', 16, address],
    [IP.RECVERR]: ['error', EXTENDED_ERROR, extendedError],
  },
  [IPPROTO_IPV6]: {
    [IPV6.HOPLIMIT]: ['hopLimit', 4, int],
    [IPV6.TCLASS]: ['trafficClass', 4, int],
    [IPV6.PKTINFO]: [
      'pktinfo',
      20,
      (bytes) => ({ interface: bytes.readInt32LE(16), address: ipv6(bytes.subarray(0, 16)) }),
    ],
    [IPV6.ORIGDSTADDR]: ['originalDestination', 28, address],
    [IPV6.RECVERR]: ['error', EXTENDED_ERROR, extendedError],
  },
  [IPPROTO_UDP]: {
    [UDP.GRO]: ['segment', 2, (bytes) => (bytes.length < 4 ? bytes.readUInt16LE(0) : int(bytes))],
  },
};

/** A `timeval` or `timespec` as nanoseconds. */
function time(bytes, unit) {
  return bytes.readBigInt64LE(0) * SECOND + bytes.readBigInt64LE(8) * unit;
}

function ipv4(bytes) {
  return bytes.join('.');
}

function ipv6(bytes) {
  const { AF_INET6 } = constants;
  return address(Buffer.concat([Buffer.of(AF_INET6, 0, 0, 0, 0, 0, 0, 0), bytes, Buffer.alloc(4)])).address;
}

/** A kernel address, as `recvFrom` gives it; `null` for none. */
function address(bytes) {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return native.decodeAddress(Buffer.concat([length, bytes])) ?? null;
}

/** `struct sock_extended_err`, and behind it the address of who sent the error. */
function extendedError(bytes) {
  const errno = bytes.readUInt32LE(0);
  const origin = bytes[4];
  const behind = bytes.subarray(EXTENDED_ERROR);
  // Of the family 0 when nobody else than this host has sent it.
  const offender = behind.length >= 16 && behind.readUInt16LE(0) !== 0 ? address(behind) : null;
  return {
    code: errno === 0 ? '' : (native.errnoName(errno) ?? `E${errno}`),
    errno: -errno,
    origin: ORIGINS[origin] ?? String(origin),
    type: bytes[5],
    subtype: bytes[6],
    info: bytes.readUInt32LE(8),
    data: bytes.readUInt32LE(12),
    offender,
  };
}

module.exports = {
  ...{ space, read },
  ...{ rights, credentials, pktinfo, ttl, tos, hopLimit, trafficClass, segment },
};
