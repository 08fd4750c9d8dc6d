// What users may write, and what they may not. Compiled, never run: `npm run test:types`.

import dgram = require('node:dgram');
import http = require('node:http');
import net = require('node:net');
import tls = require('node:tls');
import hostsock = require('hostsock');
import emscripten = require('hostsock/emscripten');
import phpWasm = require('hostsock/php-wasm');
import pyodide = require('hostsock/pyodide');
import wintertc = require('hostsock/wintertc');

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile unless the two types are the same. */
function same<A, B>(_: Equal<A, B>): void {}

const { Socket, poll, constants, optionTable } = hostsock;

// -- The module --------------------------------------------------------------------------------------------------------

same<
  keyof typeof hostsock,
  | 'Socket'
  | 'DatagramBatch'
  | 'connect'
  | 'listen'
  | 'lookup'
  | 'lookupSync'
  | 'lookupService'
  | 'lookupServiceSync'
  | 'poll'
  | 'getOption'
  | 'setOption'
  | 'getsockopt'
  | 'setsockopt'
  | 'constants'
  | 'control'
  | 'optionTable'
  | 'READABLE'
  | 'WRITABLE'
  | 'HANGUP'
  | 'ERROR'
>(true);
same<keyof typeof emscripten, 'install' | 'createSockOps' | 'wrapImports'>(true);

// -- Opening -----------------------------------------------------------------------------------------------------------

const socket = new Socket({ family: 'IPv4', type: 'stream' });
new Socket({ family: 'unix', type: 'seqpacket', protocol: 0 });
// @ts-expect-error both are needed
new Socket({ family: 'IPv4' });
// @ts-expect-error Node's other spelling
new Socket({ family: 4, type: 'stream' });
// @ts-expect-error node:dgram's name
new Socket({ family: 'IPv4', type: 'udp4' });
// @ts-expect-error nothing is accepted and dropped
new Socket({ family: 'IPv4', type: 'stream', noDelay: true });
// @ts-expect-error
new Socket();

same<ReturnType<typeof Socket.fromFd>, hostsock.Socket>(true);
// @ts-expect-error
Socket.fromFd('3');
same<typeof socket.fd, number>(true);
same<typeof socket.family, 'IPv4' | 'IPv6' | 'unix' | undefined>(true);
same<typeof socket.type, hostsock.SocketType | 'file' | undefined>(true);
same<hostsock.SocketType, 'stream' | 'datagram' | 'seqpacket' | 'raw'>(true);
// @ts-expect-error read only
socket.fd = 3;
socket.blocking = true;
// @ts-expect-error
socket.blocking = 1;

// -- Addresses ---------------------------------------------------------------------------------------------------------

socket.bind({ address: '127.0.0.1' });
socket.bind({ address: '::1', port: 0, flowInfo: 1, scopeId: 2 });
socket.bind({ path: '/run/a.sock' });
// @ts-expect-error an address is not a number
socket.bind(8080);
// @ts-expect-error node:net's name
socket.bind({ host: '127.0.0.1', port: 80 });
// @ts-expect-error a port is a number
socket.connect({ address: '127.0.0.1', port: '80' });
same<ReturnType<typeof socket.connect>, boolean>(true);

const address = socket.localAddress();
same<typeof address, hostsock.SocketAddress>(true);
if (address.family === 'unix') same<typeof address.path, string>(true);
else same<typeof address.port, number>(true);
if (address.family === 'IPv6') same<typeof address.scopeId, number>(true);
// What the kernel gives, calls take.
socket.connect(socket.remoteAddress());
// @ts-expect-error a unix address has no port
address.port;

// -- Transfer ----------------------------------------------------------------------------------------------------------

