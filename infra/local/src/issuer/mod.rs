//! An identity provider for one machine: the demo's staff sign in by choosing who they are, and what follows is what any
//! OpenID Connect provider does. There is no password, so it is no provider for anything else.
//!
//! It knows the authorization code flow with PKCE (OpenID Connect Core 1.0, section 3.1; RFC 6749; RFC 7636) for one public
//! client, [`CLIENT_ID`]. Its access token is the ID token once more: nothing here takes access tokens.

mod codes;
mod key;
mod page;
mod request;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{RawQuery, State},
    routing::{get, post},
};
use http::{HeaderValue, Response, StatusCode, header};
use jiff::SignedDuration;
use serde_json::{Value, json};
use transom::ports::{Chance, Clock};

pub use key::{BadKey, SigningKey};

use codes::{Codes, Grant};
use request::{Asked, Parameters, Refused};

/// Where it is, below the system's own address.
pub const PATH: &str = "/sign-in";

/// The one client that people sign in to.
pub const CLIENT_ID: &str = "transom";

/// For how long a token is good.
const LASTS: SignedDuration = SignedDuration::from_hours(1);

/// Nothing is loaded but the page's own style, and nothing is run.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Names them, and never anybody else.
    pub subject: String,
    pub name: String,
    pub email: String,
    /// Shown beside the name.
    pub note: String,
}

/// The identity provider.
#[derive(Debug)]
pub struct Issuer {
    url: String,
    staff: Vec<Person>,
    key: SigningKey,
    codes: Codes,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
}

impl Issuer {
    /// `url` is the system's public address with [`PATH`], which is how tokens name the issuer.
    pub fn new(
        url: String,
        staff: Vec<Person>,
        key: SigningKey,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Self {
        Self { url, staff, key, codes: Codes::default(), clock, chance }
    }

    /// All that is below [`PATH`].
    pub fn router<S>(self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let under = |path: &str| format!("{PATH}{path}");
        Router::new()
            .route(&under("/.well-known/openid-configuration"), get(configuration))
            .route(&under("/keys"), get(keys))
            .route(&under("/authorize"), get(authorize))
            .route(&under("/token"), post(token))
            .route(&under("/style.css"), get(style))
            .with_state(Arc::new(self))
    }

    /// (OpenID Connect Discovery 1.0, section 3.)
    fn configuration(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.url);
        json!({
            "issuer": self.url,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "scopes_supported": ["openid", "email", "profile"],
            "claims_supported":
                ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "email", "email_verified", "name"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    /// The page, or the way back to the client of whoever has chosen.
    fn authorize(&self, query: &str) -> Result<Answer, Refused> {
        let parameters =
            Parameters::read(query.as_bytes()).map_err(|_| Refused::Here("The request's parameters are odd."))?;
        let asked = Asked::read(&parameters, &self.url)?;
        let Some(subject) = parameters.get("person") else {
            return Ok(Answer::Page(page::choice(&self.staff, &parameters, &format!("{PATH}/authorize"))));
        };
        let person = self.staff.iter().find(|person| person.subject == subject);
        let person = person.ok_or(Refused::Here("Nobody of that name can sign in."))?.clone();
        let grant = Grant { person, asked: asked.clone(), at: self.clock.now() };
        Ok(Answer::Go(asked.answer(&self.codes.issue(grant, self.chance.as_ref()), &self.url)))
    }

    /// The tokens for a code (OpenID Connect Core 1.0, section 3.1.3). The error is a word of RFC 6749, section 5.2.
    fn token(&self, form: &[u8]) -> Result<Value, &'static str> {
        let form = Parameters::read(form).map_err(|_| "invalid_request")?;
        let needed = |name: &str| form.get(name).ok_or("invalid_request");
        if needed("grant_type")? != "authorization_code" {
            return Err("unsupported_grant_type");
        }
        if needed("client_id")? != CLIENT_ID {
            return Err("invalid_client");
        }
        let (code, verifier, redirect_uri) = (needed("code")?, needed("code_verifier")?, needed("redirect_uri")?);
        let now = self.clock.now();
        let Grant { person, asked, at } = self.codes.take(code, now).ok_or("invalid_grant")?;
        if asked.redirect_uri != redirect_uri || !asked.is_verified_by(verifier) {
            return Err("invalid_grant");
        }
        let mut claims = json!({
            "iss": self.url,
            "sub": person.subject,
            "aud": CLIENT_ID,
            "exp": (now + LASTS).as_second(),
            "iat": now.as_second(),
            "auth_time": at.as_second(),
            "email": person.email,
            "email_verified": true,
            "name": person.name,
        });
        if let Some(nonce) = asked.nonce {
            claims["nonce"] = json!(nonce);
        }
        let token = self.key.token(&claims);
        Ok(json!({
            "token_type": "Bearer", "id_token": token, "access_token": token, "expires_in": LASTS.as_secs(),
            "scope": "openid email profile",
        }))
    }
}

enum Answer {
    Page(String),
    Go(String),
}

fn page_of(status: StatusCode, page: String) -> Response<Body> {
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = status;
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn go(to: &str) -> Response<Body> {
    let mut response = page_of(StatusCode::SEE_OTHER, String::new());
    let to = HeaderValue::from_str(to).expect("a URL is ASCII without control characters");
    response.headers_mut().insert(header::LOCATION, to);
    response
}

/// Pages of other ports of this machine may read it: no cookie goes along, and a code without its verifier is of no use.
fn json_of(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = crate::front::event::json_response(status, "application/json", body);
    for (name, value) in [(header::CACHE_CONTROL, "no-store"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn configuration(State(issuer): State<Arc<Issuer>>) -> Response<Body> {
    json_of(StatusCode::OK, &issuer.configuration())
}

async fn keys(State(issuer): State<Arc<Issuer>>) -> Response<Body> {
    json_of(StatusCode::OK, &json!({"keys": [issuer.key.public()]}))
}

async fn authorize(State(issuer): State<Arc<Issuer>>, RawQuery(query): RawQuery) -> Response<Body> {
    match issuer.authorize(query.as_deref().unwrap_or_default()) {
        Ok(Answer::Page(page)) => page_of(StatusCode::OK, page),
        Ok(Answer::Go(to)) | Err(Refused::Back(to)) => go(&to),
        Err(Refused::Here(why)) => page_of(StatusCode::BAD_REQUEST, page::refusal(why)),
    }
}

async fn token(State(issuer): State<Arc<Issuer>>, form: Bytes) -> Response<Body> {
    match issuer.token(&form) {
        Ok(tokens) => json_of(StatusCode::OK, &tokens),
        Err(error) => json_of(StatusCode::BAD_REQUEST, &json!({"error": error})),
    }
}

async fn style() -> Response<Body> {
    let mut response = Response::new(Body::from(include_str!("style.css")));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
