'use strict';

// What sockets.py calls. A result is a number, `-errno` by the guest's numbers, or what the comment says; addresses
// are bytes in Linux's layout.

const fs = require('node:fs');
const os = require('node:os');
const native = require('../native.js');

const SOCKADDR = 128;
/** `msghdr` and one `iovec` of wasm32. */
const MESSAGE = 36;
const ENOMEM = 48;
const O_RDWR = 2;
const SOL_SOCKET = 1;
/** SO_DOMAIN, SO_TYPE, SO_PROTOCOL */
const DESCRIPTION = { family: 39, type: 3, protocol: 38 };

function createCalls(module, { parts, factory, syscalls, dns }) {
  const { instance } = factory;
  const call = (name) => syscalls[name]();
  const [bind, connect] = [call('__syscall_bind'), call('__syscall_connect')];
  const [accept, sendto] = [call('__syscall_accept4'), call('__syscall_sendto')];
  const [recvfrom, sendmsg, recvmsg] = ['recvfrom', 'sendmsg', 'recvmsg'].map((it) => call(`__syscall_${it}`));
  const [getsockopt, setsockopt] = [call('__syscall_getsockopt'), call('__syscall_setsockopt')];

  /** Memory of the program for the time of one call: the kernel reads and writes what the program could. */
  function room(size, use) {
    const at = module._malloc(size) >>> 0;
    if (at === 0) return -ENOMEM;
    try {
      return use(at);
    } finally {
      module._free(at);
    }
  }

  const bytes = (at, length) => parts.heap().slice(at, at + length);
  const put = (at, data) => parts.heap().set(data, at);
  const word = (at) => new DataView(parts.heap().buffer).getUint32(at, true);
  const putWord = (at, value) => new DataView(parts.heap().buffer).setUint32(at, value, true);

  function withAddress(run) {
    return (fd, address) =>
      room(address.length, (at) => {
        put(at, address);
        return run(fd, at, address.length);
      });
  }

  return {
    bind: withAddress(bind),
    connect: withAddress(connect),
    /** `[fd, address]` */
    accept: (fd) =>
      room(SOCKADDR + 4, (at) => {
        putWord(at, SOCKADDR);
        const accepted = accept(fd, at + 4, at, 0);
        return accepted < 0 ? accepted : [accepted, bytes(at + 4, word(at))];
      }),
    /** The socket's own address, or its peer's. */
    name: (fd, peer) =>
      room(SOCKADDR + 4, (at) => {
        putWord(at, SOCKADDR);
        const result = call(peer ? '__syscall_getpeername' : '__syscall_getsockname')(fd, at + 4, at);
        return result < 0 ? result : bytes(at + 4, word(at));
      }),
    /** `address` may be empty. */
    sendto: (fd, data, flags, address) =>
      room(data.length + address.length + 1, (at) => {
        put(at, data);
        put(at + data.length, address);
        const to = address.length > 0 ? at + data.length : 0;
        return sendto(fd, at, data.length, flags, to, address.length);
      }),
    /** `[length, data, address]`; the length may be more than the data with MSG_TRUNC. */
    recvfrom: (fd, size, flags) =>
      room(size + SOCKADDR + 4, (at) => {
        putWord(at, SOCKADDR);
        const data = at + 4 + SOCKADDR;
        const count = recvfrom(fd, data, size, flags, at + 4, at);
        if (count < 0) return count;
        return [count, bytes(data, Math.min(count, size)), bytes(at + 4, word(at))];
      }),
    sendmsg: (fd, data, control, flags, address) =>
      room(MESSAGE + address.length + 8 + control.length + data.length, (at) => {
        const name = at + MESSAGE;
        const controlAt = (name + address.length + 7) & ~7;
        const dataAt = controlAt + control.length;
        put(name, address);
        put(controlAt, control);
        put(dataAt, data);
        describe(at, [name, address.length], [dataAt, data.length], [controlAt, control.length]);
        return sendmsg(fd, at, flags);
      }),
    /** `[length, data, control, flags, address]` */
    recvmsg: (fd, size, controlSize, flags) =>
      room(MESSAGE + SOCKADDR + 8 + controlSize + size, (at) => {
        const name = at + MESSAGE;
        const control = (name + SOCKADDR + 7) & ~7;
        const data = control + controlSize;
        describe(at, [name, SOCKADDR], [data, size], [control, controlSize]);
        const count = recvmsg(fd, at, flags);
        if (count < 0) return count;
        const got = bytes(data, Math.min(count, size));
        return [count, got, bytes(control, word(at + 20)), word(at + 24), bytes(name, word(at + 4))];
      }),
    /** The value's bytes. */
    getsockopt: (fd, level, option, size) =>
      room(size + 4, (at) => {
        putWord(at, size);
        const result = getsockopt(fd, level, option, at + 4, at);
        return result < 0 ? result : bytes(at + 4, word(at));
      }),
    /** `value` as bytes, or a length for the null pointer that some options take. */
    setsockopt: (fd, level, option, value) => {
      if (typeof value === 'number') return setsockopt(fd, level, option, 0, value);
      return room(value.length + 1, (at) => {
        put(at, value);
        return setsockopt(fd, level, option, at, value.length);
      });
    },
    /** Two descriptors. */
    socketpair: (family, type, protocol) =>
      room(8, (at) => {
        const result = native.guestPair(instance, family, type, protocol, parts.heap(), at);
        if (result < 0) return result;
        const ends = [word(at), word(at + 4)];
        return ends.map((handle) => syscalls.descriptors.adopt(handle | 0, family, type, O_RDWR));
      }),
    /** What `socket(fileno=…)` wants to know: `[family, type, protocol]`, by the kernel where it tells. */
    describe: (fd) => {
      const sock = factory.socketOf(fd);
      if (sock === undefined) return call('__syscall_getsockname')(fd, 0, 0);
      return Object.entries(DESCRIPTION).map(([field, option]) =>
        room(8, (at) => {
          putWord(at, 4);
          return getsockopt(fd, SOL_SOCKET, option, at + 4, at) === 0 ? word(at + 4) : sock[field];
        }),
      );
    },
    /** Waits until a socket is ready: 1, or 0 after so many milliseconds. */
    wait: (fd, events, milliseconds) =>
      room(8, (at) => {
        putWord(at, fd);
        putWord(at + 4, events);
        return call('__syscall_poll')(at, 1, milliseconds);
      }),
    /** `[family, type, protocol, name, host, port, flowinfo, scope]` for each, or an error of the resolver. */
    getaddrinfo: (host, service, family, type, protocol, flags) => {
      const found = dns.lookup(host ?? undefined, service ?? undefined, flags, family, type, protocol);
      if (typeof found === 'number') return found;
      return found.map((it) => {
        const name = it.canonicalName ?? '';
        return [it.family, it.kind, it.protocol, name, it.address, it.port, 0, it.scopeId ?? 0];
      });
    },
    /** `[host, service]`, or an error of the resolver. */
    getnameinfo: (address, flags) => {
      const names = dns.names(address, flags);
      return typeof names === 'number' ? names : [names.host, names.service];
    },
    /** The 16 bytes of an IPv6 address, or nothing. */
    inet_pton6: (text) => {
      if (text.includes('%') || !text.includes(':') || !native.isAddress(text)) return undefined;
      return Uint8Array.from(native.encodeAddress({ address: text, port: 0 }).subarray(8, 24));
    },
    inet_ntop6: (raw) => {
      const sender = new Uint8Array(136);
      sender.set([28, 0, 0, 0, 10, 0]);
      sender.set(raw, 12);
      return native.decodeAddress(sender).address;
    },
    gethostname: () => os.hostname(),
    if_nametoindex: (name) => native.interfaceIndex(name),
    /** Pairs of index and name. */
    if_nameindex: () => {
      const names = os.platform() === 'linux' ? fs.readdirSync('/sys/class/net') : Object.keys(os.networkInterfaces());
      const pairs = names.map((name) => [native.interfaceIndex(name), name]);
      return pairs.filter(([index]) => index > 0).sort(([one], [two]) => one - two);
    },
  };

  function describe(at, [name, nameLength], [data, length], [control, controlLength]) {
    const piece = at + 28;
    const words = [nameLength ? name : 0, nameLength, piece, 1, controlLength ? control : 0, controlLength, 0];
    [...words, data, length].forEach((value, index) => {
      putWord(at + 4 * index, value);
    });
  }
}

module.exports = { createCalls };
