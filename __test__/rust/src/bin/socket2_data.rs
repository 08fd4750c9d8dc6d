// Data through socket2: vectors, flags, messages, addresses, pairs.

use hostsock_rust_programs::{show, text, timed, MS};
use socket2::{Domain, MaybeUninitSlice, MsgHdr, MsgHdrMut, SockAddr, Socket, Type};
use std::io::{self, IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};

type Buffer = [MaybeUninit<u8>; 64];

fn bytes(buffer: &Buffer, count: usize) -> String {
    // SAFETY: the kernel has written so many.
    text(unsafe { &*(std::ptr::from_ref(&buffer[..count]) as *const [u8]) })
}

fn loopback() -> SockAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()
}

fn main() -> io::Result<()> {
    let mut buffer: Buffer = [MaybeUninit::uninit(); 64];

    let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    listener.bind(&loopback())?;
    show("accept before listen", listener.accept().map(drop));
    listener.listen(16)?;
    let client = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    show("connect", client.connect(&listener.local_addr()?));
    show("connect again", client.connect(&listener.local_addr()?));
    let (server, from) = listener.accept()?;
    println!("from the client: {}", from.as_socket() == client.local_addr()?.as_socket());

    show(
        "send_vectored",
        client.send_vectored(&[IoSlice::new(b"one "), IoSlice::new(b""), IoSlice::new(b"two")]),
    );
    show("peek", server.peek(&mut buffer).map(|count| bytes(&buffer, count)));
    let mut halves: (Buffer, Buffer) = (buffer, buffer);
    let received = server.recv_vectored(&mut [
        MaybeUninitSlice::new(&mut halves.0[..4]),
        MaybeUninitSlice::new(&mut halves.1[..]),
    ]);
    show("recv_vectored", received.map(|(count, flags)| (count, flags.is_truncated())));
    println!("pieces: {:?} {:?}", bytes(&halves.0, 4), bytes(&halves.1, 3));
    show("send_with_flags MORE", client.send_with_flags(b"held ", libc::MSG_MORE));
    show("send", client.send(b"back"));
    show(
        "recv WAITALL",
        server
            .recv_with_flags(&mut buffer[..9], libc::MSG_WAITALL)
            .map(|count| bytes(&buffer, count)),
    );
    show("recv DONTWAIT", server.recv_with_flags(&mut buffer, libc::MSG_DONTWAIT));
    show("send_out_of_band", client.send_out_of_band(b"!"));
    show(
        "recv_out_of_band",
        late(|| server.recv_out_of_band(&mut buffer)).map(|count| bytes(&buffer, count)),
    );
    server.set_read_timeout(Some(50 * MS))?;
    timed("recv in vain", 50 * MS, || server.recv(&mut buffer));
    show("shutdown", client.shutdown(Shutdown::Write));
    show("recv at the end", server.recv(&mut buffer));
    show("send then", client.send(b"x"));
    let mut stream = TcpStream::from(server);
    show("as a std stream", stream.write(b"std"));
    show("Read of Socket", (&client).read(&mut [0; 8]));

    // Connecting with a deadline.
    let other = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    show("connect_timeout", other.connect_timeout(&listener.local_addr()?, 5000 * MS));
    show("blocking afterwards", other.nonblocking());
    let free = listener.local_addr()?;
    drop(listener);
    let other = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    show("connect_timeout refused", other.connect_timeout(&free, 5000 * MS));
    let other = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    show("connect refused", other.connect(&free));

    // Datagrams.
    let one = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    let two = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    one.bind(&loopback())?;
    two.bind(&loopback())?;
    let to = two.local_addr()?;
    show("send_to", one.send_to(b"datagram", &to));
    let (count, from) = two.recv_from(&mut buffer)?;
    println!(
        "recv_from: {:?} {}",
        bytes(&buffer, count),
        from.as_socket() == one.local_addr()?.as_socket()
    );
    show(
        "send_to_vectored",
        one.send_to_vectored(&[IoSlice::new(b"in "), IoSlice::new(b"pieces")], &to),
    );
    show("peek_from", two.peek_from(&mut buffer).map(|(count, _)| count));
    let cut = two.recv_from_vectored(&mut [MaybeUninitSlice::new(&mut buffer[..4])]);
    show("recv_from_vectored cut off", cut.map(|(count, flags, _)| (count, flags.is_truncated())));
    show(
        "sendmsg",
        one.sendmsg(&MsgHdr::new().with_addr(&to).with_buffers(&[IoSlice::new(b"message")]), 0),
    );
    let mut sender = loopback();
    let received = {
        let mut pieces = [MaybeUninitSlice::new(&mut buffer)];
        let mut message = MsgHdrMut::new().with_addr(&mut sender).with_buffers(&mut pieces);
        two.recvmsg(&mut message, 0)
            .map(|count| (count, message.flags().is_truncated(), message.control_len()))
    };
    show("recvmsg", received);
    println!("its sender: {}", sender.as_socket() == one.local_addr()?.as_socket());
    show(
        "recv TRUNC",
        one.send_to(b"longer", &to)
            .and_then(|_| two.recv_with_flags(&mut buffer[..2], libc::MSG_TRUNC)),
    );
    show("send_to without an address", one.send(b"x"));
    show(
        "wrong family",
        one.send_to(b"x", &SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 9)).into()),
    );

    // Pairs, and addresses of the file system.
    for kind in [Type::STREAM, Type::DGRAM, Type::SEQPACKET] {
        let (mut one, mut two) = Socket::pair(Domain::UNIX, kind, None)?;
        let mut five = [0; 5];
        show(
            "pair",
            one.write(b"paired")
                .and_then(|_| two.read(&mut five))
                .map(|count| text(&five[..count])),
        );
        show("what is left", two.recv_with_flags(&mut buffer, libc::MSG_DONTWAIT));
        let clone = one.try_clone()?;
        drop(one);
        show("clone", (&clone).write(b"c").and_then(|_| two.read(&mut five)));
    }
    let unix = SockAddr::unix("/tmp/hostsock")?;
    println!("is_unix: {} {:?}", unix.is_unix(), unix.as_pathname());
    show("pair of IPv4", Socket::pair(Domain::IPV4, Type::STREAM, None).map(drop));
    Ok(())
}

/// Urgent bytes come beside the stream: until then the call fails.
fn late(mut action: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    for _ in 0..2000 {
        match action() {
            Err(_) => std::thread::sleep(MS),
            done => return done,
        }
    }
    action()
}
