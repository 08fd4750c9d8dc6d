'use strict';

// node bench/compare/compare.js: what hostsock and its alternatives do, side by side, on this machine.
//
// In COMPARE_MODULES (default: bench/compare/node_modules) it wants what this puts into /tmp/compare/node_modules:
//   npm install --prefix /tmp/compare posix-socket@1.1.4 sockopt@2.0.1 net-keepalive@4.0.28 ws@8.23.0
// and Bun, Deno and Emscripten 6.0.5 where bench/README.md says. What is missing is said and left out.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const timers = require('node:timers/promises');
const { buildNative, buildWasm, root } = require('../lib/build.js');
const { emccFlags } = require('../../emscripten/flags.js');
const { firstLine } = require('../lib/machine.js');

const MODULES = path.resolve(process.env.COMPARE_MODULES ?? path.join(__dirname, 'node_modules'));
const DEADLINE_MS = 20_000;
const BUN = process.env.HOSTSOCK_BUN ?? 'bun';
const DENO = process.env.HOSTSOCK_DENO ?? 'deno';

let bulk = 0;
let bulkEnd = Promise.resolve();

/** `p`: answers 150 ms later. `b`: reads slowly, and counts to the end. Anything else: silent. */
const server = net.createServer((connection) => {
  connection.on('error', () => {});
  connection.once('data', (first) => {
    if (first[0] === 112) setTimeout(() => connection.write('pong'), 150);
    if (first[0] !== 98) return;
    bulk = first.length - 1;
    connection.on('data', (chunk) => {
      bulk += chunk.length;
      connection.pause();
      setTimeout(() => connection.resume(), 1);
    });
    bulkEnd = new Promise((resolve) => connection.on('close', resolve));
  });
});

/** The output of a command, however it ends. */
function output(command, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command[0], command.slice(1), {
      env: { ...process.env, NODE_PATH: MODULES, COMPARE_MODULES: MODULES, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    let errors = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    let hung = false;
    const timer = setTimeout(() => {
      hung = true;
      child.kill('SIGKILL');
    }, DEADLINE_MS);
    child.on('error', (error) => resolve({ text, errors: error.message, hung }));
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ text, errors, hung, status, signal });
    });
  });
}

function table(columns, rows) {
  console.log(`| | ${columns.map(({ title }) => title).join(' | ')} |`);
  console.log(`| --- |${' --- |'.repeat(columns.length)}`);
  for (const row of rows) {
    console.log(`| ${row} | ${columns.map(({ results }) => results[row] ?? '–').join(' | ')} |`);
  }
}

/** A column of the first table: behaviours.c as one way of building it makes it. */
async function program(title, build) {
  try {
    const { text, hung, errors, signal } = await output([...build(), String(server.address().port)]);
    const results = Object.fromEntries(
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split(/: (.*)/s)),
    );
    // What was sent last may not have been seen here yet.
    await timers.setTimeout(300);
    await Promise.race([bulkEnd, timers.setTimeout(5000)]);
    results['of them arrived'] = String(bulk);
    results['the program ends'] = hung ? 'no' : signal ? `by ${signal}` : 'yes';
    if (errors) console.error(`${title}: ${errors.trim().split('\n')[0]}`);
    bulk = 0;
    return { title, results };
  } catch (error) {
    console.error(`left out, ${title}: ${error.message}`);
    return undefined;
  }
}

async function programs() {
  const source = 'compare/behaviours.c';
  const pre = path.join(root, 'emscripten/pre.js');
  const wasm = (name, flags) => () => [process.execPath, buildWasm(source, `compare-${name}`, flags)];
  const columns = [
    await program('native', () => [buildNative(source)]),
    await program('hostsock, linked', wasm('hostsock-linked', emccFlags())),
    await program('hostsock, `--pre-js`', wasm('hostsock', ['--pre-js', pre])),
    await program('`-sNODERAWSOCKETS`', wasm('noderaw', ['-sNODERAWSOCKETS'])),
    await program('WebSocket SOCKFS', wasm('sockfs', [])),
  ].filter(Boolean);
  const rows = [...new Set(columns.flatMap(({ results }) => Object.keys(results)))];
  table(columns, rows);
}

async function libraries() {
  const script = path.join(__dirname, 'subjects.js');
  const node = [process.execPath];
  const deno = [DENO, 'run', '-A', '--unstable-net'];
  const columns = [];
  for (const [subject, runtime, title] of [
    ['hostsock', node],
    ['node:net', node],
    ['posix-socket', node],
    ['sockopt', node],
    ['net-keepalive', node],
    ['Bun', [BUN]],
    ['Deno', deno],
    ['hostsock', [BUN], 'hostsock on Bun'],
    ['posix-socket', [BUN], 'posix-socket on Bun'],
    ['sockopt', [BUN], 'sockopt on Bun'],
    ['net-keepalive', [BUN], 'net-keepalive on Bun'],
    ['hostsock', deno, 'hostsock on Deno'],
    ['posix-socket', deno, 'posix-socket on Deno'],
    ['sockopt', deno, 'sockopt on Deno'],
    ['net-keepalive', deno, 'net-keepalive on Deno'],
  ]) {
    const { text, errors, signal, hung } = await output([
      ...runtime,
      script,
      subject,
      String(server.address().port),
    ]);
    let results;
    try {
      results = JSON.parse(text);
    } catch {
      results = {
        loads: hung ? 'hangs' : signal ? `ends by ${signal}` : `no: ${errors.trim().split('\n')[0]}`,
      };
    }
    columns.push({ title: title ?? subject, results });
  }
  // The other way round: there are more subjects than fit beside each other.
  const names = [...new Set(columns.flatMap(({ results }) => Object.keys(results)))];
  for (const { title, results } of columns) {
    console.log(`\n${title}`);
    for (const name of names)
      if (results[name] !== undefined) console.log(`  ${name.padEnd(18)}${results[name]}`);
  }
}

function versions() {
  const of = (name) => {
    try {
      return JSON.parse(fs.readFileSync(path.join(MODULES, name, 'package.json'), 'utf8')).version;
    } catch {
      return 'not installed';
    }
  };
  const packages = ['posix-socket', 'sockopt', 'net-keepalive', 'ws'].map((name) => `${name} ${of(name)}`);
  const runtimes = [
    `Node ${process.versions.node}`,
    `Bun ${firstLine(BUN, '--version')}`,
    firstLine(DENO, '--version'),
  ];
  console.log([...runtimes, ...packages, `Linux ${require('node:os').release()}`].join(', '), '\n');
}

server.listen(0, '127.0.0.1', async () => {
  versions();
  await programs();
  await libraries();
  process.exit();
});
