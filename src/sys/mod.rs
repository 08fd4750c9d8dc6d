//! What differs by platform, and nothing else.
//!
//! Contract of a platform module: `RawSocket`, `PollFd`, `poll`, `Ready` bits with the values of
//! Linux's `poll.h`, and the socket calls below over raw descriptors. Every descriptor it opens is
//! non-blocking and not inherited, no call raises `SIGPIPE`, and calls that the kernel interrupts
//! are made again.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;

use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use crate::errno::{Errno, Result};
use crate::trace;

#[cfg(unix)]
#[path = "unix.rs"]
mod imp;
#[cfg(windows)]
#[path = "windows.rs"]
mod imp;

pub use imp::*;

/// Memory that a call may read or write, without a claim to be alone with it: it may lie in a
/// `SharedArrayBuffer` that other threads change at any time, so it is never a Rust reference.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Window<'a> {
    pointer: *mut u8,
    length: usize,
    lifetime: PhantomData<&'a mut [u8]>,
}

impl<'a> Window<'a> {
    /// # Safety
    /// `pointer` must be readable and writable for `length` bytes during `'a`. A zero `length` takes
    /// any pointer.
    pub unsafe fn new(pointer: *mut u8, length: usize) -> Window<'a> {
        let pointer = if length == 0 { NonNull::dangling().as_ptr() } else { pointer };
        Window { pointer, length, lifetime: PhantomData }
    }

    /// The first byte.
    pub fn pointer(self) -> *mut u8 {
        self.pointer
    }

    /// Bytes.
    pub fn len(self) -> usize {
        self.length
    }

    /// Whether there is no byte.
    pub fn is_empty(self) -> bool {
        self.length == 0
    }

    /// The first `count` bytes, or all that there are.
    pub fn first(self, count: usize) -> Window<'a> {
        Window { length: self.length.min(count), ..self }
    }

    /// What is left behind the first `count` bytes.
    pub fn skip(self, count: usize) -> Window<'a> {
        let count = count.min(self.length);
        Window { pointer: self.pointer.wrapping_add(count), length: self.length - count, ..self }
    }
}

impl<'a> From<&'a mut [u8]> for Window<'a> {
    fn from(bytes: &'a mut [u8]) -> Window<'a> {
        Window { pointer: bytes.as_mut_ptr(), length: bytes.len(), lifetime: PhantomData }
    }
}

/// Readiness bits, with the numbers of Linux's `poll.h` on every platform.
pub mod ready {
    /// Data, a connection to accept, or end of stream.
    pub const IN: i16 = 0x001;
    /// Urgent data.
    pub const PRI: i16 = 0x002;
    /// Room to write, or a connection attempt that ended.
    pub const OUT: i16 = 0x004;
    /// An error waits to be taken.
    pub const ERR: i16 = 0x008;
    /// Both directions are closed.
    pub const HUP: i16 = 0x010;
    /// Not an open descriptor.
    pub const NVAL: i16 = 0x020;
    /// The peer has closed its sending side.
    pub const RDHUP: i16 = 0x2000;
}

/// A descriptor lent to socket2's typed methods; it is not closed.
pub struct Borrowed(ManuallyDrop<Socket>);

impl Deref for Borrowed {
    type Target = Socket;

    fn deref(&self) -> &Socket {
        &self.0
    }
}

/// Lends a descriptor to socket2's typed methods.
pub fn borrow(socket: RawSocket) -> Borrowed {
    Borrowed(ManuallyDrop::new(from_raw(socket)))
}

/// Opens a non-blocking, close-on-exec socket. `kind` is this host's `SOCK_*` number.
pub fn open(family: i32, kind: i32, protocol: i32) -> Result<RawSocket> {
    let protocol = (protocol != 0).then(|| Protocol::from(protocol));
    trace::call(
        "socket",
        || trace::shown_kind(family, kind, protocol.map_or(0, i32::from)),
        || {
            let socket =
                Socket::new(Domain::from(family), non_blocking(Type::from(kind)), protocol)?;
            if !OPENS_NON_BLOCKING {
                socket.set_nonblocking(true)?;
            }
            Ok(into_raw(socket))
        },
    )
}

