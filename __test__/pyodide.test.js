'use strict';

// hostsock/pyodide: Python in npm's pyodide on real sockets, without flags and without JSPI.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { createHash, randomBytes } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { promisify } = require('node:util');
const { runTests } = require('./support/cpython.js');
const { pypi, runPython, python } = require('./support/prebuilt.js');
const { need, program } = require('./support/requirements.js');
const { startPostgres } = require('./support/postgres.js');
const servers = require('./support/servers.js');
const { directory } = require('./support/datagrams.js');

const run = promisify(execFile);
const script = (name) => path.join(__dirname, 'python', `${name}.py`);

describe('pyodide', { skip: need('pyodide', 'python3') }, () => {
  test('sockets do what they do natively', async () => {
    const { stdout } = await run('python3', [script('sockets')], { timeout: 60_000 });
    const native = stdout.split('\n').slice(0, -1);
    // The last one: it ran to its end.
    assert.equal(native.at(-1), "http.server: b'you asked for /path'");
    assert.deepEqual(await runPython(script('sockets')), native);
  });

  test('a server for many clients of another process', async () => {
    const server = python(script('server'), ['30']);
    const [, port] = await server.output(/^listening (\d+)$/m);
    const client = await run('python3', [script('server_clients'), port, '30'], { timeout: 60_000 });
    assert.equal(client.stdout, '30 equal\n');
    const { status, stdout } = await server.ended;
    assert.deepEqual([status, stdout.split('\n').at(-2)], [0, 'served 30']);
  });

  test("CPython's own tests", { skip: need('cpython-tests') }, async (t) => {
    const known = require('./python/cpython-known.json');
    // Their calls would wait for ever.
    const leftOut = Object.keys(known['cannot run']).filter((name) => known['cannot run'][name].hangs);
    const results = await runTests(['test.test_socket', 'test.test_select'], leftOut);
    const count = { ok: 0, failed: 0, skipped: 0, hung: 0 };
    const failed = [];
    for (const [name, { result, why }] of results) {
      count[result]++;
      if (result === 'failed' || result === 'hung') failed.push([name, why]);
    }
    t.diagnostic(`CPython's tests: ${JSON.stringify(count)}`);
    const expected = [...Object.keys(known.fails), ...Object.keys(known['cannot run'])].filter(
      (name) => !leftOut.includes(name),
    );
    const unexpected = failed.filter(([name]) => !expected.includes(name));
    assert.deepEqual(unexpected, []);
    // The list is as true as the tests.
    const passing = expected.filter((name) => results.get(name)?.result === 'ok');
    assert.deepEqual(passing, []);
    // All of them ran.
    assert.ok(count.ok >= known.passed, `${count.ok} of ${known.passed}`);
  });

  test('settings that do not exist', async () => {
    const { useHostSockets } = require('hostsock/pyodide');
    await assert.rejects(useHostSockets({}), /must be what loadPyodide\(\)/);
    await assert.rejects(useHostSockets({ _module: { FS: {}, SOCKFS: {} } }, { urllib3: 'x' }), {
      name: 'TypeError',
      message: /must be one of: 'fetch', 'sockets'/,
    });
    const { stderr, status } = await python(script('sockets'), [], { settings: { nonsense: 1 } }).ended;
    assert.equal(status, 1);
    assert.match(stderr, /there is no setting 'nonsense'/);
  });

  describe('clients', {
    skip: need('pypi', 'redis-server', 'nginx', 'postgres', 'mariadbd', 'openssl'),
  }, () => {
    const large = randomBytes(3_000_000);
    const running = [];
    let places;
    let mail;
    const clients = (...names) =>
      runPython(script('clients'), [JSON.stringify(places), ...names], {
        folders: { '/packages': pypi() },
        settings: { urllib3: 'sockets' },
      });
    before(async () => {
      const begun = await Promise.all([
        servers.startRedis(['--unixsocket', 'socket', '--unixsocketperm', '777']),
        servers.startNginx({ large, small: Buffer.from('small') }),
        startPostgres().then(async (postgres) => {
          await postgres.ready();
          return postgres;
        }),
        servers.startMariadb(),
        startSmtp(),
      ]);
      running.push(...begun);
      const [redis, nginx, postgres, mariadb, smtp] = begun;
      mail = smtp.mail;
      places = {
        ...{
          redis: redis.port,
          redisSocket: path.join(redis.directory, 'socket'),
          nginx: nginx.port,
          postgres: postgres.port,
        },
        ...{ postgresSocket: postgres.socketPath, mariadb: mariadb.port, smtp: smtp.port },
        mariadbSocket: path.join(mariadb.directory, 'mysqld.sock'),
        large: createHash('sha256').update(large).digest('hex'),
      };
    });
    after(() => Promise.all(running.map((server) => server.stop())));

    const once = [
      'redis ping: True',
      'redis get: True',
      'redis pipeline: -1',
      'redis subscribed: subscribe',
      "redis message: b'headline'",
      'redis nothing more: None',
      'redis time-out: TimeoutError',
    ];
    test('redis, over TCP and a unix socket', async () => {
      assert.deepEqual(await clients('redis'), [...once, ...once]);
    });

    test('pg8000, over TCP and a unix socket', async () => {
      const expected = ['postgres rows: 20 True', 'postgres sum: [[190]]', 'postgres error: 42703'];
      assert.deepEqual(await clients('pg8000'), [...expected, ...expected]);
    });

    test('PyMySQL, over TCP and a unix socket', async () => {
      const expected = ['mariadb rows: 20 True', 'mariadb error: 1054'];
      assert.deepEqual(await clients('pymysql'), [...expected, ...expected, 'mariadb refuses: 1045']);
    });

    test('smtplib', async () => {
      assert.deepEqual(await clients('smtp'), ['smtp: 250 True {}']);
      assert.match(mail(), /Subject: A letter[\s\S]*First line\r?\n\.\r?\nlast line/);
    });

    test('http.client, urllib, requests, urllib3', async () => {
      assert.deepEqual(await clients('http'), [
        'http.client: 200 True True',
        'http.client: 200 True True',
        'urllib.request: True',
        'requests: large 200 True',
        'requests: small 200 False',
        'requests: none 404 False',
        'requests used a socket: urllib3.connectionpool 1',
        "urllib3: b'small'",
      ]);
    });

    test('asyncio on its selector loop', async () => {
      assert.deepEqual(await clients('loop'), ['asyncio: True']);
    });

    test('TLS: certificates are verified, names are sent', async (t) => {
      const { port, authority } = await startHttps(t);
      places = { ...places, https: port, authority: '/certificates/authority.pem' };
      const lines = await runPython(script('clients'), [JSON.stringify(places), 'https'], {
        folders: { '/packages': pypi(), '/certificates': path.dirname(authority) },
        settings: { urllib3: 'sockets' },
      });
      assert.deepEqual(lines, [
        'https: localhost TLSv1.3 0',
        "certificate: ((('commonName', 'localhost'),),) (('DNS', 'localhost'), ('IP Address', '127.0.0.1'))",
        'connection: TLSv1.3 TLSv1.3 True',
        'https, 256 000 bytes there: 256000',
        'urllib.request: localhost',
        'requests: localhost',
        'requests, authority unknown: True',
        'authority unknown: CERTIFICATE_VERIFY_FAILED',
        'another name: CERTIFICATE_VERIFY_FAILED',
        'another address: CERTIFICATE_VERIFY_FAILED',
        'by address: TLSv1.3',
        'unverified: TLSv1.2 http/1.1 {}',
        'its name: other.test',
        'time-out: timed out',
      ]);
    });
  });
});

