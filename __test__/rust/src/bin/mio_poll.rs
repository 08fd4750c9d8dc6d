// mio's Poll: TCP, UDP, unix streams, pipes, Waker, SourceFd; edge-triggered, as natively.

use hostsock_rust_programs::{folder, kind, show, text, timed, MS};
use mio::event::Event;
use mio::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};
use mio::unix::{pipe, SourceFd};
use mio::{Events, Interest, Poll, Token, Waker};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::os::fd::AsRawFd;
use std::time::Duration;

struct Loop {
    poll: Poll,
    events: Events,
}

impl Loop {
    /// What there is within the time, by token.
    fn turn(&mut self, wait: Duration) -> io::Result<Vec<String>> {
        self.poll.poll(&mut self.events, Some(wait))?;
        let mut all: Vec<_> = self.events.iter().map(name).collect();
        all.sort();
        Ok(all)
    }

    /// Turns until an event of this token is as wanted; prints it.
    fn until(
        &mut self,
        label: &str,
        token: usize,
        wanted: impl Fn(&Event) -> bool,
    ) -> io::Result<()> {
        for _ in 0..100 {
            self.poll.poll(&mut self.events, Some(100 * MS))?;
            if let Some(event) =
                self.events.iter().find(|event| event.token() == Token(token) && wanted(event))
            {
                println!("{label}: {}", name(event));
                return Ok(());
            }
        }
        println!("{label}: never");
        Ok(())
    }
}

fn name(event: &Event) -> String {
    let mut text = format!("{}", event.token().0);
    for (set, name) in [
        (event.is_readable(), " readable"),
        (event.is_writable(), " writable"),
        (event.is_error(), " error"),
        (event.is_read_closed(), " read-closed"),
        (event.is_write_closed(), " write-closed"),
        (event.is_priority(), " priority"),
    ] {
        if set {
            text += name;
        }
    }
    text
}

const READ: Interest = Interest::READABLE;
const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);

fn main() -> io::Result<()> {
    let mut it = Loop { poll: Poll::new()?, events: Events::with_capacity(64) };
    let mut buffer = [0; 64];

    timed("nothing to wait for", 60 * MS, || it.turn(60 * MS));
    let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    it.poll.registry().register(&mut listener, Token(1), READ)?;
    show("register again", it.poll.registry().register(&mut listener, Token(1), READ));
    show("accept of nobody", listener.accept().map(drop));
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    it.poll.registry().register(&mut client, Token(2), BOTH)?;
    it.until("client connects", 2, Event::is_writable)?;
    let (mut server, from) = listener.accept()?;
    println!("from the client: {}", from == client.local_addr()?);
    show("client's error", client.take_error().map(|error| error.is_some()));
    show("accept of no more", listener.accept().map(drop));
    it.poll.registry().register(&mut server, Token(3), READ)?;
    show("read of nothing", server.read(&mut buffer));
    client.write_all(b"ping")?;
    it.until("server hears", 3, Event::is_readable)?;
    show("once: the edge is over", it.turn(30 * MS));
    show("peek", server.peek(&mut buffer));
    show("server reads", server.read(&mut buffer).map(|count| text(&buffer[..count])));
    client.write_all(b"more")?;
    it.until("a new edge", 3, Event::is_readable)?;
    it.poll.registry().reregister(&mut server, Token(33), BOTH)?;
    it.until("reregistered", 33, |event| event.is_readable() && event.is_writable())?;
    show("deregister", it.poll.registry().deregister(&mut client));
    show("deregister again", it.poll.registry().deregister(&mut client));
    show("reregister of none", it.poll.registry().reregister(&mut client, Token(2), READ));
    client.shutdown(Shutdown::Write)?;
    it.until("half closed", 33, Event::is_read_closed)?;
    show("what is left", server.read(&mut buffer));
    show("end", server.read(&mut buffer));
    drop(client);
    show("try_io", server.try_io(|| Err::<(), _>(io::ErrorKind::WouldBlock.into())));
    show("nodelay", server.set_nodelay(true).and_then(|()| server.nodelay()));
    drop(server);
    drop(listener);

    let free = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    match TcpStream::connect(free) {
        Ok(mut refused) => {
            it.poll.registry().register(&mut refused, Token(4), BOTH)?;
            it.until("refused", 4, |event| event.is_error() || event.is_write_closed())?;
            let error = refused.take_error()?;
            println!("why: {}", error.map_or_else(|| "none".into(), |error| kind(&error)));
        }
        Err(error) => println!("refused at once: {}", kind(&error)),
    }

    let (mut one, mut two) = (
        UdpSocket::bind("127.0.0.1:0".parse().unwrap())?,
        UdpSocket::bind("127.0.0.1:0".parse().unwrap())?,
    );
    it.poll.registry().register(&mut one, Token(5), BOTH)?;
    it.poll.registry().register(&mut two, Token(6), READ)?;
    it.until("UDP can be written", 5, Event::is_writable)?;
    show("recv_from of nothing", two.recv_from(&mut buffer).map(drop));
    show("send_to", one.send_to(b"datagram", two.local_addr()?));
    it.until("UDP can be read", 6, Event::is_readable)?;
    show("recv_from", two.recv_from(&mut buffer).map(|(count, _)| text(&buffer[..count])));
    it.poll.registry().deregister(&mut one)?;
    it.poll.registry().deregister(&mut two)?;

    // mio itself has no pairs for Emscripten.
    let (one, mut two) = std::os::unix::net::UnixStream::pair()?;
    one.set_nonblocking(true)?;
    let mut one = UnixStream::from_std(one);
    it.poll.registry().register(&mut one, Token(7), READ)?;
    two.write_all(b"unix")?;
    it.until("unix pair", 7, Event::is_readable)?;
    show("unix read", one.read(&mut buffer));
    drop(two);
    it.until("unix end", 7, Event::is_read_closed)?;
    drop(one);
    let path = format!("{}/listener", folder());
    let mut listener = UnixListener::bind(&path)?;
    it.poll.registry().register(&mut listener, Token(8), READ)?;
    let _client = UnixStream::connect(&path)?;
    it.until("unix listener", 8, Event::is_readable)?;
    show("unix accept", listener.accept().map(drop));
    drop(listener);

    let (mut sender, mut receiver) = pipe::new()?;
    it.poll.registry().register(&mut sender, Token(9), Interest::WRITABLE)?;
    it.poll.registry().register(&mut receiver, Token(10), READ)?;
    it.until("pipe can be written", 9, Event::is_writable)?;
    sender.write_all(b"through")?;
    it.until("pipe can be read", 10, Event::is_readable)?;
    show("pipe read", receiver.read(&mut buffer));
    drop(sender);
    it.until("pipe's end", 10, Event::is_read_closed)?;
    drop(receiver);

    let waker = Waker::new(it.poll.registry(), Token(11))?;
    waker.wake()?;
    waker.wake()?;
    it.until("waker", 11, Event::is_readable)?;
    waker.wake()?;
    it.until("waker again", 11, Event::is_readable)?;

    let plain = std::net::UdpSocket::bind("127.0.0.1:0")?;
    it.poll.registry().register(&mut SourceFd(&plain.as_raw_fd()), Token(12), READ)?;
    plain.send_to(b"itself", plain.local_addr()?)?;
    it.until("SourceFd", 12, Event::is_readable)?;
    plain.recv(&mut buffer)?;
    show("not a descriptor", it.poll.registry().register(&mut SourceFd(&999), Token(13), READ));
    Ok(())
}
