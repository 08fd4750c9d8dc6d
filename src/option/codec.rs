//! How values become bytes for `setsockopt(2)`, and bytes from `getsockopt(2)` values.

use super::address;
use super::error::Error;
use super::layout::{self, Layout, unsigned};
use super::multicast;
use super::value::{Fields, Value, wrong_type, wrong_value};

/// The most instructions that a classic BPF program has: `BPF_MAXINSNS`, `linux/bpf_common.h`.
pub(super) const MAX_INSTRUCTIONS: usize = 4096;

/// How an option's value is laid out in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// An `int` that is read as a boolean. It takes a number too, for the few that have more than
    /// two states (`TCP_QUICKACK`, `TCP_REPAIR`).
    Bool,
    /// An `int`.
    Int,
    /// A `uint32_t`.
    U32,
    /// A `uint64_t`.
    U64,
    /// A `uint32_t` in network byte order: the interface index of `IP_UNICAST_IF`.
    Be32,
    /// An array of `uint32_t`.
    Words,
    /// Nothing that matters: to set the option is all. An `int` is passed, and ignored.
    Trigger,
    /// `struct linger`: `false`, or a number of seconds.
    Linger,
    /// This host's `struct timeval` (on Windows a `DWORD`), as milliseconds; 0 means no timeout.
    Timeval,
    /// `struct __kernel_sock_timeval`, with 64-bit fields everywhere: what Linux's `*_NEW` options
    /// take. Milliseconds, as for [`Codec::Timeval`].
    Timeval64,
    /// A string of at most so many bytes, not counting a null byte at the end.
    Text(usize),
    /// Two ports in one `uint32_t`, the lower one in the lower half: `{ low, high }`.
    PortRange,
    /// A `sockaddr`.
    Sockaddr,
    /// An IPv4 address of an interface, or, to set it, the interface's index.
    MulticastIf,
    /// `struct ip_mreq` or `ip_mreqn`: `{ group, interface? }`, or the group alone.
    IpMreq,
    /// `struct ip_mreq_source`: `{ group, source, interface? }`
    IpMreqSource,
    /// `struct ipv6_mreq`: `{ group, interface? }`, or the group alone.
    Ipv6Mreq,
    /// `struct group_req`: `{ group, interface? }`, or the group alone.
    GroupReq,
    /// `struct group_source_req`: `{ group, source, interface? }`
    GroupSourceReq,
    /// `struct ip_msfilter`: `{ group, interface?, mode?, sources? }`
    IpMsfilter,
    /// `struct group_filter`: `{ group, interface?, mode?, sources? }`
    GroupFilter,
    /// A structure: an object with its fields.
    Struct(&'static Layout),
    /// An array of structures.
    Structs(&'static Layout),
    /// `union tcp_cc_info`: an object whose fields depend on the congestion control algorithm.
    TcpCcInfo,
    /// A classic BPF program: an array of `{ code, jt, jf, k }`, or of packed instructions.
    Filter,
    /// Bytes as they are.
    Bytes,
}

/// What `setsockopt(2)` is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encoded {
    /// The value itself.
    Bytes(Vec<u8>),
    /// The instructions of a BPF program, which a `struct sock_fprog` must point to.
    Filter(Vec<[u8; 8]>),
}

impl Codec {
    /// The bytes of `value`.
    ///
    /// # Errors
    /// The type, content or range of `value` does not fit.
    pub fn encode(&self, value: &Value) -> Result<Encoded, Error> {
        if let Codec::Filter = self {
            return encode_filter(value).map(Encoded::Filter);
        }
        self.bytes(value).map(Encoded::Bytes)
    }

    /// The value in `bytes`, which are exactly those that the kernel wrote. Bytes that do not fit
    /// are given as they are: the kernel knows better.
    pub fn decode(&self, bytes: &[u8]) -> Value {
        self.value(bytes).unwrap_or_else(|| Value::Bytes(bytes.to_vec()))
    }

