// ToSocketAddrs: names, numbers, and their errors.

use hostsock_rust_programs::{kind, show};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};

fn resolve(what: impl ToSocketAddrs) -> io::Result<Vec<SocketAddr>> {
    let mut all: Vec<_> = what.to_socket_addrs()?.collect();
    all.sort();
    all.dedup();
    Ok(all)
}

fn main() -> io::Result<()> {
    show("localhost:80", resolve("localhost:80"));
    show("(localhost, 443)", resolve(("localhost", 443)));
    show("127.0.0.1:1", resolve("127.0.0.1:1"));
    show("[::1]:1", resolve("[::1]:1"));
    show("(::1, 1)", resolve(("::1", 1)));
    show("127.1", resolve(("127.1", 1)));
    show("no port", resolve("localhost"));
    show("port too high", resolve("localhost:99999"));
    for name in ["no-such-host.invalid:80", "two words:80", ":80"] {
        match resolve(name) {
            Ok(found) => println!("{name}: {found:?}"),
            Err(error) => println!("{name}: {}", kind(&error)),
        }
    }
    let listener = TcpListener::bind("localhost:0")?;
    let port = listener.local_addr()?.port();
    show(
        "connect by name",
        TcpStream::connect(("localhost", port))
            .map(|stream| stream.peer_addr().unwrap().port() == port),
    );
    Ok(())
}
