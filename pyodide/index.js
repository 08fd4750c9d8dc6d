'use strict';

// Real sockets for Python in npm's `pyodide`: the sockets of its file system, and beside them the small patch of
// Python's modules in sockets.py and tls.py, for what ends inside the wasm module.

const fs = require('node:fs');
const path = require('node:path');
const { socketsFor } = require('../emscripten/adapter.js');
const { install } = require('../emscripten/index.js');
const { invalidValue } = require('../lib/errors.js');
const validate = require('../lib/validate.js');
const { createCalls } = require('./calls.js');
const { createTls } = require('./tls.js');

const SOURCES = ['sockets.py', 'tls.py'].map((name) => path.join(__dirname, name));
const URLLIB3 = ['fetch', 'sockets'];
const installed = new WeakSet();

/**
 * Gives Python real, blocking sockets.
 *
 * @param {object} pyodide what `loadPyodide` resolved to
 * @param {object} [given] settings: the adapter's, and `urllib3`
 */
async function useHostSockets(pyodide, given = {}) {
  const module = validate.object(pyodide, 'pyodide')._module;
  if (module?.FS === undefined || module.SOCKFS === undefined) {
    throw invalidValue('pyodide', 'must be what loadPyodide() of the npm package pyodide gives', pyodide);
  }
  const { urllib3 = 'fetch', ...settings } = validate.object(given, 'settings');
  validate.word(urllib3, 'settings.urllib3', URLLIB3);
  if (!installed.has(module)) {
    install(module, settings);
    const adapter = socketsFor(module);
    hookSystemCalls(module, adapter);
    pyodide.registerJsModule('_hostsock', { ...createCalls(module, adapter), ...createTls(adapter) });
    for (const file of SOURCES) {
      const globals = pyodide.toPy({ __name__: `hostsock.${path.basename(file, '.py')}` });
      pyodide.runPython(fs.readFileSync(file, 'utf8'), { globals, filename: file });
      globals.destroy();
    }
    installed.add(module);
  }
  if (urllib3 === 'sockets') {
    pyodide.runPython(fs.readFileSync(path.join(__dirname, 'urllib3.py'), 'utf8'), {
      globals: pyodide.toPy({}),
    });
  }
  return pyodide;
}

/** Pyodide's own wrappers of system calls ask the socket before they go on to Emscripten's. */
function hookSystemCalls(module, { factory, syscalls }) {
  const { SOCKFS } = module;
  const poll = syscalls.__syscall_poll();
  const fcntl = syscalls.__syscall_fcntl64(() => -1);
  // The wait happens here. Emscripten's poll, which never waits, is called next, and sees what there is.
  SOCKFS.pollAsync = (fds, count, timeout) => {
    poll(fds, count, timeout);
    return null;
  };
  // Pyodide asks the above only for sockets that say they have it.
  factory.sockOps.pollAsync = true;
  const F_GETFL = 3;
  // A negative answer sends Pyodide to Emscripten's own.
  factory.sockOps.fcntl64 = (sock, command, args) =>
    command === F_GETFL ? sock.stream.flags : fcntl(sock.stream.fd, command, args);
}

module.exports = { useHostSockets };
