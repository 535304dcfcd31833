//! Which file imports which, and through which of its imports a file finds what another defines.

use std::collections::{HashMap, HashSet};

use super::{
    draft::{error, malformed, text},
    schema as s,
    wire::fields,
};
use crate::ConfigError;

/// The imports of all files.
#[derive(Debug)]
pub(super) struct Imports {
    of: Vec<Vec<Import>>,
    /// What is found by importing a file: itself, and what it imports publicly, and so on.
    offers: Vec<HashSet<usize>>,
}

/// An import, as it stands in its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Import {
    /// `None`: an import for options alone of a file that is not there, as it need not be.
    pub(super) file: Option<usize>,
    pub(super) list: List,
    pub(super) is_public: bool,
}

/// Where imports stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Dependency,
    OptionDependency,
}

impl Imports {
    /// Of files by their paths, which are in the same order.
    pub(super) fn read(
        files: &[Vec<u8>],
        paths: &HashMap<String, usize>,
    ) -> Result<Self, ConfigError> {
        let of = files
            .iter()
            .map(|file| read(file, paths))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(at) = cycle(&of) {
            let path = files
                .get(at)
                .map_or(Ok(None), |file| text(file, s::FILE_NAME))?;
            let path = path.unwrap_or_default();
            return Err(error(format!(
                "has `{path}`, which imports itself by way of others"
            )));
        }
        let offers = (0..of.len()).map(|at| offers(&of, at)).collect();
        Ok(Self { of, offers })
    }

    /// Those of a file, in the order in which they stand.
    pub(super) fn of(&self, file: usize) -> &[Import] {
        self.of.get(file).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether `from` finds what `target` defines by importing `import`.
    pub(super) fn finds(&self, from: usize, import: usize, target: usize) -> bool {
        import == target || (!self.is_direct(from, target) && self.offers(import, target))
    }

    /// The files by way of which `from` finds what `target` defines, where it does not import it itself.
    pub(super) fn between(&self, from: usize, target: usize) -> Vec<usize> {
        if self.is_direct(from, target) {
            return Vec::new();
        }
        let imports = self.of(from).iter().filter_map(|import| import.file);
        let mut between: Vec<usize> = imports
            .filter(|import| self.offers(*import, target))
            .flat_map(|import| self.offers.get(import).into_iter().flatten())
            .copied()
            .filter(|file| *file != target && self.offers(*file, target))
            .collect();
        between.sort_unstable();
        between.dedup();
        between
    }

    fn is_direct(&self, from: usize, target: usize) -> bool {
        self.of(from)
            .iter()
            .any(|import| import.file == Some(target))
    }

    fn offers(&self, file: usize, target: usize) -> bool {
        self.offers
            .get(file)
            .is_some_and(|offers| offers.contains(&target))
    }
}

fn read(file: &[u8], paths: &HashMap<String, usize>) -> Result<Vec<Import>, ConfigError> {
    let mut dependencies = Vec::new();
    let mut for_options = Vec::new();
    let mut public = Vec::new();
    for field in fields(file) {
        let field = field.map_err(|_| malformed())?;
        match field.number {
            s::FILE_DEPENDENCY | s::FILE_OPTION_DEPENDENCY => {
                let path = field
                    .bytes()
                    .and_then(|path| std::str::from_utf8(path).ok());
                let path = path.ok_or_else(malformed)?;
                let file = paths.get(path).copied();
                if field.number == s::FILE_OPTION_DEPENDENCY {
                    for_options.push(Import {
                        file,
                        list: List::OptionDependency,
                        is_public: false,
                    });
                } else if file.is_some() {
                    dependencies.push(Import {
                        file,
                        list: List::Dependency,
                        is_public: false,
                    });
                } else {
                    return Err(error(format!(
                        "imports `{path}`, which is not there; have it written with `--include_imports`"
                    )));
                }
            }
            s::FILE_PUBLIC_DEPENDENCY => public.extend(field.numbers()),
            _ => {}
        }
    }
    for index in public {
        let import = usize::try_from(index)
            .ok()
            .and_then(|index| dependencies.get_mut(index));
        import
            .ok_or_else(|| error("imports publicly what it does not import"))?
            .is_public = true;
    }
    dependencies.append(&mut for_options);
    Ok(dependencies)
}

/// A file that imports itself, at once or by way of others.
fn cycle(of: &[Vec<Import>]) -> Option<usize> {
    // Files that nobody is left to import are taken away, until there are none: what remains goes round.
    let mut importers = vec![0_usize; of.len()];
    let files = |at: usize| {
        of.get(at)
            .into_iter()
            .flatten()
            .filter_map(|import| import.file)
    };
    for file in (0..of.len()).flat_map(files) {
        if let Some(count) = importers.get_mut(file) {
            *count += 1;
        }
    }
    let free = |importers: &[usize], at: &usize| importers.get(*at) == Some(&0);
    let mut taken: Vec<usize> = (0..of.len()).filter(|at| free(&importers, at)).collect();
    while let Some(at) = taken.pop() {
        for file in files(at) {
            if let Some(count) = importers.get_mut(file) {
                *count -= 1;
                if *count == 0 {
                    taken.push(file);
                }
            }
        }
    }
    importers.iter().position(|count| *count > 0)
}

fn offers(of: &[Vec<Import>], file: usize) -> HashSet<usize> {
    let mut found = HashSet::from([file]);
    let mut open = vec![file];
    while let Some(at) = open.pop() {
        let public = of
            .get(at)
            .into_iter()
            .flatten()
            .filter(|import| import.is_public);
        open.extend(
            public
                .filter_map(|import| import.file)
                .filter(|file| found.insert(*file)),
        );
    }
    found
}
