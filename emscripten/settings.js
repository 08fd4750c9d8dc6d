'use strict';

const KNOWN = ['blocking'];

/**
 * The adapter's settings: what the caller gives, then `Module.hostsock`, then the defaults; the
 * environment has the last word.
 *
 * @returns {{ blocking: boolean }}
 */
module.exports = function settingsOf(module, given) {
  const settings = { blocking: 'posix', ...module.hostsock, ...given };
  for (const name of Object.keys(settings)) {
    // Nothing is accepted and dropped.
    if (!KNOWN.includes(name)) throw new TypeError(`hostsock: there is no setting '${name}'`);
  }
  const blocking = process.env.HOSTSOCK_BLOCKING || settings.blocking;
  if (blocking !== 'posix' && blocking !== 'never') {
    throw new TypeError(`hostsock: the setting 'blocking' must be 'posix' or 'never', not '${blocking}'`);
  }
  return { blocking: blocking === 'posix' };
};
