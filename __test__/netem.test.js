'use strict';

// Datagrams over a network that loses, doubles and reorders them: a cable between two namespaces, spoilt by the
// kernel's netem where it has that, and by a program of ours, which keeps account of what it lets out, anywhere.

const assert = require('node:assert/strict');
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { before, describe, test } = require('node:test');
const { directory } = require('./support/datagrams.js');
const { native } = require('./support/emscripten.js');
const { ip, namespacePair } = require('./support/namespaces.js');
const { need } = require('./support/requirements.js');
const { resultOf, until } = require('./support/sockets.js');

const GROUP = '239.18.77.9';
const PORT = 7_779;
const DATAGRAMS = 3_000;
const QUESTIONS = 150;
const LAST = 0xfffffff0;
const STYLES = ['watched', 'batched', 'blocking', 'node'];
const NETEM = 'netem delay 3ms 2ms loss 10% duplicate 10% reorder 25%'.split(' ');

/** What UDP has delivered to sockets in a namespace, and what it had to drop there. */
function udpCounters({ name }) {
  const text = execFileSync('ip', ['netns', 'exec', name, 'cat', '/proc/net/snmp'], { encoding: 'utf8' });
  const [names, values] = text.match(/^Udp: .*$/gm).map((line) => line.split(' ').slice(1));
  const all = Object.fromEntries(names.map((key, index) => [key, Number(values[index])]));
  return { delivered: all.InDatagrams, dropped: all.RcvbufErrors + all.InCsumErrors };
}

/** Sends to a group which several processes listen to, so that the kernel gives each of them the same. */
async function exchange(t, [one, two]) {
  const folder = directory(t);
  const receivers = STYLES.map((style) => {
    const settings = { group: GROUP, port: PORT, local: two.IPv4, ready: path.join(folder, style) };
    return resultOf('netem.receive', [style, settings], { through: two.through });
  });
  // A receiver that fails must not be waited for.
  const failed = Promise.race(receivers.map((receiver) => receiver.then(() => new Promise(() => {}))));
  await Promise.race([failed, until(() => fs.readdirSync(folder).length === STYLES.length)]);
  const settings = { group: GROUP, port: PORT, local: one.IPv4, count: DATAGRAMS };
  await Promise.race([failed, resultOf('netem.send', [settings], { through: one.through })]);
  return Promise.all(receivers);
}

/** Questions and answers over the same cable, asked again as often as it takes. */
async function questions(t, [one, two]) {
  const settings = { address: two.IPv4, port: PORT + 1, questions: QUESTIONS };
  const ready = path.join(directory(t), 'ready');
  const answering = resultOf('netem.answer', [{ ...settings, ready }], { through: two.through });
  await Promise.race([answering, until(() => fs.existsSync(ready))]);
  const asked = await resultOf('netem.ask', [settings], { through: one.through });
  return { ...asked, ...(await answering) };
}

function check(results, { delivered, dropped }) {
  const [first, ...others] = results;
  for (const { damaged } of results) assert.equal(damaged, 0);
  // All of them, node:dgram among them, got the same: nothing is lost, doubled or reordered on this side of the kernel.
  for (const [index, { numbers }] of others.entries()) {
    assert.deepEqual(numbers, first.numbers, `${STYLES[index + 1]} and ${STYLES[0]}`);
  }
  assert.equal(dropped, 0);
  // Each has read all the datagrams, and some of the ends.
  assert.ok(delivered >= results.reduce((sum, { numbers }) => sum + numbers.length + 1, 0));
  const { numbers } = first;
  const distinct = new Set(numbers);
  assert.ok(distinct.size < DATAGRAMS, 'nothing was lost on the way');
  assert.ok(distinct.size > DATAGRAMS / 2, 'hardly anything came');
  assert.ok(distinct.size < numbers.length, 'nothing was doubled on the way');
  assert.ok(
    numbers.some((number, index) => number < numbers[index - 1]),
    'nothing was reordered on the way',
  );
  return numbers;
}

