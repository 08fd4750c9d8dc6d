'use strict';

// Random levels, options, bytes and lengths on many kinds of sockets: whatever the kernel makes of them, memory stays as
// it is and descriptors are where they were. `node random.js SEED CALLS` prints a report as JSON.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const hostsock = require('../../index.js');
const { connectedTo, listening } = require('../support/sockets.js');

const { Socket, optionTable } = hostsock;
const MOST_BYTES = 65_536;
const MARGIN = 64;
const CANARY = 0xc5;

/** Each read of it (SO_PEERPIDFD) opens a descriptor that nobody here would close. */
const OPENS_DESCRIPTORS = { level: 1, option: 77 };
/** Its answer comes back in the buffer that was given: the label that the kernel chose (IPV6_FLOWLABEL_MGR). */
const ANSWERS = { level: 41, option: 32 };

/** Mulberry32: numbers between 0 and 1. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

function openAll() {
  const listener = listening();
  const { client, server } = connectedTo(listener);
  const sockets = [
    listener,
    client,
    server,
    ...Socket.pair({ type: 'stream' }),
    ...Socket.pair({ type: 'datagram' }),
  ];
  for (const family of ['IPv4', 'IPv6']) {
    for (const type of ['stream', 'datagram']) sockets.push(new Socket({ family, type }));
    try {
      sockets.push(new Socket({ family, type: 'raw', protocol: family === 'IPv4' ? 1 : 58 }));
    } catch (error) {
      if (error.code !== 'EPERM') throw error;
    }
  }
  return sockets;
}

function closeAll(sockets) {
  for (const socket of sockets) {
    // So that closing waits for nothing.
    outcome(() => socket.setOption('SO_LINGER', 0));
    socket.close();
  }
}

/** The code of a call's error; anything but an error with a code is a bug. */
function outcome(call) {
  try {
    return { value: call() };
  } catch (error) {
    assert.equal(typeof error.code, 'string', error.stack);
    return { code: error.code };
  }
}

function descriptors() {
  return fs.readdirSync('/proc/self/fd').length;
}

