//! Values to bytes and back.

use super::super::structs::*;
use super::super::{Codec, Encoded, Error, Layout, Value, all};
use super::{Random, list, option, record};

/// Every codec, those of the table and the rest.
fn every_codec() -> Vec<Codec> {
    let mut codecs = vec![
        Codec::Struct(&TCP_INFO_FREEBSD),
        Codec::Struct(&TCP_BBR_INFO),
        Codec::Struct(&TCP_DCTCP_INFO),
        Codec::Struct(&TCP_VEGAS_INFO),
    ];
    for spec in all() {
        if !codecs.contains(&spec.codec) {
            codecs.push(spec.codec);
        }
    }
    codecs
}

/// A value that means something to the codec.
fn sample(codec: Codec) -> Value {
    let v4 = || record([("group", "232.1.2.3".into()), ("interface", "10.0.0.1".into())]);
    match codec {
        Codec::Bool => true.into(),
        Codec::Int => (-5).into(),
        Codec::U32 | Codec::Be32 => u32::MAX.into(),
        Codec::U64 => u64::MAX.into(),
        Codec::Words => list([0, u32::MAX, 7]),
        Codec::Trigger => 0.into(),
        Codec::Linger => 60.into(),
        Codec::Timeval | Codec::Timeval64 => 1500.into(),
        Codec::Text(_) => "a text".into(),
        Codec::PortRange => record([("low", 40000.into()), ("high", 50000.into())]),
        Codec::Sockaddr => record([
            ("address", "fe80::1".into()),
            ("port", 443.into()),
            ("family", "IPv6".into()),
            ("flowInfo", 5.into()),
            ("scopeId", 2.into()),
        ]),
        Codec::MulticastIf => "10.0.0.1".into(),
        Codec::IpMreq => v4(),
        Codec::IpMreqSource => record([
            ("group", "232.1.2.3".into()),
            ("source", "192.0.2.1".into()),
            ("interface", "10.0.0.1".into()),
        ]),
        Codec::Ipv6Mreq | Codec::GroupReq => {
            record([("group", "ff02::1:3".into()), ("interface", 3.into())])
        }
        Codec::GroupSourceReq => record([
            ("group", "ff3e::1".into()),
            ("source", "2001:db8::1".into()),
            ("interface", 3.into()),
        ]),
        Codec::IpMsfilter => record([
            ("group", "232.1.2.3".into()),
            ("interface", "10.0.0.1".into()),
            ("mode", "include".into()),
            ("sources", list(["192.0.2.1", "192.0.2.2"])),
        ]),
        Codec::GroupFilter => record([
            ("group", "ff3e::1".into()),
            ("interface", 3.into()),
            ("mode", "exclude".into()),
            ("sources", list(["2001:db8::1", "2001:db8::2"])),
        ]),
        Codec::Struct(layout) => sample_struct(layout),
        Codec::Structs(layout) => list([sample_struct(layout), sample_struct(layout)]),
        Codec::Filter => list([
            record([
                ("code", 0x15.into()),
                ("jt", 1.into()),
                ("jf", 255.into()),
                ("k", u32::MAX.into()),
            ]),
            record([("code", 6.into()), ("jt", 0.into()), ("jf", 0.into()), ("k", 0.into())]),
        ]),
        Codec::TcpCcInfo | Codec::Bytes => Value::Bytes(vec![1, 0, 255]),
    }
}

/// A different number in every field.
fn sample_struct(layout: &Layout) -> Value {
    use super::super::Kind::*;
    let fields = layout.fields.iter().enumerate().filter(|(_, field)| !field.name.is_empty());
    let entries = fields.map(|(index, field)| {
        let index = index as u32 + 1;
        let value = match field.kind {
            U8 => (index % 256).into(),
            U16 => (index * 257).into(),
            U32 | Be32 => (index * 0x0101_0101).into(),
            U64 => (u64::from(index) << 40 | 1).into(),
            I32 => (-(index as i32)).into(),
            Bits { width, .. } => (index % (1 << width)).into(),
            Words(count) => list((0..count as u32).map(|word| word + index)),
            Text(_) => "text".into(),
            Bytes(size) => Value::Bytes(vec![index as u8; size]),
            In6 => "2001:db8::1".into(),
            Sockaddr(_) => record([
                ("address", "2001:db8::1".into()),
                ("port", 179.into()),
                ("family", "IPv6".into()),
            ]),
            Pad(_) => unreachable!(),
        };
        (field.name.into(), value)
    });
    Value::Record(entries.collect())
}

fn encode(codec: Codec, value: &Value) -> Result<Vec<u8>, Error> {
    codec.encode(value).map(|encoded| match encoded {
        Encoded::Bytes(bytes) => bytes,
        Encoded::Filter(program) => program.concat(),
    })
}

