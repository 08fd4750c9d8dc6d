//! Socket calls of wasm programs: memory and pointers in, the guest's error numbers out.
//!
//! Each call takes the module instance, its descriptor, the program's memory as a typed array, and the
//! arguments of the system call with pointers as numbers; results are the system call's, or `-errno` in Emscripten's
//! numbers. A pointer that does not lie in memory is `EFAULT`.

use std::net::Shutdown;

use super::environment::Environment;
use super::hot::{Answer, Call, WrongArgument, raw_callbacks};
use crate::emscripten::memory::Memory;
use crate::emscripten::message::{self as guest_message, Fields, MOST_PIECES, Message};
use crate::emscripten::{errno, guest as guests, option, poll as guest_poll, sockaddr};
use crate::errno::{Errno, Result};
use crate::message::{self, Control, Layout};
use crate::policy::Scope;
use crate::socket;
use crate::sys::{self, Datagram, PollFd, Window, ready};
use crate::table::{self, Handle, Owner, Pinned, state};
use crate::wait;

/// `SOCK_NONBLOCK` and `SOCK_CLOEXEC` in a guest's socket type: every descriptor has both here.
const TYPE_FLAGS: i32 = 0o4000 | 0o2000000;

type Arguments<T> = std::result::Result<T, WrongArgument>;

fn guest(result: Result<i32>) -> Answer {
    Ok(result.unwrap_or_else(|error| -errno::to_guest(error)))
}

/// The socket that the first two arguments name: instance, descriptor.
fn named(call: &Call) -> Arguments<Result<Pinned>> {
    Ok(guests::pin(call.int(0)?, call.int(1)?))
}

/// The socket and the memory that begin most calls' arguments.
fn begin<'a>(call: &'a Call) -> Arguments<(Result<Pinned>, Memory<'a>)> {
    Ok((named(call)?, call.bytes(2)?))
}

/// An address and its length (or the place of that), the last two arguments of a call; zeros where
/// they are left out.
fn named_peer(call: &Call) -> Arguments<(usize, usize)> {
    if call.has(6) { Ok((call.size(6)?, call.size(7)?)) } else { Ok((0, 0)) }
}

/// A handle for an instance, which alone can name it.
fn given(instance: i32, handle: Result<Handle>) -> Answer {
    guest(handle.and_then(|handle| guests::give(instance, handle)).map(|Handle(handle)| handle))
}

/// `(instance, family, type, protocol)`: a handle.
fn open(call: &Call) -> Answer {
    let (instance, family) = (call.int(0)?, call.int(1)?);
    let (kind, protocol) = (call.int(2)?, call.int(3)?);
    let host_family = sys::family_from_linux(family);
    given(
        instance,
        guests::owner(instance)
            .and_then(|owner| socket::open(owner, host_family, kind & !TYPE_FLAGS, protocol)),
    )
}

fn bind(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let (pointer, length) = (call.size(3)?, call.int(4)?);
    guest(socket.and_then(|socket| {
        socket::bind(&socket, &sockaddr::read(memory, pointer, length)?).map(|()| 0)
    }))
}

fn connect(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let (pointer, length) = (call.size(3)?, call.int(4)?);
    guest(socket.and_then(|socket| {
        let address = sockaddr::read(memory, pointer, length)?;
        match socket::connect(&socket, &address)? {
            true => Ok(0),
            false => Err(Errno::INPROGRESS),
        }
    }))
}

fn listen(call: &Call) -> Answer {
    let (socket, backlog) = (named(call)?, call.int(2)?);
    guest(socket.and_then(|socket| socket::listen(&socket, backlog).map(|()| 0)))
}

fn shutdown(call: &Call) -> Answer {
    let (socket, how) = (named(call)?, call.int(2)?);
    guest(socket.and_then(|socket| {
        let how = match how {
            0 => Shutdown::Read,
            1 => Shutdown::Write,
            2 => Shutdown::Both,
            _ => return Err(Errno::INVAL),
        };
        sys::shutdown(socket.socket(), how).map(|()| 0)
    }))
}

