'use strict';

// `npm run test:runtimes`: the suites that concern the Node API on other runtimes than the one that `npm test` runs on.
// `npm run test:runtimes -- node26 deno socket unix`: these runtimes, these suites only.
//
// Runtimes come by npm, pinned, into $HOSTSOCK_CACHE/runtimes. What is known to fail on one, and why, stands in
// runtime-exceptions.js; such a test that passes fails the run, so that the list stays true.

const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const exceptions = require('./runtime-exceptions.js');

const ROOT = path.resolve(__dirname, '..');
const CACHE = path.join(process.env.HOSTSOCK_CACHE ?? path.join(os.tmpdir(), 'hostsock'), 'runtimes');
const DEADLINE_S = 240;
const AT_ONCE = Math.min(os.availableParallelism(), 4);

// What needs an Emscripten is left out: that concerns the compiler, and takes most of the time. `prebuilt` runs two
// programs that are built already.
const SUITES = [
  ...['abort', 'arguments', 'blocking', 'cli', 'connect', 'cores', 'datagram', 'diagnostics', 'errors'],
  ...[
    'integrations',
    'messages',
    'module',
    'multicast',
    'options-errors',
    'poll',
    'prebuilt',
    'raw',
    'readiness',
  ],
  ...['socket', 'unix', 'wintertc', 'wire-options', 'workers'],
];

const { platform, arch } = process;
const node = (version) => ({
  package: `node-${platform}-${arch}@${version}`,
  binary: `node_modules/node-${platform}-${arch}/bin/node`,
  command: (file, report) => [
    ...['--test', '--test-reporter=junit', `--test-reporter-destination=${report}`],
    ...['--test-reporter=spec', '--test-reporter-destination=stdout', file],
  ],
});

/** Node's own runner, `bun test` and `deno test` all run suites of node:test, and report as JUnit does. */
const RUNTIMES = {
  node20: node('20.20.2'),
  node22: node('22.23.3'),
  node24: node('24.21.0'),
  node26: node('26.10.0'),
  bun: {
    package: 'bun@1.4.5',
    binary: `node_modules/@oven/bun-${platform}-${arch}/bin/bun`,
    command: (file, report) => [
      ...['test', '--timeout=30000', '--reporter=junit', `--reporter-outfile=${report}`, `./${file}`],
    ],
  },
  deno: {
    package: 'deno@2.9.6',
    binary: `node_modules/@deno/${platform}-${arch === 'x64' ? 'x64-glibc' : arch}/deno`,
    command: (file, report) => ['test', '--allow-all', '--no-check', `--junit-path=${report}`, file],
  },
};

/** The path of a runtime's program, fetched at its first use. */
function install(name) {
  const { package: wanted, binary } = RUNTIMES[name];
  const folder = path.join(CACHE, wanted.replace('/', '+'));
  const program = path.join(folder, binary);
  if (!fs.existsSync(program)) {
    fs.mkdirSync(folder, { recursive: true });
    const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock', '--prefix', folder];
    execFileSync('npm', ['install', ...flags, wanted], { stdio: ['ignore', 'ignore', 'inherit'] });
    fs.chmodSync(program, 0o755);
  }
  return program;
}

/** Runs a suite: `{ failed, passed, skipped }`, full names of tests, and what was printed. */
async function run(name, program, suite, deadline) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-runtimes-'));
  const report = path.join(folder, 'report.xml');
  const file = `__test__/${suite}.test.js`;
  const env = {
    ...process.env,
    NO_COLOR: '1',
    PATH: `${path.dirname(program)}${path.delimiter}${process.env.PATH}`,
  };
  delete env.HOSTSOCK_READINESS;
  // Of a runner that this one was started by.
  delete env.NODE_TEST_CONTEXT;
  const child = spawn(program, RUNTIMES[name].command(file, report), {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    process.kill(-child.pid, 'SIGKILL');
  }, deadline * 1000);
  const ended = await new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal)));
  clearTimeout(timer);
  const tests = fs.existsSync(report) ? testsOf(fs.readFileSync(report, 'utf8'), file) : [];
  fs.rmSync(folder, { recursive: true });
  const named = (kind) => tests.filter((test) => test.kind === kind).map((test) => test.name);
  const failed = named('failed');
  if (late) failed.push(`(not over after ${deadline} s)`);
  else if (ended !== 0 && failed.length === 0) failed.push(`(ended with ${ended})`);
  else if (tests.length === 0) failed.push('(ran no test)');
  return { failed, passed: named('passed'), skipped: named('skipped'), output };
}

