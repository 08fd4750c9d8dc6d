//! The questions of socket calls: what they are about to reach, as the kernel will see it.

#[cfg(unix)]
use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use socket2::SockAddr;

use super::rule::{Ports, Way, resolved};
use super::{Question, Scope, ask, control, plain};
use crate::address::{self, Address};
use crate::errno::{Errno, Result};
use crate::message::Control;
use crate::sys;
use crate::table::{Pinned, state};

/// What goes to the kernel in place of a Unix socket's path: the file that was judged, whatever the
/// path leads to by then.
pub struct Found {
    address: SockAddr,
    _file: sys::Held,
}

impl Found {
    /// The address for the system call.
    pub fn address<'a>(found: &'a Option<Box<Found>>, given: &'a SockAddr) -> &'a SockAddr {
        found.as_ref().map_or(given, |found| &found.address)
    }
}

/// `connect(2)`
///
/// # Errors
/// `EACCES`; for a Unix path also what finding it gives.
pub fn connect(socket: &Pinned, address: &SockAddr) -> Result<Option<Box<Found>>> {
    match socket.scope() {
        Scope::FREE => Ok(None),
        scope => match address::describe(address) {
            // Ends an association.
            Address::Other(0) => Ok(None),
            place => destination(socket, scope, "connect", address, &place, &[]),
        },
    }
}

/// `sendto(2)`, `sendmsg(2)`, `sendmmsg(2)`
///
/// # Errors
/// As [`connect`].
#[inline]
pub fn send(
    socket: &Pinned,
    call: &'static str,
    address: Option<&SockAddr>,
    messages: &[Control],
) -> Result<Option<Box<Found>>> {
    match socket.scope() {
        Scope::FREE => Ok(None),
        scope => judged(socket, scope, call, address, messages),
    }
}

#[cold]
fn judged(
    socket: &Pinned,
    scope: Scope,
    call: &'static str,
    address: Option<&SockAddr>,
    messages: &[Control],
) -> Result<Option<Box<Found>>> {
    for question in control::of_messages(messages) {
        ask(scope, call, question)?;
    }
    let Some(address) = address else { return Ok(None) };
    destination(socket, scope, call, address, &address::describe(address), messages)
}

fn destination(
    socket: &Pinned,
    scope: Scope,
    call: &'static str,
    address: &SockAddr,
    place: &Address,
    messages: &[Control],
) -> Result<Option<Box<Found>>> {
    match place {
        Address::Ip(ip) => {
            let ports = ports_of(socket, ip.port());
            ask(scope, call, Question::Ip { way: Way::Out, address: *ip, ports })?;
            if plain(ip.ip()).is_unspecified() {
                itself(socket, scope, call, *ip, ports, messages)?;
            }
            Ok(None)
        }
        Address::Unix(name) if name.first().is_some_and(|first| *first != 0) => {
            file(scope, call, address, name)
        }
        Address::Unix(name) => {
            ask(scope, call, Question::Abstract(Way::Out, name.get(1..))).map(|()| None)
        }
        // To IPv4 an address without a family is one of its own; nobody means that.
        Address::Other(family) => {
            ask(scope, call, Question::Other(i32::from(*family))).map(|()| None)
        }
    }
}

fn ports_of(socket: &Pinned, port: u16) -> Ports {
    if socket.traits().portless { Ports::All } else { Ports::One(port) }
}

/// `0.0.0.0` and `::` lead to this host: to loopback, but from a socket that is bound to an address, to
/// that.
fn itself(
    socket: &Pinned,
    scope: Scope,
    call: &'static str,
    given: SocketAddr,
    ports: Ports,
    messages: &[Control],
) -> Result<()> {
    if plain(given.ip()).is_ipv4() && control::chooses_interface(messages) {
        return ask(scope, call, Question::Redirect("0.0.0.0 by an interface"));
    }
    let local = sys::local_address(socket.socket())?;
    let Address::Ip(local) = address::describe(&local) else { return Ok(()) };
    let ip = match (given.ip(), plain(local.ip())) {
        (_, bound) if bound.is_unspecified() => return Ok(()),
        // From an IPv4 address in its IPv6 form :: is IPv4's loopback.
        (IpAddr::V6(Ipv6Addr::UNSPECIFIED), IpAddr::V4(_)) => Ipv4Addr::LOCALHOST.into(),
        (_, bound) => bound,
    };
    let address = SocketAddr::new(ip, given.port());
    ask(scope, call, Question::Ip { way: Way::Out, address, ports })
}

