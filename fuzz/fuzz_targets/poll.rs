//! `pollfd`s in a guest's memory, over real sockets.

#![no_main]

use std::sync::OnceLock;

use arbitrary::Arbitrary;
use hostsock::emscripten::memory::Memory;
use hostsock::emscripten::{guest, poll};
use hostsock::policy::Scope;
use hostsock::{socket, sys};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    entries: Vec<(i8, i16, i16)>,
    hosts: Vec<i32>,
    rest: Vec<u8>,
    at: u16,
    count: Option<usize>,
    hosts_at: Option<usize>,
}

/// An instance with sockets at 3, 4 and 5; the last has something to read.
fn instance() -> i32 {
    static INSTANCE: OnceLock<i32> = OnceLock::new();
    *INSTANCE.get_or_init(|| {
        let instance = guest::begin(1, false, Scope::FREE).unwrap();
        let [one, two] = socket::pair(1_u32, sys::AF_UNIX, sys::STREAM, 0).unwrap();
        let lone = socket::open(1_u32, sys::AF_INET, sys::SOCK_DGRAM, 0).unwrap();
        for (descriptor, handle) in [(3, lone), (4, one), (5, two)] {
            guest::give(instance, handle).unwrap();
            guest::set(instance, descriptor, handle).unwrap();
        }
        let mut byte = [1_u8];
        let sender = guest::pin(instance, 4).unwrap();
        socket::send(&sender, byte.as_mut_slice().into(), 0).unwrap();
        instance
    })
}

fuzz_target!(|input: Input| {
    let Input { entries, hosts, rest, at, count, hosts_at } = input;
    let mut memory = vec![0; usize::from(at % 512)];
    let fds = memory.len();
    for (descriptor, events, revents) in &entries {
        memory.extend(i32::from(*descriptor).to_le_bytes());
        memory.extend(events.to_le_bytes());
        memory.extend(revents.to_le_bytes());
    }
    let hosts_place = memory.len();
    // The standard streams of the fuzzer are nobody's to wait for.
    memory.extend(hosts.iter().flat_map(|host| host.wrapping_abs().wrapping_neg().min(-1).to_le_bytes()));
    memory.extend(rest);
    let before = memory.clone();
    // SAFETY: the vector outlives it and is not touched meanwhile.
    let guest = unsafe { Memory::new(memory.as_mut_ptr(), memory.len()) };
    let count = count.unwrap_or(entries.len());
    let result = poll::poll(instance(), guest, fds, count, 0.0, hosts_at.unwrap_or(hosts_place));
    match result {
        Ok(poll::ASK_FILES) => assert_eq!(memory, before),
        Ok(ready) => {
            let told = |entry: &&[u8]| entry[6..8] != [0, 0];
            let list = &memory[fds..fds + 8 * count];
            assert_eq!(list.chunks(8).filter(told).count(), ready as usize);
            // Nothing but `revents` is written.
            let kept = |memory: &[u8]| -> Vec<u8> {
                let list = memory[fds..fds + 8 * count].chunks(8).flat_map(|entry| entry[..6].to_vec());
                let outside = [&memory[..fds], &memory[fds + 8 * count..]].concat();
                list.chain(outside).collect()
            };
            assert_eq!(kept(&memory), kept(&before));
        }
        Err(_) => assert_eq!(memory, before),
    }
});
