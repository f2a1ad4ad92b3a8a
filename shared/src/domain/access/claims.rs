//! What an identity provider says about who signed in, and what of it is believed.
//!
//! A token is a signed JSON Web Token (RFC 7519), and only an *ID token* is taken: it is made for the client that it names as
//! its audience, and tells who signed in. Here are the rules about what it says; that its signature is the issuer's is for
//! whoever has the issuer's keys. The rules are those of OpenID Connect Core 1.0, section 3.1.3.7 ("ID token validation"), of
//! RFC 8725 ("JSON Web Token best current practices"), and of the Amazon Cognito developer guide ("Verifying JSON web
//! tokens").
//!
//! Not checked is the `nonce`: only the client that began the sign-in knows which one it sent.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::Value;

use crate::domain::{
    Timestamp,
    time::{SKEW_ALLOWANCE, SignedDuration},
};

/// No token is longer, in bytes: API Gateway takes headers of 10 KB altogether.
const LONGEST_TOKEN: usize = 16 * 1024;

/// The longest `sub`, in bytes (OpenID Connect Core, section 2).
const LONGEST_SUBJECT: usize = 255;

/// Whom an account lets tell who its staff are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Trust {
    /// The issuer's URL, exactly as its tokens say it.
    pub issuer: String,
    /// The client at the issuer that its staff sign in with: the audience of its tokens.
    pub client_id: String,
}

/// Who signed in, as the issuer says it.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    pub issuer: String,
    /// Names the person at the issuer, and nobody else there, ever.
    pub subject: String,
    pub email: Option<String>,
    /// Whether the issuer knows that the address is this person's. One that is not verified may be anybody's.
    pub email_verified: bool,
    pub name: Option<String>,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    /// When they last showed who they are; a token may be renewed without that.
    pub auth_time: Option<Timestamp>,
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// How a token may be signed: only by a key pair, so that whoever can check a token can make none (RFC 8725, sections 3.1
/// and 3.2). `none` and the HMAC algorithms have no place here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    EdDsa,
}

impl Algorithm {
    pub const ALL: [Self; 9] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// Its name in a token's header (RFC 7518, section 3.1; RFC 8037, section 3.1).
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Names are compared exactly: `NONE` is no more an algorithm than `none`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

/// Why what a token says is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    #[error("it is not a signed JSON Web Token with what an ID token says")]
    NotAToken,
    #[error("it is not signed by an algorithm of public keys")]
    UnsupportedAlgorithm,
    #[error("it is an access token or another kind; an ID token is needed")]
    NotAnIdToken,
    #[error("it is another issuer's")]
    WrongIssuer,
    #[error("it was made for another client")]
    WrongAudience,
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet")]
    NotYetValid,
}

/// A token that was read. Nothing that it says is to be believed before its signature was checked.
pub struct IdToken<'a> {
    pub algorithm: Algorithm,
    /// Which of the issuer's keys signed it; an issuer with only one need not say.
    pub key_id: Option<String>,
    /// What is signed.
    pub signed: &'a str,
    /// In base64url.
    pub signature: &'a str,
    header_type: Option<String>,
    said: Said,
}

impl fmt::Debug for IdToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// What of the header is used. A key that a token brings along (`jwk`, `jku`, `x5c`, `x5u`) is not looked at.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Said {
    iss: String,
    sub: String,
    #[serde(default)]
    aud: Value,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    auth_time: Option<f64>,
    // What the issuer says of a person is no reason to refuse the token, whatever its form.
    #[serde(default)]
    email: Value,
    #[serde(default)]
    email_verified: Value,
    #[serde(default)]
    name: Value,
    /// Cognito's own: `id` or `access`.
    #[serde(default)]
    token_use: Value,
    /// Keycloak's own: `ID`, or `Bearer` for an access token.
    #[serde(default)]
    typ: Value,
    /// What security event tokens have, among them those that end a session (OpenID Connect Back-Channel Logout 1.0,
    /// section 2.4): they are signed by the same keys, for the same client.
    events: Option<IgnoredAny>,
}

impl<'a> IdToken<'a> {
    /// Reads a token, without believing any of it.
    pub fn read(token: &'a str) -> Result<Self, BadToken> {
        let (signed, signature) = parts(token)?;
        let (header, payload) = signed.split_once('.').ok_or(BadToken::NotAToken)?;
        let header: Header = json(header)?;
        let algorithm = Algorithm::named(&header.alg).ok_or(BadToken::UnsupportedAlgorithm)?;
        if header.crit.is_some() {
            // Whoever does not understand what is critical must not go on (RFC 7515, section 4.1.11), and we know of none.
            return Err(BadToken::NotAToken);
        }
        let said: Said = json(payload)?;
        if said.sub.is_empty() || said.sub.len() > LONGEST_SUBJECT {
            return Err(BadToken::NotAToken);
        }
        Ok(Self { algorithm, key_id: header.kid, signed, signature, header_type: header.typ, said })
    }

