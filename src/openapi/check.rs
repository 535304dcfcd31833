//! Whether a text is an OpenAPI document, and a sound one.

use super::{
    json::{Json, Object},
    resolve::{self, Resolver},
};
use crate::{ConfigError, ConfigErrorKind};

/// What is wrong with a document, and the cure; "OpenAPI document" stands before it.
pub(super) fn flaw(message: impl Into<std::borrow::Cow<'static, str>>) -> ConfigError {
    ConfigError::new(ConfigErrorKind::Document, message)
}

/// Whether it looks like an OpenAPI document, as far as others rely on it.
pub(super) fn shape(root: &Json) -> Result<(), ConfigError> {
    let version = root.get("openapi").and_then(Json::as_str);
    let known = |version: &str| {
        ["3.0", "3.1", "3.2"].iter().any(|known| {
            version
                .strip_prefix(known)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    if !version.is_some_and(known) {
        return Err(flaw(
            "does not say that it is one; give an object whose member `openapi` is 3.0, 3.1 or 3.2",
        ));
    }
    for section in ["paths", "webhooks", "components"] {
        let Some(value) = root.get(section) else {
            continue;
        };
        let Some(members) = value.as_object() else {
            return Err(flaw(format!("has a member `{section}` that is no object")));
        };
        for (name, value) in members {
            if value.as_object().is_none() && !name.starts_with("x-") {
                return Err(flaw(format!("has no object at `{section}`, `{name}`")));
            }
        }
    }
    let paths = root.get("paths").and_then(Json::as_object);
    for path in paths.into_iter().flat_map(Object::keys) {
        if !path.starts_with(['/']) && !path.starts_with("x-") {
            return Err(flaw(format!("has a path `{path}`; begin it with `/`")));
        }
    }
    Ok(())
}

/// Whether every reference leads somewhere.
pub(super) fn references(root: &Json, resolver: &Resolver) -> Result<(), ConfigError> {
    let flaws = resolver.flaws(root);
    let Some(first) = flaws.first() else {
        return Ok(());
    };
    let (what, from, text) = match first {
        resolve::Flaw::Dangling(from, text) => ("leads nowhere", from, text),
        resolve::Flaw::Circular(from, text) => ("leads back to itself", from, text),
    };
    let others = match flaws.len() - 1 {
        0 => String::new(),
        count => format!(" ({count} more like it)"),
    };
    Err(flaw(format!(
        "has at `{from}` a reference `{text}` that {what}{others}; mend it, or call `keep_dangling_references()`"
    )))
}
