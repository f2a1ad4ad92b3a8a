//! An identity provider for tests: keys of its own, an address, and tokens as good or as bad as is wanted.

use std::sync::{Arc, Mutex};

use aws_lc_rs::{
    encoding::AsDer,
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
        RsaKeyPair, RsaPublicKeyComponents,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use super::super::{Guard, OpenIdSignIn};
use crate::{
    domain::{Timestamp, time::SignedDuration},
    ports::{
        Clock,
        sign_in::{Claims, NotSignedIn, SignIn, Trust},
    },
};

pub(super) const CLIENT: &str = "inbox";

/// A clock that stands still until it is turned.
#[derive(Debug)]
pub(super) struct HandClock(Mutex<Timestamp>);

impl HandClock {
    pub fn at_noon() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2026-03-01T12:00:00Z".parse().unwrap())))
    }

    pub fn turn(&self, by: SignedDuration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

pub(super) fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key pair, by the algorithm that it signs with.
pub(super) enum Signer {
    Rs256(RsaKeyPair),
    Ps256(RsaKeyPair),
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl Signer {
    pub fn rs256() -> Self {
        Self::Rs256(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }
    pub fn ps256() -> Self {
        Self::Ps256(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }
    pub fn es256() -> Self {
        Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }
    pub fn eddsa() -> Self {
        Self::EdDsa(Ed25519KeyPair::generate().unwrap())
    }

    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Rs256(_) => "RS256",
            Self::Ps256(_) => "PS256",
            Self::Es256(_) => "ES256",
            Self::EdDsa(_) => "EdDSA",
        }
    }

    /// The public key as a key set has it.
    pub fn jwk(&self, id: &str) -> Value {
        let mut key = match self {
            Self::Rs256(pair) | Self::Ps256(pair) => {
                let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({"kty": "RSA", "n": base64(n), "e": base64(e)})
            }
            Self::Es256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": base64(x), "y": base64(y)})
            }
            Self::EdDsa(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": base64(pair.public_key().as_ref())}),
        };
        key["kid"] = json!(id);
        key["use"] = json!("sig");
        key["alg"] = json!(self.algorithm());
        key
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let rsa = |pair: &RsaKeyPair, padding| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(padding, &SystemRandom::new(), message, &mut signature).unwrap();
            signature
        };
        match self {
            Self::Rs256(pair) => rsa(pair, &RSA_PKCS1_SHA256),
            Self::Ps256(pair) => rsa(pair, &RSA_PSS_SHA256),
            Self::Es256(pair) => pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Self::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// A token that this key signs, whatever its header says.
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", base64(header.to_string()), base64(claims.to_string()));
        format!("{signed}.{}", base64(self.sign(signed.as_bytes())))
    }

    /// A token by HMAC with the public key as its secret.
    pub fn confused(&self, header: &Value, claims: &Value) -> String {
        let public = match self {
            Self::Rs256(pair) | Self::Ps256(pair) => pair.public_key().as_der().unwrap().as_ref().to_vec(),
            Self::Es256(pair) => pair.public_key().as_ref().to_vec(),
            Self::EdDsa(pair) => pair.public_key().as_ref().to_vec(),
        };
        let signed = format!("{}.{}", base64(header.to_string()), base64(claims.to_string()));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &public), signed.as_bytes());
        format!("{signed}.{}", base64(tag.as_ref()))
    }
}

/// What a good token says.
pub(super) fn claims(issuer: &str, now: Timestamp) -> Value {
    let now = now.as_second();
    json!({
        "iss": issuer, "sub": "lucia", "aud": CLIENT, "iat": now, "exp": now + 3600, "email": "lucia@hotel.example",
        "email_verified": true,
    })
}

/// A sign-in that may call this machine.
pub(super) fn here(clock: Arc<dyn Clock>) -> OpenIdSignIn {
    OpenIdSignIn::new(Guard::new(vec!["127.0.0.0/8".parse().unwrap()]), clock)
}

/// A provider at an address of this machine, and the sign-in that trusts it.
pub(super) struct Provider {
    pub server: MockServer,
    pub clock: Arc<HandClock>,
    pub sign_in: OpenIdSignIn,
}

impl Provider {
    /// One that has these keys.
    pub async fn with(keys: &[Value]) -> Self {
        let clock = HandClock::at_noon();
        let sign_in = here(clock.clone());
        let provider = Self { server: MockServer::start().await, clock, sign_in };
        provider.has(keys).await;
        provider
    }

    pub fn issuer(&self) -> String {
        format!("{}/pool", self.server.uri())
    }

    pub fn trust(&self) -> Trust {
        Trust { issuer: self.issuer(), client_id: CLIENT.to_owned() }
    }

    pub fn configuration(&self) -> Value {
        json!({"issuer": self.issuer(), "jwks_uri": format!("{}/pool/keys", self.server.uri())})
    }

    /// From now on it has these keys, and forgets what it was asked.
    pub async fn has(&self, keys: &[Value]) {
        let set = ResponseTemplate::new(200).set_body_json(json!({"keys": keys}));
        self.answers(ResponseTemplate::new(200).set_body_json(self.configuration()), set).await;
    }

    pub async fn answers(&self, configuration: ResponseTemplate, keys: ResponseTemplate) {
        self.server.reset().await;
        for (at, answer) in [("/pool/.well-known/openid-configuration", configuration), ("/pool/keys", keys)] {
            Mock::given(method("GET")).and(path(at)).respond_with(answer).mount(&self.server).await;
        }
    }

    pub async fn is_down(&self) {
        self.answers(ResponseTemplate::new(503), ResponseTemplate::new(503)).await;
    }

    /// How often it was asked for its keys since they were last changed.
    pub async fn asked(&self) -> usize {
        let requests = self.server.received_requests().await.unwrap();
        requests.iter().filter(|request| request.url.path().ends_with("configuration")).count()
    }

    /// What a good token says now.
    pub fn claims(&self) -> Value {
        claims(&self.issuer(), self.clock.now())
    }

    /// A good token.
    pub fn token(&self, signer: &Signer, id: &str) -> String {
        signer.token(&json!({"alg": signer.algorithm(), "kid": id}), &self.claims())
    }

    pub async fn check(&self, token: &str) -> Result<Claims, NotSignedIn> {
        self.sign_in.check(token, &self.trust()).await
    }

    /// Signs in with a good token.
    pub async fn signs_in(&self, signer: &Signer, id: &str) -> Result<Claims, NotSignedIn> {
        self.check(&self.token(signer, id)).await
    }
}
