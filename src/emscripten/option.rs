//! `setsockopt` and `getsockopt` in the guest's ABI: Linux's generic numbers, with the layouts of
//! wasm structs rewritten where they differ from the host's.
//!
//! On Linux numbers go through as they are; elsewhere the option table translates them.

use super::memory::Memory;
use crate::errno::{Errno, Result};
use crate::option::{self, Level, Platform};
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

/// The host's bytes of padding behind the interface index of a group request.
const GROUP_PADDING: usize = align_of::<usize>().saturating_sub(4);

/// `setsockopt(2)` for a guest.
///
/// # Errors
/// The kernel's; `EFAULT`, `EINVAL` for a negative length.
pub fn set(
    socket: RawSocket,
    memory: Memory<'_>,
    wide: bool,
    (level, name): (i32, i32),
    pointer: usize,
    length: i32,
) -> Result<()> {
    let length = usize::try_from(length).map_err(|_| Errno::INVAL)?.min(LONGEST);
    let rewrite = rewrite(level, name, true);
    if let Rewrite::Refused(errno) = rewrite {
        return Err(errno);
    }
    let (level, number) = numbers(level, name)?;
    let mut value = vec![0; length];
    memory.read(pointer, &mut value)?;
    match rewrite {
        Rewrite::Timeout(name) => {
            let (seconds, microseconds) = timeval_from_guest(&value)?;
            sys::set_timeout(socket, name, seconds, microseconds)
        }
        Rewrite::Program => {
            // Any other length than the guest's own is as wrong as it is natively.
            let word = if wide { 8 } else { 4 };
            if value.len() != 2 * word {
                return Err(Errno::INVAL);
            }
            let count = usize::from(u16::from_le_bytes([value[0], value[1]]));
            let mut bytes = vec![0; 8 * count];
            memory.read(memory.size(pointer + word, word)?, &mut bytes)?;
            let (program, _) = bytes.as_chunks::<8>();
            sys::setsockopt_filter(socket, level, number, program)
        }
        Rewrite::Group if value.len() >= 4 && !wide => {
            value.splice(4..4, std::iter::repeat_n(0, GROUP_PADDING));
            sys::setsockopt(socket, level, number, &value)
        }
        _ => sys::setsockopt(socket, level, number, &value),
    }
}

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
    let room = memory.word(length_pointer)? as i32;
    let room = usize::try_from(room).map_err(|_| Errno::INVAL)?.min(LONGEST);
    let rewrite = rewrite(level, name, false);
    if let Rewrite::Refused(errno) = rewrite {
        return Err(errno);
    }
    let (level, number) = numbers(level, name)?;
    let (value, length) = match rewrite {
        Rewrite::Timeout(name) => {
            let (seconds, microseconds) = sys::get_timeout(socket, name)?;
            let mut value = timeval_to_guest(seconds, microseconds, room);
            value.truncate(room);
            let length = value.len();
            (value, length)
        }
        // The buffer is a question as well: some getters read it.
        Rewrite::Group if room >= 4 && !wide => {
            let mut value = vec![0; room];
            memory.read(pointer, &mut value)?;
            value.splice(4..4, std::iter::repeat_n(0, GROUP_PADDING));
            let length = sys::getsockopt(socket, level, number, &mut value)?;
            value.truncate(length);
            value.drain(4..(4 + GROUP_PADDING).min(value.len()));
            let length = value.len();
            (value, length)
        }
        _ => {
            let mut value = vec![0; room];
            if rewrite == Rewrite::Group || name == 41 && level == IPPROTO_IP {
                // These (and IP_MSFILTER) are a question.
                memory.read(pointer, &mut value)?;
            }
            let length = sys::getsockopt(socket, level, number, &mut value)?;
            value.truncate(length);
            (value, length)
        }
    };
    memory.write(pointer, &value)?;
    memory.set_word(length_pointer, length as u32)
}

/// A guest's `timeval`: `{ i64 seconds, i32 microseconds, padding }` since Emscripten 3.1.52,
/// `{ i32, i32 }` before and in musl's second try. The padding is not initialised.
fn timeval_from_guest(value: &[u8]) -> Result<(i64, i32)> {
    match value.len() {
        0..8 => Err(Errno::INVAL),
        8..16 => Ok((i64::from(word(value, 0)), word(value, 4))),
        _ => Ok((long(value, 0), word(value, 8))),
    }
}

fn timeval_to_guest(seconds: i64, microseconds: i32, room: usize) -> Vec<u8> {
    match room {
        0..16 => [(seconds as i32).to_le_bytes(), microseconds.to_le_bytes()].concat(),
        _ => [&seconds.to_le_bytes()[..], &microseconds.to_le_bytes(), &[0; 4]].concat(),
    }
}

fn word(value: &[u8], at: usize) -> i32 {
    i32::from_le_bytes(std::array::from_fn(|index| value[at + index]))
}

fn long(value: &[u8], at: usize) -> i64 {
    i64::from_le_bytes(std::array::from_fn(|index| value[at + index]))
}
