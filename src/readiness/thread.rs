//! The backend with a thread of its own: for runtimes without a usable libuv loop.
//!
//! The thread waits in mio, marks what it saw in the slots, and wakes the environment once per
//! batch; the environment then collects everything that was marked until it comes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use mio::{Events, Poll, Token, Waker};

use super::{PENDING, PENDING_SHIFT, Reactor, Reports, hand_out, lock};
use crate::errno::Result;
use crate::sys::{self, PollFd, ready};
use crate::table::{self, Handle, Pinned};

/// No handle has this number.
const STOP: Token = Token(0);
const BATCH: usize = 1024;
/// What poll(2) has to be asked for; the rest comes unasked.
const ASKED: i16 = ready::IN | ready::OUT | ready::PRI;

/// The running thread of one environment.
pub struct ThreadBackend {
    shared: Arc<Shared>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    seen: Mutex<Vec<Handle>>,
    /// The environment has been woken and has not collected yet.
    woken: AtomicBool,
    stop: AtomicBool,
}

impl ThreadBackend {
    /// Starts the thread. `wake` is called from it, once per batch, and must not block.
    pub fn start(wake: impl Fn() + Send + 'static) -> Result<(Arc<Reactor>, ThreadBackend)> {
        let poll = Poll::new()?;
        let reactor = Reactor::new(poll.registry())?;
        let waker = Waker::new(poll.registry(), STOP)?;
        let shared = Arc::new(Shared {
            seen: Mutex::default(),
            woken: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        });
        let thread = std::thread::Builder::new().name("hostsock-ready".into()).spawn({
            let (shared, reactor) = (shared.clone(), reactor.clone());
            move || run(poll, &reactor, &shared, wake)
        })?;
        Ok((reactor, ThreadBackend { shared, waker, thread: Some(thread) }))
    }

    /// Fills `reports` with pairs of handle and ready bits; the number of pairs. When more are left
    /// than fit, the second value is true and the caller must collect again on a later turn.
    pub fn collect(&self, reports: Reports<'_>) -> (usize, bool) {
        self.shared.woken.store(false, Ordering::SeqCst);
        let mut seen = lock(&self.shared.seen);
        let taken = seen.len().min(reports.len() / 2);
        let mut marked: Vec<(Pinned, i16)> = Vec::with_capacity(taken);
        for handle in seen.drain(..taken) {
            let Ok(socket) = table::pin(handle) else { continue };
            let word = socket.slot().ready.fetch_and(!PENDING, Ordering::AcqRel);
            let report = (word >> PENDING_SHIFT) as i16 & super::mask(word);
            if report != 0 && word & super::INTEREST != 0 {
                marked.push((socket, report));
            }
        }
        let more = !seen.is_empty();
        drop(seen);
        if more {
            self.shared.woken.store(true, Ordering::SeqCst);
        }
        // The program may have gone on since the thread looked: what is over is not told any more.
        let mut now: Vec<PollFd> = marked
            .iter()
            .map(|(socket, report)| PollFd::new(socket.socket(), report & ASKED))
            .collect();
        let current = sys::poll(&mut now, Some(Duration::ZERO)).is_ok();
        let mut count = 0;
        for ((socket, report), now) in marked.iter().zip(&now) {
            // A peer that has closed its side has done so for good, and not every poll(2) tells.
            let report = if current { report & (now.revents() | ready::RDHUP) } else { *report };
            if hand_out(socket, report, reports, count) {
                count += 1;
            }
        }
        (count, more)
    }

    /// Ends the thread and waits for its end.
    pub fn stop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        let _ = self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for ThreadBackend {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(mut poll: Poll, reactor: &Arc<Reactor>, shared: &Shared, wake: impl Fn()) {
    let mut events = Events::with_capacity(BATCH);
    while !shared.stop.load(Ordering::SeqCst) {
        if poll.poll(&mut events, None).is_err() {
            continue;
        }
        let mut fresh = false;
        for event in events.iter().filter(|event| event.token() != STOP) {
            let Some((socket, report)) = reactor.translate(event) else { continue };
            let bits = u32::from(report as u16) << PENDING_SHIFT;
            let before = socket.slot().ready.fetch_or(bits, Ordering::AcqRel);
            if before & PENDING == 0 {
                lock(&shared.seen).push(socket.handle());
                fresh = true;
            }
        }
        if fresh && !shared.woken.swap(true, Ordering::SeqCst) {
            wake();
        }
    }
}
