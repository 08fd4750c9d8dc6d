'use strict';

// Under -pthread a socket call runs on the thread that makes it and blocks only that one: the thread_ programs of
// __test__/posix do what they do natively, with and without PROXY_TO_PTHREAD.

const assert = require('node:assert/strict');
const { after, describe, test } = require('node:test');
const { toolchains } = require('./support/emscripten.js');
const { need } = require('./support/requirements.js');
const { POSIX, programs, buildNative, buildWasm, run } = require('./support/programs.js');
const { comparison } = require('./support/comparison.js');

const flavours = {
  pthread: ['-O1'],
  proxy: ['-O1', '-sPROXY_TO_PTHREAD', '-sEXIT_RUNTIME'],
};

const threads = comparison();
after(() => console.log(`threads: ${threads.summary()}`));

describe('threads', { concurrency: 2, skip: need('gcc', 'emscripten') }, () => {
  for (const program of programs(POSIX).filter(({ name }) => name.startsWith('thread_'))) {
    let native;
    for (const toolchain of toolchains()) {
      for (const [name, flags] of Object.entries(flavours)) {
        test(`${program.name} ${toolchain.version} ${name}`, async () => {
          native ??= buildNative(program).then((command) => run(program, command));
          const { lines } = await native;
          let wasm = { lines: [], stderr: '' };
          try {
            const command = await buildWasm(program, toolchain, {
              name: `thread-${name}`,
              linked: true,
              flags,
            });
            wasm = await run(program, command);
          } finally {
            threads.add(program.name, lines, wasm.lines);
          }
          assert.deepEqual(wasm.lines, lines, threads.report(lines, wasm));
        });
      }
    }
  }
});
