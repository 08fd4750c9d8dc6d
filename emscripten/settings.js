'use strict';

const KNOWN = ['blocking', 'policy'];

const isList = (value) => Array.isArray(value) && value.every((entry) => typeof entry === 'string');
const isCount = (value) => Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
const LIST = [isList, 'an array of strings'];
const COUNT = [isCount, 'a whole number'];

/** The parts of a policy: what each must be. Their meaning is the addon's. */
const POLICY = {
  allow: LIST,
  deny: LIST,
  families: LIST,
  types: LIST,
  rights: [(value) => typeof value === 'boolean', 'true or false'],
  sockets: COUNT,
  wait: COUNT,
  refused: [(value) => typeof value === 'function', 'a function'],
};

function checkPolicy(policy) {
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy)) {
    throw new TypeError("hostsock: the setting 'policy' must be an object");
  }
  // A copy: what is changed later changes nothing.
  const checked = {};
  for (const [name, value] of Object.entries(policy)) {
    if (!Object.hasOwn(POLICY, name)) throw new TypeError(`hostsock: a policy has no '${name}'`);
    if (value === undefined) continue;
    const [is, expected] = POLICY[name];
    if (!is(value)) throw new TypeError(`hostsock: '${name}' of a policy must be ${expected}`);
    checked[name] = value;
  }
  return checked;
}

/**
 * The adapter's settings: what the caller gives, then `Module.hostsock`, then the defaults; the
 * environment has the last word.
 *
 * @returns {{ blocking: boolean, policy: object | undefined }}
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
  const policy = settings.policy === undefined ? undefined : checkPolicy(settings.policy);
  return { blocking: blocking === 'posix', policy };
};
