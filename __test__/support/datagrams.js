'use strict';

// What the tests of UDP, unix and raw sockets share.

const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Socket, constants, poll } = require('../../index.js');
const { DEADLINE_MS, LOOPBACK, descriptors, opener, until } = require('./sockets.js');

/** Makers of datagram sockets, closed when the test ends, beside those of `opener`. */
function datagrams(t) {
  const { keep, ...others } = opener(t);
  const open = (family = 'IPv4') => keep(new Socket({ family, type: 'datagram' }));
  const bound = (family = 'IPv4', address = { address: LOOPBACK[family], port: 0 }) => {
    const socket = open(family);
    socket.bind(address);
    return socket;
  };
  return {
    ...others,
    keep,
    open,
    /** A socket with a port on the loopback interface, or what else `address` says. */
    bound,
    /** Both with a port, connected to each other. */
    connectedPair(family = 'IPv4') {
      const sockets = [bound(family), bound(family)];
      sockets[0].connect(sockets[1].localAddress());
      sockets[1].connect(sockets[0].localAddress());
      return sockets;
    },
    pair: (type, family = 'unix') => Socket.pair({ family, type }).map(keep),
    /**
     * The address of a port at which nothing is received: its socket is connected elsewhere, so that the kernel
     * answers everybody else with port unreachable, and nobody else gets the port.
     */
    unreachable(family = 'IPv4') {
      const guard = bound(family);
      const address = guard.localAddress();
      guard.connect({ address: LOOPBACK[family], port: 9 });
      return address;
    },
  };
}

/** The next message, waited for without turning the loop: `{ text, bytes, address, flags, control }`. */
function next(socket, { size = 2048, controlLength = 0, flags = 0, events = constants.POLLIN } = {}) {
  const buffer = Buffer.alloc(size);
  if (poll([{ socket, events }], DEADLINE_MS) !== 1) throw new Error('no datagram came');
  const received = socket.recvMessage({ buffers: [buffer], controlLength, flags });
  if (received === null) throw new Error('readable, but nothing to read');
  const data = buffer.subarray(0, Math.min(received.bytes, size));
  return { ...received, data, text: data.toString() };
}

/** Nothing more is there, and nothing can be on its way. */
function isEmpty(socket) {
  return socket.recvMessage({ buffers: [Buffer.alloc(1)], flags: constants.MSG_PEEK }) === null;
}

/** A directory that is removed when the test ends. */
function directory(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An abstract name that nobody else has. */
function abstractName() {
  return `\0hostsock-${crypto.randomUUID()}`;
}

/** How many descriptors the process has. */
function openCount() {
  return Object.values(descriptors()).reduce((sum, count) => sum + count, 0);
}

/** Waits until the process has as many descriptors again as before. */
function closedAgain(before) {
  return until(() => openCount() === before, `${before} descriptors, not ${openCount()}`);
}

module.exports = { datagrams, next, isEmpty, directory, abstractName, openCount, closedAgain };
