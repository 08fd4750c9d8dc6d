//! The N-API boundary: converts, checks, never decides.

pub mod emscripten;
mod environment;
mod error;
pub mod hot;
pub mod message;
pub mod option;
pub mod policy;
pub mod resolve;
pub mod socket;

pub use error::Outcome;