socket.listen();
socket.listen(128);
same<ReturnType<typeof socket.accept>, hostsock.Socket | null>(true);
same<Parameters<typeof socket.send>[0], string | hostsock.Bytes>(true);
same<ReturnType<typeof socket.send>, number>(true);
socket.send('text');
socket.send(Buffer.from('bytes'), constants.MSG_OOB);
socket.send(new SharedArrayBuffer(8));
socket.send(new DataView(new ArrayBuffer(8)));
// @ts-expect-error numbers are no data
socket.send(1);
same<ReturnType<typeof socket.recv>, number>(true);
socket.recv(new Float64Array(4), constants.MSG_PEEK | constants.MSG_WAITALL);
// @ts-expect-error a buffer, not its length
socket.recv(1024);
// @ts-expect-error nothing to receive into
socket.recv();
// @ts-expect-error this flag is not everywhere
same<typeof constants.MSG_MORE, number>(true);
// Messages.
const [near, far] = Socket.pair({ type: 'seqpacket' });
same<typeof near, hostsock.Socket>(true);
// @ts-expect-error the type is needed
Socket.pair({ family: 'unix' });
same<ReturnType<typeof near.sendTo>, number>(true);
near.sendTo('text', { address: '127.0.0.1', port: 9 }, 0);
// @ts-expect-error node:dgram's order
near.sendTo('text', 9, '127.0.0.1');
const from = far.recvFrom(Buffer.alloc(8));
same<typeof from, hostsock.ReceivedFrom | null>(true);
if (from) same<typeof from.address, hostsock.SocketAddress | null>(true);
near.sendMessage({
  buffers: [Buffer.from('a'), new Uint8Array(2)],
  address: { path: '/run/a.sock' },
  control: [
    { level: constants.SOL_SOCKET, type: constants.SCM_RIGHTS ?? 1, data: [socket] },
    { level: constants.IPPROTO_IP, type: 2, data: 64 },
  ],
});
// @ts-expect-error text has no one encoding here
near.sendMessage({ buffers: ['a'] });
// @ts-expect-error nothing to be told from 'buffers'
near.sendMessage({ buffer: Buffer.from('a') });
const message = far.recvMessage({ buffers: [Buffer.alloc(8)], controlLength: 64 });
same<typeof message, hostsock.ReceivedMessage | null>(true);
for (const { data } of message?.control ?? []) same<typeof data, Buffer | hostsock.Socket[]>(true);
socket.shutdown('write');
// @ts-expect-error SHUT_WR
socket.shutdown(1);
socket[Symbol.dispose]();
same<ReturnType<typeof socket.detach>, number>(true);
same<ReturnType<typeof socket.available>, number>(true);

const error = socket.takeError();
same<typeof error, hostsock.SystemError | null>(true);
if (error) same<typeof error.errno, number>(true);

// -- Readiness ---------------------------------------------------------------------------------------------------------

same<ReturnType<typeof socket.readable>, Promise<void>>(true);
socket.writable({ signal: AbortSignal.timeout(10) });
socket.writable({ signal: undefined });
// @ts-expect-error
socket.readable({ signal: 10 });
// @ts-expect-error
socket.readable({ timeout: 10 });
same<ReturnType<typeof socket.watch>, hostsock.Socket>(true);
socket
  .watch(function (ready) {
    same<typeof ready, number>(true);
    this.unwatch();
    // @ts-expect-error it is the Socket
    this.emit('x');
  }, hostsock.READABLE)
  .unref()
  .ref()
  .unwatch();
// @ts-expect-error an event emitter it is not
socket.watch('readable', () => {});
same<ReturnType<typeof socket.hasRef>, boolean>(true);

const entries: hostsock.PollEntry[] = [{ socket, events: constants.POLLIN }];
same<ReturnType<typeof poll>, number>(true);
poll(entries);
poll(entries, Number.POSITIVE_INFINITY);
same<(typeof entries)[number]['revents'], number | undefined>(true);
// @ts-expect-error
poll([{ socket: 3, events: 1 }]);
// @ts-expect-error
poll({ socket, events: 1 });

// -- Options -----------------------------------------------------------------------------------------------------------

