//! The ABI of Emscripten programs: memory, error numbers, addresses, structs.

pub mod errno;
pub mod guest;
pub mod memory;
pub mod option;
pub mod sockaddr;
