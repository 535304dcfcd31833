//! The document of a caller: without what is hidden, and without what only that uses.

use super::{
    document::{Document, is_operation},
    fate::Rest,
    json::{Json, Object},
    pointer::Pointer,
    reach::Reach,
    walk::{Here, Mention, Sort},
};
use crate::shown::Shown;

/// What remains for who sees these items alone. For who sees all, that is all.
pub(super) fn prune(document: &Document, shown: &Shown) -> Json {
    if shown.is_all() {
        return document.root.clone();
    }
    let reach = Reach::new(document, shown, Rest::Drop);
    Pruning {
        reach: &reach,
        excluded: None,
    }
    .root()
}

/// What remains where these items alone are to be in the document at all: others go, with what only they use. What nothing
/// uses stays.
pub(super) fn exclude(document: &Document, remaining: &Shown) -> Json {
    if remaining.is_all() {
        return document.root.clone();
    }
    let excluded = Shown::new(document.items.len(), |at| !remaining.contains(at));
    let theirs = Reach::new(document, &excluded, Rest::Drop);
    let mut reach = Reach::new(document, remaining, Rest::Keep);
    reach.add_all_but(&theirs);
    Pruning {
        reach: &reach,
        excluded: Some(&theirs),
    }
    .root()
}

#[derive(Clone, Copy)]
struct Pruning<'a> {
    reach: &'a Reach<'a>,
    /// What excluded items use: of what has no place of its own to be kept by, that alone goes.
    excluded: Option<&'a Reach<'a>>,
}

impl<'a> Pruning<'a> {
    fn root(self) -> Json {
        let mut pruned = Object::new();
        let root = &self.reach.view.document.root;
        for (name, value) in root.as_object().into_iter().flatten() {
            let value = match name.as_str() {
                "paths" => Some(self.paths(value)),
                "webhooks" => self.unless_empty(name, self.webhooks(value)),
                "components" => self.unless_empty(name, self.components(value)),
                "tags" => self.tags(value),
                "x-tagGroups" => self.tag_groups(value),
                "security" => self.reach.inherits_security.then(|| value.clone()),
                _ => self
                    .reach
                    .view
                    .keeps_of_root(name)
                    .then(|| self.copy_of(&Pointer::of([name]), value)),
            };
            if let Some(value) = value {
                pruned.insert(name.clone(), value);
            }
        }
        if !self.reach.moved.is_empty() && !pruned.contains_key("components") {
            let components = self.components(&Object::new().into());
            pruned.insert("components".to_owned(), components);
        }
        if !pruned.contains_key("paths")
            && !pruned.contains_key("webhooks")
            && !pruned.contains_key("components")
        {
            pruned.insert("paths".to_owned(), Object::new().into());
        }
        pruned.into()
    }

    fn paths(self, paths: &'a Json) -> Json {
        let mut pruned = Object::new();
        for (path, item) in paths.as_object().into_iter().flatten() {
            if !path.starts_with('/') {
                if self.reach.view.rest == Rest::Keep {
                    pruned.insert(path.clone(), item.clone());
                }
            } else if self.reach.view.keeps_path(path) {
                pruned.insert(path.clone(), self.path_item(path, item));
            }
        }
        pruned.into()
    }

    fn path_item(self, path: &str, item: &'a Json) -> Json {
        let mut pruned = Object::new();
        for (name, value) in item.as_object().into_iter().flatten() {
            let place = Pointer::of(["paths", path, name]);
            let value = if name == "additionalOperations" && value.as_object().is_some() {
                self.unless_empty(name, self.filter(&place, value, |place| self.shows(place)))
            } else if is_operation(name) {
                self.shows(&place).then(|| self.copy_of(&place, value))
            } else {
                let keep = self.reach.view.keeps_of_path(path, name);
                keep.then(|| self.copy_of(&place, value))
            };
            if let Some(value) = value {
                pruned.insert(name.clone(), value);
            }
        }
        pruned.into()
    }

    fn webhooks(self, webhooks: &'a Json) -> Json {
        self.filter(&Pointer::of(["webhooks"]), webhooks, |place| {
            self.shows(place)
        })
    }

