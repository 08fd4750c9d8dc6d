'use strict';

// A wasm program that passes anything at all to the calls behind it: pointers and lengths outside of its memory,
// descriptors and instances that are not its own. It gets an error number, and nothing outside of its memory changes.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');
const { promisify } = require('node:util');
const native = require('../native.js');

const exec = promisify(execFile);
const FUZZ = path.join(__dirname, 'fixtures/hostile.js');

const SIZE = 4096;
const [EBADF, EFAULT, EINVAL] = [8, 21, 28];

/** A module's memory inside a larger buffer, and whether what lies around it is as it was. */
function memory() {
  const whole = new Uint8Array(3 * SIZE).fill(0xa5);
  const inside = whole.subarray(SIZE, 2 * SIZE).fill(0);
  const around = [whole.subarray(0, SIZE), whole.subarray(2 * SIZE)];
  return { inside, intact: () => around.every((part) => part.every((byte) => byte === 0xa5)) };
}

function pair(instance, kind = 1) {
  const { inside } = memory();
  assert.equal(native.guestPair(instance, 1, kind, 0, inside, 0), 0);
  const handles = new Int32Array(inside.buffer, inside.byteOffset, 2);
  return [3, 4].map((fd, index) => {
    const number = fd + 10 * kind;
    assert.equal(native.guestAssign(instance, number, handles[index]), 0);
    return number;
  });
}

test('pointers at the edge and beyond it', () => {
  for (const wide of [0, 1]) {
    const instance = native.guestBegin(wide, 0);
    const { inside, intact } = memory();
    const view = new DataView(inside.buffer, inside.byteOffset, SIZE);
    const [one, two] = pair(instance, 2);
    const outside = [SIZE, SIZE + 1, SIZE - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -1, -8, -(2 ** 31)];
    const fault = (name, result) => assert.equal(result, -EFAULT, name);
    for (const at of outside) {
      // The last byte is inside, what follows it is not; no length fits behind the memory.
      fault(`send from ${at}`, native.guestSendto(instance, one, inside, at, 2, 0x40, 0, 0));
      fault(`recv to ${at}`, native.guestRecvfrom(instance, one, inside, at, 2, 0x40, 0, 0));
      fault(`sendmsg at ${at}`, native.guestSendmsg(instance, one, inside, at, 0x40));
      fault(`recvmsg at ${at}`, native.guestRecvmsg(instance, one, inside, at, 0x40));
      fault(`readv at ${at}`, native.guestReadv(instance, one, inside, at, 1));
      fault(`writev at ${at}`, native.guestWritev(instance, one, inside, at, 1));
      fault(`bind at ${at}`, native.guestBind(instance, one, inside, at, 16));
      fault(`connect at ${at}`, native.guestConnect(instance, one, inside, at, 16));
      fault(`poll at ${at}`, native.guestPoll(instance, inside, at, 1, 0, 0));
      fault(`getsockname at ${at}`, native.guestName(instance, one, inside, 0, at, 0));
      fault(`option length at ${at}`, native.guestGetsockopt(instance, one, inside, 1, 3, 0, at));
      fault(`option at ${at}`, native.guestSetsockopt(instance, one, inside, 1, 9, at, 4));
      fault(`pair at ${at}`, native.guestPair(instance, 1, 1, 0, inside, at));
      fault(`pipe at ${at}`, native.guestPipe(instance, inside, at));
      fault(`ioctl at ${at}`, native.guestIoctl(instance, one, inside, 0x541b, at));
      view.setUint32(0, 4, true);
      fault(`option value at ${at}`, native.guestGetsockopt(instance, one, inside, 1, 3, at, 0));
      view.setUint32(0, 16, true);
      fault(`name at ${at}`, native.guestName(instance, one, inside, at, 0, 0));
    }
    for (const length of [SIZE + 1, 2 ** 31, 2 ** 32 - 1, 2 ** 53, -1]) {
      fault(`send of ${length}`, native.guestSendto(instance, one, inside, 0, length, 0x40, 0, 0));
      fault(`recv of ${length}`, native.guestRecvfrom(instance, one, inside, 0, length, 0x40, 0, 0));
      // A pollfd has eight bytes; so many that their size is no number is another mistake.
      const polled = native.guestPoll(instance, inside, 0, length, 0, 0);
      assert.ok(polled === -EFAULT || polled === -EINVAL, `poll of ${length}: ${polled}`);
    }
    // What fits exactly is good.
    assert.equal(native.guestSendto(instance, one, inside, SIZE - 4, 4, 0x40, 0, 0), 4);
    assert.equal(native.guestRecvfrom(instance, two, inside, SIZE - 4, 4, 0x40, 0, 0), 4);
    assert.equal(native.guestSendto(instance, one, inside, SIZE, 0, 0x40, 0, 0), 0);

    // Lists that point outside, and that are longer than there may be.
    const word = wide ? 8 : 4;
    const put = (place, value) =>
      wide ? view.setBigUint64(place, BigInt(value), true) : view.setUint32(place, value, true);
    for (const [base, length] of [
      [SIZE - 1, 2],
      [0, SIZE + 1],
      [2 ** 32 - 1, 1],
      [1, 2 ** 32 - 1],
    ]) {
      put(64, base);
      put(64 + word, length);
      fault(`writev of ${base} ${length}`, native.guestWritev(instance, one, inside, 64, 1));
      fault(`readv of ${base} ${length}`, native.guestReadv(instance, one, inside, 64, 1));
    }
    assert.equal(native.guestWritev(instance, one, inside, 0, 1025), -EINVAL);
    assert.equal(native.guestWritev(instance, one, inside, 0, -1), -EINVAL);
    inside.fill(0);

    // Descriptors and instances that it does not have.
    for (const fd of [0, 3, 1000, 1 << 20, 2 ** 31 - 1, -1, -(2 ** 31), NaN]) {
      assert.equal(native.guestSendto(instance, fd, inside, 0, 1, 0x40, 0, 0), -EBADF, `fd ${fd}`);
    }
    for (const other of [0, -1, 4095, 4096, 2 ** 31 - 1, -(2 ** 31), instance + 1, NaN]) {
      assert.equal(native.guestSendto(other, one, inside, 0, 1, 0x40, 0, 0), -EBADF, `instance ${other}`);
      assert.equal(native.guestListen(other, one, 1), -EBADF);
    }
    assert.ok(intact());
  }
});

test('handles are no way to the sockets of others', () => {
  const [mine, other] = [native.guestBegin(0, 0), native.guestBegin(0, 0)];
  const handle = native.guestSocket(mine, 2, 1, 0);
  assert.ok(handle > 0);
  assert.equal(native.guestAssign(other, 5, handle), -EBADF);
  for (let guess = handle - 2000; guess < handle + 2000; guess++) {
    if (guess !== 0) assert.equal(native.guestAssign(other, 5, guess), -EBADF);
  }
  assert.equal(native.guestListen(other, 5, 1), -EBADF);
  native.close(handle);
  assert.equal(native.guestAssign(mine, 5, handle), -EBADF);
});

for (const seed of [1, 2]) {
  test(`a million random calls, seed ${seed}`, async () => {
    const { stdout } = await exec(process.execPath, [FUZZ, String(seed), '600000'], { timeout: 300_000 });
    const told = JSON.parse(stdout);
    assert.equal(told.calls, 600_000);
    assert.equal(told.intact, true, 'memory around the module');
    assert.deepEqual(told.unused, [], 'calls that were never made');
    assert.ok(told.good > 1000, `calls that did something: ${told.good}`);
  });
}
