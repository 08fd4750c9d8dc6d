/**
 * Host sockets for Node: every call is the system call of its name, made on this thread.
 *
 * @remarks
 * Nothing is cached or emulated: options, addresses, states and errors are the kernel's. Each call names its source, a
 * page of the Linux manual such as `connect(2)`; other systems have pages of the same names.
 *
 * **Errors.** A call that the kernel refuses throws a {@link SystemError}. A wrong argument throws a `TypeError` with the
 * `code` `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`, or a `RangeError` with `ERR_OUT_OF_RANGE`, before any system
 * call. On a closed {@link Socket} every call throws `EBADF`, but `close()`, `unwatch()`, `ref()` and `unref()`.
 *
 * **Platforms.** Tested on Linux. The code for macOS and Windows is type-checked only.
 *
 * @packageDocumentation
 */

import type { Socket as DgramSocket } from 'node:dgram';
import type { Server as NetServer, Socket as NetSocket } from 'node:net';
import type { SettableSocketOptions, SocketOptions } from './options.js';

export type * from './options.js';

// -- Addresses --------------------------------------------------------------------------------------------------------

/**
 * `'IPv4'` is `AF_INET`, `'IPv6'` is `AF_INET6`, `'unix'` is `AF_UNIX`.
 *
 * @see address_families(7)
 */
export type Family = 'IPv4' | 'IPv6' | 'unix';

/**
 * `'stream'` is `SOCK_STREAM`, `'datagram'` is `SOCK_DGRAM`, `'seqpacket'` is `SOCK_SEQPACKET`, `'raw'` is `SOCK_RAW`.
 *
 * @see socket(2)
 */
export type SocketType = 'stream' | 'datagram' | 'seqpacket' | 'raw';

/**
 * Where to bind or connect, for sockets of the families IPv4 and IPv6.
 *
 * @see ip(7), ipv6(7)
 */
export interface IpAddress {
  /** An IP address, such as `'127.0.0.1'`, `'::1'` or `'fe80::1%eth0'`. Names are not resolved. */
  address: string;
  /** 0 to 65535; 0 lets the kernel choose. Default: 0. */
  port?: number;
  /** `sin6_flowinfo`: 0 to 2^32 - 1. IPv6 only. Default: 0. */
  flowInfo?: number;
  /** `sin6_scope_id`, the index of an interface: 0 to 2^32 - 1. IPv6 only. Default: what stands behind a `%`, or 0. */
  scopeId?: number;
}

/**
 * Where to bind or connect, for sockets of the family unix.
 *
 * @see unix(7)
 */
export interface UnixAddress {
  /** A path, or on Linux `'\0name'` for a name in the abstract namespace. At most 107 bytes on Linux. */
  path: string;
}

/** An address as calls take it. */
export type Address = IpAddress | UnixAddress;

/** An IPv4 address as the kernel gives it. */
export interface IPv4SocketAddress {
  family: 'IPv4';
  address: string;
  port: number;
}

/** An IPv6 address as the kernel gives it. */
export interface IPv6SocketAddress {
  family: 'IPv6';
  address: string;
  port: number;
  flowInfo: number;
  scopeId: number;
}

/** The address of a unix socket as the kernel gives it. The path is empty for a socket without a name. */
export interface UnixSocketAddress {
  family: 'unix';
  path: string;
}

/** An address as the kernel gives it. */
export type SocketAddress = IPv4SocketAddress | IPv6SocketAddress | UnixSocketAddress;

// -- Errors -----------------------------------------------------------------------------------------------------------

/** What a call throws that the kernel refuses, in the shape of Node's own system errors. */
export interface SystemError extends Error {
  /** The C name of the error number, such as `'ECONNREFUSED'`. */
  code: string;
  /** The error number, negative as in Node: libuv's on Windows, the system's elsewhere. */
  errno: number;
  /** The system call that failed, such as `'connect'`. */
  syscall: string;
  /** The address (or path) that the call was about, if it was about one. */
  address?: string;
  /** Its port, if it has one. */
  port?: number;
}

// -- Constants --------------------------------------------------------------------------------------------------------

/**
 * This system's numbers by their C names; readiness bits are Linux's on every system.
 *
 * @remarks
 * What a system lacks is absent: `MSG_DONTWAIT` on Windows, `MSG_MORE` anywhere but on Linux. Numbers of socket options are
 * in {@link optionTable}.
 */
export interface Constants {
  readonly AF_INET: number;
  readonly AF_INET6: number;
  readonly AF_UNIX: number;
  readonly AF_UNSPEC: number;

  readonly AI_ADDRCONFIG: number;
  readonly AI_ALL: number;
  readonly AI_CANONNAME: number;
  readonly AI_NUMERICHOST: number;
  readonly AI_NUMERICSERV: number;
  readonly AI_PASSIVE: number;
  readonly AI_V4MAPPED: number;

  readonly EADDRNOTAVAIL: number;
  readonly EAGAIN: number;
  readonly EBADF: number;
  readonly ECANCELED: number;
  readonly EINPROGRESS: number;
  readonly ENOPROTOOPT: number;
  readonly ETIMEDOUT: number;

