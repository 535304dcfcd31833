//! What the shown items of a document use.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use super::{
    document::{Document, is_operation},
    fate::{Fate, Rest, View},
    json::{Json, Object},
    pointer::{Fragment, Pointer, Reference},
    resolve::{MAX_HOPS, Target},
    walk::{Here, Mention, Sort, references, walk},
};
use crate::shown::Shown;

/// All that the shown items use, however far off.
#[derive(Debug)]
pub(super) struct Reach<'a> {
    pub(super) view: View<'a>,
    /// Components, each by its three names, that stay.
    components: HashSet<Pointer>,
    /// Places that stay, if only with nothing in them, because something refers to them as a whole.
    containers: HashSet<Pointer>,
    /// What is used and stands in what is hidden, and the component that it becomes.
    pub(super) moved: IndexMap<Pointer, Pointer>,
    rewritten: HashMap<(Pointer, Mention<'a>), String>,
    /// Scopes by the place of their scheme.
    scopes: HashMap<Pointer, HashSet<&'a str>>,
    tags: HashSet<&'a str>,
    /// Whether an item has no `security` of its own.
    pub(super) inherits_security: bool,
    queue: Vec<Pointer>,
}

impl<'a> Reach<'a> {
    pub(super) fn new(document: &'a Document, shown: &'a Shown, rest: Rest) -> Self {
        let mut this = Self {
            view: View::new(document, shown, rest),
            components: HashSet::new(),
            containers: HashSet::new(),
            moved: IndexMap::new(),
            rewritten: HashMap::new(),
            scopes: HashMap::new(),
            tags: HashSet::new(),
            inherits_security: false,
            queue: Vec::new(),
        };
        this.start();
        this.run();
        this
    }

    /// Adds all components but those that `others` use and what nothing else does.
    pub(super) fn add_all_but(&mut self, others: &Reach<'_>) {
        for (kind, named) in self.view.document.components() {
            for name in named.as_object().into_iter().flat_map(Object::keys) {
                let place = Pointer::of(["components", kind, name]);
                if !others.components.contains(&place) && !self.view.is_dead(&place) {
                    self.keep(place);
                }
            }
        }
        self.run();
    }

    pub(super) fn keeps(&self, component: &Pointer) -> bool {
        self.components.contains(component)
    }

    pub(super) fn is_container(&self, place: &Pointer) -> bool {
        self.containers.contains(place)
    }

    /// What a reference within `scope` is to say, where that is something else than it does.
    pub(super) fn rewritten(&self, scope: Pointer, mention: Mention<'a>) -> Option<&str> {
        if self.rewritten.is_empty() {
            return None;
        }
        self.rewritten.get(&(scope, mention)).map(String::as_str)
    }

    pub(super) fn uses_scope(&self, scheme: &Pointer, scope: &str) -> bool {
        self.scopes
            .get(scheme)
            .is_some_and(|scopes| scopes.contains(scope))
    }

    pub(super) fn uses_tag(&self, tag: &str) -> bool {
        self.tags.contains(tag)
    }

    fn start(&mut self) {
        let document = self.view.document;
        for (at, item) in document.items.iter().enumerate() {
            if !self.view.shown.contains(at) {
                continue;
            }
            self.queue.push(item.place.clone());
            let own = document
                .object(at)
                .and_then(|object| object.get("security"));
            self.inherits_security |= item.call.is_some() && own.is_none();
        }
        self.inherits_security |= self.view.rest == Rest::Keep;
        if let Some(security) = document
            .root
            .get("security")
            .filter(|_| self.inherits_security)
        {
            self.note_security(security);
        }
        for (path, item) in document.paths() {
            for name in item.as_object().into_iter().flat_map(Object::keys) {
                if !is_operation(name)
                    && self.view.keeps_path(path)
                    && self.view.keeps_of_path(path, name)
                {
                    self.queue.push(Pointer::of(["paths", path, name]));
                }
            }
        }
        for name in document.root.as_object().into_iter().flat_map(Object::keys) {
            let judged = matches!(
                name.as_str(),
                "paths" | "webhooks" | "components" | "tags" | "security"
            );
            if !judged && self.view.keeps_of_root(name) {
                self.queue.push(Pointer::of([name]));
            }
        }
    }

    fn run(&mut self) {
        while let Some(place) = self.queue.pop() {
            self.scan(&place);
        }
    }

