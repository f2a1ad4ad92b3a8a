//! A rehearsal of what happened, with the ladder that it happened under, says what really happened.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};
use transom::{
    domain::{
        JobId, Timestamp,
        job::{Job, JobKind},
        ladder::{Action, Condition, Ladder, Moment, Step},
        message::{Message, Outbound},
        rehearsal::RehearsalOrder,
        sending::{Delivery, SenderState},
    },
    ports::objects::list_all,
};
use transom_local::{local::Faults, outside::ReceiptHabits};
use wiremock::{Mock, ResponseTemplate, matchers::method};

use crate::{
    server::Server,
    world::{ANA, BEN, CARLA, CHANNEL, World},
};

/// Somebody without a phone number, as far as anybody knows.
const DORA: &str = "16505550144";

/// How many by step and way.
type Counts = BTreeMap<(String, String), u64>;

/// The clock goes on by so much at once, so that whatever is due is met near its time.
const PACE_MINUTES: i64 = 15;

impl World {
    async fn hours_pass(&self, hours: i64) {
        for _ in 0..hours * 60 / PACE_MINUTES {
            self.turn(&format!("PT{PACE_MINUTES}M")).await;
        }
    }

    async fn puts_ladder(&self, ladder: &Ladder) {
        let (status, it) = self.api("PUT", "/v1/ladder", serde_json::to_value(ladder).unwrap()).await;
        assert_eq!(status, 200, "{it}");
    }

    async fn knows(&self, customer: &str, more: Value) {
        let contact = self.conversation(customer).await["contact"]["id"].as_str().unwrap().to_owned();
        let (status, it) = self.api("PATCH", &format!("/v1/contacts/{contact}"), more).await;
        assert_eq!(status, 200, "{it}");
    }

