//! Socket calls of wasm programs: memory and pointers in, the guest's error numbers out.
//!
//! Each call takes the handle, the program's memory as a typed array, and the arguments of the
//! system call with pointers as numbers; results are the system call's, or `-errno` in Emscripten's
//! numbers. A pointer that does not lie in memory is `EFAULT`.

use std::net::Shutdown;

use super::environment::Environment;
use super::hot::{Answer, Call, WrongArgument, raw_callbacks};
use crate::emscripten::memory::Memory;
use crate::emscripten::{errno, option, sockaddr};
use crate::errno::{Errno, Result};
use crate::socket;
use crate::sys::{self, Window};
use crate::table::{self, Handle, Pinned};

/// The kernel's limit on pieces (`UIO_MAXIOV`).
const MOST_PIECES: usize = 1024;
/// `SOCK_NONBLOCK` and `SOCK_CLOEXEC` in a guest's socket type: every descriptor has both here.
const TYPE_FLAGS: i32 = 0o4000 | 0o2000000;

type Arguments<T> = std::result::Result<T, WrongArgument>;

fn guest(result: Result<i32>) -> Answer {
    Ok(result.unwrap_or_else(|error| -errno::to_guest(error)))
}

/// The socket and the memory that begin every call's arguments.
fn begin<'a>(call: &'a Call) -> Arguments<(Result<Pinned>, Memory<'a>)> {
    Ok((call.socket(0)?, call.memory(1)?))
}

fn open(call: &Call) -> Answer {
    let (family, kind, protocol) = (call.int(0)?, call.int(1)?, call.int(2)?);
    let owner = Environment::id(call.environment());
    let host_family = sys::family_from_linux(family);
    let result = socket::open(owner, host_family, kind & !TYPE_FLAGS, protocol);
    guest(result.map(|Handle(handle)| handle))
}

fn bind(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let (pointer, length) = (call.size(2)?, call.int(3)?);
    guest(socket.and_then(|socket| {
        sys::bind(socket.socket(), &sockaddr::read(memory, pointer, length)?).map(|()| 0)
    }))
}

fn connect(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let (pointer, length, wait) = (call.size(2)?, call.int(3)?, call.int(4)? != 0);
    guest(socket.and_then(|socket| {
        let address = sockaddr::read(memory, pointer, length)?;
        match socket::connect(&socket, &address, wait)? {
            true => Ok(0),
            false => Err(Errno::INPROGRESS),
        }
    }))
}

fn listen(call: &Call) -> Answer {
    let (socket, backlog) = (call.socket(0)?, call.int(1)?);
    guest(socket.and_then(|socket| sys::listen(socket.socket(), backlog).map(|()| 0)))
}

