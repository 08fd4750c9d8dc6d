'use strict';

// Options as a wasm program sets and reads them: one C program (options/wasm_options.c), compiled natively and by every
// Emscripten, does what it is told, and all must answer alike, line by line.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { promisify } = require('node:util');
const { emccFlags } = require('../emscripten/flags.js');
const { optionTable } = require('../index.js');
const { native, toolchains } = require('./support/emscripten.js');
const { need } = require('./support/requirements.js');
const { ROOT } = require('./support/sockets.js');
const {
  KINDS,
  LEFT_OUT,
  OPEN,
  levelsOf,
  masked,
  rawSteps,
  readLayouts,
  takes,
} = require('./options/compare.js');

const SOURCES = path.join(__dirname, 'options');
const BUILD = path.join(__dirname, 'build');
const DEADLINE_MS = 300_000;

const atLeast = (version, bound) => version.localeCompare(bound, 'en', { numeric: true }) >= 0;

/** The ways to link; nothing else in this file depends on them. */
const LINKS = [
  {
    name: 'pre-js',
    flags: ['--pre-js', path.join(ROOT, 'emscripten/pre.js')],
    // Before, setsockopt is a stub inside the wasm module, out of a pre-js's reach; socketpair still is.
    sets: (version) => atLeast(version, '6.0.2'),
    pairs: false,
  },
  { name: 'emcc-flags', flags: emccFlags(), sets: () => true, pairs: true },
  {
    name: 'emcc-flags, memory64',
    flags: [...emccFlags(), '-sMEMORY64'],
    sets: () => true,
    pairs: true,
    skip: !hasMemory64() && 'needs a Node with 64-bit memories, 24 or later',
  },
];

function hasMemory64() {
  // A module with one memory whose size is a 64-bit number.
  return WebAssembly.validate(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 4, 1));
}

const isRoot = process.getuid?.() === 0;
const kindsOf = (...names) => KINDS.filter(({ name }) => names.includes(name));
const SOME_KINDS = kindsOf(
  ...[
    'TCP IPv4',
    'TCP IPv6',
    'TCP IPv4, connected',
    'TCP IPv6, listening',
    'UDP IPv4',
    'UDP IPv6, connected',
  ],
  ...['unix stream', ...(isRoot ? ['ICMP, raw', 'ICMPv6, raw'] : [])],
);
const PAIRS = kindsOf('unix stream, pair', 'unix datagram, pair');

/** Options whose values are structures of another layout in wasm: the commands below are for them. */
const REWRITTEN = [
  ...['SO_RCVTIMEO', 'SO_SNDTIMEO', 'SO_RCVTIMEO_OLD', 'SO_SNDTIMEO_OLD'],
  ...['SO_ATTACH_FILTER', 'SO_ATTACH_REUSEPORT_CBPF', 'SO_GET_FILTER'],
  ...optionTable.filter(({ name }) => name.startsWith('MCAST_')).map(({ name }) => name),
];

/** What a guest may not have, what it is told instead, and why. */
const REFUSED = [
  { level: 1, option: 50, call: 'set', error: 'EBADF', why: 'SO_ATTACH_BPF names a descriptor of the host' },
  {
    level: 1,
    option: 52,
    call: 'set',
    error: 'EBADF',
    why: 'SO_ATTACH_REUSEPORT_EBPF names a descriptor of the host',
  },
  {
    level: 1,
    option: 77,
    call: 'get',
    error: 'ENOPROTOOPT',
    why: 'SO_PEERPIDFD opens a descriptor of the host',
  },
  {
    level: 6,
    option: 35,
    call: 'get',
    error: 'ENOPROTOOPT',
    why: "TCP_ZEROCOPY_RECEIVE maps the host's memory",
  },
  { level: 0, option: 64, call: 'set', error: 'EACCES', why: 'IPT_SO_SET_REPLACE writes to pointers' },
  { level: 41, option: 64, call: 'set', error: 'EACCES', why: 'IP6T_SO_SET_REPLACE writes to pointers' },
];
/** What differs on purpose: what a guest is told instead, and why. */
const DEVIATIONS = {
  ...deviation('the kernel writes all sources that are asked for, beyond the length if need be: not here', {
    'getmsfilter 2 0 1 239.1.2.3 2 -8': 'OK include, 2 sources, length of 1 192.0.2.1 ?',
    'getmsfilter 3 41 1 ff02::1:2 2 -8': 'OK include, 2 sources, length of 1 2001:db8::1 ?',
  }),
  ...deviation('some options of IPv6 take a negative length for a large one', {
    'get 3 41 26 -1': 'EINVAL -1 -',
    'get 3 41 26 -2147483648': 'EINVAL -2147483648 -',
    'badget 3 41 26 null own -1': 'EINVAL -1',
    'badget 3 41 26 high own -1': 'EINVAL -1',
  }),
};
function deviation(why, answers) {
  return Object.fromEntries(Object.entries(answers).map(([line, answer]) => [line, { answer, why }]));
}

