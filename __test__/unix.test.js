'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { describe, test } = require('node:test');
const { Socket, connect, constants, listen, poll } = require('../index.js');
const control = require('../lib/control.js');
const { abstractName, datagrams, directory, isEmpty, next, openCount } = require('./support/datagrams.js');
const { native } = require('./support/emscripten.js');
const { need, program } = require('./support/requirements.js');
const { checksum, inChild, opener, pattern, receiveAll, resultOf, sendAll } = require('./support/sockets.js');
const { soon, thrown, until, waitEnd, waitReadable } = require('./support/sockets.js');

const { MSG_CTRUNC, MSG_PEEK, MSG_TRUNC, READABLE } = constants;
const linux = process.platform !== 'linux' && 'is about Linux';
const LONGEST_PATH = 107;
const MOST_DESCRIPTORS = 253;

/** Makers of unix sockets, closed when the test ends. */
function unixSockets(t) {
  const { keep, pair } = datagrams(t);
  const open = (type) => keep(new Socket({ family: 'unix', type }));
  return {
    keep,
    open,
    pair,
    bound(type, name) {
      const socket = open(type);
      socket.bind({ path: name });
      return socket;
    },
    listening(type, name) {
      const socket = this.bound(type, name);
      socket.listen();
      return socket;
    },
  };
}

/** A name of each kind. */
const names = {
  path: (t) => path.join(directory(t), 'sock'),
  'abstract name': () => abstractName(),
};

const UNNAMED = { family: 'unix', path: '' };

