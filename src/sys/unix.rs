//! Unix: thin wrappers over libc.

use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::os::fd::{FromRawFd, IntoRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, SockAddr, SockAddrStorage, Socket, Type};

#[cfg(any(target_os = "linux", target_os = "android"))]
use super::Datagram;
use super::Window;
use crate::errno::{Errno, Result};
use crate::option::{self, Platform};
use crate::resolve::{Failure, Found, Query};
use crate::trace;

/// A descriptor.
pub type RawSocket = RawFd;

const LINUX_LIKE: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// Whether [`non_blocking`] alone makes a new socket non-blocking.
pub const OPENS_NON_BLOCKING: bool = LINUX_LIKE;

/// Whether `connect(2)` on a socket whose attempt has ended tells how, and ends the attempt's state.
pub const CONNECT_AGAIN_TELLS: bool = LINUX_LIKE;

/// Never a signal for a peer that is gone: an error is enough (`send(2)`).
#[cfg(not(target_vendor = "apple"))]
const NO_SIGNAL: c_int = libc::MSG_NOSIGNAL;
/// Apple has `SO_NOSIGPIPE` instead, which socket2 sets when it opens a socket.
#[cfg(target_vendor = "apple")]
const NO_SIGNAL: c_int = 0;

/// One entry of [`poll`].
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct PollFd(libc::pollfd);

impl PollFd {
    /// Asks for `events` ([`ready`] bits) of a descriptor; a negative one is passed over.
    pub fn new(socket: RawSocket, events: i16) -> PollFd {
        PollFd(libc::pollfd { fd: socket, events: to_host(events), revents: 0 })
    }

    /// An entry that `poll` passes over.
    pub fn ignored() -> PollFd {
        PollFd::new(-1, 0)
    }

    /// What the kernel reported.
    pub fn revents(&self) -> i16 {
        from_host(self.0.revents)
    }
}

/// The first six bits agree on every Unix; `POLLRDHUP` and the band bits are Linux's own.
fn to_host(events: i16) -> i16 {
    if LINUX_LIKE { events } else { events & 0x3f }
}

fn from_host(revents: i16) -> i16 {
    if LINUX_LIKE { revents } else { revents & 0x3f }
}

/// Repeats a call that a signal interrupted, and turns -1 into the error number.
macro_rules! call {
    ($call:expr) => {
        loop {
            // SAFETY: a plain system call; the caller of the macro vouches for the pointers.
            let result = unsafe { $call };
            if result >= 0 {
                break Ok(result);
            }
            match Errno::last() {
                Errno::INTR => continue,
                errno => break Err(errno),
            }
        }
    };
}

/// Takes ownership of a raw descriptor.
pub(super) fn from_raw(socket: RawSocket) -> Socket {
    // SAFETY: callers pass descriptors that the handle table keeps open while they are used.
    unsafe { Socket::from_raw_fd(socket) }
}

/// Gives up ownership of a socket.
pub fn into_raw(socket: Socket) -> RawSocket {
    socket.into_raw_fd()
}

/// Asks for non-blocking at creation where the system can.
pub(super) fn non_blocking(kind: Type) -> Type {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return kind.nonblocking();
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    kind
}

/// Makes a descriptor that came from outside what this library expects: non-blocking, close-on-exec.
pub fn adopt(socket: RawSocket) -> Result<()> {
    let lent = super::borrow(socket);
    lent.r#type()?;
    lent.set_nonblocking(true)?;
    Ok(lent.set_cloexec(true)?)
}

/// `O_NONBLOCK`, for a descriptor of any kind.
pub fn set_non_blocking(descriptor: RawSocket) -> Result<()> {
    let flags = call!(libc::fcntl(descriptor, libc::F_GETFL))?;
    call!(libc::fcntl(descriptor, libc::F_SETFL, flags | libc::O_NONBLOCK)).map(drop)
}

/// `close(2)`; Linux frees the descriptor whatever the result.
pub fn close(socket: RawSocket) {
    let _ = trace::call(
        "close",
        || socket.to_string(),
        || {
            // SAFETY: the handle table gives each descriptor up once.
            unsafe { libc::close(socket) };
            Ok(())
        },
    );
}

/// `accept4(2)` without asking for the address.
pub fn accept(socket: RawSocket) -> Result<RawSocket> {
    trace::call(
        "accept",
        || socket.to_string(),
        || {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            return call!(libc::accept4(
                socket,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC
            ));
            #[cfg(not(any(target_os = "linux", target_os = "android")))]
            {
                let accepted = super::borrow(socket).accept()?.0;
                accepted.set_nonblocking(true)?;
                Ok(into_raw(accepted))
            }
        },
    )
}

/// The call itself must not wait (`MSG_DONTWAIT`).
pub const DONT_WAIT: i32 = libc::MSG_DONTWAIT;
/// Receive until the buffer is full (`MSG_WAITALL`).
pub const WAIT_ALL: i32 = libc::MSG_WAITALL;
/// Receive from the error queue (`MSG_ERRQUEUE`), which only Linux has.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub const ERROR_QUEUE: i32 = libc::MSG_ERRQUEUE;
/// Elsewhere there is no error queue.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub const ERROR_QUEUE: i32 = 0;
/// Look without taking (`MSG_PEEK`).
pub const PEEK: i32 = libc::MSG_PEEK;

