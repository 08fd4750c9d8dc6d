'use strict';

// node examples/cores/measure.js [scaling|distribution]: what a second core brings, and how connections are dealt out.

const { execFileSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const timers = require('node:timers/promises');
const { connect } = require('hostsock');
const { start } = require('./cores.js');
const selectors = require('./selectors.js');

const CONNECTIONS = 64;
const ROUNDS = 5;
const ROUND_MS = 500;
const WARM_UP_MS = 100;
const ATTEMPTS = 30;
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** Rounds beside busy processes. */
let disturbed = 0;

async function scaling() {
  console.log(
    `requests per second, ${CONNECTIONS} connections, median of ${ROUNDS} rounds (lowest to highest)\n`,
  );
  for (const kind of ['http-hash', 'http-hello']) {
    const subjects = [];
    for (const as of ['threads', 'processes']) {
      for (const workers of [1, 2]) {
        const server = await start({ kind, workers, as });
        if (workers === 2) await server.select(selectors.random(2));
        const connections = await dial(server.port, CONNECTIONS);
        subjects.push({ name: `${workers} of ${as}`, server, connections, rounds: [] });
      }
    }
    // By turns, as the speed of a machine changes.
    for (let round = 0; round < ROUNDS; round++) {
      for (const { connections, rounds, server } of subjects)
        rounds.push(await quietly(load, connections, server));
    }
    let one;
    for (const { name, server, connections, rounds } of subjects) {
      rounds.sort((a, b) => a - b);
      const median = rounds[ROUNDS >> 1];
      const [low, high] = [rounds[0], rounds.at(-1)].map((it) => Math.round(it));
      if (name.startsWith('1')) one = median;
      const dealt = (await server.accepted()).join(' + ');
      console.log(
        `${kind.padEnd(12)}${name.padEnd(16)}${String(Math.round(median)).padStart(7)} (${low} to ${high})`,
        ` ${(median / one).toFixed(2)} ×   connections ${dealt}`,
      );
      for (const connection of connections) connection.destroy();
      await server.stop();
    }
  }
  if (disturbed > 0) console.log(`\n${disturbed} rounds count though other processes were busy`);
}

function dial(port, count) {
  const one = () => connect({ host: '127.0.0.1', port, options: { TCP_NODELAY: true } });
  return Promise.all(Array.from({ length: count }, one));
}

/** While other processes take no more than a tenth of the machine, for which it waits; the last attempt counts. */
async function quietly(measure, connections, server) {
  for (let attempt = 1; ; attempt++) {
    if (attempt < ATTEMPTS && (await others(() => timers.setTimeout(200), server)).share > 0.1) {
      await timers.setTimeout(1000);
      continue;
    }
    const { value, share } = await others(() => measure(connections), server);
    if (share <= 0.1) return value;
    if (attempt >= ATTEMPTS) {
      disturbed++;
      return value;
    }
  }
}

/** What a call gives, and other processes' share of the machine meanwhile. */
async function others(call, server) {
  const [busy, own, begin] = [machine(), ours(server), performance.now()];
  const value = await call();
  const ticks = ((performance.now() - begin) / 10) * os.availableParallelism();
  return { value, share: (machine() - busy - (ours(server) - own)) / ticks };
}

/** Hundredths of a second that the machine was busy for, `proc(5)`. */
function machine() {
  const [, user, nice, system, , , irq, softirq] = fs.readFileSync('/proc/stat', 'utf8').split(/\s+/);
  return Number(user) + Number(nice) + Number(system) + Number(irq) + Number(softirq);
}

/** The same of this process and the server's. */
function ours(server) {
  let sum = 0;
  for (const pid of [process.pid, ...server.pids]) {
    const fields = fs
      .readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    sum += Number(fields[11]) + Number(fields[12]);
  }
  return sum;
}

/** Requests per second with one on its way on each connection. */
async function load(connections) {
  let answers = 0;
  let running = true;
  const waiting = connections.map(
    (connection) =>
      new Promise((resolve) => {
        let missing = 0;
        let length = 0;
        const answered = (chunk) => {
          // All answers are of one length.
          length ||= chunk.length;
          missing -= chunk.length;
          if (missing > 0) return;
          answers++;
          if (running) send();
          else resolve(connection.off('data', answered));
        };
        const send = () => {
          missing = length || 1;
          connection.write(REQUEST);
        };
        connection.on('data', answered);
        send();
      }),
  );
  await timers.setTimeout(WARM_UP_MS);
  answers = 0;
  const begin = performance.now();
  await timers.setTimeout(ROUND_MS);
  const rate = (1000 * answers) / (performance.now() - begin);
  running = false;
  await Promise.all(waiting);
  return rate;
}

async function distribution() {
  const workers = Math.max(2, os.availableParallelism());
  const server = await start({ kind: 'echo', workers, as: 'processes', pinned: true });
  console.log(`connections that each of ${workers} processes gets, of 10, 100 and 1000\n`);
  const row = async (name, program) => {
    if (program) await server.select(program);
    const shares = [];
    for (const count of [10, 100, 1000]) {
      for (let at = 0; at < count; at++) await visit(server.port);
      shares.push((await server.accepted()).join(' + ').padEnd(14));
    }
    console.log(name.padEnd(28), shares.join(''));
  };
  await row('the kernel, by a hash');
  await row('random', selectors.random(workers));
  await row('weighted([9, 1])', selectors.weighted([9, 1]));
  for (let cpu = 0; cpu < workers; cpu++) {
    // What comes by loopback comes in on the CPU that its sender runs on.
    execFileSync('taskset', ['--cpu-list', '--pid', String(cpu), String(process.pid)], { stdio: 'ignore' });
    await row(`cpu, a client on CPU ${cpu}`, selectors.cpu(workers));
  }
  await row('only(1)', selectors.only(1));
  await server.stop();
}

/** Connects, has a byte echoed, and goes. */
async function visit(port) {
  const connection = await connect({ host: '127.0.0.1', port });
  connection.write('x');
  await once(connection, 'data');
  connection.resetAndDestroy();
}

const wanted = process.argv[2];
(async () => {
  if (wanted !== 'distribution') await scaling();
  if (wanted !== 'scaling') await distribution();
})();
