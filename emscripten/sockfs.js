'use strict';

// Sockets as the module's file system knows them: `SOCKFS.createSocket`, the table of socket
// operations, the operations of a socket's streams.

const fs = require('node:fs');
const native = require('../native.js');
const abi = require('./abi.js');
const { firstIPv4 } = require('./dns.js');

/** A socket behind one or more descriptors of the module. */
class HostSocket {
  constructor(handle, family, type, protocol, sockOps) {
    this.handle = handle;
    this.family = family;
    this.type = type;
    this.protocol = protocol;
    this.sock_ops = sockOps;
    this.stream = undefined;
    this.blocking = false;
    /** Descriptors that name it (`dup`): the last one to close closes the socket. */
    this.references = 1;
    this.accepted = false;
    // Emscripten's own functions look at these.
    this.server = null;
    this.peers = {};
    this.pending = [];
    this.recv_queue = [];
  }

  /** The pending error, which is forgotten by this: what `SO_ERROR` of Emscripten's own gives out. */
  get error() {
    const errno = native.takeError(this.handle);
    return errno > 0 ? abi.guestErrno(-errno) : 0;
  }

  set error(_) {}

  get saddr() {
    return nameOf(this.handle, false)?.address;
  }

  get sport() {
    return nameOf(this.handle, false)?.port;
  }

  get daddr() {
    return nameOf(this.handle, true)?.address;
  }

  get dport() {
    return nameOf(this.handle, true)?.port;
  }
}

function nameOf(handle, peer) {
  const address = peer ? native.remoteAddress(handle) : native.localAddress(handle);
  return typeof address === 'number' ? undefined : address;
}

/**
 * @param {object} parts of the module, see `index.js`
 * @param {{ blocking: boolean }} settings
 */