/// `send(2)`
pub fn send(socket: RawSocket, data: Window<'_>, flags: i32) -> Result<usize> {
    trace::call(
        "send",
        || format!("{socket}, {} bytes, {}", data.len(), trace::shown_flags(flags)),
        || {
            call!(libc::send(socket, data.pointer().cast(), data.len(), flags | NO_SIGNAL))
                .map(|sent| sent as usize)
        },
    )
}

/// `recv(2)`
pub fn recv(socket: RawSocket, buffer: Window<'_>, flags: i32) -> Result<usize> {
    trace::call(
        "recv",
        || format!("{socket}, {} bytes, {}", buffer.len(), trace::shown_flags(flags)),
        || {
            call!(libc::recv(socket, buffer.pointer().cast(), buffer.len(), flags))
                .map(|received| received as usize)
        },
    )
}

/// `write(2)`, for pipes. Libuv, and so Node, has `SIGPIPE` ignored.
pub fn write(descriptor: RawSocket, data: Window<'_>) -> Result<usize> {
    trace::call(
        "write",
        || format!("{descriptor}, {} bytes", data.len()),
        || {
            call!(libc::write(descriptor, data.pointer().cast(), data.len()))
                .map(|bytes| bytes as usize)
        },
    )
}

/// `read(2)`, for pipes.
pub fn read(descriptor: RawSocket, buffer: Window<'_>) -> Result<usize> {
    trace::call(
        "read",
        || format!("{descriptor}, {} bytes", buffer.len()),
        || {
            call!(libc::read(descriptor, buffer.pointer().cast(), buffer.len()))
                .map(|bytes| bytes as usize)
        },
    )
}

/// `pipe2(2)`: reading end, writing end; non-blocking, close-on-exec.
pub fn pipe() -> Result<[RawSocket; 2]> {
    trace::call("pipe", String::new, || {
        let mut ends = [-1; 2];
        #[cfg(not(target_vendor = "apple"))]
        call!(libc::pipe2(ends.as_mut_ptr(), libc::O_NONBLOCK | libc::O_CLOEXEC))?;
        #[cfg(target_vendor = "apple")]
        {
            call!(libc::pipe(ends.as_mut_ptr()))?;
            for end in ends {
                call!(libc::fcntl(end, libc::F_SETFD, libc::FD_CLOEXEC))?;
                call!(libc::fcntl(end, libc::F_SETFL, libc::O_NONBLOCK))?;
            }
        }
        Ok(ends)
    })
}

/// `socketpair(2)`
pub fn pair(family: i32, kind: i32, protocol: i32) -> Result<[RawSocket; 2]> {
    trace::call(
        "socketpair",
        || trace::shown_kind(family, kind, protocol),
        || {
            let protocol = (protocol != 0).then(|| Protocol::from(protocol));
            let (one, two) =
                Socket::pair(Domain::from(family), non_blocking(Type::from(kind)), protocol)?;
            if !OPENS_NON_BLOCKING {
                one.set_nonblocking(true)?;
                two.set_nonblocking(true)?;
            }
            Ok([into_raw(one), into_raw(two)])
        },
    )
}

/// `SIOCATMARK`: whether the next byte is behind the urgent mark.
pub fn at_mark(socket: RawSocket) -> Result<bool> {
    trace::call(
        "ioctl",
        || format!("{socket}, SIOCATMARK"),
        || {
            let mut mark: c_int = 0;
            call!(libc::ioctl(socket, SIOCATMARK, &mut mark))?;
            Ok(mark != 0)
        },
    )
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const SIOCATMARK: libc::c_ulong = 0x8905;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const SIOCATMARK: libc::c_ulong = 0x4004_7307;

/// Bytes of `ifreq`.
pub const INTERFACE_REQUEST: usize = 40;

/// Whether an `ioctl(2)` request of Linux asks something about an interface, in an `ifreq`: its name,
/// flags, addresses, metric, MTU, hardware address, index, length of queue.
pub fn is_interface_question(request: i32) -> bool {
    LINUX_LIKE
        && matches!(
            request,
            0x8910
                | 0x8913
                | 0x8915
                | 0x8917
                | 0x8919
                | 0x891b
                | 0x891d
                | 0x8921
                | 0x8927
                | 0x8933
                | 0x8942
        )
}

/// The `ioctl(2)` of such a request.
pub fn ask_interface(
    socket: RawSocket,
    request: i32,
    question: &mut [u8; INTERFACE_REQUEST],
) -> Result<()> {
    trace::call(
        "ioctl",
        || format!("{socket}, {request:#x}"),
        || call!(libc::ioctl(socket, request as _, question.as_mut_ptr())).map(drop),
    )
}

/// One entry of an epoll instance: events and the program's own 64 bits.
pub type EpollEvent = (u32, u64);

/// `epoll_create1(2)`, close-on-exec.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn epoll_create() -> Result<RawSocket> {
    trace::call(
        "epoll_create1",
        || "EPOLL_CLOEXEC".into(),
        || call!(libc::epoll_create1(libc::EPOLL_CLOEXEC)),
    )
}

/// `epoll_ctl(2)`
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn epoll_ctl(
    epoll: RawSocket,
    operation: i32,
    descriptor: RawSocket,
    event: EpollEvent,
) -> Result<()> {
    let arguments = || {
        let operation = match operation {
            libc::EPOLL_CTL_ADD => "EPOLL_CTL_ADD",
            libc::EPOLL_CTL_MOD => "EPOLL_CTL_MOD",
            libc::EPOLL_CTL_DEL => "EPOLL_CTL_DEL",
            _ => "an unknown operation",
        };
        format!("{epoll}, {operation}, {descriptor}, {:#x}", event.0)
    };
    trace::call("epoll_ctl", arguments, || {
        let mut event = libc::epoll_event { events: event.0, u64: event.1 };
        call!(libc::epoll_ctl(epoll, operation, descriptor, &mut event)).map(drop)
    })
}

