'use strict';

// Runs CPython's own tests in two processes of Pyodide, see ../python/cpython.py.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { cpythonTests, python } = require('./prebuilt.js');

const SCRIPT = path.join(__dirname, '../python/cpython.py');

/**
 * @param {string[]} modules
 * @param {string[]} leftOut tests that are not run
 * @param {number} patience milliseconds for one test. Where the other process cannot help, a call without time-out blocks
 *   for ever, which nothing but the end of the process ends: then the next ones run in a fresh pair.
 * @returns {Promise<Map<string, { result: string, why: string }>>} `ok`, `failed`, `skipped` or `hung`, by test
 */
async function runTests(modules, leftOut = [], patience = 15_000, results = new Map()) {
  // Where their unix sockets come to lie: the tests remove them from Emscripten's files, not from the host's.
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-cpython-'));
  try {
    for (let last = ''; last !== undefined; ) {
      last = await runPair([...modules, last, JSON.stringify(leftOut)], results, patience, folder);
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return results;
}

/** Resolves to the test that hung, if one did. */
async function runPair(args, results, patience, folder) {
  const options = { deadline: 600_000, folder, folders: { '/cpython': cpythonTests() } };
  const server = python(SCRIPT, ['server', ...args], options);
  const [, port] = await server.output(/^listening (\d+)$/m);
  const client = python(SCRIPT, ['client', port], options);
  let begun;
  let timer;
  const hung = new Promise((resolve) => {
    const impatient = () => {
      clearTimeout(timer);
      timer = setTimeout(() => resolve(true), patience);
    };
    // The first test waits for both to have loaded.
    timer = setTimeout(() => resolve(true), patience + 30_000);
    server.lines((line) => {
      if (!line.startsWith('{')) return;
      impatient();
      const { test, result, why } = JSON.parse(line);
      begun = test;
      results.set(test, { result, why });
    });
  });
  const ended = await Promise.race([hung, server.ended]);
  clearTimeout(timer);
  server.stop();
  client.stop();
  await Promise.all([server.ended, client.ended]);
  if (ended !== true) {
    if (ended.status !== 0) throw new Error(`the tests ended with ${ended.status}\n${ended.stderr}`);
    return undefined;
  }
  results.set(begun, { result: 'hung', why: 'a call that waits for the other thread' });
  return begun;
}

module.exports = { runTests };
