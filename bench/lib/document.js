'use strict';
// Writes docs/performance.md and docs/charts/ from bench/results/.
const { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { root } = require('./build');
const { chart } = require('./chart');
const { machineLines } = require('./machine');
const { columns, floorText, verdict, warnings } = require('./report');

const charts = path.join(root, 'docs/charts');

/** `rows` in the order of the document; one that has no result in the folder `results` is named. */
function writeDocument(rows, results) {
  rmSync(charts, { recursive: true, force: true });
  mkdirSync(charts, { recursive: true });
  const measured = rows.flatMap(({ name }) => {
    const file = path.join(results, `${name}.json`);
    return existsSync(file) ? [JSON.parse(readFileSync(file, 'utf8'))] : [];
  });
  if (measured.length === 0) throw new Error('nothing in bench/results: run npm run bench first');
  const without = rows.filter(({ name }) => !measured.some((result) => result.name === name));
  const text = [
    ...head(measured),
    ...floors(measured),
    ...(without.length > 0 ? [`Not measured: ${without.map(({ name }) => name).join(', ')}.`, ''] : []),
    ...measured.flatMap(section),
  ];
  const file = path.join(root, 'docs/performance.md');
  writeFileSync(file, `${text.join('\n').trimEnd()}\n`);
  return file;
}

function head(results) {
  const machines = [...new Set(results.map(({ machine }) => machineLines(machine)[0]))];
  const versions = [
    ...new Set(results.map(({ machine: { node, cc } }) => `Node ${node.slice(1)}, ${cc ?? 'no C compiler'}`)),
  ];
  return [
    '# Performance',
    '',
    '<!-- Written by `npm run bench -- --document` from bench/results/: edit bench/lib/document.js. -->',
    '',
    'Measured by `npm run bench`; [bench/README.md](../bench/README.md) says how. All peers of a row were measured in turn in one run, and ratios are medians of the ratios in single rounds, so that they say more than the values, which are of this machine only:',
    '',
    ...machines.map((machine) => `- ${machine}`),
    ...versions.map((version) => `- ${version}`),
    '',
    'The load generator, or the server that a client talks to, ran on the same machine. CPU time is that of the peer alone, user and system; system calls are those of its process, per operation. In the charts hostsock is blue and native C grey.',
    '',
  ];
}

function floors(results) {
  const all = results.flatMap((result) => result.floors.map((floor) => ({ result, floor })));
  const count = (met) => all.filter(({ floor }) => floor.met === met).length;
  const open = count(null);
  return [
    '## Floors',
    '',
    `${count(true)} of ${all.length} are met, ${count(false)} missed${open > 0 ? `, ${open} without a verdict` : ''}.`,
    '',
    ...markdownTable(
      ['row', 'floor', 'reached (least–most)', ''],
      all.map(({ result, floor }) => {
        const said = verdict(floor);
        const at = said.lastIndexOf(', ');
        const [reached, word] =
          floor.reached === null ? ['–', said] : [said.slice(0, at), said.slice(at + 2)];
        const link = `[${result.name}](#${result.name})`;
        return [link, floorText(floor, result), reached, floor.met === false ? `**${word}**` : word];
      }),
    ),
    '',
  ];
}

function section(result) {
  const { name, title, peers, date, settings, machine } = result;
  const names = Object.keys(peers);
  const measured = names.filter((peer) => peers[peer].status === 'measured');
  const svg = chart(result);
  if (svg !== null) writeFileSync(path.join(charts, `${name}.svg`), svg);
  const shown = columns(result, result);
  const rows = measured.map((peer) =>
    shown.map(([, show], at) => (at === 0 ? `${peer}: ${peers[peer].title}` : show(peer))),
  );
  const absent = names
    .filter((peer) => !measured.includes(peer))
    .map((peer) => `- ${peer} (${peers[peer].title}): ${peers[peer].status}, ${peers[peer].reason}`);
  const uncounted = measured
    .filter((peer) => peers[peer].systemCalls?.reason)
    .map((peer) => `- system calls of ${peer} not counted: ${peers[peer].systemCalls.reason}`);
  const notes = [
    ...absent,
    ...uncounted,
    ...warnings(result, result, measured).map((warning) => `- ${warning}`),
  ];
  const { rounds, duration } = settings;
  return [
    `## ${name}`,
    '',
    `${title[0].toUpperCase()}${title.slice(1)}. ${date.slice(0, 10)}, commit ${machine.commit ?? 'unknown'}, ${rounds} rounds of ${duration} ms.`,
    '',
    ...(svg === null ? [] : [`![${title}](charts/${name}.svg)`, '']),
    ...(measured.length === 0
      ? []
      : [
          ...markdownTable(
            shown.map(([title]) => title),
            rows,
          ),
          '',
        ]),
    ...notes,
    ...(notes.length > 0 ? [''] : []),
  ];
}

function markdownTable(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '--:'))), ...rows.map(line)];
}

module.exports = { writeDocument };
