'use strict';
// The row's result as lines for the terminal.

const busyLimit = 0.85;
const steady = 1.25;

function reportLines(row, result) {
  const measured = row.peers.filter((name) => result.peers[name].status === 'measured');
  const lines =
    measured.length > 0
      ? table(
          header(row),
          measured.map((name) => line(row, result, name)),
        )
      : [];
  for (const name of row.peers) {
    const { status, reason, title } = result.peers[name];
    if (status === 'missing' || status === 'failed') lines.push(`${status}: ${name} (${title}): ${reason}`);
  }
  for (const floor of result.floors) {
    lines.push(`floor: ${floor.peer} at least ${floor.atLeast} × ${floor.against}: ${verdict(floor)}`);
  }
  lines.push(...warnings(row, result, measured));
  return lines;
}

function verdict({ ratio, min, max, met }) {
  if (ratio === null) return 'not measured';
  const word = met === null ? 'no verdict, disturbed' : met ? 'met' : 'BELOW';
  return `${ratio.toFixed(2)} × (${min.toFixed(2)}–${max.toFixed(2)}), ${word}`;
}

function header(row) {
  return [
    'peer',
    `${row.unit}, median`,
    'min–max',
    ...row.baselines.map((name) => `× ${name}`),
    'CPU µs/op',
    `CPU × ${row.baselines[0]}`,
    'user + system',
    'peer busy',
    'client busy',
    'others',
    'rounds',
  ];
}

function line(row, { peers, ratios }, name) {
  const { value, cpu, busy, counted, rounds } = peers[name];
  const ratio = (against) => ratios[name]?.[against]?.ratio.toFixed(2) ?? '–';
  return [
    name,
    thousands(value.median),
    `${thousands(value.min)}–${thousands(value.max)}`,
    ...row.baselines.map(ratio),
    cpu.total.median.toFixed(2),
    ratios[name]?.[row.baselines[0]]?.cpu.toFixed(2) ?? '–',
    `${cpu.user.toFixed(2)} + ${cpu.system.toFixed(2)}`,
    percent(busy.peer),
    percent(busy.client),
    percent(busy.others),
    `${counted} of ${rounds.length}`,
  ];
}

function warnings(row, { peers }, measured) {
  const lines = [];
  for (const name of row.baselines.slice(0, 1).filter((name) => measured.includes(name))) {
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
  const idle = measured.filter((name) => peers[name].busy.peer < busyLimit && !peers[name].disturbed);
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

function thousands(value) {
  return Math.round(value).toLocaleString('en-US').replaceAll(',', ' ');
}

function percent(share) {
  return `${Math.round(share * 100)} %`;
}

module.exports = { reportLines };
