'use strict';

// The Sockets API of WinterTC (draft of June 2025) over hostsock's connect() and node:tls.

const net = require('node:net');
const tls = require('node:tls');
const { connect: connectHost } = require('./connect.js');

const TRANSPORTS = ['off', 'on', 'starttls'];

/** What the draft calls for everything that goes wrong with a socket. */
class SocketError extends TypeError {
  constructor(message, options) {
    super(`SocketError: ${message}`, options);
    if (options?.cause?.code !== undefined) this.code = options.cause.code;
  }
}

const socketError = (error) =>
  error instanceof SocketError ? error : new SocketError(error?.message ?? String(error), { cause: error });

/** `host:port` (with brackets around IPv6) or `{ hostname, port }`. */
function parseAddress(address) {
  if (typeof address === 'string') {
    const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(address);
    if (match === null) throw new SocketError(`'${address}' is not host:port`);
    return check(match[1] ?? match[2], Number(match[3]));
  }
  if (address === null || typeof address !== 'object') throw new SocketError('the address is missing');
  return check(address.hostname, Number(address.port));
}

function check(hostname, port) {
  if (typeof hostname !== 'string' || hostname === '') throw new SocketError('the host name is missing');
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new SocketError(`${port} is not a port`);
  return { hostname, port };
}

function parseOptions(options = {}) {
  const { secureTransport = 'off', allowHalfOpen = false, sni = null, alpn = [] } = options;
  if (!TRANSPORTS.includes(secureTransport)) {
    throw new SocketError(
      `secureTransport must be one of ${TRANSPORTS.join(', ')}, not '${secureTransport}'`,
    );
  }
  if (sni !== null && (typeof sni !== 'string' || sni === '')) throw new SocketError('sni must be a name');
  if (!Array.isArray(alpn) || !alpn.every((it) => typeof it === 'string' && it !== '')) {
    throw new SocketError('alpn must be a list of protocol names');
  }
  if (new Set(alpn).size !== alpn.length) throw new SocketError('alpn names a protocol twice');
  if (secureTransport === 'off' && (sni !== null || alpn.length > 0)) {
    throw new SocketError('sni and alpn need secureTransport');
  }
  return { secureTransport, allowHalfOpen: Boolean(allowHalfOpen), sni, alpn };
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

  constructor(key, address, options, connecting) {
    if (key !== kOpen) throw new TypeError('Illegal constructor');
    this.#address = address;
    this.#options = options;
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
    if (this.#connection === undefined || this.#connection.destroyed) this.#closed.resolve();
    else this.#connection.once('close', () => this.#closed.resolve()).destroy();
    return this.closed;
  }

  /** A new Socket that speaks TLS on this connection, with the certificate verified and SNI sent. */
  startTls() {
    if (this.#options.secureTransport !== 'starttls') {
      throw new SocketError("startTls needs secureTransport: 'starttls'");
    }
    if (this.#upgraded) throw new SocketError('the socket has been upgraded already');
    this.#upgraded = true;
    const connecting = this.opened.then(() => {
      const connection = this.#connection;
      this.#release();
      return secure(connection, this.#address, this.#options);
    });
    return new Socket(kOpen, this.#address, { ...this.#options, secureTransport: 'on' }, connecting);
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
    if (!ArrayBuffer.isView(chunk) && !(chunk instanceof ArrayBuffer)) {
      throw new SocketError('only bytes can be written');
    }
    const bytes = ArrayBuffer.isView(chunk)
      ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      : new Uint8Array(chunk);
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
function secure(connection, { hostname }, { sni, alpn }) {
  const servername = sni ?? (net.isIP(hostname) ? undefined : hostname);
  return new Promise((resolve, reject) => {
    const settings = { socket: connection, host: hostname, ALPNProtocols: alpn };
    if (servername !== undefined) settings.servername = servername;
    const secured = tls.connect(settings, () => {
      secured.removeListener('error', reject);
      resolve(secured);
    });
    secured.once('error', reject);
  });
}

/**
 * Opens a connection; the Socket is there at once, and `opened` tells when it stands.
 *
 * @param {string | { hostname: string, port: number }} address
 * @param {{ secureTransport?: 'off' | 'on' | 'starttls', allowHalfOpen?: boolean, sni?: string, alpn?: string[] }} [options]
 */
function connect(address, options) {
  const target = parseAddress(address);
  const chosen = parseOptions(options);
  const { hostname: host, port } = target;
  const plain = connectHost({ host, port, allowHalfOpen: true });
  const connecting =
    chosen.secureTransport === 'on' ? plain.then((connection) => secure(connection, target, chosen)) : plain;
  return new Socket(kOpen, target, chosen, connecting);
}

module.exports = { SocketError, connect };
