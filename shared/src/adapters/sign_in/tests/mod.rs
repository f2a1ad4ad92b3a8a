//! Only what the issuer signed signs in, and an issuer is asked as seldom as possible.

mod provider;

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::*;
use crate::{domain::time::SignedDuration, ports::events::NotPosted};
use provider::{CLIENT, HandClock, Provider, Signer, base64, claims, here};

#[track_caller]
fn trouble(answer: Result<Claims, NotSignedIn>) -> Trouble {
    match answer {
        Err(NotSignedIn::KeysUnavailable(why)) => why.downcast_ref::<Trouble>().expect("our own error").clone(),
        other => panic!("{other:?}"),
    }
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

#[tokio::test]
async fn a_token_that_the_issuer_signed_signs_in() {
    for signer in [Signer::rs256(), Signer::ps256(), Signer::es256(), Signer::eddsa()] {
        let provider = Provider::with(&[signer.jwk("1")]).await;
        let claims = provider.signs_in(&signer, "1").await.unwrap();
        assert_eq!((claims.subject.as_str(), claims.email_verified), ("lucia", true), "{}", signer.algorithm());
        // With one key only, it need not be named.
        let unnamed = signer.token(&json!({"alg": signer.algorithm()}), &provider.claims());
        assert!(provider.check(&unnamed).await.is_ok());
        assert_eq!(provider.asked().await, 1);
    }
}

/// Whatever is wrong with what it says is seen before anybody is asked for keys.
#[tokio::test]
async fn what_is_for_another_or_another_time_does_not_sign_in_and_costs_no_call() {
    let signer = Signer::es256();
    let provider = Provider::with(&[signer.jwk("1")]).await;
    let now = provider.clock.now().as_second();
    let with = |name: &str, value: Value| {
        let mut claims = provider.claims();
        claims[name] = value;
        signer.token(&json!({"alg": "ES256", "kid": "1"}), &claims)
    };
    let check = async |name: &str, value: Value| provider.check(&with(name, value)).await;
    assert!(matches!(check("aud", json!("another")).await, Err(NotSignedIn::WrongAudience)));
    assert!(matches!(check("iss", json!("https://other.example")).await, Err(NotSignedIn::WrongIssuer)));
    assert!(matches!(check("exp", json!(now - 120)).await, Err(NotSignedIn::Expired)));
    assert!(matches!(check("nbf", json!(now + 121)).await, Err(NotSignedIn::NotYetValid)));
    assert!(matches!(check("token_use", json!("access")).await, Err(NotSignedIn::NotAnIdToken)));
    assert!(matches!(provider.check("trm_live_0123").await, Err(NotSignedIn::NotAToken)));
    assert_eq!(provider.asked().await, 0);
    let good = with("aud", json!([CLIENT]));
    assert!(provider.check(&good).await.is_ok());
    provider.clock.turn(minutes(62));
    assert!(matches!(provider.check(&good).await, Err(NotSignedIn::Expired)), "by our clock");
}

#[tokio::test]
async fn without_the_issuers_private_key_there_is_no_signature() {
    let (signer, stranger) = (Signer::es256(), Signer::es256());
    let provider = Provider::with(&[signer.jwk("1")]).await;
    let claims = provider.claims();
    let check = async |token: String| provider.check(&token).await;
    assert!(matches!(provider.signs_in(&stranger, "1").await, Err(NotSignedIn::BadSignature)));
    // One part of a good token taken for another.
    let good = provider.token(&signer, "1");
    let (start, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = start.split_once('.').unwrap();
    let mut raised = claims.clone();
    raised["sub"] = json!("olu");
    let raised = format!("{header}.{}.{signature}", base64(raised.to_string()));
    assert!(matches!(check(raised).await, Err(NotSignedIn::BadSignature)));
    for bad in ["AAAA", "not base64!", &base64([0; 64])] {
        assert!(matches!(check(format!("{start}.{bad}")).await, Err(NotSignedIn::BadSignature)), "{bad}");
    }
    // A key that the token brings along.
    let own = json!({"alg": "ES256", "kid": "1", "jwk": stranger.jwk("1")});
    assert!(matches!(check(stranger.token(&own, &claims)).await, Err(NotSignedIn::BadSignature)));
}

/// (RFC 8725, section 2.1.)
#[tokio::test]
async fn no_algorithm_turns_a_public_key_into_a_secret() {
    for signer in [Signer::rs256(), Signer::es256()] {
        let provider = Provider::with(&[signer.jwk("1")]).await;
        let claims = provider.claims();
        for (algorithm, signature) in [("none", ""), ("none", "AA"), ("None", "AA"), ("HS256", "AA")] {
            let header = json!({"alg": algorithm, "kid": "1"});
            let token = format!("{}.{}.{signature}", base64(header.to_string()), base64(claims.to_string()));
            assert!(provider.check(&token).await.is_err(), "{algorithm}");
        }
        let as_hmac = signer.confused(&json!({"alg": "HS256", "kid": "1"}), &claims);
        assert!(matches!(provider.check(&as_hmac).await, Err(NotSignedIn::UnsupportedAlgorithm)));
        let as_itself = signer.confused(&json!({"alg": signer.algorithm(), "kid": "1"}), &claims);
        assert!(matches!(provider.check(&as_itself).await, Err(NotSignedIn::BadSignature)));
        // Of the same kind of key, another way to sign than the key is for.
        let other = if signer.algorithm() == "RS256" { "PS256" } else { "ES384" };
        let other = signer.token(&json!({"alg": other, "kid": "1"}), &claims);
        assert!(matches!(provider.check(&other).await, Err(NotSignedIn::UnknownKey)));
    }
}

#[tokio::test]
async fn of_a_key_set_only_keys_for_signatures_are_used_and_the_rest_does_no_harm() {
    let (signer, other) = (Signer::es256(), Signer::es256());
    let mut for_secrets = other.jwk("2");
    for_secrets["use"] = json!("enc");
    let mut for_signing = other.jwk("3");
    for_signing["key_ops"] = json!(["sign"]);
    let strange = [
        json!({"kty": "oct", "k": base64("a secret"), "kid": "4", "alg": "HS256"}),
        json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA", "kid": "5"}),
        json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "kid": "6"}),
        json!({"kty": "RSA", "kid": "7"}),
        json!("no key"),
        json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "!", "kid": "8"}),
    ];
    let mut keys = vec![for_secrets, for_signing];
    keys.extend(strange);
    keys.push(signer.jwk("1"));
    let provider = Provider::with(&keys).await;
    assert!(provider.signs_in(&signer, "1").await.is_ok());
    for id in ["2", "3"] {
        assert!(matches!(provider.signs_in(&other, id).await, Err(NotSignedIn::UnknownKey)), "{id}");
    }
    // Where there is a choice, a token must say which.
    provider.clock.turn(minutes(2));
    provider.has(&[signer.jwk("1"), other.jwk("2")]).await;
    let unnamed = signer.token(&json!({"alg": "ES256"}), &provider.claims());
    assert!(provider.check(&unnamed).await.is_ok(), "one key is known so far");
    assert!(provider.signs_in(&other, "2").await.is_ok());
    assert!(matches!(provider.check(&unnamed).await, Err(NotSignedIn::UnknownKey)));
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_at_most_once_a_minute() {
    let (signer, next) = (Signer::es256(), Signer::es256());
    let provider = Provider::with(&[signer.jwk("1")]).await;
    for id in ["made-up", "another", "1"] {
        let answer = provider.signs_in(&signer, id).await;
        assert!(if id == "1" { answer.is_ok() } else { matches!(answer, Err(NotSignedIn::UnknownKey)) }, "{id}");
    }
    assert_eq!(provider.asked().await, 1);
    // The issuer takes another key. Nobody who signs in with it waits longer than that minute.
    provider.has(&[next.jwk("2")]).await;
    assert!(matches!(provider.signs_in(&next, "2").await, Err(NotSignedIn::UnknownKey)));
    provider.clock.turn(minutes(1));
    assert!(provider.signs_in(&next, "2").await.is_ok());
    assert!(matches!(provider.signs_in(&signer, "1").await, Err(NotSignedIn::UnknownKey)), "it was withdrawn");
    assert_eq!(provider.asked().await, 1);
}

