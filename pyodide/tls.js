'use strict';

// TLS for Python's ssl, by Node's OpenSSL. Node's TLS never blocks, so it runs in a worker: the worker has the
// connection, Python has one end of a pair of Unix sockets that carries the plain text, which it can wait for as for
// any socket.

const path = require('node:path');
const { MessageChannel, Worker, receiveMessageOnPort } = require('node:worker_threads');
const native = require('../native.js');

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const O_RDWR = 2;

function createTls({ factory, syscalls }) {
  const host = native.constants();
  /** Connections that the program has closed and the worker has not: the process lives until they are flushed. */
  const closing = new Set();
  let worker;
  let last = 0;

  function theWorker() {
    if (worker !== undefined) return worker;
    worker = new Worker(path.join(__dirname, 'tls-worker.js'));
    worker.unref();
    worker.on('message', (id) => {
      closing.delete(id);
      if (closing.size === 0) worker.unref();
    });
    return worker;
  }

  /** A second descriptor of the host for the same socket, by way of a control message. */
  function duplicate(handle) {
    const [one, two] = native.pair(host.AF_UNIX, host.SOCK_STREAM, 0);
    const control = {
      level: host.SOL_SOCKET,
      type: host.SCM_RIGHTS,
      data: Buffer.from(Int32Array.of(handle).buffer),
    };
    try {
      native.sendMessage(one, [Buffer.alloc(1)], undefined, [control], 0);
      const message = native.recvMessage(two, [Buffer.alloc(1)], native.controlSpace(4), 0);
      return message.control[0].data.readInt32LE();
    } finally {
      native.close(one);
      native.close(two);
    }
  }

  return {
    openssl: process.versions.openssl,
    /**
     * The handshake, waited for. `[descriptor, connection, JSON about the peer]`, or JSON of what went wrong, or
     * nothing when the time is over.
     *
     * @param {number} fd a connected socket
     * @param {string} options JSON, see tls-worker.js
     * @param {number} milliseconds negative for ever
     */
    tls_start(fd, options, milliseconds) {
      const [mine, theirs] = native.pair(host.AF_UNIX, host.SOCK_STREAM, 0);
      const connection = native.detach(duplicate(factory.socketOf(fd).handle));
      const plain = native.detach(theirs);
      const { port1, port2 } = new MessageChannel();
      const signal = new Int32Array(new SharedArrayBuffer(4));
      const id = ++last;
      theWorker().postMessage({ id, connection, plain, options: JSON.parse(options), signal, port: port2 }, [
        port2,
      ]);
      const waited = Atomics.wait(signal, 0, 0, milliseconds < 0 ? Infinity : milliseconds);
      const answer = waited === 'timed-out' ? undefined : receiveMessageOnPort(port1)?.message;
      port1.close();
      if (answer === undefined || answer.error) {
        native.close(mine);
        worker.postMessage({ id, abandon: true });
        return answer && JSON.stringify(answer.error);
      }
      const handle = native.guestGive(factory.instance, mine);
      return [syscalls.descriptors.adopt(handle, AF_UNIX, SOCK_STREAM, O_RDWR), id, JSON.stringify(answer)];
    },
    /** Its end of the plain text is closed: what it has sent is on its way. */
    tls_closed(id) {
      closing.add(id);
      worker.ref();
      worker.postMessage({ id, closed: true });
    },
  };
}

module.exports = { createTls };
