//! Every step, condition and action of the ladder, with the turned clock; and what people do with what is held.

use serde_json::{Map, Value, json};

use crate::{
    events::Subscriber,
    world::{ANA, BEN, CHANNEL, World},
};

impl World {
    /// Stores a ladder of these steps; `more` are its other fields.
    pub async fn ladder(&self, steps: Value, more: Value) {
        let mut ladder = json!({ "steps": steps });
        ladder.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (status, answer) = self.api("PUT", "/v1/ladder", ladder).await;
        assert_eq!(status, 200, "{answer}");
    }

    pub async fn contact_id(&self, customer: &str) -> String {
        let (_, found) = self.api("GET", &format!("/v1/contacts?phone=%2B{customer}"), Value::Null).await;
        found["data"][0]["id"].as_str().expect("the contact is there").to_owned()
    }

    pub async fn know(&self, customer: &str, what: Value) {
        let id = self.contact_id(customer).await;
        let (status, answer) = self.api("PATCH", &format!("/v1/contacts/{id}"), what).await;
        assert_eq!(status, 200, "{answer}");
    }

    async fn held(&self, customer: &str) -> Vec<(String, String)> {
        let id = self.conversation(customer).await["id"].as_str().unwrap().to_owned();
        let (status, held) = self.api("GET", &format!("/v1/conversations/{id}/held"), Value::Null).await;
        assert_eq!(status, 200, "{held}");
        let text = |it: &Value, field: &str| it[field].as_str().unwrap().to_owned();
        let it = held["data"].as_array().unwrap().iter();
        it.map(|it| (text(it, "id"), text(&it["content"], "body"))).collect()
    }

    /// How many of each: texts, templates, SMS.
    pub fn went_to(&self, customer: &str) -> (usize, usize, usize) {
        (self.texts_sent_to(customer).len(), self.templates_sent_to(customer), self.sms_sent_to(customer).len())
    }
}

pub fn step(name: &str, when: Value, only_if: Value, action: Value) -> Value {
    let fields = [("name", name.into()), ("when", when), ("only_if", only_if), ("do", action)];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}

pub fn before_end(minutes: u32) -> Value {
    json!({ "moment": "before_end", "minutes": minutes })
}

pub fn at(moment: &str) -> Value {
    json!({ "moment": moment })
}

pub fn after(minutes: u32) -> Value {
    json!({ "moment": "after_template", "minutes": minutes })
}

fn template() -> Value {
    json!({ "action": "send_template", "template": "fallback" })
}

pub fn sms() -> Value {
    json!({ "action": "sms_invite", "text": "Write to us on WhatsApp:", "languages": { "es": "Escribanos por WhatsApp:" } })
}

// ---- before the end -------------------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_are_reminded_once_four_hours_before_the_end_and_only_while_somebody_waits() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["conversation.reminder", "ladder.notify"] })).await;
    let note = json!({ "action": "notify", "note": "call the duty manager" });
    let steps = json!([
        step("remind", before_end(240), json!(["customer_waits"]), json!({ "action": "remind" })),
        step("call", before_end(30), json!(["customer_waits", "vip"]), note),
    ]);
    world.ladder(steps, json!({})).await;
    world.writes(ANA, "Hello?").await;
    world.writes(BEN, "Hello?").await;
    world.know(ANA, json!({ "vip": true })).await;
    world.say(BEN, "Here we are").await;
    world.turn("PT19H59M").await;
    assert_eq!(crm.kinds().await, [""; 0]);
    world.turn("PT2M").await;
    assert_eq!(crm.kinds().await, ["conversation.reminder"]);
    let (_, told) = crm.posted().await.remove(0);
    assert_eq!(told["data"]["conversation"]["step"], "remind", "{told}");
    world.turn("PT3H").await;
    assert_eq!(crm.kinds().await.len(), 1, "once");
    world.turn("PT30M").await;
    let told = crm.posted().await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[1].1["data"]["conversation"]["note"], "call the duty manager");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holding_message_goes_an_hour_before_the_end_in_the_customers_language_and_is_no_answer() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.know(ANA, json!({ "language": "es_MX" })).await;
    world.turn("PT22H59M").await;
    assert_eq!(world.went_to(ANA), (0, 0, 0));
    world.turn("PT2M").await;
    assert_eq!(world.texts_sent_to(ANA).len(), 1);
    assert!(world.texts_sent_to(ANA)[0].starts_with("Gracias por su mensaje"), "{:?}", world.texts_sent_to(ANA));
    assert_eq!(world.conversation(ANA).await["waiting_for_answer"], true);
    world.turn("PT30M").await;
    assert_eq!(world.went_to(ANA), (1, 0, 0), "once");
    // She still waits when the window closes.
    world.turn("PT33M").await;
    assert_eq!(world.went_to(ANA), (1, 1, 0));
    let purposes: Vec<Value> = world.messages(ANA).await.iter().map(|it| it["purpose"].clone()).collect();
    assert!(purposes.contains(&json!("holding_message")), "{purposes:?}");
}

