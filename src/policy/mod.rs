//! What a program may reach: rules over destinations, local addresses, names, families and types.
//!
//! Every call that can name an address asks [`ask`], with the final address as the kernel would get
//! it. What a [`Policy`] says is fixed when it begins. A guest's policy is its own; the process may have
//! one too (`HOSTSOCK_ALLOW`, or Node's permission model), and then both must agree.
//!
//! Without a policy a call costs one look at a word of its slot, which is 0.

mod control;
pub mod guard;
mod names;
mod rule;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::errno::{Errno, Result};
use crate::resolve::{self, Query};
use crate::sys;
use crate::trace;

pub use control::of_option;
pub use names::MOST_ADDRESSES;
pub use rule::{Net, Ports, Rule, Set, Target, Way, is_numeric, normal_name};

/// Whose rules hold: a policy's number, 0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope(pub u32);

impl Scope {
    /// Nothing is forbidden.
    pub const FREE: Scope = Scope(0);

    /// Whether nothing is forbidden.
    #[inline]
    pub fn is_free(self) -> bool {
        self.0 == 0
    }
}

/// What a policy is made of, as it is written.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Rules; without any, what is not denied is allowed.
    pub allow: Option<Vec<String>>,
    /// Rules that go before those.
    pub deny: Vec<String>,
    /// `IPv4`, `IPv6`, `unix`, `netlink`, `packet`, `vsock` or a number; the first three by default.
    pub families: Option<Vec<String>>,
    /// `stream`, `datagram`, `seqpacket`, `raw`; all but the last by default.
    pub types: Option<Vec<String>>,
    /// Whether descriptors may be passed (`SCM_RIGHTS`); no by default.
    pub rights: Option<bool>,
    /// How many sockets there may be at a time.
    pub sockets: Option<u32>,
    /// How long a call may wait.
    pub wait: Option<Duration>,
}

/// What may be done.
#[derive(Debug, Default)]
pub struct Policy {
    allow: Option<Vec<Rule>>,
    deny: Vec<Rule>,
    families: Vec<i32>,
    types: Vec<i32>,
    rights: bool,
    /// No question is refused.
    anything: bool,
    sockets: Option<u32>,
    wait: Option<Duration>,
    open: AtomicU32,
    answers: Mutex<names::Answers>,
    denied: Mutex<names::Denied>,
}

/// What a call is about to do.
#[derive(Clone, Copy, Debug)]
pub enum Question<'a> {
    /// A new socket, by this host's numbers.
    Socket {
        /// `AF_*`
        family: i32,
        /// `SOCK_*`
        kind: i32,
        /// `IPPROTO_*`
        protocol: i32,
    },
    /// An address of a host or of this one. `ports` is what the socket makes of the address's port.
    Ip {
        /// Where it goes, or what it opens.
        way: Way,
        /// As the kernel gets it.
        address: SocketAddr,
        /// Usually the port in `address`.
        ports: Ports,
    },
    /// An address that matters only if it is denied: the source of a multicast group.
    Aside(IpAddr),
    /// A Unix socket's path, absolute and free of symbolic links.
    Path(Way, &'a Path),
    /// A name in the abstract namespace; `None` when the kernel chooses one.
    Abstract(Way, Option<&'a [u8]>),
    /// An address of another family (`AF_*`).
    Other(i32),
    /// A host name for the resolver.
    Name(&'a str),
    /// Descriptors in a control message.
    Rights,
    /// Something that sends packets elsewhere than their address says: an option, a control message.
    Redirect(&'a str),
    /// Something whose meaning is not known here: an option, a protocol.
    Unknown(i32, i32),
}

impl fmt::Display for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Question::Socket { family, kind, protocol } => {
                let name = |names: &[(&str, i32)], number: i32| {
                    let known = names.iter().find(|(_, it)| *it == number);
                    known.map_or(number.to_string(), |(name, _)| (*name).to_owned())
                };
                let family = name(&[FAMILIES, LINUX_FAMILIES].concat(), *family);
                write!(f, "family {family}, type {}, protocol {protocol}", name(&TYPES, kind & 0xf))
            }
            Question::Ip { address, .. } => write!(f, "{address}"),
            Question::Aside(ip) => write!(f, "{ip}"),
            Question::Path(_, path) => write!(f, "{}", path.display()),
            Question::Abstract(_, Some(name)) => write!(f, "@{}", name.escape_ascii()),
            Question::Abstract(_, None) => write!(f, "@"),
            Question::Other(family) => write!(f, "an address of family {family}"),
            Question::Name(name) => write!(f, "{}", name.escape_debug()),
            Question::Rights => write!(f, "SCM_RIGHTS"),
            Question::Redirect(what) => write!(f, "{what}"),
            Question::Unknown(level, name) => write!(f, "option {name} of level {level}"),
        }
    }
}

