// Echo server on Bun.listen. Prints `listening PORT`.
const server = Bun.listen({
  hostname: '127.0.0.1',
  port: 0,
  socket: {
    open(socket) {
      socket.data = null; // what the kernel did not take yet
      socket.setNoDelay(true);
    },
    data(socket, data) {
      if (socket.data !== null) {
        socket.data = Buffer.concat([socket.data, data]);
        return;
      }
      const sent = socket.write(data);
      if (sent < data.length) {
        socket.data = Buffer.from(data.subarray(Math.max(sent, 0)));
        socket.pause();
      }
    },
    drain(socket) {
      if (socket.data === null) return;
      const rest = socket.data.subarray(Math.max(socket.write(socket.data), 0));
      socket.data = rest.length > 0 ? rest : null;
      if (socket.data === null) socket.resume();
    },
    error(socket) {
      socket.terminate();
    },
  },
});

console.log(`listening ${server.port}`);
