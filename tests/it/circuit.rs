//! A channel that cannot send: its messages wait unclaimed, and are decided anew when it works again.

use serde_json::{Value, json};
use transom::{
    app::send,
    domain::{MessageId, circuit::Circuit, message::Message},
};

use crate::{
    calls::META_NUMBER,
    world::{ANA, BEN, CARLA, CHANNEL, World},
};

const CUSTOMERS: [&str; 6] = [ANA, BEN, CARLA, "16505550144", "16505550155", "16505550166"];

/// The provider refuses the number's token from now on.
fn expired_token() -> Value {
    json!({ "fault": "fail", "status": 401, "code": 190, "number": META_NUMBER, "times": 1_000_000 })
}

/// The provider takes nothing from now on, and says so.
fn down() -> Value {
    json!({ "fault": "fail", "status": 400, "code": 131_000, "number": META_NUMBER, "times": 1_000_000 })
}

impl World {
    async fn circuit(&self) -> Circuit {
        self.parts.store.gate(&self.account(), &CHANNEL.parse().unwrap()).await.expect("the store answers").circuit
    }

    fn refusals(&self) -> usize {
        self.outside.refused().expect("the ledger is readable").len()
    }

    async fn attempts(&self, id: MessageId) -> u32 {
        match self.message(id).await {
            Some(Message::Outbound(message)) => message.attempt,
            other => panic!("{other:?}"),
        }
    }

    async fn reason_of(&self, id: MessageId) -> String {
        self.get_message(id).await["reason"]["code"].as_str().expect("a reason").to_owned()
    }

    /// Turns the clock minute by minute, as the sweep does.
    async fn minutes(&self, count: usize) {
        for _ in 0..count {
            self.turn("PT1M").await;
        }
    }

