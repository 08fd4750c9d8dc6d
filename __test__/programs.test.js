'use strict';

// Every program of __test__/programs prints its behaviours, one a line. Compiled by each Emscripten with nothing but
// `--pre-js emscripten/pre.js` added, it must print what its native build prints.

const assert = require('node:assert/strict');
const { after, describe, test } = require('node:test');
const { isDeepStrictEqual } = require('node:util');
const { toolchains } = require('./support/emscripten.js');
const { need } = require('./support/requirements.js');
const { programs, buildNative, buildWasm, flavours, run } = require('./support/programs.js');

// The other ways to link change how the glue code starts, not what the programs do: these few show it.
const LINKED_OTHERWISE = ['accept_blocking', 'events_client', 'resolve'];

// Behaviours that were compared, as `program:line`, and those that some wasm build showed otherwise.
const compared = new Set();
const differing = new Set();

after(() => {
  const equal = compared.size - differing.size;
  console.log(`programs: ${compared.size} behaviours, ${equal} equal, ${differing.size} differ`);
});

describe('programs', { concurrency: 2 }, () => {
  for (const program of programs()) {
    // Those that talk to a real server have tests of their own.
    if (program.server) continue;

    describe(program.name, { skip: need('gcc', 'emscripten') }, () => {
      let native;
      for (const toolchain of toolchains()) {
        if (!program.runsOn(toolchain.version)) continue;
        for (const flavour of Object.keys(flavours)) {
          if (flavours[flavour].loader && !LINKED_OTHERWISE.includes(program.name)) continue;
          test(`${toolchain.version} ${flavour}`, async () => {
            native ??= buildNative(program).then((command) => run(program, command));
            const expected = (await native).lines;
            let wasm = { lines: [], stderr: '' };
            try {
              wasm = await run(program, await buildWasm(program, toolchain, flavour));
            } finally {
              // Of a program that did not come to its end, nothing has been shown to be equal.
              compare(program.name, expected, wasm.lines);
            }
            assert.ok(isDeepStrictEqual(wasm.lines, expected), report(expected, wasm));
          });
        }
      }
    });
  }
});

function compare(name, expected, lines) {
  for (let i = 0; i < Math.max(expected.length, lines.length); i++) {
    compared.add(`${name}:${i}`);
    if (expected[i] !== lines[i]) differing.add(`${name}:${i}`);
  }
}

/** The lines that differ, as a reader wants to see them, and what the program complained about. */
function report(expected, { lines, stderr }) {
  const found = ['not as natively:'];
  for (let i = 0; i < Math.max(expected.length, lines.length); i++) {
    if (expected[i] === lines[i]) continue;
    found.push(`  native: ${expected[i] ?? '(no line)'}`, `  wasm:   ${lines[i] ?? '(no line)'}`);
  }
  return [...found, stderr].join('\n');
}
