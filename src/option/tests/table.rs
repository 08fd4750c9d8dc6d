//! The table itself.

use std::collections::{HashMap, HashSet};

use super::super::{
    Codec, Direction, Error, Level, Platform, Value, all, find, find_number, markdown, rows, set,
    suggest, typescript,
};
use super::option;

#[test]
fn rows_are_sorted_and_unique() {
    let keys: Vec<_> = all().map(|spec| (spec.level, spec.name)).collect();
    assert!(keys.is_sorted(), "{:?}", keys.iter().zip(&keys[1..]).find(|(a, b)| a > b));
    let names: HashSet<_> = all().map(|spec| spec.name).collect();
    assert_eq!(names.len(), keys.len());
}

#[test]
fn rows_are_complete() {
    for spec in all() {
        assert!(spec.platforms().count() > 0, "{} is nowhere", spec.name);
        assert!(
            spec.meaning.ends_with('.') && !spec.meaning.contains(['|', '\n']),
            "{}",
            spec.name
        );
        assert!(spec.meaning.len() <= 100 && !spec.man.is_empty(), "{}", spec.name);
        for platform in spec.platforms() {
            assert!(spec.level.on(platform).is_some(), "{} on {platform:?}", spec.name);
        }
    }
}

#[test]
fn linux_has_at_least_150_options() {
    let count = |platform| all().filter(|spec| spec.numbers.on(platform).is_some()).count();
    for platform in Platform::ALL {
        println!("{}: {} options", platform.name(), count(platform));
    }
    println!("in all: {}", all().count());
    assert!(count(Platform::Linux) >= 150);
}

#[test]
fn numbers_are_unique_but_for_aliases() {
    for platform in Platform::ALL {
        let mut seen: HashMap<(Level, i32), &str> = HashMap::new();
        for spec in all() {
            let Some(number) = spec.numbers.on(platform) else {
                continue;
            };
            if spec.alias_of.is_some_and(|main| option(main).numbers.on(platform) == Some(number)) {
                continue;
            }
            if let Some(other) = seen.insert((spec.level, number), spec.name) {
                let pair = [other, spec.name];
                assert!(SAME_SWITCH.contains(&(platform, pair)), "{platform:?}: {pair:?}");
            }
        }
    }
}

/// Where a platform has one switch for what others have two names, neither of which is its alias
/// elsewhere.
const SAME_SWITCH: &[(Platform, [&str; 2])] = &[
    (Platform::Windows, ["IPV6_HOPLIMIT", "IPV6_RECVHOPLIMIT"]),
    (Platform::Windows, ["IPV6_PKTINFO", "IPV6_RECVPKTINFO"]),
];

#[test]
fn aliases_name_an_option_of_the_same_number() {
    for spec in all() {
        let Some(main) = spec.alias_of.map(option) else {
            continue;
        };
        assert_eq!(main.alias_of, None, "{}", spec.name);
        assert_eq!(main.level, spec.level, "{}", spec.name);
        let same = spec.platforms().any(|at| spec.numbers.on(at) == main.numbers.on(at));
        assert!(same, "{}", spec.name);
    }
}

#[test]
fn lookups() {
    assert_eq!(find("TCP_NODELAY").map(|spec| spec.name), Some("TCP_NODELAY"));
    assert!(find("tcp_nodelay").is_none() && find("").is_none());
    assert_eq!(suggest("tcp_nodelay").map(|spec| spec.name), Some("TCP_NODELAY"));
    assert!(suggest("TCP_NODELAY").is_none() && suggest("nodelay").is_none());
    for spec in all() {
        assert!(std::ptr::eq(option(spec.name), spec));
        for platform in spec.platforms() {
            let number = spec.numbers.on(platform).unwrap();
            let level = spec.level.on(platform).unwrap();
            let found = find_number(platform, level, number).unwrap();
            assert_eq!(found.numbers.on(platform), Some(number));
        }
    }
    let name = |level, number| find_number(Platform::Linux, level, number).map(|spec| spec.name);
    assert_eq!(name(1, 20), Some("SO_RCVTIMEO"));
    assert_eq!(name(41, 20), Some("IPV6_JOIN_GROUP"));
    assert_eq!(name(0, 42), Some("MCAST_JOIN_GROUP"));
    assert_eq!(name(41, 42), Some("MCAST_JOIN_GROUP"));
    assert_eq!(name(1, 12345), None);
}

