'use strict';

// `hostsock doctor`: what there is to know when something does not work, and a self-test.

const fs = require('node:fs');
const os = require('node:os');
const { Socket, lookup } = require('..');
const readiness = require('./readiness.js');

const read = (file) => {
  try {
    return fs.readFileSync(file, 'utf8').trim().replace(/\s+/g, ' ');
  } catch {
    return undefined;
  }
};

function descriptorLimit() {
  const line = read('/proc/self/limits')?.match(/Max open files\s+(\S+)\s+(\S+)/);
  return line ? `${line[1]} soft, ${line[2]} hard` : undefined;
}

/** Names and values; what this system does not tell is left out. */
function facts() {
  const sysctl = (name) => read(`/proc/sys/net/${name}`);
  const runtime = process.versions.bun
    ? `Bun ${process.versions.bun}`
    : process.versions.deno
      ? `Deno ${process.versions.deno}`
      : `Node ${process.versions.node}`;
  return {
    hostsock: require('../package.json').version,
    runtime: `${runtime}, Node-API ${process.versions.napi ?? 'unknown'}`,
    platform: `${process.platform} ${process.arch}, ${os.release()}`,
    readiness: readiness.backend() + (process.env.HOSTSOCK_READINESS ? ' (HOSTSOCK_READINESS)' : ''),
    descriptors: descriptorLimit(),
    'listen backlog': sysctl('core/somaxconn'),
    'receive buffer': sysctl('core/rmem_max') && `${sysctl('core/rmem_max')} bytes at most`,
    'send buffer': sysctl('core/wmem_max') && `${sysctl('core/wmem_max')} bytes at most`,
    'TCP receive buffer': sysctl('ipv4/tcp_rmem'),
    'TCP send buffer': sysctl('ipv4/tcp_wmem'),
    'local ports': sysctl('ipv4/ip_local_port_range'),
    'congestion control': sysctl('ipv4/tcp_available_congestion_control'),
    'TCP fast open': sysctl('ipv4/tcp_fastopen'),
  };
}

/** One connection over loopback, there and back, waiting for readiness as a program does. */
async function roundTrip(family, address) {
  const sockets = [];
  const keep = (socket) => {
    sockets.push(socket);
    return socket;
  };
  try {
    const listener = keep(new Socket({ family, type: 'stream' }));
    listener.bind({ address, port: 0 });
    listener.listen();
    const client = keep(new Socket({ family, type: 'stream' }));
    client.setOption('TCP_NODELAY', true);
    if (!client.connect(listener.localAddress())) await client.writable();
    const error = client.takeError();
    if (error) throw error;
    await listener.readable();
    const server = keep(listener.accept());
    client.send('hostsock');
    await server.readable();
    const buffer = Buffer.alloc(64);
    const text = buffer.toString('utf8', 0, server.recv(buffer));
    if (text !== 'hostsock') throw new Error(`received '${text}'`);
    if (client.getOption('TCP_NODELAY') !== true) throw new Error('TCP_NODELAY was not set');
  } finally {
    for (const socket of sockets) socket.close();
  }
}

async function datagram() {
  const socket = new Socket({ family: 'IPv4', type: 'datagram' });
  try {
    socket.bind({ address: '127.0.0.1', port: 0 });
    socket.sendTo('hostsock', socket.localAddress());
    await socket.readable();
    const { bytes } = socket.recvFrom(Buffer.alloc(64));
    if (bytes !== 8) throw new Error(`received ${bytes} bytes`);
  } finally {
    socket.close();
  }
}

async function pair() {
  const [one, two] = Socket.pair({ type: 'stream' });
  try {
    one.send('x');
    if (two.recv(Buffer.alloc(1)) !== 1) throw new Error('received nothing');
  } finally {
    one.close();
    two.close();
  }
}

const CHECKS = [
  ['TCP over IPv4', () => roundTrip('IPv4', '127.0.0.1')],
  ['TCP over IPv6', () => roundTrip('IPv6', '::1')],
  ['UDP', datagram],
  ['unix sockets', pair],
  ['names', () => lookup('localhost')],
];

/** Prints it all; whether the self-test has passed. */
async function doctor(print) {
  for (const [name, value] of Object.entries(facts())) {
    if (value !== undefined) print(`${name.padEnd(20)}${value}\n`);
  }
  print('\n');
  let passed = true;
  for (const [name, check] of CHECKS) {
    let result = 'works';
    try {
      await check();
    } catch (error) {
      // A host without IPv6 is in order.
      const missing = error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT';
      result = missing ? `not on this host (${error.code})` : `fails: ${error.message}`;
      passed &&= missing;
    }
    print(`${name.padEnd(20)}${result}\n`);
  }
  return passed;
}

module.exports = { doctor };
