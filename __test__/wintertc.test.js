'use strict';

const assert = require('node:assert/strict');
const { execFileSync, execFile } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const tls = require('node:tls');
const { promisify } = require('node:util');
const { after, describe, it } = require('node:test');
const { connect, SocketError } = require('hostsock/wintertc');
const { need } = require('./support/requirements.js');

async function serve(context, onConnection, make = net.createServer) {
  const server = make(onConnection);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  return server.address().port;
}

async function text(readable) {
  let all = '';
  for await (const chunk of readable.pipeThrough(new TextDecoderStream())) all += chunk;
  return all;
}

async function write(socket, data) {
  const writer = socket.writable.getWriter();
  await writer.write(new TextEncoder().encode(data));
  writer.releaseLock();
}

describe('WinterTC sockets', () => {
  it('opens, carries bytes both ways, and closes', async (context) => {
    const port = await serve(context, (connection) => connection.pipe(connection));
    const socket = connect(`127.0.0.1:${port}`);
    const info = await socket.opened;
    assert.equal(info.remoteAddress, `127.0.0.1:${port}`);
    assert.match(info.localAddress, /^127\.0\.0\.1:\d+$/);
    assert.equal(info.alpn, null);
    assert.equal(socket.upgraded, false);
    await write(socket, 'hello');
    await socket.writable.close();
    assert.equal(await text(socket.readable), 'hello');
    await socket.closed;
  });

  it('holds a fast peer back', async (context) => {
    const total = 8 << 20;
    let written = 0;
    const port = await serve(context, (connection) => {
      const block = Buffer.alloc(1 << 16, 7);
      const more = () => {
        while (written < total) {
          written += block.length;
          if (!connection.write(block)) return connection.once('drain', more);
        }
        connection.end();
      };
      more();
    });
    const socket = connect({ hostname: '127.0.0.1', port });
    await socket.opened;
    let received = 0;
    for await (const chunk of socket.readable) received += chunk.length;
    assert.equal(received, total);
  });

  it('is half open only if asked', async (context) => {
    const port = await serve(
      context,
      (connection) => {
        connection.end('bye');
        connection.on('data', (data) => assert.equal(String(data), 'still here'));
      },
      (listener) => net.createServer({ allowHalfOpen: true }, listener),
    );
    const socket = connect({ hostname: '127.0.0.1', port }, { allowHalfOpen: true });
    assert.equal(await text(socket.readable), 'bye');
    await write(socket, 'still here');
    await socket.writable.close();
    await socket.closed;
  });

  it('fails with a SocketError', async () => {
    const listener = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => listener.on('listening', resolve));
    const { port } = listener.address();
    await new Promise((resolve) => listener.close(resolve));
    const socket = connect({ hostname: '127.0.0.1', port });
    for (const promise of [socket.opened, socket.closed, socket.readable.getReader().read()]) {
      await assert.rejects(promise, (error) => {
        assert.ok(error instanceof SocketError && error instanceof TypeError);
        assert.match(error.message, /^SocketError: connect ECONNREFUSED/);
        assert.equal(error.code, 'ECONNREFUSED');
        return true;
      });
    }
    for (const [address, options] of [
      ['nowhere', {}],
      ['host:99999', {}],
      [{ hostname: 'x', port: -1 }, {}],
      [null, {}],
      ['a:1', { secureTransport: 'maybe' }],
      ['a:1', { sni: 'b' }],
      ['a:1', { secureTransport: 'on', alpn: ['h2', 'h2'] }],
      ['a:1', { secureTransport: 'on', alpn: 'h2' }],
    ]) {
      assert.throws(() => connect(address, options), SocketError);
    }
    assert.throws(() => connect({ hostname: '127.0.0.1', port }).startTls(), SocketError);
  });

  it('close() before the connection stands rejects opened', async (context) => {
    const port = await serve(context, () => {});
    const socket = connect({ hostname: '127.0.0.1', port });
    const closed = socket.close();
    assert.equal(closed, socket.closed);
    await assert.rejects(socket.opened, SocketError);
    await closed;
  });
});

describe('WinterTC sockets over TLS', { skip: need('openssl') }, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-tls-'));
  const file = (name) => path.join(folder, name);
  after(() => fs.rmSync(folder, { recursive: true }));
  const certificate = () => {
    if (!fs.existsSync(file('cert.pem'))) {
      const subject = [
        '-subj',
        '/CN=example.test',
        '-addext',
        'subjectAltName=DNS:example.test,DNS:localhost',
      ];
      const keys = ['-newkey', 'rsa:2048', '-nodes', '-keyout', file('key.pem'), '-out', file('cert.pem')];
      execFileSync('openssl', ['req', '-x509', '-days', '2', ...keys, ...subject], { stdio: 'ignore' });
    }
    return { key: fs.readFileSync(file('key.pem')), cert: fs.readFileSync(file('cert.pem')) };
  };

  const secureServer = (context, names) =>
    serve(
      context,
      (connection) => {
        names.push(connection.servername);
        connection.end(`alpn ${connection.alpnProtocol}`);
      },
      (listener) => tls.createServer({ ...certificate(), ALPNProtocols: ['x/1'] }, listener),
    );

  it('refuses a certificate that nobody vouches for', async (context) => {
    const port = await secureServer(context, []);
    const socket = connect({ hostname: 'localhost', port }, { secureTransport: 'on' });
    await assert.rejects(socket.opened, { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  // The trusted certificates are read when Node starts: these run in a child.
  for (const [name, options, expected] of [
    ['verifies and sends the host name', { secureTransport: 'on', alpn: ['x/1'] }, 'alpn x/1 of localhost'],
    [
      'sends another name when told',
      { secureTransport: 'on', sni: 'example.test' },
      'alpn false of example.test',
    ],
    [
      'refuses a certificate of another name',
      { secureTransport: 'on', sni: 'other.test' },
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    ['upgrades with startTls', { secureTransport: 'starttls' }, 'alpn false of localhost'],
  ]) {
    it(name, async (context) => {
      const names = [];
      const port = await secureServer(context, names);
      const script = `
        const { connect } = require('hostsock/wintertc');
        (async () => {
          let socket = connect({ hostname: 'localhost', port: ${port} }, ${JSON.stringify(options)});
          if (socket.secureTransport === 'starttls') {
            await socket.opened;
            const secured = socket.startTls();
            if (!socket.upgraded) throw new Error('not upgraded');
            socket = secured;
          }
          let all = '';
          for await (const chunk of socket.readable.pipeThrough(new TextDecoderStream())) all += chunk;
          console.log(all);
        })().catch((error) => console.log(error.code));`;
      const env = { ...process.env, NODE_EXTRA_CA_CERTS: file('cert.pem') };
      const cwd = path.join(__dirname, '..');
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { env, cwd });
      const line = stdout.trim();
      assert.equal(line.startsWith('alpn') ? `${line} of ${names[0]}` : line, expected);
    });
  }
});
