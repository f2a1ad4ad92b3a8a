//! What is known of an issuer's keys, and when it is to be asked again.

use std::sync::Arc;

use super::{
    asking::Trouble,
    keys::{Key, find},
};
use crate::{
    domain::{Timestamp, access::claims::IdToken, time::SignedDuration},
    ports::sign_in::NotSignedIn,
};

/// For so long an issuer's keys are taken as it said them: a key that it withdraws signs nobody in for longer.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// For so long they go on being used while the issuer does not answer.
const USABLE: SignedDuration = SignedDuration::from_hours(24);

/// How often an issuer is asked at most, whatever keys the tokens name.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// And how often while nothing is known that could be used meanwhile, so that nobody can sign in.
const SHORT_PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// An issuer's keys, as far as they are known.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    heard: Option<Heard>,
    asked: Option<Asked>,
}

/// What it said last.
#[derive(Debug, Clone)]
struct Heard {
    at: Timestamp,
    keys: Arc<[Arc<Key>]>,
}

/// When it was asked last, and what went wrong.
#[derive(Debug, Clone)]
struct Asked {
    at: Timestamp,
    trouble: Option<Trouble>,
}

impl Kept {
    /// The key of the token, if it need not be asked for.
    pub fn fresh(&self, token: &IdToken<'_>, now: Timestamp) -> Option<Arc<Key>> {
        self.within(FRESH, now).and_then(|keys| find(keys, token))
    }

    /// Whether the issuer may be asked now.
    pub fn may_ask(&self, now: Timestamp) -> bool {
        let pause = if self.within(USABLE, now).is_some() { PAUSE } else { SHORT_PAUSE };
        self.asked.as_ref().is_none_or(|asked| now.duration_since(asked.at) >= pause)
    }

    /// Notes what the issuer said. Whatever is wrong with its answer, its former keys stay.
    pub fn note(&mut self, answer: Result<Vec<Arc<Key>>, Trouble>, at: Timestamp) {
        let trouble = match answer {
            Ok(keys) => {
                self.heard = Some(Heard { at, keys: keys.into() });
                None
            }
            Err(trouble) => Some(trouble),
        };
        self.asked = Some(Asked { at, trouble });
    }

    /// The key of the token among all that may still be used, once it was asked for or may not be.
    pub fn find(&self, token: &IdToken<'_>, now: Timestamp) -> Result<Arc<Key>, NotSignedIn> {
        let known = self.within(USABLE, now).and_then(|keys| find(keys, token));
        known.ok_or_else(|| match self.asked.as_ref().and_then(|asked| asked.trouble.clone()) {
            // It may be a new key.
            Some(trouble) => NotSignedIn::KeysUnavailable(trouble.into()),
            None => NotSignedIn::UnknownKey,
        })
    }

    fn within(&self, span: SignedDuration, now: Timestamp) -> Option<&[Arc<Key>]> {
        let heard = self.heard.as_ref()?;
        (now.duration_since(heard.at) < span).then_some(&*heard.keys)
    }
}