const isRefused = (row) => REFUSED.some(({ level, option }) => level === row.level && option === row.number);

const ROWS = optionTable.filter(
  (row) =>
    row.number !== undefined &&
    row.aliasOf === undefined &&
    ![...LEFT_OUT, ...REWRITTEN].includes(row.name) &&
    !isRefused(row),
);

/**
 * A line for the programs, or with `ranges` one whose answer varies there.
 *
 * @typedef {{ line: string, what?: string, ranges?: number[][] }} Step
 */

/** What varies besides (compare.js): each run has a network namespace of its own. */
const OWN_RANGES = { SO_NETNS_COOKIE: [[0, 8]] };

/** Every option with plain bytes, right and wrong, on every kind of socket that takes it. */
function plainSteps(kinds, layouts) {
  return kinds.flatMap((kind) =>
    ROWS.filter((row) => takes(kind, row)).flatMap((row) => [
      { line: OPEN(kind), what: kind.name },
      ...levelsOf(row)
        .flatMap((level) => rawSteps(row, kind, level, layouts))
        .map(({ line, what, ranges = OWN_RANGES[row.name] }) => ({
          ...{ line, ranges, what: `${kind.name}: ${row.name} ${what}` },
        })),
      { line: 'close 0' },
    ]),
  );
}

/** Sockets that the lines below speak of by their slot. */
const OPENINGS = {
  tcp: 'open 1 2 1 0 fresh',
  udp4: 'open 2 2 2 0 fresh',
  udp6: 'open 3 10 2 0 fresh',
  connected: 'open 4 2 1 0 connected',
  unix: 'open 5 1 1 0 fresh',
};

const TIMEOUTS = `
  gettimeout 1 RCV
  timeout 1 RCV 1 500000
  gettimeout 1 RCV
  get 1 1 66 16
  timeout 1 SND 70000 0
  gettimeout 1 SND
  gettimeout 1 RCV
  timeout 1 RCV 1 1000000
  timeout 1 RCV 1 -1
  timeout 1 RCV -1 0
  gettimeout 1 RCV
  timeout 1 RCV 0 0
  gettimeout 1 RCV
  timeout 1 SND 2147483647 999999
  gettimeout 1 SND

  getlongs 1 20
  longs 1 20 3 250000
  getlongs 1 20
  gettimeout 1 RCV
  longs 1 21 7 0
  getlongs 1 21
  longs 1 20 3 1000000
  longs 1 20 3 0 -1
  longs 1 20 3 0 -4
  longs 1 20 3 0 4
  getlongs 1 20
  getlongs 1 20 4

  set 1 1 66 01000000000000000000000000000000
  get 1 1 66 0
  get 1 1 66 4
  get 1 1 66 8
  get 1 1 66 12
  get 1 1 66 15
  get 1 1 66 17
  get 1 1 66 64
  set 1 1 66 -
  set 1 1 66 01000000
  set 1 1 66 0200000000000000
  set 1 1 66 020000000000000000000000
  set 1 1 66 0300000000000000000000000000000000000000
  get 1 1 66 16
  set 1 1 67 0000000000000000ffffffff00000000
  set 1 1 67 00000000000000003f420f0000000000
  get 1 1 67 16
`;

