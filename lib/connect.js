'use strict';

const { once } = require('node:events');
const net = require('node:net');
const { abortError, invalidType, invalidValue, notHere, systemError } = require('./errors.js');
const { lookup } = require('./lookup.js');
const { checkAll } = require('./options.js');
const { Socket, constants } = require('./socket.js');
const validate = require('./validate.js');

/** How long an attempt has before the next one begins beside it (RFC 8305, section 8). */
const ATTEMPT_DELAY = 250;

/** Every address of a name, in the resolver's order (RFC 6724). */
const resolveAll = (host, family, signal) => lookup(host, { family, all: true, signal });

const familyName = (family) => (family === 6 ? 'IPv6' : 'IPv4');

/**
 * Makes a connection and gives it to Node: resolves the name, races the addresses (RFC 8305), sets
 * every option before connecting.
 *
 * @returns {Promise<net.Socket>}
 */
async function connect(settings) {
  validate.object(settings, 'settings');
  const { options = {}, allowHalfOpen = false } = settings;
  checkAll(options, 'settings.options');
  validate.boolean(allowHalfOpen, 'settings.allowHalfOpen');
  const limit = limited(validate.signal(settings), settings.timeout);
  try {
    const socket =
      settings.path === undefined
        ? await toHost(settings, options, limit.signal)
        : await attempt('unix', pathOf(settings), options, undefined, limit.signal);
    return await handOver(socket, { allowHalfOpen });
  } catch (error) {
    throw limit.timedOut() ? systemError(-constants.ETIMEDOUT, 'connect', targetOf(settings)) : error;
  } finally {
    limit.end();
  }
}

/** A unix socket's address. */
function pathOf({ path, host, port }) {
  if (host !== undefined || port !== undefined) {
    throw invalidValue('settings.path', 'must not stand beside a host or a port', path);
  }
  return validate.address({ path }, 'unix', 'settings');
}

function targetOf({ host, port, path }) {
  return path === undefined ? { address: host ?? 'localhost', port } : { path };
}

/** One signal for the caller's and for a timeout in milliseconds. */
function limited(signal, timeout) {
  if (timeout === undefined) return { signal, timedOut: () => false, end() {} };
  validate.integer(timeout, 'settings.timeout', 1, 0x7fffffff);
  const controller = new AbortController();
  let timedOut = false;
  const aborted = () => controller.abort(signal.reason);
  if (signal?.aborted) aborted();
  else signal?.addEventListener('abort', aborted, { once: true });
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort();
  }, timeout);
  return {
    signal: controller.signal,
    timedOut: () => timedOut,
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    },
  };
}

async function toHost(settings, options, signal) {
  const { host = 'localhost', port, family = 0, localAddress, localPort = 0 } = settings;
  validate.text(host, 'settings.host');
  const number = validate.port(port, 'settings.port');
  validate.oneOf(family, 'settings.family', [0, 4, 6]);
  validate.integer(localPort, 'settings.localPort', 0, 65535);
  const local = localAddress === undefined && localPort === 0 ? undefined : { localAddress, localPort };
  if (localAddress !== undefined && net.isIP(validate.text(localAddress, 'settings.localAddress')) === 0) {
    throw invalidValue('settings.localAddress', 'must be an IP address', localAddress);
  }
  const literal = net.isIP(host.split('%')[0]);
  const found = literal ? [{ address: host, family: literal }] : await resolveAll(host, family, signal);
  const addresses = interleave(found.filter((it) => matches(it.family, family, localAddress)));
  if (addresses.length === 0) throw systemError(-constants.EADDRNOTAVAIL, 'connect', { address: host, port });
  return race(
    addresses.map((it) => ({ ...it, port: number })),
    (target, stop) => attempt(familyName(target.family), target, options, local, stop),
    signal,
  );
}

function matches(family, wanted, localAddress) {
  if (wanted !== 0 && family !== wanted) return false;
  return localAddress === undefined || net.isIP(localAddress) === family;
}

/** The families by turns, beginning with the resolver's first choice (RFC 8305, section 4). */
function interleave(addresses) {
  const first = addresses.filter((it) => it.family === addresses[0].family);
  const other = addresses.filter((it) => it.family !== addresses[0].family);
  return first
    .flatMap((it, index) => [it, ...other.slice(index, index + 1)])
    .concat(other.slice(first.length));
}

/** The first attempt that succeeds; the others are ended. All failed: the first one's error. */
function race(targets, begin, signal) {
  if (signal?.aborted) return Promise.reject(abortError(signal));
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    const errors = [];
    let next = 0;
    let running = 0;
    let timer;
    const finish = (settle, value) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      settle(value);
      stop.abort();
    };
    const aborted = () => finish(reject, abortError(signal));
    const start = () => {
      clearTimeout(timer);
      if (next === targets.length) return;
      const target = targets[next++];
      running++;
      timer = next < targets.length ? setTimeout(start, ATTEMPT_DELAY) : undefined;
      begin(target, stop.signal).then(
        (socket) => (stop.signal.aborted ? socket.close() : finish(resolve, socket)),
        (error) => {
          running--;
          if (stop.signal.aborted) return;
          errors.push(error);
          if (next < targets.length) start();
          else if (running === 0) finish(reject, combined(errors));
        },
      );
    };
    signal?.addEventListener('abort', aborted, { once: true });
    start();
  });
}

