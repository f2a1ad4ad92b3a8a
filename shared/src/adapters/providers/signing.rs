//! What the checks of signatures and tokens have in common: one header, constant time, several secrets.

use aws_lc_rs::{constant_time, hmac};
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};

/// The value of a header that is there exactly once. Of two signatures neither is believed.
pub(super) fn only_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        (_, _) => None,
    }
}

/// Whether `tag` is the HMAC of `message` under one of the secrets. An empty secret signs nothing.
pub(super) fn signed_with_one_of(
    secrets: &[SecretString],
    algorithm: hmac::Algorithm,
    message: &[u8],
    tag: &[u8],
) -> bool {
    secrets.iter().map(ExposeSecret::expose_secret).filter(|secret| !secret.is_empty()).any(|secret| {
        let key = hmac::Key::new(algorithm, secret.as_bytes());
        hmac::verify(&key, message, tag).is_ok()
    })
}

/// Whether two values are the same, in constant time for values of one length.
pub(super) fn same(left: &str, right: &str) -> bool {
    constant_time::verify_slices_are_equal(left.as_bytes(), right.as_bytes()).is_ok()
}
