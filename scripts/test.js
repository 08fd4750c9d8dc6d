'use strict';

// `npm test`: the Rust tests, then every JavaScript suite once per readiness backend.
// `npm test -- socket --test-name-pattern=peek`: only __test__/socket*.test.js, once, flags passed on to node.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '..');
// Per file. A suite may compile a dozen programs, on a machine with two cores that does something else beside.
const FILE_TIMEOUT_MS = 30 * 60 * 1000;

const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-'));
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));

const suites = fs
  .readdirSync(path.join(ROOT, '__test__'))
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => names.length === 0 || names.some((name) => file.startsWith(name)))
  .map((file) => path.join('__test__', file));
if (suites.length === 0) {
  console.error(`no __test__/${names.join('*.test.js, __test__/')}*.test.js`);
  process.exit(1);
}

const failed = [];
if (names.length > 0 || flags.length > 0) {
  runSuites('the chosen suites', process.env);
} else {
  run('cargo test', 'cargo', ['test', '--quiet'], process.env);
  // libuv's loop can be watched on Unix only.
  for (const backend of process.platform === 'win32' ? ['thread'] : ['uv', 'thread']) {
    runSuites(`node --test, readiness: ${backend}`, { ...process.env, HOSTSOCK_READINESS: backend });
  }
}
// Silent when all is well, so that the last lines are the test runner's own.
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.join('; ')}`);
  process.exit(1);
}

function runSuites(title, env) {
  run(
    title,
    process.execPath,
    [
      '--test',
      '--test-reporter=spec',
      `--test-timeout=${FILE_TIMEOUT_MS}`,
      // More than the cores would turn timing tests into tests of the scheduler.
      `--test-concurrency=${Math.min(os.availableParallelism(), 4)}`,
      ...flags,
      ...suites,
    ],
    env,
  );
}

function run(title, command, args, env) {
  console.log(`\n── ${title}\n`);
  const { status, signal, error } = spawnSync(command, args, { cwd: ROOT, env, stdio: 'inherit' });
  if (status !== 0) failed.push(`${title} (${error?.message ?? signal ?? `exit ${status}`})`);
}