#[cfg(any(target_os = "linux", target_os = "android"))]
thread_local! {
    /// Where the kernel puts events, of which a program may want many at a time.
    static EVENTS: std::cell::RefCell<Vec<libc::epoll_event>> =
        const { std::cell::RefCell::new(Vec::new()) };
}

/// `epoll_wait(2)`: up to `most` events, none when the time is over (`None`: never). A fraction of a
/// millisecond counts for a whole one.
///
/// # Errors
/// `EINTR` after a signal, if there was a wait.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn epoll_wait(
    epoll: RawSocket,
    most: usize,
    timeout: Option<Duration>,
) -> Result<Vec<EpollEvent>> {
    let milliseconds = timeout.map_or(-1, |timeout| {
        c_int::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(c_int::MAX)
    });
    trace::call(
        "epoll_wait",
        || format!("{epoll}, {most}, {milliseconds}"),
        || {
            EVENTS.with_borrow_mut(|events| {
                events.resize(most.max(events.len()), libc::epoll_event { events: 0, u64: 0 });
                let most = c_int::try_from(most).unwrap_or(c_int::MAX);
                // SAFETY: there is room for `most` events.
                let count =
                    unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), most, milliseconds) };
                let count = usize::try_from(count).map_err(|_| Errno::last())?;
                Ok(events[..count].iter().map(|event| (event.events, event.u64)).collect())
            })
        },
    )
}

/// Elsewhere there is no epoll.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn epoll_create() -> Result<RawSocket> {
    Err(Errno(libc::ENOSYS))
}

/// Elsewhere there is no epoll.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn epoll_ctl(_: RawSocket, _: i32, _: RawSocket, _: EpollEvent) -> Result<()> {
    Err(Errno(libc::ENOSYS))
}

/// Elsewhere there is no epoll.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn epoll_wait(_: RawSocket, _: usize, _: Option<Duration>) -> Result<Vec<EpollEvent>> {
    Err(Errno(libc::ENOSYS))
}

