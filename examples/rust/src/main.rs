//! http-get HOST PORT [PATH]: an HTTP client on blocking sockets, the same source natively and under Node.
//!
//! ```sh
//! cargo run --release -- example.org 80 /
//! cargo run --release --target wasm32-unknown-emscripten -- example.org 80 /
//! ```

use socket2::{SockRef, TcpKeepalive};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (host, port, path) = match &arguments[..] {
        [host, port] => (host, port, "/"),
        [host, port, path] => (host, port, path.as_str()),
        _ => return Err(io::Error::other("usage: http-get HOST PORT [PATH]")),
    };

    let stream = connect(&format!("{host}:{port}"))?;
    write!(&stream, "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n")?;

    let mut reader = BufReader::new(&stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    println!("{}", line.trim_end());
    while line != "\r\n" && !line.is_empty() {
        line.clear();
        reader.read_line(&mut line)?;
    }
    let mut body = Vec::new();
    reader.read_to_end(&mut body)?;
    println!("{} bytes, checksum {}", body.len(), checksum(&body));
    Ok(())
}

/// The first address that answers, with deadlines and options that the kernel keeps.
fn connect(name: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::other("the name has no address");
    for address in name.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, Duration::from_secs(5)) {
            Ok(stream) => {
                stream.set_read_timeout(Some(Duration::from_secs(10)))?;
                stream.set_nodelay(true)?;
                let keepalive = TcpKeepalive::new().with_time(Duration::from_secs(30));
                SockRef::from(&stream).set_tcp_keepalive(&keepalive)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, &byte| sum.rotate_left(5) ^ u32::from(byte))
}
