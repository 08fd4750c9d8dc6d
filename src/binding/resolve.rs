//! Name resolution for JavaScript: waiting for the answer, or as a promise.

use napi::Env;
use napi::bindgen_prelude::{Either, Object};
use napi_derive::napi;

use crate::emscripten::guest;
use crate::errno::Errno;
use crate::policy;
use crate::resolve::{self, Failure, Query};
use crate::sys;

/// One entry of the resolver's answer.
#[napi(object)]
pub struct ResolvedAddress {
    pub family: i32,
    pub kind: i32,
    pub protocol: i32,
    pub address: String,
    pub port: u32,
    pub scope_id: u32,
    pub canonical_name: Option<String>,
}

/// The entries, the name of the resolver's error, or `-errno` for `EAI_SYSTEM`.
type Resolved = Either<Vec<ResolvedAddress>, Either<&'static str, i32>>;

/// `getaddrinfo(3)`, waiting for the answer, for a module instance or (0) for Node. Numbers are this
/// host's.
#[napi(catch_unwind)]
pub fn resolve_sync(
    instance: i32,
    host: Option<String>,
    service: Option<String>,
    flags: i32,
    family: i32,
    kind: i32,
    protocol: i32,
) -> Resolved {
    let query = Query { host, service, flags, family, kind, protocol };
    let scope = guest::scope(instance);
    answer(resolve::admit(scope, &query).and_then(|()| resolve::resolve(scope, &query)))
}

/// `getaddrinfo(3)` on the resolver's own threads, which start at the first question.
#[napi(catch_unwind, ts_return_type = "Promise<Array<ResolvedAddress> | string | number>")]
pub fn resolve<'env>(
    env: &'env Env,
    host: Option<String>,
    service: Option<String>,
    flags: i32,
    family: i32,
    kind: i32,
    protocol: i32,
) -> napi::Result<Object<'env>> {
    let (deferred, promise) = env.create_deferred()?;
    let query = Query { host, service, flags, family, kind, protocol };
    let scope = policy::process();
    // Asked here, where the refusal can be reported.
    let admitted = resolve::admit(scope, &query);
    let refused = admitted.is_err();
    let settle = move || {
        let found = admitted.and_then(|()| resolve::resolve(scope, &query));
        deferred.resolve(move |_| Ok(answer(found)));
    };
    if refused {
        settle()
    } else {
        resolve::in_background(settle)
    }
    Ok(promise)
}

fn answer(found: Result<Vec<resolve::Found>, Failure>) -> Resolved {
    match found {
        Ok(found) => Either::A(found.into_iter().map(resolved).collect()),
        Err(failure) => Either::B(failed(failure)),
    }
}

fn failed(failure: Failure) -> Either<&'static str, i32> {
    match failure {
        Failure::Resolver(code) => Either::A(resolve::failure_name(code)),
        Failure::System(Errno(errno)) => Either::B(-errno),
    }
}

fn resolved(found: resolve::Found) -> ResolvedAddress {
    ResolvedAddress {
        family: found.family,
        kind: found.kind,
        protocol: found.protocol,
        address: found.address.ip().to_string(),
        port: u32::from(found.address.port()),
        scope_id: match found.address {
            std::net::SocketAddr::V6(v6) => v6.scope_id(),
            std::net::SocketAddr::V4(_) => 0,
        },
        canonical_name: found.canonical_name,
    }
}

/// What `getnameinfo(3)` gives.
#[napi(object)]
pub struct NameInfo {
    pub host: String,
    pub service: String,
}

/// Names, the name of the resolver's error, or `-errno` for `EAI_SYSTEM`.
type Named = Either<NameInfo, Either<&'static str, i32>>;

/// `getnameinfo(3)` of an address in Linux's layout: names, the name of the resolver's error, or
/// `-errno`. `flags` are `NI_*` by this host's numbers; `instance` as for `resolveSync`.
#[napi(catch_unwind)]
pub fn name_info(instance: i32, address: &[u8], flags: i32) -> Named {
    named(instance, address, flags)
}

/// [`name_info`] of no instance, on the resolver's own threads.
#[napi(catch_unwind, ts_return_type = "Promise<NameInfo | string | number>")]
pub fn resolve_name<'env>(
    env: &'env Env,
    address: &[u8],
    flags: i32,
) -> napi::Result<Object<'env>> {
    let (deferred, promise) = env.create_deferred()?;
    let address = address.to_vec();
    resolve::in_background(move || {
        let names = named(0, &address, flags);
        deferred.resolve(move |_| Ok(names));
    });
    Ok(promise)
}

fn named(instance: i32, address: &[u8], flags: i32) -> Named {
    let result = sys::address_from_linux(address)
        .map_err(|_| Failure::Resolver(sys::EAI_BAD_ADDRESS))
        .and_then(|address| resolve::name(guest::scope(instance), &address, flags));
    match result {
        Ok((host, service)) => Either::A(NameInfo { host, service }),
        Err(failure) => Either::B(failed(failure)),
    }
}
