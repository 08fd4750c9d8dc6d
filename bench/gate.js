'use strict';
// npm run bench:gate: compares what the hot calls cost with gate.json, in units that do not depend on the machine's speed:
// instructions (callgrind) inside the addon and in the whole process, and system calls (strace). `-- --update` writes
// gate.json. See README.md.
const { execFileSync } = require('node:child_process');
const { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { names } = require('./gate/calls');
const { callsOf, instructionsOf } = require('./gate/parts');
const { firstLine } = require('./lib/machine');
const { table } = require('./lib/report');

const recorded = path.join(__dirname, 'gate.json');
const program = path.join(__dirname, 'gate/calls.js');
const root = path.join(__dirname, '..');
/** No compiler and no collector beside the calls, and the same hashes each time. */
const flags = ['--jitless', '--single-threaded', '--expose-gc', '--hash-seed=1', '--random-seed=1'];
const times = { instructions: 200, systemCalls: 50 };
/** How much more than recorded is let pass: shares of instructions, and system calls per operation. */
const margins = { addon: 0.01, total: 0.03, systemCalls: 0.05 };

main();

function main() {
  if (process.platform !== 'linux') throw new Error('the gate needs Linux (valgrind, strace)');
  const directory = mkdtempSync(path.join(tmpdir(), 'gate-'));
  try {
    const measured = { ...versions(), calls: measure(directory) };
    if (process.argv.includes('--update')) {
      writeFileSync(recorded, `${JSON.stringify(measured, null, 2)}\n`);
      console.log(`→ ${path.relative(process.cwd(), recorded)}`);
    } else {
      process.exitCode = compare(JSON.parse(readFileSync(recorded, 'utf8')), measured) ? 0 : 1;
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function addon() {
  const [file] = readdirSync(root).filter((name) => /^hostsock\..*\.node$/.test(name));
  if (file === undefined) throw new Error('the addon is not built (npm run build)');
  return path.join(root, file);
}

/** Instructions depend on these. */
function versions() {
  const rustc = /rustc version ([\d.]+)/.exec(readFileSync(addon(), 'latin1'))?.[1] ?? 'unknown';
  return { arch: process.arch, node: process.version, rustc };
}

function measure(directory) {
  const instructions = instructionsOf(...callgrind(directory), addon());
  const systemCalls = callsOf(strace(directory));
  return Object.fromEntries(
    names.map((name, at) => [
      name,
      {
        ...perCall(instructions, at, times.instructions),
        systemCalls: perCall(systemCalls, at, times.systemCalls),
      },
    ]),
  );
}

/** Each call has three parts: its beginnings, N times, 2 N times. What is done once cancels out in the difference. */
function perCall(parts, call, count) {
  if (parts.length !== 3 * names.length + 1)
    throw new Error(`${parts.length} parts, not ${3 * names.length + 1}`);
  const [once, twice] = parts.slice(3 * call + 1, 3 * call + 3);
  const keys = [...new Set([...Object.keys(once), ...Object.keys(twice)])].sort();
  const entries = keys.map((key) => [key, ((twice[key] ?? 0) - (once[key] ?? 0)) / count]);
  return Object.fromEntries(entries.filter(([, value]) => value !== 0));
}

/** The directory, and the beginning of the names of the parts' files. */
function callgrind(directory) {
  const output = path.join(directory, 'parts');
  const options = [`--callgrind-out-file=${output}`, '--dump-before=uv_os_getppid'];
  run('valgrind', ['--tool=callgrind', ...options], times.instructions);
  return [output, 3 * names.length + 1];
}

function strace(directory) {
  const output = path.join(directory, 'trace');
  run('strace', ['-f', '-o', output], times.systemCalls);
  return readFileSync(output, 'utf8');
}

function run(tool, options, count) {
  if (firstLine(tool, '--version') === null) throw new Error(`no ${tool}: install it`);
  const { NODE_OPTIONS, HOSTSOCK_READINESS, ...env } = process.env;
  const args = [...options, process.execPath, ...flags, program, String(count)];
  try {
    execFileSync(tool, args, { env, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', timeout: 300_000 });
  } catch (error) {
    throw new Error(`${tool} ${args.join(' ')}\n${error.stderr || error.message}`);
  }
}

/** Prints a table; true when nothing is above what was recorded and the margin. */
function compare(expected, measured) {
  if (expected.arch !== measured.arch)
    throw new Error(`gate.json is of ${expected.arch}, this is ${measured.arch}`);
  const sameNode = expected.node === measured.node;
  const lines = names.map((name) => compareCall(name, expected.calls[name], measured.calls[name], sameNode));
  const head = ['', 'in the addon', 'recorded', 'in all', 'recorded', 'system calls', 'recorded', ''];
  console.log('instructions and system calls per operation');
  for (const line of table(
    head,
    lines.map(({ cells }) => cells),
  ))
    console.log(line);
  for (const part of ['node', 'rustc']) {
    if (expected[part] !== measured[part])
      console.log(
        `recorded with ${part} ${expected[part]}, here it is ${measured[part]}${
          part === 'node' ? ': instructions in all are not compared' : ''
        }`,
      );
  }
  const share = (margin) => `${margin * 100} %`;
  console.log(
    `margins: ${share(margins.addon)} in the addon, ${share(margins.total)} in all, ${margins.systemCalls} system calls`,
  );
  const worse = lines.filter(({ worse }) => worse).length;
  const better = lines.filter(({ better }) => better).length;
  if (worse > 0)
    console.log(
      `${worse} of ${names.length} WORSE: find the cause, or record with npm run bench:gate -- --update`,
    );
  else console.log('none is worse');
  if (better > 0) console.log(`${better} better: record with npm run bench:gate -- --update`);
  return worse === 0;
}

function compareCall(name, expected, measured, sameNode) {
  if (expected === undefined) {
    const cells = [
      name,
      amount(measured.addon),
      '–',
      amount(measured.total),
      '–',
      list(measured.systemCalls),
      '–',
      'NEW',
    ];
    return { cells, worse: true };
  }
  const calls = (of) => Object.values(of).reduce((sum, value) => sum + value, 0);
  const changes = [
    { by: measured.addon / expected.addon - 1, margin: margins.addon },
    ...(sameNode ? [{ by: measured.total / expected.total - 1, margin: margins.total }] : []),
    { by: calls(measured.systemCalls) - calls(expected.systemCalls), margin: margins.systemCalls },
  ];
  const worse = changes.some(({ by, margin }) => by > margin);
  const better = changes.some(({ by, margin }) => by < -margin);
  const cells = [
    ...[name, amount(measured.addon), amount(expected.addon), amount(measured.total), amount(expected.total)],
    ...[list(measured.systemCalls), list(expected.systemCalls)],
    worse ? 'WORSE' : better ? 'better' : 'ok',
  ];
  return { cells, worse, better };
}

function amount(value) {
  return String(Math.round(value));
}

function list(calls) {
  const entries = Object.entries(calls).filter(([, count]) => Math.abs(count) >= 0.01);
  return (
    entries
      .map(([name, count]) => (count === 1 ? name : `${Number(count.toFixed(2))} ${name}`))
      .join(' + ') || 'none'
  );
}
