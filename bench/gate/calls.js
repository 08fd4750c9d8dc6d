'use strict';
// The hot calls, each N times and then 2 N times, for gate.js: run under callgrind or strace, which see the beginnings of
// the parts by a call that nothing else makes (getppid).
const { Socket, constants } = require('../..');
const native = require('../../native.js');

const { AF_UNIX, SOCK_STREAM, READABLE, EAGAIN } = constants;
const times = Number(process.argv[2]);

const expect = (value, expected) => {
  if (value !== expected) throw new Error(`${value}, not ${expected}`);
};

/** Sockets, until the end: collecting them is no part of any call. */
const kept = [];

/** Each makes its sockets, and gives one iteration. */
const cases = {
  'recv, nothing there'() {
    const [one] = pair();
    const buffer = Buffer.alloc(64);
    return { call: () => expect(one.recv(buffer), -1) };
  },

  'send and recv, 64 bytes'() {
    const [one, other] = pair();
    const buffer = Buffer.alloc(64);
    return {
      call() {
        expect(one.send(buffer), 64);
        expect(other.recv(buffer), 64);
      },
    };
  },

  'accept, nothing there'() {
    const listener = listening();
    return { call: () => expect(listener.accept(), null) };
  },

  'connect, accept and close both'() {
    const listener = listening();
    const address = listener.localAddress();
    return {
      call() {
        const client = new Socket({ family: 'IPv4', type: 'stream' });
        client.connect(address);
        listener.accept().close();
        client.close();
      },
    };
  },

  'poll of one, nothing there'() {
    const handles = native.pair(AF_UNIX, SOCK_STREAM, 0);
    const entries = Int32Array.of(handles[0], READABLE, 0);
    return { call: () => expect(native.poll(entries, 1, 0), 0) };
  },

  'guest recvfrom, nothing there'() {
    const instance = native.guestBegin(0, 0);
    const memory = new Uint8Array(65536);
    const [one] = guestPair(instance, memory);
    const again = -native.guestErrno(EAGAIN);
    return { call: () => expect(native.guestRecvfrom(instance, one, memory, 1024, 64, 0), again) };
  },

  'guest sendto and recvfrom, 64 bytes'() {
    const instance = native.guestBegin(0, 0);
    const memory = new Uint8Array(65536);
    const [one, other] = guestPair(instance, memory);
    return {
      call() {
        expect(native.guestSendto(instance, one, memory, 1024, 64, 0), 64);
        expect(native.guestRecvfrom(instance, other, memory, 2048, 64, 0), 64);
      },
    };
  },

  'setOption by name'() {
    const socket = open();
    return { call: () => socket.setOption('TCP_NODELAY', true) };
  },

  'getOption by name'() {
    const socket = open();
    return { call: () => expect(socket.getOption('TCP_NODELAY'), false) };
  },

  'send, event, recv'() {
    const [one, other] = pair();
    const buffer = Buffer.alloc(64);
    let heard;
    other.watch(() => {
      expect(other.recv(buffer), 64);
      heard();
    }, READABLE);
    return {
      call: () =>
        new Promise((resolve) => {
          heard = resolve;
          expect(one.send(buffer), 64);
        }),
      awaited: true,
      end: () => other.unwatch(),
    };
  },
};

function keep(socket) {
  kept.push(socket);
  return socket;
}

function open() {
  return keep(new Socket({ family: 'IPv4', type: 'stream' }));
}

function pair() {
  return Socket.pair({ type: 'stream' }).map(keep);
}

function listening() {
  const listener = open();
  listener.bind({ address: '127.0.0.1', port: 0 });
  listener.listen();
  return listener;
}

function guestPair(instance, memory) {
  expect(native.guestPair(instance, AF_UNIX, SOCK_STREAM, 0, memory, 0), 0);
  const descriptors = [3, 4];
  for (const [at, handle] of new Int32Array(memory.buffer, 0, 2).entries()) {
    expect(native.guestAssign(instance, descriptors[at], handle), 0);
  }
  return descriptors;
}

/** Begins another part. */
function mark() {
  return process.ppid;
}

async function run({ call, awaited, end }) {
  const repeat = async (count) => {
    for (let i = 0; i < count; i++) {
      if (awaited) await call();
      else call();
    }
  };
  await repeat(Math.max(20, times / 4));
  gc();
  for (const count of [times, 2 * times]) {
    mark();
    await repeat(count);
  }
  mark();
  end?.();
}

module.exports = { names: Object.keys(cases) };

if (require.main === module) {
  (async () => {
    for (const make of Object.values(cases)) await run(make());
  })();
}
