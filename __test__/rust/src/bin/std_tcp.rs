// std::net over TCP, blocking: both ends in one thread, as the kernel accepts before the program does.

use hostsock_rust_programs::{kind, pattern, show, text, timed, twin, MS};
use std::io::{self, BufRead, BufReader, IoSlice, IoSliceMut, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

fn pair(listener: &TcpListener) -> io::Result<(TcpStream, TcpStream)> {
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (server, from) = listener.accept()?;
    assert_eq!(from, client.local_addr()?);
    Ok((client, server))
}

fn main() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("listener has a port: {}", listener.local_addr()?.port() != 0);
    show("the port again", TcpListener::bind(listener.local_addr()?).map(drop));
    show("another's address", TcpListener::bind("192.0.2.1:0").map(drop));

    let (mut client, mut server) = pair(&listener)?;
    println!("peer is listener: {}", client.peer_addr()? == listener.local_addr()?);
    println!("ends agree: {}", server.peer_addr()? == client.local_addr()?);
    show("peer ip", client.peer_addr().map(|address| address.ip()));

    show("write_all", client.write_all(b"hello, world"));
    let mut five = [0; 5];
    show("peek", server.peek(&mut five));
    show("peek again", server.peek(&mut five));
    show("read_exact", server.read_exact(&mut five).map(|()| text(&five)));
    let (mut one, mut two) = ([0; 2], [0; 16]);
    let count = server.read_vectored(&mut [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)]);
    show("read_vectored", count);
    println!("pieces: {:?} {:?}", text(&one), text(&two[..5]));
    show(
        "write_vectored",
        server.write_vectored(&[IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cde")]),
    );
    show("read_exact of both", client.read_exact(&mut five).map(|()| text(&five)));

    // Options, as the kernel has them.
    show("nodelay", client.nodelay());
    show("set_nodelay", client.set_nodelay(true));
    show("nodelay", client.nodelay());
    show("set_ttl", client.set_ttl(42));
    show("ttl", client.ttl());
    show("ttl of the other", server.ttl());
    show("set_ttl 0", client.set_ttl(0));
    show("take_error", client.take_error().map(|error| error.map(|error| kind(&error))));

    // Timeouts.
    show("read_timeout", client.read_timeout());
    show("set_read_timeout", client.set_read_timeout(Some(80 * MS)));
    show("read_timeout", client.read_timeout());
    timed("read in vain", 80 * MS, || client.read(&mut five));
    timed("peek in vain", 80 * MS, || client.peek(&mut five));
    show("set_read_timeout 0", client.set_read_timeout(Some(Duration::ZERO)));
    show("set_read_timeout none", client.set_read_timeout(None));
    show("read_timeout", client.read_timeout());
    show("set_write_timeout", client.set_write_timeout(Some(120 * MS)));
    show("write_timeout", client.write_timeout());
    let block = pattern(1 << 20);
    let mut written = 0;
    timed("write into a full socket", 120 * MS, || loop {
        match client.write(&block) {
            Ok(count) => written += count,
            Err(error) => return Err::<(), _>(error),
        }
    });
    println!("something was written: {}", written > 0);
    let mut sink = vec![0; written];
    show("all of it arrives", server.read_exact(&mut sink));
    println!("as it was: {}", (0..written).all(|at| at >= block.len() || sink[at] == block[at]));

    // Without waiting.
    show("set_nonblocking", server.set_nonblocking(true));
    show("read", server.read(&mut five));
    show("set_nonblocking off", server.set_nonblocking(false));
    show("listener nonblocking", listener.set_nonblocking(true));
    show("accept", listener.accept().map(drop));
    show("listener blocking", listener.set_nonblocking(false));

    // Clones are the same socket.
    show("try_clone", client.try_clone().map(drop));
    let mut twin = twin(&client)?;
    println!("clone's address is the same: {}", twin.local_addr()? == client.local_addr()?);
    show("clone's nodelay", twin.nodelay());
    drop(client);
    show("clone writes", twin.write_all(b"one\ntwo\nthr"));
    show("clone shuts down", twin.shutdown(Shutdown::Write));
    show("write after shutdown", twin.write(b"x"));
    let lines: Vec<_> = BufReader::new(&mut server).lines().collect::<io::Result<_>>()?;
    println!("lines: {lines:?}");
    show("end of stream", server.read(&mut five));
    show("the other way", server.write_all(b"still"));
    drop(server);
    let mut rest = String::new();
    show("read_to_string", twin.read_to_string(&mut rest));
    println!("rest: {rest:?}");

    // Ends.
    let (mut client, server) = pair(&listener)?;
    client.write_all(b"never read")?;
    drop(server);
    show("read after reset", client.read(&mut five));
    show("then", client.read(&mut five));
    show("write then", client.write(b"x"));
    let (mut client, server) = pair(&listener)?;
    show("shutdown both", client.shutdown(Shutdown::Both));
    show("read then", client.read(&mut five));
    show("shutdown again", client.shutdown(Shutdown::Both));
    drop(server);
    let (mut client, mut server) = pair(&listener)?;
    server.write_all(b"abc")?;
    drop(server);
    show("read_exact of too little", client.read_exact(&mut five));

    // Connecting.
    let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    show("refused", TcpStream::connect(free).map(drop));
    show("refused in time", TcpStream::connect_timeout(&free, 5000 * MS).map(drop));
    show(
        "connect_timeout",
        TcpStream::connect_timeout(&listener.local_addr()?, 5000 * MS).map(drop),
    );
    show("connect_timeout 0", TcpStream::connect_timeout(&free, Duration::ZERO).map(drop));
    let both: Vec<SocketAddr> = vec![free, listener.local_addr()?];
    show(
        "the second address",
        TcpStream::connect(&both[..]).map(|stream| stream.peer_addr().ok() == Some(both[1])),
    );
    let accepted = listener.incoming().take(2).filter(|each| each.is_ok()).count();
    println!("incoming: {accepted}");

    // IPv6.
    let listener = TcpListener::bind((Ipv6Addr::LOCALHOST, 0))?;
    let (mut client, mut server) = pair(&listener)?;
    show("IPv6 peer", client.peer_addr().map(|address| address.ip()));
    client.write_all(b"sixth")?;
    show("IPv6 read_exact", server.read_exact(&mut five).map(|()| text(&five)));

    // Much, through io::copy.
    let bytes = pattern(100_000);
    client.write_all(&bytes)?;
    drop(client);
    let mut all = Vec::new();
    show("io::copy", io::copy(&mut server, &mut all));
    println!("as it was: {}", all == bytes);
    Ok(())
}