    async fn answers(&self, customer: &str, more: Value) {
        let mut body = json!({ "channel": CHANNEL, "to": { "phone": format!("+{customer}") },
            "content": { "type": "text", "body": "An answer" } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.send(body).await;
        self.settle().await;
    }

    /// Everything that was sent, or was to be.
    async fn all_outbound(&self) -> Vec<Outbound> {
        let account = self.account();
        let (_, list) = self.api("GET", "/v1/conversations?limit=100", Value::Null).await;
        let mut found = Vec::new();
        for conversation in list["data"].as_array().unwrap() {
            let id = conversation["id"].as_str().unwrap().parse().unwrap();
            for message in self.parts.store.messages(&account, id, None, 100).await.unwrap() {
                if let Message::Outbound(message) = message {
                    found.push(*message);
                }
            }
        }
        found
    }

    async fn rehearse(&self, body: Value) -> Value {
        // What was done last is kept a moment later.
        self.turn("PT1M").await;
        let (status, found) = self.api("POST", "/v1/ladder/rehearse", body).await;
        assert_eq!(status, 200, "{found}");
        found
    }

    /// Rehearses everything with the account's own ladder and compares that with what really happened.
    async fn a_rehearsal_says_what_happened(&self) -> Value {
        let found = self.rehearse(json!({ "from": "2026-03-01" })).await;
        let (report, outbound) = (&found["current"], self.all_outbound().await);
        let went: Vec<&Outbound> = outbound.iter().filter(|it| it.state == SenderState::Accepted).collect();
        assert_eq!(sent(report), really_sent(&went), "{report:#}");
        for (key, at) in first_times(&went) {
            let row = rows(report).find(|row| key_of(row) == key).unwrap();
            let first: Timestamp = row["first"].as_str().unwrap().parse().unwrap();
            let apart = first.duration_since(at).abs();
            assert!(apart.as_mins() <= PACE_MINUTES + 3, "{key:?} at {first} and really at {at}");
        }
        let ended = |wanted: &[Delivery]| {
            outbound.iter().filter(|it| it.purpose.is_reply() && wanted.contains(&it.delivery())).count()
        };
        let held = &report["held"];
        let counted = |names: &[&str]| names.iter().map(|name| held[*name].as_u64().unwrap()).sum::<u64>();
        assert_eq!(counted(&["expired"]), ended(&[Delivery::Expired]) as u64, "{held}");
        assert_eq!(counted(&["still_held"]), ended(&[Delivery::Held]) as u64, "{held}");
        assert_eq!(counted(&["taken_back"]), ended(&[Delivery::Cancelled]) as u64, "{held}");
        assert_eq!(found["current"], found["rehearsed"]);
        found
    }
}

fn rows(report: &Value) -> impl Iterator<Item = &Value> {
    report["rows"].as_array().unwrap().iter()
}

fn key_of(row: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    (text(&row["step"]), text(&row["way"]))
}

fn sent(report: &Value) -> Counts {
    rows(report).filter(|row| !row["way"].is_null()).map(|row| (key_of(row), row["count"].as_u64().unwrap())).collect()
}

fn really(message: &Outbound) -> (String, String) {
    let purpose = serde_json::to_value(&message.purpose).unwrap();
    let step = purpose["step"].as_str().unwrap_or("-").to_owned();
    (step, serde_json::to_value(message.way).unwrap().as_str().unwrap().to_owned())
}

fn really_sent(went: &[&Outbound]) -> Counts {
    let mut counts = Counts::new();
    for message in went {
        *counts.entry(really(message)).or_default() += 1;
    }
    counts
}

/// When the first of each kind went out.
fn first_times(went: &[&Outbound]) -> BTreeMap<(String, String), Timestamp> {
    let mut first = BTreeMap::new();
    for message in went {
        // One that came back went out twice.
        if let [attempt] = message.attempts.as_slice() {
            let at = attempt.claimed_at.unwrap();
            first.entry(really(message)).and_modify(|known: &mut Timestamp| *known = at.min(*known)).or_insert(at);
        } else {
            first.entry(really(message)).or_insert(Timestamp::MAX);
        }
    }
    first.retain(|_, at| *at < Timestamp::MAX);
    first
}

fn step(name: &str, when: Moment, only_if: &[Condition], action: Action) -> Step {
    Step { name: name.to_owned(), when, only_if: only_if.to_vec(), action }
}

fn template(name: &str) -> Action {
    Action::SendTemplate { template: name.to_owned(), values: BTreeMap::new() }
}

fn invite() -> Action {
    Action::SmsInvite { text: "Write to us on WhatsApp".to_owned(), languages: BTreeMap::new() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_default_ladder_is_rehearsed_as_it_was_climbed() {
    let world = World::new().await;
    let server = Server::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let told = json!({ "url": server.uri(), "types": ["conversation.reminder", "ticket.wanted"] });
    let (status, it) = world.api("PUT", "/v1/subscriptions/desk", told).await;
    assert_eq!(status, 201, "{it}");

    for customer in [ANA, BEN, CARLA] {
        world.writes(customer, "Is my room ready?").await;
    }
    world.hours_pass(1).await;
    world.answers(ANA, json!({})).await;
    world.hours_pass(22).await;
    world.turn("PT56M").await;
    world.answers(BEN, json!({})).await; // In the guard band.
    world.hours_pass(3).await;
    world.answers(CARLA, json!({})).await;
    world.answers(CARLA, json!({})).await;
    world.does(BEN, json!({ "to": CHANNEL, "button": "Yes, please" })).await;
    world.hours_pass(4).await;
    world.answers(ANA, json!({})).await;
    world.turn("PT2M").await;
    world.writes(ANA, "Hello again").await;
    world.hours_pass(72).await;

    let found = world.a_rehearsal_says_what_happened().await;
    let report = &found["current"];
    let events: Vec<Value> =
        server.received_requests().await.unwrap().iter().map(|it| serde_json::from_slice(&it.body).unwrap()).collect();
    let kinds = |kind: &str| events.iter().filter(|it| it["type"] == kind).count() as u64;
    assert!(kinds("conversation.reminder") > 0 && kinds("ticket.wanted") > 0, "{events:#?}");
    assert_eq!(report["reminders"], kinds("conversation.reminder"), "{report:#}");
    let tickets = rows(report).find(|row| row["step"] == "give-up").map(|row| row["count"].clone());
    assert_eq!(tickets, Some(json!(kinds("ticket.wanted"))));
    assert_eq!(report["sms"], [ANA, BEN, CARLA].map(|it| world.sms_sent_to(it).len()).iter().sum::<usize>());
    assert_eq!((&report["turns"]["in_window"], &report["turns"]["after_window"]), (&json!(1), &json!(1)), "{report:#}");
    // Nobody's words or numbers are in it.
    assert!(!found.to_string().contains(ANA) && !found.to_string().contains("room"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn templates_that_fail_and_sms_that_follow_are_rehearsed_as_they_went() {
    // Nobody lets it be known that they have read.
    let receipts = ReceiptHabits { latest: SignedDuration::ZERO, read: false, ..ReceiptHabits::default() };
    let world = World::with(Faults { receipts, ..Faults::default() }).await;
    let mut ladder = Ladder { content_by_sms: true, ..Ladder::default() };
    ladder.steps = vec![
        step("fallback", Moment::AtEnd {}, &[Condition::CustomerWaits], template("fallback")),
        step("vip-by-sms", Moment::AnswerHeld {}, &[Condition::Vip, Condition::MayBeTexted], Action::SmsContent {}),
        step("waiting", Moment::AnswerHeld {}, &[Condition::NotVip], template("answer_waiting")),
        step("at-once", Moment::TemplateFailed {}, &[Condition::MayBeTexted], invite()),
        step("unread", Moment::AfterTemplate { minutes: 120 }, &[Condition::Unread], invite()),
        step("content-later", Moment::AfterTemplate { minutes: 600 }, &[], Action::SmsContent {}),
    ];
    world.puts_ladder(&ladder).await;
    for customer in [ANA, BEN, CARLA, DORA] {
        world.writes(customer, "Hello?").await;
    }
    world.knows(CARLA, json!({ "vip": true })).await;
    world.change_customer(ANA, json!({ "on_whatsapp": false })).await;
    world.hours_pass(25).await;
    world.answers(CARLA, json!({})).await;
    world.answers(DORA, json!({ "on_held": "sms" })).await;
    world.answers(BEN, json!({})).await;
    world.answers(BEN, json!({ "via": "whatsapp" })).await;
    world.hours_pass(12).await;
    world.writes(BEN, "I was away").await;
    world.turn("PT2M").await;
    world.answers(BEN, json!({ "via": "sms" })).await;
    world.hours_pass(2).await;

    let found = world.a_rehearsal_says_what_happened().await;
    let counts = sent(&found["current"]);
    let of = |step: &str, way: &str| counts.get(&(step.to_owned(), way.to_owned())).copied().unwrap_or_default();
    assert_eq!((of("fallback", "template"), of("at-once", "sms"), of("-", "sms")), (4, 1, 4), "{counts:?}");
    // Carla and Dora were answered meanwhile.
    assert_eq!(of("unread", "sms"), 1, "{counts:?}");
    assert_eq!(found["current"]["held"]["by_sms"], 3);

    // And a ladder without SMS would have left them to wait.
    let mut other = ladder.clone();
    other.steps.retain(|it| !matches!(it.action, Action::SmsContent {} | Action::SmsInvite { .. }));
    let found = world.rehearse(json!({ "from": "2026-03-01", "ladder": other })).await;
    assert_eq!(
        (&found["rehearsed"]["held"]["by_sms"], &found["rehearsed"]["sms"]),
        (&json!(1), &json!(2)),
        "{found:#}"
    );
    assert_eq!(found["current"]["held"]["by_sms"], 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiet_hours_business_hours_and_the_providers_word_are_rehearsed_as_they_were() {
    let world = World::new().await;
    let business_hours =
        serde_json::from_value(json!({ "time_zone": "Europe/Madrid", "weekly": { "monday": [["08:00", "20:00"]] } }))
            .unwrap();
    let steps = vec![
        step("in-hours", Moment::BeforeEnd { minutes: 90 }, &[Condition::WithinBusinessHours], Action::Remind {}),
        step(
            "away",
            Moment::BeforeEnd { minutes: 60 },
            &[Condition::CustomerWaits, Condition::OutsideBusinessHours],
            Action::HoldingMessage { text: "We are away".to_owned(), languages: BTreeMap::new() },
        ),
        step("fallback", Moment::AtEnd {}, &[], template("fallback")),
        step("waiting", Moment::AnswerHeld {}, &[], template("answer_waiting")),
        step("give-up", Moment::HeldFor { hours: 20 }, &[], Action::GiveUp { ticket: false }),
    ];
    let ladder = Ladder { business_hours, steps, ..Ladder::default() };
    world.puts_ladder(&ladder).await;
    // What rules send is not rehearsed.
    world.automates(json!({}), &[]).await;
    world.writes(ANA, "Hello?").await;
    world.writes_with(DORA, "Hello?", json!({ "with": "user_id" })).await;
    world.knows(ANA, json!({ "quiet_hours": { "from": "08:30", "until": "12:00", "time_zone": "UTC" } })).await;
    world.say(BEN, "We have a room for you").await;
    world.hours_pass(26).await;
    world.writes(CARLA, "And I?").await;
    let closed = world.conversation(CARLA).await["id"].as_str().unwrap().to_owned();
    world.writes(BEN, "Which one?").await;
    world.hours_pass(2).await;
    world.answers(ANA, json!({})).await;
    let (status, _) = world.api("POST", &format!("/v1/conversations/{closed}/close"), Value::Null).await;
    assert_eq!(status, 200);
    // The provider's clock is ahead of ours: it says that the window is over.
    world.outside.set_offset("PT4H".parse().unwrap()).unwrap();
    world.hours_pass(19).await;
    world.answers(BEN, json!({})).await;
    world.hours_pass(8).await;

    let found = world.a_rehearsal_says_what_happened().await;
    let counts = sent(&found["current"]);
    assert!(counts.contains_key(&("fallback".to_owned(), "template".to_owned())), "{counts:?}");
    assert_eq!(found["current"]["turns"]["closed"], 1, "{found:#}");
    assert_eq!(found["current"]["hours_in"], "Europe/Madrid");
}

/// What is too long for a call is a job, step by step, and comes to the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_says_the_same_as_a_call_and_shows_how_far_it_is() {
    let world = World::new().await;
    for number in 0..5 {
        world.writes(&format!("1650555020{number}"), "Hello?").await;
    }
    world.writes_with(DORA, "Hello?", json!({ "to": "demo-twilio" })).await;
    world.hours_pass(25).await;
    world.answers("16505550203", json!({})).await;
    world.hours_pass(3).await;
    let at_once = world.rehearse(json!({ "from": "2026-03-01" })).await;
    assert_eq!(at_once["conversations"], 6);

    let until = at_once["until"].as_str().unwrap().parse().unwrap();
    let order = RehearsalOrder {
        from: "2026-03-01T00:00:00Z".parse().unwrap(),
        until,
        current: Ladder::default(),
        rehearsed: None,
        assume: transom::domain::rehearsal::Assumed::default(),
    };
    let id = JobId::from_bits(world.parts.bits());
    let job = Job::new(id, world.account(), JobKind::Rehearse(Box::new(order)), world.now());
    transom::app::jobs::begin(&world.parts, job).await.unwrap();
    world.settle().await;
    world.turn("PT1M").await;
    let shown = world.job(&id.to_string()).await;
    assert_eq!((&shown["kind"], &shown["state"]), (&json!("rehearse"), &json!("done")), "{shown:#}");
    let progress = &shown["progress"];
    assert_eq!(progress["report"], at_once, "{progress:#}");
    assert_eq!((&progress["conversations_done"], &progress["conversations_of"]), (&json!(6), &json!(6)));
    assert_eq!(progress["hours_done"], progress["hours_of"]);
    assert!(progress.get("sums").is_none() && progress.get("part").is_none(), "{progress:#}");
    let left = list_all(&*world.parts.objects, "outputs/").await.unwrap();
    assert!(left.is_empty(), "what it noted is taken away: {left:?}");
}