/** `slot level group source another`, the same for both families. */
const groups = (slot, level, group, source, another) => `
  group ${slot} ${level} 42 1 ${group}
  group ${slot} ${level} 42 1 ${group}
  group ${slot} ${level} 42 1 ${source}
  group ${slot} ${level} 42 99999 ${group}
  group ${slot} ${level} 42 1 nonsense
  group ${slot} ${level} 42 1 ${group} -1
  group ${slot} ${level} 42 1 ${group} -100
  group ${slot} ${level} 45 1 ${group} 8
  group ${slot} ${level} 45 1 ${group}
  source ${slot} ${level} 46 1 ${group} ${source}
  source ${slot} ${level} 46 1 ${group} ${source}
  source ${slot} ${level} 46 1 ${group} ${another}
  source ${slot} ${level} 46 1 ${group} ${another} -1
  getmsfilter ${slot} ${level} 1 ${group} 8
  getmsfilter ${slot} ${level} 1 ${group} 1
  getmsfilter ${slot} ${level} 1 ${group} 0
  getmsfilter ${slot} ${level} 1 ${group} 2 -8
  getmsfilter ${slot} ${level} 1 ${group} 2 -300
  source ${slot} ${level} 47 1 ${group} ${source}
  getmsfilter ${slot} ${level} 1 ${group} 8
  source ${slot} ${level} 43 1 ${group} ${source}
  msfilter ${slot} ${level} 1 ${group} exclude 2 0 ${source} ${another}
  getmsfilter ${slot} ${level} 1 ${group} 8
  source ${slot} ${level} 44 1 ${group} ${source}
  source ${slot} ${level} 44 1 ${group} ${source}
  getmsfilter ${slot} ${level} 1 ${group} 8
  source ${slot} ${level} 43 1 ${group} ${source}
  getmsfilter ${slot} ${level} 1 ${group} 8
  msfilter ${slot} ${level} 1 ${group} include 1 0 ${another}
  getmsfilter ${slot} ${level} 1 ${group} 8
  msfilter ${slot} ${level} 1 ${group} include 9 0 ${another}
  msfilter ${slot} ${level} 1 ${group} include 1 -1 ${another}
  msfilter ${slot} ${level} 1 ${group} include 0 0
  getmsfilter ${slot} ${level} 1 ${group} 8
  getmsfilter ${slot} ${level} 99999 ${group} 8
`;

const MULTICAST = `
  ${groups(2, 0, '239.1.2.3', '192.0.2.1', '192.0.2.2')}
  ${groups(3, 41, 'ff02::1:2', '2001:db8::1', '2001:db8::2')}
  group 2 0 42 1 ff02::1:2
  group 3 41 42 1 239.1.2.3
  group 3 0 42 1 239.1.2.3
  group 2 41 42 1 ff02::1:2
  group 5 0 42 1 239.1.2.3
  get 2 0 48 0
  get 2 0 48 3
  get 2 0 48 100
  get 2 0 42 132
`;

const PROGRAMS = `
  program 2 26 1 own
  get 2 1 26 0
  get 2 1 26 1
  getprogram 2 0
  getprogram 2 1
  getprogram 2 5
  program 2 26 4 own
  getprogram 2 4
  getprogram 2 4096
  getprogram 2 3
  get 2 1 26 2
  get 2 1 26 64
  program 2 26 1 null
  program 2 26 1 high
  program 2 26 0 own
  program 2 26 0 high
  program 2 26 5000 own
  program 2 26 65535 high
  program 2 26 1 own -1
  program 2 26 1 own 1
  program 2 26 1 own 8
  program 2 51 1 own
  program 2 51 1 high
  filter 2 1 26 80000000000000003500000108000000060000000000ffff0600000000000000
  filter 2 1 26 8000000000000000
  filter 2 1 26 -
  set 2 1 27 00000000
  get 2 1 26 64
  set 2 1 44 01000000
  program 2 26 1 own
  program 2 26 1 high
`;

