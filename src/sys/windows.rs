//! Windows: Winsock through socket2 where it has the call, `windows-sys` for the rest.
//!
//! Type-checked in CI, not run.

use std::net::ToSocketAddrs;
use std::os::windows::io::{FromRawSocket, IntoRawSocket};
use std::ptr;
use std::time::Duration;

use mio::event::Source as _;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{SockAddr, SockAddrStorage, Socket, Type};
use windows_sys::Win32::Networking::WinSock;

use super::{Window, ready};
use crate::errno::{Errno, Result};
use crate::resolve::{Failure, Found, Query};

/// A `SOCKET`.
pub type RawSocket = u64;

/// `SO_ERROR` tells of an attempt's end.
pub const CONNECT_AGAIN_TELLS: bool = false;

/// Winsock has no flag for it at creation.
pub const OPENS_NON_BLOCKING: bool = false;

/// Winsock has no such flag; callers look at it before the call.
pub const DONT_WAIT: i32 = 0x40;
/// Receive until the buffer is full (`MSG_WAITALL`).
pub const WAIT_ALL: i32 = WinSock::MSG_WAITALL;
/// There is no error queue.
pub const ERROR_QUEUE: i32 = 0;
/// Look without taking (`MSG_PEEK`).
pub const PEEK: i32 = WinSock::MSG_PEEK;
/// What a guest may pass that Winsock does not know: `MSG_DONTWAIT`, `MSG_NOSIGNAL`.
const NOT_WINSOCKS: i32 = DONT_WAIT | 0x4000;

pub(super) const SOCK_STREAM: i32 = WinSock::SOCK_STREAM;
/// `SOCK_DGRAM` of this host.
pub const SOCK_DGRAM: i32 = WinSock::SOCK_DGRAM;
/// `SOCK_RAW` of this host.
pub const SOCK_RAW: i32 = WinSock::SOCK_RAW;
/// `SOCK_SEQPACKET` of this host.
pub const SOCK_SEQPACKET: i32 = WinSock::SOCK_SEQPACKET;
/// `NI_NUMERICHOST` of this host.
pub const NI_NUMERICHOST: i32 = WinSock::NI_NUMERICHOST as i32;

/// A file that stays what it is while this is held.
pub type Held = ();

/// What a path leads to: its name without symbolic links, as an address as well.
///
/// # Errors
/// As for any file; `EINVAL` for a path that is no UTF-8.
pub fn hold(path: &[u8]) -> Result<(std::path::PathBuf, Held, Option<SockAddr>)> {
    let given = std::str::from_utf8(path).map_err(|_| Errno::INVAL)?;
    let name = std::path::Path::new(given).canonicalize()?;
    let address = name.to_str().and_then(|name| crate::address::from_path(name.as_bytes()).ok());
    Ok((name, (), address))
}

/// Winsock tells no protocol by a number of its own.
///
/// # Errors
/// None.
pub fn protocol(_: RawSocket) -> Result<i32> {
    Ok(0)
}
/// `AF_INET` of this host.
pub const AF_INET: i32 = WinSock::AF_INET as i32;
/// `AF_INET6` of this host.
pub const AF_INET6: i32 = WinSock::AF_INET6 as i32;
/// `AF_UNIX` of this host.
pub const AF_UNIX: i32 = WinSock::AF_UNIX as i32;
/// `SO_RCVTIMEO` of this host.
pub const SO_RCVTIMEO: i32 = WinSock::SO_RCVTIMEO;
/// `SO_SNDTIMEO` of this host.
pub const SO_SNDTIMEO: i32 = WinSock::SO_SNDTIMEO;

/// One entry of [`poll`].
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct PollFd(WinSock::WSAPOLLFD);

impl PollFd {
    /// Asks for `events` ([`ready`] bits) of a socket.
    pub fn new(socket: RawSocket, events: i16) -> PollFd {
        let read = if events & ready::IN != 0 { WinSock::POLLRDNORM } else { 0 };
        let urgent = if events & ready::PRI != 0 { WinSock::POLLRDBAND } else { 0 };
        let write = if events & ready::OUT != 0 { WinSock::POLLWRNORM } else { 0 };
        PollFd(WinSock::WSAPOLLFD {
            fd: socket as WinSock::SOCKET,
            events: read | urgent | write,
            revents: 0,
        })
    }

    /// An entry that `poll` passes over.
    pub fn ignored() -> PollFd {
        PollFd::new(WinSock::INVALID_SOCKET as RawSocket, 0)
    }