/// A call that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Whose rules the program is under.
    pub scope: Scope,
    /// The system call, such as `connect`.
    pub call: &'static str,
    /// `out`, `in`, `lookup`, or empty.
    pub direction: &'static str,
    /// What it was about.
    pub target: String,
    /// The denying rule; `None` where no rule allows it.
    pub rule: Option<String>,
}

/// Why something may not be.
type Verdict = std::result::Result<(), Option<String>>;

const FAMILIES: [(&str, i32); 3] =
    [("IPv4", sys::AF_INET), ("IPv6", sys::AF_INET6), ("unix", sys::AF_UNIX)];
/// Families that only Linux has.
const LINUX_FAMILIES: [(&str, i32); 3] = [("netlink", 16), ("packet", 17), ("vsock", 40)];
const TYPES: [(&str, i32); 4] = [
    ("stream", sys::STREAM),
    ("datagram", sys::SOCK_DGRAM),
    ("raw", sys::SOCK_RAW),
    ("seqpacket", sys::SOCK_SEQPACKET),
];

impl Policy {
    /// Reads settings.
    ///
    /// # Errors
    /// What is wrong with them, as text.
    pub fn new(settings: &Settings) -> std::result::Result<Policy, String> {
        let rules = |list: &[String]| list.iter().map(|text| text.parse()).collect();
        let number = |names: &[(&str, i32)], kind: &str, name: &String| {
            let known = names.iter().find(|(known, _)| known == name).map(|(_, number)| *number);
            known.ok_or_else(|| format!("there is no {kind} '{name}'"))
        };
        let family = |name: &String| match name.parse::<u16>() {
            Ok(number) => Ok(i32::from(number)),
            Err(_) => number(&[FAMILIES, LINUX_FAMILIES].concat(), "family", name),
        };
        let families = match &settings.families {
            None => FAMILIES.map(|(_, number)| number).to_vec(),
            Some(names) => names.iter().map(family).collect::<std::result::Result<_, _>>()?,
        };
        let types = match &settings.types {
            None => vec![sys::STREAM, sys::SOCK_DGRAM, sys::SOCK_SEQPACKET],
            Some(names) => names
                .iter()
                .map(|name| number(&TYPES, "type", name))
                .collect::<std::result::Result<_, _>>()?,
        };
        Ok(Policy {
            allow: settings.allow.as_deref().map(rules).transpose()?,
            deny: rules(&settings.deny)?,
            families,
            types,
            rights: settings.rights.unwrap_or(false),
            sockets: settings.sockets,
            wait: settings.wait,
            ..Policy::default()
        })
    }

    /// The same limits, and no rules: everything is allowed.
    pub fn limits_only(self) -> Policy {
        Policy { anything: true, sockets: self.sockets, wait: self.wait, ..Policy::default() }
    }

    /// Refuses everything.
    pub fn nothing() -> Policy {
        Policy { allow: Some(Vec::new()), ..Policy::default() }
    }

    /// Whether addresses matter at all.
    fn has_rules(&self) -> bool {
        self.allow.is_some() || !self.deny.is_empty()
    }

