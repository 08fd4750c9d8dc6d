// peer: script
// A blocking client of another process: calls wait for what comes later.

use hostsock_rust_programs::{peer, show, timed, twin, MS};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

fn main() -> io::Result<()> {
    let mut stream = TcpStream::connect(peer())?;
    let mut lines = BufReader::new(twin(&stream)?);
    let mut line = String::new();
    for delay in [0, 60, 150] {
        writeln!(stream, "later {delay} after {delay}")?;
        line.clear();
        timed("a line", delay * MS, || {
            lines.read_line(&mut line).map(|_| line.trim_end().to_string())
        });
    }

    let listener = TcpListener::bind("127.0.0.1:0")?;
    writeln!(stream, "dial 100 {} calling", listener.local_addr()?.port())?;
    let mut caller = None;
    timed("accept", 100 * MS, || {
        caller = Some(listener.accept()?.0);
        Ok(())
    });
    let mut word = [0; 7];
    let mut caller = caller.expect("a caller");
    show(
        "its word",
        caller.read_exact(&mut word).map(|()| String::from_utf8_lossy(&word).into_owned()),
    );

    stream.set_read_timeout(Some(40 * MS))?;
    writeln!(stream, "later 200 late")?;
    timed("not yet", 40 * MS, || stream.read(&mut word));
    stream.set_read_timeout(None)?;
    line.clear();
    show("but then", lines.read_line(&mut line).map(|_| line.trim_end().to_string()));
    Ok(())
}
