//! Policies from settings, from `HOSTSOCK_ALLOW` and from Node's permission model; and the report of
//! what they refuse.

use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{
    Either, Function, FunctionRef, JsObjectValue, JsValue, Object, Unknown,
};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;

use super::environment::Environment;
use crate::emscripten::guest;
use crate::policy::{self, Policy, Refusal, Settings};

/// The setting `policy`, whose shape `emscripten/settings.js` has checked.
#[napi(object)]
pub struct PolicySettings {
    pub allow: Option<Vec<String>>,
    pub deny: Option<Vec<String>>,
    pub families: Option<Vec<String>>,
    pub types: Option<Vec<String>>,
    pub rights: Option<bool>,
    pub sockets: Option<u32>,
    /// Milliseconds.
    pub wait: Option<u32>,
}

/// The word of whoever runs the process.
const ENVIRONMENT: &str = "HOSTSOCK_ALLOW";

fn said() -> Option<String> {
    std::env::var(ENVIRONMENT).ok().filter(|text| !text.is_empty())
}

/// Puts a policy in force for one module instance: its number, or what is wrong with the settings.
/// Where `HOSTSOCK_ALLOW` is set, its rules hold instead, and the limits beside them.
#[napi(catch_unwind)]
pub fn policy_begin(env: Env, settings: PolicySettings) -> Either<u32, String> {
    let settings = Settings {
        allow: settings.allow,
        deny: settings.deny.unwrap_or_default(),
        families: settings.families,
        types: settings.types,
        rights: settings.rights,
        sockets: settings.sockets,
        wait: settings.wait.map(|wait| Duration::from_millis(wait.into())),
    };
    let policy = Policy::new(&settings).map(|policy| match policy::is_overridden() {
        true => policy.limits_only(),
        false => policy,
    });
    match policy {
        Ok(policy) => Either::A(policy::begin(policy, Environment::id(env.raw() as usize)).0),
        Err(wrong) => Either::B(wrong),
    }
}

/// What was refused.
#[napi(object)]
pub struct RefusalReport {
    /// From `policyBegin`; another one for the rules of the process.
    pub policy: u32,
    pub call: String,
    pub direction: String,
    pub target: String,
    pub rule: Option<String>,
}

impl From<&Refusal> for RefusalReport {
    fn from(refusal: &Refusal) -> RefusalReport {
        RefusalReport {
            policy: refusal.scope.0,
            call: refusal.call.into(),
            direction: refusal.direction.into(),
            target: refusal.target.clone(),
            rule: refusal.rule.clone(),
        }
    }
}

/// How long a call of an instance may wait at most, in milliseconds; -1 for ever.
#[napi(catch_unwind)]
pub fn policy_wait(instance: i32) -> f64 {
    let limit = policy::patience(guest::scope(instance));
    limit.map_or(-1.0, |limit| limit.as_secs_f64() * 1000.0)
}

/// Whether the process has a policy.
#[napi(catch_unwind)]
pub fn policy_of_process() -> bool {
    !policy::process().is_free()
}

/// Sets who hears of refusals in this environment, during the call that is refused; of refusals on other
/// threads (of a program's own) it hears later.
#[napi(catch_unwind)]
pub fn policy_reporter(env: Env, reporter: Function<'_, RefusalReport, ()>) -> napi::Result<()> {
    let later = reporter.build_threadsafe_function().weak::<true>().build()?;
    let now: FunctionRef<RefusalReport, ()> = reporter.create_ref()?;
    policy::set_reporter(
        Environment::id(env.raw() as usize),
        Rc::new(move |refusal: &Refusal| {
            // It does not throw (`lib/policy.js`), and a refusal stands whoever hears of it.
            let _ = now.borrow_back(&env).and_then(|reporter| reporter.call(refusal.into()));
        }),
        Arc::new(move |refusal: &Refusal| {
            later.call(refusal.into(), ThreadsafeFunctionCallMode::NonBlocking);
        }),
    );
    Ok(())
}

/// What is wrong with `HOSTSOCK_ALLOW`.
static PROBLEM: OnceLock<String> = OnceLock::new();

/// What is wrong with `HOSTSOCK_ALLOW`: everything is refused then, as nobody knows what was meant.
#[napi(catch_unwind)]
pub fn policy_problem() -> Option<String> {
    PROBLEM.get().map(|problem| format!("{ENVIRONMENT}: {problem}"))
}

/// Decides what holds for the process, when the addon is loaded for the first time.
pub(super) fn start(env: &Env) {
    let said = said();
    policy::start(said.is_some(), || match said {
        Some(text) => {
            let policy = policy::parse(&text).and_then(|settings| Policy::new(&settings));
            Some(policy.unwrap_or_else(|problem| {
                let _ = PROBLEM.set(problem);
                Policy::nothing()
            }))
        }
        // Where there is a permission model that cannot be asked, it has not said yes.
        None => is_without_network(env).unwrap_or(true).then(Policy::nothing),
    });
}

/// Whether Node runs with `--permission` and without `--allow-net`. Versions that have no such
/// permission (before 25) leave the network open under `--permission`, and so does this.
fn is_without_network(env: &Env) -> napi::Result<bool> {
    let process: Object<'_> = env.get_global()?.get_named_property("process")?;
    let Some(permission) = object(process.get_named_property("permission")?)? else {
        return Ok(false);
    };
    let flags: Object<'_> = process.get_named_property("allowedNodeEnvironmentFlags")?;
    Ok(has(&flags, "--allow-net")? && !has(&permission, "net")?)
}

fn object(value: Unknown<'_>) -> napi::Result<Option<Object<'_>>> {
    match value.get_type()? {
        napi::ValueType::Object => value.coerce_to_object().map(Some),
        _ => Ok(None),
    }
}

fn has(set: &Object<'_>, name: &str) -> napi::Result<bool> {
    let has: Function<'_, String, bool> = set.get_named_property("has")?;
    has.apply(set, name.to_owned())
}