    /// What it says, if it says it as `trust` wants it and its time is now.
    pub fn claims(&self, trust: &Trust, now: Timestamp) -> Result<Claims, BadToken> {
        let said = &self.said;
        if said.iss != trust.issuer {
            return Err(BadToken::WrongIssuer);
        }
        if !self.is_id_token() {
            return Err(BadToken::NotAnIdToken);
        }
        let audiences = audiences(&said.aud).ok_or(BadToken::NotAToken)?;
        let ours = |client: &&str| *client == trust.client_id;
        let party_is_ours = match said.azp.as_deref() {
            Some(party) => ours(&party),
            // One of several audiences might have asked for it, and passed it on.
            None => audiences.len() == 1,
        };
        if !audiences.iter().any(ours) || !party_is_ours {
            return Err(BadToken::WrongAudience);
        }
        let (issued_at, expires_at) = (time(said.iat)?, time(said.exp)?);
        if now.duration_since(expires_at) >= SKEW_ALLOWANCE {
            return Err(BadToken::Expired);
        }
        for begins in [Some(issued_at), said.nbf.map(time).transpose()?].into_iter().flatten() {
            if begins.duration_since(now) > SKEW_ALLOWANCE {
                return Err(BadToken::NotYetValid);
            }
        }
        Ok(Claims {
            issuer: said.iss.clone(),
            subject: said.sub.clone(),
            email: text(&said.email),
            email_verified: is_true(&said.email_verified),
            name: text(&said.name),
            issued_at,
            expires_at,
            auth_time: said.auth_time.map(time).transpose()?,
        })
    }

    /// Access tokens are refused, Cognito's too, although they name our client (`client_id`): they say nothing of who it is,
    /// and are made to be shown to any API of the client, so that one that leaks from another would open ours. By what an
    /// issuer says of the kind (RFC 8725, sections 2.8, 3.11 and 3.12; RFC 9068, section 2.1).
    fn is_id_token(&self) -> bool {
        let plain = self.header_type.as_deref().is_none_or(|kind| {
            let kind = kind.to_ascii_lowercase();
            kind.strip_prefix("application/").unwrap_or(&kind) == "jwt"
        });
        let used_as_id = match &self.said.token_use {
            Value::Null => true,
            kind => kind == "id",
        };
        plain && used_as_id && self.said.typ != "Bearer" && self.said.events.is_none()
    }
}

/// What a token says of where it comes from and whom it is for, not to be believed: enough to find out whose it might be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peeked {
    pub issuer: String,
    /// Of an access token without an audience the client that asked for it, so that whoever sent it can be told that it is
    /// the wrong kind.
    pub audiences: Vec<String>,
}

/// Reads a token's issuer and audiences without checking anything. `None`: it is no token.
pub fn peek(token: &str) -> Option<Peeked> {
    #[derive(Deserialize)]
    struct Part {
        iss: String,
        #[serde(default)]
        aud: Value,
        client_id: Option<String>,
    }
    let (signed, _) = parts(token).ok()?;
    let (_, payload) = signed.split_once('.')?;
    let Part { iss, aud, client_id } = json(payload).ok()?;
    let mut named: Vec<String> = audiences(&aud)?.into_iter().map(str::to_owned).collect();
    if named.is_empty() {
        named.extend(client_id);
    }
    Some(Peeked { issuer: iss, audiences: named })
}

/// What is signed, with one dot inside, and the signature.
fn parts(token: &str) -> Result<(&str, &str), BadToken> {
    let three = token.len() <= LONGEST_TOKEN && token.bytes().filter(|byte| *byte == b'.').count() == 2;
    token.rsplit_once('.').filter(|(_, signature)| three && !signature.is_empty()).ok_or(BadToken::NotAToken)
}

fn json<T: DeserializeOwned>(part: &str) -> Result<T, BadToken> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| BadToken::NotAToken)?;
    serde_json::from_slice(&bytes).map_err(|_| BadToken::NotAToken)
}

/// One as text, or several. `None`: neither.
fn audiences(aud: &Value) -> Option<Vec<&str>> {
    match aud {
        Value::Null => Some(Vec::new()),
        Value::String(one) => Some(vec![one]),
        Value::Array(several) => several.iter().map(Value::as_str).collect(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

/// Seconds since 1970, which may have a fraction (RFC 7519, "NumericDate").
fn time(seconds: f64) -> Result<Timestamp, BadToken> {
    let since = SignedDuration::try_from_secs_f64(seconds).map_err(|_| BadToken::NotAToken)?;
    Timestamp::from_duration(since).map_err(|_| BadToken::NotAToken)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

/// Cognito says it as text where the address came from another provider.
fn is_true(value: &Value) -> bool {
    *value == true || *value == "true"
}

#[cfg(test)]
mod tests;
