//! Phones, faults, the queue of webhooks, and what survives.

use super::*;

#[tokio::test]
async fn one_seed_gives_one_world_and_another_seed_another() {
    async fn history(seed: u64) -> Vec<(i64, Vec<u8>)> {
        let mut config = config(seed);
        config.habits = ReceiptHabits::default();
        let world = World::with(config);
        world.writes("demo-whatsapp", "Hello");
        for _ in 0..20 {
            world.meta_text("x").await;
        }
        let mut made = Vec::new();
        while let Some(due) = world.outside.next_due().unwrap() {
            let calls = world.outside.take_due(due).unwrap();
            made.extend(calls.into_iter().map(|call| (due.as_millisecond(), call.body)));
        }
        made
    }
    let first = history(1).await;
    assert_eq!(first, history(1).await);
    assert_ne!(first, history(2).await);
}

#[tokio::test]
async fn receipts_come_shuffled_late_twice_and_batched_but_none_is_missing() {
    let mut config = config(3);
    config.habits = ReceiptHabits::default();
    let world = World::with(config);
    world.writes("demo-whatsapp", "Hello");
    world.webhooks(0);
    for _ in 0..30 {
        world.meta_text("x").await;
    }
    let calls = world.webhooks(10);
    let per_body: Vec<usize> = calls
        .iter()
        .map(|call| values(&json_of(call)).iter().map(|value| list(&value["statuses"]).len()).sum())
        .collect();
    assert!(per_body.iter().any(|count| *count > 1), "some are batched");
    let all: Vec<(String, String)> = calls
        .iter()
        .flat_map(|call| values(&json_of(call)))
        .flat_map(|value| list(&value["statuses"]))
        .map(|status| (status["id"].as_str().unwrap().to_owned(), status["status"].as_str().unwrap().to_owned()))
        .collect();
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), 90);
    assert!(all.len() > 90, "some come twice");
    let order = |id: &str| all.iter().filter(|(of, _)| of == id).map(|(_, word)| word.as_str()).collect::<Vec<_>>();
    assert!(all.iter().any(|(id, _)| order(id)[0] != "sent"), "some are out of order");
}

#[tokio::test]
async fn the_ledger_the_queue_and_the_offset_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outside.sqlite");
    let clock = start();
    let open = || World {
        clock: clock.clone(),
        outside: Arc::new(Outside::open(Some(&path), clock.clone(), config(7)).unwrap()),
    };
    let before = open();
    before.outside.set_offset(SignedDuration::from_secs(90)).unwrap();
    before.writes("demo-whatsapp", "Hello");
    let (_, answer) = before.meta_text("x").await;
    let taken = before.outside.due_webhooks().unwrap();
    drop(before); // Killed between taking the call and its end.

    let after = open();
    assert_eq!(after.outside.accepted().unwrap()[0].id, answer["messages"][0]["id"].as_str().unwrap());
    assert_eq!(after.outside.acceptances(&callback(1).message.to_string()).unwrap(), 1);
    assert_eq!(after.outside.due_webhooks().unwrap()[0], taken[0]);
    let (_, second) = after.meta_text("x").await;
    assert_ne!(second["messages"][0]["id"], answer["messages"][0]["id"]);
    assert!(after.outside.accepted().unwrap()[1].at == "2026-03-01T09:01:30Z".parse().unwrap());
}

#[tokio::test]
async fn a_taken_call_is_nobody_elses_until_it_is_reported_on() {
    let world = World::new();
    world.writes("demo-whatsapp", "Hello");
    assert_eq!(world.outside.next_due().unwrap(), Some(world.clock.now()));
    assert_eq!(world.outside.due_webhooks().unwrap().len(), 1);
    assert_eq!(world.outside.due_webhooks().unwrap().len(), 0);
    assert_eq!(world.outside.next_due().unwrap(), None);
}

