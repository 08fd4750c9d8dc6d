//! How results reach JavaScript: a value, or a negative error number that `index.js` turns into a
//! system error with the call's name and address.

use napi::bindgen_prelude::Either;

use crate::errno::{Errno, Result};

/// A value, or `-errno`.
pub type Outcome<T> = Either<i32, T>;

/// A call without a value: 0, or `-errno`.
pub(crate) fn status(result: Result<()>) -> i32 {
    number(result.map(|()| 0))
}

/// A call whose value is a non-negative number.
pub(crate) fn number(result: Result<i32>) -> i32 {
    result.unwrap_or_else(|Errno(errno)| -errno)
}

/// A call with a structured value.
pub(crate) fn outcome<T>(result: Result<T>) -> Outcome<T> {
    match result {
        Ok(value) => Either::B(value),
        Err(Errno(errno)) => Either::A(-errno),
    }
}
