//! The certificate authorities that are trusted, fixed when this was built: Mozilla's, as `webpki-root-certs` carries them.
//!
//! A function that reads the system's store opens some 400 files before its first call, which is most of what its start
//! would take. Whoever needs another authority needs another build.

use base64::{Engine, engine::general_purpose::STANDARD};
use memchr::memmem;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

/// Amazon's own authorities, which sign every AWS endpoint (Amazon Trust Services, "root CAs"); by a part of their names.
/// Reading only these takes a twentieth of the time.
const OF_AMAZON: [&[u8]; 2] = [b"Amazon Root CA", b"Starfield Services Root Certificate Authority"];

fn is_of_amazon(root: &[u8]) -> bool {
    OF_AMAZON.iter().any(|name| memmem::find(root, name).is_some())
}

/// Those of AWS in PEM, one text with all of them, for the AWS SDK. `all`: every authority, for an endpoint of another name.
pub(super) fn as_pem(all: bool) -> String {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----\n";
    const END: &str = "\n-----END CERTIFICATE-----\n";
    let mut pem = String::with_capacity(16_384);
    for root in TLS_SERVER_ROOT_CERTS.iter().filter(|root| all || is_of_amazon(root)) {
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
        let in_pem = |every| reqwest::Certificate::from_pem_bundle(as_pem(every).as_bytes()).unwrap().len();
        assert_eq!(in_pem(true), all);
        assert_eq!(in_pem(false), 5, "Amazon's four and Starfield's");
    }
}
