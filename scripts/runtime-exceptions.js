'use strict';

// Tests that are known to fail on a runtime, and why: `{ runtimes, suite, tests, reason }`, with the full name of each
// test (`suite > test`) or a pattern. One that passes fails the run, unless `sometimes` says that it may.

const BUN = ['bun'];
const DENO = ['deno'];
const BOTH = ['bun', 'deno'];

const BUN_SERVERS =
  "Bun's servers of HTTP, HTTPS, HTTP/2 and TLS listen on no other server, and are no net.Server";
const BUN_ERRORS =
  "the errors of Bun's own node:net and node:dns, which hostsock's are compared with, are not Node's";
const DENO_DESCRIPTOR =
  'Deno shows no descriptor of its own node:net, node:dgram, node:tls and node:http sockets';
const DENO_OWN =
  'Deno itself opens two sockets, event descriptors and files at times of its own: the count is another';
const DENO_WORKER = 'Deno prints what a worker has thrown, though the program handles it';
const NOBODY = 'Deno has no process.setgroups, setgid and setuid';

module.exports = [
  // -- Bun ------------------------------------------------------------------------------------------------------------
  {
    runtimes: BUN,
    suite: 'connect',
    tests: [
      'listen > with a server of the caller’s > serves HTTP on a port',
      'listen > with a server of the caller’s > serves HTTP on a path',
      'listen > with a server of the caller’s > is what to do where Node cannot listen a second time',
    ],
    reason: BUN_SERVERS,
  },
  {
    runtimes: BUN,
    suite: 'cores',
    tests: [/^one port for several workers > (threads|processes) with http servers on listen\(\)$/],
    reason: BUN_SERVERS,
  },
  {
    runtimes: BUN,
    suite: 'integrations',
    tests: [
      'Node > http: a server on listen(), a client on connect()',
      'Node > http: timeouts and close() of the server are in force',
      'Node > http: by path, with options of the unix socket',
      'Node > https: a server on listen(), a client on connect()',
      'Node > tls.connect() over a socket of connect()',
      'Node > http2, plain: server and client',
      'Node > http2, TLS: server and client',
      'Node > undici and fetch: a connector',
      'Node > ws: server and client',
      /^docs\/node\.md > Servers with options: `listen`, [23]$/,
    ],
    reason: BUN_SERVERS,
  },
  {
    runtimes: BUN,
    suite: 'options-errors',
    tests: [
      "Node's sockets without a descriptor > net.Server and http.Server",
      "options of Node's sockets > http.Server, its requests and those of a client",
    ],
    reason: "Bun's http.Server is no net.Server and shows no descriptor",
  },
  {
    runtimes: BUN,
    suite: 'errors',
    tests: [
      /^as node:net tells it > (address in use, IPv[46]|an address that is not ours|port 0 is not named)$/,
      'as node:net tells it > unreachable: a broadcast address',
      'in a network of its own > unreachable: no route, as node:net tells it',
      'in a network of its own > unreachable: a router says so',
      'in a network of its own > timed out: nobody answers',
    ],
    reason: BUN_ERRORS,
  },
  { runtimes: BUN, suite: 'connect', tests: ['lookup > names its errors as Node does'], reason: BUN_ERRORS },
  {
    runtimes: BUN,
    suite: 'module',
    tests: ['package.json > shows only what is meant to be seen'],
    reason: 'Bun says MODULE_NOT_FOUND of what a package does not export, where Node has a code for it',
  },
  {
    runtimes: BUN,
    suite: 'socket',
    tests: [
      'descriptors from and to elsewhere > fromFd() makes a blocking, inheritable descriptor what it must be',
    ],
    reason: 'Bun has set close-on-exec before hostsock sees the inherited descriptor',
  },
  {
    runtimes: BUN,
    suite: 'readiness',
    tests: ['loading > takes less than 50 ms'],
    sometimes: true,
    reason: 'in Bun it takes 36 ms, on a busy machine more than 50',
  },
  {
    runtimes: BUN,
    suite: 'unix',
    tests: ['descriptors in messages > those that nobody takes close themselves, with one warning'],
    reason: 'Bun takes no --expose-gc: the test cannot have the garbage collected',
  },
  // -- Deno -----------------------------------------------------------------------------------------------------------
  {
    runtimes: DENO,
    suite: 'connect',
    tests: [
      'connect > gives a net.Socket that carries data both ways, with its options set',
      'listen > sets options before it binds',
      'listen > with a server of the caller’s > serves HTTP on a port',
    ],
    reason: DENO_DESCRIPTOR,
  },
  {
    runtimes: DENO,
    suite: 'connect',
    tests: ['listen > with a server of the caller’s > is what to do where Node cannot listen a second time'],
    reason: 'Deno has no libuv that would refuse to watch a descriptor twice',
  },
  {
    runtimes: DENO,
    suite: 'options-errors',
    tests: [
      /^Node's sockets without a descriptor > (net\.Socket|net\.Server and http\.Server|dgram\.Socket)$/,
      /^options of Node's sockets > /,
    ],
    reason: DENO_DESCRIPTOR,
  },
  {
    runtimes: DENO,
    suite: 'socket',
    tests: ['descriptors from and to elsewhere > a descriptor of node:net, by way of fromFd()'],
    reason: DENO_DESCRIPTOR,
  },
  {
    runtimes: DENO,
    suite: 'cores',
    tests: ['(not over after 30 s)'],
    deadline: 30,
    reason: `${DENO_DESCRIPTOR}: the example's servers fail, and the test waits for them`,
  },
  {
    runtimes: DENO,
    suite: 'integrations',
    tests: ['(not over after 30 s)'],
    deadline: 30,
    reason: `${DENO_DESCRIPTOR}: a pool's sockets fail as they connect, and the test waits for them`,
  },
  {
    runtimes: DENO,
    suite: 'options-errors',
    tests: ['errors of the kernel > what needs privileges'],
    reason: NOBODY,
  },
  {
    runtimes: DENO,
    suite: 'raw',
    tests: [
      'raw sockets > without the privilege they are refused',
      /^ICMP without a privilege > datagram sockets ping over IPv[46]$/,
    ],
    reason: NOBODY,
  },
  {
    runtimes: DENO,
    suite: 'unix',
    tests: ['unix sockets > permissions of paths are the kernel’s'],
    reason: NOBODY,
  },
  {
    runtimes: DENO,
    suite: 'unix',
    tests: ['descriptors in messages > that are no sockets > a file'],
    reason: 'the fs module of Deno reads no descriptors that it has not opened itself',
  },
  {
    runtimes: DENO,
    suite: 'errors',
    tests: ['in the middle of a transfer > EPIPE after shutdown, and no signal even where it would kill'],
    reason: 'Deno takes no handler of SIGPIPE away: the test cannot make the signal deadly',
  },
  {
    runtimes: DENO,
    suite: 'errors',
    tests: ['nothing leaks: a thousand failures of every kind'],
    sometimes: true,
    reason: DENO_OWN,
  },
  {
    runtimes: DENO,
    suite: 'wintertc',
    tests: [
      'WinterTC sockets over TLS > verifies and sends the host name',
      'WinterTC sockets over TLS > sends another name when told',
      'WinterTC sockets over TLS > refuses a certificate of another name',
      'WinterTC sockets over TLS > upgrades with startTls',
    ],
    reason: "Deno's node:tls takes no certificates from NODE_EXTRA_CA_CERTS",
  },
  {
    runtimes: DENO,
    suite: 'workers',
    tests: [
      /^a worker with 100 watched sockets > that is ended by /,
      '16 workers at once, each an echo of its own',
      'workers that are terminated at any moment of their start',
      'a worker without any socket ends like any other',
    ],
    sometimes: true,
    reason: DENO_OWN,
  },
  {
    runtimes: DENO,
    suite: 'workers',
    tests: [
      'an exception in a listener of a worker is the worker’s error',
      'the main thread’s sockets go on while workers come and go',
    ],
    reason: DENO_WORKER,
  },
  {
    runtimes: DENO,
    suite: 'workers',
    tests: ['a worker in a blocking call > is terminated as soon as its peer ends the call'],
    reason: 'in Deno worker.terminate() does not wait for the call that the worker is in',
  },
  // -- Both -----------------------------------------------------------------------------------------------------------
  {
    runtimes: BOTH,
    suite: 'readiness',
    tests: ['exceptions in listeners > end a process that does not catch them'],
    reason: 'they print an uncaught exception in a form of their own',
  },
];
