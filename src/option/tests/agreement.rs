//! The table and socket2 agree on every option that both have: what one sets, the other reads.

use std::fmt::Debug;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::time::Duration;

use socket2::{Domain, Socket, TcpKeepalive, Type};

use super::super::{Value, get, set};
use super::option;
#[cfg(target_os = "linux")]
use super::record;

fn socket(domain: Domain, kind: Type) -> Socket {
    Socket::new(domain, kind, None).unwrap()
}

const V4: &[(Domain, Type)] = &[(Domain::IPV4, Type::STREAM), (Domain::IPV4, Type::DGRAM)];
const V6: &[(Domain, Type)] = &[(Domain::IPV6, Type::STREAM), (Domain::IPV6, Type::DGRAM)];
const UDP4: &[(Domain, Type)] = &[(Domain::IPV4, Type::DGRAM)];
const UDP6: &[(Domain, Type)] = &[(Domain::IPV6, Type::DGRAM)];
const TCP: &[(Domain, Type)] = &[(Domain::IPV4, Type::STREAM), (Domain::IPV6, Type::STREAM)];
const BOTH: &[(Domain, Type)] = &[
    (Domain::IPV4, Type::STREAM),
    (Domain::IPV4, Type::DGRAM),
    (Domain::IPV6, Type::STREAM),
    (Domain::IPV6, Type::DGRAM),
];

/// Sets `value` through socket2 and reads it through the table, and the other way round.
fn agree<T: Clone + PartialEq + Debug>(
    name: &str,
    sockets: &[(Domain, Type)],
    getter: impl Fn(&Socket) -> io::Result<T>,
    setter: impl Fn(&Socket, T) -> io::Result<()>,
    value: T,
    in_table: impl Into<Value>,
) {
    let in_table = in_table.into();
    let spec = option(name);
    for &(domain, kind) in sockets {
        let context = format!("{name} on {domain:?} {kind:?}");
        let one = socket(domain, kind);
        let before = getter(&one).unwrap();
        assert_ne!(before, value, "{context}: nothing to see");
        let untouched = get(one.as_raw_fd(), spec).unwrap();
        setter(&one, value.clone()).unwrap_or_else(|error| panic!("{context}: {error}"));
        assert_eq!(get(one.as_raw_fd(), spec).unwrap(), in_table, "{context}");

        let other = socket(domain, kind);
        assert_eq!(get(other.as_raw_fd(), spec).unwrap(), untouched, "{context}");
        set(other.as_raw_fd(), spec, &in_table).unwrap_or_else(|e| panic!("{context}: {e:?}"));
        assert_eq!(getter(&other).unwrap(), value, "{context}");
        assert_eq!(get(other.as_raw_fd(), spec).unwrap(), in_table, "{context}");
    }
}

#[test]
fn socket_level() {
    agree("SO_BROADCAST", BOTH, Socket::broadcast, Socket::set_broadcast, true, true);
    agree("SO_KEEPALIVE", TCP, Socket::keepalive, Socket::set_keepalive, true, true);
    let seconds = Some(Duration::from_secs(10));
    agree("SO_LINGER", BOTH, Socket::linger, Socket::set_linger, seconds, 10);
    let zero = Some(Duration::ZERO);
    agree("SO_LINGER", BOTH, Socket::linger, Socket::set_linger, zero, 0);
    let (getter, setter) = (Socket::out_of_band_inline, Socket::set_out_of_band_inline);
    agree("SO_OOBINLINE", TCP, getter, setter, true, true);
    let timeout = Some(Duration::from_millis(1500));
    agree("SO_RCVTIMEO", BOTH, Socket::read_timeout, Socket::set_read_timeout, timeout, 1500);
    agree("SO_SNDTIMEO", BOTH, Socket::write_timeout, Socket::set_write_timeout, timeout, 1500);
    agree("SO_REUSEADDR", BOTH, Socket::reuse_address, Socket::set_reuse_address, true, true);
    agree("SO_REUSEPORT", BOTH, Socket::reuse_port, Socket::set_reuse_port, true, true);
}

