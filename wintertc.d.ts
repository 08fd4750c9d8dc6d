/**
 * The Sockets API of WinterTC, by its draft of June 2025. TCP clients only; every failure is a {@link SocketError}.
 *
 * @see https://sockets-api.proposal.wintertc.org
 */

/** Where to connect: `'host:port'`, `'[::1]:port'`, or the parts. */
export type SocketAddress = string | { hostname: string; port: number };

export interface SocketOptions {
  /** `'on'`: TLS at once; `'starttls'`: when {@link Socket.startTls} is called. Default: `'off'`. */
  secureTransport?: 'off' | 'on' | 'starttls';
  /** Stay writable after the peer's end of stream. Default: false. */
  allowHalfOpen?: boolean;
  /** The name that TLS asks for and verifies. Default: the host name. */
  sni?: string | null;
  /** Protocols that TLS offers, best first. */
  alpn?: string[];
  /** Gives up what is not opened yet; `opened` rejects with the `code` `ABORT_ERR`. Not of the draft. */
  signal?: AbortSignal | undefined;
}

export interface SocketInfo {
  /** `host:port` */
  remoteAddress: string;
  /** `host:port` */
  localAddress: string;
  /** What TLS agreed on. */
  alpn: string | null;
}

/** A `TypeError` whose message begins with `SocketError: `; `code` is the cause's, such as `'ECONNREFUSED'`,
 * `'ERR_INVALID_ARG_TYPE'` or (of a call that comes at a wrong time) `'ERR_INVALID_STATE'`. */
export class SocketError extends TypeError {
  code?: string;
}

export interface Socket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<NodeJS.ArrayBufferView | ArrayBuffer>;
  /** When the connection stands; rejects if it cannot be made. */
  readonly opened: Promise<SocketInfo>;
  /** When it has ended; rejects if it broke. */
  readonly closed: Promise<void>;
  /** Whether {@link Socket.startTls} was called. */
  readonly upgraded: boolean;
  readonly secureTransport: 'off' | 'on' | 'starttls';
  /** Ends the connection: the promise of `closed`. */
  close(reason?: unknown): Promise<void>;
  /** {@link Socket.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
  /** A new Socket that speaks TLS on this connection. Needs `secureTransport: 'starttls'`. */
  startTls(): Socket;
}

/** Opens a connection. Certificates are verified, and SNI is sent. */
export function connect(address: SocketAddress, options?: SocketOptions): Socket;
