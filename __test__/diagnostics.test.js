'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const diagnostics = require('node:diagnostics_channel');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { describe, it } = require('node:test');
const { Socket, lookup } = require('..');

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
    const refused = await lookup('no-such-host.invalid').catch((error) => error);
    assert.equal(events.length, 10);
    assert.equal(events[9][1].error, refused);
  });
});

describe('HOSTSOCK_TRACE', () => {
  const program = `
    const { Socket, constants, poll } = require('hostsock');
    const [one, two] = Socket.pair({ type: 'stream' });
    one.setOption('SO_RCVBUF', 5000);
    one.getOption('SO_RCVBUF');
    const tcp = new Socket({ family: 'IPv4', type: 'stream' });
    tcp.setOption('TCP_CONGESTION', 'reno');
    tcp.setOption('SO_LINGER', 5);
    tcp.close();
    poll([{ socket: two, events: constants.POLLIN }], 0);
    one.send('hello');
    two.recv(Buffer.alloc(10), 0);
    try { two.connect({ path: '/nowhere' }); } catch {}
    two.shutdown('both');
    one.close();`;
  const run = (trace, script = program) =>
    execFileSync(process.execPath, ['-e', `${script} require('fs').writeSync(1, '.')`], {
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
    for (const line of lines) assert.match(line, /^\[(\d+) \1\] \w+\(.*\) = .+ <\d+ us>$/);
    const text = lines.join('\n');
    assert.match(text, /socketpair\(AF_UNIX, SOCK_STREAM, 0\) = \[\d+, \d+\] /);
    assert.match(text, /setsockopt\(\d+, SO_RCVBUF, \[5000\], 4\) = 0 /);
    assert.match(text, /getsockopt\(\d+, SO_RCVBUF\) = \[10000\], 4 /);
    assert.match(text, /socket\(AF_INET, SOCK_STREAM, 0\) = \d+ /);
    assert.match(text, /setsockopt\(\d+, TCP_CONGESTION, "reno", 4\) = 0 /);
    assert.match(text, /setsockopt\(\d+, SO_LINGER, <0100000005000000>, 8\) = 0 /);
    assert.match(text, /poll\(\[\d+:POLLIN\], 0 ms\) = 0 /);
    assert.match(text, /shutdown\(\d+, SHUT_RDWR\) = 0 /);
    assert.match(text, /send\(\d+, 5 bytes, 0\) = 5 /);
    assert.match(text, /recv\(\d+, 10 bytes, 0\) = 5 /);
    assert.match(text, /connect\(\d+, unix:\/nowhere\) = -1 E\w+ \(.+\) /);
    assert.match(text, /close\(\d+\) = 0 /);
  });

  it('names the thread by the system’s number', {
    skip: process.platform !== 'linux' && 'has no /proc',
  }, (context) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-'));
    context.after(() => fs.rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'trace');
    const output = run(
      file,
      `const { Worker } = require('worker_threads');
       new Worker(\`
         const { Socket } = require('hostsock');
         new Socket({ family: 'IPv6', type: 'raw', protocol: 255 }).close();
         require('fs').writeSync(1, require('fs').readlinkSync('/proc/thread-self'));\`, { eval: true });`,
    );
    const [, process, thread] = /(\d+)\/task\/(\d+)/.exec(output);
    assert.notEqual(process, thread);
    const [line] = fs.readFileSync(file, 'utf8').split('\n');
    assert.ok(line.startsWith(`[${process} ${thread}] socket(AF_INET6, SOCK_RAW, 255) = `), line);
  });

  it('is silent when off', () => {
    assert.equal(String(run('')), '.');
    assert.equal(String(run('0')), '.');
  });
});
