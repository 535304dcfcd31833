//! What was taken back, in memory.

use std::{
    collections::{HashMap, hash_map::Entry},
    error::Error as StdError,
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::SystemTime,
};

use super::{AuthError, Grant, Revocation};
use crate::{Clock, SystemClock};

/// What was taken back, in the memory of this machine.
///
/// A clone is the same list. An entry is forgotten when the tokens that it is about have expired. For several machines
/// implement [`Revocation`] on a store that they share.
///
/// # Security
/// The list is bounded, and when it is full it takes no more: nothing that was taken back comes back to make room. Who
/// gets [`RevocationListFull`] still has [`revoke_issued_before`](Self::revoke_issued_before), which needs no room.
///
/// # Examples
/// ```
/// use std::time::{Duration, SystemTime};
/// use tower_postern::bearer::{Grant, Revocation, RevocationList};
///
/// let list = RevocationList::new(1000);
/// let grant = |id| Grant::builder().issuer("https://id.example").token_id(id).build();
/// list.revoke_token("https://id.example", "42", SystemTime::now() + Duration::from_secs(600))?;
///
/// assert!(matches!(list.is_revoked_now(&grant("42")), Some(Ok(true))));
/// assert!(matches!(list.is_revoked_now(&grant("43")), Some(Ok(false))));
/// # Ok::<(), tower_postern::bearer::RevocationListFull>(())
/// ```
#[derive(Clone)]
pub struct RevocationList(Arc<List>);

struct List {
    capacity: usize,
    clock: Box<dyn Clock>,
    revoked: RwLock<Lists>,
}

#[derive(Default)]
struct Lists {
    issuers: HashMap<Box<str>, OfIssuer>,
    len: usize,
}

/// What was taken back of one issuer; names mean nothing without it.
#[derive(Default)]
struct OfIssuer {
    issued_before: Option<SystemTime>,
    tokens: HashMap<Box<str>, Until>,
    sessions: HashMap<Box<str>, Until>,
    subjects: HashMap<Box<str>, Until>,
}

#[derive(Clone, Copy)]
struct Until {
    /// When it can be forgotten.
    forget_at: SystemTime,
    /// Only what was issued before; all, if `None`.
    issued_before: Option<SystemTime>,
}

impl RevocationList {
    /// Room for so many entries.
    pub fn new(capacity: usize) -> Self {
        Self::with_clock(capacity, SystemClock)
    }

    /// Room for so many entries, and another clock: for tests.
    pub fn with_clock(capacity: usize, clock: impl Clock) -> Self {
        Self(Arc::new(List {
            capacity,
            clock: Box::new(clock),
            revoked: RwLock::default(),
        }))
    }

    /// Takes one token back: the issuer's `jti`. It can be forgotten at `until`, when the token has expired.
    ///
    /// # Errors
    /// [`RevocationListFull`] where there is no room: then it is not taken back.
    pub fn revoke_token(
        &self,
        issuer: &str,
        token_id: &str,
        until: SystemTime,
    ) -> Result<(), RevocationListFull> {
        self.insert(issuer, token_id, until, None, |of| &mut of.tokens)
    }

    /// Takes all tokens of a session back: the issuer's `sid`. It can be forgotten at `until`, when they have expired.
    ///
    /// # Errors
    /// [`RevocationListFull`] where there is no room: then it is not taken back.
    pub fn revoke_session(
        &self,
        issuer: &str,
        session_id: &str,
        until: SystemTime,
    ) -> Result<(), RevocationListFull> {
        self.insert(issuer, session_id, until, None, |of| &mut of.sessions)
    }

    /// Takes all tokens back that a subject was issued before `issued_before`, and those that do not say when.
    ///
    /// It can be forgotten at `until`, when they have expired.
    ///
    /// # Errors
    /// [`RevocationListFull`] where there is no room: then it is not taken back.
    pub fn revoke_subject(
        &self,
        issuer: &str,
        subject: &str,
        issued_before: SystemTime,
        until: SystemTime,
    ) -> Result<(), RevocationListFull> {
        let before = Some(issued_before);
        self.insert(issuer, subject, until, before, |of| &mut of.subjects)
    }