#[test]
fn round_trips() {
    for codec in every_codec() {
        let value = sample(codec);
        let bytes = encode(codec, &value).unwrap_or_else(|e| panic!("{codec:?}: {e:?}"));
        assert_eq!(codec.decode(&bytes), value, "{codec:?} {bytes:?}");
    }
}

#[test]
fn decoders_take_any_bytes() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for codec in every_codec() {
        for length in 0..=1024 {
            codec.decode(&random.bytes(length));
            codec.decode(&vec![0; length]);
        }
    }
}

#[test]
fn encoders_take_any_value() {
    fn value(random: &mut Random, depth: usize) -> Value {
        let keys = ["group", "source", "interface", "mode", "sources", "address", "port", "code"];
        let texts = ["", "127.0.0.1", "::1", "include", "eth0", "a\0b", "239.255.255.255"];
        match random.below(if depth == 0 { 7 } else { 9 }) {
            0 => Value::Null,
            1 => Value::Bool(random.next().is_multiple_of(2)),
            2 => Value::Int(i128::from(random.next() as i64) << random.below(64)),
            3 => Value::Float(f64::from_bits(random.next())),
            4 => texts[random.below(texts.len())].into(),
            5 => Value::Text("x".repeat(random.below(300))),
            6 => {
                let length = random.below(40);
                Value::Bytes(random.bytes(length))
            }
            7 => Value::List((0..random.below(5)).map(|_| value(random, depth - 1)).collect()),
            _ => Value::Record(
                (0..random.below(5))
                    .map(|_| (keys[random.below(keys.len())].into(), value(random, depth - 1)))
                    .collect(),
            ),
        }
    }
    let mut random = Random(42);
    for codec in every_codec() {
        for _ in 0..2000 {
            let value = value(&mut random, 3);
            if let Err(error) = codec.encode(&value) {
                assert!(!error.to_string().is_empty());
            }
        }
    }
}

#[test]
fn structures_are_as_in_c() {
    // Sizes and offsets by a C compiler, from the UAPI headers of Linux 7.2 on x86-64.
    for (layout, size) in [
        (&TCP_INFO, 280),
        (&TCP_AO_ADD, 288),
        (&TCP_AO_DEL, 144),
        (&TCP_AO_INFO_OPT, 48),
        (&TCP_AO_GETSOCKOPT, 304),
        (&TCP_AO_REPAIR, 16),
        (&TCP_MD5SIG, 216),
        (&TCP_REPAIR_OPT, 8),
        (&TCP_REPAIR_WINDOW, 20),
        (&IN6_FLOWLABEL_REQ, 32),
        (&IP6_MTUINFO, 32),
        (&IN6_PKTINFO, 20),
        (&MEMINFO, 36),
        (&UCRED, 12),
        (&SOCK_TXTIME, 8),
        (&ACCEPT_FILTER_ARG, 256),
        (&TCP_CONNECTION_INFO, 112),
        (&XUCRED, 76),
    ] {
        assert_eq!(layout.size(), size, "{}", layout.name);
    }
    for (layout, field, offset) in [
        (&TCP_INFO, "tcpi_rto", 8),
        (&TCP_INFO, "tcpi_pacing_rate", 104),
        (&TCP_INFO, "tcpi_delivery_rate", 160),
        (&TCP_INFO, "tcpi_delivered", 192),
        (&TCP_INFO, "tcpi_bytes_sent", 200),
        (&TCP_INFO, "tcpi_snd_wnd", 228),
        (&TCP_INFO, "tcpi_total_rto_recoveries", 242),
        (&TCP_INFO, "tcpi_received_ce_bytes", 272),
        (&TCP_AO_ADD, "reserved2", 200),
        (&TCP_AO_DEL, "keyflags", 143),
        (&TCP_AO_INFO_OPT, "rnext", 7),
        (&TCP_AO_GETSOCKOPT, "nkeys", 272),
        (&TCP_AO_GETSOCKOPT, "sndid", 278),
        (&TCP_AO_GETSOCKOPT, "ifindex", 284),
        (&TCP_AO_GETSOCKOPT, "pkt_bad", 296),
        (&TCP_MD5SIG, "tcpm_ifindex", 132),
    ] {
        let bytes = layout.encode(&record([(field, 1.into())]), "").unwrap();
        let first = bytes.iter().position(|byte| *byte != 0);
        assert_eq!(first, Some(offset), "{field}");
    }
}

