'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const diagnostics = require('node:diagnostics_channel');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { describe, it } = require('node:test');
const { Socket } = require('..');

describe('diagnostics_channel', () => {
  it('tells of every socket', async (context) => {
    const events = [];
    for (const name of ['open', 'connect', 'accept', 'close', 'error']) {
      const listener = (message) => events.push([name, message]);
      diagnostics.subscribe(`hostsock:${name}`, listener);
      context.after(() => diagnostics.unsubscribe(`hostsock:${name}`, listener));
    }
    const listener = new Socket({ family: 'IPv4', type: 'stream' });
    listener.bind({ address: '127.0.0.1', port: 0 });
    listener.listen();
    const address = { address: '127.0.0.1', port: listener.localAddress().port };
    const client = new Socket({ family: 'IPv4', type: 'stream' });
    client.connect(address);
    await listener.readable();
    const connection = listener.accept();
    assert.throws(() => client.bind(address), { code: 'EINVAL' });
    for (const socket of [connection, client, listener]) socket.close();
    assert.deepEqual(
      events.map(([name]) => name),
      ['open', 'open', 'connect', 'open', 'accept', 'error', 'close', 'close', 'close'],
    );
    assert.equal(events[2][1].socket, client);
    assert.deepEqual(events[2][1].address, address);
    assert.equal(events[4][1].connection, connection);
    assert.equal(events[5][1].error.syscall, 'bind');
  });
});

describe('HOSTSOCK_TRACE', () => {
  const program = `
    const { Socket } = require('hostsock');
    const [one, two] = Socket.pair({ type: 'stream' });
    one.setOption('SO_RCVBUF', 5000);
    one.send('hello');
    two.recv(Buffer.alloc(10), 0);
    try { two.connect({ path: '/nowhere' }); } catch {}
    one.close();`;
  const run = (trace) =>
    execFileSync(process.execPath, ['-e', `${program} require('fs').writeSync(1, '.')`], {
      cwd: path.join(__dirname, '..'),
      env: { ...process.env, HOSTSOCK_TRACE: trace },
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  it('writes each call to a file, as strace does', (context) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-'));
    context.after(() => fs.rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'trace');
    run(file);
    const lines = fs.readFileSync(file, 'utf8').trim().split('\n');
    for (const line of lines) assert.match(line, /^\[\d+ .+\] \w+\(.*\) = .+ <\d+ us>$/);
    const text = lines.join('\n');
    assert.match(text, /setsockopt\(\d+, SO_RCVBUF, 4 bytes\) = 0 /);
    assert.match(text, /send\(\d+, 5 bytes, 0\) = 5 /);
    assert.match(text, /recv\(\d+, 10 bytes, 0\) = 5 /);
    assert.match(text, /connect\(\d+, unix:\/nowhere\) = -1 E\w+ \(.+\) /);
    assert.match(text, /close\(\d+\) = 0 /);
  });

  it('is silent when off', () => {
    assert.equal(String(run('')), '.');
    assert.equal(String(run('0')), '.');
  });
});