/// A quarter past nine in Madrid is when it is due; the hours say whether anybody is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holding_message_is_for_when_nobody_is_there() {
    for (opens, expected) in [("09:30", 1), ("09:00", 0)] {
        let world = World::new().await;
        let hours = json!({ "time_zone": "Europe/Madrid", "weekly": { "monday": [[opens, "18:00"]] } });
        let holding = json!({ "action": "holding_message", "text": "We are away." });
        let steps = json!([step("away", before_end(60), json!(["customer_waits", "outside_business_hours"]), holding)]);
        world.ladder(steps, json!({ "business_hours": hours })).await;
        world.automates(json!({}), &[]).await; // Else a rule says that nobody is there, too.
        world.turn("PT15M").await;
        world.writes(ANA, "Hello?").await;
        world.turn("PT23H1M").await;
        assert_eq!(world.texts_sent_to(ANA).len(), expected, "{opens}");
    }
}

/// Whoever writes again counts on the look that is pending: no step of the new window is late.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_that_is_extended_has_its_own_steps_in_time() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.turn("PT21H").await;
    world.writes(ANA, "Hello again?").await;
    world.turn("PT3H10M").await;
    assert_eq!(world.went_to(ANA), (0, 0, 0), "the first window's end is nobody's any more");
    world.turn("PT19H48M").await;
    assert_eq!(world.went_to(ANA), (0, 0, 0));
    world.turn("PT3M").await;
    assert_eq!(world.went_to(ANA), (1, 0, 0), "an hour before the second one's end");
    world.turn("PT1H3M").await;
    assert_eq!(world.went_to(ANA), (1, 1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_answered_is_told_nothing() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.say(ANA, "Here we are").await;
    world.settle().await;
    world.turn("PT22H").await;
    assert_eq!(world.conversation(ANA).await["waiting_for_answer"], false);
    world.turn("PT3H").await;
    assert_eq!(world.went_to(ANA), (1, 0, 0));
}

// ---- at the end, and after ------------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_steps_of_a_moment_the_first_that_applies_sends() {
    let world = World::new().await;
    let steps = json!([
        step("vip", at("at_end"), json!(["customer_waits", "vip"]), sms()),
        step("others", at("at_end"), json!(["customer_waits"]), template()),
    ]);
    world.ladder(steps, json!({})).await;
    world.writes(ANA, "Hello?").await;
    world.writes(BEN, "Hello?").await;
    world.know(ANA, json!({ "vip": true, "language": "es" })).await;
    world.turn("PT24H3M").await;
    assert_eq!((world.went_to(ANA), world.went_to(BEN)), ((0, 0, 1), (0, 1, 0)));
    assert!(world.sms_sent_to(ANA)[0].contains("Escribanos"), "{:?}", world.sms_sent_to(ANA));
    world.turn("PT5H").await;
    assert_eq!((world.went_to(ANA), world.went_to(BEN)), ((0, 0, 1), (0, 1, 0)), "and each once");
}

