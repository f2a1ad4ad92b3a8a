//! People agree to be written to by links: whatever they write around the code, once, and with what they agreed to; and are
//! asked for it by SMS, if they may be.

use serde_json::{Value, json};
use transom::domain::consent::{Cap, Choice, ConsentPurpose, ConsentSettings, How, Scope};

use crate::{
    consents::{is, welcome, went},
    world::{ANA, BEN, CARLA, CHANNEL, World},
};

const WORDING: &str = "Yes, send me offers on WhatsApp.";

impl World {
    /// An opt-in link, and the text that it has people send.
    async fn has_link(&self, id: &str) -> String {
        let texts = json!({
            "en": { "wording": WORDING, "message": "Yes, send me news", "button": "Get our news" },
            "es": { "wording": "Sí, quiero ofertas por WhatsApp.", "message": "Sí, quiero novedades" },
        });
        let body =
            json!({ "channel": CHANNEL, "source": "poster in the lobby", "purposes": ["marketing"], "texts": texts });
        let (status, link) = self.api("PUT", &format!("/v1/opt-in-links/{id}"), body).await;
        assert_eq!(status, 200, "{link}");
        link["texts"]["en"]["text"].as_str().unwrap().to_owned()
    }

    async fn link(&self, id: &str) -> Value {
        self.api("GET", &format!("/v1/opt-in-links/{id}"), Value::Null).await.1
    }

    async fn asks(&self, to: Value, key: &str) -> (u16, Value) {
        let body = json!({ "to": to, "basis": "booking" }).to_string().into_bytes();
        self.api_with("POST", "/v1/opt-in-links/lobby/ask", &[("idempotency-key", key)], body).await
    }

