'use strict';

// Real servers for the tests: started on a free loopback port with a directory of their own, stopped by process id.

const { execFile, spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const { program } = require('./requirements.js');

const run = promisify(execFile);
const READY_DEADLINE_MS = 20_000;
const STOP_DEADLINE_MS = 5_000;
// A port that was free may be taken by the time that the server binds it.
const ATTEMPTS = 5;

/**
 * @typedef {object} Server
 * @property {number} port on 127.0.0.1
 * @property {number} pid
 * @property {string} directory its own, removed by stop()
 * @property {() => Promise<void>} stop
 */

/**
 * A redis-server that keeps nothing on disk.
 * @param {string[]} [more] arguments; names of files are those of its own directory
 * @returns {Promise<Server>}
 */
function startRedis(more = []) {
  return startServer('redis-server', (port, directory) => [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory],
    ...['--save', '', '--appendonly', 'no', '--daemonize', 'no', ...more],
  ]);
}

/**
 * An nginx that serves these files.
 * @param {Record<string, Buffer>} files by name
 * @param {(port: number) => string[]} [lines] more of its server's configuration
 * @returns {Promise<Server>}
 */
function startNginx(files, lines = () => []) {
  return startServer('nginx', (port, directory) => {
    const root = path.join(directory, 'root');
    fs.mkdirSync(root);
    for (const [name, bytes] of Object.entries(files)) fs.writeFileSync(path.join(root, name), bytes);
    const configuration = path.join(directory, 'nginx.conf');
    fs.writeFileSync(configuration, nginxConfiguration(port, directory, root, lines(port)));
    return ['-p', directory, '-c', configuration, '-e', path.join(directory, 'error.log')];
  });
}

/**
 * A dnsmasq that answers from these lines of its configuration alone, over UDP and TCP.
 * @param {string[]} lines such as `host-record=a.test,192.0.2.1`
 * @returns {Promise<Server>}
 */
function startDnsmasq(lines) {
  return startServer('dnsmasq', (port, directory) => {
    const configuration = path.join(directory, 'dnsmasq.conf');
    const settings = [
      ...['keep-in-foreground', 'no-resolv', 'no-hosts', 'bind-interfaces', 'log-facility=-'],
      ...[`port=${port}`, 'listen-address=127.0.0.1', `pid-file=${path.join(directory, 'pid')}`],
      // Else it gives up being root, and with it the directory.
      ...(process.getuid() === 0 ? ['user=root', 'group=root'] : []),
    ];
    fs.writeFileSync(configuration, `${[...settings, ...lines].join('\n')}\n`);
    return [`--conf-file=${configuration}`];
  });
}

/**
 * A MariaDB with an empty database `test`, for `hostsock` with the password `secret`; its socket is
 * `mysqld.sock` in its directory.
 * @returns {Promise<Server>}
 */
function startMariadb() {
  const user = process.getuid() === 0 ? ['--user=root'] : [];
  return startServer('mariadbd', async (port, directory) => {
    const data = path.join(directory, 'data');
    const sql = path.join(directory, 'init.sql');
    fs.writeFileSync(
      sql,
      [
        'CREATE DATABASE IF NOT EXISTS test;',
        "CREATE USER 'hostsock'@'%' IDENTIFIED BY 'secret';",
        "GRANT ALL ON *.* TO 'hostsock'@'%';\n",
      ].join('\n'),
    );
    const shared = ['--no-defaults', `--datadir=${data}`, ...user];
    await run(program('mariadb-install-db'), [
      ...shared,
      ...['--skip-test-db', '--auth-root-authentication-method=normal', '--skip-name-resolve'],
    ]);
    return [
      ...shared,
      ...[`--port=${port}`, '--bind-address=127.0.0.1', `--socket=${path.join(directory, 'mysqld.sock')}`],
      ...[`--pid-file=${path.join(directory, 'pid')}`, `--init-file=${sql}`, '--skip-name-resolve'],
      ...['--innodb-buffer-pool-size=16M', '--innodb-flush-log-at-trx-commit=0', '--skip-log-bin'],
    ];
  });
}

function nginxConfiguration(port, directory, root, lines) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
    daemon off;
    ${process.getuid() === 0 ? 'user root;' : ''}
    worker_processes 1;
    pid ${path.join(directory, 'nginx.pid')};
    error_log ${path.join(directory, 'error.log')};
    events { worker_connections 256; }
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${path.join(directory, name)};`).join('\n      ')}
      server {
        listen 127.0.0.1:${port};
        root ${root};
        ${lines.join('\n        ')}
      }
    }
  `;
}

/**
 * @param {string} name of the program
 * @param {(port: number, directory: string) => string[] | Promise<string[]>} prepare writes what it needs, returns the arguments
 * @param {{ env?: NodeJS.ProcessEnv, output?: (text: string) => void }} [options] `output` hears what it prints
 * @returns {Promise<Server>}
 */
async function startServer(name, prepare, { env, output } = {}) {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), `hostsock-${name}-`));
    const server = launch(program(name) ?? name, await prepare(port, directory), directory, { env, output });
    try {
      await server.ready(port);
      return { port, pid: server.pid, directory, stop: server.stop };
    } catch (error) {
      await server.stop();
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

function launch(command, args, directory, { env, output }) {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      log += text;
      output?.(text);
    });
  }
  let finished = false;
  const exited = new Promise((resolve) => {
    const done = (reason) => {
      finished = true;
      resolve(reason);
    };
    child.on('exit', (status, signal) => done(`ended with ${signal ?? status}`));
    child.on('error', (error) => done(error.message));
  });

  return {
    pid: child.pid,
    async ready(port) {
      const deadline = Date.now() + READY_DEADLINE_MS;
      while (!(await answers(port))) {
        if (finished) throw new Error(`${command} ${await exited}\n${log}`);
        if (Date.now() > deadline) throw new Error(`${command} did not answer on port ${port}\n${log}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      // Another server may have taken the port while ours was failing on it.
      if (finished) throw new Error(`${command} ${await exited}\n${log}`);
    },
    async stop() {
      if (!finished) {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
        await exited;
        clearTimeout(timer);
      }
      fs.rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A loopback port that nobody listens on now. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

module.exports = { startServer, startRedis, startNginx, startDnsmasq, startMariadb };
