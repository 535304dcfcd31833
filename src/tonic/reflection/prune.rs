//! The descriptors of a caller: without what is hidden, and without what only that uses.

use std::collections::HashSet;

use super::{
    catalog::{Catalog, File},
    draft::Kind,
    imports::{Import, List},
    keep::{Kept, Mark},
    schema as s,
    wire::{Field, fields, put_bytes, put_number},
};
use crate::shown::Shown;

/// An encoded set of the files that remain for who sees these calls alone. For who sees all, they are as they came.
pub(super) fn prune(catalog: &Catalog, shown: &Shown) -> Vec<u8> {
    let mut set = Vec::new();
    if shown.is_all() {
        for file in &catalog.files {
            put_bytes(s::SET_FILE, &file.bytes, &mut set);
        }
        return set;
    }
    let kept = Kept::new(catalog, shown);
    let pruning = Pruning {
        catalog,
        kept: &kept,
    };
    for (at, file) in catalog.files.iter().enumerate() {
        if kept.mark(file.item) != Mark::Gone {
            put_bytes(s::SET_FILE, &pruning.file(at, file), &mut set);
        }
    }
    set
}

struct Pruning<'a> {
    catalog: &'a Catalog,
    kept: &'a Kept,
}

impl Pruning<'_> {
    /// A file without what is gone, and without its source: where comments stood tells what stood between them.
    fn file(&self, at: usize, file: &File) -> Vec<u8> {
        let imports = self.remaining(at, file);
        let mut out = Vec::with_capacity(file.bytes.len());
        let mut next = file.item + 1;
        let of = |list: List| {
            let imports = imports.iter();
            imports.filter(move |(import, _)| import.list == list)
        };
        let mut dependencies = of(List::Dependency);
        let mut for_options = of(List::OptionDependency);
        for field in fields(&file.bytes).map_while(Result::ok) {
            match field.number {
                s::FILE_MESSAGE | s::FILE_ENUM | s::FILE_SERVICE | s::FILE_EXTENSION => {
                    self.item(&field, &mut next, &mut out);
                }
                s::FILE_DEPENDENCY | s::FILE_OPTION_DEPENDENCY => {
                    let imports = match field.number {
                        s::FILE_DEPENDENCY => &mut dependencies,
                        _ => &mut for_options,
                    };
                    if imports.next().is_some_and(|(_, remains)| *remains) {
                        out.extend_from_slice(field.whole);
                    }
                }
                s::FILE_PUBLIC_DEPENDENCY | s::FILE_WEAK_DEPENDENCY => {
                    renumber(&field, &imports, &mut out);
                }
                s::FILE_NAME
                | s::FILE_PACKAGE
                | s::FILE_OPTIONS
                | s::FILE_SYNTAX
                | s::FILE_EDITION => out.extend_from_slice(field.whole),
                // The source, and what nobody knew when this was written.
                _ => {}
            }
        }
        out
    }

    /// The imports of a file, and which of them remain.
    fn remaining(&self, at: usize, file: &File) -> Vec<(Import, bool)> {
        let catalog = self.catalog;
        let refers_to = catalog.refers_to(at, |item| self.kept.refers(catalog, item));
        let is_for = |refers_to: &HashSet<usize>, import: usize| {
            refers_to
                .iter()
                .any(|target| catalog.imports.finds(at, import, *target))
        };
        let remains = |import: &Import| {
            let Some(imported) = import.file else {
                return false;
            };
            let item = catalog.files.get(imported).map(|file| file.item);
            item.is_some_and(|item| self.kept.mark(item) != Mark::Gone)
                // What was never used is imported as before. What is not used any longer tells of who used it.
                && (import.is_public
                    || is_for(&refers_to, imported)
                    || !is_for(&file.refers_to, imported))
        };
        let imports = catalog.imports.of(at).iter();
        imports.map(|import| (*import, remains(import))).collect()
    }

    /// Writes what remains of a message, an enum, a service, a method or an extension.
    fn item(&self, field: &Field<'_>, next: &mut usize, out: &mut Vec<u8>) {
        let at = *next;
        let Some(item) = self.catalog.items.get(at) else {
            return;
        };
        *next = item.end;
        match self.kept.mark(at) {
            Mark::Gone => {}
            Mark::Whole if item.end == at + 1 => out.extend_from_slice(field.whole),
            mark @ (Mark::Shell | Mark::Whole) => {
                let mut within = Vec::with_capacity(field.whole.len());
                let bytes = field.bytes().unwrap_or_default();
                if item.kind == Kind::Service {
                    self.service(bytes, at, &mut within);
                } else {
                    self.message(bytes, at, mark, &mut within);
                }
                put_bytes(field.number, &within, out);
            }
        }
    }

    fn message(&self, message: &[u8], at: usize, mark: Mark, out: &mut Vec<u8>) {
        let mut next = at + 1;
        for field in fields(message).map_while(Result::ok) {
            match field.number {
                s::MESSAGE_NESTED | s::MESSAGE_ENUM | s::MESSAGE_EXTENSION => {
                    self.item(&field, &mut next, out);
                }
                s::MESSAGE_NAME | s::MESSAGE_VISIBILITY => out.extend_from_slice(field.whole),
                _ if mark == Mark::Whole => out.extend_from_slice(field.whole),
                _ => {}
            }
        }
    }

    fn service(&self, service: &[u8], at: usize, out: &mut Vec<u8>) {
        let mut next = at + 1;
        for field in fields(service).map_while(Result::ok) {
            if field.number == s::SERVICE_METHOD {
                self.item(&field, &mut next, out);
            } else {
                out.extend_from_slice(field.whole);
            }
        }
    }
}

/// Writes which imports are public, or weak, by where they stand among those that remain.
fn renumber(field: &Field<'_>, imports: &[(Import, bool)], out: &mut Vec<u8>) {
    let all_remain = imports.iter().all(|(_, remains)| *remains);
    if all_remain {
        out.extend_from_slice(field.whole);
        return;
    }
    for number in field.numbers() {
        let Ok(index) = usize::try_from(number) else {
            continue;
        };
        if imports.get(index).is_some_and(|(_, remains)| *remains) {
            let before = imports.iter().take(index);
            let index = before.filter(|(_, remains)| *remains).count();
            put_number(field.number, u64::try_from(index).unwrap_or(u64::MAX), out);
        }
    }
}
