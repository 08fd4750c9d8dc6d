'use strict';

// What a policy lets through and what it refuses, with real sockets: from HOSTSOCK_ALLOW, from Node's permission model,
// and for programs in wasm.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const dgram = require('node:dgram');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { toolchains } = require('./support/emscripten.js');
const { namespacePair } = require('./support/namespaces.js');
const { buildNative, buildWasm, program } = require('./support/programs.js');
const { need, newNode } = require('./support/requirements.js');
const { Socket, control, listen } = require('..');

const FIXTURE = path.join(__dirname, 'fixtures/policy.js');
const LINUX = process.platform === 'linux';
const onLinux = LINUX ? false : 'needs Linux';

/** Runs a command to its end. */
async function output(command, { env, through = [], input } = {}) {
  const [file, ...args] = [...through, ...command];
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const parts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      parts[name] += text;
    });
  }
  child.stdin.end(input);
  const [status, signal] = await once(child, 'close');
  clearTimeout(timer);
  return { status, signal, ...parts };
}

/** What the fixture's calls gave under a value of HOSTSOCK_ALLOW. */
async function under(allow, calls, { node = [process.execPath], through, env } = {}) {
  const run = await output([...node, FIXTURE, JSON.stringify(calls)], {
    env: { HOSTSOCK_ALLOW: allow ?? '', ...env },
    through,
  });
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout);
}

/** The same, compared call by call: `expected` has a call and what it gives. */
async function expect(allow, expected, settings) {
  const calls = expected.map(([call]) => call);
  const { results, refusals } = await under(allow, calls, settings);
  const shown = (list) => list.map((result, index) => `${calls[index].join(' ')}: ${JSON.stringify(result)}`);
  assert.deepEqual(shown(results), shown(expected.map(([, result]) => result)));
  return refusals;
}

