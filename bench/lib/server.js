'use strict';
// Child processes: servers, the load generators of bench/load/, programs that measure themselves.
const { spawn } = require('node:child_process');
const { buildNative } = require('./build');

const startLimit = 20_000;
const running = new Set();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

const listeningLine = /^listening (\d+)\n/m;

/** Starts `command`, waits for its `listening PORT` line. `core`: the core to pin it to, or null. */
async function startServer(command, { core = null, line = listeningLine, limit = startLimit } = {}) {
  const child = launch(command, core);
  const server = { pid: child.pid, port: 0, child, stop: () => stop(child), trouble: () => trouble(child) };
  let timer;
  const listening = new Promise((resolve, reject) => {
    const tooLate = () => reject(new Error(`not ready in ${limit} ms; ${trouble(child)}`));
    timer = setTimeout(tooLate, limit);
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
      const port = line.exec(output)?.[1];
      if (port !== undefined) resolve(Number(port));
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

/**
 * Runs a program that prints a result, in front of it the command `wrap`; resolves to the result. `server` is what it
 * talks to.
 */
async function runProgram(command, options, { core = null, wrap = [], server = null } = {}) {
  const args = Object.entries({ ...addressOf(server), ...options }).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, String(value)],
  );
  const child = launch([...wrap, ...command, ...args], core);
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  let timer;
  const limit = (options.warmup ?? 0) + (options.duration ?? 0) + startLimit;
  const code = await new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no result in ${limit} ms; ${trouble(child)}`)), limit);
    child.on('error', reject);
    child.on('close', resolve);
  }).finally(() => {
    clearTimeout(timer);
    return stop(child);
  });
  if (code !== 0 || output === '') {
    const theirs = server?.trouble();
    throw new Error((trouble(child) || 'no result') + (theirs ? `; server: ${theirs}` : ''));
  }
  return JSON.parse(output);
}

function addressOf(server) {
  return server === null ? {} : { port: server.port, pid: server.pid };
}

/** Holds `connections` open to a server, on each of which something was sent and has come back. */
async function holdConnections(server, connections) {
  const options = ['--port', String(server.port), '--connections', String(connections), '--mode', 'idle'];
  return startServer([buildNative('load/tcp-client.c'), ...options], { line: /^idle()\n/m, limit: 60_000 });
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

module.exports = { holdConnections, runProgram, startServer };
