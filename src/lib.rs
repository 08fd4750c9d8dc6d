//! hostsock: real operating-system sockets for Node and for WebAssembly programs under Node.
//!
//! Dependencies point downwards only: `binding` is the N-API boundary, and nothing outside it
//! knows of JavaScript.

pub mod address;
pub mod binding;
pub mod emscripten;
pub mod errno;
pub mod message;
pub mod option;
pub mod policy;
pub mod readiness;
pub mod resolve;
pub mod socket;
pub mod sys;
pub mod table;
pub mod trace;
pub mod wait;
