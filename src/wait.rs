//! Blocking waits: `poll(2)` with deadlines.
//!
//! Descriptors are always non-blocking in the kernel; a blocking call is the non-blocking call plus
//! a wait here, which honours `SO_RCVTIMEO`/`SO_SNDTIMEO` and goes on after a signal.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::errno::{Errno, Result};
use crate::policy::{self, Scope};
use crate::sys::{self, EpollEvent, PollFd, RawSocket, ready};
use crate::table::Pinned;

/// Which of a socket's two timeouts limits a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `SO_RCVTIMEO`: receiving and accepting.
    Read,
    /// `SO_SNDTIMEO`: sending and connecting.
    Write,
}

/// No timeout of a socket ends sooner, as the kernel counts in ticks of at least a millisecond: so
/// long nobody needs to know of any, and most waits are over.
const GRACE: Duration = Duration::from_millis(1);

/// The end of a call's patience, worked out from the kernel's own option when it may matter.
pub struct Patience {
    socket: RawSocket,
    scope: Scope,
    direction: Direction,
    /// When the call first had to wait.
    begin: Option<Instant>,
    deadline: Option<Option<Instant>>,
    /// Waits that ended with nothing but an error to report.
    errors: u32,
}

impl Patience {
    /// Nothing is asked of the kernel before the first wait.
    pub fn new(socket: &Pinned, direction: Direction) -> Patience {
        let (socket, scope) = (socket.socket(), socket.scope());
        Patience { socket, scope, direction, begin: None, deadline: None, errors: 0 }
    }

    fn began(&mut self) -> Instant {
        *self.begin.get_or_insert_with(Instant::now)
    }

    fn deadline(&mut self) -> Result<Option<Instant>> {
        if let Some(deadline) = self.deadline {
            return Ok(deadline);
        }
        let limit = match self.direction {
            Direction::Read => sys::borrow(self.socket).read_timeout(),
            Direction::Write => sys::borrow(self.socket).write_timeout(),
        };
        let limit = match limit.map_err(Errno::from) {
            // A pipe has no such option.
            Err(Errno::NOTSOCK) => None,
            limit => limit?,
        };
        let begin = self.began();
        let limit = limit.into_iter().chain(policy::patience(self.scope)).min();
        let deadline = limit.map(|limit| begin + limit);
        self.deadline = Some(deadline);
        Ok(deadline)
    }

    /// Waits until so many bytes can be read, or no more than there are will come: what
    /// `MSG_PEEK | MSG_WAITALL` asks for, and no event tells.
    ///
    /// # Errors
    /// As [`Patience::wait`], when there is nothing at all.
    pub fn wait_for_bytes(&mut self, bytes: usize) -> Result<()> {
        self.wait()?;
        let deadline = self.deadline()?;
        let mut pause = Duration::from_millis(1);
        while sys::available(self.socket)? < bytes {
            let now = Instant::now();
            let until = deadline.map_or(now + pause, |deadline| deadline.min(now + pause));
            let mut entries = [PollFd::new(self.socket, ready::RDHUP)];
            if poll(&mut entries, Some(until))? > 0 || deadline.is_some_and(|end| end <= until) {
                break;
            }
            pause = (pause * 2).min(Duration::from_millis(8));
        }
        Ok(())
    }

    /// Waits until the direction is ready (or has an error or end of stream to report).
    ///
    /// # Errors
    /// `EAGAIN` when the socket's timeout passes first, as the kernel's own blocking calls say it.
    pub fn wait(&mut self) -> Result<()> {
        let events = match self.direction {
            Direction::Read => ready::IN,
            Direction::Write => ready::OUT,
        };
        let mut entries = [PollFd::new(self.socket, events)];
        let grace = self.began() + GRACE;
        let soon = self.deadline.is_none() && poll(&mut entries, Some(grace))? > 0;
        if !soon && poll(&mut entries, self.deadline()?)? == 0 {
            return Err(Errno::AGAIN);
        }
        if entries[0].revents() & !ready::ERR == 0 {
            // An error that the call does not take (it lies in the error queue) stays reported:
            // without a pause this would spin until the program empties the queue.
            if self.errors > 0 {
                let pause = Duration::from_millis(1 << self.errors.min(4));
                std::thread::sleep(pause);
                if self.deadline()?.is_some_and(|deadline| deadline <= Instant::now()) {
                    return Err(Errno::AGAIN);
                }
            }
            self.errors += 1;
        }
        Ok(())
    }
}

