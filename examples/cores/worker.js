'use strict';

// One of several workers, a thread or a process, that share a port: each has a listening socket of its own, and the
// kernel deals connections out to them.

const http = require('node:http');
const { createHash } = require('node:crypto');
const { isMainThread, parentPort, workerData } = require('node:worker_threads');
const { READABLE, Socket, listen, setOption } = require('hostsock');

const { kind, port } = isMainThread ? JSON.parse(process.argv[2]) : workerData;
const tell = isMainThread ? (message) => process.send(message) : (message) => parentPort.postMessage(message);
const ends = isMainThread ? process : parentPort;

/** Connections since the last message. */
let accepted = 0;
const work = Buffer.alloc(256 * 1024);

const KINDS = {
  /** HTTP that has something to calculate: a hash over 256 KiB. */
  'http-hash': () => serve((response) => response.end(createHash('sha256').update(work).digest('hex'))),

  /** HTTP that has next to nothing to do. */
  'http-hello': () => serve((response) => response.end('hello\n')),

  /** Echoes, on Sockets: no streams, no objects for what is read. */
  async echo() {
    const server = new Socket({ family: 'IPv4', type: 'stream' });
    server.setOption('SO_REUSEPORT', true);
    server.bind({ address: '127.0.0.1', port });
    server.listen();
    const buffer = Buffer.alloc(65_536);
    server.watch(() => {
      for (let socket = server.accept(); socket !== null; socket = server.accept()) {
        accepted++;
        echo(socket, buffer);
      }
    }, READABLE);
    return server;
  },
};

async function serve(answer) {
  const server = http.createServer((_request, response) => answer(response));
  // measure.js lets connections rest for longer than Node would.
  Object.assign(server, { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 });
  server.on('connection', () => accepted++);
  return server.listen(await listen({ host: '127.0.0.1', port, reusePort: true }));
}

function echo(socket, buffer) {
  let unsent;
  socket.watch(() => {
    try {
      if (unsent === undefined) {
        const bytes = socket.recv(buffer);
        if (bytes === 0) return socket.close();
        if (bytes > 0) unsent = buffer.subarray(0, bytes);
      }
      if (unsent === undefined) return;
      const sent = Math.max(0, socket.send(unsent));
      // What the peer is too slow for is kept, and sent when there is room.
      unsent = sent === unsent.length ? undefined : Buffer.from(unsent.subarray(sent));
    } catch {
      socket.close();
    }
  });
}

KINDS[kind]().then((server) => {
  tell({ port: port || (server.address?.() ?? server.localAddress()).port });
  ends.on('message', (message) => {
    if (message === 'end') process.exit();
    // It holds for all sockets that share the port, also for later ones.
    if (message.program) setOption(server, 'SO_ATTACH_REUSEPORT_CBPF', message.program);
    tell({ accepted });
    accepted = 0;
  });
});
