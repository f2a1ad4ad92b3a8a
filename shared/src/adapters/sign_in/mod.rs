//! Sign-in by any OpenID Connect provider: its keys are found by discovery and kept in memory, and tokens are checked here.
//!
//! By OpenID Connect Core 1.0 (section 3.1.3.7), OpenID Connect Discovery 1.0 (section 4), RFC 7517 (JSON Web Key), RFC 8725
//! (JSON Web Token best current practices), and the Amazon Cognito developer guide ("Verifying JSON web tokens"). What a token
//! says is judged by `domain/access/claims.rs`; the library checks signatures only, since time is our clock's.

mod asking;
mod kept;
mod keys;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

pub use super::guarded_http::{Guard, Network};
pub use asking::Trouble;

use super::guarded_http::{Limits, SystemLookup, client};
use crate::{
    domain::{
        Timestamp,
        access::claims::{Claims, IdToken, Trust},
    },
    ports::{
        Clock,
        events::BadAddress,
        sign_in::{NotSignedIn, SignIn},
    },
};
use kept::Kept;
use keys::Key;

/// Somebody waits for the answer.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(2),
    call: Duration::from_secs(3),
    // The configuration and the keys often lie on one server; an hour later nobody has kept the connection.
    idle: Duration::from_secs(10),
};

/// The keys of so many issuers are kept: each account has one or two.
const MOST_ISSUERS: usize = 1000;

/// Any OpenID Connect provider over the network. The client is made when it is first needed.
pub struct OpenIdSignIn {
    guard: Arc<Guard>,
    client: OnceLock<reqwest::Client>,
    clock: Arc<dyn Clock>,
    issuers: Mutex<HashMap<String, Arc<Issuer>>>,
}

impl fmt::Debug for OpenIdSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenIdSignIn").field("guard", &self.guard).finish_non_exhaustive()
    }
}

/// One issuer, of which only one asks at a time.
#[derive(Default)]
struct Issuer {
    kept: Mutex<Kept>,
    asking: tokio::sync::Mutex<()>,
}

impl Issuer {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenIdSignIn {
    /// `guard`: where issuers may be, since their addresses come from accounts' settings.
    pub fn new(guard: Guard, clock: Arc<dyn Clock>) -> Self {
        Self { guard: Arc::new(guard), client: OnceLock::new(), clock, issuers: Mutex::default() }
    }

    fn client(&self) -> &reqwest::Client {
        self.client.get_or_init(|| {
            client(&self.guard, SystemLookup, &LIMITS)
                .expect("its limits and authorities are fixed, and a test makes it")
        })
    }

    fn issuer(&self, issuer: &str) -> Arc<Issuer> {
        let mut issuers = self.issuers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = issuers.get(issuer) {
            return Arc::clone(known);
        }
        if issuers.len() >= MOST_ISSUERS {
            // Whoever is still in use is asked again.
            issuers.clear();
        }
        Arc::clone(issuers.entry(issuer.to_owned()).or_default())
    }

    /// The issuer's key that the token names.
    async fn key(&self, token: &IdToken<'_>, trust: &Trust, now: Timestamp) -> Result<Arc<Key>, NotSignedIn> {
        let issuer = self.issuer(&trust.issuer);
        if let Some(key) = issuer.kept().fresh(token, now) {
            return Ok(key);
        }
        let _one_at_a_time = issuer.asking.lock().await;
        // Somebody else may have asked meanwhile.
        let known = issuer.kept().fresh(token, now);
        if let Some(key) = known {
            return Ok(key);
        }
        let may_ask = issuer.kept().may_ask(now);
        if may_ask {
            let answer = asking::ask(self.client(), &self.guard, &trust.issuer).await;
            if let Err(trouble) = &answer {
                // Nobody else may hear of it: with its former keys, sign-in goes on.
                tracing::warn!(
                    error = trouble as &dyn std::error::Error,
                    issuer = trust.issuer,
                    "an issuer's keys could not be fetched"
                );
            }
            issuer.kept().note(answer, self.clock.now());
        }
        let kept = issuer.kept();
        kept.find(token, now)
    }
}

#[async_trait]
impl SignIn for OpenIdSignIn {
    fn check_issuer(&self, issuer: &str) -> Result<(), BadAddress> {
        self.guard.read(issuer)?;
        self.guard.read(&asking::configuration_of(issuer)).map(drop)
    }

    async fn check(&self, token: &str, trust: &Trust) -> Result<Claims, NotSignedIn> {
        let token = IdToken::read(token)?;
        let now = self.clock.now();
        // First, since for a token that is of no use anyway nobody needs to be asked. They are believed only at the end.
        let claims = token.claims(trust, now)?;
        let key = self.key(&token, trust, now).await?;
        if key.signed(&token) { Ok(claims) } else { Err(NotSignedIn::BadSignature) }
    }
}
