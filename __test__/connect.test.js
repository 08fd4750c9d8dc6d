'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');
const { after, before, describe, it } = require('node:test');
const dns = require('node:dns');
const http = require('node:http');
const { Socket, connect, constants, getOption, listen } = require('..');
const { lookup, lookupService, lookupServiceSync, lookupSync } = require('..');
const { need } = require('./support/requirements.js');
const { soon, thrown } = require('./support/sockets.js');

const text = async (socket) => {
  let all = '';
  for await (const chunk of socket.setEncoding('utf8')) all += chunk;
  return all;
};

async function echoServer(context, settings = {}) {
  const server = await listen({ host: '127.0.0.1', ...settings });
  server.on('connection', (connection) => connection.pipe(connection));
  context.after(() => server.close());
  return server;
}

/** A port of 127.0.0.1 that nothing listens on. */
function freePort() {
  const socket = new Socket({ family: 'IPv4', type: 'stream' });
  socket.bind({ address: '127.0.0.1', port: 0 });
  const { port } = socket.localAddress();
  socket.close();
  return port;
}

describe('connect', () => {
  it('gives a net.Socket that carries data both ways, with its options set', async (context) => {
    const server = await echoServer(context);
    const { port } = server.address();
    const options = { TCP_USER_TIMEOUT: 4321, TCP_CONGESTION: 'reno', SO_RCVBUF: 70000 };
    const socket = await connect({ host: '127.0.0.1', port, options });
    assert.ok(socket instanceof net.Socket);
    assert.equal(socket.remotePort, port);
    assert.equal(getOption(socket, 'TCP_USER_TIMEOUT'), 4321);
    assert.equal(getOption(socket, 'TCP_CONGESTION'), 'reno');
    assert.equal(getOption(socket, 'SO_RCVBUF'), 140000);
    socket.end('hello');
    assert.equal(await text(socket), 'hello');
  });

  it('resolves names and tries every address', async (context) => {
    const server = await echoServer(context);
    // On hosts where localhost has an IPv6 address first, that one is refused.
    const socket = await connect({ host: 'localhost', port: server.address().port });
    socket.end('by name');
    assert.equal(await text(socket), 'by name');
  });

  it('connects from where it is told, and by path', async (context) => {
    const server = await echoServer(context);
    const { port } = server.address();
    const socket = await connect({ host: '127.0.0.1', port, localAddress: '127.0.0.7' });
    assert.equal(socket.localAddress, '127.0.0.7');
    socket.destroy();

    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-'));
    context.after(() => fs.rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'socket');
    await echoServer(context, { path: file, host: undefined });
    const local = await connect({ path: file });
    local.end('unix');
    assert.equal(await text(local), 'unix');
  });

  it('rejects as node:net does', async () => {
    const port = freePort();
    const expected = await new Promise((resolve) => net.connect(port, '127.0.0.1').on('error', resolve));
    const error = await connect({ host: '127.0.0.1', port }).catch((it) => it);
    for (const field of ['message', 'code', 'errno', 'syscall', 'address', 'port']) {
      assert.equal(error[field], expected[field], field);
    }
    await assert.rejects(connect({ host: 'no-such-host.invalid', port: 1 }), (failure) => {
      assert.equal(failure.syscall, 'getaddrinfo');
      assert.equal(failure.hostname, 'no-such-host.invalid');
      return true;
    });
    await assert.rejects(connect({ host: '127.0.0.1', port, options: { TCP_CONGESTION: 'nosuch' } }), {
      syscall: 'setsockopt',
      option: 'TCP_CONGESTION',
      code: 'ENOENT',
    });
  });

  it('can be given up, and leaves nothing behind', async () => {
    const server = new Socket({ family: 'IPv4', type: 'stream' });
    server.bind({ address: '127.0.0.1', port: 0 });
    server.listen(0);
    const { port } = server.localAddress();
    // Fills the queue of a backlog of 0: later attempts stay under way.
    const filler = [];
    for (let at = 0; at < 3; at++) {
      const socket = new Socket({ family: 'IPv4', type: 'stream' });
      socket.connect({ address: '127.0.0.1', port });
      filler.push(socket);
    }
    // The first one that has to wait starts the readiness loop, which has descriptors of its own.
    await assert.rejects(connect({ host: '127.0.0.1', port, timeout: 50 }), { code: 'ETIMEDOUT' });
    const before = fs.readdirSync('/proc/self/fd').length;
    await assert.rejects(connect({ host: '127.0.0.1', port, timeout: 50 }), { code: 'ETIMEDOUT' });
    const signal = AbortSignal.timeout(50);
    await assert.rejects(connect({ host: '127.0.0.1', port, signal }), { code: 'ABORT_ERR' });
    await assert.rejects(connect({ host: '127.0.0.1', port, signal }), { code: 'ABORT_ERR' });
    assert.equal(fs.readdirSync('/proc/self/fd').length, before);
    for (const socket of [...filler, server]) socket.close();
  });

  it('refuses bad arguments', async () => {
    for (const [settings, code] of [
      [undefined, 'ERR_INVALID_ARG_TYPE'],
      [{ port: 65536 }, 'ERR_OUT_OF_RANGE'],
      [{ port: 'http' }, 'ERR_INVALID_ARG_VALUE'],
      [{ port: '' }, 'ERR_INVALID_ARG_VALUE'],
      [{ port: '65536' }, 'ERR_OUT_OF_RANGE'],
      [{ host: 1, port: 80 }, 'ERR_INVALID_ARG_TYPE'],
      [{ port: 80, family: 5 }, 'ERR_INVALID_ARG_VALUE'],
      [{ port: 80, localAddress: 'x' }, 'ERR_INVALID_ARG_VALUE'],
      [{ port: 80, timeout: 0 }, 'ERR_OUT_OF_RANGE'],
      [{ port: 80, signal: {} }, 'ERR_INVALID_ARG_TYPE'],
      [{ path: 7 }, 'ERR_INVALID_ARG_TYPE'],
    ]) {
      await assert.rejects(connect(settings), { code });
    }
  });
});

