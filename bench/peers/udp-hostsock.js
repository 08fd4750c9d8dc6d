'use strict';
// UDP echo server on hostsock's Socket: `64` with recvMany and sendMany, `1` with recvFrom and sendTo. Prints
// `listening PORT`.
const { DatagramBatch, Socket, constants } = require('../..');

const socket = new Socket({ family: 'IPv4', type: 'datagram' });
socket.bind({ address: '127.0.0.1', port: 0 });
socket.watch(process.argv[2] === '1' ? single() : batched(), constants.READABLE);
console.log(`listening ${socket.localAddress().port}`);

function single() {
  const buffer = Buffer.allocUnsafeSlow(2048);
  return () => {
    for (let got = socket.recvFrom(buffer); got !== null; got = socket.recvFrom(buffer)) {
      socket.sendTo(buffer.subarray(0, got.bytes), got.address);
    }
  };
}

function batched() {
  const batch = new DatagramBatch({ count: 64, size: 2048 });
  return () => {
    const count = socket.recvMany(batch);
    // Lengths and addresses stand where sendMany takes them from.
    for (let at = 0; at < count; ) {
      const sent = socket.sendMany(batch, count - at, 0, at);
      if (sent < 0) break;
      at += sent;
    }
  };
}
