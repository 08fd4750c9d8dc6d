'use strict';
// Memory of idle connections, each time of a server that was just started.
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { servers } = require('../lib/peers');
const { holdConnections, startServer } = require('../lib/server');

const connections = 10_000;
const reporter = path.join(__dirname, '../lib/report-memory.js');
const settle = 300;
/** Peers whose JavaScript can be asked. */
const inNode = ['node-net', 'hostsock-socket'];
const names = [...inNode, 'native-epoll', 'wasm-epoll', 'wasm-events-linked', 'bun-listen', 'deno-listen'];

module.exports = {
  name: 'idle-memory',
  title: `resident memory of each of ${connections.toLocaleString('en-US').replace(',', ' ')} idle connections`,
  unit: 'bytes',
  less: true,
  peers: names.map((name) => ({ name, ...servers[name] })),
  baselines: ['native-epoll', 'node-net'],
  floors: [{ peer: 'hostsock-socket', against: 'node-net', atMost: 0.5 }],

  start: async (peer) => ({ peer, command: commandOf(peer), stop() {} }),

  /** Every connection has sent something that came back before it is idle. */
  async check(subject) {
    await measure(subject, 100);
  },

  measure: (subject) => measure(subject, connections),
};

function commandOf({ name, command }) {
  const [program, ...rest] = command();
  return inNode.includes(name)
    ? [program, '--expose-gc', '--require', reporter, ...rest]
    : [program, ...rest];
}

async function measure({ peer, command }, count) {
  const server = await startServer(command);
  let holder;
  try {
    const before = await memoryOf(server, peer);
    holder = await holdConnections(server, count);
    const after = await memoryOf(server, peer);
    const part = (name) => (after[name] - before[name]) / count;
    return {
      value: part('resident'),
      ...(before.javascript && { details: { javascript: part('javascript') } }),
    };
  } finally {
    await holder?.stop();
    await server.stop();
  }
}

/** Bytes, once garbage is collected where that can be asked for, and after a moment for what runs in the background. */
async function memoryOf(server, { name }) {
  const javascript = inNode.includes(name) ? (await ask(server)).javascript : undefined;
  await new Promise((resolve) => setTimeout(resolve, settle));
  const status = readFileSync(`/proc/${server.pid}/status`, 'latin1');
  return { resident: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) * 1024, javascript };
}

function ask({ child }) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the server does not tell its memory')), 10_000);
    let output = '';
    const onData = (data) => {
      output += data;
      const json = /^memory (.*)\n/m.exec(output)?.[1];
      if (json === undefined) return;
      clearTimeout(timer);
      child.stdout.off('data', onData);
      resolve(JSON.parse(json));
    };
    child.stdout.on('data', onData);
    child.kill('SIGUSR2');
  });
}
