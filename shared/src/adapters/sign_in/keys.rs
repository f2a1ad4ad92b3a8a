//! An issuer's public keys, from its key set (RFC 7517), and whether one of them signed a token.

use std::{fmt, sync::Arc};

use jsonwebtoken::{
    DecodingKey,
    crypto::verify,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

use crate::domain::access::claims::{Algorithm, IdToken};

/// A key that signatures are checked with.
pub(super) struct Key {
    id: Option<String>,
    /// The only algorithm that it is for, where its issuer says so.
    only: Option<Algorithm>,
    kind: Kind,
    public: DecodingKey,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl Kind {
    /// The kind of key that an algorithm needs: a key is never used in another way than it is meant (RFC 8725, section 3.1).
    fn of(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512
            | Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512 => Self::Rsa,
            Algorithm::Es256 => Self::P256,
            Algorithm::Es384 => Self::P384,
            Algorithm::EdDsa => Self::Ed25519,
        }
    }
}

fn in_the_library(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::Rs384 => jsonwebtoken::Algorithm::RS384,
        Algorithm::Rs512 => jsonwebtoken::Algorithm::RS512,
        Algorithm::Ps256 => jsonwebtoken::Algorithm::PS256,
        Algorithm::Ps384 => jsonwebtoken::Algorithm::PS384,
        Algorithm::Ps512 => jsonwebtoken::Algorithm::PS512,
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::Es384 => jsonwebtoken::Algorithm::ES384,
        Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
    }
}

/// The keys of a set that signatures can be checked with. Others may stand beside them and are passed over (RFC 7517,
/// section 5). `None`: it is no key set.
pub(super) fn read(set: &[u8]) -> Option<Vec<Arc<Key>>> {
    #[derive(Deserialize)]
    struct KeySet {
        keys: Vec<Value>,
    }
    let KeySet { keys } = serde_json::from_slice(set).ok()?;
    Some(keys.into_iter().filter_map(Key::read).map(Arc::new).collect())
}

/// The one key of the set that can have signed the token. Without a name in the token there must be no choice (OpenID Connect
/// Core 1.0, section 10.1).
pub(super) fn find(keys: &[Arc<Key>], token: &IdToken<'_>) -> Option<Arc<Key>> {
    let mut fitting = keys.iter().filter(|key| key.fits(token.algorithm));
    let found = match &token.key_id {
        Some(id) => fitting.find(|key| key.id.as_ref() == Some(id)),
        None => fitting.next().filter(|_| fitting.next().is_none()),
    };
    found.map(Arc::clone)
}

impl Key {
    fn read(key: Value) -> Option<Self> {
        let key: Jwk = serde_json::from_value(key).ok()?;
        let for_signatures = match &key.common.public_key_use {
            None | Some(PublicKeyUse::Signature) => true,
            Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_)) => false,
        };
        let for_checking = key.common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
        if !for_signatures || !for_checking {
            return None;
        }
        let only = match key.common.key_algorithm {
            None => None,
            // One of encryption, or one that is unknown: it is not for us.
            Some(named) => Some(Algorithm::named(&named.to_string())?),
        };
        let kind = match &key.algorithm {
            AlgorithmParameters::RSA(_) => Kind::Rsa,
            AlgorithmParameters::EllipticCurve(elliptic) => match elliptic.curve {
                EllipticCurve::P256 => Kind::P256,
                EllipticCurve::P384 => Kind::P384,
                _ => return None,
            },
            AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => Kind::Ed25519,
            // Among them keys that are secret: whoever has one can make tokens.
            _ => return None,
        };
        let decoding = DecodingKey::from_jwk(&key).ok()?;
        Some(Self { id: key.common.key_id, only, kind, public: decoding })
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        self.kind == Kind::of(algorithm) && self.only.is_none_or(|only| only == algorithm)
    }

    /// Whether it signed the token. One that does not fit the token's algorithm signed nothing.
    pub fn signed(&self, token: &IdToken<'_>) -> bool {
        let algorithm = in_the_library(token.algorithm);
        self.fits(token.algorithm)
            && verify(token.signature, token.signed.as_bytes(), &self.public, algorithm).unwrap_or(false)
    }
}
