//! What a plan says beforehand is what happens, and what the account said of a channel or a message holds.

use serde_json::{Value, json};

use crate::{
    steps::{after, at, step},
    world::{ANA, CHANNEL, World},
};

impl World {
    async fn plan(&self, on_held: &str) -> Value {
        let (status, plan) = self.api("POST", "/v1/plan", late(on_held, "We have an answer")).await;
        assert_eq!(status, 200, "{plan}");
        plan
    }
}

fn late(on_held: &str, words: &str) -> Value {
    json!({ "channel": CHANNEL, "to": { "phone": format!("+{ANA}") }, "on_held": on_held,
        "content": { "type": "text", "body": words } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_says_what_becomes_of_an_answer_that_is_held() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT10H").await;
    assert!(world.plan("ladder").await.get("then").is_none(), "it goes at once");
    world.turn("PT13H57M").await;
    let plan = world.plan("ladder").await;
    let closes_at = world.conversation(ANA).await["window"]["closes_at"].as_str().unwrap().to_owned();
    assert_eq!((&plan["plan"], &plan["then"]["step"]), (&json!("wait"), &json!("answer-waiting")), "{plan}");
    assert!(plan["then"]["at"].as_str().unwrap() > closes_at.as_str(), "not before the end: {plan}");
    world.say(ANA, "Hello Ana").await;
    world.turn("PT1H").await;
    assert_eq!(world.went_to(ANA), (0, 1, 0));
    assert!(world.plan("ladder").await.get("then").is_none(), "the window has its template");

    world.writes(ANA, "I am here").await;
    world.turn("PT25H").await;
    let hold = world.plan("hold").await;
    assert_eq!((&hold["plan"], hold.get("then"), hold.get("cost")), (&json!("wait"), None, None), "{hold}");
    let sms = world.plan("sms").await;
    assert_eq!((&sms["plan"], &sms["way"]), (&json!("go"), &json!("sms")), "{sms}");
    let cost = sms["cost"].clone();
    let (status, accepted) = world.api("POST", "/v1/messages", late("sms", "We have an answer")).await;
    assert_eq!((status, &accepted["plan"]["way"], &accepted["plan"]["cost"]), (202, &json!("sms"), &cost));
    world.settle().await;
    assert_eq!(world.sms_sent_to(ANA), ["We have an answer"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_follows_has_its_cost() {
    let world = World::new().await;
    let steps = json!([
        step("vip", at("answer_held"), json!(["vip"]), json!({ "action": "hold" })),
        step("text", at("answer_held"), json!([]), json!({ "action": "sms_content" })),
    ]);
    world.ladder(steps, json!({ "content_by_sms": true })).await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    let plan = world.plan("ladder").await;
    assert_eq!((&plan["then"]["step"], &plan["then"]["way"]), (&json!("text"), &json!("sms")), "{plan}");
    let by_sms = world.plan("sms").await;
    assert_eq!(plan["then"]["cost"], by_sms["cost"], "the same SMS");
    world.know(ANA, json!({ "vip": true })).await;
    assert!(world.plan("ladder").await.get("then").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_says_for_how_long_an_answer_is_held() {
    let world = World::new().await;
    let give_up = |hours: u32| {
        step("give-up", json!({ "moment": "held_for", "hours": hours }), json!([]), json!({ "action": "give_up" }))
    };
    world.ladder(json!([give_up(72)]), json!({ "channels": { CHANNEL: [give_up(5)] } })).await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    let held = world.say(ANA, "Too late").await;
    world.turn("PT4H50M").await;
    assert_eq!(world.state_of(held).await, "held");
    world.turn("PT15M").await;
    assert_eq!(world.state_of(held).await, "expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_long_for_an_sms_does_not_become_one() {
    let world = World::new().await;
    let steps = json!([step("text", at("answer_held"), json!([]), json!({ "action": "sms_content" }))]);
    world.ladder(steps, json!({ "content_by_sms": true })).await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    let long = "word ".repeat(321);
    let (status, problem) = world.api("POST", "/v1/messages", late("sms", &long)).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("content.body")), "{problem}");
    let held = world.send(late("ladder", &long)).await;
    let short = world.send(late("ladder", "Your taxi is here")).await;
    world.settle().await;
    assert_eq!((world.state_of(held).await.as_str(), world.went_to(ANA)), ("held", (0, 0, 1)), "nothing is lost");
    assert_eq!(world.get_message(short).await["way"], "sms");
    world.writes(ANA, "I am here").await;
    assert_eq!(world.texts_sent_to(ANA), [long]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_answered_by_another_way_is_not_invited() {
    for answered in [false, true] {
        let world = World::new().await;
        let steps = json!([
            step("fallback", at("at_end"), json!([]), json!({ "action": "send_template", "template": "fallback" })),
            step("sms", after(120), json!([]), json!({ "action": "sms_invite", "text": "Write to us:" })),
        ]);
        world.ladder(steps, json!({})).await;
        world.writes(ANA, "Hello").await;
        world.turn("PT25H").await;
        assert_eq!(world.went_to(ANA), (0, 1, 0));
        if answered {
            world.send(late("sms", "Your taxi is here")).await;
        }
        world.turn("PT3H").await;
        assert_eq!(world.sms_sent_to(ANA).len(), 1, "{:?}", world.sms_sent_to(ANA));
        assert_eq!(world.sms_sent_to(ANA)[0] == "Your taxi is here", answered);
    }
}