    /// What it says to a question.
    ///
    /// # Errors
    /// The denying rule, or `None` where no rule allows it.
    pub fn judge(&self, question: Question<'_>) -> Verdict {
        match question {
            _ if self.anything => Ok(()),
            Question::Socket { family, kind, protocol } => {
                allowed(self.families.contains(&family))?;
                let kind = kind & 0xf;
                allowed(self.types.contains(&kind))?;
                allowed(!self.has_rules() || addresses_are_judged(family, kind, protocol))
            }
            Question::Rights => allowed(self.rights),
            Question::Other(family) => allowed(self.families.contains(&family)),
            _ if !self.has_rules() => Ok(()),
            Question::Ip { way, address, ports } => self.judge_ip(way, address, ports),
            Question::Aside(ip) => {
                let mut deny = self.deny.iter().filter(|rule| rule.is_for(Way::In));
                let faces = faces(ip);
                let met = |rule: &&Rule| {
                    rule.denies_ports(Ports::None)
                        && faces.iter().any(|ip| rule.covers(*ip, 0, true))
                };
                deny.find(met).map_or(Ok(()), denied)
            }
            Question::Path(way, path) => {
                self.judge_by(way, |rule| rule.covers_path(path), |rule| rule.covers_path(path))
            }
            Question::Abstract(way, name) => self.judge_by(
                way,
                |rule| rule.covers_abstract(name),
                |rule| rule.covers_abstract(name),
            ),
            Question::Name(name) => self.judge_name(name),
            Question::Redirect(_) | Question::Unknown(..) => Err(None),
        }
    }

    fn judge_by(
        &self,
        way: Way,
        denies: impl Fn(&Rule) -> bool,
        allows: impl Fn(&Rule) -> bool,
    ) -> Verdict {
        if let Some(rule) = self.deny.iter().find(|rule| rule.is_for(way) && denies(rule)) {
            return denied(rule);
        }
        match &self.allow {
            None => Ok(()),
            Some(allow) => allowed(allow.iter().any(|rule| rule.is_for(way) && allows(rule))),
        }
    }

    fn judge_ip(&self, way: Way, address: SocketAddr, ports: Ports) -> Verdict {
        let ip = plain(address.ip());
        let ip = match way {
            // The kernel connects to itself then.
            Way::Out if ip.is_unspecified() => loopback(ip),
            _ => ip,
        };
        let scope = match address {
            SocketAddr::V6(v6) if ip.is_ipv6() => v6.scope_id(),
            _ => 0,
        };
        let faces = faces(ip);
        // A wildcard opens every address of the host, so also those that are denied.
        let wildcard = way == Way::In && ip.is_unspecified();
        let denied_names = self.denied_names(way);
        let denies = |(number, rule): &(usize, &Rule)| {
            rule.is_for(way)
                && rule.denies_ports(ports)
                && (faces.iter().any(|ip| rule.covers(*ip, scope, true))
                    || wildcard && rule.touches(ip)
                    || faces.iter().any(|ip| denied_names.contains(&(*ip, *number))))
        };
        if let Some((_, rule)) = self.deny.iter().enumerate().find(denies) {
            return denied(rule);
        }
        let Some(allow) = &self.allow else { return Ok(()) };
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let by_name = if way == Way::Out { answers.of(ip) } else { &[] };
        allowed(allow.iter().enumerate().any(|(number, rule)| {
            // Sets mean addresses as they are; a network also what NAT64 brings there.
            let net = matches!(rule.target, Target::Net(_));
            let covered = rule.covers(ip, scope, false)
                || net && translated(ip).is_some_and(|v4| rule.covers(v4, 0, false));
            rule.is_for(way) && rule.allows_ports(ports) && (covered || by_name.contains(&number))
        }))
    }

