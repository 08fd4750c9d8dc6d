'use strict';

// Functions that end inside a wasm module, reached all the same: one that the module exports first calls a function that
// the module imports, and goes on as it was only where that one has nothing to answer.

const [TYPES, IMPORTS, FUNCTIONS, EXPORTS, CODE] = [1, 2, 3, 7, 10];
const FUNCTION = 0;
const I32 = 0x7f;
const [LOCAL_GET, LOCAL_TEE, CALL, I32_CONST, I32_OR] = [0x20, 0x22, 0x10, 0x41, 0x72];
const [I32_NE, IF, NO_RESULT, RETURN, END] = [0x47, 0x04, 0x40, 0x0f, 0x0b];
/** The answer that sends a call on to the function as it was. */
const PASS = -0x80000000;

/** Reads the numbers and names of the binary format. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    return this.bytes[this.at++];
  }

  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  name() {
    const length = this.number();
    this.at += length;
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.at - length, length).toString();
  }

  limits() {
    const flags = this.number();
    this.number();
    if (flags & 1) this.number();
  }
}

function encode(value, signed = false) {
  const bytes = [];
  for (;;) {
    const byte = value & 0x7f;
    value = signed ? value >> 7 : value >>> 7;
    const last = signed && byte & 0x40 ? value === -1 : value === 0 && !(signed && byte & 0x40);
    bytes.push(last ? byte : byte | 0x80);
    if (last) return bytes;
  }
}

/** Where each section's content is. */
function sectionsOf(bytes) {
  const reader = new Reader(bytes, 8);
  const sections = new Map();
  while (reader.at < bytes.length) {
    const header = reader.at;
    const id = reader.byte();
    const size = reader.number();
    if (id !== 0) sections.set(id, { header, start: reader.at, end: reader.at + size });
    reader.at += size;
  }
  return sections;
}

/** Types as text, `iiii:i`, by index; `-` in one for anything but i32. */
function typesOf(reader) {
  const types = [];
  const letters = () =>
    Array.from({ length: reader.number() }, () => (reader.byte() === I32 ? 'i' : '-')).join('');
  for (let count = reader.number(); count > 0; count--) {
    // Only plain function types are read: a module with others is refused.
    if (reader.byte() !== 0x60) throw new TypeError('hostsock: the module has types that are not known here');
    types.push(`${letters()}:${letters()}`);
  }
  return types;
}

/** Types of the imported functions, and their indexes by name. */
function importsOf(reader) {
  const types = [];
  const indexes = new Map();
  for (let count = reader.number(); count > 0; count--) {
    const name = [reader.name(), reader.name()][1];
    const kind = reader.byte();
    if (kind === FUNCTION) {
      indexes.set(name, types.length);
      types.push(reader.number());
    } else if (kind === 1) {
      reader.byte();
      reader.limits();
    } else if (kind === 2) reader.limits();
    else if (kind === 3) reader.at += 2;
    else {
      reader.byte();
      reader.number();
    }
  }
  return { types, indexes };
}

/**
 * Gives exported functions of a module, all of whose arguments and results are i32, a beginning that calls an import.
 *
 * @param {Uint8Array} bytes the module
 * @param {Record<string, { to: string, mark?: number }>} redirections by export: the import that is called first, which
 *   must have the same type, and bits that are set in its first argument, to tell the calls from its own. Its answer is
 *   the function's, unless it is `PASS`.
 * @returns {Uint8Array} the changed module
 */
function redirect(bytes, redirections) {
  const sections = sectionsOf(bytes);
  const at = (id) => new Reader(bytes, sections.get(id).start);
  const types = typesOf(at(TYPES));
  const imported = importsOf(at(IMPORTS));
  const reader = at(FUNCTIONS);
  const defined = Array.from({ length: reader.number() }, () => reader.number());
  const targets = new Map();
  const exports = at(EXPORTS);
  for (let count = exports.number(); count > 0; count--) {
    const name = exports.name();
    const kind = exports.byte();
    const index = exports.number() - imported.types.length;
    const redirection = kind === FUNCTION ? redirections[name] : undefined;
    if (redirection === undefined) continue;
    const { to, mark = 0 } = redirection;
    const call = imported.indexes.get(to);
    const type = types[defined[index]];
    if (call === undefined || types[imported.types[call]] !== type || type.includes('-')) {
      throw new TypeError(`hostsock: '${name}' of the module cannot be made a call of '${to}'`);
    }
    targets.set(index, { parameters: type.indexOf(':'), call, mark });
  }
  const missing = Object.keys(redirections).length - targets.size;
  if (missing > 0)
    throw new TypeError(`hostsock: the module does not export ${missing} of the functions wanted`);
  return withBodies(bytes, sections.get(CODE), targets);
}

/** The beginning of a function's code: the import's answer in a local of its own. */
function beginning({ parameters, call, mark }, local) {
  const code = [];
  for (let index = 0; index < parameters; index++) {
    code.push(LOCAL_GET, ...encode(index));
    if (index === 0 && mark !== 0) code.push(I32_CONST, ...encode(mark, true), I32_OR);
  }
  code.push(CALL, ...encode(call), LOCAL_TEE, ...encode(local), I32_CONST, ...encode(PASS, true), I32_NE);
  return [...code, IF, NO_RESULT, LOCAL_GET, ...encode(local), RETURN, END];
}

/** A function's locals and code, begun anew. */
function begun(bytes, start, end, target) {
  const reader = new Reader(bytes, start);
  const groups = reader.number();
  const first = reader.at;
  let local = target.parameters;
  for (let group = 0; group < groups; group++) {
    local += reader.number();
    const type = reader.byte();
    // A reference type that says what it refers to.
    if (type === 0x63 || type === 0x64) reader.number();
  }
  const locals = bytes.subarray(first, reader.at);
  const head = [...beginning(target, local)];
  return Buffer.concat([
    Uint8Array.from(encode(groups + 1)),
    locals,
    Uint8Array.from([1, I32, ...head]),
    bytes.subarray(reader.at, end),
  ]);
}

function withBodies(bytes, { header, start, end }, targets) {
  const reader = new Reader(bytes, start);
  const count = reader.number();
  const pieces = [];
  let from = reader.at;
  for (let index = 0; index < count; index++) {
    const begin = reader.at;
    const size = reader.number();
    reader.at += size;
    const target = targets.get(index);
    if (target === undefined) continue;
    const replacement = begun(bytes, reader.at - size, reader.at, target);
    pieces.push(bytes.subarray(from, begin), Uint8Array.from(encode(replacement.length)), replacement);
    from = reader.at;
  }
  pieces.push(bytes.subarray(from, end));
  const content = Buffer.concat([Uint8Array.from(encode(count)), ...pieces]);
  const head = Uint8Array.from([CODE, ...encode(content.length)]);
  return Buffer.concat([bytes.subarray(0, header), head, content, bytes.subarray(end)]);
}

module.exports = { PASS, redirect };
