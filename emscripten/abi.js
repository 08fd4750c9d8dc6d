'use strict';

// Emscripten's numbers, the same in every version (see docs/emscripten.md).

const native = require('../native.js');

/** Guest error numbers by host error number. */
const guestErrnos = Int32Array.from({ length: 256 }, (_, errno) => native.guestErrno(errno));

/** The guest's number for a negative result of a native call that gives host numbers. */
function guestErrno(result) {
  return guestErrnos[-result] ?? native.guestErrno(-result);
}

/** What a socket's calls leave behind (`table.rs`). */
const STATE = { BLOCKING: 1, LISTENING: 2, OPENING: 4, ENDED: 8, CONGESTED: 16 };

module.exports = {
  STATE,
  guestErrno,
  AF_INET: 2,
  AF_INET6: 10,
  SOCK_STREAM: 1,
  SOCK_NONBLOCK: 0o4000,
  SOCK_CLOEXEC: 0o2000000,
  SOCK_TYPE_MASK: 0xf,
  S_IFMT: 0o170000,
  S_IFIFO: 0o010000,
  S_IFSOCK: 0o140000,
  O_RDWR: 2,
  O_ACCMODE: 3,
  O_NONBLOCK: 0o4000,
  F_GETFL: 3,
  F_SETFL: 4,
  FIONREAD: 0x541b,
  FIONBIO: 0x5421,
  POLLIN: 1,
  POLLPRI: 2,
  POLLOUT: 4,
  POLLERR: 8,
  POLLHUP: 16,
  POLLNVAL: 32,
  /** All that poll(2) can be asked. */
  POLL_ALL: 0x23c7,
  EAGAIN: 6,
  EBADF: 8,
  ENOENT: 44,
  EFAULT: 21,
  EINPROGRESS: 26,
  EINVAL: 28,
  EIO: 29,
  ENOTSOCK: 57,
  ENOTTY: 59,
};
