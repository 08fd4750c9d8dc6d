'use strict';

// What the socket tests share: conditions with deadlines, connected pairs that close with their test, programs of
// __test__/fixtures in processes and workers of their own, counting of descriptors. Option numbers are Linux's.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const timers = require('node:timers/promises');
const { Worker } = require('node:worker_threads');
const { Socket, poll, constants } = require('../../index.js');

const { POLLIN, POLLOUT } = constants;
const ROOT = path.resolve(__dirname, '../..');
const RUNNER = path.join(ROOT, '__test__/fixtures/run.js');
const DEADLINE_MS = 20_000;
const LOOPBACK = { IPv4: '127.0.0.1', IPv6: '::1' };

const options = {
  ...{ SOL_SOCKET: 1, SO_REUSEADDR: 2, SO_TYPE: 3, SO_ERROR: 4, SO_SNDBUF: 7, SO_RCVBUF: 8, SO_KEEPALIVE: 9 },
  ...{ SO_LINGER: 13, SO_REUSEPORT: 15, SO_RCVTIMEO: 20, SO_SNDTIMEO: 21, SO_ACCEPTCONN: 30 },
  ...{ IPPROTO_TCP: 6, TCP_NODELAY: 1, TCP_SYNCNT: 7, TCP_INFO: 11, TCP_USER_TIMEOUT: 18 },
  ...{ IPPROTO_IPV6: 41, IPV6_V6ONLY: 26 },
};

/**
 * Waits until a condition holds, turning the loop meanwhile.
 * @template T
 * @param {() => T | Promise<T>} condition
 * @param {string} [what] for the error's message
 * @param {number} [deadline] milliseconds
 * @returns {Promise<T>} what the condition gave
 */
async function until(condition, what = String(condition), deadline = DEADLINE_MS) {
  const end = Date.now() + deadline;
  for (let round = 0; ; round++) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not so after ${deadline} ms: ${what}`);
    // At once at first, later without burning a core that the peer needs.
    await (round < 50 ? timers.setImmediate() : timers.setTimeout(2));
  }
}

/** The same without turning the loop: for what the kernel alone brings about. */
function untilBlocked(condition, what = String(condition), deadline = DEADLINE_MS) {
  const end = Date.now() + deadline;
  for (;;) {
    const value = condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not so after ${deadline} ms: ${what}`);
    sleepBlocked(1);
  }
}

