'use strict';

const { isIP } = require('node:net');
const native = require('../native.js');
const { abortError, invalidType, systemError } = require('./errors.js');
const validate = require('./validate.js');

const host = native.constants();
const FAMILIES = { 0: host.AF_UNSPEC, 4: host.AF_INET, 6: host.AF_INET6 };

/** The resolver's errors by the names that Node gives them, with libuv's numbers. */
const NODE_NAMES = {
  EAI_NONAME: ['ENOTFOUND', -3008],
  EAI_NODATA: ['ENOTFOUND', -3008],
  EAI_AGAIN: ['EAI_AGAIN', -3001],
};

function lookupError(answer, hostname) {
  if (typeof answer === 'number') return systemError(answer, 'getaddrinfo');
  const [code, errno] = NODE_NAMES[answer] ?? [answer, undefined];
  const error = new Error(`getaddrinfo ${code} ${hostname}`);
  return Object.assign(error, { errno, code, syscall: 'getaddrinfo', hostname });
}

/**
 * Every address of a name, in the resolver's order (RFC 6724).
 *
 * @returns {Promise<Array<{ address: string, family: 4 | 6, scopeId?: number }>>}
 */
async function resolveAll(hostname, family, signal) {
  if (signal?.aborted) throw abortError(signal);
  const question = native.resolve(
    hostname,
    undefined,
    host.AI_ADDRCONFIG,
    FAMILIES[family],
    host.SOCK_STREAM,
    0,
  );
  const answer = await (signal === undefined ? question : orAborted(question, signal));
  if (!Array.isArray(answer)) throw lookupError(answer, hostname);
  return answer.map(({ address, scopeId }) => {
    const found = { address, family: isIP(address) };
    if (scopeId !== 0) found.scopeId = scopeId;
    return found;
  });
}

/** The resolver cannot be interrupted: its answer is not waited for any more. */
function orAborted(promise, signal) {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(abortError(signal));
    signal.addEventListener('abort', aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}

/**
 * The host's resolver as a promise.
 *
 * @param {string} hostname
 * @param {{ family?: 0 | 4 | 6, all?: boolean, signal?: AbortSignal }} [options]
 */
async function lookup(hostname, options = {}) {
  if (typeof hostname !== 'string') throw invalidType('hostname', 'of type string', hostname);
  validate.object(options, 'options');
  const { family = 0, all = false } = options;
  validate.oneOf(family, 'options.family', [0, 4, 6]);
  validate.boolean(all, 'options.all');
  const found = await resolveAll(hostname, family, validate.signal(options));
  return all ? found : found[0];
}

module.exports = { lookup, resolveAll };
