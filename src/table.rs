//! The handle table: process-wide, generation-tagged slots that stand between JavaScript (or a wasm
//! guest) and descriptors.
//!
//! A handle is a positive `i32`: slot index in the low 20 bits, generation in the 11 above. A stale
//! handle is `EBADF`, never another socket. While a call uses a slot it holds a [`Pinned`]; closing
//! marks the slot at once, and the descriptor is given back to the kernel when the last user lets go,
//! so that a call in one thread can never land on a descriptor which another thread's `close`
//! has freed for reuse.

use std::sync::atomic::{AtomicI32, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::errno::{Errno, Result};
use crate::policy::{self, Scope};
use crate::readiness::Registration;
use crate::sys::{self, RawSocket};

const INDEX_BITS: u32 = 20;
const GENERATION_MASK: u64 = 0x7ff;
const SEGMENT: usize = 1024;
const SEGMENTS: usize = 1 << (INDEX_BITS as usize - 10);

// The slot word: users in the low 31 bits, two state bits, generation in the high half.
const USERS: u64 = (1 << 30) - 1;
const OPEN: u64 = 1 << 30;
const CLOSING: u64 = 1 << 31;
const GENERATION_SHIFT: u32 = 32;

/// Names one open socket of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Handle(pub i32);

impl Handle {
    /// Position in the table, below 2^20.
    pub fn index(self) -> usize {
        (self.0 as u32 & ((1 << INDEX_BITS) - 1)) as usize
    }

    fn generation(self) -> u64 {
        u64::from(self.0 as u32 >> INDEX_BITS)
    }

    fn new(index: usize, generation: u64) -> Handle {
        Handle(((generation as u32) << INDEX_BITS | index as u32) as i32)
    }
}

/// One place in the table.
#[derive(Default)]
pub struct Slot {
    word: AtomicU64,
    socket: AtomicI64,
    /// The environment whose end closes this socket.
    owner: AtomicU32,
    traits: AtomicU32,
    /// Whose rules hold for it: a policy's number, 0 for none.
    policy: AtomicU32,
    /// The module instance that was given the handle; 0 for none.
    guest: AtomicI32,
    /// [`state`] bits.
    state: AtomicU32,
    /// An error that had to be taken from the kernel before the program asked for it; 0 for none.
    error: AtomicI32,
    /// State of the readiness layer (see `readiness`).
    pub(crate) ready: AtomicU32,
    pub(crate) registration: Mutex<Option<Registration>>,
}

/// What is fixed when a socket is opened and asked on every call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits {
    /// A byte stream without message boundaries: a short read means that nothing more is queued.
    pub stream: bool,
    /// No socket but a pipe (or the like): `read(2)` and `write(2)` instead of `recv(2)` and `send(2)`.
    pub pipe: bool,
    /// It has no ports, or packets of it can carry any (raw sockets).
    pub portless: bool,
    /// The address family (`AF_*` of this host).
    pub family: u16,
}

/// Whose a socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The environment whose end closes it.
    pub environment: u32,
    /// Whose rules hold for it.
    pub scope: Scope,
}

impl From<u32> for Owner {
    /// An environment's own, under the rules of the process.
    fn from(environment: u32) -> Owner {
        Owner { environment, scope: policy::process() }
    }
}

impl Traits {
    fn pack(self) -> u32 {
        let bits = [self.stream, self.pipe, self.portless];
        let bit = |(at, bit): (usize, bool)| u32::from(bit) << (16 + at);
        u32::from(self.family) | bits.into_iter().enumerate().map(bit).sum::<u32>()
    }

    fn unpack(word: u32) -> Traits {
        Traits {
            family: word as u16,
            stream: word & 1 << 16 != 0,
            pipe: word & 1 << 17 != 0,
            portless: word & 1 << 18 != 0,
        }
    }
}

