'use strict';

// One port shared by workers: who gets a connection, by the kernel's own choice and by programs given to it.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { once } = require('node:events');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { describe, test } = require('node:test');
const { Socket, connect, listen, setOption } = require('..');
const { start } = require('../examples/cores/cores.js');
const selectors = require('../examples/cores/selectors.js');
const { need } = require('./support/requirements.js');
const { ROOT } = require('./support/sockets.js');

const LINUX = process.platform !== 'linux' && 'SO_REUSEPORT and its programs are Linux’s';
const LOCAL = '127.0.0.1';
const SUM = (numbers) => numbers.reduce((sum, it) => sum + it, 0);

/** Connects this often, with an answer each time; who got them. */
async function dealt(server, count) {
  await server.accepted();
  for (let at = 0; at < count; at++) {
    const connection = await connect({ host: LOCAL, port: server.port });
    connection.write('x');
    assert.equal(String((await once(connection, 'data'))[0]), 'x');
    connection.resetAndDestroy();
  }
  const shares = await server.accepted();
  assert.equal(SUM(shares), count);
  return shares;
}

describe('one port for several workers', { skip: LINUX }, () => {
  for (const as of ['threads', 'processes']) {
    test(`${as} with Sockets: shared by the kernel, steered by programs`, async (context) => {
      const server = await start({ kind: 'echo', workers: 3, as });
      context.after(() => server.stop());
      // Of 120, a third each; fewer than 15 have a chance of less than one in a million.
      for (const share of await dealt(server, 120)) assert.ok(share >= 15, `${share} of 120`);
      for (let worker = 0; worker < 3; worker++) {
        await server.select(selectors.only(worker));
        const expected = [0, 0, 0];
        expected[worker] = 20;
        assert.deepEqual(await dealt(server, 20), expected);
      }
      await server.select(selectors.random(2));
      const [one, two, three] = await dealt(server, 100);
      assert.ok(one >= 20 && two >= 20 && three === 0, `${[one, two, three]}`);
      await server.select(selectors.weighted([0, 4, 1]));
      const [none, most, some] = await dealt(server, 100);
      assert.ok(none === 0 && some >= 2 && most > some, `${[none, most, some]}`);
    });

    test(`${as} with http servers on listen()`, async (context) => {
      const server = await start({ kind: 'http-hello', workers: 2, as });
      context.after(() => server.stop());
      for (const worker of [1, 0]) {
        await server.select(selectors.only(worker));
        await server.accepted();
        for (let at = 0; at < 5; at++) {
          const [response] = await once(
            http.get({ host: LOCAL, port: server.port, agent: false }),
            'response',
          );
          assert.equal(String((await response.toArray()).join('')), 'hello\n');
        }
        const shares = await server.accepted();
        assert.equal(shares[worker], 5, `${shares}`);
      }
    });
  }

  const skip = os.availableParallelism() < 2 ? 'needs two CPUs' : need('taskset');
  test('by CPU: a client on CPU n reaches worker n', { skip }, async (context) => {
    const server = await start({ kind: 'echo', workers: 2, as: 'processes', pinned: true });
    context.after(() => server.stop());
    await server.select(selectors.cpu(2));
    const client = `
      require('node:net').connect(${server.port}, '${LOCAL}').end('x').resume();
    `;
    for (const cpu of [0, 1]) {
      await server.accepted();
      for (let at = 0; at < 3; at++) {
        execFileSync('taskset', ['--cpu-list', String(cpu), process.execPath, '-e', client]);
      }
      const shares = await server.accepted();
      assert.equal(shares[cpu], 3, `from CPU ${cpu}: ${shares}`);
    }
  });

  test('a number beyond the group falls back to the hash; the program can be removed', async (context) => {
    const settings = { host: LOCAL, reusePort: true };
    const counts = [0, 0];
    const one = await listen(settings);
    const two = await listen({ ...settings, port: one.address().port });
    for (const [index, server] of [one, two].entries()) {
      context.after(() => server.close());
      server.on('connection', (connection) => {
        counts[index]++;
        connection.on('error', () => {}).end('served');
      });
    }
    const visits = async (count) => {
      counts.fill(0);
      for (let at = 0; at < count; at++) {
        const connection = await connect({ host: LOCAL, port: one.address().port });
        await once(connection.resume(), 'end');
      }
      return [...counts];
    };
    setOption(one, 'SO_ATTACH_REUSEPORT_CBPF', selectors.only(7));
    assert.ok((await visits(60)).every((share) => share >= 5));
    setOption(two, 'SO_ATTACH_REUSEPORT_CBPF', selectors.only(1));
    assert.deepEqual(await visits(10), [0, 10]);
    setOption(two, 'SO_DETACH_REUSEPORT_BPF', true);
    assert.ok((await visits(60)).every((share) => share >= 5));
    assert.throws(() => setOption(two, 'SO_DETACH_REUSEPORT_BPF', true), { code: 'ENOENT' });
  });

  test('a program holds for who joins later; the last one takes the number of one that goes', async (context) => {
    const counts = {};
    const join = async (name, port) => {
      const server = await listen({ host: LOCAL, port, reusePort: true });
      context.after(() => server.close());
      server.on('connection', (connection) => {
        counts[name] = (counts[name] ?? 0) + 1;
        connection.on('error', () => {}).end();
      });
      return server;
    };
    const visits = async (port) => {
      for (const name of Object.keys(counts)) delete counts[name];
      for (let at = 0; at < 10; at++) {
        const connection = await connect({ host: LOCAL, port });
        await once(connection.resume(), 'end');
      }
      return { ...counts };
    };
    const first = await join('first', 0);
    const { port } = first.address();
    setOption(first, 'SO_ATTACH_REUSEPORT_CBPF', selectors.only(2));
    assert.deepEqual(await visits(port), { first: 10 });
    const second = await join('second', port);
    await join('third', port);
    assert.deepEqual(await visits(port), { third: 10 });
    setOption(second, 'SO_ATTACH_REUSEPORT_CBPF', selectors.only(0));
    assert.deepEqual(await visits(port), { first: 10 });
    const closed = once(first, 'close');
    first.close();
    await closed;
    assert.deepEqual(await visits(port), { third: 10 });
  });

  test('a program that the kernel cannot accept is refused', () => {
    const socket = new Socket({ family: 'IPv4', type: 'stream' });
    socket.setOption('SO_REUSEPORT', true);
    const noReturn = [{ code: 0x20, jt: 0, jf: 0, k: 0 }];
    for (const program of [noReturn, []]) {
      assert.throws(() => socket.setOption('SO_ATTACH_REUSEPORT_CBPF', program), { code: 'EINVAL' });
    }
    socket.close();
  });

  test('a worker that ends leaves the rest to serve', async (context) => {
    const server = await start({ kind: 'echo', workers: 1 });
    context.after(() => server.stop());
    const two = await listen({ host: LOCAL, port: server.port, reusePort: true });
    const ended = once(two, 'close');
    two.close();
    await ended;
    assert.deepEqual(await dealt(server, 20), [20]);
  });

  test('examples/cores/measure.js shows the distribution', { skip: need('taskset') }, () => {
    const script = path.join(ROOT, 'examples/cores/measure.js');
    const output = execFileSync(process.execPath, [script, 'distribution'], { encoding: 'utf8' });
    const rows = output.trim().split('\n').slice(2);
    assert.equal(rows.length, 4 + os.availableParallelism());
    assert.match(rows.at(-1), /^only\(1\) +0 \+ 10(?: \+ 0)* +0 \+ 100(?: \+ 0)* +0 \+ 1000/);
  });
});
