//! The descriptors of guests: which handle a descriptor of a module instance names.
//!
//! Kept natively and keyed by instance, because every thread of a program makes its own socket
//! calls, and only one of them has the module's file system.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::errno::{Errno, Result};
use crate::policy::{self, Scope};
use crate::table::{self, Handle, Owner, Pinned};

const SEGMENT: usize = 1024;
const SEGMENTS: usize = 1024;
const MOST_GUESTS: usize = 4096;

struct Guest {
    owner: AtomicU32,
    /// Pointers and sizes have 64 bits.
    wide: AtomicBool,
    /// Whose rules hold for it.
    scope: AtomicU32,
    /// Where its memory lies, if its threads share that; else 0.
    place: AtomicUsize,
    /// Handles by descriptor; 0 where there is no socket.
    segments: [OnceLock<Box<[AtomicI32]>>; SEGMENTS],
}

static GUESTS: [OnceLock<Box<Guest>>; MOST_GUESTS] = [const { OnceLock::new() }; MOST_GUESTS];
static FREE: Mutex<(Vec<usize>, usize)> = Mutex::new((Vec::new(), 0));

/// A new instance's number, at least 1, under a policy of its own or (`FREE`) that of the process. It
/// ends with its environment.
///
/// # Errors
/// `EMFILE` when 4095 instances are alive.
pub fn begin(owner: u32, wide: bool, scope: Scope) -> Result<i32> {
    let number = {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        match free.0.pop() {
            Some(number) => number,
            None if free.1 + 1 < MOST_GUESTS => {
                free.1 += 1;
                free.1
            }
            None => return Err(Errno::MFILE),
        }
    };
    let guest = GUESTS[number].get_or_init(|| {
        Box::new(Guest {
            owner: AtomicU32::new(0),
            wide: AtomicBool::new(false),
            scope: AtomicU32::new(0),
            place: AtomicUsize::new(0),
            segments: [const { OnceLock::new() }; SEGMENTS],
        })
    });
    guest.wide.store(wide, Ordering::Relaxed);
    let scope = if scope.is_free() { policy::process() } else { scope };
    guest.scope.store(scope.0, Ordering::Relaxed);
    guest.owner.store(owner, Ordering::Release);
    Ok(number as i32)
}

/// Forgets the instances of an environment that has ended.
pub fn end_owned(owner: u32) {
    for (number, guest) in GUESTS.iter().enumerate() {
        let Some(guest) = guest.get() else { continue };
        if guest.owner.compare_exchange(owner, 0, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            continue;
        }
        guest.place.store(0, Ordering::Release);
        for cell in guest.segments.iter().filter_map(OnceLock::get).flatten() {
            cell.store(0, Ordering::Release);
        }
        FREE.lock().unwrap_or_else(PoisonError::into_inner).0.push(number);
    }
}

/// Lets the threads of an instance be known by the memory that they share.
///
/// # Errors
/// `EBADF` for an instance that is not alive.
pub fn share(instance: i32, place: usize) -> Result<()> {
    let shared = guest(instance)?;
    // Memory that was another's before.
    for other in GUESTS.iter().filter_map(OnceLock::get) {
        let _ = other.place.compare_exchange(place, 0, Ordering::AcqRel, Ordering::Relaxed);
    }
    shared.place.store(place, Ordering::Release);
    Ok(())
}

/// The instance whose threads share this memory.
///
/// # Errors
/// `EBADF` for memory that no instance has shared.
pub fn sharing(place: usize) -> Result<i32> {
    let shares = |guest: &OnceLock<Box<Guest>>| {
        guest.get().is_some_and(|guest| guest.place.load(Ordering::Acquire) == place)
    };
    let number = GUESTS.iter().position(shares).filter(|_| place != 0).ok_or(Errno::BADF)?;
    guest(number as i32).map(|_| number as i32)
}

fn guest(instance: i32) -> Result<&'static Guest> {
    let number = usize::try_from(instance).map_err(|_| Errno::BADF)?;
    let guest = GUESTS.get(number).and_then(OnceLock::get).ok_or(Errno::BADF)?;
    if guest.owner.load(Ordering::Acquire) == 0 { Err(Errno::BADF) } else { Ok(guest) }
}

