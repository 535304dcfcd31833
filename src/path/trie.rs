//! Patterns with parameters: one step a segment.

use std::collections::BTreeMap;

use super::{
    pattern::{Pattern, Segment},
    set::Flags,
    table::Table,
    words::{Ends, Name},
};
use crate::predicate::Verdict;

const ROOT: u32 = 0;

#[derive(Clone, Debug)]
pub(super) struct Trie {
    /// Nodes by the node above and a literal segment; where there are many below one node.
    literals: Table,
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    literals: Literals,
    /// The node below for a parameter; the root where there is none.
    param: u32,
    flags: Flags,
}

/// The nodes below for segments that are spelled out.
#[derive(Clone, Copy, Debug, Default)]
enum Literals {
    #[default]
    None,
    /// Most nodes of most patterns: a look at them costs less than one into the table.
    One(Ends, u32),
    InTable,
}

/// A node while patterns are added.
#[derive(Debug, Default)]
struct Shoot {
    literals: BTreeMap<Vec<u8>, u32>,
    param: u32,
    flags: Flags,
}

impl Trie {
    pub(super) fn new(patterns: &[Pattern], ignore_case: bool) -> Self {
        let mut shoots = vec![Shoot::default()];
        for pattern in patterns {
            // There is room for each: 2^32 segments do not fit into memory.
            let _fits = grow(&mut shoots, pattern, ignore_case);
        }
        let count = shoots.iter().map(|shoot| shoot.literals.len()).sum();
        let mut literals = Table::new(count, ignore_case);
        let nodes = (0..).zip(&shoots).map(|(at, shoot)| Node {
            literals: shoot.literals_at(at, &mut literals, ignore_case),
            param: shoot.param,
            flags: shoot.flags,
        });
        Self {
            nodes: nodes.collect(),
            literals,
        }
    }

    #[inline]
    fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(usize::try_from(at).ok()?)
    }

    /// Of a path without the slash at its end.
    pub(super) fn find(&self, path: &[u8], slash: bool) -> Verdict {
        self.walk(ROOT, path, slash)
    }

    /// As deep as the longest pattern, however long the path is.
    fn walk(&self, start: u32, path: &[u8], slash: bool) -> Verdict {
        let mut at = start;
        let mut rest = path;
        loop {
            let Some(node) = self.node(at) else {
                return Verdict::No;
            };
            let Some(below) = rest.strip_prefix(b"/") else {
                return node.flags.at_end(slash);
            };
            if node.flags.reaches_below() {
                return Verdict::Yes;
            }
            let segment;
            (segment, rest) = Name::before_slash(below);
            let literal = match node.literals {
                Literals::None => None,
                Literals::One(ends, below) => (ends == segment.ends()).then_some(below),
                Literals::InTable => self.literals.find(at, segment),
            };
            at = match literal {
                Some(literal) if node.param == ROOT => literal,
                Some(literal) => return self.fork(literal, node.param, rest, slash),
                None if node.param == ROOT => return Verdict::No,
                None if segment.bytes.is_empty() => return self.nameless(node.param, rest, slash),
                None => node.param,
            };
        }
    }

    /// Below a parameter that is empty: some routers, Axum's among them, take `/users//keys` for `/users/{id}/keys`.
    #[cold]
    fn nameless(&self, param: u32, rest: &[u8], slash: bool) -> Verdict {
        self.walk(param, rest, slash).and(Verdict::Unknown)
    }

    /// Both ways, where a segment is spelled out in one pattern and is a parameter of another.
    fn fork(&self, literal: u32, param: u32, rest: &[u8], slash: bool) -> Verdict {
        let found = self.walk(literal, rest, slash);
        if found.is_yes() {
            return found;
        }
        found.or(self.walk(param, rest, slash))
    }
}

fn grow(shoots: &mut Vec<Shoot>, pattern: &Pattern, ignore_case: bool) -> Option<()> {
    let mut at = ROOT;
    for segment in &pattern.segments {
        let new = u32::try_from(shoots.len()).ok()?;
        let shoot = shoots.get_mut(usize::try_from(at).ok()?)?;
        at = match segment {
            Segment::Literal(bytes) if ignore_case => {
                *(shoot.literals.entry(bytes.to_ascii_lowercase())).or_insert(new)
            }
            Segment::Literal(bytes) => *shoot.literals.entry(bytes.clone()).or_insert(new),
            Segment::Param => {
                if shoot.param == ROOT {
                    shoot.param = new;
                }
                shoot.param
            }
        };
        if at == new {
            shoots.push(Shoot::default());
        }
    }
    let shoot = shoots.get_mut(usize::try_from(at).ok()?)?;
    shoot.flags = shoot.flags.with(pattern.end);
    Some(())
}

impl Shoot {
    fn literals_at(&self, at: u32, table: &mut Table, ignore_case: bool) -> Literals {
        let mut literals = self.literals.iter();
        match (literals.next(), literals.next()) {
            (None, _) => return Literals::None,
            (Some((name, below)), None) if !ignore_case => {
                if let Some(ends) = Name::new(name).only_ends() {
                    return Literals::One(ends, *below);
                }
            }
            _ => {}
        }
        for (name, below) in &self.literals {
            table.entry(at, name, *below);
        }
        Literals::InTable
    }
}
