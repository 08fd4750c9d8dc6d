'use strict';

// Names: resolved by the host's resolver, to real addresses.

const native = require('../native.js');
const abi = require('./abi.js');

const host = native.constants();

/** musl's numbers of the resolver's errors. */
const EAI = {
  EAI_BADFLAGS: -1,
  EAI_NONAME: -2,
  EAI_AGAIN: -3,
  EAI_FAIL: -4,
  EAI_NODATA: -5,
  EAI_FAMILY: -6,
  EAI_SOCKTYPE: -7,
  EAI_SERVICE: -8,
  EAI_ADDRFAMILY: -9,
  EAI_MEMORY: -10,
  EAI_SYSTEM: -11,
  EAI_OVERFLOW: -12,
};

/** Flags of `getaddrinfo` by musl's numbers. */
const AI = [
  [0x01, host.AI_PASSIVE],
  [0x02, host.AI_CANONNAME],
  [0x04, host.AI_NUMERICHOST],
  [0x08, host.AI_V4MAPPED],
  [0x10, host.AI_ALL],
  [0x20, host.AI_ADDRCONFIG],
  [0x400, host.AI_NUMERICSERV],
];

const toHostFamily = (family) => (family === abi.AF_INET6 ? host.AF_INET6 : family);
const toGuestFamily = (family) => (family === host.AF_INET6 ? abi.AF_INET6 : family);

/** Sizes of wasm32's structs. */
const ADDRINFO = 32;

/** The first IPv4 address of a name, as the old interfaces want it. */
function firstIPv4(name) {
  const found = native.resolveSync(name, undefined, 0, host.AF_INET, host.SOCK_STREAM, 0);
  return Array.isArray(found) ? found[0]?.address : undefined;
}

function createDns(parts) {
  const { DNS } = parts;

  function text(pointer) {
    if (pointer === 0) return undefined;
    const heap = parts.heap();
    const end = heap.indexOf(0, pointer);
    return Buffer.from(heap.slice(pointer, end < 0 ? undefined : end)).toString();
  }

  function getaddrinfo(node, service, hint, out) {
    const heap = parts.heap();
    let memory = new DataView(heap.buffer, heap.byteOffset, heap.byteLength);
    const word = (at) => memory.getInt32((hint >>> 0) + at, true);
    const [guestFlags, family, kind, protocol] = hint ? [word(0), word(4), word(8), word(12)] : [0, 0, 0, 0];
    let flags = 0;
    let rest = guestFlags;
    for (const [guest, number] of AI) {
      if (guestFlags & guest) flags |= number;
      rest &= ~guest;
    }
    if (rest !== 0) return EAI.EAI_BADFLAGS;
    const answer = native.resolveSync(
      text(node >>> 0),
      text(service >>> 0),
      flags,
      toHostFamily(family),
      kind,
      protocol,
    );
    if (typeof answer === 'string') return EAI[answer] ?? EAI.EAI_FAIL;
    if (typeof answer === 'number') return EAI.EAI_SYSTEM;

    const addresses = answer.map((found) =>
      native.encodeAddress({ address: found.address, port: found.port, scopeId: found.scopeId }),
    );
    const names = answer.map((found) => Buffer.from(found.canonicalName ? `${found.canonicalName}\0` : ''));
    // freeaddrinfo frees two blocks: the first entry and the first address. Everything else lies
    // behind the first entry.
    const later = addresses.slice(1).reduce((sum, address) => sum + align(address.length), 0);
    const namesAt = ADDRINFO * answer.length + later;
    const block = parts.malloc(namesAt + names.reduce((sum, name) => sum + name.length, 0)) >>> 0;
    const firstAddress = parts.malloc(addresses[0].length) >>> 0;
    if (block === 0 || firstAddress === 0) return EAI.EAI_MEMORY;
    // malloc may have grown the memory.
    const grown = parts.heap();
    memory = new DataView(grown.buffer, grown.byteOffset, grown.byteLength);
    let addressAt = block + ADDRINFO * answer.length;
    let nameAt = block + namesAt;
    answer.forEach((found, index) => {
      const entry = block + ADDRINFO * index;
      const address = addresses[index];
      const at = index === 0 ? firstAddress : addressAt;
      if (index > 0) addressAt += align(address.length);
      const next = index + 1 < answer.length ? entry + ADDRINFO : 0;
      const name = names[index].length > 0 ? nameAt : 0;
      grown.set(names[index], nameAt);
      nameAt += names[index].length;
      grown.set(address, at);
      const words = [
        guestFlags,
        toGuestFamily(found.family),
        found.kind,
        found.protocol,
        address.length,
        at,
        name,
        next,
      ];
      words.forEach((value, field) => {
        memory.setUint32(entry + 4 * field, value, true);
      });
    });
    memory.setUint32(out >>> 0, block, true);
    return 0;
  }

  function getnameinfo(address, length, node, nodeLength, service, serviceLength, flags) {
    const heap = parts.heap();
    const bytes = heap.slice(address >>> 0, (address >>> 0) + length);
    const answer = native.nameInfo(bytes, flags);
    if (typeof answer === 'string') return EAI[answer] ?? EAI.EAI_FAIL;
    if (typeof answer === 'number') return EAI.EAI_SYSTEM;
    const put = (value, at, room) => {
      if (at === 0 || room === 0) return true;
      const encoded = Buffer.from(`${value}\0`);
      if (encoded.length > room) return false;
      heap.set(encoded, at);
      return true;
    };
    const fits =
      put(answer.host, node >>> 0, nodeLength >>> 0) &&
      put(answer.service, service >>> 0, serviceLength >>> 0);
    return fits ? 0 : EAI.EAI_OVERFLOW;
  }

  return {
    getaddrinfo,
    getnameinfo,
    interfaceIndex: (name) => native.interfaceIndex(text(name >>> 0)),
    /** Replacements of imports, in the form of `syscalls.js`. */
    calls: {
      getaddrinfo: () => getaddrinfo,
      getnameinfo: () => getnameinfo,
      _emscripten_lookup_name: () => (name) => {
        const address = firstIPv4(text(name >>> 0));
        return address === undefined ? 0 : Buffer.from(address.split('.').map(Number)).readInt32LE();
      },
    },
    install() {
      if (DNS === undefined) return;
      // Literals come back unchanged; a name that does not resolve gives an address that nothing
      // answers at, which is all that this old interface can say.
      DNS.lookup_name = (name) =>
        native.isAddress(String(name)) ? String(name) : (firstIPv4(String(name)) ?? '0.0.0.0');
      // Addresses stay addresses: nothing here is turned back into a name.
      DNS.lookup_addr = () => null;
    },
  };
}

function align(length) {
  return (length + 3) & ~3;
}

createDns.names = ['getaddrinfo', 'getnameinfo', '_emscripten_lookup_name'];

module.exports = { createDns, firstIPv4 };
