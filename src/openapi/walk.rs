//! Through a document, knowing at each place whether its words are OpenAPI's or the author's.

use super::{
    json::{Json, Object},
    pointer::Pointer,
};

/// What the members of an object are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Words of OpenAPI or JSON Schema.
    Fields,
    /// Names that the author gave to things which have fields: `properties`, `responses`, `schemas`.
    Names,
    /// As [`Names`](Self::Names), of links.
    Links,
    /// What is sent: examples, defaults, extensions. A `$ref` in it may be one, or not.
    Data,
}

impl Sort {
    pub(super) fn of_member(self, name: &str, value: &Json) -> Self {
        let object = value.as_object().is_some();
        match self {
            Self::Data => Self::Data,
            Self::Names | Self::Links => Self::Fields,
            Self::Fields => match name {
                "links" if object => Self::Links,
                "additionalOperations"
                | "callbacks"
                | "content"
                | "definitions"
                | "$defs"
                | "dependentSchemas"
                | "encoding"
                | "examples"
                | "headers"
                | "mediaTypes"
                | "parameters"
                | "pathItems"
                | "paths"
                | "patternProperties"
                | "properties"
                | "requestBodies"
                | "responses"
                | "schemas"
                | "securitySchemes"
                | "variables"
                | "webhooks"
                    if object =>
                {
                    Self::Names
                }
                "const" | "default" | "enum" | "example" | "examples" | "value" => Self::Data,
                _ if name.starts_with("x-") => Self::Data,
                _ => Self::Fields,
            },
        }
    }
}

/// A place on the way through a document.
#[derive(Clone, Debug)]
pub(super) struct Here {
    pub(super) pointer: Pointer,
    pub(super) sort: Sort,
    /// How many names of the pointer lead to the schema whose `$id` references are relative to. 0: the document.
    scope: usize,
}

impl Here {
    /// The way from the root to a place.
    pub(super) fn at(root: &Json, pointer: &Pointer) -> Self {
        let mut here = Self {
            pointer: Pointer::root(),
            sort: Sort::Fields,
            scope: 0,
        };
        let mut json = root;
        for name in pointer.names() {
            let Some(child) = json.child(name) else { break };
            here.enter(json, name, child);
            json = child;
        }
        here
    }

    fn enter(&mut self, parent: &Json, name: &str, child: &Json) {
        self.pointer.push(name);
        if parent.as_object().is_some() {
            self.sort = self.sort.of_member(name, child);
        }
        if self.sort == Sort::Fields && child.get("$id").and_then(Json::as_str).is_some() {
            self.scope = self.pointer.names().len();
        }
    }

    /// Does something one name further, and comes back.
    pub(super) fn within<T>(
        &mut self,
        parent: &Json,
        name: &str,
        child: &Json,
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let (sort, scope) = (self.sort, self.scope);
        self.enter(parent, name, child);
        let done = work(self);
        self.pointer.pop();
        (self.sort, self.scope) = (sort, scope);
        done
    }

    /// The schema whose `$id` references are relative to, or the root.
    pub(super) fn scope(&self) -> Pointer {
        self.pointer.first(self.scope)
    }
}

/// Shows each object below a place to `visit`, which says whether to go on below it.
pub(super) fn walk<'a>(
    json: &'a Json,
    here: &mut Here,
    visit: &mut impl FnMut(&Here, &'a Object) -> bool,
) {
    match json {
        Json::Object(members) => {
            if visit(here, members) {
                for (name, child) in members {
                    here.within(json, name, child, |here| walk(child, here, visit));
                }
            }
        }
        Json::Array(values) => {
            for (at, child) in values.iter().enumerate() {
                here.within(json, &at.to_string(), child, |here| {
                    walk(child, here, visit);
                });
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// The members of an object that refer to another place, or may: in data, that is for the reader to know.
pub(super) fn references(members: &Object) -> impl Iterator<Item = Mention<'_>> {
    let direct = ["$ref", "$dynamicRef", "$recursiveRef"]
        .into_iter()
        .filter_map(|name| members.get(name)?.as_str())
        .map(|text| Mention { text, name: false });
    let discriminator = members.get("discriminator");
    let mapping = discriminator
        .and_then(|discriminator| discriminator.get("mapping")?.as_object())
        .into_iter()
        .flat_map(Object::values)
        .chain(discriminator.and_then(|discriminator| discriminator.get("defaultMapping")))
        .filter_map(Json::as_str)
        .map(|text| Mention { text, name: true });
    direct.chain(mapping)
}

/// A reference as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Mention<'a> {
    pub(super) text: &'a str,
    /// Whether it may be the bare name of a schema, as in the `mapping` of a discriminator.
    pub(super) name: bool,
}
