'use strict';
// What the figures were measured on.
const { execFileSync } = require('node:child_process');
const os = require('node:os');

/** First line that a command prints, or null if it cannot be run. */
function firstLine(command, ...args) {
  try {
    const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], cwd: __dirname };
    return execFileSync(command, args, options).split('\n')[0].trim() || null;
  } catch {
    return null;
  }
}

function describeMachine() {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memory: os.totalmem(),
    kernel: `${os.type()} ${os.release()}`,
    node: process.version,
    cc: firstLine(process.env.CC || 'cc', '--version'),
    commit: firstLine('git', 'rev-parse', '--short', 'HEAD'),
    loadAverage: os.loadavg()[0],
  };
}

function machineLines(machine) {
  const gibibytes = (machine.memory / 2 ** 30).toFixed(1);
  return [
    `${machine.cpu}, ${machine.cores} cores, ${gibibytes} GiB, ${machine.kernel}`,
    `node ${machine.node}, ${machine.cc ?? 'no C compiler'}, load average ${machine.loadAverage.toFixed(2)} at the start`,
  ];
}

module.exports = { describeMachine, firstLine, machineLines };
