//! Sign-in of staff by any OpenID Connect provider: the caller shows an ID token, and learns here whether its issuer made it.
//!
//! Whose account it is about is found first: [`peek`] tells which issuer and which client a token claims to be of, the account
//! that trusts both is looked up, and [`SignIn::check`] tells whether the claim is true.

use std::fmt;

use async_trait::async_trait;

pub use crate::domain::access::claims::{Claims, Peeked, Trust, peek};

use super::{BoxError, events::BadAddress};
use crate::domain::access::claims::BadToken;

#[async_trait]
pub trait SignIn: Send + Sync + fmt::Debug {
    /// What can be said of an issuer's address before it is ever asked.
    fn check_issuer(&self, issuer: &str) -> Result<(), BadAddress>;

    /// What an ID token says, if the issuer of `trust` signed it for the client of `trust`, and it is valid now. Asks the
    /// issuer for its keys where they are not known.
    async fn check(&self, token: &str, trust: &Trust) -> Result<Claims, NotSignedIn>;
}

/// Why a token signs nobody in.
#[derive(Debug, thiserror::Error)]
pub enum NotSignedIn {
    #[error("it is not a signed JSON Web Token with what an ID token says")]
    NotAToken,
    #[error("it is not signed by an algorithm of public keys")]
    UnsupportedAlgorithm,
    /// The client sends the wrong one of the tokens that it was given.
    #[error("it is an access token or another kind; an ID token is needed")]
    NotAnIdToken,
    #[error("it is another issuer's")]
    WrongIssuer,
    #[error("it was made for another client")]
    WrongAudience,
    /// The client is to get a new one.
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet")]
    NotYetValid,
    #[error("its signature is not the issuer's")]
    BadSignature,
    #[error("it names a key that its issuer does not have")]
    UnknownKey,
    /// Nothing is wrong with the token, as far as can be told: the same one may sign in later.
    #[error("the issuer's keys could not be fetched")]
    KeysUnavailable(#[source] BoxError),
}

impl From<BadToken> for NotSignedIn {
    fn from(bad: BadToken) -> Self {
        match bad {
            BadToken::NotAToken => Self::NotAToken,
            BadToken::UnsupportedAlgorithm => Self::UnsupportedAlgorithm,
            BadToken::NotAnIdToken => Self::NotAnIdToken,
            BadToken::WrongIssuer => Self::WrongIssuer,
            BadToken::WrongAudience => Self::WrongAudience,
            BadToken::Expired => Self::Expired,
            BadToken::NotYetValid => Self::NotYetValid,
        }
    }
}
