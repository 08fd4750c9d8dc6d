//! `poll(2)` over a guest's `pollfd`s.

use super::guest;
use super::memory::Memory;
use crate::errno::{Errno, Result};
use crate::sys;
use crate::wait;

/// The host's descriptors that a guest may poll by their own numbers: its standard streams.
pub const STANDARD_STREAMS: std::ops::Range<i32> = 0..3;
/// What `poll` answers when some descriptor is no socket: the caller has to ask the file system.
pub const ASK_FILES: i32 = i32::MIN;

/// `poll(2)`. `hosts` is 0, or points to a word for each entry that is no socket: a standard stream's
/// number, or -1 when the file system has given its answer in `revents` already.
///
/// # Errors
/// `EFAULT`, `EINVAL`; [`ASK_FILES`] is no error.
pub fn poll(
    instance: i32,
    memory: Memory<'_>,
    fds: usize,
    count: usize,
    milliseconds: f64,
    hosts: usize,
) -> Result<i32> {
    let bytes = count.checked_mul(8).ok_or(Errno::INVAL)?;
    memory.window(fds, bytes)?;
    if hosts != 0 {
        memory.window(hosts, bytes / 2)?;
    }
    let mut list = vec![0; bytes];
    memory.read(fds, &mut list)?;
    let mut sockets = Vec::with_capacity(count);
    let mut hosts_polled = vec![None; count];
    let mut answered = vec![0; count];
    for (index, entry) in list.as_chunks::<8>().0.iter().enumerate() {
        let descriptor = i32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
        let events = i16::from_le_bytes([entry[4], entry[5]]);
        let socket = guest::pin(instance, descriptor).ok();
        if socket.is_none() && descriptor >= 0 {
            if hosts == 0 {
                return Ok(ASK_FILES);
            }
            let host = memory.word(hosts + 4 * index)? as i32;
            if STANDARD_STREAMS.contains(&host) {
                hosts_polled[index] = Some((host as sys::RawSocket, events));
            } else {
                answered[index] = i16::from_le_bytes([entry[6], entry[7]]);
            }
        }
        sockets.push(socket.map(|socket| (socket, events)));
    }
    let polled: Vec<_> = sockets
        .iter()
        .map(|entry| entry.as_ref().map(|(socket, events)| (socket, *events)))
        .collect();
    let at_once = answered.iter().any(|revents| *revents != 0);
    let deadline =
        wait::deadline_under(guest::scope(instance), if at_once { 0.0 } else { milliseconds });
    let revents = wait::poll_sockets(&polled, &hosts_polled, deadline)?;
    let mut ready = 0;
    for (index, (revents, answered)) in revents.iter().zip(&answered).enumerate() {
        let revents = revents | answered;
        ready += i32::from(revents != 0);
        memory.write(fds + 8 * index + 6, &revents.to_le_bytes())?;
    }
    Ok(ready)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Scope;

    #[test]
    fn a_list_of_hosts_anywhere() {
        let instance = guest::begin(980, false, Scope::FREE).unwrap();
        let mut bytes = [0_u8; 64];
        // Two entries: descriptor 9, which is no socket, to be looked at for reading.
        bytes[0] = 9;
        bytes[4] = 1;
        bytes[8] = 9;
        bytes[12] = 1;
        bytes[32..40].fill(0xff);
        // SAFETY: the array outlives the memory.
        let memory = unsafe { Memory::new(bytes.as_mut_ptr(), bytes.len()) };
        for hosts in [usize::MAX, usize::MAX - 3, usize::MAX - 7, 61, 64, 60] {
            assert_eq!(poll(instance, memory, 0, 2, 0.0, hosts), Err(Errno::FAULT), "{hosts}");
        }
        assert_eq!(poll(instance, memory, 0, 2, 0.0, 32), Ok(0));
        assert_eq!(poll(instance, memory, 0, 2, 0.0, 0), Ok(ASK_FILES));
        guest::end_owned(980);
    }
}
