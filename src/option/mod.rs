//! Socket options: one declarative table, and what follows from it.
//!
//! [`find`] looks a C name up; [`get`] and [`set_under`] make exactly one system call each (a few getters
//! need more, see [`get`]) and keep nothing: the value is the kernel's, and so is the error.
//! [`Codec`]s turn bytes into [`Value`]s and back. [`markdown`], [`typescript`] and [`rows`] describe
//! the table for documentation, types and `optionTable`.
//!
//! To add an option, add a row to the file of its level in `table/`; everything else follows.
//!
//! # Sources
//! Linux: the UAPI headers (`asm-generic/socket.h`, `linux/in.h`, `linux/in6.h`, `linux/tcp.h`,
//! `linux/udp.h`, `linux/mroute.h`) of Linux 7.2, and `socket(7)`, `ip(7)`, `ipv6(7)`, `tcp(7)`,
//! `udp(7)`. macOS: xnu 11417. FreeBSD: 15. Windows: `ws2def.h`, `ws2ipdef.h`, `mstcpip.h`.
//!
//! # What is left out
//! Options that manage a host rather than a socket, and whose values hold pointers: `IPT_SO_*`,
//! `IP6T_SO_*` (but for the original destination), `EBT_SO_*`, `IP_VS_SO_*`, `IP_FW_*`; FreeBSD's
//! tuning of its alternate TCP stacks (`TCP_RACK_*`, `TCP_BBR_*`) and of TLS in the kernel; Winsock's
//! options for ISO and DECnet transports. Raw access reaches them all.

mod address;
mod codec;
mod describe;
mod error;
mod layout;
mod multicast;
mod platform;
mod structs;
mod table;
mod value;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::LazyLock;

use crate::errno::Errno;
use crate::policy::{Scope, guard};
use crate::sys::{self, RawSocket};

pub use codec::{Codec, Encoded};
pub use describe::{Row, markdown, rows, typescript};
pub use error::Error;
pub use layout::{Field, Kind, Layout};
pub use platform::{Level, PerPlatform, Platform};
pub use table::all;
pub use value::Value;

/// Which calls an option is meant for. This is documentation: [`get`] and [`set_under`] ask the kernel in
/// any case, as kernels change their minds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Only `getsockopt(2)`.
    Get,
    /// Only `setsockopt(2)`.
    Set,
    /// Both.
    Both,
}

impl Direction {
    /// `"get"`, `"set"` or `"both"`.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Get => "get",
            Direction::Set => "set",
            Direction::Both => "both",
        }
    }
}

/// A row of the table: everything known about one option.
#[derive(Debug)]
pub struct OptionSpec {
    /// The C name, such as `TCP_NODELAY`.
    pub name: &'static str,
    /// The layer it belongs to.
    pub level: Level,
    /// Its number on each platform.
    pub numbers: PerPlatform,
    /// The name that this one stands for, if the same number has two on some platform.
    pub alias_of: Option<&'static str>,
    /// How its value is laid out on this host.
    pub codec: Codec,
    /// Which calls it is meant for.
    pub direction: Direction,
    /// The unit of a number, or empty.
    pub unit: &'static str,
    /// What it does, in one line.
    pub meaning: &'static str,
    /// Where it is documented: a manual page such as `tcp(7)`, or a header.
    pub man: &'static str,
}

impl OptionSpec {
    /// Its number on this host, or `None` where the host lacks it.
    pub fn number(&self) -> Option<i32> {
        let platform = Platform::HOST?;
        let number = self.numbers.on(platform)?;
        match platform {
            Platform::Linux => platform::linux_number(self.level, number),
            _ => Some(number),
        }
    }

    /// The number of its level on this host. For [`Level::Multicast`] that is `IPPROTO_IPV6` if
    /// `value` names an IPv6 group, and `IPPROTO_IP` otherwise.
    pub fn level_number(&self, value: Option<&Value>) -> Option<i32> {
        let level = match (self.level, value.map(multicast::group)) {
            (Level::Multicast, Some(Ok(IpAddr::V6(_)))) => Level::Ipv6,
            (level, _) => level,
        };
        level.on(Platform::HOST?)
    }

    /// The platforms that have it.
    pub fn platforms(&self) -> impl Iterator<Item = Platform> {
        Platform::ALL.into_iter().filter(|platform| self.numbers.on(*platform).is_some())
    }
}