same<ReturnType<typeof socket.getsockopt>, Buffer>(true);
socket.getsockopt(constants.SOL_SOCKET, 4, 4);
socket.setsockopt(constants.IPPROTO_TCP, 1, true);
socket.setsockopt(constants.IPPROTO_TCP, 1, 1);
socket.setsockopt(constants.IPPROTO_TCP, 13, Buffer.from('reno'));
// @ts-expect-error text has no one encoding here
socket.setsockopt(constants.IPPROTO_TCP, 13, 'reno');
// @ts-expect-error names are for setOption
socket.setsockopt('IPPROTO_TCP', 'TCP_NODELAY', true);

const nodelay = socket.getOption('TCP_NODELAY');
same<typeof nodelay, boolean>(true);
const linger = socket.getOption('SO_LINGER');
same<typeof linger, number | false>(true);
const info = socket.getOption('TCP_INFO');
same<typeof info, hostsock.TcpInfo>(true);
same<typeof info.tcpi_rtt, number | undefined>(true);
socket.setOption('SO_LINGER', false);
socket.setOption('SO_LINGER', 5);
socket.setOption('TCP_CONGESTION', 'reno');
// @ts-expect-error on or off is not a number of seconds
socket.setOption('SO_LINGER', true);
// @ts-expect-error no such option
socket.getOption('TCP_NO_DELAY');
// @ts-expect-error only to be read
socket.setOption('TCP_INFO', {});
// @ts-expect-error a value is needed
socket.setOption('TCP_NODELAY');

// On Node's own sockets, and on descriptors.
declare const secure: tls.TLSSocket;
declare const datagrams: dgram.Socket;
hostsock.setOption(new net.Socket(), 'TCP_USER_TIMEOUT', 5000);
hostsock.setOption(secure, 'TCP_KEEPCNT', 4);
hostsock.setOption(datagrams, 'IP_TTL', 2);
hostsock.setOption(socket, 'SO_REUSEPORT', true);
hostsock.getsockopt(3, constants.SOL_SOCKET, 4);
const timeout = hostsock.getOption(http.createServer(), 'SO_RCVTIMEO');
same<typeof timeout, number>(true);
same<ReturnType<typeof hostsock.getsockopt>, Buffer>(true);
hostsock.setsockopt(net.createServer(), constants.SOL_SOCKET, 15, 1);
// @ts-expect-error no socket
hostsock.getOption(process.stdin.constructor, 'SO_TYPE');
// @ts-expect-error
hostsock.setOption(socket, 'TCP_CONGESTION', 5);

const row = optionTable[0];
same<typeof row, hostsock.OptionRow | undefined>(true);
if (row) same<typeof row.direction, 'get' | 'set' | 'both'>(true);
// @ts-expect-error frozen
optionTable.push(row);
// @ts-expect-error frozen
if (row) row.name = '';
// @ts-expect-error
constants.AF_INET = 2;

// -- Emscripten --------------------------------------------------------------------------------------------------------

declare const module: { FS: object; HEAPU8: Uint8Array; answer(): number };
const installed = emscripten.install(module);
same<typeof installed, typeof module>(true);
emscripten.install(module, { blocking: 'never' });
const fromParts = emscripten.install({ Module: module, FS: module.FS, SOCKFS: {} });
same<typeof fromParts, typeof module>(true);
// @ts-expect-error
emscripten.install(module, { blocking: true });
// @ts-expect-error nothing is accepted and dropped
emscripten.install(module, { block: 'posix' });
// @ts-expect-error
emscripten.install();

const operations = emscripten.createSockOps(module);
same<typeof operations, emscripten.SockOps>(true);

const imports = { __syscall_socket: () => 0 };
same<ReturnType<typeof emscripten.wrapImports<typeof imports>>, typeof imports>(true);
emscripten.wrapImports(imports, { runtime: module, blocking: 'posix' }, (name) => name.slice(2));
// @ts-expect-error the module is needed
emscripten.wrapImports(imports, { blocking: 'posix' });

// -- Handing over to Node ---------------------------------------------------------------------------------------------