    /// The addresses of the names that are denied, as the host's resolver knows them now.
    fn denied_names(&self, way: Way) -> std::collections::HashSet<(IpAddr, usize)> {
        let named = |rule: &Rule| matches!(&rule.target, Target::Name(name) if !name.below);
        if way != Way::Out || !self.deny.iter().any(|rule| rule.is_for(way) && named(rule)) {
            return Default::default();
        }
        let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        if denied.asked.is_none_or(|asked| asked.elapsed() > names::DENIED_AGE) {
            for (number, rule) in self.deny.iter().enumerate() {
                let Target::Name(name) = &rule.target else { continue };
                if name.below {
                    continue;
                }
                let query =
                    Query { host: Some(name.host.clone()), kind: sys::STREAM, ..Query::default() };
                // What does not resolve has no address to deny; what it had before stays denied.
                for found in sys::get_address_info(&query).unwrap_or_default() {
                    if denied.addresses.len() < MOST_ADDRESSES {
                        denied.addresses.insert((plain(found.address.ip()), number));
                    }
                }
            }
            denied.asked = Some(Instant::now());
        }
        denied.addresses.clone()
    }

    fn judge_name(&self, host: &str) -> Verdict {
        if is_numeric(host) {
            // No name: nobody is asked, and the address is judged when it is used.
            return Ok(());
        }
        let name = normal_name(host);
        let meant = |rule: &Rule| match &rule.target {
            Target::Name(known) => known.has(&name),
            _ => false,
        };
        if let Some(rule) = self.deny.iter().find(|rule| {
            // With ports or a direction the name itself may be asked for.
            let all = rule.any_port() && rule.is_for(Way::Lookup);
            all && (meant(rule) || rule.target == Target::Everything)
        }) {
            return denied(rule);
        }
        let Some(allow) = &self.allow else { return Ok(()) };
        allowed(allow.iter().any(|rule| match &rule.target {
            Target::Name(_) => meant(rule),
            Target::Everything => rule.is_for(Way::Out) || rule.is_for(Way::Lookup),
            Target::Set(Set::Loopback) => rule.is_for(Way::Out) && is_localhost(&name),
            _ => false,
        }))
    }

    /// Remembers what the resolver has answered to a name that this policy allows.
    pub fn remember(&self, host: &str, answer: impl IntoIterator<Item = IpAddr>) {
        let Some(allow) = &self.allow else { return };
        if is_numeric(host) {
            return;
        }
        let name = normal_name(host);
        let rules: Vec<usize> = allow
            .iter()
            .enumerate()
            .filter(|(_, rule)| {
                let named = matches!(&rule.target, Target::Name(known) if known.has(&name));
                named && rule.is_for(Way::Out)
            })
            .map(|(number, _)| number)
            .collect();
        if rules.is_empty() {
            return;
        }
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        for ip in answer {
            let ip = plain(ip);
            if may_be_named(ip, is_localhost(&name)) {
                answers.add(ip, &rules);
            }
        }
    }
}

fn allowed(allowed: bool) -> Verdict {
    if allowed { Ok(()) } else { Err(None) }
}

