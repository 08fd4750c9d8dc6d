//! The rows, by level; within a level they are sorted by name.
//!
//! A row reads
//! `NAME (linux, macos, freebsd, windows) Codec Direction "unit" "man page" "meaning"`, with `_` where
//! a platform lacks the option, and `NAME = MAIN` where MAIN is another name of the same number.

mod ip;
mod ipv6;
mod multicast;
mod other;
mod socket;
mod tcp;
mod udp;

use super::OptionSpec;

/// Declares the rows of one level.
macro_rules! options {
    ($level:ident; $(
        $name:ident $(= $main:ident)?
        ($linux:tt, $macos:tt, $freebsd:tt, $windows:tt)
        $codec:tt $direction:ident $unit:literal $man:literal $meaning:literal
    )*) => {
        pub(in crate::option::table) static ROWS: &[$crate::option::OptionSpec] = &[$(
            $crate::option::OptionSpec {
                name: stringify!($name),
                level: $crate::option::Level::$level,
                numbers: $crate::option::PerPlatform {
                    linux: options!(@number $linux),
                    macos: options!(@number $macos),
                    freebsd: options!(@number $freebsd),
                    windows: options!(@number $windows),
                },
                alias_of: options!(@alias $($main)?),
                codec: options!(@codec $codec),
                direction: $crate::option::Direction::$direction,
                unit: $unit,
                meaning: $meaning,
                man: $man,
            },
        )*];
    };
    (@number _) => { None };
    (@number $number:tt) => { Some($number) };
    (@alias) => { None };
    (@alias $main:ident) => { Some(stringify!($main)) };
    (@codec $codec:ident) => { $crate::option::Codec::$codec };
    (@codec [Text $max:literal]) => { $crate::option::Codec::Text($max) };
    (@codec [Struct $layout:ident]) => {
        $crate::option::Codec::Struct(&$crate::option::structs::$layout)
    };
    (@codec [Structs $layout:ident]) => {
        $crate::option::Codec::Structs(&$crate::option::structs::$layout)
    };
    // A type that depends on the platform.
    (@codec [$condition:meta => $then:tt, else $else:tt]) => {
        if cfg!($condition) { options!(@codec $then) } else { options!(@codec $else) }
    };
}

use options;

/// Every row, sorted by level, then by name.
pub fn all() -> impl Iterator<Item = &'static OptionSpec> {
    [socket::ROWS, ip::ROWS, ipv6::ROWS, multicast::ROWS, tcp::ROWS, udp::ROWS]
        .into_iter()
        .chain([other::raw::ROWS, other::icmpv6::ROWS, other::local::ROWS])
        .flatten()
}
