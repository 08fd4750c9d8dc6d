// peer: echo
// A megabyte to another process and back, and its end.

use hostsock_rust_programs::{pattern, peer, show};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

fn main() -> io::Result<()> {
    let mut stream = TcpStream::connect(peer())?;
    let bytes = pattern(1 << 20);
    let mut back = vec![0; 1 << 14];
    for (at, chunk) in bytes.chunks(1 << 14).enumerate() {
        stream.write_all(chunk)?;
        stream.read_exact(&mut back)?;
        if back != chunk {
            println!("chunk {at} came back changed");
        }
    }
    show("shutdown", stream.shutdown(Shutdown::Write));
    let mut rest = Vec::new();
    show("read_to_end", stream.read_to_end(&mut rest));
    println!("bytes: {}", bytes.len());
    Ok(())
}
