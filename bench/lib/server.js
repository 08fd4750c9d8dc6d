'use strict';
// Peers that are servers: started as child processes, loaded with bench/client.c.
const { spawn } = require('node:child_process');
const { buildNative } = require('./build');

const startLimit = 20_000;
const running = new Set();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

/** Starts `command`, waits for its `listening PORT` line. `core`: the core to pin it to, or null. */
async function startServer(command, { core = null } = {}) {
  const child = launch(command, core);
  const server = { pid: child.pid, port: 0, stop: () => stop(child), trouble: () => trouble(child) };
  let timer;
  const listening = new Promise((resolve, reject) => {
    const tooLate = () => reject(new Error(`no "listening PORT" in ${startLimit} ms; ${trouble(child)}`));
    timer = setTimeout(tooLate, startLimit);
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
      const port = /^listening (\d+)\n/m.exec(output)?.[1];
      if (port) resolve(Number(port));
    });
    child.on('error', reject);
    child.on('close', () => reject(new Error(trouble(child))));
  });
  try {
    server.port = await listening;
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a load generator against a server; resolves to what it prints. */
async function runClient(server, options, { core = null, program = 'client.c' } = {}) {
  const args = ['--port', String(server.port), '--pid', String(server.pid)];
  for (const [name, value] of Object.entries(options)) {
    if (value === true) args.push(`--${name}`);
    else args.push(`--${name}`, String(value));
  }
  const child = launch([buildNative(program), ...args], core);
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) {
    const theirs = server.trouble();
    throw new Error(trouble(child) + (theirs && `; server: ${theirs}`));
  }
  return JSON.parse(output);
}

function launch([file, ...args], core) {
  const pinned = core === null ? [file, ...args] : ['taskset', '-c', String(core), file, ...args];
  const child = spawn(pinned[0], pinned.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.on('exit', () => running.delete(child));
  child.errors = '';
  child.stderr.on('data', (data) => {
    child.errors = (child.errors + data).slice(-2000);
  });
  return child;
}

/** What the child printed to stderr at last, and how it ended if it did. */
function trouble(child) {
  const ended = child.exitCode !== null || child.signalCode !== null;
  return [child.errors.trim(), ended && `ended with ${child.signalCode ?? child.exitCode}`]
    .filter(Boolean)
    .join('; ');
}

async function stop(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

module.exports = { runClient, startServer };