function createSocketFactory(parts, settings) {
  const { FS, SOCKFS, fail } = parts;
  /** Under this number the native side knows the module's descriptors. */
  const instance = parts.instance();
  /** Told of every socket's life by `events.js`. */
  const observer = { opened() {}, closed() {} };
  const sockOps = createSockOps();
  const streamOps = createStreamOps();

  /** Emscripten hands names over where its DNS could not be replaced. */
  const literal = (name) => (native.isAddress(name) ? name : (firstIPv4(instance, name) ?? name));

  /** Passes a native result (host numbers) on, or throws it as the file system does. */
  function check(result) {
    if (result < 0) throw fail(abi.guestErrno(result));
    return result;
  }

  /** The same for a native call that answers in the guest's numbers. */
  function checkGuest(result) {
    if (result < 0) throw fail(-result);
    return result;
  }

  /**
   * The handle for a call through the file system. Emscripten's own `fcntl` changes nothing but the
   * stream's flags, so they are looked at each time.
   */
  function handleOf(sock) {
    const blocking = settings.blocking && (sock.stream.flags & abi.O_NONBLOCK) === 0;
    if (blocking !== sock.blocking) {
      native.setBlocking(sock.handle, blocking);
      sock.blocking = blocking;
    }
    return sock.handle;
  }

  /** Gives a handle a node and a descriptor. */
  function attach(handle, family, type, protocol, flags, accepted, mode = abi.S_IFSOCK | 0o777) {
    const sock = new HostSocket(handle, family, type, protocol, sockOps);
    sock.accepted = accepted;
    sock.mode = mode;
    try {
      const name = SOCKFS.nextname();
      const node = FS.createNode(SOCKFS.root, name, mode & abi.S_IFMT, 0);
      node.sock = sock;
      sock.stream = FS.createStream({ path: name, node, flags, seekable: false, stream_ops: streamOps });
    } catch (error) {
      // The file system is out of descriptors.
      native.close(handle);
      throw error;
    }
    try {
      checkGuest(native.guestAssign(instance, sock.stream.fd, handle));
    } catch (error) {
      FS.closeStream(sock.stream.fd);
      throw error;
    }
    handleOf(sock);
    observer.opened(sock);
    return sock;
  }

  function createSocket(family, type, protocol) {
    const handle = checkGuest(native.guestSocket(instance, family, type, protocol));
    const flags = abi.O_RDWR | (type & abi.SOCK_NONBLOCK ? abi.O_NONBLOCK : 0);
    return attach(handle, family, type & abi.SOCK_TYPE_MASK, protocol, flags, false);
  }

  /** A connection that was accepted: it does not inherit O_NONBLOCK. */
  function attachAccepted(listener, handle, flags) {
    const nonBlocking = flags & abi.SOCK_NONBLOCK ? abi.O_NONBLOCK : 0;
    const { family, type, protocol } = listener;
    return attach(handle, family, type, protocol, abi.O_RDWR | nonBlocking, true);
  }

  /** A handle that the program got natively: accepted, one of a pair, an end of a pipe, an epoll. */
  function adopt(handle, domain, type, flags) {
    if (domain !== 0) return attach(handle, domain, type & abi.SOCK_TYPE_MASK, 0, flags, true);
    // It says itself what it is.
    const kind = native.socketType(handle);
    if (kind >= 0) return attach(handle, domain, kind, 0, flags, true);
    return attach(handle, domain, 0, 0, flags, true, modeOf(handle));
  }

  /** What kind of file a pipe, an epoll or a file from a control message is. */
  function modeOf(handle) {
    try {
      return fs.fstatSync(native.descriptor(handle)).mode;
    } catch {
      return abi.S_IFIFO | 0o600;
    }
  }

  function pollMask(sock) {
    const entry = Int32Array.of(sock.handle, abi.POLL_ALL, 0);
    return native.poll(entry, 1, 0) < 0 ? abi.POLLNVAL : entry[2];
  }

  function createSockOps() {
    return {
      poll: pollMask,
      ioctl(sock, request, argument) {
        return checkGuest(ioctl(sock, request, argument));
      },
      close(sock) {
        observer.closed(sock);
        native.close(sock.handle);
        return 0;
      },
      bind(sock, address, port) {
        check(native.bind(sock.handle, { address: literal(address), port }));
      },
      connect(sock, address, port) {
        const result = check(native.connect(handleOf(sock), { address: literal(address), port }));
        if (result === 0) throw fail(abi.EINPROGRESS);
      },
      listen(sock, backlog) {
        check(native.listen(sock.handle, backlog));
      },
      accept(listener) {
        const handle = check(native.accept(handleOf(listener)));
        return attachAccepted(listener, checkGuest(native.guestGive(instance, handle)), 0);
      },
      getname(sock, peer) {
        const name = peer ? native.remoteAddress(sock.handle) : native.localAddress(sock.handle);
        if (typeof name === 'number') throw fail(abi.guestErrno(name));
        return { addr: name.address, port: name.port };
      },
      sendmsg(sock, buffer, offset, length, address, port) {
        if (address === undefined) return check(native.send(handleOf(sock), buffer, offset, length, 0));
        const encoded = check(native.encodeAddress({ address: literal(address), port }));
        return check(native.sendTo(handleOf(sock), buffer, offset, length, 0, encoded));
      },
      recvmsg(sock, length, flags = 0) {
        const buffer = new Uint8Array(length);
        const sender = new Uint8Array(136);
        new DataView(sender.buffer).setUint32(0, 128, true);
        const count = check(native.recvFrom(handleOf(sock), buffer, 0, length, flags, sender));
        if (count === 0 && length > 0 && sock.type === abi.SOCK_STREAM) return null;
        const from = native.decodeAddress(sender) ?? nameOf(sock.handle, true);
        return { buffer: buffer.subarray(0, count), addr: from?.address, port: from?.port };
      },
      shutdown(sock, how) {
        return native.guestShutdown(instance, sock.stream.fd, how);
      },
      setsockopt(sock, level, option, value, length) {
        return native.guestSetsockopt(instance, sock.stream.fd, parts.heap(), level, option, value, length);
      },
      getsockopt(sock, level, option, value, length) {
        return native.guestGetsockopt(instance, sock.stream.fd, parts.heap(), level, option, value, length);
      },
    };
  }

  /** 0 or `-errno`: the requests that sockets have. */
  function ioctl(sock, request, argument) {
    const heap = parts.heap();
    const memory = new DataView(heap.buffer, heap.byteOffset, heap.byteLength);
    if (argument < 0 || argument + 4 > heap.byteLength) return -abi.EFAULT;
    switch (request) {
      case abi.FIONREAD: {
        const available = native.available(sock.handle);
        if (available < 0) return -abi.guestErrno(available);
        memory.setInt32(argument, available, true);
        return 0;
      }
      case abi.FIONBIO:
        setNonBlocking(sock, memory.getInt32(argument, true) !== 0);
        return 0;
      default:
        return -abi.ENOTTY;
    }
  }

  function setNonBlocking(sock, nonBlocking) {
    if (nonBlocking) sock.stream.flags |= abi.O_NONBLOCK;
    else sock.stream.flags &= ~abi.O_NONBLOCK;
    handleOf(sock);
  }

  function createStreamOps() {
    return {
      getattr(stream) {
        const time = new Date(0);
        return {
          dev: 1,
          ino: stream.node.id,
          mode: stream.node.sock.mode,
          nlink: 1,
          uid: 0,
          gid: 0,
          rdev: 0,
          size: 0,
          atime: time,
          mtime: time,
          ctime: time,
          blksize: 4096,
          blocks: 0,
        };
      },
      poll(stream) {
        return pollMask(stream.node.sock);
      },
      ioctl(stream, request, argument) {
        return checkGuest(ioctl(stream.node.sock, request, argument));
      },
      read(stream, buffer, offset, length) {
        return check(native.recv(handleOf(stream.node.sock), buffer, offset, length, 0));
      },
      write(stream, buffer, offset, length) {
        return check(native.send(handleOf(stream.node.sock), buffer, offset, length, 0));
      },
      dup(stream) {
        const { sock } = stream.node;
        sock.references++;
        native.guestAssign(instance, stream.fd, sock.handle);
      },
      close(stream) {
        const { sock } = stream.node;
        native.guestAssign(instance, stream.fd, 0);
        if (--sock.references === 0) sock.sock_ops.close(sock);
        else if (sock.stream === stream) sock.stream = anotherStream(stream);
      },
    };
  }

  /** A descriptor that still names the socket when the first one is closed. */
  function anotherStream(stream) {
    return FS.streams.find((other) => other && other !== stream && other.node === stream.node);
  }

  return {
    sockOps,
    instance,
    observer,
    adopt,
    attachAccepted,
    createSocket,
    ioctl,
    setNonBlocking,
    /** The socket that a descriptor of the module names. */
    socketOf(fd) {
      const sock = FS.getStream(fd)?.node?.sock;
      return sock instanceof HostSocket ? sock : undefined;
    },
    /** Every open socket, once. */
    sockets() {
      const all = FS.streams.map((stream) => stream?.node?.sock);
      return new Set(all.filter((sock) => sock instanceof HostSocket));
    },
    install() {
      const { stat } = FS;
      // fstat goes by the stream's path up to 6.0.3, which leads nowhere for a socket.
      FS.stat = (path, ...rest) => {
        const stream =
          /^socket\[\d+\]$/.test(path) && FS.streams.find((it) => it?.path === path && it.node?.sock);
        return stream ? streamOps.getattr(stream) : stat(path, ...rest);
      };
      SOCKFS.createSocket = createSocket;
      SOCKFS.websocket_sock_ops = sockOps;
      SOCKFS.stream_ops = streamOps;
    },
  };
}

module.exports = { HostSocket, createSocketFactory };
