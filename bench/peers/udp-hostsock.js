'use strict';
// UDP echo server on hostsock's Socket: `64` with recvMany and sendMany, `1` with recvFrom and sendTo, `0` with what the
// kernel has put together (UDP_GRO) and cuts again (UDP_SEGMENT). Prints `listening PORT`.
const { DatagramBatch, Socket, constants, control } = require('../..');

const socket = new Socket({ family: 'IPv4', type: 'datagram' });
socket.bind({ address: '127.0.0.1', port: 0 });
const ways = { 0: coalesced, 1: single, 64: batched };
socket.watch(ways[process.argv[2]](), constants.READABLE);
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

function coalesced() {
  const buffer = Buffer.allocUnsafeSlow(65536);
  const controlLength = control.space(4);
  socket.setOption('UDP_GRO', true);
  return () => {
    for (;;) {
      const got = socket.recvMessage({ buffers: [buffer], controlLength });
      if (got === null) return;
      const { segment } = control.read(got.control);
      socket.sendMessage({
        buffers: [buffer.subarray(0, got.bytes)],
        address: got.address,
        control: segment === undefined ? [] : [control.segment(segment)],
      });
    }
  };
}
