//! What the shown items of a document use.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use super::{
    document::{Document, is_operation},
    json::{Json, Object},
    pointer::{Fragment, Pointer, Reference},
    resolve::Target,
    shown::Shown,
    walk::{Here, Mention, Sort, references, walk},
};

/// What becomes of that which neither shown nor hidden items use, and of what nobody but its author knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// It is gone: who sees less than all sees what is known to be theirs.
    Drop,
    /// It stays.
    Keep,
}

/// All that the shown items use, however far off.
#[derive(Debug)]
pub(super) struct Reach<'a> {
    pub(super) document: &'a Document,
    pub(super) shown: &'a Shown,
    pub(super) rest: Rest,
    /// Links that lead to what is hidden.
    dead: HashSet<&'a Pointer>,
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
            document,
            shown,
            rest,
            dead: HashSet::new(),
            components: HashSet::new(),
            containers: HashSet::new(),
            moved: IndexMap::new(),
            rewritten: HashMap::new(),
            scopes: HashMap::new(),
            tags: HashSet::new(),
            inherits_security: false,
            queue: Vec::new(),
        };
        this.dead = document
            .links
            .iter()
            .filter(|place| {
                let link = place.find(&document.root);
                link.is_some_and(|link| !this.lives(link, MAX_HOPS))
            })
            .collect();
        this.start();
        this.run();
        this
    }

    /// Adds all components but those that `others` use and what nothing else does.
    pub(super) fn add_all_but(&mut self, others: &Reach<'_>) {
        for (kind, named) in self.document.components() {
            for name in named.as_object().into_iter().flat_map(Object::keys) {
                let place = Pointer::of(["components", kind, name]);
                if !others.components.contains(&place) && !self.is_dead(&place) {
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

    pub(super) fn is_dead(&self, place: &Pointer) -> bool {
        !self.dead.is_empty() && self.dead.contains(place)
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

    fn start(&mut self) {
        let document = self.document;
        for (at, item) in document.items.iter().enumerate() {
            if !self.shown.contains(at) {
                continue;
            }
            self.queue.push(item.place.clone());
            let own = document
                .object(at)
                .and_then(|object| object.get("security"));
            self.inherits_security |= item.call.is_some() && own.is_none();
        }
        self.inherits_security |= self.rest == Rest::Keep;
        if let Some(security) = document
            .root
            .get("security")
            .filter(|_| self.inherits_security)
        {
            self.note_security(security);
        }
        for (path, item) in document.paths() {
            for name in item.as_object().into_iter().flat_map(Object::keys) {
                if !is_operation(name) && self.keeps_path(path) && self.keeps_of_path(path, name) {
                    self.queue.push(Pointer::of(["paths", path, name]));
                }
            }
        }
        for name in document.root.as_object().into_iter().flat_map(Object::keys) {
            let judged = matches!(
                name.as_str(),
                "paths" | "webhooks" | "components" | "tags" | "security"
            );
            if !judged && self.keeps_of_root(name) {
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
        let root = &self.document.root;
        let Some(json) = place.find(root) else { return };
        walk(json, &mut Here::at(root, place), &mut |here, members| {
            if self.is_dead(&here.pointer) {
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
        let root = &self.document.root;
        let (place, exact) = match self.document.resolver.resolve(root, &scope, mention) {
            Target::Elsewhere | Target::Nowhere => return,
            Target::Exactly(place) => (place, true),
            Target::Around(place) => (place, false),
        };
        let gone = match self.fate(&place) {
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

    fn fate(&self, place: &Pointer) -> Fate {
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

    /// Makes a component of something that stands in what is hidden.
    fn move_out(&mut self, place: Pointer) -> Pointer {
        if let Some(new) = self.moved.get(&place) {
            return new.clone();
        }
        let (kind, wanted) = component_name(&place);
        let mut new = Pointer::of(["components", kind, &wanted]);
        let mut count = 1;
        while self.moved.values().any(|other| *other == new)
            || new.find(&self.document.root).is_some()
        {
            count += 1;
            new = Pointer::of(["components", kind, &format!("{wanted}{count}")]);
        }
        self.moved.insert(place.clone(), new.clone());
        if !self.moves_empty(&place) {
            self.queue.push(place);
        }
        new
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
                let Some(scheme) = place.find(&self.document.root) else {
                    break;
                };
                if self.fate(&place) != Fate::Component {
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
                match self
                    .document
                    .resolver
                    .resolve(&self.document.root, &Pointer::root(), mention)
                {
                    Target::Exactly(next) | Target::Around(next) => place = next,
                    Target::Elsewhere | Target::Nowhere => break,
                }
            }
        }
    }

    /// Whether a link leads to what is shown, or out of the document.
    fn lives(&self, link: &Json, hops: usize) -> bool {
        let text = |name| link.get(name).and_then(Json::as_str);
        if let Some(text) = text("$ref") {
            let mention = Mention { text, name: false };
            return match self.document.resolver.resolve(
                &self.document.root,
                &Pointer::root(),
                mention,
            ) {
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

/// What becomes of a place that something refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
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

/// References from one to the next. More are a circle, or as good as one.
const MAX_HOPS: usize = 32;
