//! Addresses as JavaScript writes them, and as the kernel takes them.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use socket2::SockAddr;

use crate::errno::{Errno, Result};
use crate::sys;

/// What a kernel address says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// IPv4 or IPv6.
    Ip(SocketAddr),
    /// A Unix socket's name: a path, `\0name` for Linux's abstract namespace, empty when unnamed.
    Unix(Vec<u8>),
    /// Another family, which this library gives no form.
    Other(u16),
}

/// Parses the text of an IP address: `127.0.0.1`, `::1`, `fe80::1%eth0`, `fe80::1%2`. Names and
/// the short, octal or hexadecimal spellings of `inet_aton(3)` are not addresses.
pub fn parse_ip(text: &str) -> Option<(IpAddr, u32)> {
    match text.split_once('%') {
        None => text.parse().ok().map(|ip| (ip, 0)),
        Some((ip, zone)) => {
            let ip: Ipv6Addr = ip.parse().ok()?;
            let scope = zone.parse().ok().or_else(|| sys::interface_index(zone))?;
            Some((IpAddr::V6(ip), scope))
        }
    }
}

/// A kernel address from its parts.
pub fn from_ip(ip: IpAddr, port: u16, flow_info: u32, scope_id: u32) -> SockAddr {
    match ip {
        IpAddr::V4(ip) => SocketAddrV4::new(ip, port).into(),
        IpAddr::V6(ip) => SocketAddrV6::new(ip, port, flow_info, scope_id).into(),
    }
}

/// A Unix socket's kernel address.
///
/// # Errors
/// `ENAMETOOLONG` for more than `sun_path` takes (107 bytes on Linux), `EINVAL` for a zero byte
/// inside a path.
pub fn from_path(path: &[u8]) -> Result<SockAddr> {
    let text = std::str::from_utf8(path).map_err(|_| Errno::INVAL)?;
    if path.first() != Some(&0) && path.contains(&0) {
        return Err(Errno::INVAL);
    }
    // socket2's own error carries no number; a path can fail only by its length.
    SockAddr::unix(text).map_err(|_| Errno::NAMETOOLONG)
}

/// Reads a kernel address.
pub fn describe(address: &SockAddr) -> Address {
    if let Some(ip) = address.as_socket() {
        return Address::Ip(ip);
    }
    let bytes = sys::address_to_linux(address);
    if address.is_unix() {
        let path = bytes.get(2..).unwrap_or_default();
        // Paths end in a zero byte that is no part of them; abstract names are counted.
        let length = match path.first() {
            Some(0) | None => path.len(),
            Some(_) => path.iter().position(|byte| *byte == 0).unwrap_or(path.len()),
        };
        return Address::Unix(path[..length].to_vec());
    }
    Address::Other(address.family() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!(parse_ip("127.0.0.1").map(|(_, scope)| scope), Some(0));
        assert_eq!(parse_ip("fe80::1%7").map(|(_, scope)| scope), Some(7));
        #[cfg(target_os = "linux")]
        assert_eq!(parse_ip("fe80::1%lo").map(|(_, scope)| scope), Some(1));
        for bad in
            ["", "localhost", "127.1", "0x7f.0.0.1", "127.0.0.1%1", "fe80::1%", "::1 ", "1.2.3.4:5"]
        {
            assert_eq!(parse_ip(bad), None, "{bad}");
        }
    }

    #[test]
    fn kernel_addresses_describe_what_they_were_made_from() {
        let ip = from_ip("::1".parse().unwrap(), 80, 5, 6);
        assert_eq!(
            describe(&ip),
            Address::Ip(
                "[::1%6]:80"
                    .parse()
                    .map(|mut address: SocketAddr| {
                        if let SocketAddr::V6(v6) = &mut address {
                            v6.set_flowinfo(5);
                        }
                        address
                    })
                    .unwrap()
            )
        );
        #[cfg(target_os = "linux")]
        for path in [&b"/tmp/x"[..], b"\0abstract", b""] {
            assert_eq!(describe(&from_path(path).unwrap()), Address::Unix(path.to_vec()));
        }
        #[cfg(unix)]
        assert_eq!(from_path(&[b'x'; 200]).err(), Some(Errno::NAMETOOLONG));
        assert_eq!(from_path(b"a\0b").err(), Some(Errno::INVAL));
    }
}