const handedOver: Promise<import('node:net').Socket> = hostsock.connect({
  host: 'localhost',
  port: 80,
  options: { TCP_USER_TIMEOUT: 1000 },
});
// @ts-expect-error options are typed by name
hostsock.connect({ port: 80, options: { TCP_USER_TIMEOUT: 'soon' } });
const served: Promise<import('node:net').Server> = hostsock.listen({ port: 0, reusePort: true });
const one: Promise<{ address: string; family: 4 | 6 }> = hostsock.lookup('localhost');
const all: Promise<Array<{ address: string; family: 4 | 6 }>> = hostsock.lookup('localhost', { all: true });
void [handedOver, served, one, all];

hostsock.connect({ port: '80', signal: AbortSignal.timeout(10) });
// @ts-expect-error where to is needed
hostsock.connect();
// @ts-expect-error node:net's name
hostsock.connect({ port: 80, lookup: () => {} });
// @ts-expect-error options are set by name
hostsock.listen({ options: { SO_REUSE: true } });
const web = hostsock.listen({ port: 0, server: http.createServer() });
same<typeof web, Promise<http.Server>>(true);
// @ts-expect-error no server
hostsock.listen({ server: {} });
same<ReturnType<typeof socket.toNet>, net.Socket | Promise<net.Server>>(true);
socket.toNet({ server: net.createServer(), backlog: 5, signal: AbortSignal.timeout(10) });
// @ts-expect-error
socket.toNet({ readable: false });

// -- Names -------------------------------------------------------------------------------------------------------------

const plain = hostsock.lookup('localhost', { family: 6, signal: AbortSignal.timeout(10) });
same<typeof plain, Promise<hostsock.LookupAddress>>(true);
const complete = hostsock.lookup('localhost', { service: 'https' });
same<typeof complete, Promise<hostsock.CompleteAddress>>(true);
const every = hostsock.lookup(null, { service: 80, hints: constants.AI_PASSIVE, all: true });
same<typeof every, Promise<hostsock.CompleteAddress[]>>(true);
same<hostsock.CompleteAddress['canonicalName'], string | undefined>(true);
// @ts-expect-error no service, no name
hostsock.lookup(null);
// @ts-expect-error
hostsock.lookup('localhost', { family: 'IPv6' });
// @ts-expect-error
hostsock.lookup('localhost', { type: 'tcp' });
const now = hostsock.lookupSync('localhost', { all: true });
same<typeof now, hostsock.LookupAddress[]>(true);
const one4 = hostsock.lookupSync('localhost', { type: 'datagram' });
same<typeof one4, hostsock.CompleteAddress>(true);
// @ts-expect-error nothing waits that could be given up
hostsock.lookupSync('localhost', { signal: AbortSignal.timeout(10) });
const names = hostsock.lookupService('127.0.0.1', '80', { flags: constants.NI_NUMERICSERV });
same<typeof names, Promise<hostsock.ServiceNames>>(true);
same<ReturnType<typeof hostsock.lookupServiceSync>, hostsock.ServiceNames>(true);
// @ts-expect-error the port is needed, as in Node
hostsock.lookupService('127.0.0.1');

// -- Iteration ---------------------------------------------------------------------------------------------------------

async function iterate(): Promise<void> {
  for await (const connection of socket) same<typeof connection, hostsock.Socket>(true);
  for await (const connection of socket.connections({ signal: AbortSignal.timeout(10) })) {
    same<typeof connection, hostsock.Socket>(true);
  }
  await socket[Symbol.asyncDispose]();
}
void iterate;

// -- Batches and control messages --------------------------------------------------------------------------------------

