//! From a reference to the place that it means.

use std::collections::{HashMap, HashSet};

use super::{
    json::Json,
    pointer::{Fragment, Pointer, Reference},
    walk::{Here, Mention, Sort, references, walk},
};

/// What the references of a document can mean besides places: the names that its schemas have.
#[derive(Debug, Default)]
pub(super) struct Resolver {
    anchors: HashMap<String, Vec<Pointer>>,
    ids: Vec<(String, Pointer)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// In another document.
    Elsewhere,
    Nowhere,
    /// Where it says.
    Exactly(Pointer),
    /// Here, by way of another reference that stands on the way: what strict readers do not follow.
    Around(Pointer),
}

/// A reference that leads nowhere.
#[derive(Debug)]
pub(super) enum Flaw {
    /// From here, to this text.
    Dangling(Pointer, String),
    /// From here, through other references, to itself.
    Circular(Pointer, String),
}

impl Resolver {
    pub(super) fn new(root: &Json) -> Self {
        let mut this = Self::default();
        walk(
            root,
            &mut Here::at(root, &Pointer::root()),
            &mut |here, members| {
                for name in ["$anchor", "$dynamicAnchor"] {
                    if let Some(anchor) = members.get(name).and_then(Json::as_str) {
                        let places = this.anchors.entry(anchor.to_owned()).or_default();
                        places.push(here.pointer.clone());
                    }
                }
                if here.sort == Sort::Fields {
                    for name in ["$id", "$self"] {
                        if let Some(id) = members.get(name).and_then(Json::as_str) {
                            let id = id.trim_end_matches('#');
                            this.ids.push((id.to_owned(), here.pointer.clone()));
                        }
                    }
                }
                true
            },
        );
        this
    }

    /// Where a reference that stands within `scope` leads.
    pub(super) fn resolve(&self, root: &Json, scope: &Pointer, mention: Mention<'_>) -> Target {
        if mention.name && !mention.text.contains(['#', '/']) {
            let named = Pointer::of(["components", "schemas", mention.text]);
            return match named.find(root) {
                Some(_) => Target::Exactly(named),
                None => Target::Elsewhere,
            };
        }
        let Reference { document, fragment } = Reference::parse(mention.text);
        if document.is_empty() {
            let own = self.look(root, scope, &fragment);
            if own == Target::Nowhere && *scope != Pointer::root() {
                return self.look(root, &Pointer::root(), &fragment);
            }
            return own;
        }
        // An `$id` is absolute, and what is written may be the end of it.
        let named = self.ids.iter().find(|(id, _)| {
            id == document
                || id
                    .strip_suffix(document.trim_start_matches("./"))
                    .is_some_and(|start| start.ends_with('/'))
        });
        match named {
            Some((_, base)) => self.look(root, base, &fragment),
            None => Target::Elsewhere,
        }
    }

    fn look(&self, root: &Json, base: &Pointer, fragment: &Fragment) -> Target {
        match fragment {
            Fragment::Place(pointer) => Self::follow(root, base.join(pointer)),
            Fragment::Anchor(name) => {
                let places = self.anchors.get(name).map_or(&[][..], Vec::as_slice);
                let near = places
                    .iter()
                    .find(|place| place.names().starts_with(base.names()));
                match near.or(places.first()) {
                    Some(place) => Target::Exactly(place.clone()),
                    None => Target::Nowhere,
                }
            }
        }
    }

    /// Goes to a place, by way of references on the way where it must.
    fn follow(root: &Json, mut pointer: Pointer) -> Target {
        if pointer.find(root).is_some() {
            return Target::Exactly(pointer);
        }
        for _ in 0..MAX_HOPS {
            let mut json = root;
            let mut steps = 0;
            for name in pointer.names() {
                let Some(child) = json.child(name) else { break };
                json = child;
                steps += 1;
            }
            if steps == pointer.names().len() {
                return Target::Around(pointer);
            }
            let Some(text) = json.get("$ref").and_then(Json::as_str) else {
                return Target::Nowhere;
            };
            let Reference {
                document: "",
                fragment: Fragment::Place(start),
            } = Reference::parse(text)
            else {
                return Target::Elsewhere;
            };
            pointer = start.join(&pointer.after(steps));
        }
        Target::Nowhere
    }

    /// The references that lead nowhere. Those in data, which may be none, and those into other documents are not looked at.
    pub(super) fn flaws(&self, root: &Json) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let mut sound = HashSet::new();
        walk(
            root,
            &mut Here::at(root, &Pointer::root()),
            &mut |here, members| {
                if here.sort == Sort::Data {
                    return false;
                }
                let mentions = references(members);
                for mention in mentions.filter(|mention| !mention.name || here.sort == Sort::Fields)
                {
                    let from = || (here.pointer.clone(), mention.text.to_owned());
                    match self.resolve(root, &here.scope(), mention) {
                        Target::Elsewhere => {}
                        Target::Nowhere => {
                            let (from, text) = from();
                            flaws.push(Flaw::Dangling(from, text));
                        }
                        Target::Exactly(place) | Target::Around(place) => {
                            let direct = members.get("$ref").and_then(Json::as_str);
                            if direct == Some(mention.text)
                                && !self.ends(root, &here.pointer, place, &mut sound)
                            {
                                let (from, text) = from();
                                flaws.push(Flaw::Circular(from, text));
                            }
                        }
                    }
                }
                true
            },
        );
        flaws
    }

    /// Whether references that lead to nothing but the next one come to an end.
    fn ends(
        &self,
        root: &Json,
        from: &Pointer,
        mut place: Pointer,
        sound: &mut HashSet<Pointer>,
    ) -> bool {
        let mut seen = HashSet::from([from.clone()]);
        loop {
            if sound.contains(&place) {
                break;
            }
            if !seen.insert(place.clone()) {
                return false;
            }
            let Some(text) = place.find(root).and_then(|json| json.get("$ref")?.as_str()) else {
                break;
            };
            let scope = Here::at(root, &place).scope();
            let mention = Mention { text, name: false };
            match self.resolve(root, &scope, mention) {
                Target::Exactly(next) | Target::Around(next) => place = next,
                Target::Elsewhere | Target::Nowhere => break,
            }
        }
        sound.extend(seen);
        true
    }
}

/// References from one to the next. More are a circle, or as good as one.
pub(super) const MAX_HOPS: usize = 32;
