'use strict';

// Builds the addon when there is none for this machine, or when it is older than what it is built from.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '..');
const INPUTS = ['Cargo.toml', 'Cargo.lock', 'build.rs', 'src'];

const reason = whyBuild();
if (reason) {
  console.error(`hostsock: building the addon (${reason})`);
  build();
}

function whyBuild() {
  const products = [`hostsock.${triple()}.node`, 'native.js'];
  const missing = products.find((name) => !fs.existsSync(path.join(ROOT, name)));
  if (missing) return `${missing} is missing`;
  const built = fs.statSync(path.join(ROOT, products[0])).mtimeMs;
  const newer = INPUTS.flatMap(filesOf).find((file) => fs.statSync(file).mtimeMs > built);
  return newer && `${path.relative(ROOT, newer)} is newer`;
}

/** The name that @napi-rs/cli and the loader it generates give this platform. */
function triple() {
  const { platform, arch } = process;
  if (platform === 'win32') return `win32-${arch}-msvc`;
  if (platform !== 'linux') return `${platform}-${arch}`;
  return `linux-${arch}-${process.report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl'}`;
}

function filesOf(name) {
  const file = path.join(ROOT, name);
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (!stat) return [];
  if (!stat.isDirectory()) return [file];
  // The directory itself too: its time changes when a file is removed.
  return [file, ...fs.readdirSync(file).flatMap((entry) => filesOf(path.join(name, entry)))];
}

function build() {
  const windows = process.platform === 'win32';
  if (spawnSync('cargo', ['--version'], { stdio: 'ignore', shell: windows }).status !== 0) {
    console.error(
      'hostsock: cargo was not found. Install Rust 1.88 or later from https://rustup.rs and try again.',
    );
    process.exit(1);
  }
  // Standard output stays free for what called this, such as a program's own.
  const npm = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    shell: windows,
  });
  if (npm.status !== 0) process.exit(npm.status || 1);
}
