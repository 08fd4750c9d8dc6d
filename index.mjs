// The same exports for `import`: their names cannot all be read off the CommonJS module.
import hostsock from './index.js';

export const {
  Socket,
  DatagramBatch,
  connect,
  listen,
  lookup,
  lookupSync,
  lookupService,
  lookupServiceSync,
  poll,
  getOption,
  setOption,
  getsockopt,
  setsockopt,
  constants,
  control,
  READABLE,
  WRITABLE,
  HANGUP,
  ERROR,
  optionTable,
} = hostsock;

export default hostsock;
