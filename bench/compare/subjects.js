// RUNTIME subjects.js SUBJECT PORT: what a library, or a runtime's own sockets, does of what Node programs ask for.
// Prints JSON: { version, results: { behaviour: text } }. compare.js serves PORT: `pong` 150 ms after a `p`.
'use strict';

const [, , subject, port] = process.argv;
const PORT = Number(port);
const HOST = '127.0.0.1';
// Linux's numbers.
const [SOL_SOCKET, IPPROTO_TCP] = [1, 6];
const [SO_LINGER, SO_RCVBUF, SO_PEERCRED] = [13, 8, 17];
const [TCP_KEEPINTVL, TCP_SYNCNT, TCP_INFO, TCP_USER_TIMEOUT] = [5, 7, 11, 18];

const net = require('node:net');
const path = require('node:path');

/** A package of where compare.js has them. */
const load = (name) => require(path.join(process.env.COMPARE_MODULES, name));

/** A connected socket of node:net. */
function connected() {
  return new Promise((resolve, reject) => {
    const socket = net.connect(PORT, HOST, () => resolve(socket));
    socket.on('error', reject);
  });
}

/** What the methods of an object are called that sound like options. */
function methods(object) {
  const names = new Set();
  for (let it = object; it && it !== Object.prototype; it = Object.getPrototypeOf(it)) {
    for (const name of Object.getOwnPropertyNames(it)) names.add(name);
  }
  return [...names].filter((it) =>
    /^(set|get)?_?(sockopt|option|nodelay|keepalive|linger|tos|.*buffersize|typeofservice)$/i.test(it),
  );
}

/** The kernel's value, by hostsock, where a descriptor is known. */
const kernel = (socket, name) => require('../../index.js').getOption(socket, name);

