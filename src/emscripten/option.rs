//! `setsockopt` and `getsockopt` in the guest's ABI: Linux's generic numbers, with the layouts of
//! wasm structs rewritten where they differ from the host's.
//!
//! On Linux numbers go through as they are; elsewhere the option table translates them.

use super::memory::Memory;
use crate::errno::{Errno, Result};
use crate::option::{self, Level, Platform};
use crate::policy::{Scope, guard};
use crate::sys::{self, RawSocket};

/// What the kernel reads at most of an option's value (a group filter of thousands of sources).
const LONGEST: usize = 1 << 16;

// Linux's generic numbers, which are the guest's.
const SOL_SOCKET: i32 = 1;
const IPPROTO_IP: i32 = 0;
const IPPROTO_IPV6: i32 = 41;
const IPPROTO_TCP: i32 = 6;

/// How an option's value is rewritten on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rewrite {
    /// The host's layout is the guest's.
    No,
    /// `timeval`; the host's number of the option.
    Timeout(i32),
    /// `group_req`, `group_source_req`, `group_filter`: the host aligns what follows the interface.
    Group,
    /// `sock_fprog`: a count and a pointer into the guest's memory.
    Program,
    /// What a guest may not have: descriptors of the host, pointers of the host.
    Refused(Errno),
}

fn rewrite(level: i32, name: i32, setting: bool) -> Rewrite {
    match (level, name) {
        (SOL_SOCKET, 20 | 66) => Rewrite::Timeout(sys::SO_RCVTIMEO),
        (SOL_SOCKET, 21 | 67) => Rewrite::Timeout(sys::SO_SNDTIMEO),
        // MCAST_JOIN_GROUP … MCAST_MSFILTER
        (IPPROTO_IP | IPPROTO_IPV6, 42..=48) => Rewrite::Group,
        // SO_ATTACH_FILTER, SO_ATTACH_REUSEPORT_CBPF
        (SOL_SOCKET, 26 | 51) if setting => Rewrite::Program,
        // SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_EBPF name a descriptor; SO_PEERPIDFD makes one.
        (SOL_SOCKET, 50 | 52) if setting => Rewrite::Refused(Errno::BADF),
        (SOL_SOCKET, 77) => Rewrite::Refused(Errno::NOPROTOOPT),
        // TCP_ZEROCOPY_RECEIVE maps memory of the host.
        (IPPROTO_TCP, 35) => Rewrite::Refused(Errno::NOPROTOOPT),
        // Tables of the packet filter: their values hold pointers that the kernel writes to.
        (IPPROTO_IP, 64 | 96 | 128) | (IPPROTO_IPV6, 64) if setting => {
            Rewrite::Refused(Errno::ACCES)
        }
        _ => Rewrite::No,
    }
}

/// The host's level and option number.
fn numbers(level: i32, name: i32) -> Result<(i32, i32)> {
    if Platform::HOST == Some(Platform::Linux) {
        return Ok((level, name));
    }
    let spec = option::find_number(Platform::Linux, level, name).ok_or(Errno::NOPROTOOPT)?;
    let level = match spec.level {
        // These have the level of the group's family, which the guest has chosen.
        Level::Multicast => Some(level),
        _ => spec.level_number(None),
    };
    level.zip(spec.number()).ok_or(Errno::NOPROTOOPT)
}

/// How a guest lays its structures out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Abi {
    /// Pointers, sizes and longs have 64 bits.
    wide: bool,
}

impl Abi {
    /// What the host pads behind the interface index of a group request, and the guest does not.
    fn group_padding(self) -> usize {
        let behind = |alignment: usize| alignment - size_of::<u32>();
        let guest = if self.wide { 8 } else { 4 };
        behind(align_of::<usize>()).saturating_sub(behind(guest))
    }

    /// The parts of a `sock_fprog`: how many instructions, and where they are.
    fn program(self, value: &[u8]) -> Option<(u16, usize)> {
        let count = |value: &[u8]| u16::from_le_bytes([value[0], value[1]]);
        match (self.wide, value.len()) {
            (false, 8) => Some((count(value), word(value, 4) as u32 as usize)),
            (true, 16) => Some((count(value), long(value, 8) as u64 as usize)),
            _ => None,
        }
    }

