//! Rules, escalation and sequences through the whole system: whatever they do is done once, and by nobody against a person.

mod escalation;
mod loops;
mod repeats;
mod sequences;

use serde_json::{Value, json};
use transom::{
    app::{
        accept::{self, Recipient, Request},
        mint::Mint,
    },
    domain::{
        StaffId,
        access::Actor,
        content::Content,
        message::{OnHeld, Purpose, Via},
    },
};

use crate::{
    events::Subscriber,
    world::{ANA, BEN, World},
};

impl World {
    /// Stores rules; those that come with Transom are off but for those named.
    pub async fn automates(&self, mut automations: Value, builtin: &[&str]) {
        let (_, in_force) = self.api("GET", "/v1/automations/in-force", Value::Null).await;
        for rule in in_force["rules"].as_array().unwrap() {
            let id = rule["id"].as_str().unwrap();
            automations["builtin"][id] = json!({ "on": builtin.contains(&id) });
        }
        let (status, answer) = self.api("PUT", "/v1/automations", automations).await;
        assert_eq!(status, 200, "{answer}");
    }

    pub async fn rules(&self, rules: Value) {
        self.automates(json!({ "rules": rules }), &[]).await;
    }

    /// Open from nine to five, every day, by UTC.
    pub async fn opens_nine_to_five(&self) {
        let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let weekly: serde_json::Map<String, Value> =
            days.into_iter().map(|day| (day.to_owned(), json!([["09:00", "17:00"]]))).collect();
        let hours = json!({ "time_zone": "UTC", "weekly": weekly });
        self.ladder(json!([]), json!({ "business_hours": hours })).await;
    }

    pub async fn id_of(&self, customer: &str) -> String {
        self.family(customer).await.expect("the conversation is there").survivor.id.to_string()
    }

    /// Somebody of the staff writes, and everything that follows is done.
    pub async fn staff_says(&self, customer: &str, text: &str) {
        self.says_as(StaffId::from_bits(7), customer, text).await;
    }

    pub async fn says_as(&self, who: StaffId, customer: &str, text: &str) {
        let conversation = self.family(customer).await.expect("the conversation is there").survivor.id;
        let request = Request {
            channel: None,
            to: Recipient::Conversation(conversation),
            content: Content::text(text),
            via: Via::Auto,
            expires_at: None,
            on_held: OnHeld::Ladder,
            purpose: Purpose::Reply,
            trace: None,
        };
        let (mint, by) = (Mint::default(), Actor::Staff(who));
        Box::pin(accept::accept(&self.parts, &mint, &self.account(), &by, &request, None))
            .await
            .expect("it is accepted");
        self.settle().await;
    }

    pub async fn labels(&self, customer: &str) -> Value {
        let path = format!("/v1/conversations/{}/work", self.id_of(customer).await);
        self.api("GET", &path, Value::Null).await.1["labels"].clone()
    }
}

