//! The certificate authorities that are trusted, fixed when this was built: Mozilla's, as `webpki-root-certs` carries them.
//!
//! A function that reads the system's store opens some 400 files before its first call, which is most of what its start
//! would take. Whoever needs another authority needs another build.

use base64::{Engine, engine::general_purpose::STANDARD};
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

/// In PEM, one text with all of them, for the AWS SDK.
pub(super) fn as_pem() -> String {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----\n";
    const END: &str = "\n-----END CERTIFICATE-----\n";
    let bytes: usize = TLS_SERVER_ROOT_CERTS.iter().map(|root| root.len() * 4 / 3 + 4 + BEGIN.len() + END.len()).sum();
    let mut pem = String::with_capacity(bytes);
    for root in TLS_SERVER_ROOT_CERTS {
        pem.push_str(BEGIN);
        STANDARD.encode_string(root, &mut pem);
        pem.push_str(END);
    }
    pem
}

/// For reqwest.
pub(super) fn certificates() -> Result<Vec<reqwest::Certificate>, reqwest::Error> {
    TLS_SERVER_ROOT_CERTS.iter().map(|root| reqwest::Certificate::from_der(root)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_hold_every_authority() {
        let all = TLS_SERVER_ROOT_CERTS.len();
        assert!(all > 50);
        assert_eq!(certificates().unwrap().len(), all);
        assert_eq!(reqwest::Certificate::from_pem_bundle(as_pem().as_bytes()).unwrap().len(), all);
    }
}