/** The tests of a report, with the names of the suites around them: `suite > suite > test`. */
function testsOf(xml, file) {
  const tests = [];
  const around = [];
  let open;
  for (const [, end, tag, attributes, closed] of xml.matchAll(
    /<(\/?)(testsuites?|testcase|failure|error|skipped)((?:\s+[\w-]+="[^"]*")*)\s*(\/?)>/g,
  )) {
    const name = unescaped(/\sname="([^"]*)"/.exec(attributes)?.[1] ?? '');
    if (tag === 'testsuite') {
      if (end) around.pop();
      // Bun and Deno have a suite for the file.
      else if (!closed) around.push(/\.test\.js$|^ext:/.test(name) ? undefined : name);
    } else if (tag === 'testcase' && !end) {
      open = { name: [...around, name].filter(Boolean).join(' > '), kind: 'passed' };
      tests.push(open);
    } else if (tag === 'skipped') open.kind = 'skipped';
    else if ((tag === 'failure' || tag === 'error') && !end) open.kind = 'failed';
  }
  // Deno counts what holds tests as a test. Node does so with the file.
  return tests.filter(
    ({ name }) => !name.endsWith(file) && !tests.some((other) => other.name.startsWith(`${name} > `)),
  );
}

const ENTITIES = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function unescaped(text) {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (_, decimal, hex, entity) =>
    entity ? ENTITIES[entity] : String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16)),
  );
}

const matches = (pattern, name) => (typeof pattern === 'string' ? pattern === name : pattern.test(name));

async function main() {
  const given = process.argv.slice(2);
  const own =
    process.versions.bun || process.versions.deno ? undefined : `node${process.versions.node.split('.')[0]}`;
  let names = given.filter((name) => name in RUNTIMES);
  if (names.length === 0) names = Object.keys(RUNTIMES).filter((name) => name !== own);
  let suites = given.filter((name) => !(name in RUNTIMES));
  const unknown = suites.filter((suite) => !SUITES.includes(suite));
  if (unknown.length > 0) throw new Error(`no such runtime or suite: ${unknown.join(', ')}`);
  if (suites.length === 0) suites = SUITES;

  const results = Object.fromEntries(names.map((name) => [name, { passed: 0, skipped: 0, seconds: 0 }]));
  const met = new Map(exceptions.map((exception) => [exception, new Set()]));
  const wrong = [];
  const jobs = names.flatMap((name) => {
    const program = install(name);
    const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n')[0];
    console.log(`${name}: ${version.replace(/ \(.*/, '')}`);
    return suites.map((suite) => ({ name, program, suite }));
  });
  const work = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const { name, program, suite } = job;
      const begin = Date.now();
      const mine = exceptions.filter((it) => it.runtimes.includes(name) && it.suite === suite);
      const deadline = mine.find((it) => it.deadline)?.deadline ?? DEADLINE_S;
      const { failed, passed, skipped, output } = await run(name, program, suite, deadline);
      const excepted = (test) => mine.find((it) => it.tests.some((pattern) => matches(pattern, test)));
      const unexpected = failed.filter((test) => !excepted(test));
      for (const test of failed) if (excepted(test)) met.get(excepted(test)).add(`${name} ${suite}: ${test}`);
      const seconds = (Date.now() - begin) / 1000;
      results[name].passed += passed.length;
      results[name].skipped += skipped.length;
      results[name].seconds += seconds;
      for (const exception of mine) {
        for (const pattern of exception.tests) {
          if (exception.sometimes || failed.some((test) => matches(pattern, test))) continue;
          wrong.push(`${name} ${suite}: no longer fails, take it off the list: ${pattern}`);
        }
      }
      if (unexpected.length > 0) {
        console.log(`\n── ${name} ${suite}\n\n${output}`);
        for (const test of unexpected) wrong.push(`${name} ${suite}: ${test}`);
      }
      console.log(
        `${name} ${suite}: ${passed.length} passed, ${unexpected.length} failed, ` +
          `${failed.length - unexpected.length} excepted, ${skipped.length} skipped, ${seconds.toFixed(1)} s`,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));

  console.log('\nExceptions:');
  for (const reason of new Set(exceptions.map((exception) => exception.reason))) {
    const tests = exceptions.filter((it) => it.reason === reason).flatMap((it) => [...met.get(it)]);
    if (tests.length > 0) console.log(`\n${reason}`);
    for (const test of tests) console.log(`  ${test}`);
  }
  console.log('');
  for (const [name, { passed, skipped, seconds }] of Object.entries(results)) {
    console.log(`${name}: ${passed} passed, ${skipped} skipped, ${seconds.toFixed(0)} s of tests`);
  }
  for (const line of wrong) console.error(`✖ ${line}`);
  if (wrong.length > 0) process.exit(1);
}

main();
