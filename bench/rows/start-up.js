'use strict';
// What loading the package takes in a process that was just started.
const path = require('node:path');
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
  const { milliseconds, threads, resident } = await runProgram(command, {});
  return { value: milliseconds, details: { threads, resident } };
}
