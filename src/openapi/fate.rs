//! What of a document stays where it is, for who sees some of its items: decided place by place, whoever uses it.

use std::collections::HashSet;

use super::{
    document::{Document, is_operation},
    json::Json,
    pointer::{Fragment, Pointer, Reference},
    resolve::{MAX_HOPS, Target},
    walk::Mention,
};
use crate::shown::Shown;

/// What becomes of that which neither shown nor hidden items use, and of what nobody but its author knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// It is gone: who sees less than all sees what is known to be theirs.
    Drop,
    /// It stays.
    Keep,
}

/// A document in which these items are shown.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) document: &'a Document,
    pub(super) shown: &'a Shown,
    pub(super) rest: Rest,
    /// Links that lead to what is hidden.
    dead: HashSet<&'a Pointer>,
}

/// What becomes of a place that something refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stands in a component, which then stays.
    Component,
    /// It stays, with what stays of what is in it.
    Container,
    Stay,
    Gone,
}

impl Fate {
    fn stays(stays: bool) -> Self {
        if stays { Self::Stay } else { Self::Gone }
    }
}

impl<'a> View<'a> {
    pub(super) fn new(document: &'a Document, shown: &'a Shown, rest: Rest) -> Self {
        let mut this = Self {
            document,
            shown,
            rest,
            dead: HashSet::new(),
        };
        this.dead = document
            .links
            .iter()
            .filter(|place| {
                let link = place.find(&document.root);
                link.is_some_and(|link| !this.lives(link, MAX_HOPS))
            })
            .collect();
        this
    }

    pub(super) fn is_dead(&self, place: &Pointer) -> bool {
        !self.dead.is_empty() && self.dead.contains(place)
    }

    /// Whether a member of a path item stays, other than operations.
    pub(super) fn keeps_of_path(&self, path: &str, name: &str) -> bool {
        match name {
            "summary" | "description" | "servers" | "parameters" => true,
            _ => name.starts_with("x-") && (self.rest == Rest::Keep || self.shows_all_of(path)),
        }
    }

    /// Whether a path item stays.
    pub(super) fn keeps_path(&self, path: &str) -> bool {
        let mut items = self.document.items_of(path).peekable();
        if items.peek().is_none() {
            return self.rest == Rest::Keep;
        }
        items.any(|at| self.shown.contains(at))
    }

    fn shows_all_of(&self, path: &str) -> bool {
        self.document
            .items_of(path)
            .all(|at| self.shown.contains(at))
    }

    /// Whether a member of the root stays whole.
    pub(super) fn keeps_of_root(&self, name: &str) -> bool {
        match name {
            "openapi" | "info" | "jsonSchemaDialect" | "servers" | "externalDocs" | "$self" => true,
            "$ref" | "discriminator" => false, // no words of a root, and read as if they were
            _ => self.rest == Rest::Keep,
        }
    }

    /// What becomes of `place`, where something refers to it.
    pub(super) fn fate(&self, place: &Pointer) -> Fate {
        let counts = 1..=place.names().len();
        if counts
            .clone()
            .any(|count| self.is_dead(&place.first(count)))
        {
            return Fate::Gone;
        }
        let names: Vec<&str> = place.names().iter().map(String::as_str).collect();
        match *names.as_slice() {
            [] => Fate::Stay,
            ["components", kind, ..] if !self.document.names_components(kind) => Fate::Gone,
            ["components" | "paths" | "webhooks"] | ["components", _] => Fate::Container,
            ["components", ..] => Fate::Component,
            ["paths" | "webhooks", ..] if self.document.item_at(place).is_some() => {
                let item = self.document.item_at(place);
                Fate::stays(item.is_some_and(|at| self.shown.contains(at)))
            }
            ["paths", path] => Fate::stays(self.keeps_path(path) && self.shows_all_of(path)),
            ["paths", _, name, ..] if is_operation(name) => Fate::Gone,
            ["paths", path, name, ..] => {
                Fate::stays(self.keeps_path(path) && self.keeps_of_path(path, name))
            }
            ["webhooks" | "tags" | "security", ..] => Fate::Gone,
            [name, ..] => Fate::stays(self.keeps_of_root(name) && name != "x-tagGroups"),
        }
    }

    /// Whether something that is moved holds what is hidden, so that nothing of it may be shown.
    pub(super) fn moves_empty(&self, place: &Pointer) -> bool {
        let names: Vec<&str> = place.names().iter().map(String::as_str).collect();
        let hidden = match *names.as_slice() {
            ["paths", _, "parameters"] => false,
            ["paths", _, "additionalOperations", _]
            | ["paths" | "webhooks", _, _]
            | ["paths" | "webhooks" | "components", _]
            | ["tags" | "security", ..]
            | [_]
            | [] => true,
            _ => false,
        };
        hidden || (1..=names.len()).any(|count| self.is_dead(&place.first(count)))
    }

    /// Whether a link leads to what is shown, or out of the document.
    fn lives(&self, link: &Json, hops: usize) -> bool {
        let text = |name| link.get(name).and_then(Json::as_str);
        if let Some(text) = text("$ref") {
            let mention = Mention { text, name: false };
            return match self.document.resolve(&Pointer::root(), mention) {
                Target::Elsewhere | Target::Nowhere => true,
                Target::Exactly(place) | Target::Around(place) => {
                    let next = place.find(&self.document.root);
                    hops > 0 && next.is_some_and(|next| self.lives(next, hops - 1))
                }
            };
        }
        if let Some(reference) = text("operationRef") {
            let Reference { document, fragment } = Reference::parse(reference);
            let item = match &fragment {
                Fragment::Place(place) => self.document.item_at(place),
                Fragment::Anchor(_) => None,
            };
            return match item {
                Some(at) => self.shown.contains(at),
                None => !document.is_empty() || self.rest == Rest::Keep,
            };
        }
        match text("operationId").map(|id| self.document.with_id(id)) {
            Some([]) => self.rest == Rest::Keep,
            Some(items) => items.iter().all(|at| self.shown.contains(*at)),
            None => true,
        }
    }
}
