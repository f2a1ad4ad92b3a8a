//! The key that signs the issuer's tokens.

use std::fmt;

use aws_lc_rs::{
    agreement::{ECDH_P256, PrivateKey},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use transom::seal::sha256_hex;

/// A key pair for ES256.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    id: String,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The secret makes no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret sign-in-key must be 64 hexadecimal digits, and not all of them 0")]
pub struct BadKey;

pub(super) fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl SigningKey {
    /// The key of a secret: 32 bytes of chance, in hexadecimal digits.
    pub fn of(secret: &str) -> Result<Self, BadKey> {
        let mut number: [u8; 32] =
            hex::decode(secret.trim()).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(BadKey)?;
        // A number below the order of the curve is a key, whichever it is.
        number[0] &= 0x7f;
        let private = PrivateKey::from_private_key(&ECDH_P256, &number).map_err(|_| BadKey)?;
        let public = private.compute_public_key().map_err(|_| BadKey)?;
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &number, public.as_ref());
        let id = sha256_hex(public.as_ref())[..16].to_owned();
        Ok(Self { pair: pair.map_err(|_| BadKey)?, id })
    }

    /// The public key as a key set has it (RFC 7517; RFC 7518, section 6.2.1).
    pub fn public(&self) -> Value {
        // An uncompressed point: a 4, and both coordinates (SEC 1, section 2.3.3).
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id, "x": base64(x), "y": base64(y),
        })
    }

    /// A JSON Web Token that says this.
    pub fn token(&self, claims: &Value) -> String {
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": self.id});
        let signed = format!("{}.{}", base64(header.to_string()), base64(claims.to_string()));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("the key is whole");
        format!("{signed}.{}", base64(signature.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    #[test]
    fn the_same_secret_is_always_the_same_key_and_any_bytes_make_one() {
        for secret in ["01".repeat(32), "ff".repeat(32), "80".repeat(31) + "01"] {
            let (key, again) = (SigningKey::of(&secret).unwrap(), SigningKey::of(&secret).unwrap());
            assert_eq!(key.public(), again.public());
            let token = again.token(&json!({"sub": "lucia"}));
            let (signed, signature) = token.rsplit_once('.').unwrap();
            let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.pair.public_key().as_ref());
            public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
            assert!(!format!("{key:?}").contains(&secret));
        }
        for bad in ["", "01", &"00".repeat(32), &"zz".repeat(32), &"01".repeat(33)] {
            assert_eq!(SigningKey::of(bad).map(drop), Err(BadKey), "{bad}");
        }
    }
}
