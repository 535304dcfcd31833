//! What a file defines, in the order in which it stands there, with the names by which it refers to other things.

use super::{
    schema as s,
    wire::{Field, fields},
};
use crate::{ConfigError, ConfigErrorKind};

/// What can be hidden: a file, and what files are made of. Fields and values stand and fall with what they are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Enum,
    Extension,
    File,
    Message,
    Method,
    Service,
}

/// An item as it stands in its file.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) kind: Kind,
    /// With the package and without a dot before it; that of a file is its path.
    pub(super) name: String,
    /// What it stands in.
    pub(super) parent: Option<usize>,
    /// The number of the next item that is not within this one.
    pub(super) end: usize,
    /// Messages and enums that it names, from within the scope of a message, or of a package.
    pub(super) types: Vec<(String, &'a str)>,
    /// Options: the message whose extensions they may be, and what was set.
    pub(super) options: Vec<(&'static str, &'a [u8])>,
    /// The fields of a message that are messages.
    pub(super) fields: Vec<(u32, &'a str)>,
    /// Of an extension: what it extends, and with which number.
    pub(super) extends: Option<(String, &'a str, u32)>,
}

/// The items of files that stand one after another, numbered as they stand.
#[derive(Debug, Default)]
pub(super) struct Drafts<'a>(pub(super) Vec<Draft<'a>>);

/// As deep as `prost` goes.
const MAX_DEPTH: usize = 100;

impl<'a> Drafts<'a> {
    pub(super) fn add_file(&mut self, file: &'a [u8]) -> Result<(), ConfigError> {
        let path = text(file, s::FILE_NAME)?.unwrap_or_default();
        let package = text(file, s::FILE_PACKAGE)?.unwrap_or_default();
        if !package.is_empty() && !package.split('.').all(is_identifier) {
            return Err(error(format!(
                "has the package `{package}`, which is no name"
            )));
        }
        let at = self.open(Kind::File, path.to_owned(), None);
        for field in fields(file) {
            let field = field.map_err(|_| malformed())?;
            match field.number {
                s::FILE_MESSAGE => self.add_message(bytes(&field)?, package, at, 0)?,
                s::FILE_ENUM => self.add_enum(bytes(&field)?, package, at)?,
                s::FILE_SERVICE => self.add_service(bytes(&field)?, package, at)?,
                s::FILE_EXTENSION => self.add_extension(bytes(&field)?, package, at)?,
                s::FILE_OPTIONS => self.add_options(at, s::FILE_OPTION_TYPE, &field)?,
                _ => {}
            }
        }
        self.close(at);
        Ok(())
    }

    fn add_message(
        &mut self,
        message: &'a [u8],
        scope: &str,
        parent: usize,
        depth: usize,
    ) -> Result<(), ConfigError> {
        if depth > MAX_DEPTH {
            return Err(error("has messages in messages deeper than 100"));
        }
        let name = named(message, s::MESSAGE_NAME, scope)?;
        let at = self.open(Kind::Message, name.clone(), Some(parent));
        for field in fields(message) {
            let field = field.map_err(|_| malformed())?;
            match field.number {
                s::MESSAGE_FIELD => self.add_field(at, bytes(&field)?, &name)?,
                s::MESSAGE_NESTED => self.add_message(bytes(&field)?, &name, at, depth + 1)?,
                s::MESSAGE_ENUM => self.add_enum(bytes(&field)?, &name, at)?,
                s::MESSAGE_EXTENSION => self.add_extension(bytes(&field)?, &name, at)?,
                s::MESSAGE_OPTIONS => self.add_options(at, s::MESSAGE_OPTION_TYPE, &field)?,
                s::MESSAGE_ONEOF => {
                    self.add_options_in(at, &field, s::ONEOF_OPTIONS, s::ONEOF_OPTION_TYPE)?;
                }
                s::MESSAGE_EXTENSION_RANGE => self.add_options_in(
                    at,
                    &field,
                    s::EXTENSION_RANGE_OPTIONS,
                    s::EXTENSION_RANGE_OPTION_TYPE,
                )?,
                _ => {}
            }
        }
        self.close(at);
        Ok(())
    }

    /// The field of a message, or an extension, which is written like one.
    fn add_field(&mut self, at: usize, field: &'a [u8], scope: &str) -> Result<(), ConfigError> {
        let number = number(field)?;
        if let Some(name) = text(field, s::FIELD_TYPE_NAME)?
            && let Some(draft) = self.0.get_mut(at)
        {
            draft.types.push((scope.to_owned(), name));
            draft.fields.push((number, name));
        }
        self.add_all_options(at, field, s::FIELD_OPTIONS, s::FIELD_OPTION_TYPE)
    }

    fn add_extension(
        &mut self,
        extension: &'a [u8],
        scope: &str,
        parent: usize,
    ) -> Result<(), ConfigError> {
        let name = named(extension, s::FIELD_NAME, scope)?;
        let extendee = text(extension, s::FIELD_EXTENDEE)?
            .ok_or_else(|| error(format!("has the extension `{name}` of nothing")))?;
        let at = self.open(Kind::Extension, name, Some(parent));
        self.add_field(at, extension, scope)?;
        let number = number(extension)?;
        if let Some(draft) = self.0.get_mut(at) {
            draft.extends = Some((scope.to_owned(), extendee, number));
        }
        self.close(at);
        Ok(())
    }

    fn add_enum(&mut self, it: &'a [u8], scope: &str, parent: usize) -> Result<(), ConfigError> {
        let name = named(it, s::ENUMERATION_NAME, scope)?;
        let at = self.open(Kind::Enum, name, Some(parent));
        for field in fields(it) {
            let field = field.map_err(|_| malformed())?;
            match field.number {
                s::ENUMERATION_OPTIONS => self.add_options(at, s::ENUM_OPTION_TYPE, &field)?,
                s::ENUMERATION_VALUE => {
                    self.add_options_in(at, &field, s::VALUE_OPTIONS, s::VALUE_OPTION_TYPE)?;
                }
                _ => {}
            }
        }
        self.close(at);
        Ok(())
    }

    fn add_service(&mut self, it: &'a [u8], scope: &str, parent: usize) -> Result<(), ConfigError> {
        let name = named(it, s::SERVICE_NAME, scope)?;
        let at = self.open(Kind::Service, name.clone(), Some(parent));
        for field in fields(it) {
            let field = field.map_err(|_| malformed())?;
            match field.number {
                s::SERVICE_METHOD => self.add_method(bytes(&field)?, &name, at)?,
                s::SERVICE_OPTIONS => self.add_options(at, s::SERVICE_OPTION_TYPE, &field)?,
                _ => {}
            }
        }
        self.close(at);
        Ok(())
    }

    fn add_method(
        &mut self,
        method: &'a [u8],
        service: &str,
        parent: usize,
    ) -> Result<(), ConfigError> {
        let name = named(method, s::METHOD_NAME, service)?;
        let mut types = Vec::new();
        for number in [s::METHOD_INPUT, s::METHOD_OUTPUT] {
            let message = text(method, number)?
                .ok_or_else(|| error(format!("has the method `{name}` without a type")))?;
            types.push((service.to_owned(), message));
        }
        let at = self.open(Kind::Method, name, Some(parent));
        if let Some(draft) = self.0.get_mut(at) {
            draft.types = types;
        }
        self.add_all_options(at, method, s::METHOD_OPTIONS, s::METHOD_OPTION_TYPE)?;
        self.close(at);
        Ok(())
    }

    fn add_options_in(
        &mut self,
        at: usize,
        field: &Field<'a>,
        number: u32,
        of: &'static str,
    ) -> Result<(), ConfigError> {
        self.add_all_options(at, bytes(field)?, number, of)
    }

    fn add_all_options(
        &mut self,
        at: usize,
        of_what: &'a [u8],
        number: u32,
        of: &'static str,
    ) -> Result<(), ConfigError> {
        for field in fields(of_what) {
            let field = field.map_err(|_| malformed())?;
            if field.number == number {
                self.add_options(at, of, &field)?;
            }
        }
        Ok(())
    }

    fn add_options(
        &mut self,
        at: usize,
        of: &'static str,
        field: &Field<'a>,
    ) -> Result<(), ConfigError> {
        let options = bytes(field)?;
        if let Some(draft) = self.0.get_mut(at) {
            draft.options.push((of, options));
        }
        Ok(())
    }

    fn open(&mut self, kind: Kind, name: String, parent: Option<usize>) -> usize {
        self.0.push(Draft {
            kind,
            name,
            parent,
            end: 0,
            types: Vec::new(),
            options: Vec::new(),
            fields: Vec::new(),
            extends: None,
        });
        self.0.len() - 1
    }

    fn close(&mut self, at: usize) {
        let end = self.0.len();
        if let Some(draft) = self.0.get_mut(at) {
            draft.end = end;
        }
    }
}

pub(super) fn error(message: impl Into<std::borrow::Cow<'static, str>>) -> ConfigError {
    ConfigError::new(ConfigErrorKind::Descriptor, message)
}

pub(super) fn malformed() -> ConfigError {
    error("is none; give what `protoc --descriptor_set_out` or `tonic-prost-build` wrote")
}

fn bytes<'a>(field: &Field<'a>) -> Result<&'a [u8], ConfigError> {
    field.bytes().ok_or_else(malformed)
}

