'use strict';

// Compiles the C programs of the tests: with every Emscripten on this machine, and natively.

const { execFile, execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '../..');

// emcc and its tools use one core each; more at a time only makes every test wait longer.
const MAX_COMPILERS = Math.max(1, os.availableParallelism());
let running = 0;
const waiting = [];

/** The Emscripten versions at hand, oldest first: those `.ci/setup-emscripten` installed, else `emcc` on PATH. */
function toolchains() {
  toolchains.found ??= findToolchains();
  return toolchains.found;
}

/** The host's C compiler behind the same interface, for outputs that must equal the native ones. */
function native() {
  return toolchain('native', process.env.CC || 'gcc');
}

function findToolchains() {
  const cache = process.env.HOSTSOCK_CACHE || '/var/cache/hostsock';
  let names = [];
  try {
    names = fs.readdirSync(cache);
  } catch {
    // No cache directory on this machine.
  }
  const versions = names.map((name) => /^emcc-(\d+\.\d+\.\d+)$/.exec(name)?.[1]).filter(Boolean);
  // The chroots behind these wrappers can be entered by root only.
  if (versions.length > 0 && process.getuid?.() === 0) {
    versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    return versions.map((version) => toolchain(version, path.join(cache, `emcc-${version}`)));
  }
  try {
    const emcc = process.platform === 'win32' ? 'emcc.bat' : 'emcc';
    const text = execFileSync(emcc, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const version = /\d+\.\d+\.\d+/.exec(text)?.[0];
    return version ? [toolchain(version, emcc)] : [];
  } catch {
    return [];
  }
}

function toolchain(version, command) {
  const building = new Map();
  return {
    version,
    command,
    /**
     * Compiles `sources` into `output`, unless an earlier call with the same flags already did and no input changed.
     * Resolves to `output`; rejects with the compiler's messages.
     * @param {string | string[]} sources
     * @param {string} output
     * @param {string[]} flags
     * @returns {Promise<string>}
     */
    compile(sources, output, flags = []) {
      sources = [sources].flat();
      const job = {
        command: driver(command, sources),
        version,
        sources,
        output: path.resolve(output),
        flags,
      };
      if (!building.has(job.output)) {
        const done = compile(job).finally(() => building.delete(job.output));
        building.set(job.output, { flags: flags.join('\0'), done });
      }
      const { flags: theirs, done } = building.get(job.output);
      if (theirs !== flags.join('\0'))
        return Promise.reject(new Error(`${output} is being compiled with other flags`));
      return done;
    },
  };
}

/** C++ has a driver of its own: em++ for emcc, g++ for gcc. */
function driver(command, sources) {
  if (!sources.some((source) => source.endsWith('.cpp'))) return command;
  const { dir, base } = path.parse(command);
  return path.join(dir, base.replace('emcc', 'em++').replace(/cc$/, '++'));
}

async function compile(job) {
  const { output } = job;
  const stamp = `${output}.stamp`;
  const key = createHash('sha256')
    .update(JSON.stringify([job.version, job.command, job.sources, job.flags]))
    .digest('hex');
  if (isFresh(job, stamp, key)) return output;

  // Into a directory of its own and then renamed, as another test process may be running the old build or making
  // the same one. The basename stays, because the glue code finds its .wasm by it.
  fs.mkdirSync(path.dirname(output), { recursive: true });
  const work = fs.mkdtempSync(`${output}.`);
  try {
    // Taken before the compiler reads its inputs: an edit during the compilation must count as newer.
    const started = new Date();
    await run(job, path.join(work, path.basename(output)));
    // The .js last: whoever finds it finds what it loads.
    const made = fs
      .readdirSync(work)
      .sort((a, b) => (a === path.basename(output)) - (b === path.basename(output)));
    for (const name of made) fs.renameSync(path.join(work, name), path.join(path.dirname(output), name));
    fs.writeFileSync(`${work}/stamp`, key);
    fs.utimesSync(`${work}/stamp`, started, started);
    fs.renameSync(`${work}/stamp`, stamp);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
  return output;
}

async function run({ command, version, sources, flags }, target) {
  while (running >= MAX_COMPILERS) await new Promise((resolve) => waiting.push(resolve));
  running++;
  try {
    await new Promise((resolve, reject) => {
      const env = { ...process.env, HOSTSOCK_ROOT: ROOT };
      const args = [...sources, ...flags, '-o', target];
      execFile(command, args, { env, encoding: 'utf8', maxBuffer: 1 << 26 }, (error, _stdout, stderr) => {
        if (!error) return resolve();
        const reason = error.code === 'ENOENT' ? `${command} is not installed` : stderr || error.message;
        reject(
          new Error(`${version === 'native' ? command : `emcc ${version}`} ${args.join(' ')}\n${reason}`),
        );
      });
    });
  } finally {
    running--;
    waiting.shift()?.();
  }
}

function isFresh({ sources, flags, output }, stamp, key) {
  try {
    if (fs.readFileSync(stamp, 'utf8') !== key || !fs.existsSync(output)) return false;
    const built = fs.statSync(stamp).mtimeMs;
    return inputs(sources, flags).every((file) => fs.statSync(file).mtimeMs < built);
  } catch {
    return false;
  }
}

/** Every file that a compilation depends on: sources, the headers beside them or on -I paths, and files named by flags. */
function inputs(sources, flags) {
  const files = [...sources];
  const directories = new Set(sources.map((source) => path.dirname(source)));
  for (const flag of flags) {
    if (flag.startsWith('-I')) directories.add(flag.slice(2));
    // `--pre-js a.js` arrives as two flags; `--pre-js=a.js` and `--use-port=a.py:option=1` as one.
    for (const word of [flag, flag.split('=', 2)[1]?.split(':')[0]]) {
      if (word && fs.statSync(word, { throwIfNoEntry: false })?.isFile()) files.push(word);
    }
  }
  for (const directory of directories) {
    if (!fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory()) continue;
    for (const name of fs.readdirSync(directory)) {
      if (name.endsWith('.h')) files.push(path.join(directory, name));
    }
  }
  return files;
}

module.exports = { toolchains, native };