/// Whether an instance's pointers have 64 bits.
///
/// # Errors
/// `EBADF` for an instance that is not alive.
pub fn wide(instance: i32) -> Result<bool> {
    Ok(guest(instance)?.wide.load(Ordering::Relaxed))
}

/// Bytes of an instance's pointers, 4 or 8.
///
/// # Errors
/// `EBADF` for an instance that is not alive.
pub fn word(instance: i32) -> Result<usize> {
    Ok(if wide(instance)? { 8 } else { 4 })
}

/// The owner of what an instance opens: it ends with the instance's environment, not with the thread.
///
/// # Errors
/// `EBADF` for an instance that is not alive.
pub fn owner(instance: i32) -> Result<Owner> {
    let guest = guest(instance)?;
    let environment = guest.owner.load(Ordering::Relaxed);
    Ok(Owner { environment, scope: Scope(guest.scope.load(Ordering::Relaxed)) })
}

/// Whose rules hold for an instance; those of the process where it is none.
pub fn scope(instance: i32) -> Scope {
    owner(instance).map_or(policy::process(), |owner| owner.scope)
}

/// Gives a new handle to an instance.
///
/// # Errors
/// `EBADF` for a handle that is not open.
pub fn give(instance: i32, handle: Handle) -> Result<Handle> {
    table::pin(handle)?.give(instance);
    Ok(handle)
}

/// Lets a descriptor of an instance name a handle, or (with handle 0) nothing.
///
/// # Errors
/// `EBADF` for an instance that is not alive, a descriptor beyond 2^20, or a handle that was not
/// given to the instance: handles are easily guessed.
pub fn set(instance: i32, descriptor: i32, Handle(handle): Handle) -> Result<()> {
    if handle != 0 && table::pin(Handle(handle))?.guest() != instance {
        return Err(Errno::BADF);
    }
    let descriptor = usize::try_from(descriptor).map_err(|_| Errno::BADF)?;
    let segment = guest(instance)?.segments.get(descriptor / SEGMENT).ok_or(Errno::BADF)?;
    let segment = segment.get_or_init(|| (0..SEGMENT).map(|_| AtomicI32::new(0)).collect());
    segment[descriptor % SEGMENT].store(handle, Ordering::Release);
    Ok(())
}

/// The socket that a descriptor names, for the time of one call.
///
/// # Errors
/// `EBADF` for a descriptor that is no socket of this instance.
pub fn pin(instance: i32, descriptor: i32) -> Result<Pinned> {
    let descriptor = usize::try_from(descriptor).map_err(|_| Errno::BADF)?;
    let segment = guest(instance)?.segments.get(descriptor / SEGMENT).and_then(OnceLock::get);
    let handle = segment.map_or(0, |it| it[descriptor % SEGMENT].load(Ordering::Acquire));
    table::pin(Handle(handle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_know_only_their_own_descriptors() {
        let (one, two) =
            (begin(970, false, Scope::FREE).unwrap(), begin(971, true, Scope::FREE).unwrap());
        let handle = crate::socket::open(970, crate::sys::AF_INET, crate::sys::STREAM, 0).unwrap();
        assert_eq!(set(one, 3, handle), Err(Errno::BADF), "not given to anybody");
        give(one, handle).unwrap();
        assert_eq!(set(two, 3, handle), Err(Errno::BADF), "given to another");
        set(one, 3, handle).unwrap();
        assert!(pin(one, 3).is_ok());
        for (instance, descriptor) in
            [(two, 3), (one, 4), (one, -1), (one, i32::MAX), (0, 3), (-1, 3)]
        {
            assert_eq!(pin(instance, descriptor).err(), Some(Errno::BADF));
        }
        assert_eq!(set(one, 1 << 20, handle), Err(Errno::BADF));
        end_owned(970);
        assert_eq!(pin(one, 3).err(), Some(Errno::BADF));
        assert_eq!(begin(972, false, Scope::FREE), Ok(one));
        assert_eq!(pin(one, 3).err(), Some(Errno::BADF), "nothing is inherited");
        share(two, 4096).unwrap();
        assert_eq!(sharing(4096), Ok(two));
        share(one, 4096).unwrap();
        assert_eq!(sharing(4096), Ok(one));
        assert_eq!(sharing(0).and(sharing(8192)), Err(Errno::BADF));
        end_owned(971);
        end_owned(972);
        assert_eq!(sharing(4096), Err(Errno::BADF));
        table::close(handle).unwrap();
    }
}
