'use strict';

// `npx hostsock`: what it prints, where, and how it ends.

const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { describe, test } = require('node:test');
const { Socket, optionTable } = require('../index.js');
const { need } = require('./support/requirements.js');
const { ROOT, soon } = require('./support/sockets.js');
const { version } = require('../package.json');

const CLI = path.join(ROOT, 'bin/hostsock.js');

function run(...args) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    encoding: 'utf8',
  });
  return { status, signal, stdout, stderr };
}

/** What must end well and say nothing on standard error. */
function output(...args) {
  const { stdout, ...rest } = run(...args);
  assert.deepEqual(rest, { status: 0, signal: null, stderr: '' });
  return stdout;
}

test('it can be run as it is', { skip: process.platform === 'win32' && 'needs Unix' }, () => {
  fs.accessSync(CLI, fs.constants.X_OK);
  const { status, stdout } = spawnSync(CLI, ['--version'], { encoding: 'utf8' });
  assert.deepEqual({ status, stdout }, { status: 0, stdout: `${version}\n` });
});

test('--version and --help', () => {
  for (const flag of ['--version', '-v']) assert.equal(output(flag), `${version}\n`);
  for (const flag of ['--help', '-h', 'help'])
    assert.match(output(flag), /^Usage: hostsock <command> [\s\S]*\n {2}options /);
  for (const flag of ['--help', '-h']) assert.match(output('options', flag), /^Usage: hostsock options /);
});

describe('mistakes', () => {
  for (const [args, message, usage] of [
    [[], /^hostsock: a command is missing$/m, 'Usage: hostsock <command>'],
    [['option'], /^hostsock: unknown command option$/m, 'Usage: hostsock <command>'],
    [['toString'], /^hostsock: unknown command toString$/m, 'Usage: hostsock <command>'],
    [['--json'], /^hostsock: unknown option --json$/m, 'Usage: hostsock <command>'],
    [['options', '--jsn'], /^hostsock: .*--jsn/m, 'Usage: hostsock options'],
    [['options', '--json=yes'], /^hostsock: .*--json/m, 'Usage: hostsock options'],
    [['options', '--family'], /^hostsock: .*--family/m, 'Usage: hostsock options'],
    [
      ['options', '--family', 'ipv4'],
      /^hostsock: --family must be one of IPv4, IPv6, unix$/m,
      'Usage: hostsock options',
    ],
    [['options', '--type', 'tcp'], /^hostsock: --type must be one of stream,/m, 'Usage: hostsock options'],
  ]) {
    test(`hostsock ${args.join(' ')}`, () => {
      const { status, stdout, stderr } = run(...args);
      assert.equal(status, 2);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.ok(stderr.includes(usage), stderr);
    });
  }

  test('options that are not there', () => {
    assert.deepEqual(run('options', 'TCP_NODELEY'), {
      ...{ status: 1, signal: null, stdout: '', stderr: 'hostsock: no option TCP_NODELEY is known\n' },
    });
    assert.match(run('options', 'tcp_nodelay').stderr, /did you mean TCP_NODELAY\?/);
    const elsewhere = optionTable.find(({ number }) => number === undefined);
    const { status, stderr } = run('options', elsewhere.name);
    assert.equal(status, 1);
    assert.match(
      stderr,
      new RegExp(`does not have ${elsewhere.name}: only ${Object.keys(elsewhere.platforms)[0]}`),
    );
  });
});

