'use strict';

// Pairs of network namespaces, for tests that need two hosts. Everything in them goes when they do.

const { execFileSync } = require('node:child_process');
const crypto = require('node:crypto');
const { untilBlocked } = require('./sockets.js');

function ip(...args) {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/**
 * Two namespaces; with `link`, joined by a cable whose ends are both called `cable`.
 *
 * @param {import('node:test').TestContext} t
 * @param {{ link?: boolean }} [settings]
 * @returns {{ name: string, through: string[], IPv4: string, IPv6: string }[]} `through`: the command that runs
 *   others there; their addresses on the cable
 */
function namespacePair(t, { link = true } = {}) {
  const id = crypto.randomUUID().slice(0, 8);
  const hosts = ['a', 'b'].map((letter, index) => {
    const name = `hostsock-${id}-${letter}`;
    ip('netns', 'add', name);
    t.after(() => ip('netns', 'delete', name));
    ip('-n', name, 'link', 'set', 'lo', 'up');
    return {
      name,
      through: ['ip', 'netns', 'exec', name],
      ...{ IPv4: `198.18.77.${index + 1}`, IPv6: `fd00:77::${index + 1}` },
    };
  });
  if (link) {
    const [one, two] = hosts;
    const peer = ['peer', 'name', 'cable', 'netns', two.name];
    ip('-n', one.name, 'link', 'add', 'cable', 'type', 'veth', ...peer);
    for (const { name, IPv4, IPv6 } of hosts) {
      ip('-n', name, 'address', 'add', `${IPv4}/24`, 'dev', 'cable');
      ip('-n', name, 'address', 'add', `${IPv6}/64`, 'dev', 'cable', 'nodad');
      ip('-n', name, 'link', 'set', 'cable', 'up');
    }
    // The kernel brings routes up some time after the two ends.
    for (const { name } of hosts) {
      untilBlocked(() => ip('-n', name, '-json', 'link', 'show', 'cable').includes('"operstate":"UP"'), 'up');
    }
  }
  return hosts;
}

module.exports = { ip, namespacePair };
