'use strict';

// Real servers for the tests: started on a free loopback port with a directory of their own, stopped by process id.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { program } = require('./requirements.js');

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
 * @param {(port: number, directory: string) => string[]} prepare writes what it needs, returns the arguments
 * @returns {Promise<Server>}
 */
async function startServer(name, prepare) {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), `hostsock-${name}-`));
    const server = launch(program(name) ?? name, prepare(port, directory), directory);
    try {
      await server.ready(port);
      return { port, pid: server.pid, directory, stop: server.stop };
    } catch (error) {
      await server.stop();
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

function launch(command, args, directory) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      log += text;
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

module.exports = { startRedis, startNginx, startDnsmasq };