  readonly IPPROTO_ICMP: number;
  readonly IPPROTO_ICMPV6: number;
  readonly IPPROTO_IP: number;
  readonly IPPROTO_IPV6: number;
  readonly IPPROTO_RAW: number;
  readonly IPPROTO_TCP: number;
  readonly IPPROTO_UDP: number;

  readonly MSG_CTRUNC: number;
  readonly MSG_DONTROUTE: number;
  readonly MSG_OOB: number;
  readonly MSG_PEEK: number;
  readonly MSG_TRUNC: number;
  readonly MSG_WAITALL: number;
  /** Not on Windows. */
  readonly MSG_DONTWAIT?: number;
  /** Not on Windows. */
  readonly MSG_EOR?: number;
  /** Linux. */
  readonly MSG_CMSG_CLOEXEC?: number;
  /** Linux. */
  readonly MSG_CONFIRM?: number;
  /** Linux. */
  readonly MSG_ERRQUEUE?: number;
  /** Linux. */
  readonly MSG_FASTOPEN?: number;
  /** Linux. */
  readonly MSG_MORE?: number;
  /** Linux. It is always in force: no call raises `SIGPIPE`. */
  readonly MSG_NOSIGNAL?: number;
  /** Linux. */
  readonly MSG_WAITFORONE?: number;
  /** Linux. */
  readonly MSG_ZEROCOPY?: number;

  /** Not on Windows. */
  readonly SCM_RIGHTS?: number;
  /** Linux. */
  readonly SCM_CREDENTIALS?: number;
  readonly SCM_PIDFD?: number;

  readonly NI_DGRAM: number;
  readonly NI_NAMEREQD: number;
  readonly NI_NOFQDN: number;
  readonly NI_NUMERICHOST: number;
  readonly NI_NUMERICSERV: number;

  readonly SHUT_RD: number;
  readonly SHUT_RDWR: number;
  readonly SHUT_WR: number;

  readonly SOCK_DGRAM: number;
  readonly SOCK_RAW: number;
  readonly SOCK_SEQPACKET: number;
  readonly SOCK_STREAM: number;

  readonly SOL_SOCKET: number;
  readonly SO_ACCEPTCONN: number;
  readonly SOMAXCONN: number;

  readonly POLLERR: number;
  readonly POLLHUP: number;
  readonly POLLIN: number;
  readonly POLLNVAL: number;
  readonly POLLOUT: number;
  readonly POLLPRI: number;
  readonly POLLRDHUP: number;

  /** `POLLERR` */
  readonly ERROR: number;
  /** `POLLHUP` */
  readonly HANGUP: number;
  /** `POLLPRI` */
  readonly PRIORITY: number;
  /** `POLLIN` */
  readonly READABLE: number;
  /** `POLLOUT` */
  readonly WRITABLE: number;
}

export const constants: Constants;

/** Readiness bit: a read, or an accept, would not have to wait. */
export const READABLE: number;
/** Readiness bit: a write would not have to wait, or an attempt to connect has ended. */
export const WRITABLE: number;
/** Readiness bit: both directions are closed. Reported without being asked for. */
export const HANGUP: number;
/** Readiness bit: `takeError()`, or the next call, has an error to tell. Reported without being asked for. */
export const ERROR: number;

// -- Socket -----------------------------------------------------------------------------------------------------------

/** What kind of socket to open. */
export interface SocketSettings {
  family: Family;
  type: SocketType;
  /** A protocol of the family by its number; 0 is the usual one for the type. Default: 0. */
  protocol?: number;
}

/** What kind of pair to open. */
export interface PairSettings {
  /** Other systems than Linux, and Linux for other families than unix, know no pairs. Default: `'unix'`. */
  family?: Family;
  type: SocketType;
  /** Default: 0. */
  protocol?: number;
}

/**
 * A control message to send: `cmsg(3)`. `level` and `type` are this system's numbers.
 *
 * @remarks
 * The data of `SOL_SOCKET`/`SCM_RIGHTS` are Sockets, whose descriptors the receiver gets copies of; of any other type they
 * are bytes, or a number that becomes the kernel's `int`.
 */
export interface ControlMessage {
  level: number;
  type: number;
  data: Bytes | number | Socket[];
}

/** A control message that was received. */
export interface ReceivedControlMessage {
  level: number;
  type: number;
  /** Of `SOL_SOCKET`/`SCM_RIGHTS` and `SCM_PIDFD`, Sockets, which are the receiver's to close; bytes of any other type. */
  data: Buffer | Socket[];
}

/** What {@link Socket.sendMessage} sends. */
export interface OutgoingMessage {
  /** Sent one behind the other, as one message. Default: none. */
  buffers?: Bytes[];
  /** Where to; not for connected sockets. */
  address?: Address | undefined;
  /** Default: none. */
  control?: ControlMessage[];
  /** `MSG_*`. Default: 0. */
  flags?: number;
}

/** What {@link Socket.recvMessage} receives into. */
export interface IncomingBuffers {
  /** Filled one after the other. Default: none. */
  buffers?: Bytes[];
  /** Bytes to make room for in control messages: `CMSG_SPACE`, `cmsg(3)`, up to 1 MiB. Default: 0. */
  controlLength?: number;
  /** `MSG_*`. Default: 0. */
  flags?: number;
}

