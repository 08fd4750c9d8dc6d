#!/usr/bin/env node
'use strict';

// `npx hostsock <command>`. A command is a function of its arguments; what it returns, if anything, is a promise.

const util = require('node:util');

const commands = {
  options: { summary: 'the socket options of this host, with their defaults', run: runOptions },
  'emcc-flags': { summary: 'flags for emcc that link a program with host sockets', run: runEmccFlags },
  doctor: { summary: 'versions, limits, and whether sockets work here', run: runDoctor },
};

const USAGE = `Usage: hostsock <command> [arguments]

Commands:
${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`)
  .join('\n')}

  hostsock <command> --help
  hostsock --version
`;

const OPTIONS_USAGE = `Usage: hostsock options [--json] [--family IPv4|IPv6|unix] [--type stream|datagram|seqpacket|raw] [NAME...]

Prints the options that this host has, or only those named, with the value that each has on a fresh socket:
the kind of socket that was chosen, or else the first kind that has the option.

  --json         all that is known about each option, as JSON: bytes in hexadecimal, numbers above 2^53 - 1 in quotes
  --family, -f   IPv4 (default), IPv6, unix
  --type, -t     stream (default), datagram, seqpacket, raw
`;

const EMCC_FLAGS_USAGE = `Usage: emcc app.c $(hostsock emcc-flags) -o app.js

Prints the flags that link an Emscripten program with host sockets.

  --compile   only those for compiling (emcc -c): headers that older versions lack
  --link      only those for linking