#[test]
fn an_option_that_the_host_lacks_is_unsupported() {
    let foreign = if cfg!(windows) { "SO_BINDTODEVICE" } else { "SO_EXCLUSIVEADDRUSE" };
    let spec = option(foreign);
    assert_eq!(spec.number(), None);
    let value = if cfg!(windows) { Value::from("lo") } else { true.into() };
    let no_socket = if cfg!(windows) { 0 } else { -1i32 as _ };
    assert_eq!(set(no_socket, spec, &value), Err(Error::Unsupported));
    // The value is checked first.
    assert!(matches!(set(no_socket, spec, &Value::Null), Err(Error::Type { .. })));
}

#[test]
fn descriptions() {
    let page = markdown();
    let declarations = typescript();
    for spec in all() {
        assert!(page.contains(&format!("\n| `{}`", spec.name)), "{}", spec.name);
        assert!(declarations.contains(&format!("\n  {}: ", spec.name)), "{}", spec.name);
        if !matches!(spec.codec, Codec::Struct(_) | Codec::Structs(_)) {
            let kind = format!("`{}`", spec.codec.name());
            assert!(page.contains(&kind) || spec.codec == Codec::TcpCcInfo, "{kind}");
        }
    }
    for level in Level::ALL {
        assert!(page.contains(&format!("\n## {}\n", level.name())));
    }
    for row in rows() {
        assert_eq!(row.gives.is_none(), row.direction == Direction::Set.name());
        assert_eq!(row.takes.is_none(), row.direction == Direction::Get.name());
    }
}

/// The numbers of the table's column for this host are those of the `libc` crate.
#[cfg(unix)]
macro_rules! as_in_libc {
    ($($name:ident)*) => {
        [$((stringify!($name), i64::from(libc::$name)),)*]
    };
}