/** Lengths and pointers, on options of each level. */
const POINTERS = [
  { slot: 1, level: 1, option: 9 },
  { slot: 1, level: 6, option: 1 },
  { slot: 1, level: 0, option: 1 },
  { slot: 3, level: 41, option: 26 },
  { slot: 2, level: 17, option: 103 },
  { slot: 1, level: 6, option: 13 },
  { slot: 1, level: 1, option: 13 },
  { slot: 2, level: 0, option: 35 },
]
  .flatMap(({ slot, level, option }) => {
    const at = `${slot} ${level} ${option}`;
    return [
      ...[0, 1, 2, 3, 4, 5, 8, 64, 4096, -1, -2147483648].map((length) => `get ${at} ${length}`),
      ...[0, 1, 2, 3, 4, 5, 8, 64, 4096, -1, -4, -2147483648].map((length) => `set ${at} 01000000 ${length}`),
      `get ${at} 64`,
      ...['null', 'high'].flatMap((where) =>
        [0, 1, 4, 16, -1].map((length) => `badset ${at} ${where} ${length}`),
      ),
      ...['null', 'high'].flatMap((where) =>
        [0, 4, 64, -1].map((length) => `badget ${at} ${where} own ${length}`),
      ),
      ...['null', 'high'].map((where) => `badget ${at} own ${where} 4`),
      `get ${at} 64`,
    ];
  })
  .join('\n');

const OTHERS = `
  flowlabel 3
  peercred 1
  peercred 4
  peercred 5
  get 4 6 11 8
  get 4 6 11 1
  get 1 1 4 0
  get 1 1 4 2
  get 1 1 4 64
  get 1 1 4 -1
  set 1 9999 1 01000000
  set 1 1 9999 01000000
  set 1 6 9999 01000000
  set 1 -1 -1 01000000
  set 1 2147483647 -2147483648 01000000
  get 1 9999 1 4
  get 1 1 9999 4
  get 1 6 9999 4
  get 1 -1 -1 4
`;

/** Lines of a text, each a step on the sockets above. */
function textSteps(text) {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return [...Object.values(OPENINGS), ...lines].map((line) => ({ line, what: line }));
}

const isSet = ({ line }) =>
  /^(set|filter|longs|timeout|group|source|msfilter|program|badset|flowlabel) /.test(line);

let folder;
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-options-'));
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

let scripts = 0;