/// The file that a path leads to now is the one that is judged, and the one that is used.
fn file(
    scope: Scope,
    call: &'static str,
    address: &SockAddr,
    name: &[u8],
) -> Result<Option<Box<Found>>> {
    match sys::hold(name) {
        Ok((path, file, found)) => {
            ask(scope, call, Question::Path(Way::Out, &path))?;
            let address = found.unwrap_or_else(|| address.clone());
            Ok(Some(Box::new(Found { address, _file: file })))
        }
        Err(errno) => {
            // Who may not go there is not told what is there.
            ask(scope, call, Question::Path(Way::Out, &resolved(&path_of(name)?)))?;
            Err(errno)
        }
    }
}

fn path_of(name: &[u8]) -> Result<PathBuf> {
    #[cfg(unix)]
    let name = <OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(name);
    #[cfg(not(unix))]
    let name = std::str::from_utf8(name).map_err(|_| Errno::INVAL)?;
    std::path::absolute(name).map_err(Errno::from)
}

/// `bind(2)`
///
/// # Errors
/// `EACCES`
pub fn bind(socket: &Pinned, address: &SockAddr) -> Result<()> {
    let scope = socket.scope();
    if scope.is_free() { Ok(()) } else { local(socket, scope, "bind", address) }
}

/// `listen(2)`, which binds a socket that is not bound yet.
///
/// # Errors
/// `EACCES`
pub fn listen(socket: &Pinned) -> Result<()> {
    let scope = socket.scope();
    // What was asked when it was bound is not asked for the port that the kernel chose.
    if scope.is_free() || socket.state() & state::BOUND != 0 {
        return Ok(());
    }
    local(socket, scope, "listen", &sys::local_address(socket.socket())?)
}

fn local(socket: &Pinned, scope: Scope, call: &'static str, address: &SockAddr) -> Result<()> {
    match address::describe(address) {
        Address::Ip(ip) => {
            let ports = ports_of(socket, ip.port());
            ask(scope, call, Question::Ip { way: Way::In, address: ip, ports })
        }
        Address::Unix(name) => match name.split_first() {
            None => ask(scope, call, Question::Abstract(Way::In, None)),
            Some((0, name)) => ask(scope, call, Question::Abstract(Way::In, Some(name))),
            Some(_) => {
                let path = resolved_folder(&path_of(&name)?);
                ask(scope, call, Question::Path(Way::In, &path))
            }
        },
        // An IPv4 socket takes it for the wildcard.
        Address::Other(0) => {
            let bytes = sys::address_to_linux(address);
            let port = bytes.get(2..4).map_or(0, |port| u16::from_be_bytes([port[0], port[1]]));
            let address = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port);
            let ports = ports_of(socket, port);
            ask(scope, call, Question::Ip { way: Way::In, address, ports })
        }
        Address::Other(family) => ask(scope, call, Question::Other(i32::from(family))),
    }
}

/// A path whose folder has no symbolic links in it; its last part is a new file's name.
fn resolved_folder(path: &Path) -> PathBuf {
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => resolved(folder).join(name),
        _ => resolved(path),
    }
}

/// `setsockopt(2)`, with the value in this host's layout.
///
/// # Errors
/// `EACCES`
pub fn option(scope: Scope, level: i32, name: i32, value: &[u8]) -> Result<()> {
    if scope.is_free() {
        return Ok(());
    }
    control::of_option(level, name, value)
        .into_iter()
        .try_for_each(|question| ask(scope, "setsockopt", question))
}

/// Takes descriptors out of what was received, where they may not come in; whether there were any.
pub fn received(scope: Scope, messages: &mut Vec<Control>) -> bool {
    if scope.is_free() {
        return false;
    }
    let rights = |message: &Control| (message.level, message.kind) == sys::RIGHTS;
    if !messages.iter().any(rights) || ask(scope, "recvmsg", Question::Rights).is_ok() {
        return false;
    }
    for message in messages.extract_if(.., |message| rights(message)) {
        for descriptor in message.data.as_chunks::<4>().0 {
            sys::close(i32::from_ne_bytes(*descriptor) as sys::RawSocket);
        }
    }
    true
}
