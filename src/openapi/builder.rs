//! What a document is served by: the rules, and what is said about it.

use std::fmt;

use http::HeaderName;
use serde::Serialize;

use super::{
    OpenApi, Operations, Protection, Protections,
    document::{Document, Strictness},
    json::Json,
    prune::exclude,
    service::Shared,
};
use crate::{ConfigError, ConfigErrorKind, predicate::Predicate, rules::Rules, shown::Shown};

/// Makes an [`OpenApi`]: see [`OpenApi::builder`].
#[must_use = "a builder does nothing until `build()`"]
pub struct OpenApiBuilder {
    text: Result<Vec<u8>, ConfigError>,
    rules: Rules,
    show_all: bool,
    exclude: Vec<Operations>,
    protections: Protections,
    strictness: Strictness,
    max_bytes: usize,
    max_classes: usize,
    vary: Vec<String>,
}

impl OpenApiBuilder {
    pub(super) fn new(text: Vec<u8>) -> Self {
        Self {
            text: Ok(text),
            rules: Rules::default(),
            show_all: false,
            exclude: Vec::new(),
            protections: Protections::new(),
            strictness: Strictness::default(),
            max_bytes: 8 * 1024 * 1024,
            max_classes: 32,
            vary: vec!["authorization".to_owned()],
        }
    }

    pub(super) fn of(document: &impl Serialize) -> Self {
        let text = serde_json::to_vec(document).map_err(|error| {
            let message = "cannot be written as JSON; give one that serializes to an object";
            ConfigError::new(ConfigErrorKind::Document, message).with_source(error)
        });
        Self {
            text,
            ..Self::new(Vec::new())
        }
    }

    /// Hides the operations for which `predicate` is true, as [`HideLayer::when`](crate::HideLayer::when) hides requests.
    ///
    /// What is not a clear no is hidden. Of several rules, each hides.
    pub fn hide_when(self, predicate: impl Predicate) -> Self {
        Self {
            rules: self.rules.hide_when(predicate),
            ..self
        }
    }

    /// Shows only operations for which `predicate` is true, as [`HideLayer::unless`](crate::HideLayer::unless) shows requests.
    ///
    /// What is not a clear yes is hidden. Of several rules, each hides.
    pub fn hide_unless(self, predicate: impl Predicate) -> Self {
        Self {
            rules: self.rules.hide_unless(predicate),
            ..self
        }
    }

    /// Shows every operation to every caller, but what is [excluded](Self::exclude).
    ///
    /// For a document without rules, which is an error otherwise.
    pub fn show_all(self) -> Self {
        Self {
            show_all: true,
            ..self
        }
    }

    /// Leaves operations out of the document, whoever asks for it, and with them what only they use.
    ///
    /// They are still called as ever: this hides nothing but their description.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Document`] where the document has no such operation.
    pub fn exclude(mut self, operations: Operations) -> Self {
        self.exclude.push(operations);
        self
    }

    /// Writes into the document what these operations stand behind, as the layers [describe](crate::BearerAuthLayer::describe) it.
    ///
    /// That is security schemes, scopes, and how they refuse: see [`Protections`]. Said of one operation more than once, the
    /// last counts.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Document`] where the document has no such operation, or another
    /// security scheme of that name.
    pub fn protect(mut self, operations: Operations, protection: Protection) -> Self {
        self.protections = self.protections.protect(operations, protection);
        self
    }

    /// Judges operations by their paths below each of these, such as `/v1`, and not below those of the document's `servers`.
    ///
    /// An empty one is the root.
    ///
    /// # Security
    /// The rules must see the paths that they see when operations are called. Where a proxy outside takes a prefix off that
    /// `servers` names, say so here.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Document`] for one that does not begin with `/`.
    pub fn base_paths(mut self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.strictness.base_paths = Some(paths.into_iter().map(Into::into).collect());
        self
    }

    /// Takes a document all the same whose references lead nowhere. They stay as they are.
    pub fn keep_dangling_references(mut self) -> Self {
        self.strictness.keep_dangling = true;
        self
    }

