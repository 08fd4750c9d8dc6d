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

/** Linux's number, as all that the guest passes on to `getnameinfo`. */
const NI_NUMERICHOST = 1;

/** `addrinfo` of wasm32 and of wasm64: its size and the places of its pointers. */
const ADDRINFO_32 = { size: 32, address: 20, name: 24, next: 28 };
const ADDRINFO_64 = { size: 48, address: 24, name: 32, next: 40 };

/** The first IPv4 address of a name, as the old interfaces want it. */
function firstIPv4(instance, name) {
  const found = native.resolveSync(instance, name, undefined, 0, host.AF_INET, host.SOCK_STREAM, 0);
  return Array.isArray(found) ? found[0]?.address : undefined;
}

function createDns(parts) {
  const { DNS, wide } = parts;
  const layout = wide ? ADDRINFO_64 : ADDRINFO_32;
  /** A pointer or size: imports get those of wasm64 as numbers. */
  const at = wide ? Number : (value) => value >>> 0;

  function text(pointer) {
    if (pointer === 0) return undefined;
    const heap = parts.heap();
    const end = heap.indexOf(0, pointer);
    return Buffer.from(heap.slice(pointer, end < 0 ? undefined : end)).toString();
  }

  /**
   * Addresses of a name; or a resolver's error (negative), a system call's by the guest's number (positive). Arguments
   * and families are by the guest's numbers.
   */
  function lookup(host, service, guestFlags, family, kind, protocol) {
    let flags = 0;
    let rest = guestFlags;
    for (const [guest, number] of AI) {
      if (guestFlags & guest) flags |= number;
      rest &= ~guest;
    }
    if (rest !== 0) return EAI.EAI_BADFLAGS;
    const hostFamily = toHostFamily(family);
    const answer = native.resolveSync(parts.instance(), host, service, flags, hostFamily, kind, protocol);
    if (typeof answer === 'string') return EAI[answer] ?? EAI.EAI_FAIL;
    if (typeof answer === 'number') return abi.guestErrno(answer);
    return answer.map((found) => ({ ...found, family: toGuestFamily(found.family) }));
  }

  /** The names of an address in Linux's layout, or an error as above. */
  function names(address, flags) {
    const answer = native.nameInfo(parts.instance(), address, flags);
    if (typeof answer === 'string') return EAI[answer] ?? EAI.EAI_FAIL;
    return typeof answer === 'number' ? abi.guestErrno(answer) : answer;
  }

  /** A resolver's error (negative), a system call's by the guest's number (positive), or 0. */
  function getaddrinfo(node, service, hint, out) {
    const heap = parts.heap();
    let memory = new DataView(heap.buffer, heap.byteOffset, heap.byteLength);
    const hints = at(hint);
    if (hints + layout.size > heap.length || at(out) + 8 > heap.length) return abi.EFAULT;
    const word = (field) => memory.getInt32(hints + field, true);
    const [guestFlags, family, kind, protocol] = hints ? [word(0), word(4), word(8), word(12)] : [0, 0, 0, 0];
    const answer = lookup(text(at(node)), text(at(service)), guestFlags, family, kind, protocol);
    if (typeof answer === 'number') return answer;

    const addresses = answer.map((found) =>
      native.encodeAddress({ address: found.address, port: found.port, scopeId: found.scopeId }),
    );
    const canonical = answer.map((found) =>
      Buffer.from(found.canonicalName ? `${found.canonicalName}\0` : ''),
    );
    // freeaddrinfo frees two blocks: the first entry and the first address. Everything else lies
    // behind the first entry.
    const later = addresses.slice(1).reduce((sum, address) => sum + align(address.length), 0);
    const namesAt = layout.size * answer.length + later;
    const block = at(parts.malloc(namesAt + canonical.reduce((sum, name) => sum + name.length, 0)));
    const firstAddress = at(parts.malloc(addresses[0].length));
    if (block === 0 || firstAddress === 0) return EAI.EAI_MEMORY;
    // malloc may have grown the memory.
    const grown = parts.heap();
    memory = new DataView(grown.buffer, grown.byteOffset, grown.byteLength);
    const putPointer = (place, value) => {
      if (wide) memory.setBigUint64(place, BigInt(value), true);
      else memory.setUint32(place, value, true);
    };
    let addressAt = block + layout.size * answer.length;
    let nameAt = block + namesAt;
    answer.forEach((found, index) => {
      const entry = block + layout.size * index;
      const address = addresses[index];
      const place = index === 0 ? firstAddress : addressAt;
      if (index > 0) addressAt += align(address.length);
      const words = [guestFlags, found.family, found.kind, found.protocol, address.length];
      words.forEach((value, field) => {
        memory.setUint32(entry + 4 * field, value, true);
      });
      grown.set(address, place);
      putPointer(entry + layout.address, place);
      grown.set(canonical[index], nameAt);
      putPointer(entry + layout.name, canonical[index].length > 0 ? nameAt : 0);
      nameAt += canonical[index].length;
      putPointer(entry + layout.next, index + 1 < answer.length ? entry + layout.size : 0);
    });
    putPointer(at(out), block);
    return 0;
  }

  function getnameinfo(address, length, node, nodeLength, service, serviceLength, flags) {
    const heap = parts.heap();
    const bytes = heap.slice(at(address), at(address) + length);
    // Without a host to fill in nobody is asked for its name.
    const wanted = at(node) === 0 ? flags | NI_NUMERICHOST : flags;
    const answer = names(bytes, wanted);
    if (typeof answer === 'number') return answer;
    const put = (value, place, room) => {
      if (place === 0 || room === 0) return true;
      const encoded = Buffer.from(`${value}\0`);
      if (encoded.length > room || place + encoded.length > heap.length) return false;
      heap.set(encoded, place);
      return true;
    };
    const fits =
      put(answer.host, at(node), nodeLength >>> 0) && put(answer.service, at(service), serviceLength >>> 0);
    return fits ? 0 : EAI.EAI_OVERFLOW;
  }

  return {
    getaddrinfo,
    getnameinfo,
    lookup,
    names,
    interfaceIndex: (name) => native.interfaceIndex(text(at(name)) ?? ''),
    /** Replacements of imports, in the form of `syscalls.js`. */
    calls: {
      getaddrinfo: () => withoutErrno(getaddrinfo),
      getnameinfo: () => withoutErrno(getnameinfo),
      _emscripten_lookup_name: () => (name) => {
        const address = firstIPv4(parts.instance(), text(at(name)));
        return address === undefined ? 0 : Buffer.from(address.split('.').map(Number)).readInt32LE();
      },
    },
    install() {
      if (DNS === undefined) return;
      // Literals come back unchanged; a name that does not resolve gives an address that nothing
      // answers at, which is all that this old interface can say.
      DNS.lookup_name = (name) =>
        native.isAddress(String(name))
          ? String(name)
          : (firstIPv4(parts.instance(), String(name)) ?? '0.0.0.0');
      // Addresses stay addresses: nothing here is turned back into a name.
      DNS.lookup_addr = () => null;
    },
  };
}

/** `errno` lies inside the wasm module, where only code that is linked with it reaches it. */
function withoutErrno(call) {
  return (...args) => {
    const error = call(...args);
    return error > 0 ? EAI.EAI_SYSTEM : error;
  };
}

function align(length) {
  return (length + 7) & ~7;
}

createDns.names = ['getaddrinfo', 'getnameinfo', '_emscripten_lookup_name'];

module.exports = { createDns, firstIPv4 };