describe('options', () => {
  const here = optionTable.filter(({ number, level }) => number !== undefined && level !== undefined);

  test('prints a line for each option of this host', () => {
    const [header, ...lines] = output('options').split('\n').slice(0, -1);
    assert.match(header, /^NAME +LEVEL +NUMBER +TYPE +DEFAULT +SET +UNIT +MEANING$/);
    assert.deepEqual(
      lines.map((line) => line.split(' ')[0]),
      here.map(({ name }) => name),
    );
    const columns = ['LEVEL', 'NUMBER', 'TYPE', 'DEFAULT', 'SET', 'UNIT', 'MEANING'].map((it) =>
      header.indexOf(it),
    );
    for (const [index, line] of lines.entries()) {
      const row = here[index];
      const cell = (column) => line.slice(columns[column], columns[column + 1]).trim();
      assert.equal(cell(0), row.levelName);
      assert.equal(cell(1), String(row.number));
      assert.equal(cell(2), row.kind);
      assert.equal(cell(4), row.direction === 'get' ? 'no' : 'yes');
      assert.equal(cell(5), row.unit || '-');
      assert.ok(cell(6).startsWith(row.meaning));
      for (const column of columns) assert.equal(line.slice(column - 2, column), '  ', line);
    }
  });

  test('prints the options that are named, in this order', () => {
    const lines = output('options', 'TCP_NODELAY', 'SO_REUSEADDR').split('\n').slice(1, -1);
    assert.match(lines[0], /^TCP_NODELAY +IPPROTO_TCP +1 +bool +false +yes +- +Send small/);
    assert.match(lines[1], /^SO_REUSEADDR +SOL_SOCKET +\d+ +bool +false +yes +- +Bind/);
    assert.equal(lines.length, 2);
  });

  test('--json tells all, with the defaults of fresh sockets', () => {
    const rows = JSON.parse(output('options', '--json'));
    assert.deepEqual(
      rows.map(({ name }) => name),
      here.map(({ name }) => name),
    );
    let read = 0;
    for (const [index, row] of rows.entries()) {
      const { levelName, level, number, kind, direction, meaning } = here[index];
      assert.deepEqual(
        {
          ...row,
          ...{
            default: 0,
            socket: 0,
            error: 0,
            unit: 0,
            man: 0,
            aliasOf: 0,
            gives: 0,
            takes: 0,
            platforms: 0,
          },
        },
        {
          ...{ name: row.name, level: levelName, levelNumber: level, number, type: kind, direction, meaning },
          ...{ settable: direction !== 'get', default: 0, socket: 0, error: 0, unit: 0, man: 0 },
          ...{ aliasOf: 0, gives: 0, takes: 0, platforms: 0 },
        },
      );
      // A value, or why there is none; nothing for those that cannot be read.
      const unread = direction === 'set' || row.name === 'SO_PEERPIDFD';
      assert.equal('default' in row || 'error' in row, !unread, row.name);
      assert.equal('default' in row, 'socket' in row, row.name);
      if ('default' in row) read++;
    }
    assert.ok(process.platform !== 'linux' || read > 150, `${read} defaults`);
    const nodelay = rows.find(({ name }) => name === 'TCP_NODELAY');
    assert.deepEqual(
      [nodelay.default, nodelay.socket, nodelay.platforms],
      [false, 'IPv4 stream', here.find(({ name }) => name === 'TCP_NODELAY').platforms],
    );
  });

  test('--family and --type choose the socket', (t) => {
    const socket = new Socket({ family: 'IPv6', type: 'datagram' });
    t.after(() => socket.close());
    const rows = JSON.parse(output('options', '--json', '--family', 'IPv6', '-t', 'datagram'));
    const row = (name) => rows.find((row) => row.name === name);
    assert.equal(row('SO_RCVBUF').default, socket.getOption('SO_RCVBUF'));
    assert.equal(row('IPV6_UNICAST_HOPS').default, socket.getOption('IPV6_UNICAST_HOPS'));
    assert.deepEqual(
      [row('TCP_NODELAY').default, row('TCP_NODELAY').error],
      [undefined, socketError(socket, 'TCP_NODELAY')],
    );
    assert.deepEqual(new Set(rows.map(({ socket }) => socket)), new Set([undefined, 'IPv6 datagram']));
  });

  function socketError(socket, name) {
    try {
      socket.getOption(name);
    } catch (error) {
      return error.code;
    }
    return undefined;
  }

  test('a socket that may not be opened is told', { skip: need('root') }, () => {
    const { status, stderr } = spawnSync(process.execPath, [CLI, 'options', '--type', 'raw', 'SO_TYPE'], {
      ...{ encoding: 'utf8', uid: 65534, gid: 65534 },
    });
    assert.equal(status, 1);
    assert.match(stderr, /^hostsock: no IPv4 raw socket: socket (EPERM|EACCES)$/m);
  });

  test('lines are cut to the terminal', {
    skip: process.platform !== 'linux' ? 'needs Linux' : need('script'),
  }, () => {
    for (const width of [80, 40]) {
      // Deno would ask at the terminal what the program may do.
      const runtime = `'${process.execPath}' ${process.versions.deno ? 'run --allow-all' : ''}`;
      const command = `stty cols ${width}; ${runtime} '${CLI}' options`;
      const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' });
      const lines = stdout.split('\r\n').slice(0, -1);
      assert.equal(lines.length, here.length + 1);
      assert.equal(Math.max(...lines.map((line) => [...line].length)), width);
      assert.match(lines[1], /^SO_.*…$/);
    }
  });

  test('a reader that leaves early is no error', async () => {
    const child = spawn(process.execPath, [CLI, 'options', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const [status, signal] = await soon(
      new Promise((resolve) => child.on('close', (...how) => resolve(how))),
      'the end of hostsock',
    );
    assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' });
  });

  test('it leaves no descriptor open', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
    const script = `
      const fs = require('node:fs');
      const open = () => fs.readdirSync('/proc/self/fd').length;
      const write = process.stdout.write;
      process.stdout.write = () => true;
      const before = open();
      process.argv = [process.argv[0], 'hostsock', 'options'];
      require(${JSON.stringify(CLI)});
      setImmediate(() => write.call(process.stdout, String(open() - before)));
    `;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    assert.deepEqual({ stdout, stderr }, { stdout: '0', stderr: '' });
  });
});