describe('unix sockets', { skip: linux }, () => {
  for (const [kind, make] of Object.entries(names)) {
    for (const type of ['stream', 'seqpacket']) {
      test(`${type} on a ${kind}`, (t) => {
        const sockets = unixSockets(t);
        const name = make(t);
        const listener = sockets.listening(type, name);
        assert.deepEqual(listener.localAddress(), { family: 'unix', path: name });
        const client = sockets.open(type);
        assert.equal(client.connect({ path: name }), true);
        const server = sockets.keep(listener.accept());
        assert.deepEqual([server.family, server.type], ['unix', type]);
        assert.deepEqual(client.remoteAddress(), { family: 'unix', path: name });
        assert.deepEqual(client.localAddress(), UNNAMED);
        assert.deepEqual(server.remoteAddress(), UNNAMED);
        client.send('one');
        client.send('two');
        const buffer = Buffer.alloc(64);
        const bytes = server.recv(buffer);
        assert.equal(buffer.toString('utf8', 0, bytes), type === 'stream' ? 'onetwo' : 'one');
        if (type === 'seqpacket') assert.equal(server.recv(buffer), 3);
        assert.equal(server.recv(buffer), -1);
        client.close();
        waitEnd(server);
        assert.equal(server.recv(buffer), 0);
        assert.equal(thrown(() => server.send('x')).code, 'EPIPE');
      });
    }

    test(`datagram on a ${kind}`, (t) => {
      const sockets = unixSockets(t);
      const [nameOfOne, nameOfTwo] = [make(t), make(t)];
      const [one, two] = [sockets.bound('datagram', nameOfOne), sockets.bound('datagram', nameOfTwo)];
      const unnamed = sockets.open('datagram');
      assert.equal(one.sendTo('from one', { path: nameOfTwo }), 8);
      assert.equal(unnamed.sendTo('from nobody', { path: nameOfTwo }), 11);
      const buffer = Buffer.alloc(4);
      const got = two.recvFrom(buffer);
      assert.deepEqual(got, { bytes: 4, address: { family: 'unix', path: nameOfOne }, flags: MSG_TRUNC });
      assert.equal(two.recvFrom(buffer).address, null);
      two.sendTo('back', got.address);
      assert.equal(next(one).text, 'back');
      unnamed.connect({ path: nameOfTwo });
      unnamed.send('connected');
      assert.equal(next(two).text, 'connected');
      two.close();
      assert.equal(thrown(() => unnamed.send('x')).code, 'ECONNREFUSED');
      const error = thrown(() => one.sendTo('x', { path: nameOfTwo }));
      const { code, syscall, address } = error;
      assert.deepEqual(
        { code, syscall, address },
        { code: 'ECONNREFUSED', syscall: 'sendto', address: nameOfTwo },
      );
    });
  }

  test('pairs of every type', (t) => {
    const { pair } = unixSockets(t);
    for (const type of ['stream', 'datagram', 'seqpacket']) {
      const [one, two] = pair(type);
      assert.deepEqual([one.family, one.type, two.type], ['unix', type, type]);
      assert.deepEqual(one.localAddress(), UNNAMED);
      assert.deepEqual(one.remoteAddress(), UNNAMED);
      one.send('there');
      two.send('back');
      assert.deepEqual([next(two).text, next(one).text], ['there', 'back']);
      one.send('');
      if (type === 'datagram')
        assert.deepEqual(two.recvFrom(Buffer.alloc(1)), { bytes: 0, address: null, flags: 0 });
    }
    const error = thrown(() => Socket.pair({ family: 'IPv4', type: 'stream' }));
    assert.deepEqual([error.code, error.syscall], ['EOPNOTSUPP', 'socketpair']);
  });

  test('messages of seqpacket keep their bounds, and are cut with a flag', (t) => {
    const { pair } = unixSockets(t);
    const [one, two] = pair('seqpacket');
    one.send('0123456789');
    one.sendMessage({ buffers: [Buffer.from('ab'), Buffer.from('cd')] });
    const [head, tail] = [Buffer.alloc(2), Buffer.alloc(2)];
    const cut = two.recvMessage({ buffers: [head] });
    assert.deepEqual([cut.bytes, cut.flags & MSG_TRUNC, cut.address], [2, MSG_TRUNC, null]);
    const whole = two.recvMessage({ buffers: [head, tail] });
    assert.deepEqual([whole.bytes, whole.flags & MSG_TRUNC, head + tail], [4, 0, 'abcd']);
  });

  test('a socket without a name that is bound to none gets an abstract one', (t) => {
    const sockets = unixSockets(t);
    const socket = sockets.bound('datagram', '');
    const { path: name } = socket.localAddress();
    assert.match(name, /^\0[0-9a-f]{5}$/);
    sockets.open('datagram').sendTo('found', { path: name });
    assert.equal(next(socket).text, 'found');
  });

  test('abstract names may hold anything, and are all of their bytes', (t) => {
    const sockets = unixSockets(t);
    const name = `${abstractName()}\0ü/..\0`;
    const socket = sockets.bound('datagram', name);
    assert.deepEqual(socket.localAddress(), { family: 'unix', path: name });
    assert.equal(fs.existsSync(name.slice(1)), false);
    const other = sockets.open('datagram');
    other.sendTo('x', { path: name });
    assert.equal(next(socket).text, 'x');
    assert.equal(thrown(() => other.sendTo('x', { path: name.slice(0, -1) })).code, 'ECONNREFUSED');
    socket.close();
    sockets.bound('datagram', name);
  });

  test('a path that is left over is in use until it is removed', (t) => {
    const sockets = unixSockets(t);
    const name = path.join(directory(t), 'left over');
    const first = sockets.listening('stream', name);
    const socket = sockets.open('stream');
    const inUse = {
      ...{ name: 'Error', message: `bind EADDRINUSE ${name}`, errno: -98, code: 'EADDRINUSE' },
      ...{ syscall: 'bind', address: name },
    };
    const asData = (error) => ({ name: error.name, message: error.message, ...error });
    assert.deepEqual(asData(thrown(() => socket.bind({ path: name }))), inUse);
    first.close();
    assert.ok(fs.statSync(name).isSocket());
    assert.deepEqual(asData(thrown(() => socket.bind({ path: name }))), inUse);
    assert.equal(thrown(() => socket.connect({ path: name })).code, 'ECONNREFUSED');
    fs.unlinkSync(name);
    const missing = thrown(() => socket.connect({ path: name }));
    assert.equal(missing.message, `connect ENOENT ${name}`);
    socket.bind({ path: name });
    socket.listen();
    assert.ok(fs.statSync(name).isSocket());
    assert.equal(thrown(() => sockets.open('stream').bind({ path: `${name}/x` })).code, 'ENOTDIR');
    assert.equal(thrown(() => sockets.open('datagram').connect({ path: name })).code, 'EPROTOTYPE');
  });

  test('names may have 107 bytes', (t) => {
    const sockets = unixSockets(t);
    const folder = directory(t);
    const longest = path.join(folder, 'x'.repeat(LONGEST_PATH - folder.length - 1));
    assert.equal(longest.length, LONGEST_PATH);
    const socket = sockets.bound('datagram', longest);
    assert.equal(socket.localAddress().path, longest);
    sockets.open('datagram').sendTo('x', { path: longest });
    assert.equal(next(socket).text, 'x');
    for (const name of [`${longest}x`, 'y'.repeat(5000), `${'x'.repeat(106)}ü`, `\0${'z'.repeat(108)}`]) {
      const error = thrown(() => sockets.open('datagram').bind({ path: name }));
      assert.equal(error.code, 'ENAMETOOLONG', `${name.length}`);
      assert.equal(thrown(() => socket.sendTo('x', { path: name })).code, 'ENAMETOOLONG');
    }
    assert.equal(thrown(() => sockets.open('stream').bind({ path: 'a\0b' })).code, 'ERR_INVALID_ARG_VALUE');
    assert.equal(thrown(() => sockets.open('stream').bind({})).code, 'ERR_INVALID_ARG_TYPE');
    const address = { address: '127.0.0.1', port: 1 };
    assert.equal(thrown(() => sockets.open('stream').connect(address)).code, 'ERR_INVALID_ARG_TYPE');
  });

  test('paths are relative to the working directory', (t) => {
    const sockets = unixSockets(t);
    const before = process.cwd();
    t.after(() => process.chdir(before));
    process.chdir(directory(t));
    const socket = sockets.bound('datagram', './näme');
    assert.deepEqual(socket.localAddress(), { family: 'unix', path: './näme' });
    assert.deepEqual(fs.readdirSync('.'), ['näme']);
    process.chdir(before);
  });

  test('permissions of paths are the kernel’s', { skip: need('root') }, async (t) => {
    const sockets = unixSockets(t);
    const folder = directory(t);
    fs.chmodSync(folder, 0o755);
    const paths = Object.fromEntries(
      ['inside', 'stream', 'datagram', 'open'].map((name) => [name, path.join(folder, name)]),
    );
    sockets.listening('stream', paths.stream);
    sockets.bound('datagram', paths.datagram);
    sockets.listening('stream', paths.open);
    fs.chmodSync(paths.stream, 0o700);
    fs.chmodSync(paths.datagram, 0o700);
    fs.chmodSync(paths.open, 0o777);
    const { forged, allowed, ...refused } = await resultOf('unix.withoutPermission', [paths]);
    const expected = (syscall, address) => ({
      ...{ name: 'Error', message: `${syscall} EACCES ${address}`, errno: -13, code: 'EACCES' },
      ...{ syscall, address },
    });
    assert.deepEqual(refused, {
      bind: expected('bind', paths.inside),
      connect: expected('connect', paths.stream),
      sendto: expected('sendto', paths.datagram),
    });
    assert.deepEqual(forged, ['EPERM', 'EPERM', 'EPERM']);
    assert.equal(allowed, true);
  });

  test('who is at the other end', async (t) => {
    const { pair, open } = unixSockets(t);
    const me = { pid: process.pid, uid: process.getuid(), gid: process.getgid() };
    const [one] = pair('stream');
    assert.deepEqual(one.getOption('SO_PEERCRED'), me);
    const name = path.join(directory(t), 'sock');
    const child = inChild('unix.echo', [name]);
    await until(() => fs.existsSync(name));
    const client = open('stream');
    await until(() => {
      try {
        return client.connect({ path: name });
      } catch (error) {
        assert.equal(error.code, 'ECONNREFUSED');
        return false;
      }
    });
    client.send('who are you');
    await soon(client.readable());
    const peer = client.getOption('SO_PEERCRED');
    assert.notEqual(peer.pid, process.pid);
    assert.equal(peer.uid, me.uid);
    client.close();
    assert.deepEqual((await child).result, me);
  });

  for (const type of ['stream', 'datagram', 'seqpacket']) {
    test(`credentials with messages, ${type}`, (t) => {
      const { pair } = unixSockets(t);
      const [one, two] = pair(type);
      const me = { pid: process.pid, uid: process.getuid(), gid: process.getgid() };
      const controlLength = control.space(12);
      one.send('a');
      assert.deepEqual(two.recvMessage({ buffers: [Buffer.alloc(1)], controlLength }).control, []);
      two.setOption('SO_PASSCRED', true);
      // The kernel adds them.
      one.send('b');
      assert.deepEqual(control.read(next(two, { controlLength }).control), { credentials: me });
      one.sendMessage({ buffers: [Buffer.from('c')], control: [control.credentials()] });
      const { control: messages, flags } = next(two, { controlLength });
      assert.deepEqual(control.read(messages).credentials, me);
      assert.equal(flags & MSG_CTRUNC, 0);
      const { level, type: kind, data } = messages[0];
      assert.deepEqual([level, kind, data.length], [constants.SOL_SOCKET, constants.SCM_CREDENTIALS, 12]);
      if (process.getuid() === 0) {
        one.sendMessage({
          buffers: [Buffer.from('d')],
          control: [control.credentials({ uid: 12, gid: 34 })],
        });
        const { credentials } = control.read(next(two, { controlLength }).control);
        assert.deepEqual(credentials, { pid: process.pid, uid: 12, gid: 34 });
      }
      one.send('e');
      assert.ok(next(two).flags & MSG_CTRUNC, 'no room for them');
    });
  }

  test('the descriptor of the sender’s process is a Socket', { skip: linux }, (t) => {
    const { pair } = unixSockets(t);
    const [one, two] = pair('datagram');
    two.setOption('SO_PASSPIDFD', true);
    const controlLength = control.space(4);
    const before = openCount();
    one.send('a');
    const { control: messages } = next(two, { controlLength });
    const { pidfd } = control.read(messages);
    assert.deepEqual([messages[0].type, messages[0].data], [constants.SCM_PIDFD, [pidfd]]);
    assert.equal(pidfd.type, 'file');
    assert.equal(openCount(), before + 1);
    assert.match(
      fs.readFileSync(`/proc/self/fdinfo/${pidfd.fd}`, 'utf8'),
      new RegExp(`^Pid:\\t${process.pid}$`, 'm'),
    );
    assert.equal(poll([{ socket: pidfd, events: constants.READABLE }], 0), 0, 'the process goes on');
    pidfd.close();
    assert.equal(openCount(), before);
    one.send('b');
    assert.ok(next(two).flags & MSG_CTRUNC, 'no room for it');
    assert.equal(openCount(), before);
  });

  test('many MiB through a stream, both directions at once', async (t) => {
    const { pair } = unixSockets(t);
    const [one, two] = pair('stream');
    const [there, back] = [pattern((5 << 20) + 11, 2), pattern((3 << 20) + 7, 3)];
    const send = async (socket, data) => {
      await sendAll(socket, data);
      socket.shutdown('write');
    };
    const [, , atTwo, atOne] = await Promise.all([
      send(one, there),
      send(two, back),
      receiveAll(two, 50_021),
      receiveAll(one, 7_013),
    ]);
    assert.equal(checksum(atTwo), checksum(there));
    assert.equal(checksum(atOne), checksum(back));
  });
});