    /// Refuses documents of more than that many bytes. 8 MiB, if not set.
    pub fn max_bytes(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }

    /// Keeps the documents of that many classes of callers, who see the same, rendered. 32, if not set.
    pub fn max_classes(self, max_classes: usize) -> Self {
        Self {
            max_classes,
            ..self
        }
    }

    /// Names in `Vary` the request headers that the rules read. `Authorization`, if not set.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with [`ConfigErrorKind::Header`] for a name that no header can have.
    pub fn vary(mut self, headers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.vary = headers.into_iter().map(Into::into).collect();
        self
    }

    /// Reads and checks the document.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Document`] where it is no OpenAPI document of a version 3, too large or too deep; where a
    /// reference leads nowhere or back to itself; where a path item stands in another document; where it has no operation
    /// that is to be excluded; and where no rule was given and not said to [show all](Self::show_all).
    /// [`ConfigErrorKind::Header`] for a name in [`vary`](Self::vary) that no header can have.
    pub fn build(self) -> Result<OpenApi, ConfigError> {
        let error = |message: String| ConfigError::new(ConfigErrorKind::Document, message);
        let text = self.text?;
        if text.len() > self.max_bytes {
            return Err(error(format!(
                "has {} bytes, more than {}; raise `max_bytes(..)` if it is meant to be so large",
                text.len(),
                self.max_bytes
            )));
        }
        if (self.rules.len() == 0) != self.show_all {
            return Err(error(
                if self.show_all {
                    "is to be shown as a whole, and has rules; leave out one or the other"
                } else {
                    "would be shown to everyone; call `hide_unless(..)`, `hide_when(..)` or `show_all()`"
                }
                .to_owned(),
            ));
        }
        for path in self.strictness.base_paths.iter().flatten() {
            if !path.is_empty() && !path.starts_with('/') {
                return Err(error(format!(
                    "has a base path `{path}`; begin it with `/`"
                )));
            }
        }
        let vary = vary(&self.vary)?;
        let strictness = Strictness {
            base_paths: self.strictness.base_paths.map(|paths| {
                let paths = paths.into_iter();
                paths
                    .map(|path| path.trim_end_matches('/').to_owned())
                    .collect()
            }),
            ..self.strictness
        };
        let document = Document::read(&text, &strictness)?;
        let document = Document::new(self.protections.write_into(&document)?, &strictness)?;
        let document = Document::new(excluded(&document, &self.exclude)?, &strictness)?;
        Ok(OpenApi::new(Shared::new(
            document,
            self.rules,
            vary,
            self.max_classes,
        )))
    }
}

impl fmt::Debug for OpenApiBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenApiBuilder")
            .field("rules", &self.rules.len())
            .field("exclude", &self.exclude)
            .finish_non_exhaustive()
    }
}

fn excluded(document: &Document, operations: &[Operations]) -> Result<Json, ConfigError> {
    for one in operations {
        if !(0..document.items.len()).any(|at| one.contains(document, at)) {
            let message =
                format!("has nothing to exclude that is {one}; spell it as the document does");
            return Err(ConfigError::new(ConfigErrorKind::Document, message));
        }
    }
    let remaining = Shown::new(document.items.len(), |at| {
        !operations.iter().any(|one| one.contains(document, at))
    });
    Ok(exclude(document, &remaining))
}

fn vary(names: &[String]) -> Result<Option<http::HeaderValue>, ConfigError> {
    let error = |_| {
        let message = "that is to stand in `Vary` is none that a request can have; use letters, digits and `-`";
        ConfigError::new(ConfigErrorKind::Header, message)
    };
    let names = names
        .iter()
        .map(|name| HeaderName::from_bytes(name.as_bytes()).map_err(error))
        .collect::<Result<Vec<_>, _>>()?;
    let names: Vec<&str> = names.iter().map(HeaderName::as_str).collect();
    Ok(http::HeaderValue::try_from(names.join(", "))
        .ok()
        .filter(|_| !names.is_empty()))
}