    fn shows(self, place: &Pointer) -> bool {
        match self.reach.view.document.item_at(place) {
            Some(at) => self.reach.view.shown.contains(at),
            None => self.reach.view.rest == Rest::Keep,
        }
    }

    fn components(self, components: &'a Json) -> Json {
        let mut pruned = Object::new();
        for (kind, named) in components.as_object().into_iter().flatten() {
            let place = Pointer::of(["components", kind]);
            let kept = if named.as_object().is_none() {
                (self.reach.view.rest == Rest::Keep).then(|| named.clone())
            } else {
                let kept = self.filter(&place, named, |place| self.reach.keeps(place));
                self.unless_empty_at(&place, named, kept)
            };
            if let Some(kept) = kept {
                pruned.insert(kind.clone(), kept);
            }
        }
        self.scopes(&mut pruned);
        for (from, to) in &self.reach.moved {
            let [_, kind, name] = to.names() else {
                continue;
            };
            let value = from.find(&self.reach.view.document.root);
            let value = value.filter(|_| !self.reach.view.moves_empty(from));
            let value =
                value.map_or_else(|| Object::new().into(), |value| self.copy_of(from, value));
            let named = pruned
                .entry(kind.clone())
                .or_insert_with(|| Object::new().into());
            if let Some(named) = named.as_object_mut() {
                named.insert(name.clone(), value);
            }
        }
        pruned.into()
    }

    /// Takes out of OAuth flows the scopes that nothing shown asks for.
    fn scopes(self, components: &mut Object) {
        let schemes = components
            .get_mut("securitySchemes")
            .and_then(Json::as_object_mut);
        for (name, scheme) in schemes.into_iter().flatten() {
            let place = Pointer::of(["components", "securitySchemes", name]);
            let flows = scheme
                .as_object_mut()
                .and_then(|scheme| scheme.get_mut("flows")?.as_object_mut());
            for flow in flows.into_iter().flat_map(Object::values_mut) {
                if let Some(scopes) = flow
                    .as_object_mut()
                    .and_then(|flow| flow.get_mut("scopes")?.as_object_mut())
                {
                    scopes.retain(|scope, _| self.keeps_scope(&place, scope));
                }
            }
        }
    }

    fn keeps_scope(self, scheme: &Pointer, scope: &str) -> bool {
        if self.reach.uses_scope(scheme, scope) || OPENID_SCOPES.contains(&scope) {
            return true;
        }
        self.excluded
            .is_some_and(|excluded| !excluded.uses_scope(scheme, scope))
    }

    fn tags(self, tags: &'a Json) -> Option<Json> {
        let list = tags.as_array()?;
        let named = |tag: &'a Json| tag.get("name").and_then(Json::as_str);
        let mut kept: Vec<&str> = list
            .iter()
            .filter_map(named)
            .filter(|tag| self.keeps_tag(tag))
            .collect();
        // A tag that stays keeps those that it stands below.
        let mut at = 0;
        while let Some(tag) = kept.get(at) {
            let parents = list
                .iter()
                .filter(|one| named(one) == Some(*tag))
                .filter_map(|one| one.get("parent")?.as_str());
            let new: Vec<&str> = parents.filter(|parent| !kept.contains(parent)).collect();
            kept.extend(new);
            at += 1;
        }
        let kept: Vec<Json> = list
            .iter()
            .filter(|tag| named(tag).is_some_and(|tag| kept.contains(&tag)))
            .cloned()
            .collect();
        (!kept.is_empty()).then_some(Json::Array(kept))
    }

    fn keeps_tag(self, tag: &str) -> bool {
        self.reach.uses_tag(tag)
            || self
                .excluded
                .is_some_and(|excluded| !excluded.uses_tag(tag))
    }

