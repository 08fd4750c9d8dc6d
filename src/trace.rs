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
use crate::sys::{self, EpollEvent, RawSocket};

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
    (usize, &[u8]): |it| if it.1.len() == it.0 { shown_value(it.1) } else { it.0.to_string() };
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

/// The arguments of `socket(2)`.
pub fn shown_kind(family: i32, kind: i32, protocol: i32) -> String {
    format!("{}, {}, {protocol}", shown_number("AF_", family), shown_number("SOCK_", kind))
}

/// A number by the C name that begins so, if one is known.
fn shown_number(prefix: &str, number: i32) -> String {
    let mut names = sys::CONSTANTS.iter().copied().flatten();
    let name = names.find(|(name, value)| name.starts_with(prefix) && *value == number);
    name.map_or_else(|| number.to_string(), |(name, _)| (*name).into())
}

/// As many bytes of a value as a line shows.
const SHOWN: usize = 32;

/// The value of an option: a number of 4 bytes, text, or bytes.
pub fn shown_value(value: &[u8]) -> String {
    // Four letters are a word, as no sensible number is made of them.
    if let Ok(number) = value.try_into()
        && !value.iter().all(u8::is_ascii_graphic)
    {
        return format!("[{}], 4", i32::from_ne_bytes(number));
    }
    let text = value.strip_suffix(&[0]).unwrap_or(value);
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
    let (text, padding) = text.split_at(end);
    let rest = if value.len() > SHOWN { "…" } else { "" };
    let shown = &value[..value.len().min(SHOWN)];
    if !text.is_empty()
        && text.iter().all(|byte| byte.is_ascii_graphic())
        && padding.iter().all(|byte| *byte == 0)
    {
        return format!("\"{}\", {}", text.escape_ascii(), value.len());
    }
    let mut hex = String::new();
    for byte in shown {
        let _ = write!(hex, "{byte:02x}");
    }
    format!("<{hex}{rest}>, {}", value.len())
}

/// Whether calls are written down, for arguments that must be kept before the call changes them.
pub fn is_on() -> bool {
    SINK.is_some()
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
    let mut line = format!("[{} {}", std::process::id(), sys::thread_id());
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
        assert_eq!(shown_kind(sys::AF_INET, sys::STREAM, 0), "AF_INET, SOCK_STREAM, 0");
        assert_eq!(shown_kind(250, 77, 6), "250, 77, 6");
        assert_eq!(shown_value(&7_i32.to_ne_bytes()), "[7], 4");
        assert_eq!(shown_value(b"reno"), "\"reno\", 4");
        assert_eq!(shown_value(b"cubic\0\0\0"), "\"cubic\", 8");
        assert_eq!(shown_value(&[1, 0, 0, 255, 7]), "<010000ff07>, 5");
        assert_eq!(shown_value(b""), "<>, 0");
        #[cfg(target_os = "linux")]
        assert_eq!(shown_flags(libc::MSG_PEEK | libc::MSG_DONTWAIT), "MSG_DONTWAIT|MSG_PEEK");
    }
}
