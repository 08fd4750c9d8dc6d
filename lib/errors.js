'use strict';

const { channel } = require('node:diagnostics_channel');
const util = require('node:util');
const native = require('../native.js');

/** Every error of a system call, or of the resolver, that reaches the program. */
const errors = channel('hostsock:error');

/** libuv's numbers by name, where the host's own are not what Node shows (Windows). */
let uvNumbers;

/**
 * An error in the shape of Node's system errors.
 *
 * @param {number} errno negative host error number, as the native calls give it
 * @param {string} syscall
 * @param {{ address?: string, port?: number, path?: string, option?: string }} [target]
 * @returns {Error}
 */
function systemError(errno, syscall, target) {
  const code = native.errnoName(-errno) ?? `E${-errno}`;
  let message = `${syscall} ${code}`;
  if (target?.option !== undefined) message += ` ${target.option}`;
  if (target?.path !== undefined) message += ` ${target.path}`;
  else if (target?.address !== undefined) {
    message += target.port > 0 ? ` ${target.address}:${target.port}` : ` ${target.address}`;
  }
  const error = new Error(message);
  error.errno = errno;
  if (process.platform === 'win32') {
    uvNumbers ??= new Map([...util.getSystemErrorMap()].map(([number, [name]]) => [name, number]));
    error.errno = uvNumbers.get(code) ?? errno;
  }
  error.code = code;
  error.syscall = syscall;
  if (target?.option !== undefined) error.option = target.option;
  if (target?.path !== undefined) error.address = target.path;
  else if (target?.address !== undefined) {
    error.address = target.address;
    if (target.port > 0) error.port = target.port;
  }
  Error.captureStackTrace(error, systemError);
  return told(error);
}

/** Tells of an error of the system's, and gives it back. */
function told(error) {
  if (errors.hasSubscribers) errors.publish({ error });
  return error;
}

/** Passes a native result on, or throws it as a system error when it is negative. */
function check(result, syscall, target) {
  if (typeof result === 'number' && result < 0) throw systemError(result, syscall, target);
  return result;
}

function coded(Base, code, message) {
  const error = new Base(message);
  error.code = code;
  return error;
}

function received(value) {
  if (value === null || value === undefined) return `Received ${value}`;
  if (typeof value === 'function') return `Received function ${value.name}`;
  if (typeof value === 'object') {
    const name = value.constructor?.name;
    return name ? `Received an instance of ${name}` : `Received ${util.inspect(value, { depth: -1 })}`;
  }
  return `Received type ${typeof value} (${util.inspect(value).slice(0, 28)})`;
}

/** `ERR_INVALID_ARG_TYPE`: a value of a type that the call does not take. */
function invalidType(name, expected, value) {
  const kind = name.includes('.') ? 'property' : 'argument';
  const message = `The "${name}" ${kind} must be ${expected}. ${received(value)}`;
  return coded(TypeError, 'ERR_INVALID_ARG_TYPE', message);
}

/** `ERR_INVALID_ARG_VALUE`: the right type, but not a value that means anything here. */
function invalidValue(name, reason, value) {
  const kind = name.includes('.') ? 'property' : 'argument';
  // Of an instance its name: what a server holds may be secret.
  const plain =
    value === null || typeof value !== 'object' || Array.isArray(value) || value.constructor === Object;
  const shown = plain ? util.inspect(value).slice(0, 128) : `an instance of ${value.constructor?.name}`;
  return coded(TypeError, 'ERR_INVALID_ARG_VALUE', `The ${kind} '${name}' ${reason}. Received ${shown}`);
}

/** `ERR_OUT_OF_RANGE`: a number outside its limits. */
function outOfRange(name, range, value) {
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${util.inspect(value)}`;
  return coded(RangeError, 'ERR_OUT_OF_RANGE', message);
}

/** What a promise rejects with when its `AbortSignal` fires, as in Node. */
function abortError(signal) {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  error.name = 'AbortError';
  error.code = 'ABORT_ERR';
  return error;
}

/** `ERR_FEATURE_UNAVAILABLE_ON_PLATFORM`: what this system or runtime does not have. */
function notHere(message) {
  return coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', message);
}

module.exports = { abortError, check, invalidType, invalidValue, notHere, outOfRange, systemError, told };