fn accept(call: &Call) -> Answer {
    let (listener, memory) = begin(call)?;
    let (instance, pointer, length) = (call.int(0)?, call.size(3)?, call.size(4)?);
    guest(listener.and_then(|listener| {
        if pointer != 0 {
            // Before a connection is taken that could not be reported.
            memory.word(length)?;
        }
        let handle = guests::give(instance, socket::accept(&listener)?)?;
        if pointer != 0 {
            let accepted = table::pin(handle)?;
            // A peer that is gone by now has no name; the kernel's accept would still have it.
            let peer = sys::peer_address(accepted.socket()).unwrap_or_else(|_| sys::no_address());
            if let Err(error) = sockaddr::write(memory, pointer, length, &peer) {
                table::close(handle)?;
                return Err(error);
            }
        }
        Ok(handle.0)
    }))
}

/// `(instance, fd, memory, address, addressLength, peer)`
fn name(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let (pointer, length, peer) = (call.size(3)?, call.size(4)?, call.int(5)? != 0);
    guest(socket.and_then(|socket| {
        let address = match peer {
            true => sys::peer_address(socket.socket())?,
            false => sys::local_address(socket.socket())?,
        };
        sockaddr::write(memory, pointer, length, &address).map(|()| 0)
    }))
}

/// In the flags of `hostsock.c`: `read(2)` or `write(2)`, which pipes have as well. The kernel uses
/// this bit for nothing.
const AS_FILE: i32 = 0x1000_0000;

fn file_flags(socket: &Pinned, flags: i32) -> Result<i32> {
    match socket.traits().pipe && flags & AS_FILE == 0 {
        true => Err(Errno::NOTSOCK),
        false => Ok(flags & !AS_FILE),
    }
}

/// `(instance, fd, memory, data, length, flags, address, addressLength)`
fn sendto(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let data = memory.window(call.size(3)?, call.size(4)?);
    let flags = call.int(5)?;
    let (pointer, length) = named_peer(call)?;
    guest(socket.and_then(|socket| {
        let (data, flags) = (data?, file_flags(&socket, flags)?);
        let sent = if pointer == 0 {
            socket::send(&socket, data, flags)?
        } else {
            let address = sockaddr::read(memory, pointer, length as i32)?;
            socket::send_message(&socket, &[data], Some(&address), &[], flags)?
        };
        Ok(sent as i32)
    }))
}

/// `(instance, fd, memory, buffer, length, flags, address = 0, addressLengthPointer = 0)`
fn recvfrom(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let buffer = memory.window(call.size(3)?, call.size(4)?);
    let flags = call.int(5)?;
    let (pointer, length) = named_peer(call)?;
    guest(socket.and_then(|socket| {
        let buffer = buffer?;
        if flags & AS_FILE != 0 && buffer.is_empty() {
            // read(2) of nothing; recv(2) would wait.
            return Ok(0);
        }
        let flags = file_flags(&socket, flags)?;
        if pointer == 0 {
            return Ok(socket::recv(&socket, buffer, flags)? as i32);
        }
        memory.word(length)?;
        let received = socket::recv_message(&socket, &[buffer], 0, flags)?;
        sockaddr::write(memory, pointer, length, &received.address)?;
        Ok(received.bytes as i32)
    }))
}

/// A guest's `SOL_SOCKET`, and the types of its control messages that hold descriptors: `SCM_RIGHTS`,
/// `SCM_PIDFD`.
const SOL_SOCKET: i32 = 1;
const RIGHTS: i32 = 1;
const PROCESS: i32 = 4;

/// Bytes of control messages that the kernel takes at most (`net.core.optmem_max` is far below).
const MOST_CONTROL: usize = 1 << 20;

