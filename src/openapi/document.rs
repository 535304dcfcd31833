//! A document that was read and checked, and what in it can be hidden.

use std::{collections::HashMap, ops::Range};

use http::{Method, Uri};

use super::{
    check::{self, flaw},
    json::{Json, Object},
    path_items,
    pointer::Pointer,
    resolve::{Resolver, Target},
    servers,
    walk::{Here, Mention, Sort, walk},
};
use crate::ConfigError;

/// A document whose path items stand where they are used.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) root: Json,
    resolver: Resolver,
    /// The operations, in their order, then the webhooks.
    pub(super) items: Vec<Item>,
    /// The items by where they stand.
    places: HashMap<Pointer, usize>,
    /// The items by `operationId`.
    ids: HashMap<String, Vec<usize>>,
    /// The items of each path.
    of_path: HashMap<String, Range<usize>>,
    /// Where links stand, or references to one.
    pub(super) links: Vec<Pointer>,
}

/// What is shown or hidden as a whole.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) place: Pointer,
    /// `None` for a webhook, which no caller calls.
    pub(super) call: Option<Call>,
}

/// How an operation is called.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    /// The path, as it stands in the document.
    pub(super) path: String,
    /// The targets, one for each server.
    pub(super) targets: Vec<Uri>,
}

/// What is asked of a document.
#[derive(Clone, Debug, Default)]
pub(super) struct Strictness {
    pub(super) keep_dangling: bool,
    /// In place of those of `servers`.
    pub(super) base_paths: Option<Vec<String>>,
}

const METHODS: &[&str] = &[
    "delete", "get", "head", "options", "patch", "post", "put", "query", "trace",
];

impl Document {
    pub(super) fn read(text: &[u8], strictness: &Strictness) -> Result<Self, ConfigError> {
        let root = Json::parse(text).map_err(|error| {
            flaw("is not JSON, or nested too deep; give the text of an OpenAPI document")
                .with_source(error)
        })?;
        Self::new(root, strictness)
    }

    pub(super) fn new(mut root: Json, strictness: &Strictness) -> Result<Self, ConfigError> {
        check::shape(&root)?;
        path_items::inline(&mut root, strictness)?;
        let resolver = Resolver::new(&root);
        if !strictness.keep_dangling {
            check::references(&root, &resolver)?;
        }
        let items = items(&root, strictness)?;
        let mut ids = HashMap::<String, Vec<usize>>::new();
        for (at, item) in items.iter().enumerate() {
            let operation = item.place.find(&root);
            if let Some(id) = operation.and_then(|operation| operation.get("operationId")?.as_str())
            {
                ids.entry(id.to_owned()).or_default().push(at);
            }
        }
        let mut of_path = HashMap::<String, Range<usize>>::new();
        for (at, item) in items.iter().enumerate() {
            if let Some(call) = &item.call {
                of_path.entry(call.path.clone()).or_insert(at..at).end = at + 1;
            }
        }
        let links = links(&root);
        let places = items.iter().enumerate();
        let places = places.map(|(at, item)| (item.place.clone(), at)).collect();
        Ok(Self {
            root,
            resolver,
            items,
            places,
            ids,
            of_path,
            links,
        })
    }

    /// Where a reference that stands within `scope` leads.
    pub(super) fn resolve(&self, scope: &Pointer, mention: Mention<'_>) -> Target {
        self.resolver.resolve(&self.root, scope, mention)
    }

    /// The item that a place is, or is in; and how many names lead to the item.
    pub(super) fn item_at(&self, place: &Pointer) -> Option<usize> {
        let count = match place.names() {
            [first, _, kind, ..] if first == "paths" && kind == "additionalOperations" => 4,
            [first, ..] if first == "paths" => 3,
            [first, ..] if first == "webhooks" => 2,
            _ => return None,
        };
        let exact = place.names().len() >= count;
        exact.then(|| self.places.get(&place.first(count)).copied())?
    }

    /// The items that have this `operationId`: one, unless the document has a flaw.
    pub(super) fn with_id(&self, id: &str) -> &[usize] {
        self.ids.get(id).map_or(&[], Vec::as_slice)
    }

    /// The items of a path.
    pub(super) fn items_of(&self, path: &str) -> Range<usize> {
        self.of_path.get(path).cloned().unwrap_or(0..0)
    }