describe('descriptors in messages', { skip: linux }, () => {
  const room = (count) => control.space(4 * count);
  const pass = (socket, sockets, data = 'x') =>
    socket.sendMessage({ buffers: [Buffer.from(data)], control: [control.rights(sockets)] });
  const receive = (t, socket, controlLength, flags = 0) => {
    const received = next(socket, { controlLength, flags });
    const { rights = [] } = control.read(received.control);
    for (const passed of rights) t.after(() => passed.close());
    return { ...received, rights };
  };

  for (const type of ['stream', 'datagram', 'seqpacket']) {
    test(`arrive as Sockets, ${type}`, (t) => {
      const { pair } = unixSockets(t);
      const { listening, pair: tcpPair } = opener(t);
      const { bound } = datagrams(t);
      const [one, two] = pair(type);
      const { client, server } = tcpPair();
      const listener = listening();
      const udp = bound();
      const before = openCount();
      assert.equal(pass(one, [client, listener, udp], 'three'), 5);
      const { text, rights, flags } = receive(t, two, room(3));
      assert.deepEqual([text, rights.length, flags & MSG_CTRUNC], ['three', 3, 0]);
      assert.equal(openCount(), before + 3);
      assert.ok(rights.every((socket) => socket instanceof Socket));
      assert.deepEqual(
        rights.map(({ family, type: kind, blocking }) => [family, kind, blocking]),
        [
          ['IPv4', 'stream', false],
          ['IPv4', 'stream', false],
          ['IPv4', 'datagram', false],
        ],
      );
      for (const [index, original] of [client, listener, udp].entries()) {
        const { fd } = rights[index];
        assert.notEqual(fd, original.fd);
        assert.deepEqual(rights[index].localAddress(), original.localAddress());
        const info = fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1');
        const bits = Number.parseInt(/flags:\s+(\d+)/.exec(info)[1], 8);
        assert.equal(bits & 0o2004000, 0o2004000, 'close-on-exec and non-blocking');
      }
      // They live on without those that they are copies of.
      client.close();
      rights[0].send('through the copy');
      assert.equal(next(server).text, 'through the copy');
      const another = opener(t).tcp();
      listener.close();
      another.connect(rights[1].localAddress());
      waitReadable(rights[1]);
      rights[1].accept().close();
      for (const socket of rights) socket.close();
    });
  }

  test('a received Socket is watched like any other', async (t) => {
    const { pair } = unixSockets(t);
    const [one, two] = pair('stream');
    const [three, four] = pair('datagram');
    pass(one, [three]);
    const [passed] = receive(t, two, room(1)).rights;
    three.close();
    const heard = new Promise((resolve) => passed.watch(() => resolve(next(passed).text), READABLE));
    four.send('over');
    assert.equal(await soon(heard), 'over');
  });

  test('pass on from hand to hand, themselves too', (t) => {
    const { pair } = unixSockets(t);
    const [one, two] = pair('datagram');
    pass(one, [one, two]);
    const [first, second] = receive(t, two, room(2)).rights;
    pass(first, [second]);
    const [third] = receive(t, second, room(1)).rights;
    first.send('round');
    assert.equal(next(third).text, 'round');
  });

  test('as many as the kernel takes, and one more', (t) => {
    const { pair } = unixSockets(t);
    const [one, two] = pair('datagram');
    const before = openCount();
    pass(one, Array(MOST_DESCRIPTORS).fill(one));
    const { rights } = receive(t, two, room(MOST_DESCRIPTORS));
    assert.equal(rights.length, MOST_DESCRIPTORS);
    assert.equal(openCount(), before + MOST_DESCRIPTORS);
    for (const socket of rights) socket.close();
    assert.equal(openCount(), before);
    assert.equal(thrown(() => pass(one, Array(MOST_DESCRIPTORS + 1).fill(one))).code, 'EINVAL');
    assert.equal(openCount(), before);
  });

  test('room for none, or for less: MSG_CTRUNC, and nothing leaks', (t) => {
    const { pair } = unixSockets(t);
    const [one, two] = pair('datagram');
    const passed = [one, one, one];
    for (const [controlLength, arrive] of [
      [0, 0],
      [1, 0],
      [15, 0],
      [16, 0],
      [19, 0],
      [20, 1],
      [room(1), 2],
      [room(2), 2],
      [28, 3],
      [room(3), 3],
    ]) {
      const before = openCount();
      pass(one, passed);
      const { rights, flags, text } = receive(t, two, controlLength);
      assert.equal(text, 'x');
      assert.equal(rights.length, arrive, `${controlLength} bytes`);
      assert.equal((flags & MSG_CTRUNC) !== 0, arrive < 3, `${controlLength} bytes`);
      assert.equal(openCount(), before + arrive);
      for (const socket of rights) socket.close();
      assert.equal(openCount(), before);
    }
    // Calls that want no control data.
    const before = openCount();
    for (const call of [
      () => two.recv(Buffer.alloc(1)),
      () => two.recvFrom(Buffer.alloc(1)),
      () => two.recvMany(new (require('../index.js').DatagramBatch)({ count: 4, size: 1 })),
    ]) {
      pass(one, passed);
      waitReadable(two);
      call();
      assert.equal(openCount(), before);
      assert.ok(isEmpty(two));
    }
  });

  test('looking gives copies of its own', (t) => {
    const { pair } = unixSockets(t);
    const [one, two] = pair('datagram');
    const before = openCount();
    pass(one, [one]);
    const looked = receive(t, two, room(1), MSG_PEEK).rights;
    const taken = receive(t, two, room(1)).rights;
    assert.deepEqual([looked.length, taken.length], [1, 1]);
    assert.notEqual(looked[0].fd, taken[0].fd);
    assert.equal(openCount(), before + 2);
    looked[0].close();
    taken[0].send('still open');
    assert.equal(next(two).text, 'still open');
    taken[0].close();
    assert.equal(openCount(), before);
  });

  test('on a stream they come with their byte, and stop a longer read', (t) => {
    const { pair } = unixSockets(t);
    const [one, two] = pair('stream');
    one.send('before');
    pass(one, [one], 'with');
    one.send('after');
    const first = receive(t, two, room(1));
    const second = first.rights.length === 0 ? receive(t, two, room(1)) : first;
    assert.equal(second.rights.length, 1);
    assert.match(`${first.text}${second === first ? '' : second.text}`, /^beforewith/);
    // A blocking read of everything gets both, and the descriptors.
    pass(one, [one], '12');
    pass(one, [one], '34');
    while (!isEmpty(two) && next(two, { flags: MSG_PEEK, size: 5 }).text === 'after')
      two.recv(Buffer.alloc(5));
    two.blocking = true;
    const before = openCount();
    const buffer = Buffer.alloc(4);
    const all = two.recvMessage({ buffers: [buffer], controlLength: room(1), flags: constants.MSG_WAITALL });
    const { rights } = control.read(all.control);
    assert.deepEqual([all.bytes, buffer.toString(), rights.length], [4, '1234', 2]);
    assert.equal(openCount(), before + 2);
    for (const socket of rights) socket.close();
  });

  test('those on their way are closed with the socket', async (t) => {
    const { pair } = unixSockets(t);
    const [one, two] = pair('datagram');
    const [three, four] = pair('stream');
    pass(one, [three]);
    three.close();
    assert.equal(four.recv(Buffer.alloc(1)), -1, 'still open on its way');
    two.close();
    waitEnd(four);
    assert.equal(four.recv(Buffer.alloc(1)), 0);
  });

  test('wrong arguments', (t) => {
    const { pair, connectedPair } = datagrams(t);
    const [one, two] = pair('datagram');
    const raw = (data) => ({
      buffers: [Buffer.alloc(1)],
      control: [{ level: constants.SOL_SOCKET, type: constants.SCM_RIGHTS, data }],
    });
    // Descriptors by their numbers would name what is not the program's.
    for (const data of [Int32Array.of(0), 1, [1], [{}], 'x', undefined, [one, null]]) {
      assert.equal(thrown(() => one.sendMessage(raw(data))).code, 'ERR_INVALID_ARG_TYPE');
    }
    for (const sockets of [undefined, one, [1], [net.Socket.prototype]]) {
      assert.equal(thrown(() => control.rights(sockets)).code, 'ERR_INVALID_ARG_TYPE');
    }
    // No descriptors are a message like any other, and other families pass them over.
    assert.equal(pass(one, []), 1);
    const [udp, peer] = connectedPair();
    assert.equal(pass(udp, [peer]), 1);
    assert.deepEqual(next(peer, { controlLength: room(1) }).control, []);
    two.close();
    assert.equal(thrown(() => pass(one, [two])).code, 'EBADF');
  });

  test('those that nobody takes close themselves, with one warning', async () => {
    const result = await inChild('unix.notTaken', [], { flags: ['--expose-gc'] });
    assert.deepEqual(result.result, { received: 20, warnings: ['HOSTSOCK_UNCLOSED'] }, result.stderr);
  });

  test('when the process may have no more: MSG_CTRUNC', async () => {
    const through = ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'];
    const result = await resultOf('unix.noDescriptorsLeft', [], { through });
    assert.deepEqual(result, { code: 'EMFILE', bytes: 1, cut: true, received: 1 });
  });

  describe('that are no sockets', { skip: need('gcc') }, () => {
    const source = path.join(__dirname, 'fixtures/pass_descriptors.c');
    const output = path.join(__dirname, 'build/native/pass_descriptors');

    /** Starts the program and receives what it passes; `printed` is what it prints. */
    async function passed(t, ...kinds) {
      const command = await native().compile([source], output, ['-O2', '-Wall', '-Wextra', '-Werror']);
      const sockets = unixSockets(t);
      const name = path.join(directory(t), 'sock');
      const listener = sockets.listening('stream', name);
      const child = spawn(command, [name, ...kinds], { stdio: ['ignore', 'pipe', 'inherit'] });
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      const printed = new Promise((resolve) => child.on('close', (status) => resolve([status, text])));
      await soon(listener.readable());
      const connection = sockets.keep(listener.accept());
      await soon(connection.readable());
      const { rights } = receive(t, connection, room(kinds.length));
      return { rights, printed };
    }

    test('the reading end of a pipe', async (t) => {
      const before = openCount();
      const { rights, printed } = await passed(t, 'read');
      const [pipe] = rights;
      assert.deepEqual([pipe.type, pipe.family, pipe instanceof Socket], ['file', undefined, true]);
      await soon(pipe.readable());
      const buffer = Buffer.alloc(64);
      assert.equal(buffer.toString('utf8', 0, pipe.recv(buffer)), 'text in a pipe');
      assert.equal(pipe.recv(buffer), 0);
      assert.equal(thrown(() => pipe.localAddress()).code, 'ENOTSOCK');
      pipe.close();
      assert.deepEqual(await soon(printed), [0, '']);
      assert.ok(openCount() >= before);
    });

    test('the writing end of a pipe', async (t) => {
      const { rights, printed } = await passed(t, 'write');
      assert.equal(rights[0].send('into '), 5);
      assert.equal(rights[0].send('the pipe'), 8);
      // Messages are for sockets.
      assert.equal(thrown(() => rights[0].sendMessage({ buffers: [Buffer.alloc(1)] })).code, 'ENOTSOCK');
      rights[0].close();
      assert.deepEqual(await soon(printed), [0, 'into the pipe']);
    });

    test('a file', async (t) => {
      const file = path.join(directory(t), 'file');
      fs.writeFileSync(file, 'what stands in the file');
      const { rights, printed } = await passed(t, 'file', file, 'read', 'file', '/dev/null');
      assert.deepEqual(
        rights.map(({ type }) => type),
        ['file', 'file', 'file'],
      );
      const buffer = Buffer.alloc(10);
      assert.equal(rights[0].recv(buffer), 10);
      assert.equal(buffer.toString(), 'what stand');
      assert.equal(rights[0].send('S'), 1);
      assert.equal(fs.readFileSync(file, 'utf8'), 'what standS in the file');
      await soon(printed);
      // A file is ready always, and no loop can watch it: its descriptor can be given to node:fs.
      const fd = rights[0].detach();
      assert.equal(fs.readSync(fd, buffer, 0, 10, 0), 10);
      fs.closeSync(fd);
    });
  });
});

