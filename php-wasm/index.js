'use strict';

// Real sockets for PHP in `@php-wasm/node`: the functions that its wasm module imports, those that its makers have added
// among them, and `select`, which ends inside the module.

const fs = require('node:fs');
const native = require('../native.js');
const { checkedSettings, socketsFor } = require('../emscripten/adapter.js');
const { install, wrapImports } = require('../emscripten/index.js');
const { PASS, redirect } = require('../emscripten/redirect.js');
const { invalidValue } = require('../lib/errors.js');
const validate = require('../lib/validate.js');

/** Tells a call of `select` from one of the import that it comes through. */
const SELECT = 0x40000000;
const REDIRECTIONS = { __wrap_select: { to: 'wasm_setsockopt', mark: SELECT } };

/**
 * What `loadNodeRuntime` of `@php-wasm/node` does, with sockets of this host in place of its proxy.
 *
 * @param {object} phpWasm the package: `await import('@php-wasm/node')`
 * @param {string} version of PHP
 * @param {object} [options] of `loadNodeRuntime`
 * @param {object} [settings] of the adapter
 * @returns {Promise<number>} the runtime, for `new PHP(runtime)`
 */
async function loadHostRuntime(phpWasm, version, options = {}, settings = {}) {
  validate.object(phpWasm, 'phpWasm');
  if (typeof phpWasm.loadNodeRuntime !== 'function' || typeof phpWasm.getPHPLoaderModule !== 'function') {
    throw invalidValue('phpWasm', 'must be the package @php-wasm/node, from import() or require()', phpWasm);
  }
  validate.text(version, 'version');
  validate.object(options, 'options');
  checkedSettings({}, settings);
  const { dependencyFilename } = await phpWasm.getPHPLoaderModule(version);
  const suspending = spySuspending();
  let module;
  let fail;
  const failed = new Promise((_, reject) => {
    fail = reject;
  });
  const emscriptenOptions = {
    ...options.emscriptenOptions,
    // Called as a method of the module.
    instantiateWasm(imports, receive) {
      suspending.stop();
      module = this;
      instantiate(imports).then((made) => receive(made.instance, made.module), fail);
      return {};
    },
  };
  const instantiate = async (imports) => {
    replaceImports(module, imports.env, suspending.original, settings);
    return WebAssembly.instantiate(redirect(fs.readFileSync(dependencyFilename), REDIRECTIONS), imports);
  };
  try {
    const loading = phpWasm.loadNodeRuntime(version, { ...options, emscriptenOptions });
    const runtime = await Promise.race([loading, failed]);
    // Nothing goes through it.
    module.outboundNetworkProxyServer?.close();
    install(module, settings);
    return runtime;
  } finally {
    suspending.stop();
  }
}

/**
 * Builds for JSPI wrap their imports before anybody sees them. Who wraps is watched while the module loads, to know the
 * functions inside.
 */
function spySuspending() {
  const { Suspending } = WebAssembly;
  const inside = new WeakMap();
  if (Suspending === undefined) return { original: (it) => it, stop() {} };
  WebAssembly.Suspending = class extends Suspending {
    constructor(original) {
      super(original);
      inside.set(this, original);
    }
  };
  return {
    original: (it) => inside.get(it) ?? it,
    stop() {
      WebAssembly.Suspending = Suspending;
    },
  };
}

function replaceImports(module, env, original, settings) {
  const wrapped = new Map();
  for (const [name, value] of Object.entries(env)) {
    const inner = original(value);
    if (inner === value) continue;
    wrapped.set(name, inner);
    env[name] = inner;
  }
  wrapImports(env, { runtime: module, ...settings });
  const own = ownCalls(module, settings);
  for (const [name, replace] of Object.entries(own)) {
    if (typeof env[name] === 'function') env[name] = replace(env[name]);
  }
  // What may suspend for a file or a process still may.
  for (const name of wrapped.keys()) env[name] = new WebAssembly.Suspending(env[name]);
}

/** Replacements of what the makers of php-wasm have added to Emscripten's imports. */
function ownCalls(module, settings) {
  let adapter;
  /** Not before the file system is up. */
  const it = () => {
    adapter ??= socketsFor(module, settings);
    return adapter;
  };
  const isSocket = (fd) => it().factory.socketOf(fd) !== undefined;
  /** As the C library's functions answer. */
  const answer = (result) => {
    if (result >= 0) return result;
    new DataView(module.HEAPU8.buffer).setInt32(module.___errno_location(), -result, true);
    return -1;
  };
  return {
    wasm_setsockopt: (other) => (fd, level, option, value, length) => {
      if (fd & SELECT) return select(fd & ~SELECT, [level, option, value], length);
      if (!isSocket(fd)) return other(fd, level, option, value, length);
      return answer(it().syscalls.__syscall_setsockopt()(fd, level, option, value, length));
    },
    wasm_shutdown: (other) => (fd, how) =>
      isSocket(fd) ? answer(it().syscalls.__syscall_shutdown()(fd, how)) : other(fd, how),
    wasm_close: (other) => (fd) => (isSocket(fd) ? answer(it().syscalls.descriptors.close(fd)) : other(fd)),
    // `poll` follows each time, and waits.
    wasm_poll_socket: (other) => (fd, events, milliseconds) => {
      const sock = it().factory.socketOf(fd);
      if (sock === undefined) return other(fd, events, milliseconds);
      const entry = Int32Array.of(sock.handle, events, 0);
      native.poll(entry, 1, 0);
      return entry[2];
    },
  };

  /** `select` where only sockets are asked; the makers' own waits for processes, too. */
  function select(count, sets, time) {
    const memory = new DataView(module.HEAPU8.buffer);
    for (const set of sets) {
      for (let fd = 0; set !== 0 && fd < count; fd++) {
        if (memory.getUint8(set + (fd >> 3)) & (1 << (fd & 7)) && !isSocket(fd)) return PASS;
      }
    }
    const milliseconds = time ? Number(memory.getBigInt64(time, true)) * 1000 + memory.getInt32(time + 8, true) / 1000 : -1;
    return answer(it().syscalls.select(count, ...sets, milliseconds));
  }
}

module.exports = { loadHostRuntime };
