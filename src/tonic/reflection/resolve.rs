//! What names stand for.

use std::collections::HashMap;

use super::{
    draft::{Draft, Kind, error, join},
    wire::fields,
};
use crate::ConfigError;

/// The items by their names.
pub(super) struct Names<'a> {
    items: HashMap<&'a str, usize>,
    kinds: Vec<Kind>,
}

/// Options that hold messages that hold messages: deeper is not looked.
const MAX_DEPTH: usize = 100;

impl<'a> Names<'a> {
    pub(super) fn new(drafts: &'a [Draft<'_>]) -> Result<Self, ConfigError> {
        let mut items = HashMap::new();
        for (at, draft) in drafts.iter().enumerate() {
            if draft.kind != Kind::File && items.insert(draft.name.as_str(), at).is_some() {
                return Err(error(format!("defines `{}` more than once", draft.name)));
            }
        }
        Ok(Self {
            items,
            kinds: drafts.iter().map(|draft| draft.kind).collect(),
        })
    }

    /// What a name means in a scope: with a dot before it, it is whole; else the innermost that has it.
    pub(super) fn find(&self, scope: &str, name: &str) -> Option<usize> {
        if let Some(name) = name.strip_prefix('.') {
            return self.items.get(name).copied();
        }
        let mut scope = scope;
        loop {
            if let Some(found) = self.items.get(join(scope, name).as_str()) {
                return Some(*found);
            }
            if scope.is_empty() {
                return None;
            }
            scope = scope.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
    }

    /// What each item uses: the types that it names, and the extensions that its options are.
    pub(super) fn uses(&self, drafts: &[Draft<'_>]) -> Result<Vec<Vec<usize>>, ConfigError> {
        let mut uses = vec![Vec::new(); drafts.len()];
        let mut types = HashMap::new();
        let mut extensions = HashMap::new();
        for ((at, draft), uses) in drafts.iter().enumerate().zip(&mut uses) {
            for (scope, name) in &draft.types {
                let is_method = draft.kind == Kind::Method;
                uses.push(self.find_type(scope, name, !is_method, draft)?);
            }
            if let Some((scope, extendee, number)) = &draft.extends {
                let extendee = self.find_type(scope, extendee, false, draft)?;
                uses.push(extendee);
                extensions.insert((extendee, *number), at);
            }
            // Each that is named has a type that was found, in the same order.
            for ((number, _), of) in draft.fields.iter().zip(uses.iter()) {
                types.insert((at, *number), *of);
            }
        }
        let options = Options { types, extensions };
        for (draft, uses) in drafts.iter().zip(&mut uses) {
            for (of, set) in &draft.options {
                if let Some(of) = self.items.get(of) {
                    options.find(*of, set, 0, uses);
                }
            }
            uses.sort_unstable();
            uses.dedup();
        }
        Ok(uses)
    }

    fn find_type(
        &self,
        scope: &str,
        name: &str,
        or_enum: bool,
        user: &Draft<'_>,
    ) -> Result<usize, ConfigError> {
        let found = self.find(scope, name).filter(|found| {
            let kind = self.kinds.get(*found);
            kind == Some(&Kind::Message) || (or_enum && kind == Some(&Kind::Enum))
        });
        found.ok_or_else(|| {
            error(format!(
                "has `{}`, which names `{name}`, and no such type; have it written with `--include_imports`",
                user.name
            ))
        })
    }
}

/// What is looked up to tell which extensions were set.
struct Options {
    /// By item and number of the field.
    types: HashMap<(usize, u32), usize>,
    /// By what is extended, and number.
    extensions: HashMap<(usize, u32), usize>,
}

impl Options {
    /// Finds the extensions in a message of a type, and in the messages in it.
    fn find(&self, of: usize, message: &[u8], depth: usize, found: &mut Vec<usize>) {
        for field in fields(message).map_while(Result::ok) {
            let of = if let Some(extension) = self.extensions.get(&(of, field.number)) {
                found.push(*extension);
                self.types.get(&(*extension, field.number))
            } else {
                self.types.get(&(of, field.number))
            };
            if let (Some(of), Some(message)) = (of, field.bytes())
                && depth < MAX_DEPTH
            {
                self.find(*of, message, depth + 1, found);
            }
        }
    }
}