describe('unix sockets and others', { skip: linux }, () => {
  test('node:net connects', async (t) => {
    const sockets = unixSockets(t);
    // No abstract names: node:net fills them up to 108 bytes, which are another name.
    const name = names.path(t);
    const listener = sockets.listening('stream', name);
    const client = net.connect({ path: name });
    t.after(() => client.destroy());
    await soon(listener.readable());
    const server = sockets.keep(listener.accept());
    const sent = pattern((2 << 20) + 3);
    client.end(sent);
    assert.equal(checksum(await receiveAll(server)), checksum(sent));
    server.send('got it');
    server.close();
    const answer = await soon(new Promise((resolve) => client.once('data', resolve)));
    assert.equal(answer.toString(), 'got it');
  });

  test('node:net listens', async (t) => {
    const { open } = unixSockets(t);
    const name = names.path(t);
    const server = net.createServer((connection) => connection.pipe(connection));
    t.after(() => new Promise((resolve) => server.close(resolve)));
    await new Promise((resolve) => server.listen(name, resolve));
    const client = open('stream');
    client.connect({ path: name });
    const sent = pattern((2 << 20) + 5);
    const [, received] = await Promise.all([
      sendAll(client, sent).then(() => client.shutdown('write')),
      receiveAll(client),
    ]);
    assert.equal(checksum(received), checksum(sent));
  });

  test('connect, listen and toNet hand them to node:net', async (t) => {
    const { pair } = unixSockets(t);
    const name = path.join(directory(t), 'sock');
    const server = await listen({ path: name });
    t.after(() => new Promise((resolve) => server.close(resolve)));
    assert.ok(server instanceof net.Server);
    server.on('connection', (connection) => connection.end('hello'));
    const client = await connect({ path: name });
    assert.ok(client instanceof net.Socket);
    const text = await soon(new Promise((resolve) => client.setEncoding('utf8').once('data', resolve)));
    assert.equal(text, 'hello');
    client.destroy();
    const [one, two] = pair('stream');
    const stream = one.toNet();
    t.after(() => stream.destroy());
    stream.write('from node:net');
    await soon(two.readable());
    assert.equal(next(two).text, 'from node:net');
  });

  test('a child takes over a listening socket as descriptor 3', async (t) => {
    const sockets = unixSockets(t);
    for (const listener of [
      sockets.listening('stream', path.join(directory(t), 'sock')),
      sockets.listening('stream', abstractName()),
      opener(t).listening(),
    ]) {
      const address = listener.localAddress();
      const child = spawn(process.execPath, [path.join(__dirname, 'fixtures/activated.js')], {
        stdio: ['ignore', 'inherit', 'inherit', listener.fd],
        env: { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined, LISTEN_FDS: '1' },
      });
      const ended = new Promise((resolve) => child.on('exit', resolve));
      // From now on it is the child's.
      listener.close();
      const client = sockets.keep(new Socket({ family: listener.family, type: 'stream' }));
      client.connect(address);
      await soon(client.writable());
      client.send('first connection');
      const answer = JSON.parse(await receiveAll(client));
      assert.deepEqual(answer, {
        text: 'first connection',
        family: listener.family,
        type: 'stream',
        fd: 3,
        address,
      });
      assert.equal(await soon(ended), 0);
    }
  });

  describe('socat', { skip: need('socat') }, () => {
    /** A running socat; its input and output, and its end. */
    function socat(t, ...addresses) {
      const child = spawn(program('socat'), ['-t', '10', ...addresses], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      t.after(() => child.kill('SIGKILL'));
      let text = '';
      child.stdout.setEncoding('latin1').on('data', (piece) => {
        text += piece;
      });
      const ended = new Promise((resolve) => child.on('close', () => resolve(text)));
      return { child, ended, input: child.stdin, output: () => text };
    }

    test('connects to a path and to an abstract name', async (t) => {
      const sockets = unixSockets(t);
      for (const [name, target] of [
        [path.join(directory(t), 'sock'), (it) => `UNIX-CONNECT:${it}`],
        // As long a name as its bytes, not as the address could hold.
        [abstractName(), (it) => `ABSTRACT-CONNECT:${it.slice(1)}`],
      ]) {
        const listener = sockets.listening('stream', name);
        const peer = socat(t, '-', target(name));
        peer.input.end('from socat');
        await soon(listener.readable());
        const connection = sockets.keep(listener.accept());
        assert.equal((await receiveAll(connection)).toString(), 'from socat');
        await sendAll(connection, pattern(100_000));
        connection.close();
        assert.equal(checksum(Buffer.from(await soon(peer.ended), 'latin1')), checksum(pattern(100_000)));
      }
    });

    test('listens', async (t) => {
      const { open } = unixSockets(t);
      for (const [type, kind] of [
        ['stream', ''],
        ['seqpacket', ',type=5'],
      ]) {
        const name = path.join(directory(t), 'sock');
        socat(t, `UNIX-LISTEN:${name}${kind}`, 'PIPE');
        const client = open(type);
        await until(() => {
          try {
            return client.connect({ path: name });
          } catch (error) {
            assert.match(error.code, /^(ENOENT|ECONNREFUSED)$/);
            return false;
          }
        });
        client.send('echo');
        await soon(client.readable());
        assert.equal(next(client).text, 'echo', type);
      }
    });

    test('sends datagrams, and gets answers at its own path', async (t) => {
      const sockets = unixSockets(t);
      const folder = directory(t);
      const [ours, theirs] = [path.join(folder, 'ours'), path.join(folder, 'theirs')];
      const socket = sockets.bound('datagram', ours);
      const peer = socat(t, '-', `UNIX-SENDTO:${ours},bind=${theirs}`);
      peer.input.write('question');
      await soon(socket.readable());
      const question = next(socket);
      assert.deepEqual([question.text, question.address.path], ['question', theirs]);
      socket.sendTo('answer', question.address);
      await until(() => peer.output() === 'answer');
    });
  });
});
