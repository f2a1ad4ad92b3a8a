//! What is believed of a token, and what is not.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const ISSUER: &str = "https://sign-in.example/pool";
const CLIENT: &str = "inbox";
const NOW: &str = "2026-03-01T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn trust() -> Trust {
    Trust { issuer: ISSUER.to_owned(), client_id: CLIENT.to_owned() }
}

/// Seconds from now.
fn at(seconds: i64) -> i64 {
    now().as_second() + seconds
}

fn good() -> Value {
    json!({"iss": ISSUER, "sub": "lucia", "aud": CLIENT, "exp": at(3600), "iat": at(-5)})
}

fn token(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2lnbmVk", part(header), part(claims))
}

fn judged(header: &Value, claims: &Value) -> Result<Claims, BadToken> {
    let token = token(header, claims);
    IdToken::read(&token)?.claims(&trust(), now())
}

/// A good token with these claims besides; `null` takes one away.
fn with(changes: &Value) -> Result<Claims, BadToken> {
    let mut claims = good();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    judged(&json!({"alg": "RS256", "kid": "1"}), &claims)
}

#[track_caller]
fn check(changes: &Value, expected: Result<(), BadToken>) {
    assert_eq!(with(changes).map(drop), expected, "{changes}");
}

#[test]
fn a_good_token_tells_who_signed_in() {
    let claims = with(&json!({
        "email": "lucia@hotel.example", "email_verified": true, "name": "Lucía", "auth_time": at(-60), "nonce": "n",
    }));
    assert_eq!(
        claims.unwrap(),
        Claims {
            issuer: ISSUER.into(),
            subject: "lucia".into(),
            email: Some("lucia@hotel.example".into()),
            email_verified: true,
            name: Some("Lucía".into()),
            issued_at: "2026-03-01T11:59:55Z".parse().unwrap(),
            expires_at: "2026-03-01T13:00:00Z".parse().unwrap(),
            auth_time: Some("2026-03-01T11:59:00Z".parse().unwrap()),
        }
    );
    assert!(!format!("{:?}", with(&json!({"email": "lucia@hotel.example"}))).contains("lucia"));
}

#[test]
fn the_issuer_is_compared_exactly() {
    for other in ["https://sign-in.example/pool/", "https://SIGN-IN.example/pool", "https://sign-in.example", ""] {
        check(&json!({"iss": other}), Err(BadToken::WrongIssuer));
    }
}

#[test]
fn the_client_is_the_audience_and_of_several_the_authorised_one() {
    check(&json!({"aud": [CLIENT]}), Ok(()));
    check(&json!({"aud": "other"}), Err(BadToken::WrongAudience));
    check(&json!({"aud": []}), Err(BadToken::WrongAudience));
    check(&json!({"aud": null}), Err(BadToken::WrongAudience));
    check(&json!({"aud": 7}), Err(BadToken::NotAToken));
    check(&json!({"aud": [CLIENT, 7]}), Err(BadToken::NotAToken));
    check(&json!({"aud": [CLIENT, "other"]}), Err(BadToken::WrongAudience));
    check(&json!({"aud": [CLIENT, "other"], "azp": CLIENT}), Ok(()));
    check(&json!({"aud": [CLIENT, "other"], "azp": "other"}), Err(BadToken::WrongAudience));
    check(&json!({"aud": CLIENT, "azp": "other"}), Err(BadToken::WrongAudience));
    check(&json!({"aud": "other", "azp": CLIENT}), Err(BadToken::WrongAudience));
}

#[test]
fn clocks_may_differ_by_two_minutes_and_no_more() {
    check(&json!({"exp": at(-119)}), Ok(()));
    check(&json!({"exp": at(-120)}), Err(BadToken::Expired));
    check(&json!({"iat": at(120)}), Ok(()));
    check(&json!({"iat": at(121)}), Err(BadToken::NotYetValid));
    check(&json!({"nbf": at(120)}), Ok(()));
    check(&json!({"nbf": at(121)}), Err(BadToken::NotYetValid));
    check(&json!({"exp": 1_772_370_000.5}), Ok(()));
}

#[test]
fn what_an_id_token_needs_is_there_and_makes_sense() {
    for missing in ["iss", "sub", "exp", "iat"] {
        check(&json!({missing: null}), Err(BadToken::NotAToken));
    }
    for nonsense in [
        json!({"exp": "tomorrow"}),
        json!({"exp": 1e300}),
        json!({"nbf": -1e300}),
        json!({"sub": ""}),
        json!({"sub": "x".repeat(256)}),
        json!({"sub": 7}),
    ] {
        check(&nonsense, Err(BadToken::NotAToken));
    }
}

