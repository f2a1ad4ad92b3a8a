//! Messages that follow a stay: each once, in their time, and no more once the guest answers or wants none.

use serde_json::{Value, json};

use crate::world::{ANA, World};

impl World {
    /// A sequence of two steps that begins when a guest checks out.
    async fn follows_up(&self) {
        let step =
            |name: &str, days: u16| json!({ "name": name, "after_days": days, "at_hour": 11, "template": "fallback" });
        let sequence = json!({ "id": "after-stay", "steps": [step("thanks", 1), step("survey", 3)] });
        let rule = json!({ "id": "follow-up", "trigger": { "on": "booking", "events": ["checked_out"] },
            "actions": [{ "do": "start_sequence", "sequence": "after-stay" }] });
        self.automates(json!({ "rules": [rule], "sequences": [sequence] }), &[]).await;
    }

    async fn checks_out(&self, customer: &str) -> Value {
        let path = format!("/v1/contacts/{}/bookings", self.contact_id(customer).await);
        let (status, answer) = self.api("POST", &path, json!({ "event": "checked_out", "booking": "B-1" })).await;
        assert_eq!(status, 202, "{answer}");
        self.settle().await;
        answer
    }

    async fn sequence(&self, customer: &str) -> Value {
        let path = format!("/v1/conversations/{}/automations", self.id_of(customer).await);
        self.api("GET", &path, Value::Null).await.1["sequences"].clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_who_left_is_thanked_on_the_first_day_and_asked_on_the_third() {
    let world = World::new().await;
    world.follows_up().await;
    world.writes(ANA, "Good bye").await;
    world.staff_says(ANA, "Safe travels").await;
    world.turn("PT1M").await;
    let first = world.checks_out(ANA).await;
    assert_eq!(world.checks_out(ANA).await, first, "the same report is the same");
    world.turn("PT24H").await;
    assert_eq!(world.templates_sent_to(ANA), 0, "it is ten in the morning");
    world.turn("PT3H").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
    world.turn("PT48H").await;
    assert_eq!(world.templates_sent_to(ANA), 2);
    world.turn("PT200H").await;
    assert_eq!(world.templates_sent_to(ANA), 2);
    let all = world.sequence(ANA).await;
    assert_eq!(
        (all[0]["taken"].clone(), all[0]["ended"].clone()),
        (json!(["thanks", "survey"]), json!("done")),
        "{all}"
    );
    assert_eq!(all.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_ends_when_the_guest_answers_or_opts_out_or_somebody_stops_it() {
    for how in ["answers", "opts out", "is stopped"] {
        let world = World::new().await;
        world.follows_up().await;
        world.writes(ANA, "Good bye").await;
        world.staff_says(ANA, "Safe travels").await;
        world.turn("PT1M").await;
        world.checks_out(ANA).await;
        world.turn("PT27H").await;
        assert_eq!(world.templates_sent_to(ANA), 1, "{how}");
        let why = match how {
            "answers" => {
                world.writes(ANA, "It was lovely").await;
                world.say(ANA, "Thank you!").await;
                "answered"
            }
            "opts out" => {
                let path = format!("/v1/contacts/{}/opt-out", world.contact_id(ANA).await);
                assert_eq!(world.api("POST", &path, Value::Null).await.0, 200);
                "opted_out"
            }
            _ => {
                let path = format!("/v1/conversations/{}/sequences/after-stay", world.id_of(ANA).await);
                assert_eq!(world.api("DELETE", &path, Value::Null).await.0, 204);
                "by_rule"
            }
        };
        world.turn("PT100H").await;
        assert_eq!(world.templates_sent_to(ANA), 1, "{how}");
        assert_eq!(world.sequence(ANA).await[0]["ended"], why, "{how}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sequence_that_is_begun_by_hand_begins_once_for_its_key_and_keeps_to_the_cap() {
    let world = World::new().await;
    world.follows_up().await;
    world.writes(ANA, "Good bye").await;
    world.staff_says(ANA, "Safe travels").await;
    world.turn("PT1M").await;
    let path = format!("/v1/conversations/{}/sequences", world.id_of(ANA).await);
    for key in ["k1", "k1", "k2"] {
        let body = json!({ "sequence": "after-stay" }).to_string().into_bytes();
        let (status, answer) = world.api_with("POST", &path, &[("idempotency-key", key)], body).await;
        assert_eq!(status, 201, "{answer}");
    }
    assert_eq!(world.sequence(ANA).await.as_array().unwrap().len(), 2);
    world.turn("PT75H").await;
    assert_eq!(world.templates_sent_to(ANA), 2, "two in seven days, whatever asks for more");
    let (status, answer) = world.api("POST", &path, json!({ "sequence": "nothing" })).await;
    assert_eq!((status, answer["errors"][0]["field"].as_str()), (422, Some("sequence")), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_accounts_own_cap_holds_for_sequences_too() {
    let world = World::new().await;
    world.follows_up().await;
    let cap = json!({ "purpose": "utility", "most": 1, "per_hours": 168 });
    assert_eq!(world.api("PUT", "/v1/consent-settings", json!({ "caps": [cap] })).await.0, 200);
    world.writes(ANA, "Good bye").await;
    world.staff_says(ANA, "Safe travels").await;
    world.turn("PT1M").await;
    world.checks_out(ANA).await;
    world.turn("PT27H").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
    world.turn("PT50H").await;
    assert_eq!(world.templates_sent_to(ANA), 1, "one in a week");
    let second = world.messages(ANA).await.into_iter().find(|it| it["direction"] == "outbound").unwrap();
    assert_eq!((second["purpose"].as_str(), second["way"].as_str()), (Some("auto_template"), None), "{second}");
}
