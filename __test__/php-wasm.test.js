'use strict';

// hostsock/php-wasm: PHP in @php-wasm/node on real sockets, without its proxy.

const assert = require('node:assert/strict');
const { createHash, randomBytes } = require('node:crypto');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { directory } = require('./support/datagrams.js');
const { PHP_SOCKETS, runPhp } = require('./support/prebuilt.js');
const { need } = require('./support/requirements.js');
const servers = require('./support/servers.js');

const script = (name) => path.join(__dirname, 'php', `${name}.php`);

describe('php-wasm', { skip: need('php-wasm') }, () => {
  test('sockets', async (t) => {
    assert.deepEqual(await runPhp(script('sockets'), [path.join(directory(t), 'socket')]), [
      ...PHP_SOCKETS,
      'so_reuseport: ["",true]',
    ]);
  });

  test('a setting that does not exist, and something that is no PHP', async () => {
    const { loadHostRuntime } = require('hostsock/php-wasm');
    await assert.rejects(loadHostRuntime({}, '8.4'), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /must be the package/,
    });
    await assert.rejects(runPhp(script('sockets'), [], { nonsense: 1 }), /there is no setting 'nonsense'/);
  });

  describe('clients', { skip: need('mariadbd', 'redis-server', 'nginx') }, () => {
    const large = randomBytes(3_000_000);
    let running = [];
    before(async () => {
      running = await Promise.all([
        servers.startMariadb(),
        servers.startRedis(['--unixsocket', 'socket', '--unixsocketperm', '777']),
        servers.startNginx({ large }),
      ]);
    });
    after(() => Promise.all(running.map((server) => server.stop())));

    test('MySQL, Redis and HTTP, by TCP and unix sockets', async () => {
      const [mariadb, redis, nginx] = running;
      const places = {
        ...{ mariadb: mariadb.port, mariadbSocket: path.join(mariadb.directory, 'mysqld.sock') },
        ...{ redis: redis.port, redisSocket: path.join(redis.directory, 'socket'), nginx: nginx.port },
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
