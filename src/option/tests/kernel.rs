//! Options as this Linux kernel has them.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use socket2::{Domain, Protocol, Socket, Type};

use super::super::{Codec, Direction, Error, Value, all, find, get, get_with, set};
use super::{Random, list, option, record};
use crate::errno::Errno;
use crate::sys;

/// One socket of each kind that this process may open.
fn sockets() -> Vec<Socket> {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(5).unwrap();
    let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    client.connect(&listener.local_addr().unwrap()).unwrap();
    let (unix, _peer) = Socket::pair(Domain::UNIX, Type::STREAM, None).unwrap();
    let kinds = [
        (Domain::IPV4, Type::STREAM, None),
        (Domain::IPV6, Type::STREAM, None),
        (Domain::IPV4, Type::DGRAM, None),
        (Domain::IPV6, Type::DGRAM, None),
        (Domain::UNIX, Type::DGRAM, None),
        (Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4)),
        (Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6)),
    ];
    let fresh = kinds.into_iter().filter_map(|(d, t, p)| Socket::new(d, t, p).ok());
    [listener, client, unix].into_iter().chain(fresh).collect()
}

#[test]
fn everything_that_can_be_read_decodes() {
    let mut read = 0;
    for spec in all() {
        // It would open a descriptor.
        if spec.name == "SO_PEERPIDFD" {
            continue;
        }
        for socket in sockets() {
            match get(socket.as_raw_fd(), spec) {
                Ok(Value::Bytes(bytes)) => {
                    assert!(spec.codec == Codec::Bytes, "{}: {bytes:?}", spec.name);
                }
                Ok(_) => read += 1,
                Err(error) => {
                    assert!(matches!(error, Error::Kernel(_) | Error::Unsupported), "{error:?}");
                }
            }
        }
    }
    assert!(read > 500, "{read}");
}

/// What a getter gives, its setter takes, and the value is still there.
#[test]
fn what_is_read_can_be_set_again() {
    for spec in all().filter(|spec| spec.direction == Direction::Both) {
        // Their getters forget, or give what is in force instead of what was set.
        if matches!(spec.name, "SO_RCVBUF" | "SO_SNDBUF" | "TCP_QUICKACK" | "TCP_DEFER_ACCEPT") {
            continue;
        }
        for socket in sockets() {
            let fd = socket.as_raw_fd();
            if let Ok(value) = get(fd, spec)
                && set(fd, spec, &value).is_ok()
            {
                assert_eq!(get(fd, spec), Ok(value), "{}", spec.name);
            }
        }
    }
}

#[test]
fn errors_are_the_kernels() {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let fd = socket.as_raw_fd();
    let errno = |name: &str, value: Value| match set(fd, option(name), &value) {
        Err(Error::Kernel(errno)) => errno,
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(errno("IP_TTL", 256.into()), Errno::INVAL);
    assert_eq!(errno("SO_TYPE", 1.into()), Errno::NOPROTOOPT);
    assert_eq!(errno("SO_SNDLOWAT", 1.into()), Errno::NOPROTOOPT);
    assert_eq!(errno("TCP_CONGESTION", "no such".into()).name(), Some("ENOENT"));
    assert_eq!(errno("SO_BINDTODEVICE", "no such".into()).name(), Some("ENODEV"));
    assert_eq!(errno("UDP_SEGMENT", 1000.into()), Errno::NOPROTOOPT);
    // What is meant only to be set is asked for all the same.
    assert_eq!(get(fd, option("SO_RCVBUFFORCE")), Err(Errno::NOPROTOOPT.into()));
    assert_eq!(get(fd, option("IPV6_V6ONLY")), Err(Errno::OPNOTSUPP.into()));
    assert_eq!(get(-1, option("SO_TYPE")), Err(Errno::BADF.into()));
    assert_eq!(set(-1, option("SO_REUSEADDR"), &true.into()), Err(Errno::BADF.into()));
}

#[test]
fn tcp_info() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    std::io::Write::write_all(&mut &client, b"hello").unwrap();
    std::io::Read::read_exact(&mut &server, &mut [0; 5]).unwrap();
    let number = |socket: &TcpStream, field: &str| match get(socket.as_raw_fd(), option("TCP_INFO"))
    {
        Ok(info) => match info.field(field) {
            Some(Value::Int(number)) => *number,
            other => panic!("{field}: {other:?}"),
        },
        Err(error) => panic!("{error:?}"),
    };
    assert_eq!(number(&client, "tcpi_state"), 1);
    assert_eq!(number(&client, "tcpi_bytes_sent"), 5);
    assert_eq!(number(&server, "tcpi_bytes_received"), 5);
    assert_eq!(number(&client, "tcpi_data_segs_out"), 1);
    let mss = get(client.as_raw_fd(), option("TCP_MAXSEG")).unwrap();
    assert_eq!(Value::Int(number(&client, "tcpi_snd_mss")), mss);

    // As many fields as the kernel gives bytes, and no more.
    let mut buffer = [0; 1024];
    let length = sys::getsockopt(client.as_raw_fd(), 6, 11, &mut buffer).unwrap();
    let Ok(Value::Record(entries)) = get(client.as_raw_fd(), option("TCP_INFO")) else {
        panic!("no record");
    };
    let spec = option("TCP_INFO");
    let Value::Record(expected) = spec.codec.decode(&buffer[..length]) else {
        panic!("no record");
    };
    assert_eq!(entries.len(), expected.len());
}

