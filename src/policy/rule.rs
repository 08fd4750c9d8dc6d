//! One rule of a policy: what it is written like, and what it covers.
//!
//! ```text
//! rule      = [ "out " | "in " | "lookup " ] target [ ":" port [ "-" port ] ]
//! target    = "*" | "loopback" | "private" | "link-local"
//!           | address [ "%" zone ] [ "/" bits ]        IPv6 with a port in brackets: [::1]:80
//!           | name | "*." name
//!           | "/path" | "/folder/" | "@name" | "@prefix*"
//! ```

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::address;

/// What a rule, or a question, is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Connecting, and sending to an address.
    Out,
    /// Binding, listening, joining a group.
    In,
    /// Asking the resolver.
    Lookup,
}

/// The ways that a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ways {
    /// `Out` and `In`; of names and of everything also `Lookup`.
    Unsaid,
    Only(Way),
}

/// What a rule covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `*`: every address; without ports, Unix sockets as well.
    Everything,
    /// A named set.
    Set(Set),
    /// `10.0.0.0/8`, `fe80::1%eth0`
    Net(Net),
    /// `example.com`, `*.example.com`
    Name(Name),
    /// `/run/app.sock`, or with everything below it `/run/app/`.
    Path {
        /// Without symbolic links, as far as it existed when the rule was read.
        path: PathBuf,
        /// It ends in a slash.
        below: bool,
    },
    /// `@name`, or with `*` at its end all that begin so.
    Abstract {
        /// Without `@` and `*`.
        name: Vec<u8>,
        /// It ends in `*`.
        prefix: bool,
    },
}

/// A named set of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// `127.0.0.0/8`, `::1`
    Loopback,
    /// RFC 1918, RFC 6598 (shared by carriers), RFC 4193.
    Private,
    /// `169.254.0.0/16`, `fe80::/10`: the metadata services of clouds among them.
    LinkLocal,
}

impl Set {
    /// Whether an address belongs to it.
    pub fn has(self, ip: IpAddr) -> bool {
        match (self, ip) {
            (Set::Loopback, ip) => ip.is_loopback(),
            (Set::Private, IpAddr::V4(ip)) => {
                ip.is_private() || ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64
            }
            (Set::Private, IpAddr::V6(ip)) => ip.segments()[0] & 0xfe00 == 0xfc00,
            (Set::LinkLocal, IpAddr::V4(ip)) => ip.is_link_local(),
            (Set::LinkLocal, IpAddr::V6(ip)) => ip.segments()[0] & 0xffc0 == 0xfe80,
        }
    }
}

/// Addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Net {
    base: IpAddr,
    bits: u32,
    /// An interface's index, of an IPv6 address; 0 for any.
    scope: u32,
}

impl Net {
    fn has(self, ip: IpAddr) -> bool {
        match (self.base, ip) {
            (IpAddr::V4(base), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - self.bits).unwrap_or(0);
                (base.to_bits() ^ ip.to_bits()) & mask == 0
            }
            (IpAddr::V6(base), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
                (base.to_bits() ^ ip.to_bits()) & mask == 0
            }
            _ => false,
        }
    }
}

/// A host name in lower case without a dot at its end, or all names below one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Without `*.`.
    pub host: String,
    /// It began with `*.`: the names below, not the name itself.
    pub below: bool,
}

impl Name {
    /// Whether a name (as [`normal_name`] gives it) is meant.
    pub fn has(&self, name: &str) -> bool {
        match self.below {
            false => name == self.host,
            true => name
                .strip_suffix(&self.host)
                .is_some_and(|front| front.len() > 1 && front.ends_with('.')),
        }
    }
}

/// A host name as rules compare it.
pub fn normal_name(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// Whether the resolver takes a text for an address rather than a name: IPv6, and what `inet_aton(3)`
/// reads (`127.1`, `0x7f.1`, `017700000001`, `2130706433`).
pub fn is_numeric(host: &str) -> bool {
    let part = |part: &str| match part.strip_prefix("0x").or_else(|| part.strip_prefix("0X")) {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()),
    };
    host.contains(':') || host.rsplit('.').find(|it| !it.is_empty()).is_some_and(part)
}

/// What a question says of ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// One port.
    One(u16),
    /// A socket that could reach every port (raw sockets).
    All,
    /// Ports mean nothing to it (multicast groups).
    None,
}

/// A line of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    text: String,
    ways: Ways,
    /// What it covers.
    pub target: Target,
    ports: Option<RangeInclusive<u16>>,
}

impl Rule {
    /// Whether it is for a way.
    pub fn is_for(&self, way: Way) -> bool {
        match self.ways {
            Ways::Only(only) => only == way,
            Ways::Unsaid => {
                way != Way::Lookup || matches!(self.target, Target::Name(_) | Target::Everything)
            }
        }
    }