/// A US number: a utility template costs less than an SMS there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cheaper_of_two_compliant_ways_goes_if_that_is_preferred() {
    for (prefer_cheaper, expected) in [(false, (0, 0, 1)), (true, (0, 1, 0))] {
        let world = World::new().await;
        let steps = json!([
            step("sms", at("at_end"), json!(["customer_waits"]), sms()),
            step("template", at("at_end"), json!(["customer_waits"]), template()),
        ]);
        world.ladder(steps, json!({ "prefer_cheaper": prefer_cheaper })).await;
        world.writes(ANA, "Hello?").await;
        world.turn("PT24H3M").await;
        assert_eq!(world.went_to(ANA), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_goes_only_below_its_cost() {
    for (limit, expected) in [("0.0001", (0, 0, 1)), ("1.00", (0, 1, 0))] {
        let world = World::new().await;
        let below = json!(["customer_waits", { "cost_below": { "amount": limit, "currency": "USD" } }]);
        let steps = json!([
            step("template", at("at_end"), below, template()),
            step("sms", at("at_end"), json!(["customer_waits"]), sms()),
        ]);
        world.ladder(steps, json!({})).await;
        world.writes(ANA, "Hello?").await;
        world.turn("PT24H3M").await;
        assert_eq!(world.went_to(ANA), expected, "{limit}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_sms_follows_only_what_did_not_reach_the_customer() {
    for (condition, blocked, expected) in
        [("undelivered", false, 0), ("undelivered", true, 1), ("unread", false, 0), ("unread", true, 1)]
    {
        let world = World::new().await;
        let steps = json!([
            step("fallback", at("at_end"), json!(["customer_waits"]), template()),
            step("sms", after(120), json!(["may_be_texted", condition]), sms()),
        ]);
        world.ladder(steps, json!({})).await;
        world.writes(ANA, "Hello?").await;
        if blocked {
            world.change_customer(ANA, json!({ "blocked": true })).await;
        }
        world.turn("PT24H3M").await;
        assert_eq!(world.templates_sent_to(ANA), 1);
        world.turn("PT1H58M").await;
        assert_eq!(world.sms_sent_to(ANA).len(), 0, "not before its time");
        world.turn("PT3M").await;
        assert_eq!(world.sms_sent_to(ANA).len(), expected, "{condition} {blocked}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiet_hours_put_off_what_the_ladder_sends_and_never_what_people_write() {
    let world = World::new().await;
    world.without_holding_message().await;
    world.writes(ANA, "Hello?").await;
    world.writes(BEN, "Hello?").await;
    // The window ends at nine in the morning, UTC.
    let quiet = json!({ "quiet_hours": { "from": "22:00", "until": "11:00", "time_zone": "UTC" } });
    world.know(ANA, quiet.clone()).await;
    world.know(BEN, quiet).await;
    world.turn("PT15H").await;
    world.say(BEN, "Here we are").await;
    world.settle().await;
    assert_eq!(world.texts_sent_to(BEN), ["Here we are"]);
    world.turn("PT9H3M").await;
    assert_eq!(world.templates_sent_to(ANA), 0);
    let template = world.window_template(ANA).await.unwrap();
    let it = world.get_message(template.id).await;
    assert_eq!((&it["state"], &it["reason"]["code"]), (&json!("held"), &json!("quiet_hours")), "{it}");
    world.turn("PT1H55M").await;
    assert_eq!(world.templates_sent_to(ANA), 0);
    world.turn("PT4M").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_has_steps_of_its_own() {
    let world = World::new().await;
    let others = json!({ "demo-twilio": [step("sms", at("at_end"), json!(["customer_waits"]), sms())] });
    let steps = json!([step("fallback", at("at_end"), json!(["customer_waits"]), template())]);
    world.ladder(steps, json!({ "channels": others })).await;
    world.writes(ANA, "Hello?").await;
    world.writes_with(BEN, "Hello?", json!({ "to": "demo-twilio" })).await;
    world.turn("PT24H3M").await;
    assert_eq!((world.went_to(ANA), world.went_to(BEN)), ((0, 1, 0), (0, 0, 1)));
    let unknown = json!({ "steps": [], "channels": { "nobody": [] } });
    let (status, problem) = world.api("PUT", "/v1/ladder", unknown).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("channels.nobody")));
}

// ---- what is held ---------------------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_says_for_itself_what_becomes_of_it_when_it_is_held() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.say(ANA, "Hello Ana").await;
    world.turn("PT25H").await;
    let late = |on_held: &str, words: &str| {
        json!({ "channel": CHANNEL, "to": { "phone": format!("+{ANA}") }, "on_held": on_held,
            "content": { "type": "text", "body": words } })
    };
    let held = world.send(late("hold", "No hurry")).await;
    world.settle().await;
    world.turn("PT5M").await;
    assert_eq!((world.state_of(held).await.as_str(), world.went_to(ANA)), ("held", (1, 0, 0)), "nobody is written to");
    let texted = world.send(late("sms", "Your taxi is here")).await;
    world.settle().await;
    assert_eq!(world.sms_sent_to(ANA), ["Your taxi is here"]);
    assert_eq!(world.get_message(texted).await["way"], "sms");
    world.send(late("ladder", "We have an answer")).await;
    world.settle().await;
    assert_eq!(world.templates_sent_to(ANA), 1);
    world.writes(ANA, "I am here").await;
    assert_eq!(world.texts_sent_to(ANA), ["Hello Ana", "No hurry", "We have an answer"]);
    assert_eq!(world.sms_sent_to(ANA).len(), 1, "what went by SMS goes once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_goes_by_sms_where_the_account_allows_it() {
    let world = World::new().await;
    let content = json!({ "action": "sms_content" });
    let steps = json!([
        step(
            "waiting",
            at("answer_held"),
            json!([]),
            json!({ "action": "send_template", "template": "answer_waiting" })
        ),
        step("sms", after(60), json!(["may_be_texted"]), content),
    ]);
    let (status, problem) = world.api("PUT", "/v1/ladder", json!({ "steps": steps })).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("steps[1].do.action")));
    world.ladder(steps, json!({ "content_by_sms": true })).await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    for words in ["Your room is ready", "It is number 12"] {
        world.say(ANA, words).await;
    }
    world.settle().await;
    assert_eq!(world.went_to(ANA), (0, 1, 0));
    world.turn("PT1H3M").await;
    assert_eq!(world.sms_sent_to(ANA), ["Your room is ready", "It is number 12"]);
    world.writes(ANA, "Thank you").await;
    assert_eq!(world.went_to(ANA), (0, 1, 2), "nothing goes twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_is_changed_reordered_and_taken_back_until_it_leaves() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    for words in ["one", "two", "three"] {
        world.say(ANA, words).await;
    }
    world.settle().await;
    let held = world.held(ANA).await;
    assert_eq!(held.iter().map(|it| it.1.as_str()).collect::<Vec<_>>(), ["one", "two", "three"]);
    let ids: Vec<&String> = held.iter().map(|it| &it.0).collect();
    let conversation = world.conversation(ANA).await["id"].as_str().unwrap().to_owned();
    let order = async |order: Value| {
        world.api("PUT", &format!("/v1/conversations/{conversation}/held"), json!({ "order": order })).await
    };
    for (bad, field) in [
        (json!([ids[0], ids[1]]), "order"),
        (json!([ids[0], ids[0], ids[1], ids[2]]), "order[1]"),
        (json!([ids[0], ids[1], format!("msg_{}", "0".repeat(52))]), "order[2]"),
    ] {
        let (status, problem) = order(bad).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{problem}");
    }
    let (status, answer) = order(json!([ids[2], ids[0], ids[1]])).await;
    assert_eq!(status, 200, "{answer}");
    world.settle().await;
    let edit = async |id: &str, body: Value| world.api("PATCH", &format!("/v1/messages/{id}"), body).await;
    let (status, answer) = edit(ids[0], json!({ "content": { "type": "text", "body": "ONE" } })).await;
    assert_eq!(status, 200, "{answer}");
    for (bad, field) in [
        (json!({ "content": { "type": "text", "body": " " } }), "content.body"),
        (json!({ "expires_at": "2020-01-01T00:00:00Z" }), "expires_at"),
        (json!({}), "(body)"),
        (json!({ "via": "pigeon" }), "via"),
    ] {
        let (status, problem) = edit(ids[0], bad).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{problem}");
    }
    let (status, _) = world.api("DELETE", &format!("/v1/messages/{}", ids[1]), Value::Null).await;
    assert_eq!(status, 200);
    world.settle().await;
    assert_eq!(world.held(ANA).await.iter().map(|it| it.1.as_str()).collect::<Vec<_>>(), ["three", "ONE"]);
    assert_eq!(world.templates_sent_to(ANA), 1, "changing it writes to nobody");
    world.writes(ANA, "I am here").await;
    assert_eq!(world.texts_sent_to(ANA), ["three", "ONE"]);
    let (status, problem) = edit(ids[0], json!({ "content": { "type": "text", "body": "uno" } })).await;
    assert_eq!(status, 409, "{problem}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_up_asks_for_a_ticket() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["ticket.wanted", "message.expired"] })).await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    let id = world.say(ANA, "Your answer").await;
    world.settle().await;
    world.turn("PT72H3M").await;
    assert_eq!(world.state_of(id).await, "expired");
    let mut kinds = crm.kinds().await;
    kinds.sort();
    assert_eq!(kinds, ["message.expired", "ticket.wanted"]);
    let told = crm.posted().await;
    let (_, ticket) = told.iter().find(|(_, body)| body["type"] == "ticket.wanted").unwrap();
    assert_eq!(ticket["data"]["conversation"]["message"], json!(id));
}
