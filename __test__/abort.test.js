'use strict';

// AbortSignal with everything that waits: fired before, while and after; nothing is left behind, neither a listener of
// the signal's nor a descriptor.

const assert = require('node:assert/strict');
const { getEventListeners, once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { describe, it } = require('node:test');
const { Socket, connect, listen, lookup, lookupService } = require('..');
const wintertc = require('hostsock/wintertc');
const { connectedTo, descriptors, listening, opener, soon, until } = require('./support/sockets.js');

const REASON = new Error('no longer wanted');
const listenersOf = (signal) => getEventListeners(signal, 'abort').length;
const sockets = () => descriptors().socket ?? 0;

/** Rejects as every given up call does. */
async function assertAborted(promise) {
  await assert.rejects(soon(promise), (error) => {
    assert.equal(error.code, 'ABORT_ERR', error.stack);
    const original = error.cause?.code === 'ABORT_ERR' ? error.cause : error;
    assert.equal(original.name, 'AbortError');
    assert.equal(original.cause, REASON);
    return true;
  });
}

/** A listener whose queue is full: attempts to connect to it stay under way. */
function crowded(t) {
  const { keep } = opener(t);
  const listener = keep(listening('IPv4', 0));
  const { port } = listener.localAddress();
  for (let at = 0; at < 3; at++) {
    keep(new Socket({ family: 'IPv4', type: 'stream' })).connect({ address: '127.0.0.1', port });
  }
  return port;
}

/** A server that takes connections and says nothing. */
async function mute(t) {
  const server = net.createServer((connection) => connection.on('error', () => {}).resume());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  return server.address().port;
}

const waiting = ({ client }, call) => ({ begin: (signal) => client[call]({ signal }) });

/**
 * What waits: `begin(signal)` gives a promise that stays pending, `finish(signal)` one that is met, whose value is
 * `undo`ne. `keeps`: what is met still listens to the signal.
 */
const cases = {
  lookup: () => ({
    begin: (signal) => lookup('localhost', { signal }),
    finish: (signal) => lookup('localhost', { signal }),
  }),
  lookupService: () => ({
    begin: (signal) => lookupService('127.0.0.1', 80, { signal }),
    finish: (signal) => lookupService('127.0.0.1', 80, { signal }),
  }),
  'connect to a host': async (t) => {
    const busy = crowded(t);
    const port = await mute(t);
    return {
      begin: (signal) => connect({ host: '127.0.0.1', port: busy, signal }),
      finish: (signal) => connect({ host: '127.0.0.1', port, signal }),
      undo: (connection) => connection.destroy(),
    };
  },
  'connect with a timeout': async (t) => {
    const busy = crowded(t);
    const port = await mute(t);
    return {
      begin: (signal) => connect({ host: '127.0.0.1', port: busy, signal, timeout: 60_000 }),
      finish: (signal) => connect({ host: '127.0.0.1', port, signal, timeout: 60_000 }),
      undo: (connection) => connection.destroy(),
    };
  },
  'connect while the name is looked up': async (t) => {
    const port = await mute(t);
    return { begin: (signal) => connect({ host: 'localhost', port, signal }) };
  },
  'listen on an address': () => ({
    begin: (signal) => listen({ host: '127.0.0.1', signal }),
    finish: (signal) => listen({ host: '127.0.0.1', signal }),
    undo: (server) => once(server, 'close'),
    keeps: true,
  }),
  'listen while the name is looked up': () => ({ begin: (signal) => listen({ host: 'localhost', signal }) }),
  'toNet of a listener': (t) => {
    const { keep } = opener(t);
    return {
      begin: (signal) => keep(listening()).toNet({ signal }),
      finish: (signal) => keep(listening()).toNet({ signal }),
      undo: (server) => once(server, 'close'),
      keeps: true,
    };
  },
  readable: (t) => {
    const pair = opener(t).pair();
    return { ...waiting(pair, 'readable'), finish: met(pair, 'readable') };
  },
  writable: (t) => {
    const port = crowded(t);
    const { keep, pair } = opener(t);
    const connecting = keep(new Socket({ family: 'IPv4', type: 'stream' }));
    connecting.connect({ address: '127.0.0.1', port });
    return {
      ...waiting({ client: connecting }, 'writable'),
      finish: (signal) => pair().client.writable({ signal }),
    };
  },
  'connections of a listener': (t) => {
    const listener = opener(t).listening();
    const next = (signal) => listener.connections({ signal }).next();
    return {
      begin: next,
      async finish(signal) {
        const { client, server } = connectedTo(listener);
        client.close();
        server.close();
        const peer = net.connect(listener.localAddress().port, '127.0.0.1');
        const { value } = await next(signal);
        peer.destroy();
        return value;
      },
      undo: (connection) => connection.close(),
    };
  },
  'hostsock/wintertc': async (t) => {
    const busy = crowded(t);
    const port = await mute(t);
    const opened = (number) => async (signal) => {
      const socket = wintertc.connect({ hostname: '127.0.0.1', port: number }, { signal });
      socket.closed.catch(() => {});
      await socket.opened;
      return socket;
    };
    return { begin: opened(busy), finish: opened(port), undo: (socket) => socket.close() };
  },
  'hostsock/wintertc in the TLS handshake': async (t) => {
    const port = await mute(t);
    const address = { hostname: '127.0.0.1', port };
    return {
      begin: (signal) => wintertc.connect(address, { secureTransport: 'on', signal }).opened,
    };
  },
  'startTls of hostsock/wintertc': async (t) => {
    const port = await mute(t);
    const address = { hostname: '127.0.0.1', port };
    return {
      async begin(signal) {
        const socket = wintertc.connect(address, { secureTransport: 'starttls', signal });
        await socket.opened;
        return socket.startTls().opened;
      },
    };
  },
};

function met({ client, server }, call) {
  return (signal) => {
    const ready = client[call]({ signal });
    server.send('x');
    return ready;
  };
}

/** Parts of what another case does to its end. */
const PARTS = /name is looked up|handshake|startTls/;

describe('a signal that fires', () => {
  for (const [name, make] of Object.entries(cases)) {
    it(`before: ${name}`, async (t) => {
      const { begin } = await make(t);
      const signal = AbortSignal.abort(REASON);
      const before = sockets();
      await assertAborted(begin(signal));
      assert.equal(listenersOf(signal), 0);
      await until(() => sockets() <= before + (name.startsWith('toNet') ? 1 : 0), 'its sockets closed');
    });

    it(`while it waits: ${name}`, async (t) => {
      const { begin } = await make(t);
      const before = sockets();
      for (const later of [false, true]) {
        const controller = new AbortController();
        const promise = begin(controller.signal);
        promise.catch(() => {});
        // Another turn, where that does not settle it.
        if (later && !/^(lookup|listen|toNet)|name is/.test(name))
          await new Promise((done) => setTimeout(done, 30));
        controller.abort(REASON);
        await assertAborted(promise);
        await until(() => listenersOf(controller.signal) === 0, 'no listener of the signal');
      }
      await until(() => sockets() <= before, 'its sockets closed');
    });

    if (PARTS.test(name)) continue;
    it(`after: ${name}`, async (t) => {
      const { finish, undo, keeps } = await make(t);
      const before = sockets();
      const controller = new AbortController();
      const value = await soon(finish(controller.signal));
      assert.equal(listenersOf(controller.signal), keeps ? 1 : 0);
      // Of a server it is the end, of anything else nothing.
      const undone = keeps ? undo(value) : undefined;
      controller.abort(REASON);
      await (keeps ? undone : undo?.(value));
      assert.equal(listenersOf(controller.signal), 0);
      if (!/able$/.test(name)) await until(() => sockets() <= before, 'its sockets closed');
    });
  }

  it('ends for await with an error, and leaves the listener open', async (t) => {
    const listener = opener(t).listening();
    const controller = new AbortController();
    const iteration = (async () => {
      for await (const connection of listener.connections({ signal: controller.signal })) connection.close();
    })();
    const peer = net.connect(listener.localAddress().port, '127.0.0.1');
    await once(peer, 'close');
    controller.abort(REASON);
    await assertAborted(iteration);
    assert.equal(listener.accept(), null);
  });

  it('again and again leaves nothing behind', async (t) => {
    const port = crowded(t);
    const { client } = opener(t).pair();
    await assert.rejects(connect({ host: '127.0.0.1', port, timeout: 20 }), { code: 'ETIMEDOUT' });
    const all = fs.readdirSync('/proc/self/fd').length;
    const shared = new AbortController();
    for (let round = 0; round < 200; round++) {
      const controller = new AbortController();
      const promises = [
        client.readable({ signal: controller.signal }),
        connect({ host: '127.0.0.1', port, signal: controller.signal }),
        lookup('localhost', { signal: controller.signal }),
      ];
      controller.abort(REASON);
      for (const promise of promises) await assertAborted(promise);
      // One signal for many calls that are met.
      await client.writable({ signal: shared.signal });
      if (round % 20 === 0) await lookupService('127.0.0.1', 9, { signal: shared.signal });
    }
    assert.equal(listenersOf(shared.signal), 0);
    await until(() => fs.readdirSync('/proc/self/fd').length <= all, 'as many descriptors as before');
  });
});

it('close() gives up what hostsock/wintertc has not opened yet', async (t) => {
  const port = crowded(t);
  const before = sockets();
  const socket = wintertc.connect({ hostname: '127.0.0.1', port });
  await until(() => sockets() > before, 'an attempt');
  await socket.close();
  await assert.rejects(socket.opened, wintertc.SocketError);
  await until(() => sockets() <= before, 'the attempt is over');
});
