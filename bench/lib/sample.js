'use strict';
// Samples of time and CPU time for programs in JavaScript, and in wasm for load.h; the same figures as load.h's own.
const { readFileSync } = require('node:fs');

/** Ticks of /proc per second (USER_HZ), the same on every Linux that Node runs on. */
const tick = 100;

/** [time, own user, own system, other's user, other's system, machine], in seconds; `pid` is the other, 0 for none. */
function sample(pid) {
  return [...own(), ...processCpu(pid), machineCpu()];
}

/** [time, own user, own system], which costs little. */
function own() {
  const { user, system } = process.cpuUsage();
  return [performance.now() / 1e3, user / 1e6, system / 1e6];
}

function processCpu(pid) {
  if (!pid) return [0, 0];
  let text;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return [0, 0];
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return [Number(fields[11]) / tick, Number(fields[12]) / tick];
}

function machineCpu() {
  const [user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'latin1')
    .split('\n', 1)[0]
    .split(/ +/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq) / tick;
}

module.exports = { own, sample };