#[test]
fn buffers() {
    // Linux reads double back, so that the value set and the value read differ.
    type Pair = (fn(&Socket) -> io::Result<usize>, fn(&Socket, usize) -> io::Result<()>);
    let pairs: [(&str, Pair); 2] = [
        ("SO_RCVBUF", (Socket::recv_buffer_size, Socket::set_recv_buffer_size)),
        ("SO_SNDBUF", (Socket::send_buffer_size, Socket::set_send_buffer_size)),
    ];
    for (name, (getter, setter)) in pairs {
        for &(domain, kind) in BOTH {
            let (one, other) = (socket(domain, kind), socket(domain, kind));
            setter(&one, 32768).unwrap();
            set(other.as_raw_fd(), option(name), &32768.into()).unwrap();
            assert_eq!(getter(&one).unwrap(), getter(&other).unwrap(), "{name}");
            let read = get(one.as_raw_fd(), option(name)).unwrap();
            assert_eq!(read, Value::Int(getter(&other).unwrap() as i128), "{name}");
        }
    }
}

#[test]
fn read_only() {
    for &(domain, kind) in BOTH {
        let socket = socket(domain, kind);
        let fd = socket.as_raw_fd();
        assert_eq!(get(fd, option("SO_TYPE")), Ok(i32::from(socket.r#type().unwrap()).into()));
        assert_eq!(get(fd, option("SO_ERROR")), Ok(0.into()));
        #[cfg(target_os = "linux")]
        {
            assert_eq!(get(fd, option("SO_DOMAIN")), Ok(i32::from(domain).into()));
            let protocol = i32::from(socket.protocol().unwrap().unwrap());
            assert_eq!(get(fd, option("SO_PROTOCOL")), Ok(protocol.into()));
            assert_eq!(get(fd, option("SO_COOKIE")), Ok(socket.cookie().unwrap().into()));
        }
    }
    let listener = socket(Domain::IPV4, Type::STREAM);
    let fd = listener.as_raw_fd();
    assert_eq!(get(fd, option("SO_ACCEPTCONN")), Ok(false.into()));
    listener.listen(1).unwrap();
    assert_eq!(get(fd, option("SO_ACCEPTCONN")), Ok(true.into()));
    #[cfg(not(target_vendor = "apple"))]
    assert!(listener.is_listener().unwrap());
}

#[test]
fn a_pending_error_is_the_same() {
    let refused = || {
        let socket = socket(Domain::IPV4, Type::DGRAM);
        // A port that was free a moment ago.
        let free = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        socket.connect(&free.into()).unwrap();
        socket.send(b"?").unwrap();
        std::thread::sleep(Duration::from_millis(50));
        socket
    };
    let taken = refused().take_error().unwrap().and_then(|error| error.raw_os_error());
    let read = get(refused().as_raw_fd(), option("SO_ERROR")).unwrap();
    assert_eq!(read, taken.unwrap_or(0).into());
    assert_ne!(read, 0.into());
}

#[test]
fn ip_level() {
    agree("IP_TOS", V4, Socket::tos_v4, Socket::set_tos_v4, 0x10, 0x10);
    agree("IP_TTL", V4, Socket::ttl_v4, Socket::set_ttl_v4, 40, 40);
    let (getter, setter) = (Socket::multicast_ttl_v4, Socket::set_multicast_ttl_v4);
    agree("IP_MULTICAST_TTL", UDP4, getter, setter, 40, 40);
    let (getter, setter) = (Socket::multicast_loop_v4, Socket::set_multicast_loop_v4);
    agree("IP_MULTICAST_LOOP", V4, getter, setter, false, false);
    let setter = |socket: &Socket, address| socket.set_multicast_if_v4(&address);
    let (getter, lo) = (Socket::multicast_if_v4, Ipv4Addr::LOCALHOST);
    agree("IP_MULTICAST_IF", UDP4, getter, setter, lo, "127.0.0.1");
    let (getter, setter) = (Socket::recv_tos_v4, Socket::set_recv_tos_v4);
    agree("IP_RECVTOS", UDP4, getter, setter, true, true);
}

#[cfg(target_os = "linux")]
#[test]
fn ip_level_of_linux() {
    let (getter, setter) = (Socket::multicast_all_v4, Socket::set_multicast_all_v4);
    agree("IP_MULTICAST_ALL", V4, getter, setter, false, false);
    agree("IP_FREEBIND", V4, Socket::freebind_v4, Socket::set_freebind_v4, true, true);
    if privileged() {
        let (getter, setter) = (Socket::ip_transparent_v4, Socket::set_ip_transparent_v4);
        agree("IP_TRANSPARENT", V4, getter, setter, true, true);
        let raw = Socket::new(Domain::IPV4, Type::RAW, Some(socket2::Protocol::ICMPV4)).unwrap();
        raw.set_header_included_v4(true).unwrap();
        assert_eq!(get(raw.as_raw_fd(), option("IP_HDRINCL")), Ok(true.into()));
        set(raw.as_raw_fd(), option("IP_HDRINCL"), &false.into()).unwrap();
        assert!(!raw.header_included_v4().unwrap());
        let raw = Socket::new(Domain::IPV6, Type::RAW, Some(socket2::Protocol::ICMPV6)).unwrap();
        raw.set_header_included_v6(true).unwrap();
        assert_eq!(get(raw.as_raw_fd(), option("IPV6_HDRINCL")), Ok(true.into()));
    }
    // Nothing was redirected here, and both say so.
    let stream = socket(Domain::IPV4, Type::STREAM);
    let error = stream.original_dst_v4().unwrap_err().raw_os_error();
    let kernel = get(stream.as_raw_fd(), option("SO_ORIGINAL_DST")).unwrap_err();
    assert_eq!(kernel, crate::errno::Errno(error.unwrap()).into());
    let stream = socket(Domain::IPV6, Type::STREAM);
    let error = stream.original_dst_v6().unwrap_err().raw_os_error();
    let kernel = get(stream.as_raw_fd(), option("IP6T_SO_ORIGINAL_DST")).unwrap_err();
    assert_eq!(kernel, crate::errno::Errno(error.unwrap()).into());
}

#[test]
fn ipv6_level() {
    let (getter, setter) = (Socket::multicast_hops_v6, Socket::set_multicast_hops_v6);
    agree("IPV6_MULTICAST_HOPS", UDP6, getter, setter, 40, 40);
    let (getter, setter) = (Socket::multicast_loop_v6, Socket::set_multicast_loop_v6);
    agree("IPV6_MULTICAST_LOOP", V6, getter, setter, false, false);
    let (getter, setter) = (Socket::multicast_if_v6, Socket::set_multicast_if_v6);
    agree("IPV6_MULTICAST_IF", UDP6, getter, setter, loopback(), loopback());
    let (getter, setter) = (Socket::unicast_hops_v6, Socket::set_unicast_hops_v6);
    agree("IPV6_UNICAST_HOPS", V6, getter, setter, 40, 40);
    agree("IPV6_V6ONLY", V6, Socket::only_v6, Socket::set_only_v6, true, true);
    let (getter, setter) = (Socket::recv_tclass_v6, Socket::set_recv_tclass_v6);
    agree("IPV6_RECVTCLASS", UDP6, getter, setter, true, true);
    let (getter, setter) = (Socket::recv_hoplimit_v6, Socket::set_recv_hoplimit_v6);
    agree("IPV6_RECVHOPLIMIT", UDP6, getter, setter, true, true);
    agree("IPV6_TCLASS", V6, Socket::tclass_v6, Socket::set_tclass_v6, 0x20, 0x20);
}

#[cfg(target_os = "linux")]
#[test]
fn ipv6_level_of_linux() {
    let (getter, setter) = (Socket::multicast_all_v6, Socket::set_multicast_all_v6);
    agree("IPV6_MULTICAST_ALL", V6, getter, setter, false, false);
    agree("IPV6_FREEBIND", V6, Socket::freebind_v6, Socket::set_freebind_v6, true, true);
    if privileged() {
        let (getter, setter) = (Socket::ip_transparent_v6, Socket::set_ip_transparent_v6);
        agree("IPV6_TRANSPARENT", V6, getter, setter, true, true);
    }
}

#[test]
fn tcp_level() {
    agree("TCP_NODELAY", TCP, Socket::tcp_nodelay, Socket::set_tcp_nodelay, true, true);
    let seconds = Duration::from_secs;
    let keepalive =
        |socket: &Socket, time| socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(time));
    agree("TCP_KEEPIDLE", TCP, Socket::tcp_keepalive_time, keepalive, seconds(100), 100);
    let keepalive = |socket: &Socket, interval| {
        socket.set_tcp_keepalive(&TcpKeepalive::new().with_interval(interval))
    };
    agree("TCP_KEEPINTVL", TCP, Socket::tcp_keepalive_interval, keepalive, seconds(30), 30);
    let keepalive = |socket: &Socket, retries| {
        socket.set_tcp_keepalive(&TcpKeepalive::new().with_retries(retries))
    };
    agree("TCP_KEEPCNT", TCP, Socket::tcp_keepalive_retries, keepalive, 5, 5);
    // An unconnected socket does not give the segment size that was set, but its own.
    let socket = socket(Domain::IPV4, Type::STREAM);
    let size = get(socket.as_raw_fd(), option("TCP_MAXSEG")).unwrap();
    assert_eq!(size, socket.tcp_mss().unwrap().into());
}

#[cfg(target_os = "linux")]
#[test]
fn tcp_level_of_linux() {
    agree("TCP_CORK", TCP, Socket::tcp_cork, Socket::set_tcp_cork, true, true);
    agree("TCP_QUICKACK", TCP, Socket::tcp_quickack, Socket::set_tcp_quickack, false, false);
    let (getter, setter) = (Socket::tcp_thin_linear_timeouts, Socket::set_tcp_thin_linear_timeouts);
    agree("TCP_THIN_LINEAR_TIMEOUTS", TCP, getter, setter, true, true);
    let (getter, setter) = (Socket::tcp_notsent_lowat, Socket::set_tcp_notsent_lowat);
    agree("TCP_NOTSENT_LOWAT", TCP, getter, setter, 16384, 16384);
    let timeout = Some(Duration::from_millis(2500));
    let (getter, setter) = (Socket::tcp_user_timeout, Socket::set_tcp_user_timeout);
    agree("TCP_USER_TIMEOUT", TCP, getter, setter, timeout, 2500);
    let name = |socket: &Socket| {
        let bytes = socket.tcp_congestion()?;
        Ok(bytes.into_iter().take_while(|byte| *byte != 0).collect::<Vec<u8>>())
    };
    let setter = |socket: &Socket, name: Vec<u8>| socket.set_tcp_congestion(&name);
    let fresh = socket(Domain::IPV4, Type::STREAM);
    let other = if name(&fresh).unwrap() == b"reno" { "cubic" } else { "reno" };
    agree("TCP_CONGESTION", TCP, name, setter, other.as_bytes().to_vec(), other);
}

#[cfg(target_os = "linux")]
#[test]
fn socket_level_of_linux() {
    agree("SO_PRIORITY", BOTH, Socket::priority, Socket::set_priority, 5, 5);
    let (getter, setter) = (Socket::cpu_affinity, Socket::set_cpu_affinity);
    agree("SO_INCOMING_CPU", UDP4, getter, setter, 0xff, 0xff);
    let unix = &[(Domain::UNIX, Type::STREAM), (Domain::UNIX, Type::DGRAM)];
    agree("SO_PASSCRED", unix, Socket::passcred, Socket::set_passcred, true, true);
    if privileged() {
        agree("SO_MARK", BOTH, Socket::mark, Socket::set_mark, 0x8000_0001, 0x8000_0001u32);
        agree("SO_BUSY_POLL", BOTH, Socket::busy_poll, Socket::set_busy_poll, 50, 50);
        let setter = |socket: &Socket, name: Option<Vec<u8>>| socket.bind_device(name.as_deref());
        let lo = Some(b"lo".to_vec());
        agree("SO_BINDTODEVICE", BOTH, Socket::device, setter, lo, "lo");
        let bound = socket(Domain::IPV4, Type::DGRAM);
        set(bound.as_raw_fd(), option("SO_BINDTODEVICE"), &"lo".into()).unwrap();
        let index = get(bound.as_raw_fd(), option("SO_BINDTOIFINDEX"));
        assert_eq!(index, Ok(loopback().into()));
        set(bound.as_raw_fd(), option("SO_BINDTODEVICE"), &"".into()).unwrap();
        assert_eq!(bound.device().unwrap(), None);
    }
}

/// What was joined one way can be left the other way.
#[cfg(target_os = "linux")]
#[test]
fn memberships() {
    let (group4, group6) = (Ipv4Addr::new(239, 7, 7, 7), "ff02::7:7".parse().unwrap());
    let udp4 = socket(Domain::IPV4, Type::DGRAM);
    let fd = udp4.as_raw_fd();
    let lo = Ipv4Addr::LOCALHOST;
    let by_address = record([("group", "239.7.7.7".into()), ("interface", "127.0.0.1".into())]);
    udp4.join_multicast_v4(&group4, &lo).unwrap();
    set(fd, option("IP_DROP_MEMBERSHIP"), &by_address).unwrap();
    set(fd, option("IP_ADD_MEMBERSHIP"), &by_address).unwrap();
    udp4.leave_multicast_v4(&group4, &lo).unwrap();

    let by_index = record([("group", "239.7.7.7".into()), ("interface", loopback().into())]);
    set(fd, option("IP_ADD_MEMBERSHIP"), &by_index).unwrap();
    let index = socket2::InterfaceIndexOrAddress::Index(loopback());
    udp4.leave_multicast_v4_n(&group4, &index).unwrap();

    let source = Ipv4Addr::new(192, 0, 2, 1);
    let group = Ipv4Addr::new(232, 7, 7, 7);
    let one_source = record([
        ("group", "232.7.7.7".into()),
        ("source", "192.0.2.1".into()),
        ("interface", "127.0.0.1".into()),
    ]);
    udp4.join_ssm_v4(&source, &group, &lo).unwrap();
    set(fd, option("IP_DROP_SOURCE_MEMBERSHIP"), &one_source).unwrap();
    set(fd, option("IP_ADD_SOURCE_MEMBERSHIP"), &one_source).unwrap();
    udp4.leave_ssm_v4(&source, &group, &lo).unwrap();

    let udp6 = socket(Domain::IPV6, Type::DGRAM);
    let fd = udp6.as_raw_fd();
    let on_lo = record([("group", "ff02::7:7".into()), ("interface", loopback().into())]);
    udp6.join_multicast_v6(&group6, loopback()).unwrap();
    set(fd, option("IPV6_LEAVE_GROUP"), &on_lo).unwrap();
    set(fd, option("MCAST_JOIN_GROUP"), &on_lo).unwrap();
    udp6.leave_multicast_v6(&group6, loopback()).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn filters() {
    let accept = [socket2::SockFilter::new(6, 0, 0, u32::MAX)];
    let instruction =
        record([("code", 6.into()), ("jt", 0.into()), ("jf", 0.into()), ("k", u32::MAX.into())]);
    let program = Value::List(vec![instruction]);
    let udp = socket(Domain::IPV4, Type::DGRAM);
    let fd = udp.as_raw_fd();
    udp.attach_filter(&accept).unwrap();
    assert_eq!(get(fd, option("SO_ATTACH_FILTER")), Ok(program.clone()));
    set(fd, option("SO_DETACH_FILTER"), &Value::Null).unwrap();
    assert_eq!(get(fd, option("SO_GET_FILTER")), Ok(Value::List(vec![])));
    set(fd, option("SO_ATTACH_FILTER"), &program).unwrap();
    udp.detach_filter().unwrap();
}

/// The loopback interface's index.
fn loopback() -> u32 {
    // Elsewhere it is the first as a rule.
    let index = std::fs::read_to_string("/sys/class/net/lo/ifindex");
    index.map_or(1, |index| index.trim().parse().unwrap())
}

/// Whether this process may do what needs `CAP_NET_ADMIN`.
#[cfg(target_os = "linux")]
fn privileged() -> bool {
    socket(Domain::IPV4, Type::STREAM).set_mark(1).is_ok()
}

/// A connected pair of TCP sockets keeps its options apart.
#[test]
fn an_option_belongs_to_one_socket() {
    let listener = socket(Domain::IPV4, Type::STREAM);
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(1).unwrap();
    let client = socket(Domain::IPV4, Type::STREAM);
    client.connect(&listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    set(client.as_raw_fd(), option("TCP_NODELAY"), &true.into()).unwrap();
    assert!(client.tcp_nodelay().unwrap());
    assert_eq!(get(server.as_raw_fd(), option("TCP_NODELAY")), Ok(false.into()));
}