describe('listen', () => {
  it('sets options before it binds', async (context) => {
    const options = { TCP_DEFER_ACCEPT: 1, TCP_MAXSEG: 1000 };
    const server = await echoServer(context, { options });
    assert.ok(server instanceof net.Server);
    assert.equal(getOption(server, 'TCP_DEFER_ACCEPT'), 1);
    assert.equal(getOption(server, 'SO_REUSEADDR'), true);
  });

  it('shares a port, and serves both families', async (context) => {
    const one = await echoServer(context, { host: undefined, reusePort: true });
    const two = await echoServer(context, { host: undefined, reusePort: true, port: one.address().port });
    assert.equal(one.address().port, two.address().port);
    const socket = await connect({ host: '127.0.0.1', port: one.address().port });
    socket.end('v4');
    assert.equal(await text(socket), 'v4');
    await assert.rejects(listen({ port: one.address().port }), { code: 'EADDRINUSE', syscall: 'bind' });
  });

  it('takes a port as text, as node:net does', async (context) => {
    const port = freePort();
    const server = await echoServer(context, { port: String(port) });
    assert.equal(server.address().port, port);
    const socket = await connect({ host: '127.0.0.1', port: ` ${port} ` });
    socket.end('text');
    assert.equal(await text(socket), 'text');
  });

  describe('with a server of the caller’s', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-'));
    after(() => fs.rmSync(folder, { recursive: true }));
    for (const [name, settings] of [
      ['a port', { host: '127.0.0.1', options: { TCP_USER_TIMEOUT: 4321 } }],
      ['a path', { path: path.join(folder, 'http') }],
    ]) {
      it(`serves HTTP on ${name}`, async (context) => {
        const server = http.createServer((_request, response) => response.end('served'));
        assert.equal(await listen({ ...settings, server }), server);
        context.after(() => server.close());
        const where = settings.path ? { socketPath: settings.path } : { port: server.address().port };
        const request = http.get({ host: '127.0.0.1', ...where, agent: false });
        const [response] = await once(request, 'response');
        assert.equal(await text(response), 'served');
        if (!settings.path) assert.equal(getOption(server, 'TCP_USER_TIMEOUT'), 4321);
        await assert.rejects(listen({ server }), { code: 'ERR_INVALID_ARG_VALUE' });
      });
    }

    it('is what to do where Node cannot listen a second time', async () => {
      // libuv watches each unix socket's descriptor once in a loop.
      const first = await listen({ path: path.join(folder, 'twice') });
      const second = http.createServer();
      const failed = once(second, 'error').then(([error]) => error);
      const attempt = async () => {
        second.listen(first);
        return failed;
      };
      const error = await soon(attempt(), 'the error', 5000).catch((it) => it);
      first.close();
      assert.equal(error.code, 'EEXIST');
    });
  });

  it('closes when its signal fires', async () => {
    const controller = new AbortController();
    const server = await listen({ host: '127.0.0.1', signal: controller.signal });
    controller.abort();
    await once(server, 'close');
  });
});