/// The option with this C name. Case matters: see [`suggest`].
pub fn find(name: &str) -> Option<&'static OptionSpec> {
    static BY_NAME: LazyLock<HashMap<&str, &OptionSpec>> =
        LazyLock::new(|| all().map(|spec| (spec.name, spec)).collect());
    BY_NAME.get(name).copied()
}

/// The option that `name` may have meant: one whose name differs in case only.
pub fn suggest(name: &str) -> Option<&'static OptionSpec> {
    all().find(|spec| spec.name.eq_ignore_ascii_case(name) && spec.name != name)
}

/// The option that `platform` knows by these numbers, under its main name. Where a number means
/// different things to different protocols (`SOL_LOCAL` is `IPPROTO_IP`), the internet's is meant.
///
/// With [`OptionSpec::number`] this translates from one platform to another, such as from
/// Emscripten's numbers, which are [`Platform::Linux`]'s, to the host's.
pub fn find_number(platform: Platform, level: i32, number: i32) -> Option<&'static OptionSpec> {
    type Key = (Platform, i32, i32);
    static BY_NUMBER: LazyLock<HashMap<Key, &OptionSpec>> = LazyLock::new(|| {
        let mut index = HashMap::new();
        // The first entry stays, so main names go first.
        let (aliases, main): (Vec<_>, Vec<_>) = all().partition(|spec| spec.alias_of.is_some());
        for spec in main.into_iter().chain(aliases) {
            for platform in Platform::ALL {
                let levels = match spec.level {
                    Level::Multicast => &[Level::Ip, Level::Ipv6][..],
                    ref level => std::slice::from_ref(level),
                };
                for level in levels {
                    if let (Some(level), Some(number)) =
                        (level.on(platform), spec.numbers.on(platform))
                    {
                        index.entry((platform, level, number)).or_insert(spec);
                    }
                }
            }
        }
        index
    });
    BY_NUMBER.get(&(platform, level, number)).copied()
}

/// `getsockopt(fd, level, name)`: reads an option.
///
/// Three options take more than one call: `SO_PEERNAME` accepts only buffers that are no longer than
/// the address, `SO_PEERGROUPS` only those that hold all groups, and `TCP_CC_INFO` does not say which
/// algorithm it speaks of. Some getters take something away: `SO_ERROR` the pending error,
/// `TCP_SAVED_SYN` the saved packet; and `SO_PEERPIDFD` opens a descriptor, which is the caller's.
///
/// # Errors
/// [`Error::Unsupported`] if this host lacks the option, else whatever the kernel says.
pub fn get(fd: RawSocket, spec: &OptionSpec) -> Result<Value, Error> {
    let (level, number) = numbers(spec, None)?;
    let read = |size: usize| read(fd, level, number, vec![0; size]);
    let size = spec.codec.read_size();
    let bytes = match spec.codec {
        // The kernel counts instructions: a smaller buffer could overflow, as it takes the size of
        // the buffer for a number of instructions.
        Codec::Filter => return read_filter(fd, level, number),
        Codec::Sockaddr => read_shrinking(read, size)?,
        Codec::Words => read_growing(read, size)?,
        Codec::TcpCcInfo => return Ok(tcp_cc_info(fd, read(size)?)),
        _ => read(size)?,
    };
    Ok(spec.codec.decode(&bytes))
}

/// `getsockopt(fd, level, name)` with a question in the buffer: some options want to be told what to
/// look for, such as `MCAST_MSFILTER` its group and interface.
///
/// # Errors
/// As [`get`]; and those of [`Codec::encode`] for `query`.
pub fn get_with(fd: RawSocket, spec: &OptionSpec, query: &Value) -> Result<Value, Error> {
    let (level, number) = numbers(spec, Some(query))?;
    let Encoded::Bytes(mut buffer) = spec.codec.encode(query)? else {
        return get(fd, spec);
    };
    // How many sources there is room for stands in the question, where the answer gives their number.
    let (head, size) = match spec.codec {
        Codec::IpMsfilter => (multicast::IP_MSFILTER_HEAD, 4),
        Codec::GroupFilter => (multicast::GROUP_FILTER_HEAD, multicast::STORAGE_SIZE),
        _ => return Ok(spec.codec.decode(&read(fd, level, number, buffer)?)),
    };
    let room = spec.codec.read_size() / size;
    buffer.truncate(head - size_of::<u32>());
    buffer.extend((room as u32).to_ne_bytes());
    buffer.resize(head + room * size, 0);
    Ok(spec.codec.decode(&read(fd, level, number, buffer)?))
}

