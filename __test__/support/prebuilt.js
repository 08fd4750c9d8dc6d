'use strict';

// What `.ci/setup-prebuilt` has put into the cache: modules from npm, clients from PyPI, CPython's tests.

const fs = require('node:fs');
const path = require('node:path');
const { start } = require('./programs.js');

const ROOT = path.resolve(__dirname, '../..');
const CACHE = path.join(process.env.HOSTSOCK_CACHE || '/var/cache/hostsock', 'prebuilt');
/** Each a module at the version that the tests are for. */
const MODULES = { pyodide: 'pyodide@314.0.7', 'php-wasm': '@php-wasm+node@3.1.46', php: 'php-wasm@0.1.0' };

const moduleFolder = (name) => path.join(CACHE, 'npm', MODULES[name], 'node_modules');
const present = (folder) => fs.existsSync(folder) && folder;

/** The folder of Python packages, which is named after their versions. */
function pypi() {
  const parent = path.join(CACHE, 'pypi');
  const [key] = present(parent) ? fs.readdirSync(parent).filter((name) => name !== 'partial') : [];
  return key && path.join(parent, key);
}

/** The folder that has CPython's package `test`. */
const cpythonTests = () => present(path.join(CACHE, 'cpython-tests'));

/**
 * Python in Pyodide with hostsock, in a process of its own.
 *
 * @param {string} script a file, run as `__main__`
 * @param {string[]} [args]
 * @param {{ deadline?: number, settings?: object, folders?: Record<string, string>, node?: string[] }} [options]
 *   `folders` of this host, by where Python sees them; `folder` to run in
 */
function python(
  script,
  args = [],
  { deadline = 120_000, settings = {}, folders = {}, folder, node = [] } = {},
) {
  const runner = path.join(ROOT, '__test__/fixtures/pyodide.mjs');
  const job = {
    pyodide: path.join(moduleFolder('pyodide'), 'pyodide/pyodide.mjs'),
    settings,
    folders,
    folder,
    script,
  };
  return start([process.execPath, ...node, runner, JSON.stringify(job)], args, { deadline });
}

/** The same to its end: the lines that it printed. */
async function runPython(script, args, options) {
  return toLines(script, await python(script, args, options).ended);
}

/** A PHP script in @php-wasm/node with hostsock, to its end: the lines that it printed. */
async function runPhp(script, args = [], settings = {}, deadline = 120_000) {
  const runner = path.join(ROOT, '__test__/fixtures/php.mjs');
  const job = JSON.stringify({ folder: moduleFolder('php-wasm'), version: '8.4', script, settings });
  return toLines(script, await start([process.execPath, runner, job], args, { deadline }).ended);
}

function toLines(script, { status, signal, stdout, stderr, late }) {
  if (status !== 0) {
    const how = late ? 'was still running at its deadline' : `ended with ${signal ?? status}`;
    throw new Error(`${path.basename(script)} ${how}\n--- stdout\n${stdout}--- stderr\n${stderr}`);
  }
  return stdout.split('\n').slice(0, -1);
}

/** What `__test__/php/sockets.php` prints, whichever way PHP got its sockets, before what needs `setsockopt`. */
const PHP_SOCKETS = [
  ...['tcp://127.0.0.1', 'tcp://[::1]'].flatMap((host) => [
    `${host}: [0,"",true]`,
    'names agree: [true]',
    'lines: ["first\\n","second\\n"]',
    'peek: ["an","an answer"]',
    'time-out: [[false,"in time"],true]',
    'not blocking: [""]',
    'select, nothing: [[[0,[],[]],"in time"]]',
    'select, one: [[[2,["peer"],["client"]],"in time"]]',
    '200 000 bytes: [true]',
    'end: ["",true]',
    'the same port: [false,"Address in use"]',
    'refused: [false,"Connection refused"]',
  ]),
  'udp: ["a datagram",true]',
  'udp, back: ["back"]',
  'unix: ["","over unix",true]',
  'names: ["127.0.0.1",false]',
];

/** A PHP script in the other package, `php-wasm`, by hostsock/emscripten alone. */
async function runOtherPhp(script, args = [], deadline = 120_000) {
  const runner = path.join(ROOT, '__test__/fixtures/other-php.mjs');
  const job = JSON.stringify({ folder: path.join(moduleFolder('php'), 'php-wasm'), version: '8.4', script });
  return toLines(script, await start([process.execPath, runner, job], args, { deadline }).ended);
}

module.exports = {
  PHP_SOCKETS,
  runOtherPhp,
  MODULES,
  cpythonTests,
  moduleFolder,
  present,
  pypi,
  python,
  runPhp,
  runPython,
};
