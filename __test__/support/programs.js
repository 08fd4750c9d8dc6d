'use strict';

// The C programs of __test__/programs: finding, compiling and running them, and the peers they talk to.
//
// Comment lines at the top of a program tell what it needs:
//   // versions: >=6.0.2      only these versions of Emscripten can run it
//   // flags: -sEXIT_RUNTIME  more flags for emcc
//   // libraries: -pthread    more flags for emcc and for gcc
//   // args: 8 /path          arguments, after the peer's port
//   // input: 100 text        what its standard input says, a pipe: so many milliseconds after its first output, and then the end
//   // peer: echo             a server that the test starts; its port is the first argument (see startPeer)
//   // clients: 8             the program is a server: it prints `listening PORT`, then this many echo clients come
//   // server: nginx          talks to a real server, in a test of its own

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { native } = require('./emscripten.js');
const { emccFlags } = require('../../emscripten/flags.js');

const ROOT = path.resolve(__dirname, '../..');
const PROGRAMS = path.join(ROOT, '__test__/programs');
const POSIX = path.join(ROOT, '__test__/posix');
const BUILD = path.join(ROOT, '__test__/build');
const PRE_JS = path.join(ROOT, 'emscripten/pre.js');

/** How a program can be linked. `loader` is what runs a build whose glue code only exports a factory. */
const flavours = {
  O0: { flags: ['-O0'] },
  O3: { flags: ['-O3'] },
  modularize: { flags: ['-O1', '-sMODULARIZE'], loader: (file) => `require('./${file}')();\n` },
  es6: {
    flags: ['-O1', '-sMODULARIZE', '-sEXPORT_ES6'],
    extension: '.mjs',
    loader: (file) => `import create from './${file}';\nawait create();\n`,
  },
};

/** The same for builds with `hostsock emcc-flags`. */
const linkFlavours = {
  'link-O0': { flags: ['-O0'], linked: true },
  'link-O3': { flags: ['-O3'], linked: true },
};

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {string} source
 * @property {string[]} flags
 * @property {string[]} libraries
 * @property {string[]} args
 * @property {{ delay: number, text: string } | undefined} input
 * @property {string | undefined} peer
 * @property {number} clients
 * @property {string | undefined} server
 * @property {(version: string) => boolean} runsOn
 */

/** The program of this name, as its directives describe it. */
function program(name, folder = PROGRAMS, extension = '.c') {
  const source = path.join(folder, name + extension);
  const directives = {};
  for (const line of fs.readFileSync(source, 'utf8').split('\n')) {
    if (!line.startsWith('//')) break;
    const match = /^\/\/ (versions|flags|libraries|args|input|peer|clients|server): (.+)$/.exec(line);
    if (match) directives[match[1]] = match[2].trim();
  }
  const words = (text) => (text ? text.split(/\s+/) : []);
  return {
    name,
    source,
    flags: words(directives.flags),
    libraries: words(directives.libraries),
    args: words(directives.args),
    input: inputOf(directives.input),
    peer: directives.peer,
    clients: Number(directives.clients ?? 0),
    server: directives.server,
    runsOn: (version) => words(directives.versions).every((range) => inRange(version, range)),
  };
}

function inputOf(directive) {
  const [, delay, text] = /^(\d+) (.*)$/.exec(directive ?? '') ?? [];
  return directive && { delay: Number(delay), text };
}

/** All programs of a folder, by name. */
function programs(folder = PROGRAMS, extension = '.c') {
  return fs
    .readdirSync(folder)
    .filter((file) => file.endsWith(extension))
    .sort()
    .map((file) => program(path.basename(file, extension), folder, extension));
}

function inRange(version, range) {
  const [, operator, bound] = /^(>=|<)?(\d+\.\d+\.\d+)$/.exec(range);
  const order = version.localeCompare(bound, 'en', { numeric: true });
  return operator === '>=' ? order >= 0 : operator === '<' ? order < 0 : order === 0;
}

/**
 * Compiles a program with gcc.
 * @param {Program} program
 * @returns {Promise<string[]>} the command that runs it
 */