    /// What Winsock reported.
    pub fn revents(&self) -> i16 {
        if self.0.fd == WinSock::INVALID_SOCKET {
            return 0;
        }
        [
            (WinSock::POLLRDNORM, ready::IN),
            (WinSock::POLLRDBAND, ready::PRI),
            (WinSock::POLLWRNORM, ready::OUT),
            (WinSock::POLLERR, ready::ERR),
            (WinSock::POLLHUP, ready::HUP),
            (WinSock::POLLNVAL, ready::NVAL),
        ]
        .into_iter()
        .filter(|(host, _)| self.0.revents & host != 0)
        .fold(0, |bits, (_, bit)| bits | bit)
    }
}

fn check(result: i32) -> Result<usize> {
    if result == WinSock::SOCKET_ERROR { Err(last()) } else { Ok(result as usize) }
}

fn last() -> Errno {
    // SAFETY: reads a thread-local number.
    Errno(unsafe { WinSock::WSAGetLastError() })
}

/// Takes ownership of a raw socket.
pub(super) fn from_raw(socket: RawSocket) -> Socket {
    // SAFETY: callers pass sockets that the handle table keeps open while they are used.
    unsafe { Socket::from_raw_socket(socket) }
}

/// Gives up ownership of a socket.
pub fn into_raw(socket: Socket) -> RawSocket {
    socket.into_raw_socket()
}

pub(super) fn non_blocking(kind: Type) -> Type {
    kind
}

/// Makes a socket that came from outside what this library expects.
pub fn adopt(socket: RawSocket) -> Result<()> {
    let lent = super::borrow(socket);
    lent.r#type()?;
    Ok(lent.set_nonblocking(true)?)
}

/// `closesocket`
pub fn close(socket: RawSocket) {
    // SAFETY: the handle table gives each socket up once.
    unsafe { WinSock::closesocket(socket as WinSock::SOCKET) };
}

/// `accept`
pub fn accept(socket: RawSocket) -> Result<RawSocket> {
    let accepted = super::borrow(socket).accept()?.0;
    accepted.set_nonblocking(true)?;
    Ok(into_raw(accepted))
}

fn length(bytes: usize) -> i32 {
    bytes.min(i32::MAX as usize) as i32
}

/// `send`
pub fn send(socket: RawSocket, data: Window<'_>, flags: i32) -> Result<usize> {
    // SAFETY: the window is readable during the call.
    check(unsafe {
        WinSock::send(
            socket as WinSock::SOCKET,
            data.pointer(),
            length(data.len()),
            flags & !NOT_WINSOCKS,
        )
    })
}

/// `recv`
pub fn recv(socket: RawSocket, buffer: Window<'_>, flags: i32) -> Result<usize> {
    // A non-blocking socket refuses MSG_WAITALL; the loop above this call does the waiting.
    let flags = flags & !(NOT_WINSOCKS | WAIT_ALL);
    // SAFETY: the window is writable during the call.
    check(unsafe {
        WinSock::recv(socket as WinSock::SOCKET, buffer.pointer(), length(buffer.len()), flags)
    })
}

fn buffers(pieces: &[Window<'_>]) -> Vec<WinSock::WSABUF> {
    let buffer = |piece: &Window<'_>| WinSock::WSABUF {
        len: length(piece.len()) as u32,
        buf: piece.pointer(),
    };
    pieces.iter().map(buffer).collect()
}

