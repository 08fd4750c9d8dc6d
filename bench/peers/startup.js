'use strict';
// startup.js MODULE: what loading it takes, as JSON: milliseconds, threads and resident bytes more than before;
// and the CPU time of the whole process.
const { readdirSync } = require('node:fs');

const [, , name] = process.argv;
const state = () => ({ threads: readdirSync('/proc/self/task').length, resident: process.memoryUsage.rss() });

const before = state();
const start = performance.now();
const loaded = require(name);
const milliseconds = performance.now() - start;
const after = state();
if (Object.keys(loaded).length === 0) throw new Error(`${name} exports nothing`);
console.log(
  JSON.stringify({
    milliseconds,
    threads: after.threads - before.threads,
    resident: after.resident - before.resident,
    own: process.cpuUsage(),
  }),
);