#[test]
fn congestion_control() {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let fd = socket.as_raw_fd();
    set(fd, option("TCP_CONGESTION"), &"reno".into()).unwrap();
    assert_eq!(get(fd, option("TCP_CONGESTION")), Ok("reno".into()));
    assert_eq!(get(fd, option("TCP_CC_INFO")), Ok(Value::Null));
    if set(fd, option("TCP_CONGESTION"), &"bbr".into()).is_ok() {
        let info = get(fd, option("TCP_CC_INFO")).unwrap();
        assert!(info.field("bbr_min_rtt").is_some(), "{info:?}");
    }
}

#[test]
fn peers() {
    let (one, other) = Socket::pair(Domain::UNIX, Type::STREAM, None).unwrap();
    let credentials = get(one.as_raw_fd(), option("SO_PEERCRED")).unwrap();
    assert_eq!(credentials.field("pid"), Some(&std::process::id().into()));
    let groups = get(one.as_raw_fd(), option("SO_PEERGROUPS")).unwrap();
    assert!(matches!(groups, Value::List(_)));
    let path = record([("path", "".into())]);
    assert_eq!(get(other.as_raw_fd(), option("SO_PEERNAME")), Ok(path));

    for local in ["127.0.0.1:0", "[::1]:0"] {
        let listener = TcpListener::bind(local).unwrap();
        let address = listener.local_addr().unwrap();
        let client = TcpStream::connect(address).unwrap();
        let peer = record([
            ("address", Value::Text(address.ip().to_string())),
            ("port", address.port().into()),
            ("family", if address.is_ipv4() { "IPv4".into() } else { "IPv6".into() }),
        ]);
        assert_eq!(get(client.as_raw_fd(), option("SO_PEERNAME")), Ok(peer));
        let unconnected = get(listener.as_raw_fd(), option("SO_PEERNAME"));
        assert_eq!(unconnected, Err(Errno::NOTCONN.into()));
    }
    // A unix path of any length.
    let path = std::env::temp_dir().join(format!("hostsock-option-{}", std::process::id()));
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let client = std::os::unix::net::UnixStream::connect(&path).unwrap();
    let peer = record([("path", path.to_str().unwrap().into())]);
    assert_eq!(get(client.as_raw_fd(), option("SO_PEERNAME")), Ok(peer));
    drop(listener);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn source_filters() {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
    let fd = socket.as_raw_fd();
    let old = record([
        ("group", "232.7.7.8".into()),
        ("interface", "127.0.0.1".into()),
        ("mode", "include".into()),
        ("sources", list(["192.0.2.1", "192.0.2.2"])),
    ]);
    set(
        fd,
        option("IP_ADD_SOURCE_MEMBERSHIP"),
        &record([
            ("group", "232.7.7.8".into()),
            ("interface", "127.0.0.1".into()),
            ("source", "192.0.2.9".into()),
        ]),
    )
    .unwrap();
    set(fd, option("IP_MSFILTER"), &old).unwrap();
    let query = record([("group", "232.7.7.8".into()), ("interface", "127.0.0.1".into())]);
    assert_eq!(get_with(fd, option("IP_MSFILTER"), &query), Ok(old));

    for (domain, group, sources) in [
        (Domain::IPV4, "239.7.7.9", ["192.0.2.1", "192.0.2.2"]),
        (Domain::IPV6, "ff02::7:9", ["2001:db8::1", "2001:db8::2"]),
    ] {
        let socket = Socket::new(domain, Type::DGRAM, None).unwrap();
        let fd = socket.as_raw_fd();
        let membership = || [("group", group.into()), ("interface", 1.into())];
        let [name, interface] = membership();
        set(fd, option("MCAST_JOIN_GROUP"), &record(membership())).unwrap();
        let filter =
            record([name, interface, ("mode", "exclude".into()), ("sources", list(sources))]);
        set(fd, option("MCAST_MSFILTER"), &filter).unwrap();
        let query = record(membership());
        assert_eq!(get_with(fd, option("MCAST_MSFILTER"), &query), Ok(filter));
        let source = |source: &str| {
            record([("group", group.into()), ("interface", 1.into()), ("source", source.into())])
        };
        set(fd, option("MCAST_UNBLOCK_SOURCE"), &source(sources[0])).unwrap();
        let again = set(fd, option("MCAST_UNBLOCK_SOURCE"), &source(sources[0]));
        assert_eq!(again, Err(Errno::ADDRNOTAVAIL.into()));
        let left = get_with(fd, option("MCAST_MSFILTER"), &query).unwrap();
        assert_eq!(left.field("sources"), Some(&list([sources[1]])));
    }
}

#[test]
fn a_long_filter_is_read_whole() {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
    let fd = socket.as_raw_fd();
    let instruction =
        |k: u32| record([("code", 6.into()), ("jt", 0.into()), ("jf", 0.into()), ("k", k.into())]);
    let program = Value::List((0..4096).map(instruction).collect());
    set(fd, option("SO_ATTACH_FILTER"), &program).unwrap();
    assert_eq!(get(fd, option("SO_GET_FILTER")), Ok(program));
    let too_long = Value::Bytes(vec![0; 8 * 4097]);
    assert_eq!(set(fd, option("SO_ATTACH_FILTER"), &too_long), Err(Errno::INVAL.into()));
}

#[test]
fn structures_can_be_set() {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, None).unwrap();
    let fd = socket.as_raw_fd();
    let range = record([("low", 40000.into()), ("high", 40100.into())]);
    if find("IP_LOCAL_PORT_RANGE").is_some_and(|spec| set(fd, spec, &range).is_ok()) {
        assert_eq!(get(fd, option("IP_LOCAL_PORT_RANGE")), Ok(range));
    }
    let clock = record([("clockid", 1.into()), ("flags", 2.into())]);
    set(fd, option("SO_TXTIME"), &clock).unwrap();
    assert_eq!(get(fd, option("SO_TXTIME")), Ok(clock));
    set(fd, option("IP_UNICAST_IF"), &1.into()).unwrap();
    assert_eq!(get(fd, option("IP_UNICAST_IF")), Ok(1.into()));
    set(fd, option("IPV6_UNICAST_IF"), &1.into()).unwrap();
    assert_eq!(get(fd, option("IPV6_UNICAST_IF")), Ok(1.into()));
    let rate = Value::Int(1 << 40);
    set(fd, option("SO_MAX_PACING_RATE"), &rate).unwrap();
    assert_eq!(get(fd, option("SO_MAX_PACING_RATE")), Ok(rate));
    let source = record([("ipi6_addr", "::1".into()), ("ipi6_ifindex", 1.into())]);
    set(fd, option("IPV6_PKTINFO"), &source).unwrap();
    let label = record([
        ("flr_dst", "::1".into()),
        ("flr_label", 0.into()),
        ("flr_share", 1.into()),
        ("flr_flags", 1.into()),
    ]);
    set(fd, option("IPV6_FLOWLABEL_MGR"), &label).unwrap();
    let peer: SocketAddr = "[::1]:9".parse().unwrap();
    socket.connect(&peer.into()).unwrap();
    let mtu = get(fd, option("IPV6_PATHMTU")).unwrap();
    assert_eq!(mtu.field("ip6m_mtu"), get(fd, option("IPV6_MTU")).ok().as_ref());
}

/// Random bytes for random options: whatever the kernel makes of them, nothing here panics.
#[test]
fn random_options() {
    let specs: Vec<_> = all().filter(|spec| spec.number().is_some()).collect();
    let mut random = Random(7);
    for _ in 0..5000 {
        let spec = specs[random.below(specs.len())];
        // They hold pointers, or open descriptors.
        if matches!(spec.codec, Codec::Filter) || spec.name == "SO_PEERPIDFD" {
            continue;
        }
        let socket = Socket::new(Domain::IPV6, [Type::STREAM, Type::DGRAM][random.below(2)], None);
        let fd = socket.as_ref().unwrap().as_raw_fd();
        let length = random.below(300);
        let bytes = random.bytes(length);
        let _ =
            sys::setsockopt(fd, spec.level_number(None).unwrap(), spec.number().unwrap(), &bytes);
        let _ = get(fd, spec);
    }
}