fn message_arguments(
    socket: RawSocket,
    pieces: &[Window<'_>],
    address: Option<&SockAddr>,
    control: usize,
    flags: i32,
) -> String {
    let bytes: usize = pieces.iter().map(|piece| piece.len()).sum();
    let flags = trace::shown_flags(flags);
    let mut text = format!("{socket}, {bytes} bytes in {}", pieces.len());
    if let Some(address) = address {
        text += &format!(", {}", trace::shown_address(address));
    }
    text + &format!(", {control} bytes of control, {flags}")
}

fn option_name(level: i32, name: i32) -> String {
    let spec = Platform::HOST.and_then(|host| option::find_number(host, level, name));
    spec.map_or_else(|| format!("{level}, {name}"), |spec| spec.name.to_owned())
}

/// `sendmsg(2)`; `control` is in the host's layout.
pub fn send_message(
    socket: RawSocket,
    pieces: &[Window<'_>],
    address: Option<&SockAddr>,
    control: &[u8],
    flags: i32,
) -> Result<usize> {
    trace::call(
        "sendmsg",
        || message_arguments(socket, pieces, address, control.len(), flags),
        || {
            // SAFETY: all-zero is a valid msghdr.
            let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
            if let Some(address) = address {
                message.msg_name = address.as_ptr().cast_mut().cast();
                message.msg_namelen = address.len();
            }
            // A Window has iovec's layout: base, length.
            message.msg_iov = pieces.as_ptr().cast_mut().cast();
            message.msg_iovlen = pieces.len() as _;
            // The kernel copies before it looks: any alignment will do.
            if !control.is_empty() {
                message.msg_control = control.as_ptr().cast_mut().cast();
                message.msg_controllen = control.len() as _;
            }
            call!(libc::sendmsg(socket, &message, flags | NO_SIGNAL)).map(|sent| sent as usize)
        },
    )
}

/// `recvmsg(2)`: bytes, the sender's address, `msg_flags`, and how much of `control` was filled.
/// Descriptors in it are close-on-exec.
pub fn recv_message(
    socket: RawSocket,
    pieces: &[Window<'_>],
    control: &mut [u8],
    flags: i32,
) -> Result<(usize, SockAddr, i32, usize)> {
    let room = control.len();
    trace::call(
        "recvmsg",
        || message_arguments(socket, pieces, None, room, flags),
        || {
            let mut storage = SockAddrStorage::zeroed();
            // SAFETY: all-zero is a valid msghdr.
            let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
            message.msg_name = std::ptr::from_mut(&mut storage).cast();
            message.msg_namelen = storage.size_of();
            message.msg_iov = pieces.as_ptr().cast_mut().cast();
            message.msg_iovlen = pieces.len() as _;
            if !control.is_empty() {
                message.msg_control = control.as_mut_ptr().cast();
                message.msg_controllen = control.len() as _;
            }
            let received = call!(libc::recvmsg(socket, &mut message, flags | CLOSE_ON_EXEC))?;
            // SAFETY: the kernel wrote `msg_namelen` bytes of an address.
            let address = unsafe { SockAddr::new(storage, message.msg_namelen) };
            let told = message.msg_flags & !CLOSE_ON_EXEC;
            Ok((received as usize, address, told, message.msg_controllen as usize))
        },
    )
}

/// Headers for a batch; the pieces and addresses that they point to outlive them.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn headers(batch: &mut [Datagram<'_>], pieces: &mut [libc::iovec]) -> Vec<libc::mmsghdr> {
    let header = |(datagram, piece): (&mut Datagram<'_>, &mut libc::iovec)| {
        piece.iov_base = datagram.data.pointer().cast();
        piece.iov_len = datagram.data.len();
        // SAFETY: all-zero is a valid mmsghdr.
        let mut header: libc::mmsghdr = unsafe { std::mem::zeroed() };
        header.msg_hdr.msg_iov = piece;
        header.msg_hdr.msg_iovlen = 1;
        if datagram.address.len() > 0 {
            header.msg_hdr.msg_name = datagram.address.as_ptr().cast_mut().cast();
            header.msg_hdr.msg_namelen = datagram.address.len();
        }
        header
    };
    batch.iter_mut().zip(pieces).map(header).collect()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const NO_PIECE: libc::iovec = libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 };

/// `sendmmsg(2)`: how many datagrams were sent, at least one.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn send_many(socket: RawSocket, batch: &mut [Datagram<'_>], flags: i32) -> Result<usize> {
    let datagrams = batch.len();
    trace::call(
        "sendmmsg",
        || format!("{socket}, {datagrams}, {}", trace::shown_flags(flags)),
        || {
            let mut pieces = vec![NO_PIECE; datagrams];
            let mut headers = headers(batch, &mut pieces);
            let (pointer, count) = (headers.as_mut_ptr(), headers.len() as _);
            let sent = call!(libc::sendmmsg(socket, pointer, count, (flags | NO_SIGNAL) as _))?;
            for (datagram, header) in batch.iter_mut().zip(&headers).take(sent as usize) {
                datagram.length = header.msg_len as usize;
            }
            Ok(sent as usize)
        },
    )
}

/// `recvmmsg(2)`: how many datagrams were received, at least one.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn recv_many(socket: RawSocket, batch: &mut [Datagram<'_>], flags: i32) -> Result<usize> {
    let mut pieces = vec![NO_PIECE; batch.len()];
    let mut storages: Vec<_> = batch.iter().map(|_| SockAddrStorage::zeroed()).collect();
    let mut headers = headers(batch, &mut pieces);
    for (header, storage) in headers.iter_mut().zip(&mut storages) {
        header.msg_hdr.msg_name = std::ptr::from_mut(storage).cast();
        header.msg_hdr.msg_namelen = storage.size_of();
    }
    let (pointer, count) = (headers.as_mut_ptr(), headers.len() as libc::c_uint);
    let received = trace::call(
        "recvmmsg",
        || format!("{socket}, {count}, {}", trace::shown_flags(flags)),
        || {
            call!(libc::recvmmsg(socket, pointer, count, flags as _, std::ptr::null_mut()))
                .map(|received| received as usize)
        },
    )?;
    for ((datagram, header), storage) in batch.iter_mut().zip(&headers).zip(storages).take(received)
    {
        datagram.length = header.msg_len as usize;
        datagram.flags = header.msg_hdr.msg_flags;
        // SAFETY: the kernel wrote `msg_namelen` bytes of an address.
        datagram.address = unsafe { SockAddr::new(storage, header.msg_hdr.msg_namelen) };
    }
    Ok(received)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub use super::one_by_one::{recv_many, send_many};

#[cfg(any(target_os = "linux", target_os = "android"))]
const CLOSE_ON_EXEC: i32 = libc::MSG_CMSG_CLOEXEC;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const CLOSE_ON_EXEC: i32 = 0;

/// Control data that holds descriptors: level and type (`SCM_RIGHTS`).
pub const RIGHTS: (i32, i32) = (libc::SOL_SOCKET, libc::SCM_RIGHTS);
/// Control data that holds a descriptor of the sender's process (`SO_PASSPIDFD`, Linux 6.5;
/// `linux/socket.h`).
pub const PROCESS: (i32, i32) = if LINUX_LIKE { (libc::SOL_SOCKET, 4) } else { (-1, -1) };
/// `MSG_CTRUNC`
pub const CONTROL_CUT: i32 = libc::MSG_CTRUNC;

/// `getsockopt(2)`: the length that the kernel wrote, or says that it has.
///
/// Some getters of Linux write by a count of their own instead of by the length they are given, and
/// one takes pointers from the buffer: those are kept inside memory that is ours.
///
/// # Errors
/// The kernel's; `EFAULT` for a pointer in the buffer.
pub fn getsockopt(socket: RawSocket, level: i32, name: i32, value: &mut [u8]) -> Result<usize> {
    let read = trace::call(
        "getsockopt",
        || format!("{socket}, {}", option_name(level, name)),
        move || {
            let length = ask_option(socket, level, name, value)?;
            Ok((length, &value[..length.min(value.len())]))
        },
    );
    read.map(|(length, _)| length)
}

fn ask_option(socket: RawSocket, level: i32, name: i32, value: &mut [u8]) -> Result<usize> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    match (level, name) {
        (libc::SOL_SOCKET, libc::SO_GET_FILTER) => {
            // The length counts instructions of 8 bytes, of which a filter has 4096 at most.
            let mut program = vec![0; 8 * 4096];
            let instructions = read_option(socket, level, name, &mut program, value.len())?;
            let copied = value.len().min(program.len());
            value[..copied].copy_from_slice(&program[..copied]);
            return Ok(instructions);
        }
        (libc::IPPROTO_IP, IP_MSFILTER) => clamp_count(value, 12, 16, 4),
        (libc::IPPROTO_IP | libc::IPPROTO_IPV6, MCAST_MSFILTER) => {
            clamp_count(value, 140, 144, 128)
        }
        (libc::IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE) if value.iter().any(|byte| *byte != 0) => {
            return Err(Errno::FAULT);
        }
        _ => {}
    }
    let length = value.len();
    read_option(socket, level, name, value, length)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const IP_MSFILTER: i32 = 41;
#[cfg(any(target_os = "linux", target_os = "android"))]
const MCAST_MSFILTER: i32 = 48;
#[cfg(any(target_os = "linux", target_os = "android"))]
const TCP_ZEROCOPY_RECEIVE: i32 = 35;

/// Lowers the count at an offset to the number of entries behind a head that fit the buffer.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn clamp_count(value: &mut [u8], at: usize, head: usize, entry: usize) {
    let room = value.len().saturating_sub(head) / entry;
    if let Some(field) = value.get_mut(at..at + 4) {
        let asked = u32::from_ne_bytes(std::array::from_fn(|index| field[index]));
        field.copy_from_slice(&asked.min(room as u32).to_ne_bytes());
    }
}

