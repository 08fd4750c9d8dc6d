'use strict';

// Every way to build a program, with `hostsock emcc-flags` or the port: each must do what its native build does.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { after, describe, test } = require('node:test');
const { promisify } = require('node:util');
const { toolchains } = require('./support/emscripten.js');
const { lacking, need, newerNode } = require('./support/requirements.js');
const { POSIX, program, buildNative, buildWasm, run } = require('./support/programs.js');
const { comparison } = require('./support/comparison.js');
const { emccFlags } = require('../emscripten/flags.js');

const ROOT = path.resolve(__dirname, '..');
const COMMON = path.join(__dirname, 'programs');
const BUILD = path.join(__dirname, 'build/flavours');
const PORT = path.join(ROOT, 'emscripten/port.py');

const newer = { node: [newerNode()], skip: need('newer-node') };

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
async function tool({ command }, args, env) {
  fs.mkdirSync(BUILD, { recursive: true });
  return exec(command, args, { env: { ...process.env, HOSTSOCK_ROOT: ROOT, ...env }, maxBuffer: 1 << 26 });
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
        const reason = flavour.plain && lacking(await unable(toolchain, flavour.plain));
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

    test(`${toolchain.version} options of the port`, async () => {
      const source = path.join(BUILD, 'settings.c');
      fs.mkdirSync(BUILD, { recursive: true });
      fs.writeFileSync(source, SETTINGS);
      const module = path.join(BUILD, 'settings.js');
      fs.writeFileSync(module, "Module['hostsock'] = { blocking: 'posix' };\n");
      const output = path.join(BUILD, `settings-${toolchain.version}.js`);
      const flags = [source, '-O1', '-o', output];
      const answer = async (env) =>
        (await exec(process.execPath, [output], { env: { ...process.env, HOSTSOCK_BLOCKING: '', ...env } }))
          .stdout;

      await tool(toolchain, [`--use-port=${PORT}:blocking=never`, ...flags]);
      assert.equal(await answer(), 'at once\n');
      assert.equal(await answer({ HOSTSOCK_BLOCKING: 'posix' }), 'after a while\n');
      for (const more of [
        ['-pthread', '-sPROXY_TO_PTHREAD', '-sEXIT_RUNTIME'],
        ['-O2', '--closure', '1'],
      ]) {
        if (more.includes('--closure') && lacking(await unable(toolchain, more))) continue;
        await tool(toolchain, [`--use-port=${PORT}:blocking=never`, ...flags, ...more]);
        assert.equal(await answer(), 'at once\n', more.join(' '));
      }
      await tool(toolchain, [`--use-port=${PORT}:blocking=posix`, ...flags]);
      assert.equal(await answer(), 'after a while\n');
      assert.equal(await answer({ HOSTSOCK_BLOCKING: 'never' }), 'at once\n');
      // The module has the last word but for the environment.
      await tool(toolchain, [`--use-port=${PORT}:blocking=never`, '--pre-js', module, ...flags]);
      assert.equal(await answer(), 'after a while\n');
      // By a build system that has no other place for flags.
      await tool(toolchain, flags, { EMCC_CFLAGS: `--use-port=${PORT}:blocking=never` });
      assert.equal(await answer(), 'at once\n');

      for (const [options, message] of [
        ['blocking=maybe', /hostsock: the setting 'blocking' must be 'posix' or 'never', not 'maybe'/],
        ['blocking=', /hostsock: the setting 'blocking' must be 'posix' or 'never', not ''/],
        ['blocking', /`blocking` is missing a value/],
        ['waiting=never', /`waiting` is not supported; available options are .*blocking/],
      ]) {
        await assert.rejects(tool(toolchain, [`--use-port=${PORT}:${options}`, ...flags]), message);
      }
    });

    test(`${toolchain.version} compiles without warnings`, async () => {
      const source = path.join(ROOT, 'emscripten/hostsock.c');
      const output = path.join(BUILD, `warnings-${toolchain.version}.o`);
      const strict = ['-Wall', '-Wextra', '-Werror', ...emccFlags({ link: false })];
      for (const [compiler, ...flags] of [
        ['emcc', '-O2'],
        ['emcc', '-O2', '-std=c99'],
        ['emcc', '-O2', '-std=gnu23'],
        ['emcc', '-O2', '-pthread'],
        ['emcc', '-O2', '-sMEMORY64', '-Wno-experimental'],
        // `em++ app.cpp $(hostsock emcc-flags)` takes it for C++, and says of itself that it should not.
        ['em++', '-O2', '-Wno-deprecated'],
      ]) {
        const command = toolchain.command.replace(/emcc(?=[^/]*$)/, compiler);
        await tool({ command }, ['-c', source, ...strict, ...flags, '-o', output]);
      }
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

/** Whether a call on a blocking socket waits. */
const SETTINGS = `
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
int main(void) {
  int ends[2];
  struct timeval limit = {0, 150000}, begin, end;
  char byte;
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) return 1;
  if (setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit)) return 2;
  gettimeofday(&begin, NULL);
  if (recv(ends[0], &byte, 1, 0) != -1) return 3;
  gettimeofday(&end, NULL);
  long waited = (end.tv_sec - begin.tv_sec) * 1000 + (end.tv_usec - begin.tv_usec) / 1000;
  puts(waited >= 140 ? "after a while" : "at once");
}
`;

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
