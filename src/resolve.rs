//! Name resolution with the host's resolver: `getaddrinfo(3)` as it is.

use std::net::SocketAddr;
use std::sync::LazyLock;

use socket2::SockAddr;
use tokio::runtime::{Builder, Runtime};

use crate::address::{self, Address};
use crate::errno::Errno;
use crate::policy::{self, Ports, Question, Scope, Way};
use crate::sys;

/// What to look for.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Host name or address text; `None` for the wildcard or loopback address.
    pub host: Option<String>,
    /// Service name or port number.
    pub service: Option<String>,
    /// `AI_*` flags, family, socket type and protocol of this host; 0 for any.
    pub flags: i32,
    /// `AF_*`
    pub family: i32,
    /// `SOCK_*`
    pub kind: i32,
    /// `IPPROTO_*`
    pub protocol: i32,
}

/// One entry of the answer, in the resolver's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// `AF_*` of this host.
    pub family: i32,
    /// `SOCK_*`
    pub kind: i32,
    /// `IPPROTO_*`
    pub protocol: i32,
    /// The address.
    pub address: SocketAddr,
    /// With `AI_CANONNAME`, on the first entry.
    pub canonical_name: Option<String>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The resolver's own number (`EAI_*` of this host).
    Resolver(i32),
    /// `EAI_SYSTEM`: a system call's error.
    System(Errno),
}

/// The C names of the resolver's errors, which hosts number differently.
pub fn failure_name(code: i32) -> &'static str {
    sys::EAI_NAMES.iter().find(|(number, _)| *number == code).map_or("EAI_FAIL", |(_, name)| name)
}

/// Whether a question may be asked.
///
/// # Errors
/// `EACCES`
pub fn admit(scope: Scope, query: &Query) -> Result<(), Failure> {
    let name = query
        .host
        .as_deref()
        .map_or(Ok(()), |host| policy::ask(scope, "getaddrinfo", Question::Name(host)));
    name.map_err(Failure::System)
}

/// Asks the host's resolver what was admitted, and waits for its answer.
///
/// # Errors
/// As `getaddrinfo(3)`.
pub fn resolve(scope: Scope, query: &Query) -> Result<Vec<Found>, Failure> {
    let found = sys::get_address_info(query)?;
    if let (false, Some(host)) = (scope.is_free(), &query.host) {
        policy::remember(scope, host, &found);
    }
    Ok(found)
}

/// Resolver calls that may wait side by side; more of them queue up.
const THREADS: usize = 16;

/// Runs a resolver call on a thread that may wait. The threads start at the first call and end
/// when they have been idle for a while.
pub fn in_background(call: impl FnOnce() + Send + 'static) {
    static RUNTIME: LazyLock<Option<Runtime>> = LazyLock::new(|| {
        Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(THREADS)
            .thread_name("hostsock-names")
            .build()
            .ok()
    });
    match &*RUNTIME {
        Some(runtime) => drop(runtime.spawn_blocking(call)),
        // No thread could be had: late is better than never.
        None => call(),
    }
}

/// Asks the host's resolver for the names of an address: host and service.
///
/// # Errors
/// As `getnameinfo(3)`; `EACCES` where the address may not be reached: its name's servers would hear of it.
pub fn name(scope: Scope, address: &SockAddr, flags: i32) -> Result<(String, String), Failure> {
    if let (0, Address::Ip(ip)) = (flags & sys::NI_NUMERICHOST, address::describe(address)) {
        let question = Question::Ip { way: Way::Out, address: ip, ports: Ports::None };
        policy::ask(scope, "getnameinfo", question).map_err(Failure::System)?;
    }
    sys::get_name_info(address, flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_failures() {
        let host =
            |host: &str| Query { host: Some(host.into()), kind: sys::STREAM, ..Query::default() };
        let found =
            resolve(Scope::FREE, &Query { service: Some("80".into()), ..host("127.0.0.1") })
                .unwrap();
        assert_eq!(found[0].address, "127.0.0.1:80".parse().unwrap());
        assert!(!resolve(Scope::FREE, &host("localhost")).unwrap().is_empty());
        let failure = resolve(Scope::FREE, &host("no-such-host.invalid")).unwrap_err();
        assert!(matches!(failure, Failure::Resolver(_) | Failure::System(_)), "{failure:?}");
    }
}
