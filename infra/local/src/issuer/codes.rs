//! Codes: each stands for somebody who signed in, for a minute, and for one use.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use transom::ports::Chance;

use super::{Person, key::base64, request::Asked};

/// For how long a code can be used (RFC 6749, section 4.1.2: ten minutes at most).
const LASTS: SignedDuration = SignedDuration::from_secs(60);

/// What a code stands for.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub person: Person,
    pub asked: Asked,
    pub at: Timestamp,
}

/// The codes that were not used yet.
#[derive(Default)]
pub(super) struct Codes(Mutex<HashMap<String, Grant>>);

impl fmt::Debug for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Codes").finish_non_exhaustive()
    }
}

impl Codes {
    pub fn issue(&self, grant: Grant, chance: &dyn Chance) -> String {
        let mut bytes = [0; 32];
        chance.bytes(&mut bytes);
        let code = base64(bytes);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = grant.at;
        all.retain(|_, grant| is_good(grant, now));
        all.insert(code.clone(), grant);
        code
    }

    /// Uses a code up, whatever comes of it: one that somebody guesses a verifier for is gone.
    pub fn take(&self, code: &str, now: Timestamp) -> Option<Grant> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(code);
        taken.filter(|grant| is_good(grant, now))
    }
}

fn is_good(grant: &Grant, now: Timestamp) -> bool {
    now.duration_since(grant.at) < LASTS
}
