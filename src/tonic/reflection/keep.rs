//! What remains for a caller: what the shown calls use, and what that uses.

use super::{catalog::Catalog, draft::Kind};
use crate::shown::Shown;

/// What remains of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// Nothing.
    Gone,
    /// What it holds; of a message, not its fields.
    Shell,
    /// All that is its own.
    Whole,
}

/// What remains of each item.
#[derive(Debug)]
pub(super) struct Kept(Vec<Mark>);

impl Kept {
    /// For callers who see these calls.
    pub(super) fn new(catalog: &Catalog, shown: &Shown) -> Self {
        let mut spreading = Spreading {
            catalog,
            known: known(catalog, shown),
            marks: vec![Mark::Gone; catalog.items.len()],
            open: Vec::new(),
        };
        let calls = catalog.calls.iter().enumerate();
        let calls = calls.filter(|(at, _)| shown.contains(*at));
        for item in calls.map(|(_, call)| call.item) {
            spreading.mark(item, Mark::Whole);
        }
        if !spreading.open.is_empty() {
            for item in &catalog.also {
                spreading.mark(*item, Mark::Whole);
            }
        }
        spreading.spread();
        Self(spreading.marks)
    }

    pub(super) fn mark(&self, item: usize) -> Mark {
        self.0.get(item).copied().unwrap_or(Mark::Gone)
    }

    /// Whether what the item uses is there because of it.
    pub(super) fn refers(&self, catalog: &Catalog, item: usize) -> bool {
        refers(catalog, item, self.mark(item))
    }
}

/// The shell of a message has no fields; that of all else refers as the whole does.
fn refers(catalog: &Catalog, item: usize, mark: Mark) -> bool {
    let kind = catalog.items.get(item).map(|item| item.kind);
    match mark {
        Mark::Gone => false,
        Mark::Shell => kind != Some(Kind::Message),
        Mark::Whole => true,
    }
}

/// The files that all the world knows, and of whose services nothing is hidden: a part of one would tell that there is more.
fn known(catalog: &Catalog, shown: &Shown) -> Vec<bool> {
    let mut known: Vec<bool> = catalog.files.iter().map(|file| file.is_known).collect();
    for (at, call) in catalog.calls.iter().enumerate() {
        let file = catalog.items.get(call.item).map(|item| item.file);
        if !shown.contains(at)
            && let Some(known) = file.and_then(|file| known.get_mut(file))
        {
            *known = false;
        }
    }
    known
}

struct Spreading<'a> {
    catalog: &'a Catalog,
    known: Vec<bool>,
    marks: Vec<Mark>,
    /// Marked anew, with what they were before.
    open: Vec<(usize, Mark)>,
}

impl Spreading<'_> {
    fn mark(&mut self, item: usize, mark: Mark) {
        if let Some(now) = self.marks.get_mut(item)
            && *now < mark
        {
            let before = std::mem::replace(now, mark);
            self.open.push((item, before));
        }
    }

    fn spread(&mut self) {
        while let Some((at, before)) = self.open.pop() {
            let catalog = self.catalog;
            let (Some(item), Some(mark)) = (catalog.items.get(at), self.marks.get(at).copied())
            else {
                continue;
            };
            if let Some(parent) = item.parent {
                self.mark(parent, Mark::Shell);
            }
            if item.kind == Kind::File && self.known.get(item.file) == Some(&true) {
                for within in at + 1..item.end {
                    self.mark(within, Mark::Whole);
                }
            }
            if refers(catalog, at, mark) && !refers(catalog, at, before) {
                for used in &item.uses {
                    self.mark(*used, Mark::Whole);
                    self.mark_between(item.file, *used);
                }
            }
        }
    }

    /// Keeps the files that import others publicly, where something is found by way of them.
    fn mark_between(&mut self, from: usize, used: usize) {
        let catalog = self.catalog;
        let Some(target) = catalog.items.get(used).map(|item| item.file) else {
            return;
        };
        if target != from {
            for file in catalog.imports.between(from, target) {
                if let Some(file) = catalog.files.get(file) {
                    self.mark(file.item, Mark::Shell);
                }
            }
        }
    }
}
