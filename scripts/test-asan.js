'use strict';

// `npm run test:asan`: the addon under AddressSanitizer, in the hands of hostile callers and of real programs.
//
// The addon is built with checks in every access to memory; Node is not, but its memory comes from the sanitizer's
// allocator, as gcc's run-time library is loaded before everything else. So what Rust code, or a system call that it
// makes, reads or writes outside of a buffer of JavaScript's or its own ends the process with a report.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { toolchains } = require('../__test__/support/emscripten.js');
const { need } = require('../__test__/support/requirements.js');
const {
  POSIX,
  program,
  buildNative,
  buildWasm,
  run: runProgram,
} = require('../__test__/support/programs.js');

const ROOT = path.resolve(__dirname, '..');
const TARGET = 'x86_64-unknown-linux-gnu';
const HOSTILE = path.join(ROOT, '__test__/fixtures/hostile.js');
// Of the options, hundreds of thousands of calls would take minutes.
const SUITES = ['hostile', 'arguments', 'errors', 'socket', 'messages', 'datagram', 'unix', 'raw', 'poll'];
// Programs of __test__/posix whose calls have lists, structs and control messages behind their pointers.
const PROGRAMS = [
  ...[
    'scatter_gather',
    'rights',
    'control_data',
    'many_messages',
    'msg_flags',
    'msg_flags_datagram',
    'descriptors',
  ],
  ...[
    'read_write',
    'stdio_sockets',
    'local_paths',
    'local_sockets',
    'epoll_basic',
    'names',
    'addresses',
    'udp',
  ],
  ...['interfaces', 'pipes', 'socketpair', 'requests'],
];

function fail(message) {
  console.error(message);
  process.exit(1);
}

function run(command, args, env, stdio = 'inherit') {
  return spawnSync(command, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio, encoding: 'utf8' });
}

if (process.platform !== 'linux' || process.arch !== 'x64') fail('test:asan: for Linux on x64 only');
const { stdout } = run('gcc', ['-print-file-name=libasan.so'], {}, 'pipe');
const runtime = fs.realpathSync(stdout?.trim() ?? '');
if (!path.isAbsolute(stdout.trim())) fail('test:asan: gcc has no libasan.so');

// The standard library's own code has no checks: it would have to be built as well.
const flags = ['-Zsanitizer=address', '-Zexternal-clangrt'];
const build = run(
  'cargo',
  [
    'build',
    '--quiet',
    '--locked',
    '--lib',
    '--profile=asan',
    '--features=asan-selftest',
    `--target=${TARGET}`,
  ],
  { RUSTC_BOOTSTRAP: '1', RUSTFLAGS: flags.join(' ') },
);
if (build.status !== 0) fail('test:asan: the build failed');
const targets = process.env.CARGO_TARGET_DIR ?? path.join(ROOT, 'target');
const addon = path.join(targets, TARGET, 'asan/hostsock.node');
fs.copyFileSync(path.join(targets, TARGET, 'asan/libhostsock.so'), addon);

const sanitized = {
  LD_PRELOAD: runtime,
  NAPI_RS_NATIVE_LIBRARY_PATH: addon,
  // V8 keeps what it needs until the process ends, and has a handler of its own for faults of wasm memory.
  ASAN_OPTIONS: 'detect_leaks=0:handle_segv=0:handle_sigbus=0:allocator_may_return_null=1:exitcode=97',
  HOSTSOCK_ASAN: '1',
};

// Does it look at all? Each of these must end with a report.
const mistakes = {
  'Rust reads behind a buffer': 'native.overrun(new Uint8Array(new ArrayBuffer(65536)))',
  'Rust reads behind a part of a buffer that ends it':
    'native.overrun(new Uint8Array(new ArrayBuffer(65536)).subarray(4096))',
  'a system call writes behind a buffer':
    'native.overrunByCall(new Uint8Array(new ArrayBuffer(65536)), fs.openSync("/dev/zero"))',
};
for (const [name, call] of Object.entries(mistakes)) {
  const code = `const fs = require('node:fs'); const native = require('./native.js'); ${call}; console.log('unnoticed')`;
  const { status, stderr } = run(process.execPath, ['-e', code], sanitized, 'pipe');
  if (status !== 97 || !stderr.includes('AddressSanitizer: heap-buffer-overflow')) {
    fail(`test:asan: the sanitizer has not noticed that ${name} (${status})\n${stderr}`);
  }
  console.log(`noticed: ${name}`);
}

// The memory ends where its buffer ends, so that the byte behind it belongs to nobody.
for (const seed of ['1', '2']) {
  const { status } = run(process.execPath, [HOSTILE, seed, '600000', 'exact'], sanitized);
  if (status !== 0) fail(`test:asan: random calls, seed ${seed}: ${status}`);
}

const files = SUITES.map((name) => path.join('__test__', `${name}.test.js`));
const { status } = run(
  process.execPath,
  ['--test', '--test-reporter=dot', '--test-concurrency=2', ...files],
  sanitized,
);
if (status !== 0) fail(`test:asan: see npm test -- ${SUITES.join(' ')}`);

/** What wasm programs print under the sanitizer is what they print natively without it. */
async function programsInWasm() {
  const missing = need('gcc', 'emscripten');
  if (missing) return console.log(`test:asan: programs in wasm: ${missing}`);
  const variables = Object.entries(sanitized).map(([name, value]) => `${name}=${value}`);
  const toolchain = toolchains().at(-1);
  for (const name of PROGRAMS) {
    const it = program(name, POSIX);
    const expected = await runProgram(it, await buildNative(it));
    const command = await buildWasm(it, toolchain, 'link-O3');
    const { lines } = await runProgram(it, ['env', ...variables, ...command]);
    if (lines.join('\n') !== expected.lines.join('\n')) fail(`test:asan: ${name}:\n${lines.join('\n')}`);
  }
  console.log(`${PROGRAMS.length} programs in wasm (${toolchain.version}) as natively`);
}

programsInWasm().then(
  () => console.log('test:asan: no report'),
  (error) => fail(error.stack),
);
