//! Readiness: one loop per environment, edge-triggered inside, level-triggered to the program.
//!
//! # Contract
//! * A watched socket is registered with mio once. The kernel reports edges; each edge is reported
//!   to the program, limited to what it asked for (errors and hang-ups always come).
//! * When the program makes progress on a watched direction (reads, writes or accepts) and the
//!   result does not prove the direction drained, the registration is renewed: the kernel looks
//!   again and, if the condition still holds, reports it on the next turn of the loop. That is the
//!   whole of level-triggering: no list of ready sockets is kept, so none can be wrong.
//! * At most one renewal per direction between two reports; renewals made while reports are being
//!   handed out are collected and done after the last of them, if they are still needed.
//! * Two backends collect the edges: [`uv`] on the environment's own thread, [`thread`] on one of
//!   its own. Both end in the same [`Reactor`].

#[cfg(unix)]
pub mod uv;

pub mod thread;

use std::cell::Cell;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use mio::event::Event;
use mio::{Interest, Registry, Token};

use crate::errno::Result;
use crate::sys::{self, ready};
use crate::table::{self, Handle, Pinned, state};
use crate::wait::Direction;

// Bits of a slot's `ready` word.
const INTEREST_READ: u32 = 1;
const INTEREST_WRITE: u32 = 1 << 1;
const INTEREST: u32 = INTEREST_READ | INTEREST_WRITE;
/// Registered with the kernel: the interest bits two places up.
const KERNEL_SHIFT: u32 = 2;
/// A renewal is done or due: the interest bits four places up.
const RENEWED_SHIFT: u32 = 4;
/// The peer has closed its side, or urgent data was seen: a short read proves nothing.
const SHORT_READ_IS_NO_PROOF: u32 = 1 << 6;
/// Room to write is told of when it comes back, not while it lasts.
const EDGES_OF_WRITE: u32 = 1 << 7;
/// What the thread backend has seen and not handed out yet.
const PENDING_SHIFT: u32 = 16;
const PENDING: u32 = 0xffff << PENDING_SHIFT;

/// What a call on a socket says about the direction it used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It moved something, and there may be more.
    Progress,
    /// A stream gave less than was asked for.
    Short,
    /// There is no more now; the next edge will tell.
    Drained,
}

/// With `ready::OUT` in [`Reactor::watch`]: only edges of it, for a program that asks for room when
/// it has met none, as the events of guests are meant.
pub const EDGES: i16 = 0x4000;

/// The registrations of one environment.
pub struct Reactor {
    registry: Registry,
    deferred: Mutex<Vec<Handle>>,
}

/// A slot's place in a reactor.
pub(crate) struct Registration {
    reactor: Arc<Reactor>,
    source: sys::Source,
}

thread_local! {
    /// The reactor whose reports are being handed out on this thread (its address; 0 for none): its
    /// renewals wait for the end.
    static HANDING_OUT: Cell<usize> = const { Cell::new(0) };
}

impl Reactor {
    /// A reactor over a mio poll that a backend owns.
    pub fn new(registry: &Registry) -> Result<Arc<Reactor>> {
        let registry = registry.try_clone()?;
        Ok(Arc::new(Reactor { registry, deferred: Mutex::default() }))
    }

    /// Sets what a socket is watched for (`ready::IN`, `ready::OUT`, [`EDGES`]; 0 for nothing).
    ///
    /// A direction that is added is looked at afresh, so that a condition which holds already is
    /// reported. Interest that is dropped leaves the kernel's registration in place until an edge
    /// nobody wants arrives.
    pub fn watch(self: &Arc<Reactor>, socket: &Pinned, events: i16) -> Result<()> {
        let wanted = interest_bits(events);
        let word = &socket.slot().ready;
        let mut registration = lock(&socket.slot().registration);
        if events & EDGES != 0 {
            word.fetch_or(EDGES_OF_WRITE, Ordering::AcqRel);
        } else {
            word.fetch_and(!EDGES_OF_WRITE, Ordering::AcqRel);
        }
        let before = word.load(Ordering::Acquire);
        let kernel = (before >> KERNEL_SHIFT) & INTEREST;
        let added = wanted & !before;
        // Before the kernel is told: another thread may collect the first edge at once.
        word.fetch_or(wanted, Ordering::AcqRel);
        word.fetch_and(!(INTEREST & !wanted), Ordering::AcqRel);
        if added != 0 {
            let union = kernel | wanted;
            word.fetch_or(union << KERNEL_SHIFT, Ordering::AcqRel);
            if let Some(registration) = registration.as_mut() {
                return registration.renew(socket, union);
            }
            let mut source = sys::Source::new(socket.socket())?;
            let token = Token(socket.handle().0 as usize);
            if let Err(errno) = source.register(&self.registry, token, interest(union)) {
                word.fetch_and(!(INTEREST | INTEREST << KERNEL_SHIFT), Ordering::AcqRel);
                return Err(errno);
            }
            *registration = Some(Registration { reactor: self.clone(), source });
        }
        Ok(())
    }