/// A guest's control messages for the host: descriptors become the host's. The sockets stay pinned
/// until the call is over.
fn control_to_host(
    instance: i32,
    memory: Memory<'_>,
    message: &Message<'_>,
) -> Result<(Vec<Control>, Vec<Pinned>)> {
    if message.control == 0 || message.control_length == 0 {
        return Ok((Vec::new(), Vec::new()));
    }
    if message.control_length > MOST_CONTROL {
        return Err(Errno::NOBUFS);
    }
    let mut bytes = vec![0; message.control_length];
    memory.read(message.control, &mut bytes)?;
    let mut list = message::parse(&bytes, message.layout)?;
    let mut pinned = Vec::new();
    for control in &mut list {
        let level = sys::level_from_linux(control.level);
        if (control.level, control.kind) == (SOL_SOCKET, RIGHTS) {
            for descriptor in control.data.as_chunks_mut::<4>().0 {
                let socket = guests::pin(instance, i32::from_le_bytes(*descriptor))?;
                *descriptor = (socket.socket() as i32).to_le_bytes();
                pinned.push(socket);
            }
        }
        control.level = level;
    }
    Ok((list, pinned))
}

/// Received control messages for a guest: descriptors become handles, which its thread that has the
/// file system gives descriptors. Those that do not fit are closed.
fn control_to_guest(
    instance: i32,
    owner: Owner,
    memory: Memory<'_>,
    message: &Message<'_>,
    mut list: Vec<Control>,
) -> Result<bool> {
    let mut handles = Vec::new();
    for control in &mut list {
        if control.brings_descriptors() {
            let kind = if (control.level, control.kind) == sys::RIGHTS { RIGHTS } else { PROCESS };
            (control.level, control.kind) = (SOL_SOCKET, kind);
            for descriptor in control.data.as_chunks_mut::<4>().0 {
                let host = i32::from_le_bytes(*descriptor) as sys::RawSocket;
                let handle =
                    socket::receive(owner, host).and_then(|handle| guests::give(instance, handle));
                let handle = handle.map_or(-1, |Handle(handle)| handle);
                handles.push(handle);
                *descriptor = handle.to_le_bytes();
            }
        }
    }
    let room = if message.control == 0 { 0 } else { message.control_length };
    let (bytes, cut) = message::fill(&list, message.layout, room);
    let delivered: Vec<i32> = message::parse(&bytes, message.layout)
        .unwrap_or_default()
        .iter()
        .filter(|control| control.level == SOL_SOCKET && [RIGHTS, PROCESS].contains(&control.kind))
        .flat_map(|control| control.data.as_chunks::<4>().0)
        .map(|handle| i32::from_le_bytes(*handle))
        .collect();
    for handle in handles.iter().skip(delivered.len()) {
        let _ = table::close(Handle(*handle));
    }
    memory.write(message.control, &bytes)?;
    memory.set_word(message.at.control_length, bytes.len() as u32)?;
    Ok(cut)
}

/// `readv(2)` and `writev(2)`: `(instance, fd, memory, list, count)`
fn vectored(call: &Call, read: bool) -> Answer {
    let (socket, memory) = begin(call)?;
    let (instance, list, count) = (call.int(0)?, call.size(3)?, call.int(4)?);
    guest(socket.and_then(|socket| {
        let count =
            usize::try_from(count).ok().filter(|count| *count <= guest_message::MOST_PIECES);
        let word = guests::word(instance)?;
        let pieces = guest_message::pieces(memory, list, count.ok_or(Errno::INVAL)?, word)?;
        if pieces.iter().all(|piece| piece.is_empty()) {
            return Ok(0);
        }
        if socket.traits().pipe {
            return vectored_pipe(&socket, &pieces, read);
        }
        let bytes = match read {
            true => socket::recv_message(&socket, &pieces, 0, 0)?.bytes,
            false => socket::send_message(&socket, &pieces, None, &[], 0)?,
        };
        Ok(bytes as i32)
    }))
}

/// `(instance, fd, memory, message, flags)`
fn sendmsg(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let (instance, pointer, flags) = (call.int(0)?, call.size(3)?, call.int(4)?);
    guest(socket.and_then(|socket| {
        let message = Message::read(guests::word(instance)?, memory, pointer)?;
        let (control, _pinned) = control_to_host(instance, memory, &message)?;
        let address = match message.name {
            0 => None,
            name => Some(sockaddr::read(memory, name, message.name_length)?),
        };
        let sent =
            socket::send_message(&socket, &message.pieces, address.as_ref(), &control, flags)?;
        Ok(sent as i32)
    }))
}

