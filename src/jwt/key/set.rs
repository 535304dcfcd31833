//! Keys that were parsed, found by what a token's header says.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasherDefault, Hasher},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{KeyProblem, RawKey};
use crate::jwt::{
    algorithm::{Algorithm, AlgorithmSet, Family},
    crypto::{Backend, Verifier},
    header::Header,
    whose::Issuer,
};

/// How many keys are tried for one token.
const MAX_TRIED: usize = 4;
/// Longer headers are parsed each time.
const MAX_KNOWN_HEADER: usize = 1024;

/// Keys that were parsed, each bound to its algorithms.
pub(in crate::jwt) struct KeySet {
    /// Another for each set: so what was verified with one does not count with the next.
    generation: u64,
    by_kid: HashMap<Box<str>, Vec<Bound>, BuildHasherDefault<KidHasher>>,
    /// Keys that have no name: they fit every `kid`.
    unnamed: Vec<Bound>,
    /// The first keys for each algorithm, named or not: for tokens that name none.
    first: Vec<Bound>,
    /// The same of keys that say whose they are, by that.
    first_of: HashMap<Box<str>, Vec<Bound>>,
    /// Headers of tokens whose signature was good: an issuer writes the same ones again and again.
    headers: [OnceLock<KnownHeader>; 4],
}

struct KnownHeader {
    encoded: Box<[u8]>,
    header: Header<'static>,
}

impl Default for KeySet {
    fn default() -> Self {
        static GENERATION: AtomicU64 = AtomicU64::new(0);
        Self {
            generation: GENERATION.fetch_add(1, Ordering::Relaxed),
            by_kid: HashMap::default(),
            unnamed: Vec::new(),
            first: Vec::new(),
            first_of: HashMap::new(),
            headers: Default::default(),
        }
    }
}

/// A key that is used with one algorithm.
#[derive(Clone)]
struct Bound {
    algorithm: Algorithm,
    verifier: Verifier,
    /// Whose tokens it is for, where it says so.
    issuer: Option<Arc<str>>,
}

impl Bound {
    fn is_for(&self, algorithm: Algorithm, issuer: Option<Issuer<'_>>) -> bool {
        let is_owned =
            |owner: &str| issuer.is_some_and(|one| one.forms().any(|form| form == owner));
        self.algorithm == algorithm && self.issuer.as_deref().is_none_or(is_owned)
    }
}

impl KeySet {
    /// Adds a key, for those of its algorithms that are `accepted`.
    pub(in crate::jwt) fn add(
        &mut self,
        key: RawKey,
        accepted: AlgorithmSet,
        backend: Backend,
    ) -> Result<(), KeyProblem> {
        let strong = key.material.algorithms()?;
        let algorithms = key.algorithms.intersection(accepted).intersection(strong);
        if algorithms.is_empty() {
            let wanted = key.algorithms.intersection(accepted);
            let short = wanted
                .iter()
                .any(|one| one.family() == key.material.family() && key.material.is_short_for(one));
            return Err(if short {
                KeyProblem::ShortSecret
            } else {
                KeyProblem::Algorithm
            });
        }
        let issuer: Option<Arc<str>> = key.issuer.as_deref().map(Into::into);
        let mut bound = Vec::new();
        for algorithm in algorithms.iter() {
            let verifier = Verifier::new(&key.material, algorithm, backend)?;
            bound.push(Bound {
                algorithm,
                verifier,
                issuer: issuer.clone(),
            });
        }
        let first = match key.issuer {
            Some(issuer) => self.first_of.entry(issuer).or_default(),
            None => &mut self.first,
        };
        for one in &bound {
            let same = |other: &&Bound| other.algorithm == one.algorithm;
            if first.iter().filter(same).count() < MAX_TRIED {
                first.push(one.clone());
            }
        }
        match key.kid {
            Some(kid) => self.by_kid.entry(kid).or_default().extend(bound),
            None => self.unnamed.extend(bound),
        }
        Ok(())
    }

    /// The keys that a token of that issuer may be signed with; four at most.
    pub(in crate::jwt) fn candidates(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        issuer: Option<Issuer<'_>>,
    ) -> impl Iterator<Item = &Verifier> {
        let (named, others, theirs) = match kid {
            Some(kid) => (self.by_kid.get(kid), &self.unnamed, None),
            None => (None, &self.first, issuer),
        };
        let theirs = theirs.into_iter().flat_map(Issuer::forms);
        let theirs = theirs.filter_map(|form| self.first_of.get(form)).flatten();
        let named = named.into_iter().flatten();
        named
            .chain(others)
            .chain(theirs)
            .filter(move |one| one.is_for(algorithm, issuer))
            .map(|one| &one.verifier)
            .take(MAX_TRIED)
    }

    /// Whether a key of that name is there: then it is the one, and no other is waited for.
    pub(in crate::jwt) fn names(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        issuer: Option<Issuer<'_>>,
    ) -> bool {
        let mut named = kid
            .and_then(|kid| self.by_kid.get(kid))
            .into_iter()
            .flatten();
        named.any(|one| one.is_for(algorithm, issuer))
    }

    pub(in crate::jwt) fn generation(&self) -> u64 {
        self.generation
    }

    /// What a header says, if a token with the same one was good before.
    pub(in crate::jwt) fn known_header(&self, encoded: &[u8]) -> Option<Header<'_>> {
        let mut known = self.headers.iter().map_while(OnceLock::get);
        let known = known.find(|known| *known.encoded == *encoded)?;
        Some(known.header.borrowed())
    }

    /// Remembers the header of a token whose signature is good. The first few stay: they are the common ones.
    pub(in crate::jwt) fn remember_header(&self, encoded: &[u8], header: &Header<'_>) {
        let Some(place) = self.headers.iter().find(|place| place.get().is_none()) else {
            return;
        };
        if encoded.len() <= MAX_KNOWN_HEADER && self.known_header(encoded).is_none() {
            place.get_or_init(|| KnownHeader {
                encoded: encoded.into(),
                header: header.to_owned(),
            });
        }
    }

    pub(in crate::jwt) fn is_empty(&self) -> bool {
        self.first.is_empty() && self.first_of.is_empty()
    }

    /// Whether there are secrets and public keys in it: then what one makes could be checked with the other.
    pub(in crate::jwt) fn is_mixed(&self) -> bool {
        let is_secret = |one: &Bound| one.algorithm.family() == Family::Hmac;
        self.all().any(is_secret) && !self.all().all(is_secret)
    }

    /// A key for each algorithm and issuer at least.
    fn all(&self) -> impl Iterator<Item = &Bound> {
        self.first.iter().chain(self.first_of.values().flatten())
    }
}

/// How many and for what, not which.
impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithms: AlgorithmSet = self.all().map(|one| one.algorithm).collect();
        f.debug_struct("KeySet")
            .field("named", &self.by_kid.len())
            .field("algorithms", &algorithms)
            .finish_non_exhaustive()
    }
}

/// Fast, and not resistant to floods: what is in the table comes from the issuer, a stranger can only ask for it.
#[derive(Default)]
struct KidHasher(u64);

impl Hasher for KidHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word))
                .wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }

    fn finish(&self) -> u64 {
        // The table takes its position from the low bits, which a product mixes least.
        self.0 ^ self.0 >> 32
    }
}