function main(seed, calls) {
  const random = generator(seed);
  const below = (limit) => Math.floor(random() * limit);
  const pick = (list) => list[below(list.length)];
  const names = optionTable.map(({ name }) => name).filter((name) => name !== 'SO_PEERPIDFD');
  const levels = [0, 1, 6, 17, 41, 58, 255, 263, 269, 270, 273, 280, 282, 284];

  const int32 = () => below(2 ** 32) - 2 ** 31;
  const rows = optionTable.filter(({ number }) => number !== undefined);
  /** Two of three are options that exist. */
  function somewhere() {
    const { level, number } = pick(rows);
    if (random() < 0.66) return { level, option: number };
    return {
      level: random() < 0.9 ? pick(levels) : int32(),
      option: random() < 0.9 ? below(256) : int32(),
    };
  }
  /** Most lengths are those of real options; some are up to 64 KiB. */
  const length = () =>
    pick([below(9), below(9), 4, 4, 4, 8, 12, 16, below(64), below(300), below(MOST_BYTES + 1)]);
  const integer = () =>
    pick([0, 1, -1, 2, 5, below(100), below(70_000), 2 ** 31 - 1, -(2 ** 31), int32(), random()]);

  /** A buffer inside a larger one, so that a write outside would be seen. */
  const arena = Buffer.alloc(MOST_BYTES + 2 * MARGIN, CANARY);
  function bytes() {
    const size = length();
    const view = arena.subarray(MARGIN, MARGIN + size);
    if (random() < 0.3) view.fill(pick([0, 0, 1, 255]));
    else for (let at = 0; at < size; at += 1 + below(7)) view[at] = below(256);
    arena.fill(CANARY, MARGIN + size, MARGIN + size + MARGIN);
    return view;
  }
  function checkMargins(size, copy) {
    const before = arena.subarray(0, MARGIN);
    const behind = arena.subarray(MARGIN + size, MARGIN + size + MARGIN);
    assert.ok(before.every((byte) => byte === CANARY) && behind.every((byte) => byte === CANARY), 'outside');
    if (copy !== undefined) assert.ok(arena.subarray(MARGIN, MARGIN + size).equals(copy), 'the value itself');
  }

  /** A JavaScript value of any shape. */
  function value(depth = 0) {
    switch (below(depth > 2 ? 7 : 10)) {
      case 0:
        return integer();
      case 1:
        return random() < 0.5;
      case 2:
        return pick([
          '',
          'lo',
          'reno',
          '127.0.0.1',
          '239.1.1.1',
          'ff02::1',
          'x'.repeat(below(300)),
          'a\0b',
          '\ud800',
        ]);
      case 3:
        return pick([null, undefined, Number.NaN, Number.POSITIVE_INFINITY, 1e300, -0]);
      case 4:
        return BigInt(integer() | 0) * 2n ** BigInt(below(70));
      case 5:
        return bytes();
      case 6:
        return pick([Symbol('x'), () => {}, new Date(), new Map(), new Uint32Array(3), new ArrayBuffer(8)]);
      case 7:
        return Array.from({ length: below(5) }, () => value(depth + 1));
      default: {
        const keys = [
          'group',
          'interface',
          'source',
          'sources',
          'mode',
          'address',
          'port',
          'low',
          'high',
          'code',
          'k',
        ];
        return Object.fromEntries(
          Array.from({ length: below(5) }, () => [
            pick([...keys, 'clockid', 'flags', 'tcpm_key', 'tcpm_addr', 'flr_dst', '__proto__', '']),
            value(depth + 1),
          ]),
        );
      }
    }
  }

  let sockets = openAll();
  const report = { seed, calls: 0, worked: 0, codes: {}, longest: 0, descriptors: 0 };
  const before = descriptors();
  const count = ({ code }) => {
    report.calls++;
    if (code === undefined) report.worked++;
    else report.codes[code] = (report.codes[code] ?? 0) + 1;
  };

  for (let call = 0; call < calls; call++) {
    // Fresh ones now and then: some options cannot be undone.
    if (call % 1000 === 999) {
      closeAll(sockets);
      sockets = openAll();
    }
    const socket = pick(sockets);
    const target = random() < 0.5 ? socket : socket.fd;
    switch (below(4)) {
      case 0: {
        const where = somewhere();
        if (where.level === OPENS_DESCRIPTORS.level && where.option === OPENS_DESCRIPTORS.option) break;
        const room = length();
        const result = outcome(() => hostsock.getsockopt(target, where.level, where.option, room));
        count(result);
        if (result.value === undefined) break;
        assert.ok(
          Buffer.isBuffer(result.value) && result.value.length <= room,
          `${JSON.stringify(where)} ${room}`,
        );
        report.longest = Math.max(report.longest, result.value.length);
        break;
      }
      case 1: {
        const where = somewhere();
        const view = random() < 0.8 ? bytes() : undefined;
        const copy = view && Buffer.from(view);
        count(outcome(() => hostsock.setsockopt(target, where.level, where.option, view ?? integer())));
        const answers = where.level === ANSWERS.level && where.option === ANSWERS.option;
        if (view) checkMargins(view.length, answers ? undefined : copy);
        break;
      }
      case 2:
        count(outcome(() => hostsock.getOption(target, pick(names), random() < 0.2 ? value() : undefined)));
        break;
      default: {
        const given = value();
        count(outcome(() => hostsock.setOption(target, pick(names), given)));
        if (given instanceof Uint8Array && given.buffer === arena.buffer) checkMargins(given.length);
      }
    }
  }
  closeAll(sockets);
  sockets = openAll();
  report.descriptors = descriptors() - before;
  // They still work.
  for (const socket of sockets) assert.ok(socket.getOption('SO_TYPE') > 0);
  closeAll(sockets);
  process.stdout.write(JSON.stringify(report));
}

main(Number(process.argv[2]), Number(process.argv[3]));
