//! Socket calls over handles: the non-blocking call, the wait that makes it a blocking one, and the
//! word to the readiness layer about what the program has read, written or accepted.

use std::time::{Duration, Instant};

use socket2::SockAddr;

use crate::errno::{Errno, Result};
use crate::message::{self, Control, Layout};
use crate::policy::{self, Question, guard};
use crate::readiness::{self, Outcome};
use crate::sys::{self, Datagram, Window};
use crate::table::{self, Handle, Owner, Pinned, Traits, state};
use crate::wait::{self, Direction, Patience};

/// Opens a socket for an environment. The numbers are this host's.
///
/// # Errors
/// `socket(2)`: `EAFNOSUPPORT`, `EPROTONOSUPPORT`, `EMFILE`, `EACCES`, `EPERM` …
pub fn open(owner: impl Into<Owner>, family: i32, kind: i32, protocol: i32) -> Result<Handle> {
    let owner = owner.into();
    policy::ask(owner.scope, "socket", Question::Socket { family, kind, protocol })?;
    let socket = sys::open(family, kind, protocol)?;
    table::insert(socket, owner, traits_of(family, kind))
}

fn traits_of(family: i32, kind: i32) -> Traits {
    Traits {
        stream: kind == sys::STREAM,
        pipe: false,
        portless: kind == sys::SOCK_RAW,
        family: family as u16,
    }
}

/// `socketpair(2)`
///
/// # Errors
/// As `socketpair(2)`.
pub fn pair(owner: impl Into<Owner>, family: i32, kind: i32, protocol: i32) -> Result<[Handle; 2]> {
    let owner = owner.into();
    policy::ask(owner.scope, "socketpair", Question::Socket { family, kind, protocol })?;
    let ends = sys::pair(family, kind, protocol)?;
    both(ends, owner, traits_of(family, kind))
}

/// `pipe(2)`: reading end, writing end.
///
/// # Errors
/// As `pipe(2)`.
pub fn pipe(owner: impl Into<Owner>) -> Result<[Handle; 2]> {
    both(sys::pipe()?, owner.into(), FILE)
}

/// What has `read(2)` and `write(2)`.
const FILE: Traits = Traits { stream: true, pipe: true, portless: false, family: 0 };

/// An epoll instance, which has no calls but those of epoll and `poll`.
///
/// # Errors
/// As `epoll_create1(2)`; `ENOSYS` elsewhere than on Linux.
pub fn epoll(owner: impl Into<Owner>) -> Result<Handle> {
    table::insert(sys::epoll_create()?, owner, Traits { stream: false, ..FILE })
}

fn both([one, two]: [sys::RawSocket; 2], owner: Owner, traits: Traits) -> Result<[Handle; 2]> {
    let first = table::insert(one, owner, traits).inspect_err(|_| sys::close(two))?;
    let second = table::insert(two, owner, traits).inspect_err(|_| {
        let _ = table::close(first);
    })?;
    Ok([first, second])
}