fn reply(text: &str) -> Value {
    json!({ "do": "reply", "text": text })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn out_of_hours_a_customer_is_told_so_once_in_their_language_and_still_waits() {
    let world = World::new().await;
    world.opens_nine_to_five().await;
    world.writes(ANA, "Hello").await;
    assert_eq!(world.texts_sent_to(ANA), [""; 0], "somebody is there");
    world.know(ANA, json!({ "language": "es" })).await;
    world.turn("PT9H").await;
    world.writes(ANA, "Is anybody there?").await;
    world.turn("PT2M").await;
    world.writes(ANA, "Hello?").await;
    let told = world.texts_sent_to(ANA);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("Gracias por su mensaje"), "{told:?}");
    assert_eq!(world.conversation(ANA).await["waiting_for_answer"], true);
    let sent = world.messages(ANA).await.into_iter().find(|it| it["direction"] == "outbound").unwrap();
    assert_eq!(
        (sent["by"].as_str(), sent["purpose"].as_str()),
        (Some("automation:auto-responder-outside-hours"), Some("auto_reply"))
    );
    // Another machine's away message is answered by nobody.
    world.writes(BEN, "This is an automatic reply. We are out of office.").await;
    assert_eq!(world.texts_sent_to(BEN), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyword_labels_hands_over_answers_and_tells_others() {
    let world = World::new().await;
    world.api("PUT", "/v1/work-settings", json!({ "teams": [{ "id": "spa", "name": "Spa" }] })).await;
    let crm =
        Subscriber::new(&world, "crm", json!({ "types": ["automation.notified", "conversation.assigned"] })).await;
    let bot = Subscriber::new(&world, "bot", json!({ "types": ["ladder.notify"] })).await;
    world
        .rules(json!([{
            "id": "spa", "trigger": { "on": "keyword", "words": ["massage"] }, "when": "!contact.vip",
            "actions": [
                { "do": "label", "add": ["spa"] }, { "do": "route", "team": "spa" },
                { "do": "reply", "text": "The spa will answer you.", "answers": true },
                { "do": "notify", "note": "somebody wants a massage" },
                { "do": "webhook", "subscription": "bot", "note": "look" },
            ],
        }]))
        .await;
    world.writes(ANA, "Good morning").await;
    assert_eq!(world.labels(ANA).await, json!([]));
    world.writes(ANA, "Could I have a MASSAGE?").await;
    assert_eq!(world.labels(ANA).await, json!(["spa"]));
    assert_eq!(world.texts_sent_to(ANA), ["The spa will answer you."]);
    assert_eq!(world.conversation(ANA).await["waiting_for_answer"], false, "the account says that this answers");
    let mut kinds = crm.kinds().await;
    kinds.sort();
    assert_eq!(kinds, ["automation.notified", "conversation.assigned"]);
    let told = crm.posted().await;
    let of = |kind: &str| told.iter().find(|(_, it)| it["type"] == kind).unwrap().1["data"]["conversation"].clone();
    assert_eq!(of("automation.notified")["note"], "somebody wants a massage");
    assert_eq!(of("conversation.assigned")["team"], "spa");
    assert_eq!(bot.kinds().await, ["automation.called"], "whatever else it is told of");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_leave_the_floor_to_a_person_until_they_may_have_it_again() {
    let world = World::new().await;
    let rule = json!({ "id": "hello", "trigger": { "on": "inbound" }, "actions": [reply("Hello from a rule"), { "do": "label", "add": ["seen"] }] });
    world.automates(json!({ "rules": [rule], "resume": { "is": "after_minutes", "minutes": 30 } }), &[]).await;
    world.writes(ANA, "Hello").await;
    assert_eq!(world.texts_sent_to(ANA).len(), 1);
    world.staff_says(ANA, "Hello, Ana. I am Tom.").await;
    world.turn("PT5M").await;
    world.writes(ANA, "A question").await;
    assert_eq!(world.texts_sent_to(ANA).len(), 2, "Tom's and the first of the rule's");
    let path = format!("/v1/conversations/{}/automations", world.id_of(ANA).await);
    let (_, view) = world.api("GET", &path, Value::Null).await;
    assert_eq!(view["floor"]["holder"], "people");
    let (_, tried) = world.api("POST", &format!("{path}/try"), json!({ "text": "Hello" })).await;
    assert_eq!(tried["why"][0]["outcome"], "person_has_it", "{tried}");
    // Whoever let them go on by hand need not wait.
    let (status, _) = world.api("POST", &format!("{path}/resume"), Value::Null).await;
    assert_eq!(status, 204);
    world.writes(ANA, "Another").await;
    assert_eq!(world.texts_sent_to(ANA).len(), 3);
    world.staff_says(ANA, "Still me").await;
    world.turn("PT31M").await;
    world.writes(ANA, "And now?").await;
    assert_eq!(world.texts_sent_to(ANA).len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_looks_when_its_time_has_come_and_only_at_what_still_holds() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["automation.notified"] })).await;
    let timer = |id: &str, since: &str| json!({ "id": id, "trigger": { "on": "timer", "since": since, "minutes": 30 }, "actions": [{ "do": "notify", "note": id }] });
    world.rules(json!([timer("still-waiting", "waiting"), timer("no-word-since", "answered")])).await;
    world.writes(ANA, "Hello").await;
    world.writes(BEN, "Hello").await;
    world.turn("PT10M").await;
    world.say(BEN, "Good morning").await;
    world.turn("PT21M").await;
    let notes = || async {
        let told = crm.posted().await;
        let mut notes: Vec<String> =
            told.iter().map(|(_, it)| it["data"]["conversation"]["note"].as_str().unwrap().to_owned()).collect();
        notes.sort();
        notes
    };
    assert_eq!(notes().await, ["still-waiting"], "Ben was answered");
    world.turn("PT15M").await;
    assert_eq!(notes().await, ["no-word-since", "still-waiting"]);
    world.turn("PT5H").await;
    assert_eq!(notes().await.len(), 2, "each once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_asked_how_satisfied_they_are_may_say_so_and_a_bad_word_goes_up() {
    let world = World::new().await;
    let crm =
        Subscriber::new(&world, "crm", json!({ "types": ["conversation.scored", "conversation.escalated"] })).await;
    world.automates(json!({}), &["ask-score-after-close", "unhappy"]).await;
    world.writes(ANA, "Hello").await;
    world.say(ANA, "Good morning").await;
    world.settle().await;
    let id = world.id_of(ANA).await;
    world.api("POST", &format!("/v1/conversations/{id}/close"), Value::Null).await;
    world.settle().await;
    assert!(
        world.texts_sent_to(ANA).last().unwrap().starts_with("How satisfied are you"),
        "{:?}",
        world.texts_sent_to(ANA)
    );
    world.turn("PT1M").await;
    world.writes(ANA, "2 - the room was cold").await;
    let told = crm.posted().await;
    let kinds: Vec<&str> = told.iter().map(|(_, it)| it["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["conversation.scored", "conversation.escalated"]);
    assert_eq!(told[0].1["data"]["conversation"]["score"], 2);
    assert_eq!(told[1].1["data"]["conversation"]["escalation"]["to"], "manager");
    // A number later is no second score.
    world.writes(ANA, "5").await;
    assert_eq!(crm.kinds().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_rules_is_named_and_nothing_of_them_is_stored() {
    let world = World::new().await;
    let bad = json!({ "rules": [
        { "id": "a", "trigger": { "on": "inbound" }, "when": "contact.vip &&", "actions": [reply("x")] },
        { "id": "b", "trigger": { "on": "inbound" }, "actions": [{ "do": "route", "team": "nobody" }] },
        { "id": "c", "trigger": { "on": "inbound" }, "actions": [{ "do": "start_sequence", "sequence": "none" }] },
    ] });
    let (status, answer) = world.api("PUT", "/v1/automations", bad).await;
    assert_eq!(status, 422, "{answer}");
    let fields: Vec<&str> =
        answer["errors"].as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["rules[0].when", "rules[1].actions[0].team", "rules[2].actions[0].sequence"]);
    let (_, stored) = world.api("GET", "/v1/automations", Value::Null).await;
    assert!(stored["rules"].is_null(), "{stored}");
    let circle = json!({ "rules": [
        { "id": "a", "trigger": { "on": "label", "added": ["x"] }, "actions": [{ "do": "label", "add": ["x"] }] },
    ] });
    let (status, answer) = world.api("PUT", "/v1/automations", circle).await;
    assert_eq!((status, answer["warnings"][0]["field"].as_str()), (200, Some("rules[0].actions")), "{answer}");
}