/** What {@link Socket.recvFrom} gives. */
export interface ReceivedFrom {
  /** Bytes received; 0 for an empty message, and at end of stream. */
  bytes: number;
  /** The sender; `null` if it has no address, as on a connected stream. */
  address: SocketAddress | null;
  /** `MSG_*`, among it `MSG_TRUNC` for a message that the buffer was too small for. */
  flags: number;
}

/** What {@link Socket.recvMessage} gives. */
export interface ReceivedMessage {
  /** Bytes received; 0 for an empty message, and at end of stream. */
  bytes: number;
  /** The sender; `null` if it has no address, as on a connected stream. */
  address: SocketAddress | null;
  /** `MSG_*`: `MSG_TRUNC`, `MSG_CTRUNC` for control messages that there was no room for … */
  flags: number;
  control: ReceivedControlMessage[];
}

/** What {@link Socket.toNet} may be told. */
export interface ToNetSettings extends WaitOptions {
  /** Of a connected socket: as of `net.Socket`. Default: false. */
  allowHalfOpen?: boolean;
  /** Of a listening socket: Node calls `listen(2)` again. Default: 511. */
  backlog?: number;
  /** Of a listening socket: the server that gets its connections, as of {@link listen}. */
  server?: NetServer;
}

/** Of a call whose promise can be given up. */
export interface WaitOptions {
  /** When it fires, the promise rejects with an `AbortError` (`code` `ABORT_ERR`, the reason as `cause`). */
  signal?: AbortSignal | undefined;
}

/**
 * Bytes to send or to receive into. None of them is copied, but for a string. A buffer that was transferred away is
 * refused (`ERR_INVALID_ARG_VALUE`).
 */
export type Bytes = NodeJS.ArrayBufferView | ArrayBuffer | SharedArrayBuffer;

/**
 * Hears of a socket's readiness.
 *
 * @param ready bits: {@link READABLE}, {@link WRITABLE}, {@link HANGUP}, {@link ERROR}, `constants.PRIORITY`
 */
export type ReadinessListener = (this: Socket, ready: number) => void;

/** A value of a raw option: a number or boolean becomes the kernel's `int`. */
export type RawOptionValue = number | boolean | Bytes;

/**
 * A socket of the operating system.
 *
 * @remarks
 * In the kernel it is always non-blocking and close-on-exec. With {@link Socket.blocking} set, calls wait for it to
 * become ready, on this thread, as long as `SO_RCVTIMEO` and `SO_SNDTIMEO` let them; without, they return at once and say
 * with `-1`, `null` or `false` that they would have had to wait. No call raises `SIGPIPE`.
 *
 * A Socket that is watched, or that a promise of {@link Socket.readable} or {@link Socket.writable} waits for, keeps Node
 * running, unless {@link Socket.unref} was called. It belongs to the thread that opened it and is closed when that ends. A
 * Socket that is garbage-collected without `close()` is closed with a warning (`HOSTSOCK_UNCLOSED`, once per thread).
 *
 * @example
 * ```js
 * const socket = new Socket({ family: 'IPv4', type: 'stream' });
 * socket.setOption('TCP_USER_TIMEOUT', 5000);
 * if (!socket.connect({ address: '127.0.0.1', port: 6379 })) await socket.writable();
 * const error = socket.takeError();
 * if (error) throw error;
 * socket.send('PING\r\n');
 * await socket.readable();
 * const buffer = Buffer.alloc(1024);
 * console.log(buffer.toString('utf8', 0, socket.recv(buffer)));
 * socket.close();
 * ```
 */
export class Socket {
  /**
   * Opens a socket: `socket(2)`.
   *
   * @throws {@link SystemError} `EAFNOSUPPORT`, `EPROTONOSUPPORT`, `EMFILE`, `EACCES` or `EPERM` (raw sockets need a
   * privilege) …
   */
  constructor(settings: SocketSettings);

  /**
   * Opens two sockets that are connected to each other: `socketpair(2)`.
   *
   * @throws {@link SystemError} `EOPNOTSUPP` for a family without pairs, and on Windows; `EMFILE` …
   */
  static pair(settings: PairSettings): [Socket, Socket];

  /**
   * Takes over a descriptor that was opened elsewhere: it is made non-blocking and close-on-exec, and closed by `close()`.
   * Whoever had it must not use it any more.
   *
   * @throws {@link SystemError} `EBADF`, `ENOTSOCK`
   */
  static fromFd(fd: number): Socket;

  /** The family. `undefined` for a descriptor of another family (see {@link Socket.fromFd}). */
  get family(): Family | undefined;

  /**
   * The type. `undefined` for a descriptor of another type (see {@link Socket.fromFd}); `'file'` for a received descriptor
   * that is no socket's (see {@link ReceivedControlMessage}).
   */
  get type(): SocketType | 'file' | undefined;

  /**
   * The descriptor, which stays this Socket's; -1 when it is closed. On Windows, the number of the `SOCKET`.
   */
  get fd(): number;

