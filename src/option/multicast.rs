//! Multicast memberships and source filters: the request structures of `ip(7)`, `ipv6(7)` and
//! RFC 3678.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::address::{self, array, ip, ipv4, ipv6};
use super::error::Error;
use super::value::{Fields, Value, wrong_type, wrong_value};

/// `sizeof(struct sockaddr_storage)`
pub(super) const STORAGE_SIZE: usize = 128;

/// What comes before the sources of a `struct ip_msfilter`; their number is the last of it.
pub(super) const IP_MSFILTER_HEAD: usize = 16;

/// What comes before the sources of a `struct group_filter`; their number is the last of it.
pub(super) const GROUP_FILTER_HEAD: usize = STORAGE_OFFSET + STORAGE_SIZE + 8;

/// Where the first `sockaddr_storage` of a `group_req` lies, behind the interface index. It is
/// aligned like a long on Linux and like an `int64_t` elsewhere; xnu packs these structures to 4.
const STORAGE_OFFSET: usize = if cfg!(any(target_os = "linux", target_os = "android")) {
    align_of::<usize>()
} else if cfg!(target_vendor = "apple") {
    4
} else {
    align_of::<u64>()
};

/// Whether `IP_ADD_MEMBERSHIP` and `IP_MULTICAST_IF` take a `struct ip_mreqn`, with the interface's
/// index. macOS and Windows take the index in place of the address, as 0.0.0.index (RFC 1724).
const HAS_MREQN: bool =
    cfg!(any(target_os = "linux", target_os = "android", target_os = "freebsd"));

/// Whether `struct ip_mreq_source` has the interface before the source. Elsewhere it comes last.
const INTERFACE_FIRST: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// Filter modes of Linux's `linux/in.h`: `MCAST_EXCLUDE` is 0, `MCAST_INCLUDE` is 1.
const MODES: [&str; 2] = ["exclude", "include"];

const GROUP: &str = "the address of a group, or an object with one in the field group";

/// An IPv4 interface, by index or by one of its addresses.
enum Interface {
    Address(Ipv4Addr),
    Index(u32),
}

impl Interface {
    fn of(value: Option<&Value>, field: &str) -> Result<Interface, Error> {
        match value {
            None => Ok(Interface::Address(Ipv4Addr::UNSPECIFIED)),
            Some(value @ Value::Text(_)) => Ok(Interface::Address(ipv4(value, field)?)),
            Some(value @ (Value::Int(_) | Value::Float(_))) => {
                value.word(field, u32::MAX).map(Interface::Index)
            }
            Some(_) => Err(wrong_type(field, "an interface index or an IPv4 address")),
        }
    }

    /// The end of an `ip_mreq`, or of an `ip_mreqn`.
    fn encode(&self) -> Vec<u8> {
        match self {
            Interface::Address(address) => address.octets().to_vec(),
            Interface::Index(index) if HAS_MREQN => [[0; 4], index.to_ne_bytes()].concat(),
            Interface::Index(index) => index.to_be_bytes().to_vec(),
        }
    }
}

/// `struct ip_mreq`, or `struct ip_mreqn` where the interface is given by its index.
pub(super) fn encode_ip_mreq(value: &Value) -> Result<Vec<u8>, Error> {
    if let Value::Text(_) = value {
        return Ok([ipv4(value, "")?, Ipv4Addr::UNSPECIFIED].map(|ip| ip.octets()).concat());
    }
    let fields = Fields::of(value, "", &["group", "interface"], GROUP)?;
    let group = ipv4(fields.require("group", "an IPv4 address")?, "group")?;
    let interface = Interface::of(fields.get("interface"), "interface")?;
    Ok([group.octets().to_vec(), interface.encode()].concat())
}

/// The reverse of [`encode_ip_mreq`].
pub(super) fn decode_ip_mreq(bytes: &[u8]) -> Option<Value> {
    let group = Ipv4Addr::from(array::<4>(bytes, 0)?);
    let interface = match array(bytes, 8).map(u32::from_ne_bytes) {
        Some(index) if index != 0 => index.into(),
        _ => text(Ipv4Addr::from(array::<4>(bytes, 4)?)),
    };
    Some(record([("group", text(group)), ("interface", interface)]))
}

/// What `IP_MULTICAST_IF` takes: an address, or an interface index.
pub(super) fn encode_multicast_if(value: &Value) -> Result<Vec<u8>, Error> {
    match Interface::of(Some(value), "")? {
        Interface::Index(index) if HAS_MREQN => Ok([[0; 4], [0; 4], index.to_ne_bytes()].concat()),
        interface => Ok(interface.encode()),
    }
}

/// What `IP_MULTICAST_IF` gives: an address.
pub(super) fn decode_multicast_if(bytes: &[u8]) -> Option<Value> {
    Some(text(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)))
}