/// `poll(2)` of sockets (`None` for an entry to pass over) until a deadline: `revents`, by entry.
///
/// An error that was taken to tell of an event is still an error to report.
pub fn poll_sockets(
    entries: &[Option<(&Pinned, i16)>],
    others: &[Option<(RawSocket, i16)>],
    deadline: Option<Instant>,
) -> Result<Vec<i16>> {
    let kept = |entry: &Option<(&Pinned, i16)>| entry.is_some_and(|(it, _)| it.has_kept_error());
    let deadline = if entries.iter().any(kept) { Some(Instant::now()) } else { deadline };
    let scopes = entries.iter().flatten().map(|(socket, _)| socket.scope());
    let limit = scopes.filter_map(policy::patience).min();
    let limit = limit.and_then(|limit| Instant::now().checked_add(limit));
    let deadline = deadline.into_iter().chain(limit).min();
    let mut polled: Vec<_> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| match (entry, others.get(index).copied().flatten()) {
            (Some((socket, events)), _) => PollFd::new(socket.socket(), *events),
            (None, Some((descriptor, events))) => PollFd::new(descriptor, events),
            (None, None) => PollFd::ignored(),
        })
        .collect();
    poll(&mut polled, deadline)?;
    let error = |entry| if kept(entry) { ready::ERR } else { 0 };
    Ok(polled.iter().zip(entries).map(|(polled, entry)| polled.revents() | error(entry)).collect())
}

/// What a thread does now and then while it waits, for threads that need something of it.
pub type Interlude = Rc<dyn Fn() -> Result<()>>;

thread_local! {
    static INTERLUDE: RefCell<Option<Interlude>> = const { RefCell::new(None) };
}

/// Sets what this thread does while it waits; its error ends the wait.
pub fn set_interlude(interlude: Option<Interlude>) {
    INTERLUDE.set(interlude);
}

/// Interludes come this fast at first …
const EAGER: Duration = Duration::from_millis(1);
/// … for so long, …
const EAGER_TURNS: u32 = 50;
/// … and like this in a long wait.
const PATIENT: Duration = Duration::from_millis(5);

/// `poll(2)` until a deadline (`None`: for ever), made again after a signal.
pub fn poll(entries: &mut [PollFd], deadline: Option<Instant>) -> Result<usize> {
    let Some(interlude) = INTERLUDE.with_borrow(Option::clone) else {
        return poll_until(entries, deadline);
    };
    for turn in 0_u32.. {
        let pause = Instant::now() + if turn < EAGER_TURNS { EAGER } else { PATIENT };
        let last = deadline.filter(|deadline| *deadline <= pause);
        let ready = poll_until(entries, Some(last.unwrap_or(pause)))?;
        if ready > 0 {
            return Ok(ready);
        }
        interlude()?;
        if last.is_some() {
            break;
        }
    }
    Ok(0)
}

fn poll_until(entries: &mut [PollFd], deadline: Option<Instant>) -> Result<usize> {
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        match sys::poll(entries, left) {
            Err(Errno::INTR) => continue,
            result => return result,
        }
    }
}

/// `epoll_wait(2)` until a deadline (`None`: for ever), made again after a signal: up to `most` events.
pub fn epoll(epoll: RawSocket, most: usize, deadline: Option<Instant>) -> Result<Vec<EpollEvent>> {
    let interludes = INTERLUDE.with_borrow(Option::is_some);
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let over = left == Some(Duration::ZERO);
        match sys::epoll_wait(epoll, most, if interludes { Some(Duration::ZERO) } else { left }) {
            Err(Errno::INTR) => continue,
            Ok(events) if events.is_empty() && !over => {}
            result => return result,
        }
        if interludes {
            poll(&mut [PollFd::new(epoll, ready::IN)], deadline)?;
        }
    }
}

/// The deadline for a timeout in milliseconds: negative or infinite waits for ever.
pub fn deadline(milliseconds: f64) -> Option<Instant> {
    if milliseconds < 0.0 || milliseconds.is_nan() {
        return None;
    }
    let limit = Duration::try_from_secs_f64(milliseconds / 1000.0).ok()?;
    Instant::now().checked_add(limit)
}

/// The same for a program that may not wait for ever.
pub fn deadline_under(scope: Scope, milliseconds: f64) -> Option<Instant> {
    let limit = policy::patience(scope).and_then(|limit| Instant::now().checked_add(limit));
    deadline(milliseconds).into_iter().chain(limit).min()
}

/// Makes a call until it does not have to wait, or its patience ends.
pub fn retry<T>(patience: &mut Patience, mut call: impl FnMut() -> Result<T>) -> Result<T> {
    loop {
        match call() {
            Err(errno) if errno.would_block() => patience.wait()?,
            result => return result,
        }
    }
}
