'use strict';

// The names of unix sockets, which lie in the host's file system: what a server does with its own before and after
// `bind`. Whatever is no socket there stays out of reach.

const fs = require('node:fs');
const os = require('node:os');
const native = require('../native.js');
const abi = require('./abi.js');

/** By hostsock.c's numbers: how a name is looked at, and what is then done with it if it is a socket's. */
const OPERATIONS = [
  [fs.lstatSync, fs.unlinkSync],
  [fs.lstatSync],
  [fs.statSync],
  [fs.statSync, fs.chmodSync],
  [fs.statSync, fs.accessSync],
];

function createPaths(parts) {
  function nameAt(pointer) {
    const heap = parts.heap();
    const end = heap.indexOf(0, pointer);
    // A copy: it may be shared, and is no text for sure.
    return Buffer.from(heap.slice(pointer, end < 0 ? undefined : end));
  }

  /** What `stat` has to say, as doubles; times in seconds. */
  function describe(found, fields) {
    const heap = parts.heap();
    const memory = new DataView(heap.buffer, heap.byteOffset, heap.byteLength);
    const { dev, ino, mode, nlink, uid, gid, size, atimeMs, mtimeMs, ctimeMs } = found;
    const values = [dev, ino, mode, nlink, uid, gid, size, atimeMs / 1e3, mtimeMs / 1e3, ctimeMs / 1e3];
    if (fields + 8 * values.length > heap.length) return -abi.EFAULT;
    values.forEach((value, index) => {
      memory.setFloat64(fields + 8 * index, value, true);
    });
    return 0;
  }

  return {
    /** 0 or `-errno`; `ENOENT` for what is no socket. */
    socketPath(operation, path, argument, fields) {
      const at = parts.wide ? Number : (value) => value >>> 0;
      const name = nameAt(at(path));
      try {
        const [look, act] = OPERATIONS[operation];
        const found = look(name);
        if (!found.isSocket()) return -abi.ENOENT;
        act?.(name, argument);
        return at(fields) === 0 ? 0 : describe(found, at(fields));
      } catch (error) {
        const errno = os.constants.errno[error.code];
        if (errno === undefined) throw error;
        return -native.guestErrno(errno);
      }
    },
  };
}

module.exports = { createPaths };
