/**
 * Real sockets under an Emscripten module, at run time.
 *
 * @remarks
 * A program that is linked with `--pre-js …/hostsock/emscripten/pre.js` needs nothing of this. {@link install} and
 * {@link wrapImports} are for modules that are built already; `docs/emscripten.md` says what each way reaches.
 *
 * @packageDocumentation
 */

/** Settings of the adapter. `Module.hostsock` takes the same; the environment overrides both. */
export interface Settings {
  /**
   * `'posix'`: a socket without `O_NONBLOCK` blocks, and so do `poll` and `select` with a timeout. `'never'`: every call
   * returns at once, as with Emscripten's own sockets. `HOSTSOCK_BLOCKING` overrides it. Default: `'posix'`.
   */
  blocking?: 'posix' | 'never';
  /**
   * What the program may reach; see `docs/security.md`. Fixed when the module starts. `HOSTSOCK_ALLOW` takes the place of
   * its rules and switches. Default: everything.
   */
  policy?: Policy;
}

/** Rules are texts such as `'out example.com:443'` or `'in loopback:8000-8999'`. */
export interface Policy {
  /** What is allowed. Without it, all that is not denied. */
  allow?: readonly string[];
  /** Goes before `allow`. */
  deny?: readonly string[];
  /** `'IPv4'`, `'IPv6'`, `'unix'`, `'netlink'`, `'packet'`, `'vsock'` or a number as text. Default: the first three. */
  families?: readonly string[];
  /** Default: all but `'raw'`. */
  types?: ReadonlyArray<'stream' | 'datagram' | 'seqpacket' | 'raw'>;
  /** Whether descriptors may be passed. Default: `false`. */
  rights?: boolean;
  /** Sockets at a time. */
  sockets?: number;
  /** Milliseconds that one call may wait. */
  wait?: number;
  /** Hears of what is refused, during the call; of a program's other threads, later. */
  refused?: (refusal: Refusal) => void;
}

/** A call that a policy has refused. */
export interface Refusal {
  /** Such as `'connect'`. */
  readonly call: string;
  /** Empty where addresses are not the point. */
  readonly direction: 'out' | 'in' | 'lookup' | '';
  /** An address, a path, a name, an option. */
  readonly target: string;
  /** The rule that denies it; `null` where none allows it. */
  readonly rule: string | null;
}

/** What the adapter uses of an Emscripten `Module`. */
export interface EmscriptenModule {
  /** The file system, exported with `-sEXPORTED_RUNTIME_METHODS=FS`. */
  FS?: object;
  /** The socket file system. Where it is not exported, it is found through `FS`. */
  SOCKFS?: object;
  /** The table of names. Where it is not exported, names keep resolving to addresses of Emscripten's own. */
  DNS?: object;
  /** The memory, or {@link EmscriptenModule.wasmMemory}. */
  HEAPU8?: Uint8Array;
  wasmMemory?: { readonly buffer: ArrayBuffer | SharedArrayBuffer };
  _malloc?: (size: number) => number;
  /** Settings, for a module that is loaded later. */
  hostsock?: Settings;
}

/** The parts of a module, for a caller that has them elsewhere than on `Module`, such as a pre-js. */
export interface EmscriptenParts {
  Module: object;
  FS: object | undefined;
  SOCKFS?: object | undefined;
  DNS?: object | undefined;
  /** Read at each call, as growth of the memory replaces it. */
  readonly HEAPU8?: Uint8Array | undefined;
  malloc?: ((size: number) => number) | undefined;
}

/** A module, or its parts. */
export type Runtime = EmscriptenModule | EmscriptenParts;

/** A socket as Emscripten's file system knows it. */
export interface GuestSocket {
  /** By Linux's numbers, as everything on the guest's side. */
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  readonly stream: { readonly fd: number; flags: number } | undefined;
}

/**
 * Emscripten's table of socket operations. Addresses are text and port. An operation throws `FS.ErrnoError`, or where its
 * comment says so returns `-errno`; numbers of errors are Emscripten's.
 */
export interface SockOps {
  /** `POLL*` bits that hold now. */
  poll(sock: GuestSocket): number;
  /** `FIONREAD` and `FIONBIO`. */
  ioctl(sock: GuestSocket, request: number, argument: number): number;
  close(sock: GuestSocket): number;
  bind(sock: GuestSocket, address: string, port: number): void;
  connect(sock: GuestSocket, address: string, port: number): void;
  listen(sock: GuestSocket, backlog: number): void;
  accept(listener: GuestSocket): GuestSocket;
  getname(sock: GuestSocket, peer: boolean): { addr: string; port: number };
  /** Bytes sent. */
  sendmsg(
    sock: GuestSocket,
    buffer: Uint8Array | Int8Array,
    offset: number,
    length: number,
    address?: string,
    port?: number,
  ): number;
  /** `null` at end of stream. */
  recvmsg(
    sock: GuestSocket,
    length: number,
    flags?: number,
  ): { buffer: Uint8Array; addr: string | undefined; port: number | undefined } | null;
  /** Returns 0 or `-errno`. */
  shutdown(sock: GuestSocket, how: number): number;
  /** Returns 0 or `-errno`. */
  setsockopt(sock: GuestSocket, level: number, option: number, value: number, length: number): number;
  /** Returns 0 or `-errno`. */
  getsockopt(sock: GuestSocket, level: number, option: number, value: number, lengthPointer: number): number;
}

/**
 * Puts real sockets under a module's file system: replaces `SOCKFS.createSocket`, the socket operations, the operations of
 * a socket's streams and `DNS.lookup_name`, and feeds the socket callbacks of `emscripten.h`. To be called when the file
 * system is up (in `preRun`, or on a module that is ready) and before the program opens its first socket. Again on the same
 * module it does nothing new.
 *
 * @returns the module
 * @throws `TypeError` when the module does not export `FS`, has no socket file system, or for a setting that does not exist
 */
export function install<Module extends object>(
  runtime: { Module: Module } & EmscriptenParts,
  settings?: Settings,
): Module;
export function install<Module extends EmscriptenModule>(module: Module, settings?: Settings): Module;

/**
 * The table of socket operations alone, for a caller that puts it in place itself.
 *
 * @throws as {@link install}
 */
export function createSockOps(runtime: Runtime, settings?: Settings): SockOps;

/**
 * Replaces the socket system calls among the functions that a module imports, and so reaches what never passes through the
 * file system: flags, option values, waits of `poll`, lists of addresses. A call on a descriptor that is no socket goes to
 * the function that was there.
 *
 * @example
 * ```js
 * Module.instantiateWasm = (imports, receive) => {
 *   wrapImports(imports.env, { runtime: Module });
 *   wrapImports(imports.wasi_snapshot_preview1, { runtime: Module });
 *   …
 * };
 * ```
 * @param imports functions by the names of the system calls (`__syscall_connect`, `fd_read`, `getaddrinfo` …), changed in
 * place. Those that are not there are not added.
 * @param settings the module, which may export its file system later than this call, and settings
 * @param keyOf the key under which a call is imported, where a build has given it another name; `undefined` for none
 * @returns `imports`
 */
export function wrapImports<Imports extends object>(
  imports: Imports,
  settings: Settings & { runtime: Runtime },
  keyOf?: (name: string) => string | undefined,
): Imports;