describe('lookup', () => {
  it('answers as the resolver does', async () => {
    assert.deepEqual(await lookup('127.0.0.1'), { address: '127.0.0.1', family: 4 });
    const all = await lookup('localhost', { all: true });
    assert.ok(all.some((it) => it.address === '127.0.0.1' || it.address === '::1'));
    await assert.rejects(lookup('no-such-host.invalid'), { syscall: 'getaddrinfo' });
    await assert.rejects(lookup('localhost', { signal: AbortSignal.abort() }), { code: 'ABORT_ERR' });
    await assert.rejects(lookup('localhost', { family: 7 }), { code: 'ERR_INVALID_ARG_VALUE' });
    await assert.rejects(lookup(7), { code: 'ERR_INVALID_ARG_TYPE' });
  });

  it('names its errors as Node does', async () => {
    const expected = await dns.promises.lookup('no-such-host.invalid').catch((it) => it);
    for (const error of [
      await lookup('no-such-host.invalid').catch((it) => it),
      thrown(() => lookupSync('no-such-host.invalid')),
    ]) {
      for (const field of ['message', 'code', 'errno', 'syscall', 'hostname']) {
        assert.equal(error[field], expected[field], field);
      }
    }
    await assert.rejects(lookup('localhost', { service: 'no-such-service' }), {
      code: 'EAI_SERVICE',
      errno: -3010,
      message: 'getaddrinfo EAI_SERVICE localhost',
    });
  });
});