async function buildNative({ name, source, libraries }) {
  const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', ...includes, ...libraries];
  return [await native().compile([source], path.join(BUILD, 'native', name), flags)];
}

/** Programs of other folders find common.h by this. */
const includes = [`-I${PROGRAMS}`];

/**
 * Compiles a program with emcc; `--pre-js`, or `hostsock emcc-flags` for a linked flavour, is all that is added.
 * @param {Program} program
 * @param {{ version: string, compile: Function }} toolchain
 * @param {string | object} flavour a name, or an entry like those above with a `name`
 * @returns {Promise<string[]>} the command that runs it
 */
async function buildWasm({ name, source, flags, libraries }, toolchain, flavour) {
  const chosen = typeof flavour === 'string' ? (flavours[flavour] ?? linkFlavours[flavour]) : flavour;
  const { flags: more, extension = '.js', loader, linked, node = [process.execPath] } = chosen;
  const added = linked ? (chosen.backend ?? emccFlags()) : ['--pre-js', PRE_JS];
  // Inside the package, where `require('hostsock/emscripten')` finds the package itself.
  const folder = path.join(BUILD, `${toolchain.version}-${chosen.name ?? flavour}`);
  const output = path.join(folder, name + extension);
  await toolchain.compile([source], output, [...added, ...more, ...flags, ...includes, ...libraries]);
  if (!loader) return [...node, output];
  const start = path.join(folder, `${name}.run${extension}`);
  fs.writeFileSync(start, loader(path.basename(output)));
  return [...node, start];
}

/**
 * A running program. `output(pattern)` resolves to the match in what it has printed so far, as soon as there is one;
 * `ended` to how it ended. After `deadline` milliseconds it is killed, and `ended` says so.
 * @param {string[]} command
 * @param {string[]} [args]
 * @param {{ deadline?: number, env?: NodeJS.ProcessEnv }} [settings] `env` adds to the environment
 */
function start(command, args = [], { deadline = 60_000, env, input } = {}) {
  const child = spawn(command[0], [...command.slice(1), ...args], {
    stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  if (input) {
    child.stdin.on('error', () => {});
    // Its first words say that it runs.
    child.stdout.once('data', () => setTimeout(() => child.stdin.end(`${input.text}\n`), input.delay));
  }
  let stdout = '';
  let stderr = '';
  let late = false;
  let finished = false;
  const watchers = new Set();
  const changed = () => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
    changed();
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, deadline);
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      finished = true;
      clearTimeout(timer);
      changed();
      resolve({ status, signal, stdout, stderr, late });
    });
  });
  ended.catch(() => clearTimeout(timer));

  const output = (pattern) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stdout);
        if (!match && !finished) return;
        watchers.delete(look);
        if (match) resolve(match);
        else reject(new Error(`the program ended without printing ${pattern}\n${stdout}${stderr}`));
      };
      watchers.add(look);
      look();
    });

  /** Hears each line as it comes. */
  const lines = (listener) => {
    let seen = 0;
    const look = () => {
      for (let end = stdout.indexOf('\n', seen); end >= 0; end = stdout.indexOf('\n', seen)) {
        listener(stdout.slice(seen, end));
        seen = end + 1;
      }
    };
    watchers.add(look);
    look();
  };

  return { pid: child.pid, output, lines, ended, stop: (signal = 'SIGKILL') => child.kill(signal) };
}

/**
 * Runs a program to its end, with the peer or the clients that its directives ask for.
 * @param {Program} program
 * @param {string[]} command from buildNative or buildWasm
 * @param {string[]} [args] instead of the directive's
 * @returns {Promise<{ lines: string[], stdout: string, stderr: string }>} rejects unless it exits with 0 in time
 */
async function run({ name, args: usual, peer: kind, clients, input }, command, args = usual) {
  const peer = kind && (await startPeer(kind));
  try {
    const result = clients
      ? await serve(command, args, clients)
      : await start(command, peer ? [peer.port, ...args] : args, { input }).ended;
    if (result.status !== 0) {
      const how = result.late
        ? 'was still running at its deadline'
        : `ended with ${result.signal ?? result.status}`;
      throw new Error(`${name} ${how}\n--- stdout\n${result.stdout}--- stderr\n${result.stderr}`);
    }
    const lines = result.stdout.replace(/^listening \d+$/m, 'listening PORT').split('\n');
    // What follows the last newline is no line.
    if (lines.at(-1) === '') lines.pop();
    return { lines, stdout: result.stdout, stderr: result.stderr };
  } finally {
    await peer?.stop();
  }
}

