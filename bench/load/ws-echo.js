'use strict';
// WebSocket echo server for programs whose sockets are WebSockets. Prints `listening PORT`.
const { WebSocketServer } = require('ws');

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false }, () =>
  console.log(`listening ${server.address().port}`),
);
server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