fn denied(rule: &Rule) -> Verdict {
    Err(Some(rule.to_string()))
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether a name may open an address. Whoever runs a name's server chooses its answers, and what only
/// this host or link can reach is not theirs to give (DNS rebinding): such addresses need their own
/// rule.
fn may_be_named(ip: IpAddr, localhost: bool) -> bool {
    faces(ip).iter().all(|ip| {
        let nowhere = ip.is_unspecified()
            || ip.is_multicast()
            || Set::LinkLocal.has(*ip)
            || *ip == IpAddr::V4(Ipv4Addr::BROADCAST);
        !nowhere && (localhost || !Set::Loopback.has(*ip))
    })
}

/// Whether this host's rules for addresses hold for all that a socket can send: not where packets
/// carry addresses of their own making, nor where options name addresses that are not known here.
fn addresses_are_judged(family: i32, kind: i32, protocol: i32) -> bool {
    /// ICMP, TCP, UDP, ICMPv6, UDP-Lite, MPTCP
    const PROTOCOLS: [i32; 6] = [1, 6, 17, 58, 136, 262];
    const IPPROTO_RAW: i32 = 255;
    if family != sys::AF_INET && family != sys::AF_INET6 {
        return true;
    }
    match kind {
        sys::SOCK_RAW => protocol != IPPROTO_RAW,
        // SCTP is what this type means.
        sys::SOCK_SEQPACKET => false,
        _ => protocol == 0 || PROTOCOLS.contains(&protocol),
    }
}

/// IPv4 in its IPv6 form (`::ffff:1.2.3.4`) is IPv4, to the kernel too.
fn plain(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

fn loopback(any: IpAddr) -> IpAddr {
    match any {
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    }
}

/// The IPv4 address that NAT64's well-known prefix (RFC 6052) leads to.
fn translated(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V6(v6) => match v6.segments() {
            [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(faces(ip)[1]),
            _ => None,
        },
        IpAddr::V4(_) => None,
    }
}

/// An address, and the IPv4 address inside it that a translator or tunnel would bring packets to:
/// NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), IPv4-compatible (RFC 4291).
fn faces(ip: IpAddr) -> Vec<IpAddr> {
    let IpAddr::V6(v6) = ip else { return vec![ip] };
    let parts = v6.segments();
    let v4 = |high: u16, low: u16| {
        IpAddr::V4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
    };
    match parts {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => vec![ip, v4(high, low)],
        // The local prefix: where in it the address lies depends on the network's choice of length.
        [0x64, 0xff9b, 1, third, fourth, fifth, high, low] => {
            let split = v4(third, fourth << 8 | fifth >> 8);
            vec![ip, v4(high, low), split]
        }
        [0x2002, high, low, ..] => vec![ip, v4(high, low)],
        [0, 0, 0, 0, 0, 0, high, low] if v6 != Ipv6Addr::LOCALHOST && !v6.is_unspecified() => {
            vec![ip, v4(high, low)]
        }
        _ => vec![ip],
    }
}

/// A policy that is in force, with whose it is.
struct Entry {
    policy: Arc<Policy>,
    /// The environment that it ends with; 0 for the process.
    owner: u32,
}

/// By number. Numbers are not used again: what is left under an old one is refused.
static POLICIES: RwLock<Option<HashMap<u32, Entry>>> = RwLock::new(None);
static NEXT: AtomicU32 = AtomicU32::new(1);
static OVERRIDDEN: AtomicBool = AtomicBool::new(false);
static PROCESS: OnceLock<Scope> = OnceLock::new();
/// The same for hot calls; 0 before [`start`].
static PROCESS_SCOPE: AtomicU32 = AtomicU32::new(0);

fn add(policy: Policy, owner: u32) -> Scope {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut policies = POLICIES.write().unwrap_or_else(PoisonError::into_inner);
    let entry = Entry { policy: Arc::new(policy), owner };
    policies.get_or_insert_default().insert(number, entry);
    Scope(number)
}

fn find(Scope(number): Scope) -> Option<Arc<Policy>> {
    let policies = POLICIES.read().unwrap_or_else(PoisonError::into_inner);
    policies.as_ref()?.get(&number).map(|entry| entry.policy.clone())
}

/// Puts a guest's policy in force until its environment ends.
pub fn begin(policy: Policy, owner: u32) -> Scope {
    add(policy, owner)
}

/// Ends the policies of an environment. What is still open under them is refused everything.
pub fn end_owned(owner: u32) {
    let mut policies = POLICIES.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(policies) = policies.as_mut() {
        policies.retain(|_, entry| entry.owner != owner || owner == 0);
    }
}

/// Decides what holds for the whole process, once: `None` forbids nothing. Later calls change nothing.
///
/// `overridden`: it stands for what guests' own policies say of addresses, families and types.
pub fn start(overridden: bool, policy: impl FnOnce() -> Option<Policy>) {
    PROCESS.get_or_init(|| {
        OVERRIDDEN.store(overridden, Ordering::Release);
        let scope = policy().map_or(Scope::FREE, |policy| add(policy, 0));
        PROCESS_SCOPE.store(scope.0, Ordering::Release);
        scope
    });
}

/// Whether the rules of the process stand for those of guests.
pub fn is_overridden() -> bool {
    OVERRIDDEN.load(Ordering::Acquire)
}

/// What holds for the whole process.
#[inline]
pub fn process() -> Scope {
    Scope(PROCESS_SCOPE.load(Ordering::Acquire))
}

/// Asks whether a call may be made. This is the one place that decides.
///
/// # Errors
/// `EACCES`, and the refusal is reported.
#[inline]
pub fn ask(scope: Scope, call: &'static str, question: Question<'_>) -> Result<()> {
    if scope.is_free() { Ok(()) } else { decide(scope, call, question) }
}

#[cold]
fn decide(scope: Scope, call: &'static str, question: Question<'_>) -> Result<()> {
    each(scope, |policy| policy.judge(question)).map_err(|rule| {
        report(&Refusal {
            scope,
            call,
            direction: direction(question),
            target: question.to_string(),
            rule,
        });
        Errno::ACCES
    })
}

/// Asks the scope's policy and the process's. A policy that has ended refuses.
fn each(scope: Scope, ask: impl Fn(&Policy) -> Verdict) -> Verdict {
    ask(&*find(scope).ok_or(None)?)?;
    let process = process();
    if process.is_free() || process == scope { Ok(()) } else { ask(&*find(process).ok_or(None)?) }
}

fn direction(question: Question<'_>) -> &'static str {
    match question {
        Question::Ip { way, .. } | Question::Path(way, _) | Question::Abstract(way, _) => match way
        {
            Way::Out => "out",
            Way::In => "in",
            Way::Lookup => "lookup",
        },
        Question::Aside(_) => "in",
        Question::Name(_) => "lookup",
        _ => "",
    }
}

/// Remembers what the resolver has answered.
pub fn remember(scope: Scope, host: &str, answer: &[resolve::Found]) {
    for scope in [scope, process()] {
        if let Some(policy) = find(scope) {
            policy.remember(host, answer.iter().map(|found| found.address.ip()));
        }
    }
}

/// Counts a socket that is about to be opened.
///
/// # Errors
/// `EMFILE` when the policy's limit is reached, which is reported.
#[inline]
pub fn enter(scope: Scope) -> Result<()> {
    if scope.is_free() { Ok(()) } else { count(scope) }
}

#[cold]
fn count(scope: Scope) -> Result<()> {
    count_one(scope)?;
    let process = process();
    if !process.is_free() && process != scope {
        count_one(process).inspect_err(|_| leave_one(scope))?;
    }
    Ok(())
}

fn count_one(scope: Scope) -> Result<()> {
    let policy = find(scope).ok_or(Errno::MFILE)?;
    let most = policy.sockets.unwrap_or(u32::MAX);
    let more = |open: u32| (open < most).then_some(open + 1);
    match policy.open.fetch_update(Ordering::AcqRel, Ordering::Acquire, more) {
        Ok(_) => Ok(()),
        Err(_) => {
            report(&Refusal {
                scope,
                call: "socket",
                direction: "",
                target: format!("more than {most} sockets"),
                rule: None,
            });
            Err(Errno::MFILE)
        }
    }
}

/// Whether there is room for one more socket, for calls that must not take what they cannot keep.
///
/// # Errors
/// As [`enter`].
#[inline]
pub fn room(scope: Scope) -> Result<()> {
    if scope.is_free() {
        return Ok(());
    }
    enter(scope).map(|()| leave(scope))
}

/// Counts a socket that is closed.
pub fn leave(scope: Scope) {
    if scope.is_free() {
        return;
    }
    leave_one(scope);
    let process = process();
    if process != scope {
        leave_one(process);
    }
}

fn leave_one(scope: Scope) {
    if let Some(policy) = find(scope) {
        policy.open.fetch_sub(1, Ordering::AcqRel);
    }
}

/// How long a call may wait at most.
#[inline]
pub fn patience(scope: Scope) -> Option<Duration> {
    if scope.is_free() { None } else { longest(scope) }
}

#[cold]
fn longest(scope: Scope) -> Option<Duration> {
    let limit = |scope| find(scope).and_then(|policy| policy.wait);
    [limit(scope), limit(process())].into_iter().flatten().min()
}

/// Who hears of refusals on its own thread.
pub type Reporter = Rc<dyn Fn(&Refusal)>;

/// The same from another thread: a guest's own threads have rules of its environment.
pub type Messenger = Arc<dyn Fn(&Refusal) + Send + Sync>;

thread_local! {
    static REPORTER: RefCell<Option<(u32, Reporter)>> = const { RefCell::new(None) };
}

static MESSENGERS: Mutex<Vec<(u32, Messenger)>> = Mutex::new(Vec::new());

fn messengers() -> std::sync::MutexGuard<'static, Vec<(u32, Messenger)>> {
    MESSENGERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets who hears of refusals in an environment: on its thread, and from others.
pub fn set_reporter(environment: u32, reporter: Reporter, messenger: Messenger) {
    end_reporter(environment);
    REPORTER.set(Some((environment, reporter)));
    messengers().push((environment, messenger));
}

/// Nobody hears of refusals in an environment any more.
pub fn end_reporter(environment: u32) {
    REPORTER.with_borrow_mut(|it| it.take_if(|(owner, _)| *owner == environment));
    messengers().retain(|(owner, _)| *owner != environment);
}

fn report(refusal: &Refusal) {
    trace::refused(refusal.call, || refusal.target.clone());
    let owner = owner_of(refusal.scope);
    // Not borrowed during the call: it may make calls that are refused.
    let here = REPORTER.try_with(|it| it.borrow().clone()).ok().flatten();
    match here {
        Some((environment, reporter)) if owner == 0 || owner == environment => reporter(refusal),
        _ => {
            let messenger = messengers().iter().find(|(it, _)| *it == owner).cloned();
            if let Some((_, messenger)) = messenger {
                messenger(refusal);
            }
        }
    }
}

fn owner_of(Scope(number): Scope) -> u32 {
    let policies = POLICIES.read().unwrap_or_else(PoisonError::into_inner);
    policies.as_ref().and_then(|all| all.get(&number)).map_or(0, |entry| entry.owner)
}

/// Reads `HOSTSOCK_ALLOW`: rules with commas between them, `!` before one that denies, and switches
/// (`families=IPv4+IPv6`, `types=stream+datagram`, `rights=on`, `sockets=100`, `wait=30000`). `none`
/// allows nothing.
///
/// # Errors
/// What is wrong with it, as text.
pub fn parse(text: &str) -> std::result::Result<Settings, String> {
    let mut settings = Settings::default();
    for part in text.split(',').map(str::trim) {
        if part == "none" {
            settings.allow.get_or_insert_default();
            continue;
        }
        if let Some(rule) = part.strip_prefix('!') {
            settings.deny.push(rule.trim().into());
            continue;
        }
        let list = |value: &str| Some(value.split('+').map(str::to_owned).collect());
        let wrong = || format!("'{part}' has a wrong value");
        match part.split_once('=') {
            Some(("families", value)) => settings.families = list(value),
            Some(("types", value)) => settings.types = list(value),
            Some(("rights", "on")) => settings.rights = Some(true),
            Some(("rights", "off")) => settings.rights = Some(false),
            Some(("sockets", value)) => {
                settings.sockets = Some(value.parse().map_err(|_| wrong())?);
            }
            Some(("wait", value)) => {
                let milliseconds = value.parse().map_err(|_| wrong())?;
                settings.wait = Some(Duration::from_millis(milliseconds));
            }
            Some(("rights", _)) => return Err(wrong()),
            _ => settings.allow.get_or_insert_default().push(part.into()),
        }
    }
    Ok(settings)
}

#[cfg(test)]
mod tests;
