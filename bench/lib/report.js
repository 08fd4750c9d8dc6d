'use strict';
// The row's result as lines for the terminal.

const busyLimit = 0.85;
const steady = 1.25;

function reportLines(row, result) {
  const names = Object.keys(result.peers);
  const measured = names.filter((name) => result.peers[name].status === 'measured');
  const shown = columns(row, result);
  const lines =
    measured.length > 0
      ? table(
          shown.map(([title]) => title),
          measured.map((name) => shown.map(([, show]) => show(name))),
        )
      : [];
  for (const name of names) {
    const { status, reason, title } = result.peers[name];
    if (status === 'missing' || status === 'failed') lines.push(`${status}: ${name} (${title}): ${reason}`);
  }
  for (const name of measured) {
    const reason = result.peers[name].systemCalls?.reason;
    if (reason) lines.push(`system calls of ${name} not counted: ${reason}`);
  }
  for (const floor of result.floors) lines.push(`floor: ${floorText(floor, row)}: ${verdict(floor)}`);
  lines.push(...warnings(row, result, measured));
  return lines;
}

function floorText({ peer, against, above, of, atLeast, atMost }, { unit }) {
  const bound = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  if (against !== undefined) return `${peer} ${bound} × ${against}`;
  if (above !== undefined) return `${peer} ${bound} ${unit} above ${above}`;
  return of === undefined ? `${peer} ${bound} ${unit}` : `${peer}: ${of} ${bound}`;
}

function verdict({ reached, min, max, met, against }) {
  if (reached === null) return 'not measured';
  const word = met === null ? 'no verdict (disturbed)' : met ? 'met' : 'MISSED';
  const sign = against === undefined ? '' : ' ×';
  return `${amount(reached)}${sign} (${amount(min)}–${amount(max)}), ${word}`;
}

/** The columns of a row's table: titles, and what stands there for a peer. Those of CPU time only where it was taken. */
function columns({ baselines, unit, operation = 'op' }, result) {
  const peer = (show) => (name) => show(result.peers[name]);
  const ratio = (name, against) => result.ratios[name]?.[against];
  const timed = Object.values(result.peers).some(({ cpu }) => cpu);
  return [
    ['peer', (name) => name],
    [`${unit}, median`, peer(({ value }) => amount(value.median))],
    ['min–max', peer(({ value }) => `${amount(value.min)}–${amount(value.max)}`)],
    ...baselines.map((against) => [`× ${against}`, (name) => fixed(ratio(name, against)?.ratio)]),
    ...detailNames(result).map((detail) => [
      detail,
      peer(({ details }) => amount(details?.[detail]?.median)),
    ]),
    ...(timed
      ? [
          [`CPU µs/${operation}`, peer(({ cpu }) => fixed(cpu.total.median))],
          [`CPU × ${baselines[0]}`, (name) => fixed(ratio(name, baselines[0])?.cpu)],
          ['user + system', peer(({ cpu }) => `${fixed(cpu.user)} + ${fixed(cpu.system)}`)],
          [`system calls/${operation}`, peer(({ systemCalls }) => fixed(systemCalls?.perOperation))],
          ['peer busy', peer(({ busy }) => percent(busy.peer))],
          ['client busy', peer(({ busy }) => percent(busy.client))],
          ['others', peer(({ busy }) => percent(busy.others))],
        ]
      : []),
    ['rounds', peer(({ counted, rounds }) => `${counted} of ${rounds.length}`)],
  ];
}

function detailNames(result) {
  return [...new Set(Object.values(result.peers).flatMap(({ details = {} }) => Object.keys(details)))];
}

function warnings(row, { peers }, measured) {
  const lines = [];
  for (const name of row.baselines.slice(0, 1).filter((name) => measured.includes(name))) {
    if (!peers[name].cpu) continue;
    const { min, max } = peers[name].cpu.total;
    if (max > steady * min) {
      lines.push(
        `uneven machine: ${name} took ${min.toFixed(1)} to ${max.toFixed(1)} µs of CPU per operation; compare ratios, not values`,
      );
    }
  }
  const disturbed = measured.filter((name) => peers[name].disturbed);
  if (disturbed.length > 0) {
    lines.push(
      `disturbed by other processes in most rounds: ${disturbed.join(', ')}; run again when it is quiet`,
    );
  }
  const timed = measured.filter((name) => peers[name].cpu);
  const idle = timed.filter((name) => peers[name].busy.peer < busyLimit && !peers[name].disturbed);
  const bound = idle.filter((name) => peers[name].busy.client > busyLimit);
  if (bound.length > 0) {
    lines.push(
      `client-bound: the load generator was the limit for ${bound.join(', ')}; compare CPU per operation`,
    );
  }
  const alternating = idle.filter(
    (name) => Math.abs(peers[name].busy.peer + peers[name].busy.client - 1) < 0.1,
  );
  if (alternating.length > 0) {
    lines.push(
      `took turns with the load generator on one core: ${alternating.join(', ')}; compare CPU per operation, or use --pin`,
    );
  }
  return lines;
}

/** First column to the left, the others to the right. */
function table(head, rows) {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  '),
  );
}

/** Large numbers in groups of three, small ones with as many places as say something. */
function amount(value) {
  if (value === undefined) return '–';
  const size = Math.abs(value);
  if (size < 100) return String(Number(value.toFixed(2)));
  return Math.round(value).toLocaleString('en-US').replaceAll(',', ' ');
}

function fixed(value) {
  return value === undefined ? '–' : value.toFixed(2);
}

function percent(share) {
  return `${Math.round(share * 100)} %`;
}

module.exports = { amount, columns, floorText, reportLines, table, verdict, warnings };