#[test]
fn a_structure_gives_only_the_fields_that_were_written() {
    let bytes = vec![0xff; 280];
    let names = |length: usize| match TCP_INFO.decode(&bytes[..length]) {
        Value::Record(entries) => entries.last().map(|(name, _)| name.to_string()),
        _ => None,
    };
    assert_eq!(names(0), None);
    assert_eq!(names(6).as_deref(), Some("tcpi_options"));
    assert_eq!(names(7).as_deref(), Some("tcpi_rcv_wscale"));
    assert_eq!(names(8).as_deref(), Some("tcpi_fastopen_client_fail"));
    assert_eq!(names(11).as_deref(), Some("tcpi_fastopen_client_fail"));
    assert_eq!(names(104).as_deref(), Some("tcpi_total_retrans"));
    assert_eq!(names(111).as_deref(), Some("tcpi_total_retrans"));
    assert_eq!(names(112).as_deref(), Some("tcpi_pacing_rate"));
    assert_eq!(names(280).as_deref(), Some("tcpi_options2"));
}

#[test]
fn bit_fields() {
    let info = record([
        ("tcpi_snd_wscale", 7.into()),
        ("tcpi_rcv_wscale", 9.into()),
        ("tcpi_delivery_rate_app_limited", 1.into()),
        ("tcpi_fastopen_client_fail", 2.into()),
    ]);
    let bytes = TCP_INFO.encode(&info, "").unwrap();
    if cfg!(target_endian = "little") {
        assert_eq!(bytes[6..8], [0x97, 0b101]);
    } else {
        assert_eq!(bytes[6..8], [0x79, 0b1100_0000]);
    }
    let decoded = TCP_INFO.decode(&bytes);
    assert_eq!(decoded.field("tcpi_rcv_wscale"), Some(&9.into()));
    assert_eq!(decoded.field("tcpi_fastopen_client_fail"), Some(&2.into()));
}

#[test]
fn linger() {
    let off = encode(Codec::Linger, &false.into()).unwrap();
    assert!(off.iter().all(|byte| *byte == 0));
    assert_eq!(encode(Codec::Linger, &Value::Null).unwrap(), off);
    assert_eq!(Codec::Linger.decode(&off), false.into());
    let zero = encode(Codec::Linger, &0.into()).unwrap();
    assert_ne!(zero, off);
    assert_eq!(Codec::Linger.decode(&zero), 0.into());
    assert!(matches!(encode(Codec::Linger, &true.into()), Err(Error::Type { .. })));
    assert!(matches!(encode(Codec::Linger, &(-1).into()), Err(Error::Range { .. })));
}

#[test]
fn timeouts_are_milliseconds_and_round_up() {
    let micros = |milliseconds: f64| {
        let bytes = encode(Codec::Timeval64, &Value::Float(milliseconds)).unwrap();
        let part = |at: usize| i64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap());
        (part(0), part(8))
    };
    assert_eq!(micros(0.0), (0, 0));
    assert_eq!(micros(1500.0), (1, 500_000));
    assert_eq!(micros(0.5), (0, 500));
    assert_eq!(micros(0.000_1), (0, 1));
    assert_eq!(micros(1.001), (0, 1001));
    assert_eq!(micros(999.999_9), (1, 0));
    assert_eq!(micros(1_999.999_9), (2, 0));
    assert_eq!(Codec::Timeval64.decode(&[1i64, 500].map(i64::to_ne_bytes).concat()), {
        Value::Float(1000.5)
    });
    // What JavaScript's numbers do not hold exactly is still a number there.
    let longest = [9_007_199_254_740i64, 991_000].map(i64::to_ne_bytes).concat();
    assert_eq!(Codec::Timeval64.decode(&longest), Value::Int((1 << 53) - 1));
    let longer = [9_007_199_254_740i64, 992_000].map(i64::to_ne_bytes).concat();
    assert_eq!(Codec::Timeval64.decode(&longer), Value::Float(9_007_199_254_740_992.0));
    for wrong in [Value::Float(f64::NAN), Value::Float(f64::INFINITY), (-1).into()] {
        let error = encode(Codec::Timeval, &wrong);
        assert!(matches!(error, Err(Error::Range { integer: false, .. })), "{wrong:?}");
    }
}

#[test]
#[cfg(unix)]
fn a_long_time_that_was_read_is_written_back_as_it_was() {
    // Of 63 years in milliseconds, a double has a precision of a quarter of a microsecond.
    for micros in [1_i64, 370_496, 999_999] {
        let bytes = [2_000_000_000_i64, micros].map(i64::to_ne_bytes).concat();
        let value = Codec::Timeval64.decode(&bytes);
        assert_eq!(Codec::Timeval64.encode(&value), Ok(Encoded::Bytes(bytes)), "{micros}");
    }
}

