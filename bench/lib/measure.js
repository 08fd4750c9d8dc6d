'use strict';
// What load.h is to programs in C, for those in JavaScript that measure themselves: options, pattern, measured time, result.
const { parseArgs } = require('node:util');
const { own, sample } = require('./sample');

const period = 4093;

function parseOptions() {
  const text = { type: 'string' };
  const { values } = parseArgs({
    options: {
      ...{ port: text, pid: text, connections: text, warmup: text, duration: text, size: text },
      ...{ mode: text, requests: text, answers: text, check: { type: 'boolean', default: false } },
    },
  });
  const defaults = { port: 0, pid: 0, connections: 64, warmup: 300, duration: 1000, size: 64 };
  for (const [name, value] of Object.entries(defaults)) values[name] = Number(values[name] ?? value);
  return values;
}

/** The first `length` bytes of the pattern. */
function makePattern(length) {
  const pattern = Buffer.allocUnsafeSlow(length);
  let random = 2463534242;
  for (let i = 0; i < length; i++) {
    if (i >= period) {
      pattern[i] = pattern[i - period];
      continue;
    }
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    pattern[i] = random >>> 24;
  }
  return pattern;
}

/** Calls `batch`, which does some operations and returns how many, until both times are over. */
function measureCalls({ pid, warmup, duration }, batch) {
  const run = (milliseconds) => {
    let done = 0;
    for (const end = performance.now() + milliseconds; performance.now() < end; ) done += batch();
    return done;
  };
  const before = run(warmup);
  const start = sample(pid);
  const operations = run(duration);
  printResult(operations, before + operations, start, sample(pid));
}

/** For programs that are driven by events: `count()` says how many operations were done. Resolves after the result. */
async function measureEvents({ pid, warmup, duration }, count) {
  const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  await sleep(warmup);
  const start = sample(pid);
  const before = count();
  await sleep(duration);
  const total = count();
  printResult(total - before, total, start, sample(pid));
}

/** The same with operations that are awaited one after the other. */
async function measureAwaited({ pid, warmup, duration }, operate) {
  const run = async (milliseconds) => {
    let done = 0;
    for (const end = performance.now() + milliseconds; performance.now() < end; ) done += await operate();
    return done;
  };
  const before = await run(warmup);
  const start = sample(pid);
  const operations = await run(duration);
  printResult(operations, before + operations, start, sample(pid));
}

/** `prepare` in turn with `burst`, which does some operations and returns how many: only what is inside of bursts counts. */
async function measureBursts({ pid, warmup, duration }, prepare, burst) {
  let [total, counted] = [0, 0];
  const inside = [0, 0, 0];
  const start = sample(pid);
  const warm = start[0] + warmup / 1e3;
  const end = warm + duration / 1e3;
  do {
    await prepare();
    const before = own();
    const done = await burst();
    const after = own();
    total += done;
    if (before[0] < warm) continue;
    counted += done;
    for (let at = 0; at < inside.length; at++) inside[at] += after[at] - before[at];
  } while (own()[0] < end || counted === 0);
  const [seconds, user, system] = inside;
  printResult(counted, total, start, sample(pid), { inside: { seconds, own: { user, system } } });
}

function printResult(operations, total, start, end, more = {}) {
  const [seconds, user, system, otherUser, otherSystem, machine] = end.map((value, at) => value - start[at]);
  const result = { operations, total, seconds, machine, own: { user, system }, ...more };
  console.log(JSON.stringify({ ...result, other: { user: otherUser, system: otherSystem } }));
}

module.exports = {
  makePattern,
  measureAwaited,
  measureBursts,
  measureCalls,
  measureEvents,
  parseOptions,
  period,
};
