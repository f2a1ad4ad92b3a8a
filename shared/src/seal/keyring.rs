//! An account's keys, all derived from one secret; subject keys, one per contact, wrapped under it.

use std::{fmt, sync::Arc};

use aws_lc_rs::{digest, hmac, signature::Ed25519KeyPair};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

use super::Sealed;
use crate::domain::contact::{Address, AddressHash};

/// What seals everything of one contact. Erasing the person is deleting every copy of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SubjectKey {
    pub id: [u8; 8],
    pub key: [u8; 32],
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("subject key …")
    }
}

/// A subject key sealed under the account's key, as rows hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey(pub Vec<u8>);

/// The keys of one account, derived from its one secret. Held in memory: no call to a key service per message. Cheap to
/// clone.
#[derive(Clone)]
pub struct AccountKeys(Arc<Derived>);

struct Derived {
    wrapping: SubjectKey,
    identity: hmac::Key,
    invite: hmac::Key,
    search: hmac::Key,
    reports: [u8; 32],
}

impl fmt::Debug for AccountKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("account keys …")
    }
}

impl AccountKeys {
    pub fn derive(secret: &[u8]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derived = |label: &str| -> [u8; 32] {
            hmac::sign(&root, label.as_bytes()).as_ref().try_into().expect("SHA-256 gives 32 bytes")
        };
        Self(Arc::new(Derived {
            wrapping: SubjectKey { id: *b"account1", key: derived("transom wrap subject keys v1") },
            identity: hmac::Key::new(hmac::HMAC_SHA256, &derived("transom hash identities v1")),
            invite: hmac::Key::new(hmac::HMAC_SHA256, &derived("transom sign invites v1")),
            search: hmac::Key::new(hmac::HMAC_SHA256, &derived("transom search contacts v1")),
            reports: derived("transom sign reports v1"),
        }))
    }

    pub fn wrap(&self, key: &SubjectKey, nonce: [u8; 12]) -> WrappedKey {
        let plain = (hex::encode(key.id), hex::encode(key.key));
        WrappedKey(Sealed::new(&plain, &self.0.wrapping, nonce).into_bytes())
    }

    pub fn unwrap(&self, wrapped: &WrappedKey) -> Option<SubjectKey> {
        let (id, key) = Sealed::<(String, String)>::from_bytes(wrapped.0.clone()).open(&self.0.wrapping).ok()?;
        Some(SubjectKey { id: hex::decode(id).ok()?.try_into().ok()?, key: hex::decode(key).ok()?.try_into().ok()? })
    }

    /// For what belongs to the account and to no contact, such as parked webhooks.
    pub fn own(&self) -> &SubjectKey {
        &self.0.wrapping
    }

    /// What stands for an address in keys and rows.
    pub fn hash(&self, address: &Address) -> AddressHash {
        let tag = hmac::sign(&self.0.identity, format!("{}:{}", address.kind(), address.value()).as_bytes());
        AddressHash(URL_SAFE_NO_PAD.encode(&tag.as_ref()[..16]))
    }

    /// What stands for the beginning of a word in the search index.
    pub fn hash_beginning(&self, beginning: &str) -> String {
        let tag = hmac::sign(&self.0.search, beginning.as_bytes());
        URL_SAFE_NO_PAD.encode(&tag.as_ref()[..12])
    }

    /// What stands for a client's request in a row: it may hold a number, which a plain hash would not hide.
    pub fn fingerprint(&self, bytes: &[u8]) -> String {
        let tag = hmac::sign(&self.0.identity, &[b"request:".as_slice(), bytes].concat());
        URL_SAFE_NO_PAD.encode(tag.as_ref())
    }

    /// Ed25519 over a report's manifest. Whoever has the public key can check it (RFC 8032).
    pub fn sign_report(&self, manifest: &[u8]) -> [u8; 64] {
        self.report_key().sign(manifest).as_ref().try_into().expect("Ed25519 gives 64 bytes")
    }

    /// The public key in the form that OpenSSL and others read (RFC 8410).
    pub fn report_key_pem(&self) -> String {
        use aws_lc_rs::signature::KeyPair;
        /// SubjectPublicKeyInfo of Ed25519 up to the key itself (RFC 8410, section 4).
        const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        let der = [&SPKI, self.report_key().public_key().as_ref()].concat();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
    }

    fn report_key(&self) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&self.0.reports).expect("any 32 bytes are a seed")
    }

    /// The signature of an invite's claim.
    pub fn sign_invite(&self, claim: &str) -> [u8; 32] {
        hmac::sign(&self.0.invite, claim.as_bytes()).as_ref().try_into().expect("SHA-256 gives 32 bytes")
    }
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, bytes).as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

/// For looking up what must not be stored as it is: API tokens, client keys, bodies.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(sha256(bytes))
}