/// `bind(2)`
pub fn bind(socket: RawSocket, address: &SockAddr) -> Result<()> {
    let arguments = || format!("{socket}, {}", trace::shown_address(address));
    trace::call("bind", arguments, || Ok(borrow(socket).bind(address)?))
}

/// `listen(2)`
pub fn listen(socket: RawSocket, backlog: i32) -> Result<()> {
    trace::call("listen", || format!("{socket}, {backlog}"), || Ok(borrow(socket).listen(backlog)?))
}

/// `connect(2)`: `EINPROGRESS` when the attempt goes on in the background.
pub fn connect(socket: RawSocket, address: &SockAddr) -> Result<()> {
    let arguments = || format!("{socket}, {}", trace::shown_address(address));
    trace::call("connect", arguments, || {
        borrow(socket).connect(address).map_err(|error| match Errno::from(error) {
            // Winsock's name for it.
            Errno::AGAIN if cfg!(windows) => Errno::INPROGRESS,
            errno => errno,
        })
    })
}

/// `shutdown(2)`
pub fn shutdown(socket: RawSocket, how: std::net::Shutdown) -> Result<()> {
    let arguments = || {
        let how = match how {
            std::net::Shutdown::Read => "SHUT_RD",
            std::net::Shutdown::Write => "SHUT_WR",
            std::net::Shutdown::Both => "SHUT_RDWR",
        };
        format!("{socket}, {how}")
    };
    trace::call("shutdown", arguments, || Ok(borrow(socket).shutdown(how)?))
}

/// `getsockname(2)`
pub fn local_address(socket: RawSocket) -> Result<SockAddr> {
    trace::call("getsockname", || socket.to_string(), || Ok(borrow(socket).local_addr()?))
}

/// `getpeername(2)`
pub fn peer_address(socket: RawSocket) -> Result<SockAddr> {
    trace::call("getpeername", || socket.to_string(), || Ok(borrow(socket).peer_addr()?))
}

/// `dup(2)`, close-on-exec.
pub fn duplicate(socket: RawSocket) -> Result<RawSocket> {
    trace::call("dup", || socket.to_string(), || Ok(into_raw(borrow(socket).try_clone()?)))
}

/// `SO_ERROR`: the pending error, which the kernel forgets by this.
pub fn take_error(socket: RawSocket) -> Result<Option<Errno>> {
    trace::call(
        "getsockopt",
        || format!("{socket}, SO_ERROR"),
        || Ok(borrow(socket).take_error()?.map(Errno::from)),
    )
}

/// `SOCK_STREAM` of this host.
pub const STREAM: i32 = imp::SOCK_STREAM;

/// An address of length 0, as the kernel gives for an unnamed or connected peer.
pub fn no_address() -> SockAddr {
    // SAFETY: zeroed storage is an address of family AF_UNSPEC.
    unsafe { SockAddr::new(socket2::SockAddrStorage::zeroed(), 0) }
}

/// An address from the bytes of Linux's layout, which is what guests have.
///
/// # Errors
/// `EINVAL` for bytes that are too short for an address; elsewhere than on Linux also
/// `EAFNOSUPPORT` for a family that the host numbers differently and this function does not know.
pub fn address_from_linux(bytes: &[u8]) -> Result<SockAddr> {
    if bytes.len() < 2 {
        return Err(Errno::INVAL);
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let mut storage = socket2::SockAddrStorage::zeroed();
        let length = bytes.len().min(storage.size_of() as usize);
        // SAFETY: every bit pattern is an address to the kernel, which checks it; `length` bytes
        // fit the storage.
        unsafe {
            let storage = std::ptr::from_mut(&mut storage).cast::<u8>();
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), storage, length);
        }
        // SAFETY: `length` bytes were written.
        Ok(unsafe { SockAddr::new(storage, length as _) })
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};
        let word = |at: usize| u32::from_le_bytes(std::array::from_fn(|index| bytes[at + index]));
        let port = |bytes: &[u8]| u16::from_be_bytes([bytes[2], bytes[3]]);
        match u16::from_le_bytes([bytes[0], bytes[1]]) {
            2 if bytes.len() >= 16 => {
                let ip = Ipv4Addr::new(bytes[4], bytes[5], bytes[6], bytes[7]);
                Ok(SocketAddrV4::new(ip, port(bytes)).into())
            }
            10 if bytes.len() >= 28 => {
                let ip: [u8; 16] = std::array::from_fn(|index| bytes[8 + index]);
                let flow = u32::from_be(word(4));
                Ok(SocketAddrV6::new(Ipv6Addr::from(ip), port(bytes), flow, word(24)).into())
            }
            2 | 10 => Err(Errno::INVAL),
            _ => Err(Errno::AFNOSUPPORT),
        }
    }
}

