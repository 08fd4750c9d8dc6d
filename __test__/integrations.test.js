'use strict';

// Node's own protocols and the usual clients on connect() and listen(), against real servers. Each has an option that
// Node cannot set, and the kernel is asked whether it is there, while the connection is in use.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const http2 = require('node:http2');
const https = require('node:https');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { buffer, text } = require('node:stream/consumers');
const { after, before, describe, test } = require('node:test');
const tls = require('node:tls');
const { promisify } = require('node:util');
const { Socket, connect, getOption, listen, setOption } = require('..');
const { need } = require('./support/requirements.js');
const { startPostgres } = require('./support/postgres.js');
const { startRedis } = require('./support/servers.js');
const { ROOT, checksum, pattern, until } = require('./support/sockets.js');

const run = promisify(execFile);
const LINUX = process.platform !== 'linux' && 'options of Linux';
const LOCAL = '127.0.0.1';
// Set by nobody else, and different from each other's and every default.
const OF_CLIENT = { TCP_USER_TIMEOUT: 4321, TCP_NOTSENT_LOWAT: 23_456, TCP_SYNCNT: 3 };
const OF_SERVER = { TCP_USER_TIMEOUT: 7654, TCP_CONGESTION: 'reno', TCP_MAXSEG: 1300 };
// What connections inherit, of the above.
const OF_ACCEPTED = { TCP_USER_TIMEOUT: 7654, TCP_CONGESTION: 'reno' };
const BODY = pattern(1_000_003);

/** For `skip`: devDependencies that are not installed. */
function needPackage(...names) {
  const missing = names.filter((name) => {
    try {
      return !require.resolve(name);
    } catch {
      return true;
    }
  });
  if (missing.length === 0) return false;
  if (process.env.HOSTSOCK_REQUIRE === 'all')
    throw new Error(`npm ci has not installed ${missing.join(', ')}`);
  return `needs ${missing.join(', ')} (npm ci)`;
}

/** The kernel has these options on a socket. */
function confirm(socket, options) {
  for (const [name, value] of Object.entries(options)) assert.equal(getOption(socket, name), value, name);
}

/** A server of Node listens on a socket with options of its own; its port. */
async function serve(context, server, settings = {}) {
  server.listen(await listen({ host: LOCAL, options: OF_SERVER, ...settings }));
  await once(server, 'listening');
  confirm(server, { TCP_USER_TIMEOUT: 7654 });
  context.after(() => {
    server.closeAllConnections?.();
    return new Promise((resolve) => server.close(resolve));
  });
  return server.address().port;
}

const dial = (port, options = OF_CLIENT) => connect({ host: LOCAL, port, options });

/** As `createConnection` of an http.Agent: connects by hostsock. */
function byHostsock(options, callback) {
  const { host, port } = options;
  // Some callers have it as text, as in a URL.
  connect({ host, port: Number(port), options: OF_CLIENT }).then(
    (socket) => callback(null, socket),
    callback,
  );
}

/** The same for https: TLS on top of it. */
function byHostsockSecure(options, callback) {
  connect({ host: options.host, port: options.port, options: OF_CLIENT }).then(
    (socket) => callback(null, tls.connect({ ...options, socket })),
    callback,
  );
}

/** Answers with what it was sent, or with `hello`; asks the kernel about each connection. */
function answering(seen = []) {
  return (request, response) => {
    confirm(request.socket, OF_ACCEPTED);
    seen.push(request.socket.remotePort);
    if (request.method === 'GET') response.end('hello');
    else request.pipe(response);
  };
}

/** One exchange by http.request; the socket that it went over, and the answer's body. */
function exchange(api, options, body) {
  return new Promise((resolve, reject) => {
    const request = api.request({ host: LOCAL, ...options, method: body ? 'POST' : 'GET' });
    request.on('error', reject);
    request.on('response', (response) => {
      const { socket } = response;
      confirm(socket, OF_CLIENT);
      buffer(response).then((received) => resolve({ socket, received, status: response.statusCode }), reject);
    });
    request.end(body);
  });
}

