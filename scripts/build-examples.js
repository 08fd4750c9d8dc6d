'use strict';

// `npm run build:examples`: compiles examples/*.c with Emscripten into examples/build/, which is
// committed, so that `npm run demo` needs no Emscripten. The same compiler makes the same bytes.

const fs = require('node:fs');
const path = require('node:path');
const { toolchains } = require('../__test__/support/emscripten.js');

const ROOT = path.resolve(__dirname, '..');
const SOURCES = path.join(ROOT, 'examples');
const BUILD = path.join(SOURCES, 'build');

/** What the committed build was made with. */
const VERSION = '6.0.5';
/** Before it, `setsockopt` ends inside the wasm module. */
const OLDEST = '6.0.2';

/** What a porter writes, and nothing more. */
const FLAGS = ['-O3', '--pre-js', path.join(ROOT, 'emscripten/pre.js')];

/** The names of the examples: options, http-get, … */
function examples() {
  const files = fs.readdirSync(SOURCES).filter((file) => file.endsWith('.c'));
  return files.map((file) => path.basename(file, '.c')).sort();
}

/**
 * Compiles an example.
 *
 * @param {string} name
 * @param {{ version: string, compile: Function }} toolchain
 * @param {string} folder inside this package, where the glue code finds the package by its name
 * @returns {Promise<string>} the JavaScript file that runs it
 */
function build(name, toolchain, folder) {
  const flags = toolchain.version === 'native' ? ['-std=gnu11', '-O2'] : FLAGS;
  const output = path.join(folder, toolchain.version === 'native' ? name : `${name}.js`);
  const warnings = ['-Wall', '-Wextra', '-Werror'];
  return toolchain.compile([path.join(SOURCES, `${name}.c`)], output, [...flags, ...warnings]);
}

async function main() {
  const usable = toolchains().filter(({ version }) => compare(version, OLDEST) >= 0);
  const toolchain = usable.find(({ version }) => version === VERSION) ?? usable.at(-1);
  if (toolchain === undefined) {
    throw new Error(
      `Emscripten ${OLDEST} or later was not found: put emcc on PATH or run .ci/setup-emscripten`,
    );
  }
  if (toolchain.version !== VERSION) {
    console.log(`The committed build is made with Emscripten ${VERSION}; this is ${toolchain.version}.`);
  }
  const folder = path.join(ROOT, '__test__/build', `${toolchain.version}-examples`);
  fs.mkdirSync(BUILD, { recursive: true });
  for (const name of examples()) {
    await build(name, toolchain, folder);
    for (const file of [`${name}.js`, `${name}.wasm`]) {
      const bytes = fs.readFileSync(path.join(folder, file));
      fs.writeFileSync(path.join(BUILD, file), bytes);
      console.log(`examples/build/${file}  ${bytes.length} bytes`);
    }
  }
}

function compare(a, b) {
  return a.localeCompare(b, 'en', { numeric: true });
}

module.exports = { build, examples, BUILD, OLDEST };

if (require.main === module) {
  main().catch((error) => {
    console.error(`hostsock: ${error.message}`);
    process.exitCode = 1;
  });
}
