'use strict';

const { decode, encode } = require('./address.js');
const { outOfRange } = require('./errors.js');
const validate = require('./validate.js');

/** As many as one system call moves. */
const MOST = 1024;
/** Bytes of an address entry: length, address, flags. */
const ENTRY = 136;

/**
 * Memory for many datagrams, filled by one `recvMany` or sent by one `sendMany`.
 */
class DatagramBatch {
  /**
   * @param {{ count?: number, size?: number }} [settings] datagrams, and bytes for each
   */
  constructor(settings = {}) {
    validate.object(settings, 'settings');
    const { count = 64, size = 2048 } = settings;
    this.capacity = validate.integer(count, 'settings.count', 1, MOST);
    this.size = validate.integer(size, 'settings.size', 1, 65536);
    /** Datagram `i` lies at `i * size`. */
    this.buffer = Buffer.alloc(count * size);
    /** Bytes of each datagram. */
    this.lengths = new Uint32Array(count);
    this.addresses = new Uint8Array(count * ENTRY);
    this.words = new Int32Array(this.addresses.buffer);
  }

  /** The bytes of a datagram: a view of the batch's memory, until the next call fills it. */
  data(index) {
    this.#check(index);
    return this.buffer.subarray(index * this.size, index * this.size + this.lengths[index]);
  }

  /** Who sent a datagram, or where it goes; `null` for none. */
  address(index) {
    this.#check(index);
    return decode(this.addresses, index * ENTRY);
  }

  /** `msg_flags` of a received datagram (`MSG_TRUNC`). */
  flags(index) {
    this.#check(index);
    return this.words[(index * ENTRY) / 4 + 33];
  }

  /** Puts a datagram in its place to be sent; without an address to the connected peer. */
  set(index, data, address) {
    this.#check(index);
    const view = typeof data === 'string' ? Buffer.from(data) : validate.bytes(data, 'data');
    if (view.length > this.size) throw outOfRange('data.length', `<= ${this.size}`, view.length);
    this.buffer.set(view, index * this.size);
    this.lengths[index] = view.length;
    this.#setAddress(index, address);
    return this;
  }

  /** What lies from a datagram on, as the native calls take it. */
  from(index) {
    this.#check(index);
    const { buffer, size, lengths, addresses } = this;
    return {
      buffer: buffer.subarray(index * size),
      size,
      lengths: lengths.subarray(index),
      addresses: addresses.subarray(index * ENTRY),
    };
  }

  #setAddress(index, address) {
    const at = index * ENTRY;
    this.words[at / 4] = 0;
    if (address === undefined) return;
    const encoded = encode(address, address?.path === undefined ? 'IP' : 'unix', 'sendmmsg');
    this.addresses.set(encoded, at + 4);
    this.words[at / 4] = encoded.length;
  }

  #check(index) {
    validate.integer(index, 'index', 0, this.capacity - 1);
  }
}

module.exports = { DatagramBatch };