  /**
   * Whether calls wait. Default: `false`.
   *
   * @remarks
   * A call that waits blocks this thread: no timer, promise or other socket goes on meanwhile. When `SO_RCVTIMEO` (reading,
   * accepting) or `SO_SNDTIMEO` (writing, connecting) passes, it throws `EAGAIN`, or `EINPROGRESS` from `connect()`. Waits
   * are made again after a signal (no `EINTR`).
   */
  get blocking(): boolean;
  set blocking(value: boolean);

  /**
   * Gives the socket a local address: `bind(2)`.
   *
   * @throws {@link SystemError} `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`, `EINVAL` …, with `address` and `port`
   */
  bind(address: Address): void;

  /**
   * Makes the socket accept connections: `listen(2)`.
   *
   * @param backlog connections that may wait to be accepted; the kernel has a limit of its own. Default: 511.
   * @throws {@link SystemError} `EADDRINUSE`, `EOPNOTSUPP` …
   */
  listen(backlog?: number): void;

  /**
   * Takes a connection that waits: `accept4(2)`. The new Socket does not block, whatever this one does; on Linux it has
   * this one's options.
   *
   * @returns the connection; `null` when none waits (never when `blocking`)
   * @throws {@link SystemError} `ECONNABORTED`, `EMFILE`, `EINVAL` (not listening) …
   */
  accept(): Socket | null;

  /**
   * Connects: `connect(2)`.
   *
   * @returns `true` when connected; `false` while the attempt is under way (never when `blocking`): wait for
   * {@link Socket.writable}, then ask {@link Socket.takeError}
   * @throws {@link SystemError} `ECONNREFUSED`, `ENETUNREACH`, `ETIMEDOUT`, `EISCONN` …, with `address` and `port`
   */
  connect(address: Address): boolean;

  /**
   * Sends: `send(2)`.
   *
   * @param data a string is sent as UTF-8
   * @param flags `MSG_*`. Default: 0.
   * @param offset first byte to send. Default: 0.
   * @param length bytes to send from there. Default: all that are left. With these, a part of a buffer goes out
   * without a view of its own for each message.
   * @returns bytes sent, which may be fewer than there are; `-1` when nothing could be sent without waiting. When
   * `blocking`, all bytes, unless the connection breaks or `SO_SNDTIMEO` passes
   * @throws {@link SystemError} `EPIPE`, `ECONNRESET`, `ENOTCONN`, `EMSGSIZE` …
   */
  send(data: string | Bytes, flags?: number, offset?: number, length?: number): number;

  /**
   * Receives: `recv(2)`.
   *
   * @param buffer where to; it must not be empty, as 0 bytes mean end of stream
   * @param flags `MSG_*`. Default: 0.
   * @param offset where in it the first byte goes. Default: 0.
   * @param length bytes to receive at most, from 1. Default: all the room that is left.
   * @returns bytes received; 0 at end of stream; `-1` when nothing is there (never when `blocking`)
   * @throws {@link SystemError} `ECONNRESET`, `ENOTCONN`, `ECONNREFUSED` …
   */
  recv(buffer: Bytes, flags?: number, offset?: number, length?: number): number;

  /**
   * Sends one message to an address: `sendto(2)`.
   *
   * @returns as {@link Socket.send}
   * @throws {@link SystemError} `EMSGSIZE`, `EISCONN`, `ENETUNREACH`, `EACCES` … with `address` and `port`
   */
  sendTo(data: string | Bytes, address: Address, flags?: number): number;

  /**
   * Receives one message with its sender's address: `recvfrom(2)`.
   *
   * @param buffer where to; what of the message does not fit is dropped, with `MSG_TRUNC` in `flags`
   * @returns `null` when nothing is there (never when `blocking`)
   * @throws {@link SystemError} as {@link Socket.recv}
   */
  recvFrom(buffer: Bytes, flags?: number): ReceivedFrom | null;

  /**
   * Sends the first datagrams of a batch in one system call: `sendmmsg(2)`.
   *
   * @param count default: as many as the batch holds behind `start`
   * @param start the first datagram, to go on after a call that sent only some. Default: 0
   * @returns how many were sent; -1 when the first would have to wait (never when `blocking`)
   * @throws {@link SystemError} as {@link Socket.sendTo}, of the first datagram
   */
  sendMany(batch: DatagramBatch, count?: number, flags?: number, start?: number): number;

  /**
   * Receives up to as many datagrams as a batch holds in one system call: `recvmmsg(2)`.
   *
   * @returns how many came; -1 when none is there (never when `blocking`, which waits for the first only)
   * @throws {@link SystemError} as {@link Socket.recvFrom}
   */
  recvMany(batch: DatagramBatch, flags?: number): number;

  /**
   * Sends several buffers as one message, with an address and control messages: `sendmsg(2)`.
   *
   * @returns as {@link Socket.send}
   * @throws {@link SystemError} as {@link Socket.sendTo}; `EINVAL`, `EPERM` for control messages
   */
  sendMessage(message: OutgoingMessage): number;

