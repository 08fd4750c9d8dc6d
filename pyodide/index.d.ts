/**
 * Real, blocking sockets for Python in npm's `pyodide`, without flags and without JSPI.
 *
 * @remarks
 * `docs/prebuilt.md` says what works, and what the patch of Python's modules does.
 *
 * @packageDocumentation
 */

import type { Settings as AdapterSettings } from '../emscripten/index.js';

/** Settings of {@link useHostSockets}. */
export interface Settings extends AdapterSettings {
  /**
   * `'sockets'`: `urllib3`, and with it `requests`, make connections of their own, as natively. `'fetch'`: they use
   * `fetch`, as their authors have it under Emscripten. To be said before Python imports `urllib3`. Default: `'fetch'`.
   */
  urllib3?: 'fetch' | 'sockets';
}

/**
 * Gives Python real sockets of this host: TCP, UDP and Unix sockets, IPv4 and IPv6, client and server, blocking and not,
 * `select`, names, options, and TLS that verifies certificates. To be called before Python opens a socket; again on the
 * same `pyodide` it does nothing but take `urllib3`.
 *
 * @example
 * ```js
 * const pyodide = await useHostSockets(await loadPyodide());
 * pyodide.runPython(`
 *   import socket
 *   print(socket.create_connection(('localhost', 6379)).getpeername())
 * `);
 * ```
 * @param pyodide what `loadPyodide()` resolved to
 * @returns the same
 * @throws `TypeError` for something else, and for a setting that does not exist
 */
export function useHostSockets<Pyodide extends object>(pyodide: Pyodide, settings?: Settings): Promise<Pyodide>;
