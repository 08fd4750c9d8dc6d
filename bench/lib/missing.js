'use strict';

/** Thrown where a peer cannot take part because something is not installed or not built. */
class Missing extends Error {
  name = 'Missing';
}

module.exports = { Missing };