fn read_option(
    socket: RawSocket,
    level: i32,
    name: i32,
    value: &mut [u8],
    length: usize,
) -> Result<usize> {
    let mut length = length as libc::socklen_t;
    let pointer = value.as_mut_ptr().cast::<c_void>();
    call!(libc::getsockopt(socket, level, name, pointer, &mut length))?;
    Ok(length as usize)
}

/// `setsockopt(2)`
///
/// # Errors
/// The kernel's. For the options whose value is a pointer to a program bytes cannot hold one that
/// means anything (see [`setsockopt_filter`]): one that leads nowhere takes its place.
pub fn setsockopt(socket: RawSocket, level: i32, name: i32, value: &[u8]) -> Result<()> {
    trace::call(
        "setsockopt",
        || format!("{socket}, {}, {}", option_name(level, name), trace::shown_value(value)),
        || {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            if level == libc::SOL_SOCKET
                && matches!(name, libc::SO_ATTACH_FILTER | libc::SO_ATTACH_REUSEPORT_CBPF)
                && value.len() == size_of::<libc::sock_fprog>()
            {
                let count = u16::from_ne_bytes([value[0], value[1]]);
                let pointer = &value[size_of::<usize>()..];
                return setsockopt_no_filter(
                    socket,
                    level,
                    name,
                    count,
                    pointer.iter().all(|byte| *byte == 0),
                );
            }
            let length = value.len() as libc::socklen_t;
            call!(libc::setsockopt(socket, level, name, value.as_ptr().cast(), length)).map(drop)
        },
    )
}

/// `SO_GET_FILTER` with room for so many instructions of 8 bytes: how many there are.
pub fn getsockopt_filter(socket: RawSocket, room: usize, program: &mut [u8]) -> Result<usize> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let mut whole = vec![0; 8 * 4096];
        let (level, name) = (libc::SOL_SOCKET, libc::SO_GET_FILTER);
        let count = read_option(socket, level, name, &mut whole, room)?;
        program.copy_from_slice(&whole[..program.len()]);
        Ok(count)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = (socket, room, program);
        Err(Errno::NOPROTOOPT)
    }
}

/// `setsockopt(2)` with a value that is not in memory, or with a null pointer: what the kernel finds
/// fault with first, the option, its length or the pointer. (Some options of IPv6 take null for 0.)
///
/// # Errors
/// The kernel's.
pub fn setsockopt_nowhere(
    socket: RawSocket,
    level: i32,
    name: i32,
    length: usize,
    null: bool,
) -> Result<()> {
    let pointer = if null { 0 } else { NOWHERE } as *const c_void;
    call!(libc::setsockopt(socket, level, name, pointer, length as libc::socklen_t)).map(drop)
}

/// Where no process has memory.
const NOWHERE: usize = usize::MAX - 0xffff;

/// [`setsockopt_filter`] with a program that is not in memory, or whose pointer is null.
///
/// # Errors
/// Always.
pub fn setsockopt_no_filter(
    socket: RawSocket,
    level: i32,
    name: i32,
    count: u16,
    null: bool,
) -> Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let filter = if null { 0 } else { NOWHERE } as *mut libc::sock_filter;
        let value = libc::sock_fprog { len: count, filter };
        let length = size_of_val(&value) as libc::socklen_t;
        let pointer = std::ptr::from_ref(&value).cast::<c_void>();
        call!(libc::setsockopt(socket, level, name, pointer, length)).map(drop)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = (socket, level, name, count, null);
        Err(Errno::NOPROTOOPT)
    }
}

/// `setsockopt(2)` of a classic BPF program: instructions as `struct sock_filter` lays them out.
///
/// # Errors
/// The kernel's; `ENOPROTOOPT` elsewhere than on Linux.
pub fn setsockopt_filter(
    socket: RawSocket,
    level: i32,
    name: i32,
    program: &[[u8; 8]],
) -> Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        // sock_filter wants alignment that bytes do not have.
        let mut program: Vec<libc::sock_filter> = program
            .iter()
            .map(|bytes| libc::sock_filter {
                code: u16::from_ne_bytes([bytes[0], bytes[1]]),
                jt: bytes[2],
                jf: bytes[3],
                k: u32::from_ne_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]),
            })
            .collect();
        let value = libc::sock_fprog {
            len: u16::try_from(program.len()).map_err(|_| Errno::INVAL)?,
            filter: program.as_mut_ptr(),
        };
        let length = size_of_val(&value) as libc::socklen_t;
        let pointer = std::ptr::from_ref(&value).cast::<c_void>();
        call!(libc::setsockopt(socket, level, name, pointer, length)).map(drop)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = (socket, level, name, program);
        Err(Errno::NOPROTOOPT)
    }
}

