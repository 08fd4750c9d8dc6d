'use strict';

// Programs linked with `hostsock emcc-flags`: all those of __test__/programs, and those of __test__/posix, which need
// what only this way has. Each must print what its native build prints, on every Emscripten.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { after, describe, test } = require('node:test');
const { setTimeout: delay } = require('node:timers/promises');
const { toolchains } = require('./support/emscripten.js');
const { need } = require('./support/requirements.js');
const {
  POSIX,
  program: programOf,
  programs,
  buildNative,
  buildWasm,
  linkFlavours,
  run,
  start,
} = require('./support/programs.js');
const { comparison } = require('./support/comparison.js');

const posix = comparison();

/** Programs with datagrams, raw or unix sockets, and not one of TCP. */
function besideTcp({ source }) {
  const text = fs.readFileSync(source, 'utf8');
  const tcp = /\b(tcp|tcp_pair|dial|listener)\(|AF_INET6?, SOCK_STREAM/;
  return /SOCK_(DGRAM|RAW|SEQPACKET)|AF_UNIX/.test(text) && !tcp.test(text);
}

after(() => {
  const beside = [...programs(POSIX), ...programs()].filter(besideTcp).map(({ name }) => name);
  console.log(`posix: ${posix.summary()}`);
  console.log(`posix: of which beside TCP ${posix.of(beside)} (${beside.join(', ')})`);
});

describe('posix', { concurrency: 2 }, () => {
  for (const program of [...programs(POSIX), ...programs()]) {
    // Those that talk to a real server, never end or have threads have tests of their own.
    if (program.server || program.name.startsWith('thread_')) continue;

    describe(program.name, { skip: need('gcc', 'emscripten') }, () => {
      let native;
      for (const toolchain of toolchains()) {
        for (const flavour of Object.keys(linkFlavours)) {
          test(`${toolchain.version} ${flavour}`, async () => {
            native ??= buildNative(program).then((command) => run(program, command));
            const expected = (await native).lines;
            let wasm = { lines: [], stderr: '' };
            try {
              wasm = await run(program, await buildWasm(program, toolchain, flavour));
            } finally {
              // Of a program that did not come to its end, nothing has been shown to be equal.
              posix.add(program.name, expected, wasm.lines);
            }
            assert.deepEqual(wasm.lines, expected, posix.report(expected, wasm));
          });
        }
      }
    });
  }
});

/** Processor time that a process has used, in hundredths of a second. */
function ticks(pid) {
  const fields = fs
    .readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

describe('a program that waits', {
  skip: need('emscripten') || (!fs.existsSync('/proc/self/stat') && 'needs /proc'),
}, () => {
  const forever = programOf('forever', POSIX);
  const threaded = { name: 'link-threads', linked: true, flags: ['-O1', '-pthread'] };
  for (const toolchain of toolchains()) {
    for (const flavour of ['link-O0', threaded]) {
      for (const how of ['recv', 'read', 'accept', 'poll', 'select', 'epoll']) {
        test(`${toolchain.version} ${flavour.name ?? flavour} ${how}`, async () => {
          const running = start(await buildWasm(forever, toolchain, flavour), [how]);
          await running.output(/waiting\n/);
          // What the engine does after start-up, it does in the background.
          await delay(500);
          const before = ticks(running.pid);
          await delay(1000);
          const used = ticks(running.pid) - before;
          const begin = Date.now();
          running.stop('SIGINT');
          const { signal, stdout } = await running.ended;
          assert.ok(used <= 5, `it used ${used * 10} ms of processor time in a second`);
          assert.equal(signal, 'SIGINT');
          assert.ok(Date.now() - begin < 1000, `it ended after ${Date.now() - begin} ms`);
          assert.equal(stdout, 'waiting\n');
        });
      }
    }
  }
});

describe('both worlds', { concurrency: 2, skip: need('emscripten') }, () => {
  const loop = programOf('main_loop', POSIX);
  for (const toolchain of toolchains()) {
    for (const flavour of Object.keys(linkFlavours)) {
      test(`a main loop and callbacks: ${toolchain.version} ${flavour}`, async () => {
        const { lines } = await run(loop, await buildWasm(loop, toolchain, flavour));
        assert.deepEqual(lines, ['listening PORT', 'accepted: 4', 'ended: 4', 'frames went on: yes']);
      });
    }
  }
});