    /// Turns one edge into a report. `None` when nobody wants it.
    fn translate(&self, event: &Event) -> Option<(Pinned, i16)> {
        let handle = Handle(event.token().0 as i32);
        let socket = table::pin(handle).ok()?;
        let word = &socket.slot().ready;
        let mut report = 0;
        if event.is_readable() || event.is_read_closed() {
            report |= ready::IN;
        }
        if event.is_writable() || event.is_write_closed() {
            report |= ready::OUT;
        }
        if event.is_read_closed() && event.is_write_closed() {
            report |= ready::HUP;
        }
        if event.is_error() {
            report |= ready::ERR;
        }
        if event.is_priority() {
            report |= ready::PRI;
        }
        if event.is_read_closed() {
            report |= ready::RDHUP;
        }
        if event.is_read_closed() || event.is_priority() {
            word.fetch_or(SHORT_READ_IS_NO_PROOF, Ordering::AcqRel);
        }
        let before = word.load(Ordering::Acquire);
        if before & INTEREST == 0 {
            self.unregister(&socket);
            return None;
        }
        Some((socket, report & mask(before))).filter(|(_, report)| *report != 0)
    }

    /// Reports are handed out from here until [`settle`](Reactor::settle).
    pub fn begin(&self) {
        HANDING_OUT.set(self.address());
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self) as usize
    }

    /// Does the renewals that were put off while reports were handed out; whether there were any.
    pub fn settle(&self) -> bool {
        HANDING_OUT.set(0);
        let due = std::mem::take(&mut *lock(&self.deferred));
        let any = !due.is_empty();
        for handle in due {
            if let Ok(socket) = table::pin(handle) {
                renew(&socket);
            }
        }
        any
    }

    fn unregister(&self, socket: &Pinned) {
        let mut registration = lock(&socket.slot().registration);
        if socket.slot().ready.load(Ordering::Acquire) & INTEREST != 0 {
            return;
        }
        if let Some(mut registration) = registration.take() {
            registration.source.deregister(&self.registry);
        }
        socket.slot().ready.fetch_and(!(INTEREST << KERNEL_SHIFT), Ordering::AcqRel);
    }
}

impl Registration {
    fn renew(&mut self, socket: &Pinned, bits: u32) -> Result<()> {
        let token = Token(socket.handle().0 as usize);
        self.source.reregister(&self.reactor.registry, token, interest(bits))
    }
}

/// Where a report on a guest's socket has the [`state`] bits that give it a meaning.
const STATE_SHIFT: u32 = 16;