describe('a bad network', { skip: need('root', 'ip', 'netns') }, () => {
  describe('of our own', {
    skip: need('gcc') || (!fs.existsSync('/dev/net/tun') && 'needs /dev/net/tun'),
  }, () => {
    let command;
    before(async () => {
      const source = path.join(__dirname, 'fixtures/bad_link.c');
      const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror'];
      command = await native().compile([source], path.join(__dirname, 'build/native/bad_link'), flags);
    });

    /** Two hosts and what joins them; `stop()` gives its account. */
    async function badLink(t, seed) {
      const hosts = namespacePair(t, { link: false });
      const child = spawn(command, [...hosts.map(({ name }) => name), `${seed}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      t.after(() => child.kill('SIGKILL'));
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      const ended = new Promise((resolve) => child.on('close', resolve));
      await Promise.race([
        ended.then((status) => assert.fail(`bad_link ended with ${status}`)),
        until(() => text === 'ready\n'),
      ]);
      for (const { name, IPv4 } of hosts) {
        ip('-n', name, 'address', 'add', `${IPv4}/24`, 'dev', 'cable');
        ip('-n', name, 'link', 'set', 'cable', 'txqueuelen', '10000', 'up');
      }
      return {
        hosts,
        async stop() {
          child.kill('SIGTERM');
          await ended;
          const lines = text.trim().split('\n').slice(1);
          const [, lost, doubled, delayed] = /^lost (\d+) doubled (\d+) delayed (\d+)$/
            .exec(lines.pop())
            .map(Number);
          return { numbers: lines.map(Number), lost, doubled, delayed };
        },
      };
    }

    test('every datagram that it lets out arrives once, in that order', async (t) => {
      const { hosts, stop } = await badLink(t, 77);
      const results = await exchange(t, hosts);
      const counters = udpCounters(hosts[1]);
      const account = await stop();
      const numbers = check(results, counters);
      const letOut = account.numbers.slice(0, account.numbers.indexOf(LAST));
      assert.deepEqual(numbers, letOut);
      assert.equal(letOut.length, DATAGRAMS - account.lost + account.doubled);
      assert.ok(account.delayed > 0);
    });

    test('questions get their answers in the end', async (t) => {
      const { hosts, stop } = await badLink(t, 5);
      const { asked, stale, answered } = await questions(t, hosts);
      const { lost, doubled } = await stop();
      assert.ok(asked > QUESTIONS && lost > 0, `asked ${asked} times, ${lost} lost`);
      assert.ok(answered >= QUESTIONS && answered <= asked + doubled, `${answered} answers`);
      assert.ok(stale > 0, 'no answer came twice or late');
    });
  });

  describe('by the kernel', { skip: need('tc') }, () => {
    /** Two hosts with netem in both directions, or undefined where the kernel was built without. */
    function withNetem(t) {
      const hosts = namespacePair(t);
      try {
        for (const { name } of hosts) {
          const args = ['-n', name, 'qdisc', 'add', 'dev', 'cable', 'root', ...NETEM];
          execFileSync('tc', [...args, 'limit', '100000'], { stdio: 'pipe' });
        }
        return hosts;
      } catch (error) {
        // No package has it, so this is no failure even where everything is required.
        assert.match(String(error.stderr), /qdisc kind is unknown/);
        t.skip('the kernel has no netem');
        return undefined;
      }
    }

    test('every socket gets what the others get', async (t) => {
      const hosts = withNetem(t);
      if (hosts) check(await exchange(t, hosts), udpCounters(hosts[1]));
    });

    test('questions get their answers in the end', async (t) => {
      const hosts = withNetem(t);
      if (!hosts) return;
      const { asked, answered } = await questions(t, hosts);
      assert.ok(asked > QUESTIONS && answered >= QUESTIONS);
    });
  });
});
