'use strict';
// What a load generator, or a program that measures itself, has printed, as one round of a row.
const { cpus } = require('node:os');

const perSecond = ({ operations, seconds }) => operations / seconds;

/** `scale`: operations of the program to one of the row; `value` of `{ operations, seconds }`. */
function figures(result, { peer, scale = 1, value = perSecond }) {
  const client = peer === 'own' ? 'other' : 'own';
  // Of a program that works in bursts only what is inside of them counts.
  const { seconds, own = result[peer] } = result.inside ?? result;
  const cpu = peer === 'own' ? own : result.other;
  const operations = result.operations / scale;
  const used = sum(result.own) + sum(result.other);
  return {
    value: value({ operations, seconds }),
    operations,
    seconds,
    cpu,
    busy: {
      peer: sum(cpu) / seconds,
      client: sum(result[client]) / result.seconds,
      others: Math.max(0, result.machine - used) / (result.seconds * cpus().length),
    },
  };
}

function sum({ user, system }) {
  return user + system;
}

module.exports = { figures };
