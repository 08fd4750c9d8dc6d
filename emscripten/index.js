'use strict';

// The run-time adapter: real sockets under the file system of an Emscripten module. It maps an
// Emscripten descriptor to a handle, passes arguments on and returns the result.

const policies = require('../lib/policy.js');
const native = require('../native.js');
const { createDns } = require('./dns.js');
const { createEvents } = require('./events.js');
const { createPaths } = require('./paths.js');
const { createSocketFactory } = require('./sockfs.js');
const { createSyscalls } = require('./syscalls.js');
const settingsOf = require('./settings.js');
const validate = require('../lib/validate.js');

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
  const error = new TypeError(`hostsock: the module does not export ${name} (-s${list})`);
  return Object.assign(error, { code: 'ERR_INVALID_ARG_VALUE' });
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

/** The settings; what is wrong with them has the code that wrong arguments have everywhere. */
function checkedSettings(module, given) {
  if (given !== undefined) validate.object(given, 'settings');
  try {
    return settingsOf(module, given);
  } catch (error) {
    error.code ??= 'ERR_INVALID_ARG_VALUE';
    throw error;
  }
}

function adapterFor(runtime, settings) {
  validate.object(runtime, 'runtime');
  let adapter = runtime.FS === undefined ? undefined : adapters.get(runtime.FS);
  if (adapter === undefined) {
    const it = parts(runtime);
    const known = checkedSettings(it.module, settings);
    let instance;
    /** Under this number the native side knows the module: its descriptors, its policy. */
    it.instance = () => {
      instance ??= native.guestBegin(it.wide ? 1 : 0, known.policy ? policies.begin(known.policy) : 0);
      return instance;
    };
    adapter = { parts: it, settings: known, dns: createDns(it) };
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
  if (adapter.factory === undefined) {
    const error = new TypeError('hostsock: the module has no socket file system');
    throw Object.assign(error, { code: 'ERR_INVALID_ARG_VALUE' });
  }
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
function wrapImports(imports, given, keyOf = (name) => name) {
  validate.object(imports, 'imports');
  const { runtime, ...settings } = validate.object(given, 'settings');
  validate.object(runtime, 'settings.runtime');
  validate.callback(keyOf, 'keyOf');
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
 * @param {object} scope the module's `Module`, `FS`, `SOCKFS`, `heap`, `malloc`; `defaults`, the settings that it was linked
 *   with; `thread` in a pthread
 */
function link(scope) {
  validate.object(scope, 'scope');
  const { Module: module, defaults } = scope;
  const settings = { ...defaults, ...module.hostsock };
  const { blocking } = settingsOf(module, settings);
  const { heap, malloc, wide, instance } = scope;
  const names = createDns({ heap, malloc, wide, instance });
  const calls = {
    native,
    /** With `blocking: 'never'` nothing waits. */
    patience: (milliseconds) => (blocking ? milliseconds : 0),
    getaddrinfo: names.getaddrinfo,
    getnameinfo: names.getnameinfo,
    interfaceIndex: names.interfaceIndex,
    ...createPaths(scope),
  };
  // Descriptors are made and ended where the file system lives.
  if (scope.thread) return calls;
  if (scope.interlude) native.guestInterlude(scope.interlude);
  const { factory, events, syscalls } = socketsFor(scope, settings);
  factory.install();
  events.install();
  return { ...calls, ...syscalls.descriptors };
}

/** For the other entry points of this package, which use the adapter's parts. */
const adapterOf = socketsFor;

module.exports = { adapterOf, createSockOps, install, link, wrapImports };
