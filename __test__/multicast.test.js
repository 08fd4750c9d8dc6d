'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const dgram = require('node:dgram');
const { describe, test } = require('node:test');
const { promisify } = require('node:util');
const control = require('../lib/control.js');
const { datagrams, isEmpty, next } = require('./support/datagrams.js');
const { namespacePair } = require('./support/namespaces.js');
const { need } = require('./support/requirements.js');
const { resultOf, soon, thrown, until, withoutIPv6 } = require('./support/sockets.js');

const GROUPS = { IPv4: ['239.18.77.1', '239.18.77.2'], IPv6: ['ff15::77:1', 'ff15::77:2'] };
const linux = process.platform !== 'linux' && 'uses the loopback interface as Linux has it';

/** Whether this is the namespace that the tests of IPv6 run in: over the loopback interface it has no groups. */
const inside = process.env.HOSTSOCK_TEST_MULTICAST === 'inside';
/** The interface, and what addresses it has. */
const own = inside
  ? {
      index: Number(fs.readFileSync('/sys/class/net/cable/ifindex', 'latin1')),
      name: 'cable',
      address: 'fd00:77::1',
    }
  : { index: 1, name: 'lo', address: '127.0.0.1' };

/** Ways to join and to leave. */
const memberships = {
  IPv4: [
    ['IP_ADD_MEMBERSHIP', 'IP_DROP_MEMBERSHIP', (group) => ({ group, interface: '127.0.0.1' })],
    ['IP_ADD_MEMBERSHIP', 'IP_DROP_MEMBERSHIP', (group) => ({ group, interface: own.index })],
    ['MCAST_JOIN_GROUP', 'MCAST_LEAVE_GROUP', (group) => ({ group, interface: own.index })],
  ],
  IPv6: [
    ['IPV6_JOIN_GROUP', 'IPV6_LEAVE_GROUP', (group) => ({ group, interface: own.index })],
    ['IPV6_ADD_MEMBERSHIP', 'IPV6_DROP_MEMBERSHIP', (group) => ({ group, interface: own.index })],
    ['MCAST_JOIN_GROUP', 'MCAST_LEAVE_GROUP', (group) => ({ group, interface: own.index })],
  ],
};

