'use strict';

// The parts of a module, and what serves its sockets and its names: one adapter for each file system.

const policies = require('../lib/policy.js');
const validate = require('../lib/validate.js');
const native = require('../native.js');
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

module.exports = { adapterFor, checkedSettings, socketsFor };