    /// The name of the type, as in the C library or, for plain types, in Rust.
    pub fn name(&self) -> &'static str {
        match self {
            Codec::Bool => "bool",
            Codec::Int => "int",
            Codec::U32 | Codec::Be32 => "u32",
            Codec::U64 => "u64",
            Codec::Words => "u32[]",
            Codec::Trigger => "none",
            Codec::Linger => "linger",
            Codec::Timeval | Codec::Timeval64 => "timeval",
            Codec::Text(_) => "string",
            Codec::PortRange => "port_range",
            Codec::Sockaddr => "sockaddr",
            Codec::MulticastIf => "in_addr",
            Codec::IpMreq => "ip_mreq",
            Codec::IpMreqSource => "ip_mreq_source",
            Codec::Ipv6Mreq => "ipv6_mreq",
            Codec::GroupReq => "group_req",
            Codec::GroupSourceReq => "group_source_req",
            Codec::IpMsfilter => "ip_msfilter",
            Codec::GroupFilter => "group_filter",
            Codec::Struct(layout) | Codec::Structs(layout) => layout.name,
            Codec::TcpCcInfo => "tcp_cc_info",
            Codec::Filter => "sock_fprog",
            Codec::Bytes => "bytes",
        }
    }

    /// The size of the buffer to read such an option into. Kernels compare it with the size of the
    /// type, so for the plain types it must be exact.
    pub(super) fn read_size(&self) -> usize {
        match self {
            Codec::Bool
            | Codec::Int
            | Codec::U32
            | Codec::Be32
            | Codec::Trigger
            | Codec::PortRange
            | Codec::MulticastIf => 4,
            Codec::U64 => 8,
            Codec::Linger => LINGER_SIZE,
            Codec::Timeval => TIMEVAL_SIZE,
            Codec::Timeval64 => 16,
            Codec::Text(max) => max + 1,
            Codec::Sockaddr => 128,
            Codec::IpMreq => 12,
            Codec::IpMreqSource => 12,
            Codec::Ipv6Mreq => 20,
            Codec::GroupReq | Codec::GroupSourceReq => 264,
            Codec::Struct(layout) => layout.size(),
            Codec::TcpCcInfo => 64,
            Codec::Filter => 8 * MAX_INSTRUCTIONS,
            Codec::Words => 1024,
            Codec::IpMsfilter | Codec::Structs(_) | Codec::Bytes => 4096,
            Codec::GroupFilter => 32768,
        }
    }

    fn bytes(&self, value: &Value) -> Result<Vec<u8>, Error> {
        let signed = || {
            let number = value.integer("", i32::MIN.into(), i32::MAX.into())?;
            Ok((number as i32).to_ne_bytes().to_vec())
        };
        match self {
            Codec::Bool => match value {
                Value::Bool(on) => Ok(i32::from(*on).to_ne_bytes().to_vec()),
                Value::Int(_) | Value::Float(_) => signed(),
                _ => Err(wrong_type("", "a boolean")),
            },
            Codec::Int => signed(),
            Codec::U32 => Ok(value.word("", u32::MAX)?.to_ne_bytes().to_vec()),
            Codec::Be32 => Ok(value.word("", u32::MAX)?.to_be_bytes().to_vec()),
            Codec::U64 => {
                Ok((value.integer("", 0, u64::MAX.into())? as u64).to_ne_bytes().to_vec())
            }
            Codec::Words => match value {
                Value::List(words) => {
                    let words: Result<Vec<_>, Error> = words
                        .iter()
                        .map(|value| Ok(value.word("", u32::MAX)?.to_ne_bytes()))
                        .collect();
                    Ok(words?.concat())
                }
                _ => Err(wrong_type("", "an array of numbers")),
            },
            Codec::Trigger => match value {
                Value::Null | Value::Bool(_) => Ok(vec![0; 4]),
                _ => signed(),
            },
            Codec::Linger => encode_linger(value),
            Codec::Timeval => encode_timeval(value, TIMEVAL_SIZE),
            Codec::Timeval64 => encode_timeval(value, 16),
            Codec::Text(max) => encode_text(value, *max),
            Codec::PortRange => encode_port_range(value),
            Codec::Sockaddr => address::encode(value, ""),
            Codec::MulticastIf => multicast::encode_multicast_if(value),
            Codec::IpMreq => multicast::encode_ip_mreq(value),
            Codec::IpMreqSource => multicast::encode_ip_mreq_source(value),
            Codec::Ipv6Mreq => multicast::encode_ipv6_mreq(value),
            Codec::GroupReq => multicast::encode_group_req(value),
            Codec::GroupSourceReq => multicast::encode_group_source_req(value),
            Codec::IpMsfilter => multicast::encode_ip_msfilter(value),
            Codec::GroupFilter => multicast::encode_group_filter(value),
            Codec::Struct(layout) => layout.encode(value, ""),
            Codec::Structs(layout) => match value {
                Value::List(items) => {
                    let items: Result<Vec<_>, Error> =
                        items.iter().map(|item| layout.encode(item, "")).collect();
                    Ok(items?.concat())
                }
                _ => Err(wrong_type("", &format!("an array of objects: struct {}", layout.name))),
            },
            Codec::Filter => Ok(encode_filter(value)?.concat()),
            Codec::TcpCcInfo | Codec::Bytes => match value {
                Value::Bytes(bytes) => Ok(bytes.clone()),
                _ => Err(wrong_type("", "bytes")),
            },
        }
    }

    fn value(&self, bytes: &[u8]) -> Option<Value> {
        match self {
            Codec::Bool => integer(bytes).map(|number| Value::Bool(number != 0)),
            Codec::Int | Codec::Trigger => integer(bytes).map(Value::from),
            Codec::U32 => matches!(bytes.len(), 1 | 2 | 4).then(|| unsigned(bytes).into()),
            Codec::Be32 => Some(u32::from_be_bytes(bytes.try_into().ok()?).into()),
            Codec::U64 => matches!(bytes.len(), 4 | 8).then(|| unsigned(bytes).into()),
            Codec::Words => bytes
                .len()
                .is_multiple_of(4)
                .then(|| Value::List(bytes.chunks_exact(4).map(|w| unsigned(w).into()).collect())),
            Codec::Linger => decode_linger(bytes),
            Codec::Timeval => decode_timeval(bytes, TIMEVAL_SIZE),
            Codec::Timeval64 => decode_timeval(bytes, 16),
            Codec::Text(_) => Some(layout::text(bytes)),
            Codec::PortRange => {
                let range = u32::from_ne_bytes(bytes.try_into().ok()?);
                Some(Value::Record(vec![
                    ("low".into(), (range & 0xffff).into()),
                    ("high".into(), (range >> 16).into()),
                ]))
            }
            Codec::Sockaddr => Some(address::decode(bytes)),
            Codec::MulticastIf => multicast::decode_multicast_if(bytes),
            Codec::IpMreq => multicast::decode_ip_mreq(bytes),
            Codec::IpMreqSource => multicast::decode_ip_mreq_source(bytes),
            Codec::Ipv6Mreq => multicast::decode_ipv6_mreq(bytes),
            Codec::GroupReq => multicast::decode_group_req(bytes),
            Codec::GroupSourceReq => multicast::decode_group_source_req(bytes),
            Codec::IpMsfilter => multicast::decode_ip_msfilter(bytes),
            Codec::GroupFilter => multicast::decode_group_filter(bytes),
            Codec::Struct(layout) => Some(layout.decode(bytes)),
            Codec::Structs(layout) => bytes.len().is_multiple_of(layout.size()).then(|| {
                Value::List(bytes.chunks_exact(layout.size()).map(|i| layout.decode(i)).collect())
            }),
            Codec::Filter => decode_filter(bytes),
            Codec::TcpCcInfo | Codec::Bytes => None,
        }
    }
}

