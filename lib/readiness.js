'use strict';

const native = require('../native.js');
const { check } = require('./errors.js');

/** Handles carry the table's index in their low 20 bits. */
const INDEX = 0xfffff;
/** Pairs of handle and ready bits (with the state above them for a guest's); as many as one wake-up can bring. */
const reports = new Int32Array(2 * 1024);

/** Watchers by table index: `{ handle, deliver(ready) }`. @type {Array<object | undefined>} */
const watchers = [];
let started = false;
let keepingAlive = 0;

function backend() {
  // Elsewhere libuv is missing, or is there in name only: a call of it would end the process.
  const elsewhere = process.platform === 'win32' || process.versions.bun || process.versions.deno;
  return elsewhere || process.env.HOSTSOCK_READINESS === 'thread' ? 'thread' : 'uv';
}

/** Called by the addon once per wake-up, for all sockets that are ready. */
function dispatch() {
  const count = native.collect(reports);
  for (let at = 0; at < 2 * count; at += 2) {
    const watcher = watchers[reports[at] & INDEX];
    // A listener may have closed or unwatched it a moment ago.
    if (watcher === undefined || watcher.handle !== reports[at]) continue;
    try {
      watcher.deliver(reports[at + 1]);
    } catch (error) {
      // One listener's mistake must not silence the sockets behind it.
      process.nextTick(() => {
        throw error;
      });
    }
  }
  native.settle();
}

let scheduled = false;

/**
 * The thread may wake this one several times in one turn of the loop; reports are handed out once in
 * each, so that one busy socket leaves room for everything else.
 */
function dispatchOnNextTurn() {
  if (scheduled) return;
  scheduled = true;
  setImmediate(() => {
    scheduled = false;
    dispatch();
  });
}

/**
 * Sets what a socket is watched for; 0 ends it.
 *
 * @param {{ handle: number, deliver(ready: number): void }} watcher
 * @param {number} events
 */
function watch(watcher, events) {
  if (!started) {
    const thread = backend() === 'thread';
    check(native.startReadiness(thread ? dispatchOnNextTurn : dispatch, thread ? 1 : 0), 'watch');
    started = true;
  }
  check(native.watch(watcher.handle, events), 'watch');
  watchers[watcher.handle & INDEX] = events === 0 ? undefined : watcher;
}

/** Forgets a socket that is being closed. */
function forget(watcher) {
  const index = watcher.handle & INDEX;
  if (watchers[index] === watcher) watchers[index] = undefined;
}

/** Counts a socket that keeps the loop alive in (+1) or out (-1). */
function keepAlive(change) {
  const before = keepingAlive;
  keepingAlive += change;
  if ((before === 0) !== (keepingAlive === 0)) native.keepAlive(keepingAlive === 0 ? 0 : 1);
}

module.exports = { backend, forget, keepAlive, watch };
