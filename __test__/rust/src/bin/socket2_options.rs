// Options through socket2: each is set, and read back from the kernel.

use hostsock_rust_programs::{show, text, MS};
use socket2::{Domain, Protocol, SockAddr, Socket, TcpKeepalive, Type};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

fn main() -> io::Result<()> {
    let tcp = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    show("type", tcp.r#type());
    show("nonblocking", tcp.nonblocking());
    show("set_nonblocking", tcp.set_nonblocking(true).and_then(|()| tcp.nonblocking()));
    show("and back", tcp.set_nonblocking(false).and_then(|()| tcp.nonblocking()));
    show("take_error", tcp.take_error().map(|error| error.is_some()));

    show("keepalive", tcp.keepalive());
    show("set_keepalive", tcp.set_keepalive(true).and_then(|()| tcp.keepalive()));
    let keepalive = TcpKeepalive::new()
        .with_time(Duration::from_secs(77))
        .with_interval(Duration::from_secs(11))
        .with_retries(5);
    show("set_tcp_keepalive", tcp.set_tcp_keepalive(&keepalive));
    show("tcp_keepalive_time", tcp.tcp_keepalive_time());
    show("tcp_keepalive_interval", tcp.tcp_keepalive_interval());
    show("tcp_keepalive_retries", tcp.tcp_keepalive_retries());
    let wrong = TcpKeepalive::new().with_time(Duration::from_secs(1 << 20));
    show("set_tcp_keepalive too long", tcp.set_tcp_keepalive(&wrong));

    show("linger", tcp.linger());
    show("set_linger", tcp.set_linger(Some(Duration::from_secs(3))).and_then(|()| tcp.linger()));
    show("set_linger 0", tcp.set_linger(Some(Duration::ZERO)).and_then(|()| tcp.linger()));
    show("set_linger none", tcp.set_linger(None).and_then(|()| tcp.linger()));
    show("read_timeout", tcp.set_read_timeout(Some(1500 * MS)).and_then(|()| tcp.read_timeout()));
    show(
        "write_timeout",
        tcp.set_write_timeout(Some(2000 * MS)).and_then(|()| tcp.write_timeout()),
    );
    show("tcp_nodelay", tcp.set_tcp_nodelay(true).and_then(|()| tcp.tcp_nodelay()));
    show("reuse_address", tcp.set_reuse_address(true).and_then(|()| tcp.reuse_address()));
    show(
        "out_of_band_inline",
        tcp.set_out_of_band_inline(true).and_then(|()| tcp.out_of_band_inline()),
    );
    show(
        "recv_buffer_size",
        tcp.set_recv_buffer_size(50_000).and_then(|()| tcp.recv_buffer_size()),
    );
    show(
        "send_buffer_size",
        tcp.set_send_buffer_size(60_000).and_then(|()| tcp.send_buffer_size()),
    );
    show("broadcast on TCP", tcp.set_broadcast(true).and_then(|()| tcp.broadcast()));
    show("ttl_v4", tcp.set_ttl_v4(99).and_then(|()| tcp.ttl_v4()));
    show("ttl_v4 too high", tcp.set_ttl_v4(256));
    show("tos_v4", tcp.set_tos_v4(0x10).and_then(|()| tcp.tos_v4()));
    show(
        "multicast_ttl_v4 on TCP",
        tcp.set_multicast_ttl_v4(3).and_then(|()| tcp.multicast_ttl_v4()),
    );
    show("header_included on TCP", tcp.set_header_included_v4(true));

    // What socket2 has for Linux only, by the same numbers.
    show(
        "reuse_port",
        set(&tcp, libc::SOL_SOCKET, 15, 1).and_then(|()| get(&tcp, libc::SOL_SOCKET, 15)),
    );
    show(
        "user timeout",
        set(&tcp, libc::IPPROTO_TCP, 18, 4321).and_then(|()| get(&tcp, libc::IPPROTO_TCP, 18)),
    );
    show("cork", set(&tcp, libc::IPPROTO_TCP, 3, 1).and_then(|()| get(&tcp, libc::IPPROTO_TCP, 3)));
    show(
        "maximum segment",
        set(&tcp, libc::IPPROTO_TCP, 2, 1000).and_then(|()| get(&tcp, libc::IPPROTO_TCP, 2)),
    );
    show(
        "unsent low mark",
        set(&tcp, libc::IPPROTO_TCP, 25, 9999).and_then(|()| get(&tcp, libc::IPPROTO_TCP, 25)),
    );
    show("domain", get(&tcp, libc::SOL_SOCKET, 39).map(|domain| domain == libc::AF_INET));
    show("protocol", get(&tcp, libc::SOL_SOCKET, 38).map(|protocol| protocol == libc::IPPROTO_TCP));
    show(
        "priority",
        set(&tcp, libc::SOL_SOCKET, 12, 4).and_then(|()| get(&tcp, libc::SOL_SOCKET, 12)),
    );
    show("no such option", get(&tcp, libc::SOL_SOCKET, 9999));
    show("no such level", get(&tcp, 9999, 1));
    show("congestion", bytes(&tcp, libc::IPPROTO_TCP, 13).map(|name| !text(&name).is_empty()));
    show("info", bytes(&tcp, libc::IPPROTO_TCP, 11).map(|info| (info.len() > 100, info[0])));

    let udp = Socket::new(Domain::IPV4, Type::DGRAM.nonblocking(), Some(Protocol::UDP))?;
    show("nonblocking from the start", udp.nonblocking());
    show("broadcast", udp.set_broadcast(true).and_then(|()| udp.broadcast()));
    show("multicast_ttl_v4", udp.set_multicast_ttl_v4(9).and_then(|()| udp.multicast_ttl_v4()));
    show(
        "multicast_loop_v4",
        udp.set_multicast_loop_v4(false).and_then(|()| udp.multicast_loop_v4()),
    );
    show(
        "multicast_if_v4",
        udp.set_multicast_if_v4(&Ipv4Addr::LOCALHOST).and_then(|()| udp.multicast_if_v4()),
    );
    let group = Ipv4Addr::new(239, 255, 3, 70);
    show("join_multicast_v4", udp.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST));
    show("join again", udp.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST));
    show("leave_multicast_v4", udp.leave_multicast_v4(&group, &Ipv4Addr::LOCALHOST));
    let source = Ipv4Addr::new(127, 0, 0, 9);
    show(
        "join_ssm_v4",
        udp.join_ssm_v4(&source, &Ipv4Addr::new(232, 1, 2, 3), &Ipv4Addr::LOCALHOST),
    );
    show(
        "leave_ssm_v4",
        udp.leave_ssm_v4(&source, &Ipv4Addr::new(232, 1, 2, 3), &Ipv4Addr::LOCALHOST),
    );
    show("keepalive on UDP", udp.set_tcp_keepalive(&keepalive));

    let six = Socket::new(Domain::IPV6, Type::DGRAM, None)?;
    show("only_v6", six.set_only_v6(true).and_then(|()| six.only_v6()));
    show("unicast_hops_v6", six.set_unicast_hops_v6(12).and_then(|()| six.unicast_hops_v6()));
    show("multicast_hops_v6", six.set_multicast_hops_v6(5).and_then(|()| six.multicast_hops_v6()));
    show(
        "multicast_loop_v6",
        six.set_multicast_loop_v6(false).and_then(|()| six.multicast_loop_v6()),
    );
    show("multicast_if_v6", six.set_multicast_if_v6(1).and_then(|()| six.multicast_if_v6()));
    show("join_multicast_v6", six.join_multicast_v6(&"ff01::3:70".parse().expect("a group"), 1));
    show("leave_multicast_v6", six.leave_multicast_v6(&"ff01::3:70".parse().expect("a group"), 1));
    show("ttl_v4 on IPv6", six.ttl_v4().map(|ttl| ttl > 0));
    show("bind", six.bind(&SockAddr::from(SocketAddr::from((Ipv6Addr::LOCALHOST, 0)))));

    // Two listeners on one port.
    let one = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    let two = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    set(&one, libc::SOL_SOCKET, 15, 1)?;
    one.bind(&SockAddr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))))?;
    one.listen(8)?;
    show("the port without leave", two.bind(&one.local_addr()?));
    set(&two, libc::SOL_SOCKET, 15, 1)?;
    show("the port with it", two.bind(&one.local_addr()?).and_then(|()| two.listen(8)));
    show("no such family", Socket::new(Domain::from(12345), Type::STREAM, None).map(drop));
    show("no such type", Socket::new(Domain::IPV4, Type::from(9), None).map(drop));
    Ok(())
}

fn set(socket: &Socket, level: i32, option: i32, value: i32) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let value_at = std::ptr::from_ref(&value).cast();
    // SAFETY: the value is there for as long as the call.
    match unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, value_at, 4) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn get(socket: &Socket, level: i32, option: i32) -> io::Result<i32> {
    let bytes = bytes(socket, level, option)?;
    Ok(i32::from_ne_bytes(bytes[..4].try_into().expect("four bytes")))
}

fn bytes(socket: &Socket, level: i32, option: i32) -> io::Result<Vec<u8>> {
    use std::os::fd::AsRawFd;
    let mut value = vec![0_u8; 512];
    let mut length = value.len() as libc::socklen_t;
    let value_at = value.as_mut_ptr().cast();
    // SAFETY: there is room for as many bytes as the length says.
    match unsafe { libc::getsockopt(socket.as_raw_fd(), level, option, value_at, &mut length) } {
        0 => {
            value.truncate(length as usize);
            Ok(value)
        }
        _ => Err(io::Error::last_os_error()),
    }
}
