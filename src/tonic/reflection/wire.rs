//! The [wire format] of Protocol Buffers: a message cut in its fields, each kept as it stands.
//!
//! A descriptor that was decoded and encoded again has lost the options of others (`google.api.http`) and its edition; one
//! whose fields are taken out or left has not. The crates that we have decode, and do not cut.
//!
//! [wire format]: https://protobuf.dev/programming-guides/encoding/

/// A field of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Field<'a> {
    pub(super) number: u32,
    pub(super) value: Value<'a>,
    /// Key and value, as they stand.
    pub(super) whole: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed,
    /// A string, a message, or numbers that are packed.
    Bytes(&'a [u8]),
}

/// It is no message, or one with a group in it, which no descriptor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl<'a> Field<'a> {
    /// What a field holds that has a length.
    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        match self.value {
            Value::Bytes(bytes) => Some(bytes),
            Value::Varint(_) | Value::Fixed => None,
        }
    }

    /// The numbers of a repeated field, packed or one by one.
    pub(super) fn numbers(&self) -> Vec<u64> {
        match self.value {
            Value::Varint(number) => vec![number],
            Value::Bytes(mut packed) => {
                let mut numbers = Vec::new();
                while let Some(number) = take_varint(&mut packed) {
                    numbers.push(number);
                }
                numbers
            }
            Value::Fixed => Vec::new(),
        }
    }
}

/// The fields of a message, in their order; an error is the last thing it gives.
pub(super) fn fields(message: &[u8]) -> Fields<'_> {
    Fields(message)
}

#[derive(Clone, Debug)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = take_field(&mut self.0).ok_or(Malformed);
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

fn take_field<'a>(rest: &mut &'a [u8]) -> Option<Field<'a>> {
    let start = *rest;
    let key = take_varint(rest)?;
    let number = u32::try_from(key >> 3).ok().filter(|number| *number > 0)?;
    let value = match key & 7 {
        VARINT => Value::Varint(take_varint(rest)?),
        FIXED_64 => take(rest, 8).map(|_| Value::Fixed)?,
        LENGTH => {
            let length = take_varint(rest)?;
            Value::Bytes(take(rest, usize::try_from(length).ok()?)?)
        }
        FIXED_32 => take(rest, 4).map(|_| Value::Fixed)?,
        _ => return None,
    };
    let whole = start.get(..start.len() - rest.len())?;
    Some(Field {
        number,
        value,
        whole,
    })
}

const VARINT: u64 = 0;
const FIXED_64: u64 = 1;
const LENGTH: u64 = 2;
const FIXED_32: u64 = 5;

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

fn take_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(first & 0x7F) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Writes a field that has a length.
pub(super) fn put_bytes(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    put_varint(u64::from(number) << 3 | LENGTH, out);
    // A length of memory is never more than 64 bits.
    put_varint(u64::try_from(bytes.len()).unwrap_or(u64::MAX), out);
    out.extend_from_slice(bytes);
}

/// Writes a field that is a number.
pub(super) fn put_number(number: u32, value: u64, out: &mut Vec<u8>) {
    put_varint(u64::from(number) << 3 | VARINT, out);
    put_varint(value, out);
}

fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            out.push(low & 0x7F);
            return;
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_message_is_cut_in_its_fields() {
        let message = b"\x08\x96\x01\x12\x03abc\x1d\x01\x02\x03\x04\x21\x01\x02\x03\x04\x05\x06\x07\x08\xba\x3e\x00";
        let found: Vec<_> = fields(message).map(Result::unwrap).collect();
        let values: Vec<_> = found
            .iter()
            .map(|field| (field.number, field.value))
            .collect();
        assert_eq!(
            values,
            [
                (1, Value::Varint(150)),
                (2, Value::Bytes(b"abc")),
                (3, Value::Fixed),
                (4, Value::Fixed),
                (999, Value::Bytes(b"")),
            ]
        );
        assert_eq!(
            found
                .iter()
                .map(|field| field.whole)
                .collect::<Vec<_>>()
                .concat(),
            message
        );
    }

    #[test]
    fn what_is_no_message_is_told() {
        for (name, bytes) in [
            ("a key alone", &b"\x08"[..]),
            ("an endless key", &[0x80; 20]),
            ("a short string", b"\x0a\x02a"),
            (
                "a string of all memory",
                b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            ),
            ("a short number of 4 bytes", b"\x0d\x01\x02\x03"),
            (
                "a short number of 8 bytes",
                b"\x09\x01\x02\x03\x04\x05\x06\x07",
            ),
            ("a group", b"\x0b\x0c"),
            ("a wire type that is none", b"\x0f"),
            ("the number 0", b"\x00\x01"),
            (
                "a number of more than 32 bits",
                b"\xf8\xff\xff\xff\xff\xff\x01\x01",
            ),
        ] {
            assert_eq!(fields(bytes).last(), Some(Err(Malformed)), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_cut_without_a_panic(bytes in any::<Vec<u8>>()) {
            let whole: Vec<u8> = fields(&bytes).flatten().flat_map(|field| field.whole.to_vec()).collect();
            prop_assert!(bytes.starts_with(&whole));
        }

        #[test]
        fn what_is_put_is_found(number in 1_u32..1 << 29, value: u64, bytes: Vec<u8>) {
            let mut out = Vec::new();
            put_number(number, value, &mut out);
            put_bytes(number, &bytes, &mut out);
            let found: Vec<_> = fields(&out).map(|field| field.map(|field| field.value)).collect();
            prop_assert_eq!(found, [Ok(Value::Varint(value)), Ok(Value::Bytes(&bytes))]);
        }
    }
}
