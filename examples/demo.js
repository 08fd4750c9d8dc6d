'use strict';

// `npm run demo`: runs the committed wasm builds of examples/*.c against servers that it starts itself, and shows what
// the kernel says about the options that the program has set. Needs no Emscripten. It ends with 0 only if every line
// was confirmed.

const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { Socket, getsockopt } = require('../index.js');

const PATIENCE_MS = 20_000;

// Linux's numbers.
const [SOL_SOCKET, IPPROTO_IP, IPPROTO_TCP] = [1, 0, 6];

/** What `examples/options.c` sets: where the option is, how its value reads, and what node:net offers for it. */
const OPTIONS = {
  TCP_NODELAY: { level: IPPROTO_TCP, option: 1, node: 'setNoDelay()' },
  SO_KEEPALIVE: { level: SOL_SOCKET, option: 9, node: 'setKeepAlive()' },
  TCP_KEEPIDLE: { level: IPPROTO_TCP, option: 4, node: 'setKeepAlive(), initialDelay' },
  TCP_KEEPINTVL: { level: IPPROTO_TCP, option: 5, node: 'setKeepAlive(), from Node 26.4' },
  TCP_KEEPCNT: { level: IPPROTO_TCP, option: 6, node: 'setKeepAlive(), from Node 26.4' },
  TCP_USER_TIMEOUT: { level: IPPROTO_TCP, option: 18 },
  TCP_SYNCNT: { level: IPPROTO_TCP, option: 7 },
  TCP_MAXSEG: {
    level: IPPROTO_TCP,
    option: 2,
    rule: (asked) => [asked - 12],
    note: 'What is left for data when each segment carries a timestamp (12 bytes).',
  },
  TCP_NOTSENT_LOWAT: { level: IPPROTO_TCP, option: 25 },
  SO_RCVBUF: { level: SOL_SOCKET, option: 8, rule: doubled, note: 'Linux doubles it: see socket(7).' },
  SO_SNDBUF: { level: SOL_SOCKET, option: 7, rule: doubled, note: 'Linux doubles it: see socket(7).' },
  SO_RCVLOWAT: { level: SOL_SOCKET, option: 18 },
  IP_TTL: { level: IPPROTO_IP, option: 2 },
  IP_TOS: { level: IPPROTO_IP, option: 1, node: 'setTypeOfService(), from Node 25.6' },
  SO_PRIORITY: { level: SOL_SOCKET, option: 12 },
  TCP_QUICKACK: { level: IPPROTO_TCP, option: 12 },
  TCP_CONGESTION: { level: IPPROTO_TCP, option: 13, read: text },
  SO_LINGER: { level: SOL_SOCKET, option: 13, read: linger, node: 'only 0 s: resetAndDestroy()' },
  SO_SNDTIMEO: { level: SOL_SOCKET, option: 21, read: timeout },
  SO_RCVTIMEO: { level: SOL_SOCKET, option: 20, read: timeout },
};

main().catch((error) => {
  console.error(`\nNot confirmed: ${error.message}`);
  process.exitCode = 1;
});

async function main() {
  if (process.platform !== 'linux') throw new Error('this demo shows options of Linux, by Linux numbers');
  console.log(`
hostsock: C programs compiled to wasm, on real sockets (Node ${process.versions.node}, ${process.platform}-${process.arch})

examples/options.c sets options on a socket, connects to a server that this demo has started, and
reads them back. While it waits for the answer, the demo reads them too: with getsockopt() on the
descriptor that the kernel's own table (/proc/self/net/tcp) names for the connection.
`);
  const unconfirmed = [...(await showOptions()), ...(await showPage())];
  if (unconfirmed.length > 0) throw new Error(unconfirmed.join('; '));
  console.log(`
Next: node examples/build/http-get.js example.com 80 /
Or a program of your own, in this folder:
  emcc app.c --pre-js emscripten/pre.js -o app.js && node app.js
`);
}

/** Runs the options program and prints the table. Returns what was not confirmed. */
async function showOptions() {
  const { lines, kernel, segment } = await runOptions();
  const unconfirmed = [];
  const notes = [];
  const rows = [];
  for (const [name, { rule, note, node }] of Object.entries(OPTIONS)) {
    const line = lines.find((it) => it.startsWith(`${name} `));
    const [, asked, has] = line?.split(/ {2,}/) ?? [];
    const expected = has === asked || rule?.(Number(asked)).includes(Number(has));
    const confirmed = expected && has === kernel[name];
    if (!confirmed)
      unconfirmed.push(`${name} is ${kernel[name]}, the program asked ${asked} and read ${has}`);
    let mark = '';
    if (confirmed && has !== asked) {
      if (!notes.includes(note)) notes.push(note);
      mark = ` [${notes.indexOf(note) + 1}]`;
    }
    rows.push([
      name,
      asked ?? '?',
      has ?? '?',
      `${kernel[name]}${confirmed ? mark : '  <- !'}`,
      node ?? 'no',
    ]);
  }
  printTable(['option', 'the program asked', 'it read', 'the kernel has', 'setter in node:net'], rows);
  console.log();
  for (const [index, note] of notes.entries()) console.log(`  [${index + 1}] ${note}`);

  const lacking = Object.values(OPTIONS).filter(({ node }) => node === undefined).length;
  const total = rows.length;
  console.log(`
  ${total - unconfirmed.length} of ${total} confirmed; node:net has no setter for ${lacking} of them.
  On the wire: the server sends segments of ${segment} bytes, as the program's first packet asked.`);
  // Unless asked to, the kernel takes 64 KiB on loopback.
  if (![1200, 1188].includes(segment)) unconfirmed.push(`the server's segments are of ${segment} bytes`);

  const refusal = lines.find((line) => line.startsWith('option 9999: ')) ?? 'nothing';
  console.log(`  An option that does not exist is refused, not dropped: ${refusal}.`);
  if (refusal !== 'option 9999: ENOPROTOOPT') unconfirmed.push(`an unknown option gave ${refusal}`);

  const exchange = lines.at(-1);
  console.log(`  Then, over blocking send() and recv(): ${exchange}.`);
  if (exchange !== 'sent ping, received pong') unconfirmed.push(`the exchange ended with ${exchange}`);
  return unconfirmed;
}