/// Events that one call hands over at most; the others come with the next.
const MOST_EVENTS: usize = 1024;

/// `MSG_WAITFORONE` of `recvmmsg(2)`, which is no flag of the host's calls.
const WAIT_FOR_ONE: i32 = 0x10000;

/// One of a guest's `mmsghdr`s, at a place that is known to lie inside.
struct Batched {
    name: usize,
    fields: Fields,
    /// Where the length of what was moved goes.
    length: usize,
}

/// A guest's `mmsghdr`s of one piece each and without control data, for one call of the host.
fn batched<'a>(
    call: &Call,
    memory: Memory<'a>,
    sending: bool,
) -> Result<(Vec<Batched>, Vec<Datagram<'a>>)> {
    let argument = |position| call.size(position).map_err(|_| Errno::INVAL);
    let (list, count) = (argument(3)?, argument(4)?.min(MOST_PIECES));
    let word = guests::word(call.int(0).map_err(|_| Errno::INVAL)?)?;
    // `msghdr` and the length, padded to a word.
    let stride = 8 * word;
    memory.window(list, stride * count)?;
    let entry = |index: usize| {
        let at = list + stride * index;
        let pieces = memory.size(at + 2 * word, word)?;
        if (memory.word(at + 3 * word)?, memory.word(at + 5 * word)?) != (1, 0) {
            return Err(Errno::INVAL);
        }
        let data = memory
            .window(memory.size(pieces, word)?, memory.size(pieces.wrapping_add(word), word)?)?;
        let name = memory.size(at, word)?;
        let address = match name {
            name if sending && name != 0 => {
                sockaddr::read(memory, name, memory.word(at + word)? as i32)?
            }
            _ => sys::no_address(),
        };
        let batched = Batched { name, fields: Fields::of(at, word), length: at + 7 * word };
        Ok((batched, Datagram { data, address, length: 0, flags: 0 }))
    };
    let (mut messages, mut batch) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for index in 0..count {
        match entry(index) {
            Ok((message, datagram)) => {
                messages.push(message);
                batch.push(datagram);
            }
            Err(errno) if index == 0 => return Err(errno),
            // Those before it are moved, as in the kernel.
            Err(_) => break,
        }
    }
    Ok((messages, batch))
}

/// Moves a batch until it is done, or once when the call must not wait for all of it. What was moved
/// before an error counts.
fn move_all(
    total: usize,
    all: bool,
    mut call: impl FnMut(usize) -> Result<usize>,
) -> Result<usize> {
    let mut moved = 0;
    loop {
        match call(moved) {
            Ok(count) => moved += count,
            Err(errno) if moved == 0 => return Err(errno),
            Err(_) => return Ok(moved),
        }
        if !all || moved >= total {
            return Ok(moved);
        }
    }
}

/// `(instance, fd, memory, messages, count, flags)`, every message of one piece without control data:
/// how many were sent. 0 for a stream, which takes messages one by one as they may go in parts.
fn sendmmsg(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let flags = call.int(5)?;
    guest(socket.and_then(|socket| {
        if socket.traits().stream {
            return Ok(0);
        }
        let (messages, mut batch) = batched(call, memory, true)?;
        let wait = socket.blocking() && flags & sys::DONT_WAIT == 0;
        let total = batch.len();
        let sent = move_all(total, wait, |from| {
            let sent = socket::send_many(&socket, &mut batch[from..], flags)?;
            for (message, datagram) in messages[from..].iter().zip(&batch[from..]).take(sent) {
                memory.set_word(message.length, datagram.length as u32)?;
            }
            Ok(sent)
        })?;
        Ok(sent as i32)
    }))
}

