'use strict';

// Two programs that Emscripten has built, as they are committed, on the runtime that runs this test.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { test } = require('node:test');
const { soon } = require('./support/sockets.js');

const program = (name) => path.join(__dirname, '../examples/build', `${name}.js`);

test('a client: http-get', async (t) => {
  const page = Buffer.alloc(300_007, 'hostsock ');
  const server = http.createServer((_request, response) => response.end(page));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const child = spawn(
    process.execPath,
    [program('http-get'), '127.0.0.1', String(server.address().port), '/'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  const [code] = await soon(once(child, 'close'), 'the program');
  assert.equal(code, 0);
  assert.match(Buffer.concat(chunks).toString('latin1'), /300007/);
});

test('a server: echo-server', async (t) => {
  const child = spawn(process.execPath, [program('echo-server'), '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill());
  let output = '';
  const port = await soon(
    new Promise((resolve) => {
      child.stdout.on('data', (chunk) => {
        output += chunk;
        const match = /(\d{2,5})\s*\n/.exec(output);
        if (match) resolve(Number(match[1]));
      });
    }),
    'the port',
  );
  const client = net.connect(port, '127.0.0.1');
  client.end('echoed');
  let text = '';
  client.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  await soon(once(client, 'close'), 'the end of the connection');
  assert.equal(text, 'echoed');
});
