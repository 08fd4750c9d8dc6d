// clients: 8
// An echo server on mio's Poll: reads until it would block, as edges come once.

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};

const LISTENER: Token = Token(0);
const CLIENTS: usize = 8;

struct Connection {
    stream: TcpStream,
    /// What the client has not taken yet.
    pending: Vec<u8>,
    ended: bool,
}

impl Connection {
    /// Moves what can be moved; whether the client is done with.
    fn work(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 16 * 1024];
        loop {
            while !self.pending.is_empty() {
                match self.stream.write(&self.pending) {
                    Ok(count) => drop(self.pending.drain(..count)),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                    Err(error) => return Err(error),
                }
            }
            if self.ended {
                return Ok(true);
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => self.ended = true,
                Ok(count) => self.pending.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
    }
}

fn main() -> io::Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(16);
    let mut listener = TcpListener::bind("127.0.0.1:0".parse().expect("an address"))?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    println!("listening {}", listener.local_addr()?.port());

    let mut connections = HashMap::new();
    let (mut accepted, mut served) = (0, 0);
    while served < CLIENTS {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                loop {
                    let mut stream = match listener.accept() {
                        Ok((stream, _)) => stream,
                        Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                        Err(error) => return Err(error),
                    };
                    accepted += 1;
                    let token = Token(accepted);
                    poll.registry().register(
                        &mut stream,
                        token,
                        Interest::READABLE | Interest::WRITABLE,
                    )?;
                    connections
                        .insert(token, Connection { stream, pending: Vec::new(), ended: false });
                }
            } else if let Some(connection) = connections.get_mut(&event.token()) {
                if connection.work()? {
                    connections.remove(&event.token());
                    served += 1;
                }
            }
        }
    }
    println!("accepted: {accepted}");
    println!("served: {served}");
    Ok(())
}