    /// Takes all tokens back that the issuer issued before that time, and those that do not say when.
    ///
    /// That is never forgotten.
    pub fn revoke_issued_before(&self, issuer: &str, time: SystemTime) {
        let mut lists = self
            .0
            .revoked
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let of = lists.issuers.entry(issuer.into()).or_default();
        of.issued_before = of.issued_before.max(Some(time));
    }

    fn insert(
        &self,
        issuer: &str,
        name: &str,
        forget_at: SystemTime,
        issued_before: Option<SystemTime>,
        list: impl FnOnce(&mut OfIssuer) -> &mut HashMap<Box<str>, Until>,
    ) -> Result<(), RevocationListFull> {
        let now = self.0.clock.now();
        if forget_at <= now {
            return Ok(());
        }
        let mut lists = self
            .0
            .revoked
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if lists.len >= self.0.capacity {
            lists.forget(now);
        }
        let full = lists.len >= self.0.capacity;
        if full && !lists.issuers.contains_key(issuer) {
            return Err(RevocationListFull(()));
        }
        let of = lists.issuers.entry(issuer.into()).or_default();
        match list(of).entry(name.into()) {
            // The stricter of both.
            Entry::Occupied(mut entry) => {
                let entry = entry.get_mut();
                entry.forget_at = entry.forget_at.max(forget_at);
                entry.issued_before = match (entry.issued_before, issued_before) {
                    (Some(one), Some(other)) => Some(one.max(other)),
                    _ => None,
                };
            }
            Entry::Vacant(_) if full => return Err(RevocationListFull(())),
            Entry::Vacant(entry) => {
                entry.insert(Until {
                    forget_at,
                    issued_before,
                });
                lists.len += 1;
            }
        }
        Ok(())
    }

    fn includes(&self, grant: &Grant) -> bool {
        let lists = self
            .0
            .revoked
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(of) = grant.issuer().and_then(|issuer| lists.issuers.get(issuer)) else {
            return false;
        };
        let before = |time: SystemTime| grant.issued_at().is_none_or(|issued| issued < time);
        let listed = |list: &HashMap<Box<str>, Until>, name: Option<&str>| {
            let until = name.and_then(|name| list.get(name));
            until.is_some_and(|until| until.issued_before.is_none_or(before))
        };
        of.issued_before.is_some_and(before)
            || listed(&of.tokens, grant.token_id())
            || listed(&of.sessions, grant.session_id())
            || listed(&of.subjects, grant.subject())
    }
}

impl Lists {
    fn forget(&mut self, now: SystemTime) {
        let mut len = 0;
        self.issuers.retain(|_, of| {
            let mut left = 0;
            for list in [&mut of.tokens, &mut of.sessions, &mut of.subjects] {
                list.retain(|_, until| until.forget_at > now);
                left += list.len();
            }
            len += left;
            left != 0 || of.issued_before.is_some()
        });
        self.len = len;
    }
}

impl Revocation for RevocationList {
    async fn is_revoked(&self, grant: &Grant) -> Result<bool, AuthError> {
        Ok(self.includes(grant))
    }

    fn is_revoked_now(&self, grant: &Grant) -> Option<Result<bool, AuthError>> {
        Some(Ok(self.includes(grant)))
    }
}

/// Numbers, no names.
impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lists = self
            .0
            .revoked
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("RevocationList")
            .field("len", &lists.len)
            .field("capacity", &self.0.capacity)
            .finish_non_exhaustive()
    }
}

/// A [`RevocationList`] has no room, and nothing in it can be forgotten yet.
#[derive(Clone, Copy, Debug)]
pub struct RevocationListFull(());

impl fmt::Display for RevocationListFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the revocation list is full; take all tokens of the issuer back, or make it larger",
        )
    }
}

impl StdError for RevocationListFull {}