/// `(instance, fd, memory, messages, count, flags)`, every message of one piece without control data:
/// how many were received. 0 for a stream, as with `sendmmsg`.
fn recvmmsg(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let flags = call.int(5)?;
    guest(socket.and_then(|socket| {
        if socket.traits().stream {
            return Ok(0);
        }
        let (messages, mut batch) = batched(call, memory, false)?;
        let for_one = flags & WAIT_FOR_ONE != 0;
        let flags = flags & !WAIT_FOR_ONE;
        let wait = socket.blocking() && flags & (sys::DONT_WAIT | sys::ERROR_QUEUE) == 0;
        let total = batch.len();
        let received = move_all(total, wait && !for_one, |from| {
            let received = socket::recv_many(&socket, &mut batch[from..], flags)?;
            for (message, datagram) in messages[from..].iter().zip(&batch[from..]).take(received) {
                if message.name != 0 {
                    let room = message.fields.name_length;
                    sockaddr::write(memory, message.name, room, &datagram.address)?;
                }
                memory.set_word(message.fields.flags, datagram.flags as u32)?;
                memory.set_word(message.length, datagram.length as u32)?;
            }
            Ok(received)
        })?;
        Ok(received as i32)
    }))
}

/// `(instance, fd, memory, message, flags)`. Descriptors in the control messages are handles, which
/// the caller has to give descriptors.
fn recvmsg(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let (instance, pointer, flags) = (call.int(0)?, call.size(3)?, call.int(4)?);
    guest(socket.and_then(|socket| {
        let message = Message::read(guests::word(instance)?, memory, pointer)?;
        // The host's headers are no smaller than a guest's: room for as many messages.
        let room = if message.control == 0 { 0 } else { message.control_length.min(MOST_CONTROL) };
        memory.window(message.control, room)?;
        let room = if room == 0 { 0 } else { room * 2 + Layout::HOST.header() };
        let received = socket::recv_message(&socket, &message.pieces, room, flags)?;
        if message.name != 0 {
            sockaddr::write(memory, message.name, message.at.name_length, &received.address)?;
        }
        let cut = control_to_guest(instance, socket.owner(), memory, &message, received.control)?;
        let told = received.flags | if cut { sys::CONTROL_CUT } else { 0 };
        memory.set_word(message.at.flags, told as u32)?;
        Ok(received.bytes as i32)
    }))
}

/// `(instance, fd, memory, level, option, value, lengthPointer)`
fn getsockopt(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let instance = call.int(0)?;
    let which = (call.int(3)?, call.int(4)?);
    let (pointer, length) = (call.size(5)?, call.size(6)?);
    guest(socket.and_then(|socket| {
        if which == (1, 4) {
            return pending_error(&socket, memory, pointer, length);
        }
        let wide = guests::wide(instance)?;
        option::get(socket.socket(), memory, wide, which, pointer, length).map(|()| 0)
    }))
}

/// `SO_ERROR` holds an error number, which must be the guest's.
fn pending_error(
    socket: &Pinned,
    memory: Memory<'_>,
    pointer: usize,
    length_pointer: usize,
) -> Result<i32> {
    let length = option::room(memory, length_pointer)?.min(4);
    memory.window(pointer, length)?;
    let error = socket::take_error(socket)?.map_or(0, errno::to_guest);
    option::give(memory, pointer, &error.to_le_bytes()[..length], length_pointer, length)?;
    Ok(0)
}

/// `(instance, fd, memory, level, option, value, length)`
fn setsockopt(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let instance = call.int(0)?;
    let which = (call.int(3)?, call.int(4)?);
    let (pointer, length) = (call.size(5)?, call.int(6)?);
    guest(socket.and_then(|socket| {
        let wide = guests::wide(instance)?;
        option::set(socket.socket(), socket.scope(), memory, wide, which, pointer, length)
            .map(|()| 0)
    }))
}