    fn scan(&mut self, place: &Pointer) {
        let root = &self.view.document.root;
        let Some(json) = place.find(root) else { return };
        walk(json, &mut Here::at(root, place), &mut |here, members| {
            if self.view.is_dead(&here.pointer) {
                return false;
            }
            for mention in references(members) {
                self.refer(here.scope(), mention);
            }
            if here.sort == Sort::Fields {
                if let Some(security) = members.get("security") {
                    self.note_security(security);
                }
                let tags = members.get("tags").into_iter().flat_map(Json::strings);
                self.tags.extend(tags);
            }
            true
        });
    }

    fn refer(&mut self, scope: Pointer, mention: Mention<'a>) {
        let (place, exact) = match self.view.document.resolve(&scope, mention) {
            Target::Elsewhere | Target::Nowhere => return,
            Target::Exactly(place) => (place, true),
            Target::Around(place) => (place, false),
        };
        let gone = match self.view.fate(&place) {
            Fate::Component => {
                self.keep(place.first(3));
                false
            }
            Fate::Container => {
                self.containers.insert(place.clone());
                false
            }
            Fate::Stay => false,
            Fate::Gone => true,
        };
        if gone {
            let new = self.move_out(place);
            self.rewritten.insert((scope, mention), new.to_reference());
        } else if !exact {
            self.rewritten
                .insert((scope, mention), place.to_reference());
        }
    }

    fn keep(&mut self, component: Pointer) {
        if self.components.insert(component.clone()) {
            self.queue.push(component);
        }
    }

    /// Makes a component of something that stands in what is hidden.
    fn move_out(&mut self, place: Pointer) -> Pointer {
        if let Some(new) = self.moved.get(&place) {
            return new.clone();
        }
        let (kind, wanted) = component_name(&place);
        let mut new = Pointer::of(["components", kind, &wanted]);
        let mut count = 1;
        while self.moved.values().any(|other| *other == new)
            || new.find(&self.view.document.root).is_some()
        {
            count += 1;
            new = Pointer::of(["components", kind, &format!("{wanted}{count}")]);
        }
        self.moved.insert(place.clone(), new.clone());
        if !self.view.moves_empty(&place) {
            self.queue.push(place);
        }
        new
    }

    fn note_security(&mut self, security: &'a Json) {
        let alternatives = security.as_array().unwrap_or_default();
        for (name, scopes) in alternatives.iter().filter_map(Json::as_object).flatten() {
            let mut place = match Reference::parse(name).fragment {
                Fragment::Place(place) if name.starts_with('#') => place,
                Fragment::Place(_) | Fragment::Anchor(_) => {
                    Pointer::of(["components", "securitySchemes", name])
                }
            };
            for _ in 0..MAX_HOPS {
                let Some(scheme) = place.find(&self.view.document.root) else {
                    break;
                };
                if self.view.fate(&place) != Fate::Component {
                    break;
                }
                self.keep(place.clone());
                self.scopes
                    .entry(place)
                    .or_default()
                    .extend(scopes.strings());
                let Some(text) = scheme.get("$ref").and_then(Json::as_str) else {
                    break;
                };
                let mention = Mention { text, name: false };
                match self.view.document.resolve(&Pointer::root(), mention) {
                    Target::Exactly(next) | Target::Around(next) => place = next,
                    Target::Elsewhere | Target::Nowhere => break,
                }
            }
        }
    }
}

/// Of which kind a component is that is made of what stands at a place, and a name for it that does not tell where it stood.
fn component_name(place: &Pointer) -> (&'static str, String) {
    let names: Vec<&str> = place.names().iter().map(String::as_str).collect();
    let kind = match *names.as_slice() {
        [.., "requestBody"] => "requestBodies",
        [.., "callbacks", _] => "callbacks",
        [.., "examples", _] => "examples",
        [.., "headers", _] => "headers",
        [.., "links", _] => "links",
        [.., "parameters", _] => "parameters",
        [.., "responses", _] => "responses",
        ["paths" | "webhooks", _] => "pathItems",
        _ => "schemas",
    };
    let telling = matches!(names.first(), Some(&("paths" | "webhooks")));
    let name = names.last().filter(|name| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        !telling && !name.is_empty() && name.bytes().all(plain)
    });
    (
        kind,
        name.map_or_else(|| "Shared".to_owned(), |name| (*name).to_owned()),
    )
}
