'use strict';

// TCP servers in wasm, one of callbacks and one around poll(): 200 clients of node:net at once, every byte compared.

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { toolchains } = require('./support/emscripten.js');
const { program, buildNative, buildWasm, serve } = require('./support/programs.js');
const { need } = require('./support/requirements.js');

const CONNECTIONS = 200;

describe('wasm server', { skip: need('gcc', 'emscripten') }, () => {
  for (const name of ['events_echo_server', 'poll_echo_server']) {
    const server = program(name);
    const builds = [['native', () => buildNative(server)]];
    for (const toolchain of toolchains()) {
      for (const flavour of ['O0', 'O3']) {
        builds.push([`${toolchain.version} ${flavour}`, () => buildWasm(server, toolchain, flavour)]);
      }
    }
    for (const [build, make] of builds) {
      test(`${name}, ${build}`, async () => {
        const ended = await serve(await make(), [String(CONNECTIONS)], CONNECTIONS);
        assert.deepEqual(
          { status: ended.status, signal: ended.signal, lines: ended.stdout.split('\n').slice(1, -1) },
          { status: 0, signal: null, lines: [`connections: ${CONNECTIONS}`, `bytes: ${ended.bytes}`] },
          ended.stderr,
        );
      });
    }
  }
});