    /// What became of a question that was taken.
    async fn asked(&self, customer: &str, key: &str) -> (String, String) {
        let (status, answer) = self.asks(json!({ "phone": format!("+{customer}") }), key).await;
        assert_eq!(status, 202, "{answer}");
        self.settle().await;
        self.fate_of(answer["id"].as_str().unwrap().parse().unwrap()).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_with_the_code_of_a_link_is_an_opt_in_with_its_wording_and_source() {
    let world = World::new().await;
    world.welcome_sells().await;
    let text = world.has_link("lobby").await;
    assert_eq!(world.fate(welcome(ANA)).await, is("refused", "no_marketing_opt_in"));
    let code = text.split_once('(').unwrap().1.trim_end_matches(')').to_lowercase();
    world.writes(ANA, &format!("Hola, soy Ana: {code}!! gracias 🙂")).await;
    let proofs = world.proofs(ANA).await;
    let [proof] = proofs.as_slice() else { panic!("{proofs:?}") };
    assert_eq!((proof.wished.choice, proof.wished.how), (Choice::In, How::OptInLink));
    assert_eq!(proof.wished.scope.purposes.list(), [ConsentPurpose::Marketing]);
    let details = proof.details.as_ref().unwrap();
    assert_eq!(details.wording.as_deref(), Some(WORDING));
    assert_eq!(
        (details.source.as_deref(), details.language.as_deref()),
        (Some("poster in the lobby (lobby)"), Some("en"))
    );
    assert!(world.message(details.message.unwrap()).await.is_some());
    assert_eq!(world.fate(welcome(ANA)).await, went("approved_template"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_comes_again_records_the_opt_in_once() {
    let world = World::new().await;
    let text = world.has_link("lobby").await;
    world.writes_unsettled(ANA, &text).await;
    let calls = world.receive_with(std::sync::Arc::new(|_| transom_engine::Verdict::Go)).await;
    assert!(!calls.is_empty());
    for _ in 0..3 {
        world.turn("PT10M").await;
        world.receive_again(&world.parts, &calls).await;
    }
    world.settle().await;
    assert_eq!(world.proofs(ANA).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_codes_of_links_that_are_there_count_and_a_word_to_stop_beside_one_stops() {
    let world = World::new().await;
    let text = world.has_link("lobby").await;
    world.writes(ANA, "Yes, send me news (K7Q2M)").await;
    assert!(world.proofs(ANA).await.is_empty(), "nobody's code");
    world.turn("PT1M").await;
    let (_, code) = text.split_once('(').unwrap();
    world.writes(ANA, &format!("STOP ({code}")).await;
    let proofs = world.proofs(ANA).await;
    let [proof] = proofs.as_slice() else { panic!("{proofs:?}") };
    assert_eq!(
        (proof.wished.choice, proof.wished.scope, proof.wished.how),
        (Choice::Out, Scope::EVERYTHING, How::Keyword)
    );
    let (status, _) = world.api("DELETE", "/v1/opt-in-links/lobby", Value::Null).await;
    assert_eq!(status, 204);
    world.writes(BEN, &text).await;
    assert!(world.proofs(BEN).await.is_empty(), "the link is gone");
    // Made anew, what is printed is good again.
    assert_eq!(world.has_link("lobby").await, text);
    world.writes(CARLA, &text).await;
    assert_eq!(world.proofs(CARLA).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_is_asked_by_one_sms_with_the_wording_and_the_link() {
    let world = World::new().await;
    let text = world.has_link("lobby").await;
    assert_eq!(world.asked(BEN, "k1").await, ("delivered".to_owned(), "opt_in_asked".to_owned()));
    // The same key is the same message; without SMS of its own no link asks.
    world.asked(BEN, "k1").await;
    let sent = world.sms_sent_to(BEN);
    let [sms] = sent.as_slice() else { panic!("{sent:?}") };
    let link = world.link("lobby").await["texts"]["en"]["link"].as_str().unwrap().to_owned();
    assert_eq!(*sms, format!("Hotel Transom: {WORDING} {link}"));
    let (status, other) = world.asks(json!({ "phone": format!("+{CARLA}") }), "k1").await;
    assert_eq!(status, 409, "{other}");
    // They tap it and press send.
    world.writes(BEN, &text).await;
    assert_eq!(world.proofs(BEN).await[0].wished.how, How::OptInLink);
    // The message says by what right it went.
    let rows = world.messages(BEN).await;
    let row = rows.iter().find(|row| row["purpose"] == "opt_in_ask").unwrap();
    assert_eq!((&row["opt_in"], &row["way"]), (&json!({ "link": "lobby", "basis": "booking" }), &json!("sms")));
    // A contact is asked in their own language.
    let body = json!({ "phone": format!("+{CARLA}"), "language": "es_MX" });
    let (_, carla) = world.api("POST", "/v1/contacts", body).await;
    assert_eq!(world.asks(json!({ "contact": carla["id"] }), "k2").await.0, 202);
    world.settle().await;
    assert!(world.sms_sent_to(CARLA)[0].contains("quiero ofertas"), "{:?}", world.sms_sent_to(CARLA));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_asked_who_said_no_or_is_on_the_list_or_was_asked_lately() {
    let world = World::new().await;
    world.has_link("lobby").await;
    world.writes(ANA, "STOP").await;
    assert_eq!(world.asked(ANA, "a").await, is("refused", "opted_out"));
    world.turn("PT1M").await;
    world.writes(ANA, "START").await;
    assert_eq!(world.asked(ANA, "b").await.0, "delivered", "nothing was said against offers since");
    world.turn("PT1M").await;
    world.writes(ANA, "stop promotions").await;
    assert_eq!(world.asked(ANA, "c").await, is("refused", "opted_out"));

    let listed = json!({ "addresses": [{ "phone": format!("+{BEN}") }] });
    assert_eq!(world.api("POST", "/v1/suppressions", listed).await.0, 200);
    assert_eq!(world.asked(BEN, "d").await, is("refused", "opted_out"));

    let cap = Cap { purpose: ConsentPurpose::Marketing, most: 1, per_hours: 24 * 30 };
    world.sets(ConsentSettings { caps: vec![cap], ..ConsentSettings::default() }).await;
    assert_eq!(world.asked(CARLA, "e").await.0, "delivered");
    assert_eq!(world.asked(CARLA, "f").await, is("refused", "frequency_cap"));
    assert_eq!(world.sms_sent_to(CARLA).len(), 1);
    assert!(world.sms_sent_to(BEN).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_wants_their_rest_is_asked_after_it() {
    let world = World::new().await;
    world.has_link("lobby").await;
    let quiet = json!({ "from": "09:00", "until": "12:00", "time_zone": "UTC" });
    let body = json!({ "phone": format!("+{BEN}"), "quiet_hours": quiet });
    assert_eq!(world.api("POST", "/v1/contacts", body).await.0, 201);
    assert_eq!(world.asked(BEN, "k").await, is("held", "quiet_hours"));
    assert!(world.sms_sent_to(BEN).is_empty());
    world.turn("PT3H5M").await;
    assert_eq!(world.sms_sent_to(BEN).len(), 1);
}