/// A signed number. Windows gives one byte for some booleans, and a BSD for a time to live.
fn integer(bytes: &[u8]) -> Option<i64> {
    match bytes.len() {
        1 | 2 => Some(unsigned(bytes) as i64),
        4 => Some((unsigned(bytes) as i32).into()),
        8 => Some(unsigned(bytes) as i64),
        _ => None,
    }
}

/// `sizeof(struct linger)`: two ints, on Windows two shorts.
const LINGER_SIZE: usize = if cfg!(windows) { 4 } else { 8 };

fn encode_linger(value: &Value) -> Result<Vec<u8>, Error> {
    let max = if cfg!(windows) { u16::MAX.into() } else { i32::MAX.into() };
    let seconds = match value {
        Value::Null | Value::Bool(false) => None,
        Value::Int(_) | Value::Float(_) => Some(value.integer("", 0, max)?),
        _ => return Err(wrong_type("", "false or a number of seconds")),
    };
    let parts = [seconds.is_some() as u32, seconds.unwrap_or(0) as u32];
    Ok(if cfg!(windows) {
        parts.map(|part| (part as u16).to_ne_bytes()).concat()
    } else {
        parts.map(u32::to_ne_bytes).concat()
    })
}

fn decode_linger(bytes: &[u8]) -> Option<Value> {
    let (on, seconds) = bytes.split_at_checked(LINGER_SIZE / 2)?;
    let seconds = integer(seconds)?;
    Some(if unsigned(on) == 0 { false.into() } else { seconds.into() })
}

