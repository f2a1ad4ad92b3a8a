//! Meta's signature over a webhook's raw bytes, and its verification handshake
//! (Graph API webhooks, "Event Notifications: Validating Payloads" and "Verification Requests").

use aws_lc_rs::hmac;
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};

use crate::adapters::providers::signing;

pub(super) const HEADER: &str = "x-hub-signature-256";

/// Whether the body is signed with one of the app's secrets: `sha256=` and 64 lower-case hex digits.
pub(super) fn verify(headers: &HeaderMap, body: &[u8], secrets: &[SecretString]) -> bool {
    let Some(tag) = signing::only_header(headers, HEADER).and_then(tag_of) else {
        return false;
    };
    signing::signed_with_one_of(secrets, hmac::HMAC_SHA256, body, &tag)
}

/// The header's value for a body, as Meta writes it.
pub(super) fn sign(body: &[u8], secret: &SecretString) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}

fn tag_of(value: &str) -> Option<[u8; 32]> {
    let digits = value.strip_prefix("sha256=")?;
    if digits.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let mut tag = [0; 32];
    hex::decode_to_slice(digits, &mut tag).ok()?;
    Some(tag)
}

/// The challenge to answer with, if the request asks to subscribe and knows one of the tokens.
pub(super) fn handshake(query: &str, tokens: &[SecretString]) -> Option<String> {
    let only = |name: &str| {
        let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
        let first = values.next()?;
        values.next().is_none().then_some(first.1.into_owned())
    };
    let token = only("hub.verify_token").filter(|token| !token.is_empty())?;
    let known = tokens.iter().any(|known| signing::same(known.expose_secret(), &token));
    (known && only("hub.mode")? == "subscribe").then(|| only("hub.challenge"))?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bodies and their signatures under the secret `test_app_secret`.
    const SIGNED: [(&str, &str); 4] = [
        (
            r#"{"object":"whatsapp_business_account","entry":[]}"#,
            "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756",
        ),
        (
            r#"{"object": "whatsapp_business_account", "entry": []}"#,
            "sha256=56cbbaf4961c6cfdae48b7f116c047e5eb513d2c931baae63a2bc1afd26f803a",
        ),
        (
            r#"{"object":"whatsapp_business_account","entry":[],"t":"\u00e4\u00f6 \/ \ud83d\ude00"}"#,
            "sha256=43d29bd07c98491db3599ea232201d9b1e5047819948c07b276e7266ddd8e4e4",
        ),
        (
            r#"{"object":"whatsapp_business_account","entry":[],"t":"äö / 😀"}"#,
            "sha256=be5719ad5dd68735b3437eddf6b3d2f06ae30f2f1d0f446f4a3a363e1a05ace6",
        ),
    ];

    fn secrets(values: &[&str]) -> Vec<SecretString> {
        values.iter().map(|value| SecretString::from(*value)).collect()
    }

    fn with_headers(values: &[&str], body: &str, known: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, value.parse().unwrap());
        }
        verify(&headers, body.as_bytes(), &secrets(known))
    }

    #[test]
    fn the_signature_covers_the_bytes_as_they_came() {
        for (body, signature) in SIGNED {
            assert!(with_headers(&[signature], body, &["test_app_secret"]), "{body}");
            assert!(!with_headers(&[signature], &format!("{body} "), &["test_app_secret"]), "{body}");
        }
        let ((escaped, _), (_, of_raw)) = (SIGNED[2], SIGNED[3]);
        assert!(!with_headers(&[of_raw], escaped, &["test_app_secret"]));
    }

    #[test]
    fn i_1_each_secret_accepted_now_may_have_signed() {
        let (body, signature) = SIGNED[0];
        assert!(with_headers(&[signature], body, &["new_secret", "test_app_secret"]));
        assert!(!with_headers(&[signature], body, &["new_secret"]));
        assert!(!with_headers(&[signature], body, &[]));
    }

    #[test]
    fn an_empty_secret_signs_nothing() {
        let body = "{}";
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"");
        let signature = format!("sha256={}", hex::encode(hmac::sign(&key, body.as_bytes())));
        assert!(!with_headers(&[&signature], body, &[""]));
    }

    #[test]
    fn k3_only_one_signature_in_one_form_is_believed() {
        let (body, signature) = SIGNED[0];
        let check = |headers: &[&str]| with_headers(headers, body, &["test_app_secret"]);
        assert!(check(&[signature]));
        assert!(!check(&[]));
        assert!(!check(&[""]));
        assert!(!check(&[signature, signature]));
        assert!(!check(&[&signature.to_uppercase()]));
        assert!(!check(&[&format!("sha256={}", signature[7..].to_uppercase())]));
        assert!(!check(&[&signature[7..]]));
        assert!(!check(&[&signature[..70]]));
        assert!(!check(&[&format!("{signature}00")]));
        assert!(!check(&[&signature.replace("sha256=", "sha1=")]));
        assert!(!check(&[&signature.replace("sha256=d", "sha256=g")]));
    }

    const ASKED: &str = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=blue%20heron";

    #[test]
    fn the_handshake_answers_the_challenge_to_whoever_knows_the_token() {
        let check = |query: &str| handshake(query, &secrets(&["old", "blue heron"]));
        assert_eq!(check(ASKED).as_deref(), Some("1158201444"));
    }

    #[test]
    fn a24_a_wrong_handshake_gets_nothing_back() {
        let check = |query: &str, known: &[&str]| handshake(query, &secrets(known));
        assert_eq!(check(ASKED, &["other"]), None);
        assert_eq!(check(ASKED, &[]), None);
        assert_eq!(check(&ASKED.replace("subscribe", "unsubscribe"), &["blue heron"]), None);
        assert_eq!(check(&ASKED.replace("hub.challenge", "challenge"), &["blue heron"]), None);
        assert_eq!(check(&format!("{ASKED}&hub.verify_token=blue%20heron"), &["blue heron"]), None);
        assert_eq!(check("hub.mode=subscribe&hub.challenge=1&hub.verify_token=", &[""]), None);
        assert_eq!(check("", &["blue heron"]), None);
    }

    proptest! {
        #[test]
        fn k3_no_header_makes_the_check_panic_or_pass(value in "\\PC{0,90}", body: Vec<u8>) {
            let mut headers = HeaderMap::new();
            if let Ok(value) = http::HeaderValue::from_bytes(value.as_bytes()) {
                headers.append(HEADER, value);
            }
            prop_assert!(!verify(&headers, &body, &secrets(&["test_app_secret"])));
        }

        #[test]
        fn no_query_makes_the_handshake_panic(query in "\\PC{0,90}") {
            prop_assert_eq!(handshake(&query, &secrets(&["blue heron"])), None);
        }
    }
}
