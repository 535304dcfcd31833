//! File descriptors, written as `protoc` would, with options of others, which decoded ones lose.

use std::ops::RangeInclusive;

use http::Request;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tower_postern::{
    RequestHead,
    predicate::{Predicate, predicate},
    tonic::reflection::{Reflection, ReflectionBuilder},
};

/// A message on the wire, in parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part(Vec<u8>);

impl Part {
    pub(crate) fn bytes(mut self, number: u32, bytes: &[u8]) -> Self {
        self.varint(u64::from(number) << 3 | 2);
        self.varint(u64::try_from(bytes.len()).unwrap());
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn text(self, number: u32, text: &str) -> Self {
        self.bytes(number, text.as_bytes())
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "calls without `&` are read more easily"
    )]
    pub(crate) fn part(self, number: u32, part: Self) -> Self {
        self.bytes(number, &part.0)
    }

    pub(crate) fn number(mut self, number: u32, value: u64) -> Self {
        self.varint(u64::from(number) << 3);
        self.varint(value);
        self
    }

    fn varint(&mut self, mut value: u64) {
        while value > 0x7F {
            self.0.push(u8::try_from(value & 0x7F).unwrap() | 0x80);
            value >>= 7;
        }
        self.0.push(u8::try_from(value).unwrap());
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// A file of the package `demo`.
#[derive(Clone, Debug)]
pub(crate) struct File(Part);

pub(crate) fn file(name: &str) -> File {
    File(Part::default().text(1, name).text(2, "demo"))
}

impl File {
    pub(crate) fn import(self, path: &str) -> Self {
        Self(self.0.text(3, path))
    }

    /// Makes an import public, by where it stands among the imports.
    pub(crate) fn public(self, index: u64) -> Self {
        Self(self.0.number(10, index))
    }

    pub(crate) fn message(self, message: Part) -> Self {
        Self(self.0.part(4, message))
    }

    pub(crate) fn enumeration(self, enumeration: Part) -> Self {
        Self(self.0.part(5, enumeration))
    }

    pub(crate) fn service(self, service: Part) -> Self {
        Self(self.0.part(6, service))
    }

    pub(crate) fn extension(self, extension: Part) -> Self {
        Self(self.0.part(7, extension))
    }

    pub(crate) fn options(self, options: Part) -> Self {
        Self(self.0.part(8, options))
    }

    /// A comment at some element, which is said to stand at some lines.
    pub(crate) fn comment(self, path: &[u8], text: &str) -> Self {
        let location = Part::default().bytes(1, path).bytes(2, &[7, 0, 9]);
        Self(
            self.0
                .part(9, Part::default().part(1, location.text(3, text))),
        )
    }

    pub(crate) fn syntax(self) -> Self {
        Self(self.0.text(12, "proto3"))
    }

    pub(crate) fn with(self, with: impl FnOnce(Part) -> Part) -> Self {
        Self(with(self.0))
    }
}

pub(crate) fn message(name: &str) -> Part {
    Part::default().text(1, name)
}

pub(crate) fn enumeration(name: &str) -> Part {
    let value = Part::default().text(1, "ZERO").number(2, 0);
    Part::default().text(1, name).part(2, value)
}

pub(crate) fn service(name: &str) -> Part {
    Part::default().text(1, name)
}

/// A field of a string.
pub(crate) fn string(name: &str, number: u64) -> Part {
    let field = Part::default().text(1, name).number(3, number);
    field.number(4, 1).number(5, 9)
}

/// A field of a message, whose name is written with the dot before it, or without.
pub(crate) fn of(name: &str, number: u64, of: &str) -> Part {
    let field = Part::default().text(1, name).number(3, number);
    field.number(4, 1).number(5, 11).text(6, of)
}

pub(crate) fn extends(extendee: &str, field: Part) -> Part {
    field.text(2, extendee)
}

pub(crate) fn method(name: &str, input: &str, output: &str) -> Part {
    let method = Part::default().text(1, name);
    method.text(2, input).text(3, output)
}

impl Part {
    pub(crate) fn field(self, field: Self) -> Self {
        self.part(2, field)
    }

    pub(crate) fn nested(self, message: Self) -> Self {
        self.part(3, message)
    }

    pub(crate) fn method(self, name: &str, input: &str, output: &str) -> Self {
        self.part(2, method(name, input, output))
    }

    pub(crate) fn extension_range(self, range: RangeInclusive<u64>) -> Self {
        let part = Self::default().number(1, *range.start());
        self.part(5, part.number(2, range.end() + 1))
    }
}

/// An encoded set.
pub(crate) fn set(files: impl IntoIterator<Item = File>) -> Vec<u8> {
    let set = files
        .into_iter()
        .fold(Part::default(), |set, File(file)| set.part(1, file));
    set.into_bytes()
}

/// Shows all to callers inside, and to others what is not below one of these paths.
pub(crate) fn hidden(paths: &'static [&'static str]) -> impl Predicate + Clone {
    predicate(move |request| {
        let path = request.uri().path();
        let is_below = |hidden: &&str| {
            path.strip_prefix(hidden)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        paths.iter().any(is_below) && !request.headers().contains_key("x-inside")
    })
}

pub(crate) fn builder(set: &[u8]) -> ReflectionBuilder {
    Reflection::builder()
        .register_encoded_file_descriptor_set(set)
        .exclude_reflection_service()
}

/// What a caller outside is shown.
pub(crate) fn outside(reflection: &Reflection) -> Vec<u8> {
    reflection.file_descriptor_set(&RequestHead::new(&Request::new(())))
}

/// What a caller inside is shown.
pub(crate) fn inside(reflection: &Reflection) -> Vec<u8> {
    let request = Request::builder().header("x-inside", "1").body(()).unwrap();
    reflection.file_descriptor_set(&RequestHead::new(&request))
}

/// As text, so that a difference can be read.
pub(crate) fn readable(set: &[u8]) -> String {
    format!("{:#?}", FileDescriptorSet::decode(set).unwrap())
}

#[track_caller]
pub(crate) fn assert_same(found: &[u8], expect: &[u8], name: &str) {
    assert_eq!(readable(found), readable(expect), "{name}");
    assert_eq!(found, expect, "{name}: bytes");
}