/** Two exchanges on one connection that is kept alive, then many at once. */
async function exchanges(context, api, agent, port, settings = {}) {
  context.after(() => agent.destroy());
  const options = { agent, port, ...settings };
  const first = await exchange(api, options);
  assert.equal(String(first.received), 'hello');
  const second = await exchange(api, options, BODY);
  assert.equal(checksum(second.received), checksum(BODY));
  assert.equal(second.socket, first.socket, 'the agent keeps the connection');
  const many = await Promise.all(Array.from({ length: 20 }, () => exchange(api, options)));
  assert.ok(many.every(({ received }) => String(received) === 'hello'));
}

/** A certificate for hostsock.test and 127.0.0.1, and its key. */
async function selfSigned() {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-tls-'));
  const [key, certificate] = ['key', 'certificate'].map((name) => path.join(directory, name));
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=hostsock.test', '-addext', 'subjectAltName=DNS:hostsock.test,IP:127.0.0.1'],
    ...['-keyout', key, '-out', certificate],
  ]);
  const secret = { key: fs.readFileSync(key), cert: fs.readFileSync(certificate) };
  fs.rmSync(directory, { recursive: true });
  return secret;
}

describe('Node', { skip: LINUX }, () => {
  const secret = {};
  before(async () => {
    if (!need('openssl')) Object.assign(secret, await selfSigned());
  });

  test('http: a server on listen(), a client on connect()', async (context) => {
    const seen = [];
    const port = await serve(context, http.createServer(answering(seen)));
    const agent = new http.Agent({ keepAlive: true });
    agent.createConnection = byHostsock;
    await exchanges(context, http, agent, port);
    assert.equal(seen.length, 22);
  });

  test('http: timeouts and close() of the server are in force', async (context) => {
    const settings = { headersTimeout: 200, requestTimeout: 300, connectionsCheckingInterval: 50 };
    const server = http.createServer(settings, answering());
    const port = await serve(context, server);
    const slow = await dial(port);
    slow.write('GET / HTTP/1.1\r\n');
    assert.match(await text(slow), /^HTTP\/1\.1 408 /);
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(dial(port), { code: 'ECONNREFUSED' });
  });

  test('http: a refused connection is the request’s error', async () => {
    const socket = new Socket({ family: 'IPv4', type: 'stream' });
    socket.bind({ address: LOCAL, port: 0 });
    const { port } = socket.localAddress();
    const agent = new http.Agent();
    agent.createConnection = byHostsock;
    await assert.rejects(exchange(http, { agent, port }), { code: 'ECONNREFUSED', port });
    socket.close();
  });

  test('http: by path, with options of the unix socket', async (context) => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-http-'));
    context.after(() => fs.rmSync(directory, { recursive: true }));
    const file = path.join(directory, 'socket');
    const server = http.createServer((request, response) => {
      const { pid } = getOption(request.socket, 'SO_PEERCRED');
      response.end(String(pid));
    });
    // Node's Pipe cannot be listened on twice, so not by listen().
    const socket = new Socket({ family: 'unix', type: 'stream' });
    socket.bind({ path: file });
    socket.listen();
    server.listen({ fd: socket.detach() });
    await once(server, 'listening');
    context.after(() => server.close());
    const agent = new http.Agent();
    agent.createConnection = (_options, callback) => {
      connect({ path: file, options: { SO_SNDBUF: 50_000 } }).then((it) => callback(null, it), callback);
    };
    const response = await new Promise((resolve) => http.get('http://unix/', { agent }, resolve));
    assert.equal(getOption(response.socket, 'SO_SNDBUF'), 100_000);
    assert.equal(await text(response), String(process.pid));
  });

  test('https: a server on listen(), a client on connect()', { skip: need('openssl') }, async (context) => {
    const port = await serve(context, https.createServer(secret, answering()));
    const agent = new https.Agent({ keepAlive: true, ca: secret.cert, servername: 'hostsock.test' });
    agent.createConnection = byHostsockSecure;
    await exchanges(context, https, agent, port);
    const strict = new https.Agent();
    strict.createConnection = byHostsockSecure;
    await assert.rejects(exchange(https, { agent: strict, port }), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  test('tls.connect() over a socket of connect()', { skip: need('openssl') }, async (context) => {
    const server = tls.createServer(secret, (connection) => {
      confirm(connection, OF_ACCEPTED);
      connection.write(connection.servername);
      connection.pipe(connection);
    });
    const port = await serve(context, server);
    const socket = tls.connect({ socket: await dial(port), ca: secret.cert, servername: 'hostsock.test' });
    await once(socket, 'secureConnect');
    assert.equal(socket.authorized, true);
    confirm(socket, OF_CLIENT);
    // By the wrapping TLSSocket, too.
    setOption(socket, 'TCP_USER_TIMEOUT', 1234);
    confirm(socket, { TCP_USER_TIMEOUT: 1234 });
    socket.end(BODY);
    const received = await buffer(socket);
    assert.equal(String(received.subarray(0, 13)), 'hostsock.test');
    assert.equal(checksum(received.subarray(13)), checksum(BODY));
  });

  for (const secure of [false, true]) {
    const skip = secure && need('openssl');
    test(`http2, ${secure ? 'TLS' : 'plain'}: server and client`, { skip }, async (context) => {
      const server = secure ? http2.createSecureServer(secret) : http2.createServer();
      server.on('stream', (stream) => {
        stream.respond({ ':status': 200 });
        stream.pipe(stream);
      });
      server.on('session', (session) => confirm(session.socket, OF_ACCEPTED));
      const port = await serve(context, server);
      let socket = await dial(port);
      if (secure) {
        const settings = { ca: secret.cert, servername: 'hostsock.test', ALPNProtocols: ['h2'] };
        socket = tls.connect({ socket, ...settings });
        await once(socket, 'secureConnect');
        assert.equal(socket.alpnProtocol, 'h2');
      }
      const scheme = secure ? 'https' : 'http';
      const session = http2.connect(`${scheme}://hostsock.test:${port}`, { createConnection: () => socket });
      context.after(() => session.destroy());
      const bodies = Array.from({ length: 8 }, (_, index) => pattern(100_003, index + 1));
      const received = await Promise.all(
        bodies.map((body) => {
          const stream = session.request({ ':method': 'POST' });
          stream.end(body);
          return buffer(stream);
        }),
      );
      assert.deepEqual(received.map(checksum), bodies.map(checksum));
      confirm(socket, OF_CLIENT);
      session.close();
      await once(session, 'close');
    });
  }

  test('undici and fetch: a connector', {
    skip: needPackage('undici') || need('openssl'),
  }, async (context) => {
    const undici = require('undici');
    const plain = await serve(context, http.createServer(answering()));
    const secure = await serve(context, https.createServer(secret, answering()));
    const sockets = [];
    const dispatcher = new undici.Agent({
      connections: 1,
      connect({ hostname, port, protocol, servername }, callback) {
        const settings = { host: hostname, port: Number(port), options: OF_CLIENT };
        connect(settings).then((socket) => {
          sockets.push(socket);
          if (protocol !== 'https:') return callback(null, socket);
          const encrypted = tls.connect({ socket, host: hostname, servername, ca: secret.cert });
          encrypted.once('secureConnect', () => callback(null, encrypted)).once('error', callback);
        }, callback);
      },
    });
    context.after(() => dispatcher.destroy());
    for (const origin of [`http://${LOCAL}:${plain}`, `https://${LOCAL}:${secure}`]) {
      const answer = await undici.fetch(origin, { dispatcher });
      assert.equal(await answer.text(), 'hello');
      const request = await undici.request(origin, { dispatcher, method: 'POST', body: BODY });
      assert.equal(checksum(Buffer.from(await request.body.arrayBuffer())), checksum(BODY));
    }
    assert.equal(sockets.length, 2, 'one connection for each server');
    for (const socket of sockets) confirm(socket, OF_CLIENT);
    // Node's own fetch, by the global dispatcher.
    const former = undici.getGlobalDispatcher();
    undici.setGlobalDispatcher(dispatcher);
    context.after(() => undici.setGlobalDispatcher(former));
    assert.equal(await (await fetch(`http://${LOCAL}:${plain}`)).text(), 'hello');
    assert.equal(sockets.length, 2);
  });

  test('ws: server and client', { skip: needPackage('ws') }, async (context) => {
    const { WebSocket, WebSocketServer } = require('ws');
    const server = http.createServer();
    const port = await serve(context, server);
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (connection, request) => {
      confirm(request.socket, OF_ACCEPTED);
      connection.on('message', (data, isBinary) => connection.send(data, { binary: isBinary }));
    });
    const agent = new http.Agent();
    agent.createConnection = byHostsock;
    const client = new WebSocket(`ws://${LOCAL}:${port}`, { agent });
    let raw;
    client.on('upgrade', (response) => {
      raw = response.socket;
    });
    await once(client, 'open');
    confirm(raw, OF_CLIENT);
    client.send('text');
    const [message] = await once(client, 'message');
    assert.equal(String(message), 'text');
    client.send(BODY);
    const [echo] = await once(client, 'message');
    assert.equal(checksum(echo), checksum(BODY));
    client.close();
    await once(client, 'close');
  });
});

const LIBRARY = { skip: LINUX || needPackage('ioredis') || need('redis-server') };

describe('ioredis', LIBRARY, () => {
  let redis;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis?.stop());

  test('a Connector: commands, a pipeline, subscriptions, a new connection', async (context) => {
    const { Redis, AbstractConnector } = require('ioredis');
    const sockets = [];
    class HostsockConnector extends AbstractConnector {
      constructor(options) {
        super(options.disconnectTimeout);
        this.options = options;
      }
      async connect() {
        const { host, port } = this.options;
        this.stream = await connect({ host, port, options: OF_CLIENT });
        sockets.push(this.stream);
        return this.stream;
      }
    }
    const settings = { host: LOCAL, port: redis.port, Connector: HostsockConnector, retryStrategy: () => 10 };
    const [client, listener] = [new Redis(settings), new Redis(settings)];
    context.after(() => {
      client.disconnect();
      listener.disconnect();
    });
    await client.set('bytes', BODY);
    assert.equal(checksum(await client.getBuffer('bytes')), checksum(BODY));
    const pipeline = client.pipeline();
    for (let at = 0; at < 1000; at++) pipeline.incr('counter');
    const results = await pipeline.exec();
    assert.deepEqual(results.at(-1), [null, 1000]);
    await listener.subscribe('news');
    const news = once(listener, 'message');
    await client.publish('news', 'fresh');
    assert.deepEqual(await news, ['news', 'fresh']);
    assert.equal(sockets.length, 2);
    for (const socket of sockets) confirm(socket, OF_CLIENT);
    // Broken, it comes back by the same connector.
    sockets[0].destroy();
    await until(async () => (await client.get('counter')) === '1000', 'connected again');
    assert.equal(sockets.length, 3);
    confirm(sockets[2], OF_CLIENT);
  });
});

