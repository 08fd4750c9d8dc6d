//! Option values, in a form that has a natural counterpart in JavaScript.

use std::borrow::Cow;

use super::error::Error;

/// The value of an option.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing: `null`, or a part that was left out.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number. It is wide enough for every C integer, so what a JavaScript number cannot
    /// hold exactly (above 2^53 - 1) must become a `BigInt`.
    Int(i128),
    /// A number with a fraction, such as a timeout of 0.5 ms.
    Float(f64),
    /// A string.
    Text(String),
    /// Bytes, as the kernel has them.
    Bytes(Vec<u8>),
    /// An array.
    List(Vec<Value>),
    /// An object, with its keys in order.
    Record(Vec<(Cow<'static, str>, Value)>),
}

impl Value {
    /// The value under `key`, if this is a record that has it.
    pub fn field(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Record(entries) => {
                entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// An integer between `min` and `max`, or the error that says so. `field` names this value.
    pub(super) fn integer(&self, field: &str, min: i128, max: i128) -> Result<i128, Error> {
        let number = match self {
            Value::Int(number) => *number,
            Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e30 => *number as i128,
            Value::Float(number) => {
                return Err(range(field, min, max, true, number.to_string()));
            }
            _ => return Err(wrong_type(field, "a number")),
        };
        if (min..=max).contains(&number) {
            Ok(number)
        } else {
            Err(range(field, min, max, true, number.to_string()))
        }
    }

    /// An unsigned integer of at most `max`.
    pub(super) fn word(&self, field: &str, max: u32) -> Result<u32, Error> {
        Ok(self.integer(field, 0, max.into())? as u32)
    }

    /// A number between `min` and `max`, fractions allowed.
    pub(super) fn number(&self, field: &str, min: i128, max: i128) -> Result<f64, Error> {
        let number = match self {
            Value::Int(number) => *number as f64,
            Value::Float(number) => *number,
            _ => return Err(wrong_type(field, "a number")),
        };
        if number >= min as f64 && number <= max as f64 {
            Ok(number)
        } else {
            Err(range(field, min, max, false, number.to_string()))
        }
    }

    /// The text, or the error that says what `expected` text is.
    pub(super) fn text(&self, field: &str, expected: &str) -> Result<&str, Error> {
        match self {
            Value::Text(text) => Ok(text),
            _ => Err(wrong_type(field, expected)),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

/// Conversions from the integers that options are made of.
macro_rules! from_integer {
    ($($integer:ty)*) => { $(
        impl From<$integer> for Value {
            fn from(value: $integer) -> Value {
                Value::Int(value.into())
            }
        }
    )* };
}

from_integer! { u8 u16 u32 u64 i32 i64 }

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Text(value.to_owned())
    }
}

/// A record, read field by field. Fields that are absent or null count as left out.
pub(super) struct Fields<'a>(&'a [(Cow<'static, str>, Value)]);

impl<'a> Fields<'a> {
    /// Takes `value` apart; a key outside `known` is an error, so that a misspelt one is not
    /// silently without effect.
    pub(super) fn of(
        value: &'a Value,
        field: &str,
        known: &[&str],
        expected: &str,
    ) -> Result<Fields<'a>, Error> {
        let Value::Record(entries) = value else {
            return Err(wrong_type(field, expected));
        };
        match entries.iter().find(|(key, _)| !known.contains(&&**key)) {
            Some((key, _)) => Err(Error::Value {
                field: join(field, key),
                expected: format!("one of the fields {}", known.join(", ")),
                received: key.to_string(),
            }),
            None => Ok(Fields(entries)),
        }
    }

    /// The field's value, unless it was left out.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value).filter(|value| **value != Value::Null)
    }

    /// The field's value, an unsigned integer of at most `max`, or 0 if it was left out. `field` is
    /// the name of the record.
    pub(super) fn word(&self, field: &str, name: &str, max: u32) -> Result<u32, Error> {
        self.get(name).map_or(Ok(0), |value| value.word(&join(field, name), max))
    }

    /// The field's value.
    pub(super) fn require(&self, name: &str, expected: &str) -> Result<&'a Value, Error> {
        self.get(name).ok_or_else(|| wrong_type(name, expected))
    }
}

/// The name of `key` inside `field`.
pub(super) fn join(field: &str, key: &str) -> String {
    if field.is_empty() { key.to_owned() } else { format!("{field}.{key}") }
}

/// The error for a value of the wrong type.
pub(super) fn wrong_type(field: &str, expected: &str) -> Error {
    Error::Type { field: field.to_owned(), expected: expected.to_owned() }
}

/// The error for a value whose content is wrong.
pub(super) fn wrong_value(field: &str, expected: &str, received: &str) -> Error {
    Error::Value {
        field: field.to_owned(),
        expected: expected.to_owned(),
        received: format!("{received:?}"),
    }
}

/// The error for a number out of range.
fn range(field: &str, min: i128, max: i128, integer: bool, received: String) -> Error {
    Error::Range { field: field.to_owned(), min, max, integer, received }
}
