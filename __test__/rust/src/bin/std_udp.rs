// std::net::UdpSocket.

use hostsock_rust_programs::{show, text, timed, twin, MS};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

fn main() -> io::Result<()> {
    let one = UdpSocket::bind("127.0.0.1:0")?;
    let two = UdpSocket::bind("127.0.0.1:0")?;
    let mut buffer = [0; 64];

    show("send_to", one.send_to(b"datagram", two.local_addr()?));
    let peeked = two.peek_from(&mut buffer)?;
    println!("peek_from: {} from one: {}", peeked.0, peeked.1 == one.local_addr()?);
    let (count, from) = two.recv_from(&mut buffer)?;
    println!("recv_from: {:?} from one: {}", text(&buffer[..count]), from == one.local_addr()?);
    show("send_to nothing", one.send_to(b"", two.local_addr()?));
    show("recv_from nothing", two.recv_from(&mut buffer).map(|(count, _)| count));
    show("send_to ports", one.send_to(b"x", &[two.local_addr()?, one.local_addr()?][..]));
    show("recv", two.recv(&mut buffer));
    one.send_to(b"longer than that", two.local_addr()?)?;
    show("recv cut off", two.recv(&mut buffer[..6]).map(|count| (count, text(b"longer"))));
    show("too long", one.send_to(&vec![0; 70_000], two.local_addr()?));

    show("send without peer", one.send(b"x"));
    show("peer_addr without peer", one.peer_addr());
    show("connect", one.connect(two.local_addr()?));
    println!("peer_addr: {}", one.peer_addr()? == two.local_addr()?);
    show("send", one.send(b"to the peer"));
    show("peek", two.peek(&mut buffer));
    show("recv", two.recv(&mut buffer).map(|count| text(&buffer[..count])));
    let stranger = UdpSocket::bind("127.0.0.1:0")?;
    stranger.send_to(b"not for it", one.local_addr()?)?;
    one.set_read_timeout(Some(60 * MS))?;
    timed("from a stranger", 60 * MS, || one.recv(&mut buffer));
    show("read_timeout", one.read_timeout());
    show("set_nonblocking", two.set_nonblocking(true));
    show("recv of nothing", two.recv(&mut buffer));

    let gone = stranger.local_addr()?;
    drop(stranger);
    one.connect(gone)?;
    one.set_read_timeout(Some(5000 * MS))?;
    show("send to nobody", one.send(b"x"));
    show("recv of its refusal", one.recv(&mut buffer));

    show("broadcast", one.broadcast());
    show("set_broadcast", one.set_broadcast(true));
    show("broadcast", one.broadcast());
    show("ttl", one.set_ttl(33).and_then(|()| one.ttl()));
    show("multicast_ttl_v4", one.multicast_ttl_v4());
    show("set_multicast_ttl_v4", one.set_multicast_ttl_v4(7));
    show("multicast_ttl_v4", one.multicast_ttl_v4());
    show("multicast_loop_v4", one.multicast_loop_v4());
    show(
        "set_multicast_loop_v4",
        one.set_multicast_loop_v4(false).and_then(|()| one.multicast_loop_v4()),
    );
    let clone = twin(&one)?;
    show("clone's multicast_ttl_v4", clone.multicast_ttl_v4());
    show("take_error", one.take_error().map(|error| error.is_some()));

    // A group, on the loopback interface.
    let group = Ipv4Addr::new(239, 255, 3, 69);
    let member = UdpSocket::bind("0.0.0.0:0")?;
    member.set_read_timeout(Some(5000 * MS))?;
    show("join_multicast_v4", member.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST));
    show("join again", member.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST));
    show(
        "join no group",
        member.join_multicast_v4(&Ipv4Addr::new(10, 0, 0, 1), &Ipv4Addr::LOCALHOST),
    );
    let sender = UdpSocket::bind("127.0.0.1:0")?;
    let everyone = SocketAddr::from((group, member.local_addr()?.port()));
    show(
        "to the group",
        sender.send_to(b"all", everyone).or_else(|_| {
            // Where the loopback interface has no route for groups, the member is asked itself.
            sender.send_to(b"all", (Ipv4Addr::LOCALHOST, everyone.port()))
        }),
    );
    show("leave_multicast_v4", member.leave_multicast_v4(&group, &Ipv4Addr::LOCALHOST));
    show("leave again", member.leave_multicast_v4(&group, &Ipv4Addr::LOCALHOST));

    let six = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0))?;
    show("send_to IPv6", six.send_to(b"six", six.local_addr()?));
    show("recv_from IPv6", six.recv_from(&mut buffer).map(|(count, from)| (count, from.ip())));
    show(
        "multicast_loop_v6",
        six.set_multicast_loop_v6(false).and_then(|()| six.multicast_loop_v6()),
    );
    show("join_multicast_v6", six.join_multicast_v6(&"ff01::3:69".parse().expect("a group"), 1));
    show("leave_multicast_v6", six.leave_multicast_v6(&"ff01::3:69".parse().expect("a group"), 1));
    show("to the other family", six.send_to(b"x", "127.0.0.1:9"));
    Ok(())
}
