'use strict';

const { fork } = require('node:child_process');
const path = require('node:path');
const { once } = require('node:events');
const { Worker } = require('node:worker_threads');

const WORKER = path.join(__dirname, 'worker.js');

/**
 * Starts workers that share a port of 127.0.0.1.
 *
 * @param {{ kind: string, workers: number, as?: 'threads' | 'processes', pinned?: boolean }} settings `kind` of
 *   worker.js; `pinned`: process n runs on CPU n only
 */
async function start({ kind, workers, as = 'threads', pinned = false }) {
  const running = [];
  let port = 0;
  // One after the other: that is what their numbers in the group go by.
  for (let index = 0; index < workers; index++) {
    const worker =
      as === 'threads' ? thread({ kind, port }) : child({ kind, port }, pinned ? index : undefined);
    running.push(worker);
    ({ port } = await worker.answer());
  }
  const ask = async (worker, message) => {
    worker.send(message);
    return (await worker.answer()).accepted;
  };
  return {
    port,
    pids: running.map((worker) => worker.pid).filter(Boolean),
    /** Has a program of selectors.js choose who gets a connection, instead of a hash of addresses and ports. */
    select: (program) => ask(running[0], { program }),
    /** How many connections each has got since it was last told anything. */
    accepted: () => Promise.all(running.map((worker) => ask(worker, {}))),
    stop: () => Promise.all(running.map((worker) => worker.stop())),
  };
}

function thread(data) {
  const worker = new Worker(WORKER, { workerData: data });
  return {
    answer: async () => (await once(worker, 'message'))[0],
    send: (message) => worker.postMessage(message),
    stop: () => worker.terminate(),
  };
}

function child(data, cpu) {
  const pin =
    cpu === undefined ? {} : { execPath: 'taskset', execArgv: ['-c', String(cpu), process.execPath] };
  const worker = fork(WORKER, [JSON.stringify(data)], pin);
  const exited = once(worker, 'exit');
  return {
    pid: worker.pid,
    answer: async () => (await once(worker, 'message'))[0],
    send: (message) => worker.send(message),
    async stop() {
      worker.send('end');
      await exited;
    },
  };
}

module.exports = { start };
