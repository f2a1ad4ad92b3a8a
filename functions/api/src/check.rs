//! Shapes of values that several routes take.

use axum::http::Uri;

use transom::domain::contact::change;

pub use transom::domain::contact::change::is_language_code;

use crate::problem::Problem;

pub fn language_code(field: &str, text: &str) -> Result<(), Problem> {
    if is_language_code(text) {
        Ok(())
    } else {
        Err(Problem::invalid(field, "must be a language code such as es or pt_BR"))
    }
}

/// The name of a template (Meta, "message templates": lower case, digits and underscores, up to 512).
pub fn is_template_name(text: &str) -> bool {
    (1..=512).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// An address that a provider can call: https, or http on this machine; without a query, which would be no part of it.
pub fn is_public_url(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
    let host = authority.host();
    let reachable = match scheme {
        "https" => !host.is_empty(),
        "http" => matches!(host, "127.0.0.1" | "localhost") || host.ends_with(".localhost"),
        _ => false,
    };
    let plain = uri.query().is_none() && !text.contains('#') && !authority.as_str().contains('@');
    reachable && plain && text.len() <= 1000
}

/// Text that people wrote into a form: something visible, no control characters, at most `most` characters.
pub fn words(field: &str, text: &str, most: usize) -> Result<String, Problem> {
    Ok(change::words(field, text, most)?)
}

/// An id that stands in the path may be left out of the body; if it is there, it must agree.
pub fn agrees<T: PartialEq>(field: &str, in_body: Option<&T>, in_path: &T) -> Result<(), Problem> {
    match in_body {
        Some(value) if value != in_path => Err(Problem::invalid(field, "differs from the address; leave it out")),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_name_has_its_shape() {
        assert!(is_template_name("room_ready_2") && is_template_name(&"a".repeat(512)));
        for bad in ["", "Room", "room-ready", "room ready", "ü", &"a".repeat(513)] {
            assert!(!is_template_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_public_url_is_https_or_this_machine() {
        for good in
            ["https://api.example.com/webhooks/meta", "http://127.0.0.1:8080/webhooks/x", "http://localhost/webhooks/x"]
        {
            assert!(is_public_url(good), "{good}");
        }
        for bad in [
            "",
            "/webhooks/x",
            "example.com",
            "http://example.com/x",
            "http://127.0.0.1.example.com/x",
            "https://user:secret@example.com/x",
            "https://example.com/x?token=1",
            "https://example.com/x#y",
            "ftp://example.com/x",
            "https://",
            "https:// example.com",
        ] {
            assert!(!is_public_url(bad), "{bad}");
        }
    }

    #[test]
    fn words_are_visible_and_on_one_line() {
        assert_eq!(words("name", "  Ana María ", 10).unwrap(), "Ana María");
        for bad in ["", "   ", "a\nb", "12345678901"] {
            assert_eq!(words("name", bad, 10).unwrap_err().errors[0].field, "name", "{bad}");
        }
    }
}
