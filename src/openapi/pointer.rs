//! JSON pointers, [RFC 6901](https://www.rfc-editor.org/rfc/rfc6901), and the references that hold one.

use std::fmt::{self, Write as _};

use super::json::Json;
use crate::percent;

/// A place in a document: the names on the way to it from the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Pointer(Vec<String>);

impl Pointer {
    pub(super) fn root() -> Self {
        Self::default()
    }

    /// Of the text in a fragment, from `/` on, without percent-encoding.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::root());
        }
        let names = text.strip_prefix('/')?.split('/');
        Some(Self(
            names
                .map(|name| name.replace("~1", "/").replace("~0", "~"))
                .collect(),
        ))
    }

    pub(super) fn of<const N: usize>(names: [&str; N]) -> Self {
        Self(names.map(str::to_owned).into())
    }

    pub(super) fn names(&self) -> &[String] {
        &self.0
    }

    pub(super) fn push(&mut self, name: &str) {
        self.0.push(name.to_owned());
    }

    pub(super) fn pop(&mut self) {
        self.0.pop();
    }

    /// This place, and from there on as `other` says.
    #[must_use]
    pub(super) fn join(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).cloned().collect())
    }

    /// What follows after the first `count` names.
    pub(super) fn after(&self, count: usize) -> Self {
        Self(self.0.get(count..).unwrap_or_default().to_vec())
    }

    /// The first `count` names.
    pub(super) fn first(&self, count: usize) -> Self {
        Self(self.0.get(..count).unwrap_or(&self.0).to_vec())
    }

    /// What stands there.
    pub(super) fn find<'a>(&self, root: &'a Json) -> Option<&'a Json> {
        self.0.iter().try_fold(root, |json, name| json.child(name))
    }

    /// As a reference within the document.
    pub(super) fn to_reference(&self) -> String {
        let mut text = String::from("#");
        for byte in self.to_string().bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte) {
                text.push(char::from(byte));
            } else {
                // Writing to a string does not fail.
                write!(text, "%{byte:02X}").unwrap_or_default();
            }
        }
        text
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in &self.0 {
            f.write_char('/')?;
            f.write_str(&name.replace('~', "~0").replace('/', "~1"))?;
        }
        Ok(())
    }
}

/// A reference, taken apart: `document#fragment`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    /// Empty where it is this one.
    pub(super) document: &'a str,
    pub(super) fragment: Fragment,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fragment {
    Place(Pointer),
    /// A plain name: that of an `$anchor`.
    Anchor(String),
}

impl<'a> Reference<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        let (document, fragment) = text.split_once('#').unwrap_or((text, ""));
        // What would not be text stays as it is.
        let fragment = String::from_utf8(percent::decode(fragment.as_bytes()).collect())
            .unwrap_or_else(|_| fragment.to_owned());
        let fragment = match Pointer::parse(&fragment) {
            Some(pointer) => Fragment::Place(pointer),
            None => Fragment::Anchor(fragment),
        };
        Self { document, fragment }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_to_a_place_is_written_as_it_was_read() {
        for text in [
            "#",
            "#/components/schemas/A",
            "#/paths/~1users~1%7Bid%7D/get",
            "#/a~0b/%C3%A4",
            "#/a/",
        ] {
            let Fragment::Place(pointer) = Reference::parse(text).fragment else {
                panic!("{text}");
            };
            assert_eq!(pointer.to_reference(), text);
        }
    }

    #[test]
    fn odd_references_are_read_without_a_panic() {
        for (text, document, fragment) in [
            ("", "", Fragment::Place(Pointer::root())),
            ("#x", "", Fragment::Anchor("x".into())),
            ("a.json", "a.json", Fragment::Place(Pointer::root())),
            ("a#/%", "a", Fragment::Place(Pointer::of(["%"]))),
            ("#/%zz%ff", "", Fragment::Place(Pointer::of(["%zz%ff"]))),
            ("#/~2~", "", Fragment::Place(Pointer::of(["~2~"]))),
            ("#/~01", "", Fragment::Place(Pointer::of(["~1"]))),
            ("##/a", "", Fragment::Anchor("#/a".into())),
        ] {
            assert_eq!(
                Reference::parse(text),
                Reference { document, fragment },
                "{text:?}"
            );
        }
    }
}