fn shutdown(call: &Call) -> Answer {
    let (socket, how) = (call.socket(0)?, call.int(1)?);
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
    let (pointer, length, wait) = (call.size(2)?, call.size(3)?, call.int(4)? != 0);
    guest(listener.and_then(|listener| {
        if pointer != 0 {
            // Before a connection is taken that could not be reported.
            memory.word(length)?;
        }
        let handle = socket::accept(&listener, wait)?;
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

/// `(handle, memory, address, addressLength, peer)`
fn name(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let (pointer, length, peer) = (call.size(2)?, call.size(3)?, call.int(4)? != 0);
    guest(socket.and_then(|socket| {
        let address = match peer {
            true => sys::peer_address(socket.socket())?,
            false => sys::local_address(socket.socket())?,
        };
        sockaddr::write(memory, pointer, length, &address).map(|()| 0)
    }))
}

/// `(handle, memory, data, length, flags, address, addressLength, wait)`
fn sendto(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let data = memory.window(call.size(2)?, call.size(3)?);
    let flags = call.int(4)?;
    let (pointer, length, wait) = (call.size(5)?, call.int(6)?, call.int(7)? != 0);
    guest(socket.and_then(|socket| {
        let data = data?;
        let sent = if pointer == 0 {
            socket::send(&socket, data, flags, wait)?
        } else {
            let address = sockaddr::read(memory, pointer, length)?;
            socket::send_message(&socket, &[data], Some(&address), flags, wait)?
        };
        Ok(sent as i32)
    }))
}

/// `(handle, memory, buffer, length, flags, address, addressLengthPointer, wait)`
fn recvfrom(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let buffer = memory.window(call.size(2)?, call.size(3)?);
    let flags = call.int(4)?;
    let (pointer, length, wait) = (call.size(5)?, call.size(6)?, call.int(7)? != 0);
    guest(socket.and_then(|socket| {
        let buffer = buffer?;
        if pointer == 0 {
            return Ok(socket::recv(&socket, buffer, flags, wait)? as i32);
        }
        memory.word(length)?;
        let (bytes, address, _) = socket::recv_message(&socket, &[buffer], flags, wait)?;
        sockaddr::write(memory, pointer, length, &address)?;
        Ok(bytes as i32)
    }))
}

/// A guest's `msghdr`: seven words (`EMSCRIPTEN.md` has the offsets).
struct Message {
    name: usize,
    name_length: u32,
    control: usize,
    control_length: u32,
}

fn message<'a>(memory: Memory<'a>, pointer: usize) -> Result<(Message, Vec<Window<'a>>)> {
    let word = |offset: usize| memory.word(pointer.checked_add(offset).ok_or(Errno::FAULT)?);
    let header = Message {
        name: word(0)? as usize,
        name_length: word(4)?,
        control: word(16)? as usize,
        control_length: word(20)?,
    };
    word(24)?;
    let (list, count) = (word(8)? as usize, word(12)? as usize);
    if count > MOST_PIECES {
        return Err(Errno::MSGSIZE);
    }
    Ok((header, pieces(memory, list, count)?))
}

/// A guest's list of `iovec`s.
fn pieces(memory: Memory<'_>, list: usize, count: usize) -> Result<Vec<Window<'_>>> {
    let piece = |index: usize| {
        let at = list.checked_add(8 * index).ok_or(Errno::FAULT)?;
        memory.window(memory.word(at)? as usize, memory.word(at + 4)? as usize)
    };
    (0..count).map(piece).collect()
}

/// `readv(2)` and `writev(2)`: `(handle, memory, list, count, wait)`
fn vectored(call: &Call, read: bool) -> Answer {
    let (socket, memory) = begin(call)?;
    let (list, count, wait) = (call.size(2)?, call.int(3)?, call.int(4)? != 0);
    guest(socket.and_then(|socket| {
        let count = usize::try_from(count).ok().filter(|count| *count <= MOST_PIECES);
        let pieces = pieces(memory, list, count.ok_or(Errno::INVAL)?)?;
        let bytes = match read {
            true => socket::recv_message(&socket, &pieces, 0, wait)?.0,
            false => socket::send_message(&socket, &pieces, None, 0, wait)?,
        };
        Ok(bytes as i32)
    }))
}

/// `(handle, memory, message, flags, wait)`
fn sendmsg(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let (pointer, flags, wait) = (call.size(2)?, call.int(3)?, call.int(4)? != 0);
    guest(socket.and_then(|socket| {
        let (header, pieces) = message(memory, pointer)?;
        if header.control != 0 && header.control_length != 0 {
            // Not dropped in silence: control messages are not carried over yet.
            return Err(Errno::OPNOTSUPP);
        }
        let address = match header.name {
            0 => None,
            name => Some(sockaddr::read(memory, name, header.name_length as i32)?),
        };
        let sent = socket::send_message(&socket, &pieces, address.as_ref(), flags, wait)?;
        Ok(sent as i32)
    }))
}

/// `(handle, memory, message, flags, wait)`
fn recvmsg(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let (pointer, flags, wait) = (call.size(2)?, call.int(3)?, call.int(4)? != 0);
    guest(socket.and_then(|socket| {
        let (header, pieces) = message(memory, pointer)?;
        let (bytes, address, host_flags) = socket::recv_message(&socket, &pieces, flags, wait)?;
        if header.name != 0 {
            sockaddr::write(memory, header.name, pointer + 4, &address)?;
        }
        memory.set_word(pointer + 20, 0)?;
        memory.set_word(pointer + 24, host_flags as u32)?;
        Ok(bytes as i32)
    }))
}

/// `(handle, memory, level, option, value, lengthPointer)`
fn getsockopt(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let which = (call.int(2)?, call.int(3)?);
    let (pointer, length) = (call.size(4)?, call.size(5)?);
    guest(socket.and_then(|socket| {
        if which == (1, 4) {
            return pending_error(&socket, memory, pointer, length);
        }
        option::get(socket.socket(), memory, which, pointer, length).map(|()| 0)
    }))
}

/// `SO_ERROR` holds an error number, which must be the guest's.
fn pending_error(
    socket: &Pinned,
    memory: Memory<'_>,
    pointer: usize,
    length_pointer: usize,
) -> Result<i32> {
    let room = usize::try_from(memory.word(length_pointer)? as i32).map_err(|_| Errno::INVAL)?;
    memory.window(pointer, room.min(4))?;
    let error = socket::take_error(socket)?.map_or(0, errno::to_guest);
    let length = room.min(4);
    memory.write(pointer, &error.to_le_bytes()[..length])?;
    memory.set_word(length_pointer, length as u32)?;
    Ok(0)
}

/// `(handle, memory, level, option, value, length)`
fn setsockopt(call: &Call) -> Answer {
    let (socket, memory) = begin(call)?;
    let which = (call.int(2)?, call.int(3)?);
    let (pointer, length) = (call.size(4)?, call.int(5)?);
    guest(socket.and_then(|socket| {
        option::set(socket.socket(), memory, which, pointer, length).map(|()| 0)
    }))
}

raw_callbacks! {
    raw_open as "wasmSocket" = open;
    raw_bind as "wasmBind" = bind;
    raw_connect as "wasmConnect" = connect;
    raw_listen as "wasmListen" = listen;
    raw_shutdown as "wasmShutdown" = shutdown;
    raw_accept as "wasmAccept" = accept;
    raw_name as "wasmName" = name;
    raw_sendto as "wasmSendto" = sendto;
    raw_recvfrom as "wasmRecvfrom" = recvfrom;
    raw_sendmsg as "wasmSendmsg" = sendmsg;
    raw_recvmsg as "wasmRecvmsg" = recvmsg;
    raw_getsockopt as "wasmGetsockopt" = getsockopt;
    raw_setsockopt as "wasmSetsockopt" = setsockopt;
    raw_errno as "wasmErrno" = |call| Ok(errno::to_guest(Errno(call.int(0)?)));
    raw_available as "wasmAvailable" = |call| {
        let socket = call.socket(0)?;
        guest(socket.and_then(|socket| sys::available(socket.socket())).map(|bytes| bytes as i32))
    };
    raw_readv as "wasmReadv" = |call| vectored(call, true);
    raw_writev as "wasmWritev" = |call| vectored(call, false);
    raw_peek_error as "wasmPeekError" = |call| {
        let socket = call.socket(0)?;
        let error = socket.and_then(|socket| socket::peek_error(&socket));
        guest(error.map(|error| error.map_or(0, errno::to_guest)))
    };
}
