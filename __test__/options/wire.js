'use strict';

// The ends of connections that wire-options.test.js puts into network namespaces. `node wire.js FUNCTION ARGUMENTS`
// calls a function with arguments in JSON and prints what it returns as a line of JSON.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { Socket, connect, poll, constants } = require('../../index.js');

const { POLLIN, POLLOUT } = constants;
const LIMIT_MS = 60_000;

/** Waits, and says whether what was waited for came. */
function wait(socket, events, timeout = LIMIT_MS) {
  return poll([{ socket, events }], timeout) === 1;
}

function socketWith(options) {
  const socket = new Socket({ family: 'IPv4', type: 'stream' });
  for (const [name, value] of Object.entries(options)) socket.setOption(name, value);
  return socket;
}

/** From here on the peer gets nothing: its frames go to a card that does not exist. */
function blackHole(peer, device) {
  execFileSync('ip', [
    'neigh',
    'replace',
    peer,
    'lladdr',
    '02:00:00:00:00:99',
    'dev',
    device,
    'nud',
    'permanent',
  ]);
}

/** The error that ends a connection, and after how long. */
function end(socket, began) {
  wait(socket, POLLIN);
  let code = 'none';
  try {
    code = `received ${socket.recv(Buffer.alloc(16))}`;
  } catch (error) {
    code = error.code;
  }
  return { code, elapsed: Math.round(performance.now() - began) };
}

const functions = {
  /** A listener that accepts and keeps what comes, until its standard input ends. */
  async hold({ address, options = {} }) {
    const listener = socketWith(options);
    listener.bind({ address, port: 0 });
    listener.listen();
    const kept = [];
    listener.watch(() => {
      for (let socket = listener.accept(); socket !== null; socket = listener.accept()) kept.push(socket);
    }, constants.POLLIN);
    print({ port: listener.localAddress().port });
    await new Promise((resolve) => process.stdin.on('end', resolve).resume());
    for (const socket of [listener, ...kept]) socket.close();
    return { kept: kept.length };
  },

  /** What becomes of a connection that loses its peer: with data on its way, or idle. */
  lose({ peer, port, device, options, data }) {
    const socket = socketWith(options);
    socket.connect({ address: peer, port });
    wait(socket, POLLOUT);
    const error = socket.takeError();
    if (error) throw error;
    blackHole(peer, device);
    const began = performance.now();
    if (data) socket.send(data);
    const result = end(socket, began);
    socket.close();
    return result;
  },

  /** The same through `connect()`, whose result is a socket of Node. */
  async loseNet({ peer, port, device, options, data }) {
    const socket = await connect({ host: peer, port, options });
    blackHole(peer, device);
    const began = performance.now();
    if (data) socket.write(data);
    const code = await new Promise((resolve) => {
      socket.on('error', (error) => resolve(error.code));
      socket.on('end', () => resolve('end'));
    });
    return { code, elapsed: Math.round(performance.now() - began) };
  },

  /** An attempt to connect to a peer that was never there. */
  attempt({ peer, device, options }) {
    blackHole(peer, device);
    const socket = socketWith(options);
    const began = performance.now();
    socket.connect({ address: peer, port: 9 });
    wait(socket, POLLOUT);
    const code = socket.takeError()?.code ?? 'none';
    socket.close();
    return { code, elapsed: Math.round(performance.now() - began) };
  },

  /** Whether a connection to somewhere comes about, or with what error it ends. */
  reach({ peer, port, options }) {
    const socket = socketWith(options);
    try {
      socket.connect({ address: peer, port });
      if (!wait(socket, POLLOUT, 3000)) return { code: 'nothing' };
      return { code: socket.takeError()?.code ?? 'connected' };
    } catch (error) {
      return { code: error.code };
    } finally {
      socket.close();
    }
  },

  /** Two connections with fast open: the first fetches the cookie, the second sends data with its SYN. */
  fastOpen() {
    fs.writeFileSync('/proc/sys/net/ipv4/tcp_fastopen', '3');
    const listener = socketWith({ TCP_FASTOPEN: 16 });
    listener.bind({ address: '127.0.0.1', port: 0 });
    listener.listen();
    const TCPI_OPT_SYN_DATA = 32;
    return [1, 2].map(() => {
      const client = socketWith({ TCP_FASTOPEN_CONNECT: true });
      const atOnce = client.connect(listener.localAddress());
      wait(client, POLLOUT);
      client.send('early');
      wait(listener, POLLIN);
      const server = listener.accept();
      wait(server, POLLIN);
      const received = Buffer.alloc(16);
      const bytes = server.recv(received);
      const withSyn = (socket) => (socket.getOption('TCP_INFO').tcpi_options & TCPI_OPT_SYN_DATA) !== 0;
      // The client knows once its SYN was answered.
      server.send('late');
      wait(client, POLLIN);
      const result = {
        ...{ atOnce, client: withSyn(client), server: withSyn(server) },
        text: received.toString('utf8', 0, bytes),
      };
      client.close();
      server.close();
      return result;
    });
  },
};

function print(value) {
  fs.writeSync(1, `${JSON.stringify(value)}\n`);
}

(async () => print(await functions[process.argv[2]](...JSON.parse(process.argv[3] ?? '[]'))))();
