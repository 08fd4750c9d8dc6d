'use strict';

// Rust's std::net, socket2 and mio over the link-time backend: the programs of __test__/rust and examples/rust, built
// for wasm32-unknown-emscripten with every Emscripten, must print what their native builds print.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { toolchains } = require('./support/emscripten.js');
const { need } = require('./support/requirements.js');
const { programs, run, start } = require('./support/programs.js');
const { buildNative, buildWasm } = require('./support/rust.js');
const { comparison } = require('./support/comparison.js');
const { emccFlags } = require('../emscripten/flags.js');

const CRATE = path.join(__dirname, 'rust');
const EXAMPLE = path.join(__dirname, '../examples/rust');

/** What Rust itself does otherwise on wasm (docs/emscripten.md): lines of the native build, and what stands for them. */
const DIFFERENCES = new Map([['try_clone: ()', 'try_clone: error Unsupported']]);

const rust = comparison();

after(() => console.log(`rust: ${rust.summary()}`));

/** The wasm-opt of old versions does not know all features of new compilers: see docs/emscripten.md. */
function rustflagsFor({ version }) {
  return Number(version.split('.')[0]) < 4
    ? '-Ctarget-cpu=mvp -Ctarget-feature=+mutable-globals,+sign-ext'
    : '';
}

/** Runs a program with a folder of its own for unix sockets. */
async function inFolder(program, command) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-rust-'));
  try {
    return await run(program, command, [folder]);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

describe('rust', { skip: need('cargo', 'rust-source', 'emscripten') }, () => {
  const all = programs(path.join(CRATE, 'src/bin'), '.rs');
  const expected = new Map();

  before(async () => {
    const command = await buildNative(CRATE);
    for (const program of all)
      expected.set(program.name, (await inFolder(program, command(program.name))).lines);
  });

  for (const toolchain of toolchains()) {
    describe(toolchain.version, () => {
      let command;
      before(async () => {
        command = await buildWasm(CRATE, toolchain, {
          flags: emccFlags(),
          rustflags: rustflagsFor(toolchain),
        });
      });

      for (const program of all) {
        test(program.name, async () => {
          const lines = expected.get(program.name);
          let wasm = { lines: [], stderr: '' };
          try {
            wasm = await inFolder(program, command(program.name));
          } finally {
            rust.add(program.name, lines, wasm.lines);
          }
          const wanted = lines.map((line) => DIFFERENCES.get(line) ?? line);
          assert.deepEqual(wasm.lines, wanted, rust.report(wanted, wasm));
        });
      }

      test('examples/rust', async () => {
        const server = http.createServer((request, response) => response.end(request.url.repeat(5000)));
        await new Promise((resolve) => server.listen(0, 'localhost', resolve));
        try {
          const args = ['localhost', String(server.address().port), '/page'];
          const native = await start((await buildNative(EXAMPLE))('http-get'), args).ended;
          const command = await buildWasm(EXAMPLE, toolchain, { rustflags: rustflagsFor(toolchain) });
          const wasm = await start(command('http-get'), args).ended;
          assert.match(native.stdout, /^HTTP\/1.1 200 OK\n25000 bytes, checksum \d+\n$/);
          rust.add('http-get', native.stdout.split('\n'), wasm.stdout.split('\n'));
          assert.equal(wasm.stdout, native.stdout, wasm.stderr);
        } finally {
          server.close();
        }
      });
    });
  }
});
