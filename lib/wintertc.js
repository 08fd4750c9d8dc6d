'use strict';

// The Sockets API of WinterTC (draft of June 2025) over hostsock's connect() and node:tls.

const net = require('node:net');
const tls = require('node:tls');
const { connect: connectHost } = require('./connect.js');
const { abortError, invalidType, invalidValue } = require('./errors.js');
const validate = require('./validate.js');

const TRANSPORTS = ['off', 'on', 'starttls'];

/** What the draft calls for everything that goes wrong with a socket. */
class SocketError extends TypeError {
  constructor(message, options) {
    super(`SocketError: ${message}`, options);
    const code = options?.cause?.code;
    if (code !== undefined) this.code = code;
  }
}

const socketError = (error) =>
  error instanceof SocketError ? error : new SocketError(error?.message ?? String(error), { cause: error });

/** A check of an argument, whose error is a SocketError too. */
function checked(check, ...args) {
  try {
    return check(...args);
  } catch (error) {
    throw socketError(error);
  }
}

/** `host:port` (with brackets around IPv6) or `{ hostname, port }`. */
function parseAddress(address) {
  if (typeof address === 'string') {
    const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(address);
    if (match === null) throw invalidValue('address', 'must be host:port', address);
    return parts(match[1] ?? match[2], match[3]);
  }
  validate.object(address, 'address');
  return parts(address.hostname, address.port);
}

function parts(hostname, port) {
  validate.text(hostname, 'address.hostname');
  if (hostname === '') throw invalidValue('address.hostname', 'must not be empty', hostname);
  return { hostname, port: validate.port(port, 'address.port') };
}

function parseOptions(options) {
  validate.object(options, 'options');
  const { secureTransport = 'off', allowHalfOpen = false, sni = null, alpn = [] } = options;
  validate.word(secureTransport, 'options.secureTransport', TRANSPORTS);
  if (sni !== null) validate.text(sni, 'options.sni');
  if (sni === '') throw invalidValue('options.sni', 'must be a name', sni);
  if (!Array.isArray(alpn)) throw invalidType('options.alpn', 'an instance of Array', alpn);
  alpn.forEach((name, index) => {
    validate.text(name, `options.alpn[${index}]`);
    if (name === '' || Buffer.byteLength(name) > 255) {
      throw invalidValue(`options.alpn[${index}]`, 'must be of 1 to 255 bytes', name);
    }
  });
  if (new Set(alpn).size !== alpn.length) {
    throw invalidValue('options.alpn', 'must not name a protocol twice', alpn);
  }
  if (secureTransport === 'off' && (sni !== null || alpn.length > 0)) {
    throw invalidValue(
      'options.secureTransport',
      "must be 'on' or 'starttls' for sni and alpn",
      secureTransport,
    );
  }
  return {
    secureTransport,
    allowHalfOpen: Boolean(allowHalfOpen),
    sni,
    alpn,
    signal: validate.signal(options),
  };
}

/** The call is right, the state is not. */
function invalidState(message) {
  return new SocketError(message, {
    cause: Object.assign(new Error(message), { code: 'ERR_INVALID_STATE' }),
  });
}

/** Marks the construction of a Socket, which scripts cannot do. */
const kOpen = Symbol('open');

/**
 * A connection as the draft has it: two web streams and promises for its beginning and end.
 */
class Socket {
  #address;
  #options;
  #connection;
  #opened = Promise.withResolvers?.() ?? withResolvers();
  #closed = Promise.withResolvers?.() ?? withResolvers();
  #upgraded = false;
  #ended = false;
  #reading;
  #writing;
  #stop;

  constructor(key, address, options, connecting, stop) {
    if (key !== kOpen) throw new TypeError('Illegal constructor');
    this.#address = address;
    this.#options = options;
    this.#stop = stop;
    // Nobody has to listen: marked as handled, as the draft says.
    this.#opened.promise.catch(() => {});
    this.#closed.promise.catch(() => {});
    this.readable = new ReadableStream({
      start: (controller) => {
        this.#reading = controller;
      },
      pull: () => this.#connection?.resume(),
      cancel: () => this.#halfClose(),
    });
    this.writable = new WritableStream({
      start: (controller) => {
        this.#writing = controller;
      },
      write: (chunk) => this.#write(chunk),
      close: () => this.#finish(),
      abort: () => this.#connection?.destroy(),
    });
    connecting.then(
      (connection) => this.#begin(connection),
      (error) => this.#fail(socketError(error)),
    );
  }

  /** @returns {Promise<{ remoteAddress: string, localAddress: string, alpn: string | null }>} */
  get opened() {
    return this.#opened.promise;
  }

  /** Resolves at the end of the connection; rejects when there was none, or it broke. */
  get closed() {
    return this.#closed.promise;
  }

  /** Whether it has become another Socket by `startTls`. */
  get upgraded() {
    return this.#upgraded;
  }

  get secureTransport() {
    return this.#options.secureTransport;
  }