const batch = new hostsock.DatagramBatch({ count: 8, size: 512 });
same<ReturnType<typeof batch.set>, hostsock.DatagramBatch>(true);
batch.set(0, 'text', { address: '::1', port: 9 }).set(1, Buffer.alloc(4));
same<ReturnType<typeof batch.data>, Buffer>(true);
same<ReturnType<typeof batch.address>, hostsock.SocketAddress | null>(true);
same<ReturnType<typeof batch.flags>, number>(true);
same<[typeof batch.capacity, typeof batch.size], [number, number]>(true);
same<[typeof batch.buffer, typeof batch.lengths], [Buffer, Uint32Array]>(true);
same<ReturnType<typeof socket.sendMany>, number>(true);
socket.sendMany(batch, 2, constants.MSG_DONTWAIT, 1);
same<ReturnType<typeof socket.recvMany>, number>(true);
// @ts-expect-error a list is no batch
socket.recvMany([Buffer.alloc(4)]);
// @ts-expect-error
batch.capacity = 9;
// @ts-expect-error
new hostsock.DatagramBatch(8);

const { control } = hostsock;
near.sendMessage({
  control: [control.rights([socket]), control.credentials(), control.credentials({ uid: 0 }), control.ttl(3)],
});
near.sendMessage({
  control: [
    control.pktinfo({ address: '127.0.0.1', interface: 'lo' }),
    ...[control.tos(4), control.hopLimit(-1), control.trafficClass(8), control.segment(1200)],
  ],
});
same<ReturnType<typeof control.space>, number>(true);
control.space(4, 12);
const read = control.read(message?.control ?? []);
same<typeof read, hostsock.ControlData>(true);
same<typeof read.rights, hostsock.Socket[] | undefined>(true);
same<typeof read.timestamp, bigint | undefined>(true);
// @ts-expect-error descriptors are given as Sockets
control.rights([3]);

// -- WinterTC ----------------------------------------------------------------------------------------------------------

const wsocket = wintertc.connect('localhost:80', {
  secureTransport: 'starttls',
  signal: AbortSignal.timeout(10),
});
same<typeof wsocket, wintertc.Socket>(true);
wintertc.connect({ hostname: 'localhost', port: 80 }, { allowHalfOpen: true, sni: 'a.test', alpn: ['h2'] });
same<typeof wsocket.opened, Promise<wintertc.SocketInfo>>(true);
same<typeof wsocket.closed, Promise<void>>(true);
same<typeof wsocket.readable, ReadableStream<Uint8Array>>(true);
same<typeof wsocket.upgraded, boolean>(true);
same<ReturnType<typeof wsocket.startTls>, wintertc.Socket>(true);
same<ReturnType<typeof wsocket.close>, Promise<void>>(true);
same<wintertc.SocketError['code'], string | undefined>(true);
// @ts-expect-error
wintertc.connect('localhost:80', { secureTransport: true });
// @ts-expect-error node:net's name
wintertc.connect({ host: 'localhost', port: 80 });
same<ReturnType<(typeof wsocket)[typeof Symbol.asyncDispose]>, Promise<void>>(true);
// @ts-expect-error read only
wsocket.upgraded = true;
same<keyof typeof wintertc, 'connect' | 'SocketError'>(true);

// -- Prebuilt modules --------------------------------------------------------------------------------------------------

async function prebuilt(python: { runPython(code: string): unknown }) {
  same<Awaited<ReturnType<typeof pyodide.useHostSockets<typeof python>>>, typeof python>(true);
  (await pyodide.useHostSockets(python, { urllib3: 'sockets', blocking: 'never' })).runPython('1');
  // @ts-expect-error no such way
  await pyodide.useHostSockets(python, { urllib3: 'both' });
  const php = {
    loadNodeRuntime: async (_version: '8.4' | '8.3', _options?: { followSymlinks?: boolean }) => 1,
    getPHPLoaderModule: async () => ({ dependencyFilename: 'a.wasm' }),
  };
  same<Awaited<ReturnType<typeof phpWasm.loadHostRuntime<typeof php>>>, number>(true);
  await phpWasm.loadHostRuntime(php, '8.4', { followSymlinks: true }, { blocking: 'posix' });
  // @ts-expect-error no such version
  await phpWasm.loadHostRuntime(php, '1.0');
}
void prebuilt;