describe('policy', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-policy-'));
  const at = (name) => path.join(folder, name);
  let tcp;
  let tcp6;
  let udp;
  let port;
  let port6;
  let udpPort;
  const servers = [];
  /** Connections that came, and datagrams. */
  let connections = 0;
  const datagrams = [];

  async function serve(where) {
    const server = await listen(where);
    server.on('connection', (socket) => {
      connections++;
      socket.on('error', () => {});
      socket.end();
    });
    servers.push({ server, address: where.path === undefined ? server.address() : where });
    return server;
  }

  /** How many have come: whoever was before this test's own connections has been counted, as queues are in order. */
  async function arrived() {
    for (const { server, address } of servers) {
      const own = new Socket({ family: address.family ?? 'unix', type: 'stream' });
      const seen = once(server, 'connection');
      own.connect(address);
      await seen;
      own.close();
      connections--;
    }
    return connections;
  }

  before(async () => {
    tcp = await serve({ host: '127.0.0.1', port: 0 });
    tcp6 = await serve({ host: '::1', port: 0 });
    port = tcp.address().port;
    port6 = tcp6.address().port;
    udp = dgram.createSocket('udp4').on('message', (message) => datagrams.push(message.toString()));
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    udpPort = udp.address().port;
    if (LINUX) {
      fs.mkdirSync(at('real'));
      fs.mkdirSync(at('other'));
      fs.symlinkSync(at('real'), at('link'));
      await serve({ path: at('real/a.sock') });
      await serve({ path: at('other/b.sock') });
      await serve({ path: `\0hostsock-policy-${process.pid}-a` });
      await serve({ path: `\0hostsock-policy-${process.pid}-b` });
      fs.symlinkSync(at('other/b.sock'), at('real/out.sock'));
      fs.symlinkSync(at('real/a.sock'), at('other/in.sock'));
    }
  });
  after(() => {
    for (const { server } of servers) server.close();
    udp.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  describe('HOSTSOCK_ALLOW', () => {
    test('an address in all its forms', async () => {
      const before = await arrived();
      const refusals = await expect(`out 127.0.0.1:${port}`, [
        [['tcp', '127.0.0.1', port], 'ok'],
        [['tcp', '::ffff:127.0.0.1', port], 'ok'],
        [['tcp', '0.0.0.0', port], 'ok'],
        [['tcp', '::ffff:0.0.0.0', port], 'ok'],
        [['connect', '127.0.0.1', port], 'ok'],
        [['tcp', '127.0.0.1', udpPort === port ? 1 : udpPort], 'EACCES'],
        [['tcp', '127.0.0.2', port], 'EACCES'],
        [['tcp', '::1', port6], 'EACCES'],
        [['tcp', '::', port6], 'EACCES'],
        [['tcp', '::ffff:127.0.0.2', port], 'EACCES'],
        [['tcp', '64:ff9b::7f00:2', port], 'EACCES'],
        [['connect', '127.0.0.2', port], 'EACCES'],
      ]);
      assert.equal((await arrived()) - before, 5, 'the refused ones never came');
      assert.deepEqual(refusals[1], `connect out 127.0.0.2:${port}`);
      assert.equal(refusals.length, 7);
    });

    test('0.0.0.0 is where the socket is bound', { skip: onLinux }, async () => {
      const other = await serve({ host: '127.0.0.2', port: 0 });
      const there = other.address().port;
      await expect(`in 127.0.0.0/8,out 127.0.0.1`, [
        [['tcpFrom', '127.0.0.2', '127.0.0.2', there], 'EACCES'],
        [['tcpFrom', '127.0.0.2', '0.0.0.0', there], 'EACCES'],
        [['tcpFrom', '127.0.0.1', '0.0.0.0', port], 'ok'],
      ]);
      await expect(`127.0.0.0/8`, [[['tcpFrom', '127.0.0.2', '0.0.0.0', there], 'ok']]);
    });

    test('what is denied, in all its forms', async () => {
      const refusals = await expect('!127.0.0.0/8', [
        [['tcp', '127.0.0.1', port], 'EACCES'],
        [['tcp', '::ffff:7f00:1', port], 'EACCES'],
        [['tcp', '0.0.0.0', port], 'EACCES'],
        [['tcp', '64:ff9b::127.0.0.1', port], 'EACCES'],
        [['tcp', '::127.0.0.1', port], 'EACCES'],
        [['tcp', '2002:7f00:1::1', port], 'EACCES'],
        [['tcp', '::1', port6], 'ok'],
        [['bind', '127.0.0.1', 0], 'EACCES'],
        [['bind', '0.0.0.0', 0], 'EACCES'],
        [['bind', '::', 0], 'EACCES'],
        [['bind', '::1', 0], 'ok'],
        [['listenUnbound'], 'EACCES'],
      ]);
      assert.equal(refusals[0], `connect out 127.0.0.1:${port} 127.0.0.0/8`, 'the rule is told');
    });

    test('every way to send', async () => {
      const to = ['127.0.0.1', udpPort];
      await expect(`out 127.0.0.1:${udpPort}`, [
        [['sendTo', ...to, 'one'], 3],
        [['sendTo', '127.0.0.2', udpPort, 'no'], 'EACCES'],
        [['sendTo', '0.0.0.0', udpPort, 'two'], 3],
        [['sendMessage', ...to, 'three'], 5],
        [['sendMessage', '127.0.0.1', udpPort - 1, 'no'], 'EACCES'],
        [['sendMany', udpPort, '127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.1'], 2],
        [['sendMany', udpPort, '127.0.0.2', '127.0.0.1'], 'EACCES'],
        [['udpConnect', ...to], 'ok'],
        [['udpConnect', '127.0.0.2', udpPort], 'EACCES'],
        [['sendTo', ...to, 'end'], 3],
      ]);
      while (datagrams.at(-1) !== 'end') await once(udp, 'message');
      assert.deepEqual(datagrams, ['one', 'two', 'three', 'many 0', 'many 1', 'end']);
    });

    test('local addresses', async () => {
      await expect('in loopback:0,in loopback:20000-65535', [
        [['bind', '127.0.0.1', 0], 'ok'],
        [['bindAndListen', '127.0.0.1', 0], 'ok'],
        [['bindAndListen', '::1', 0], 'ok'],
        [['bind', '127.0.0.1', 19999], 'EACCES'],
        [['bind', '0.0.0.0', 0], 'EACCES'],
        [['bind', '::', 0], 'EACCES'],
        [['bind', '::ffff:0.0.0.0', 0], 'EACCES'],
        [['listenUnbound'], 'EACCES'],
        [['listenOn', '127.0.0.1', 0], 'ok'],
        [['listenOn', '0.0.0.0', 0], 'EACCES'],
        [['tcp', '127.0.0.1', port], 'EACCES'],
      ]);
      await expect('in 0.0.0.0:0', [
        [['listenUnbound'], 'ok'],
        [['bind', '0.0.0.0', 0], 'ok'],
        [['bind', '127.0.0.1', 0], 'EACCES'],
      ]);
    });

    test('multicast groups', { skip: onLinux }, async () => {
      await expect('in 239.1.0.0/16,in 232.0.0.0/8,!127.0.0.7', [
        [['join', '239.1.2.3', '127.0.0.1'], 'ok'],
        [['join', '239.2.2.3', '127.0.0.1'], 'EACCES'],
        [['join', '239.1.2.3', '127.0.0.7'], 'EACCES'],
        [['joinSource', '232.1.1.1', '127.0.0.1'], 'ok'],
        [['joinSource', '232.1.1.1', '127.0.0.7'], 'EACCES'],
        [['joinSource', '239.2.1.1', '127.0.0.1'], 'EACCES'],
        [['joinRaw', '239.1.2.3'], 'ok'],
        [['joinRaw', '239.2.2.3'], 'EACCES'],
        [['joinNodes', '239.1.2.3'], 'ok'],
        [['joinNodes', '239.2.2.3'], 'EACCES'],
      ]);
    });

    test('options that lead elsewhere', { skip: onLinux || need('root') }, async () => {
      const calls = [
        ['option', 'SO_BINDTODEVICE', 'lo'],
        ['option', 'SO_BINDTOIFINDEX', 1],
        ['option', 'IP_UNICAST_IF', 1],
        ['option', 'SO_REUSEADDR', true],
      ];
      const free = await under('', calls);
      assert.deepEqual(free.results, ['ok', 'ok', 'ok', 'ok']);
      const { results, refusals } = await under('*', calls);
      assert.deepEqual(results, ['EACCES', 'EACCES', 'EACCES', 'ok']);
      assert.deepEqual(refusals[0], 'setsockopt SO_BINDTODEVICE');
    });

    test('names', async () => {
      await expect(`out localhost:${port}`, [
        [['tcp', '127.0.0.1', port], 'EACCES'],
        [['lookup', 'other.invalid'], 'EACCES'],
        // Numbers are no names: they open nothing, in whatever spelling.
        [['lookup', '127.1'], '127.0.0.1'],
        [['lookup', '0x7f000001'], '127.0.0.1'],
        [['lookup', '2130706433'], '127.0.0.1'],
        [['lookup', '017700000001'], '127.0.0.1'],
        [['tcp', '127.0.0.1', port], 'EACCES'],
        [['connect', '0x7f.1', port], 'EACCES'],
        [['connect', 'localhost', port], 'ok'],
        [['tcp', '127.0.0.1', port], 'ok'],
        [['tcp', '127.0.0.1', udpPort], 'EACCES'],
        [['lookup', 'LOCALHOST'], '127.0.0.1'],
      ]);
      await expect('!localhost', [
        [['lookup', 'localhost'], 'EACCES'],
        [['tcp', '127.0.0.1', port], 'EACCES'],
        [['connect', '2130706433', port], 'EACCES'],
      ]);
      await expect('loopback', [
        [['connect', 'localhost', port], 'ok'],
        [['lookup', 'other.invalid'], 'EACCES'],
      ]);
      // A name may be looked up and still opens nothing.
      await expect('lookup localhost', [
        [['lookup', 'localhost'], '127.0.0.1'],
        [['connect', 'localhost', port], 'EACCES'],
      ]);
    });

    test('unix sockets', { skip: onLinux }, async () => {
      const before = await arrived();
      const name = `hostsock-policy-${process.pid}`;
      const refusals = await expect(`${at('link')}/,@${name}-a`, [
        [['unix', at('real/a.sock')], 'ok'],
        [['unix', at('link/a.sock')], 'ok'],
        [['unix', at('other/../real/./a.sock')], 'ok'],
        [['unix', at('other/in.sock')], 'ok'],
        [['unix', path.relative(process.cwd(), at('real/a.sock'))], 'ok'],
        [['connectPath', at('real/a.sock')], 'ok'],
        [['unix', at('other/b.sock')], 'EACCES'],
        [['unix', at('real/out.sock')], 'EACCES'],
        [['unix', at('real/../other/b.sock')], 'EACCES'],
        [['unix', at('link/../other/b.sock')], 'EACCES'],
        [['unixSend', at('other/b.sock')], 'EACCES'],
        [['connectPath', at('other/b.sock')], 'EACCES'],
        [['unix', at('real/none.sock')], 'ENOENT'],
        // Whether it is there is not told.
        [['unix', at('other/none.sock')], 'EACCES'],
        [['unixBind', at('real/new.sock')], 'ok'],
        [['unixBind', at('link/new2.sock')], 'ok'],
        [['unixBind', at('other/new.sock')], 'EACCES'],
        [['unixBind', at('real/../other/new.sock')], 'EACCES'],
        [['unix', `\0${name}-a`], 'ok'],
        [['unix', `\0${name}-b`], 'EACCES'],
        [['unixBind', `\0${name}-c`], 'EACCES'],
        [['unixBind', ''], 'EACCES'],
      ]);
      assert.equal((await arrived()) - before, 7);
      assert.equal(refusals[0], `connect out ${fs.realpathSync(at('other/b.sock'))}`);
      assert.ok(!fs.existsSync(at('other/new.sock')));
    });

    test('a path that is swapped between the check and the call', { skip: onLinux }, async () => {
      // One thread turns a link around as fast as it can, another connects through it: it must never arrive.
      const before = await arrived();
      const swap = at('real/swap.sock');
      const script = `
        const fs = require('node:fs');
        const { Worker } = require('node:worker_threads');
        const { Socket } = require(${JSON.stringify(path.dirname(__dirname))});
        const stop = new Int32Array(new SharedArrayBuffer(4));
        const turn = \`const fs = require('node:fs'); const { workerData: d } = require('node:worker_threads');
          for (let i = 0; d.stop[0] === 0; i++) {
            fs.symlinkSync(d.targets[i % 2], d.swap + '.new'); fs.renameSync(d.swap + '.new', d.swap);
          }\`;
        const targets = ${JSON.stringify([at('real/a.sock'), at('other/b.sock')])};
        const swap = ${JSON.stringify(swap)};
        fs.symlinkSync(targets[0], swap);
        const worker = new Worker(turn, { eval: true, workerData: { stop, targets, swap } });
        const seen = {};
        worker.on('online', () => {
          const end = Date.now() + 3000;
          while (Date.now() < end) {
            const socket = new Socket({ family: 'unix', type: 'stream' });
            socket.blocking = true;
            let result;
            try { socket.connect({ path: swap }); result = socket.remoteAddress().path; } catch (error) { result = error.code; }
            seen[result] = (seen[result] ?? 0) + 1;
            socket.close();
          }
          Atomics.store(stop, 0, 1);
          worker.on('exit', () => console.log(JSON.stringify(seen)));
        });`;
      const run = await output([process.execPath, '-e', script], { env: { HOSTSOCK_ALLOW: at('real/') } });
      assert.equal(run.status, 0, run.stderr);
      const seen = JSON.parse(run.stdout);
      const real = fs.realpathSync(at('real/a.sock'));
      assert.ok(seen[at('real/a.sock')] > 100 && seen.EACCES > 100, run.stdout);
      assert.ok((await arrived()) > before);
      for (const result of Object.keys(seen)) {
        assert.ok([at('real/a.sock'), real, 'EACCES', 'ENOENT'].includes(result), run.stdout);
      }
    });

    test('families, types and descriptors', { skip: onLinux || need('root') }, async () => {
      const calls = [
        ['open', 'IPv4', 'stream', 0],
        ['open', 'IPv4', 'raw', 1],
        ['open', 'IPv6', 'datagram', 0],
        ['open', 'IPv4', 'seqpacket', 132],
        ['open', 'unix', 'seqpacket', 0],
        ['passRights'],
      ];
      const results = async (allow) => (await under(allow, calls)).results;
      assert.deepEqual(await results('*'), ['ok', 'EACCES', 'ok', 'EACCES', 'ok', 'EACCES']);
      const raw = await results('*,types=stream+raw,families=IPv4+unix,rights=on');
      assert.deepEqual(raw, ['ok', 'ok', 'EACCES', 'EACCES', 'EACCES', 1]);
      assert.deepEqual(await results('families=unix'), [
        'EACCES',
        'EACCES',
        'EACCES',
        'EACCES',
        'ok',
        'EACCES',
      ]);
    });

    test('descriptors that come in', { skip: onLinux }, async () => {
      const listener = new Socket({ family: 'unix', type: 'stream' });
      listener.bind({ path: at('rights.sock') });
      listener.listen();
      listener.watch(() => {
        for (let peer = listener.accept(); peer !== null; peer = listener.accept()) {
          const [one, two] = Socket.pair({ type: 'stream' });
          peer.sendMessage({ buffers: [Buffer.from('x')], control: [control.rights([one])] });
          for (const socket of [one, two, peer]) socket.close();
        }
      });
      try {
        const calls = [['receiveRights', at('rights.sock')]];
        assert.deepEqual((await under('/', calls)).results, [[1, 0, true]]);
        assert.deepEqual((await under('/,rights=on', calls)).results, [[1, 1, false]]);
        assert.deepEqual((await under('', calls)).results, [[1, 1, false]]);
      } finally {
        listener.close();
      }
    });

    test('a limit of sockets', async () => {
      const refusals = await expect('*,sockets=5', [
        [['many', 5], 'ok'],
        [['many', 6], 'EMFILE'],
        [['many', 5], 'ok'],
      ]);
      assert.deepEqual(refusals, ['socket more than 5 sockets']);
    });

    test('nothing is loosened after the start', async () => {
      await expect('none', [
        [['tcp', '127.0.0.1', port], 'EACCES'],
        [['raise', '*'], 'ok'],
        [['tcp', '127.0.0.1', port], 'EACCES'],
      ]);
    });

    test('what cannot be read forbids everything', async () => {
      for (const [value, reason] of [
        ['127.1', /four decimal numbers/],
        ['10.0.0.0/33', /wrong length/],
        ['in example.com', /name for a local address/],
        ['families=IPv5', /no family 'IPv5'/],
      ]) {
        const run = await output([process.execPath, FIXTURE, '[]'], { env: { HOSTSOCK_ALLOW: value } });
        assert.notEqual(run.status, 0);
        assert.match(run.stderr, /TypeError: hostsock: HOSTSOCK_ALLOW: /);
        assert.match(run.stderr, reason);
      }
    });
  });

  describe("Node's permission model", { skip: need('node26') }, () => {
    const node = (...flags) => ({
      node: [newNode(), '--no-warnings', '--permission', '--allow-addons', '--allow-fs-read=*', ...flags],
    });

    test('without --allow-net nothing is allowed', async () => {
      const refusals = await expect(
        '',
        [
          [['tcp', '127.0.0.1', port], 'EACCES'],
          [['sendTo', '127.0.0.1', udpPort, 'no'], 'EACCES'],
          [['lookup', 'localhost'], 'EACCES'],
          [['listenOn', '127.0.0.1', 0], 'EACCES'],
        ],
        node(),
      );
      assert.equal(refusals[0], 'socket IPv4, type stream, protocol 0'.replace('socket ', 'socket family '));
    });

    test('with it everything is', async () => {
      await expect(
        '',
        [
          [['tcp', '127.0.0.1', port], 'ok'],
          [['lookup', 'localhost'], '127.0.0.1'],
        ],
        node('--allow-net'),
      );
    });

    test('HOSTSOCK_ALLOW has the last word', async () => {
      const expected = [
        [['tcp', '127.0.0.1', port], 'ok'],
        [['tcp', '127.0.0.2', port], 'EACCES'],
      ];
      await expect(`127.0.0.1`, expected, node());
      await expect(`127.0.0.1`, expected, node('--allow-net'));
    });
  });

  describe('names that change what they mean', {
    skip: onLinux || need('root', 'ip', 'netns', 'unshare'),
  }, () => {
    test('a name opens what it meant when it was looked up', async (t) => {
      const [here, there] = namespacePair(t);
      const hosts = at('hosts');
      const script = `
        const { execSync } = require('node:child_process');
        const { Socket, lookup } = require(${JSON.stringify(path.dirname(__dirname))});
        const tried = (address) => {
          const socket = new Socket({ family: 'IPv4', type: 'stream' });
          socket.blocking = true;
          try { socket.connect({ address, port: 7 }); return 'ok'; } catch (error) { return error.code; } finally { socket.close(); }
        };
        (async () => {
          const steps = [];
          for (const answer of [${JSON.stringify(there.IPv4)}, '127.0.0.1', '169.254.169.254', ${JSON.stringify(here.IPv4)}]) {
            execSync('echo ' + answer + ' moving.example > ${hosts}');
            const before = tried(answer);
            const found = (await lookup('moving.example')).address;
            steps.push([found === answer, before, tried(found)]);
          }
          console.log(JSON.stringify(steps));
        })();`;
      fs.writeFileSync(hosts, '');
      const mounted = `mount --bind ${hosts} /etc/hosts && exec "$@"`;
      const run = await output([process.execPath, '-e', script], {
        env: { HOSTSOCK_ALLOW: 'moving.example' },
        through: [...here.through, 'unshare', '--mount', 'sh', '-c', mounted, 'sh'],
      });
      assert.equal(run.status, 0, run.stderr);
      assert.deepEqual(JSON.parse(run.stdout), [
        [true, 'EACCES', 'ECONNREFUSED'],
        // A name is no way to this host itself, nor to what only its link has.
        [true, 'EACCES', 'EACCES'],
        [true, 'EACCES', 'EACCES'],
        [true, 'EACCES', 'ECONNREFUSED'],
      ]);
    });
  });

  for (const toolchain of toolchains()) {
    for (const linked of [true, false]) {
      describe(`${linked ? 'link time' : 'pre-js'} on Emscripten ${toolchain.version}`, {
        skip: need('gcc', 'emscripten') || onLinux,
      }, () => {
        const loader = (file) => `
          const refusals = [];
          const policy = process.env.POLICY ? JSON.parse(process.env.POLICY) : undefined;
          if (policy) policy.refused = (it) => refusals.push([it.call, it.direction, it.target, it.rule].filter(Boolean).join(' '));
          const settings = policy ? { policy } : {};
          const Module = { hostsock: settings, arguments: process.argv.slice(2) };
          Module.preRun = [() => {
            // Too late to loosen anything.
            if (policy) { policy.allow = ['*']; settings.policy = undefined; Module.hostsock = {}; process.env.HOSTSOCK_ALLOW = '*'; }
          }];
          require('./${file}')(Module).catch((error) => { if (error?.name !== 'ExitStatus') { console.error(error); process.exitCode = 3; } });
          process.on('exit', () => { if (policy) process.stderr.write('refused ' + JSON.stringify(refusals)); });\n`;
        const flavour = { name: `policy-${linked}`, flags: ['-O1', '-sMODULARIZE'], loader, linked };
        let command;

        before(async () => {
          command = await buildWasm(program('reach', path.join(__dirname, 'policy')), toolchain, flavour);
        });

        /** Runs the program with calls of three words each: what they gave, and what was refused. */
        async function reach(policy, calls, env) {
          const words = calls.flat().map(String);
          const run = await output([...command, ...words], {
            env: { HOSTSOCK_ALLOW: '', POLICY: policy ? JSON.stringify(policy) : '', ...env },
          });
          assert.equal(run.status, 0, run.stderr);
          const lines = run.stdout
            .trimEnd()
            .split('\n')
            .map((line) => line.split(': ')[1]);
          const told = /refused (\[.*\])$/.exec(run.stderr)?.[1];
          return { lines, refusals: told && JSON.parse(told), stderr: run.stderr };
        }

        async function expected(policy, table, env) {
          const { lines, refusals } = await reach(
            policy,
            table.map(([call]) => call),
            env,
          );
          const shown = (list) => list.map((line, index) => `${table[index][0].join(' ')}: ${line}`);
          assert.deepEqual(shown(lines), shown(table.map(([, line]) => line)));
          return refusals;
        }

        test('EACCES arrives in errno', async () => {
          const before = await arrived();
          const [yes, no] = [
            ['127.0.0.1', port],
            ['127.0.0.2', port],
          ];
          const refusals = await expected(
            { allow: [`out 127.0.0.1:${port}`, 'out 127.0.0.1:9', 'in 127.0.0.1'] },
            [
              [['tcp', ...yes], 'ok'],
              [['tcp', ...no], 'EACCES'],
              [['tcp', '0.0.0.0', port], 'ok'],
              [['tcp', '::ffff:127.0.0.1', port], 'ok'],
              [['tcp', '::1', port6], 'EACCES'],
              [['udp', '127.0.0.1', 9], 'ok'],
              [['udp', '127.0.0.2', 9], 'EACCES'],
              [['udpmsg', '127.0.0.1', 9], 'ok'],
              [['udpmsg', '127.0.0.2', 9], 'EACCES'],
              [['udpconnect', '127.0.0.2', 9], 'EACCES'],
              [['unspec', '127.0.0.1', 9], 'EACCES'],
              [['fastopen', ...no], 'EACCES'],
              [['bind', '127.0.0.1', 0], 'ok'],
              [['bind', '0.0.0.0', 0], 'EACCES'],
              [['listen', '-', 0], 'EACCES'],
              [['raw', '-', 0], 'EACCES'],
            ],
          );
          assert.equal((await arrived()) - before, 3);
          assert.equal(refusals[0], `connect out 127.0.0.2:${port}`);
          assert.equal(refusals.length, 10);
        });

        test('without a policy everything is allowed', async () => {
          const refusals = await expected(undefined, [
            [['tcp', '127.0.0.1', port], 'ok'],
            [['unspec', '127.0.0.1', 9], 'ok'],
            [['bind', '0.0.0.0', 0], 'ok'],
            [['listen', '-', 0], 'ok'],
          ]);
          assert.equal(refusals, undefined);
        });

        test('names', async () => {
          const { lines } = await reach({ allow: [`localhost:${port}`] }, [
            ['tcp', '127.0.0.1', port],
            ['name', 'other.invalid', -1],
            ['name', '0x7f.1', port],
            ['name', '2130706433', port],
            ['name', 'localhost', port],
            ['tcp', '127.0.0.1', port],
          ]);
          // EAI_SYSTEM; errno lies inside the wasm module, where only code that is linked with it can put it.
          const other = linked ? '(EAI -11) EACCES' : /^\(EAI -11\) /.exec(lines[1]) && lines[1];
          assert.deepEqual(lines, ['EACCES', other, 'EACCES', 'EACCES', 'ok', 'ok']);
        });

        test('unix paths and abstract names', async () => {
          const name = `hostsock-policy-${process.pid}`;
          await expected({ allow: [`${at('real')}/`, `@${name}-a`] }, [
            [['unix', at('real/a.sock'), 0], 'ok'],
            [['unix', at('other/in.sock'), 0], 'ok'],
            [['unix', at('real/out.sock'), 0], 'EACCES'],
            [['unix', at('other/none.sock'), 0], 'EACCES'],
            [['unix', `@${name}-a`, 0], 'ok'],
            [['unix', `@${name}-b`, 0], 'EACCES'],
            [['unixbind', at('other/new.sock'), 0], 'EACCES'],
          ]);
        });

        test('limits', async () => {
          await expected({ sockets: 3, wait: 100, allow: ['in loopback'] }, [
            [['wait', 'recv', 0], 'EAGAIN'],
            [['wait', 'poll', 0], '(0) ok'],
            [['many', '-', 3], '(1) EMFILE'],
          ]);
        });

        test('HOSTSOCK_ALLOW stands for the rules of a module', async () => {
          const table = [
            [['tcp', '127.0.0.1', port], 'ok'],
            [['tcp', '127.0.0.2', port], 'EACCES'],
            [['many', '-', 2], '(0) EMFILE'],
          ];
          // Two sockets were opened, and closed; its limit is still the module's.
          table[2] = [['many', '-', 4], '(3) EMFILE'];
          await expected({ allow: [], sockets: 3 }, table, { HOSTSOCK_ALLOW: '127.0.0.1' });
          await expected(undefined, table.slice(0, 2), { HOSTSOCK_ALLOW: '127.0.0.1' });
        });

        test('settings that cannot be meant', async () => {
          for (const [policy, reason] of [
            [{ allow: ['127.1'] }, /four decimal numbers/],
            [{ allow: 'loopback' }, /'allow' of a policy must be an array/],
            [{ alow: [] }, /a policy has no 'alow'/],
            [{ sockets: -1 }, /'sockets' of a policy must be a whole number/],
          ]) {
            const run = await output([...command, 'raw', '-', '0'], {
              env: { POLICY: JSON.stringify(policy) },
            });
            assert.notEqual(run.status, 0, run.stdout);
            assert.match(run.stderr, reason);
            assert.equal(run.stdout, '', 'the program has not begun');
          }
        });

        if (linked) {
          test('another module is nobody that a program can be', async () => {
            const loader = (file) => `
              const create = require('./${file}');
              (async () => {
                await create({ arguments: ['hold'] });
                await create({ arguments: ['steal'], hostsock: { policy: { allow: [] } } });
              })();\n`;
            const flavour = { name: 'policy-forge', flags: ['-O1', '-sMODULARIZE'], loader, linked };
            const forge = program('forge', path.join(__dirname, 'policy'));
            const run = await output(await buildWasm(forge, toolchain, flavour));
            assert.equal(run.stdout, 'holds 1 1\nstolen 0, bound 0, adopted 1\n', run.stderr);
          });

          test('what a thread is refused is heard of on the first one', async () => {
            const pthread = ['-pthread', '-sPROXY_TO_PTHREAD', '-sEXIT_RUNTIME'];
            const threads = { ...flavour, name: 'policy-threads', flags: [...flavour.flags, ...pthread] };
            const alone = command;
            command = await buildWasm(program('reach', path.join(__dirname, 'policy')), toolchain, threads);
            try {
              const refusals = await expected({ allow: [`out 127.0.0.1:${port}`] }, [
                [['tcp', '127.0.0.1', port], 'ok'],
                [['tcp', '127.0.0.2', port], 'EACCES'],
                [['name', 'other.invalid', -1], '(EAI -11) EACCES'],
                [['sleep', '-', 200], 'ok'],
              ]);
              const told = [`connect out 127.0.0.2:${port}`, 'getaddrinfo lookup other.invalid'];
              assert.deepEqual(refusals, told);
            } finally {
              command = alone;
            }
          });

          test('options and descriptors', { skip: need('root') }, async () => {
            const calls = [
              [['join', '239.1.1.1', 0], 'ok'],
              [['join', '239.2.1.1', 0], 'EACCES'],
              [['device', 'lo', 0], 'EACCES'],
              [['rights', '-', 0], 'EACCES'],
            ];
            const refusals = await expected({ allow: ['in 239.1.0.0/16', 'in 127.0.0.0/8'] }, calls);
            assert.deepEqual(refusals.slice(0, 2), [
              'setsockopt in 239.2.1.1:0',
              'setsockopt SO_BINDTODEVICE',
            ]);
            await expected({ rights: true }, [
              [['rights', '-', 0], 'ok'],
              [['device', 'lo', 0], 'ok'],
            ]);
          });
        }
      });
    }
  }

  test('the program itself, natively', { skip: need('gcc') || onLinux }, async () => {
    const command = await buildNative(program('reach', path.join(__dirname, 'policy')));
    const run = await output([...command, 'tcp', '127.0.0.1', String(port), 'unspec', '127.0.0.1', '9']);
    assert.equal(run.stdout, `tcp 127.0.0.1 ${port}: ok\nunspec 127.0.0.1 9: ok\n`, 'the kernel would do it');
  });
});
