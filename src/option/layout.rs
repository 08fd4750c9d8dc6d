//! C structures, described field by field and read without `unsafe`.

use std::net::Ipv6Addr;

use super::address;
use super::error::Error;
use super::value::{Fields, Value, join, wrong_type, wrong_value};

/// A C structure whose fields become an object with the C names.
#[derive(Debug, PartialEq, Eq)]
pub struct Layout {
    /// The C name, such as `tcp_info`.
    pub name: &'static str,
    /// Alignment of the whole, which its size is rounded up to.
    pub align: usize,
    /// The fields in order. Offsets follow from their kinds as they do in C.
    pub fields: &'static [Field],
}

/// One field of a [`Layout`].
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// The C name; empty for padding.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// What a [`Field`] holds. Numbers are in host byte order and aligned to their size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `uint8_t`
    U8,
    /// `uint16_t`
    U16,
    /// `uint32_t`
    U32,
    /// `uint64_t`
    U64,
    /// `int`
    I32,
    /// `uint32_t` in network byte order.
    Be32,
    /// A bit-field inside an unsigned integer of `unit` bytes.
    Bits {
        /// Size of the integer that holds it, in bytes.
        unit: usize,
        /// Bits.
        width: u32,
    },
    /// An array of `uint32_t`.
    Words(usize),
    /// A string in an array of `char`, ended by a null byte where there is room for one.
    Text(usize),
    /// An array of `unsigned char`.
    Bytes(usize),
    /// `struct in6_addr`
    In6,
    /// A socket address in this much room.
    Sockaddr(usize),
    /// Unused bytes.
    Pad(usize),
}

impl Kind {
    fn size(self) -> usize {
        match self {
            Kind::U8 => 1,
            Kind::U16 => 2,
            Kind::U32 | Kind::I32 | Kind::Be32 => 4,
            Kind::U64 => 8,
            Kind::In6 => 16,
            Kind::Bits { unit, .. } => unit,
            Kind::Words(count) => 4 * count,
            Kind::Text(size) | Kind::Bytes(size) | Kind::Sockaddr(size) | Kind::Pad(size) => size,
        }
    }

    fn align(self) -> usize {
        match self {
            Kind::U16 => 2,
            Kind::U32 | Kind::I32 | Kind::Be32 | Kind::Words(_) => 4,
            Kind::U64 => 8,
            Kind::Bits { unit, .. } => unit,
            // A `sockaddr_storage` would ask for the alignment of a long, a `sockaddr_in6` for that
            // of an int. All of these come first in their structures.
            Kind::U8 | Kind::In6 | Kind::Text(_) | Kind::Bytes(_) | Kind::Sockaddr(_) => 1,
            Kind::Pad(_) => 1,
        }
    }
}

/// Where a field lies.
struct Slot {
    field: &'static Field,
    offset: usize,
    /// Bits of the same unit before this bit-field.
    bits_before: u32,
}

impl Layout {
    /// `sizeof` the structure.
    pub fn size(&self) -> usize {
        let end = self.slots().last().map_or(0, |slot| slot.offset + slot.field.kind.size());
        end.next_multiple_of(self.align)
    }

    /// The fields that lie wholly inside `bytes`: a kernel older than this table returns fewer.
    pub fn decode(&self, bytes: &[u8]) -> Value {
        let entries = self.slots().map_while(|slot| {
            let room = bytes.get(slot.offset..slot.offset + slot.field.kind.size())?;
            Some((slot.field.name, slot.read(room)))
        });
        Value::Record(
            entries
                .filter(|(name, _)| !name.is_empty())
                .map(|(name, v)| (name.into(), v))
                .collect(),
        )
    }

    /// The whole structure; fields that are left out are zero.
    pub(super) fn encode(&self, value: &Value, field: &str) -> Result<Vec<u8>, Error> {
        let names: Vec<&str> =
            self.fields.iter().map(|field| field.name).filter(|name| !name.is_empty()).collect();
        let expected = format!("an object with the fields of struct {}", self.name);
        let fields = Fields::of(value, field, &names, &expected)?;
        let mut bytes = vec![0; self.size()];
        for slot in self.slots() {
            if let Some(value) = fields.get(slot.field.name) {
                let room = &mut bytes[slot.offset..slot.offset + slot.field.kind.size()];
                slot.write(room, value, &join(field, slot.field.name))?;
            }
        }
        Ok(bytes)
    }

    fn slots(&self) -> impl Iterator<Item = Slot> {
        // The integer that bit-fields are being packed into: its size, and the bits taken.
        let mut open: Option<(usize, u32)> = None;
        let mut end = 0;
        self.fields.iter().map(move |field| {
            if let (Kind::Bits { unit, width }, Some((size, taken))) = (field.kind, open)
                && unit == size
                && taken + width <= 8 * unit as u32
            {
                open = Some((unit, taken + width));
                return Slot { field, offset: end - unit, bits_before: taken };
            }
            open = match field.kind {
                Kind::Bits { unit, width } => Some((unit, width)),
                _ => None,
            };
            let offset = end.next_multiple_of(field.kind.align());
            end = offset + field.kind.size();
            Slot { field, offset, bits_before: 0 }
        })
    }
}

