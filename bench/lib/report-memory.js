'use strict';
// node --expose-gc --require this: a server tells, for each SIGUSR2, what JavaScript's part of its memory is.
process.on('SIGUSR2', () => {
  gc();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  console.log(`memory ${JSON.stringify({ javascript: heapUsed + external, arrayBuffers })}`);
});
