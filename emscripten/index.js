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
  if (FS === undefined) {
    throw missing('FS');
  }
  const SOCKFS = runtime.SOCKFS ?? findSockfs(FS);
  if (SOCKFS === undefined) throw new TypeError('hostsock: the module has no socket file system');
  let view;
  return {
    module,
    FS,
    SOCKFS,
    DNS: runtime.DNS,
    /** Pointers have 64 bits. */
    wide: runtime.wide === true,
    malloc(size) {
      const malloc = runtime.malloc ?? module._malloc;
      if (malloc === undefined) throw missing('_malloc');
      return malloc(size);
    },
    /** The memory as it is now: growth replaces the view. */
    heap() {
      if (runtime.heap !== undefined) return runtime.heap();
      const heap = runtime.HEAPU8 ?? module.HEAPU8;
      if (heap !== undefined) return heap;
      if (module.wasmMemory === undefined) throw missing('HEAPU8');
      const { buffer } = module.wasmMemory;
      if (view === undefined || view.buffer !== buffer) view = new Uint8Array(buffer);
      return view;
    },
    fail: (errno) => new FS.ErrnoError(errno),
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
  const found = runtime.FS === undefined ? undefined : adapters.get(runtime.FS);
  if (found !== undefined) return found;
  const it = parts(runtime);
  const chosen = settingsOf(it.module, settings);
  const factory = createSocketFactory(it, chosen);
  const adapter = {
    parts: it,
    factory,
    events: createEvents(it, factory),
    syscalls: createSyscalls(it, factory, chosen),
    dns: createDns(it),
  };
  adapters.set(it.FS, adapter);
  return adapter;
}

/**
 * Puts real sockets under a module's file system.
 *
 * @param {object} runtime `Module` or an object with `SOCKFS`, `FS`, `DNS`, `HEAPU8` …
 * @param {object} [settings] overrides `Module.hostsock`
 */
function install(runtime, settings) {
  const { parts, factory, events, dns } = adapterFor(runtime, settings);
  factory.install();
  events.install();
  dns.install();
  return parts.module;
}

/** The table of socket operations alone, for a caller that puts it in place itself. */
function createSockOps(runtime, settings) {
  return adapterFor(runtime, settings).factory.sockOps;
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
  let adapter;
  const current = () => {
    adapter ??= adapterFor(runtime, settings);
    return adapter;
  };
  for (const name of [...createSyscalls.names, ...createDns.names]) {
    const key = keyOf(name);
    const original = imports[key];
    if (typeof original !== 'function') continue;
    // The file system may not be up yet: the call is bound at its first use.
    let bound;
    imports[key] = (...args) => {
      bound ??= (current().syscalls[name] ?? current().dns.calls[name])(original);
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
  const names = createDns({ heap: scope.heap, malloc: scope.malloc });
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
  const { factory, events, syscalls } = adapterFor({ ...scope, Module: module });
  factory.install();
  events.install();
  return { ...calls, ...syscalls.descriptors };
}

module.exports = { createSockOps, install, link, wrapImports };