describe('the resolver, natively and from JavaScript', { skip: need('gcc') }, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-'));
  const program = path.join(folder, 'resolver');
  before(() => {
    const source = path.join(__dirname, 'fixtures/resolver.c');
    execFileSync('gcc', ['-Wall', '-Wextra', '-Werror', '-o', program, source]);
  });
  after(() => fs.rmSync(folder, { recursive: true }));
  const native = (...args) =>
    execFileSync(program, args.map(String), { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  const { AI_ADDRCONFIG, AI_CANONNAME, AI_NUMERICHOST, AI_NUMERICSERV, AI_PASSIVE, AI_V4MAPPED, AI_ALL } =
    constants;
  for (const [hostname, options] of [
    ['localhost', { hints: 0 }],
    ['localhost', { hints: 0, type: 'any' }],
    ['localhost', { hints: 0, type: 'any', family: 4, service: 'domain' }],
    ['localhost', { hints: AI_ADDRCONFIG, service: 'http' }],
    ['localhost', { hints: AI_CANONNAME, service: 'https', type: 'stream' }],
    [os.hostname(), { hints: AI_CANONNAME }],
    ['127.0.0.1', { hints: AI_NUMERICHOST | AI_NUMERICSERV, service: 8080, type: 'datagram' }],
    ['127.0.0.1', { hints: AI_V4MAPPED | AI_ALL, family: 6 }],
    ['::1', { hints: AI_NUMERICHOST, protocol: 17, type: 'any' }],
    [null, { hints: AI_PASSIVE, service: '80', type: 'any' }],
    [null, { hints: 0, service: 80 }],
    ['127.0.0.1', { hints: 0, type: 'raw' }],
    ['127.0.0.1', { hints: 0, type: 'raw', service: 'http' }],
    ['127.0.0.1', { hints: 0, type: 'datagram', protocol: 6 }],
    ['127.0.0.1', { hints: AI_NUMERICHOST, family: 6 }],
    ['localhost', { hints: AI_NUMERICHOST }],
    ['localhost', { hints: AI_NUMERICSERV, service: 'http' }],
    ['localhost', { hints: 0x40000000 }],
    ['localhost', { hints: 0, service: 'no-such-service' }],
  ]) {
    it(`lookup ${hostname} ${JSON.stringify(options)}`, async () => {
      const { hints, family = 0, type = 'stream', protocol = 0, service = '-' } = options;
      const kinds = { any: 0, stream: 1, datagram: 2, raw: 3 };
      const expected = native('a', hostname ?? '-', service, hints, family, kinds[type], protocol);
      let answer;
      try {
        answer = await lookup(hostname, { ...options, all: true });
        assert.deepEqual(await lookup(hostname, options), answer[0]);
        assert.deepEqual(lookupSync(hostname, { ...options, all: true }), answer);
        assert.deepEqual(lookupSync(hostname, options), answer[0]);
      } catch (error) {
        answer = [{ error: { ENOTFOUND: 'EAI_NONAME' }[error.code] ?? error.code }];
      }
      assert.deepEqual(answer, expected);
    });
  }

  const { NI_DGRAM, NI_NAMEREQD, NI_NUMERICHOST, NI_NUMERICSERV, NI_NOFQDN } = constants;
  for (const [address, port, flags] of [
    ['127.0.0.1', 80, 0],
    ['127.0.0.1', '443', NI_NOFQDN],
    ['127.0.0.1', 514, 0],
    ['127.0.0.1', 514, NI_DGRAM],
    ['127.0.0.1', 80, NI_NUMERICHOST],
    ['127.0.0.1', 80, NI_NUMERICSERV],
    ['::1', 22, NI_NUMERICHOST | NI_NUMERICSERV],
    ['192.0.2.1', 0, NI_NAMEREQD],
    ['127.0.0.1', 80, -1],
  ]) {
    it(`lookupService ${address} ${port} ${flags}`, async () => {
      const [expected] = native('n', address, port, flags);
      let answer;
      try {
        answer = await lookupService(address, port, { flags });
        assert.deepEqual(lookupServiceSync(address, port, { flags }), answer);
      } catch (error) {
        assert.equal(error.syscall, 'getnameinfo');
        assert.equal(error.hostname, address);
        answer = { error: { ENOTFOUND: 'EAI_NONAME' }[error.code] ?? error.code };
      }
      assert.deepEqual(answer, expected);
    });
  }

  it('lookupService is Node’s without flags', async () => {
    const expected = await dns.promises.lookupService('127.0.0.1', 22);
    assert.deepEqual(await lookupService('127.0.0.1', 22), { ...expected });
  });
});

describe('toNet', () => {
  it('hands a pair to streams', async () => {
    const [one, two] = Socket.pair({ type: 'stream' });
    const [left, right] = [one.toNet(), two.toNet()];
    left.end('across');
    assert.equal(await text(right), 'across');
    assert.equal(one.fd, -1);
  });

  it('hands a listener to a server', async (context) => {
    const socket = new Socket({ family: 'IPv4', type: 'stream' });
    socket.bind({ address: '127.0.0.1', port: 0 });
    socket.listen();
    const { port } = socket.localAddress();
    const server = await socket.toNet();
    context.after(() => server.close());
    server.on('connection', (connection) => connection.end('served'));
    assert.equal(await text(net.connect(port, '127.0.0.1')), 'served');
  });
});

describe('iteration', () => {
  it('gives connections until the listener is closed', async () => {
    const listener = new Socket({ family: 'IPv4', type: 'stream' });
    listener.bind({ address: '127.0.0.1', port: 0 });
    listener.listen();
    const { port } = listener.localAddress();
    const clients = [1, 2, 3].map(() => net.connect(port, '127.0.0.1'));
    let count = 0;
    for await (const connection of listener) {
      connection.close();
      if (++count === 3) setImmediate(() => listener.close());
    }
    assert.equal(count, 3);
    for (const client of clients) client.destroy();
  });

  it('ends when the loop closes the listener', async () => {
    const listener = new Socket({ family: 'IPv4', type: 'stream' });
    listener.bind({ address: '127.0.0.1', port: 0 });
    listener.listen();
    const client = net.connect(listener.localAddress().port, '127.0.0.1');
    for await (const connection of listener.connections()) {
      connection.close();
      listener.close();
    }
    client.destroy();
    await assert.rejects(listener.connections().next(), { code: 'EBADF' });
  });
});
