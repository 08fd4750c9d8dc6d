'use strict';

// Small DNS clients over UDP, in JavaScript and in C, against a real server.

const assert = require('node:assert/strict');
const dns = require('node:dns');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { DatagramBatch, Socket } = require('../index.js');
const { toolchains } = require('./support/emscripten.js');
const { buildNative, buildWasm, start } = require('./support/programs.js');
const { need } = require('./support/requirements.js');
const { startDnsmasq } = require('./support/servers.js');
const { soon } = require('./support/sockets.js');

const TYPES = { A: 1, CNAME: 5, TXT: 16, AAAA: 28 };
const NXDOMAIN = 3;
const ATTEMPTS = 10;
const WAIT_MS = 1000;

const RECORDS = [
  'local=/test/',
  'host-record=one.test,192.0.2.1',
  ...[1, 2, 3].map((last) => `host-record=many.test,198.51.100.${last}`),
  'host-record=six.test,2001:db8::6',
  'cname=alias.test,one.test',
  'txt-record=text.test,"hello, world"',
  // Longer than 512 bytes, which is all that UDP carries without an extension.
  ...Array.from({ length: 12 }, (_, index) => `txt-record=long.test,${`${index}`.padStart(90, 'x')}`),
];
const QUESTIONS = [
  ...['one.test/A', 'many.test/A', 'six.test/AAAA', 'alias.test/A', 'alias.test/CNAME', 'text.test/TXT'],
  ...['missing.test/A', 'one.test/AAAA', 'long.test/TXT'],
];