/// `sizeof(struct timeval)`: two longs, of which macOS uses only half of the second. On Windows a
/// `DWORD` of milliseconds takes its place.
const TIMEVAL_SIZE: usize = if cfg!(windows) { 4 } else { 2 * size_of::<usize>() };

/// The longest timeout: every integer up to here is exact in a JavaScript number.
const MAX_MILLISECONDS: i128 = (1 << 53) - 1;

/// Milliseconds, rounded up to the next microsecond (on Windows, millisecond): a wait is never
/// shorter than was asked for, and never turns into none.
fn encode_timeval(value: &Value, size: usize) -> Result<Vec<u8>, Error> {
    let max = match size {
        4 => u32::MAX.into(),
        8 => i32::MAX as i128 * 1000,
        _ => MAX_MILLISECONDS,
    };
    let milliseconds = value.number("", 0, max)?;
    if size == 4 {
        return Ok((milliseconds.ceil() as u32).to_ne_bytes().to_vec());
    }
    // Whole and fraction apart, so that the product cannot lose precision.
    let whole = milliseconds.trunc() as i64;
    let doubt = milliseconds * f64::EPSILON * 1000.0;
    let micros = (whole % 1000) * 1000 + ceil_close(milliseconds.fract() * 1000.0, doubt);
    let (seconds, micros) = (whole / 1000 + micros / 1_000_000, micros % 1_000_000);
    Ok(if size == 8 {
        [seconds as i32, micros as i32].map(i32::to_ne_bytes).concat()
    } else {
        [seconds, micros].map(i64::to_ne_bytes).concat()
    })
}

/// Rounds up, but not for the error that decimal fractions have in binary, which is at most `doubt`
/// or a millionth: 1.001 ms is 1001 µs.
fn ceil_close(number: f64, doubt: f64) -> i64 {
    let nearest = number.round();
    let error = (number - nearest).abs();
    if error < doubt.max(1e-6) { nearest as i64 } else { number.ceil() as i64 }
}