/// The bytes of an address in Linux's layout.
pub fn address_to_linux(address: &SockAddr) -> Vec<u8> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        // SAFETY: an address says how many of its bytes are set, and the storage has that many.
        unsafe { std::slice::from_raw_parts(address.as_ptr().cast::<u8>(), address.len() as usize) }
            .to_vec()
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    match address.as_socket() {
        Some(std::net::SocketAddr::V4(v4)) => {
            let mut bytes = vec![2, 0];
            bytes.extend(v4.port().to_be_bytes());
            bytes.extend(v4.ip().octets());
            bytes.resize(16, 0);
            bytes
        }
        Some(std::net::SocketAddr::V6(v6)) => {
            let mut bytes = vec![10, 0];
            bytes.extend(v6.port().to_be_bytes());
            bytes.extend(v6.flowinfo().to_be_bytes());
            bytes.extend(v6.ip().octets());
            bytes.extend(v6.scope_id().to_le_bytes());
            bytes
        }
        None => vec![0, 0],
    }
}

/// The readiness bits by the names of `poll.h`, and by what a listener calls them.
const READY_CONSTANTS: &[(&str, i32)] = &[
    ("POLLIN", ready::IN as i32),
    ("POLLPRI", ready::PRI as i32),
    ("POLLOUT", ready::OUT as i32),
    ("POLLERR", ready::ERR as i32),
    ("POLLHUP", ready::HUP as i32),
    ("POLLNVAL", ready::NVAL as i32),
    ("POLLRDHUP", ready::RDHUP as i32),
    ("READABLE", ready::IN as i32),
    ("PRIORITY", ready::PRI as i32),
    ("WRITABLE", ready::OUT as i32),
    ("ERROR", ready::ERR as i32),
    ("HANGUP", ready::HUP as i32),
];

/// One datagram of a batch: its bytes, its address (of length 0 for none), what the kernel said.
pub struct Datagram<'a> {
    /// What is sent, or where it is received.
    pub data: Window<'a>,
    /// Where to, or where from.
    pub address: SockAddr,
    /// Bytes that were moved.
    pub length: usize,
    /// `msg_flags`
    pub flags: i32,
}

/// Batches for systems without `sendmmsg(2)` and `recvmmsg(2)`.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod one_by_one {
    use super::{Datagram, RawSocket, recv_message, send_message};
    use crate::errno::Result;

    /// One call a datagram, until one would have to wait.
    pub fn send_many(socket: RawSocket, batch: &mut [Datagram<'_>], flags: i32) -> Result<usize> {
        for (at, datagram) in batch.iter_mut().enumerate() {
            let address = (datagram.address.len() > 0).then_some(&datagram.address);
            match send_message(socket, &[datagram.data], address, &[], flags) {
                Err(errno) if at == 0 => return Err(errno),
                Err(_) => return Ok(at),
                Ok(length) => datagram.length = length,
            }
        }
        Ok(batch.len())
    }

    /// One call a datagram, until one would have to wait.
    pub fn recv_many(socket: RawSocket, batch: &mut [Datagram<'_>], flags: i32) -> Result<usize> {
        for (at, datagram) in batch.iter_mut().enumerate() {
            match recv_message(socket, &[datagram.data], &mut [], flags) {
                Err(errno) if at == 0 => return Err(errno),
                Err(_) => return Ok(at),
                Ok((length, address, flags, _)) => {
                    (datagram.length, datagram.address, datagram.flags) = (length, address, flags);
                }
            }
        }
        Ok(batch.len())
    }
}
