'use strict';

// Programs for SO_ATTACH_REUSEPORT_CBPF: they choose which of the sockets that share a port gets a new connection, by
// its number in the order in which the sockets began to listen. What they can look at is in the kernel's
// Documentation/networking/filter.rst.

const LOAD = 0x20; // A = what is at k
const MODULO = 0x94; // A %= k
const LEAST = 0x35; // A >= k ? skip jt instructions : skip jf
const RETURN = 0x06; // k
const RETURN_A = 0x16;

// Not the packet's bytes but what the kernel knows of it: SKF_AD_OFF + SKF_AD_CPU, SKF_AD_RANDOM.
const CPU = 0xfffff000 + 36;
const RANDOM = 0xfffff000 + 56;

const step = (code, k = 0, jt = 0, jf = 0) => ({ code, jt, jf, k });

module.exports = {
  /** By the CPU that the connection came in on, for worker n on CPU n. */
  cpu: (workers) => [step(LOAD, CPU), step(MODULO, workers), step(RETURN_A)],

  /** By chance. */
  random: (workers) => [step(LOAD, RANDOM), step(MODULO, workers), step(RETURN_A)],

  /** By chance in these proportions: `weighted([9, 1])` gives a tenth to the second one. */
  weighted(weights) {
    const program = [];
    let total = 0;
    for (const [worker, weight] of weights.entries()) {
      total += weight;
      program.push(step(LEAST, total, 1, 0), step(RETURN, worker));
    }
    // Ends with what no remainder reaches; a program must end with a return.
    return [step(LOAD, RANDOM), step(MODULO, total), ...program, step(RETURN, 0)];
  },

  /** All to one. */
  only: (worker) => [step(RETURN, worker)],
};
