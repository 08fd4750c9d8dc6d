'use strict';

// `emscripten_set_socket_*_callback` and the wait queues of newer versions: emitted through what the
// module's version has, level-triggered.

const native = require('../native.js');
const readiness = require('../lib/readiness.js');
const abi = require('./abi.js');

const { POLLIN, POLLOUT, POLLERR, POLLHUP } = abi;
const MESSAGES = Object.fromEntries(
  Object.entries(require('node:os').constants.errno).map(([name, errno]) => [native.wasmErrno(errno), name]),
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

  /** What a socket has to be watched for now. */
  function interestOf(sock) {
    if (wanted.size === 0) return 0;
    if (sock.listening) return POLLIN;
    if (sock.connecting) return POLLOUT;
    // An unconnected stream is "hung up" to poll: nothing to tell.
    if (sock.type === abi.SOCK_STREAM && sock.daddr === undefined) return 0;
    return sock.congested ? POLLIN | POLLOUT : POLLIN;
  }

  function update(sock) {
    const watcher = watched.get(sock);
    const interest = interestOf(sock);
    if (interest === (watcher?.interest ?? 0)) return;
    if (interest === 0) {
      unwatch(sock);
      readiness.watch(watcher, 0);
      return;
    }
    if (watcher !== undefined) {
      watcher.interest = interest;
      readiness.watch(watcher, interest);
      return;
    }
    const fresh = { handle: sock.handle, interest, hungUp: false, deliver: (ready) => deliver(sock, ready) };
    readiness.watch(fresh, interest);
    watched.set(sock, fresh);
    readiness.keepAlive(1);
  }

  function unwatch(sock) {
    if (watched.delete(sock)) readiness.keepAlive(-1);
  }

  function deliver(sock, ready) {
    const watcher = watched.get(sock);
    if (sock.listening) {
      emit('connection', sock.stream.fd);
      return;
    }
    if (sock.connecting) {
      sock.connecting = false;
      if (!tellError(sock)) emit('open', sock.stream.fd);
      if (watched.has(sock)) update(sock);
      return;
    }
    if (ready & POLLERR) tellError(sock);
    if (ready & POLLOUT && sock.congested) {
      sock.congested = false;
      emit('open', sock.stream.fd);
      if (watched.has(sock)) update(sock);
    }
    // The program may close the socket in any of its callbacks.
    if (ready & (POLLIN | POLLERR | POLLHUP) && watched.has(sock)) emit('message', sock.stream.fd);
    if ((sock.ended || ready & POLLHUP) && watched.has(sock) && !watcher.hungUp) {
      watcher.hungUp = true;
      emit('close', sock.stream.fd);
    }
  }

  /** Emits a pending error, which the program's next call on the socket still gets. */
  function tellError(sock) {
    const errno = native.wasmPeekError(sock.handle);
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
      factory.observer.changed = update;
      factory.observer.closed = (sock) => {
        const watcher = watched.get(sock);
        if (watcher !== undefined) readiness.forget(watcher);
        unwatch(sock);
      };
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