/// What a socket's calls leave behind for later calls and for the events of guests.
pub mod state {
    /// Calls wait: the program has not asked for `O_NONBLOCK`.
    pub const BLOCKING: u32 = 1;
    /// `listen` has succeeded.
    pub const LISTENING: u32 = 1 << 1;
    /// `connect` has begun, and nobody has been told of its end.
    pub const OPENING: u32 = 1 << 2;
    /// End of stream was read.
    pub const ENDED: u32 = 1 << 3;
    /// A send found no room.
    pub const CONGESTED: u32 = 1 << 4;
    /// `bind` has succeeded.
    pub const BOUND: u32 = 1 << 5;
}

/// A slot in use by a call: its descriptor stays valid until this is dropped.
pub struct Pinned {
    slot: &'static Slot,
    handle: Handle,
}

impl Pinned {
    /// The descriptor.
    pub fn socket(&self) -> RawSocket {
        self.slot.socket.load(Ordering::Relaxed) as RawSocket
    }

    /// The handle it was reached by.
    pub fn handle(&self) -> Handle {
        self.handle
    }

    /// The slot, for the readiness layer.
    pub(crate) fn slot(&self) -> &'static Slot {
        self.slot
    }

    /// What was fixed at opening.
    pub fn traits(&self) -> Traits {
        Traits::unpack(self.slot.traits.load(Ordering::Relaxed))
    }

    /// [`state`] bits.
    #[inline]
    pub fn state(&self) -> u32 {
        self.slot.state.load(Ordering::Relaxed)
    }

    /// Sets [`state`] bits.
    pub fn mark(&self, bits: u32) {
        if self.state() & bits != bits {
            self.slot.state.fetch_or(bits, Ordering::AcqRel);
        }
    }

    /// Clears [`state`] bits and says which of them were set.
    pub fn unmark(&self, bits: u32) -> u32 {
        self.slot.state.fetch_and(!bits, Ordering::AcqRel) & bits
    }

    /// Gives the handle to a module instance: no other can name it.
    pub fn give(&self, instance: i32) {
        self.slot.guest.store(instance, Ordering::Release);
    }

    /// The module instance that was given the handle.
    pub fn guest(&self) -> i32 {
        self.slot.guest.load(Ordering::Acquire)
    }

    /// Whether the program wants its calls to wait.
    #[inline]
    pub fn blocking(&self) -> bool {
        self.state() & state::BLOCKING != 0
    }

    /// Keeps an error for the program's next call on the socket, as the kernel would have.
    pub fn keep_error(&self, Errno(errno): Errno) {
        self.slot.error.store(errno, Ordering::Release);
    }

    /// Whether an error waits for the program's next call.
    pub fn has_kept_error(&self) -> bool {
        self.slot.error.load(Ordering::Relaxed) != 0
    }

    /// Gives the kept error out, once.
    #[inline]
    pub fn take_kept_error(&self) -> Option<Errno> {
        if self.slot.error.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let errno = self.slot.error.swap(0, Ordering::AcqRel);
        (errno != 0).then_some(Errno(errno))
    }

    /// Whose the socket is, for what comes out of it.
    pub fn owner(&self) -> Owner {
        Owner { environment: self.slot.owner.load(Ordering::Relaxed), scope: self.scope() }
    }

    /// Whose rules hold for the socket.
    #[inline]
    pub fn scope(&self) -> Scope {
        Scope(self.slot.policy.load(Ordering::Relaxed))
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        let before = self.slot.word.fetch_sub(1, Ordering::AcqRel);
        if before & (USERS | CLOSING) == 1 | CLOSING {
            release(self.slot, self.handle);
        }
    }
}

struct Table {
    segments: [OnceLock<Box<[Slot]>>; SEGMENTS],
    free: Mutex<Free>,
}

struct Free {
    /// Oldest first: a freed slot waits for its turn, which keeps stale handles stale for long.
    queue: std::collections::VecDeque<u32>,
    fresh: u32,
}

/// A slot is used again only when this many wait, or no fresh one is left.
const REUSE_DISTANCE: usize = 64;