/// `FIONREAD`: bytes that a read would give now.
pub fn available(socket: RawSocket) -> Result<usize> {
    trace::call(
        "ioctl",
        || format!("{socket}, FIONREAD"),
        || {
            let mut bytes: c_int = 0;
            call!(libc::ioctl(socket, libc::FIONREAD, &mut bytes))?;
            Ok(bytes as usize)
        },
    )
}

/// `poll(2)`: how many entries have something to report. `None` waits for ever. `EINTR` is
/// returned, for the caller to work out what is left of its timeout.
pub fn poll(entries: &mut [PollFd], timeout: Option<Duration>) -> Result<usize> {
    let asked = || entries.iter().map(|entry| (entry.0.fd, entry.0.events)).collect::<Vec<_>>();
    let asked = if trace::is_on() { asked() } else { Vec::new() };
    trace::call(
        "poll",
        || {
            let asked = asked.iter().map(|(fd, events)| format!("{fd}:{}", shown_events(*events)));
            let limit = timeout.map_or("no limit".into(), |limit| {
                format!("{} ms", limit.as_nanos().div_ceil(1_000_000))
            });
            format!("[{}], {limit}", asked.collect::<Vec<_>>().join(", "))
        },
        || wait_for(entries, timeout),
    )
}

/// `POLL*` bits by name.
fn shown_events(events: i16) -> String {
    let names = [(libc::POLLIN, "POLLIN"), (libc::POLLPRI, "POLLPRI"), (libc::POLLOUT, "POLLOUT")];
    let named = names.iter().filter(|(bit, _)| events & bit != 0).map(|(_, name)| (*name).into());
    let rest = events & !(libc::POLLIN | libc::POLLPRI | libc::POLLOUT);
    let rest = (rest != 0 || events == 0).then(|| format!("{rest:#x}"));
    named.chain(rest).collect::<Vec<String>>().join("|")
}

fn wait_for(entries: &mut [PollFd], timeout: Option<Duration>) -> Result<usize> {
    let pointer = entries.as_mut_ptr().cast::<libc::pollfd>();
    let count = entries.len() as libc::nfds_t;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let ready = {
        let limit = timeout.map(|timeout| libc::timespec {
            tv_sec: timeout.as_secs().min(i32::MAX as u64) as libc::time_t,
            tv_nsec: timeout.subsec_nanos() as _,
        });
        let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: the slice is valid for `count` entries, the timeout for the call.
        unsafe { libc::ppoll(pointer, count, limit, std::ptr::null()) }
    };
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let ready = {
        let limit = timeout.map_or(-1, |timeout| {
            timeout.as_nanos().div_ceil(1_000_000).min(i32::MAX as u128) as c_int
        });
        // SAFETY: the slice is valid for `count` entries.
        unsafe { libc::poll(pointer, count, limit) }
    };
    if ready < 0 { Err(Errno::last()) } else { Ok(ready as usize) }
}

pub(super) const SOCK_STREAM: i32 = libc::SOCK_STREAM;
/// `SOCK_DGRAM` of this host.
pub const SOCK_DGRAM: i32 = libc::SOCK_DGRAM;
/// `SOCK_RAW` of this host.
pub const SOCK_RAW: i32 = libc::SOCK_RAW;
/// `SOCK_SEQPACKET` of this host.
pub const SOCK_SEQPACKET: i32 = libc::SOCK_SEQPACKET;
/// `NI_NUMERICHOST` of this host.
pub const NI_NUMERICHOST: i32 = libc::NI_NUMERICHOST;
/// `AF_INET` of this host.
pub const AF_INET: i32 = libc::AF_INET;
/// `AF_INET6` of this host.
pub const AF_INET6: i32 = libc::AF_INET6;
/// `AF_UNIX` of this host.
pub const AF_UNIX: i32 = libc::AF_UNIX;

/// On Unix a drained direction announces itself again by its next edge.
pub const DRAINED_NEEDS_RENEWAL: bool = false;

/// What mio registers for a descriptor.
pub struct Source(RawSocket);

impl Source {
    /// The descriptor must be deregistered before it is closed.
    pub fn new(socket: RawSocket) -> Result<Source> {
        Ok(Source(socket))
    }

    /// `epoll_ctl(EPOLL_CTL_ADD)` or its like.
    pub fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> Result<()> {
        Ok(registry.register(&mut SourceFd(&self.0), token, interest)?)
    }

    /// `epoll_ctl(EPOLL_CTL_MOD)`: also has the kernel look afresh.
    pub fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> Result<()> {
        Ok(registry.reregister(&mut SourceFd(&self.0), token, interest)?)
    }

    /// Removes the registration; one that is gone already does not matter.
    pub fn deregister(&mut self, registry: &Registry) {
        let _ = registry.deregister(&mut SourceFd(&self.0));
    }
}

/// `SO_RCVTIMEO` of this host.
pub const SO_RCVTIMEO: i32 = libc::SO_RCVTIMEO;
/// `SO_SNDTIMEO` of this host.
pub const SO_SNDTIMEO: i32 = libc::SO_SNDTIMEO;

