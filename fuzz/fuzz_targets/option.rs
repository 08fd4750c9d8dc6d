//! Values of options: by their codecs, in a guest's layout, and as a policy sees them.

#![no_main]

use arbitrary::Arbitrary;
use hostsock::emscripten::memory::Memory;
use hostsock::emscripten::option as guest;
use hostsock::errno::Errno;
use hostsock::option::{self, Encoded, Value};
use hostsock::policy::{self, Policy, Scope, Settings};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    row: usize,
    value: Vec<u8>,
    tree: Tree,
    memory: Vec<u8>,
    level: i32,
    name: i32,
    wide: bool,
    pointer: usize,
    length: i32,
    length_pointer: usize,
}

#[derive(Arbitrary, Debug)]
enum Tree {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Tree>),
    Record(Vec<(String, Tree)>),
}

fn value(tree: Tree) -> Value {
    match tree {
        Tree::Null => Value::Null,
        Tree::Bool(it) => Value::Bool(it),
        Tree::Int(it) => Value::Int(it.into()),
        Tree::Float(it) => Value::Float(it),
        Tree::Text(it) => Value::Text(it),
        Tree::Bytes(it) => Value::Bytes(it),
        Tree::List(it) => Value::List(it.into_iter().map(value).collect()),
        Tree::Record(it) => {
            Value::Record(it.into_iter().map(|(key, tree)| (key.into(), value(tree))).collect())
        }
    }
}

/// No descriptor of this process has such a number: the kernel looks at nothing else.
const NOBODY: hostsock::sys::RawSocket = 1 << 30;

fuzz_target!(|input: Input| {
    let spec = option::all().nth(input.row % option::all().count()).unwrap();
    let decoded = spec.codec.decode(&input.value);
    // What was read can be written, where it can be written at all, and reads the same.
    if let Ok(Encoded::Bytes(bytes)) = spec.codec.encode(&decoded) {
        let again = spec.codec.decode(&bytes);
        if let Ok(Encoded::Bytes(more)) = spec.codec.encode(&again) {
            assert_eq!(more, bytes, "{}", spec.name);
        }
    }
    let _ = spec.codec.encode(&value(input.tree));

    // A join that is not refused names its group to the policy.
    let settings = Settings { allow: Some(Vec::new()), ..Settings::default() };
    let nothing = Policy::new(&settings).unwrap();
    for (level, name) in [(input.level, input.name), (0, input.name & 0xff), (41, input.name & 0xff)] {
        let questions = policy::of_option(level, name, &input.value);
        let joins = matches!((level, name), (0, 35 | 39 | 42 | 46) | (41, 20 | 42 | 46));
        if cfg!(target_os = "linux") && joins {
            assert!(questions.iter().any(|it| nothing.judge(*it).is_err()), "{level} {name}");
        }
    }

    let Input { mut memory, level, name, wide, pointer, length, length_pointer, .. } = input;
    // SAFETY: the vector outlives it and is not touched meanwhile.
    let guest = unsafe { Memory::new(memory.as_mut_ptr(), memory.len()) };
    for (level, name) in [(level, name), (1, name & 0x7f), (0, name & 0x7f), (41, name & 0x7f)] {
        for (pointer, length) in [(pointer, length), (0, guest.len() as i32), (8, 16)] {
            let set = guest::set(NOBODY, Scope::FREE, guest, wide, (level, name), pointer, length);
            assert!(set.is_err());
        }
        for pointer in [pointer, 0, 8] {
            let got = guest::get(NOBODY, guest, wide, (level, name), pointer, length_pointer);
            assert!(got.is_err_and(|errno| errno != Errno(0)));
        }
    }
});
