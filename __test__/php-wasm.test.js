'use strict';

// hostsock/php-wasm: PHP in @php-wasm/node on real sockets, without its proxy.

const assert = require('node:assert/strict');
const { createHash, randomBytes } = require('node:crypto');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { directory } = require('./support/datagrams.js');
const { runPhp } = require('./support/prebuilt.js');
const { need } = require('./support/requirements.js');
const servers = require('./support/servers.js');

const script = (name) => path.join(__dirname, 'php', `${name}.php`);

describe('php-wasm', { skip: need('php-wasm') }, () => {
  test('sockets', async (t) => {
    const each = (host, refused) => [
      `${host}: [0,"",true]`,
      'names agree: [true]',
      'lines: ["first\\n","second\\n"]',
      'peek: ["an","an answer"]',
      'time-out: [[false,"in time"],true]',
      'not blocking: [""]',
      'select, nothing: [[[0,[],[]],"in time"]]',
      'select, one: [[[2,["peer"],["client"]],"in time"]]',
      '200 000 bytes: [true]',
      'end: ["",true]',
      'the same port: [false,"Address in use"]',
      `refused: [false,"${refused}"]`,
    ];
    assert.deepEqual(await runPhp(script('sockets'), [path.join(directory(t), 'socket')]), [
      ...each('tcp://127.0.0.1', 'Connection refused'),
      ...each('tcp://[::1]', 'Connection refused'),
      'udp: ["a datagram",true]',
      'udp, back: ["back"]',
      'unix: ["","over unix",true]',
      'so_reuseport: ["",true]',
      'names: ["127.0.0.1",false]',
    ]);
  });

  test('a setting that does not exist, and something that is no PHP', async () => {
    const { loadHostRuntime } = require('hostsock/php-wasm');
    await assert.rejects(loadHostRuntime({}, '8.4'), { name: 'TypeError', message: /takes the package/ });
    await assert.rejects(runPhp(script('sockets'), [], { nonsense: 1 }), /there is no setting 'nonsense'/);
  });

  describe('clients', { skip: need('mariadbd', 'redis-server', 'nginx') }, () => {
    const large = randomBytes(3_000_000);
    let running = [];
    before(async () => {
      running = await Promise.all([
        servers.startMariadb(),
        servers.startRedis(),
        servers.startNginx({ large }),
      ]);
    });
    after(() => Promise.all(running.map((server) => server.stop())));

    test('MySQL, Redis and HTTP, by TCP and unix sockets', async () => {
      const [mariadb, redis, nginx] = running;
      const places = {
        ...{ mariadb: mariadb.port, mariadbSocket: path.join(mariadb.directory, 'mysqld.sock') },
        ...{ redis: redis.port, redisSocket: redis.socketPath, nginx: nginx.port },
        large: createHash('sha1').update(large).digest('hex'),
      };
      assert.deepEqual(await runPhp(script('clients'), [JSON.stringify(places)]), [
        'mysqli by TCP: ["127.0.0.1 via TCP/IP"]',
        'rows: [20,true]',
        'mysqli by socket: ["Localhost via UNIX socket"]',
        'rows: [20,true]',
        'PDO: [42]',
        'redis: ["+PONG","+OK",true,null]',
        'redis: ["+PONG","+OK",true,null]',
        'file_get_contents: [true]',
      ]);
    });
  });
});
