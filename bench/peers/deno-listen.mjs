// Echo server on Deno.listen. Prints `listening PORT`.
const listener = Deno.listen({ hostname: '127.0.0.1', port: 0 });
console.log(`listening ${listener.addr.port}`);

for await (const connection of listener) echo(connection);

async function echo(connection) {
  const buffer = new Uint8Array(64 * 1024);
  try {
    connection.setNoDelay(true);
    for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
      for (let sent = 0; sent < n; ) sent += await connection.write(buffer.subarray(sent, n));
    }
  } catch {
    // the client went away
  }
  try {
    connection.close();
  } catch {
    // closed already
  }
}