for (const family of inside ? ['IPv6'] : ['IPv4']) {
  const [group, other] = GROUPS[family];
  const anywhere = family === 'IPv4' ? '0.0.0.0' : '::';

  /** A receiver that takes only what it has joined, and a sender, on that interface. */
  const ends = (t) => {
    const { bound, open } = datagrams(t);
    const receiver = bound(family, { address: anywhere, port: 0 });
    receiver.setOption(family === 'IPv4' ? 'IP_MULTICAST_ALL' : 'IPV6_MULTICAST_ALL', false);
    const sender = open(family);
    sender.setOption(
      ...(family === 'IPv4' ? ['IP_MULTICAST_IF', '127.0.0.1'] : ['IPV6_MULTICAST_IF', own.index]),
    );
    const { port } = receiver.localAddress();
    return {
      receiver,
      sender,
      open,
      bound,
      send: (text, to = group) => sender.sendTo(text, { address: to, port }),
    };
  };

  describe(`multicast over ${family}`, { skip: linux }, () => {
    for (const [join, leave, value] of memberships[family]) {
      test(`${join} and ${leave} of ${JSON.stringify(value(group))}`, (t) => {
        const { receiver, send } = ends(t);
        send('before');
        assert.ok(isEmpty(receiver));
        receiver.setOption(join, value(group));
        send('to another group', other);
        send('to the group');
        assert.equal(next(receiver).text, 'to the group');
        assert.equal(thrown(() => receiver.setOption(join, value(group))).code, 'EADDRINUSE');
        receiver.setOption(join, value(other));
        send('to another group', other);
        assert.equal(next(receiver).text, 'to another group');
        receiver.setOption(leave, value(group));
        send('after');
        send('only this', other);
        assert.equal(next(receiver).text, 'only this');
        assert.ok(isEmpty(receiver));
        const error = thrown(() => receiver.setOption(leave, value(group)));
        assert.deepEqual([error.code, error.syscall], ['EADDRNOTAVAIL', 'setsockopt']);
      });
    }

    test('from one source alone', (t) => {
      const { receiver, send, sender, bound } = ends(t);
      const [source, foreign] = family === 'IPv4' ? [own.address, '127.0.0.2'] : [own.address, 'fd00:77::99'];
      const value = (from) => ({ group, source: from, interface: family === 'IPv4' ? source : own.index });
      const [join, leave] =
        family === 'IPv4'
          ? ['IP_ADD_SOURCE_MEMBERSHIP', 'IP_DROP_SOURCE_MEMBERSHIP']
          : ['MCAST_JOIN_SOURCE_GROUP', 'MCAST_LEAVE_SOURCE_GROUP'];
      receiver.setOption(join, value(foreign));
      send('from a source that was not asked for');
      assert.ok(isEmpty(receiver));
      receiver.setOption(join, value(source));
      send('from the source');
      const received = next(receiver);
      assert.deepEqual([received.text, received.address.address], ['from the source', source]);
      if (family === 'IPv4') {
        const elsewhere = bound(family, { address: foreign, port: 0 });
        elsewhere.setOption('IP_MULTICAST_IF', foreign);
        const to = { address: group, port: receiver.localAddress().port };
        elsewhere.sendTo('from the foreign', to);
        assert.equal(next(receiver).address.address, foreign);
        receiver.setOption(leave, value(foreign));
        elsewhere.sendTo('not any more', to);
      }
      send('still');
      assert.equal(next(receiver).text, 'still');
      receiver.setOption(leave, value(source));
      send('nor this');
      assert.ok(isEmpty(receiver));
      assert.equal(sender.localAddress().port > 0, true);
    });

    test('all but one source', (t) => {
      const { receiver, send } = ends(t);
      const source = own.address;
      const value = { group, source, interface: own.index };
      receiver.setOption('MCAST_JOIN_GROUP', { group, interface: own.index });
      receiver.setOption('MCAST_BLOCK_SOURCE', value);
      send('blocked');
      assert.ok(isEmpty(receiver));
      receiver.setOption('MCAST_UNBLOCK_SOURCE', value);
      send('unblocked');
      assert.equal(next(receiver).text, 'unblocked');
    });

    test('the hop limit and the interface are those that were set', (t) => {
      const { receiver, send, sender } = ends(t);
      const [limit, receive, name] =
        family === 'IPv4'
          ? ['IP_MULTICAST_TTL', 'IP_RECVTTL', 'ttl']
          : ['IPV6_MULTICAST_HOPS', 'IPV6_RECVHOPLIMIT', 'hopLimit'];
      receiver.setOption('MCAST_JOIN_GROUP', { group, interface: own.index });
      receiver.setOption(receive, true);
      receiver.setOption(family === 'IPv4' ? 'IP_PKTINFO' : 'IPV6_RECVPKTINFO', true);
      const heard = () => control.read(next(receiver, { controlLength: control.space(4, 20) }).control);
      assert.equal(sender.getOption(limit), 1);
      send('x');
      assert.equal(heard()[name], 1);
      sender.setOption(limit, 17);
      assert.equal(sender.getOption(limit), 17);
      send('x');
      const { pktinfo, ...rest } = heard();
      assert.equal(rest[name], 17);
      assert.deepEqual([pktinfo.address, pktinfo.interface], [group, own.index]);
      if (family === 'IPv4') assert.equal(sender.getOption('IP_MULTICAST_IF'), '127.0.0.1');
      else assert.equal(sender.getOption('IPV6_MULTICAST_IF'), own.index);
      const loop = family === 'IPv4' ? 'IP_MULTICAST_LOOP' : 'IPV6_MULTICAST_LOOP';
      assert.equal(sender.getOption(loop), true);
      sender.setOption(loop, false);
      assert.equal(sender.getOption(loop), false);
    });

    test('the kernel refuses what is no group, and what is no interface', (t) => {
      const { receiver } = ends(t);
      const single = family === 'IPv4' ? '127.0.0.1' : '::1';
      const [join] = memberships[family][0];
      const code = (name, value) => thrown(() => receiver.setOption(name, value)).code;
      assert.equal(
        code(join, { group: single, interface: family === 'IPv4' ? '127.0.0.1' : own.index }),
        'EINVAL',
      );
      assert.equal(code('MCAST_JOIN_GROUP', { group, interface: 987_654 }), 'ENODEV');
    });

    test('node:dgram sends, and node:dgram receives', async (t) => {
      const { receiver, send, sender } = ends(t);
      receiver.setOption('MCAST_JOIN_GROUP', { group, interface: own.index });
      const node = dgram.createSocket({ type: family === 'IPv4' ? 'udp4' : 'udp6', reuseAddr: true });
      t.after(() => new Promise((resolve) => node.close(resolve)));
      await new Promise((resolve) => node.bind(0, anywhere, resolve));
      const theirs = family === 'IPv4' ? own.address : `::%${own.name}`;
      node.addMembership(other, theirs);
      node.setMulticastInterface(theirs);
      node.send('from node', receiver.localAddress().port, group);
      await soon(receiver.readable());
      assert.equal(next(receiver).text, 'from node');
      const texts = [];
      node.on('message', (data) => texts.push(data.toString()));
      sender.sendTo('to node', { address: other, port: node.address().port });
      await until(() => texts.length > 0);
      assert.deepEqual(texts, ['to node']);
      send('to both', group);
      assert.equal(next(receiver).text, 'to both');
    });
  });
}

