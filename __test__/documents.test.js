'use strict';

// docs/api.md names every export of the package and every member of its types; links between the documents lead
// somewhere.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, test } = require('node:test');
const hostsock = require('..');
const wintertc = require('hostsock/wintertc');

const ROOT = path.resolve(__dirname, '..');
const read = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8');

/** What a document says in code: between backticks, and in blocks. */
function codeOf(document) {
  const [text, blocks] = [[], []];
  document.split(/^```.*$/m).forEach((part, index) => {
    (index % 2 === 0 ? text : blocks).push(part);
  });
  return [...text.join('\n').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code).concat(blocks);
}

/** The exports of a file of types, with the members of each. */
function declarations(file) {
  const source = read(file).replace(/\/\*[\s\S]*?\*\//g, '');
  const found = new Map();
  for (const [, name, body] of source.matchAll(
    /^export (?:declare )?(?:class|interface|function|const|type) (\w+)(?:[^\n;]*\{\n([\s\S]*?)^\})?/gm,
  )) {
    const members = [
      ...(body ?? '').matchAll(/^ {2,4}(?:readonly |static |get |set )*(\[[\w.]+\]|\w+)\??[(<:].*[;{(]$/gm),
    ]
      .map(([, member]) => member)
      .filter((member) => member !== 'constructor');
    found.set(name, [...(found.get(name) ?? []), ...members]);
  }
  return found;
}

describe('docs/api.md', () => {
  const code = codeOf(read('docs/api.md')).join('\n');
  const words = new Set(code.match(/\[Symbol\.\w+\]|[A-Za-z_]\w*\*?/g));
  const families = [...words].filter((word) => word.endsWith('*')).map((word) => word.slice(0, -1));
  const named = (name) =>
    words.has(name) || (/^[A-Z_\d]+$/.test(name) && families.some((prefix) => name.startsWith(prefix)));

  for (const file of ['index.d.ts', 'wintertc.d.ts']) {
    test(`names all that ${file} exports`, () => {
      const all = declarations(file);
      // It was read, and not passed over.
      if (file === 'index.d.ts') {
        for (const name of Object.keys(hostsock)) assert.ok(all.has(name), name);
        const methods = Object.getOwnPropertyNames(hostsock.Socket.prototype).filter(
          (it) => it !== 'constructor',
        );
        for (const name of methods) assert.ok(all.get('Socket').includes(name), name);
        for (const name of Object.keys(hostsock.control)) assert.ok(all.get('control').includes(name), name);
        assert.deepEqual(
          Object.keys(hostsock.constants).filter((name) => !all.get('Constants').includes(name)),
          [],
        );
      } else {
        for (const name of Object.keys(wintertc)) assert.ok(all.has(name), name);
        assert.ok(all.get('Socket').includes('startTls'));
      }
      const missing = [];
      for (const [name, members] of all) {
        // Types of the draft have the draft's names.
        if (file === 'index.d.ts' && !named(name)) missing.push(name);
        for (const member of members) if (!named(member)) missing.push(`${name}.${member}`);
      }
      assert.deepEqual(missing, []);
    });
  }

  test('lists the codes of wrong arguments', () => {
    const source = read('lib/errors.js') + read('lib/wintertc.js');
    const codes = new Set(source.match(/\b(?:ERR_[A-Z_]+|ABORT_ERR)\b/g));
    assert.ok(codes.size >= 5);
    assert.deepEqual(
      [...codes].filter((it) => !words.has(it)),
      [],
    );
  });
});

describe('links', () => {
  const files = [
    'README.md',
    'CONTRIBUTING.md',
    ...fs.readdirSync(path.join(ROOT, 'docs')).map((it) => `docs/${it}`),
  ];
  const slug = (heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
  const anchors = (file) => [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => slug(heading));
  for (const file of files.filter((it) => it.endsWith('.md'))) {
    test(file, () => {
      for (const [, target] of read(file).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [name, anchor] = target.split('#');
        const other = name === '' ? file : path.join(path.dirname(file), name);
        assert.ok(fs.existsSync(path.join(ROOT, other)), target);
        if (anchor !== undefined) assert.ok(anchors(other).includes(anchor), target);
      }
    });
  }
});