/// The host's number of a level that Linux numbers so. Only `SOL_SOCKET` differs.
pub fn level_from_linux(level: i32) -> i32 {
    if level == 1 && !LINUX_LIKE { libc::SOL_SOCKET } else { level }
}

/// Sets one of the two timeouts as the program gave it: the kernel judges the numbers.
pub fn set_timeout(socket: RawSocket, name: i32, seconds: i64, microseconds: i32) -> Result<()> {
    trace::call(
        "setsockopt",
        || {
            format!(
                "{socket}, {}, {seconds} s {microseconds} us",
                option_name(libc::SOL_SOCKET, name)
            )
        },
        || {
            let value = libc::timeval { tv_sec: seconds as _, tv_usec: microseconds as _ };
            let length = size_of::<libc::timeval>() as libc::socklen_t;
            let pointer = std::ptr::from_ref(&value).cast::<c_void>();
            call!(libc::setsockopt(socket, libc::SOL_SOCKET, name, pointer, length)).map(drop)
        },
    )
}

/// One of the two timeouts: seconds and microseconds.
pub fn get_timeout(socket: RawSocket, name: i32) -> Result<(i64, i32)> {
    trace::call(
        "getsockopt",
        || format!("{socket}, {}", option_name(libc::SOL_SOCKET, name)),
        || {
            let mut value = libc::timeval { tv_sec: 0, tv_usec: 0 };
            let mut length = size_of::<libc::timeval>() as libc::socklen_t;
            let pointer = std::ptr::from_mut(&mut value).cast::<c_void>();
            call!(libc::getsockopt(socket, libc::SOL_SOCKET, name, pointer, &mut length))?;
            Ok((value.tv_sec as i64, value.tv_usec as i32))
        },
    )
}

/// The index of a network interface by its name.
pub fn interface_index(name: &str) -> Option<u32> {
    let name = CString::new(name).ok()?;
    // SAFETY: a zero-terminated string that outlives the call.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    (index != 0).then_some(index)
}

/// glibc's own: the name has no address of the family.
#[cfg(any(target_os = "linux", target_os = "android"))]
const EAI_ADDRFAMILY: c_int = -9;

/// Resolver errors by their C names.
pub const EAI_NAMES: &[(i32, &str)] = &[
    #[cfg(any(target_os = "linux", target_os = "android"))]
    (EAI_ADDRFAMILY, "EAI_ADDRFAMILY"),
    (libc::EAI_AGAIN, "EAI_AGAIN"),
    (libc::EAI_BADFLAGS, "EAI_BADFLAGS"),
    (libc::EAI_FAIL, "EAI_FAIL"),
    (libc::EAI_FAMILY, "EAI_FAMILY"),
    (libc::EAI_MEMORY, "EAI_MEMORY"),
    (libc::EAI_NODATA, "EAI_NODATA"),
    (libc::EAI_NONAME, "EAI_NONAME"),
    (libc::EAI_OVERFLOW, "EAI_OVERFLOW"),
    (libc::EAI_SERVICE, "EAI_SERVICE"),
    (libc::EAI_SOCKTYPE, "EAI_SOCKTYPE"),
];

/// `getaddrinfo(3)`
pub fn get_address_info(query: &Query) -> std::result::Result<Vec<Found>, Failure> {
    let text = |text: &Option<String>| {
        let text = text.as_deref().map(CString::new).transpose();
        text.map_err(|_| Failure::Resolver(libc::EAI_NONAME))
    };
    let (host, service) = (text(&query.host)?, text(&query.service)?);
    let pointer = |text: &Option<CString>| text.as_deref().map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: all-zero is a valid addrinfo.
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    hints.ai_flags = query.flags;
    hints.ai_family = query.family;
    hints.ai_socktype = query.kind;
    hints.ai_protocol = query.protocol;
    let mut list = std::ptr::null_mut();
    // SAFETY: strings and hints outlive the call.
    let code = unsafe { libc::getaddrinfo(pointer(&host), pointer(&service), &hints, &mut list) };
    match code {
        0 => {}
        libc::EAI_SYSTEM => return Err(Failure::System(Errno::last())),
        code => return Err(Failure::Resolver(code)),
    }
    let mut found = Vec::new();
    let mut next = list;
    // SAFETY: the resolver's list: each entry is valid until it is freed below, its address is
    // `ai_addrlen` bytes, its name zero-terminated.
    unsafe {
        while let Some(entry) = next.as_ref() {
            next = entry.ai_next;
            let ((), address) = SockAddr::try_init(|storage, length| {
                let size = entry.ai_addrlen.min(*length);
                std::ptr::copy_nonoverlapping(
                    entry.ai_addr.cast::<u8>(),
                    storage.cast::<u8>(),
                    size as usize,
                );
                *length = size;
                Ok(())
            })
            .map_err(|error| Failure::System(error.into()))?;
            let Some(address) = address.as_socket() else {
                continue;
            };
            let name = entry.ai_canonname;
            found.push(Found {
                family: entry.ai_family,
                kind: entry.ai_socktype,
                protocol: entry.ai_protocol,
                address,
                canonical_name: (!name.is_null())
                    .then(|| CStr::from_ptr(name).to_string_lossy().into_owned()),
            });
        }
        libc::freeaddrinfo(list);
    }
    Ok(found)
}

/// The host's number of an address family that Linux numbers so.
pub fn family_from_linux(family: i32) -> i32 {
    match family {
        10 if !LINUX_LIKE => libc::AF_INET6,
        family => family,
    }
}