/// `setsockopt(fd, level, name, value)`: sets an option.
///
/// # Errors
/// Those of [`Codec::encode`], before any system call; [`Error::Unsupported`] if this host lacks the
/// option; `EACCES` where the rules of `scope` are against it; else whatever the kernel says.
pub fn set_under(
    scope: Scope,
    fd: RawSocket,
    spec: &OptionSpec,
    value: &Value,
) -> Result<(), Error> {
    let encoded = spec.codec.encode(value)?;
    let (level, number) = numbers(spec, Some(value))?;
    match encoded {
        Encoded::Bytes(bytes) => {
            guard::option(scope, level, number, &bytes)?;
            sys::setsockopt(fd, level, number, &bytes)?;
        }
        Encoded::Filter(program) => sys::setsockopt_filter(fd, level, number, &program)?,
    }
    Ok(())
}

/// Whether an option can carry a value, without any system call about a socket.
///
/// # Errors
/// As [`set`] before it asks the kernel.
pub fn check(spec: &OptionSpec, value: &Value) -> Result<(), Error> {
    spec.codec.encode(value).map(drop)
}

#[cfg(test)]
fn set(fd: RawSocket, spec: &OptionSpec, value: &Value) -> Result<(), Error> {
    set_under(Scope::FREE, fd, spec, value)
}

fn numbers(spec: &OptionSpec, value: Option<&Value>) -> Result<(i32, i32), Error> {
    match (spec.level_number(value), spec.number()) {
        (Some(level), Some(number)) => Ok((level, number)),
        _ => Err(Error::Unsupported),
    }
}

fn read(fd: RawSocket, level: i32, number: i32, mut buffer: Vec<u8>) -> Result<Vec<u8>, Errno> {
    let written = sys::getsockopt(fd, level, number, &mut buffer)?;
    buffer.truncate(written);
    Ok(buffer)
}

/// `SO_GET_FILTER` gives the number of instructions, not of bytes.
fn read_filter(fd: RawSocket, level: i32, number: i32) -> Result<Value, Error> {
    let mut buffer = vec![0; 8 * codec::MAX_INSTRUCTIONS];
    let instructions = sys::getsockopt(fd, level, number, &mut buffer)?;
    buffer.truncate(8 * instructions);
    Ok(Codec::Filter.decode(&buffer))
}

/// Reads into the largest buffer of at most `size` bytes that the kernel does not call invalid.
fn read_shrinking(
    read: impl Fn(usize) -> Result<Vec<u8>, Errno>,
    size: usize,
) -> Result<Vec<u8>, Errno> {
    let mut best = read(size);
    if best != Err(Errno::INVAL) {
        return best;
    }
    let (mut least, mut most) = (0, size);
    while most - least > 1 {
        let middle = least.midpoint(most);
        match read(middle) {
            Err(Errno::INVAL) => most = middle,
            Err(errno) => return Err(errno),
            bytes => (best, least) = (bytes, middle),
        }
    }
    best
}

/// Reads into a larger and larger buffer while the kernel says `ERANGE`.
fn read_growing(
    read: impl Fn(usize) -> Result<Vec<u8>, Errno>,
    size: usize,
) -> Result<Vec<u8>, Errno> {
    const ERANGE: Errno = Errno(34);
    /// Room for 65536 groups, `NGROUPS_MAX`.
    const MAX_SIZE: usize = 4 * 65536;
    let mut size = size;
    loop {
        match read(size) {
            Err(ERANGE) if size < MAX_SIZE => size *= 4,
            result => return result,
        }
    }
}

/// The members of `union tcp_cc_info` belong to algorithms: `Null` if this one has none, bytes if it
/// is not known here.
fn tcp_cc_info(fd: RawSocket, bytes: Vec<u8>) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    let algorithm = find("TCP_CONGESTION").and_then(|spec| get(fd, spec).ok());
    let layout = match &algorithm {
        Some(Value::Text(name)) => match &name[..] {
            "bbr" => &structs::TCP_BBR_INFO,
            "dctcp" | "dctcp-reno" => &structs::TCP_DCTCP_INFO,
            "vegas" | "veno" | "westwood" | "yeah" | "illinois" | "nv" => &structs::TCP_VEGAS_INFO,
            _ => return Value::Bytes(bytes),
        },
        _ => return Value::Bytes(bytes),
    };
    layout.decode(&bytes)
}