    /// The timeouts of old have two longs, the new ones a 64-bit `timeval`. (Emscripten 3.1.16 to
    /// 3.1.51 gave the latter under the old numbers.)
    fn timeval_size(self, name: i32, length: usize) -> usize {
        match name {
            20 | 21 if !self.wide && length < 16 => 8,
            _ => 16,
        }
    }
}

/// Where a guest's C program cannot have put anything.
fn nowhere(memory: Memory<'_>, pointer: usize, length: usize) -> bool {
    length > 0 && (pointer == 0 || memory.window(pointer, length).is_err())
}

/// `setsockopt(2)` for a guest.
///
/// # Errors
/// The kernel's; `EFAULT`, `EINVAL` for a negative length.
pub fn set(
    socket: RawSocket,
    scope: Scope,
    memory: Memory<'_>,
    wide: bool,
    (level, name): (i32, i32),
    pointer: usize,
    length: i32,
) -> Result<()> {
    let abi = Abi { wide };
    let length = usize::try_from(length).map_err(|_| Errno::INVAL)?.min(LONGEST);
    let rewrite = rewrite(level, name, true);
    if let Rewrite::Refused(errno) = rewrite {
        return Err(errno);
    }
    let guest = (level, name);
    let (level, number) = numbers(level, name)?;
    if nowhere(memory, pointer, length) {
        let whole = |guest: usize, host: usize| if length >= guest { host } else { length };
        let length = match rewrite {
            Rewrite::Timeout(_) => whole(abi.timeval_size(name, length), 16),
            Rewrite::Program => whole(if abi.wide { 16 } else { 8 }, 2 * size_of::<usize>()),
            Rewrite::Group => length + abi.group_padding(),
            _ => length,
        };
        return sys::setsockopt_nowhere(socket, level, number, length, pointer == 0);
    }
    let mut value = vec![0; length];
    if length > 0 {
        memory.read(pointer, &mut value)?;
    }
    match rewrite {
        Rewrite::Timeout(host) => {
            let size = abi.timeval_size(name, length);
            if length < size {
                return Err(Errno::INVAL);
            }
            let (seconds, microseconds) = timeval_from_guest(&value[..size]);
            sys::set_timeout(socket, host, seconds, microseconds)
        }
        Rewrite::Program => {
            // Any other length than the guest's own is as wrong as it is natively.
            let (count, program) = abi.program(&value).ok_or(Errno::INVAL)?;
            let mut bytes = vec![0; 8 * usize::from(count)];
            if nowhere(memory, program, bytes.len()) {
                return sys::setsockopt_no_filter(socket, level, number, count, program == 0);
            }
            if count > 0 {
                memory.read(program, &mut bytes)?;
            }
            let (program, _) = bytes.as_chunks::<8>();
            sys::setsockopt_filter(socket, level, number, program)
        }
        Rewrite::Group if value.len() >= 4 => {
            value.splice(4..4, std::iter::repeat_n(0, abi.group_padding()));
            guard::option(scope, level, number, &value)?;
            sys::setsockopt(socket, level, number, &value)
        }
        // The kernel writes the label that it chose into the value.
        _ if guest == (IPPROTO_IPV6, IPV6_FLOWLABEL_MGR) => {
            guard::option(scope, level, number, &value)?;
            sys::setsockopt(socket, level, number, &value)?;
            memory.write(pointer, &value)
        }
        _ => {
            guard::option(scope, level, number, &value)?;
            sys::setsockopt(socket, level, number, &value)
        }
    }
}

const IPV6_FLOWLABEL_MGR: i32 = 32;
const SO_GET_FILTER: i32 = 26;
/// `BPF_MAXINSNS`
const MOST_INSTRUCTIONS: usize = 4096;