  /**
   * Receives one message into several buffers, with its sender's address and control messages: `recvmsg(2)`.
   *
   * @returns `null` when nothing is there (never when `blocking`)
   * @throws {@link SystemError} as {@link Socket.recv}
   */
  recvMessage(message: IncomingBuffers): ReceivedMessage | null;

  /**
   * Hands a stream to Node; this Socket is closed. A listening one becomes a `net.Server`, by a promise.
   *
   * @throws `ERR_INVALID_ARG_VALUE` for what is no stream; `ERR_FEATURE_UNAVAILABLE_ON_PLATFORM` on Windows
   */
  toNet(settings?: ToNetSettings): NetSocket | Promise<NetServer>;

  /**
   * The connections of a listening socket as they come, until it is closed.
   *
   * @throws `ABORT_ERR` (from the iteration) when `signal` fires; the socket stays open
   */
  connections(options?: WaitOptions): AsyncGenerator<Socket, void, void>;

  /**
   * The connections of a listening socket as they come, until it is closed.
   *
   * @example
   * ```js
   * for await (const connection of listener) connection.send('hello\n');
   * ```
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Socket>;

  /**
   * Ends one direction, or both: `shutdown(2)`.
   *
   * @param how default: `'both'`
   * @throws {@link SystemError} `ENOTCONN`
   */
  shutdown(how?: 'read' | 'write' | 'both'): void;

  /**
   * Closes the socket: `close(2)`. Promises that wait for it reject with `ECANCELED`. Again it does nothing.
   */
  close(): void;

  /** {@link Socket.close}, for `using`. Absent where Node has no `Symbol.dispose` (before 20.4). */
  [Symbol.dispose](): void;

  /** {@link Socket.close}, for `await using`. Absent where Node has no `Symbol.asyncDispose`. */
  [Symbol.asyncDispose](): Promise<void>;

  /**
   * Gives the descriptor away, non-blocking and close-on-exec. The Socket is closed by this, the descriptor is not; its
   * number may be another than `fd` was. Promises that wait for the Socket reject with `ECANCELED`.
   */
  detach(): number;

  /** This end's address: `getsockname(2)`. */
  localAddress(): SocketAddress;

  /**
   * The other end's address: `getpeername(2)`.
   *
   * @throws {@link SystemError} `ENOTCONN`
   */
  remoteAddress(): SocketAddress;

  /**
   * The pending error, which is forgotten by this: `SO_ERROR`, `socket(7)`. After an attempt to connect it tells how the
   * attempt ended, with `address` and `port`.
   */
  takeError(): SystemError | null;

  /** Bytes that could be read now: `FIONREAD`, `ioctl(2)`. */
  available(): number;

  /**
   * An option by its C name, as a natural value.
   *
   * @param name the names are in `docs/options.md` and {@link optionTable}
   * @param query for the few options that are asked with something, such as `MCAST_MSFILTER`
   * @throws {@link SystemError} the kernel's; `ENOPROTOOPT` for an option that this system lacks. `ERR_INVALID_ARG_VALUE`
   * for a name that is no option's
   */
  getOption<Name extends keyof SocketOptions>(name: Name, query?: unknown): SocketOptions[Name];

  /**
   * Sets an option by its C name.
   *
   * @throws {@link SystemError} the kernel's; `ENOPROTOOPT` for an option that this system lacks. `ERR_INVALID_ARG_TYPE`,
   * `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE` for a value that the option cannot carry
   */
  setOption<Name extends keyof SettableSocketOptions>(name: Name, value: SettableSocketOptions[Name]): void;

  /**
   * An option's bytes, by numbers: `getsockopt(2)`. Any level and option reaches the kernel.
   *
   * @param length bytes to make room for, up to 1 MiB. Default: 1024.
   * @throws {@link SystemError} the kernel's, `ENOPROTOOPT` for an option that it does not know
   */
  getsockopt(level: number, option: number, length?: number): Buffer;

  /**
   * Sets an option by numbers: `setsockopt(2)`. Any level, option and value reaches the kernel.
   *
   * @throws {@link SystemError} the kernel's, `ENOPROTOOPT` for an option that it does not know
   */
  setsockopt(level: number, option: number, value: RawOptionValue): void;

  /**
   * Resolves when a read, or an accept, would not have to wait: there is data, a connection, end of stream or an error.
   *
   * @throws {@link SystemError} (rejects) `EBADF` when closed, `ECANCELED` when closed while waiting
   */
  readable(options?: WaitOptions): Promise<void>;

  /**
   * Resolves when a write would not have to wait, or an attempt to connect has ended, well or not.
   *
   * @throws {@link SystemError} (rejects) `EBADF` when closed, `ECANCELED` when closed while waiting
   */
  writable(options?: WaitOptions): Promise<void>;

  /**
   * Calls a listener when the socket is ready. There is one listener; another call replaces it.
   *
   * @remarks
   * Level-triggered, without a busy loop: the listener hears again on the next turn of the event loop while the condition
   * holds and the program has made progress on it (read, written or accepted) since; without progress, only when something
   * new happens. {@link HANGUP} and {@link ERROR} are always reported. What a listener throws becomes an uncaught
   * exception; other sockets are still told.
   *
   * @param interest {@link READABLE}, {@link WRITABLE} or both. Default: both.
   */
  watch(listener: ReadinessListener, interest?: number): this;