#[tokio::test]
async fn the_same_call_can_come_several_times_and_late() {
    let world = World::new();
    let body = json!({"to": "demo-whatsapp", "text": "Hello", "times": 3, "at": "2026-02-28T09:00:01Z"});
    let (status, answer) = world.control("POST", &format!("/outside/customers/{ANA}/messages"), body).await;
    assert_eq!(status, 202);
    let calls = world.webhooks(0);
    assert_eq!(calls.len(), 3);
    assert!(calls.iter().all(|call| call.body == calls[0].body));
    let message = &values(&json_of(&calls[0]))[0]["messages"][0];
    assert_eq!((&message["id"], &message["timestamp"]), (&answer["id"], &json!("1772269201")));
    assert_eq!(world.meta_text("still open").await.0, 200);
    world.turn(1);
    world.meta_text("closed").await;
    let open: Vec<_> = world.outside.accepted().unwrap().iter().map(|item| item.window_open).collect();
    assert_eq!(open, [true, false]);
}

#[tokio::test]
async fn a_button_that_the_phone_shows_can_be_tapped() {
    let world = World::new();
    let path = format!("/outside/customers/{ANA}/messages");
    let tap = json!({"to": "demo-whatsapp", "button": "Show it"});
    let (status, problem) = world.control("POST", &path, tap.clone()).await;
    assert_eq!((status, &problem["field"]), (400, &json!("button")));
    let template = json!({"messaging_product": "whatsapp", "to": ANA, "type": "template", "template": {"name": "waiting",
        "language": {"code": "en"}, "components": [{"type": "body",
        "parameters": [{"type": "text", "parameter_name": "guest", "text": "Ana"}]}]}});
    let (_, sent) = world.meta(template).await;
    world.webhooks(10);
    assert_eq!(world.control("POST", &path, tap).await.0, 202);
    let message = &values(&json_of(&world.webhooks(0)[0]))[0]["messages"][0];
    assert_eq!(message["button"], json!({"payload": "Show it", "text": "Show it"}));
    assert_eq!(message["context"]["id"], sent["messages"][0]["id"]);
    world.meta_text("the tap opened the window").await;
    assert!(world.outside.accepted().unwrap()[1].window_open);
}

#[tokio::test]
async fn a_reaction_reaches_the_business_and_opens_nothing() {
    let world = World::new();
    let template = world.writes("demo-whatsapp", "Hello");
    world.turn(86_400);
    let body = json!({"to": "demo-whatsapp", "reaction": {"message_id": template, "emoji": "👍"}});
    assert_eq!(world.control("POST", &format!("/outside/customers/{ANA}/messages"), body).await.0, 202);
    let message = values(&json_of(world.webhooks(0).last().unwrap()))[0]["messages"][0].clone();
    assert_eq!(message["reaction"]["emoji"], "👍");
    world.meta_text("x").await;
    assert!(!world.outside.accepted().unwrap()[0].window_open);
}