describe('pg', { skip: LINUX || needPackage('pg') || need('initdb', 'postgres') }, () => {
  let postgres;
  before(async () => {
    postgres = await startPostgres();
    await postgres.ready();
  });
  after(() => postgres?.stop());

  /** pg calls connect() on its stream, and waits for the event: this one is connected already. */
  const asStream = (socket) => () => {
    socket.connect = () => {
      process.nextTick(() => socket.emit('connect'));
      return socket;
    };
    return socket;
  };

  async function client(settings) {
    const { Client } = require('pg');
    const socket = await connect(settings);
    const connection = new Client({ user: 'hostsock', database: 'postgres', stream: asStream(socket) });
    await connection.connect();
    return { connection, socket };
  }

  test('queries by TCP', async () => {
    const { connection, socket } = await client({ host: LOCAL, port: postgres.port, options: OF_CLIENT });
    await connection.query('create table bytes (id serial primary key, value bytea)');
    await connection.query('insert into bytes (value) values ($1)', [BODY]);
    const { rows } = await connection.query('select value from bytes');
    assert.equal(checksum(rows[0].value), checksum(BODY));
    const { rows: ports } = await connection.query('select inet_client_port() as port');
    assert.equal(ports[0].port, socket.localPort);
    await assert.rejects(connection.query('select nothing'), { code: '42703' });
    confirm(socket, OF_CLIENT);
    await connection.end();
  });

  test('queries by a unix socket, whose server the kernel names', async () => {
    const { connection, socket } = await client({
      path: postgres.socketPath,
      options: { SO_SNDBUF: 50_000 },
    });
    const { rows } = await connection.query('select inet_client_port() as port, $1::int * 2 as twice', [21]);
    assert.deepEqual(rows, [{ port: null, twice: 42 }]);
    assert.equal(getOption(socket, 'SO_SNDBUF'), 100_000);
    assert.equal(getOption(socket, 'SO_PEERCRED').pid, postgres.pid);
    await connection.end();
  });

  test('a Pool on Node’s own sockets, with options set as each connects', async () => {
    const { Pool } = require('pg');
    const pool = new Pool({
      ...{ host: LOCAL, port: postgres.port, user: 'hostsock', database: 'postgres', max: 4 },
      stream() {
        const socket = new net.Socket();
        return socket.once('connect', () => setOption(socket, 'TCP_USER_TIMEOUT', 4321));
      },
    });
    const clients = await Promise.all(Array.from({ length: 4 }, () => pool.connect()));
    const streams = clients.map((it) => it.connection.stream);
    for (const stream of streams) confirm(stream, { TCP_USER_TIMEOUT: 4321 });
    for (const it of clients) it.release();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => pool.query('select $1::int as value', [index])),
    );
    assert.deepEqual(
      answers.map(({ rows }) => rows[0].value),
      Array.from({ length: 50 }, (_, index) => index),
    );
    const closed = streams.map((stream) => once(stream, 'close'));
    await pool.end();
    await Promise.all(closed);
  });
});

