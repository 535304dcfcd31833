//! The plausible readings of a path; lookup among many patterns.
//!
//! A rule and the router behind it must not read one path in two ways. A rule cannot know what stands behind it: a router
//! that takes the path as it came, one that decodes it first, a proxy that resolves dots. So a path that can be read in
//! several ways is asked in [all of them](NormalPath), and a [`PathSet`] answers clearly only where all agree.

mod clean;
mod pattern;
mod readings;
mod set;
mod table;
mod template;
mod transform;
mod trie;
mod words;

use self::readings::NormalPath;
pub(crate) use self::{pattern::Reach, set::PathSet, table::Table};
