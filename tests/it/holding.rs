//! Whatever people do with what is held, and whenever the customer comes back: each message ends exactly once.

use proptest::{
    collection::vec,
    prelude::{Just, ProptestConfig, Strategy, any, prop_oneof},
    sample::Index,
    test_runner::TestRunner,
};
use serde_json::{Value, json};

use crate::{
    events::Subscriber,
    world::{ANA, CHANNEL, World},
};

/// Kinds of events of which each message has exactly one when all is over.
const ENDS: [&str; 4] = ["message.sent", "message.cancelled", "message.expired", "message.failed"];

#[derive(Debug, Clone)]
enum Deed {
    /// Somebody writes to the customer; the word is the message's `on_held`.
    Say(&'static str),
    Change(Index),
    TakeBack(Index),
    /// What is held is turned by so many places.
    Reorder(Index),
    Pass {
        hours: u8,
    },
    CustomerWrites,
    /// The customer's message is stored, and before anything has followed from it, somebody does something.
    CustomerWritesWhile(Box<Deed>),
}

fn deed() -> impl Strategy<Value = Deed> {
    let of_people = prop_oneof![
        4 => prop_oneof![3 => Just("ladder"), 1 => Just("hold"), 1 => Just("sms")].prop_map(Deed::Say),
        3 => any::<Index>().prop_map(Deed::Change),
        2 => any::<Index>().prop_map(Deed::TakeBack),
        3 => any::<Index>().prop_map(Deed::Reorder),
    ];
    prop_oneof![
        10 => of_people.clone(),
        2 => (1..40_u8).prop_map(|hours| Deed::Pass { hours }),
        2 => Just(Deed::CustomerWrites),
        2 => of_people.prop_map(|deed| Deed::CustomerWritesWhile(Box::new(deed))),
    ]
}

/// What was asked for, and what became of it by the answers.
struct Said {
    id: String,
    words: String,
    taken_back: bool,
}

struct Desk {
    world: World,
    said: Vec<Said>,
}

impl Desk {
    async fn does(&mut self, deed: &Deed) {
        match deed {
            Deed::Say(on_held) => self.says(on_held).await,
            Deed::Change(which) => self.changes(*which).await,
            Deed::TakeBack(which) => self.takes_back(*which).await,
            Deed::Reorder(by) => self.reorders(*by).await,
            Deed::Pass { hours } => self.world.turn(&format!("PT{hours}H")).await,
            Deed::CustomerWrites => {
                let due: Vec<_> = self.held().await.into_iter().map(|it| it.1).collect();
                let before = self.world.texts_sent_to(ANA).len();
                self.world.writes(ANA, "Are you there?").await;
                assert_eq!(self.world.texts_sent_to(ANA)[before..], due, "all that is held goes, in its order");
            }
            Deed::CustomerWritesWhile(deed) => {
                self.world.writes_unsettled(ANA, "Are you there?").await;
                self.world.deliver_webhooks().await;
                Box::pin(self.does(deed)).await;
                self.world.settle().await;
                assert_eq!(self.held().await, [], "nothing stays held while the window is open");
            }
        }
    }

    async fn says(&mut self, on_held: &str) {
        let words = format!("Here is message {} of the front desk", self.said.len());
        let body = json!({ "channel": CHANNEL, "to": { "phone": format!("+{ANA}") }, "on_held": on_held,
            "content": { "type": "text", "body": words } });
        let id = self.world.send(body).await.to_string();
        self.said.push(Said { id, words, taken_back: false });
        self.world.settle().await;
    }

    async fn changes(&mut self, which: Index) {
        let Some(said) = pick(&mut self.said, which) else { return };
        let words = format!("{}, as changed", said.words);
        let body = json!({ "content": { "type": "text", "body": words } });
        let (status, answer) = self.world.api("PATCH", &format!("/v1/messages/{}", said.id), body).await;
        assert!([200, 409].contains(&status), "{answer}");
        if status == 200 {
            assert!(!said.taken_back, "what was taken back is not changed");
            said.words = words;
        }
        self.world.settle().await;
    }

    async fn takes_back(&mut self, which: Index) {
        let Some(said) = pick(&mut self.said, which) else { return };
        let (status, answer) = self.world.api("DELETE", &format!("/v1/messages/{}", said.id), Value::Null).await;
        assert!([200, 409].contains(&status), "{answer}");
        said.taken_back |= status == 200 && answer["state"] == "cancelled";
        self.world.settle().await;
    }

    async fn reorders(&mut self, by: Index) {
        let mut order: Vec<_> = self.held().await.into_iter().map(|it| it.0).collect();
        if order.is_empty() {
            return;
        }
        let by = by.index(order.len());
        order.rotate_left(by);
        let path = format!("/v1/conversations/{}/held", self.conversation().await);
        let (status, answer) = self.world.api("PUT", &path, json!({ "order": order })).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(self.held().await.into_iter().map(|it| it.0).collect::<Vec<_>>(), order);
        self.world.settle().await;
    }

    async fn conversation(&self) -> String {
        self.world.conversation(ANA).await["id"].as_str().unwrap().to_owned()
    }

    /// Ids and words of what is held, in the order in which it will go.
    async fn held(&self) -> Vec<(String, String)> {
        let path = format!("/v1/conversations/{}/held", self.conversation().await);
        let (status, held) = self.world.api("GET", &path, Value::Null).await;
        assert_eq!(status, 200, "{held}");
        let text = |it: &Value| it.as_str().unwrap().to_owned();
        held["data"].as_array().unwrap().iter().map(|it| (text(&it["id"]), text(&it["content"]["body"]))).collect()
    }
}

fn pick(said: &mut [Said], which: Index) -> Option<&mut Said> {
    if said.is_empty() { None } else { Some(&mut said[which.index(said.len())]) }
}

async fn play(deeds: &[Deed]) {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ENDS })).await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    let mut desk = Desk { world, said: Vec::new() };
    for deed in deeds {
        desk.does(deed).await;
    }
    let Desk { world, said } = desk;
    // Longer than anything is held.
    world.turn("PT73H").await;
    let told = crm.posted().await;
    let mut arrived = world.texts_sent_to(ANA);
    arrived.extend(world.sms_sent_to(ANA));
    for (place, said) in said.iter().enumerate() {
        let ends: Vec<_> = told
            .iter()
            .filter(|(_, body)| body["data"]["message"]["id"] == said.id.as_str())
            .map(|(_, body)| body["type"].as_str().unwrap())
            .collect();
        let [end] = ends[..] else { panic!("message {place} ended with {ends:?}") };
        let mine = format!("Here is message {place} of the front desk");
        let copies: Vec<_> = arrived.iter().filter(|text| text.starts_with(&mine)).collect();
        match end {
            "message.sent" => assert_eq!(copies, [&said.words], "what people wrote last arrives, once"),
            _ => assert!(copies.is_empty(), "{end}: nothing arrives, but {copies:?}"),
        }
        assert_eq!(said.taken_back, end == "message.cancelled", "{end}");
    }
}

#[test]
fn each_held_message_ends_exactly_once() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // Each is some seconds of work.
    let cases = ProptestConfig::default().cases / 32;
    let config = ProptestConfig { cases, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&vec(deed(), 4..16), |deeds| {
            runtime.block_on(play(&deeds));
            Ok(())
        })
        .unwrap();
}
