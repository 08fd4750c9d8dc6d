'use strict';

const { isIP } = require('node:net');
const native = require('../native.js');
const { abortError, check, invalidValue, notHere, systemError, told } = require('./errors.js');
const { TYPES, nameOf } = require('./socket.js');
const validate = require('./validate.js');

const host = native.constants();
const FAMILIES = { 0: host.AF_UNSPEC, 4: host.AF_INET, 6: host.AF_INET6 };
const KINDS = { ...TYPES, any: 0 };

/** The resolver's errors with libuv's numbers. */
const NUMBERS = {
  ...{ EAI_ADDRFAMILY: -3000, EAI_AGAIN: -3001, EAI_BADFLAGS: -3002, EAI_FAIL: -3004, EAI_FAMILY: -3005 },
  ...{ EAI_MEMORY: -3006, EAI_NODATA: -3007, EAI_NONAME: -3008, EAI_OVERFLOW: -3009, EAI_SERVICE: -3010 },
  EAI_SOCKTYPE: -3011,
};
/** What Node calls two of them. */
const NODE_NAMES = { EAI_NONAME: 'ENOTFOUND', EAI_NODATA: 'ENOTFOUND' };

/** An error of the resolver's in the shape of Node's. */
function lookupError(answer, syscall, hostname) {
  if (typeof answer === 'number') return systemError(answer, syscall);
  const code = NODE_NAMES[answer] ?? answer;
  const error = new Error(hostname === null ? `${syscall} ${code}` : `${syscall} ${code} ${hostname}`);
  return told(Object.assign(error, { errno: NUMBERS[answer], code, syscall, hostname }));
}

/** Its answer, unless the signal fires first: the resolver cannot be interrupted, so nobody waits for it any more. */
async function answerOf(ask, signal) {
  if (signal === undefined) return ask();
  if (signal.aborted) throw abortError(signal);
  return new Promise((resolve, reject) => {
    const aborted = () => reject(abortError(signal));
    signal.addEventListener('abort', aborted, { once: true });
    ask()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', aborted));
  });
}

/** A question for `getaddrinfo(3)`, from checked arguments. */
function question(hostname, options) {
  validate.object(options, 'options');
  const { family = 0, all = false, service, type = 'stream', protocol = 0, hints } = options;
  if (hostname !== null || service === undefined) validate.text(hostname, 'hostname');
  validate.oneOf(family, 'options.family', [0, 4, 6]);
  validate.boolean(all, 'options.all');
  if (service !== undefined && typeof service !== 'number') validate.text(service, 'options.service');
  if (typeof service === 'number') validate.port(service, 'options.service');
  const kind = KINDS[validate.word(type, 'options.type', Object.keys(KINDS))];
  validate.int32(protocol, 'options.protocol');
  const flags = hints === undefined ? host.AI_ADDRCONFIG : validate.int32(hints, 'options.hints');
  const complete = [service, options.type, options.protocol, hints].some((it) => it !== undefined);
  // The standard library's resolver, which is what there is on Windows, takes none of them.
  if (
    process.platform === 'win32' &&
    [options.type, options.protocol, hints].some((it) => it !== undefined)
  ) {
    throw notHere('lookup takes no hints, type or protocol on Windows');
  }
  const name = service === undefined ? undefined : String(service);
  return {
    hostname,
    all,
    complete,
    arguments: [hostname ?? undefined, name, flags, FAMILIES[family], kind, protocol],
  };
}

/** What a question is answered with. */
function entriesOf(answer, { hostname, all, complete }) {
  if (!Array.isArray(answer)) throw lookupError(answer, 'getaddrinfo', hostname);
  const entries = answer.map(({ address, scopeId, port, kind, protocol, canonicalName }) => {
    const entry = { address, family: isIP(address) };
    if (scopeId !== 0) entry.scopeId = scopeId;
    if (complete) Object.assign(entry, { port, type: nameOf(TYPES, kind), protocol });
    if (canonicalName !== undefined) entry.canonicalName = canonicalName;
    return entry;
  });
  return all ? entries : entries[0];
}

/**
 * The host's resolver as a promise: `getaddrinfo(3)`.
 *
 * @param {string | null} hostname `null` with a service: this host
 * @param {{ family?: 0 | 4 | 6, all?: boolean, service?: string | number, type?: string, protocol?: number,
 *   hints?: number, signal?: AbortSignal }} [options]
 */
async function lookup(hostname, options = {}) {
  const asked = question(hostname, options);
  return entriesOf(await answerOf(() => native.resolve(...asked.arguments), validate.signal(options)), asked);
}

/** {@link lookup} that blocks the thread. */
function lookupSync(hostname, options = {}) {
  const asked = question(hostname, options);
  return entriesOf(native.resolveSync(0, ...asked.arguments), asked);
}

/** The bytes of an address, and flags, for `getnameinfo(3)`. */
function nameQuestion(address, port, options) {
  validate.text(address, 'address');
  if (!native.isAddress(address)) throw invalidValue('address', 'must be an IP address', address);
  const number = validate.port(port, 'port');
  validate.object(options, 'options');
  const flags = validate.int32(options.flags ?? 0, 'options.flags');
  return [check(native.encodeAddress({ address, port: number }), 'getnameinfo'), flags];
}

function namesOf(answer, address) {
  if (typeof answer !== 'object') throw lookupError(answer, 'getnameinfo', address);
  return { hostname: answer.host, service: answer.service };
}

/**
 * The names of an address and a port, as a promise: `getnameinfo(3)`.
 *
 * @param {string} address an IP address
 * @param {number | string} port
 * @param {{ flags?: number, signal?: AbortSignal }} [options]
 * @returns {Promise<{ hostname: string, service: string }>}
 */
async function lookupService(address, port, options = {}) {
  const asked = nameQuestion(address, port, options);
  return namesOf(await answerOf(() => native.resolveName(...asked), validate.signal(options)), address);
}

/** {@link lookupService} that blocks the thread. */
function lookupServiceSync(address, port, options = {}) {
  return namesOf(native.nameInfo(0, ...nameQuestion(address, port, options)), address);
}

module.exports = { lookup, lookupSync, lookupService, lookupServiceSync };
