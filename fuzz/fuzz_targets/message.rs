//! `msghdr`, `iovec` and control messages of both widths.

#![no_main]

use arbitrary::Arbitrary;
use hostsock::emscripten::memory::Memory;
use hostsock::emscripten::message::{self as guest, Message};
use hostsock::message::{self, Control, Layout};
use hostsock::policy::guard;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    memory: Vec<u8>,
    pointer: usize,
    wide: bool,
    control: Vec<u8>,
    list: Vec<(i32, i32, Vec<u8>)>,
    room: u16,
}

const LAYOUTS: [Layout; 3] = [Layout::WORDS_32, Layout::WORDS_64, Layout::HOST];

fuzz_target!(|input: Input| {
    let Input { mut memory, pointer, wide, control, list, room } = input;
    let (begin, length) = (memory.as_mut_ptr(), memory.len());
    // SAFETY: the vector outlives it and is not touched meanwhile.
    let guest = unsafe { Memory::new(begin, length) };
    for at in [pointer, 0, 1] {
        let Ok(message) = Message::read(if wide { 8 } else { 4 }, guest, at) else { continue };
        assert!(message.pieces.len() <= guest::MOST_PIECES);
        for piece in message.pieces.iter().filter(|piece| !piece.is_empty()) {
            let offset = piece.pointer().addr() - begin.addr();
            assert!(offset + piece.len() <= length);
        }
        let most = message.at.flags + 4;
        assert!(most <= length);
    }
    for layout in LAYOUTS {
        if let Ok(parsed) = message::parse(&control, layout) {
            let again = message::parse(&message::build(&parsed, layout), layout);
            assert_eq!(again.as_ref(), Ok(&parsed));
        }
        let list: Vec<Control> = list
            .iter()
            .map(|(level, kind, data)| Control { level: *level, kind: *kind, data: data.clone() })
            .collect();
        let built = message::build(&list, layout);
        assert_eq!(message::parse(&built, layout).as_ref(), Ok(&list));
        let (bytes, cut) = message::fill(&list, layout, usize::from(room));
        assert!(bytes.len() <= usize::from(room));
        // Whole or cut, what is given reads as the beginning of the list.
        let given = message::parse(&bytes, layout).unwrap();
        assert!(given.len() <= list.len());
        for (given, whole) in given.iter().zip(&list) {
            assert_eq!((given.level, given.kind), (whole.level, whole.kind));
            assert!(whole.data.starts_with(&given.data));
        }
        assert!(cut || given == list);
    }
    // Nothing is forbidden without a policy, and nothing taken out.
    let mut kept: Vec<Control> = Vec::new();
    assert!(!guard::received(hostsock::policy::Scope::FREE, &mut kept));
});
