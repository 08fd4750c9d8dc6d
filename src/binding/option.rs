//! Options by name: values between JavaScript and the option table.
//!
//! A value crosses as a small tree that `lib/options.js` turns into natural JavaScript values.

use std::borrow::Cow;

use napi::bindgen_prelude::{Buffer, Either};
use napi_derive::napi;

use super::error::Outcome;
use super::socket::{scope_of, target};
use crate::errno::Errno;
use crate::option::{self, Error, Value};

/// A [`Value`] on its way: `kind` says which of the other fields counts.
#[napi(object)]
#[derive(Default)]
pub struct OptionValue {
    /// `null`, `boolean`, `integer` (text), `float`, `text`, `bytes`, `list`, `record`.
    pub kind: String,
    pub boolean: Option<bool>,
    pub float: Option<f64>,
    /// Text; of an integer, its decimal digits, which hold 64 bits where a number would not.
    pub text: Option<String>,
    pub bytes: Option<Buffer>,
    pub keys: Option<Vec<String>>,
    pub items: Option<Vec<OptionValue>>,
}

/// Why an option was not read or set.
#[napi(object)]
#[derive(Default)]
pub struct OptionFailure {
    /// `type`, `value`, `range` or `name`.
    pub failure: String,
    pub field: Option<String>,
    pub expected: Option<String>,
}

fn to_js(value: Value) -> OptionValue {
    let of = |kind: &str| OptionValue { kind: kind.into(), ..OptionValue::default() };
    match value {
        Value::Null => of("null"),
        Value::Bool(boolean) => OptionValue { boolean: Some(boolean), ..of("boolean") },
        Value::Int(number) => OptionValue { text: Some(number.to_string()), ..of("integer") },
        Value::Float(float) => OptionValue { float: Some(float), ..of("float") },
        Value::Text(text) => OptionValue { text: Some(text), ..of("text") },
        Value::Bytes(bytes) => OptionValue { bytes: Some(bytes.into()), ..of("bytes") },
        Value::List(items) => {
            OptionValue { items: Some(items.into_iter().map(to_js).collect()), ..of("list") }
        }
        Value::Record(entries) => {
            let (keys, items) =
                entries.into_iter().map(|(key, value)| (key.into_owned(), to_js(value))).unzip();
            OptionValue { keys: Some(keys), items: Some(items), ..of("record") }
        }
    }
}

fn from_js(value: OptionValue) -> Value {
    let items = value.items.unwrap_or_default().into_iter().map(from_js);
    match &*value.kind {
        "boolean" => Value::Bool(value.boolean.unwrap_or_default()),
        "integer" => {
            Value::Int(value.text.and_then(|digits| digits.parse().ok()).unwrap_or_default())
        }
        "float" => Value::Float(value.float.unwrap_or_default()),
        "text" => Value::Text(value.text.unwrap_or_default()),
        "bytes" => Value::Bytes(value.bytes.map(Vec::from).unwrap_or_default()),
        "list" => Value::List(items.collect()),
        "record" => {
            let keys = value.keys.unwrap_or_default().into_iter().map(Cow::Owned);
            Value::Record(keys.zip(items).collect())
        }
        _ => Value::Null,
    }
}

/// A value, a failure before any system call, or `-errno`.
type Answer = Outcome<Either<OptionValue, OptionFailure>>;

fn failed(error: Error) -> Answer {
    let (failure, field, expected) = match error {
        Error::Kernel(Errno(errno)) => return Either::A(-errno),
        Error::Unsupported => return Either::A(-Errno::NOPROTOOPT.0),
        Error::Type { field, expected } => ("type", field, expected),
        Error::Value { field, expected, .. } => ("value", field, expected),
        Error::Range { field, min, max, integer, .. } => {
            let kind = if integer { "an integer " } else { "" };
            ("range", field, format!("{kind}>= {min} && <= {max}"))
        }
    };
    Either::B(Either::B(OptionFailure {
        failure: failure.into(),
        field: Some(field),
        expected: Some(expected),
    }))
}

fn unknown(name: &str) -> Answer {
    Either::B(Either::B(OptionFailure {
        failure: "name".into(),
        field: None,
        expected: option::suggest(name).map(|spec| spec.name.to_owned()),
    }))
}

/// `getsockopt(2)` by an option's name. `query` is what some options want to be asked with.
#[napi(catch_unwind)]
pub fn get_option(handle: i32, raw: bool, name: String, query: Option<OptionValue>) -> Answer {
    let Some(spec) = option::find(&name) else { return unknown(&name) };
    let result =
        target(handle, raw).map_err(Error::from).and_then(|(_pinned, socket)| match query {
            Some(query) => option::get_with(socket, spec, &from_js(query)),
            None => option::get(socket, spec),
        });
    match result {
        Ok(value) => Either::B(Either::A(to_js(value))),
        Err(error) => failed(error),
    }
}

/// `setsockopt(2)` by an option's name.
#[napi(catch_unwind)]
pub fn set_option(handle: i32, raw: bool, name: String, value: OptionValue) -> Answer {
    let Some(spec) = option::find(&name) else { return unknown(&name) };
    let result = target(handle, raw).map_err(Error::from).and_then(|(pinned, socket)| {
        option::set_under(scope_of(&pinned), socket, spec, &from_js(value))
    });
    match result {
        Ok(()) => Either::A(0),
        Err(error) => failed(error),
    }
}

/// What [`set_option`] would find wrong before it asks the kernel.
#[napi(catch_unwind)]
pub fn check_option(name: String, value: OptionValue) -> Answer {
    let Some(spec) = option::find(&name) else { return unknown(&name) };
    option::check(spec, &from_js(value)).map_or_else(failed, |()| Either::A(0))
}

/// A row of the table. `level` and `number` are this host's numbers.
#[napi(object)]
pub struct OptionRow {
    pub name: String,
    pub level_name: String,
    pub level: Option<i32>,
    pub number: Option<i32>,
    pub kind: String,
    pub gives: Option<String>,
    pub takes: Option<String>,
    pub direction: String,
    pub unit: String,
    pub meaning: String,
    pub man: String,
    pub alias_of: Option<String>,
    pub platforms: Vec<PlatformNumber>,
}

/// An option's number on one system.
#[napi(object)]
pub struct PlatformNumber {
    pub platform: String,
    pub number: i32,
}

/// The whole table, by level, then by name.
#[napi(catch_unwind)]
pub fn option_rows() -> Vec<OptionRow> {
    let row = |row: option::Row| OptionRow {
        name: row.name.into(),
        level_name: row.level.into(),
        level: row.level_number,
        number: row.number,
        kind: row.kind,
        gives: row.gives,
        takes: row.takes,
        direction: row.direction.into(),
        unit: row.unit.into(),
        meaning: row.meaning.into(),
        man: row.man.into(),
        alias_of: row.alias_of.map(Into::into),
        platforms: row
            .platforms
            .into_iter()
            .map(|(platform, number)| PlatformNumber { platform: platform.into(), number })
            .collect(),
    };
    option::rows().into_iter().map(row).collect()
}

/// `docs/options.md`
#[napi(catch_unwind)]
pub fn options_markdown() -> String {
    option::markdown()
}

/// `options.d.ts`
#[napi(catch_unwind)]
pub fn options_typescript() -> String {
    option::typescript()
}
