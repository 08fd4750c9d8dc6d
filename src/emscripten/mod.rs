//! The ABI of Emscripten programs: memory, error numbers, addresses, structs.

pub mod errno;
pub mod guest;
pub mod memory;
pub mod message;
pub mod option;
pub mod poll;
pub mod sockaddr;
