'use strict';
const { runClient, startServer } = require('../lib/server');

const load = { program: 'peers/udp-client.c' };
/** Datagrams on their way at once: what the sockets' buffers hold for sure. */
const window = 128;

module.exports = {
  name: 'udp-64',
  title: `UDP echo server, 64 B, ${window} datagrams on their way`,
  unit: 'datagrams/s',
  peers: [
    'udp-native-batched',
    'udp-native-single',
    'udp-node',
    'udp-hostsock-single',
    'udp-hostsock-batched',
  ],
  baselines: ['udp-native-batched', 'udp-native-single', 'udp-node'],
  floors: [
    { peer: 'udp-hostsock-batched', against: 'udp-node', atLeast: 3 },
    { peer: 'udp-hostsock-batched', against: 'udp-native-batched', atLeast: 0.8 },
  ],
  start: (command, settings) => startServer(command, { core: settings.pin?.server }),

  async check(server, settings) {
    for (const size of [8, 64, 1400]) {
      const options = { size, window: size > 1000 ? 32 : window, warmup: 0, duration: 100 };
      await runClient(server, options, { core: settings.pin?.client, ...load }).catch((error) => {
        throw new Error(`${size} bytes: ${error.message}`);
      });
    }
  },

  async measure(server, { warmup, duration, pin }) {
    const options = { size: 64, window, warmup, duration };
    const result = await runClient(server, options, { core: pin?.client, ...load });
    return {
      value: result.roundTrips / result.seconds,
      operations: result.roundTrips,
      seconds: result.seconds,
      cpu: result.server,
      clientCpu: result.client,
      machineCpu: result.machine,
    };
  },
};
