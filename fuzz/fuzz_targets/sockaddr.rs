//! Addresses in a guest's memory, at any place and of any length; and as text.

#![no_main]

use arbitrary::Arbitrary;
use hostsock::address::{self, Address};
use hostsock::emscripten::memory::Memory;
use hostsock::emscripten::sockaddr;
use hostsock::errno::Errno;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    memory: Vec<u8>,
    pointer: usize,
    length: i32,
    out: usize,
    out_length: usize,
    text: String,
}

fuzz_target!(|input: Input| {
    let Input { mut memory, pointer, length, out, out_length, text } = input;
    let before = memory.clone();
    // SAFETY: the vector outlives it and is not touched meanwhile.
    let guest = unsafe { Memory::new(memory.as_mut_ptr(), memory.len()) };
    if let Ok(address) = sockaddr::read(guest, pointer, length) {
        let size = length as usize;
        assert!(pointer + size <= guest.len() && (2..=128).contains(&size));
        let bytes = hostsock::sys::address_to_linux(&address);
        assert_eq!(bytes, before[pointer..pointer + size], "what was read is what the kernel gets");
        match address::describe(&address) {
            Address::Unix(path) if !path.is_empty() && path[0] != 0 => assert!(!path.contains(&0)),
            Address::Ip(ip) => {
                let text = ip.to_string();
                assert!(text.parse::<std::net::SocketAddr>().is_ok(), "{text}");
            }
            _ => {}
        }
        match sockaddr::write(guest, out, out_length, &address) {
            Ok(()) => assert_eq!(guest.word(out_length), Ok(size as u32)),
            Err(errno) => assert!([Errno::FAULT, Errno::INVAL].contains(&errno)),
        }
    }
    if let Some((ip, scope)) = address::parse_ip(&text) {
        let kernel = address::from_ip(ip, 7, 0, scope);
        assert!(matches!(address::describe(&kernel), Address::Ip(told) if told.ip() == ip && told.port() == 7));
    }
    if let Ok(kernel) = address::from_path(text.as_bytes()) {
        assert_eq!(address::describe(&kernel), Address::Unix(text.into_bytes()));
    }
});
