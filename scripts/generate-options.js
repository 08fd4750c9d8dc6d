'use strict';

// Writes what follows from the option table: docs/options.md and options.d.ts.
// `--check` writes nothing and fails when they are not what the table gives.

const fs = require('node:fs');
const path = require('node:path');
const native = require('../native.js');

const ROOT = path.resolve(__dirname, '..');

/** The generated files, by their path from the root. */
function generated() {
  return {
    'docs/options.md': native.optionsMarkdown(),
    'options.d.ts': native.optionsTypescript(),
  };
}

function main(args) {
  const unknown = args.find((argument) => argument !== '--check');
  if (unknown !== undefined) throw new Error(`unknown argument ${unknown}; there is only --check`);
  if (process.platform !== 'linux' || !['x64', 'arm64', 'riscv64'].includes(process.arch)) {
    throw new Error('the types of a few options differ by system: these files are made on 64-bit Linux');
  }
  const check = args.includes('--check');
  const stale = Object.entries(generated()).filter(([name, text]) => read(name) !== text);
  for (const [name, text] of stale) {
    if (check) {
      console.error(
        `hostsock: ${name} is not what the option table gives: run node scripts/generate-options.js`,
      );
      continue;
    }
    fs.writeFileSync(path.join(ROOT, name), text);
    console.log(name);
  }
  if (check && stale.length > 0) process.exitCode = 1;
}

/** The file as it is, or undefined; a checkout on Windows may have changed the ends of its lines. */
function read(name) {
  try {
    return fs.readFileSync(path.join(ROOT, name), 'utf8').replaceAll('\r\n', '\n');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  }
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(`hostsock: ${error.message}`);
  process.exitCode = 1;
}
