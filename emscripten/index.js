'use strict';

// The run-time adapter: real sockets under the file system of an Emscripten module. It maps an
// Emscripten descriptor to a handle, passes arguments on and returns the result.

const { createDns } = require('./dns.js');
const { createEvents } = require('./events.js');
const { createSocketFactory } = require('./sockfs.js');
const { createSyscalls } = require('./syscalls.js');
const settingsOf = require('./settings.js');

/**
 * What the adapter needs of a module, from whatever it is given: a `Module` that exports its file
 * system, or the scope of a pre-js.
 */
function parts(runtime) {
  const module = runtime.Module ?? runtime;
  const { FS } = runtime;
  if (FS === undefined) throw missing('FS');
  return {
    module,
    FS,
    SOCKFS: undefined,
    DNS: runtime.DNS,
    /** Pointers have 64 bits. */
    wide: runtime.wide === true,
    malloc(size) {
      const malloc = runtime.malloc ?? module._malloc;
      if (malloc === undefined) throw missing('_malloc');
      return malloc(size);
    },
    heap: heapOf(runtime, module),
    fail: (errno) => new FS.ErrnoError(errno),
  };
}

/** The memory as it is at each call: growth replaces the view. */
function heapOf(runtime, module) {
  if (runtime.heap !== undefined) return runtime.heap;
  if ('HEAPU8' in runtime) return () => runtime.HEAPU8;
  let view;
  return () => {
    if (module.HEAPU8 !== undefined) return module.HEAPU8;
    if (module.wasmMemory === undefined) throw missing('HEAPU8');
    const { buffer } = module.wasmMemory;
    if (view === undefined || view.buffer !== buffer) view = new Uint8Array(buffer);
    return view;
  };
}

function missing(name) {
  const list = name === '_malloc' ? 'EXPORTED_FUNCTIONS' : 'EXPORTED_RUNTIME_METHODS';
  return new TypeError(`hostsock: the module does not export ${name} (-s${list})`);
}

/** SOCKFS mounts itself without a path; the root of its mount is in the table of nodes. */
function findSockfs(FS) {
  for (const first of FS.nameTable ?? []) {
    for (let node = first; node; node = node.name_next) {
      const type = node.mount?.type;
      if (typeof type?.createSocket === 'function') return type;
    }
  }
  return undefined;
}

const adapters = new WeakMap();

function adapterFor(runtime, settings) {
  let adapter = runtime.FS === undefined ? undefined : adapters.get(runtime.FS);
  if (adapter === undefined) {
    const it = parts(runtime);
    adapter = { parts: it, settings: settingsOf(it.module, settings), dns: createDns(it) };
    adapters.set(it.FS, adapter);
  }
  if (adapter.factory === undefined) addSockets(adapter, runtime.SOCKFS ?? findSockfs(adapter.parts.FS));
  return adapter;
}

/** A program without sockets may still ask for names; and sockets come with the end of initialisation. */
function addSockets(adapter, SOCKFS) {
  if (SOCKFS === undefined) return;
  const { parts, settings } = adapter;
  parts.SOCKFS = SOCKFS;
  adapter.factory = createSocketFactory(parts, settings);
  adapter.events = createEvents(parts, adapter.factory);
  adapter.syscalls = createSyscalls(parts, adapter.factory, settings);
}

/** The same, for callers that need sockets. */
function socketsFor(runtime, settings) {
  const adapter = adapterFor(runtime, settings);
  if (adapter.factory === undefined) throw new TypeError('hostsock: the module has no socket file system');
  return adapter;
}

/**
 * Puts real sockets under a module's file system.
 *
 * @param {object} runtime `Module` or an object with `SOCKFS`, `FS`, `DNS`, `HEAPU8` …
 * @param {object} [settings] overrides `Module.hostsock`
 */
function install(runtime, settings) {
  const { parts, factory, events, dns } = socketsFor(runtime, settings);
  factory.install();
  events.install();
  dns.install();
  return parts.module;
}

/** The table of socket operations alone, for a caller that puts it in place itself. */
function createSockOps(runtime, settings) {
  return socketsFor(runtime, settings).factory.sockOps;
}

/**
 * Replaces the socket system calls among a module's imports: what `install` cannot reach because it
 * never passes through the file system (flags, option values, lists of addresses).
 *
 * @param {object} imports functions by the names of the system calls, changed in place
 * @param {object} settings `{ runtime }` and the adapter's settings
 * @param {(name: string) => string | undefined} [keyOf] the key of a call, where imports are renamed
 */
function wrapImports(imports, { runtime, ...settings }, keyOf = (name) => name) {
  const replacement = (name, original) => {
    const { syscalls, dns } = adapterFor(runtime, settings);
    const replace = syscalls?.[name] ?? dns.calls[name];
    return replace === undefined ? original : replace(original);
  };
  const complete = runtime.FS !== undefined && runtime.SOCKFS !== undefined;
  for (const name of [...createSyscalls.names, ...createDns.names]) {
    const key = keyOf(name);
    const original = imports[key];
    if (typeof original !== 'function') continue;
    if (complete) {
      imports[key] = replacement(name, original);
      continue;
    }
    // The file system may not be up yet: the call is bound at its first use.
    let bound;
    imports[key] = (...args) => {
      bound ??= replacement(name, original);
      return bound(...args);
    };
  }
  return imports;
}

/**
 * What `library.js` needs of this package in each thread of a program that was linked with it.
 *
 * @param {object} scope the module's `Module`, `FS`, `SOCKFS`, `heap`, `malloc`; `thread` in a pthread
 */
function link(scope) {
  const native = require('../native.js');
  const { module, blocking } = { module: scope.Module, ...settingsOf(scope.Module) };
  const names = createDns({ heap: scope.heap, malloc: scope.malloc, wide: scope.wide });
  const calls = {
    native,
    /** With `blocking: 'never'` nothing waits. */
    patience: (milliseconds) => (blocking ? milliseconds : 0),
    getaddrinfo: names.getaddrinfo,
    getnameinfo: names.getnameinfo,
    interfaceIndex: names.interfaceIndex,
  };
  // Descriptors are made and ended where the file system lives.
  if (scope.thread) return calls;
  if (scope.interlude) native.guestInterlude(scope.interlude);
  const { factory, events, syscalls } = socketsFor({ ...scope, Module: module });
  factory.install();
  events.install();
  return { ...calls, ...syscalls.descriptors };
}

/** For the other entry points of this package, which use the adapter's parts. */
const adapterOf = socketsFor;

module.exports = { adapterOf, createSockOps, install, link, wrapImports };
