//! What all programs print with. One line is one behaviour; nothing that differs between runs is printed.

use socket2::{SockRef, Socket};
use std::fmt::Debug;
use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// Prints a result; of an error its name, as numbers and texts are the C library's.
pub fn show<T: Debug>(label: &str, result: io::Result<T>) -> Option<T> {
    match result {
        Ok(value) => {
            println!("{label}: {value:?}");
            Some(value)
        }
        Err(error) => {
            println!("{label}: {}", kind(&error));
            None
        }
    }
}

/// The kind of an error, and the name of its number.
pub fn kind(error: &io::Error) -> String {
    macro_rules! names {
        ($($name:ident)*) => { &[$((libc::$name, stringify!($name))),*] };
    }
    const NAMES: &[(i32, &str)] = names!(
        EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF ECONNABORTED ECONNREFUSED ECONNRESET
        EDESTADDRREQ EDOM EEXIST EFAULT EHOSTUNREACH EINPROGRESS EINTR EINVAL EIO EISCONN EMFILE EMSGSIZE
        ENETUNREACH ENOBUFS ENODEV ENOENT ENOMEM ENOPROTOOPT ENOSYS ENOTCONN ENOTSOCK EOPNOTSUPP EPERM EPIPE
        EPROTO EPROTONOSUPPORT EPROTOTYPE ESOCKTNOSUPPORT ETIMEDOUT
    );
    let Some(number) = error.raw_os_error() else {
        return format!("error {:?}", error.kind());
    };
    let name = NAMES.iter().find(|(known, _)| *known == number).map_or("unknown", |(_, name)| name);
    format!("error {:?} {name}", error.kind())
}

/// Another descriptor of the same socket. std's `try_clone` is not for wasm; socket2's is.
pub fn twin<T: AsFd + From<Socket>>(of: &T) -> io::Result<T> {
    SockRef::from(of).try_clone().map(T::from)
}

/// Where the program may put sockets by name; the test removes it.
pub fn folder() -> String {
    std::env::args().next_back().expect("a folder")
}

/// Does it, and prints its result and whether it took at least so long, and not much longer.
pub fn timed<T: Debug>(label: &str, least: Duration, action: impl FnOnce() -> io::Result<T>) {
    let begin = Instant::now();
    show(label, action());
    let took = begin.elapsed();
    // A millisecond less: a timeout is rounded to the kernel's ticks.
    let enough = took + Duration::from_millis(1) >= least;
    println!("{label} took its time: {}", enough && took < least + Duration::from_secs(10));
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Bytes that show a piece which is missing, twice there or in the wrong place.
pub fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + (at >> 8) * 13 + (at >> 16)) as u8).collect()
}

/// The port of the peer that the test has started.
pub fn peer() -> std::net::SocketAddr {
    let port = std::env::args().nth(1).expect("the peer's port");
    ([127, 0, 0, 1], port.parse().expect("a port")).into()
}

pub const MS: Duration = Duration::from_millis(1);