  /** Ends the connection. @returns the promise of `closed` */
  close(reason) {
    if (this.#ended) return this.closed;
    this.#ended = true;
    const error = reason === undefined ? new SocketError('the socket was closed') : socketError(reason);
    this.#opened.reject(error);
    silently(() => this.#reading.error(error));
    silently(() => this.#writing.error(error));
    this.#stop?.();
    if (this.#connection === undefined || this.#connection.destroyed) this.#closed.resolve();
    else this.#connection.once('close', () => this.#closed.resolve()).destroy();
    return this.closed;
  }

  /** A new Socket that speaks TLS on this connection, with the certificate verified and SNI sent. */
  startTls() {
    if (this.#options.secureTransport !== 'starttls') {
      throw invalidState("startTls needs secureTransport: 'starttls'");
    }
    if (this.#upgraded) throw invalidState('the socket has been upgraded already');
    this.#upgraded = true;
    const { signal, stop, done } = stopper(this.#options.signal);
    const connecting = this.opened
      .then(() => {
        const connection = this.#connection;
        this.#release();
        return secure(connection, this.#address, this.#options, signal);
      })
      .finally(done);
    return new Socket(kOpen, this.#address, { ...this.#options, secureTransport: 'on' }, connecting, stop);
  }

  #begin(connection) {
    if (this.#ended) {
      connection.destroy();
      return;
    }
    this.#connection = connection;
    connection.on('data', (chunk) => {
      this.#reading.enqueue(new Uint8Array(chunk));
      if (this.#reading.desiredSize <= 0) connection.pause();
    });
    connection.on('end', () => {
      silently(() => this.#reading.close());
      if (!this.#options.allowHalfOpen) connection.end();
    });
    connection.on('error', (error) => this.#fail(socketError(error)));
    connection.on('close', () => {
      this.#ended = true;
      silently(() => this.#reading.close());
      silently(() => this.#writing.error(new SocketError('the socket is closed')));
      this.#closed.resolve();
    });
    connection.pause();
    if (this.#reading.desiredSize > 0) connection.resume();
    this.#opened.resolve({
      remoteAddress: join(connection.remoteAddress, connection.remotePort),
      localAddress: join(connection.localAddress, connection.localPort),
      alpn: connection.alpnProtocol || null,
    });
  }

  /** Hands the connection on, without an end to it. */
  #release() {
    for (const event of ['data', 'end', 'error', 'close']) this.#connection.removeAllListeners(event);
    this.#connection.pause();
    this.#connection = undefined;
    this.#ended = true;
    silently(() => this.#reading.close());
    silently(() => this.#writing.error(new SocketError('the socket was upgraded')));
    this.#closed.resolve();
  }

  #fail(error) {
    this.#ended = true;
    this.#opened.reject(error);
    silently(() => this.#reading.error(error));
    silently(() => this.#writing.error(error));
    this.#closed.reject(error);
  }

  async #write(chunk) {
    const bytes = checked(validate.bytes, chunk, 'chunk');
    await this.opened;
    await new Promise((resolve, reject) => {
      this.#connection.write(bytes, (error) => (error ? reject(socketError(error)) : resolve()));
    });
  }

  async #finish() {
    await this.opened;
    await new Promise((resolve) => this.#connection.end(resolve));
  }

  async #halfClose() {
    if (!this.#options.allowHalfOpen) await this.close();
  }
}

if (typeof Symbol.asyncDispose === 'symbol') {
  Object.defineProperty(Socket.prototype, Symbol.asyncDispose, {
    value() {
      return this.close();
    },
    configurable: true,
    writable: true,
  });
}

function withResolvers() {
  const it = {};
  it.promise = new Promise((resolve, reject) => Object.assign(it, { resolve, reject }));
  return it;
}

/** A stream that has ended already cannot be ended again. */
function silently(call) {
  try {
    call();
  } catch {}
}

const join = (address, port) => (address?.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);

/** TLS over a connection. Certificates are verified; SNI is the host's name unless told otherwise. */
function secure(connection, { hostname }, { sni, alpn }, signal) {
  const servername = sni ?? (net.isIP(hostname) ? undefined : hostname);
  return new Promise((resolve, reject) => {
    const settings = { socket: connection, host: hostname, ALPNProtocols: alpn };
    if (servername !== undefined) settings.servername = servername;
    const secured = tls.connect(settings);
    const aborted = () => secured.destroy(abortError(signal));
    const settle = (call, value) => {
      signal?.removeEventListener('abort', aborted);
      secured.removeListener('error', failed);
      call(value);
    };
    const failed = (error) => settle(reject, error);
    secured.once('error', failed).once('secureConnect', () => settle(resolve, secured));
    signal?.addEventListener('abort', aborted, { once: true });
    if (signal?.aborted) aborted();
  });
}

/**
 * Opens a connection; the Socket is there at once, and `opened` tells when it stands.
 *
 * @param {string | { hostname: string, port: number }} address
 * @param {{ secureTransport?: 'off' | 'on' | 'starttls', allowHalfOpen?: boolean, sni?: string, alpn?: string[],
 *   signal?: AbortSignal }} [options] `signal` is not the draft's: it gives up what is not opened yet
 */
function connect(address, options) {
  const target = checked(parseAddress, address);
  const chosen = checked(parseOptions, options ?? {});
  const { hostname: host, port } = target;
  // What ends the attempt: the caller's signal, or close().
  const { signal: stopped, stop, done } = stopper(chosen.signal);
  const connecting = connectHost({ host, port, allowHalfOpen: true, signal: stopped })
    .then((connection) =>
      chosen.secureTransport === 'on' ? secure(connection, target, chosen, stopped) : connection,
    )
    .finally(done);
  return new Socket(kOpen, target, chosen, connecting, stop);
}

/** A signal that fires with another one, or when told. */
function stopper(signal) {
  const controller = new AbortController();
  const stop = () => controller.abort(signal?.reason);
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  return { signal: controller.signal, stop, done: () => signal?.removeEventListener('abort', stop) };
}

module.exports = { SocketError, connect };
