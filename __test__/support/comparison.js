'use strict';

/** Counts behaviours (`program:line`) that were compared, and those that some build showed otherwise. */
function comparison() {
  const compared = new Set();
  const differing = new Set();
  return {
    add(name, expected, lines) {
      for (let i = 0; i < Math.max(expected.length, lines.length); i++) {
        compared.add(`${name}:${i}`);
        if (expected[i] !== lines[i]) differing.add(`${name}:${i}`);
      }
    },
    /** The lines that differ, as a reader wants to see them, and what the program complained about. */
    report(expected, { lines, stderr }) {
      const found = ['not as natively:'];
      for (let i = 0; i < Math.max(expected.length, lines.length); i++) {
        if (expected[i] === lines[i]) continue;
        found.push(`  native: ${expected[i] ?? '(no line)'}`, `  wasm:   ${lines[i] ?? '(no line)'}`);
      }
      return [...found, stderr].join('\n');
    },
    summary() {
      const equal = compared.size - differing.size;
      return `${compared.size} behaviours, ${equal} equal, ${differing.size} differ`;
    },
    /** How many were compared of these programs. */
    of(names) {
      const chosen = new Set(names);
      return [...compared].filter((line) => chosen.has(line.slice(0, line.lastIndexOf(':')))).length;
    },
  };
}

module.exports = { comparison };