    async fn all_write(&self) {
        for customer in CUSTOMERS {
            self.writes(customer, "Hello").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d13_an_expired_token_stops_all_messages_of_its_number_and_a_new_one_lets_them_go_in_order() {
    let world = World::new().await;
    world.all_write().await;
    world.fault(expired_token());
    let mut ids = Vec::new();
    for customer in CUSTOMERS {
        for text in ["One", "Two"] {
            ids.push((customer, world.say(customer, text).await));
        }
    }
    world.settle().await;
    // Those that were on their way together; then nobody tries any more.
    let tried = world.refusals();
    assert!((1..=CUSTOMERS.len()).contains(&tried), "{tried} attempts");
    let mut attempts = 0;
    for (_, id) in &ids {
        assert_eq!(world.state_of(*id).await, "held");
        assert_eq!(world.reason_of(*id).await, "channel_refused");
        attempts += world.attempts(*id).await;
    }
    assert_eq!(usize::try_from(attempts), Ok(tried), "an attempt was burnt");
    // Nothing is on the queue: no receive is used up while it lasts.
    assert_eq!(world.system.next_due().expect("an answer"), None);
    world.minutes(60).await;
    let probes = world.refusals() - tried;
    assert!((4..=7).contains(&probes), "{probes} probes in an hour");
    assert!(world.system.queues().depth("sends.fifo").expect("a depth").visible == 0);
    // The token is renewed. Everything goes, in order, and not all at once.
    world.outside.clear_faults();
    let mut busy_minutes = 0;
    for _ in 0..25 {
        let before = CUSTOMERS.iter().map(|customer| world.texts_sent_to(customer).len()).sum::<usize>();
        world.turn("PT1M").await;
        let after = CUSTOMERS.iter().map(|customer| world.texts_sent_to(customer).len()).sum::<usize>();
        busy_minutes += usize::from(after > before);
    }
    for customer in CUSTOMERS {
        assert_eq!(world.texts_sent_to(customer), ["One", "Two"], "{customer}");
    }
    assert!(busy_minutes > 1, "all of it left in one minute");
    assert_eq!(world.circuit().await.open, None);
    for (customer, _) in ids {
        assert_eq!(world.templates_sent_to(customer), 0, "nobody was invited to write");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d14_an_outage_opens_the_circuit_and_each_message_is_decided_anew_afterwards() {
    let world = World::new().await;
    world.all_write().await;
    world.fault(down());
    let mut ids = Vec::new();
    for customer in CUSTOMERS {
        ids.push(world.say(customer, "Good morning").await);
    }
    world.settle().await;
    world.minutes(5).await;
    assert!(world.circuit().await.open.is_some());
    let late = json!({ "channel": CHANNEL, "to": { "phone": format!("+{ANA}") },
        "content": { "type": "text", "body": "Soon over" }, "expires_at": (world.now() + jiff::SignedDuration::from_hours(1)).to_string() });
    let late = world.send(late).await;
    world.settle().await;
    assert_eq!(world.reason_of(late).await, "provider_down");
    // By SMS, over another channel, messages go meanwhile, also behind one that waits.
    let sms = world
        .send(json!({ "channel": CHANNEL, "to": { "phone": format!("+{ANA}") }, "via": "sms",
            "content": { "type": "text", "body": "By SMS" } }))
        .await;
    world.settle().await;
    assert_eq!(world.sms_sent_to(ANA), ["By SMS"]);
    assert_eq!(world.state_of(sms).await, "delivered");
    // Hours later, the windows have closed.
    for _ in 0..26 {
        world.turn("PT1H").await;
    }
    assert_eq!(world.state_of(late).await, "expired");
    world.outside.clear_faults();
    world.minutes(25).await;
    for (customer, id) in CUSTOMERS.iter().zip(ids) {
        assert_eq!(world.state_of(id).await, "held", "free-form would be outside of the window");
        assert_eq!(world.reason_of(id).await, "window_closed");
        assert_eq!(world.templates_sent_to(customer), 1, "an answer waits: the customer is invited once");
        assert!(world.texts_sent_to(customer).is_empty());
    }
    world.writes(ANA, "I am here").await;
    assert_eq!(world.texts_sent_to(ANA), ["Good morning"]);
}

/// Protection: a code that is about the whole account opens the circuit (`meta/errors.rs`); trouble that one conversation
/// meets again and again counts once, and what is about the recipient alone not at all (`domain/circuit.rs`, `sign_of` in
/// `app/gate.rs`). (Fault matrix D16.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d16_a_number_that_is_not_registered_pauses_and_one_bad_message_does_not() {
    let world = World::new().await;
    world.all_write().await;
    // The recipient alone: more customers than make an outage.
    for code in [131_026, 131_049] {
        world.fault(json!({ "fault": "fail", "status": 400, "code": code, "number": META_NUMBER, "times": 1_000 }));
        let before = world.refusals();
        for customer in CUSTOMERS {
            world.say(customer, "Hello").await;
        }
        world.settle().await;
        assert_eq!((world.refusals() - before, world.circuit().await.open), (CUSTOMERS.len(), None), "{code}");
        world.outside.clear_faults();
    }
    // The same trouble with one message, more often than makes an outage.
    world.fault(down());
    let before = world.refusals();
    world.say(ANA, "Hello").await;
    world.minutes(8).await;
    assert!(world.refusals() - before > 5, "{} attempts", world.refusals() - before);
    assert_eq!(world.circuit().await.open, None);
    world.outside.clear_faults();
    world.minutes(3).await;
    assert_eq!(world.texts_sent_to(ANA), ["Hello"]);
    world.fault(json!({ "fault": "fail", "status": 400, "code": 133_010, "number": META_NUMBER }));
    let id = world.say(BEN, "Good evening").await;
    world.settle().await;
    assert_eq!(world.reason_of(id).await, "channel_refused");
    world.minutes(8).await;
    assert_eq!(world.texts_sent_to(BEN), ["Good evening"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d13_a_channel_without_its_secret_waits_unclaimed_too() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let account = world.account();
    let channel = world.parts.store.channel(&account, &CHANNEL.parse().unwrap()).await.unwrap().unwrap();
    let broken =
        transom::domain::channel::Channel { credentials: "no-such-secret".parse().unwrap(), ..channel.clone() };
    world.parts.store.put_channel(&account, &broken).await.unwrap();
    let id = world.say(ANA, "Yes").await;
    world.settle().await;
    assert_eq!((world.reason_of(id).await.as_str(), world.attempts(id).await), ("channel_refused", 0));
    world.parts.store.put_channel(&account, &channel).await.unwrap();
    world.minutes(8).await;
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
}

/// Two workers at the time of the probe: the lease lets one of them go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d13_one_probe_goes_at_a_time() {
    let world = World::new().await;
    world.all_write().await;
    world.fault(expired_token());
    let (one, two) = (world.say(ANA, "One").await, world.say(BEN, "Two").await);
    world.settle().await;
    let tried = world.refusals();
    assert!(world.circuit().await.open.is_some());
    world.system.turn("PT2M".parse().unwrap()).await.unwrap();
    let (other, ring) = (world.clone(), world.ring_for(two));
    // Just before the first one's probe is claimed, the other one comes.
    let hook = crate::races::once_before(
        |operation, body| operation == "UpdateItem" && body.contains("claimed"),
        move || {
            let (other, ring) = (other.clone(), ring.clone());
            crate::races::meanwhile(async move { send::answer(&other.parts, &ring).await.expect("it waits") });
        },
    );
    send::answer(&world.parts_with(hook), &world.ring_for(one)).await.expect("it waits again");
    assert_eq!(world.refusals(), tried + 1);
}
