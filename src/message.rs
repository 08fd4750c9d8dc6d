//! Control messages (ancillary data): `cmsg(3)`, in the host's layout and in a guest's.

use crate::errno::{Errno, Result};
use crate::sys;

/// One control message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// The protocol level (`SOL_SOCKET`, `IPPROTO_IP` …).
    pub level: i32,
    /// The type (`SCM_RIGHTS`, `IP_PKTINFO` …).
    pub kind: i32,
    /// What it says, as the kernel lays it out.
    pub data: Vec<u8>,
}

impl Control {
    /// Whether a received message's data are descriptors, which are the receiver's to close: those
    /// that were passed, and the one of the sender's process.
    pub fn brings_descriptors(&self) -> bool {
        [sys::RIGHTS, sys::PROCESS].contains(&(self.level, self.kind))
    }
}

/// How a system lays out a `cmsghdr` and what follows: little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Bytes of the length field; level and type follow, 4 bytes each.
    pub length_size: usize,
    /// What messages and their data are aligned to.
    pub align: usize,
}

impl Layout {
    /// wasm32 and, by the same C library, every system with 32-bit `size_t`.
    pub const WORDS_32: Layout = Layout { length_size: 4, align: 4 };
    /// Linux on 64 bits; wasm64 pads its 32-bit length to the same.
    pub const WORDS_64: Layout = Layout { length_size: 8, align: 8 };
    /// This host's.
    pub const HOST: Layout = if cfg!(target_vendor = "apple") || cfg!(target_pointer_width = "32") {
        Layout::WORDS_32
    } else {
        Layout::WORDS_64
    };

    /// Bytes in front of a message's data.
    pub fn header(self) -> usize {
        self.aligned(self.length_size + 8)
    }

    fn aligned(self, length: usize) -> usize {
        length.next_multiple_of(self.align)
    }

    /// Bytes that a message with `data` bytes takes: `CMSG_SPACE`.
    pub fn space(self, data: usize) -> usize {
        self.header() + self.aligned(data)
    }
}

/// Takes a control buffer apart.
///
/// # Errors
/// `EINVAL` for a length that does not fit, as the kernel says it.
pub fn parse(bytes: &[u8], layout: Layout) -> Result<Vec<Control>> {
    let mut messages = Vec::new();
    let mut rest = bytes;
    while rest.len() >= layout.header() {
        let word = |at: usize| u32::from_le_bytes(std::array::from_fn(|index| rest[at + index]));
        let length = word(0) as usize;
        let data = rest.get(layout.header()..length).ok_or(Errno::INVAL)?;
        messages.push(Control {
            level: word(layout.length_size) as i32,
            kind: word(layout.length_size + 4) as i32,
            data: data.to_vec(),
        });
        rest = rest.get(layout.aligned(length)..).unwrap_or_default();
    }
    Ok(messages)
}

/// Lays out a control buffer for a call.
pub fn build(messages: &[Control], layout: Layout) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        let begin = bytes.len();
        append(&mut bytes, message, message.data.len(), layout);
        bytes.resize(begin + layout.space(message.data.len()), 0);
    }
    bytes
}

fn append(bytes: &mut Vec<u8>, message: &Control, data: usize, layout: Layout) {
    let begin = bytes.len();
    let length = (layout.header() + data) as u64;
    bytes.extend(&length.to_le_bytes()[..layout.length_size]);
    bytes.extend(message.level.to_le_bytes());
    bytes.extend(message.kind.to_le_bytes());
    bytes.resize(begin + layout.header(), 0);
    bytes.extend(&message.data[..data]);
}

/// Lays out received messages in a buffer of `room` bytes, as the kernel fills one: what does not
/// fit is cut, and the second value says so (`MSG_CTRUNC`).
pub fn fill(messages: &[Control], layout: Layout, room: usize) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    for message in messages {
        let left = room - bytes.len();
        if left < layout.header() {
            return (bytes, true);
        }
        let data = message.data.len().min(left - layout.header());
        let begin = bytes.len();
        append(&mut bytes, message, data, layout);
        let space = layout.space(data).min(left);
        bytes.resize(begin + space, 0);
        if data < message.data.len() {
            return (bytes, true);
        }
    }
    (bytes, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages() -> Vec<Control> {
        vec![
            Control { level: 1, kind: 1, data: 7_i32.to_le_bytes().to_vec() },
            Control { level: 0, kind: 8, data: (0..12).collect() },
            Control { level: 41, kind: 67, data: vec![9] },
        ]
    }

    #[test]
    fn layouts_are_the_c_librarys() {
        assert_eq!(Layout::WORDS_32.space(4), 16);
        assert_eq!(Layout::WORDS_64.space(4), 24);
        #[cfg(unix)]
        for length in [0, 1, 4, 12, 100] {
            // SAFETY: plain arithmetic.
            let space = unsafe { libc::CMSG_SPACE(length) } as usize;
            assert_eq!(Layout::HOST.space(length as usize), space);
        }
    }

    #[test]
    fn lists_go_there_and_back() {
        for layout in [Layout::WORDS_32, Layout::WORDS_64] {
            let bytes = build(&messages(), layout);
            assert_eq!(parse(&bytes, layout), Ok(messages()));
            assert_eq!(fill(&messages(), layout, bytes.len()), (bytes, false));
        }
    }

    #[test]
    fn a_short_buffer_cuts_and_says_so() {
        for layout in [Layout::WORDS_32, Layout::WORDS_64] {
            let whole = build(&messages(), layout).len();
            for room in 0..whole {
                let (bytes, cut) = fill(&messages(), layout, room);
                assert!(bytes.len() <= room);
                let last = layout.header() + 1 + layout.space(4) + layout.space(12);
                assert_eq!(cut, room < last, "{room}");
                assert!(parse(&bytes, layout).is_ok());
            }
        }
    }

    #[test]
    fn no_bytes_are_too_strange() {
        for length in 0..64_u32 {
            for first in [0, 1, 11, 12, 13, 16, 17, 63, 64, 65, u32::MAX] {
                let mut bytes = vec![0; length as usize];
                if let Some(head) = bytes.get_mut(..4) {
                    head.copy_from_slice(&first.to_le_bytes());
                }
                for layout in [Layout::WORDS_32, Layout::WORDS_64] {
                    let _ = parse(&bytes, layout);
                }
            }
        }
    }
}