fn decode_timeval(bytes: &[u8], size: usize) -> Option<Value> {
    if bytes.len() != size {
        return None;
    }
    if size == 4 {
        return Some(unsigned(bytes).into());
    }
    let (seconds, micros) = bytes.split_at(size / 2);
    let seconds = integer(seconds)?;
    // macOS: `suseconds_t` is an int, with padding behind it.
    let micros = if cfg!(target_vendor = "apple") && size == 16 { &micros[..4] } else { micros };
    let micros = i128::from(seconds) * 1_000_000 + i128::from(integer(micros)?);
    // Beyond, an integer would become a BigInt; the kernel's own rounding can lead there.
    Some(if micros % 1000 == 0 && micros / 1000 <= MAX_MILLISECONDS {
        Value::Int(micros / 1000)
    } else {
        Value::Float(micros as f64 / 1000.0)
    })
}

fn encode_text(value: &Value, max: usize) -> Result<Vec<u8>, Error> {
    let bytes = match value {
        Value::Text(text) => text.as_bytes(),
        // A device may have a name that is not UTF-8.
        Value::Bytes(bytes) => bytes,
        _ => return Err(wrong_type("", "a string")),
    };
    // Kernels cut longer names off, and then mean another one.
    if bytes.len() > max || bytes.contains(&0) {
        let expected = format!("a string of at most {max} bytes, none of them null");
        return Err(wrong_value("", &expected, &String::from_utf8_lossy(bytes)));
    }
    Ok(bytes.to_vec())
}

fn encode_port_range(value: &Value) -> Result<Vec<u8>, Error> {
    let fields = Fields::of(value, "", &["low", "high"], "an object with the fields low and high")?;
    let [low, high] = ["low", "high"].map(|name| fields.word("", name, u16::MAX.into()));
    Ok((low? | high? << 16).to_ne_bytes().to_vec())
}

/// `struct sock_filter`s: `uint16_t code; uint8_t jt, jf; uint32_t k;`
fn encode_filter(value: &Value) -> Result<Vec<[u8; 8]>, Error> {
    let instructions = match value {
        Value::List(instructions) => instructions,
        Value::Bytes(bytes) => {
            return match bytes.as_chunks() {
                (instructions, []) => limit(instructions.to_vec()),
                _ => Err(wrong_value("", "a multiple of 8 bytes", &bytes.len().to_string())),
            };
        }
        _ => {
            return Err(wrong_type("", "an array of instructions { code, jt, jf, k }"));
        }
    };
    let instructions: Result<Vec<_>, Error> = instructions
        .iter()
        .enumerate()
        .map(|(index, instruction)| {
            let at = format!("[{index}]");
            let fields = Fields::of(instruction, &at, &["code", "jt", "jf", "k"], "an object")?;
            let [a, b] = (fields.word(&at, "code", u16::MAX.into())? as u16).to_ne_bytes();
            let jt = fields.word(&at, "jt", u8::MAX.into())? as u8;
            let jf = fields.word(&at, "jf", u8::MAX.into())? as u8;
            let [k0, k1, k2, k3] = fields.word(&at, "k", u32::MAX)?.to_ne_bytes();
            Ok([a, b, jt, jf, k0, k1, k2, k3])
        })
        .collect();
    limit(instructions?)
}

/// Refuses programs whose length the 16 bits of a `sock_fprog` cannot hold.
fn limit(instructions: Vec<[u8; 8]>) -> Result<Vec<[u8; 8]>, Error> {
    if instructions.len() <= u16::MAX.into() {
        return Ok(instructions);
    }
    Err(wrong_value("", "at most 65535 instructions", &instructions.len().to_string()))
}

fn decode_filter(bytes: &[u8]) -> Option<Value> {
    let (instructions, []) = bytes.as_chunks::<8>() else {
        return None;
    };
    let instruction = |bytes: &[u8; 8]| {
        Value::Record(vec![
            ("code".into(), unsigned(&bytes[..2]).into()),
            ("jt".into(), bytes[2].into()),
            ("jf".into(), bytes[3].into()),
            ("k".into(), unsigned(&bytes[4..]).into()),
        ])
    };
    Some(Value::List(instructions.iter().map(instruction).collect()))
}