/// A pipe takes one piece after the other; the first short one is the last.
fn vectored_pipe(pipe: &Pinned, pieces: &[Window<'_>], read: bool) -> Result<i32> {
    let mut total = 0;
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        let moved = match read {
            true if total > 0 && !readable(pipe)? => break,
            true => socket::recv(pipe, *piece, 0),
            false => socket::send(pipe, *piece, 0),
        };
        match moved {
            Ok(bytes) => total += bytes,
            Err(_) if total > 0 => break,
            Err(errno) => return Err(errno),
        }
        if total > 0 && moved.is_ok_and(|bytes| bytes < piece.len()) {
            break;
        }
    }
    Ok(total as i32)
}

fn readable(pipe: &Pinned) -> Result<bool> {
    let mut entry = [PollFd::new(pipe.socket(), ready::IN)];
    Ok(wait::poll(&mut entry, wait::deadline(0.0))? > 0)
}

/// `(instance, …, memory, descriptors)`: writes two handles of a new pair or pipe.
fn two(call: &Call, make: impl FnOnce(Owner) -> Result<[Handle; 2]>, at: usize) -> Answer {
    let (instance, memory, pointer) = (call.int(0)?, call.memory(at)?, call.size(at + 1)?);
    guest(memory.window(pointer, 8).and_then(|_| {
        let [one, two] = make(guests::owner(instance)?)?;
        guests::give(instance, one)?;
        guests::give(instance, two)?;
        memory.set_word(pointer, one.0 as u32)?;
        memory.set_word(pointer + 4, two.0 as u32)?;
        Ok(0)
    }))
}

/// What a pipe that poll(2) calls writable has room for (`PIPE_BUF`): a write of more could wait.
const ATOMIC: usize = 4096;

/// `(instance, memory, fds, count, milliseconds, hosts)`: `poll(2)`. `hosts` is 0, or points to a
/// word for each entry that is no socket: a standard stream's number, or -1 when the file system has
/// given its answer in `revents` already.
fn poll(call: &Call) -> Answer {
    let (instance, memory) = (call.int(0)?, call.memory(1)?);
    let (fds, count) = (call.size(2)?, call.size(3)?);
    let (milliseconds, hosts) = (call.double(4)?, call.size(5)?);
    guest(guest_poll::poll(instance, memory, fds, count, milliseconds, hosts))
}

/// `(instance, memory, list, count, host, wait)`: `readv(2)` or `writev(2)` of one of the standard
/// streams, which may be anything: a terminal, a file, a pipe whose other end is slow.
fn standard(call: &Call, read: bool) -> Answer {
    let (instance, memory) = (call.int(0)?, call.memory(1)?);
    let (list, count) = (call.size(2)?, call.size(3)?);
    let (host, wait) = (call.int(4)?, call.int(5)? != 0);
    guest(guests::word(instance).and_then(|word| {
        let scope = guests::scope(instance);
        if !guest_poll::STANDARD_STREAMS.contains(&host) {
            return Err(Errno::BADF);
        }
        if count > MOST_PIECES {
            return Err(Errno::INVAL);
        }
        let pieces = guest_message::pieces(memory, list, count, word)?;
        let mut total = 0;
        for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
            if read {
                // What one call gives: whether there is more, only a wait could tell.
                return Ok(move_standard(scope, host, *piece, true, wait)? as i32);
            }
            let mut done = 0;
            while done < piece.len() {
                let rest = piece.skip(done).first(if wait { usize::MAX } else { ATOMIC });
                match move_standard(scope, host, rest, false, wait) {
                    Ok(bytes) => done += bytes,
                    Err(_) if total + done > 0 => return Ok((total + done) as i32),
                    Err(errno) => return Err(errno),
                }
            }
            total += done;
        }
        Ok(total as i32)
    }))
}

/// One `read` or `write`, when there is something to read or room.
fn move_standard(
    scope: Scope,
    host: i32,
    piece: Window<'_>,
    read: bool,
    wait: bool,
) -> Result<usize> {
    let events = if read { ready::IN } else { ready::OUT };
    loop {
        let deadline = wait::deadline_under(scope, if wait { -1.0 } else { 0.0 });
        let mut entry = [PollFd::new(host as sys::RawSocket, events)];
        if wait::poll(&mut entry, deadline)? == 0 {
            return Err(Errno::AGAIN);
        }
        let moved = match read {
            true => sys::read(host as sys::RawSocket, piece),
            false => sys::write(host as sys::RawSocket, piece),
        };
        match moved {
            // Another process that shares it was faster.
            Err(Errno::AGAIN) if wait => {}
            result => return result,
        }
    }
}