#[test]
fn only_algorithms_of_key_pairs_are_taken() {
    for good_one in ["RS256", "PS256", "ES256", "EdDSA"] {
        assert!(judged(&json!({"alg": good_one}), &good()).is_ok(), "{good_one}");
    }
    for bad in ["none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "rs256", "ES256K", "RSA-OAEP", "dir"] {
        assert_eq!(judged(&json!({"alg": bad}), &good()), Err(BadToken::UnsupportedAlgorithm), "{bad}");
    }
    assert_eq!(judged(&json!({"alg": null}), &good()), Err(BadToken::NotAToken));
    assert_eq!(judged(&json!({"alg": "RS256", "crit": ["b64"], "b64": false}), &good()), Err(BadToken::NotAToken));
}

#[test]
fn of_an_issuers_tokens_only_those_that_tell_who_it_is_are_taken() {
    check(&json!({"token_use": "id"}), Ok(()));
    check(&json!({"token_use": "access"}), Err(BadToken::NotAnIdToken));
    check(&json!({"token_use": "access", "aud": null, "client_id": CLIENT}), Err(BadToken::NotAnIdToken));
    check(&json!({"token_use": 7}), Err(BadToken::NotAnIdToken));
    check(&json!({"typ": "ID"}), Ok(()));
    check(&json!({"typ": "Bearer"}), Err(BadToken::NotAnIdToken));
    let logout = json!({"events": {"http://schemas.openid.net/event/backchannel-logout": {}}});
    check(&logout, Err(BadToken::NotAnIdToken));
    let typed = |kind: &str| judged(&json!({"alg": "RS256", "typ": kind}), &good()).map(drop);
    for plain in ["JWT", "jwt", "application/jwt"] {
        assert_eq!(typed(plain), Ok(()), "{plain}");
    }
    for other in ["at+jwt", "application/at+JWT", "logout+jwt", "secevent+jwt", "dpop+jwt", ""] {
        assert_eq!(typed(other), Err(BadToken::NotAnIdToken), "{other}");
    }
}

#[test]
fn an_address_is_verified_only_where_the_issuer_says_so() {
    let verified = |said: Value| with(&json!({"email": "lucia@hotel.example", "email_verified": said})).unwrap();
    assert!(verified(json!(true)).email_verified && verified(json!("true")).email_verified);
    for not in [json!(false), json!("false"), json!("True"), json!(1), json!({}), json!(null)] {
        assert!(!verified(not.clone()).email_verified, "{not}");
    }
    let odd = with(&json!({"email": ["lucia@hotel.example"], "name": 7})).unwrap();
    assert_eq!((odd.email, odd.name), (None, None));
}

#[test]
fn a_glance_finds_whose_a_token_might_be() {
    let header = json!({"alg": "none"});
    let seen = |claims: Value| peek(&token(&header, &claims)).map(|peeked| (peeked.issuer, peeked.audiences));
    assert_eq!(seen(json!({"iss": "i", "aud": "a"})), Some(("i".into(), vec!["a".into()])));
    assert_eq!(seen(json!({"iss": "i", "aud": ["a", "b"]})), Some(("i".into(), vec!["a".into(), "b".into()])));
    assert_eq!(
        seen(json!({"iss": "i", "client_id": "a"})),
        Some(("i".into(), vec!["a".into()])),
        "Cognito's access token"
    );
    assert_eq!(seen(json!({"iss": "i"})), Some(("i".into(), vec![])));
    assert_eq!(seen(json!({"aud": "a"})), None);
    for no_token in ["", "a", "a.b", "a.b.c", "a.b.c.d", "..", "trm_live_0123456789"] {
        assert_eq!(peek(no_token), None, "{no_token}");
    }
}

#[test]
fn what_has_not_three_parts_or_is_too_long_is_no_token() {
    let whole = token(&json!({"alg": "RS256"}), &good());
    let (signed, _) = whole.rsplit_once('.').unwrap();
    let long = token(&json!({"alg": "RS256"}), &json!({"iss": ISSUER, "filler": "x".repeat(LONGEST_TOKEN)}));
    for bad in [signed.to_owned(), format!("{signed}."), format!("{whole}.x"), format!(" {whole}"), long] {
        assert_eq!(IdToken::read(&bad).map(drop), Err(BadToken::NotAToken), "{bad:.80}");
        assert!(bad.starts_with(' ') || peek(&bad).is_none(), "{bad:.80}");
    }
}

proptest! {
    #[test]
    fn no_text_is_too_odd_to_be_read(text in ".{0,200}", parts in prop::collection::vec("[A-Za-z0-9_=-]{0,40}", 0..5)) {
        drop(IdToken::read(&text));
        drop(peek(&text));
        let joined = parts.join(".");
        drop(IdToken::read(&joined));
        drop(peek(&joined));
    }

    #[test]
    fn nothing_that_expired_is_believed(ago in 120_i64..10_000_000_000, issued in any::<i32>()) {
        let changes = json!({"exp": at(-ago), "iat": at(-ago - i64::from(issued).abs())});
        prop_assert_eq!(with(&changes).map(drop), Err(BadToken::Expired));
    }
}
