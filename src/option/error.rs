//! What can go wrong with an option.

use std::fmt;

use crate::errno::Errno;

/// Why an option was not read or set.
///
/// Everything but [`Error::Kernel`] is found before any system call. `field` names the part of the
/// value that is at fault, such as `interface`; it is empty when that is the value itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// The kernel refused, with this error number.
    Kernel(Errno),
    /// This host has no such option: report `ENOPROTOOPT`, as the kernel would.
    Unsupported,
    /// The value is of the wrong type (`ERR_INVALID_ARG_TYPE`).
    Type {
        /// The part at fault, or empty.
        field: String,
        /// What is accepted, to follow "must be".
        expected: String,
    },
    /// The type is right, the content is not (`ERR_INVALID_ARG_VALUE`).
    Value {
        /// The part at fault, or empty.
        field: String,
        /// What is accepted, to follow "must be".
        expected: String,
        /// What was given.
        received: String,
    },
    /// A number outside what the option can carry (`ERR_OUT_OF_RANGE`).
    Range {
        /// The part at fault, or empty.
        field: String,
        /// Least value accepted.
        min: i128,
        /// Greatest value accepted.
        max: i128,
        /// Whether only whole numbers are accepted.
        integer: bool,
        /// What was given.
        received: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = |field: &str| match field {
            "" => "the value".to_owned(),
            field => format!("\"{field}\""),
        };
        match self {
            Error::Kernel(errno) => errno.fmt(f),
            Error::Unsupported => f.write_str("this system has no such option"),
            Error::Type { field, expected } => {
                write!(f, "{} must be {expected}", subject(field))
            }
            Error::Value { field, expected, received } => {
                write!(f, "{} must be {expected}. Received {received}", subject(field))
            }
            Error::Range { field, min, max, integer, received } => {
                let kind = if *integer { "an integer" } else { "a number" };
                let subject = subject(field);
                write!(f, "{subject} must be {kind} >= {min} and <= {max}. Received {received}")
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<Errno> for Error {
    fn from(errno: Errno) -> Error {
        Error::Kernel(errno)
    }
}