/// `(instance, epfd, memory, operation, fd, event)`; `fd` may be a standard stream's number with
/// `host` set.
fn epoll_ctl(call: &Call) -> Answer {
    let (epoll, memory) = begin(call)?;
    let (instance, operation, descriptor) = (call.int(0)?, call.int(3)?, call.int(4)?);
    let (pointer, host) = (call.size(5)?, call.int(6)?);
    guest(epoll.and_then(|epoll| {
        let mut event = [0; 16];
        // EPOLL_CTL_DEL takes any pointer.
        if operation != 2 {
            memory.read(pointer, &mut event)?;
        }
        let events = u32::from_le_bytes(std::array::from_fn(|index| event[index]));
        let data = u64::from_le_bytes(std::array::from_fn(|index| event[8 + index]));
        let pinned;
        let target = if guest_poll::STANDARD_STREAMS.contains(&host) {
            host as sys::RawSocket
        } else {
            pinned = guests::pin(instance, descriptor)?;
            pinned.socket()
        };
        sys::epoll_ctl(epoll.socket(), operation, target, (events, data)).map(|()| 0)
    }))
}

/// `(instance, epfd, memory, events, most, milliseconds)`
fn epoll_wait(call: &Call) -> Answer {
    let (epoll, memory) = begin(call)?;
    let (pointer, most, milliseconds) = (call.size(3)?, call.int(4)?, call.double(5)?);
    guest(epoll.and_then(|epoll| {
        let most = usize::try_from(most).ok().filter(|most| *most > 0).ok_or(Errno::INVAL)?;
        memory.window(pointer, 16 * most)?;
        let deadline = wait::deadline_under(epoll.scope(), milliseconds);
        let events = wait::epoll(epoll.socket(), most.min(MOST_EVENTS), deadline)?;
        for (index, (events, data)) in events.iter().enumerate() {
            let at = pointer + 16 * index;
            memory.set_word(at, *events)?;
            memory.write(at + 8, &data.to_le_bytes())?;
        }
        Ok(events.len() as i32)
    }))
}

/// `(instance, fd, memory, request, argument)`: the requests that sockets and pipes have.
fn ioctl(call: &Call) -> Answer {
    const FIONREAD: i32 = 0x541b;
    const SIOCATMARK: i32 = 0x8905;
    let (socket, memory) = begin(call)?;
    let (request, pointer) = (call.int(3)?, call.size(4)?);
    guest(socket.and_then(|socket| {
        if sys::is_interface_question(request) {
            // A guest's `ifreq` has 32 bytes, or all that the host's has.
            let mut question = [0; sys::INTERFACE_REQUEST];
            memory.read(pointer, &mut question[..32])?;
            sys::ask_interface(socket.socket(), request, &mut question)?;
            return memory.write(pointer, &question[..32]).map(|()| 0);
        }
        let value = match request {
            FIONREAD => sys::available(socket.socket())? as u32,
            SIOCATMARK => u32::from(sys::at_mark(socket.socket())?),
            _ => return Err(Errno::NOTTY),
        };
        memory.set_word(pointer, value).map(|()| 0)
    }))
}

/// `(wide, policy)`: a new instance's number; `wide` for a program with 64-bit pointers; `policy` from
/// `policyBegin`, or 0.
fn instance(call: &Call) -> Answer {
    let (wide, policy) = (call.int(0)? != 0, Scope(call.int(1)? as u32));
    guest(guests::begin(Environment::id(call.environment()), wide, policy))
}

/// `(instance, fd, handle)`: lets a descriptor name a handle; 0 for none.
fn assign(call: &Call) -> Answer {
    let (instance, descriptor, handle) = (call.int(0)?, call.int(1)?, call.int(2)?);
    guest(guests::set(instance, descriptor, Handle(handle)).map(|()| 0))
}