describe('multicast in namespaces', { skip: inside || need('root', 'ip', 'netns') }, () => {
  test('over IPv6', { skip: withoutIPv6() }, async (t) => {
    const [host] = namespacePair(t);
    // Bun's runner is another; Deno takes Node's flags for its own.
    const args = process.versions.bun ? ['test', __filename] : ['--test', '--test-reporter=spec', __filename];
    const [command, ...rest] = [...host.through, process.execPath, ...args];
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined, HOSTSOCK_TEST_MULTICAST: 'inside' };
    const { stdout, stderr } = await promisify(execFile)(command, rest, { env }).catch((error) => error);
    const output = stdout + stderr;
    assert.match(output, /^ℹ pass 8$|^ 8 pass$|\(8 steps\)/m, output);
    assert.match(output, /^ℹ fail 0$|^ 0 fail$|\| 0 failed \|/m, output);
  });

  for (const kind of ['any source', 'one source']) {
    for (const family of ['IPv4', 'IPv6']) {
      test(`two hosts exchange datagrams over ${family}, ${kind}`, async (t) => {
        const [group] = GROUPS[family];
        const hosts = namespacePair(t);
        const questions = 20;
        const settings = (index) => ({
          ...{ group, port: 7_777, questions, local: hosts[index].IPv4 },
          ...(kind === 'one source' && { source: hosts[1 - index][family] }),
        });
        const [asked, answered] = await Promise.all([
          resultOf('multicast.ask', [family, settings(0)], { through: hosts[0].through }),
          resultOf('multicast.answer', [family, settings(1)], { through: hosts[1].through }),
        ]);
        assert.deepEqual(
          asked.answers,
          Array.from({ length: questions }, (_, index) => `answer ${index}`),
        );
        const isLinkLocal = (address) => address.startsWith('fe80:') || address === hosts[1][family];
        assert.ok(asked.from.length === 1 && isLinkLocal(asked.from[0]), `${asked.from}`);
        assert.deepEqual(asked.limits, [5]);
        // The one that loops its own back hears them, unless it listens to the other alone.
        assert.ok(kind === 'one source' ? asked.own === 0 : asked.own >= questions, `${asked.own}`);
        assert.equal(answered.own, 0);
        assert.equal(answered.from.length, 1);
      });
    }
  }
});
