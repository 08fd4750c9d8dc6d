/**
 * Real, blocking sockets for PHP in `@php-wasm/node`, without its proxy.
 *
 * @remarks
 * `docs/prebuilt.md` says what works.
 *
 * @packageDocumentation
 */

import type { Settings } from '../emscripten/index.js';

/** What is used of the package `@php-wasm/node`. */
export interface PhpWasm {
  // `any`: the package's own types say what its versions and options are, and differ from version to version.
  loadNodeRuntime(version: any, options?: any): Promise<number>;
  getPHPLoaderModule(version?: any): Promise<{ dependencyFilename: string }>;
}

/**
 * Loads PHP as `loadNodeRuntime` of `@php-wasm/node` does, with real sockets of this host.
 *
 * @example
 * ```js
 * import * as phpWasm from '@php-wasm/node';
 * import { PHP } from '@php-wasm/universal';
 * import { loadHostRuntime } from 'hostsock/php-wasm';
 *
 * const php = new PHP(await loadHostRuntime(phpWasm, '8.4', { emscriptenOptions: { processId: 1 } }));
 * ```
 * @param phpWasm the package, imported whole
 * @param version of PHP, such as `'8.4'`
 * @param options of `loadNodeRuntime`
 * @returns the runtime's number, for `new PHP(…)`
 * @throws `TypeError` when the package is another, or its wasm module has not the functions that are needed; for a setting
 * that does not exist
 */
export function loadHostRuntime<Package extends PhpWasm>(
  phpWasm: Package,
  version: Parameters<Package['loadNodeRuntime']>[0],
  options?: Parameters<Package['loadNodeRuntime']>[1],
  settings?: Settings,
): Promise<number>;