/// `getsockopt(2)` for a guest: value and length go where the pointers say.
///
/// # Errors
/// The kernel's; `EFAULT`, `EINVAL` for a negative length.
pub fn get(
    socket: RawSocket,
    memory: Memory<'_>,
    wide: bool,
    (level, name): (i32, i32),
    pointer: usize,
    length_pointer: usize,
) -> Result<()> {
    let abi = Abi { wide };
    let room = room(memory, length_pointer)?;
    let rewrite = rewrite(level, name, false);
    if let Rewrite::Refused(errno) = rewrite {
        return Err(errno);
    }
    let (level, number) = numbers(level, name)?;
    let value = match rewrite {
        Rewrite::Timeout(host) => {
            let (seconds, microseconds) = sys::get_timeout(socket, host)?;
            let mut value = timeval_to_guest(seconds, microseconds, abi.timeval_size(name, room));
            value.truncate(room);
            value
        }
        // The buffer is a question as well: some getters read it.
        Rewrite::Group if room >= 4 => {
            let mut value = vec![0; room];
            if nowhere(memory, pointer, room) {
                return Err(Errno::FAULT);
            }
            memory.read(pointer, &mut value)?;
            let padding = abi.group_padding();
            value.splice(4..4, std::iter::repeat_n(0, padding));
            let length = sys::getsockopt(socket, level, number, &mut value)?;
            value.truncate(length);
            value.drain(4..(4 + padding).min(value.len()));
            value
        }
        // The length counts instructions of 8 bytes.
        _ if (level, number) == (SOL_SOCKET, SO_GET_FILTER) => {
            let mut value = vec![0; 8 * room.min(MOST_INSTRUCTIONS)];
            let count = sys::getsockopt_filter(socket, room, &mut value)?;
            value.truncate(8 * count.min(room));
            return give(memory, pointer, &value, length_pointer, count);
        }
        _ => {
            let mut value = vec![0; room];
            if name == 41 && level == IPPROTO_IP && room > 0 {
                // IP_MSFILTER: a question.
                memory.read(pointer, &mut value)?;
            }
            let length = sys::getsockopt(socket, level, number, &mut value)?;
            value.truncate(length);
            value
        }
    };
    give(memory, pointer, &value, length_pointer, value.len())
}

/// The room that a guest says it has for a value.
pub fn room(memory: Memory<'_>, length_pointer: usize) -> Result<usize> {
    if length_pointer == 0 {
        return Err(Errno::FAULT);
    }
    let room = memory.word(length_pointer)? as i32;
    Ok(usize::try_from(room).map_err(|_| Errno::INVAL)?.min(LONGEST))
}

/// Hands a value to a guest.
pub fn give(
    memory: Memory<'_>,
    pointer: usize,
    value: &[u8],
    length_pointer: usize,
    length: usize,
) -> Result<()> {
    if nowhere(memory, pointer, value.len()) {
        return Err(Errno::FAULT);
    }
    if !value.is_empty() {
        memory.write(pointer, value)?;
    }
    memory.set_word(length_pointer, length as u32)
}

/// A guest's `timeval`: `{ i64 seconds, i32 microseconds, padding }` since Emscripten 3.1.52,
/// `{ i32, i32 }` before and in musl's second try. The padding is not initialised.
fn timeval_from_guest(value: &[u8]) -> (i64, i32) {
    match value.len() {
        8 => (i64::from(word(value, 0)), word(value, 4)),
        _ => (long(value, 0), word(value, 8)),
    }
}

fn timeval_to_guest(seconds: i64, microseconds: i32, size: usize) -> Vec<u8> {
    match size {
        8 => [(seconds as i32).to_le_bytes(), microseconds.to_le_bytes()].concat(),
        _ => [&seconds.to_le_bytes()[..], &microseconds.to_le_bytes(), &[0; 4]].concat(),
    }
}

fn word(value: &[u8], at: usize) -> i32 {
    i32::from_le_bytes(std::array::from_fn(|index| value[at + index]))
}

fn long(value: &[u8], at: usize) -> i64 {
    i64::from_le_bytes(std::array::from_fn(|index| value[at + index]))
}