/// `struct ip_mreq_source`
pub(super) fn encode_ip_mreq_source(value: &Value) -> Result<Vec<u8>, Error> {
    let fields = Fields::of(value, "", &["group", "source", "interface"], "an object")?;
    let group = ipv4(fields.require("group", "an IPv4 address")?, "group")?;
    let source = ipv4(fields.require("source", "an IPv4 address")?, "source")?;
    let interface = optional_ipv4(&fields, "interface")?;
    let parts =
        if INTERFACE_FIRST { [group, interface, source] } else { [group, source, interface] };
    Ok(parts.map(|address| address.octets()).concat())
}

/// The reverse of [`encode_ip_mreq_source`].
pub(super) fn decode_ip_mreq_source(bytes: &[u8]) -> Option<Value> {
    let [group, second, third] =
        [0, 4, 8].map(|offset| array::<4>(bytes, offset).map(Ipv4Addr::from));
    let (source, interface) = if INTERFACE_FIRST { (third?, second?) } else { (second?, third?) };
    Some(record([
        ("group", text(group?)),
        ("source", text(source)),
        ("interface", text(interface)),
    ]))
}

/// `struct ipv6_mreq`
pub(super) fn encode_ipv6_mreq(value: &Value) -> Result<Vec<u8>, Error> {
    let (group, interface) = match value {
        Value::Text(_) => (ipv6(value, "")?, 0),
        _ => {
            let fields = Fields::of(value, "", &["group", "interface"], GROUP)?;
            let group = ipv6(fields.require("group", "an IPv6 address")?, "group")?;
            (group, fields.word("", "interface", u32::MAX)?)
        }
    };
    Ok([&group.octets()[..], &interface.to_ne_bytes()].concat())
}

/// The reverse of [`encode_ipv6_mreq`].
pub(super) fn decode_ipv6_mreq(bytes: &[u8]) -> Option<Value> {
    let group = Ipv6Addr::from(array::<16>(bytes, 0)?);
    let interface = u32::from_ne_bytes(array(bytes, 16)?);
    Some(record([("group", text(group)), ("interface", interface.into())]))
}

/// `struct group_req`
pub(super) fn encode_group_req(value: &Value) -> Result<Vec<u8>, Error> {
    let group = group(value)?;
    let interface = match value {
        Value::Text(_) => 0,
        _ => {
            let fields = Fields::of(value, "", &["group", "interface"], GROUP)?;
            fields.word("", "interface", u32::MAX)?
        }
    };
    Ok([index_slot(interface), storage(group)].concat())
}

/// The reverse of [`encode_group_req`].
pub(super) fn decode_group_req(bytes: &[u8]) -> Option<Value> {
    let interface = u32::from_ne_bytes(array(bytes, 0)?);
    Some(record([("group", stored(bytes, 0)?), ("interface", interface.into())]))
}

/// `struct group_source_req`
pub(super) fn encode_group_source_req(value: &Value) -> Result<Vec<u8>, Error> {
    let fields = Fields::of(value, "", &["group", "source", "interface"], "an object")?;
    let source = ip(fields.require("source", "an IP address")?, "source")?;
    let interface = fields.word("", "interface", u32::MAX)?;
    Ok([index_slot(interface), storage(group(value)?), storage(source)].concat())
}

/// The reverse of [`encode_group_source_req`].
pub(super) fn decode_group_source_req(bytes: &[u8]) -> Option<Value> {
    let interface = u32::from_ne_bytes(array(bytes, 0)?);
    Some(record([
        ("group", stored(bytes, 0)?),
        ("source", stored(bytes, 1)?),
        ("interface", interface.into()),
    ]))
}

/// `struct ip_msfilter` (Linux)
pub(super) fn encode_ip_msfilter(value: &Value) -> Result<Vec<u8>, Error> {
    let filter = Filter::of(value)?;
    let group = ipv4(filter.fields.require("group", "an IPv4 address")?, "group")?;
    let interface = optional_ipv4(&filter.fields, "interface")?;
    let mut bytes = [group.octets(), interface.octets()].concat();
    bytes.extend(filter.mode.to_ne_bytes());
    bytes.extend((filter.sources.len() as u32).to_ne_bytes());
    for source in filter.sources {
        bytes.extend(ipv4(source, "sources")?.octets());
    }
    Ok(bytes)
}

/// The reverse of [`encode_ip_msfilter`].
pub(super) fn decode_ip_msfilter(bytes: &[u8]) -> Option<Value> {
    let [group, interface] =
        [0, 4].map(|offset| array::<4>(bytes, offset).map(|octets| text(Ipv4Addr::from(octets))));
    let mode = mode(bytes, 8)?;
    let count = u32::from_ne_bytes(array(bytes, 12)?) as usize;
    let sources = bytes[IP_MSFILTER_HEAD..].as_chunks::<4>().0.iter().take(count);
    let sources = sources.map(|octets| text(Ipv4Addr::from(*octets))).collect();
    Some(record([
        ("group", group?),
        ("interface", interface?),
        ("mode", mode),
        ("sources", Value::List(sources)),
    ]))
}

