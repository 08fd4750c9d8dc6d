// std::os::unix::net.

use hostsock_rust_programs::{folder, show, text, timed, twin, MS};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

fn main() -> io::Result<()> {
    let mut buffer = [0; 32];
    let (mut one, mut two) = UnixStream::pair()?;
    show("write", one.write(b"over a pair"));
    show("read", two.read(&mut buffer).map(|count| text(&buffer[..count])));
    show("local_addr", one.local_addr().map(|address| address.is_unnamed()));
    two.set_read_timeout(Some(50 * MS))?;
    timed("read in vain", 50 * MS, || two.read(&mut buffer));
    show("shutdown", one.shutdown(Shutdown::Write));
    show("end", two.read(&mut buffer));
    show("back", two.write(b"back").and_then(|_| one.read(&mut buffer)));
    let clone = twin(&two)?;
    drop(two);
    drop(one);
    show("clone after the end", (&clone).write(b"x"));

    // A descriptor passes between types as it is.
    let (one, two) = UnixStream::pair()?;
    let owned = OwnedFd::from(one);
    println!("descriptor: {}", owned.as_raw_fd() > 2);
    // SAFETY: the descriptor is owned, and given away by what owned it.
    let mut again = unsafe { UnixStream::from_raw_fd(owned.into_raw_fd()) };
    again.write_all(b"again")?;
    show("through another owner", (&two).read(&mut buffer));

    // Paths, in the host's file system.
    let name = format!("{}/listener", folder());
    let listener = UnixListener::bind(&name)?;
    println!("listener's path: {}", listener.local_addr()?.as_pathname() == Some(name.as_ref()));
    show("the path again", UnixListener::bind(&name).map(drop));
    let mut client = UnixStream::connect(&name)?;
    println!("peer's path: {}", client.peer_addr()?.as_pathname() == Some(name.as_ref()));
    let (server, from) = listener.accept()?;
    println!("client is unnamed: {}", from.is_unnamed());
    client.write_all(b"by path")?;
    show("accepted reads", (&server).read(&mut buffer).map(|count| text(&buffer[..count])));
    show("no such path", UnixStream::connect("/nonexistent/hostsock.sock").map(drop));
    show("path too long", UnixStream::connect("x".repeat(200)).map(drop));

    let (one, two) = UnixDatagram::pair()?;
    show("datagram send", one.send(b"first").and_then(|_| one.send(b"second")));
    show("datagram recv", two.recv(&mut buffer).map(|count| text(&buffer[..count])));
    show(
        "datagram recv_from",
        two.recv_from(&mut buffer).map(|(count, from)| (count, from.is_unnamed())),
    );
    show("nonblocking", two.set_nonblocking(true));
    show("datagram recv of nothing", two.recv(&mut buffer));
    show("unbound", UnixDatagram::unbound()?.send_to(b"x", "/nonexistent/hostsock.sock"));
    Ok(())
}
