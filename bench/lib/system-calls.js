'use strict';
// Counts system calls with `perf stat`, in two passes of different length, so that what a program does once cancels out.
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { firstLine } = require('./machine');

const event = 'raw_syscalls:sys_enter';
const durations = [150, 450];

/**
 * Resolves to `{ perOperation }` or `{ reason }`. `run(duration, wrap)` loads a subject for so many milliseconds, with the
 * command `wrap` in front of the program that loads it, and resolves to what that has printed; `pid` is the process whose
 * calls count, or null for the program's own.
 */
async function systemCalls(run, pid, scale = 1) {
  if (firstLine('perf', '--version') === null) return { reason: 'no perf' };
  const directory = mkdtempSync(path.join(tmpdir(), 'bench-'));
  try {
    const passes = [];
    for (const duration of durations) {
      const file = path.join(directory, String(duration));
      const process = pid === null ? [] : ['-p', String(pid)];
      const wrap = ['perf', 'stat', '-x', ',', '-o', file, '-e', event, ...process, '--'];
      const { total } = await run(duration, wrap);
      passes.push({ total: total / scale, calls: countIn(readFileSync(file, 'utf8')) });
    }
    const [short, long] = passes;
    if (long.total <= short.total) return { reason: 'the longer pass did no more than the shorter one' };
    return { perOperation: (long.calls - short.calls) / (long.total - short.total) };
  } catch (error) {
    return { reason: `perf: ${error.message}` };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function countIn(text) {
  const line = text.split('\n').find((line) => line.includes(event));
  const count = Number(line?.split(',')[0]);
  if (!Number.isInteger(count)) throw new Error(line ?? 'it counted nothing');
  return count;
}

module.exports = { systemCalls };