    /// The path items, by their paths.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&str, &Json)> {
        members(self.root.get("paths")).filter(|(path, _)| path.starts_with('/'))
    }

    /// The components, by their kinds: maps of names.
    pub(super) fn components(&self) -> impl Iterator<Item = (&str, &Json)> {
        members(self.root.get("components"))
    }

    /// The name of an item that is a webhook.
    pub(super) fn webhook(&self, at: usize) -> Option<&str> {
        match self.items.get(at)?.place.names() {
            [section, name] if section == "webhooks" => Some(name),
            _ => None,
        }
    }

    /// Whether the members of a member of `components` are components.
    pub(super) fn names_components(&self, kind: &str) -> bool {
        let kind = self
            .root
            .get("components")
            .and_then(|components| components.get(kind));
        kind.is_some_and(|named| named.as_object().is_some())
    }

    pub(super) fn call(&self, at: usize) -> Option<&Call> {
        self.items.get(at)?.call.as_ref()
    }

    /// The object of an item.
    pub(super) fn object(&self, at: usize) -> Option<&Json> {
        self.items.get(at)?.place.find(&self.root)
    }
}

fn members(json: Option<&Json>) -> impl Iterator<Item = (&str, &Json)> {
    let members = json.and_then(Json::as_object).into_iter().flatten();
    members.map(|(name, value)| (name.as_str(), value))
}

/// Whether a member of a path item holds operations.
pub(super) fn is_operation(name: &str) -> bool {
    METHODS.contains(&name) || name == "additionalOperations"
}

/// The operations of a path item, by their names in it.
fn operations(item: &Json) -> impl Iterator<Item = (&str, &Json)> {
    let fixed = members(Some(item)).filter(|(name, _)| METHODS.contains(name));
    fixed.chain(members(item.get("additionalOperations")))
}

fn items(root: &Json, strictness: &Strictness) -> Result<Vec<Item>, ConfigError> {
    let mut items = Vec::new();
    for (path, item) in root
        .get("paths")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
    {
        if path.starts_with("x-") {
            continue;
        }
        for (name, operation) in operations(item) {
            if operation.as_object().is_none() {
                return Err(flaw(format!(
                    "has no object at `{name}` of the path `{path}`"
                )));
            }
            let fixed = METHODS.contains(&name);
            let place = if fixed {
                Pointer::of(["paths", path, name])
            } else {
                Pointer::of(["paths", path, "additionalOperations", name])
            };
            let bases = bases(&[operation, item, root], strictness)?;
            let method = if fixed {
                name.to_ascii_uppercase()
            } else {
                name.to_owned()
            };
            let targets: Option<Vec<Uri>> = bases
                .iter()
                .map(|base| servers::target(base, path))
                .collect();
            let call = Call {
                method: Method::from_bytes(method.as_bytes()).map_err(|_| {
                    flaw(format!(
                        "has at the path `{path}` a method that HTTP cannot have"
                    ))
                })?,
                path: path.clone(),
                targets: targets.ok_or_else(|| {
                    flaw(format!("has a path that no request can have: `{path}`"))
                })?,
            };
            items.push(Item {
                place,
                call: Some(call),
            });
        }
    }
    for name in root
        .get("webhooks")
        .and_then(Json::as_object)
        .into_iter()
        .flat_map(Object::keys)
    {
        if !name.starts_with("x-") {
            items.push(Item {
                place: Pointer::of(["webhooks", name]),
                call: None,
            });
        }
    }
    Ok(items)
}

fn links(root: &Json) -> Vec<Pointer> {
    let mut links = Vec::new();
    walk(
        root,
        &mut Here::at(root, &Pointer::root()),
        &mut |here, members| {
            if here.sort == Sort::Links {
                for name in members.keys() {
                    links.push(here.pointer.join(&Pointer::of([name])));
                }
            }
            here.sort != Sort::Data
        },
    );
    links
}

/// The base paths of the innermost servers that are named: of the operation, the path item, the document.
fn bases(levels: &[&Json], strictness: &Strictness) -> Result<Vec<String>, ConfigError> {
    if let Some(bases) = &strictness.base_paths {
        return Ok(bases.clone());
    }
    let servers = levels
        .iter()
        .filter_map(|level| level.get("servers")?.as_array())
        .find(|servers| !servers.is_empty());
    let Some(servers) = servers else {
        return Ok(vec![String::new()]);
    };
    servers::base_paths(servers).map_err(|error| match error {
        servers::Flaw::NoUrl => flaw("has a server without a `url`"),
        servers::Flaw::Relative(url) => flaw(format!(
            "has a server `{url}` whose path depends on where the document is; begin it with `/`, or call `base_paths(..)`"
        )),
        servers::Flaw::TooMany(url) => flaw(format!(
            "has a server `{url}` whose variables have too many values; call `base_paths(..)`"
        )),
    })
}
