'use strict';

// A real nginx and an HTTP/1.1 client in C that reads the response in odd-sized pieces: every byte must arrive.

const assert = require('node:assert/strict');
const { createCipheriv, createHash } = require('node:crypto');
const { after, before, describe, test } = require('node:test');
const { toolchains } = require('./support/emscripten.js');
const { program, buildNative, buildWasm, run } = require('./support/programs.js');
const { need } = require('./support/requirements.js');
const { startNginx } = require('./support/servers.js');

const files = {
  '64MiB': noise(64 << 20),
  '1byte': noise(1),
  empty: Buffer.alloc(0),
};

describe('nginx', { skip: need('gcc', 'emscripten', 'nginx') }, () => {
  const client = program('http_get');
  let nginx;
  before(async () => {
    nginx = await startNginx(files);
  });
  after(() => nginx?.stop());

  const builds = [['native', () => buildNative(client)]];
  for (const toolchain of toolchains()) {
    for (const flavour of ['O0', 'O3']) {
      builds.push([`${toolchain.version} ${flavour}`, () => buildWasm(client, toolchain, flavour)]);
    }
  }
  for (const [build, make] of builds) {
    // By name and by address.
    for (const host of ['localhost', '127.0.0.1']) {
      for (const [name, bytes] of Object.entries(files)) {
        test(`${build}: ${name} from ${host}`, async () => {
          const { lines } = await run(client, await make(), [host, String(nginx.port), `/${name}`]);
          assert.deepEqual(lines, [
            'status: HTTP/1.1 200 OK',
            `Content-Length: ${bytes.length}`,
            `received: ${bytes.length}`,
            `SHA-256: ${createHash('sha256').update(bytes).digest('hex')}`,
            'after it: 0',
          ]);
        });
      }
    }

    test(`${build}: a file that is not there`, async () => {
      const { lines } = await run(client, await make(), ['127.0.0.1', String(nginx.port), '/none']);
      assert.equal(lines[0], 'status: HTTP/1.1 404 Not Found');
      assert.equal(lines.at(-1), 'after it: 0');
    });
  }
});

/** Bytes without a pattern, the same in every run. */
function noise(size) {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(size));
}