/// `struct group_filter` (Linux)
pub(super) fn encode_group_filter(value: &Value) -> Result<Vec<u8>, Error> {
    let filter = Filter::of(value)?;
    let interface = filter.fields.word("", "interface", u32::MAX)?;
    let mut bytes = [index_slot(interface), storage(group(value)?)].concat();
    bytes.extend(filter.mode.to_ne_bytes());
    bytes.extend((filter.sources.len() as u32).to_ne_bytes());
    for source in filter.sources {
        bytes.extend(storage(ip(source, "sources")?));
    }
    Ok(bytes)
}

/// The reverse of [`encode_group_filter`].
pub(super) fn decode_group_filter(bytes: &[u8]) -> Option<Value> {
    let interface = u32::from_ne_bytes(array(bytes, 0)?);
    let mode = mode(bytes, GROUP_FILTER_HEAD - 8)?;
    let count = u32::from_ne_bytes(array(bytes, GROUP_FILTER_HEAD - 4)?) as usize;
    let sources = bytes[GROUP_FILTER_HEAD..].chunks_exact(STORAGE_SIZE).take(count).map(address_of);
    Some(record([
        ("group", stored(bytes, 0)?),
        ("interface", interface.into()),
        ("mode", mode),
        ("sources", Value::List(sources.collect())),
    ]))
}

/// The group in a value that is one or has one in its field `group`.
pub(super) fn group(value: &Value) -> Result<IpAddr, Error> {
    match (value, value.field("group")) {
        (Value::Text(_), _) => ip(value, ""),
        (_, Some(group)) => ip(group, "group"),
        (Value::Record(_), None) => Err(wrong_type("group", "an IP address")),
        _ => Err(wrong_type("", GROUP)),
    }
}

/// What both kinds of source filter have.
struct Filter<'a> {
    fields: Fields<'a>,
    mode: u32,
    sources: &'a [Value],
}

impl<'a> Filter<'a> {
    fn of(value: &'a Value) -> Result<Filter<'a>, Error> {
        let known = ["group", "interface", "mode", "sources"];
        let fields = Fields::of(value, "", &known, "an object")?;
        let expected = "\"include\" or \"exclude\"";
        let mode = match fields.get("mode") {
            Some(value) => {
                let name = value.text("mode", expected)?;
                MODES
                    .iter()
                    .position(|mode| *mode == name)
                    .ok_or_else(|| wrong_value("mode", expected, name))?
            }
            None => 0,
        };
        let sources = match fields.get("sources") {
            Some(Value::List(sources)) => &sources[..],
            Some(_) => return Err(wrong_type("sources", "an array of IP addresses")),
            None => &[],
        };
        Ok(Filter { fields, mode: mode as u32, sources })
    }
}

fn mode(bytes: &[u8], offset: usize) -> Option<Value> {
    let mode = u32::from_ne_bytes(array(bytes, offset)?);
    Some(MODES.get(mode as usize).map_or_else(|| mode.into(), |name| Value::from(*name)))
}

fn optional_ipv4(fields: &Fields<'_>, name: &str) -> Result<Ipv4Addr, Error> {
    fields.get(name).map_or(Ok(Ipv4Addr::UNSPECIFIED), |value| ipv4(value, name))
}

/// An interface index, padded to where the first `sockaddr_storage` begins.
fn index_slot(index: u32) -> Vec<u8> {
    let mut slot = index.to_ne_bytes().to_vec();
    slot.resize(STORAGE_OFFSET, 0);
    slot
}

/// A `sockaddr_storage` with an address.
fn storage(address: IpAddr) -> Vec<u8> {
    let mut slot = address::sockaddr_of(address);
    slot.resize(STORAGE_SIZE, 0);
    slot
}

/// The address in the `nth` `sockaddr_storage`.
fn stored(bytes: &[u8], nth: usize) -> Option<Value> {
    let offset = STORAGE_OFFSET + nth * STORAGE_SIZE;
    Some(address_of(bytes.get(offset..offset + STORAGE_SIZE)?))
}

/// The address alone: ports mean nothing to multicast.
fn address_of(sockaddr: &[u8]) -> Value {
    match address::decode(sockaddr) {
        Value::Record(entries) => entries
            .into_iter()
            .find(|(name, _)| name == "address")
            .map_or(Value::Null, |(_, address)| address),
        bytes => bytes,
    }
}

fn text(address: impl ToString) -> Value {
    Value::Text(address.to_string())
}

fn record<const N: usize>(entries: [(&'static str, Value); N]) -> Value {
    Value::Record(entries.into_iter().map(|(name, value)| (name.into(), value)).collect())
}
