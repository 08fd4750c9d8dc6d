//! The calls that are not hot: ordinary functions over handles.

use std::net::Shutdown;

use napi::Env;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use super::environment::Environment;
use super::error::{Outcome, number, outcome, status};
use crate::address::{self, Address};
use crate::errno::{Errno, Result};
use crate::policy::{self, Scope, guard};
use crate::table::{self, Handle, Pinned, state};
use crate::{socket, sys};

pub(super) fn pin(handle: i32) -> Result<Pinned> {
    table::pin(Handle(handle))
}

/// An address: an IP address's text and port, or a Unix socket's path as bytes.
#[napi(object)]
pub struct SocketAddress {
    pub address: Option<String>,
    pub port: Option<u32>,
    pub family: Option<String>,
    pub flow_info: Option<u32>,
    pub scope_id: Option<u32>,
    pub path: Option<String>,
}

impl SocketAddress {
    pub(super) fn to_kernel(&self) -> Result<socket2::SockAddr> {
        match (&self.path, &self.address) {
            (Some(path), _) => address::from_path(path.as_bytes()),
            (None, Some(text)) => {
                let (ip, zone) = address::parse_ip(text).ok_or(Errno::INVAL)?;
                let port = u16::try_from(self.port.unwrap_or(0)).map_err(|_| Errno::INVAL)?;
                let scope = self.scope_id.unwrap_or(zone);
                Ok(address::from_ip(ip, port, self.flow_info.unwrap_or(0), scope))
            }
            (None, None) => Err(Errno::INVAL),
        }
    }

    pub(super) fn from_kernel(kernel: &socket2::SockAddr) -> SocketAddress {
        let mut result = SocketAddress {
            address: None,
            port: None,
            family: None,
            flow_info: None,
            scope_id: None,
            path: None,
        };
        match address::describe(kernel) {
            Address::Ip(ip) => {
                result.address = Some(ip.ip().to_string());
                result.port = Some(u32::from(ip.port()));
                result.family = Some(if ip.is_ipv4() { "IPv4" } else { "IPv6" }.into());
                if let std::net::SocketAddr::V6(v6) = ip {
                    result.flow_info = Some(v6.flowinfo());
                    result.scope_id = Some(v6.scope_id());
                }
            }
            Address::Unix(path) => {
                result.path = Some(String::from_utf8_lossy(&path).into_owned());
                result.family = Some("unix".into());
            }
            Address::Other(family) => result.family = Some(family.to_string()),
        }
        result
    }
}

/// Whether a text is an IP address (with or without a zone).
#[napi(catch_unwind)]
pub fn is_address(text: String) -> bool {
    address::parse_ip(&text).is_some()
}

/// An address in Linux's layout, as the hot calls take it.
#[napi(catch_unwind)]
pub fn encode_address(address: SocketAddress) -> Outcome<Buffer> {
    outcome(address.to_kernel().map(|address| sys::address_to_linux(&address).into()))
}

/// The address that a hot call wrote: four bytes of length, then the address in Linux's layout;
/// `undefined` for none (a connected stream's peer).
#[napi(catch_unwind)]
pub fn decode_address(bytes: &[u8]) -> Option<SocketAddress> {
    let (length, address) = bytes.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length) as usize;
    let address = sys::address_from_linux(address.get(..length)?).ok()?;
    Some(SocketAddress::from_kernel(&address))
}

/// A new socket: `family` 4, 6 or 1 (unix), `kind` and `protocol` by this host's numbers.
#[napi(catch_unwind)]
pub fn open(env: Env, family: i32, kind: i32, protocol: i32) -> i32 {
    let owner = Environment::id(env.raw() as usize);
    number(socket::open(owner, family, kind, protocol).map(|Handle(handle)| handle))
}

/// Takes over a descriptor: it is the handle's from here on.
#[napi(catch_unwind)]
pub fn adopt(env: Env, fd: i32) -> i32 {
    let owner = Environment::id(env.raw() as usize);
    number(socket::adopt(owner, fd as sys::RawSocket).map(|Handle(handle)| handle))
}

/// Gives the descriptor away; the handle is closed.
#[napi(catch_unwind)]
pub fn detach(handle: i32) -> i32 {
    number(table::detach(Handle(handle)).map(|socket| socket as i32))
}

/// The descriptor behind a handle.
#[napi(catch_unwind)]
pub fn descriptor(handle: i32) -> i32 {
    number(pin(handle).map(|socket| socket.socket() as i32))
}

#[napi(catch_unwind)]
pub fn bind(handle: i32, address: SocketAddress) -> i32 {
    status(pin(handle).and_then(|socket| socket::bind(&socket, &address.to_kernel()?)))
}

/// Whether calls on the socket wait.
#[napi(catch_unwind)]
pub fn set_blocking(handle: i32, blocking: bool) -> i32 {
    status(pin(handle).map(|socket| match blocking {
        true => socket.mark(state::BLOCKING),
        false => drop(socket.unmark(state::BLOCKING)),
    }))
}