const subjects = {
  hostsock() {
    const { Socket, connect, constants, getOption, listen, setOption } = require('../../index.js');
    const tcp = () => new Socket({ family: 'IPv4', type: 'stream' });
    return {
      async userTimeout() {
        const socket = await connected();
        setOption(socket, 'TCP_USER_TIMEOUT', 5000);
        return getOption(socket, 'TCP_USER_TIMEOUT');
      },
      async keepInterval() {
        const socket = await connected();
        setOption(socket, 'TCP_KEEPINTVL', 7);
        return getOption(socket, 'TCP_KEEPINTVL');
      },
      async beforeConnect() {
        const socket = tcp();
        socket.setOption('TCP_SYNCNT', 2);
        return socket.getOption('TCP_SYNCNT');
      },
      async handOver() {
        const socket = await connect({ host: HOST, port: PORT });
        const answer = new Promise((resolve, reject) => socket.on('data', resolve).on('error', reject));
        socket.write('p');
        return `a net.Socket: ${await answer}`;
      },
      async serve() {
        const server = await listen({ host: HOST });
        net.connect(server.address().port, HOST).on('error', () => {});
        await new Promise((resolve) => server.on('connection', resolve));
        return 'a net.Server: accepts';
      },
      async linger() {
        const socket = await connected();
        setOption(socket, 'SO_LINGER', 5);
        return getOption(socket, 'SO_LINGER');
      },
      async tcpInfo() {
        return `rtt ${getOption(await connected(), 'TCP_INFO').tcpi_rtt > 0}`;
      },
      async refused() {
        setOption(await connected(), 'TCP_CONGESTION', 'nosuch');
      },
      async directRead() {
        const socket = tcp();
        socket.connect({ address: HOST, port: PORT });
        await socket.writable();
        socket.send('p');
        return socket.recv(Buffer.alloc(10));
      },
      async blockingRead() {
        const socket = tcp();
        socket.blocking = true;
        socket.connect({ address: HOST, port: PORT });
        socket.send('p');
        const buffer = Buffer.alloc(10);
        return buffer.toString('latin1', 0, socket.recv(buffer));
      },
      async blockingTimeout() {
        const socket = tcp();
        socket.blocking = true;
        socket.connect({ address: HOST, port: PORT });
        socket.setOption('SO_RCVTIMEO', 100);
        return socket.recv(Buffer.alloc(10));
      },
      async unixDatagram() {
        const [one, two] = Socket.pair({ type: 'datagram' });
        one.send('x');
        return `${two.recv(Buffer.alloc(10))} byte`;
      },
      async peerCredentials() {
        const [one] = Socket.pair({ type: 'stream' });
        return one.getOption('SO_PEERCRED').pid === process.pid;
      },
      async passDescriptor() {
        const [one, two] = Socket.pair({ type: 'stream' });
        const control = [{ level: constants.SOL_SOCKET, type: constants.SCM_RIGHTS, data: [tcp()] }];
        one.sendMessage({ buffers: [Buffer.from('x')], control });
        const { control: got } = two.recvMessage({ buffers: [Buffer.alloc(1)], controlLength: 64 });
        return `got a ${got[0].data[0].type}`;
      },
    };
  },

  'node:net'() {
    return {
      userTimeout: async () => `no way: ${methods(await connected())}`,
      async keepInterval() {
        const socket = await connected();
        socket.setKeepAlive(true, 1000, 7000);
        return kernel(socket, 'TCP_KEEPINTVL');
      },
      async linger() {
        (await connected()).resetAndDestroy();
        return '0 s only: resetAndDestroy()';
      },
      async directRead() {
        const socket = await connected();
        socket.write('p');
        return `read() gives ${socket.read()}: what the stream has taken in`;
      },
    };
  },

  'posix-socket'() {
    const posix = load('posix-socket');
    const open = () => {
      const fd = posix.socket(2, 1, 0);
      posix.connect(fd, { sin_family: 2, sin_port: PORT, sin_addr: HOST });
      return fd;
    };
    const set = (fd, level, option, value) => posix.setsockopt(fd, level, option, value);
    return {
      async userTimeout() {
        const fd = open();
        set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
        return kernel(fd, 'TCP_USER_TIMEOUT');
      },
      async readBack() {
        // It wants three arguments, and refuses them.
        return posix.getsockopt(open(), IPPROTO_TCP, TCP_USER_TIMEOUT);
      },
      async keepInterval() {
        const fd = open();
        set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 7);
        return kernel(fd, 'TCP_KEEPINTVL');
      },
      async beforeConnect() {
        const fd = posix.socket(2, 1, 0);
        set(fd, IPPROTO_TCP, TCP_SYNCNT, 2);
        return kernel(fd, 'TCP_SYNCNT');
      },
      async linger() {
        set(open(), SOL_SOCKET, SO_LINGER, new Uint8Array(Int32Array.of(1, 5).buffer));
        return 'set';
      },
      async tcpInfo() {
        return posix.getsockopt(open(), IPPROTO_TCP, TCP_INFO);
      },
      async refused() {
        set(open(), IPPROTO_TCP, 7777, 1);
      },
      async directRead() {
        return posix.recv(open(), new ArrayBuffer(10), 10, 0x40);
      },
      async blockingRead() {
        const fd = open();
        const buffer = new ArrayBuffer(10);
        posix.send(fd, new Uint8Array([112]).buffer, 1, 0);
        return Buffer.from(buffer).toString('latin1', 0, posix.recv(fd, buffer, 10, 0));
      },
      async blockingTimeout() {
        const fd = open();
        set(fd, SOL_SOCKET, 20, 1);
      },
      async unixDatagram() {
        const fd = posix.socket(1, 2, 0);
        posix.bind(fd, { sun_family: 1, sun_path: `/tmp/compare-${process.pid}.sock` });
        require('node:fs').unlinkSync(`/tmp/compare-${process.pid}.sock`);
        return 'opened and bound';
      },
      async peerCredentials() {
        return posix.getsockopt(open(), SOL_SOCKET, SO_PEERCRED);
      },
    };
  },

  sockopt() {
    const { getsockopt, setsockopt } = load('sockopt');
    return {
      async userTimeout() {
        const socket = await connected();
        setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
        return kernel(socket, 'TCP_USER_TIMEOUT');
      },
      async readBack() {
        const socket = await connected();
        setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
        return getsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT);
      },
      async keepInterval() {
        const socket = await connected();
        setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, 7);
        return kernel(socket, 'TCP_KEEPINTVL');
      },
      async beforeConnect() {
        setsockopt(new net.Socket(), SOL_SOCKET, SO_RCVBUF, 40_000);
        return 'set';
      },
      async linger() {
        const socket = await connected();
        setsockopt(socket, SOL_SOCKET, SO_LINGER, Buffer.from(Int32Array.of(1, 5).buffer));
        return kernel(socket, 'SO_LINGER');
      },
      async tcpInfo() {
        return `a number: ${getsockopt(await connected(), IPPROTO_TCP, TCP_INFO)}`;
      },
      async refused() {
        setsockopt(await connected(), IPPROTO_TCP, 7777, 1);
      },
    };
  },

  'net-keepalive'() {
    const keepalive = load('net-keepalive');
    return {
      async userTimeout() {
        const socket = await connected();
        keepalive.setUserTimeout(socket, 5000);
        return kernel(socket, 'TCP_USER_TIMEOUT');
      },
      async readBack() {
        const socket = await connected();
        keepalive.setUserTimeout(socket, 5000);
        return keepalive.getUserTimeout(socket);
      },
      async keepInterval() {
        const socket = await connected();
        keepalive.setKeepAliveInterval(socket, 7000);
        return kernel(socket, 'TCP_KEEPINTVL');
      },
      async beforeConnect() {
        keepalive.setUserTimeout(new net.Socket(), 5000);
        return 'set';
      },
    };
  },

  Bun() {
    const open = () => Bun.connect({ hostname: HOST, port: PORT, socket: { data() {} } });
    return {
      userTimeout: async () => `no way: ${methods(await open())}`,
    };
  },

  Deno() {
    const open = () => Deno.connect({ hostname: HOST, port: PORT });
    return {
      userTimeout: async () => `no way: ${methods(await open())}`,
      async unixDatagram() {
        const path = `/tmp/compare-${process.pid}.sock`;
        Deno.listenDatagram({ transport: 'unixpacket', path }).close();
        Deno.removeSync(path);
        return 'opened and bound';
      },
    };
  },
};

/** What a behaviour does: its value, or its error. */
async function tried(call) {
  const late = new Promise((resolve) => setTimeout(resolve, 3000, 'nothing in 3 s'));
  try {
    const value = await Promise.race([call(), late]);
    return value === undefined ? 'accepted' : String(value);
  } catch (error) {
    return `${error.code ?? error.name}: ${String(error.message).split('\n')[0].slice(0, 100)}`;
  }
}

(async () => {
  const results = {};
  try {
    const behaviours = subjects[subject]();
    results.loads = 'yes';
    for (const [name, call] of Object.entries(behaviours)) results[name] = await tried(call);
  } catch (error) {
    results.loads = `${error.code ?? error.name}: ${String(error.message)
      .split('\n')
      .find((it) => it.trim())
      .slice(0, 100)}`;
  }
  console.log(JSON.stringify(results));
  process.exit();
})();