  /** Ends {@link Socket.watch}. */
  unwatch(): this;

  /** Lets this socket keep Node running while it is watched or waited for, which is the default. */
  ref(): this;

  /** Lets Node end though this socket is watched or waited for. */
  unref(): this;

  /** Whether this socket keeps Node running while it is watched or waited for. */
  hasRef(): boolean;
}

/**
 * Memory for many datagrams, which one {@link Socket.recvMany} fills or one {@link Socket.sendMany} sends.
 */
export class DatagramBatch {
  /**
   * @param settings `count`: datagrams, 1 to 1024, default 64; `size`: bytes for each, 1 to 65536, default 2048
   * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`
   */
  constructor(settings?: { count?: number; size?: number });
  /** Datagrams that it holds. */
  readonly capacity: number;
  /** Bytes for each. */
  readonly size: number;
  /** Datagram `i` lies at `i * size`. */
  readonly buffer: Buffer;
  /** Bytes of each datagram. */
  readonly lengths: Uint32Array;
  /** The bytes of a datagram: a view of `buffer`, until the next call fills it. */
  data(index: number): Buffer;
  /** Who sent a datagram, or where it goes; `null` for none. */
  address(index: number): SocketAddress | null;
  /** `MSG_*` of a received datagram, among it `MSG_TRUNC`. */
  flags(index: number): number;
  /** Puts a datagram in its place to be sent; without an address it goes to the connected peer. */
  set(index: number, data: Bytes | string, address?: Address): this;
}

/** What {@link control}`.read` finds in a list of received control messages. What did not come is absent. */
export interface ControlData {
  /** Sockets that were passed (`SCM_RIGHTS`). */
  rights?: Socket[];
  /**
   * The sender's process (`SO_PASSPIDFD`, Linux 6.5), of type `'file'`: readable when the process has ended
   * (`pidfd_open(2)`). It is the receiver's to close.
   */
  pidfd?: Socket;
  credentials?: { pid: number; uid: number; gid: number };
  /** `address`: where the datagram was sent to; `local`: the address that an answer would come from. */
  pktinfo?: { interface: number; address: string; local?: string };
  originalDestination?: SocketAddress | null;
  ttl?: number;
  tos?: number;
  hopLimit?: number;
  trafficClass?: number;
  /** Bytes of each datagram that the kernel put together (`UDP_GRO`). */
  segment?: number;
  /** Nanoseconds since 1970. */
  timestamp?: bigint;
  timestamping?: { software: bigint; hardware: bigint };
  /** Datagrams that the socket had no room for (`SO_RXQ_OVFL`). */
  dropped?: number;
  /** From the error queue (`MSG_ERRQUEUE`). */
  error?: {
    code: string;
    errno: number;
    origin: string;
    type: number;
    subtype: number;
    info: number;
    data: number;
    offender: SocketAddress | null;
  };
}

/**
 * Control messages by name, in Linux's numbers and layouts: elsewhere all but `rights` throw
 * `ERR_FEATURE_UNAVAILABLE_ON_PLATFORM`.
 */
export const control: {
  /** Room for messages with so many bytes of data each: what `controlLength` wants (`CMSG_SPACE`). */
  space(...lengths: number[]): number;
  /** The receiver gets copies of the descriptors; over unix sockets only (`SCM_RIGHTS`). */
  rights(sockets: Socket[]): ControlMessage;
  /** Who sends, which the kernel checks (`SCM_CREDENTIALS`). Default: this process. */
  credentials(who?: { pid?: number; uid?: number; gid?: number }): ControlMessage;
  /** Which address and interface one datagram leaves by (`IP_PKTINFO`, `IPV6_PKTINFO`). */
  pktinfo(from: { address: string; interface?: number | string }): ControlMessage;
  /** The time to live of one IPv4 datagram. */
  ttl(value: number): ControlMessage;
  /** The type of service of one IPv4 datagram. */
  tos(value: number): ControlMessage;
  /** The hop limit of one IPv6 datagram; -1 for the usual one. */
  hopLimit(value: number): ControlMessage;
  /** The traffic class of one IPv6 datagram; -1 for the usual one. */
  trafficClass(value: number): ControlMessage;
  /** The kernel cuts what is sent into datagrams of so many bytes (`UDP_SEGMENT`). */
  segment(size: number): ControlMessage;
  /** What a list of received control messages says. */
  read(messages: ReceivedControlMessage[]): ControlData;
};

// -- Module functions -------------------------------------------------------------------------------------------------

/** Options by name with the values to set, in this order. */
export type OptionValues = { [Name in keyof SettableSocketOptions]?: SettableSocketOptions[Name] };

