//! Bounds-checked access to memory that a stranger's program writes at will.

use std::marker::PhantomData;
use std::ptr;

use crate::errno::{Errno, Result};
use crate::sys::Window;

/// The whole of a wasm program's memory (or a typed array) as it is at this call. Only raw pointers
/// touch it: it may be shared with other threads.
#[derive(Clone, Copy)]
pub struct Memory<'a> {
    base: *mut u8,
    length: usize,
    lifetime: PhantomData<&'a mut [u8]>,
}

impl<'a> Memory<'a> {
    /// # Safety
    /// `base` must be readable and writable for `length` bytes during `'a`; a zero `length` takes
    /// any pointer.
    pub unsafe fn new(base: *mut u8, length: usize) -> Memory<'a> {
        Memory { base, length, lifetime: PhantomData }
    }

    /// Where it lies: shared memory is known by this in every thread.
    pub fn place(self) -> usize {
        self.base.addr()
    }

    /// Bytes.
    pub fn len(self) -> usize {
        self.length
    }

    /// Whether there is no byte.
    pub fn is_empty(self) -> bool {
        self.length == 0
    }

    /// A part of the memory.
    ///
    /// # Errors
    /// `EFAULT` when it does not lie inside.
    pub fn window(self, pointer: usize, length: usize) -> Result<Window<'a>> {
        match pointer.checked_add(length) {
            Some(end) if end <= self.length => {
                // SAFETY: inside the memory, which the maker of `self` vouched for.
                Ok(unsafe { Window::new(self.base.wrapping_add(pointer), length) })
            }
            _ => Err(Errno::FAULT),
        }
    }

    /// The byte behind the end, unchecked: `npm run test:asan` makes sure by it that the sanitizer
    /// looks. Never in a build that is shipped.
    #[cfg(feature = "asan-selftest")]
    pub fn overrun(self) -> u8 {
        // SAFETY: none. The sanitizer ends the process here.
        unsafe { self.base.wrapping_add(self.length).read_volatile() }
    }

    /// The same as a window, for a call of the C library.
    #[cfg(feature = "asan-selftest")]
    pub fn window_beyond(self) -> Window<'a> {
        // SAFETY: none, as above.
        unsafe { Window::new(self.base.wrapping_add(self.length), 1) }
    }

    /// Copies bytes out.
    ///
    /// # Errors
    /// `EFAULT` when they do not lie inside.
    pub fn read(self, pointer: usize, into: &mut [u8]) -> Result<()> {
        let window = self.window(pointer, into.len())?;
        // SAFETY: the window was checked; `into` is ours alone, so they cannot overlap.
        unsafe { ptr::copy_nonoverlapping(window.pointer(), into.as_mut_ptr(), into.len()) };
        Ok(())
    }

    /// Copies bytes in.
    ///
    /// # Errors
    /// `EFAULT` when they do not fit inside; nothing is written then.
    pub fn write(self, pointer: usize, from: &[u8]) -> Result<()> {
        let window = self.window(pointer, from.len())?;
        // SAFETY: as in `read`.
        unsafe { ptr::copy_nonoverlapping(from.as_ptr(), window.pointer(), from.len()) };
        Ok(())
    }

    /// A little-endian 32-bit word.
    ///
    /// # Errors
    /// `EFAULT`
    pub fn word(self, pointer: usize) -> Result<u32> {
        let mut bytes = [0; 4];
        self.read(pointer, &mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// A size or pointer of 4 or 8 bytes.
    ///
    /// # Errors
    /// `EFAULT`, also for a number that this host has no memory for.
    pub fn size(self, pointer: usize, bytes: usize) -> Result<usize> {
        if bytes == 4 {
            return Ok(self.word(pointer)? as usize);
        }
        let mut long = [0; 8];
        self.read(pointer, &mut long)?;
        usize::try_from(u64::from_le_bytes(long)).map_err(|_| Errno::FAULT)
    }

    /// Writes a little-endian 32-bit word.
    ///
    /// # Errors
    /// `EFAULT`
    pub fn set_word(self, pointer: usize, value: u32) -> Result<()> {
        self.write(pointer, &value.to_le_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_is_reached() {
        let mut bytes = [0_u8; 16];
        // SAFETY: the array outlives the memory.
        let memory = unsafe { Memory::new(bytes.as_mut_ptr(), bytes.len()) };
        for (pointer, length) in [(17, 0), (16, 1), (0, 17), (usize::MAX, 1), (1, usize::MAX)] {
            assert_eq!(memory.window(pointer, length).err(), Some(Errno::FAULT));
        }
        assert!(memory.window(16, 0).is_ok());
        assert_eq!(memory.set_word(13, 1), Err(Errno::FAULT));
        memory.set_word(12, 0x0102_0304).unwrap();
        assert_eq!(memory.word(12), Ok(0x0102_0304));
        assert_eq!(bytes[12..], [4, 3, 2, 1]);
    }
}
