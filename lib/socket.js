'use strict';

const { channel } = require('node:diagnostics_channel');
const native = require('../native.js');
const { decode, encode } = require('./address.js');
const { DatagramBatch } = require('./batch.js');
const { abortError, check, invalidType, invalidValue, outOfRange, systemError } = require('./errors.js');
const options = require('./options.js');
const readiness = require('./readiness.js');
const validate = require('./validate.js');

const constants = native.constants();
const { READABLE, WRITABLE, PRIORITY, ERROR, HANGUP } = constants;
const EAGAIN = -constants.EAGAIN;

/** What happens to sockets, for `diagnostics_channel`. */
const channels = {
  open: channel('hostsock:open'),
  connect: channel('hostsock:connect'),
  accept: channel('hostsock:accept'),
  close: channel('hostsock:close'),
};

const FAMILIES = { IPv4: constants.AF_INET, IPv6: constants.AF_INET6, unix: constants.AF_UNIX };
const TYPES = {
  stream: constants.SOCK_STREAM,
  datagram: constants.SOCK_DGRAM,
  seqpacket: constants.SOCK_SEQPACKET,
  raw: constants.SOCK_RAW,
};
const SHUTDOWN = { read: 0, write: 1, both: 2 };

const nameOf = (names, number) => Object.keys(names).find((name) => names[name] === number);

let warned = false;
/** Closes what was forgotten without `close()`. */
const unclosed = new FinalizationRegistry((handle) => {
  if (native.close(handle) < 0 || warned) return;
  warned = true;
  process.emitWarning('A Socket was garbage-collected without close(); its descriptor is closed now', {
    type: 'Warning',
    code: 'HOSTSOCK_UNCLOSED',
  });
});

/** Marks the construction of a Socket around a handle that is open already. */
const kAdopt = Symbol('adopt');

/**
 * A socket of the operating system. Every call is the system call of its name.
 */
class Socket {
  #handle;
  #family;
  #type;
  #blocking = false;
  #listener = undefined;
  #interest = 0;
  #waiters = undefined;
  #watched = 0;
  /** Where an attempt to connect that is under way goes. */
  #connecting = undefined;
  #refed = true;
  #watcher = undefined;

