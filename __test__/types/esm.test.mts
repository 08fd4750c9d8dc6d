// The same package as ES modules see it.

import hostsock, { constants, type IpAddress, type SettableSocketOptions, Socket } from 'hostsock';
import { install, type Settings } from 'hostsock/emscripten';

const address: IpAddress = { address: '::1', port: 80 };
const keepalive: Partial<SettableSocketOptions> = { SO_KEEPALIVE: true, TCP_KEEPIDLE: 30 };
const settings: Settings = { blocking: 'posix' };
// `using` closes it at the end of the block.
{
  using socket = new Socket({ family: 'IPv6', type: 'stream' });
  for (const name of Object.keys(keepalive) as (keyof typeof keepalive & 'TCP_KEEPIDLE')[]) {
    socket.setOption(name, keepalive[name] ?? 0);
  }
  if (!socket.connect(address)) await socket.writable();
  socket.send('x', constants.MSG_PEEK);
}
hostsock.poll([]);
install({ FS: {} }, settings);
// @ts-expect-error there is no such export
import('hostsock/native');
