//! What messages cost, what became of templates, and who came back: from the history, as it is kept and shown.

use serde_json::{Value, json};
use transom::app::archive::rollups;

use crate::world::{ANA, BEN, CARLA, CHANNEL, World};

const DAYS: &str = "from=2026-03-01&until=2026-03-03";

fn welcome(customer: &str) -> Value {
    json!({ "channel": CHANNEL, "to": { "phone": format!("+{customer}") },
        "content": { "type": "template", "name": "welcome", "language": "en", "values": { "guest_name": "Ana" } } })
}

/// A template with a button.
fn question(customer: &str) -> Value {
    json!({ "channel": CHANNEL, "to": { "phone": format!("+{customer}") },
        "content": { "type": "template", "name": "answer_waiting", "language": "en" } })
}

fn usd(amount: &str) -> Value {
    json!([{ "amount": amount, "currency": "USD" }])
}

impl World {
    async fn shown(&self, path: &str) -> Value {
        let (status, report) = self.api("GET", path, Value::Null).await;
        assert_eq!(status, 200, "{report}");
        report
    }

    /// A list in which everything has a price of its own.
    async fn prices(&self) {
        let (_, mut list) = self.api("GET", "/v1/prices", Value::Null).await;
        list["as_of"] = json!("2026-02-01");
        list["elsewhere"] = json!("other");
        list["markets"] = json!([]);
        list["whatsapp"] = json!([
            { "market": "other", "since": "2025-07-01", "utility": "0.01", "marketing": "0.1" },
        ]);
        list["sms"] = json!([{ "country": "default", "since": "2025-07-01", "price_per_segment": "0.5" }]);
        let (status, answer) = self.api("PUT", "/v1/prices", list).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// A template to each, before which nobody wrote: one answers by a tap, one ends it, one says nothing.
    async fn three_templates(&self) {
        for customer in [ANA, BEN, CARLA] {
            self.send(question(customer)).await;
        }
        self.settle().await;
        self.turn("PT10M").await;
        self.does(ANA, json!({ "to": CHANNEL, "button": "Yes, please" })).await;
        self.writes(BEN, "STOP").await;
        self.turn("PT1M").await;
        self.writes(ANA, "And a taxi").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_cost_what_their_receipts_say_by_the_accounts_own_list() {
    let world = World::new().await;
    world.keeps(json!({})).await;
    world.prices().await;
    world.writes(ANA, "Hello").await;
    let free = world.say(ANA, "Hello, Ana").await;
    let template = world.send(welcome(BEN)).await;
    let sms = world
        .send(json!({ "channel": CHANNEL, "to": { "phone": format!("+{CARLA}") }, "via": "sms",
            "content": { "type": "text", "body": "x".repeat(200) } }))
        .await;
    world.settle().await;
    world.turn("PT10S").await;

    let one = |amount: &str| json!({ "amount": amount, "currency": "USD" });
    for (id, expected, actual) in
        [(free, one("0.00"), one("0.00")), (template, one("0.01"), one("0.01")), (sms, one("1.00"), one("1.00"))]
    {
        assert_eq!(world.get_message(id).await["cost"], json!({ "expected": expected, "actual": actual }));
    }
    let inbound = world.messages(ANA).await;
    assert!(inbound.iter().all(|it| it["direction"] == "outbound" || it.get("cost").is_none()), "{inbound:?}");

    let path = format!("/v1/costs?{DAYS}&by=day,category,channel,country,way");
    let report = world.shown(&path).await;
    let row = |category: Value, way: &str, cost: &str| {
        let expected = json!({ "sums": usd(cost), "unpriced": 0 });
        let mut actual = expected.clone();
        actual["assumed"] = json!(0);
        json!({ "day": "2026-03-01", "category": category, "channel": CHANNEL, "country": "US", "way": way,
            "messages": 1, "delivered": 1, "expected": expected, "actual": actual })
    };
    let rows = json!([
        row(Value::Null, "sms", "1.00"),
        row(json!("service"), "free_form", "0.00"),
        row(json!("utility"), "template", "0.01"),
    ]);
    assert_eq!(report["data"], rows, "{report:#}");
    assert_eq!(report["totals"]["actual"]["sums"], usd("1.01"));
    assert_eq!(report["prices"], json!({ "list": "own", "as_of": "2026-02-01", "currency": "USD" }));
    // Once the day is over its sums are kept, and say the same.
    world.days(1).await;
    assert_eq!(world.shown(&path).await["data"], rows);
    let (status, _) = world.api("DELETE", "/v1/prices", Value::Null).await;
    assert_eq!(status, 200);
    let report = world.shown(&path).await;
    assert_eq!(report["prices"]["list"], "embedded");
    assert_eq!(report["totals"]["expected"]["sums"], usd("1.01"), "what was expected then stays");
    assert_ne!(report["totals"]["actual"]["sums"], usd("1.01"), "what it did cost goes by the list in force");
}

/// Where receipts say nothing of billing, what was expected counts, and is told apart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn costs_at_twilio_are_what_was_expected() {
    let world = World::new().await;
    world.prices().await;
    let mut body = welcome(ANA);
    body["channel"] = json!("demo-twilio");
    let id = world.send(body).await;
    world.settle().await;
    world.turn("PT10S").await;
    assert_eq!(world.state_of(id).await, "read");
    assert_eq!(world.get_message(id).await["cost"]["actual"], Value::Null);
    let report = world.shown(&format!("/v1/costs?{DAYS}&by=category")).await;
    // 0.01 and Twilio's own 0.005.
    assert_eq!(report["data"][0]["category"], "utility", "{report}");
    assert_eq!(report["totals"]["actual"], json!({ "sums": usd("0.015"), "unpriced": 0, "assumed": 1 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_of_costs_wrongly_is_named() {
    let world = World::new().await;
    for path in ["/v1/costs", "/v1/templates/welcome/analytics", "/v1/reports/invitations"] {
        for (query, field) in [
            ("from=2026-01-01&until=2026-12-31", "until"),
            ("from=2026-03-02&until=2026-03-01", "until"),
            ("from=March", "from"),
            ("colour=red", "colour"),
        ] {
            let (status, answer) = world.api("GET", &format!("{path}?{query}"), Value::Null).await;
            assert_eq!((status, &answer["errors"][0]["field"]), (400, &json!(field)), "{path}?{query}: {answer}");
        }
    }
    for path in ["/v1/costs?by=state", "/v1/templates/welcome/analytics?by=country"] {
        let (status, answer) = world.api("GET", path, Value::Null).await;
        assert_eq!((status, &answer["errors"][0]["field"]), (400, &json!("by")), "{path}: {answer}");
    }
    assert_eq!(world.api("GET", "/v1/templates/nothing/analytics", Value::Null).await.0, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_is_judged_by_what_its_customers_did() {
    let world = World::new().await;
    world.keeps(json!({})).await;
    world.prices().await;
    world.change_customer(CARLA, json!({ "on_whatsapp": false })).await;
    world.three_templates().await;
    let path = format!("/v1/templates/answer_waiting/analytics?{DAYS}&by=day,language,channel");
    let report = world.shown(&path).await;
    let expected = json!([{
        "day": "2026-03-01", "language": "en", "channel": CHANNEL,
        "sent": 2, "delivered": 2, "read": 2, "replied": 2, "taps": 1, "opt_outs": 1,
        "failed": { "recipient_unreachable": 1 },
        "cost": {
            "expected": { "sums": usd("0.03"), "unpriced": 0 },
            "actual": { "sums": usd("0.02"), "unpriced": 0, "assumed": 0 },
        },
    }]);
    assert_eq!(report["data"], expected, "{report:#}");
    // An answer on the next day is one to the day on which the template was sent.
    world.turn("PT20H").await;
    world.writes(ANA, "Until when is breakfast?").await;
    assert_eq!(world.shown(&path).await["data"], expected, "she has answered already");
    world.days(2).await;
    assert_eq!(world.shown(&path).await["data"], expected, "kept and counted are the same");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_of_the_next_day_belongs_to_the_day_of_the_template() {
    let world = World::new().await;
    world.keeps(json!({})).await;
    world.turn("PT14H").await;
    world.send(question(ANA)).await;
    world.send(question(BEN)).await;
    world.settle().await;
    world.turn("PT10H").await;
    world.does(ANA, json!({ "to": CHANNEL, "button": "Yes, please" })).await;
    world.turn("PT15H").await;
    world.writes(BEN, "Sorry, I was asleep").await;
    world.turn("PT1M").await;
    let path = "/v1/templates/answer_waiting/analytics?from=2026-03-01&until=2026-03-01";
    let row = world.shown(path).await["data"][0].clone();
    assert_eq!((&row["sent"], &row["replied"], &row["taps"]), (&json!(2), &json!(1), &json!(1)), "{row}");
    let row = world.shown("/v1/templates/answer_waiting/analytics?from=2026-03-02&until=2026-03-03").await;
    assert_eq!((&row["data"], &row["totals"]["replied"]), (&json!([]), &json!(0)), "{row}");
}

/// Protection: what Meta counts stands beside what is counted here, once that was turned on, which nobody can undo.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_meta_counted_stands_beside_what_was_counted_here() {
    let world = World::new().await;
    transom::app::jobs::templates::begin(&world.parts, &world.account(), world.now()).await.unwrap();
    world.settle().await;
    world.three_templates().await;
    let path = format!("/v1/templates/answer_waiting/analytics?{DAYS}");
    let of = |report: &Value, provider: &str| {
        let all = report["provider"].as_array().unwrap();
        all.iter().find(|it| it["provider"] == provider && it["language"] == "en").cloned().unwrap()
    };
    let report = world.shown(&path).await;
    assert!(of(&report, "meta")["why"].as_str().unwrap().contains("template-analytics/enable"), "{report}");
    assert!(of(&report, "twilio")["why"].as_str().unwrap().contains("Twilio counts nothing"), "{report}");
    for _ in 0..2 {
        let (status, enabled) = world.api("POST", "/v1/template-analytics/enable", json!({})).await;
        assert_eq!(status, 200, "{enabled}");
        assert!(enabled["note"].as_str().unwrap().contains("cannot be undone"));
        let all = enabled["data"].as_array().unwrap();
        assert!(all.iter().all(|it| it["enabled"] == (it["provider"] == "meta")), "{enabled}");
    }
    let report = world.shown(&path).await;
    let meta = of(&report, "meta");
    let ours = &meta["ours"];
    assert_eq!((&ours["sent"], &ours["delivered"], &ours["read"]), (&json!(3), &json!(3), &json!(3)), "{meta}");
    assert_eq!(ours["cost"], report["totals"]["cost"], "what we know of their price stands beside what Meta charged");
    // Of each that was delivered, three hundredths.
    let counted = json!({ "sent": 3, "delivered": 3, "read": 3, "clicked": 0, "spent": "0.09" });
    assert_eq!(meta["counted"], counted, "{meta}");
    assert_eq!(meta["difference"], json!({ "sent": 0, "delivered": 0, "read": 0 }));
    assert_eq!(meta["why"], Value::Null);
    // What the other language was sent is not counted here.
    let other = report["provider"].as_array().unwrap().iter().find(|it| it["language"] == "es");
    assert!(other.is_none_or(|it| it["ours"].is_null() || it["ours"]["sent"] == 0), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_by_an_sms_is_counted() {
    let world = World::new().await;
    world.keeps(json!({})).await;
    for customer in [ANA, BEN] {
        world.writes(customer, "Hello?").await;
    }
    world.turn("PT24H3M").await;
    world.turn("PT2H5M").await;
    let sms = world.sms_sent_to(ANA).pop().expect("an invitation");
    let words = sms.split_once("text=").unwrap().1.split(' ').next().unwrap().replace("%20", " ");
    let path = format!("/v1/reports/invitations?{DAYS}");
    let report = world.shown(&path).await;
    assert_eq!(
        (&report["sent"], &report["came_back"], &report["rate"]),
        (&json!(2), &json!(0), &json!(0.0)),
        "{report}"
    );
    // From another number; and again, which is no second time.
    world.writes("16505550198", &words).await;
    world.turn("PT1M").await;
    world.writes("16505550198", &words).await;
    world.writes(BEN, "Hello ref-").await;
    let expected = json!({ "from": "2026-03-01", "until": "2026-03-03", "sent": 2, "delivered": 2, "came_back": 1,
        "rate": 0.5, "missing": [] });
    assert_eq!(world.shown(&path).await, expected);
    world.days(2).await;
    assert_eq!(world.shown(&path).await, expected);
}

/// Sums that an earlier version kept know nothing of costs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sums_of_an_older_version_are_counted_anew_while_there_is_history() {
    let world = World::new().await;
    world.keeps(json!({})).await;
    world.prices().await;
    world.send(welcome(ANA)).await;
    world.settle().await;
    world.days(6).await;
    let (account, day) = (world.account(), "2026-03-01".parse().unwrap());
    let kept = rollups::kept(&world.parts, &account, day).await.unwrap().expect("the day is over");
    let as_before = |mut rollup: rollups::Rollup| {
        rollup.v = 1;
        for line in &mut rollup.lines {
            (line.expected, line.taken) = Default::default();
            (line.group.country, line.group.pricing) = (None, None);
        }
        rollup
    };
    rollups::keep(&world.parts, &account, &as_before(kept.clone())).await.unwrap();
    let path = format!("/v1/costs?{DAYS}");
    assert_eq!(world.shown(&path).await["totals"]["actual"]["sums"], usd("0.01"));
    // The night counts them anew.
    world.days(1).await;
    let again = rollups::kept(&world.parts, &account, day).await.unwrap().unwrap();
    assert_eq!((again.v, &again.lines), (rollups::VERSION, &kept.lines));
    // Without its history a day shows what is known of it.
    rollups::keep(&world.parts, &account, &as_before(kept)).await.unwrap();
    let names = world.objects("segments/account=demo/day=2026-03-01/").await;
    world.parts.objects.remove(&names).await.unwrap();
    let totals = world.shown(&path).await["totals"].clone();
    assert_eq!((&totals["messages"], &totals["actual"]["unpriced"]), (&json!(1), &json!(1)), "{totals}");
}