describe('docs/node.md', {
  skip: LINUX || needPackage('undici', 'ioredis', 'pg') || need('redis-server', 'openssl'),
}, () => {
  const guide = fs.readFileSync(path.join(ROOT, 'docs/node.md'), 'utf8');
  const snippets = [...guide.matchAll(/^## (.+)$|^```js\n([\s\S]*?)^```$/gm)];
  const servers = [];
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-guide-'));
  const authorities = path.join(directory, 'authorities');
  let redis;
  before(async () => {
    redis = await startRedis();
    const secret = await selfSigned();
    fs.writeFileSync(authorities, secret.cert);
    const answer = (_request, response) => response.end('hello');
    servers.push(net.createServer((connection) => connection.on('error', () => {}).pipe(connection)));
    servers.push(http.createServer(answer), https.createServer(secret, answer));
    for (const server of servers) await once(server.listen(0, LOCAL), 'listening');
  });
  after(async () => {
    for (const server of servers) server.close();
    fs.rmSync(directory, { recursive: true });
    await redis?.stop();
  });

  let section = '';
  let number = 0;
  for (const [, heading, code] of snippets) {
    if (heading !== undefined) {
      [section, number] = [heading, 0];
      continue;
    }
    number++;
    test(`${section}, ${number}`, async () => {
      const [echo, web, secure] = servers.map((server) => server.address().port);
      const source = code
        .replaceAll("host: 'example.com', port: 443", `host: '${LOCAL}', port: ${secure}`)
        .replaceAll("servername: 'example.com'", "servername: 'hostsock.test'")
        .replaceAll('6379', String(echo))
        .replaceAll('8081', String(web))
        .replaceAll('6380', String(redis.port))
        .replaceAll('8080', '0')
        .replaceAll('/run/app.sock', path.join(directory, `${number}.sock`));
      // Inside the package, where its name is known. Servers would stay: what goes on is given a moment.
      const wrapped = `(async () => {\n${source}\n})().then(() => setTimeout(process.exit, 300));`;
      const { stderr } = await run(process.execPath, ['-e', wrapped], {
        cwd: ROOT,
        env: { ...process.env, NODE_EXTRA_CA_CERTS: authorities },
      });
      assert.equal(stderr, '');
    });
  }
});
