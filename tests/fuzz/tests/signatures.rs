//! Signatures and the handshake: no header, body or token panics or is believed but the right one, in its one form.
//! (Fault matrix A24, K3.)
//!
//! Kept inputs (`__fuzz__`) of several parts: before each part a byte for its length, 256 / 65 for each byte of it,
//! rounded up.

use std::panic::AssertUnwindSafe;

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use bolero::check;
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use transom::{
    adapters::providers::{ProviderUrls, Providers, http_client},
    domain::channel::ProviderKind,
    ports::WebhookCall,
};

const SECRET: &str = "a secret of this test";
const URL: &str = "https://hotel.example/webhooks/front-desk";

struct Signed<'a> {
    providers: &'a Providers,
    kind: ProviderKind,
    header: &'static str,
    body: &'a [u8],
}

impl Signed<'_> {
    fn with(&self, values: &[&[u8]], secrets: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in values {
            let Ok(value) = HeaderValue::from_bytes(value) else { return false };
            headers.append(HeaderName::from_static(self.header), value);
        }
        let secrets: Vec<SecretString> = secrets.iter().map(|secret| (*secret).into()).collect();
        let call = WebhookCall { headers: &headers, query: "", body: self.body };
        self.providers.get(self.kind).signed(&call, URL, &secrets)
    }

    /// `right` is the one value that is believed; `guess` is anything else.
    fn only(&self, right: &str, guess: &[u8], change: (u8, u8)) {
        let right = right.as_bytes();
        assert!(self.with(&[right], &[SECRET]));
        assert!(self.with(&[right], &["another", SECRET]));
        assert!(!self.with(&[right], &["another"]) && !self.with(&[right], &[]) && !self.with(&[right], &[""]));
        assert!(!self.with(&[right, right], &[SECRET]) && !self.with(&[right, guess], &[SECRET]));
        assert!(!self.with(&[guess, right], &[SECRET]) && !self.with(&[], &[SECRET]));
        if guess.trim_ascii() != right {
            assert!(!self.with(&[guess], &[SECRET]));
        }
        // Longer, shorter, in another case, in another letter.
        let (at, by) = (usize::from(change.0) % right.len(), change.1);
        let mut other = right.to_vec();
        other[at] = by;
        let longer = [right, &[by]].concat();
        for wrong in [&other, &longer, &right[..at].to_vec(), &right.to_ascii_uppercase()] {
            if wrong.trim_ascii() != right {
                assert!(!self.with(&[wrong], &[SECRET]), "{:?}", String::from_utf8_lossy(wrong));
            }
        }
    }
}

fn providers() -> AssertUnwindSafe<Providers> {
    AssertUnwindSafe(Providers::new(http_client().unwrap(), ProviderUrls::default()))
}

#[test]
fn k3_metas_signature() {
    let providers = providers();
    check!().with_iterations(1_000).with_type::<(Vec<u8>, Vec<u8>, (u8, u8))>().for_each(|(body, guess, change)| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let right = format!("sha256={}", hex::encode(hmac::sign(&key, body)));
        let signed = Signed { providers: &providers, kind: ProviderKind::Meta, header: "x-hub-signature-256", body };
        signed.only(&right, guess, *change);
        let longer = [body.as_slice(), b" "].concat();
        assert!(!Signed { body: &longer, ..signed }.with(&[right.as_bytes()], &[SECRET]));
    });
}

#[test]
fn k3_twilios_signature() {
    let providers = providers();
    check!().with_iterations(1_000).with_type::<(Vec<u8>, Vec<u8>, (u8, u8))>().for_each(|(body, guess, change)| {
        // The form's parameters, sorted, each once: what the signature covers beside the address.
        let mut parameters: Vec<_> = form_urlencoded::parse(body).into_owned().collect();
        parameters.sort_unstable();
        parameters.dedup();
        let text: String = parameters.iter().flat_map(|(name, value)| [name.as_str(), value]).collect();
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET.as_bytes());
        let right = BASE64_STANDARD.encode(hmac::sign(&key, format!("{URL}{text}").as_bytes()));
        let signed = Signed { providers: &providers, kind: ProviderKind::Twilio, header: "x-twilio-signature", body };
        signed.only(&right, guess, *change);
        let longer = [body.as_slice(), b"&more=1"].concat();
        assert!(!Signed { body: &longer, ..signed }.with(&[right.as_bytes()], &[SECRET]));
    });
}

#[test]
fn a24_a_handshake_without_the_token_says_nothing() {
    let providers = providers();
    let tokens = ["right-token".into()];
    check!().with_iterations(2_000).for_each(|query: &[u8]| {
        let query = String::from_utf8_lossy(query);
        for kind in [ProviderKind::Meta, ProviderKind::Twilio] {
            if !query.contains("right-token") {
                assert_eq!(providers.get(kind).handshake(&query, &tokens), None);
            }
            assert_eq!(providers.get(kind).handshake(&query, &[]), None);
            assert_eq!(providers.get(kind).handshake(&query, &["".into()]), None);
        }
        // The challenge comes back as it was sent, and only once.
        let challenge: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let whole = format!("hub.mode=subscribe&hub.verify_token=right-token&hub.challenge={challenge}");
        let meta = providers.get(ProviderKind::Meta);
        assert_eq!(meta.handshake(&whole, &tokens).as_deref(), Some(query.as_ref()));
        assert_eq!(meta.handshake(&format!("{whole}&hub.challenge=2"), &tokens), None);
    });
}