impl Slot {
    fn read(&self, room: &[u8]) -> Value {
        match self.field.kind {
            Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64 => unsigned(room).into(),
            Kind::I32 => (unsigned(room) as u32 as i32).into(),
            Kind::Be32 => u32::from_be(unsigned(room) as u32).into(),
            Kind::Bits { unit, width } => {
                let bits = unsigned(room) >> self.shift(unit, width);
                (bits & ((1 << width) - 1)).into()
            }
            Kind::Words(_) => {
                Value::List(room.chunks_exact(4).map(|word| unsigned(word).into()).collect())
            }
            Kind::Text(_) => text(room),
            Kind::Bytes(_) | Kind::Pad(_) => Value::Bytes(room.to_vec()),
            Kind::In6 => match <[u8; 16]>::try_from(room) {
                Ok(octets) => Value::Text(Ipv6Addr::from(octets).to_string()),
                Err(_) => Value::Bytes(room.to_vec()),
            },
            Kind::Sockaddr(_) => address::decode(room),
        }
    }

    fn write(&self, room: &mut [u8], value: &Value, field: &str) -> Result<(), Error> {
        let size = room.len();
        match self.field.kind {
            Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64 => {
                let number = value.integer(field, 0, (1 << (8 * size)) - 1)?;
                put(room, number as u64);
            }
            Kind::I32 => {
                let number = value.integer(field, i32::MIN.into(), i32::MAX.into())?;
                put(room, number as u64);
            }
            Kind::Be32 => {
                let number = value.integer(field, 0, u32::MAX.into())?;
                room.copy_from_slice(&(number as u32).to_be_bytes());
            }
            Kind::Bits { unit, width } => {
                let number = value.integer(field, 0, (1 << width) - 1)?;
                put(room, unsigned(room) | (number as u64) << self.shift(unit, width));
            }
            Kind::Words(count) => {
                let Value::List(words) = value else {
                    return Err(wrong_type(field, "an array of numbers"));
                };
                if words.len() > count {
                    let expected = format!("at most {count} numbers");
                    return Err(wrong_value(field, &expected, &words.len().to_string()));
                }
                for (word, value) in room.chunks_exact_mut(4).zip(words) {
                    put(word, value.integer(field, 0, u32::MAX.into())? as u64);
                }
            }
            Kind::Text(_) => {
                let text = value.text(field, "a string")?;
                if text.len() >= size || text.contains('\0') {
                    let expected = format!("at most {} bytes without a null", size - 1);
                    return Err(wrong_value(field, &expected, text));
                }
                room[..text.len()].copy_from_slice(text.as_bytes());
            }
            Kind::Bytes(_) => {
                let Value::Bytes(bytes) = value else {
                    return Err(wrong_type(field, "bytes"));
                };
                if bytes.len() > size {
                    let expected = format!("at most {size} bytes");
                    return Err(wrong_value(field, &expected, &format!("{}", bytes.len())));
                }
                room[..bytes.len()].copy_from_slice(bytes);
            }
            Kind::In6 => {
                let text = value.text(field, "an IPv6 address")?;
                let address: Ipv6Addr =
                    text.parse().map_err(|_| wrong_value(field, "an IPv6 address", text))?;
                room.copy_from_slice(&address.octets());
            }
            Kind::Sockaddr(_) => {
                let address = address::encode(value, field)?;
                let Some(room) = room.get_mut(..address.len()) else {
                    return Err(wrong_value(field, "a shorter address", "a longer one"));
                };
                room.copy_from_slice(&address);
            }
            Kind::Pad(_) => {}
        }
        Ok(())
    }

    /// How far from the least significant bit this bit-field begins: C compilers fill an integer from
    /// that end on little-endian machines, from the other on big-endian ones.
    fn shift(&self, unit: usize, width: u32) -> u32 {
        if cfg!(target_endian = "little") {
            self.bits_before
        } else {
            8 * unit as u32 - self.bits_before - width
        }
    }
}

/// The string before the first null byte, or the bytes as they are if that is not UTF-8.
pub(super) fn text(bytes: &[u8]) -> Value {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    match std::str::from_utf8(&bytes[..end]) {
        Ok(text) => Value::from(text),
        Err(_) => Value::Bytes(bytes.to_vec()),
    }
}

/// An unsigned number of at most 8 bytes, in host byte order.
pub(super) fn unsigned(bytes: &[u8]) -> u64 {
    let mut wide = [0; 8];
    let size = bytes.len().min(8);
    if cfg!(target_endian = "little") {
        wide[..size].copy_from_slice(&bytes[..size]);
    } else {
        wide[8 - size..].copy_from_slice(&bytes[..size]);
    }
    u64::from_ne_bytes(wide)
}

/// Stores the low bytes of `number`.
fn put(room: &mut [u8], number: u64) {
    let wide = number.to_ne_bytes();
    let size = room.len();
    if cfg!(target_endian = "little") {
        room.copy_from_slice(&wide[..size]);
    } else {
        room.copy_from_slice(&wide[8 - size..]);
    }
}
