'use strict';

// Builds Rust crates, natively and for wasm32-unknown-emscripten. For that target no build of the standard library is
// to be had on most machines: Debian's rustc comes with its source (packages rustc-web, cargo-web, rust-web-src).

const { execFile, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');

const ROOT = path.resolve(__dirname, '../..');
const BUILD = path.join(ROOT, '__test__/build');
const TARGET = 'wasm32-unknown-emscripten';
const SYSTEM = '/usr/bin';

const exec = promisify(execFile);

/** Why no program can be built for Emscripten, or false. */
function missingRustSource() {
  try {
    const sysroot = execFileSync(`${SYSTEM}/rustc`, ['--print', 'sysroot'], { encoding: 'utf8' }).trim();
    fs.accessSync(path.join(sysroot, 'lib/rustlib/src/rust/library/std/src/lib.rs'));
    fs.accessSync(`${SYSTEM}/cargo`);
    return false;
  } catch {
    return "the system's rustc and cargo with the source of std (Debian: rustc-web cargo-web rust-web-src)";
  }
}

/** Where cargo keeps what it built: in the cache, where there is one, as std takes minutes. */
function targetDirectory(rustc, name) {
  const cache = process.env.HOSTSOCK_CACHE || '/var/cache/hostsock';
  const version = execFileSync(rustc, ['--version'], { encoding: 'utf8' }).split(' ')[1];
  return path.join(fs.existsSync(cache) ? cache : BUILD, `target-rust-${version}-${name}`);
}

async function cargo(command, crate, args, env) {
  try {
    await exec(command, ['build', '--release', '--locked', ...args], { cwd: crate, env, maxBuffer: 1 << 26 });
  } catch (error) {
    throw new Error(`${command} in ${crate}\n${error.stderr || error.message}`);
  }
}

/**
 * Builds a crate for this machine.
 * @param {string} crate its folder
 * @returns {Promise<(program: string) => string[]>} the command that runs a program of it
 */
async function buildNative(crate) {
  const target = targetDirectory('rustc', 'native');
  await cargo('cargo', crate, [], { ...process.env, CARGO_TARGET_DIR: target });
  return (program) => [path.join(target, 'release', program)];
}

/**
 * Builds a crate with the system's Rust and this Emscripten.
 * @param {string} crate its folder
 * @param {{ version: string, command: string }} toolchain
 * @param {{ flags?: string[], rustflags?: string }} [settings] `flags` for emcc at the link
 * @returns {Promise<(program: string) => string[]>} the command that runs a program of it
 */
async function buildWasm(crate, { version, command }, { flags = [], rustflags } = {}) {
  const target = targetDirectory(`${SYSTEM}/rustc`, `emscripten-${version}`);
  fs.mkdirSync(target, { recursive: true });
  const env = {
    ...process.env,
    PATH: `${SYSTEM}:/bin:${process.env.PATH}`,
    RUSTC: `${SYSTEM}/rustc`,
    RUSTC_BOOTSTRAP: '1',
    CARGO_TARGET_DIR: target,
    CARGO_TARGET_WASM32_UNKNOWN_EMSCRIPTEN_LINKER: command,
    // For a compiler that sees a part of the file system only.
    HOSTSOCK_ROOT: ROOT,
    HOSTSOCK_BIND: target,
  };
  delete env.RUSTUP_TOOLCHAIN;
  if (flags.length > 0) env.EMCC_CFLAGS = flags.join(' ');
  env.RUSTFLAGS = rustflags ?? '';
  await cargo(`${SYSTEM}/cargo`, crate, ['-Z', 'build-std=std,panic_abort', '--target', TARGET], env);

  // Inside the package, where `require('hostsock/emscripten')` finds the package itself.
  const folder = path.join(BUILD, `rust-${version}`);
  const made = path.join(target, TARGET, 'release');
  fs.mkdirSync(folder, { recursive: true });
  return (program) => {
    // The glue code asks for the wasm by the crate's name for it, with underscores.
    for (const file of fs.readdirSync(made)) {
      if (file === `${program}.js` || file === `${program.replaceAll('-', '_')}.wasm`)
        fs.copyFileSync(path.join(made, file), path.join(folder, file));
    }
    return [process.execPath, path.join(folder, `${program}.js`)];
  };
}

module.exports = { missingRustSource, buildNative, buildWasm };
