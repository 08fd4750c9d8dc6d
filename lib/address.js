'use strict';

// Addresses between JavaScript's form and the bytes that the hot calls take: Linux's layout on every system. What is
// frequent is done here, as crossing into the addon with an object costs more than the system call.

const native = require('../native.js');
const { check } = require('./errors.js');
const validate = require('./validate.js');

/** Linux's number. */
const AF_INET = 2;
/** `sizeof(struct sockaddr_in)` */
const IPV4_LENGTH = 16;

/** What was encoded last, as most programs send to the same address again and again. */
const last = {
  address: undefined,
  port: undefined,
  flowInfo: undefined,
  scopeId: undefined,
  encoded: undefined,
};

/**
 * The bytes of an address that a call is given.
 *
 * @param {object} value as users write it
 * @param {string} family the socket's
 * @param {string} syscall for the error
 * @returns {Uint8Array} not to be changed
 */
function encode(value, family, syscall) {
  const ip = family !== 'unix' && typeof value === 'object' && value !== null;
  if (
    ip &&
    value.address === last.address &&
    value.port === last.port &&
    value.flowInfo === last.flowInfo &&
    value.scopeId === last.scopeId &&
    last.encoded !== undefined
  ) {
    return last.encoded;
  }
  const target = validate.address(value, family);
  const encoded = check(native.encodeAddress(target), syscall, target);
  // A zone is the name of an interface, whose index may become another's.
  if (ip && !target.address.includes('%')) {
    last.address = value.address;
    last.port = value.port;
    last.flowInfo = value.flowInfo;
    last.scopeId = value.scopeId;
    last.encoded = encoded;
  }
  return encoded;
}

/**
 * The address that a hot call wrote: four bytes of length, then its bytes; `null` for none.
 *
 * @param {Uint8Array} bytes
 * @param {number} at where its length stands
 */
function decode(bytes, at) {
  const length = bytes[at] | (bytes[at + 1] << 8);
  if (length === IPV4_LENGTH && bytes[at + 4] === AF_INET && bytes[at + 5] === 0) {
    return {
      address: `${bytes[at + 8]}.${bytes[at + 9]}.${bytes[at + 10]}.${bytes[at + 11]}`,
      port: (bytes[at + 6] << 8) | bytes[at + 7],
      family: 'IPv4',
    };
  }
  return native.decodeAddress(bytes.subarray(at, at + 4 + length)) ?? null;
}

module.exports = { decode, encode };
