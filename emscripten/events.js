'use strict';

// `emscripten_set_socket_*_callback` and the wait queues of newer versions: emitted through what the
// module's version has, level-triggered.

const native = require('../native.js');
const readiness = require('../lib/readiness.js');
const abi = require('./abi.js');

const { POLLIN, POLLOUT, POLLERR, POLLHUP } = abi;
/** Room to write is told of when it comes back. */
const EDGES = 0x4000;
/** The ready bits of a report. */
const READY = 0xffff;
const { LISTENING, OPENING, CONGESTED, ENDED } = abi.STATE;
const MESSAGES = Object.fromEntries(
  Object.entries(require('node:os').constants.errno).map(([name, errno]) => [native.guestErrno(errno), name]),
);

function createEvents(parts, factory) {
  const { module, SOCKFS } = parts;
  /** Events that the program has a callback for. */
  const wanted = new Set();
  /** Watchers by socket. */
  const watched = new Map();

  function emit(event, parameter) {
    // Since 3.1.71 the file system emits; before, `Module.websocket` did.
    if (typeof SOCKFS.emit === 'function') SOCKFS.emit(event, parameter);
    else module.websocket?.emit?.(event, parameter);
  }

  /** Begins or ends to watch a socket, by whether anybody listens. */
  function update(sock) {
    const watcher = watched.get(sock);
    if ((watcher === undefined) === (wanted.size === 0)) return;
    if (watcher !== undefined) {
      readiness.watch(watcher, 0);
      unwatch(sock);
      return;
    }
    // A datagram socket is told of room after every datagram that leaves: it is never asked.
    const interest = sock.type === abi.SOCK_STREAM ? POLLIN | POLLOUT | EDGES : POLLIN;
    const fresh = {
      handle: sock.handle,
      connected: sock.accepted || sock.type !== abi.SOCK_STREAM,
      hungUp: false,
      /** Counts among those that keep the loop alive. */
      held: false,
      deliver: (ready) => deliver(sock, fresh, ready),
    };
    readiness.watch(fresh, interest);
    watched.set(sock, fresh);
    hold(sock, fresh);
  }

  function unwatch(sock) {
    if (watched.get(sock)?.held) readiness.keepAlive(-1);
    watched.delete(sock);
  }

  /** Keeps the loop alive for a socket that something can still happen to. */
  function hold(sock, watcher) {
    if (watcher.held) return;
    if (!watcher.connected && !(native.guestState(sock.handle, 0) & (LISTENING | OPENING))) return;
    watcher.held = true;
    readiness.keepAlive(1);
  }

  /** @param {number} report ready bits, above them the socket's state */
  function deliver(sock, watcher, report) {
    // Nearly always: bytes on a connection, nobody has closed anything, no call has left anything behind.
    if (report === POLLIN && watcher.connected) return emit('message', sock.stream.fd);
    const ready = report & READY;
    // What its calls have left behind says what the readiness means.
    const told = ready & (POLLOUT | POLLERR | POLLHUP) ? OPENING | CONGESTED : 0;
    const state = native.guestState(sock.handle, told);
    const open = () => watched.get(sock) === watcher;
    if (state & LISTENING) {
      if (ready & POLLIN) emit('connection', sock.stream.fd);
      return;
    }
    if (state & told & OPENING) {
      if (tellError(sock)) return;
      watcher.connected = true;
      emit('open', sock.stream.fd);
    } else if (ready & POLLERR) {
      tellError(sock);
    } else if (state & told & CONGESTED) {
      // There is room again.
      emit('open', sock.stream.fd);
    }
    // A stream without a peer counts as hung up: nothing to tell.
    if (!watcher.connected) return;
    // The program may close the socket in any of its callbacks.
    if (ready & (POLLIN | POLLERR) && open()) emit('message', sock.stream.fd);
    if (!open() || watcher.hungUp) return;
    if (ready & POLLHUP || native.guestState(sock.handle, 0) & ENDED) {
      watcher.hungUp = true;
      emit('close', sock.stream.fd);
    }
  }

  /** Emits a pending error, which the program's next call on the socket still gets. */
  function tellError(sock) {
    const errno = native.guestPeekError(sock.handle);
    if (errno <= 0) return false;
    emit('error', [sock.stream.fd, errno, MESSAGES[errno] ?? `error ${errno}`]);
    return true;
  }

  /** Listens in on the registration of callbacks. */
  function hook(owner, name) {
    const register = owner?.[name];
    if (typeof register !== 'function' || register.hostsock) return;
    const hooked = function (event, callback) {
      const result = register.call(this, event, callback);
      if (typeof callback === 'function') wanted.add(event);
      else wanted.delete(event);
      for (const sock of factory.sockets()) update(sock);
      return result;
    };
    hooked.hostsock = true;
    owner[name] = hooked;
  }

  return {
    install() {
      factory.observer.opened = update;
      factory.observer.closed = (sock) => {
        const watcher = watched.get(sock);
        if (watcher !== undefined) readiness.forget(watcher);
        unwatch(sock);
      };
      // The calls that let a socket live on (listen, connect) do not pass here: it is seen before the
      // loop would end.
      process.on('beforeExit', () => {
        for (const [sock, watcher] of watched) hold(sock, watcher);
      });
      hook(SOCKFS, 'on');
      hook(module.websocket, 'on');
      // Up to 3.1.70 the registration function is made when the file system is mounted.
      const { mount } = SOCKFS;
      SOCKFS.mount = function (...args) {
        const root = mount.apply(this, args);
        hook(module.websocket, 'on');
        return root;
      };
    },
  };
}

module.exports = { createEvents };
