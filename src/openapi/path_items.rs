//! Path items that stand elsewhere.

use std::collections::HashSet;

use super::{
    check::flaw,
    document::Strictness,
    json::{Json, Object},
    pointer::{Fragment, Reference},
};
use crate::ConfigError;

/// Puts path items in the place of references to them: one that stands at two paths may be shown at one alone.
pub(super) fn inline(root: &mut Json, strictness: &Strictness) -> Result<(), ConfigError> {
    let mut changes = Vec::new();
    let paths = root.get("paths").and_then(Json::as_object);
    for (path, item) in paths.into_iter().flatten() {
        if item.get("$ref").is_some() && path.starts_with('/') {
            changes.push((path.clone(), whole_path_item(root, path, item, strictness)?));
        }
    }
    if let Some(paths) = root
        .as_object_mut()
        .and_then(|root| root.get_mut("paths")?.as_object_mut())
    {
        for (path, item) in changes {
            match item {
                Some(item) => drop(paths.insert(path, item)),
                None => drop(paths.shift_remove(&path)),
            }
        }
    }
    Ok(())
}

/// What the references of a path item lead to, with what stands beside them; `None` where that is nothing.
fn whole_path_item(
    root: &Json,
    path: &str,
    item: &Json,
    strictness: &Strictness,
) -> Result<Option<Json>, ConfigError> {
    let mut whole = Object::new();
    let mut seen = HashSet::new();
    let mut item = item;
    loop {
        for (name, value) in item.as_object().into_iter().flatten() {
            if name != "$ref" && !whole.contains_key(name) {
                whole.insert(name.clone(), value.clone());
            }
        }
        let Some(reference) = item.get("$ref").and_then(Json::as_str) else {
            return Ok(Some(whole.into()));
        };
        if !seen.insert(reference) {
            return Err(flaw(format!("has a path `{path}` that refers to itself")));
        }
        let found = match Reference::parse(reference) {
            Reference {
                document: "",
                fragment: Fragment::Place(place),
            } => place.find(root).filter(|item| item.as_object().is_some()),
            _ => {
                return Err(flaw(format!(
                    "has a path `{path}` that stands in another document; put both into one"
                )));
            }
        };
        match found {
            Some(next) => item = next,
            None if strictness.keep_dangling => return Ok(None),
            None => {
                return Err(flaw(format!(
                    "has a path `{path}` whose reference leads nowhere"
                )));
            }
        }
    }
}