/** As Node says that every address has failed. */
function combined(errors) {
  if (errors.length === 1) return errors[0];
  const error = new AggregateError(errors);
  error.code = errors[0].code;
  return error;
}

/** One attempt to connect, with the options set first. */
async function attempt(family, target, options, local, signal) {
  if (signal?.aborted) throw abortError(signal);
  const socket = new Socket({ family, type: 'stream' });
  try {
    setAll(socket, options);
    if (local !== undefined) {
      const any = family === 'IPv6' ? '::' : '0.0.0.0';
      socket.bind({ address: local.localAddress ?? any, port: local.localPort });
    }
    if (!socket.connect(target)) {
      await socket.writable(signal === undefined ? undefined : { signal });
      const error = socket.takeError();
      if (error !== null) throw error;
    }
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

function setAll(socket, options) {
  for (const [name, value] of Object.entries(options)) socket.setOption(name, value);
}

/** The end of a socket of {@link connect}'s own: Node has it, or it is closed. */
async function handOver(socket, settings) {
  try {
    const connection = toNet(socket, settings);
    if (connection.connecting) await once(connection, 'connect');
    return connection;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Hands a connected stream to Node. */
function toNet(socket, settings) {
  if (process.platform === 'win32') throw notAdopted();
  const fd = socket.detach();
  // In Bun it is connect() that adopts a descriptor.
  if (process.versions.bun) return new net.Socket(settings).connect({ fd });
  return new net.Socket({ ...settings, fd, readable: true, writable: true });
}

const notAdopted = () => notHere('Node on Windows cannot adopt a socket by its descriptor');

/**
 * A listening server of Node, with every option set before it is bound.
 *
 * @returns {Promise<net.Server>}
 */
async function listen(settings) {
  validate.object(settings, 'settings');
  const { host, port = 0, path, options = {}, reusePort = false, ipv6Only = false } = settings;
  checkAll(options, 'settings.options');
  validate.boolean(reusePort, 'settings.reusePort');
  validate.boolean(ipv6Only, 'settings.ipv6Only');
  const { backlog, signal } = serverSettings(settings);
  if (signal?.aborted) throw abortError(signal);
  const [family, address] =
    path === undefined ? await localAddress(host, port, signal) : ['unix', pathOf(settings)];
  const socket = new Socket({ family, type: 'stream' });
  try {
    // As Node does, so that a port can be taken again right after its server's end.
    if (family !== 'unix' && process.platform !== 'win32') socket.setOption('SO_REUSEADDR', true);
    if (reusePort) socket.setOption('SO_REUSEPORT', true);
    if (family === 'IPv6' || ipv6Only) socket.setOption('IPV6_V6ONLY', ipv6Only);
    setAll(socket, options);
    socket.bind(address);
    socket.listen(backlog);
    return await serverOf(socket, settings);
  } catch (error) {
    socket.close();
    throw error;
  }
}

async function localAddress(host, port, signal) {
  const number = validate.port(port, 'settings.port');
  if (host === undefined) return ['IPv6', { address: '::', port: number }];
  validate.text(host, 'settings.host');
  const literal = net.isIP(host.split('%')[0]);
  const [found] = literal ? [{ address: host, family: literal }] : await resolveAll(host, 0, signal);
  return [familyName(found.family), { ...found, port: number }];
}

/** What {@link serverOf} is told. */
function serverSettings(settings) {
  const { backlog = 511, server = new net.Server() } = settings;
  validate.int32(backlog, 'settings.backlog');
  if (!(server instanceof net.Server))
    throw invalidType('settings.server', 'an instance of net.Server', server);
  if (server.listening) throw invalidValue('settings.server', 'must not be listening already', server);
  return { backlog, server, signal: validate.signal(settings) };
}

/**
 * Hands a listening stream to Node. When the signal fires, before or later, the server is closed.
 *
 * @param {{ backlog?: number, server?: net.Server, signal?: AbortSignal }} [settings]
 */
async function serverOf(socket, settings) {
  const { backlog, server, signal } = serverSettings(settings);
  if (signal?.aborted) throw abortError(signal);
  if (process.platform === 'win32') throw notAdopted();
  const fd = socket.detach();
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ fd, backlog }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  if (signal !== undefined) {
    const close = () => server.close();
    if (signal.aborted) {
      close();
      throw abortError(signal);
    }
    signal.addEventListener('abort', close, { once: true });
    server.once('close', () => signal.removeEventListener('abort', close));
  }
  return server;
}

module.exports = { connect, listen, serverOf, serverSettings, toNet };
