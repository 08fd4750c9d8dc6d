//! Options and control messages that name addresses, or change where packets go.

use std::net::{IpAddr, SocketAddr};

use super::Question;
use super::rule::{Ports, Way};
use crate::message::Control;
use crate::option::{self, Platform, Value};
use crate::sys;

const IPPROTO_IP: i32 = 0;
const IPPROTO_IPV6: i32 = 41;
const IPPROTO_SCTP: i32 = 132;

/// Options that join a group: it is judged as a local address.
const JOINS: [&str; 8] = [
    "IP_ADD_MEMBERSHIP",
    "IP_ADD_SOURCE_MEMBERSHIP",
    "IP_MSFILTER",
    "MCAST_JOIN_GROUP",
    "MCAST_JOIN_SOURCE_GROUP",
    "MCAST_MSFILTER",
    "IPV6_JOIN_GROUP",
    "IPV6_JOIN_ANYCAST",
];

/// Options that send packets elsewhere than their address says, or let a program write the address
/// into the packet itself: source routes, headers of its own, policies of IPsec, and other interfaces,
/// on which 0.0.0.0 is another address.
const REDIRECTS: [&str; 14] = [
    "SO_BINDTODEVICE",
    "SO_BINDTOIFINDEX",
    "IP_UNICAST_IF",
    "IP_OPTIONS",
    "IP_HDRINCL",
    "IP_IPSEC_POLICY",
    "IP_XFRM_POLICY",
    "IPV6_HDRINCL",
    "IPV6_RTHDR",
    "IPV6_2292RTHDR",
    "IPV6_FLOWLABEL_MGR",
    "IPV6_IPSEC_POLICY",
    "IPV6_XFRM_POLICY",
    "IPV6_2292PKTOPTIONS",
];

/// What setting an option asks of a policy. Numbers and layout are this host's.
pub fn of_option(level: i32, name: i32, value: &[u8]) -> Vec<Question<'static>> {
    let spec = Platform::HOST.and_then(|host| option::find_number(host, level, name));
    let Some(spec) = spec else {
        // Multicast routing, packet filters, and whatever comes with later kernels.
        let may_name = [IPPROTO_IP, IPPROTO_IPV6, IPPROTO_SCTP].contains(&level);
        return if may_name { vec![Question::Unknown(level, name)] } else { Vec::new() };
    };
    if spec.name.starts_with("MRT") {
        return vec![Question::Redirect(spec.name)];
    }
    if REDIRECTS.contains(&spec.name) {
        // Zeroes, and nothing at all, take it back.
        let set = value.iter().any(|byte| *byte != 0);
        return if set { vec![Question::Redirect(spec.name)] } else { Vec::new() };
    }
    let value = match spec.name {
        name if JOINS.contains(&name) => spec.codec.decode(value),
        "IP_MULTICAST_IF" => spec.codec.decode(value),
        _ => return Vec::new(),
    };
    let aside = |value: &Value| {
        let ip = address(value)?;
        (!ip.is_unspecified()).then_some(Question::Aside(ip))
    };
    if spec.name == "IP_MULTICAST_IF" {
        return aside(&value).into_iter().collect();
    }
    let Some(group) = address(&value).or_else(|| value.field("group").and_then(address)) else {
        return vec![Question::Unknown(level, name)];
    };
    let join =
        Question::Ip { way: Way::In, address: SocketAddr::new(group, 0), ports: Ports::None };
    let sources = match value.field("sources") {
        Some(Value::List(sources)) => sources.as_slice(),
        _ => &[],
    };
    let beside = ["source", "interface"].into_iter().filter_map(|field| value.field(field));
    [join].into_iter().chain(beside.chain(sources).filter_map(aside)).collect()
}

fn address(value: &Value) -> Option<IpAddr> {
    match value {
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// What sending control messages asks of a policy.
pub(super) fn of_messages(messages: &[Control]) -> impl Iterator<Item = Question<'static>> {
    messages.iter().filter_map(|message| match (message.level, message.kind) {
        rights if rights == sys::RIGHTS => Some(Question::Rights),
        _ if !cfg!(any(target_os = "linux", target_os = "android")) => None,
        (IPPROTO_IP, 7) => Some(Question::Redirect("IP_RETOPTS")),
        (IPPROTO_IPV6, 57) => Some(Question::Redirect("IPV6_RTHDR")),
        (IPPROTO_IPV6, 5) => Some(Question::Redirect("IPV6_2292RTHDR")),
        (IPPROTO_SCTP, kind) => Some(Question::Unknown(IPPROTO_SCTP, kind)),
        _ => None,
    })
}

/// Whether control messages choose the address or interface that packets leave by: to 0.0.0.0 they go
/// there then.
pub(super) fn chooses_interface(messages: &[Control]) -> bool {
    messages.iter().any(|message| message.level == IPPROTO_IP)
}