    /// Whether an allowing rule covers these ports: all of them.
    pub fn allows_ports(&self, ports: Ports) -> bool {
        match (&self.ports, ports) {
            (None, _) | (_, Ports::None) => true,
            (Some(range), Ports::One(port)) => range.contains(&port),
            (Some(range), Ports::All) => *range == (0..=u16::MAX),
        }
    }

    /// Whether a denying rule covers these ports: any of them.
    pub fn denies_ports(&self, ports: Ports) -> bool {
        match (&self.ports, ports) {
            (None, _) | (_, Ports::All) => true,
            (Some(range), Ports::One(port)) => range.contains(&port),
            (Some(range), Ports::None) => *range == (0..=u16::MAX),
        }
    }

    /// Whether it says nothing of ports.
    pub fn any_port(&self) -> bool {
        self.ports.is_none()
    }

    /// Whether its target covers an address. Where the interface is not known (`scope` 0), a rule for
    /// one of them covers it only when `unsure` says so.
    pub fn covers(&self, ip: IpAddr, scope: u32, unsure: bool) -> bool {
        match &self.target {
            Target::Everything => true,
            Target::Set(set) => set.has(ip),
            Target::Net(net) => {
                let same = net.scope == 0 || net.scope == scope || scope == 0 && unsure;
                net.has(ip) && same
            }
            Target::Name(_) | Target::Path { .. } | Target::Abstract { .. } => false,
        }
    }

    /// Whether its target has addresses of this family: what a wildcard address opens.
    pub fn touches(&self, any: IpAddr) -> bool {
        match &self.target {
            Target::Everything | Target::Set(_) => true,
            // An IPv6 wildcard takes IPv4 connections as well.
            Target::Net(net) => any.is_ipv6() || net.base.is_ipv4(),
            Target::Name(_) | Target::Path { .. } | Target::Abstract { .. } => false,
        }
    }

    /// Whether its target covers a Unix socket's path, which must be free of symbolic links.
    pub fn covers_path(&self, given: &Path) -> bool {
        match &self.target {
            Target::Everything => self.any_port(),
            Target::Path { path, below: false } => given == path,
            Target::Path { path, below: true } => given != path && given.starts_with(path),
            _ => false,
        }
    }

    /// Whether its target covers a name in Linux's abstract namespace; `None` for one that the kernel
    /// chooses.
    pub fn covers_abstract(&self, given: Option<&[u8]>) -> bool {
        match (&self.target, given) {
            (Target::Everything, _) => self.any_port(),
            (Target::Abstract { name, prefix: true }, Some(given)) => given.starts_with(name),
            (Target::Abstract { name, prefix: false }, Some(given)) => given == name,
            (Target::Abstract { name, prefix: true }, None) => name.is_empty(),
            _ => false,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Rule {
    /// What is wrong with it.
    type Err = String;

    fn from_str(text: &str) -> Result<Rule, String> {
        let wrong = |why: &str| format!("the rule '{text}' {why}");
        let text = text.trim();
        let (ways, rest) = match text.split_once([' ', '\t']) {
            Some(("out", rest)) => (Ways::Only(Way::Out), rest.trim_start()),
            Some(("in", rest)) => (Ways::Only(Way::In), rest.trim_start()),
            Some(("lookup", rest)) => (Ways::Only(Way::Lookup), rest.trim_start()),
            _ => (Ways::Unsaid, text),
        };
        if rest.is_empty() {
            return Err(wrong("is empty"));
        }
        if rest.starts_with(['/', '@']) {
            if ways == Ways::Only(Way::Lookup) {
                return Err(wrong("has nothing to look up"));
            }
            let target = unix_target(rest);
            return Ok(Rule { text: text.into(), ways, target, ports: None });
        }
        if rest.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
            return Err(wrong("has a space in it: the directions are 'out', 'in' and 'lookup'"));
        }
        let (host, ports) = split_ports(rest).map_err(&wrong)?;
        let target = target_of(host).map_err(&wrong)?;
        let named = matches!(target, Target::Name(_));
        if ways == Ways::Only(Way::Lookup) && !(named || target == Target::Everything) {
            return Err(wrong("has nothing to look up"));
        }
        if ways == Ways::Only(Way::Lookup) && ports.is_some() {
            return Err(wrong("has ports, which a lookup has not"));
        }
        if named && ways == Ways::Only(Way::In) {
            return Err(wrong("has a name for a local address: write the address"));
        }
        Ok(Rule { text: text.into(), ways, target, ports })
    }
}

fn unix_target(text: &str) -> Target {
    if let Some(name) = text.strip_prefix('@') {
        let (name, prefix) = match name.strip_suffix('*') {
            Some(name) => (name, true),
            None => (name, false),
        };
        return Target::Abstract { name: name.as_bytes().to_vec(), prefix };
    }
    let path = Path::new(text);
    Target::Path { path: resolved(path), below: text.ends_with('/') }
}

/// A path without symbolic links, as far as it exists.
pub(super) fn resolved(path: &Path) -> PathBuf {
    let mut left = Vec::new();
    let mut known = path;
    loop {
        if let Ok(found) = known.canonicalize() {
            return left.into_iter().rev().fold(found, |path, part| path.join(part));
        }
        match (known.parent(), known.file_name()) {
            (Some(parent), Some(name)) => {
                left.push(name);
                known = parent;
            }
            _ => return path.to_path_buf(),
        }
    }
}

type Split<'a> = (&'a str, Option<RangeInclusive<u16>>);

/// A target and its ports.
fn split_ports(text: &str) -> Result<Split<'_>, &'static str> {
    const BRACKETS: &str = "has no matching brackets: write [::1]:80";
    let (host, ports) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']').ok_or(BRACKETS)?;
            match (after.is_empty(), after.rsplit_once(':')) {
                (true, _) => (host, None),
                (_, Some(("", ports))) => (host, Some(ports)),
                _ => return Err(BRACKETS),
            }
        }
        // More than one colon: IPv6 without a port.
        None => match text.split_once(':') {
            Some((host, ports)) if !ports.contains(':') => (host, Some(ports)),
            _ => (text, None),
        },
    };
    Ok((host, ports.map(port_range).transpose()?))
}