  constructor(settings, handle, family, type) {
    if (settings === kAdopt) {
      this.#handle = handle;
      this.#family = family;
      this.#type = type;
    } else {
      validate.object(settings, 'settings');
      this.#family = validate.word(settings.family, 'settings.family', Object.keys(FAMILIES));
      this.#type = validate.word(settings.type, 'settings.type', Object.keys(TYPES));
      const protocol = validate.int32(settings.protocol ?? 0, 'settings.protocol');
      this.#handle = check(native.open(FAMILIES[this.#family], TYPES[this.#type], protocol), 'socket');
    }
    unclosed.register(this, this.#handle, this);
    if (channels.open.hasSubscribers) channels.open.publish({ socket: this });
  }

  /** Two connected sockets: `socketpair(2)`. */
  static pair(settings) {
    validate.object(settings, 'settings');
    const { family = 'unix', protocol = 0 } = settings;
    validate.word(family, 'settings.family', Object.keys(FAMILIES));
    const type = validate.word(settings.type, 'settings.type', Object.keys(TYPES));
    validate.int32(protocol, 'settings.protocol');
    const handles = check(native.pair(FAMILIES[family], TYPES[type], protocol), 'socketpair');
    return handles.map((handle) => new Socket(kAdopt, handle, family, type));
  }

  /** Takes over a descriptor that was opened elsewhere: it is this Socket's from here on. */
  static fromFd(fd) {
    validate.integer(fd, 'fd', 0, 0x7fffffff);
    const handle = check(native.adopt(fd), 'fromFd');
    const family = nameOf(FAMILIES, native.socketFamily(handle));
    const type = nameOf(TYPES, native.socketType(handle));
    return new Socket(kAdopt, handle, family, type);
  }

  get family() {
    return this.#family;
  }

  get type() {
    return this.#type;
  }

  /** The descriptor, or -1 when closed. It stays this Socket's. */
  get fd() {
    const fd = native.descriptor(this.#handle);
    return fd < 0 ? -1 : fd;
  }

  get blocking() {
    return this.#blocking;
  }

  set blocking(value) {
    check(native.setBlocking(this.#handle, validate.boolean(value, 'blocking')), 'blocking');
    this.#blocking = value;
  }

  bind(address) {
    const target = validate.address(address, this.#family);
    check(native.bind(this.#handle, target), 'bind', target);
  }

  listen(backlog = 511) {
    check(native.listen(this.#handle, validate.int32(backlog, 'backlog')), 'listen');
  }

  accept() {
    const handle = native.accept(this.#handle);
    if (handle === EAGAIN) {
      // A blocking call gets here only by its SO_RCVTIMEO.
      if (this.#blocking) throw systemError(handle, 'accept');
      return null;
    }
    check(handle, 'accept');
    const connection = new Socket(kAdopt, handle, this.#family, this.#type);
    if (channels.accept.hasSubscribers) channels.accept.publish({ socket: this, connection });
    return connection;
  }

  /** The connections of a listening socket, until it is closed or the signal fires. */
  connections(options) {
    return this.#connections(options, validate.signal(options));
  }

  [Symbol.asyncIterator]() {
    return this.connections();
  }

  async *#connections(options, signal) {
    for (;;) {
      if (signal?.aborted) throw abortError(signal);
      const connection = this.accept();
      if (connection !== null) {
        yield connection;
        if (native.descriptor(this.#handle) < 0) return;
        continue;
      }
      try {
        await this.readable(options);
      } catch (error) {
        if (error.code === 'ECANCELED') return;
        throw error;
      }
    }
  }

  connect(address) {
    const target = validate.address(address, this.#family);
    const connected = check(native.connect(this.#handle, target), 'connect', target) === 1;
    this.#connecting = connected ? undefined : target;
    if (channels.connect.hasSubscribers)
      channels.connect.publish({ socket: this, address: target, connected });
    return connected;
  }

  send(data, flags = 0, offset = undefined, length = undefined) {
    const view = typeof data === 'string' ? Buffer.from(data) : validate.bytes(data, 'data');
    let sent;
    // The addon asks the engine for each argument: none that says nothing is given.
    if (flags === 0 && offset === undefined && length === undefined) {
      sent = native.send(this.#handle, view);
    } else {
      validate.int32(flags, 'flags');
      const start = validate.offset(offset, view);
      sent = native.send(this.#handle, view, start, validate.length(length, view, start), flags);
    }
    if (sent >= 0) return sent;
    if (sent === EAGAIN && !this.#blocking) return -1;
    throw systemError(sent, 'send');
  }

  recv(buffer, flags = 0, offset = undefined, length = undefined) {
    const view = validate.bytes(buffer, 'buffer');
    if (view.length === 0) {
      throw invalidValue('buffer', 'must not be empty: 0 bytes received means end of stream', buffer);
    }
    let received;
    if (flags === 0 && offset === undefined && length === undefined) {
      received = native.recv(this.#handle, view);
    } else {
      validate.int32(flags, 'flags');
      const start = validate.offset(offset, view);
      const room = validate.length(length, view, start);
      if (room === 0) throw outOfRange('length', '>= 1: 0 bytes received means end of stream', room);
      received = native.recv(this.#handle, view, start, room, flags);
    }
    if (received >= 0) return received;
    if (received === EAGAIN && !this.#blocking) return -1;
    throw systemError(received, 'recv');
  }

  /** One message to an address: `sendto(2)`. */
  sendTo(data, address, flags = 0) {
    const view = typeof data === 'string' ? Buffer.from(data) : validate.bytes(data, 'data');
    const encoded = encode(address, this.#family, 'sendto');
    validate.int32(flags, 'flags');
    const sent = native.sendTo(this.#handle, view, 0, view.length, flags, encoded);
    if (sent >= 0) return sent;
    if (sent === EAGAIN && !this.#blocking) return -1;
    throw systemError(sent, 'sendto', validate.address(address, this.#family));
  }

  /** One message with its sender's address: `recvfrom(2)`; `null` when it would have to wait. */
  recvFrom(buffer, flags = 0) {
    const view = validate.bytes(buffer, 'buffer');
    validate.int32(flags, 'flags');
    senderLength[0] = 128;
    const bytes = native.recvFrom(this.#handle, view, 0, view.length, flags, sender);
    if (bytes >= 0) return { bytes, address: decode(sender, 0), flags: senderFlags[0] };
    if (bytes === EAGAIN && !this.#blocking) return null;
    throw systemError(bytes, 'recvfrom');
  }

  /**
   * The `count` datagrams of a batch from `start` on in one system call: how many were sent, -1 for none yet. After fewer
   * than that, the rest goes with another call.
   */
  sendMany(batch, count = undefined, flags = 0, start = 0) {
    const sent = this.#many(native.sendMany, batch, count, flags, start);
    if (sent >= 0) return sent;
    if (sent === EAGAIN && !this.#blocking) return -1;
    throw systemError(sent, 'sendmmsg');
  }

  /** Up to as many datagrams as a batch holds in one system call: how many came, -1 for none yet. */
  recvMany(batch, flags = 0) {
    const received = this.#many(native.recvMany, batch, undefined, flags, 0);
    if (received >= 0) return received;
    if (received === EAGAIN && !this.#blocking) return -1;
    throw systemError(received, 'recvmmsg');
  }

  #many(call, batch, most, flags, start) {
    if (!(batch instanceof DatagramBatch)) throw invalidType('batch', 'an instance of DatagramBatch', batch);
    validate.integer(start, 'start', 0, batch.capacity - 1);
    const count = validate.integer(most ?? batch.capacity - start, 'count', 1, batch.capacity - start);
    validate.int32(flags, 'flags');
    const { buffer, size, lengths, addresses } = start === 0 ? batch : batch.from(start);
    return call(this.#handle, buffer, size, lengths, addresses, count, flags);
  }

  /** `sendmsg(2)`: several buffers, an address, control messages. */
  sendMessage(message) {
    validate.object(message, 'message');
    const { buffers = [], control = [], flags = 0 } = message;
    const views = bufferList(buffers, 'message.buffers');
    const target =
      message.address === undefined
        ? undefined
        : validate.address(message.address, this.#family, 'message.address');
    validate.int32(flags, 'message.flags');
    if (!Array.isArray(control)) throw invalidType('message.control', 'an instance of Array', control);
    const messages = control.map((entry, index) => controlMessage(entry, `message.control[${index}]`));
    const sent = native.sendMessage(this.#handle, views, target, messages, flags);
    if (sent >= 0) return sent;
    if (sent === EAGAIN && !this.#blocking) return -1;
    throw systemError(sent, 'sendmsg', target);
  }

  /** `recvmsg(2)`; `null` when it would have to wait. */
  recvMessage(message) {
    validate.object(message, 'message');
    const { buffers = [], controlLength = 0, flags = 0 } = message;
    const views = bufferList(buffers, 'message.buffers');
    validate.integer(controlLength, 'message.controlLength', 0, LONGEST_CONTROL);
    validate.int32(flags, 'message.flags');
    const received = native.recvMessage(this.#handle, views, controlLength, flags);
    if (received === EAGAIN && !this.#blocking) return null;
    check(received, 'recvmsg');
    const { bytes, address = null, flags: told } = received;
    return { bytes, address, flags: told, control: received.control.map(receivedControl) };
  }

  shutdown(how = 'both') {
    validate.word(how, 'how', Object.keys(SHUTDOWN));
    check(native.shutdown(this.#handle, SHUTDOWN[how]), 'shutdown');
  }

  close() {
    if (native.close(this.#handle) < 0) return;
    if (channels.close.hasSubscribers) channels.close.publish({ socket: this });
    this.#forget();
    this.#rejectWaiters(() => systemError(-constants.ECANCELED, 'close'));
  }

  /** Gives the descriptor away, non-blocking and close-on-exec; this Socket is closed. */
  detach() {
    const fd = check(native.detach(this.#handle), 'detach');
    this.#forget();
    this.#rejectWaiters(() => systemError(-constants.ECANCELED, 'detach'));
    return fd;
  }

  /** Hands the stream to Node: a `net.Socket`, or a promise of a `net.Server` for a listener. */
  toNet(settings = {}) {
    const { serverOf, serverSettings, toNet } = require('./connect.js');
    validate.object(settings, 'settings');
    serverSettings(settings);
    if (this.#type !== 'stream') throw invalidValue('socket', 'must be a stream', this);
    const { SOL_SOCKET, SO_ACCEPTCONN } = constants;
    if (this.getsockopt(SOL_SOCKET, SO_ACCEPTCONN, 4).readInt32LE() === 0) return toNet(this, settings);
    return serverOf(this, settings);
  }

  localAddress() {
    return check(native.localAddress(this.#handle), 'getsockname');
  }

  remoteAddress() {
    return check(native.remoteAddress(this.#handle), 'getpeername');
  }

  takeError() {
    const errno = check(native.takeError(this.#handle), 'getsockopt');
    const target = this.#connecting;
    this.#connecting = undefined;
    if (errno === 0) return null;
    return target ? systemError(-errno, 'connect', target) : systemError(-errno, 'getsockopt');
  }

  available() {
    return check(native.available(this.#handle), 'ioctl');
  }

  getOption(name, query) {
    return options.get(this.#handle, false, name, query);
  }

  setOption(name, value) {
    options.set(this.#handle, false, name, value);
  }

  getsockopt(level, option, length) {
    return options.getRaw(this.#handle, false, level, option, length);
  }

  setsockopt(level, option, value) {
    options.setRaw(this.#handle, false, level, option, value);
  }

  /** Resolves when a read, or an accept, would not have to wait. */
  readable(options) {
    return this.#ready(READABLE, options);
  }

  /** Resolves when a write would not have to wait, or a connection attempt has ended. */
  writable(options) {
    return this.#ready(WRITABLE, options);
  }

  watch(listener, interest = READABLE | WRITABLE) {
    validate.callback(listener, 'listener');
    if (interest !== READABLE && interest !== WRITABLE && interest !== (READABLE | WRITABLE)) {
      throw invalidValue('interest', 'must be READABLE, WRITABLE or both', interest);
    }
    this.#set(listener, interest);
    return this;
  }

  unwatch() {
    this.#set(undefined, 0);
    return this;
  }

  ref() {
    this.#setRef(true);
    return this;
  }

  unref() {
    this.#setRef(false);
    return this;
  }

  hasRef() {
    return this.#refed;
  }

  #set(listener, interest) {
    const [before, interestBefore] = [this.#listener, this.#interest];
    this.#listener = listener;
    this.#interest = interest;
    try {
      this.#update();
    } catch (error) {
      this.#listener = before;
      this.#interest = interestBefore;
      throw error;
    }
  }

  #setRef(refed) {
    if (this.#refed === refed) return;
    this.#refed = refed;
    if (this.#watched !== 0) readiness.keepAlive(refed ? 1 : -1);
  }

  /** Watches for what the listener and the waiting promises want together. */
  #update() {
    let events = this.#interest;
    if (this.#waiters !== undefined) for (const waiter of this.#waiters) events |= waiter.event;
    if (events === this.#watched) return;
    this.#watcher ??= { handle: this.#handle, deliver: (ready) => this.#deliver(ready) };
    readiness.watch(this.#watcher, events);
    if (this.#refed && (events === 0) !== (this.#watched === 0)) readiness.keepAlive(events === 0 ? -1 : 1);
    this.#watched = events;
  }

  #forget() {
    unclosed.unregister(this);
    if (this.#watched === 0) return;
    readiness.forget(this.#watcher);
    if (this.#refed) readiness.keepAlive(-1);
    this.#watched = 0;
    this.#interest = 0;
    this.#listener = undefined;
  }

  #deliver(ready) {
    if (this.#waiters !== undefined) {
      const met = this.#waiters.filter((waiter) => ready & (waiter.event | ERROR | HANGUP));
      for (const waiter of met) this.#settle(waiter).resolve();
      if (met.length > 0) this.#update();
    }
    // What only a promise has asked for is not the listener's.
    const heard = this.#interest & READABLE ? this.#interest | PRIORITY : this.#interest;
    const mine = ready & (heard | ERROR | HANGUP);
    if (this.#listener !== undefined && mine !== 0) this.#listener.call(this, mine);
  }

  #ready(event, options) {
    const signal = validate.signal(options);
    if (signal?.aborted) return Promise.reject(abortError(signal));
    // Asked first: the loop tells only of what changes from here on.
    const entry = Int32Array.of(this.#handle, event, 0);
    const polled = native.poll(entry, 1, 0);
    const syscall = event === READABLE ? 'readable' : 'writable';
    if (polled < 0) return Promise.reject(systemError(polled, syscall));
    if (entry[2] & constants.POLLNVAL) return Promise.reject(systemError(-constants.EBADF, syscall));
    if (polled > 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter = { event, resolve, reject, signal, aborted: undefined };
      this.#waiters ??= [];
      this.#waiters.push(waiter);
      if (signal !== undefined) {
        waiter.aborted = () => {
          this.#settle(waiter).reject(abortError(signal));
          this.#update();
        };
        signal.addEventListener('abort', waiter.aborted, { once: true });
      }
      try {
        this.#update();
      } catch (error) {
        this.#settle(waiter).reject(error);
      }
    });
  }

  #settle(waiter) {
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
    if (this.#waiters.length === 0) this.#waiters = undefined;
    waiter.signal?.removeEventListener('abort', waiter.aborted);
    return waiter;
  }

  #rejectWaiters(error) {
    for (const waiter of this.#waiters ?? []) this.#settle(waiter).reject(error());
  }

  /** The handle of a Socket, for this package's own modules. */
  static handleOf(socket) {
    return socket.#handle;
  }

  static isSocket(value) {
    return typeof value === 'object' && value !== null && #handle in value;
  }
}

if (typeof Symbol.dispose === 'symbol') {
  Object.defineProperty(Socket.prototype, Symbol.dispose, {
    value: Socket.prototype.close,
    configurable: true,
    writable: true,
  });
}

/** Control buffers are far below this (`net.core.optmem_max`). */
const LONGEST_CONTROL = 1 << 20;

/** Where `recvFrom` has the sender's address put: length, address, flags. */
const sender = new Uint8Array(136);
const senderLength = new Uint32Array(sender.buffer, 0, 1);
const senderFlags = new Int32Array(sender.buffer, 132, 1);

function bufferList(buffers, name) {
  if (!Array.isArray(buffers)) throw invalidType(name, 'an instance of Array', buffers);
  return buffers.map((buffer, index) => {
    const view = validate.bytes(buffer, `${name}[${index}]`);
    return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  });
}

/** `{ level, type, data }` for the native side; of `SCM_RIGHTS` the data are Sockets. */
function controlMessage(entry, name) {
  validate.object(entry, name);
  const level = validate.int32(entry.level, `${name}.level`);
  const type = validate.int32(entry.type, `${name}.type`);
  let { data } = entry;
  if (level === constants.SOL_SOCKET && type === constants.SCM_RIGHTS) {
    if (!Array.isArray(data) || !data.every(isSocket)) {
      throw invalidType(`${name}.data`, 'an array of Sockets', data);
    }
    return { level, type, data: Buffer.from(Int32Array.from(data, handleOf).buffer) };
  }
  if (typeof data === 'number') data = Int32Array.of(validate.int32(data, `${name}.data`));
  const view = validate.bytes(data, `${name}.data`);
  return { level, type, data: Buffer.from(view.buffer, view.byteOffset, view.byteLength) };
}

/** A received control message: descriptors have become Sockets, which close if nobody takes them. */
function receivedControl({ level, type, data }) {
  const brings = type === constants.SCM_RIGHTS || type === (constants.SCM_PIDFD ?? constants.SCM_RIGHTS);
  if (level !== constants.SOL_SOCKET || !brings) return { level, type, data };
  const handles = new Int32Array(new Uint8Array(data).buffer);
  const sockets = [];
  for (const handle of handles) {
    if (handle === 0) continue;
    const family = nameOf(FAMILIES, native.socketFamily(handle));
    const kind = native.isFile(handle) ? 'file' : nameOf(TYPES, native.socketType(handle));
    sockets.push(new Socket(kAdopt, handle, family, kind));
  }
  return { level, type, data: sockets };
}

if (typeof Symbol.asyncDispose === 'symbol') {
  Object.defineProperty(Socket.prototype, Symbol.asyncDispose, {
    async value() {
      this.close();
    },
    configurable: true,
    writable: true,
  });
}

const { handleOf, isSocket } = Socket;
delete Socket.handleOf;
delete Socket.isSocket;

/**
 * `poll(2)`: waits for any of several sockets. It blocks the thread.
 *
 * @param {Array<{ socket: Socket, events: number, revents?: number }>} entries
 * @param {number} [timeout] milliseconds; negative waits for ever
 * @returns {number} entries with something in `revents`
 */
function poll(entries, timeout = -1) {
  if (!Array.isArray(entries)) throw invalidType('entries', 'an instance of Array', entries);
  if (typeof timeout !== 'number') throw invalidType('timeout', 'of type number', timeout);
  if (Number.isNaN(timeout)) throw invalidValue('timeout', 'must not be NaN', timeout);
  const words = new Int32Array(3 * entries.length);
  entries.forEach((entry, index) => {
    validate.object(entry, `entries[${index}]`);
    if (!isSocket(entry.socket)) {
      throw invalidType(`entries[${index}].socket`, 'an instance of Socket', entry.socket);
    }
    words[3 * index] = handleOf(entry.socket);
    words[3 * index + 1] = validate.integer(entry.events, `entries[${index}].events`, 0, 0x7fff);
  });
  const ready = check(native.poll(words, entries.length, timeout), 'poll');
  entries.forEach((entry, index) => {
    entry.revents = words[3 * index + 2];
  });
  return ready;
}

module.exports = {
  ...{ Socket, TYPES, constants, handleOf, isSocket, nameOf, poll },
  ...{ READABLE, WRITABLE, ERROR, HANGUP },
};
