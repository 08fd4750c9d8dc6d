//! Socket addresses as guests lay them out: Linux's `sockaddr_in`, `sockaddr_in6`, `sockaddr_un`,
//! the same in wasm32 and wasm64.

use socket2::SockAddr;

use super::memory::Memory;
use crate::errno::{Errno, Result};
use crate::sys;

/// The size of `sockaddr_storage`: the kernel refuses more.
const LONGEST: usize = 128;

/// Reads an address, as the kernel reads it: exactly `length` bytes.
///
/// # Errors
/// `EINVAL` for a length that no address has, `EFAULT`.
pub fn read(memory: Memory<'_>, pointer: usize, length: i32) -> Result<SockAddr> {
    let length = usize::try_from(length).map_err(|_| Errno::INVAL)?;
    if length > LONGEST {
        return Err(Errno::INVAL);
    }
    let mut bytes = [0; LONGEST];
    memory.read(pointer, &mut bytes[..length])?;
    sys::address_from_linux(&bytes[..length])
}

/// Reads an address that fills a view.
///
/// # Errors
/// As [`read`].
pub fn read_all(memory: Memory<'_>) -> Result<SockAddr> {
    read(memory, 0, i32::try_from(memory.len()).map_err(|_| Errno::INVAL)?)
}

/// Writes an address into a buffer of `*length_pointer` bytes, and its true length there: the
/// value-result convention of `getsockname(2)`.
///
/// # Errors
/// `EINVAL` for a negative length, `EFAULT`.
pub fn write(
    memory: Memory<'_>,
    pointer: usize,
    length_pointer: usize,
    address: &SockAddr,
) -> Result<()> {
    let room = memory.word(length_pointer)? as i32;
    let room = usize::try_from(room).map_err(|_| Errno::INVAL)?;
    let bytes = sys::address_to_linux(address);
    memory.write(pointer, &bytes[..bytes.len().min(room)])?;
    memory.set_word(length_pointer, bytes.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_go_there_and_back() {
        for text in ["127.0.0.1:8080", "[::1]:443", "[fe80::1%3]:9"] {
            let address = SockAddr::from(text.parse::<std::net::SocketAddr>().unwrap());
            let mut bytes = [0_u8; 160];
            // SAFETY: the array outlives the memory.
            let memory = unsafe { Memory::new(bytes.as_mut_ptr(), bytes.len()) };
            memory.set_word(0, 128).unwrap();
            write(memory, 8, 0, &address).unwrap();
            let length = memory.word(0).unwrap() as i32;
            assert_eq!(read(memory, 8, length).unwrap(), address);
            memory.set_word(0, 4).unwrap();
            write(memory, 8, 0, &address).unwrap();
            assert_eq!(memory.word(0).unwrap() as i32, length, "the true length, though cut");
            assert_eq!(read(memory, 8, 129).err(), Some(Errno::INVAL));
            assert_eq!(read(memory, 150, 16).err(), Some(Errno::FAULT));
        }
    }
}
