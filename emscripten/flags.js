'use strict';

const path = require('node:path');

const file = (name) => path.join(__dirname, name);

/**
 * The flags of `hostsock emcc-flags`.
 *
 * @param {{ compile?: boolean, link?: boolean }} [parts] for builds that compile and link apart
 */
function emccFlags({ compile = true, link = true } = {}) {
  const flags = [];
  // hostsock.c is compiled with the link, and needs the header as well.
  if (compile || link) flags.push('-isystem', file('include'));
  // Without the file system a program that only has sockets and standard output would lose both.
  if (link) flags.push(file('hostsock.c'), '--js-library', file('library.js'), '-sFORCE_FILESYSTEM');
  // Closure renames what the adapter must find.
  if (link) flags.push(`--closure-args=--externs=${file('externs.js')}`);
  // JavaScript's functions need them; -flto finds that too late in some versions. (The last one is no function of
  // ours: Debian's 6.0.5 cannot link any program with -flto without it.)
  if (link) flags.push('-Wl,-u,htonl,-u,htons,-u,ntohs,-u,__cxa_increment_exception_refcount');
  return flags;
}

module.exports = { emccFlags };
