'use strict';
// Reads what callgrind and strace say of a program whose parts begin with getppid.
const { readFileSync } = require('node:fs');

/** `[{ addon, total }]`: instructions of each part, from `count` files that begin with `output`. */
function instructionsOf(output, count, addon) {
  const parts = [];
  for (let at = 1; at < count; at++) parts.push(sumUp(readFileSync(`${output}.${at}`, 'utf8'), addon));
  // What is left when the program ends.
  parts.push(sumUp(readFileSync(output, 'utf8'), addon));
  return parts;
}

function sumUp(text, addon) {
  const objects = new Map();
  let inAddon = false;
  let inclusive = false;
  const sums = { addon: 0, total: 0 };
  for (const line of text.split('\n')) {
    const object = /^c?ob=\((\d+)\)(?: (.*))?$/.exec(line);
    if (object) {
      const [, id, name] = object;
      if (name !== undefined) objects.set(id, name);
      if (line.startsWith('ob=')) inAddon = objects.get(id) === addon;
    } else if (line.startsWith('calls=')) {
      // The next line has what was called in it, which is counted where it stands itself.
      inclusive = true;
    } else if (/^[\d+*-]/.test(line)) {
      const cost = Number(line.split(' ')[1]);
      if (!inclusive) {
        sums.total += cost;
        if (inAddon) sums.addon += cost;
      }
      inclusive = false;
    }
  }
  return sums;
}

/** V8's own, at times of its choice. */
const memory = new Set(['brk', 'madvise', 'mmap', 'mprotect', 'munmap', 'mremap']);

/** `[{ name: count }]` of each part, in the first thread. */
function callsOf(trace) {
  const parts = [{}];
  const first = trace.slice(0, trace.indexOf(' '));
  for (const line of trace.split('\n')) {
    const [, thread, name] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (thread !== first || memory.has(name)) continue;
    if (name === 'getppid') {
      parts.push({});
      continue;
    }
    const part = parts.at(-1);
    part[name] = (part[name] ?? 0) + 1;
  }
  return parts;
}

module.exports = { callsOf, instructionsOf };
