'use strict';
// npm run bench [-- NAME… [options]]: measures peers side by side; see README.md beside this file.
const { mkdirSync, readdirSync, writeFileSync } = require('node:fs');
const { cpus } = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { describeMachine, machineLines } = require('./lib/machine');
const { reportLines } = require('./lib/report');
const { writeDocument } = require('./lib/document');
const { runRow } = require('./lib/rounds');

const usage = `npm run bench [-- NAME… [options]]
  NAME             a row, or the beginning of rows' names (default: all rows)
  --list           name the rows and their peers
  --document       only write docs/performance.md and docs/charts/ from bench/results/
  --rounds N       rounds (default 9)
  --duration MS    measured time of a peer in each round (default 1000)
  --warmup MS      load before that (default 300)
  --peers A,B      only these peers
  --pin            peers on core 0, the load generator on core 1 (taskset)`;

const results = path.join(__dirname, 'results');

main().catch((error) => {
  console.error(error.message);
  process.exit(2);
});

async function main() {
  const { names, list, help, document, ...settings } = parseArguments();
  const rows = loadRows();
  if (help) return console.log(usage);
  if (list) return listAll(rows);
  if (document) return console.log(`→ ${path.relative(process.cwd(), writeDocument(rows, results))}`);
  if (process.platform !== 'linux') throw new Error('the bench needs Linux (epoll, /proc)');

  const chosen = choose(rows, names);
  checkPeers(chosen, settings.peers);
  const machine = describeMachine();
  const pinned = settings.pin ? 'peers on core 0, load generator on core 1' : 'nothing pinned to a core';
  for (const line of machineLines(machine)) console.log(line);
  console.log(
    `${settings.rounds} rounds, peers in turn in each; ${settings.duration} ms each after ${settings.warmup} ms warm-up; ${pinned}`,
  );

  for (const row of chosen) {
    const result = await runRow(row, settings, progress);
    progress('');
    console.log(`\n${row.name}: ${row.title}`);
    for (const line of reportLines(row, result)) console.log(line);
    const file = save(row, { machine, settings, ...result });
    console.log(`→ ${path.relative(process.cwd(), file)}`);
    if (Object.values(result.peers).some(({ status }) => status === 'failed')) process.exitCode = 1;
  }
}

function parseArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '9' },
      duration: { type: 'string', default: '1000' },
      warmup: { type: 'string', default: '300' },
      peers: { type: 'string' },
      pin: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      document: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.pin && cpus().length < 2) throw new Error('--pin needs two cores');
  return {
    names: positionals,
    list: values.list,
    help: values.help,
    document: values.document,
    rounds: count('rounds', values.rounds, 1),
    duration: count('duration', values.duration, 1),
    warmup: count('warmup', values.warmup, 0),
    peers: values.peers?.split(',') ?? null,
    pin: values.pin ? { server: 0, client: 1 } : null,
  };
}

function count(name, text, least) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`--${name}: a whole number of at least ${least}, not ${text}`);
  return value;
}

function loadRows() {
  const directory = path.join(__dirname, 'rows');
  return readdirSync(directory)
    .filter((file) => file.endsWith('.js'))
    .sort()
    .flatMap((file) => require(path.join(directory, file)));
}

function choose(rows, names) {
  if (names.length === 0) return rows;
  for (const name of names) {
    if (!rows.some((row) => row.name.startsWith(name))) {
      throw new Error(`no row ${name}; there are ${rows.map((row) => row.name).join(', ')}`);
    }
  }
  return rows.filter((row) => names.includes(row.name) || names.some((name) => isBeginning(rows, row, name)));
}

/** A name that is a row's own stands for that row alone, even if others begin with it. */
function isBeginning(rows, row, name) {
  return row.name.startsWith(name) && !rows.some((other) => other.name === name);
}

function checkPeers(rows, names) {
  const all = new Set(rows.flatMap(({ peers }) => peers.map(({ name }) => name)));
  for (const name of names ?? []) {
    if (!all.has(name)) throw new Error(`no peer ${name}; there are ${[...all].join(', ')}`);
  }
}

function listAll(rows) {
  for (const { name, title, peers } of rows) {
    console.log(`${name}: ${title}`);
    for (const { name, title } of peers) console.log(`  ${name}: ${title}`);
  }
}

function save(row, result) {
  mkdirSync(results, { recursive: true });
  const file = path.join(results, `${row.name}.json`);
  const { name, title, unit, operation, less, baselines } = row;
  writeFileSync(
    file,
    `${JSON.stringify({ name, title, unit, operation, less, baselines, date: new Date().toISOString(), ...result }, null, 2)}\n`,
  );
  return file;
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
