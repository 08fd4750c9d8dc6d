'use strict';

// A real PostgreSQL server: a cluster in a directory of its own, on a free loopback port and a unix socket.

const { execFile, spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const timers = require('node:timers/promises');
const { promisify } = require('node:util');
const { program } = require('./requirements.js');
const { until } = require('./sockets.js');

const run = promisify(execFile);
const LOCAL = '127.0.0.1';

// Debian keeps PostgreSQL's programs where no PATH looks.
const POSTGRES = '/usr/lib/postgresql';
if (fs.existsSync(POSTGRES)) {
  for (const version of fs.readdirSync(POSTGRES)) {
    process.env.PATH += `${path.delimiter}${path.join(POSTGRES, version, 'bin')}`;
  }
}

/**
 * The superuser is `hostsock`. The server refuses to run as root, so root becomes nobody.
 * @param {{ users?: { name: string, password: string, method: string }[] }} [settings] more superusers, and how
 *   `pg_hba.conf` lets each in (`trust`, `password`, `scram-sha-256`), over TCP and by the unix socket
 */
async function startPostgres({ users = [] } = {}) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hostsock-postgres-'));
  const nobody = process.getuid() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  if (nobody.uid) fs.chownSync(directory, nobody.uid, nobody.gid);
  const data = path.join(directory, 'data');
  const settings = { ...nobody, cwd: directory };
  await run(
    program('initdb'),
    ['-D', data, '-U', 'hostsock', '-A', 'trust', '--no-sync', '--encoding=UTF8', '--locale=C'],
    settings,
  );
  if (users.length > 0) {
    const single = run(program('postgres'), ['--single', '-D', data, 'postgres'], settings);
    for (const { name, password } of users) {
      single.child.stdin.write(`create role ${name} superuser login password '${password}'\n`);
    }
    single.child.stdin.end();
    await single;
    const hba = path.join(data, 'pg_hba.conf');
    const lines = users.flatMap(({ name, method }) => [
      `local all ${name} ${method}`,
      `host all ${name} all ${method}`,
    ]);
    fs.writeFileSync(hba, `${lines.join('\n')}\n${fs.readFileSync(hba, 'utf8')}`);
  }
  const port = await new Promise((resolve) => {
    const server = net.createServer().listen(0, LOCAL, () => {
      const address = server.address();
      server.close(() => resolve(address.port));
    });
  });
  const server = spawn(
    program('postgres'),
    [
      ...['-D', data, '-p', String(port), '-h', LOCAL, '-k', directory, '-F'],
      ...['-c', 'max_connections=20', '-c', 'shared_buffers=16MB'],
    ],
    { ...settings, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  const exited = once(server, 'exit');
  const socketPath = path.join(directory, `.s.PGSQL.${port}`);
  return {
    port,
    directory,
    socketPath,
    pid: server.pid,
    async ready() {
      await until(() => {
        if (server.exitCode !== null) throw new Error(`postgres ended\n${log}`);
        return log.includes('ready to accept connections');
      }, 'postgres is ready');
    },
    async stop() {
      if (server.exitCode === null && server.signalCode === null) {
        // Fast shutdown: connections are ended.
        server.kill('SIGINT');
        const killed = new AbortController();
        timers.setTimeout(5000, undefined, { signal: killed.signal }).then(
          () => server.kill('SIGKILL'),
          () => {},
        );
        await exited;
        killed.abort();
      }
      fs.rmSync(directory, { recursive: true, force: true });
    },
  };
}

module.exports = { startPostgres };
