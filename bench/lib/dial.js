'use strict';
// Has load/dialer.c make connections, and waits for it without turning the event loop.
const { openSync, readSync, writeSync } = require('node:fs');

let pipes;

/** `requests` and `answers` are the paths of the dialer's pipes. */
function dial(requests, answers, port, count) {
  pipes ??= { requests: openSync(requests, 'r+'), answers: openSync(answers, 'r+') };
  writeSync(pipes.requests, `${port} ${count}\n`);
  if (readSync(pipes.answers, Buffer.alloc(1)) !== 1) throw new Error('the dialer has ended');
}

module.exports = { dial };