#[test]
fn texts() {
    let codec = Codec::Text(15);
    assert_eq!(encode(codec, &"tls".into()).unwrap(), b"tls");
    assert_eq!(encode(codec, &"".into()).unwrap(), b"");
    assert_eq!(codec.decode(b"cubic\0\0\0\0"), "cubic".into());
    assert_eq!(codec.decode(b"sixteen letters!"), "sixteen letters!".into());
    assert_eq!(codec.decode(b"\xff\0"), Value::Bytes(b"\xff\0".to_vec()));
    for wrong in ["sixteen letters!", "a\0b"] {
        assert!(matches!(encode(codec, &wrong.into()), Err(Error::Value { .. })), "{wrong}");
    }
}

#[test]
fn ranges_and_types() {
    let range = |codec, value: Value| {
        assert!(matches!(encode(codec, &value), Err(Error::Range { .. })), "{codec:?} {value:?}");
    };
    range(Codec::Int, (1i64 << 31).into());
    range(Codec::Int, (-(1i64 << 31) - 1).into());
    range(Codec::Int, Value::Float(0.5));
    range(Codec::U32, (-1).into());
    range(Codec::U32, (1u64 << 32).into());
    range(Codec::U64, (-1).into());
    range(Codec::U64, Value::Int(1 << 64));
    range(Codec::PortRange, record([("low", 65536.into())]));
    range(Codec::Bool, (1i64 << 31).into());
    let wrong_type = |codec, value: Value| {
        assert!(matches!(encode(codec, &value), Err(Error::Type { .. })), "{codec:?} {value:?}");
    };
    for codec in every_codec() {
        if codec != Codec::Trigger && codec != Codec::Linger {
            wrong_type(codec, Value::Null);
        }
        if !matches!(codec, Codec::Bool | Codec::Trigger) {
            wrong_type(codec, true.into());
        }
    }
    wrong_type(Codec::Int, "1".into());
    wrong_type(Codec::IpMreq, record([]));
    assert_eq!(encode(Codec::Int, &Value::Float(3.0)).unwrap(), 3i32.to_ne_bytes());
    assert_eq!(encode(Codec::Bool, &2.into()).unwrap(), 2i32.to_ne_bytes());
}

#[test]
fn memberships() {
    let bare = encode(Codec::IpMreq, &"239.1.2.3".into()).unwrap();
    assert_eq!(bare, [239, 1, 2, 3, 0, 0, 0, 0]);
    let null = record([("group", "239.1.2.3".into()), ("interface", Value::Null)]);
    assert_eq!(encode(Codec::IpMreq, &null).unwrap(), bare);
    let by_index = record([("group", "239.1.2.3".into()), ("interface", 2.into())]);
    let bytes = encode(Codec::IpMreq, &by_index).unwrap();
    if cfg!(any(target_os = "linux", target_os = "freebsd")) {
        assert_eq!(bytes[8..], 2i32.to_ne_bytes());
        assert_eq!(Codec::IpMreq.decode(&bytes), by_index);
    } else {
        assert_eq!(bytes, [239, 1, 2, 3, 0, 0, 0, 2]);
    }
    let misspelt = record([("group", "239.1.2.3".into()), ("iface", 2.into())]);
    assert!(matches!(encode(Codec::IpMreq, &misspelt), Err(Error::Value { .. })));
    let not_ipv4 = encode(Codec::IpMreq, &"ff02::1".into());
    assert!(matches!(not_ipv4, Err(Error::Value { .. })));
    if cfg!(all(target_os = "linux", target_pointer_width = "64")) {
        assert_eq!(encode(Codec::GroupReq, &"239.1.2.3".into()).unwrap().len(), 136);
        assert_eq!(
            encode(Codec::GroupSourceReq, &sample(Codec::GroupSourceReq)).unwrap().len(),
            264
        );
    }
}

#[test]
fn the_group_decides_the_level() {
    let spec = option("MCAST_JOIN_GROUP");
    assert_eq!(spec.level_number(Some(&"239.1.2.3".into())), Some(0));
    assert_eq!(spec.level_number(Some(&"ff02::1".into())), Some(41));
    let group = record([("group", "ff02::1".into()), ("interface", 1.into())]);
    assert_eq!(spec.level_number(Some(&group)), Some(41));
    assert_eq!(spec.level_number(None), Some(0));
}

#[test]
fn filters() {
    let program = sample(Codec::Filter);
    let Encoded::Filter(instructions) = Codec::Filter.encode(&program).unwrap() else {
        panic!("not a filter");
    };
    assert_eq!(instructions.len(), 2);
    let packed = Value::Bytes(instructions.concat());
    assert_eq!(Codec::Filter.encode(&packed).unwrap(), Encoded::Filter(instructions));
    let torn = Codec::Filter.encode(&Value::Bytes(vec![0; 9]));
    assert!(matches!(torn, Err(Error::Value { .. })));
    let long = Codec::Filter.encode(&Value::Bytes(vec![0; 8 * 65536]));
    assert!(matches!(long, Err(Error::Value { .. })));
}
