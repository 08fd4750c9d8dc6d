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

/** Path of the program compiled from bench/`source`. */
function buildNative(source) {
  const output = path.join(build, path.basename(source, '.c'));
  const compiler = process.env.CC || 'cc';
  if (firstLine(compiler, '--version') === null) throw new Missing(`no C compiler (${compiler}; set CC)`);
  compile(compiler, ['-O2', '-Wall', '-Wextra', '-o', output, path.join(bench, source)], output, [source]);
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
  compile(findEmcc(), args, output, [source, ...inputs]);
  return output;
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

module.exports = { buildNative, buildWasm, root };
