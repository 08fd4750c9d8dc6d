'use strict';

// node examples/ping.js ADDRESS [COUNT]: sends ICMP echo requests. It needs no privilege where
// `sysctl net.ipv4.ping_group_range` includes the user's group; elsewhere it wants a raw socket (root).

const { Socket, constants, lookup } = require('..');

async function main([host, count = 3]) {
  if (host === undefined) throw new Error('usage: node examples/ping.js ADDRESS [COUNT]');
  const { address, family } = await lookup(host);
  const icmp = family === 6 ? 'IPv6' : 'IPv4';
  const socket = open(icmp);
  // A raw IPv4 socket gives the IP header too; the lower half of its first byte is its length in words.
  const skip = (packet) => (socket.type === 'raw' && icmp === 'IPv4' ? 4 * (packet[0] & 15) : 0);
  const request = Buffer.from([icmp === 'IPv4' ? 8 : 128, 0, 0, 0, process.pid >> 8, process.pid, 0, 0]);
  const answer = icmp === 'IPv4' ? 0 : 129;
  let received = 0;

  for (let sequence = 1; sequence <= count; sequence++) {
    request.writeUInt16BE(sequence, 6);
    request.writeUInt16BE(0, 2);
    request.writeUInt16BE(checksum(request), 2); // the kernel's task on any socket but a raw IPv4 one
    const begin = process.hrtime.bigint();
    socket.sendTo(request, { address });
    const packet = Buffer.alloc(1500);
    const signal = AbortSignal.timeout(1000);
    for (;;) {
      try {
        await socket.readable({ signal });
      } catch {
        console.log(`no answer to ${sequence}`);
        break;
      }
      const { bytes, address: from } = socket.recvFrom(packet);
      const icmpPart = packet.subarray(skip(packet), bytes);
      // A raw socket hears the requests to this host, and everybody's answers, too.
      const ours = socket.type !== 'raw' || icmpPart.readUInt16BE(4) === (process.pid & 0xffff);
      if (icmpPart[0] !== answer || icmpPart.readUInt16BE(6) !== sequence || !ours) continue;
      const milliseconds = Number(process.hrtime.bigint() - begin) / 1e6;
      console.log(`answer ${sequence} from ${from.address} in ${milliseconds.toFixed(2)} ms`);
      received++;
      break;
    }
  }
  console.log(`${count} sent, ${received} received`);
  socket.close();
  return received === Number(count) ? 0 : 1;
}

function open(family) {
  const protocol = family === 'IPv4' ? constants.IPPROTO_ICMP : constants.IPPROTO_ICMPV6;
  try {
    return new Socket({ family, type: 'datagram', protocol });
  } catch {
    return new Socket({ family, type: 'raw', protocol });
  }
}

/** RFC 1071: what makes the sum of all 16-bit words be zero. */
function checksum(bytes) {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum >> 16) + (sum & 0xffff);
  return ~sum & 0xffff;
}

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error) => {
    console.error(error.message);
    process.exitCode = 2;
  },
);
