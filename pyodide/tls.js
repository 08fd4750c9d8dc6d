'use strict';
module.exports = { createTls: () => ({}) };
