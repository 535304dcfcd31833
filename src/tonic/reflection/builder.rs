//! What reflection is made of: descriptors, and the rules.

use std::fmt;

use super::{
    Reflection,
    draft::error,
    service::{Shared, Version},
};
use crate::{ConfigError, predicate::Predicate, rules::Rules};

/// Makes a [`Reflection`]: see [`Reflection::builder`].
#[must_use = "a builder does nothing until `build()`"]
pub struct ReflectionBuilder {
    sets: Vec<Vec<u8>>,
    describes_itself: bool,
    rules: Rules,
    show_all: bool,
    also: Vec<String>,
    known: Vec<String>,
    max_classes: usize,
}

impl ReflectionBuilder {
    pub(super) fn new() -> Self {
        Self {
            sets: Vec::new(),
            describes_itself: true,
            rules: Rules::default(),
            show_all: false,
            also: Vec::new(),
            known: ["api", "protobuf", "rpc", "type"]
                .map(|folder| format!("google/{folder}/"))
                .into(),
            max_classes: 32,
        }
    }

    /// Describes the services of this set, too: an encoded `google.protobuf.FileDescriptorSet`.
    ///
    /// As `protoc` and `tonic-prost-build` write it, with all that its files import, as `--include_imports` has it. Of
    /// files of one name, the first counts.
    ///
    /// # Errors
    /// [`build`](Self::build) fails for a set that cannot be read, or that names what is not there.
    pub fn register_encoded_file_descriptor_set(mut self, set: impl AsRef<[u8]>) -> Self {
        self.sets.push(set.as_ref().to_vec());
        self
    }

    /// Does not describe reflection itself. It is described, if not set, and the rules are asked about it as about others.
    pub fn exclude_reflection_service(self) -> Self {
        Self {
            describes_itself: false,
            ..self
        }
    }

    /// Hides the methods for which `predicate` is true, as [`HideLayer::when`](crate::HideLayer::when) hides requests.
    ///
    /// What is not a clear no is hidden. Of several rules, each hides.
    pub fn hide_when(self, predicate: impl Predicate) -> Self {
        Self {
            rules: self.rules.hide_when(predicate),
            ..self
        }
    }

    /// Shows only methods for which `predicate` is true, as [`HideLayer::unless`](crate::HideLayer::unless) shows requests.
    ///
    /// What is not a clear yes is hidden. Of several rules, each hides.
    ///
    /// It is asked about all methods. A rule about the caller alone, such as those that `hide_routes` takes, hides the public
    /// services as well here: say which ones it is for, by `hide_when(rule::under(["/shop.Admin"])?.and(rule.not()))`.
    pub fn hide_unless(self, predicate: impl Predicate) -> Self {
        Self {
            rules: self.rules.hide_unless(predicate),
            ..self
        }
    }

    /// Shows every method to every caller: for reflection without rules, which is an error otherwise.
    pub fn show_all(self) -> Self {
        Self {
            show_all: true,
            ..self
        }
    }

    /// Shows these messages, enums and extensions, by their whole names, to whoever is shown a method.
    ///
    /// With what they use, and though no method names them: what travels in an `Any`, such as the details of errors,
    /// `shop.OutOfStock`.
    ///
    /// # Errors
    /// [`build`](Self::build) fails where the sets have no such name.
    pub fn also(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.also.extend(names.into_iter().map(Into::into));
        self
    }

    /// Shows files whose names begin with one of these whole or not at all.
    ///
    /// In place of `google/api/`, `google/protobuf/`, `google/rpc/` and `google/type/`, which are meant if not set. Of
    /// files that all the world knows, one that lacks something would tell that something is hidden.
    ///
    /// # Security
    /// Of your own files, this would show what only hidden methods use. A file that has a hidden method is never shown whole.
    pub fn known_files(self, prefixes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            known: prefixes.into_iter().map(Into::into).collect(),
            ..self
        }
    }

    /// Keeps the files of that many classes of callers, who may call the same. 32, if not set.
    pub fn max_classes(self, max_classes: usize) -> Self {
        Self {
            max_classes,
            ..self
        }
    }

    /// Reads and checks the descriptors.
    ///
    /// # Errors
    /// [`ConfigErrorKind::Descriptor`](crate::ConfigErrorKind::Descriptor) for a set that is none; where a file imports, or a
    /// type is named, that is not there; where files import each other in a circle; where a name is defined twice, or is
    /// none; where there is nothing of a name that is to be [also](Self::also) shown; and where no rule was given and not
    /// said to [show all](Self::show_all).
    pub fn build(self) -> Result<Reflection, ConfigError> {
        if (self.rules.len() == 0) != self.show_all {
            return Err(error(if self.show_all {
                "is to be shown as a whole, and has rules; leave out one or the other"
            } else {
                "would be shown to everyone; call `hide_unless(..)`, `hide_when(..)` or `show_all()`"
            }));
        }
        let shared = |version: Version| {
            let mut sets = self.sets.clone();
            if self.describes_itself {
                sets.push(version.file_descriptor_set().to_vec());
            }
            Shared::new(
                version,
                &sets,
                &self.also,
                &self.known,
                self.rules.clone(),
                self.max_classes,
            )
        };
        Ok(Reflection::new(
            shared(Version::V1)?,
            shared(Version::V1Alpha)?,
        ))
    }
}

impl fmt::Debug for ReflectionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReflectionBuilder")
            .field("sets", &self.sets.len())
            .field("rules", &self.rules.len())
            .finish_non_exhaustive()
    }
}