/// `WSASendTo`
pub fn send_message(
    socket: RawSocket,
    pieces: &[Window<'_>],
    address: Option<&SockAddr>,
    control: &[u8],
    flags: i32,
) -> Result<usize> {
    if !control.is_empty() {
        return Err(Errno::OPNOTSUPP);
    }
    let buffers = buffers(pieces);
    let (name, size) = address.map_or((ptr::null(), 0), |it| (it.as_ptr(), it.len()));
    let mut sent = 0;
    // SAFETY: the pieces are readable and the address valid during the call.
    check(unsafe {
        WinSock::WSASendTo(
            socket as WinSock::SOCKET,
            buffers.as_ptr(),
            buffers.len() as u32,
            &mut sent,
            (flags & !NOT_WINSOCKS) as u32,
            name.cast(),
            size,
            ptr::null_mut(),
            None,
        )
    })?;
    Ok(sent as usize)
}

/// `WSARecvFrom`: bytes, the sender's address, flags; no control data.
pub fn recv_message(
    socket: RawSocket,
    pieces: &[Window<'_>],
    _control: &mut [u8],
    flags: i32,
) -> Result<(usize, SockAddr, i32, usize)> {
    let buffers = buffers(pieces);
    let mut storage = SockAddrStorage::zeroed();
    let mut size = storage.size_of();
    let (mut received, mut flags) = (0, (flags & !(NOT_WINSOCKS | WAIT_ALL)) as u32);
    // SAFETY: the pieces are writable and the storage valid during the call.
    check(unsafe {
        WinSock::WSARecvFrom(
            socket as WinSock::SOCKET,
            buffers.as_ptr(),
            buffers.len() as u32,
            &mut received,
            &mut flags,
            ptr::from_mut(&mut storage).cast(),
            &mut size,
            ptr::null_mut(),
            None,
        )
    })?;
    // SAFETY: Winsock wrote `size` bytes of an address.
    Ok((received as usize, unsafe { SockAddr::new(storage, size) }, flags as i32, 0))
}

/// `getsockopt`: the length that Winsock wrote.
pub fn getsockopt(socket: RawSocket, level: i32, name: i32, value: &mut [u8]) -> Result<usize> {
    let mut size = length(value.len());
    // SAFETY: the slice has room for `size` bytes.
    check(unsafe {
        WinSock::getsockopt(socket as WinSock::SOCKET, level, name, value.as_mut_ptr(), &mut size)
    })?;
    Ok(size as usize)
}

/// `setsockopt`
pub fn setsockopt(socket: RawSocket, level: i32, name: i32, value: &[u8]) -> Result<()> {
    let (pointer, size) = (value.as_ptr(), length(value.len()));
    // SAFETY: the slice is `size` bytes long.
    check(unsafe { WinSock::setsockopt(socket as WinSock::SOCKET, level, name, pointer, size) })
        .map(drop)
}

/// Winsock has no packet filters.
pub fn getsockopt_filter(_: RawSocket, _: usize, _: &mut [u8]) -> Result<usize> {
    Err(Errno::NOPROTOOPT)
}

/// A value that is not in memory.
pub fn setsockopt_nowhere(_: RawSocket, _: i32, _: i32, _: usize, _: bool) -> Result<()> {
    Err(Errno::FAULT)
}

/// Winsock has no packet filters.
pub fn setsockopt_no_filter(_: RawSocket, _: i32, _: i32, _: u16, _: bool) -> Result<()> {
    Err(Errno::NOPROTOOPT)
}

/// Winsock has no packet filters.
pub fn setsockopt_filter(_: RawSocket, _: i32, _: i32, _: &[[u8; 8]]) -> Result<()> {
    Err(Errno::NOPROTOOPT)
}

/// `FIONREAD`
pub fn available(socket: RawSocket) -> Result<usize> {
    let mut bytes = 0;
    // SAFETY: the number outlives the call.
    check(unsafe {
        WinSock::ioctlsocket(socket as WinSock::SOCKET, WinSock::FIONREAD, &mut bytes)
    })?;
    Ok(bytes as usize)
}

/// `WSAPoll`: how many entries have something to report. `None` waits for ever.
pub fn poll(entries: &mut [PollFd], timeout: Option<Duration>) -> Result<usize> {
    let limit = timeout
        .map_or(-1, |timeout| timeout.as_nanos().div_ceil(1_000_000).min(i32::MAX as u128) as i32);
    let pointer = entries.as_mut_ptr().cast::<WinSock::WSAPOLLFD>();
    // SAFETY: a PollFd is a WSAPOLLFD, and the slice has that many.
    check(unsafe { WinSock::WSAPoll(pointer, entries.len() as u32, limit) })
}

/// AFD polls are one-shot, so a drained direction has to be asked for again.
pub const DRAINED_NEEDS_RENEWAL: bool = true;

/// What mio registers for a socket: its own stream type over the borrowed socket, given back unclosed.
pub struct Source(Option<TcpStream>);

impl Source {
    /// The socket must be deregistered before it is closed.
    pub fn new(socket: RawSocket) -> Result<Source> {
        // SAFETY: the stream is taken apart in `drop`, so that it never closes the socket.
        Ok(Source(Some(unsafe { TcpStream::from_raw_socket(socket) })))
    }

    /// Begins to poll.
    pub fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> Result<()> {
        let stream = self.0.as_mut().ok_or(Errno::BADF)?;
        Ok(stream.register(registry, token, interest)?)
    }

    /// Polls afresh.
    pub fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> Result<()> {
        let stream = self.0.as_mut().ok_or(Errno::BADF)?;
        Ok(stream.reregister(registry, token, interest)?)
    }

    /// Ends polling.
    pub fn deregister(&mut self, registry: &Registry) {
        if let Some(stream) = self.0.as_mut() {
            let _ = stream.deregister(registry);
        }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        if let Some(stream) = self.0.take() {
            let _ = stream.into_raw_socket();
        }
    }
}

/// The host's number of a level that Linux numbers so. Only `SOL_SOCKET` differs.
pub fn level_from_linux(level: i32) -> i32 {
    if level == 1 { WinSock::SOL_SOCKET } else { level }
}

/// The host's number of an address family that Linux numbers so.
pub fn family_from_linux(family: i32) -> i32 {
    if family == 10 { AF_INET6 } else { family }
}

/// Sets one of the two timeouts, which Winsock counts in milliseconds.
pub fn set_timeout(socket: RawSocket, name: i32, seconds: i64, microseconds: i32) -> Result<()> {
    if !(0..1_000_000).contains(&microseconds) {
        return Err(Errno::INVAL);
    }
    let milliseconds = seconds.max(0) as u64 * 1000 + (microseconds as u64).div_ceil(1000);
    let value = u32::try_from(milliseconds).unwrap_or(u32::MAX);
    setsockopt(socket, WinSock::SOL_SOCKET, name, &value.to_ne_bytes())
}

/// One of the two timeouts: seconds and microseconds.
pub fn get_timeout(socket: RawSocket, name: i32) -> Result<(i64, i32)> {
    let mut value = [0; 4];
    getsockopt(socket, WinSock::SOL_SOCKET, name, &mut value)?;
    let milliseconds = u32::from_ne_bytes(value);
    Ok((i64::from(milliseconds / 1000), (milliseconds % 1000 * 1000) as i32))
}

/// The index of a network interface by its name: only numbers are taken here.
pub fn interface_index(_name: &str) -> Option<u32> {
    None
}

/// Resolver errors by their C names.
pub const EAI_NAMES: &[(i32, &str)] = &[
    (WinSock::WSATRY_AGAIN, "EAI_AGAIN"),
    (WinSock::WSAEINVAL, "EAI_BADFLAGS"),
    (WinSock::WSANO_RECOVERY, "EAI_FAIL"),
    (WinSock::WSAEAFNOSUPPORT, "EAI_FAMILY"),
    (WinSock::WSA_NOT_ENOUGH_MEMORY, "EAI_MEMORY"),
    (WinSock::WSAHOST_NOT_FOUND, "EAI_NONAME"),
    (WinSock::WSATYPE_NOT_FOUND, "EAI_SERVICE"),
    (WinSock::WSAESOCKTNOSUPPORT, "EAI_SOCKTYPE"),
];

/// The standard library's resolver call; hints other than the family are not taken on Windows.
pub fn get_address_info(query: &Query) -> std::result::Result<Vec<Found>, Failure> {
    let port = match query.service.as_deref().map(str::parse) {
        None => 0,
        Some(Ok(port)) => port,
        Some(Err(_)) => return Err(Failure::Resolver(WinSock::WSATYPE_NOT_FOUND)),
    };
    let host = query.host.as_deref().unwrap_or("localhost");
    let addresses = (host, port)
        .to_socket_addrs()
        .map_err(|error| Failure::Resolver(error.raw_os_error().unwrap_or(0)))?;
    let found = addresses
        .map(|address| Found {
            family: if address.is_ipv4() { AF_INET } else { AF_INET6 },
            kind: query.kind,
            protocol: query.protocol,
            address,
            canonical_name: None,
        })
        .filter(|found| query.family == 0 || query.family == found.family);
    Ok(found.collect())
}

macro_rules! constants {
    ($($name:ident)*) => { &[$((stringify!($name), WinSock::$name as i32),)*] };
}

const WINSOCK_CONSTANTS: &[(&str, i32)] = constants! {
    AF_INET AF_INET6 AF_UNIX AF_UNSPEC
    AI_ADDRCONFIG AI_ALL AI_CANONNAME AI_NUMERICHOST AI_NUMERICSERV AI_PASSIVE AI_V4MAPPED
    IPPROTO_ICMP IPPROTO_ICMPV6 IPPROTO_IP IPPROTO_IPV6 IPPROTO_RAW IPPROTO_TCP IPPROTO_UDP
    NI_DGRAM NI_NAMEREQD NI_NOFQDN NI_NUMERICHOST NI_NUMERICSERV
    MSG_CTRUNC MSG_DONTROUTE MSG_OOB MSG_PEEK MSG_TRUNC MSG_WAITALL
    SOCK_DGRAM SOCK_RAW SOCK_SEQPACKET SOCK_STREAM SOL_SOCKET SOMAXCONN SO_ACCEPTCONN
};

/// What JavaScript may name without knowing the host's numbers; readiness bits are Linux's.
pub const CONSTANTS: &[&[(&str, i32)]] = &[
    WINSOCK_CONSTANTS,
    &[
        ("EADDRNOTAVAIL", Errno::ADDRNOTAVAIL.0),
        ("EAGAIN", Errno::AGAIN.0),
        ("EBADF", Errno::BADF.0),
        ("ECANCELED", Errno::CANCELED.0),
        ("EINPROGRESS", Errno::INPROGRESS.0),
        ("ENOPROTOOPT", Errno::NOPROTOOPT.0),
        ("ETIMEDOUT", Errno::TIMEDOUT.0),
        ("SHUT_RD", 0),
        ("SHUT_WR", 1),
        ("SHUT_RDWR", 2),
    ],
    super::READY_CONSTANTS,
];

/// What an address of no family that the resolver knows is to it.
pub const EAI_BAD_ADDRESS: i32 = WinSock::WSAEAFNOSUPPORT;

/// `getnameinfo`
pub fn get_name_info(
    address: &SockAddr,
    flags: i32,
) -> std::result::Result<(String, String), Failure> {
    let (mut host, mut service) = ([0_u8; 1025], [0_u8; 32]);
    // SAFETY: the address is valid for its length, the arrays for theirs.
    let code = unsafe {
        WinSock::getnameinfo(
            address.as_ptr().cast(),
            address.len(),
            host.as_mut_ptr(),
            host.len() as u32,
            service.as_mut_ptr(),
            service.len() as u32,
            flags,
        )
    };
    let text = |bytes: &[u8]| {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).into_owned()
    };
    match code {
        0 => Ok((text(&host), text(&service))),
        code => Err(Failure::Resolver(code)),
    }
}

/// Guests have no host pipes on Windows.
pub fn write(_: RawSocket, _: Window<'_>) -> Result<usize> {
    Err(Errno::OPNOTSUPP)
}

/// Guests have no host pipes on Windows.
pub fn read(_: RawSocket, _: Window<'_>) -> Result<usize> {
    Err(Errno::OPNOTSUPP)
}

/// Guests have no host pipes on Windows.
pub fn pipe() -> Result<[RawSocket; 2]> {
    Err(Errno::OPNOTSUPP)
}

/// Winsock has no `socketpair`.
pub fn pair(_: i32, _: i32, _: i32) -> Result<[RawSocket; 2]> {
    Err(Errno::OPNOTSUPP)
}

/// Bytes of Linux's `ifreq`.
pub const INTERFACE_REQUEST: usize = 40;

/// Linux's requests about interfaces mean nothing here.
pub fn is_interface_question(_: i32) -> bool {
    false
}

/// Never called.
pub fn ask_interface(_: RawSocket, _: i32, _: &mut [u8; INTERFACE_REQUEST]) -> Result<()> {
    Err(Errno(WinSock::WSAEINVAL))
}

/// `SIOCATMARK`: Winsock says whether there is no urgent data left to read.
pub fn at_mark(socket: RawSocket) -> Result<bool> {
    let mut mark = 0;
    // SAFETY: the number outlives the call.
    check(unsafe {
        WinSock::ioctlsocket(socket as WinSock::SOCKET, WinSock::SIOCATMARK, &mut mark)
    })?;
    Ok(mark != 0)
}

/// One entry of an epoll instance: events and the program's own 64 bits.
pub type EpollEvent = (u32, u64);

/// There is no epoll.
pub fn epoll_create() -> Result<RawSocket> {
    Err(Errno::OPNOTSUPP)
}

/// There is no epoll.
pub fn epoll_ctl(_: RawSocket, _: i32, _: RawSocket, _: EpollEvent) -> Result<()> {
    Err(Errno::OPNOTSUPP)
}

/// There is no epoll.
pub fn epoll_wait(_: RawSocket, _: usize, _: Option<Duration>) -> Result<Vec<EpollEvent>> {
    Err(Errno::OPNOTSUPP)
}

/// Winsock passes no descriptors.
pub const RIGHTS: (i32, i32) = (-1, -1);
/// Nothing here has that either.
pub const PROCESS: (i32, i32) = (-1, -1);
/// `MSG_CTRUNC`
pub const CONTROL_CUT: i32 = WinSock::MSG_CTRUNC as i32;

/// Only sockets come from outside on Windows.
pub fn set_non_blocking(socket: RawSocket) -> Result<()> {
    Ok(super::borrow(socket).set_nonblocking(true)?)
}

pub use super::one_by_one::{recv_many, send_many};

/// The system's number of the calling thread.
pub fn thread_id() -> u64 {
    // SAFETY: asks only for a number.
    u64::from(unsafe { windows_sys::Win32::System::Threading::GetCurrentThreadId() })
}
