//! What a client asks of the issuer, and what is wrong with it (OpenID Connect Core 1.0, section 3.1.2; RFC 6749, sections
//! 3.1 and 4.1; RFC 7636).

use std::net::IpAddr;

use reqwest::Url;
use transom::seal::sha256;

use super::{CLIENT_ID, key::base64};

/// The longest value that is taken, in bytes.
const LONGEST: usize = 2048;

/// A request's parameters, each at most once and none of them empty.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a query or a form.
    pub fn read(text: &[u8]) -> Result<Self, &'static str> {
        let mut all: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text) {
            if value.len() > LONGEST {
                return Err("a parameter is too long");
            }
            if all.iter().any(|(known, _)| *known == *name) {
                return Err("a parameter is there twice");
            }
            all.push((name.into_owned(), value.into_owned()));
        }
        // One without a value counts as left out (RFC 6749, section 3.1).
        all.retain(|(_, value)| !value.is_empty());
        Ok(Self(all))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// As a query, with one more.
    pub fn with(&self, name: &str, value: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.0.iter().filter(|(known, _)| known != name)).append_pair(name, value);
        query.finish()
    }
}

/// A request to sign somebody in, in order.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// As it was sent: the client must repeat it.
    pub redirect_uri: String,
    pub back: Url,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub challenge: String,
}

/// A request that is not in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// Told to the person: whoever asks is not known, or asks to be answered at an address that is not this machine's.
    Here(&'static str),
    /// Told to the client, at this address.
    Back(String),
}

impl Asked {
    /// Reads a request. `issuer` is the issuer's own address.
    pub fn read(parameters: &Parameters, issuer: &str) -> Result<Self, Refused> {
        if parameters.get("client_id") != Some(CLIENT_ID) {
            return Err(Refused::Here("The program that asks is not known here (client_id)."));
        }
        let redirect_uri = parameters.get("redirect_uri").ok_or(Refused::Here("There is no redirect_uri."))?;
        let back = own_address(redirect_uri, issuer)
            .ok_or(Refused::Here("The redirect_uri must be an address of this system or of this machine."))?;
        let state = parameters.get("state");
        let refused = |error: &str, why: &str| {
            Err(Refused::Back(answer(&back, &[("error", error), ("error_description", why)], state, issuer)))
        };
        if parameters.get("response_type") != Some("code") {
            return refused("unsupported_response_type", "response_type must be code");
        }
        if parameters.get("response_mode").is_some_and(|mode| mode != "query") {
            return refused("invalid_request", "response_mode must be query");
        }
        if !parameters.get("scope").is_some_and(|scopes| scopes.split(' ').any(|scope| scope == "openid")) {
            return refused("invalid_scope", "scope must contain openid");
        }
        let Some(challenge) = parameters.get("code_challenge") else {
            return refused("invalid_request", "code_challenge is needed (PKCE)");
        };
        if parameters.get("code_challenge_method") != Some("S256") {
            return refused("invalid_request", "code_challenge_method must be S256");
        }
        if challenge.len() != 43 || !challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
            return refused("invalid_request", "code_challenge must be 32 bytes in base64url");
        }
        // Nobody is signed in here before they choose.
        if parameters.get("prompt").is_some_and(|prompt| prompt.split(' ').any(|one| one == "none")) {
            return refused("login_required", "somebody has to choose who they are");
        }
        Ok(Self {
            redirect_uri: redirect_uri.to_owned(),
            state: state.map(str::to_owned),
            nonce: parameters.get("nonce").map(str::to_owned),
            challenge: challenge.to_owned(),
            back,
        })
    }

    /// Where the person goes with a code.
    pub fn answer(&self, code: &str, issuer: &str) -> String {
        answer(&self.back, &[("code", code)], self.state.as_deref(), issuer)
    }

    /// Whether it is the verifier whose challenge was sent (RFC 7636, sections 4.1 and 4.6).
    pub fn is_verified_by(&self, verifier: &str) -> bool {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        (43..=128).contains(&verifier.len())
            && verifier.bytes().all(plain)
            && base64(sha256(verifier.as_bytes())) == self.challenge
    }
}

/// The answer names the issuer, so that a client of several knows whose it is (RFC 9207).
fn answer(back: &Url, what: &[(&str, &str)], state: Option<&str>, issuer: &str) -> String {
    let mut back = back.clone();
    back.query_pairs_mut()
        .extend_pairs(what)
        .extend_pairs(state.map(|state| ("state", state)))
        .append_pair("iss", issuer);
    back.into()
}

/// An address at the issuer's own origin, or on the machine that the browser runs on (RFC 8252, section 7.3): a code never
/// goes anywhere else.
fn own_address(redirect_uri: &str, issuer: &str) -> Option<Url> {
    let url = Url::parse(redirect_uri).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let here = Url::parse(issuer).is_ok_and(|issuer| issuer.origin() == url.origin());
    let host = url.host_str()?;
    let number: Result<IpAddr, _> = host.trim_start_matches('[').trim_end_matches(']').parse();
    let this_machine = host == "localhost" || number.is_ok_and(|ip| ip.is_loopback());
    (plain && (here || this_machine)).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_goes_to_this_system_or_this_machine_and_nowhere_else() {
        let issuer = "https://tunnel.example/sign-in";
        for good in [
            "https://tunnel.example/inbox",
            "https://tunnel.example:443/inbox?x=1",
            "http://127.0.0.1:5173/",
            "http://127.8.9.10/",
            "http://[::1]:5173/back",
            "http://localhost:5173/",
        ] {
            assert!(own_address(good, issuer).is_some(), "{good}");
        }
        for bad in [
            "https://elsewhere.example/inbox",
            "http://tunnel.example/inbox",
            "https://tunnel.example:8443/inbox",
            "https://tunnel.example.elsewhere.example/",
            "https://tunnel.example@elsewhere.example/",
            "https://me@tunnel.example/",
            "https://tunnel.example/inbox#x",
            "http://localhost.elsewhere.example/",
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp://127.0.0.1/",
            "//tunnel.example/",
            "/inbox",
            "",
        ] {
            assert!(own_address(bad, issuer).is_none(), "{bad}");
        }
    }

    /// The example of RFC 7636, appendix B.
    #[test]
    fn a_verifier_is_known_by_its_challenge() {
        let asked = Asked {
            redirect_uri: String::new(),
            back: Url::parse("http://localhost/").unwrap(),
            state: None,
            nonce: None,
            challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned(),
        };
        assert!(asked.is_verified_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        for bad in ["", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"] {
            assert!(!asked.is_verified_by(bad), "{bad}");
        }
    }
}
