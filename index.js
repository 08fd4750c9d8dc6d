'use strict';

require('./lib/policy.js');
const control = require('./lib/control.js');
const { DatagramBatch } = require('./lib/batch.js');
const { connect, listen } = require('./lib/connect.js');
const { lookup, lookupSync, lookupService, lookupServiceSync } = require('./lib/lookup.js');
const options = require('./lib/options.js');
const { Socket, constants, handleOf, isSocket, poll } = require('./lib/socket.js');

const { READABLE, WRITABLE, HANGUP, ERROR } = constants;

/** Calls an option function on a Socket, one of Node's sockets, or a descriptor. */
function on(call, target, args) {
  return isSocket(target)
    ? call(handleOf(target), false, ...args)
    : call(options.descriptorOf(target), true, ...args);
}

const getOption = (target, ...args) => on(options.get, target, args);
const setOption = (target, ...args) => on(options.set, target, args);
const getsockopt = (target, ...args) => on(options.getRaw, target, args);
const setsockopt = (target, ...args) => on(options.setRaw, target, args);

module.exports = {
  Socket,
  DatagramBatch,
  connect,
  listen,
  lookup,
  lookupSync,
  lookupService,
  lookupServiceSync,
  poll,
  getOption,
  setOption,
  getsockopt,
  setsockopt,
  constants,
  control,
  READABLE,
  WRITABLE,
  HANGUP,
  ERROR,
};

// Made at its first use: most programs never look at the table.
Object.defineProperty(module.exports, 'optionTable', { enumerable: true, get: options.optionTable });