/** Holds the thread; the kernel and other threads go on. */
function sleepBlocked(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Turns the event loop. */
async function turns(count) {
  for (let turn = 0; turn < count; turn++) await timers.setImmediate();
}

/** A promise of something that must come soon. */
async function soon(promise, what = 'the promise', deadline = DEADLINE_MS) {
  const stop = new AbortController();
  const late = timers.setTimeout(deadline, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`${what} was not settled after ${deadline} ms`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
    late.catch(() => {});
  }
}

function tcp(family = 'IPv4') {
  return new Socket({ family, type: 'stream' });
}

function listening(family = 'IPv4', backlog = 511) {
  const socket = tcp(family);
  socket.bind({ address: LOOPBACK[family], port: 0 });
  socket.listen(backlog);
  return socket;
}

/** Two ends of a connection, made without turning the loop. */
function connectedTo(listener) {
  const client = tcp(listener.family);
  client.connect(listener.localAddress());
  const entries = [
    { socket: client, events: POLLOUT },
    { socket: listener, events: POLLIN },
  ];
  untilBlocked(() => poll(entries, DEADLINE_MS) === 2, 'both ends connected');
  return { client, server: listener.accept() };
}

/**
 * Makers of sockets that are closed when the test ends.
 * @param {import('node:test').TestContext} t
 */
function opener(t) {
  const opened = [];
  const keep = (socket) => {
    opened.push(socket);
    return socket;
  };
  t.after(() => {
    for (const socket of opened) socket.close();
  });
  return {
    keep,
    tcp: (family) => keep(tcp(family)),
    listening: (family, backlog) => keep(listening(family, backlog)),
    pair(family) {
      const listener = listening(family);
      try {
        const { client, server } = connectedTo(listener);
        return { client: keep(client), server: keep(server) };
      } finally {
        listener.close();
      }
    },
  };
}

/** Waits, without turning the loop, until a socket has something to read: bytes, a connection or an end. */
function waitReadable(socket) {
  const entry = { socket, events: POLLIN };
  assert.equal(poll([entry], DEADLINE_MS), 1, 'nothing to read came');
  return entry.revents;
}

/** Waits, without turning the loop, until this many bytes can be read at once. */
function waitAvailable(socket, bytes) {
  untilBlocked(() => socket.available() >= bytes, `${bytes} bytes to read`);
}

/** Waits, without turning the loop, until the peer's end of stream or an error has come, data before it or not. */
function waitEnd(socket) {
  const entry = { socket, events: constants.POLLRDHUP };
  assert.equal(poll([entry], DEADLINE_MS), 1, 'no end came');
  return entry.revents;
}

/** Sends until the kernel takes no more for good; how many bytes it took. Acknowledgements make room for a while. */
function fill(socket, piece = Buffer.alloc(65_536)) {
  let total = 0;
  for (let quiet = 0; quiet < 60; ) {
    const sent = socket.send(piece);
    if (sent >= 0) {
      total += sent;
      quiet = 0;
    } else {
      sleepBlocked(1);
      quiet++;
    }
  }
  return total;
}

/** Everything until end of stream, through `readable()`. */
async function receiveAll(socket, pieceSize = 65_536) {
  const pieces = [];
  const piece = Buffer.alloc(pieceSize);
  for (;;) {
    const received = socket.recv(piece);
    if (received === 0) return Buffer.concat(pieces);
    if (received > 0) pieces.push(Buffer.from(piece.subarray(0, received)));
    else await soon(socket.readable(), 'readable()');
  }
}

/** Sends everything, through `writable()`. */
async function sendAll(socket, data, pieceSize = data.length) {
  for (let at = 0; at < data.length; ) {
    const sent = socket.send(data.subarray(at, at + pieceSize));
    if (sent >= 0) at += sent;
    else await soon(socket.writable(), 'writable()');
  }
}

/** Bytes that repeat with no period that a buffer's size could hide. */
function pattern(length, seed = 1) {
  const bytes = Buffer.allocUnsafe(length);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

function checksum(bytes) {
  return crypto.createHash('sha256').update(bytes).digest('hex');
}

/** A `struct timeval` for SO_RCVTIMEO and SO_SNDTIMEO. */
function timeval(milliseconds) {
  const microseconds = Math.round((milliseconds % 1000) * 1000);
  const value = Buffer.alloc(16);
  value.writeBigInt64LE(BigInt(Math.floor(milliseconds / 1000)), 0);
  value.writeBigInt64LE(BigInt(microseconds), 8);
  return value;
}

/** Has `close()` reset the connection instead of ending it (SO_LINGER with no time). */
function resetOnClose(socket) {
  socket.setsockopt(options.SOL_SOCKET, options.SO_LINGER, Int32Array.of(1, 0));
}

/** A loopback port on which nobody listens. It stays bound, so that nobody else gets it, until the test ends. */
function refusedPort(t, family = 'IPv4') {
  const socket = tcp(family);
  socket.bind({ address: LOOPBACK[family], port: 0 });
  t.after(() => socket.close());
  return socket.localAddress().port;
}

/** What the process has open, by what it is: `{ 'socket': 2, 'anon_inode:[eventpoll]': 1, … }`. */
function descriptors() {
  const counts = {};
  for (const fd of fs.readdirSync('/proc/self/fd')) {
    let target;
    try {
      target = fs.readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The directory's own descriptor is gone by now.
      continue;
    }
    if (target.startsWith('/proc/')) continue;
    const kind = target.replace(/^(socket|pipe):\[\d+\]$/, '$1');
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** The names of the process's threads, sorted. */
function threads() {
  return (
    fs
      .readdirSync('/proc/self/task')
      .flatMap((id) => {
        try {
          return [fs.readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim()];
        } catch {
          // It has ended meanwhile.
          return [];
        }
      })
      // Bun and Deno start and end threads of their own as they like.
      .filter((name) => !(process.versions.bun || process.versions.deno) || name.startsWith('hostsock'))
      .sort()
  );
}

/**
 * Calls an exported function of a fixture in a Node process of its own.
 *
 * @param {string} name `file.function` in __test__/fixtures
 * @param {unknown[]} [args]
 * @param {{ env?: object, flags?: string[], through?: string[], deadline?: number }} [settings] `flags` for node;
 *   `through`: a command that runs it, such as `['unshare', '--net']`
 * @returns {Promise<{ status: number | null, signal: string | null, stdout: string, stderr: string, result: any,
 *   notes: any[] }>} `result` is what the function returned (`undefined` when the process ended before), `notes` what
 *   it gave to `note()`
 */
function inChild(name, args = [], { env = {}, flags = [], through = [], deadline = 60_000 } = {}) {
  const command = [...through, process.execPath, ...flags, RUNNER, name, JSON.stringify(args)];
  const child = spawn(command[0], command.slice(1), {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const texts = ['', '', ''];
  [child.stdout, child.stderr, child.stdio[3]].forEach((stream, index) => {
    stream.setEncoding('utf8').on('data', (text) => {
      texts[index] += text;
    });
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${name} did not end in ${deadline} ms\n${texts.join('\n')}`));
    }, deadline);
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      const [stdout, stderr, report] = texts;
      const lines = report.split('\n').filter(Boolean).map(JSON.parse);
      const { result } = lines.find((line) => 'result' in line) ?? {};
      const notes = lines.filter((line) => 'note' in line).map((line) => line.note);
      resolve({ status, signal, stdout, stderr, result, notes });
    });
  });
}

/** The same for a process that has to end well; what the function returned. */
async function resultOf(name, args, settings) {
  const { status, signal, stderr, result } = await inChild(name, args, settings);
  assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' }, name);
  return result;
}

/**
 * Calls an exported function of a fixture in a worker. Its result and notes come as messages `{ result }`, `{ note }`.
 * @returns {Worker}
 */
function inWorker(name, args = [], settings = {}) {
  return new Worker(RUNNER, { workerData: { name, args }, ...settings });
}

/** The first message of a worker that has this key; an error or the worker's end before it is an error. */
function messageOf(worker, key) {
  return new Promise((resolve, reject) => {
    worker.on('message', (message) => key in message && resolve(message[key]));
    worker.on('error', reject);
    worker.on('exit', (status) => reject(new Error(`the worker ended with ${status} before its ${key}`)));
  });
}

/** The only error that a call throws; for comparing it as a whole. */
function thrown(call) {
  let result;
  try {
    result = call();
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: `nothing was thrown by ${call}`, actual: result });
}

/** A system error as plain data. */
function shape(error) {
  return { name: error.name, message: error.message, ...error };
}

/** For `skip`: hosts (and containers) without IPv6 on the loopback interface. */
function withoutIPv6() {
  const socket = tcp('IPv6');
  try {
    socket.bind({ address: '::1', port: 0 });
    return false;
  } catch (error) {
    if (process.env.HOSTSOCK_REQUIRE === 'all') throw error;
    return 'needs IPv6 on the loopback interface';
  } finally {
    socket.close();
  }
}

/** A listening server of node:net on loopback, closed with its connections when the test ends. */
async function netServer(t, onConnection, family = 'IPv4', settings = {}) {
  const server = net.createServer(settings);
  const connections = new Set();
  server.on('connection', (connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    // What an end does to its peer is for the test to see, not for the runner.
    connection.on('error', () => {});
    onConnection?.(connection);
  });
  await new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, LOOPBACK[family], resolve);
  });
  t.after(() => {
    for (const connection of connections) connection.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return server;
}

module.exports = {
  ...{ DEADLINE_MS, LOOPBACK, ROOT, options },
  ...{ until, untilBlocked, sleepBlocked, turns, soon },
  ...{ tcp, listening, connectedTo, opener, refusedPort, resetOnClose, timeval, withoutIPv6, netServer },
  ...{ waitReadable, waitAvailable, waitEnd, fill, receiveAll, sendAll, pattern, checksum },
  ...{ descriptors, threads, inChild, resultOf, inWorker, messageOf, thrown, shape },
};