/** The server's side of `examples/options.c`, in this thread: the program blocks its own. */
async function runOptions() {
  const server = new Socket({ family: 'IPv4', type: 'stream' });
  let connection;
  try {
    server.bind({ address: '127.0.0.1', port: 0 });
    server.listen();
    const { port } = server.localAddress();
    const ended = new AbortController();
    const { signal } = ended;
    const program = runExample('options', ['127.0.0.1', String(port)]).finally(() => ended.abort());
    let seen;
    try {
      await server.readable({ signal });
      connection = server.accept();
      await connection.readable({ signal });
      seen = observe(connection);
      connection.send('pong');
    } catch (error) {
      // What the program says of its failure tells more.
      await program;
      throw error;
    }
    return { lines: await program, ...seen };
  } finally {
    connection?.close();
    server.close();
  }
}

/** What the kernel has at the program's end of a connection, and at this end. */
function observe(connection) {
  const fd = descriptorOf(connection.remoteAddress().port, connection.localAddress().port);
  const kernel = {};
  for (const [name, { level, option, read = number }] of Object.entries(OPTIONS)) {
    kernel[name] = read(getsockopt(fd, level, option));
  }
  const { level, option } = OPTIONS.TCP_MAXSEG;
  return { kernel, segment: Number(number(connection.getsockopt(level, option))) };
}

/** Fetches a page with `examples/http-get.c`. Returns what was not confirmed. */
async function showPage() {
  const page = crypto.randomBytes(1 << 20);
  const server = http.createServer((_request, response) => response.end(page));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  try {
    const lines = await runExample('http-get', ['localhost', String(port), '/']);
    const expected = ['HTTP/1.1 200 OK', `${page.length} bytes, FNV-1a ${checksum(page)}`];
    const equal = lines.join() === expected.join();
    console.log(`
examples/http-get.c resolves localhost and fetches 1 MiB of noise from node:http:
  ${lines.join(', ')}: ${equal ? 'every byte arrived' : `should be ${expected.join(', ')}`}.`);
    return equal ? [] : ['the page did not arrive whole'];
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Runs a wasm program in a thread of its own; resolves to the lines that it prints. */
function runExample(name, args) {
  return new Promise((resolve, reject) => {
    const file = path.join(__dirname, 'build', `${name}.js`);
    const worker = new Worker(file, { argv: args, stdout: true });
    const timer = setTimeout(() => {
      reject(new Error(`examples/${name}.c was still running after ${PATIENCE_MS / 1000} s`));
      worker.terminate();
    }, PATIENCE_MS);
    let output = '';
    worker.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    const finished = new Promise((done) => worker.stdout.on('end', done));
    worker.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    worker.on('exit', async (status) => {
      clearTimeout(timer);
      await finished;
      if (status === 0) resolve(output.trimEnd().split('\n'));
      else reject(new Error(`examples/${name}.c ended with ${status}: ${output.trimEnd()}`));
    });
  });
}

/** This process's descriptor for a connection, as the kernel's table of TCP sockets has it. */
function descriptorOf(localPort, remotePort) {
  const portOf = (address) => Number.parseInt(address.split(':')[1], 16);
  const sockets = fs.readFileSync('/proc/self/net/tcp', 'utf8').trim().split('\n').slice(1);
  const fields = sockets
    .map((line) => line.trim().split(/\s+/))
    .find(([, local, remote]) => portOf(local) === localPort && portOf(remote) === remotePort);
  if (fields === undefined) throw new Error(`the kernel knows no connection from port ${localPort}`);
  const name = `socket:[${fields[9]}]`;
  for (const fd of fs.readdirSync('/proc/self/fd')) {
    try {
      if (fs.readlinkSync(`/proc/self/fd/${fd}`) === name) return Number(fd);
    } catch {
      // The descriptor of the directory itself is closed by now.
    }
  }
  throw new Error(`this process has no descriptor of ${name}`);
}

function number(bytes) {
  return String(new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true));
}

function text(bytes) {
  return bytes.toString('latin1').split('\0')[0];
}

function linger(bytes) {
  return bytes.readInt32LE(0) === 0 ? 'off' : `${bytes.readInt32LE(4)} s`;
}

function timeout(bytes) {
  return `${Number(bytes.readBigInt64LE(0)) * 1000 + Number(bytes.readBigInt64LE(8)) / 1000} ms`;
}

function doubled(asked) {
  return [2 * asked];
}

/** FNV-1a of 32 bits. */
function checksum(bytes) {
  let hash = 2166136261;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 16777619);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function printTable(head, rows) {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length)),
  );
  const print = (cells) =>
    console.log(`  ${cells.map((cell, column) => cell.padEnd(widths[column])).join('  ')}`.trimEnd());
  print(head);
  print(widths.map((width) => '─'.repeat(width)));
  for (const row of rows) print(row);
}
