'use strict';
// Compiles the native and the wasm peers into bench/build/, again only when something that goes in has changed.
const { execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { firstLine } = require('./machine');
const { Missing } = require('./missing');

const bench = path.join(__dirname, '..');
const root = path.join(bench, '..');
const build = path.join(bench, 'build');
const emscriptenVersion = '6.0.5';

const header = 'load/load.h';

/** Path of the program compiled from bench/`source`. */
function buildNative(source) {
  const output = path.join(build, path.basename(source, '.c'));
  const compiler = process.env.CC || 'cc';
  if (firstLine(compiler, '--version') === null) throw new Missing(`no C compiler (${compiler}; set CC)`);
  compile(compiler, ['-O2', '-Wall', '-Wextra', '-o', output, path.join(bench, source)], output, [
    source,
    header,
  ]);
  return output;
}

/** Path of the JavaScript file that emcc makes of bench/`source`; `inputs` are further files that go in. */
function buildWasm(source, name, flags, inputs = []) {
  const output = path.join(build, `${name}.js`);
  const args = [
    '-O3',
    '-Wall',
    '-Wextra',
    '-sENVIRONMENT=node',
    ...flags,
    '-o',
    output,
    path.join(bench, source),
  ];
  compile(findEmcc(), args, output, [source, header, ...inputs]);
  return output;
}

const adapter = path.join(root, 'emscripten');

/** The ways in which a program in C becomes one in wasm that has sockets: flags, and what else goes in. */
const backends = {
  /** The link-time way: `hostsock emcc-flags`. */
  linked: () => [
    require(path.join(adapter, 'flags')).emccFlags(),
    ['hostsock.c', 'library.js'].map((file) => path.join(adapter, file)),
  ],
  'pre-js': () => [['--pre-js', path.join(adapter, 'pre.js')], [path.join(adapter, 'pre.js')]],
  noderaw: () => [['-sNODERAWSOCKETS'], []],
  /** main() in a thread, where it may block. */
  'noderaw-thread': () => [['-sNODERAWSOCKETS', '-pthread', '-sPROXY_TO_PTHREAD', '-sEXIT_RUNTIME'], []],
  sockfs: () => [[], []],
};

/** Path of the JavaScript file that emcc makes of peers/`name`.c with the sockets of a backend. */
function buildPeer(name, backend) {
  const [flags, inputs] = backends[backend]();
  const files = path.join(bench, 'peers/many-files.js');
  return buildWasm(
    `peers/${name}.c`,
    `${name}-${backend}`,
    [...flags, '--pre-js', files],
    [...inputs, files],
  );
}

function findEmcc() {
  const cache = process.env.HOSTSOCK_CACHE || '/var/cache/hostsock';
  const candidates = [process.env.HOSTSOCK_EMCC, path.join(cache, `emcc-${emscriptenVersion}`), 'emcc'];
  for (const emcc of candidates.filter(Boolean)) {
    if (firstLine(emcc, '--version')?.includes(` ${emscriptenVersion}`)) return emcc;
  }
  throw new Missing(`no emcc ${emscriptenVersion} (looked for ${candidates.filter(Boolean).join(', ')})`);
}

function compile(compiler, args, output, inputs) {
  const hash = createHash('sha256').update(
    JSON.stringify([compiler, firstLine(compiler, '--version'), args]),
  );
  for (const input of inputs) hash.update(readFileSync(path.resolve(bench, input)));
  const digest = hash.digest('hex');
  const stamp = `${output}.stamp`;
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;

  mkdirSync(build, { recursive: true });
  rmSync(stamp, { force: true });
  console.error(`building ${path.relative(root, output)}`);
  try {
    execFileSync(compiler, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  } catch (error) {
    throw new Error(`${compiler} ${args.join(' ')}\n${error.stderr || error.message}`);
  }
  writeFileSync(stamp, digest);
}

module.exports = { buildNative, buildPeer, root };