macro_rules! constants {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i32),)*] };
}

const COMMON_CONSTANTS: &[(&str, i32)] = constants! {
    AF_INET AF_INET6 AF_UNIX AF_UNSPEC
    AI_ADDRCONFIG AI_ALL AI_CANONNAME AI_NUMERICHOST AI_NUMERICSERV AI_PASSIVE AI_V4MAPPED
    EADDRNOTAVAIL EAGAIN EBADF ECANCELED EINPROGRESS ENOPROTOOPT ETIMEDOUT
    IPPROTO_ICMP IPPROTO_ICMPV6 IPPROTO_IP IPPROTO_IPV6 IPPROTO_RAW IPPROTO_TCP IPPROTO_UDP
    NI_DGRAM NI_NAMEREQD NI_NOFQDN NI_NUMERICHOST NI_NUMERICSERV
    MSG_CTRUNC MSG_DONTROUTE MSG_DONTWAIT MSG_EOR MSG_OOB MSG_PEEK MSG_TRUNC MSG_WAITALL
    SCM_RIGHTS SHUT_RD SHUT_RDWR SHUT_WR
    SOCK_DGRAM SOCK_RAW SOCK_SEQPACKET SOCK_STREAM SOL_SOCKET SOMAXCONN SO_ACCEPTCONN
};

#[cfg(any(target_os = "linux", target_os = "android"))]
const PLATFORM_CONSTANTS: &[(&str, i32)] = constants! {
    MSG_CMSG_CLOEXEC MSG_CONFIRM MSG_ERRQUEUE MSG_FASTOPEN MSG_MORE MSG_NOSIGNAL MSG_WAITFORONE
    MSG_ZEROCOPY SCM_CREDENTIALS
};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const PLATFORM_CONSTANTS: &[(&str, i32)] = &[];
/// What libc does not know yet.
const NEWER_CONSTANTS: &[(&str, i32)] = if LINUX_LIKE { &[("SCM_PIDFD", PROCESS.1)] } else { &[] };

/// What JavaScript may name without knowing the host's numbers; readiness bits are Linux's.
pub const CONSTANTS: &[&[(&str, i32)]] =
    &[COMMON_CONSTANTS, PLATFORM_CONSTANTS, NEWER_CONSTANTS, super::READY_CONSTANTS];

/// What an address of no family that the resolver knows is to it.
pub const EAI_BAD_ADDRESS: i32 = libc::EAI_FAMILY;

/// A file that stays what it is while this is held, whatever happens to its name.
pub type Held = Option<std::fs::File>;

/// What a path leads to: its name without symbolic links, and where the system can (Linux) the file
/// itself with an address that leads to nothing else.
///
/// # Errors
/// As `open(2)`.
pub fn hold(path: &[u8]) -> Result<(PathBuf, Held, Option<SockAddr>)> {
    let given = Path::new(OsStr::from_bytes(path));
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use std::os::fd::AsRawFd;
        use std::os::unix::fs::OpenOptionsExt;
        let mut options = std::fs::OpenOptions::new();
        // Not opened for anything: sockets cannot be, and nothing must happen.
        let file = options.read(true).custom_flags(libc::O_PATH).open(given)?;
        let link = format!("/proc/self/fd/{}", file.as_raw_fd());
        if let Ok(name) = std::fs::read_link(&link) {
            let address = crate::address::from_path(link.as_bytes())?;
            return Ok((name, Some(file), Some(address)));
        }
        // Without /proc as elsewhere.
    }
    let name = given.canonicalize()?;
    let address = crate::address::from_path(name.as_os_str().as_bytes()).ok();
    Ok((name, None, address))
}

/// `SO_PROTOCOL`, 0 where the system does not tell.
///
/// # Errors
/// As `getsockopt(2)`.
pub fn protocol(socket: RawSocket) -> Result<i32> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return Ok(super::borrow(socket).protocol()?.map_or(0, i32::from));
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = socket;
        Ok(0)
    }
}

/// `getnameinfo(3)`
pub fn get_name_info(
    address: &SockAddr,
    flags: i32,
) -> std::result::Result<(String, String), Failure> {
    let (mut host, mut service) = ([0 as c_char; 1025], [0 as c_char; 32]);
    // SAFETY: the address is valid for its length, the arrays for theirs.
    let code = unsafe {
        libc::getnameinfo(
            address.as_ptr().cast(),
            address.len(),
            host.as_mut_ptr(),
            host.len() as _,
            service.as_mut_ptr(),
            service.len() as _,
            flags,
        )
    };
    match code {
        // SAFETY: the resolver ends both texts in a zero byte.
        0 => Ok(unsafe {
            (
                CStr::from_ptr(host.as_ptr()).to_string_lossy().into_owned(),
                CStr::from_ptr(service.as_ptr()).to_string_lossy().into_owned(),
            )
        }),
        libc::EAI_SYSTEM => Err(Failure::System(Errno::last())),
        code => Err(Failure::Resolver(code)),
    }
}

/// The system's number of the calling thread, as `strace -f` and debuggers show it.
pub fn thread_id() -> u64 {
    // SAFETY: asks only for a number.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return unsafe { libc::gettid() } as u64;
    #[cfg(target_vendor = "apple")]
    {
        let mut id = 0;
        // SAFETY: 0 is the calling thread; the number outlives the call.
        unsafe { libc::pthread_threadid_np(0, &mut id) };
        id
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    // SAFETY: asks only for a number.
    return unsafe { libc::pthread_self() } as u64;
}