static TABLE: Table = Table {
    segments: [const { OnceLock::new() }; SEGMENTS],
    free: Mutex::new(Free { queue: std::collections::VecDeque::new(), fresh: 0 }),
};

fn slot(index: usize) -> Option<&'static Slot> {
    TABLE.segments[index / SEGMENT].get().map(|segment| &segment[index % SEGMENT])
}

/// Puts an open descriptor under a new handle. The table owns it from here on.
///
/// # Errors
/// `EMFILE` when 2^20 sockets are open, or as many as the owner may have; the descriptor is closed then.
pub fn insert(socket: RawSocket, owner: impl Into<Owner>, traits: Traits) -> Result<Handle> {
    let owner = owner.into();
    policy::enter(owner.scope).inspect_err(|_| sys::close(socket))?;
    let index = {
        let mut free = TABLE.free.lock().unwrap_or_else(PoisonError::into_inner);
        let reusable = if free.queue.len() >= REUSE_DISTANCE || free.fresh >> INDEX_BITS != 0 {
            free.queue.pop_front()
        } else {
            None
        };
        match reusable {
            Some(index) => index as usize,
            None if free.fresh >> INDEX_BITS == 0 => {
                free.fresh += 1;
                free.fresh as usize - 1
            }
            None => {
                sys::close(socket);
                policy::leave(owner.scope);
                return Err(Errno::MFILE);
            }
        }
    };
    let segment = TABLE.segments[index / SEGMENT]
        .get_or_init(|| (0..SEGMENT).map(|_| Slot::default()).collect());
    let slot = &segment[index % SEGMENT];
    slot.socket.store(socket as i64, Ordering::Relaxed);
    slot.owner.store(owner.environment, Ordering::Relaxed);
    slot.policy.store(owner.scope.0, Ordering::Relaxed);
    slot.traits.store(traits.pack(), Ordering::Relaxed);
    slot.guest.store(0, Ordering::Relaxed);
    slot.state.store(0, Ordering::Relaxed);
    slot.error.store(0, Ordering::Relaxed);
    slot.ready.store(0, Ordering::Relaxed);
    let generation = slot.word.load(Ordering::Relaxed) >> GENERATION_SHIFT;
    // Generation 0 with index 0 would be handle 0, which reads as "none" in JavaScript.
    let generation =
        if generation & GENERATION_MASK == 0 { 1 } else { generation & GENERATION_MASK };
    slot.word.store(generation << GENERATION_SHIFT | OPEN, Ordering::Release);
    Ok(Handle::new(index, generation))
}

/// Reaches an open socket for the time of one call.
///
/// # Errors
/// `EBADF` for a handle that is closed, stale or was never given out.
pub fn pin(handle: Handle) -> Result<Pinned> {
    if handle.0 <= 0 {
        return Err(Errno::BADF);
    }
    let slot = slot(handle.index()).ok_or(Errno::BADF)?;
    let mut word = slot.word.load(Ordering::Relaxed);
    loop {
        if word >> GENERATION_SHIFT != handle.generation() || word & OPEN == 0 {
            return Err(Errno::BADF);
        }
        match slot.word.compare_exchange_weak(word, word + 1, Ordering::Acquire, Ordering::Relaxed)
        {
            Ok(_) => return Ok(Pinned { slot, handle }),
            Err(current) => word = current,
        }
    }
}

/// Closes a handle: later calls on it get `EBADF`; calls under way finish first.
///
/// # Errors
/// `EBADF` for a handle that is not open.
pub fn close(handle: Handle) -> Result<()> {
    let pinned = retire(handle)?;
    crate::readiness::forget(&pinned);
    Ok(())
}

/// Takes the descriptor out of the table without closing it.
///
/// # Errors
/// `EBADF` for a handle that is not open; `EMFILE`.
pub fn detach(handle: Handle) -> Result<RawSocket> {
    // First, so that a process out of descriptors loses nothing.
    let copy = sys::duplicate(pin(handle)?.socket())?;
    close(handle).inspect_err(|_| sys::close(copy))?;
    Ok(copy)
}