#[tokio::test]
async fn what_the_control_api_does_not_understand_is_named() {
    let world = World::new();
    let messages = format!("/outside/customers/{ANA}/messages");
    for (path, body, field) in [
        (messages.as_str(), json!({"text": "x", "to": "nobody"}), "to"),
        (&messages, json!({}), "text"),
        (&messages, json!({"text": "x", "button": "y"}), "text"),
        (&messages, json!({"text": ""}), "text"),
        (&messages, json!({"text": "x", "times": 0}), "times"),
        (&messages, json!({"text": "x", "at": "2027-01-01T00:00:00Z"}), "at"),
        (&messages, json!({"text": "x", "colour": "red"}), "colour"),
        (&messages, json!({"text": "x", "medium": "pigeon"}), "medium"),
        ("/outside/customers/nobody/messages", json!({"text": "x"}), "customer"),
        ("/outside/offset", json!({}), "seconds"),
        ("/outside/faults", json!({"fault": "fail", "status": 200, "code": 1}), "status"),
    ] {
        let (status, problem) = world.control("POST", path, body).await;
        assert_eq!(
            (status, &problem["status"], problem["field"].as_str()),
            (400, &json!(400), Some(field)),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn a_fault_refuses_and_then_is_over() {
    let world = World::new();
    let fault = json!({"provider": "meta", "fault": "fail", "status": 500, "code": 131_016, "times": 1});
    assert_eq!(world.control("POST", "/outside/faults", fault).await.0, 204);
    let (status, answer) = world.meta_text("x").await;
    assert_eq!((status, &answer["error"]["code"]), (500, &json!(131_016)));
    assert_eq!(world.outside.accepted().unwrap(), []);
    assert_eq!(world.meta_text("x").await.0, 200);
    world.control("POST", "/outside/faults", json!({"fault": "no_receipts", "times": 9})).await;
    assert_eq!(world.outside.call("DELETE", "/outside/faults", &[], vec![]).await.0, 204);
    assert_eq!(world.control("GET", "/outside/faults", json!({})).await.1["data"], json!([]));
}

#[tokio::test]
async fn a_lost_answer_was_accepted_all_the_same() {
    for (mode, status) in [("gateway_timeout", 504), ("garbled", 200)] {
        let world = World::new();
        world.writes("demo-whatsapp", "Hello");
        world.webhooks(0);
        world.control("POST", "/outside/faults", json!({"fault": "lose_answer", "mode": mode})).await;
        assert_eq!(world.meta_text("x").await, (status, Value::Null));
        assert_eq!(world.outside.acceptances(&callback(1).message.to_string()).unwrap(), 1);
        assert_eq!(world.statuses().len(), 3);
    }
}

#[tokio::test]
async fn a_hanging_call_never_answers_but_was_accepted() {
    let world = World::new();
    world.control("POST", "/outside/faults", json!({"fault": "lose_answer", "mode": "hang"})).await;
    let mut call = Box::pin(world.meta_text("x"));
    assert!(futures::poll!(&mut call).is_pending());
    drop(call);
    assert_eq!(world.outside.accepted().unwrap().len(), 1);
}

#[tokio::test]
async fn a_call_can_be_lost_on_its_way_in() {
    let world = World::new();
    let fault = json!({"fault": "lose_answer", "mode": "gateway_timeout", "accepted": false});
    world.control("POST", "/outside/faults", fault).await;
    assert_eq!(world.meta_text("x").await.0, 504);
    assert_eq!(world.outside.accepted().unwrap(), []);
}

#[tokio::test]
async fn a_message_may_arrive_and_never_be_reported_on() {
    let world = World::new();
    world.writes("demo-whatsapp", "Hello");
    world.webhooks(0);
    world.control("POST", "/outside/faults", json!({"fault": "no_receipts", "number": "106540352242922"})).await;
    assert_eq!(world.meta_text("x").await.0, 200);
    assert_eq!(world.webhooks(10), []);
    assert_eq!(world.outside.handset(ANA).unwrap().threads[0].messages.len(), 2);
}

#[tokio::test]
async fn the_ledger_and_the_handset_can_be_read_over_http() {
    let world = World::new();
    world.writes("demo-whatsapp", "Hello");
    world.meta_text("Welcome").await;
    let (_, ledger) = world.control("GET", "/outside/ledger", json!({})).await;
    assert_eq!(ledger["accepted"][0]["callback"], callback(1).to_string());
    let (_, handset) = world.control("GET", "/outside/handset/16505551234", json!({})).await;
    assert_eq!(handset["phone"], ANA);
    assert_eq!(handset["threads"][0]["medium"], "whatsapp");
    assert_eq!(handset["threads"][0]["messages"][1]["text"], "Welcome");
    let by_id = format!("/outside/handset/{}", handset["user_id"].as_str().unwrap());
    assert_eq!(world.control("GET", &by_id, json!({})).await.1, handset);
}
