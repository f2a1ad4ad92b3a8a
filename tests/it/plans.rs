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

/// A ladder that lets what is held go by SMS, and sends a template otherwise.
async fn texts_else_template(world: &World) {
    let template = json!({ "action": "send_template", "template": "answer_waiting" });
    let steps = json!([
        step("text", at("answer_held"), json!([]), json!({ "action": "sms_content" })),
        step("template", at("answer_held"), json!([]), template),
    ]);
    world.ladder(steps, json!({ "content_by_sms": true })).await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
}

/// Protection: only what its sender leaves to the ladder goes by SMS.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_to_be_kept_does_not_go_by_sms_beside_others() {
    let world = World::new().await;
    texts_else_template(&world).await;
    let kept = world.send(late("hold", "For her eyes only")).await;
    world.settle().await;
    world.send(late("ladder", "Your taxi is here")).await;
    world.settle().await;
    assert_eq!(world.sms_sent_to(ANA), ["Your taxi is here"]);
    assert_eq!(world.state_of(kept).await, "held");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_sms_may_go_the_next_step_is_taken_and_foreseen() {
    for (via, words) in [("whatsapp", "Your room is ready".to_owned()), ("auto", "word ".repeat(321))] {
        let world = World::new().await;
        texts_else_template(&world).await;
        let mut answer = late("ladder", &words);
        answer["via"] = json!(via);
        let (_, plan) = world.api("POST", "/v1/plan", answer.clone()).await;
        assert_eq!((&plan["then"]["step"], &plan["then"]["way"]), (&json!("template"), &json!("template")), "{plan}");
        world.send(answer).await;
        world.settle().await;
        assert_eq!(world.went_to(ANA), (0, 1, 0), "{via}");
    }
}

/// Protection: an invitation is planned anew when it leaves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_that_waits_for_the_morning_is_taken_back_when_nobody_waits_any_more() {
    for meanwhile in ["nothing", "answered", "closed"] {
        let world = World::new().await;
        let steps = json!([
            step("fallback", at("at_end"), json!([]), json!({ "action": "send_template", "template": "fallback" })),
            step("sms", after(120), json!([]), json!({ "action": "sms_invite", "text": "Write to us:" })),
        ]);
        world.ladder(steps, json!({})).await;
        world.writes(ANA, "Hello").await;
        world.know(ANA, json!({ "quiet_hours": { "from": "10:30", "until": "20:00", "time_zone": "UTC" } })).await;
        world.turn("PT25H").await;
        world.turn("PT2H").await;
        assert_eq!(world.went_to(ANA), (0, 1, 0), "it waits for the evening");
        let id = world.conversation(ANA).await["id"].as_str().unwrap().to_owned();
        let expected = match meanwhile {
            "answered" => {
                world.send(late("sms", "Your taxi is here")).await;
                1
            }
            "closed" => {
                let (status, closed) = world.api("POST", &format!("/v1/conversations/{id}/close"), json!({})).await;
                assert_eq!(status, 200, "{closed}");
                0
            }
            _ => 1,
        };
        world.turn("PT9H").await;
        let sms = world.sms_sent_to(ANA);
        assert_eq!(sms.len(), expected, "{meanwhile}: {sms:?}");
        assert_eq!(sms.iter().any(|it| it.contains("Write to us")), meanwhile == "nothing", "{sms:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_knows_when_the_customer_sleeps() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.know(ANA, json!({ "quiet_hours": { "from": "08:00", "until": "12:00", "time_zone": "UTC" } })).await;
    world.say(ANA, "Hello Ana").await;
    world.turn("PT25H").await;
    let plan = world.plan("ladder").await;
    assert!(plan["then"]["at"].as_str().unwrap().starts_with("2026-03-02T12:00"), "{plan}");
}

/// Protection: the fallback uses the window's one template up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_for_later_knows_what_goes_out_before() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let mut later = late("ladder", "We have an answer");
    later["at"] = json!((world.now() + jiff::SignedDuration::from_hours(30)).to_string());
    let (status, plan) = world.api("POST", "/v1/plan", later.clone()).await;
    assert_eq!((status, &plan["plan"], plan.get("then")), (200, &json!("wait"), None), "{plan}");
    world.say(ANA, "Hello Ana").await;
    world.settle().await;
    let (_, plan) = world.api("POST", "/v1/plan", later).await;
    assert_eq!(plan["then"]["way"], "template", "she was answered, so that there is no fallback: {plan}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_costs_what_it_does_in_the_customers_language_and_country() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    world.turn("PT3H").await;
    let words = world.sms_sent_to(ANA).pop().expect("an invitation");
    let words = words.split_once("text=").unwrap().1.split(' ').next().unwrap().replace("%20", " ");
    let template = json!({ "action": "send_template", "template": "answer_waiting" });
    world.ladder(json!([step("answer-waiting", at("answer_held"), json!([]), template)]), json!({})).await;
    // In another language it is dearer, and that one is stored first.
    let german = json!({ "body": "Wir haben eine Antwort für Sie.", "category": "marketing", "approved": true });
    world.put_template("answer_waiting/de", &german).await;
    // She comes back from another country.
    let abroad = "4915112345801";
    world.writes(abroad, &words).await;
    // What is dearer is marketing, which goes only to who agreed.
    let contact = world.contact_of(abroad).await;
    let (status, _) = world.api("POST", &format!("/v1/contacts/{contact}/opt-in"), Value::Null).await;
    assert_eq!(status, 200);
    world.turn("PT25H").await;
    let (_, plan) = world.api("POST", "/v1/plan", late("ladder", "We have an answer")).await;
    world.say(ANA, "We have an answer").await;
    world.settle().await;
    let template = world.window_template(abroad).await.expect("it went out");
    let sent = world.get_message(template.id).await;
    assert_eq!(plan["then"]["way"], "template", "{plan}");
    assert_eq!(plan["then"]["cost"]["amount"], sent["cost"]["expected"], "{plan} {sent}");
}

/// Protection: what people have in their names does not stand in the ladder's way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_with_rows_of_spaces_is_put_on_one_line() {
    let world = World::new().await;
    let values = json!({ "guest_name": "guest" });
    let template = json!({ "action": "send_template", "template": "welcome", "values": values });
    world.ladder(json!([step("fallback", at("at_end"), json!([]), template)]), json!({})).await;
    world.writes(ANA, "Hello").await;
    world.know(ANA, json!({ "name": "Ann      Lee" })).await;
    world.turn("PT25H").await;
    assert_eq!(world.went_to(ANA), (0, 1, 0));
}