#[cfg(unix)]
fn check(constants: &[(&str, i64)]) {
    for (name, number) in constants {
        assert_eq!(option(name).number().map(i64::from), Some(*number), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn numbers_are_those_of_libc() {
    check(&as_in_libc! {
        SO_ACCEPTCONN SO_BROADCAST SO_DEBUG SO_DONTROUTE SO_ERROR SO_KEEPALIVE SO_OOBINLINE SO_RCVBUF
        SO_RCVLOWAT SO_RCVTIMEO SO_REUSEADDR SO_REUSEPORT SO_SNDBUF SO_SNDLOWAT SO_SNDTIMEO
        SO_TIMESTAMP SO_TYPE
        IP_ADD_MEMBERSHIP IP_ADD_SOURCE_MEMBERSHIP IP_BLOCK_SOURCE IP_DROP_MEMBERSHIP
        IP_DROP_SOURCE_MEMBERSHIP IP_HDRINCL IP_MULTICAST_IF IP_MULTICAST_LOOP IP_MULTICAST_TTL
        IP_RECVTOS IP_RECVTTL IP_TOS IP_TTL IP_UNBLOCK_SOURCE
        IPV6_CHECKSUM IPV6_DONTFRAG IPV6_HOPLIMIT IPV6_MULTICAST_HOPS IPV6_MULTICAST_IF
        IPV6_MULTICAST_LOOP IPV6_PKTINFO IPV6_RECVHOPLIMIT IPV6_RECVPKTINFO IPV6_RECVTCLASS
        IPV6_TCLASS IPV6_UNICAST_HOPS IPV6_V6ONLY
        MCAST_BLOCK_SOURCE MCAST_JOIN_GROUP MCAST_JOIN_SOURCE_GROUP MCAST_LEAVE_GROUP
        MCAST_LEAVE_SOURCE_GROUP MCAST_UNBLOCK_SOURCE
        TCP_FASTOPEN TCP_KEEPCNT TCP_KEEPINTVL TCP_MAXSEG TCP_NODELAY
    });
    for (level, number) in [
        (Level::Socket, libc::SOL_SOCKET),
        (Level::Ip, libc::IPPROTO_IP),
        (Level::Ipv6, libc::IPPROTO_IPV6),
        (Level::Tcp, libc::IPPROTO_TCP),
        (Level::Udp, libc::IPPROTO_UDP),
        (Level::Icmpv6, libc::IPPROTO_ICMPV6),
    ] {
        assert_eq!(level.on(Platform::HOST.unwrap()), Some(number), "{level:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn numbers_are_those_of_libc_on_linux() {
    check(&as_in_libc! {
        SO_ATTACH_BPF SO_ATTACH_FILTER SO_ATTACH_REUSEPORT_CBPF SO_ATTACH_REUSEPORT_EBPF
        SO_BINDTODEVICE SO_BINDTOIFINDEX SO_BPF_EXTENSIONS SO_BSDCOMPAT SO_BUF_LOCK SO_BUSY_POLL
        SO_BUSY_POLL_BUDGET SO_CNX_ADVICE SO_COOKIE SO_DETACH_BPF SO_DETACH_FILTER
        SO_DETACH_REUSEPORT_BPF SO_DOMAIN SO_GET_FILTER SO_INCOMING_CPU SO_INCOMING_NAPI_ID SO_LINGER
        SO_LOCK_FILTER SO_MARK SO_MAX_PACING_RATE SO_MEMINFO SO_NETNS_COOKIE SO_NOFCS SO_NO_CHECK
        SO_PASSCRED SO_PASSPIDFD SO_PASSSEC SO_PEEK_OFF SO_PEERCRED SO_PEERGROUPS SO_PEERNAME
        SO_PEERPIDFD SO_PEERSEC SO_PREFER_BUSY_POLL SO_PRIORITY SO_PROTOCOL SO_RCVBUFFORCE SO_RCVMARK
        SO_RESERVE_MEM SO_RXQ_OVFL SO_SELECT_ERR_QUEUE SO_SNDBUFFORCE SO_TIMESTAMPING SO_TIMESTAMPNS
        SO_TXREHASH SO_TXTIME SO_WIFI_STATUS SO_ZEROCOPY
        IP_BIND_ADDRESS_NO_PORT IP_CHECKSUM IP_FREEBIND IP_IPSEC_POLICY IP_MINTTL
        IP_MSFILTER IP_MTU IP_MTU_DISCOVER IP_MULTICAST_ALL IP_NODEFRAG IP_OPTIONS IP_ORIGDSTADDR
        IP_PASSSEC IP_PKTINFO IP_PKTOPTIONS IP_RECVERR IP_RECVFRAGSIZE
        IP_RECVOPTS IP_RECVORIGDSTADDR IP_RETOPTS IP_ROUTER_ALERT IP_TRANSPARENT IP_UNICAST_IF
        IP_XFRM_POLICY MCAST_MSFILTER SO_ORIGINAL_DST
        IPV6_2292DSTOPTS IPV6_2292HOPLIMIT IPV6_2292HOPOPTS IPV6_2292PKTINFO IPV6_2292PKTOPTIONS
        IPV6_2292RTHDR IPV6_ADDRFORM IPV6_ADD_MEMBERSHIP IPV6_AUTHHDR IPV6_AUTOFLOWLABEL
        IPV6_DROP_MEMBERSHIP IPV6_DSTOPTS IPV6_FLOWINFO IPV6_FLOWINFO_SEND IPV6_FLOWLABEL_MGR
        IPV6_FREEBIND IPV6_HDRINCL IPV6_HOPOPTS IPV6_IPSEC_POLICY IPV6_JOIN_ANYCAST IPV6_LEAVE_ANYCAST
        IPV6_MINHOPCOUNT IPV6_MTU IPV6_MTU_DISCOVER IPV6_MULTICAST_ALL IPV6_NEXTHOP IPV6_ORIGDSTADDR
        IPV6_PATHMTU IPV6_RECVDSTOPTS IPV6_RECVERR IPV6_RECVFRAGSIZE
        IPV6_RECVHOPOPTS IPV6_RECVORIGDSTADDR IPV6_RECVPATHMTU IPV6_RECVRTHDR IPV6_ROUTER_ALERT
        IPV6_ROUTER_ALERT_ISOLATE IPV6_RTHDR IPV6_RTHDRDSTOPTS IPV6_TRANSPARENT IPV6_UNICAST_IF
        IPV6_XFRM_POLICY IP6T_SO_ORIGINAL_DST
        TCP_CC_INFO TCP_CM_INQ TCP_CONGESTION TCP_CORK TCP_DEFER_ACCEPT TCP_FASTOPEN_CONNECT
        TCP_FASTOPEN_KEY TCP_FASTOPEN_NO_COOKIE TCP_INFO TCP_INQ TCP_KEEPIDLE TCP_LINGER2 TCP_MD5SIG
        TCP_MD5SIG_EXT TCP_QUEUE_SEQ TCP_QUICKACK TCP_REPAIR TCP_REPAIR_OPTIONS TCP_REPAIR_QUEUE
        TCP_REPAIR_WINDOW TCP_SAVED_SYN TCP_SAVE_SYN TCP_SYNCNT TCP_THIN_DUPACK
        TCP_THIN_LINEAR_TIMEOUTS TCP_TIMESTAMP TCP_ULP TCP_USER_TIMEOUT TCP_WINDOW_CLAMP
        TCP_ZEROCOPY_RECEIVE
        UDP_CORK UDP_ENCAP UDP_GRO UDP_NO_CHECK6_RX UDP_NO_CHECK6_TX UDP_SEGMENT
    });
}

#[cfg(target_vendor = "apple")]
#[test]
fn numbers_are_those_of_libc_on_macos() {
    check(&as_in_libc! {
        SO_DONTTRUNC SO_LABEL SO_LINGER_SEC SO_NKE SO_NOADDRERR SO_NOSIGPIPE SO_NP_EXTENSIONS SO_NREAD
        SO_NWRITE SO_PEERLABEL SO_RANDOMPORT SO_REUSESHAREUID SO_TIMESTAMP_MONOTONIC SO_USELOOPBACK
        SO_WANTMORE SO_WANTOOBFLAG
        IP_BOUND_IF IP_DONTFRAG IP_PKTINFO IP_RECVDSTADDR IP_RECVIF IPV6_BOUND_IF IPV6_JOIN_GROUP
        IPV6_LEAVE_GROUP TCP_CONNECTION_INFO TCP_KEEPALIVE TCP_NOOPT TCP_NOPUSH
        LOCAL_PEERCRED LOCAL_PEEREPID LOCAL_PEEREUUID LOCAL_PEERPID LOCAL_PEERTOKEN LOCAL_PEERUUID
    });
}

#[cfg(target_os = "freebsd")]
#[test]
fn numbers_are_those_of_libc_on_freebsd() {
    check(&as_in_libc! {
        SO_ACCEPTFILTER SO_BINTIME SO_DOMAIN SO_LABEL SO_LINGER SO_LISTENINCQLEN SO_LISTENQLEN
        SO_LISTENQLIMIT SO_NOSIGPIPE SO_NO_DDP SO_NO_OFFLOAD SO_PEERLABEL SO_PROTOCOL SO_PROTOTYPE
        SO_REUSEPORT_LB SO_SETFIB SO_TS_CLOCK SO_USELOOPBACK SO_USER_COOKIE
        IP_BINDANY IP_DONTFRAG IP_MINTTL IP_ORIGDSTADDR IP_RECVDSTADDR IP_RECVIF IP_RECVORIGDSTADDR
        IPV6_BINDANY IPV6_JOIN_GROUP IPV6_LEAVE_GROUP IPV6_ORIGDSTADDR IPV6_RECVORIGDSTADDR
        TCP_CCALGOOPT TCP_CONGESTION TCP_DELACK TCP_FIN_IS_RST TCP_FUNCTION_ALIAS TCP_FUNCTION_BLK
        TCP_IDLE_REDUCE TCP_INFO TCP_KEEPIDLE TCP_KEEPINIT TCP_LOG_LIMIT TCP_LRD TCP_MAXUNACKTIME
        TCP_MD5SIG TCP_NOOPT TCP_NOPUSH TCP_REMOTE_UDP_ENCAPS_PORT
        TCP_REUSPORT_LB_NUMA
        LOCAL_CONNWAIT LOCAL_CREDS LOCAL_CREDS_PERSISTENT LOCAL_PEERCRED
    });
}

#[cfg(windows)]
#[test]
fn numbers_are_those_of_windows() {
    use windows_sys::Win32::Networking::WinSock;
    macro_rules! as_in_winsock {
        ($($name:ident)*) => {
            [$((stringify!($name), i64::from(WinSock::$name)),)*]
        };
    }
    let constants = as_in_winsock! {
        SO_ACCEPTCONN SO_BROADCAST SO_BSP_STATE SO_COMPARTMENT_ID SO_CONDITIONAL_ACCEPT SO_CONNECT_TIME
        SO_DEBUG SO_DONTLINGER SO_DONTROUTE SO_ERROR SO_EXCLUSIVEADDRUSE SO_GROUP_ID SO_GROUP_PRIORITY
        SO_KEEPALIVE SO_LINGER SO_MAX_MSG_SIZE SO_OOBINLINE SO_PAUSE_ACCEPT SO_PORT_SCALABILITY
        SO_PROTOCOL_INFOA SO_PROTOCOL_INFOW SO_RANDOMIZE_PORT SO_RCVBUF SO_RCVLOWAT SO_RCVTIMEO
        SO_REUSEADDR SO_REUSE_MULTICASTPORT SO_REUSE_UNICASTPORT SO_SNDBUF SO_SNDLOWAT SO_SNDTIMEO
        SO_TYPE SO_UPDATE_ACCEPT_CONTEXT SO_UPDATE_CONNECT_CONTEXT SO_USELOOPBACK
        IP_ADD_IFLIST IP_ADD_MEMBERSHIP IP_ADD_SOURCE_MEMBERSHIP IP_BLOCK_SOURCE IP_DEL_IFLIST
        IP_DONTFRAGMENT IP_DROP_MEMBERSHIP IP_DROP_SOURCE_MEMBERSHIP IP_HDRINCL IP_HOPLIMIT IP_IFLIST
        IP_MTU IP_MTU_DISCOVER IP_MULTICAST_IF IP_MULTICAST_LOOP IP_MULTICAST_TTL IP_NRT_INTERFACE
        IP_OPTIONS IP_ORIGINAL_ARRIVAL_IF IP_PKTINFO IP_PKTINFO_EX IP_PROTECTION_LEVEL
        IP_RECEIVE_BROADCAST IP_RECVDSTADDR IP_RECVECN IP_RECVERR IP_RECVIF IP_RECVTCLASS IP_RECVTOS
        IP_RECVTTL IP_TOS IP_TTL IP_UNBLOCK_SOURCE IP_UNICAST_IF IP_USER_MTU IP_WFP_REDIRECT_CONTEXT
        IP_WFP_REDIRECT_RECORDS
        IPV6_ADD_IFLIST IPV6_ADD_MEMBERSHIP IPV6_CHECKSUM IPV6_DEL_IFLIST IPV6_DONTFRAG
        IPV6_DROP_MEMBERSHIP IPV6_HDRINCL IPV6_HOPLIMIT IPV6_HOPOPTS IPV6_IFLIST IPV6_JOIN_GROUP
        IPV6_LEAVE_GROUP IPV6_MTU IPV6_MTU_DISCOVER IPV6_MULTICAST_HOPS IPV6_MULTICAST_IF
        IPV6_MULTICAST_LOOP IPV6_NRT_INTERFACE IPV6_PKTINFO IPV6_PKTINFO_EX IPV6_PROTECTION_LEVEL
        IPV6_RECVDSTADDR IPV6_RECVECN IPV6_RECVERR IPV6_RECVIF IPV6_RECVRTHDR IPV6_RECVTCLASS IPV6_RTHDR
        IPV6_TCLASS IPV6_UNICAST_HOPS IPV6_UNICAST_IF IPV6_USER_MTU IPV6_V6ONLY
        IPV6_WFP_REDIRECT_CONTEXT IPV6_WFP_REDIRECT_RECORDS
        MCAST_BLOCK_SOURCE MCAST_JOIN_GROUP MCAST_JOIN_SOURCE_GROUP MCAST_LEAVE_GROUP
        MCAST_LEAVE_SOURCE_GROUP MCAST_UNBLOCK_SOURCE
        TCP_ATMARK TCP_BSDURGENT TCP_CONGESTION_ALGORITHM TCP_DELAY_FIN_ACK TCP_EXPEDITED_1122
        TCP_FAIL_CONNECT_ON_ICMP_ERROR TCP_FASTOPEN TCP_ICMP_ERROR_INFO TCP_KEEPALIVE TCP_KEEPCNT
        TCP_KEEPIDLE TCP_KEEPINTVL TCP_MAXRT TCP_MAXRTMS TCP_MAXSEG TCP_NODELAY TCP_NOSYNRETRIES
        TCP_NOURG TCP_OFFLOAD_PREFERENCE TCP_STDURG TCP_TIMESTAMPS
        UDP_CHECKSUM_COVERAGE UDP_NOCHECKSUM UDP_RECV_MAX_COALESCED_SIZE UDP_SEND_MSG_SIZE
    };
    for (name, number) in constants {
        assert_eq!(option(name).number().map(i64::from), Some(number), "{name}");
    }
}