/**
 * Runs an echo server to its end, with this many clients at once.
 * @returns {Promise<{ bytes: number, status: number, signal: string, stdout: string, stderr: string }>}
 */
async function serve(command, args, connections) {
  const running = start(command, args);
  try {
    const [, port] = await running.output(/^listening (\d+)$/m);
    const bytes = await echoClients(Number(port), { connections });
    return { bytes, ...(await running.ended) };
  } catch (error) {
    // What the clients saw may be the consequence of what the server says.
    running.stop();
    const { stdout, stderr } = await running.ended;
    throw new Error(`${error.message}\n--- stdout\n${stdout}--- stderr\n${stderr}`);
  }
}

/** A server on a loopback port for programs to talk to. */
async function startPeer(kind) {
  const sockets = new Set();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Programs reset connections, too.
    socket.on('error', () => {});
    peers[kind](socket, sockets);
  });
  await new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: String(server.address().port),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const peers = {
  /** Sends back what it gets. */
  echo(socket) {
    socket.pipe(socket);
  },

  /**
   * Does what the program tells it, line by line (see `commands`). A command that takes the bytes that follow as data
   * returns a function for them; that one returns what it has no use for, once it is done.
   */
  script(socket, sockets) {
    let taker;
    let pending = Buffer.alloc(0);
    const work = () => {
      while (pending.length > 0 && !socket.isPaused()) {
        if (taker) {
          const rest = taker(pending);
          if (rest) taker = undefined;
          pending = rest ?? Buffer.alloc(0);
          continue;
        }
        const end = pending.indexOf('\n');
        if (end < 0) return;
        const [command, ...words] = pending.toString('latin1', 0, end).split(' ');
        pending = pending.subarray(end + 1);
        taker = commands[command]({ socket, sockets, words, resume });
      }
    };
    const resume = () => {
      socket.resume();
      work();
    };
    socket.on('data', (bytes) => {
      pending = Buffer.concat([pending, bytes]);
      work();
    });
    socket.on('end', () => {
      taker?.(undefined);
      socket.end();
    });
  },
};

const commands = {
  // `later MS TEXT`: the text and a newline, after a while.
  later({ socket, words: [delay, ...text] }) {
    setTimeout(() => socket.write(`${text.join(' ')}\n`), Number(delay));
  },
  // `dial MS PORT TEXT`: connects to the program, after a while.
  dial({ sockets, words: [delay, port, ...text] }) {
    setTimeout(() => {
      const other = net.connect(Number(port), '127.0.0.1', () => other.write(text.join(' ')));
      sockets.add(other);
      other.on('error', () => {}).resume();
    }, Number(delay));
  },
  // `touch PORT`: connects to the program and resets at once, then says `touched`.
  touch({ socket, words: [port] }) {
    const other = net.connect(Number(port), '127.0.0.1', () => other.resetAndDestroy());
    other.on('error', () => {}).on('close', () => socket.write('touched\n'));
  },
  // `send N`: bytes of the pattern.
  send({ socket, words: [size] }) {
    socket.write(pattern(Number(size)));
  },
  // `pieces N SIZE MS`: the pattern, with pauses in between.
  pieces({ socket, words }) {
    const [count, size, delay] = words.map(Number);
    const bytes = pattern(count * size);
    for (let i = 0; i < count; i++) {
      setTimeout(() => socket.write(bytes.subarray(i * size, (i + 1) * size)), i * delay);
    }
  },
  // `end`: no more from this side.
  end({ socket }) {
    socket.end();
  },
  // `reset`: RST instead of FIN.
  reset({ socket }) {
    socket.resetAndDestroy();
  },
  // `wait MS reset`
  wait({ socket, words: [delay] }) {
    setTimeout(() => socket.resetAndDestroy(), Number(delay));
  },
  // `break N`: promises N bytes of the pattern, and resets after half of them.
  break({ socket, words: [size] }) {
    socket.write(pattern(Number(size) / 2), () => socket.resetAndDestroy());
  },
  // `refuse N`: takes N bytes, and resets.
  refuse({ socket, words: [size] }) {
    let left = Number(size);
    return (bytes) => {
      left -= bytes?.length ?? 0;
      if (left <= 0) socket.resetAndDestroy();
    };
  },
  // `pause MS take N`: reads nothing for a while, then takes N bytes and says whether they were the pattern.
  pause({ socket, words: [delay, , size], resume }) {
    socket.pause();
    setTimeout(resume, Number(delay));
    const expected = pattern(Number(size));
    let taken = 0;
    let equal = true;
    return (bytes) => {
      if (!bytes) return undefined;
      const part = bytes.subarray(0, expected.length - taken);
      equal &&= part.equals(expected.subarray(taken, taken + part.length));
      taken += part.length;
      if (taken < expected.length) return undefined;
      socket.write(equal ? 'pattern ok' : 'pattern no');
      return bytes.subarray(part.length);
    };
  },
  // `count`: counts bytes until the end, then says how many.
  count({ socket }) {
    let total = 0;
    return (bytes) => {
      if (bytes) total += bytes.length;
      else socket.write(`${total}\n`);
    };
  },
};

