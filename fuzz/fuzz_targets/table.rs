//! The handle table under random operations, beside a model of it.

#![no_main]

use std::collections::HashMap;

use arbitrary::Arbitrary;
use hostsock::errno::Errno;
use hostsock::sys;
use hostsock::table::{self, Handle, Pinned, Traits};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Operation {
    Open(bool),
    Pin(u8),
    Unpin(u8),
    Close(u8),
    CloseAny(i32),
    Detach(u8),
    Mark(u8, u32),
    Give(u8, i32),
    Keep(u8, u8),
    CloseOwned(bool),
}

const TRAITS: Traits = Traits { stream: false, pipe: true, portless: false, family: 7 };

fuzz_target!(|operations: Vec<Operation>| {
    // What was ever given out, and whether it is open: the owner then.
    let mut handles: Vec<Handle> = Vec::new();
    let mut open: HashMap<Handle, u32> = HashMap::new();
    let mut pins: Vec<(Handle, Pinned)> = Vec::new();
    for operation in operations.into_iter().take(512) {
        let chosen = |at: u8| handles.get(usize::from(at) % handles.len().max(1)).copied();
        match operation {
            Operation::Open(second) => {
                let owner = 7_000 + u32::from(second);
                let [one, two] = sys::pipe().unwrap();
                sys::close(two);
                let handle = table::insert(one, owner, TRAITS).unwrap();
                assert!(handle.0 > 0 && open.insert(handle, owner).is_none(), "given out twice");
                handles.push(handle);
            }
            Operation::Pin(at) => {
                let Some(handle) = chosen(at) else { continue };
                match table::pin(handle) {
                    Ok(pinned) => {
                        assert_eq!(Some(&pinned.owner().environment), open.get(&handle));
                        assert_eq!(pinned.traits(), TRAITS);
                        pins.push((handle, pinned));
                    }
                    Err(errno) => assert!(errno == Errno::BADF && !open.contains_key(&handle)),
                }
            }
            Operation::Unpin(at) if !pins.is_empty() => {
                drop(pins.swap_remove(usize::from(at) % pins.len()));
            }
            Operation::Unpin(_) => {}
            Operation::Close(at) => {
                let Some(handle) = chosen(at) else { continue };
                assert_eq!(table::close(handle).is_ok(), open.remove(&handle).is_some());
            }
            Operation::CloseAny(number) => {
                let handle = Handle(number);
                assert_eq!(table::close(handle).is_ok(), open.remove(&handle).is_some());
            }
            Operation::Detach(at) => {
                let Some(handle) = chosen(at) else { continue };
                let detached = table::detach(handle);
                assert_eq!(detached.is_ok(), open.remove(&handle).is_some());
                if let Ok(descriptor) = detached {
                    sys::close(descriptor);
                }
            }
            Operation::Mark(at, bits) => {
                if let Some((_, pinned)) = pins.get(usize::from(at) % pins.len().max(1)) {
                    pinned.mark(bits);
                    assert_eq!(pinned.state() & bits, bits);
                    assert_eq!(pinned.unmark(bits), bits);
                }
            }
            Operation::Give(at, instance) => {
                if let Some((_, pinned)) = pins.get(usize::from(at) % pins.len().max(1)) {
                    pinned.give(instance);
                    assert_eq!(pinned.guest(), instance);
                }
            }
            Operation::Keep(at, errno) => {
                if let Some((_, pinned)) = pins.get(usize::from(at) % pins.len().max(1)) {
                    let errno = Errno(i32::from(errno) + 1);
                    pinned.keep_error(errno);
                    assert_eq!(pinned.take_kept_error(), Some(errno));
                    assert_eq!(pinned.take_kept_error(), None);
                }
            }
            Operation::CloseOwned(second) => {
                let owner = 7_000 + u32::from(second);
                let mine = open.values().filter(|it| **it == owner).count();
                assert_eq!(table::close_owned(owner), mine);
                open.retain(|_, it| *it != owner);
            }
        }
    }
    // A pinned descriptor is valid, though its handle may be closed.
    for (_, pinned) in &pins {
        assert!(sys::available(pinned.socket()).is_ok());
    }
    drop(pins);
    for handle in &handles {
        assert_eq!(table::pin(*handle).is_ok(), open.contains_key(handle));
    }
    for handle in open.into_keys() {
        table::close(handle).unwrap();
    }
    assert!(handles.iter().all(|handle| table::pin(*handle).is_err()));
});
