'use strict';

const native = require('../native.js');
const { check, invalidType, outOfRange } = require('./errors.js');
const validate = require('./validate.js');

/** What `getsockopt` makes room for unless told: no ordinary option is longer. */
const DEFAULT_LENGTH = 1024;
const LONGEST = 1 << 20;

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

module.exports = { getRaw, setRaw };
