'use strict';
// Echo server on hostsock's Socket in Node. Prints `listening PORT`.
const { Socket, constants } = require('../..');

const { READABLE, WRITABLE } = constants;
const buffer = Buffer.allocUnsafeSlow(64 * 1024);

const listener = new Socket({ family: 'IPv4', type: 'stream' });
listener.bind({ address: '127.0.0.1', port: 0 });
listener.listen(511);
listener.watch(() => {
  for (let socket = listener.accept(); socket !== null; socket = listener.accept()) echo(socket);
}, READABLE);
console.log(`listening ${listener.localAddress().port}`);

function echo(socket) {
  let rest = null; // what the kernel did not take yet; nothing is read meanwhile
  socket.setOption('TCP_NODELAY', true);
  socket.watch(onReadable, READABLE);

  function onReadable() {
    try {
      const n = socket.recv(buffer);
      if (n === 0) return socket.close();
      if (n < 0) return;
      const sent = socket.send(buffer, 0, 0, n);
      if (sent === n) return;
      rest = Buffer.from(buffer.subarray(Math.max(sent, 0), n));
      socket.watch(onWritable, WRITABLE);
    } catch {
      socket.close();
    }
  }

  function onWritable() {
    try {
      const sent = socket.send(rest);
      if (sent < 0) return;
      rest = rest.subarray(sent);
      if (rest.length === 0) socket.watch(onReadable, READABLE);
    } catch {
      socket.close();
    }
  }
}