/** What {@link connect} needs. */
export interface ConnectSettings extends WaitOptions {
  /** A name or an IP address. Default: `'localhost'`. */
  host?: string;
  /** 0 to 65535, or that as text; not with `path`. */
  port?: number | string;
  /** A Unix socket's path instead of `host` and `port`. */
  path?: string;
  /** Set before connecting, in this order. */
  options?: OptionValues;
  /** 4 or 6 for addresses of that family only. Default: 0, both. */
  family?: 0 | 4 | 6;
  /** Where to connect from. Default: the kernel's choice. */
  localAddress?: string;
  localPort?: number;
  /** Milliseconds for all of it; then it rejects with `ETIMEDOUT`. Default: the kernel's patience. */
  timeout?: number;
  /** As of `net.Socket`. Default: false. */
  allowHalfOpen?: boolean;
}

/**
 * Makes a connection and hands it to Node: resolves the name, races its addresses (RFC 8305: the families by turns, 250 ms
 * apart), sets every option before connecting.
 *
 * @throws {@link SystemError} as {@link Socket.connect}, of {@link Socket.setOption} and {@link lookup}; when several
 * addresses failed, an `AggregateError` with the first one's `code`; `ERR_FEATURE_UNAVAILABLE_ON_PLATFORM` on Windows,
 * where Node cannot adopt a socket
 */
export function connect(settings: ConnectSettings): Promise<NetSocket>;

/** What {@link listen} needs. */
export interface ListenSettings extends WaitOptions {
  /** A name or an IP address. Default: `'::'`, which takes IPv4 as well unless `ipv6Only`. */
  host?: string;
  /** A number, or that as text. Default: 0, the kernel's choice. */
  port?: number | string;
  /** A Unix socket's path instead of `host` and `port`. */
  path?: string;
  /** Default: 511. */
  backlog?: number;
  /** Set before binding, in this order. `SO_REUSEADDR` is set, as by Node. */
  options?: OptionValues;
  /** `SO_REUSEPORT`. Default: false. */
  reusePort?: boolean;
  /** `IPV6_V6ONLY`. Default: false. */
  ipv6Only?: boolean;
  /**
   * The server that gets the connections, which does not listen yet: a `net.Server`, or that of `node:tls`, `node:http`,
   * `node:https` or `node:http2`. Default: a new `net.Server`.
   */
  server?: NetServer;
}

/**
 * A listening server of Node, with every option set before it is bound. When `signal` fires later, the server closes.
 *
 * @throws {@link SystemError} as {@link Socket.bind}, {@link Socket.listen}; on Windows as {@link connect}
 */
export function listen<Server extends NetServer>(
  settings: ListenSettings & { server: Server },
): Promise<Server>;
export function listen(settings: ListenSettings): Promise<NetServer>;

/** One address of a name. */
export interface LookupAddress {
  address: string;
  family: 4 | 6;
  /** Of a link-local address: the interface. */
  scopeId?: number;
}

/** An address with all that `getaddrinfo(3)` says of it. */
export interface CompleteAddress extends LookupAddress {
  /** Of the service; 0 without one. */
  port: number;
  type: SocketType | undefined;
  /** `IPPROTO_*` */
  protocol: number;
  /** On the first address, with `AI_CANONNAME`. */
  canonicalName?: string;
}

/** What {@link lookupSync} may be told. */
export interface LookupSyncOptions {
  /** Default: 0, both. */
  family?: 0 | 4 | 6;
  /** Every address, in the resolver's order. Default: false, the first. */
  all?: boolean;
}

/** What {@link lookup} may be told. */
export interface LookupOptions extends LookupSyncOptions, WaitOptions {}

/** Any of them makes the answer complete ({@link CompleteAddress}). */
export interface AddressHints {
  /** A port, or the name of a service, such as `'https'`. */
  service?: string | number;
  /** `'any'` gives each address once for each type. Default: `'stream'`. Not on Windows. */
  type?: SocketType | 'any';
  /** `IPPROTO_*`. Default: 0, any. Not on Windows. */
  protocol?: number;
  /** `AI_*`. Default: `AI_ADDRCONFIG`. Not on Windows. */
  hints?: number;
}

/** A question that has one of the {@link AddressHints}. */
type Complete = AddressHints &
  (
    | Required<Pick<AddressHints, 'service'>>
    | Required<Pick<AddressHints, 'type'>>
    | Required<Pick<AddressHints, 'protocol'>>
    | Required<Pick<AddressHints, 'hints'>>
  );

/**
 * The host's resolver, `getaddrinfo(3)`, on threads of its own (up to 16, which start at the first question).
 *
 * @param hostname with a service it may be `null`: this host, by its loopback or (`AI_PASSIVE`) its wildcard addresses
 * @throws an `Error` with Node's codes: `ENOTFOUND`, `EAI_AGAIN`, `EAI_SERVICE` …, `syscall` `'getaddrinfo'` and `hostname`
 */
export function lookup(
  hostname: string | null,
  options: LookupOptions & Complete & { all: true },
): Promise<CompleteAddress[]>;
export function lookup(
  hostname: string | null,
  options: LookupOptions & Complete & { all?: false },
): Promise<CompleteAddress>;
export function lookup(hostname: string, options: LookupOptions & { all: true }): Promise<LookupAddress[]>;
export function lookup(hostname: string, options?: LookupOptions & { all?: false }): Promise<LookupAddress>;

