//! What happens to a message that may not go out free-form, and to a customer who is left waiting.

use serde_json::{Value, json};
use transom::{
    domain::{
        Timestamp, invite,
        ladder::{Action, Ladder},
    },
    seal::AccountKeys,
};

use crate::world::{ANA, BEN, CARLA, CHANNEL, World};

fn text_by(via: &str, customer: &str, words: &str) -> Value {
    json!({ "channel": CHANNEL, "to": { "phone": format!("+{customer}") }, "via": via,
        "content": { "type": "text", "body": words } })
}

fn welcome(customer: &str) -> Value {
    json!({ "channel": CHANNEL, "to": { "phone": format!("+{customer}") },
        "content": { "type": "template", "name": "welcome", "language": "en", "values": { "guest_name": "Ana" } } })
}

/// The words in an SMS's link that lead back.
fn token_in(sms: &str) -> String {
    let (_, after) = sms.split_once("text=").expect("a link with a text");
    after.split(' ').next().unwrap().replace("%20", " ")
}

impl World {
    /// Nobody is told that nobody is there.
    pub async fn without_holding_message(&self) {
        let mut ladder = Ladder::default();
        ladder.steps.retain(|step| !matches!(step.action, Action::HoldingMessage { .. }));
        self.parts.store.put_ladder(&self.account(), &ladder).await.unwrap();
    }

    async fn contact(&self, customer: &str) -> Value {
        let (status, found) = self.api("GET", &format!("/v1/contacts?phone=%2B{customer}"), Value::Null).await;
        assert_eq!(status, 200, "{found}");
        found["data"][0].clone()
    }

    async fn outcome(&self, id: transom::domain::MessageId) -> (String, String) {
        let it = self.get_message(id).await;
        (it["state"].as_str().unwrap().into(), it["reason"]["code"].as_str().unwrap_or_default().into())
    }
}

fn outcome(state: &str, reason: &str) -> (String, String) {
    (state.to_owned(), reason.to_owned())
}

// ---- ways -----------------------------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_sms_gets_sms_whatever_the_window() {
    let world = World::new().await;
    let id = world.send(text_by("sms", ANA, "Your room is ready")).await;
    world.settle().await;
    assert_eq!(world.outcome(id).await, outcome("delivered", "sms_asked"));
    assert_eq!(world.sms_sent_to(ANA), ["Your room is ready"]);
    world.writes(ANA, "Thank you").await;
    world.send(text_by("sms", ANA, "You are welcome")).await;
    world.settle().await;
    assert_eq!(world.sms_sent_to(ANA).len(), 2);
    assert!(world.texts_sent_to(ANA).is_empty());
    // Who asks for WhatsApp never gets an SMS instead.
    world.turn("PT30H").await;
    let id = world.send(text_by("whatsapp", ANA, "Only there")).await;
    world.settle().await;
    assert_eq!(world.outcome(id).await, outcome("held", "window_closed"));
    // A person without a number cannot be texted.
    world.writes_with(BEN, "Hello", json!({ "with": "user_id" })).await;
    let (_, list) = world.api("GET", "/v1/conversations", Value::Null).await;
    let nameless = list["data"].as_array().unwrap().iter().find(|it| it["state"] == "active").unwrap();
    let body = json!({ "to": { "conversation": nameless["id"] }, "via": "sms",
        "content": { "type": "text", "body": "Hello" } });
    let id = world.send(body).await;
    world.settle().await;
    assert_eq!(world.outcome(id).await, outcome("refused", "no_address"));
}