fn port_range(text: &str) -> Result<RangeInclusive<u16>, &'static str> {
    const WRONG: &str = "has no port behind the colon, such as 80 or 8000-8999";
    let port = |text: &str| {
        // No sign, which `parse` would take.
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u16>().ok()).flatten().ok_or(WRONG)
    };
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (port(first)?, port(last)?),
        None => (port(text)?, port(text)?),
    };
    if first > last { Err("has its ports the wrong way round") } else { Ok(first..=last) }
}

fn target_of(text: &str) -> Result<Target, &'static str> {
    match text {
        "" | "in" | "out" | "lookup" => return Err("names nothing"),
        "*" => return Ok(Target::Everything),
        "loopback" => return Ok(Target::Set(Set::Loopback)),
        "private" => return Ok(Target::Set(Set::Private)),
        "link-local" => return Ok(Target::Set(Set::LinkLocal)),
        _ => {}
    }
    let (host, bits) = match text.split_once('/') {
        Some((host, bits)) => (host, Some(bits)),
        None => (text, None),
    };
    if let Some((ip, scope)) = address::parse_ip(host) {
        return network(ip, scope, bits).map(Target::Net);
    }
    if bits.is_some() {
        return Err("has no address before the slash");
    }
    if is_numeric(host) {
        return Err("is no address: write IPv4 as four decimal numbers");
    }
    let (host, below) = match host.strip_prefix("*.") {
        Some(host) => (host, true),
        None => (host, false),
    };
    let host = normal_name(host);
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let label = |label: &str| !label.is_empty() && label.len() <= 63 && label.bytes().all(letter);
    if host.len() > 253 || !host.split('.').all(label) {
        return Err(
            "is no address and no host name (names with other letters are written as xn--)",
        );
    }
    Ok(Target::Name(Name { host, below }))
}

fn network(ip: IpAddr, scope: u32, bits: Option<&str>) -> Result<Net, &'static str> {
    let most = if ip.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        None => most,
        Some(bits) => bits
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| bits.parse().ok())
            .flatten()
            .filter(|bits| *bits <= most)
            .ok_or("has a wrong length behind the slash")?,
    };
    let net = match ip {
        // Questions come as IPv4.
        IpAddr::V6(v6) if bits >= 96 => match v6.to_ipv4_mapped() {
            Some(v4) => Net { base: v4.into(), bits: bits - 96, scope: 0 },
            None => Net { base: ip, bits, scope },
        },
        _ => Net { base: ip, bits, scope },
    };
    let cleared = match net.base {
        IpAddr::V4(v4) => IpAddr::V4(Ipv4Addr::from_bits(
            v4.to_bits() & u32::MAX.checked_shl(32 - net.bits).unwrap_or(0),
        )),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(
            v6.to_bits() & u128::MAX.checked_shl(128 - net.bits).unwrap_or(0),
        )),
    };
    if cleared != net.base {
        return Err("has bits behind its length: write the network's first address");
    }
    Ok(net)
}
