'use strict';
// UDP echo server on node:dgram. Prints `listening PORT`.
const dgram = require('node:dgram');

const socket = dgram.createSocket('udp4');
socket.on('message', (data, { port, address }) => socket.send(data, port, address));
socket.bind(0, '127.0.0.1', () => console.log(`listening ${socket.address().port}`));