function encode(id, question) {
  const [name, type] = question.split('/');
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]));
  const head = Buffer.from([id >> 8, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([head, ...labels, Buffer.of(0, 0, TYPES[type], 0, 1)]);
}

function readName(packet, at) {
  const labels = [];
  let end;
  for (;;) {
    const size = packet[at];
    if (size >= 0xc0) {
      end ??= at + 2;
      at = packet.readUInt16BE(at) & 0x3fff;
    } else if (size === 0) {
      return { name: labels.join('.'), at: end ?? at + 1 };
    } else {
      labels.push(packet.toString('latin1', at + 1, at + 1 + size));
      at += 1 + size;
    }
  }
}

/** An answer as `{ id, code, truncated, records: ['1 192.0.2.1', …] }`. */
function decode(packet) {
  const records = [];
  let { at } = readName(packet, 12);
  at += 4;
  for (let left = packet.readUInt16BE(6); left > 0; left--) {
    ({ at } = readName(packet, at));
    const [type, size] = [packet.readUInt16BE(at), packet.readUInt16BE(at + 8)];
    at += 10;
    const data = packet.subarray(at, at + size);
    const texts = {
      [TYPES.A]: () => data.join('.'),
      [TYPES.AAAA]: () => shorten(data.toString('hex').match(/.{4}/g).join(':')),
      [TYPES.CNAME]: () => readName(packet, at).name,
      [TYPES.TXT]: () => data.toString('latin1', 1, 1 + data[0]),
    };
    records.push(`${type} ${texts[type]?.()}`);
    at += size;
  }
  const flags = packet.readUInt16BE(2);
  return {
    id: packet.readUInt16BE(0),
    code: flags & 15,
    truncated: (flags & 0x200) !== 0,
    records: records.sort(),
  };
}

const shorten = (address) => new URL(`http://[${address}]/`).hostname.slice(1, -1);

/** Asks everything at once, and again for what has no answer yet. */
async function ask(port, questions) {
  const socket = new Socket({ family: 'IPv4', type: 'datagram' });
  const answers = new Map();
  try {
    socket.connect({ address: '127.0.0.1', port });
    const batch = new DatagramBatch({ count: questions.length, size: 4096 });
    for (let attempt = 0; attempt < ATTEMPTS && answers.size < questions.length; attempt++) {
      const open = questions.filter((question) => !answers.has(question));
      open.forEach((question, index) => {
        batch.set(index, encode(questions.indexOf(question), question));
      });
      assert.equal(socket.sendMany(batch, open.length), open.length);
      const signal = AbortSignal.timeout(WAIT_MS);
      while (answers.size < questions.length) {
        const received = socket.recvMany(batch);
        for (let index = 0; index < received; index++) {
          const { id, ...answer } = decode(batch.data(index));
          answers.set(questions[id], answer);
        }
        if (received >= 0) continue;
        try {
          await socket.readable({ signal });
        } catch (error) {
          assert.equal(error.code, 'ABORT_ERR');
          break;
        }
      }
    }
  } finally {
    socket.close();
  }
  return answers;
}

describe('DNS over UDP', { skip: need('dnsmasq') }, () => {
  let server;
  before(async () => {
    server = await startDnsmasq(RECORDS);
  });
  after(() => server?.stop());

  test('a client in JavaScript', async () => {
    const answers = await ask(server.port, QUESTIONS);
    const answer = (question) => answers.get(question);
    const found = (...records) => ({ code: 0, truncated: false, records });
    assert.deepEqual(answer('one.test/A'), found('1 192.0.2.1'));
    assert.deepEqual(answer('many.test/A'), found('1 198.51.100.1', '1 198.51.100.2', '1 198.51.100.3'));
    assert.deepEqual(answer('six.test/AAAA'), found('28 2001:db8::6'));
    assert.deepEqual(answer('alias.test/A'), found('1 192.0.2.1', '5 one.test'));
    assert.deepEqual(answer('alias.test/CNAME'), found('5 one.test'));
    assert.deepEqual(answer('text.test/TXT'), found('16 hello, world'));
    assert.deepEqual(answer('one.test/AAAA'), found());
    assert.equal(answer('missing.test/A').code, NXDOMAIN);
    assert.equal(answer('long.test/TXT').truncated, true);
  });

  test('the same as node:dns', async () => {
    const resolver = new dns.promises.Resolver();
    resolver.setServers([`127.0.0.1:${server.port}`]);
    const answers = await ask(server.port, ['many.test/A', 'text.test/TXT', 'six.test/AAAA']);
    const data = (question) => answers.get(question).records.map((record) => record.replace(/^\d+ /, ''));
    assert.deepEqual(data('many.test/A'), (await soon(resolver.resolve4('many.test'))).sort());
    assert.deepEqual(data('six.test/AAAA'), await soon(resolver.resolve6('six.test')));
    assert.deepEqual(data('text.test/TXT'), (await soon(resolver.resolveTxt('text.test'))).flat());
  });

  test('many clients at once', async () => {
    const clients = Array.from({ length: 20 }, () => ask(server.port, QUESTIONS));
    const [first, ...others] = await soon(Promise.all(clients));
    assert.equal(first.size, QUESTIONS.length);
    const records = (answers) =>
      QUESTIONS.filter((it) => it !== 'long.test/TXT').map((it) => answers.get(it));
    for (const other of others) assert.deepEqual(records(other), records(first));
  });

  describe('a client in C', { skip: need('gcc', 'emscripten') }, () => {
    const source = path.join(__dirname, 'fixtures/dns_client.c');
    const client = { name: 'dns_client', source, flags: [], libraries: [] };
    const printed = async (command) => {
      const args = [String(server.port), ...QUESTIONS];
      const { status, stdout, stderr } = await start(command, args).ended;
      assert.deepEqual([status, stderr], [0, ''], stdout);
      return stdout.split('\n');
    };
    let expected;
    before(async () => {
      expected = await printed(await buildNative(client));
      const answers = await ask(server.port, ['one.test/A']);
      assert.deepEqual(expected.slice(0, 2), [
        'one.test/A: code 0, 1 answers',
        `  ${answers.get('one.test/A').records}`,
      ]);
      assert.ok(expected.includes('missing.test/A: code 3, 0 answers'));
      assert.ok(!expected.some((line) => line.endsWith('no answer')));
    });

    for (const toolchain of toolchains()) {
      for (const flavour of ['O3', 'link-O3']) {
        test(`${toolchain.version} ${flavour}`, async () => {
          assert.deepEqual(await printed(await buildWasm(client, toolchain, flavour)), expected);
        });
      }
    }
  });
});
