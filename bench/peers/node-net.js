'use strict';
// Echo server on node:net. Prints `listening PORT`.
const net = require('node:net');

const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on('data', (data) => {
    if (!socket.write(data)) socket.pause();
  });
  socket.on('drain', () => socket.resume());
  socket.on('error', () => socket.destroy());
});

server.listen(0, '127.0.0.1', 511, () => console.log(`listening ${server.address().port}`));