/** The bytes that `fill_pattern` of common.h makes. */
function pattern(size, start = 0) {
  const bytes = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) {
    const position = start + i;
    bytes[i] = position * 31 + (position >> 8) * 7 + (position >> 16);
  }
  return bytes;
}

/**
 * Connects all clients, and only when all are connected lets each send messages of random sizes, one after the other,
 * and compare every byte that comes back. Rejects at the first difference.
 * @param {number} port
 * @param {{ connections: number, messages?: number, largest?: number, seed?: number, deadline?: number }} settings
 * @returns {Promise<number>} the bytes echoed in all
 */
async function echoClients(
  port,
  { connections, messages = 6, largest = 40_000, seed = 1, deadline = 60_000 },
) {
  const random = generator(seed);
  const sockets = [];
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the echo was not complete after ${deadline} ms`)), deadline);
  });
  const all = async () => {
    for (let i = 0; i < connections; i++) sockets.push(net.connect({ port, host: '127.0.0.1' }));
    await Promise.all(sockets.map(connected));
    const sizes = sockets.map(() => Array.from({ length: messages }, () => 1 + (random() % largest)));
    await Promise.all(sockets.map((socket, index) => converse(socket, sizes[index], random)));
    return sizes.flat().reduce((sum, size) => sum + size, 0);
  };
  try {
    return await Promise.race([all(), late]);
  } finally {
    clearTimeout(timer);
    for (const socket of sockets) socket.destroy();
  }
}

function connected(socket) {
  return new Promise((resolve, reject) => {
    socket.on('connect', resolve);
    socket.on('error', reject);
  });
}

function converse(socket, sizes, random) {
  return new Promise((resolve, reject) => {
    let message;
    let echoed = 0;
    let turn = 0;
    const next = () => {
      if (turn === sizes.length) return socket.end();
      message = Buffer.allocUnsafe(sizes[turn++]);
      for (let i = 0; i < message.length; i++) message[i] = random();
      echoed = 0;
      socket.write(message);
    };
    socket.on('error', reject);
    socket.on('data', (bytes) => {
      if (!message.subarray(echoed, echoed + bytes.length).equals(bytes)) {
        return reject(new Error(`message ${turn} of ${sizes.length} came back changed at byte ${echoed}`));
      }
      echoed += bytes.length;
      if (echoed === message.length) next();
    });
    socket.on('end', () => {
      if (turn === sizes.length && echoed === message.length) resolve();
      else reject(new Error(`the server closed in message ${turn} of ${sizes.length}`));
    });
    next();
  });
}

/** A small reproducible source of 32-bit numbers (xorshift). */
function generator(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

module.exports = {
  POSIX,
  flavours,
  linkFlavours,
  program,
  programs,
  buildNative,
  buildWasm,
  start,
  run,
  serve,
  startPeer,
  echoClients,
  pattern,
};