#[tokio::test]
async fn keys_are_kept_for_an_hour_and_a_withdrawn_one_is_good_no_longer() {
    let (signer, next) = (Signer::es256(), Signer::es256());
    let provider = Provider::with(&[signer.jwk("1")]).await;
    assert!(provider.signs_in(&signer, "1").await.is_ok());
    provider.has(&[next.jwk("2")]).await;
    provider.clock.turn(minutes(59));
    assert!(provider.signs_in(&signer, "1").await.is_ok());
    assert_eq!(provider.asked().await, 0);
    provider.clock.turn(minutes(1));
    assert!(matches!(provider.signs_in(&signer, "1").await, Err(NotSignedIn::UnknownKey)));
    assert!(provider.signs_in(&next, "2").await.is_ok());
    assert_eq!(provider.asked().await, 1);
}

#[tokio::test]
async fn whoever_signs_in_at_once_shares_one_question() {
    let signer = Signer::es256();
    let provider = Provider::with(&[signer.jwk("1")]).await;
    let token = provider.token(&signer, "1");
    let all = futures::future::join_all((0..20).map(|_| provider.check(&token))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(provider.asked().await, 1);
    provider.is_down().await;
    provider.clock.turn(SignedDuration::from_hours(25));
    let token = provider.token(&signer, "1");
    let all = futures::future::join_all((0..20).map(|_| provider.check(&token))).await;
    assert!(all.iter().all(|answer| matches!(answer, Err(NotSignedIn::KeysUnavailable(_)))));
    assert_eq!(provider.asked().await, 1, "trouble is shared too");
}

#[tokio::test]
async fn a_provider_that_is_down_signs_in_by_its_former_keys_for_a_day() {
    let (signer, next) = (Signer::es256(), Signer::es256());
    let provider = Provider::with(&[signer.jwk("1")]).await;
    assert!(provider.signs_in(&signer, "1").await.is_ok());
    provider.is_down().await;
    provider.clock.turn(SignedDuration::from_hours(23));
    for _ in 0..3 {
        assert!(provider.signs_in(&signer, "1").await.is_ok());
    }
    assert_eq!(provider.asked().await, 1, "it is asked again a minute later");
    assert_eq!(trouble(provider.signs_in(&next, "2").await), Trouble::Status(503), "it may be a new key");
    provider.clock.turn(SignedDuration::from_hours(1));
    assert_eq!(trouble(provider.signs_in(&signer, "1").await), Trouble::Status(503), "nobody knows what was withdrawn");
    provider.has(&[signer.jwk("1")]).await;
    provider.clock.turn(SignedDuration::from_secs(10));
    assert!(provider.signs_in(&signer, "1").await.is_ok());
}

#[tokio::test]
async fn what_an_issuer_says_is_taken_only_from_itself_and_only_if_it_is_small() {
    let signer = Signer::es256();
    let provider = Provider::with(&[]).await;
    let token = provider.token(&signer, "1");
    let keys = || ResponseTemplate::new(200).set_body_json(json!({"keys": [signer.jwk("1")]}));
    let good = || ResponseTemplate::new(200).set_body_json(provider.configuration());
    let said = |name: &str, value: &str| {
        let mut configuration = provider.configuration();
        configuration[name] = json!(value);
        ResponseTemplate::new(200).set_body_json(configuration)
    };
    let elsewhere = Provider::with(&[signer.jwk("1")]).await;
    let moved = |at: &str| ResponseTemplate::new(302).insert_header("location", format!("{}{at}", elsewhere.issuer()));
    let large =
        ResponseTemplate::new(200).set_body_string(format!("{{\"keys\": [], \"x\": \"{}\"}}", "x".repeat(262_144)));
    let forbidden = |why| Trouble::NotReached(NotPosted::Forbidden(why));
    for (configuration, set, expected) in [
        (said("issuer", "https://other.example"), keys(), Trouble::OtherIssuer),
        (said("issuer", &format!("{}/", provider.issuer())), keys(), Trouble::OtherIssuer),
        (said("jwks_uri", "https://10.0.0.1/keys"), keys(), forbidden(BadAddress::Private)),
        (said("jwks_uri", "https://169.254.169.254/keys"), keys(), forbidden(BadAddress::Private)),
        (said("jwks_uri", "http://example.com/keys"), keys(), forbidden(BadAddress::NotHttps)),
        (said("jwks_uri", "keys"), keys(), forbidden(BadAddress::NotAUrl)),
        (ResponseTemplate::new(200).set_body_string("<html>"), keys(), Trouble::NotAConfiguration),
        (
            ResponseTemplate::new(200).set_body_json(json!({"issuer": provider.issuer()})),
            keys(),
            Trouble::NotAConfiguration,
        ),
        (moved("/.well-known/openid-configuration"), keys(), Trouble::Status(302)),
        (good(), moved("/keys"), Trouble::Status(302)),
        (good(), ResponseTemplate::new(200).set_body_json(json!([])), Trouble::NotAKeySet),
        (good(), ResponseTemplate::new(404), Trouble::Status(404)),
        (good(), large, Trouble::TooLarge),
    ] {
        provider.answers(configuration, set).await;
        provider.clock.turn(SignedDuration::from_secs(10));
        assert_eq!(trouble(provider.check(&token).await), expected);
    }
    assert!(elsewhere.server.received_requests().await.unwrap().is_empty(), "nobody follows");
    provider.has(&[signer.jwk("1")]).await;
    provider.clock.turn(SignedDuration::from_secs(10));
    assert!(provider.check(&token).await.is_ok());
}

#[tokio::test]
async fn an_issuer_inside_is_never_asked() {
    let signer = Signer::es256();
    let provider = Provider::with(&[signer.jwk("1")]).await;
    let strict = OpenIdSignIn::new(Guard::default(), provider.clock.clone());
    let answer = strict.check(&provider.token(&signer, "1"), &provider.trust()).await;
    assert!(matches!(trouble(answer), Trouble::NotReached(NotPosted::Forbidden(_))));
    assert_eq!(provider.asked().await, 0);
    for (issuer, why) in [
        (provider.issuer().as_str(), BadAddress::NotHttps),
        ("https://10.0.0.1/pool", BadAddress::Private),
        ("https://sign-in.internal", BadAddress::Private),
        ("https://me:secret@example.com", BadAddress::Credentials),
        ("https://example.com#pool", BadAddress::Fragment),
        ("accounts.example.com", BadAddress::NotAUrl),
    ] {
        assert_eq!(strict.check_issuer(issuer), Err(why), "{issuer}");
    }
    assert_eq!(strict.check_issuer("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab129faBb"), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_is_not_there_or_says_nothing_is_not_waited_for() {
    let clock = HandClock::at_noon();
    let sign_in = here(clock.clone());
    let signer = Signer::es256();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (address, why) in [(silent.local_addr().unwrap(), NotPosted::TimedOut), (free, NotPosted::NotConnected)] {
        let trust = Trust { issuer: format!("http://{address}"), client_id: CLIENT.to_owned() };
        let token = signer.token(&json!({"alg": "ES256", "kid": "1"}), &claims(&trust.issuer, clock.now()));
        assert_eq!(trouble(sign_in.check(&token, &trust).await), Trouble::NotReached(why));
    }
}

#[tokio::test]
async fn the_keys_of_no_more_than_so_many_issuers_are_kept() {
    let provider = Provider::with(&[]).await;
    for number in 0..=MOST_ISSUERS {
        provider.sign_in.issuer(&format!("https://{number}.example"));
    }
    assert_eq!(provider.sign_in.issuers.lock().unwrap().len(), 1);
}
