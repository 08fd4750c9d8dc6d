'use strict';

// Published modules that know nothing of hostsock, by what hostsock/emscripten has for any.

const assert = require('node:assert/strict');
const path = require('node:path');
const { describe, test } = require('node:test');
const { directory } = require('./support/datagrams.js');
const { PHP_SOCKETS, runOtherPhp } = require('./support/prebuilt.js');
const { need } = require('./support/requirements.js');

describe('prebuilt modules', { skip: need('php') }, () => {
  test("npm's php-wasm", async (t) => {
    const script = path.join(__dirname, 'php/sockets.php');
    const args = [path.join(directory(t), 'socket'), 'without options'];
    assert.deepEqual(await runOtherPhp(script, args), PHP_SOCKETS);
  });
});
