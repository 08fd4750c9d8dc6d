'use strict';

// A real redis-server and a small client in C, once over blocking calls and once over events: what the wasm builds
// print must equal what the native build prints, and what they stored must be what the server has.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { after, before, describe, test } = require('node:test');
const { promisify } = require('node:util');
const { toolchains } = require('./support/emscripten.js');
const { program, buildNative, buildWasm, pattern, run } = require('./support/programs.js');
const { need } = require('./support/requirements.js');
const { startRedis } = require('./support/servers.js');

const LARGEST = 1 << 20;

describe('redis', { skip: need('gcc', 'emscripten', 'redis-server', 'redis-cli') }, () => {
  let redis;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis?.stop());

  for (const name of ['resp_client', 'resp_events']) {
    describe(name, () => {
      const client = program(name);
      let expected;
      before(async () => {
        expected = (await run(client, await buildNative(client), [String(redis.port)])).lines;
        // A conversation that broke off would still equal another one.
        assert.equal(expected.at(-1), 'bytes left over: 0');
        assert.ok(expected.includes(`GET of ${LARGEST} bytes: ${LARGEST} bytes, equal`));
      });

      for (const toolchain of toolchains()) {
        for (const flavour of ['O0', 'O3']) {
          test(`${toolchain.version} ${flavour}`, async () => {
            const command = await buildWasm(client, toolchain, flavour);
            const { lines } = await run(client, command, [String(redis.port)]);
            assert.deepEqual(lines, expected);
            // The client fills a value with the pattern from its size on.
            assert.deepEqual(await stored(redis.port, `value:${LARGEST}`), pattern(LARGEST, LARGEST));
            assert.equal(String(await stored(redis.port, 'counter')), '1000');
          });
        }
      }
    });
  }
});

/** What the server has, as another client sees it. */
async function stored(port, key) {
  const { stdout } = await promisify(execFile)('redis-cli', ['-p', String(port), '--raw', 'GET', key], {
    encoding: 'buffer',
    maxBuffer: 4 * LARGEST,
  });
  // redis-cli adds a newline.
  return stdout.subarray(0, -1);
}
