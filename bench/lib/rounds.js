'use strict';
// Runs one row: starts its peers, checks that each gives the right bytes, then measures them in turn, round by round.
const { cpus } = require('node:os');
const { Missing } = require('./missing');
const { peers } = require('./peers');
const { summary } = require('./stats');

/** A measurement is disturbed when other processes took more than this share of the machine. */
const othersLimit = 0.1;
/** Statistics want this many undisturbed measurements of a peer; with fewer they take the disturbed ones too. */
const enough = 5;

/**
 * Resolves to { peers: { [name]: { title, status, reason?, rounds?, … } }, ratios, floors }. A peer's `status` is
 * 'measured', 'missing' (not installed or not built), 'failed' (it did not start, gave wrong bytes, hung or ended) or
 * 'left-out' (not among --peers).
 */
async function runRow(row, settings, progress) {
  const results = {};
  const started = [];
  try {
    for (const name of row.peers) {
      results[name] = { title: peers[name].title, status: 'measured', rounds: [] };
      if (settings.peers && !settings.peers.includes(name)) {
        Object.assign(results[name], { status: 'left-out', reason: 'not among --peers' });
        continue;
      }
      progress(`${row.name}: checking ${name}`);
      try {
        const subject = await row.start(peers[name].command(), settings);
        started.push({ result: results[name], name, subject });
        await row.check(subject, settings);
      } catch (error) {
        giveUp(results[name], error);
      }
    }
    await measureRounds(row, settings, started, progress);
  } finally {
    for (const { subject } of started) await subject.stop();
  }
  for (const result of Object.values(results)) if (result.status === 'measured') summarise(result, settings);
  const ratios = ratiosOf(row, results, settings);
  return { peers: results, ratios, floors: floorsOf(row, ratios) };
}

/** Goes round by round, and up to as many rounds again while peers lack undisturbed ones. */
async function measureRounds(row, settings, started, progress) {
  const running = () => started.filter(({ result }) => result.status === 'measured');
  const lacking = () => running().some(({ result }) => undisturbed(result).length < settings.rounds);
  for (let round = 1; round <= 2 * settings.rounds && lacking(); round++) {
    for (const { result, name, subject } of running()) {
      progress(`${row.name}: round ${round} of ${Math.max(round, settings.rounds)}: ${name}`);
      try {
        const measured = await row.measure(subject, settings);
        if (measured.operations === 0) throw new Error('not one operation in the measured time');
        const others = othersShare(measured);
        result.rounds.push({ ...measured, others, disturbed: others > othersLimit });
      } catch (error) {
        giveUp(result, error);
      }
    }
  }
}

function undisturbed(result) {
  return result.rounds.filter(({ disturbed }) => !disturbed);
}

function giveUp(result, error) {
  result.status = error instanceof Missing ? 'missing' : 'failed';
  result.reason = error.message;
}

/** Adds, over the rounds: the value's median and spread, CPU µs per operation, and how busy client and others were. */
function summarise(result, settings) {
  const quiet = undisturbed(result);
  result.disturbed = quiet.length < Math.min(enough, settings.rounds);
  const rounds = result.disturbed ? result.rounds : quiet;
  const over = (value) => summary(rounds.map(value));
  result.counted = rounds.length;
  result.value = over(({ value }) => value);
  result.cpu = {
    user: over(({ cpu, operations }) => (cpu.user / operations) * 1e6).median,
    system: over(({ cpu, operations }) => (cpu.system / operations) * 1e6).median,
    total: over(cpuPerOperation),
  };
  result.busy = {
    peer: over(({ cpu, seconds }) => (cpu.user + cpu.system) / seconds).median,
    client: over(({ clientCpu, seconds }) => (clientCpu.user + clientCpu.system) / seconds).median,
    others: over(({ others }) => others).median,
  };
}

/** CPU µs */
function cpuPerOperation({ cpu, operations }) {
  return ((cpu.user + cpu.system) / operations) * 1e6;
}

/** What other processes took, as a share of the machine. */
function othersShare({ cpu, clientCpu, machineCpu, seconds }) {
  const ours = cpu.user + cpu.system + clientCpu.user + clientCpu.system;
  return Math.max(0, machineCpu - ours) / (seconds * cpus().length);
}

/**
 * { [peer]: { [against]: { rounds, ratio, min, max, cpu } } }: medians of the ratios that single rounds gave, of the
 * value (with its extremes) and of CPU time per operation, over the rounds in which neither was disturbed; over all
 * rounds if there are too few of these.
 */
function ratiosOf(row, results, settings) {
  const ratios = {};
  const pairs = row.peers.flatMap((peer) => row.baselines.map((against) => ({ peer, against })));
  for (const { peer, against } of [...pairs, ...row.floors]) {
    const [one, other] = [results[peer], results[against]];
    if (one.status !== 'measured' || other.status !== 'measured') continue;
    const all = one.rounds.map((round, index) => [round, other.rounds[index]]);
    const quiet = all.filter(([a, b]) => !a.disturbed && !b.disturbed);
    const disturbed = quiet.length < Math.min(enough, settings.rounds);
    const rounds = disturbed ? all : quiet;
    const { median: ratio, min, max } = summary(rounds.map(([a, b]) => a.value / b.value));
    const cpu = summary(rounds.map(([a, b]) => cpuPerOperation(a) / cpuPerOperation(b))).median;
    ratios[peer] ??= {};
    ratios[peer][against] = { rounds: rounds.length, disturbed, ratio, min, max, cpu };
  }
  return ratios;
}

/** The budgets with what was reached; `met` is null where a peer is missing or was disturbed too often. */
function floorsOf(row, ratios) {
  return row.floors.map(({ peer, against, atLeast }) => {
    const reached = ratios[peer]?.[against];
    if (reached === undefined) return { peer, against, atLeast, ratio: null, met: null };
    const { ratio, min, max, disturbed } = reached;
    return { peer, against, atLeast, ratio, min, max, met: disturbed ? null : ratio >= atLeast };
  });
}

module.exports = { runRow };
