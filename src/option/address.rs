//! Socket addresses inside option values, in the shape that Node gives them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::error::Error;
use super::value::{Fields, Value, join, wrong_type, wrong_value};

/// The numbers of the address families on this host.
mod family {
    pub(super) const UNIX: u16 = 1;
    pub(super) const INET: u16 = 2;
    pub(super) const INET6: u16 = if cfg!(target_vendor = "apple") {
        30
    } else if cfg!(target_os = "freebsd") {
        28
    } else if cfg!(windows) {
        23
    } else {
        10
    };
}

/// Whether a `sockaddr` begins with its own length in one byte, and the family in the next.
const HAS_LENGTH: bool = cfg!(any(target_vendor = "apple", target_os = "freebsd"));

/// `sizeof(struct sockaddr_in)`
const INET_SIZE: usize = 16;

/// `sizeof(struct sockaddr_in6)`
const INET6_SIZE: usize = 28;

/// A `sockaddr` as `{ address, port, family }`, with `flowInfo` and `scopeId` where they are not 0,
/// as `{ path }` for a unix socket, or as bytes where neither fits.
pub(super) fn decode(bytes: &[u8]) -> Value {
    decode_known(bytes).unwrap_or_else(|| Value::Bytes(bytes.to_vec()))
}

fn decode_known(bytes: &[u8]) -> Option<Value> {
    let head = [*bytes.first()?, *bytes.get(1)?];
    let family = if HAS_LENGTH { u16::from(head[1]) } else { u16::from_ne_bytes(head) };
    match family {
        family::INET => {
            let port = u16::from_be_bytes(array(bytes, 2)?);
            let address = Ipv4Addr::from(array::<4>(bytes, 4)?);
            Some(Value::Record(vec![
                ("address".into(), Value::Text(address.to_string())),
                ("port".into(), port.into()),
                ("family".into(), "IPv4".into()),
            ]))
        }
        family::INET6 => {
            let port = u16::from_be_bytes(array(bytes, 2)?);
            let flow = u32::from_be_bytes(array(bytes, 4)?);
            let address = Ipv6Addr::from(array::<16>(bytes, 8)?);
            let scope = u32::from_ne_bytes(array(bytes, 24)?);
            let mut entries = vec![
                ("address".into(), Value::Text(address.to_string())),
                ("port".into(), port.into()),
                ("family".into(), "IPv6".into()),
            ];
            entries.extend((flow != 0).then(|| ("flowInfo".into(), flow.into())));
            entries.extend((scope != 0).then(|| ("scopeId".into(), scope.into())));
            Some(Value::Record(entries))
        }
        family::UNIX => Some(Value::Record(vec![("path".into(), path(&bytes[2..]))])),
        _ => None,
    }
}

/// A unix path ends at its null byte; a name in Linux's abstract namespace begins with one and is as
/// long as the address.
fn path(bytes: &[u8]) -> Value {
    let end = match bytes.first() {
        Some(0) => bytes.len(),
        _ => bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len()),
    };
    match std::str::from_utf8(&bytes[..end]) {
        Ok(path) => path.into(),
        Err(_) => Value::Bytes(bytes[..end].to_vec()),
    }
}

/// The `sockaddr_in` or `sockaddr_in6` of an address given as a string or as
/// `{ address, port?, flowInfo?, scopeId? }`.
pub(super) fn encode(value: &Value, field: &str) -> Result<Vec<u8>, Error> {
    const EXPECTED: &str = "an IP address, or an object with one";
    if let Value::Text(_) = value {
        return Ok(sockaddr(ip(value, field)?, 0, 0, 0));
    }
    let known = ["address", "port", "family", "flowInfo", "scopeId"];
    let fields = Fields::of(value, field, &known, EXPECTED)?;
    let address = ip(fields.require("address", "an IP address")?, &join(field, "address"))?;
    let port = fields.word(field, "port", u16::MAX.into())? as u16;
    let flow = fields.word(field, "flowInfo", u32::MAX)?;
    Ok(sockaddr(address, port, flow, fields.word(field, "scopeId", u32::MAX)?))
}

/// The `sockaddr_in` or `sockaddr_in6` of an address without a port.
pub(super) fn sockaddr_of(address: IpAddr) -> Vec<u8> {
    sockaddr(address, 0, 0, 0)
}

fn sockaddr(address: IpAddr, port: u16, flow: u32, scope: u32) -> Vec<u8> {
    let (family, size) = match address {
        IpAddr::V4(_) => (family::INET, INET_SIZE),
        IpAddr::V6(_) => (family::INET6, INET6_SIZE),
    };
    let mut bytes = vec![0; size];
    if HAS_LENGTH {
        bytes[..2].copy_from_slice(&[size as u8, family as u8]);
    } else {
        bytes[..2].copy_from_slice(&family.to_ne_bytes());
    }
    bytes[2..4].copy_from_slice(&port.to_be_bytes());
    match address {
        IpAddr::V4(address) => bytes[4..8].copy_from_slice(&address.octets()),
        IpAddr::V6(address) => {
            bytes[4..8].copy_from_slice(&flow.to_be_bytes());
            bytes[8..24].copy_from_slice(&address.octets());
            bytes[24..28].copy_from_slice(&scope.to_ne_bytes());
        }
    }
    bytes
}

/// An IP address of either family.
pub(super) fn ip(value: &Value, field: &str) -> Result<IpAddr, Error> {
    parse(value, field, "an IP address")
}

/// An IPv4 address.
pub(super) fn ipv4(value: &Value, field: &str) -> Result<Ipv4Addr, Error> {
    parse(value, field, "an IPv4 address")
}

/// An IPv6 address.
pub(super) fn ipv6(value: &Value, field: &str) -> Result<Ipv6Addr, Error> {
    parse(value, field, "an IPv6 address")
}

fn parse<T: std::str::FromStr>(value: &Value, field: &str, expected: &str) -> Result<T, Error> {
    match value {
        Value::Text(text) => text.parse().map_err(|_| wrong_value(field, expected, text)),
        _ => Err(wrong_type(field, expected)),
    }
}

/// `N` bytes from `offset` on, if there are so many.
pub(super) fn array<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..offset + N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unix_paths() {
        let address = |path: &[u8]| {
            let mut bytes = if HAS_LENGTH { vec![0, 1] } else { 1u16.to_ne_bytes().to_vec() };
            bytes.extend(path);
            decode(&bytes).field("path").cloned()
        };
        assert_eq!(address(b""), Some("".into()));
        assert_eq!(address(b"/tmp/x\0\0"), Some("/tmp/x".into()));
        assert_eq!(address(b"\0name"), Some("\0name".into()));
        assert_eq!(address(b"/\xff"), Some(Value::Bytes(b"/\xff".to_vec())));
    }
}