/// Marks the slot as closing and pins it, so that nobody else can begin to use it.
fn retire(handle: Handle) -> Result<Pinned> {
    let pinned = pin(handle)?;
    let before = pinned.slot.word.fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| {
        (word & OPEN != 0).then_some(word & !OPEN | CLOSING)
    });
    before.map(|_| pinned).map_err(|_| Errno::BADF)
}

fn release(slot: &'static Slot, handle: Handle) {
    let closing = handle.generation() << GENERATION_SHIFT | CLOSING;
    let next = (handle.generation() + 1) & GENERATION_MASK;
    let freed = next << GENERATION_SHIFT;
    let socket = slot.socket.load(Ordering::Relaxed);
    let scope = Scope(slot.policy.load(Ordering::Relaxed));
    // Only one of the users that see zero may free it.
    if slot.word.compare_exchange(closing, freed, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
        sys::close(socket as RawSocket);
        policy::leave(scope);
        let mut free = TABLE.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.queue.push_back(handle.index() as u32);
    }
}

/// Closes every socket of an environment that is going away, and says how many there were.
pub fn close_owned(owner: u32) -> usize {
    owned(owner).into_iter().filter(|handle| close(*handle).is_ok()).count()
}

/// The open handles of an environment.
pub fn owned(owner: u32) -> Vec<Handle> {
    let segments = TABLE.segments.iter().map_while(OnceLock::get).enumerate();
    segments
        .flat_map(|(number, segment)| {
            segment.iter().enumerate().filter_map(move |(offset, slot)| {
                let word = slot.word.load(Ordering::Acquire);
                let open = word & OPEN != 0 && slot.owner.load(Ordering::Relaxed) == owner;
                open.then(|| Handle::new(number * SEGMENT + offset, word >> GENERATION_SHIFT))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::{Domain, Socket, Type};

    const TRAITS: Traits = Traits { stream: true, pipe: false, portless: false, family: 2 };

    fn open() -> RawSocket {
        sys::into_raw(Socket::new(Domain::IPV4, Type::STREAM, None).unwrap())
    }

    #[test]
    fn a_closed_handle_stays_closed_when_its_slot_is_used_again() {
        let first = insert(open(), 900, TRAITS).unwrap();
        close(first).unwrap();
        let handles: Vec<_> = (0..200).map(|_| insert(open(), 900, TRAITS).unwrap()).collect();
        assert_eq!(pin(first).err(), Some(Errno::BADF));
        assert_eq!(close(first).err(), Some(Errno::BADF));
        assert_eq!(owned(900).len(), handles.len());
        assert_eq!(close_owned(900), handles.len());
        assert_eq!(owned(900).len(), 0);
        assert!(handles.iter().all(|handle| pin(*handle).is_err()));
    }

    #[test]
    fn invented_handles_are_refused() {
        for handle in [0, -1, i32::MIN, i32::MAX, 1 << 20, 0x7ff0_0000] {
            assert_eq!(pin(Handle(handle)).err(), Some(Errno::BADF), "{handle}");
        }
    }

    #[test]
    fn close_waits_for_the_calls_under_way() {
        let handle = insert(open(), 901, TRAITS).unwrap();
        let pinned = pin(handle).unwrap();
        close(handle).unwrap();
        assert_eq!(pin(handle).err(), Some(Errno::BADF));
        // Still a valid descriptor: the kernel answers about this socket.
        assert!(sys::local_address(pinned.socket()).is_ok());
        drop(pinned);
    }

    #[test]
    fn threads_that_open_pin_and_close_never_meet_a_foreign_descriptor() {
        let threads: Vec<_> = (0..4)
            .map(|owner| {
                std::thread::spawn(move || {
                    for _ in 0..2_000 {
                        let handle = insert(open(), 910 + owner, TRAITS).unwrap();
                        let pinned = pin(handle).unwrap();
                        assert_eq!(pinned.owner().environment, 910 + owner);
                        close(handle).unwrap();
                        drop(pinned);
                        assert!(pin(handle).is_err());
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}
