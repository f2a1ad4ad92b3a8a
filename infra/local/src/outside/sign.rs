//! Signatures and ids, made as the providers make them.

use std::{collections::BTreeSet, fmt::Write};

use aws_lc_rs::{digest, hmac};
use base64::{Engine, engine::general_purpose::STANDARD};

/// `X-Hub-Signature-256` (Meta, "webhooks": signature over the raw body with the app secret).
pub fn meta_signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}

/// `X-Twilio-Signature` of a form: the whole URL, then every distinct parameter by name and value.
pub fn twilio_signature(token: &str, url: &str, parameters: &[(String, String)]) -> String {
    let mut text = url.split('#').next().unwrap_or(url).to_owned();
    for (name, value) in parameters.iter().collect::<BTreeSet<_>>() {
        text.push_str(name);
        text.push_str(value);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

/// JSON as Meta puts it on the wire: everything outside ASCII as `\uXXXX` in lower-case hex, and `/` as `\/`.
pub fn meta_json(value: &serde_json::Value) -> Vec<u8> {
    let mut wire = String::new();
    for character in value.to_string().chars() {
        match character {
            '/' => wire.push_str("\\/"),
            plain if plain.is_ascii() => wire.push(plain),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    write!(wire, "\\u{unit:04x}").expect("writing to a String cannot fail");
                }
            }
        }
    }
    wire.into_bytes()
}

/// Bytes that look random but follow from the seed, a purpose and a count.
pub fn derived(seed: u64, purpose: &str, count: u64) -> [u8; 32] {
    hash(format!("{seed}:{purpose}:{count}").as_bytes())
}

/// A person's id within the business portfolio: the same for the same phone, always
/// (Meta, "business-scoped user ids": country, dot, alphanumerics).
pub fn user_id(phone: &str) -> String {
    let first = *hash(phone.as_bytes()).first_chunk().expect("32 bytes hold 8");
    format!("US.{:020}", u64::from_be_bytes(first))
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, bytes).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bodies_are_signed_as_meta_signs_them() {
        let body = br#"{"object":"whatsapp_business_account","entry":[]}"#;
        let expected = "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756";
        assert_eq!(meta_signature("test_app_secret", body), expected);
    }

    #[test]
    fn text_outside_ascii_is_escaped_on_metas_wire() {
        let wire = meta_json(&json!({"t": "äö / 😀"}));
        assert_eq!(String::from_utf8(wire).unwrap(), r#"{"t":"\u00e4\u00f6 \/ \ud83d\ude00"}"#);
    }

    #[track_caller]
    fn check_twilio(pairs: &[(&str, &str)], expected: &str) {
        let pairs: Vec<_> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2#rc=3";
        assert_eq!(twilio_signature("12345", url, &pairs), expected);
    }

    #[test]
    fn forms_are_signed_as_twilio_signs_them() {
        check_twilio(
            &[
                ("CallSid", "CA1234567890ABCDE"),
                ("Caller", "+14158675309"),
                ("Digits", "1234"),
                ("From", "+14158675309"),
                ("To", "+18005551212"),
            ],
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        );
        check_twilio(
            &[("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")],
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        );
    }

    #[test]
    fn a_person_keeps_their_id() {
        assert_eq!(user_id("+16505551234"), user_id("+16505551234"));
        assert_ne!(user_id("+16505551234"), user_id("+16505551235"));
        assert!(user_id("+16505551234").starts_with("US."));
    }
}
