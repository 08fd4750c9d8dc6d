'use strict';

const native = require('../native.js');
const { invalidType, invalidValue, outOfRange } = require('./errors.js');

/** An integer between two limits. */
function integer(value, name, min, max) {
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
  return value;
}

/**
 * A port: a number or, as in `node:net`, a numeric string.
 *
 * @returns {number}
 */
function port(value, name) {
  if (typeof value !== 'string') return integer(value, name, 0, 65535);
  if (value.trim() === '' || Number.isNaN(Number(value))) throw invalidValue(name, 'must be a port', value);
  return integer(Number(value), name, 0, 65535);
}

/** Text for a C function. */
function text(value, name) {
  if (typeof value !== 'string') throw invalidType(name, 'of type string', value);
  if (value.includes('\0')) throw invalidValue(name, 'must not contain null bytes', value);
  return value;
}

/** Flags, levels, option numbers: what a C `int` holds. */
function int32(value, name) {
  return integer(value, name, -0x80000000, 0x7fffffff);
}

function boolean(value, name) {
  if (typeof value !== 'boolean') throw invalidType(name, 'of type boolean', value);
  return value;
}

function callback(value, name) {
  if (typeof value !== 'function') throw invalidType(name, 'of type function', value);
  return value;
}

function object(value, name) {
  if (value === null || typeof value !== 'object') throw invalidType(name, 'of type object', value);
  return value;
}

/** One of a few words. */
function word(value, name, words) {
  if (typeof value !== 'string') throw invalidType(name, 'of type string', value);
  if (!words.includes(value)) {
    throw invalidValue(name, `must be one of: ${words.map((it) => `'${it}'`).join(', ')}`, value);
  }
  return value;
}

/** One of a few values. */
function oneOf(value, name, values) {
  if (!values.includes(value)) throw invalidValue(name, `must be one of: ${values.join(', ')}`, value);
  return value;
}

/**
 * The bytes of any view or buffer, without a copy.
 *
 * @returns {Uint8Array}
 */
function bytes(value, name) {
  if (value instanceof Uint8Array) return checkAttached(value, name);
  if (ArrayBuffer.isView(value)) {
    if (isDetached(value.buffer)) throw invalidValue(name, 'must not be detached', value.buffer);
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
    return checkAttached(value, name) && new Uint8Array(value);
  }
  throw invalidType(name, 'an instance of Buffer, TypedArray, DataView or ArrayBuffer', value);
}

/** Where in some bytes a call begins; at their beginning if it does not say. */
function offset(value, view) {
  return value === undefined ? 0 : integer(value, 'offset', 0, view.length);
}

/** How many bytes from there; all that are left if it does not say. */
function length(value, view, start) {
  return value === undefined ? view.length - start : integer(value, 'length', 0, view.length - start);
}

/** A buffer that was transferred away has length 0; to be told from an empty one. */
function checkAttached(view, name) {
  // Engines have `length` in their compiled code, `byteLength` often not.
  if ((view.length ?? view.byteLength) === 0 && isDetached(view.buffer ?? view)) {
    throw invalidValue(name, 'must not be detached', view);
  }
  return view;
}

function isDetached(buffer) {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength > 0) return false;
  if (buffer.detached !== undefined) return buffer.detached;
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/**
 * An address for a socket of a family: `{ address, port, flowInfo?, scopeId? }` or `{ path }`.
 *
 * @returns {object} what the native calls take
 */
function address(value, family, name = 'address') {
  object(value, name);
  if (family === 'unix') {
    if (typeof value.path !== 'string') throw invalidType(`${name}.path`, 'of type string', value.path);
    if (value.path.indexOf('\0', 1) > 0 && value.path[0] !== '\0') {
      throw invalidValue(`${name}.path`, 'must not contain null bytes', value.path);
    }
    return { path: value.path };
  }
  if (typeof value.address !== 'string') {
    throw invalidType(`${name}.address`, 'of type string', value.address);
  }
  if (!native.isAddress(value.address)) {
    throw invalidValue(
      `${name}.address`,
      'must be an IP address (names are resolved by lookup)',
      value.address,
    );
  }
  const result = { address: value.address, port: integer(value.port ?? 0, `${name}.port`, 0, 65535) };
  if (value.flowInfo !== undefined) {
    result.flowInfo = integer(value.flowInfo, `${name}.flowInfo`, 0, 0xffffffff);
  }
  if (value.scopeId !== undefined) {
    result.scopeId = integer(value.scopeId, `${name}.scopeId`, 0, 0xffffffff);
  }
  return result;
}

/** The optional `{ signal }` of a call that waits. */
function signal(options) {
  if (options === undefined) return undefined;
  object(options, 'options');
  const { signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidType('options.signal', 'an instance of AbortSignal', signal);
  }
  return signal;
}

module.exports = {
  address,
  boolean,
  bytes,
  callback,
  int32,
  integer,
  length,
  object,
  offset,
  oneOf,
  port,
  signal,
  text,
  word,
};
