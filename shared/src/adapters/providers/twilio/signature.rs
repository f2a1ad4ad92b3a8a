//! Twilio's signature over the endpoint's address and the form's parameters
//! (Twilio, "Webhooks security: validating signatures"; the same algorithm as its own Python validator).

use std::borrow::Cow;

use aws_lc_rs::{digest, hmac};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretString};

use super::form::Form;
use crate::{adapters::providers::signing, ports::WebhookCall};

pub(super) const HEADER: &str = "x-twilio-signature";

/// Whether the call is signed with one of the account's auth tokens. `public_url` is the address as it is configured
/// at Twilio, without the query.
pub(super) fn verify(call: &WebhookCall<'_>, public_url: &str, secrets: &[SecretString]) -> bool {
    let header = signing::only_header(call.headers, HEADER);
    let Some(tag) = header.and_then(|value| BASE64_STANDARD.decode(value).ok()) else {
        return false;
    };
    // Twilio's retry settings stand in a fragment, which is not signed.
    let url = public_url.split_once('#').map_or(public_url, |(url, _)| url);
    let Some(parameters) = signed_parameters(call) else {
        return false;
    };
    // Twilio does not always sign the port that it was told: both ways are right.
    [Cow::Borrowed(url), other_way_of_writing_the_port(url)].iter().any(|url| {
        let mut message = url.clone().into_owned();
        if !call.query.is_empty() {
            message.push('?');
            message.push_str(call.query);
        }
        message.push_str(&parameters);
        signing::signed_with_one_of(secrets, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, message.as_bytes(), &tag)
    })
}

/// The header's value for a form that is posted to this address, as Twilio writes it. `form` is in order of its names.
pub(super) fn sign(url: &str, form: &[(&str, &str)], secret: &SecretString) -> String {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let parameters: String = form.iter().flat_map(|(name, value)| [*name, *value]).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.expose_secret().as_bytes());
    BASE64_STANDARD.encode(hmac::sign(&key, format!("{url}{parameters}").as_bytes()))
}

/// What follows the address in the signed text. `None` if the body is not the one that the address vouches for.
fn signed_parameters(call: &WebhookCall<'_>) -> Option<String> {
    // A body that is not a form is signed by its hash in the query.
    if let Some(claimed) = Form::of(call.query.as_bytes()).get("bodySHA256") {
        let actual = hex::encode(digest::digest(&digest::SHA256, call.body));
        return signing::same(&actual, claimed).then(String::new);
    }
    let form = Form::of(call.body);
    let mut parameters: Vec<(&str, &str)> = form.iter().collect();
    parameters.sort_unstable();
    parameters.dedup();
    Some(parameters.into_iter().flat_map(|(name, value)| [name, value]).collect())
}

