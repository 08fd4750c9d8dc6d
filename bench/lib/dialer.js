'use strict';
// load/dialer.c with its pipes, which end with the bench.
const { execFileSync } = require('node:child_process');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { buildNative } = require('./build');

/** The command of a dialer; `command.options` are those of the programs that use it. */
function dialer() {
  const directory = mkdtempSync(path.join(tmpdir(), 'bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const options = { requests: path.join(directory, 'requests'), answers: path.join(directory, 'answers') };
  const pipes = Object.values(options);
  execFileSync('mkfifo', pipes);
  const command = [
    buildNative('load/dialer.c'),
    '--requests',
    options.requests,
    '--answers',
    options.answers,
  ];
  return Object.assign(command, { options });
}

module.exports = { dialer };