/// A field that is a string: the last, where there are more.
pub(super) fn text(message: &[u8], number: u32) -> Result<Option<&str>, ConfigError> {
    let mut found = None;
    for field in fields(message) {
        let field = field.map_err(|_| malformed())?;
        if field.number == number {
            let text = std::str::from_utf8(bytes(&field)?);
            found = Some(text.map_err(|_| malformed())?);
        }
    }
    Ok(found)
}

fn number(field: &[u8]) -> Result<u32, ConfigError> {
    let mut found = 0;
    for field in fields(field) {
        let field = field.map_err(|_| malformed())?;
        if field.number == s::FIELD_NUMBER {
            let last = field.numbers().last().copied();
            found = last
                .and_then(|number| u32::try_from(number).ok())
                .unwrap_or(0);
        }
    }
    Ok(found)
}

fn named(item: &[u8], number: u32, scope: &str) -> Result<String, ConfigError> {
    let name = text(item, number)?.unwrap_or_default();
    if !is_identifier(name) {
        return Err(error(format!(
            "has something in `{scope}` whose name is `{name}`, which is none"
        )));
    }
    Ok(join(scope, name))
}

pub(super) fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        name.to_owned()
    } else {
        format!("{scope}.{name}")
    }
}

/// Letters, digits and `_`: what can stand in the path of a request as it is.
fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