/// Takes over a descriptor that trusted code opened elsewhere.
///
/// # Errors
/// `EBADF`, `ENOTSOCK`, `EACCES`.
pub fn adopt(owner: impl Into<Owner>, socket: sys::RawSocket) -> Result<Handle> {
    let owner = owner.into();
    if (socket as i64) < 0 {
        return Err(Errno::BADF);
    }
    let lent = sys::borrow(socket);
    let kind = i32::from(lent.r#type()?);
    let family = i32::from(lent.local_addr()?.family());
    if !owner.scope.is_free() {
        let protocol = sys::protocol(socket)?;
        policy::ask(owner.scope, "adopt", Question::Socket { family, kind, protocol })?;
    }
    sys::adopt(socket)?;
    table::insert(socket, owner, traits_of(family, kind))
}

/// Takes over a descriptor that came in a control message: a socket, or anything else that has
/// `read(2)` and `write(2)`. It is closed when it cannot be taken.
///
/// # Errors
/// `EMFILE`
pub fn receive(owner: impl Into<Owner>, descriptor: sys::RawSocket) -> Result<Handle> {
    let owner = owner.into();
    match adopt(owner, descriptor) {
        Err(Errno::NOTSOCK) => {
            sys::set_non_blocking(descriptor).inspect_err(|_| sys::close(descriptor))?;
            table::insert(descriptor, owner, FILE)
        }
        // The table has closed what it had no room for.
        Err(Errno::MFILE) => Err(Errno::MFILE),
        Err(errno) => {
            sys::close(descriptor);
            Err(errno)
        }
        handle => handle,
    }
}

/// Begins or makes a connection: `true` when it stands, `false` while it is under way.
///
/// # Errors
/// `connect(2)`. A wait that `SO_SNDTIMEO` ends gives `EINPROGRESS`, as a blocking call does.
pub fn connect(socket: &Pinned, address: &SockAddr) -> Result<bool> {
    let found = guard::connect(socket, address)?;
    let address = guard::Found::address(&found, address);
    socket.unmark(state::ENDED);
    match sys::connect(socket.socket(), address) {
        Ok(()) => {
            socket.mark(state::OPENING);
            Ok(true)
        }
        Err(Errno::INPROGRESS) => {
            socket.mark(state::OPENING);
            if socket.blocking() { finish_connect(socket, address) } else { Ok(false) }
        }
        // A Unix listener's queue is full; nothing tells when it is not.
        Err(Errno::AGAIN) if socket.blocking() => wait_for_queue(socket, address),
        // A blocking call joins an attempt that is under way.
        Err(Errno::ALREADY) if socket.blocking() => finish_connect(socket, address),
        // The attempt's error was taken to tell of an event: this is the call that it is meant for.
        Err(Errno::CONNABORTED) => Err(socket.take_kept_error().unwrap_or(Errno::CONNABORTED)),
        Err(errno) => Err(errno),
    }
}

fn wait_for_queue(socket: &Pinned, address: &SockAddr) -> Result<bool> {
    let limit = [sys::borrow(socket.socket()).write_timeout()?, policy::patience(socket.scope())];
    let limit = limit.into_iter().flatten().min();
    let begin = Instant::now();
    let mut pause = Duration::from_micros(100);
    loop {
        if limit.is_some_and(|limit| begin.elapsed() >= limit) {
            return Err(Errno::AGAIN);
        }
        std::thread::sleep(pause);
        pause = (2 * pause).min(Duration::from_millis(5));
        match sys::connect(socket.socket(), address) {
            Err(Errno::AGAIN) => {}
            Ok(()) => {
                socket.mark(state::OPENING);
                return Ok(true);
            }
            Err(errno) => return Err(errno),
        }
    }
}

fn finish_connect(socket: &Pinned, address: &SockAddr) -> Result<bool> {
    match Patience::new(socket, Direction::Write).wait() {
        Ok(()) => {}
        Err(Errno::AGAIN) => return Err(Errno::INPROGRESS),
        Err(errno) => return Err(errno),
    }
    if sys::CONNECT_AGAIN_TELLS {
        // The call that a blocking one would have ended with; SO_ERROR alone would leave the socket
        // connecting for ever.
        return sys::connect(socket.socket(), address).map(|()| true);
    }
    match take_error(socket)? {
        None => Ok(true),
        Some(errno) => Err(errno),
    }
}

/// `bind(2)`
///
/// # Errors
/// As `bind(2)`.
pub fn bind(socket: &Pinned, address: &SockAddr) -> Result<()> {
    guard::bind(socket, address)?;
    sys::bind(socket.socket(), address)?;
    socket.mark(state::BOUND);
    Ok(())
}

/// `listen(2)`
///
/// # Errors
/// As `listen(2)`.
pub fn listen(socket: &Pinned, backlog: i32) -> Result<()> {
    guard::listen(socket)?;
    sys::listen(socket.socket(), backlog)?;
    socket.mark(state::LISTENING);
    Ok(())
}

/// `accept(2)`: a new handle, owned like the listener's.
///
/// # Errors
/// `accept(2)`; `EAGAIN` when no connection waits (or `SO_RCVTIMEO` has passed).
pub fn accept(listener: &Pinned) -> Result<Handle> {
    policy::room(listener.scope())?;
    let wait = listener.blocking();
    let socket = transfer(listener, Direction::Read, wait, || sys::accept(listener.socket()));
    note(listener, Direction::Read, &socket, |_| Outcome::Progress);
    table::insert(socket?, listener.owner(), listener.traits())
}

/// `send(2)`: bytes sent. A blocking call on a stream sends all of them, as the kernel's does.
///
/// # Errors
/// `send(2)`; never a signal.
pub fn send(socket: &Pinned, data: Window<'_>, flags: i32) -> Result<usize> {
    let pipe = socket.traits().pipe;
    send_all(socket, data.len(), flags, |sent| match pipe {
        true => sys::write(socket.socket(), data.skip(sent)),
        false => sys::send(socket.socket(), data.skip(sent), flags),
    })
}

/// `sendmsg(2)`/`sendto(2)`. `control` goes with the first byte.
///
/// # Errors
/// `sendmsg(2)`; never a signal.
pub fn send_message(
    socket: &Pinned,
    pieces: &[Window<'_>],
    address: Option<&SockAddr>,
    control: &[Control],
    flags: i32,
) -> Result<usize> {
    let call = if control.is_empty() { "sendto" } else { "sendmsg" };
    let found = guard::send(socket, call, address, control)?;
    let address = address.map(|address| guard::Found::address(&found, address));
    let total = pieces.iter().map(|piece| piece.len()).sum();
    let control = message::build(control, Layout::HOST);
    send_all(socket, total, flags, |sent| {
        if sent == 0 {
            return sys::send_message(socket.socket(), pieces, address, &control, flags);
        }
        sys::send_message(socket.socket(), &rest(pieces, sent), address, &[], flags)
    })
}

/// Sends until everything is sent, or once when the call must not wait. `call` sends what is left
/// behind a number of bytes.
fn send_all(
    socket: &Pinned,
    total: usize,
    flags: i32,
    mut call: impl FnMut(usize) -> Result<usize>,
) -> Result<usize> {
    if let Some(errno) = socket.take_kept_error() {
        return Err(errno);
    }
    let wait = socket.blocking() && flags & sys::DONT_WAIT == 0;
    let mut sent = 0;
    let result = transfer(socket, Direction::Write, wait, || {
        loop {
            sent += call(sent)?;
            if sent >= total || !wait || !socket.traits().stream {
                return Ok(sent);
            }
        }
    });
    let result = what_was_moved(socket, sent, result);
    if result == Err(Errno::AGAIN) || result.is_ok_and(|sent| sent < total) {
        socket.mark(state::CONGESTED);
    }
    note(socket, Direction::Write, &result, |sent| {
        if sent < total { Outcome::Drained } else { Outcome::Progress }
    });
    result
}

/// A transfer that has begun counts for what it moved; an error that ended it waits for the next
/// call, as in the kernel.
fn what_was_moved(socket: &Pinned, moved: usize, result: Result<usize>) -> Result<usize> {
    match result {
        Err(errno) if moved > 0 => {
            if !errno.would_block() {
                socket.keep_error(errno);
            }
            Ok(moved)
        }
        result => result,
    }
}

/// `SO_ERROR`: the pending error, which is forgotten by this.
///
/// # Errors
/// `getsockopt(2)`
pub fn take_error(socket: &Pinned) -> Result<Option<Errno>> {
    match socket.take_kept_error() {
        Some(errno) => Ok(Some(errno)),
        None => sys::take_error(socket.socket()),
    }
}

/// The pending error, which the next call on the socket still gets: what an event has to tell.
///
/// # Errors
/// `getsockopt(2)`
pub fn peek_error(socket: &Pinned) -> Result<Option<Errno>> {
    let error = take_error(socket)?;
    if let Some(errno) = error {
        socket.keep_error(errno);
    }
    Ok(error)
}

/// `recv(2)`: bytes received, 0 at end of stream.
///
/// # Errors
/// `recv(2)`; `EAGAIN` when nothing waits (or `SO_RCVTIMEO` has passed).
pub fn recv(socket: &Pinned, buffer: Window<'_>, flags: i32) -> Result<usize> {
    if socket.traits().pipe {
        return recv_all(socket, buffer.len(), 0, |_| sys::read(socket.socket(), buffer));
    }
    recv_all(socket, buffer.len(), flags, |received| {
        sys::recv(socket.socket(), buffer.skip(received), flags)
    })
}

/// What [`recv_message`] gives.
pub struct Received {
    /// Bytes, 0 at end of stream.
    pub bytes: usize,
    /// Who sent them; of length 0 on a connected stream.
    pub address: SockAddr,
    /// `msg_flags` of this host.
    pub flags: i32,
    /// Control messages. Descriptors in them are the receiver's to close.
    pub control: Vec<Control>,
}

/// `recvmsg(2)`/`recvfrom(2)`, with room for `room` bytes of control messages in the host's layout.
///
/// # Errors
/// `recvmsg(2)`; `EAGAIN` when nothing waits (or `SO_RCVTIMEO` has passed).
pub fn recv_message(
    socket: &Pinned,
    pieces: &[Window<'_>],
    room: usize,
    flags: i32,
) -> Result<Received> {
    let total = pieces.iter().map(|piece| piece.len()).sum();
    let mut result =
        Received { bytes: 0, address: sys::no_address(), flags: 0, control: Vec::new() };
    let mut control = vec![0; room];
    result.bytes = recv_all(socket, total, flags, |received| {
        let pieces = if received == 0 { pieces } else { &rest(pieces, received) };
        let (count, address, told, used) =
            sys::recv_message(socket.socket(), pieces, &mut control, flags)?;
        if received == 0 {
            result.address = address;
        }
        result.flags |= told;
        // The kernel lays out nothing that does not parse.
        result.control.extend(message::parse(&control[..used], Layout::HOST).unwrap_or_default());
        Ok(count)
    })?;
    if guard::received(socket.scope(), &mut result.control) {
        result.flags |= sys::CONTROL_CUT;
    }
    Ok(result)
}

/// Datagrams that one call moves at most, as the kernel has it (`UIO_MAXIOV`).
pub const MOST_DATAGRAMS: usize = 1024;

/// `sendmmsg(2)`: how many datagrams were sent.
///
/// # Errors
/// `sendmmsg(2)`, for the first datagram; the error of a later one comes with the next call.
pub fn send_many(socket: &Pinned, batch: &mut [Datagram<'_>], flags: i32) -> Result<usize> {
    if let Some(errno) = socket.take_kept_error() {
        return Err(errno);
    }
    let mut found = Vec::new();
    if !socket.scope().is_free() {
        for (index, datagram) in batch.iter_mut().enumerate() {
            let address = (datagram.address.len() > 0).then_some(&datagram.address);
            match guard::send(socket, "sendmmsg", address, &[]) {
                Err(errno) if index == 0 => return Err(errno),
                // Its error comes with the next call, as in the kernel.
                Err(_) => break,
                Ok(file) => {
                    datagram.address = guard::Found::address(&file, &datagram.address).clone();
                    found.push(file);
                }
            }
        }
    }
    let judged = if socket.scope().is_free() { batch.len() } else { found.len() };
    let batch = &mut batch[..judged];
    let wait = socket.blocking() && flags & sys::DONT_WAIT == 0;
    let total = batch.len();
    let result =
        transfer(socket, Direction::Write, wait, || sys::send_many(socket.socket(), batch, flags));
    note(socket, Direction::Write, &result, |sent| {
        if sent < total { Outcome::Drained } else { Outcome::Progress }
    });
    result
}

/// `recvmmsg(2)`: how many datagrams were received. A blocking call waits for the first only.
///
/// # Errors
/// `recvmmsg(2)`; `EAGAIN` when nothing waits (or `SO_RCVTIMEO` has passed).
pub fn recv_many(socket: &Pinned, batch: &mut [Datagram<'_>], flags: i32) -> Result<usize> {
    if let Some(errno) = socket.take_kept_error() {
        return Err(errno);
    }
    // The error queue is never waited for.
    let wait = socket.blocking() && flags & (sys::DONT_WAIT | sys::ERROR_QUEUE) == 0;
    let total = batch.len();
    let result =
        transfer(socket, Direction::Read, wait, || sys::recv_many(socket.socket(), batch, flags));
    note(socket, Direction::Read, &result, |received| {
        if flags & sys::PEEK != 0 || received < total {
            Outcome::Drained
        } else {
            Outcome::Progress
        }
    });
    result
}

/// Receives once, or with `MSG_WAITALL` until everything is there. `call` receives what goes behind
/// a number of bytes.
fn recv_all(
    socket: &Pinned,
    total: usize,
    flags: i32,
    mut call: impl FnMut(usize) -> Result<usize>,
) -> Result<usize> {
    if let Some(errno) = socket.take_kept_error() {
        return Err(errno);
    }
    // The error queue is never waited for.
    let wait = socket.blocking() && flags & (sys::DONT_WAIT | sys::ERROR_QUEUE) == 0;
    let stream = socket.traits().stream;
    let all = wait && flags & sys::WAIT_ALL != 0 && stream && flags & sys::PEEK == 0;
    if wait && !all && flags & sys::WAIT_ALL != 0 && stream {
        Patience::new(socket, Direction::Read).wait_for_bytes(total)?;
    }
    let mut received = 0;
    let result = transfer(socket, Direction::Read, wait, || {
        loop {
            let count = call(received)?;
            received += count;
            if count == 0 || received >= total || !all {
                return Ok(received);
            }
        }
    });
    let result = what_was_moved(socket, received, result);
    if result == Ok(0) && stream && total > 0 {
        socket.mark(state::ENDED);
    }
    note(socket, Direction::Read, &result, |bytes| {
        // Looking is no progress; neither is end of stream, which would be reported for ever.
        if flags & sys::PEEK != 0 || bytes == 0 && stream {
            Outcome::Drained
        } else if bytes < total && stream {
            Outcome::Short
        } else {
            Outcome::Progress
        }
    });
    result
}

/// What is left of a list of pieces behind a number of bytes.
fn rest<'a>(pieces: &[Window<'a>], mut moved: usize) -> Vec<Window<'a>> {
    let mut rest = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let skipped = moved.min(piece.len());
        moved -= skipped;
        rest.push(piece.skip(skipped));
    }
    rest.retain(|piece| !piece.is_empty());
    rest
}

fn transfer<T>(
    socket: &Pinned,
    direction: Direction,
    wait: bool,
    mut call: impl FnMut() -> Result<T>,
) -> Result<T> {
    if wait { wait::retry(&mut Patience::new(socket, direction), call) } else { call() }
}

fn note<T: Copy>(
    socket: &Pinned,
    direction: Direction,
    result: &Result<T>,
    outcome: impl Fn(T) -> Outcome,
) {
    match result {
        Ok(value) => readiness::note(socket, direction, outcome(*value)),
        Err(errno) if errno.would_block() => readiness::note(socket, direction, Outcome::Drained),
        Err(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, SocketAddrV4};
    use std::thread;

    const OWNER: u32 = 950;

    fn stream() -> Handle {
        open(OWNER, sys::AF_INET, sys::STREAM, 0).unwrap()
    }

    fn pair() -> (Handle, Handle) {
        let listener = stream();
        let listening = table::pin(listener).unwrap();
        let loopback = SockAddr::from(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));
        sys::bind(listening.socket(), &loopback).unwrap();
        sys::listen(listening.socket(), 1).unwrap();
        let client = stream();
        let address = sys::local_address(listening.socket()).unwrap();
        listening.mark(state::BLOCKING);
        let connecting = table::pin(client).unwrap();
        connecting.mark(state::BLOCKING);
        assert!(connect(&connecting, &address).unwrap());
        let server = accept(&listening).unwrap();
        table::close(listener).unwrap();
        (client, server)
    }

    #[test]
    fn blocking_calls_move_everything() {
        let (client, server) = pair();
        let total = 8 << 20;
        let writer = thread::spawn(move || {
            let mut bytes: Vec<u8> = (0..total).map(|index| (index % 251) as u8).collect();
            let socket = table::pin(client).unwrap();
            assert_eq!(send(&socket, bytes.as_mut_slice().into(), 0), Ok(total));
            table::close(client).unwrap();
        });
        let mut bytes = vec![0; total];
        let socket = table::pin(server).unwrap();
        socket.mark(state::BLOCKING);
        assert_eq!(recv(&socket, bytes.as_mut_slice().into(), sys::WAIT_ALL), Ok(total));
        assert!(bytes.iter().enumerate().all(|(index, byte)| *byte == (index % 251) as u8));
        writer.join().unwrap();
        assert_eq!(recv(&socket, bytes.as_mut_slice().into(), 0), Ok(0));
        table::close(server).unwrap();
    }

    #[test]
    fn a_receive_timeout_ends_the_wait() {
        let (client, server) = pair();
        let socket = table::pin(server).unwrap();
        let limit = Duration::from_millis(30);
        sys::borrow(socket.socket()).set_read_timeout(Some(limit)).unwrap();
        socket.mark(state::BLOCKING);
        let begin = Instant::now();
        assert_eq!(recv(&socket, [0; 8].as_mut_slice().into(), 0), Err(Errno::AGAIN));
        assert!(begin.elapsed() >= limit);
        table::close(client).unwrap();
        table::close(server).unwrap();
    }

    #[test]
    fn non_blocking_calls_say_so() {
        let (client, server) = pair();
        let socket = table::pin(server).unwrap();
        assert_eq!(recv(&socket, [0; 8].as_mut_slice().into(), 0), Err(Errno::AGAIN));
        let mut block = vec![7; 1 << 20];
        while send(&socket, block.as_mut_slice().into(), 0).is_ok() {}
        assert_eq!(send(&socket, block.as_mut_slice().into(), 0), Err(Errno::AGAIN));
        table::close(client).unwrap();
        table::close(server).unwrap();
    }
}