/// `(instance, handle)`: gives a handle that trusted JavaScript made to an instance.
fn give(call: &Call) -> Answer {
    let (instance, handle) = (call.int(0)?, call.int(1)?);
    given(instance, Ok(Handle(handle)))
}

/// `(handle, bits)`: what its calls have left behind, with some of it forgotten by this.
fn state(call: &Call) -> Answer {
    let (socket, bits) = (call.socket(0)?, call.int(1)? as u32);
    guest(socket.map(|socket| {
        let before = socket.state();
        socket.unmark(bits & (state::OPENING | state::CONGESTED));
        before as i32
    }))
}

raw_callbacks! {
    raw_instance as "guestBegin" = instance;
    raw_share as "guestShare" = |call| {
        let (instance, memory) = (call.int(0)?, call.memory(1)?);
        guest(guests::share(instance, memory.place()).map(|()| 0))
    };
    raw_sharing as "guestSharing" = |call| guest(guests::sharing(call.memory(0)?.place()));
    raw_give as "guestGive" = give;
    raw_assign as "guestAssign" = assign;
    raw_open as "guestSocket" = open;
    raw_bind as "guestBind" = bind;
    raw_connect as "guestConnect" = connect;
    raw_listen as "guestListen" = listen;
    raw_shutdown as "guestShutdown" = shutdown;
    raw_accept as "guestAccept" = accept;
    raw_name as "guestName" = name;
    raw_sendto as "guestSendto" = sendto;
    raw_recvfrom as "guestRecvfrom" = recvfrom;
    raw_sendmsg as "guestSendmsg" = sendmsg;
    raw_sendmmsg as "guestSendmmsg" = sendmmsg;
    raw_recvmmsg as "guestRecvmmsg" = recvmmsg;
    raw_recvmsg as "guestRecvmsg" = recvmsg;
    raw_pair as "guestPair" = |call| {
        let (family, kind, protocol) = (call.int(1)?, call.int(2)?, call.int(3)?);
        let family = sys::family_from_linux(family);
        two(call, |owner| socket::pair(owner, family, kind & !TYPE_FLAGS, protocol), 4)
    };
    raw_pipe as "guestPipe" = |call| two(call, socket::pipe, 1);
    raw_poll as "guestPoll" = poll;
    raw_read_standard as "guestReadStandard" = |call| standard(call, true);
    raw_write_standard as "guestWriteStandard" = |call| standard(call, false);
    raw_epoll as "guestEpollCreate" = |call| {
        let instance = call.int(0)?;
        given(instance, guests::owner(instance).and_then(socket::epoll))
    };
    raw_epoll_ctl as "guestEpollCtl" = epoll_ctl;
    raw_epoll_wait as "guestEpollWait" = epoll_wait;
    raw_ioctl as "guestIoctl" = ioctl;
    raw_readv as "guestReadv" = |call| vectored(call, true);
    raw_writev as "guestWritev" = |call| vectored(call, false);
    raw_getsockopt as "guestGetsockopt" = getsockopt;
    raw_setsockopt as "guestSetsockopt" = setsockopt;
    raw_errno as "guestErrno" = |call| Ok(errno::to_guest(Errno(call.int(0)?)));
    raw_state as "guestState" = state;
    raw_peek_error as "guestPeekError" = |call| {
        let socket = call.socket(0)?;
        let error = socket.and_then(|socket| socket::peek_error(&socket));
        guest(error.map(|error| error.map_or(0, errno::to_guest)))
    };
    #[cfg(feature = "asan-selftest")]
    raw_overrun as "overrun" = |call| Ok(i32::from(call.memory(0)?.overrun()));
    #[cfg(feature = "asan-selftest")]
    raw_overrun_by_call as "overrunByCall" = |call| {
        let beyond = call.memory(0)?.window_beyond();
        guest(sys::read(call.int(1)? as sys::RawSocket, beyond).map(|bytes| bytes as i32))
    };
}