    /// Groups of tags, as some viewers know them.
    fn tag_groups(self, groups: &'a Json) -> Option<Json> {
        let mut kept = Vec::new();
        for group in groups.as_array()? {
            let mut group = group.as_object()?.clone();
            let tags = group.get_mut("tags")?;
            *tags = tags
                .strings()
                .filter(|tag| self.keeps_tag(tag))
                .map(Json::from)
                .collect();
            if tags.as_array().is_some_and(|tags| !tags.is_empty()) {
                kept.push(Json::Object(group));
            }
        }
        (!kept.is_empty()).then_some(Json::Array(kept))
    }

    fn filter(self, place: &Pointer, named: &'a Json, keeps: impl Fn(&Pointer) -> bool) -> Json {
        let mut kept = Object::new();
        for (name, value) in named.as_object().into_iter().flatten() {
            let place = place.join(&Pointer::of([name]));
            if keeps(&place) {
                kept.insert(name.clone(), self.copy_of(&place, value));
            }
        }
        kept.into()
    }

    fn unless_empty(self, name: &str, pruned: Json) -> Option<Json> {
        let empty = pruned.as_object().is_some_and(Object::is_empty);
        (!empty || self.reach.is_container(&Pointer::of([name]))).then_some(pruned)
    }

    fn unless_empty_at(self, place: &Pointer, was: &Json, pruned: Json) -> Option<Json> {
        let empty = pruned.as_object().is_some_and(Object::is_empty);
        let emptied = empty && (self.reach.view.rest == Rest::Drop || pruned != *was);
        (!emptied || self.reach.is_container(place)).then_some(pruned)
    }

    fn copy_of(self, place: &Pointer, value: &'a Json) -> Json {
        let mut here = Here::at(&self.reach.view.document.root, place);
        self.copy(value, &mut here)
    }

    /// A copy without dead links, and with references to what was moved.
    fn copy(self, json: &'a Json, here: &mut Here) -> Json {
        match json {
            Json::Array(values) => values
                .iter()
                .enumerate()
                .map(|(at, value)| {
                    here.within(json, &at.to_string(), value, |here| self.copy(value, here))
                })
                .collect(),
            Json::Object(members) => {
                let mut copied = Object::with_capacity(members.len());
                for (name, value) in members {
                    let value =
                        here.within(json, name, value, |here| self.member(name, value, here));
                    if let Some(value) = value {
                        copied.insert(name.clone(), value);
                    }
                }
                copied.into()
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => json.clone(),
        }
    }

    fn member(self, name: &str, value: &'a Json, here: &mut Here) -> Option<Json> {
        if self.reach.view.is_dead(&here.pointer) {
            return None;
        }
        if let Json::String(text) = value
            && matches!(name, "$ref" | "$dynamicRef" | "$recursiveRef")
        {
            let mention = Mention { text, name: false };
            return Some(
                self.reach
                    .rewritten(here.scope(), mention)
                    .unwrap_or(text)
                    .into(),
            );
        }
        let mut copied = self.copy(value, here);
        if name == "discriminator" {
            self.rewrite_mapping(value, &mut copied, here);
        }
        let emptied = here.sort == Sort::Links
            && copied.as_object().is_some_and(Object::is_empty)
            && *value != copied;
        (!emptied).then_some(copied)
    }

    fn rewrite_mapping(self, was: &'a Json, copied: &mut Json, here: &Here) {
        let new = |value: &'a Json| {
            let mention = Mention {
                text: value.as_str()?,
                name: true,
            };
            self.reach.rewritten(here.scope(), mention).map(Json::from)
        };
        let Some(copied) = copied.as_object_mut() else {
            return;
        };
        if let Some(default) = was.get("defaultMapping").and_then(new) {
            copied.insert("defaultMapping".to_owned(), default);
        }
        let mapping = copied.get_mut("mapping").and_then(Json::as_object_mut);
        for (name, value) in mapping.into_iter().flatten() {
            let was = was.get("mapping").and_then(|mapping| mapping.get(name));
            if let Some(new) = was.and_then(new) {
                *value = new;
            }
        }
    }
}

/// Scopes that [OpenID Connect](https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims) defines, which every client may ask for and which say nothing about operations.
const OPENID_SCOPES: &[&str] = &[
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    "offline_access",
];
