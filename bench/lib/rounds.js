'use strict';
// Runs one row: starts its peers, checks that each gives the right bytes, then measures them in turn, round by round.
const { Missing } = require('./missing');
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
    for (const peer of row.peers) {
      const { name, title } = peer;
      results[name] = { title, status: 'measured', rounds: [] };
      if (settings.peers && !settings.peers.includes(name)) {
        Object.assign(results[name], { status: 'left-out', reason: 'not among --peers' });
        continue;
      }
      progress(`${row.name}: checking ${name}`);
      try {
        const subject = await row.start(peer, settings);
        started.push({ result: results[name], name, subject });
        await row.check(subject, settings);
      } catch (error) {
        giveUp(results[name], error);
      }
    }
    await measureRounds(row, settings, started, progress);
    if (row.systemCalls) await countSystemCalls(row, settings, started, progress);
  } finally {
    for (const { subject } of started) await subject.stop();
  }
  for (const result of Object.values(results)) if (result.status === 'measured') summarise(result, settings);
  const ratios = ratiosOf(row, results, settings);
  return { peers: results, ratios, floors: floorsOf(row, results, ratios) };
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
        result.rounds.push({ ...measured, disturbed: measured.busy?.others > othersLimit });
      } catch (error) {
        giveUp(result, error);
      }
    }
  }
}

/** In passes of their own, as counting slows calls down. */
async function countSystemCalls(row, settings, started, progress) {
  for (const { result, name, subject } of started.filter(({ result }) => result.status === 'measured')) {
    progress(`${row.name}: system calls of ${name}`);
    result.systemCalls = await row.systemCalls(subject, settings);
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
  const details = Object.keys(rounds[0].details ?? {});
  result.details = Object.fromEntries(details.map((name) => [name, over(({ details }) => details[name])]));
  if (rounds[0].cpu === undefined) return;
  result.cpu = {
    user: over(({ cpu, operations }) => (cpu.user / operations) * 1e6).median,
    system: over(({ cpu, operations }) => (cpu.system / operations) * 1e6).median,
    total: over(cpuPerOperation),
  };
  const busy = (who) => over(({ busy }) => busy[who]).median;
  result.busy = { peer: busy('peer'), client: busy('client'), others: busy('others') };
}

/** CPU µs */
function cpuPerOperation({ cpu, operations }) {
  return ((cpu.user + cpu.system) / operations) * 1e6;
}

/**
 * { [peer]: { [against]: { rounds, ratio, min, max, cpu } } }: medians of the ratios that single rounds gave, of the
 * value (with its extremes) and of CPU time per operation, over the rounds in which neither was disturbed; over all
 * rounds if there are too few of these.
 */
function ratiosOf(row, results, settings) {
  const ratios = {};
  const pairs = row.peers.flatMap(({ name: peer }) => row.baselines.map((against) => ({ peer, against })));
  const floors = row.floors.map(({ peer, against, above }) => ({ peer, against: against ?? above }));
  for (const { peer, against } of [...pairs, ...floors.filter(({ against }) => against)]) {
    const [one, other] = [results[peer], results[against]];
    if (one.status !== 'measured' || other.status !== 'measured') continue;
    const all = one.rounds.map((round, index) => [round, other.rounds[index]]);
    const quiet = all.filter(([a, b]) => !a.disturbed && !b.disturbed);
    const disturbed = quiet.length < Math.min(enough, settings.rounds);
    const rounds = disturbed ? all : quiet;
    const { median: ratio, min, max } = summary(rounds.map(([a, b]) => a.value / b.value));
    ratios[peer] ??= {};
    ratios[peer][against] = {
      rounds: rounds.length,
      disturbed,
      ratio,
      min,
      max,
      ...(one.cpu && {
        cpu: summary(rounds.map(([a, b]) => cpuPerOperation(a) / cpuPerOperation(b))).median,
      }),
      difference: summary(rounds.map(([a, b]) => a.value - b.value)),
    };
  }
  return ratios;
}

/**
 * The budgets with what was reached: the ratio to another peer (`against`), the difference (`above`), or a value of the
 * peer itself, which may be one of its details (`of`). `met` is null where a peer is missing or was disturbed too often.
 */
function floorsOf(row, results, ratios) {
  return row.floors.map((floor) => {
    const reached = reachedOf(floor, results, ratios);
    if (reached === undefined) return { ...floor, reached: null, met: null };
    const { median, min, max, disturbed } = reached;
    const good = floor.atLeast === undefined ? median <= floor.atMost : median >= floor.atLeast;
    return { ...floor, reached: median, min, max, met: disturbed ? null : good };
  });
}

function reachedOf({ peer, against, above, of }, results, ratios) {
  if (against !== undefined) {
    const ratio = ratios[peer]?.[against];
    return ratio && { ...ratio, median: ratio.ratio };
  }
  if (above !== undefined) {
    const ratio = ratios[peer]?.[above];
    return ratio && { ...ratio.difference, disturbed: ratio.disturbed };
  }
  const { value, details, disturbed } = results[peer];
  const summary = of === undefined ? value : details?.[of];
  return summary && { ...summary, disturbed };
}

module.exports = { runRow };