/// Writes one report down, unless nothing is left of it. Progress that the program makes from now on
/// counts afresh. Guests are told more: the events made of it tell connections and ends from data.
fn hand_out(socket: &Pinned, report: i16, reports: Reports<'_>, position: usize) -> bool {
    let renewed = interest_bits(report) << RENEWED_SHIFT;
    if socket.slot().ready.load(Ordering::Relaxed) & renewed != 0 {
        socket.slot().ready.fetch_and(!renewed, Ordering::AcqRel);
    }
    let state = socket.state();
    // End of stream stays readable for ever; once it was read there is nothing to tell.
    let report = if state & state::ENDED != 0 { report & !ready::IN } else { report };
    let guest = socket.guest() != 0;
    let report = if guest { report } else { report & !ready::RDHUP };
    if report == 0 {
        return false;
    }
    let told = if guest { state & !state::BLOCKING } else { 0 };
    reports[2 * position] = socket.handle().0;
    reports[2 * position + 1] = i32::from(report) | (told << STATE_SHIFT) as i32;
    true
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn interest_bits(events: i16) -> u32 {
    let read = if events & ready::IN != 0 { INTEREST_READ } else { 0 };
    let write = if events & ready::OUT != 0 { INTEREST_WRITE } else { 0 };
    read | write
}

/// The reports that a slot's interest lets through.
fn mask(word: u32) -> i16 {
    let read = if word & INTEREST_READ != 0 { ready::IN | ready::PRI | ready::RDHUP } else { 0 };
    let write = if word & INTEREST_WRITE != 0 { ready::OUT } else { 0 };
    read | write | ready::HUP | ready::ERR
}

fn interest(bits: u32) -> Interest {
    let read = Interest::READABLE;
    // Urgent data has to be known, or a read that stops at its mark would look like the end.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let read = read | Interest::PRIORITY;
    match bits & INTEREST {
        INTEREST_READ => read,
        INTEREST_WRITE => Interest::WRITABLE,
        _ => read | Interest::WRITABLE,
    }
}

/// Tells the reactor what a call did to a watched direction. Cheap when nobody watches.
#[inline]
pub fn note(socket: &Pinned, direction: Direction, outcome: Outcome) {
    let word = socket.slot().ready.load(Ordering::Relaxed);
    if word & INTEREST == 0 {
        return;
    }
    let bit = match direction {
        Direction::Read => INTEREST_READ,
        Direction::Write => INTEREST_WRITE,
    };
    let drained = match outcome {
        Outcome::Progress => false,
        Outcome::Short => word & SHORT_READ_IS_NO_PROOF == 0,
        Outcome::Drained => true,
    };
    let renewed = bit << RENEWED_SHIFT;
    let edges = direction == Direction::Write && word & EDGES_OF_WRITE != 0;
    if word & bit == 0 || edges && !drained {
        return;
    }
    if drained && !sys::DRAINED_NEEDS_RENEWAL {
        // A renewal that was put off is not needed any more.
        if word & renewed != 0 && HANDING_OUT.get() != 0 {
            socket.slot().ready.fetch_and(!renewed, Ordering::AcqRel);
        }
        return;
    }
    if word & renewed != 0 || socket.slot().ready.fetch_or(renewed, Ordering::AcqRel) & renewed != 0
    {
        return;
    }
    if HANDING_OUT.get() != 0
        && let Some(registration) = lock(&socket.slot().registration).as_ref()
        && HANDING_OUT.get() == registration.reactor.address()
    {
        lock(&registration.reactor.deferred).push(socket.handle());
        return;
    }
    renew(socket);
}

/// Has the kernel look again at the directions that are marked.
fn renew(socket: &Pinned) {
    let mut registration = lock(&socket.slot().registration);
    let word = socket.slot().ready.load(Ordering::Acquire);
    let marked = (word >> RENEWED_SHIFT) & word & INTEREST;
    let kernel = (word >> KERNEL_SHIFT) & INTEREST;
    if marked == 0 || kernel == 0 {
        return;
    }
    if let Some(registration) = registration.as_mut() {
        // It was registered, so only a descriptor closed behind our back can make this fail.
        let _ = registration.renew(socket, kernel);
    }
}

/// Takes a socket that is being closed or given away out of its reactor.
pub(crate) fn forget(socket: &Pinned) {
    let word = &socket.slot().ready;
    if word.load(Ordering::Acquire) & (INTEREST << KERNEL_SHIFT) == 0 {
        return;
    }
    if let Some(mut registration) = lock(&socket.slot().registration).take() {
        let reactor = registration.reactor.clone();
        registration.source.deregister(&reactor.registry);
    }
    word.store(0, Ordering::Release);
}

/// Where the program's view of ready sockets goes: pairs of handle and [`ready`] bits.
pub type Reports<'a> = &'a mut [i32];
