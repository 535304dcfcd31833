//! All that the descriptors define, what of it uses what, and which calls they describe.

use std::collections::{HashMap, HashSet};

use http::Uri;

use super::{
    draft::{Draft, Drafts, Kind, error, malformed, text},
    imports::Imports,
    resolve::Names,
    schema as s,
    wire::fields,
};
use crate::ConfigError;

#[derive(Debug)]
pub(super) struct Catalog {
    pub(super) files: Vec<File>,
    /// Those of one file after those of another, each before what it holds.
    pub(super) items: Vec<Item>,
    pub(super) imports: Imports,
    pub(super) calls: Vec<Call>,
    /// Items that whoever sees anything sees.
    pub(super) also: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct File {
    /// As it came.
    pub(super) bytes: Vec<u8>,
    /// The number of the item that is the file.
    pub(super) item: usize,
    /// Whether all the world knows what is in it.
    pub(super) is_known: bool,
    /// The files that it refers to.
    pub(super) refers_to: HashSet<usize>,
}

#[derive(Debug)]
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) file: usize,
    pub(super) parent: Option<usize>,
    /// The number of the next item that is not within this one.
    pub(super) end: usize,
    /// The items that it names.
    pub(super) uses: Vec<usize>,
}

/// What a predicate is asked about: a method, or a service that has none.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) item: usize,
    pub(super) target: Uri,
}

impl Catalog {
    /// Reads encoded sets of files. Of files of one path, the first counts.
    pub(super) fn read(
        sets: &[Vec<u8>],
        also: &[String],
        known: &[String],
    ) -> Result<Self, ConfigError> {
        let (files, paths) = split(sets)?;
        let imports = Imports::read(&files, &paths)?;
        let mut drafts = Drafts::default();
        let mut starts = Vec::new();
        for file in &files {
            starts.push(drafts.0.len());
            drafts.add_file(file)?;
        }
        let Drafts(drafts) = drafts;
        let names = Names::new(&drafts)?;
        let uses = names.uses(&drafts)?;
        let also = also
            .iter()
            .map(|name| {
                let found = names.find("", &format!(".{name}"));
                found.ok_or_else(|| {
                    error(format!("has no `{name}` to show; name it with its package"))
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let calls = calls(&drafts)?;

        let mut items: Vec<Item> = Vec::with_capacity(drafts.len());
        let mut file = 0;
        for (at, (draft, uses)) in drafts.iter().zip(uses).enumerate() {
            if starts.get(file + 1).is_some_and(|next| *next <= at) {
                file += 1;
            }
            items.push(Item {
                kind: draft.kind,
                file,
                parent: draft.parent,
                end: draft.end,
                uses,
            });
        }
        let is_known: Vec<bool> = starts
            .iter()
            .map(|start| {
                let path = drafts.get(*start).map_or("", |draft| draft.name.as_str());
                known.iter().any(|prefix| path.starts_with(prefix))
            })
            .collect();
        let files = files
            .into_iter()
            .zip(starts)
            .zip(is_known)
            .map(|((bytes, item), is_known)| File {
                bytes,
                item,
                is_known,
                refers_to: HashSet::new(),
            })
            .collect();
        let mut catalog = Self {
            files,
            items,
            imports,
            calls,
            also,
        };
        for file in 0..catalog.files.len() {
            let refers_to = catalog.refers_to(file, |_| true);
            if let Some(file) = catalog.files.get_mut(file) {
                file.refers_to = refers_to;
            }
        }
        Ok(catalog)
    }

    /// The other files that those items of a file refer to which `counts`.
    pub(super) fn refers_to(&self, file: usize, counts: impl Fn(usize) -> bool) -> HashSet<usize> {
        let mut found = HashSet::new();
        let Some(start) = self.files.get(file).map(|file| file.item) else {
            return found;
        };
        let end = self.items.get(start).map_or(start, |item| item.end);
        for item in (start..end).filter(|at| counts(*at)) {
            let uses = self.items.get(item).into_iter().flat_map(|item| &item.uses);
            found.extend(
                uses.filter_map(|used| self.items.get(*used))
                    .map(|used| used.file),
            );
        }
        found.remove(&file);
        found
    }
}

type Files = (Vec<Vec<u8>>, HashMap<String, usize>);

fn split(sets: &[Vec<u8>]) -> Result<Files, ConfigError> {
    let mut files = Vec::new();
    let mut paths = HashMap::new();
    for field in sets.iter().flat_map(|set| fields(set)) {
        let field = field.map_err(|_| malformed())?;
        if field.number != s::SET_FILE {
            continue;
        }
        let file = field.bytes().ok_or_else(malformed)?;
        let path = text(file, s::FILE_NAME)?.ok_or_else(|| error("has a file without a name"))?;
        if !paths.contains_key(path) {
            paths.insert(path.to_owned(), files.len());
            files.push(file.to_vec());
        }
    }
    Ok((files, paths))
}

fn calls(drafts: &[Draft<'_>]) -> Result<Vec<Call>, ConfigError> {
    let mut calls = Vec::new();
    for (item, draft) in drafts.iter().enumerate() {
        let target = match draft.kind {
            Kind::Method => {
                let (service, method) = draft.name.rsplit_once('.').unwrap_or_default();
                format!("/{service}/{method}")
            }
            // Asked as if it had all methods that there could be.
            Kind::Service if draft.end == item + 1 => format!("/{}/{{method}}", draft.name),
            Kind::Service | Kind::Enum | Kind::Extension | Kind::File | Kind::Message => continue,
        };
        let target = Uri::try_from(target)
            .map_err(|source| error("has a name that no request can have").with_source(source))?;
        calls.push(Call { item, target });
    }
    Ok(calls)
}