/// One story for every provider of WhatsApp.
async fn a_late_answer_is_held_and_released(channel: &str) {
    let world = World::new().await;
    world.without_holding_message().await;
    let say = |words: &str| {
        world.send(json!({ "channel": channel, "to": { "phone": format!("+{ANA}") },
            "content": { "type": "text", "body": words } }))
    };
    world.writes_with(ANA, "Is breakfast included?", json!({ "to": channel })).await;
    say("Yes").await;
    world.settle().await;
    world.turn("PT1H").await;
    world.writes_with(ANA, "Until when?", json!({ "to": channel })).await;
    world.turn("PT23H58M").await;
    assert_eq!(world.templates_sent_to(ANA), 0, "nothing goes before the end");
    let early = say("Until ten").await;
    world.settle().await;
    assert_eq!(world.outcome(early).await, outcome("held", "window_closing"));
    world.turn("PT10M").await;
    assert_eq!(world.templates_sent_to(ANA), 1, "one invitation");
    let late = say("And a half").await;
    world.settle().await;
    assert_eq!(world.outcome(late).await, outcome("held", "window_closed"));
    world.turn("PT1H").await;
    assert_eq!(world.templates_sent_to(ANA), 1, "and never a second one");
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
    world.does(ANA, json!({ "to": channel, "button": "Yes, please" })).await;
    assert_eq!(world.texts_sent_to(ANA), ["Yes", "Until ten", "And a half"]);
    for id in [early, late] {
        assert_eq!(world.outcome(id).await, outcome("read", "window_open"));
    }
    assert_eq!(world.conversation_on(channel, ANA).await["waiting_for_answer"], false);
    world.turn("PT30H").await;
    assert_eq!((world.templates_sent_to(ANA), world.sms_sent_to(ANA).len()), (1, 0));

    // The provider closes the window by its own clock, after it took the message.
    world.writes_with(ANA, "One more thing", json!({ "to": channel })).await;
    world.outside.set_offset("PT2H".parse().unwrap()).unwrap();
    world.turn("PT23H").await;
    let refused_late = say("Go on").await;
    world.settle().await;
    world.turn("PT30S").await;
    assert_eq!(world.outcome(refused_late).await, outcome("held", "provider_closed_window"));
    assert_eq!(world.conversation_on(channel, ANA).await["window"]["state"], "closed_by_provider");
    world.turn("PT1M").await;
    assert_eq!(world.templates_sent_to(ANA), 2);
    world.writes_with(ANA, "I am here", json!({ "to": channel })).await;
    assert_eq!(world.texts_sent_to(ANA).last().unwrap(), "Go on");
    assert_eq!(world.outside.acceptances(&refused_late.to_string()).unwrap(), 2, "once refused, once delivered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_answer_is_held_and_released_at_meta() {
    a_late_answer_is_held_and_released("demo-whatsapp").await;
}

/// Twilio says 63016 only in a callback, after it took the message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_answer_is_held_and_released_at_twilio() {
    a_late_answer_is_held_and_released("demo-twilio").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_to_someone_who_never_wrote_waits_behind_one_invitation() {
    let world = World::new().await;
    let first = world.say(ANA, "Your booking is confirmed").await;
    let second = world.say(ANA, "See you soon").await;
    world.settle().await;
    assert_eq!(world.outcome(first).await, outcome("held", "never_wrote"));
    assert_eq!(world.outcome(second).await.0, "held");
    assert_eq!(world.conversation(ANA).await["state"], "initiated");
    assert_eq!(world.templates_sent_to(ANA), 1);
    assert!(world.accepted_for(ANA)[0].1.contains("We have an answer for you"));
    world.turn("PT1H").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
    world.does(ANA, json!({ "to": CHANNEL, "button": "Yes, please" })).await;
    assert_eq!(world.texts_sent_to(ANA), ["Your booking is confirmed", "See you soon"]);
    world.turn("PT4H").await;
    assert!(world.sms_sent_to(ANA).is_empty());
}

// ---- the window's template and what follows -------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fallback_speaks_the_customers_language() {
    let world = World::new().await;
    for (customer, language, words) in [
        (ANA, json!("es"), "Sentimos"),
        (BEN, json!("es_MX"), "Sentimos"),
        (CARLA, json!("fr"), "We are sorry"),
        ("16505550177", Value::Null, "We are sorry"),
    ] {
        world.writes(customer, "Hello?").await;
        let contact = world.contact(customer).await["id"].as_str().unwrap().to_owned();
        let (status, it) =
            world.api("PATCH", &format!("/v1/contacts/{contact}"), json!({ "language": language })).await;
        assert_eq!(status, 200, "{it}");
        world.turn("PT24H3M").await;
        let sent = world.accepted_for(customer);
        assert_eq!(sent.len(), 1, "{sent:?}");
        assert!(sent[0].1.starts_with(words), "{language}: {sent:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_sms_follows_two_hours_after_a_template_that_nobody_answered_and_none_if_they_came_back() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.writes(BEN, "Hello?").await;
    world.turn("PT24H3M").await;
    assert_eq!((world.templates_sent_to(ANA), world.templates_sent_to(BEN)), (1, 1));
    world.turn("PT1H50M").await;
    assert!(world.sms_sent_to(ANA).is_empty());
    world.writes(BEN, "I am here").await;
    world.turn("PT15M").await;
    let sms = world.sms_sent_to(ANA);
    assert_eq!(sms.len(), 1);
    assert!(sms[0].contains("Write to us on WhatsApp") && sms[0].contains("https://wa.me/"), "{sms:?}");
    assert!(!sms[0].contains("Hello?"), "nothing private goes by SMS");
    assert!(world.sms_sent_to(BEN).is_empty());
    world.turn("PT10H").await;
    assert_eq!(world.sms_sent_to(ANA).len(), 1);
    // It is a row of the conversation that it belongs to.
    let rows = world.messages(ANA).await;
    let row = rows.iter().find(|row| row["purpose"] == "sms_invite").unwrap();
    assert_eq!(row["by"], "system");
    assert_eq!((&row["way"], &row["reason"]["code"]), (&json!("sms"), &json!("sms_invite")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_fails_is_followed_by_one_sms_at_once() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.change_customer(ANA, json!({ "on_whatsapp": false })).await;
    world.turn("PT24H3M").await;
    world.turn("PT10S").await;
    assert_eq!(world.sms_sent_to(ANA).len(), 1);
    world.turn("PT12H").await;
    assert_eq!((world.sms_sent_to(ANA).len(), world.templates_sent_to(ANA)), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn held_messages_end_after_72_hours_with_their_reason() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    let held = world.say(ANA, "Good morning").await;
    let mut brief = text_by("auto", ANA, "Only today");
    brief["expires_at"] = json!((world.now() + jiff::SignedDuration::from_hours(2)).to_string());
    let brief = world.send(brief).await;
    world.settle().await;
    world.turn("PT2H5M").await;
    assert_eq!(world.outcome(brief).await, outcome("expired", "too_old"));
    world.turn("PT69H50M").await;
    assert_eq!(world.state_of(held).await, "held");
    world.turn("PT10M").await;
    assert_eq!(world.outcome(held).await, outcome("expired", "too_old"));
    let history = world.get_message(held).await["history"].clone();
    assert_eq!(history.as_array().unwrap().last().unwrap()["event"], "expired");
    world.writes(ANA, "Hello again").await;
    assert!(world.texts_sent_to(ANA).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_message_that_was_taken_back_invites_nobody() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.say(ANA, "Hello, Ana").await;
    world.settle().await;
    world.turn("PT23H57M").await;
    let held = world.say(ANA, "One more thing").await;
    world.settle().await;
    assert_eq!(world.outcome(held).await, outcome("held", "window_closing"));
    let (status, _) = world.api("DELETE", &format!("/v1/messages/{held}"), Value::Null).await;
    assert_eq!(status, 200);
    world.turn("PT30H").await;
    assert_eq!(world.templates_sent_to(ANA), 0);
    assert_eq!(world.outcome(held).await, outcome("cancelled", "taken_back"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ladder_without_steps_sends_nothing_by_itself() {
    let world = World::new().await;
    let (status, it) = world.api("PUT", "/v1/ladder", json!({ "steps": [] })).await;
    assert_eq!(status, 200, "{it}");
    world.writes(ANA, "Hello?").await;
    world.turn("PT25H").await;
    let held = world.say(ANA, "Good morning").await;
    world.settle().await;
    world.turn("PT24H").await;
    assert!(world.accepted_for(ANA).is_empty());
    assert_eq!(world.state_of(held).await, "held");
    world.writes(ANA, "Anybody?").await;
    assert_eq!(world.texts_sent_to(ANA), ["Good morning"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_conversation_gets_no_fallback_until_the_customer_writes_again() {
    let world = World::new().await;
    for (customer, end) in [(ANA, "close"), (BEN, "archive")] {
        world.writes(customer, "Thank you, bye").await;
        let id = world.conversation(customer).await["id"].as_str().unwrap().to_owned();
        let (status, it) = world.api("POST", &format!("/v1/conversations/{id}/{end}"), Value::Null).await;
        assert_eq!((status, &it["waiting_for_answer"]), (200, &json!(false)), "{it}");
    }
    world.turn("PT25H").await;
    assert!(world.accepted_for(ANA).is_empty() && world.accepted_for(BEN).is_empty());
    world.writes(ANA, "I forgot my umbrella").await;
    assert_eq!(world.conversation(ANA).await["state"], "active");
    world.turn("PT25H").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
}

// ---- consent --------------------------------------------------------------------------------------------------------

/// Fault matrix D17.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opted_out_gets_nothing_by_any_way_and_every_row_says_why() {
    let world = World::new().await;
    world.writes(CARLA, "Hello?").await;
    world.writes_with(CARLA, "Hello?", json!({ "to": "demo-twilio" })).await;
    let contact = world.contact(CARLA).await["id"].as_str().unwrap().to_owned();
    let (status, it) = world.api("POST", &format!("/v1/contacts/{contact}/opt-out"), Value::Null).await;
    assert_eq!((status, &it["opted_out"]), (200, &json!(true)), "{it}");
    let to_phone = |channel: &str| {
        json!({ "channel": channel, "to": { "phone": format!("+{CARLA}") },
        "content": { "type": "text", "body": "Hello" } })
    };
    let bodies = [
        to_phone(CHANNEL),
        to_phone("demo-twilio"),
        to_phone("demo-sms"),
        text_by("sms", CARLA, "Hello"),
        welcome(CARLA),
        json!({ "to": { "conversation": world.conversation(CARLA).await["id"] },
            "content": { "type": "text", "body": "Hello" } }),
    ];
    for body in bodies {
        let (_, plan) = world.api("POST", "/v1/plan", body.clone()).await;
        assert_eq!((&plan["plan"], &plan["reason"]["code"]), (&json!("refuse"), &json!("opted_out")), "{plan}");
        let id = world.send(body).await;
        world.settle().await;
        assert_eq!(world.outcome(id).await, outcome("refused", "opted_out"));
    }
    world.turn("PT25H").await;
    world.turn("PT10H").await;
    assert!(world.accepted_for(CARLA).is_empty());
    let fallback = world.window_template(CARLA).await.expect("the reason is kept on the fallback's row");
    assert_eq!(world.outcome(fallback.id).await, outcome("refused", "opted_out"));
    // Coming back is the customer's to say.
    world.writes(CARLA, "START").await;
    world.say(CARLA, "Welcome back").await;
    world.settle().await;
    assert_eq!(world.texts_sent_to(CARLA), ["Welcome back"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_after_the_template_stops_the_sms_that_would_follow() {
    let world = World::new().await;
    world.writes(CARLA, "Hello?").await;
    world.turn("PT24H3M").await;
    assert_eq!(world.templates_sent_to(CARLA), 1);
    let contact = world.contact(CARLA).await["id"].as_str().unwrap().to_owned();
    world.api("POST", &format!("/v1/contacts/{contact}/opt-out"), Value::Null).await;
    world.turn("PT3H").await;
    assert!(world.sms_sent_to(CARLA).is_empty());
    let rows = world.messages(CARLA).await;
    let row = rows.iter().find(|row| row["purpose"] == "sms_invite").expect("its reason is kept");
    assert_eq!((&row["state"], &row["reason"]["code"]), (&json!("refused"), &json!("opted_out")));
}

// ---- the way back, and people ---------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_genuine_and_fresh_token_leads_back_to_a_conversation() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.turn("PT24H3M").await;
    world.turn("PT2H5M").await;
    let words = token_in(&world.sms_sent_to(ANA)[0]);
    let home = world.conversation(ANA).await;
    let conversation = home["id"].as_str().unwrap().parse().unwrap();
    let at = words.find("ref-").unwrap();
    let token = &words[at..];
    let mut forged = token.to_owned();
    let last = forged.pop().unwrap();
    forged.push(if last == '0' { '1' } else { '0' });
    let strange_keys = AccountKeys::derive(b"the key of some other account, 32 bytes and more");
    let of_another_account = invite::token(&strange_keys, conversation, world.now());
    for (number, text) in
        [&forged, &of_another_account, &token[..token.len() - 1], "ref-", &token[4..]].iter().enumerate()
    {
        let stranger = format!("1650555019{number}");
        world.writes(&stranger, &format!("Hello {text}")).await;
        assert_ne!(world.conversation(&stranger).await["id"], home["id"], "{text}");
    }
    world.writes("16505550198", &words).await;
    let moved = world.conversation("16505550198").await;
    assert_eq!((&moved["id"], &moved["contact"]["id"]), (&home["id"], &home["contact"]["id"]));
    world.turn("PT360H").await;
    world.writes("16505550199", &words).await;
    assert_ne!(world.conversation("16505550199").await["id"], home["id"], "a token of two weeks ago");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_joins_what_people_see_and_taking_it_back_restores_it() {
    let world = World::new().await;
    world.writes(ANA, "From my phone").await;
    world.turn("PT1S").await;
    world.say(ANA, "Hello, Ana").await;
    world.settle().await;
    world.turn("PT10M").await;
    world.writes(BEN, "From my other phone").await;
    let before = (world.messages(ANA).await, world.messages(BEN).await);
    let (ana, ben) = (world.contact(ANA).await, world.contact(BEN).await);
    let ids = (world.conversation(ANA).await["id"].clone(), world.conversation(BEN).await["id"].clone());
    let path = |what: &str| format!("/v1/contacts/{}/{what}", ana["id"].as_str().unwrap());
    let (status, merged) = world.api("POST", &path("merge"), json!({ "contact": ben["id"] })).await;
    assert_eq!((status, &merged["former"]), (200, &json!([ben["id"]])), "{merged}");
    world.settle().await;
    assert_eq!(merged["addresses"].as_array().unwrap().len(), 4);
    // Both conversations' ids show everything, newest first.
    for id in [&ids.0, &ids.1] {
        let path = format!("/v1/conversations/{}/messages", id.as_str().unwrap());
        let (_, page) = world.api("GET", &path, Value::Null).await;
        let words: Vec<&Value> = page["data"].as_array().unwrap().iter().map(|it| &it["content"]["body"]).collect();
        assert_eq!(words, ["From my other phone", "Hello, Ana", "From my phone"], "{id}");
    }
    assert_eq!(world.contact(BEN).await["id"], ana["id"]);
    let (_, list) = world.api("GET", "/v1/conversations", Value::Null).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 1, "one person is one line: {list}");
    let stop = world.api("POST", &path("merge"), json!({ "contact": ben["id"] })).await;
    assert_eq!(stop.0, 200, "merging again completes it");
    // The window is that of the newest message, from either phone.
    let it = world.conversation(ANA).await;
    let closes_at: Timestamp = it["window"]["closes_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(closes_at, world.now() + jiff::SignedDuration::from_hours(24));

    let (status, parted) = world.api("POST", &path("unmerge"), json!({ "contact": ben["id"] })).await;
    assert_eq!((status, &parted["former"]), (200, &json!([])), "{parted}");
    world.settle().await;
    assert_eq!((world.messages(ANA).await, world.messages(BEN).await), before);
    assert_eq!((world.contact(ANA).await, world.contact(BEN).await), (ana.clone(), ben.clone()));
    assert_eq!((world.conversation(ANA).await["id"].clone(), world.conversation(BEN).await["id"].clone()), ids);
    let (_, list) = world.api("GET", "/v1/conversations", Value::Null).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 2, "{list}");
    let (status, _) = world.api("POST", &path("unmerge"), json!({ "contact": ben["id"] })).await;
    assert_eq!(status, 409);
    world.writes(BEN, "Still me").await;
    assert_eq!(world.messages(BEN).await.len(), 2);
    assert_eq!(world.messages(ANA).await.len(), 2);
}
