'use strict';

const dgram = require('node:dgram');
const net = require('node:net');
const native = require('../native.js');
const { check, invalidType, invalidValue, outOfRange } = require('./errors.js');
const validate = require('./validate.js');

/** What `getsockopt` makes room for unless told: no ordinary option is longer. */
const DEFAULT_LENGTH = 1024;
const LONGEST = 1 << 20;
const MAX_DEPTH = 4;

/** The bytes of a raw option value: an integer or boolean becomes the kernel's `int`. */
function rawValue(value) {
  if (typeof value === 'boolean') value = Number(value);
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < -0x80000000 || value > 0xffffffff) {
      throw outOfRange('value', 'an integer of 32 bits', value);
    }
    return new Uint8Array(Int32Array.of(value).buffer);
  }
  if (typeof value !== 'object' || value === null) {
    throw invalidType('value', 'of type number or boolean or an instance of Buffer or TypedArray', value);
  }
  return validate.bytes(value, 'value');
}

function getRaw(target, raw, level, option, length = DEFAULT_LENGTH) {
  validate.int32(level, 'level');
  validate.int32(option, 'option');
  validate.integer(length, 'length', 0, LONGEST);
  return check(native.getsockopt(target, raw, level, option, length), 'getsockopt');
}

function setRaw(target, raw, level, option, value) {
  validate.int32(level, 'level');
  validate.int32(option, 'option');
  check(native.setsockopt(target, raw, level, option, rawValue(value)), 'setsockopt');
}

/** Wider than any option, but no wider than the native side's integers: the limits are named by the option itself. */
function clamped(value) {
  const most = 1n << 100n;
  return value > most ? most : value < -most ? -most : value;
}

/** The form in which a value crosses to the native side. */
function toTree(value, name, depth = 0) {
  switch (typeof value) {
    case 'boolean':
      return { kind: 'boolean', boolean: value };
    case 'number':
      return Number.isSafeInteger(value)
        ? { kind: 'integer', text: String(value) }
        : { kind: 'float', float: value };
    case 'bigint':
      return { kind: 'integer', text: String(clamped(value)) };
    case 'string':
      return { kind: 'text', text: value };
    case 'undefined':
      return { kind: 'null' };
    case 'object':
      break;
    default:
      throw invalidType(name, 'a value of an option', value);
  }
  if (value === null) return { kind: 'null' };
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    const bytes = validate.bytes(value, name);
    return { kind: 'bytes', bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
  }
  if (depth === MAX_DEPTH) throw invalidValue(name, 'is nested too deeply', value);
  if (Array.isArray(value)) {
    return { kind: 'list', items: value.map((item, index) => toTree(item, `${name}[${index}]`, depth + 1)) };
  }
  const entries = Object.entries(value);
  return {
    kind: 'record',
    keys: entries.map(([key]) => key),
    items: entries.map(([key, item]) => toTree(item, `${name}.${key}`, depth + 1)),
  };
}

function fromTree(tree) {
  switch (tree.kind) {
    case 'boolean':
      return tree.boolean;
    case 'integer': {
      const number = Number(tree.text);
      return Number.isSafeInteger(number) ? number : BigInt(tree.text);
    }
    case 'float':
      return tree.float;
    case 'text':
      return tree.text;
    case 'bytes':
      return tree.bytes;
    case 'list':
      return tree.items.map(fromTree);
    case 'record':
      return Object.fromEntries(tree.keys.map((key, index) => [key, fromTree(tree.items[index])]));
    default:
      return null;
  }
}

/** Throws what the native side found wrong before any system call. */
function checkNamed(result, syscall, name, value, at = 'value') {
  check(result, syscall, { option: name });
  if (result?.failure === undefined) return result;
  const { failure, field, expected } = result;
  if (failure === 'name') {
    const hint = expected ? ` (did you mean '${expected}'?)` : '';
    throw invalidValue(at === 'value' ? 'name' : at, `is not an option that hostsock knows${hint}`, name);
  }
  const path = field ? `${at}${field.startsWith('[') ? '' : '.'}${field}` : at;
  const keys = field ? field.split(/[.[\]]+/).filter(Boolean) : [];
  const given = keys.reduce((part, key) => part?.[key], value);
  if (failure === 'type') throw invalidType(path, expected, given);
  if (failure === 'range') throw outOfRange(path, expected, given);
  throw invalidValue(path, `must be ${expected}`, given);
}

function optionName(name) {
  if (typeof name !== 'string') throw invalidType('name', 'of type string', name);
  return name;
}

/** `query` is for the few options that want to be asked with something (`MCAST_MSFILTER`). */
function get(target, raw, name, query) {
  const tree = query === undefined ? undefined : toTree(query, 'query');
  return fromTree(
    checkNamed(native.getOption(target, raw, optionName(name), tree), 'getsockopt', name, query),
  );
}

function set(target, raw, name, value) {
  const tree = toTree(value, 'value');
  checkNamed(native.setOption(target, raw, optionName(name), tree), 'setsockopt', name, value);
}

/** Throws what setting options would find wrong before any system call. */
function checkAll(values, at) {
  validate.object(values, at);
  for (const [name, value] of Object.entries(values)) {
    const here = `${at}.${name}`;
    checkNamed(native.checkOption(name, toTree(value, here)), 'setsockopt', name, value, here);
  }
}

/**
 * The descriptor of one of Node's own sockets.
 *
 * @param {number | import('net').Socket | import('net').Server | import('dgram').Socket} target
 */
function descriptorOf(target) {
  if (typeof target === 'number') return validate.integer(target, 'target', 0, 0x7fffffff);
  validate.object(target, 'target');
  const handle = handleOfNode(target);
  const fd = handle?.fd;
  if (typeof fd === 'number' && fd >= 0) return fd;
  throw invalidValue('target', reasonForNoDescriptor(target, handle), target);
}

/** Node's own handle object, where each of its classes keeps it. */
function handleOfNode(target) {
  if (target instanceof net.Socket || target instanceof net.Server) return target._handle;
  if (target instanceof dgram.Socket) {
    // `_handle` is a deprecated getter there.
    const state = Object.getOwnPropertySymbols(target).find((it) => it.description === 'state symbol');
    return target[state]?.handle;
  }
  return undefined;
}

function reasonForNoDescriptor(target, handle) {
  if (handle && process.platform === 'win32') return 'has no descriptor: Node shows none on Windows';
  if (target instanceof net.Server) {
    return "has no descriptor: it has one from its 'listening' event on, until it is closed";
  }
  if (target instanceof dgram.Socket) {
    return 'has no descriptor: it has one after bind() or connect(), until it is closed';
  }
  if (target instanceof net.Socket) {
    return 'has no descriptor: it has one when it begins to connect (for a name, after its lookup), until it is destroyed';
  }
  return 'must be a Socket, a net.Socket, net.Server, dgram.Socket, tls.TLSSocket, http.Server or a descriptor';
}

let table;

/** The rows of the option table, as plain frozen objects. */
function optionTable() {
  table ??= Object.freeze(
    native.optionRows().map((row) =>
      Object.freeze({
        ...row,
        platforms: Object.freeze(
          Object.fromEntries(row.platforms.map(({ platform, number }) => [platform, number])),
        ),
      }),
    ),
  );
  return table;
}

module.exports = { checkAll, descriptorOf, get, getRaw, optionTable, set, setRaw };
