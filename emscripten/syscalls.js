'use strict';

// The socket system calls as a module imports them: pointers and lengths in, a result or `-errno`
// out. Each entry takes the module's own function, for descriptors that are not sockets.

const tty = require('node:tty');
const native = require('../native.js');
const abi = require('./abi.js');

const SOL_SOCKET = 1;
/** Control messages that bring descriptors. */
const SCM_RIGHTS = 1;
const SCM_PIDFD = 4;

/** What the page around the module may have in the place of standard output and error. */
const OUTPUTS = [[], ['print', 'stdout'], ['printErr', 'stderr']];

/** The largest set of descriptors that select(2) takes. */
const FD_SETSIZE = 1024;

function createSyscalls(parts, factory, settings) {
  const { FS, module } = parts;
  const { instance, socketOf } = factory;
  const pointer = (value) => value >>> 0;

  /** Of a call that only sockets have: a descriptor of something else is `ENOTSOCK`. */
  function socketCall(fd, result) {
    // Some options give EBADF for a descriptor in their value.
    return result === -abi.EBADF && FS.getStream(fd) && !socketOf(fd) ? -abi.ENOTSOCK : result;
  }

  /** The file system throws; a system call returns. */
  function guard(call) {
    try {
      return call();
    } catch (error) {
      if (error?.name === 'ErrnoError') return -error.errno;
      throw error;
    }
  }

  function view() {
    const heap = parts.heap();
    return new DataView(heap.buffer, heap.byteOffset, heap.byteLength);
  }

  /** Readiness of a descriptor that is no socket: at once, or not before this thread goes on. */
  function pollFile(fd, events) {
    const stream = FS.getStream(fd);
    if (!stream) return abi.POLLNVAL;
    const mask = stream.stream_ops?.poll ? stream.stream_ops.poll(stream, -1) : abi.POLLIN | abi.POLLOUT;
    return mask & (events | abi.POLLERR | abi.POLLHUP | abi.POLLNVAL);
  }

  /** A wait may take so long at most; -1 for ever. */
  const longest = native.policyWait(instance);
  const limited = (timeout) => (longest >= 0 && (timeout < 0 || timeout > longest) ? longest : timeout);

  /**
   * Waits for any of some descriptors.
   *
   * @param {Array<{ fd: number, events: number, revents: number }>} entries
   * @param {number} timeout milliseconds, negative for ever
   */
  function wait(entries, timeout) {
    const words = new Int32Array(3 * entries.length);
    let ready = 0;
    entries.forEach((entry, index) => {
      if (entry.fd < 0) return;
      const sock = socketOf(entry.fd);
      if (sock === undefined) {
        entry.revents = pollFile(entry.fd, entry.events);
        if (entry.revents !== 0) ready++;
      } else {
        words[3 * index] = sock.handle;
        words[3 * index + 1] = entry.events;
      }
    });
    const patience = ready > 0 || !settings.blocking ? 0 : limited(timeout);
    const polled = native.poll(words, entries.length, patience);
    if (polled < 0) return -abi.guestErrno(polled);
    entries.forEach((entry, index) => {
      if (words[3 * index] !== 0) entry.revents = words[3 * index + 2];
    });
    return ready + polled;
  }

  function poll(fds, count, timeout) {
    const memory = view();
    fds = pointer(fds);
    count >>>= 0;
    if (fds + 8 * count > memory.byteLength) return -abi.EFAULT;
    const entries = [];
    for (let index = 0; index < count; index++) {
      const at = fds + 8 * index;
      entries.push({ fd: memory.getInt32(at, true), events: memory.getInt16(at + 4, true), revents: 0 });
    }
    const result = wait(entries, timeout);
    if (result < 0) return result;
    entries.forEach((entry, index) => {
      memory.setInt16(fds + 8 * index + 6, entry.revents, true);
    });
    return result;
  }

  /** Which sets of select(2) a result belongs in (`select(2)`, notes). */
  const READ_SET = 0x0c1 | abi.POLLHUP | abi.POLLERR;
  const WRITE_SET = 0x304 | abi.POLLERR;

  function select(nfds, readSet, writeSet, exceptSet, milliseconds) {
    const memory = view();
    const sets = [readSet, writeSet, exceptSet].map(pointer);
    if (nfds < 0 || nfds > FD_SETSIZE) return -abi.EINVAL;
    const bytes = 4 * Math.ceil(nfds / 32);
    for (const set of sets) if (set !== 0 && set + bytes > memory.byteLength) return -abi.EFAULT;
    const has = (set, fd) => set !== 0 && memory.getUint8(set + (fd >> 3)) & (1 << (fd & 7));
    const entries = [];
    for (let fd = 0; fd < nfds; fd++) {
      const [read, write, except] = sets.map((set) => has(set, fd));
      if (!read && !write && !except) continue;
      if (!FS.getStream(fd)) return -abi.EBADF;
      const events = (read ? 0x0c1 : 0) | (write ? 0x304 : 0) | (except ? abi.POLLPRI : 0);
      entries.push({ fd, events, revents: 0, read, write, except });
    }
    const result = wait(entries, milliseconds);
    if (result < 0) return result;
    for (const set of sets) if (set !== 0) parts.heap().fill(0, set, set + bytes);
    let total = 0;
    const report = (set, fd) => {
      memory.setUint8(set + (fd >> 3), memory.getUint8(set + (fd >> 3)) | (1 << (fd & 7)));
      total++;
    };
    for (const { fd, revents, read, write, except } of entries) {
      if (read && revents & READ_SET) report(sets[0], fd);
      if (write && revents & WRITE_SET) report(sets[1], fd);
      if (except && revents & abi.POLLPRI) report(sets[2], fd);
    }
    return total;
  }

  /** The system call, to which musl passes the time as two C longs. */
  function newselect(nfds, readSet, writeSet, exceptSet, timeout) {
    if (!timeout) return select(nfds, readSet, writeSet, exceptSet, -1);
    const memory = view();
    const at = pointer(timeout);
    if (at + 8 > memory.byteLength) return -abi.EFAULT;
    const milliseconds = memory.getInt32(at, true) * 1000 + memory.getInt32(at + 4, true) / 1000;
    return select(nfds, readSet, writeSet, exceptSet, milliseconds);
  }

  /** `fd_read` and `fd_write` answer with a positive error number, and the count in memory. */
  const vectored = (call) => (original) => (fd, list, count, result) => {
    const bytes = call(instance, fd, parts.heap(), pointer(list), count);
    if (bytes === -abi.EBADF) return original(fd, list, count, result);
    if (bytes < 0) return -bytes;
    view().setUint32(pointer(result), bytes, true);
    return 0;
  };

  /** Descriptors that came in control messages are handles until they are taken in. */
  function adoptRights(message) {
    const memory = view();
    const control = memory.getUint32(message + 16, true);
    const end = control + memory.getUint32(message + 20, true);
    for (let at = control; at + 12 <= end; ) {
      const length = memory.getUint32(at, true);
      if (length < 12 || at + length > end) return;
      const type = memory.getInt32(at + 8, true);
      if (memory.getInt32(at + 4, true) === SOL_SOCKET && (type === SCM_RIGHTS || type === SCM_PIDFD)) {
        for (let fd = at + 12; fd + 4 <= at + length; fd += 4) {
          memory.setInt32(fd, descriptors.adopt(memory.getInt32(fd, true), 0, 0, 0), true);
        }
      }
      at += (length + 3) & ~3;
    }
  }

  /** A descriptor for `hostsock.c`; `-errno` when the file system has none left. */
  const descriptor = (make) => guard(() => make().stream.fd);

  const descriptors = {
    begin: () => instance,
    socket: (domain, type, protocol) => descriptor(() => factory.createSocket(domain, type, protocol)),
    adopt: (handle, domain, type, flags) =>
      descriptor(() =>
        domain < 0
          ? factory.attachAccepted(socketOf(type), handle, flags)
          : factory.adopt(handle, domain, type, flags),
      ),
    close(fd) {
      const sock = socketOf(fd);
      if (sock === undefined) return -abi.EBADF;
      const stream = FS.getStream(fd);
      // FS.close of NODERAWFS does not know sockets up to 5.0.3.
      stream.stream_ops.close(stream);
      FS.closeStream(fd);
      return 0;
    },
    setfl(fd, flags) {
      const sock = socketOf(fd);
      if (sock === undefined) return -abi.EBADF;
      factory.setNonBlocking(sock, (flags & abi.O_NONBLOCK) !== 0);
      return 0;
    },
    /** The host's number of a standard stream, with its `O_NONBLOCK`; -1 for anything else. */
    standard(fd) {
      // Windows can wait for sockets only: there the file system's own has to do.
      const host = process.platform === 'win32' ? -1 : standardStream(fd);
      return host < 0 ? -1 : host | (FS.getStream(fd).flags & abi.O_NONBLOCK);
    },
    /** Whether a standard stream of the host is a terminal: 1 or `-ENOTTY`; `-EBADF` for anything else. */
    terminal(fd) {
      const host = standardStream(fd);
      if (host < 0) return -abi.EBADF;
      return tty.isatty(host) ? 1 : -abi.ENOTTY;
    },
    /** For `poll`: the answer of what is no socket, or which of the host's streams has it. */
    pollFiles(fds, count, hosts) {
      const memory = view();
      if (fds + 8 * count > memory.byteLength || hosts + 4 * count > memory.byteLength) return -abi.EFAULT;
      let ready = 0;
      for (let index = 0; index < count; index++) {
        const at = fds + 8 * index;
        const fd = memory.getInt32(at, true);
        memory.setInt32(hosts + 4 * index, -1, true);
        if (fd < 0 || socketOf(fd) !== undefined) continue;
        const host = standardStream(fd);
        if (host >= 0) memory.setInt32(hosts + 4 * index, host, true);
        const revents = host >= 0 ? 0 : pollFile(fd, memory.getInt16(at + 4, true));
        memory.setInt16(at + 6, revents, true);
        if (revents !== 0) ready++;
      }
      return ready;
    },
  };

  /**
   * The host's descriptor behind one of the standard streams or its `dup`, unless the program put another there or
   * the page around the module has its own: then -1.
   */
  function standardStream(fd) {
    const stream = FS.getStream(fd);
    if (!stream) return -1;
    const host = hostOf(stream);
    // Input that the page around the module gives (`Module.stdin`) is none of the host's.
    if (!stream.tty && stream.nfd === undefined) return -1;
    if (OUTPUTS[host]?.some(given)) return -1;
    // What a terminal's reader has taken in already is ready.
    return stream.tty && stream.tty.input?.length > 0 ? -1 : host;
  }

  /** Debug builds put accessors that abort in the place of what nobody gave. */
  function given(name) {
    return Object.getOwnPropertyDescriptor(module, name)?.value !== undefined;
  }

  function hostOf({ path, nfd, flags }) {
    if (nfd !== undefined) return nfd <= 2 ? nfd : -1;
    if (path === '/dev/tty1' || path === '/dev/stderr') return 2;
    if (!/^\/dev\/(tty|stdin|stdout)$/.test(path ?? '')) return -1;
    // Both may be the same terminal; a descriptor for both ways is the program's own.
    return [0, 1, -1, -1][flags & abi.O_ACCMODE];
  }

  return {
    descriptors,
    select,
    __syscall_socket: () => (family, type, protocol) =>
      guard(() => factory.createSocket(family, type, protocol).stream.fd),
    __syscall_bind: () => (fd, address, length) =>
      socketCall(fd, native.guestBind(instance, fd, parts.heap(), pointer(address), length)),
    __syscall_connect: () => (fd, address, length) =>
      socketCall(fd, native.guestConnect(instance, fd, parts.heap(), pointer(address), length)),
    __syscall_listen: () => (fd, backlog) => socketCall(fd, native.guestListen(instance, fd, backlog)),
    __syscall_accept4: () => (fd, address, length, flags) => {
      if (flags & ~(abi.SOCK_NONBLOCK | abi.SOCK_CLOEXEC)) return -abi.EINVAL;
      const handle = native.guestAccept(instance, fd, parts.heap(), pointer(address), pointer(length));
      if (handle < 0) return socketCall(fd, handle);
      return guard(() => factory.attachAccepted(socketOf(fd), handle, flags).stream.fd);
    },
    __syscall_getsockname: () => (fd, address, length) =>
      socketCall(fd, native.guestName(instance, fd, parts.heap(), pointer(address), pointer(length), 0)),
    __syscall_getpeername: () => (fd, address, length) =>
      socketCall(fd, native.guestName(instance, fd, parts.heap(), pointer(address), pointer(length), 1)),
    __syscall_sendto: () => (fd, data, length, flags, address, addressLength) => {
      const [from, size, to] = [pointer(data), pointer(length), pointer(address)];
      return socketCall(
        fd,
        native.guestSendto(instance, fd, parts.heap(), from, size, flags, to, addressLength),
      );
    },
    __syscall_recvfrom: () => (fd, buffer, length, flags, address, addressLength) => {
      const [to, size, from] = [pointer(buffer), pointer(length), pointer(address)];
      const room = pointer(addressLength);
      return socketCall(fd, native.guestRecvfrom(instance, fd, parts.heap(), to, size, flags, from, room));
    },
    __syscall_sendmsg: () => (fd, message, flags) =>
      socketCall(fd, native.guestSendmsg(instance, fd, parts.heap(), pointer(message), flags)),
    __syscall_recvmsg: () => (fd, message, flags) => {
      const bytes = native.guestRecvmsg(instance, fd, parts.heap(), pointer(message), flags);
      if (bytes >= 0) adoptRights(pointer(message));
      return socketCall(fd, bytes);
    },
    __syscall_shutdown: () => (fd, how) => socketCall(fd, native.guestShutdown(instance, fd, how)),
    __syscall_getsockopt: () => (fd, level, option, value, length) => {
      const [at, room] = [pointer(value), pointer(length)];
      return socketCall(fd, native.guestGetsockopt(instance, fd, parts.heap(), level, option, at, room));
    },
    __syscall_setsockopt: () => (fd, level, option, value, length) => {
      const at = pointer(value);
      return socketCall(fd, native.guestSetsockopt(instance, fd, parts.heap(), level, option, at, length));
    },
    __syscall_fcntl64: (original) => (fd, command, args) => {
      const sock = socketOf(fd);
      if (sock === undefined || command !== abi.F_SETFL) return original(fd, command, args);
      // Emscripten's own only ever adds flags, up to 5.0.6.
      const flags = view().getInt32(pointer(args), true);
      factory.setNonBlocking(sock, (flags & abi.O_NONBLOCK) !== 0);
      return 0;
    },
    __syscall_ioctl: (original) => (fd, request, args) => {
      const sock = socketOf(fd);
      if (sock === undefined) return original(fd, request, args);
      return factory.ioctl(sock, request, view().getUint32(pointer(args), true));
    },
    __syscall_poll: () => poll,
    __syscall_poll_nonblocking: () => (fds, count) => poll(fds, count, 0),
    __syscall__newselect: () => newselect,
    fd_read: vectored(native.guestReadv),
    fd_write: vectored(native.guestWritev),
  };
}

/** The imports that have a replacement. */
createSyscalls.names = [
  '__syscall_socket',
  '__syscall_bind',
  '__syscall_connect',
  '__syscall_listen',
  '__syscall_accept4',
  '__syscall_getsockname',
  '__syscall_getpeername',
  '__syscall_sendto',
  '__syscall_recvfrom',
  '__syscall_sendmsg',
  '__syscall_recvmsg',
  '__syscall_shutdown',
  '__syscall_getsockopt',
  '__syscall_setsockopt',
  '__syscall_fcntl64',
  '__syscall_ioctl',
  '__syscall_poll',
  '__syscall_poll_nonblocking',
  '__syscall__newselect',
  'fd_read',
  'fd_write',
];

module.exports = { createSyscalls };