/// 1 when connected, 0 while in progress.
#[napi(catch_unwind)]
pub fn connect(handle: i32, address: SocketAddress) -> i32 {
    let connected = pin(handle).and_then(|socket| socket::connect(&socket, &address.to_kernel()?));
    number(connected.map(i32::from))
}

#[napi(catch_unwind)]
pub fn listen(handle: i32, backlog: i32) -> i32 {
    status(pin(handle).and_then(|socket| socket::listen(&socket, backlog)))
}

/// `how`: 0 read, 1 write, 2 both.
#[napi(catch_unwind)]
pub fn shutdown(handle: i32, how: i32) -> i32 {
    let how = match how {
        0 => Ok(Shutdown::Read),
        1 => Ok(Shutdown::Write),
        2 => Ok(Shutdown::Both),
        _ => Err(Errno::INVAL),
    };
    status(pin(handle).and_then(|socket| sys::shutdown(socket.socket(), how?)))
}

#[napi(catch_unwind)]
pub fn local_address(handle: i32) -> Outcome<SocketAddress> {
    let address = pin(handle).and_then(|socket| sys::local_address(socket.socket()));
    outcome(address.map(|address| SocketAddress::from_kernel(&address)))
}

#[napi(catch_unwind)]
pub fn remote_address(handle: i32) -> Outcome<SocketAddress> {
    let address = pin(handle).and_then(|socket| sys::peer_address(socket.socket()));
    outcome(address.map(|address| SocketAddress::from_kernel(&address)))
}

/// `SO_ERROR`: the pending error as a positive number, 0 for none, or `-errno` of the question.
#[napi(catch_unwind)]
pub fn take_error(handle: i32) -> i32 {
    let taken = pin(handle).and_then(|socket| socket::take_error(&socket));
    number(taken.map(|errno| errno.map_or(0, |Errno(errno)| errno)))
}

/// `FIONREAD`
#[napi(catch_unwind)]
pub fn available(handle: i32) -> i32 {
    number(pin(handle).and_then(|socket| sys::available(socket.socket())).map(|bytes| bytes as i32))
}

/// `SO_TYPE` by this host's numbers.
#[napi(catch_unwind)]
pub fn socket_type(handle: i32) -> i32 {
    let kind = pin(handle).and_then(|socket| Ok(sys::borrow(socket.socket()).r#type()?));
    number(kind.map(i32::from))
}

/// The family by this host's numbers.
#[napi(catch_unwind)]
pub fn socket_family(handle: i32) -> i32 {
    number(pin(handle).map(|socket| i32::from(socket.traits().family)))
}

/// Where an option is read or set: a handle, or with `raw` a descriptor of somebody else.
pub(super) fn target(handle: i32, raw: bool) -> Result<(Option<Pinned>, sys::RawSocket)> {
    if raw {
        return Ok((None, handle as sys::RawSocket));
    }
    let socket = pin(handle)?;
    let descriptor = socket.socket();
    Ok((Some(socket), descriptor))
}

/// Whose rules hold for it: those of the process for what is not in the table.
pub(super) fn scope_of(target: &Option<Pinned>) -> Scope {
    target.as_ref().map_or_else(policy::process, Pinned::scope)
}

/// `getsockopt(2)`, with room for `length` bytes.
#[napi(catch_unwind)]
pub fn getsockopt(handle: i32, raw: bool, level: i32, name: i32, length: u32) -> Outcome<Buffer> {
    let mut value = vec![0; length as usize];
    let result = target(handle, raw).and_then(|(_pinned, socket)| {
        let length = sys::getsockopt(socket, level, name, &mut value)?;
        value.truncate(length);
        Ok(Buffer::from(value))
    });
    outcome(result)
}

/// `setsockopt(2)`
#[napi(catch_unwind)]
pub fn setsockopt(handle: i32, raw: bool, level: i32, name: i32, value: &[u8]) -> i32 {
    let result = target(handle, raw).and_then(|(pinned, socket)| {
        guard::option(scope_of(&pinned), level, name, value)?;
        sys::setsockopt(socket, level, name, value)
    });
    status(result)
}

/// The C name of a positive error number.
#[napi(catch_unwind)]
pub fn errno_name(errno: i32) -> Option<&'static str> {
    Errno(errno).name()
}

/// The index of a network interface by its name; 0 for none.
#[napi(catch_unwind)]
pub fn interface_index(name: String) -> u32 {
    sys::interface_index(&name).unwrap_or(0)
}

/// This host's numbers of the constants that `index.js` exports, by name.
#[napi(catch_unwind)]
pub fn constants() -> std::collections::HashMap<&'static str, i32> {
    sys::CONSTANTS.iter().copied().flatten().copied().collect()
}
