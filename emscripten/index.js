'use strict';

// The run-time adapter: real sockets under the file system of an Emscripten module. It maps an
// Emscripten descriptor to a handle, passes arguments on and returns the result.

const validate = require('../lib/validate.js');
const native = require('../native.js');
const { adapterFor, socketsFor } = require('./adapter.js');
const { createDns } = require('./dns.js');
const { createPaths } = require('./paths.js');
const settingsOf = require('./settings.js');
const { createSyscalls } = require('./syscalls.js');

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

module.exports = { createSockOps, install, link, wrapImports };
