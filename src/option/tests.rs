//! Tests of the whole: what needs real sockets, or the whole table.

#[cfg(unix)]
mod agreement;
mod codecs;
#[cfg(target_os = "linux")]
mod kernel;
mod table;

use super::{OptionSpec, Value, find};

/// The option with this name.
fn option(name: &str) -> &'static OptionSpec {
    find(name).unwrap_or_else(|| panic!("the table has no {name}"))
}

/// A record.
fn record<const N: usize>(entries: [(&'static str, Value); N]) -> Value {
    Value::Record(entries.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

/// A list.
fn list<T: Into<Value>>(items: impl IntoIterator<Item = T>) -> Value {
    Value::List(items.into_iter().map(Into::into).collect())
}

/// Pseudo-random numbers (xorshift64), the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }
}
