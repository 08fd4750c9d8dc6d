//! What belongs to one Node environment (the main thread or a worker): its number, under which the
//! table knows its sockets, and its readiness loop.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::emscripten::guest;
use crate::policy;
use crate::readiness::thread::ThreadBackend;
#[cfg(unix)]
use crate::readiness::uv::UvBackend;
use crate::readiness::{Reactor, Reports};
use crate::table;
use crate::wait;

/// How the environment hears of ready sockets.
pub(super) enum Backend {
    #[cfg(unix)]
    Uv(UvBackend),
    Thread(ThreadBackend, super::hot::Waker),
}

/// One environment's state, reached only from its own thread.
pub(super) struct Environment {
    pub(super) id: u32,
    pub(super) readiness: RefCell<Option<(Arc<Reactor>, Backend)>>,
    /// The last round of reports ended with a look at sockets that may be ready still.
    renewed: Cell<bool>,
}

thread_local! {
    /// By raw `napi_env`: an embedder may run several on one thread.
    static ENVIRONMENTS: RefCell<Vec<(usize, Rc<Environment>)>> = const { RefCell::new(Vec::new()) };
}

static NEXT_ID: AtomicU32 = AtomicU32::new(1);

impl Environment {
    /// Makes the state of an environment that has just loaded the addon.
    pub(super) fn enter(env: usize) {
        ENVIRONMENTS.with_borrow_mut(|all| {
            if all.iter().all(|(known, _)| *known != env) {
                let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
                let environment =
                    Environment { id, readiness: RefCell::default(), renewed: Cell::new(false) };
                all.push((env, Rc::new(environment)));
            }
        });
    }

    /// The state of a live environment.
    pub(super) fn current(env: usize) -> Option<Rc<Environment>> {
        ENVIRONMENTS.with_borrow(|all| {
            all.iter().find(|(known, _)| *known == env).map(|(_, environment)| environment.clone())
        })
    }

    /// The environment's number, 0 when it has ended.
    pub(super) fn id(env: usize) -> u32 {
        Environment::current(env).map_or(0, |environment| environment.id)
    }

    /// Closes what the environment owns. Nothing of it fires afterwards.
    pub(super) fn leave(env: usize) {
        if let Some(environment) = Environment::current(env) {
            wait::set_interlude(None);
            policy::end_reporter(environment.id);
            guest::end_owned(environment.id);
            table::close_owned(environment.id);
            policy::end_owned(environment.id);
            if let Some((_, Backend::Thread(mut backend, _))) = environment.readiness.take() {
                backend.stop();
            }
        }
        ENVIRONMENTS.with_borrow_mut(|all| all.retain(|(known, _)| *known != env));
    }

    /// The reactor, once readiness has started.
    pub(super) fn reactor(&self) -> Option<Arc<Reactor>> {
        self.readiness.borrow().as_ref().map(|(reactor, _)| reactor.clone())
    }

    /// Fills `reports` with pairs of handle and ready bits; how many pairs.
    pub(super) fn collect(&self, reports: Reports<'_>) -> usize {
        let mut readiness = self.readiness.borrow_mut();
        let Some((reactor, backend)) = readiness.as_mut() else {
            return 0;
        };
        reactor.begin();
        match backend {
            #[cfg(unix)]
            Backend::Uv(backend) => backend.collect(reactor, reports),
            Backend::Thread(backend, waker) => {
                let (count, more) = backend.collect(reports);
                if more {
                    waker.wake();
                }
                count
            }
        }
    }

    /// Ends a round of reports.
    pub(super) fn settle(&self) {
        if let Some(reactor) = self.reactor() {
            self.renewed.set(reactor.settle());
        }
    }

    /// Whether the kernel has something to collect, which is then taken from it.
    #[cfg(unix)]
    pub(super) fn take(&self) -> bool {
        match self.readiness.borrow_mut().as_mut() {
            Some((_, Backend::Uv(backend))) => backend.take(),
            _ => false,
        }
    }

    /// Whether what comes next in this turn of the loop is news: a socket that is ready *still* is
    /// heard of on the next one.
    #[cfg(unix)]
    pub(super) fn only_news(&self) -> bool {
        !self.renewed.get()
    }
}
