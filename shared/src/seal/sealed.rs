//! A value that only its subject's key opens.

use std::{fmt, marker::PhantomData};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Serialize, de::DeserializeOwned};

use super::SubjectKey;

const VERSION: u8 = 1;
const KEY_ID: usize = 8;
const HEADER: usize = 1 + KEY_ID + NONCE_LEN;
/// Most values take no more bytes than this.
const USUAL: usize = 512;

/// `[version | key id (8) | nonce (12) | AES-256-GCM of the JSON]`. Whoever deletes the key has deleted the value.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed<T> {
    bytes: Vec<u8>,
    value: PhantomData<fn() -> T>,
}

/// Why a sealed value could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("sealed under another key")]
    OtherKey,
    #[error("damaged, or of an unknown version")]
    Damaged,
}

impl<T> Sealed<T> {
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { bytes, value: PhantomData }
    }
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl<T: Serialize> Sealed<T> {
    /// Seals `value`. `nonce` must never repeat under one key: 12 random bytes.
    pub fn new(value: &T, key: &SubjectKey, nonce: [u8; NONCE_LEN]) -> Self {
        let mut bytes = Vec::with_capacity(USUAL);
        bytes.push(VERSION);
        bytes.extend_from_slice(&key.id);
        bytes.extend_from_slice(&nonce);
        serde_json::to_writer(&mut bytes, value).expect("our own types have a JSON form");
        let (header, body) = bytes.split_at_mut(HEADER);
        let tag = cipher(key)
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&header[..=KEY_ID]), body)
            .expect("a message body is far below the cipher's limit");
        bytes.extend_from_slice(tag.as_ref());
        Self::from_bytes(bytes)
    }
}

impl<T: DeserializeOwned> Sealed<T> {
    pub fn open(&self, key: &SubjectKey) -> Result<T, Unreadable> {
        let (header, body) = self.bytes.split_at_checked(HEADER).ok_or(Unreadable::Damaged)?;
        if header[0] != VERSION {
            return Err(Unreadable::Damaged);
        }
        if header[1..=KEY_ID] != key.id {
            return Err(Unreadable::OtherKey);
        }
        let nonce = Nonce::try_assume_unique_for_key(&header[1 + KEY_ID..]).map_err(|_| Unreadable::Damaged)?;
        let mut body = body.to_vec();
        let plain = cipher(key)
            .open_in_place(nonce, Aad::from(&header[..=KEY_ID]), &mut body)
            .map_err(|_| Unreadable::Damaged)?;
        serde_json::from_slice(plain).map_err(|_| Unreadable::Damaged)
    }
}

fn cipher(key: &SubjectKey) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key.key).expect("the key has the cipher's length"))
}

impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sealed ({} bytes)", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::AccountKeys;

    fn key(seed: u8) -> SubjectKey {
        SubjectKey { id: [seed; 8], key: [seed; 32] }
    }

    #[test]
    fn only_its_own_key_opens_a_sealed_value() {
        let sealed = Sealed::new(&"hello".to_owned(), &key(1), [9; 12]);
        assert_eq!(sealed.open(&key(1)), Ok("hello".to_owned()));
        assert_eq!(sealed.open(&key(2)), Err(Unreadable::OtherKey));
        assert!(!String::from_utf8_lossy(sealed.as_bytes()).contains("hello"));
    }

    #[test]
    fn a_damaged_value_is_an_error_and_never_a_panic() {
        let sealed = Sealed::new(&"hello".to_owned(), &key(1), [9; 12]);
        for cut in 0..sealed.as_bytes().len() {
            let short = Sealed::<String>::from_bytes(sealed.as_bytes()[..cut].to_vec());
            assert!(short.open(&key(1)).is_err());
        }
        for at in 0..sealed.as_bytes().len() {
            let mut bytes = sealed.as_bytes().to_vec();
            bytes[at] ^= 1;
            assert!(Sealed::<String>::from_bytes(bytes).open(&key(1)).is_err());
        }
    }

    #[test]
    fn a_wrapped_key_opens_only_under_its_account() {
        let keys = AccountKeys::derive(&[7; 32]);
        let wrapped = keys.wrap(&key(3), [1; 12]);
        assert_eq!(keys.unwrap(&wrapped), Some(key(3)));
        assert_eq!(AccountKeys::derive(&[8; 32]).unwrap(&wrapped), None);
    }
}