/** {@link lookup} that blocks this thread, for programs that use blocking sockets. */
export function lookupSync(
  hostname: string | null,
  options: LookupSyncOptions & Complete & { all: true },
): CompleteAddress[];
export function lookupSync(
  hostname: string | null,
  options: LookupSyncOptions & Complete & { all?: false },
): CompleteAddress;
export function lookupSync(hostname: string, options: LookupSyncOptions & { all: true }): LookupAddress[];
export function lookupSync(hostname: string, options?: LookupSyncOptions & { all?: false }): LookupAddress;

/** The names of an address and a port. */
export interface ServiceNames {
  /** The address as text where it has no name. */
  hostname: string;
  /** The port as text where it has no name. */
  service: string;
}

/**
 * The host's resolver backwards: `getnameinfo(3)`, on the threads of {@link lookup}.
 *
 * @param address an IP address
 * @param port 0 to 65535, or that as text
 * @param options `flags`: `NI_*`, default 0
 * @throws an `Error` with Node's codes: `ENOTFOUND` (with `NI_NAMEREQD`), `EAI_AGAIN` …, `syscall` `'getnameinfo'` and
 * `hostname`, which is the address
 */
export function lookupService(
  address: string,
  port: number | string,
  options?: WaitOptions & { flags?: number },
): Promise<ServiceNames>;

/** {@link lookupService} that blocks this thread. */
export function lookupServiceSync(
  address: string,
  port: number | string,
  options?: { flags?: number },
): ServiceNames;

/** One socket to wait for with {@link poll}. */
export interface PollEntry {
  socket: Socket;
  /** What for: `POLLIN` ({@link READABLE}), `POLLOUT` ({@link WRITABLE}), `POLLPRI`, `POLLRDHUP`; 0 for errors only. */
  events: number;
  /** Filled in: what holds, among it `POLLERR`, `POLLHUP`, and `POLLNVAL` for a closed Socket. */
  revents?: number;
}

/**
 * Waits for any of several sockets: `poll(2)`. It blocks this thread.
 *
 * @param timeout milliseconds; negative or `Infinity` waits for ever, 0 does not wait. Default: -1.
 * @returns how many entries have something in `revents`; 0 when the time is over
 */
export function poll(entries: PollEntry[], timeout?: number): number;

/**
 * What options can be read and set on: a {@link Socket}, one of Node's own sockets (`tls.TLSSocket` and `http.Server` are
 * among them), or a descriptor.
 *
 * @remarks
 * Node's sockets have a descriptor only for a time: a `net.Socket` from when it begins to connect (with a name: after its
 * lookup), a `net.Server` from its `'listening'` event on, a `dgram.Socket` after `bind()` or `connect()`; on Windows, Node
 * shows none. Without one the call throws `ERR_INVALID_ARG_VALUE`, saying so.
 */
export type OptionTarget = Socket | NetSocket | NetServer | DgramSocket | number;

/** {@link Socket.getOption} on any {@link OptionTarget}. */
export function getOption<Name extends keyof SocketOptions>(
  target: OptionTarget,
  name: Name,
  query?: unknown,
): SocketOptions[Name];

/** {@link Socket.setOption} on any {@link OptionTarget}. */
export function setOption<Name extends keyof SettableSocketOptions>(
  target: OptionTarget,
  name: Name,
  value: SettableSocketOptions[Name],
): void;

/** {@link Socket.getsockopt} on any {@link OptionTarget}. */
export function getsockopt(target: OptionTarget, level: number, option: number, length?: number): Buffer;

/** {@link Socket.setsockopt} on any {@link OptionTarget}. */
export function setsockopt(target: OptionTarget, level: number, option: number, value: RawOptionValue): void;

/** An option that hostsock knows by name. */
export interface OptionRow {
  /** The C name, such as `'TCP_NODELAY'`. */
  readonly name: string;
  /** The C name of its level, such as `'IPPROTO_TCP'`. */
  readonly levelName: string;
  /** The level's number here. */
  readonly level?: number;
  /** The option's number here. Absent where this system lacks the option. */
  readonly number?: number;
  /** The type of its value, as `docs/options.md` explains them: `'bool'`, `'int'`, `'linger'`, `'tcp_info'` … */
  readonly kind: string;
  /** The TypeScript type of what reading gives. Absent for an option that is only set. */
  readonly gives?: string;
  /** The TypeScript type of what setting takes. Absent for an option that is only read. */
  readonly takes?: string;
  /** What the option is meant for. The kernel has the last word. */
  readonly direction: 'get' | 'set' | 'both';
  /** The unit of a number, or empty. */
  readonly unit: string;
  /** What it does, in one line. */
  readonly meaning: string;
  /** Where it is documented: a page of the manual, or a header. */
  readonly man: string;
  /** The option that this is another name for. */
  readonly aliasOf?: string;
  /** Its number on each system that has it. */
  readonly platforms: Readonly<Partial<Record<'Linux' | 'macOS' | 'FreeBSD' | 'Windows', number>>>;
}

/** Every option that hostsock knows by name, of all systems, by level and then by name. */
export const optionTable: readonly OptionRow[];
