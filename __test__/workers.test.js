'use strict';

// Worker threads: each has its own readiness, all share the table of handles, and whatever way a worker ends, what it
// had open is closed. Everything runs in processes of their own, where a crash is a result and descriptors can be counted.

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { inChild, resultOf } = require('./support/sockets.js');

describe('a worker with 100 watched sockets', () => {
  for (const [how, ending] of Object.entries({
    terminate: 'worker.terminate()',
    exit: 'process.exit() in the worker',
    exitInListener: 'process.exit() in a listener',
    natural: 'the end of its loop',
    throw: 'an uncaught exception',
    throwInListener: 'an exception in a listener',
  })) {
    test(`that is ended by ${ending} leaves no descriptor and no thread`, async () => {
      const { before, after, threadsBefore, threadsAfter, statuses } = await resultOf('workers.leaks', [how]);
      assert.deepEqual(after, before);
      assert.deepEqual(threadsAfter, threadsBefore);
      const status = { terminate: 1, exit: 7, exitInListener: 7, natural: 0, throw: 1, throwInListener: 1 }[
        how
      ];
      assert.deepEqual(statuses, [status, status, status]);
    });
  }

  test('has what it sent delivered, and its peers see the end', async () => {
    assert.deepEqual(await resultOf('workers.peersSeeTheEnd'), { received: 'last words', ended: true });
  });
});

test('an exception in a listener of a worker is the worker’s error', async () => {
  assert.equal(await resultOf('workers.errorOfListener'), 'thrown in a listener');
});

test('16 workers at once, each an echo of its own', async () => {
  const { before, after, lengths } = await resultOf('workers.manyEchoes', [16]);
  assert.deepEqual(lengths, Array(16).fill(200_003));
  assert.deepEqual(after, before);
});

test('the main thread’s sockets go on while workers come and go', async () => {
  const { echoed, workers, before, after } = await resultOf('workers.mainGoesOn');
  assert.equal(echoed, 300);
  assert.equal(workers, 12);
  assert.deepEqual(after, before);
});

test('workers talk to each other and to the main thread', async () => {
  assert.deepEqual(await resultOf('workers.chain', [4]), { text: 'main 0 1 2 3 main' });
});

test('workers that are terminated at any moment of their start', { timeout: 120_000 }, async () => {
  const { before, after } = await resultOf('workers.terminatedEarly', [30]);
  assert.deepEqual(after, before);
});

describe('the end of the process while workers have watched sockets', () => {
  for (const how of ['exit', 'exitInListener', 'natural', 'abandoned']) {
    test(`${how}`, async () => {
      const { status, signal, stderr, notes } = await inChild('workers.mainEnds', [how]);
      assert.deepEqual(
        { status, signal, stderr },
        { status: how.startsWith('exit') ? 5 : 0, signal: null, stderr: '' },
      );
      assert.deepEqual(notes, ['4 workers watch']);
    });
  }
});

describe('a worker in a blocking call', () => {
  // V8 can end a thread only where it runs JavaScript. A blocking call runs none: whoever terminates such a worker waits
  // until the call returns, by its peer or by the socket's own timeout. Programs that want to be terminated set one.
  test('is terminated as soon as SO_RCVTIMEO ends the call', async () => {
    const { ended, status, before, after, returned } = await resultOf('workers.terminatedWhileBlocking', [
      'timeout',
    ]);
    assert.deepEqual({ ended, status }, { ended: true, status: 1 });
    assert.equal(returned, false, 'JavaScript ran on after the call');
    assert.deepEqual(after, before);
  });

  test('is terminated as soon as its peer ends the call', async () => {
    const { endedBefore, ended, before, after } = await resultOf('workers.terminatedWhileBlocking', ['peer']);
    assert.equal(endedBefore, false);
    assert.equal(ended, true);
    assert.deepEqual(after, before);
  });

  test('does not hold the main thread or other workers up', async () => {
    assert.deepEqual(await resultOf('workers.othersWhileBlocking'), {
      main: 100,
      worker: 200_003,
      blocked: 'released',
    });
  });
});

test('a worker without any socket ends like any other', async () => {
  const { before, after, statuses } = await resultOf('workers.leaks', ['idle']);
  assert.deepEqual(after, before);
  assert.deepEqual(statuses, [0, 0, 0]);
});