/// The address without its port, or with the one that its scheme implies.
fn other_way_of_writing_the_port(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Cow::Borrowed(url);
    };
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match host.rsplit_once(':') {
        Some((host, port)) if is_port(port) => Cow::Owned(format!("{scheme}://{host}{path}")),
        Some(_) | None => {
            let port = if scheme == "http" { 80 } else { 443 };
            Cow::Owned(format!("{scheme}://{host}:{port}{path}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use proptest::prelude::*;

    use super::*;

    /// The vectors of Twilio's own validator: the auth token, the address and its query.
    const TOKEN: &str = "12345";
    const URL: &str = "https://mycompany.com/myapp.php";
    const QUERY: &str = "foo=1&bar=2";
    const CALL: &str =
        "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
    const CALL_SIGNATURE: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    const TWICE: &str = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
    const TWICE_SIGNATURE: &str = "IK+Dwps556ElfBT0I3Rgjkr1wJU=";
    const JSON: &str = r#"{"property": "value", "boolean": true}"#;
    const JSON_QUERY: &str = "foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    const JSON_SIGNATURE: &str = "a9nBmqA0ju/hNViExpshrM61xv4=";

    fn with(signatures: &[&str], url: &str, query: &str, body: &str, tokens: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for signature in signatures {
            headers.append(HEADER, signature.parse().unwrap());
        }
        let secrets: Vec<_> = tokens.iter().map(|token| SecretString::from(*token)).collect();
        verify(&WebhookCall { headers: &headers, query, body: body.as_bytes() }, url, &secrets)
    }

    fn sign(text: &str, token: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
        BASE64_STANDARD.encode(hmac::sign(&key, text.as_bytes()))
    }

    #[test]
    fn a_form_is_signed_with_its_address_and_its_sorted_parameters() {
        assert!(with(&[CALL_SIGNATURE], URL, QUERY, CALL, &[TOKEN]));
        let shuffled =
            "To=%2B18005551212&Digits=1234&CallSid=CA1234567890ABCDE&Caller=%2B14158675309&From=%2B14158675309";
        assert!(with(&[CALL_SIGNATURE], URL, QUERY, shuffled, &[TOKEN]));
    }

    #[test]
    fn a_parameter_that_is_there_twice_counts_once_for_each_value() {
        assert!(with(&[TWICE_SIGNATURE], URL, QUERY, TWICE, &[TOKEN]));
    }

    #[test]
    fn a_json_body_is_signed_by_its_hash_in_the_address() {
        assert!(with(&[JSON_SIGNATURE], URL, JSON_QUERY, JSON, &[TOKEN]));
        assert!(!with(&[JSON_SIGNATURE], URL, JSON_QUERY, "{}", &[TOKEN]));
        assert!(!with(&[JSON_SIGNATURE], URL, QUERY, JSON, &[TOKEN]));
    }

    #[test]
    fn the_port_may_be_signed_or_not() {
        for url in ["https://mycompany.com:443/myapp.php", "https://mycompany.com/myapp.php#rc=5&rp=all", URL] {
            assert!(with(&[CALL_SIGNATURE], url, QUERY, CALL, &[TOKEN]), "{url}");
        }
        let with_port = sign("https://mycompany.com:443/myapp.php?a=1", TOKEN);
        assert!(with(&[&with_port], URL, "a=1", "", &[TOKEN]));
        let with_port = sign("http://mycompany.com:80/", TOKEN);
        assert!(with(&[&with_port], "http://mycompany.com/", "", "", &[TOKEN]));
    }

    #[test]
    fn an_address_without_a_query_is_signed_without_a_question_mark() {
        assert!(with(
            &[&sign("https://mycompany.com/myapp.phpBodyhiFrom+1", TOKEN)],
            URL,
            "",
            "From=%2B1&Body=hi",
            &[TOKEN]
        ));
    }

    #[test]
    fn i_1_each_token_accepted_now_may_have_signed() {
        assert!(with(&[CALL_SIGNATURE], URL, QUERY, CALL, &["new", TOKEN]));
        assert!(!with(&[CALL_SIGNATURE], URL, QUERY, CALL, &["new"]));
        assert!(!with(&[CALL_SIGNATURE], URL, QUERY, CALL, &[]));
        assert!(!with(&[&sign(URL, "")], URL, "", "", &[""]));
    }

    #[test]
    fn k3_only_one_signature_in_one_form_is_believed() {
        let check = |signatures: &[&str]| with(signatures, URL, QUERY, CALL, &[TOKEN]);
        assert!(check(&[CALL_SIGNATURE]));
        assert!(!check(&[]));
        assert!(!check(&[""]));
        assert!(!check(&[CALL_SIGNATURE, CALL_SIGNATURE]));
        assert!(!check(&[CALL_SIGNATURE.trim_end_matches('=')]));
        assert!(!check(&[&CALL_SIGNATURE.to_lowercase()]));
        assert!(!check(&["RSOYDt4T1cUTdK1PDd93"]));
    }

    #[test]
    fn i_3_another_address_or_body_than_the_signed_one_is_refused() {
        assert!(!with(&[CALL_SIGNATURE], "https://other.com/myapp.php", QUERY, CALL, &[TOKEN]));
        assert!(!with(&[CALL_SIGNATURE], URL, "foo=1&bar=3", CALL, &[TOKEN]));
        assert!(!with(&[CALL_SIGNATURE], URL, QUERY, &format!("{CALL}&Digits=2"), &[TOKEN]));
    }

    proptest! {
        #[test]
        fn k3_no_call_makes_the_check_panic_or_pass(header in "\\PC{0,40}", url in "\\PC{0,40}", query in "\\PC{0,40}", body: Vec<u8>) {
            let mut headers = HeaderMap::new();
            if let Ok(value) = http::HeaderValue::from_bytes(header.as_bytes()) {
                headers.append(HEADER, value);
            }
            let call = WebhookCall { headers: &headers, query: &query, body: &body };
            prop_assert!(!verify(&call, &url, &[SecretString::from(TOKEN)]));
        }
    }
}
