//! `msghdr` and `iovec` as guests lay them out.

use super::memory::Memory;
use crate::errno::{Errno, Result};
use crate::message::Layout;
use crate::sys::Window;

/// The kernel's limit on pieces (`UIO_MAXIOV`).
pub const MOST_PIECES: usize = 1024;

/// A guest's `msghdr`, and where its fields are that a receiver writes.
pub struct Message<'a> {
    /// Pointer to the address; 0 for none.
    pub name: usize,
    /// Bytes of it.
    pub name_length: i32,
    /// Where the data lie.
    pub pieces: Vec<Window<'a>>,
    /// Pointer to the control messages; 0 for none.
    pub control: usize,
    /// Bytes of them.
    pub control_length: usize,
    /// How they are laid out.
    pub layout: Layout,
    /// Where a receiver writes.
    pub at: Fields,
}

/// Offsets in `msghdr` (`EMSCRIPTEN.md`): each pointer or size takes a word of the program.
pub struct Fields {
    /// `msg_namelen`
    pub name_length: usize,
    /// `msg_controllen`
    pub control_length: usize,
    /// `msg_flags`
    pub flags: usize,
}

impl Fields {
    /// Those of the `msghdr` at a place.
    pub fn of(pointer: usize, word: usize) -> Fields {
        Fields {
            name_length: pointer + word,
            control_length: pointer + 5 * word,
            flags: pointer + 6 * word,
        }
    }
}

impl<'a> Message<'a> {
    /// Reads one of a program whose pointers have `word` bytes, 4 or 8.
    ///
    /// # Errors
    /// `EFAULT`; `EMSGSIZE` for more pieces than the kernel takes.
    pub fn read(word: usize, memory: Memory<'a>, pointer: usize) -> Result<Message<'a>> {
        memory.window(pointer, 7 * word)?;
        // Name lengths, counts and flags are C ints with padding, on both.
        let field = |index: usize| memory.size(pointer + index * word, word);
        let (list, count) = (field(2)?, memory.word(pointer + 3 * word)? as usize);
        if count > MOST_PIECES {
            return Err(Errno::MSGSIZE);
        }
        Ok(Message {
            name: field(0)?,
            name_length: memory.word(pointer + word)? as i32,
            pieces: pieces(memory, list, count, word)?,
            control: field(4)?,
            control_length: memory.word(pointer + 5 * word)? as usize,
            layout: if word == 8 { Layout::WORDS_64 } else { Layout::WORDS_32 },
            at: Fields::of(pointer, word),
        })
    }
}

/// A guest's list of `iovec`s.
///
/// # Errors
/// `EFAULT`
pub fn pieces(
    memory: Memory<'_>,
    list: usize,
    count: usize,
    word: usize,
) -> Result<Vec<Window<'_>>> {
    let piece = |index: usize| {
        let at = list.checked_add(2 * word * index).ok_or(Errno::FAULT)?;
        memory.window(memory.size(at, word)?, memory.size(at + word, word)?)
    };
    (0..count).map(piece).collect()
}
