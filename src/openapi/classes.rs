//! Documents as they were rendered: one for all callers who see the same.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use bytes::Bytes;
use http::HeaderValue;
use sha2::{Digest, Sha256};

use super::{json::Json, shown::Shown};

/// A document as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Rendered {
    pub(super) bytes: Bytes,
    /// Strong, and of the bytes alone: what is hidden does not change it, and every machine has the same.
    pub(super) etag: HeaderValue,
}

impl Rendered {
    pub(super) fn new(document: &Json) -> Self {
        // Writing what was read does not fail; nothing is what a failure would show.
        let bytes = Bytes::from(document.to_bytes().unwrap_or_default());
        let mut etag = String::from("\"");
        for byte in Sha256::digest(&bytes).iter().take(16) {
            write!(etag, "{byte:02x}").unwrap_or_default();
        }
        etag.push('"');
        Self {
            bytes,
            etag: HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"\"")),
        }
    }
}

/// The last classes that were asked for, the latest last.
#[derive(Debug)]
pub(super) struct Classes {
    max: usize,
    kept: Mutex<Vec<Class>>,
}

#[derive(Debug)]
struct Class {
    shown: Shown,
    rendered: Arc<OnceLock<Rendered>>,
}

impl Classes {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            kept: Mutex::default(),
        }
    }

    /// The document of a class; `render` is called where it is not there, by one of those who ask for it at that moment.
    pub(super) fn get(&self, shown: &Shown, render: impl FnOnce() -> Rendered) -> Rendered {
        self.cell(shown).get_or_init(render).clone()
    }

    fn cell(&self, shown: &Shown) -> Arc<OnceLock<Rendered>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let class = match kept.iter().position(|class| class.shown == *shown) {
            Some(at) => kept.remove(at),
            None => Class {
                shown: shown.clone(),
                rendered: Arc::default(),
            },
        };
        let rendered = class.rendered.clone();
        kept.push(class);
        if kept.len() > self.max {
            kept.remove(0);
        }
        rendered
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn each_class_is_rendered_once_while_it_is_among_the_last() {
        let classes = Classes::new(2);
        let count = Cell::new(0);
        let get = |which: usize| {
            classes.get(&Shown::new(3, |at| at == which), || {
                count.set(count.get() + 1);
                Rendered::new(&Json::from(["a", "b", "c"][which]))
            })
        };
        for (which, expect) in [(0, 1), (0, 1), (1, 2), (0, 2), (2, 3), (0, 3), (1, 4)] {
            assert_eq!(get(which).bytes, ["\"a\"", "\"b\"", "\"c\""][which]);
            assert_eq!(count.get(), expect, "{which}");
        }
        assert_ne!(get(0).etag, get(1).etag);
    }

    #[test]
    fn without_a_cache_every_answer_is_rendered() {
        let classes = Classes::new(0);
        for _ in 0..2 {
            let mut called = false;
            classes.get(&Shown::new(1, |_| true), || {
                called = true;
                Rendered::new(&Json::Null)
            });
            assert!(called);
        }
    }
}
