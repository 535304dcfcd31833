//! Patterns with parameters: one step a segment.

use super::{
    pattern::{End, Pattern, Segment},
    set::Flags,
    table::Table,
    words::Name,
};
use crate::predicate::Verdict;

const ROOT: u32 = 0;

#[derive(Clone, Debug)]
pub(super) struct Trie {
    /// Nodes by the node above and a literal segment.
    literals: Table,
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// The node below for a parameter; the root where there is none.
    param: u32,
    has_literals: bool,
    flags: Flags,
}

impl Trie {
    pub(super) fn new(patterns: &[Pattern], ignore_case: bool) -> Self {
        let segments = patterns.iter().flat_map(|pattern| &pattern.segments);
        let literals = segments.filter(|segment| **segment != Segment::Param);
        let mut trie = Self {
            literals: Table::new(literals.count(), ignore_case),
            nodes: vec![Node::default()],
        };
        for pattern in patterns {
            // There is room for each by construction; 2^32 segments do not fit into memory.
            let _fits = trie.insert(pattern);
        }
        trie
    }

    fn insert(&mut self, pattern: &Pattern) -> Option<()> {
        let mut at = ROOT;
        for segment in &pattern.segments {
            let new = u32::try_from(self.nodes.len()).ok()?;
            at = match segment {
                Segment::Literal(bytes) => {
                    self.node_mut(at)?.has_literals = true;
                    *self.literals.entry(at, bytes, new)?
                }
                Segment::Param => {
                    let param = &mut self.node_mut(at)?.param;
                    if *param == ROOT {
                        *param = new;
                    }
                    *param
                }
            };
            if at == new {
                self.nodes.push(Node::default());
            }
        }
        self.node_mut(at)?.flags.add(pattern.end);
        Some(())
    }

    fn node_mut(&mut self, at: u32) -> Option<&mut Node> {
        self.nodes.get_mut(usize::try_from(at).ok()?)
    }

    #[inline]
    fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(usize::try_from(at).ok()?)
    }

    /// Of a path without the slash at its end.
    pub(super) fn find(&self, path: &[u8], slash: bool) -> Verdict {
        self.walk(ROOT, path, slash)
    }

    /// As deep as the longest pattern, however long the path is; calls itself only where the way forks.
    fn walk(&self, start: u32, path: &[u8], slash: bool) -> Verdict {
        let mut at = start;
        let mut rest = path;
        let mut found = Verdict::No;
        loop {
            let Some(node) = self.node(at) else {
                return found;
            };
            let Some(below) = rest.strip_prefix(b"/") else {
                return found.or(node.flags.at_end(slash));
            };
            if node.flags.reaches_below() {
                return Verdict::Yes;
            }
            let segment;
            (segment, rest) = Name::before_slash(below);
            let literal = (node.has_literals)
                .then(|| self.literals.find(at, segment))
                .flatten();
            let param = if segment.bytes.is_empty() {
                ROOT
            } else {
                node.param
            };
            at = match literal {
                Some(literal) if param == ROOT => literal,
                Some(literal) => {
                    found = found.or(self.walk(literal, rest, slash));
                    if found.is_yes() {
                        return found;
                    }
                    param
                }
                None if param == ROOT => return found,
                None => param,
            };
        }
    }
}

impl Flags {
    pub(super) fn add(&mut self, end: End) {
        *self = self.with(end);
    }
}