/** What a program answers to each step. */
async function answersOf(command, steps) {
  // From a file, which every Emscripten reads at once.
  const script = path.join(folder, `${++scripts}.txt`);
  fs.writeFileSync(script, steps.map(({ line }) => `${line}\n`).join(''));
  const run = promisify(execFile);
  const network = isRoot ? ['unshare', '--net', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh'] : [];
  const [program, ...args] = [
    ...network,
    'sh',
    '-c',
    'script=$1; shift; exec "$@" < "$script"',
    'sh',
    script,
    ...command,
  ];
  const { stdout, stderr } = await run(program, args, {
    maxBuffer: 1 << 30,
    timeout: DEADLINE_MS,
    encoding: 'latin1',
  });
  const lines = stdout.split('\n').slice(0, -1);
  assert.equal(lines.length, steps.length, `answers of ${command.at(-1)}\n${stderr}`);
  return lines;
}

/** An answer without what varies. After EFAULT, the length may or may not have been written. */
function steady(answer, ranges) {
  if (answer.startsWith('EFAULT ')) return 'EFAULT';
  if (!ranges) return answer;
  const [result, length, hex = '-'] = answer.split(' ');
  const bytes = masked(Buffer.from(hex === '-' ? '' : hex, 'hex'), ranges);
  return `${result} ${length} ${bytes.toString('hex')}`;
}

const counts = { compared: 0, equal: 0, differ: 0 };
after(() => {
  console.log(`options in wasm: ${counts.compared} compared, ${counts.equal} equal, ${counts.differ} differ`);
});

/** Compares line by line; all differences come in one message. */
function assertAlike(steps, expected, actual) {
  const found = [];
  steps.forEach(({ line, what, ranges }, index) => {
    const [theirs, ours] = [steady(expected[index], ranges), steady(actual[index], ranges)];
    const deviation = theirs !== ours && DEVIATIONS[line];
    if (deviation) {
      assert.equal(ours, deviation.answer, `${line}: ${deviation.why}`);
      return;
    }
    counts.compared++;
    if (theirs === ours) {
      counts.equal++;
      return;
    }
    counts.differ++;
    found.push(`  ${what}: native ${theirs.slice(0, 160)}, wasm ${ours.slice(0, 160)}`);
  });
  assert.ok(
    found.length === 0,
    `${found.length} not as natively:\n${[...new Set(found)].slice(0, 100).join('\n')}`,
  );
}

const missing =
  process.platform !== 'linux'
    ? 'needs Linux'
    : need('gcc', 'emscripten', ...(isRoot ? ['netns', 'ip'] : []));

describe('options in wasm', { skip: missing, timeout: 2 * DEADLINE_MS }, () => {
  const source = path.join(SOURCES, 'wasm_options.c');
  const warnings = ['-O2', '-Wall', '-Wextra', '-Werror'];
  let layouts;
  let nativeProgram;
  /** Native answers, by the name of the steps. */
  const expectations = new Map();

  before(async () => {
    const flags = ['-std=gnu11', ...warnings];
    const output = (name) => path.join(BUILD, 'native', name);
    nativeProgram = await native().compile([source], output('options-wasm'), flags);
    const reference = await native().compile(
      [path.join(SOURCES, 'reference.c')],
      output('options-reference'),
      flags,
    );
    layouts = readLayouts(reference);
  });

  async function expected(name, steps) {
    if (!expectations.has(name)) expectations.set(name, await answersOf([nativeProgram], steps));
    return expectations.get(name);
  }

  for (const toolchain of toolchains()) {
    for (const { name, flags, sets, pairs, skip = false } of LINKS) {
      describe(`${toolchain.version}, ${name}`, { skip }, () => {
        let command;
        before(async () => {
          const output = path.join(BUILD, `${toolchain.version}-options`, `${name}.js`);
          await toolchain.compile([source], output, [...flags, '-O2', '-sSTACK_SIZE=1MB']);
          command = [process.execPath, output];
        });

        /** Compares what the program does with what it does natively. */
        async function compare(title, steps) {
          assertAlike(steps, await expected(title, steps), await answersOf(command, steps));
        }

        test('refusals', async () => {
          for (const { level, option, call, error, why } of REFUSED) {
            if (call === 'set' && !sets(toolchain.version)) continue;
            for (const slot of [level === 41 ? 3 : 1]) {
              const line =
                call === 'set'
                  ? `set ${slot} ${level} ${option} 00000000`
                  : `get ${slot} ${level} ${option} 64`;
              const steps = textSteps(line);
              const answer = (await answersOf(command, steps)).at(-1);
              assert.equal(answer.split(' ')[0], error, why);
            }
          }
        });

        if (!sets(toolchain.version)) {
          // Not silently without effect, at least.
          test('setsockopt is a stub of the C library that always fails', async () => {
            const steps = [
              ...textSteps(TIMEOUTS + MULTICAST + PROGRAMS + POINTERS + OTHERS).filter(
                (step) => isSet(step) || step.line.startsWith('open'),
              ),
            ];
            const answers = await answersOf(command, steps);
            steps.forEach((step, index) => {
              // The C library looks at the length of a timeout itself, before it gives up.
              const error = / 6[67] [0-9a-f-]+$/.test(step.line)
                ? /^(ENOPROTOOPT|ENOSYS|EINVAL)\b/
                : /^(ENOPROTOOPT|ENOSYS)\b/;
              if (isSet(step)) assert.match(answers[index], error, step.line);
            });
          });
        }
        const some = (steps) => (sets(toolchain.version) ? steps : steps.filter((step) => !isSet(step)));
        const kept = sets(toolchain.version) ? '' : ', reading only';

        test(`plain values${kept}`, () => compare(`plain${kept}`, some(plainSteps(SOME_KINDS, layouts))));
        if (pairs) test('plain values of pairs', () => compare('pairs', plainSteps(PAIRS, layouts)));
        for (const [title, text] of Object.entries({ TIMEOUTS, MULTICAST, PROGRAMS, POINTERS, OTHERS })) {
          test(`${title.toLowerCase()}${kept}`, () => compare(title + kept, some(textSteps(text))));
        }
      });
    }
  }
});
