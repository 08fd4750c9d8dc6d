//! `setsockopt` and `getsockopt` in the guest's ABI: Linux's generic numbers, with the layouts of
//! wasm structs rewritten where they differ from the host's.

use super::memory::Memory;
use crate::errno::{Errno, Result};
use crate::sys::{self, RawSocket};

/// What the kernel reads at most of an option's value (a group filter of thousands of sources).
const LONGEST: usize = 1 << 16;

/// How a guest lays out a `timeval`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Timeval {
    /// Since 3.1.52 (and musl's first try after it): `{ i64 seconds, i32 microseconds, padding }`.
    Long,
    /// Before, and musl's second try: `{ i32 seconds, i32 microseconds }`.
    Short,
}

const SOL_SOCKET: i32 = 1;

/// Which timeout an option is, by Linux's generic numbers, and in which layout.
fn timeout(level: i32, name: i32, length: usize) -> Option<(i32, Timeval)> {
    let layout = if length < 16 { Timeval::Short } else { Timeval::Long };
    match (level, name) {
        (SOL_SOCKET, 20 | 66) => Some((sys::SO_RCVTIMEO, layout)),
        (SOL_SOCKET, 21 | 67) => Some((sys::SO_SNDTIMEO, layout)),
        _ => None,
    }
}

/// `setsockopt(2)` for a guest.
///
/// # Errors
/// The kernel's; `EFAULT`, `EINVAL` for a negative length.
pub fn set(
    socket: RawSocket,
    memory: Memory<'_>,
    (level, name): (i32, i32),
    pointer: usize,
    length: i32,
) -> Result<()> {
    let length = usize::try_from(length).map_err(|_| Errno::INVAL)?.min(LONGEST);
    let mut value = vec![0; length];
    memory.read(pointer, &mut value)?;
    match timeout(level, name, length) {
        Some((_, Timeval::Short)) if length < 8 => Err(Errno::INVAL),
        Some((name, layout)) => {
            let (seconds, microseconds) = match layout {
                Timeval::Long => (long(&value, 0), word(&value, 8)),
                Timeval::Short => (i64::from(word(&value, 0)), word(&value, 4)),
            };
            sys::set_timeout(socket, name, seconds, microseconds)
        }
        None => sys::setsockopt(socket, sys::level_from_linux(level), name, &value),
    }
}

/// `getsockopt(2)` for a guest: value and length go where the pointers say.
///
/// # Errors
/// The kernel's; `EFAULT`, `EINVAL` for a negative length.
pub fn get(
    socket: RawSocket,
    memory: Memory<'_>,
    (level, name): (i32, i32),
    pointer: usize,
    length_pointer: usize,
) -> Result<()> {
    let room = memory.word(length_pointer)? as i32;
    let room = usize::try_from(room).map_err(|_| Errno::INVAL)?.min(LONGEST);
    let value = match timeout(level, name, room) {
        Some((name, layout)) => {
            let (seconds, microseconds) = sys::get_timeout(socket, name)?;
            let mut value = match layout {
                Timeval::Long => {
                    [&seconds.to_le_bytes()[..], &microseconds.to_le_bytes(), &[0; 4]].concat()
                }
                Timeval::Short => {
                    [(seconds as i32).to_le_bytes(), microseconds.to_le_bytes()].concat()
                }
            };
            value.truncate(room);
            value
        }
        None => {
            let mut value = vec![0; room];
            let length = sys::getsockopt(socket, sys::level_from_linux(level), name, &mut value)?;
            value.truncate(length);
            value
        }
    };
    memory.write(pointer, &value)?;
    memory.set_word(length_pointer, value.len() as u32)
}

fn word(value: &[u8], at: usize) -> i32 {
    i32::from_le_bytes(std::array::from_fn(|index| value[at + index]))
}

fn long(value: &[u8], at: usize) -> i64 {
    i64::from_le_bytes(std::array::from_fn(|index| value[at + index]))
}
