//! What header and claims have in common: objects whose members are there once.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// No token has more members: each new name is compared with those before it.
const MAX_MEMBERS: usize = 128;

/// Reads all members of an object, each name once, compared as it is after unescaping.
pub(super) trait Members<'de> {
    /// Reads the value of a member, if it is of interest.
    ///
    /// Says which of the known members it was, as a number below 32.
    fn member<A: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut A,
    ) -> Result<Option<u8>, A::Error>;
}

/// Reads an object, and nothing after it.
///
/// By reference: what is read is large, and would be moved from hand to hand.
pub(super) fn read_object<'de, M: Members<'de>>(text: &'de str, into: &mut M) -> Option<()> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.deserialize_map(ObjectVisitor(into)).ok()?;
    deserializer.end().ok()
}

struct ObjectVisitor<'m, M>(&'m mut M);

impl<'de, M: Members<'de>> Visitor<'de> for ObjectVisitor<'_, M> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut known = 0_u32;
        let mut others = None;
        while let Some(Text(name)) = map.next_key()? {
            match self.0.member(&name, &mut map)? {
                Some(at) => {
                    let bit = 1_u32.checked_shl(at.into()).unwrap_or_default();
                    if known & bit != 0 {
                        return Err(de::Error::custom("a member is there twice"));
                    }
                    known |= bit;
                }
                None => others.get_or_insert_with(Names::default).insert(name)?,
            }
        }
        Ok(())
    }
}

/// Names that were seen: a few without an allocation.
struct Names<'de> {
    few: [Cow<'de, str>; 16],
    many: Vec<Cow<'de, str>>,
    len: usize,
}

impl Default for Names<'_> {
    fn default() -> Self {
        Self {
            few: [const { Cow::Borrowed("") }; 16],
            many: Vec::new(),
            len: 0,
        }
    }
}

impl<'de> Names<'de> {
    fn insert<E: de::Error>(&mut self, name: Cow<'de, str>) -> Result<(), E> {
        let few = self.few.get(..self.len).unwrap_or(&self.few);
        if self.len == MAX_MEMBERS || few.contains(&name) || self.many.contains(&name) {
            return Err(E::custom("a member is there twice, or there are too many"));
        }
        match self.few.get_mut(self.len) {
            Some(place) => *place = name,
            None => self.many.push(name),
        }
        self.len += 1;
        Ok(())
    }
}

/// A string: borrowed, where it has no escapes.
pub(super) struct Text<'de>(pub(super) Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// Hands each string of a string or an array of strings to a closure; which of both it was decides nothing.
pub(super) struct EachText<F>(pub(super) F);

impl<'de, F: FnMut(&str, Many)> DeserializeSeed<'de> for EachText<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Whether a string stands in an array.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Many {
    Alone,
    InArray,
}

impl<'de, F: FnMut(&str, Many)> Visitor<'de> for EachText<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an array of strings")
    }

    fn visit_str<E>(mut self, text: &str) -> Result<(), E> {
        (self.0)(text, Many::Alone);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(Text(text)) = seq.next_element()? {
            (self.0)(&text, Many::InArray);
        }
        Ok(())
    }
}

/// A `NumericDate`, [RFC 7519, section 2](https://www.rfc-editor.org/rfc/rfc7519#section-2): whole seconds, and whether
/// there was a fraction after them. Within the years 1970 and 9999: what is beyond is not a date but an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    seconds: u64,
    fraction: bool,
}

impl Date {
    const MAX: u64 = 253_402_300_799;

    fn new(seconds: u64, fraction: bool) -> Option<Self> {
        (seconds <= Self::MAX).then_some(Self { seconds, fraction })
    }

    /// In whole seconds, rounded down: for an end.
    pub(super) fn floor(self) -> u64 {
        self.seconds
    }

    /// In whole seconds, rounded up: for a beginning.
    pub(super) fn ceil(self) -> u64 {
        self.seconds + u64::from(self.fraction)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DateVisitor;
        impl Visitor<'_> for DateVisitor {
            type Value = Date;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of seconds")
            }

            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Date, E> {
                Date::new(seconds, false).ok_or_else(|| E::custom("beyond the year 9999"))
            }

            fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Date, E> {
                // Comparisons with NaN are false. A u64 holds what passes, so nothing is cut off but the fraction.
                if !(0.0..=253_402_300_799.0).contains(&seconds) {
                    return Err(E::custom("not a date"));
                }
                #[expect(
                    clippy::as_conversions,
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "within the range of both, see above; there is no other conversion"
                )]
                let whole = seconds.trunc() as u64;
                Date::new(whole, seconds.fract() > 0.0).ok_or_else(|| E::custom("not a date"))
            }
        }
        // Not `deserialize_any`: with a feature of `serde_json` that a stranger may have set, numbers come as objects there.
        deserializer.deserialize_f64(DateVisitor)
    }
}

/// Whether a value is there and is not `null`.
pub(super) struct Present(pub(super) bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(
            Option::<IgnoredAny>::deserialize(deserializer)?.is_some(),
        ))
    }
}

/// An object, whatever is in it.
pub(super) struct Object;

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyObject;
        impl<'de> Visitor<'de> for AnyObject {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Object)
            }
        }
        deserializer.deserialize_map(AnyObject)
    }
}

/// One member of an object, by its name.
pub(super) fn read_member<'de, T: Deserialize<'de>>(
    text: &'de str,
    name: &str,
) -> Result<Option<T>, serde_json::Error> {
    struct MemberVisitor<'n, T>(&'n str, PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for MemberVisitor<'_, T> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<T>, A::Error> {
            let mut found = None;
            while let Some(Text(name)) = map.next_key()? {
                if name == self.0 {
                    found = Some(map.next_value()?);
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            Ok(found)
        }
    }
    serde_json::Deserializer::from_str(text).deserialize_map(MemberVisitor(name, PhantomData))
}

#[cfg(test)]
mod tests;
