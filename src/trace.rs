//! `HOSTSOCK_TRACE`: each system call as strace prints it, to standard error (`1`) or to a file.
//!
//! Off, it costs one look at a number that does not change.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::LazyLock;
use std::time::Instant;

use socket2::SockAddr;

use crate::address::{self, Address};
use crate::errno::{Errno, Result};
use crate::sys::{EpollEvent, RawSocket};

/// Where the lines go.
enum Sink {
    Stderr,
    File(File),
}

static SINK: LazyLock<Option<Sink>> =
    LazyLock::new(|| match std::env::var("HOSTSOCK_TRACE").unwrap_or_default().as_str() {
        "" | "0" => None,
        "1" => Some(Sink::Stderr),
        path => match OpenOptions::new().append(true).create(true).open(path) {
            Ok(file) => Some(Sink::File(file)),
            Err(error) => {
                eprintln!("hostsock: HOSTSOCK_TRACE: {path}: {error}; tracing to standard error");
                Some(Sink::Stderr)
            }
        },
    });

/// What a call gave, as a line shows it.
pub trait Shown {
    /// The text behind `=`.
    fn shown(&self) -> String;
}

macro_rules! shown {
    ($($kind:ty: |$value:ident| $text:expr;)*) => {
        $(impl Shown for $kind {
            fn shown(&self) -> String {
                let $value = self;
                $text
            }
        })*
    };
}

shown! {
    (): |_it| "0".into();
    bool: |it| u8::from(*it).to_string();
    usize: |it| it.to_string();
    RawSocket: |it| it.to_string();
    [RawSocket; 2]: |it| format!("[{}, {}]", it[0], it[1]);
    SockAddr: |it| shown_address(it);
    Option<Errno>: |it| it.map_or("none".into(), |errno| format!("{errno:?}"));
    (i64, i32): |it| format!("{}.{:06} s", it.0, it.1);
    (usize, SockAddr, i32, usize): |it| format!("{}, {}", it.0, shown_address(&it.1));
    Vec<EpollEvent>: |it| it.len().to_string();
}

/// An address in a line.
pub fn shown_address(address: &SockAddr) -> String {
    match address::describe(address) {
        Address::Ip(ip) => ip.to_string(),
        Address::Unix(path) => format!("unix:{}", path.escape_ascii()),
        Address::Other(0) => "no address".into(),
        Address::Other(family) => format!("family {family}"),
    }
}

/// Makes a call, and writes it down when tracing is on. `arguments` is asked only then.
#[inline]
pub fn call<T: Shown>(
    name: &str,
    arguments: impl FnOnce() -> String,
    call: impl FnOnce() -> Result<T>,
) -> Result<T> {
    match &*SINK {
        None => call(),
        Some(sink) => write_down(sink, name, arguments(), call),
    }
}

#[cold]
fn write_down<T: Shown>(
    sink: &Sink,
    name: &str,
    arguments: String,
    call: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let begin = Instant::now();
    let result = call();
    let time = begin.elapsed().as_micros();
    let thread = std::thread::current();
    let mut line = format!("[{}", std::process::id());
    let _ = match thread.name() {
        Some(name) => write!(line, " {name}"),
        None => write!(line, " {:?}", thread.id()),
    };
    let _ = match &result {
        Ok(value) => writeln!(line, "] {name}({arguments}) = {} <{time} us>", value.shown()),
        Err(errno) => writeln!(line, "] {name}({arguments}) = -1 {errno:?} ({errno}) <{time} us>"),
    };
    // One write, so that lines of several threads do not mix; a full disk is no reason to fail.
    let _ = match sink {
        Sink::Stderr => std::io::stderr().write_all(line.as_bytes()),
        Sink::File(file) => (&*file).write_all(line.as_bytes()),
    };
    result
}

/// Writes down a call that a policy has refused, when tracing is on.
pub fn refused(name: &str, target: impl FnOnce() -> String) {
    if let Some(sink) = &*SINK {
        let refused = || -> Result<()> { Err(Errno::ACCES) };
        let _ = write_down(sink, name, format!("{}: refused by the policy", target()), refused);
    }
}

/// Message flags by name.
pub fn shown_flags(flags: i32) -> String {
    if flags == 0 {
        return "0".into();
    }
    let mut left = flags;
    let mut names: Vec<String> = Vec::new();
    for (name, bit) in crate::sys::CONSTANTS.iter().copied().flatten() {
        if name.starts_with("MSG_") && *bit != 0 && left & bit == *bit {
            left &= !bit;
            names.push((*name).into());
        }
    }
    if left != 0 {
        names.push(format!("{left:#x}"));
    }
    names.join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_have_names() {
        assert_eq!(shown_flags(0), "0");
        #[cfg(target_os = "linux")]
        assert_eq!(shown_flags(libc::MSG_PEEK | libc::MSG_DONTWAIT), "MSG_DONTWAIT|MSG_PEEK");
    }
}