/** A mail server that prints what it is sent. */
async function startSmtp() {
  let log = '';
  const server = await servers.startServer(
    'python3',
    (port) => ['-u', '-m', 'aiosmtpd', '--nosetuid', '--listen', `127.0.0.1:${port}`],
    { env: { ...process.env, PYTHONPATH: pypi() }, output: (text) => (log += text) },
  );
  return { ...server, mail: () => log };
}

/** An HTTPS server in a process of its own, which says what it heard; its certificate is of a fresh authority. */
async function startHttps(t) {
  const folder = directory(t);
  const file = (name) => path.join(folder, name);
  const openssl = (...args) => run(program('openssl'), args, { cwd: folder });
  const fresh = ['-newkey', 'rsa:2048', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...fresh,
    '-keyout',
    'authority.key',
    '-out',
    'authority.pem',
    '-days',
    '2',
    '-subj',
    '/CN=Authority',
  );
  await openssl('req', ...fresh, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=localhost');
  fs.writeFileSync(file('extensions'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  await openssl(
    ...[
      'x509',
      '-req',
      '-in',
      'request.pem',
      '-CA',
      'authority.pem',
      '-CAkey',
      'authority.key',
      '-CAcreateserial',
    ],
    ...['-out', 'certificate.pem', '-days', '2', '-extfile', 'extensions'],
  );
  const server = await servers.startServer('node', (port) => [
    ...[path.join(__dirname, 'fixtures/https.js'), String(port), file('key.pem'), file('certificate.pem')],
  ]);
  t.after(() => server.stop());
  return { port: server.port, authority: file('authority.pem') };
}