`;

/** A mistake in the command line: told with the usage, exit 2. */
class UsageError extends Error {
  constructor(message, usage = USAGE) {
    super(message);
    this.usage = usage;
  }
}

/** Something that is not there: exit 1. */
class Failure extends Error {}

function main([command, ...rest]) {
  if (command === '--help' || command === '-h' || command === 'help') return print(USAGE);
  if (command === '--version' || command === '-v') return print(`${require('../package.json').version}\n`);
  if (command === undefined) throw new UsageError('a command is missing');
  if (command.startsWith('-')) throw new UsageError(`unknown option ${command}`);
  if (!Object.hasOwn(commands, command)) throw new UsageError(`unknown command ${command}`);
  return commands[command].run(rest);
}

function print(text) {
  process.stdout.write(text);
}

/** The arguments of a command that takes these flags. */
function parse(args, flags, usage) {
  try {
    return util.parseArgs({ args, options: flags, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message.split('. ')[0], usage);
  }
}

const EMCC_FLAGS = {
  compile: { type: 'boolean', default: false },
  link: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

function runEmccFlags(args) {
  const { values, positionals } = parse(args, EMCC_FLAGS, EMCC_FLAGS_USAGE);
  if (values.help) return print(EMCC_FLAGS_USAGE);
  if (positionals.length > 0) throw new UsageError(`unknown argument ${positionals[0]}`, EMCC_FLAGS_USAGE);
  const { emccFlags } = require('../emscripten/flags.js');
  const both = values.compile === values.link;
  print(`${emccFlags(both ? {} : values).join(' ')}\n`);
}

async function runDoctor(args) {
  const usage = 'Usage: hostsock doctor\n';
  const { values, positionals } = parse(args, { help: { type: 'boolean', short: 'h' } }, usage);
  if (values.help) return print(usage);
  if (positionals.length > 0) throw new UsageError(`unknown argument ${positionals[0]}`, usage);
  const { doctor } = require('../lib/doctor.js');
  if (!(await doctor(print))) throw new Failure('the self-test has failed');
}

const OPTIONS_FLAGS = {
  json: { type: 'boolean', default: false },
  family: { type: 'string', short: 'f' },
  type: { type: 'string', short: 't' },
  help: { type: 'boolean', short: 'h', default: false },
};
const FAMILIES = ['IPv4', 'IPv6', 'unix'];
const TYPES = ['stream', 'datagram', 'seqpacket', 'raw'];

/** Kinds of sockets, most usual first. */
const KINDS = [
  { family: 'IPv4', type: 'stream' },
  { family: 'IPv4', type: 'datagram' },
  { family: 'IPv6', type: 'stream' },
  { family: 'IPv6', type: 'datagram' },
  { family: 'unix', type: 'stream' },
  { family: 'IPv4', type: 'raw' },
  { family: 'IPv6', type: 'raw' },
];
/** ICMP: a raw socket must say what it wants. */
const RAW_PROTOCOLS = { IPv4: 1, IPv6: 58 };

function runOptions(args) {
  const { values, positionals: names } = parse(args, OPTIONS_FLAGS, OPTIONS_USAGE);
  if (values.help) return print(OPTIONS_USAGE);
  const { family, type } = values;
  if (family !== undefined && !FAMILIES.includes(family)) {
    throw new UsageError(`--family must be one of ${FAMILIES.join(', ')}`, OPTIONS_USAGE);
  }
  if (type !== undefined && !TYPES.includes(type)) {
    throw new UsageError(`--type must be one of ${TYPES.join(', ')}`, OPTIONS_USAGE);
  }
  const chosen = family !== undefined || type !== undefined;
  const kinds = chosen ? [{ family: family ?? 'IPv4', type: type ?? 'stream' }] : KINDS;

  const { Socket, optionTable } = require('../index.js');
  const rows = names.length === 0 ? optionTable.filter(isHere) : names.map((name) => row(optionTable, name));
  const sockets = openAll(Socket, kinds, chosen);
  try {
    const described = rows.map((row) => ({ ...row, ...defaultOf(row, sockets) }));
    if (values.json) print(`${JSON.stringify(described.map(toJson), undefined, 2)}\n`);
    else print(table(described, process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY));
  } finally {
    for (const { socket } of sockets) socket.close();
  }
}

function isHere({ number, level }) {
  return number !== undefined && level !== undefined;
}

/** The row of this name. */
function row(table, name) {
  const found = table.find((row) => row.name === name);
  if (found === undefined) {
    const near = table.find((row) => row.name === name.toUpperCase())?.name;
    throw new Failure(`no option ${name} is known${near ? `: did you mean ${near}?` : ''}`);
  }
  if (!isHere(found)) {
    throw new Failure(`this host does not have ${name}: only ${Object.keys(found.platforms).join(', ')}`);
  }
  return found;
}

/** A fresh socket of each kind that this process may open; one that was asked for must open. */
function openAll(Socket, kinds, required) {
  const opened = [];
  for (const kind of kinds) {
    const protocol = kind.type === 'raw' ? RAW_PROTOCOLS[kind.family] : undefined;
    const description = `${kind.family} ${kind.type}`;
    try {
      opened.push({ description, socket: new Socket({ ...kind, protocol }) });
    } catch (error) {
      if (required) throw new Failure(`no ${description} socket: ${error.message}`);
    }
  }
  return opened;
}

/** What a fresh socket has: `{ default, socket }`, or `{ error }` with the code of the kernel's. */
function defaultOf({ name, direction }, sockets) {
  // It opens a descriptor of the peer's process.
  if (direction === 'set' || name === 'SO_PEERPIDFD') return {};
  const errors = [];
  for (const { socket, description } of sockets) {
    try {
      return { default: socket.getOption(name), socket: description };
    } catch (error) {
      if (error.syscall === undefined) throw error;
      errors.push(error.code);
    }
  }
  // Where a socket has the option but not now, that says more than that others lack it.
  return { error: errors.find((code) => code !== 'ENOPROTOOPT' && code !== 'EOPNOTSUPP') ?? errors[0] };
}

function toJson({ levelName, level, number, kind, direction, default: value, ...row }) {
  return {
    name: row.name,
    level: levelName,
    levelNumber: level,
    number,
    type: kind,
    direction,
    settable: direction !== 'get',
    default: value === undefined ? undefined : plain(value),
    socket: row.socket,
    error: row.error,
    unit: row.unit || undefined,
    meaning: row.meaning,
    man: row.man,
    aliasOf: row.aliasOf,
    gives: row.gives,
    takes: row.takes,
    platforms: row.platforms,
  };
}

/** A value without what JSON lacks. */
function plain(value) {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** As many characters of a default as the table has room for. */
const DEFAULT_WIDTH = 26;

function table(rows, width) {
  const cells = rows.map((row) => [
    row.name,
    row.levelName,
    String(row.number),
    row.kind,
    cut(shown(row), DEFAULT_WIDTH),
    row.direction === 'get' ? 'no' : 'yes',
    row.unit || '-',
    row.aliasOf ? `${row.meaning} (= ${row.aliasOf})` : row.meaning,
  ]);
  const header = ['NAME', 'LEVEL', 'NUMBER', 'TYPE', 'DEFAULT', 'SET', 'UNIT', 'MEANING'];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column].length)),
  );
  const line = (row) => cut(row.map((cell, column) => cell.padEnd(widths[column])).join('  '), width);
  return [header, ...cells].map((row) => `${line(row).trimEnd()}\n`).join('');
}

function shown(row) {
  if (row.error !== undefined) return row.error;
  if (!('default' in row)) return '-';
  const value = row.default;
  if (value instanceof Uint8Array) return value.length === 0 ? 'no bytes' : value.toString('hex');
  return util.inspect(value, { breakLength: Number.POSITIVE_INFINITY, compact: true, depth: 3 });
}

function cut(text, width) {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

process.stdout.on('error', (error) => {
  // `hostsock options | head`
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

(async () => main(process.argv.slice(2)))().catch((error) => {
  if (error instanceof UsageError) {
    process.stderr.write(`hostsock: ${error.message}\n\n${error.usage}`);
    process.exitCode = 2;
  } else if (error instanceof Failure) {
    process.stderr.write(`hostsock: ${error.message}\n`);
    process.exitCode = 1;
  } else {
    throw error;
  }
});
