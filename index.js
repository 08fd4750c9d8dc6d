'use strict';

const options = require('./lib/options.js');
const { Socket, constants, poll } = require('./lib/socket.js');
const { READABLE, WRITABLE, HANGUP, ERROR } = constants;

module.exports = { Socket, poll, constants, READABLE, WRITABLE, HANGUP, ERROR };
