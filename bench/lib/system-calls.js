'use strict';
// Counts system calls with `perf stat`, in two passes of different length, so that what a program does once cancels out.
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { firstLine } = require('./machine');

const event = 'raw_syscalls:sys_enter';
/** Milliseconds: the short pass, and the long ones, of which another is made only where that did no more. */
const shortPass = 150;
const longPasses = [450, 1350];

/**
 * Resolves to `{ perOperation }` or `{ reason }`. `run(duration, wrap)` loads a subject for so many milliseconds, with the
 * command `wrap` in front of the program that loads it, and resolves to what that has printed; `pid` is the process whose
 * calls count, or null for the program's own.
 */
async function systemCalls(run, pid, scale = 1) {
  if (firstLine('perf', '--version') === null) return { reason: 'no perf' };
  const directory = mkdtempSync(path.join(tmpdir(), 'bench-'));
  try {
    const short = await pass(run, shortPass, pid, directory);
    for (const duration of longPasses) {
      const long = await pass(run, duration, pid, directory);
      const operations = (long.total - short.total) / scale;
      if (operations > 0) return { perOperation: (long.calls - short.calls) / operations };
    }
    return { reason: 'the longer passes did no more than the shorter one' };
  } catch (error) {
    return { reason: `perf: ${error.message}` };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function pass(run, duration, pid, directory) {
  const file = path.join(directory, String(duration));
  const whose = pid === null ? [] : ['-p', String(pid)];
  const { total } = await run(duration, ['perf', 'stat', '-x', ',', '-o', file, '-e', event, ...whose, '--']);
  return { total, calls: countIn(readFileSync(file, 'utf8')) };
}

function countIn(text) {
  const line = text.split('\n').find((line) => line.includes(event));
  const count = Number(line?.split(',')[0]);
  if (!Number.isInteger(count)) throw new Error(line ?? 'it counted nothing');
  return count;
}

module.exports = { systemCalls };
