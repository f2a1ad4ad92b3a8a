//! Signatures of what subscribers are sent (Standard Webhooks, "signature scheme": `v1`).

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};

const PREFIX: &str = "whsec_";

/// How many bytes a secret has (Standard Webhooks, "symmetric": 24 to 64).
pub const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret as it is shown to people, of these bytes.
pub fn webhook_secret(bytes: &[u8]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(bytes))
}

/// Whether deliveries can be signed with it.
pub fn is_webhook_secret(secret: &str) -> bool {
    key_of(secret).is_some()
}

fn key_of(secret: &str) -> Option<hmac::Key> {
    let bytes = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    SECRET_BYTES.contains(&bytes.len()).then(|| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

/// The header `webhook-signature` for one attempt: a signature with each of `secrets`. One that is no secret signs nothing.
pub fn sign_webhook(secrets: &[&str], id: &str, seconds: i64, body: &str) -> String {
    let signed = format!("{id}.{seconds}.{body}");
    let signatures = secrets.iter().filter_map(|secret| key_of(secret)).map(|key| {
        let tag = hmac::sign(&key, signed.as_bytes());
        format!("v1,{}", STANDARD.encode(tag.as_ref()))
    });
    signatures.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by the public library's own algorithm: HMAC-SHA256 over "id.seconds.body".
    #[test]
    fn a_signature_is_as_the_scheme_says_and_each_secret_adds_one() {
        let secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        let signature = sign_webhook(
            &[secret],
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            r#"{"email":"test@example.com","username":"test_user"}"#,
        );
        assert_eq!(signature, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
        let two = sign_webhook(&[secret, &webhook_secret(&[7; 32])], "a", 1, "b");
        assert_eq!(two.split(' ').count(), 2);
        assert!(two.split(' ').all(|one| one.starts_with("v1,") && one.len() == 47), "{two}");
    }

    #[test]
    fn a_secret_has_its_form_and_its_length() {
        assert!(is_webhook_secret(&webhook_secret(&[1; 24])) && is_webhook_secret(&webhook_secret(&[1; 64])));
        for bad in [
            "",
            "whsec_",
            "whsec_!!",
            "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            &webhook_secret(&[1; 23]),
            &webhook_secret(&[1; 65]),
        ] {
            assert!(!is_webhook_secret(bad), "{bad}");
        }
    }
}
