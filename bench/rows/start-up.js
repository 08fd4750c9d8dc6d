'use strict';
// What loading the package takes in a process that was just started.
const { cpus } = require('node:os');
const path = require('node:path');
const { sample } = require('../lib/sample');
const { runProgram } = require('../lib/server');

const program = path.join(__dirname, '../peers/startup.js');
const load = (title, module) => ({ title, command: () => [process.execPath, program, module] });

module.exports = {
  name: 'start-up',
  title: "require('hostsock') in a fresh process",
  unit: 'ms',
  less: true,
  peers: [
    { name: 'hostsock', ...load("require('hostsock')", path.join(__dirname, '../..')) },
    { name: 'node-net', ...load("require('node:net')", 'node:net') },
    { name: 'node-http', ...load("require('node:http')", 'node:http') },
  ],
  baselines: ['node-net'],
  floors: [
    { peer: 'hostsock', atMost: 10 },
    { peer: 'hostsock', of: 'threads', atMost: 0 },
  ],

  start: async (peer) => ({ command: peer.command(), stop() {} }),
  check: (subject) => loadOnce(subject),
  measure: (subject) => loadOnce(subject),
};

async function loadOnce({ command }) {
  const before = sample(0);
  const { milliseconds, threads, resident, own } = await runProgram(command, {});
  const [seconds, user, system, , , machine] = sample(0).map((value, at) => value - before[at]);
  const ours = (own.user + own.system) / 1e6 + user + system;
  const others = Math.max(0, machine - ours) / (seconds * cpus().length);
  return { value: milliseconds, details: { threads, resident }, busy: { others } };
}
