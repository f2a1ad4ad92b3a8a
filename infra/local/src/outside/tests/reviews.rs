//! What becomes of templates by themselves and by the control API: the news that Meta tells, what survives, the analytics.

use super::*;

async fn create(world: &World, template: Value) -> String {
    let (status, made) = world.graph("POST", "waba/message_templates", template).await;
    assert_eq!(status, 200, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

fn with_text(name: &str, text: &str) -> Value {
    json!({"name": name, "language": "en_US", "category": "UTILITY", "components": [{"type": "BODY", "text": text}]})
}

async fn change(world: &World, id: &str, body: Value) -> Value {
    let (status, changed) = world.control("POST", &format!("/outside/templates/{id}"), body).await;
    assert_eq!(status, 200, "{changed}");
    changed
}

#[tokio::test]
async fn a_review_takes_its_time_and_meta_tells_of_its_end() {
    let world = World::new();
    let id = create(&world, submitted("stay")).await;
    let due = world.clock.now() + SignedDuration::from_mins(1);
    assert_eq!(world.outside.next_due().unwrap(), Some(due));
    world.webhooks(59);
    assert_eq!(world.standing(&id).await, "PENDING");
    world.turn(1);
    assert_eq!(world.standing(&id).await, "PENDING", "nothing happens until what is due is asked for");
    let calls = world.webhooks(0);
    assert_eq!(world.standing(&id).await, "APPROVED");
    assert_eq!((calls.len(), calls[0].path.as_str()), (1, "/webhooks/demo-whatsapp"));
    let signature = calls[0].headers.iter().find(|(name, _)| name == "x-hub-signature-256").unwrap();
    assert_eq!(signature.1, sign::meta_signature("signing", &calls[0].body));
    let entry = &json_of(&calls[0])["entry"][0];
    assert_eq!((&entry["id"], &entry["time"]), (&json!("waba"), &json!(due.as_second())));
    let change = json!({"field": "message_template_status_update", "value": {"event": "APPROVED",
        "message_template_id": id.parse::<u64>().unwrap(), "message_template_name": "stay",
        "message_template_language": "en-US", "message_template_category": "UTILITY", "reason": "NONE"}});
    assert_eq!(entry["changes"], json!([change]));
    assert_eq!(world.outside.next_due().unwrap(), None);
    world.control("POST", "/outside/reviews", json!({"decides_after": "PT1H"})).await;
    create(&world, submitted("later")).await;
    assert_eq!(world.news(3599), []);
    assert_eq!(world.news(1).len(), 1);
}

#[tokio::test]
async fn a_reviewer_refuses_some_words_and_duplicates_and_knows_promotion() {
    let world = World::new();
    let abusive = create(&world, with_text("abusive", "Visit our Casino")).await;
    let promotional = create(&world, with_text("promotional", "Here is your Discount")).await;
    let first = create(&world, with_text("first", "Your room is ready")).await;
    let second = create(&world, with_text("second", "Your room is ready")).await;
    let mut british = with_text("second", "Your room is ready");
    british["language"] = json!("en_GB");
    create(&world, british).await;
    let news = world.news(60);
    let told: Vec<_> = news
        .iter()
        .map(|(field, value)| {
            let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
            (field.as_str(), text("message_template_name"), text("event"), text("reason"))
        })
        .collect();
    let status = |name: &str, event: &str, reason: &str| {
        ("message_template_status_update", name.to_owned(), event.to_owned(), reason.to_owned())
    };
    assert_eq!(
        told,
        [
            status("abusive", "REJECTED", "ABUSIVE_CONTENT"),
            ("template_category_update", "promotional".into(), String::new(), String::new()),
            status("promotional", "APPROVED", "NONE"),
            status("first", "APPROVED", "NONE"),
            status("second", "REJECTED", "INVALID_FORMAT"),
            status("second", "APPROVED", "NONE"),
        ]
    );
    assert!(news[0].1["rejection_info"]["reason"].is_string());
    assert_eq!((&news[1].1["previous_category"], &news[1].1["new_category"]), (&json!("UTILITY"), &json!("MARKETING")));
    assert_eq!(news[1].1["message_template_language"], "en_US");
    assert_eq!(news[2].1["message_template_category"], "MARKETING");
    let (_, shown) = world.graph("GET", &format!("{abusive}?fields=status,rejected_reason"), json!({})).await;
    assert_eq!((&shown["status"], &shown["rejected_reason"]), (&json!("REJECTED"), &json!("ABUSIVE_CONTENT")));
    let (_, shown) = world.graph("GET", &format!("{promotional}?fields=category,previous_category"), json!({})).await;
    assert_eq!((&shown["category"], &shown["previous_category"]), (&json!("MARKETING"), &json!("UTILITY")));
    assert_eq!((world.standing(&first).await, world.standing(&second).await), ("APPROVED".into(), "REJECTED".into()));
}

#[tokio::test]
async fn a_pause_ends_by_itself_twice_and_the_third_is_the_end() {
    let world = World::new();
    let id = world.approved(submitted("stay")).await;
    let paused = json!({"status": "paused", "reason": "TAG_CONTENT_MISMATCH"});
    for (title, hours) in [("FIRST_PAUSE", 3), ("SECOND_PAUSE", 6)] {
        change(&world, &id, paused.clone()).await;
        let (field, value) = world.news(0).remove(0);
        assert_eq!((field.as_str(), &value["event"]), ("message_template_status_update", &json!("PAUSED")));
        assert_eq!((&value["other_info"]["title"], &value["reason"]), (&json!(title), &paused["reason"]));
        assert_eq!(world.news(hours * 3600 - 1), []);
        let (_, value) = world.news(1).remove(0);
        assert_eq!((&value["event"], &value["other_info"]["title"]), (&json!("REINSTATED"), &json!("UNPAUSE")));
        assert_eq!(world.standing(&id).await, "APPROVED");
    }
    assert_eq!(change(&world, &id, paused).await["status"], "disabled");
    let (_, value) = world.news(0).remove(0);
    assert_eq!((&value["event"], &value["disable_info"]["disable_date"]), (&json!("DISABLED"), &json!("2026-03-01")));
    assert_eq!(world.outside.next_due().unwrap(), None);
}

#[tokio::test]
async fn whatever_is_set_by_the_control_api_is_told_by_meta() {
    let world = World::new();
    let id = create(&world, submitted("stay")).await;
    for (status, event) in [
        ("rejected", "REJECTED"),
        ("in_appeal", "IN_APPEAL"),
        ("approved", "APPROVED"),
        ("archived", "ARCHIVED"),
        ("approved", "UNARCHIVED"),
        ("paused", "PAUSED"),
        ("approved", "REINSTATED"),
        ("locked", "LOCKED"),
        ("disabled", "DISABLED"),
    ] {
        change(&world, &id, json!({"status": status, "reason": "SCAM"})).await;
        let news = world.news(0);
        assert_eq!((news.len(), &news[0].1["event"]), (1, &json!(event)));
    }
    assert_eq!(world.news(7 * 3600), [], "neither a decision nor the end of a pause is left over");
    change(&world, &id, json!({"quality": "yellow"})).await;
    let (field, value) = world.news(0).remove(0);
    assert_eq!(field, "message_template_quality_update");
    assert_eq!((&value["previous_quality_score"], &value["new_quality_score"]), (&json!("UNKNOWN"), &json!("YELLOW")));
    let (_, shown) = world.graph("GET", &format!("{id}?fields=quality_score"), json!({})).await;
    assert_eq!(shown["quality_score"], json!({"score": "YELLOW", "date": world.clock.now().as_second()}));
    assert_eq!(world.control("GET", &format!("/outside/templates/{id}"), json!({})).await.1["quality"], "yellow");
    let (_, all) = world.control("GET", "/outside/templates", json!({})).await;
    assert_eq!(list(&all["data"]).len(), 3);
}

#[tokio::test]
async fn another_category_is_announced_and_comes_a_day_later_or_at_once() {
    let world = World::new();
    let id = world.approved(submitted("stay")).await;
    change(&world, &id, json!({"category": "marketing", "announce": true})).await;
    let (field, value) = world.news(0).remove(0);
    let effective = world.clock.now() + SignedDuration::from_hours(24);
    assert_eq!((field.as_str(), &value["new_category"]), ("template_category_update", &json!("UTILITY")));
    assert_eq!(value["correct_category"], "MARKETING");
    assert_eq!(value["category_update_timestamp"], effective.as_second());
    let shown = async || world.graph("GET", &format!("{id}?fields=category,correct_category"), json!({})).await.1;
    assert_eq!(shown().await, json!({"id": id, "category": "UTILITY", "correct_category": "MARKETING"}));
    assert_eq!(world.news(86_399), []);
    let (_, value) = world.news(1).remove(0);
    assert_eq!((&value["previous_category"], &value["new_category"]), (&json!("UTILITY"), &json!("MARKETING")));
    assert_eq!(shown().await, json!({"id": id, "category": "MARKETING"}));
    change(&world, &id, json!({"category": "utility"})).await;
    assert_eq!(world.news(0)[0].1["new_category"], "UTILITY");
}

#[tokio::test]
async fn what_the_control_api_does_not_understand_is_named() {
    let world = World::new();
    let id = world.approved(submitted("stay")).await;
    let path = format!("/outside/templates/{id}");
    for (body, field) in [
        (json!({}), "status"),
        (json!({"status": "paused", "quality": "red"}), "status"),
        (json!({"status": "broken"}), "status"),
        (json!({"status": "approved"}), "status"),
        (json!({"status": "unsubmitted"}), "status"),
        (json!({"category": "utility"}), "category"),
        (json!({"colour": "red"}), "colour"),
    ] {
        let (status, problem) = world.control("POST", &path, body).await;
        assert_eq!((status, problem["field"].as_str()), (400, Some(field)), "{problem}");
    }
    assert_eq!(world.control("POST", "/outside/templates/1", json!({"status": "paused"})).await.0, 404);
    assert_eq!(
        world.control("POST", "/outside/reviews", json!({"decides_after": "-PT1S"})).await.1["field"],
        "decides_after"
    );
    assert_eq!(world.standing(&id).await, "APPROVED");
}

#[tokio::test]
async fn templates_survive_a_restart_and_deleted_ones_do_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outside.sqlite");
    let clock = start();
    let open = |body: &str| {
        let mut config = config(7);
        config.templates.push(template("third", TemplateStatus::Approved));
        config.templates[0].body = body.into();
        config.templates[1].body = body.into();
        World { clock: clock.clone(), outside: Arc::new(Outside::open(Some(&path), clock.clone(), config).unwrap()) }
    };
    let before = open("Hi {{guest}}, an answer is waiting.");
    let ids: Vec<String> = before.outside.templates().unwrap().into_iter().map(|held| held.id).collect();
    let pending = create(&before, submitted("stay")).await;
    before.graph("DELETE", "waba/message_templates?name=third", json!({})).await;
    change(&before, &ids[1], json!({"status": "approved"})).await;
    let edited = json!({"components": [{"type": "BODY", "text": "Hello, we have paused."}]});
    assert_eq!(before.graph("POST", &ids[1], edited.clone()).await.0, 200);
    before.webhooks(0);
    drop(before);

    let after = open("Hi {{guest}}, another answer is waiting.");
    let held = after.outside.templates().unwrap();
    assert_eq!(held.iter().map(|held| held.id.as_str()).collect::<Vec<_>>(), [&ids[0], &ids[1], &pending]);
    assert_eq!(
        held.iter().map(|held| held.status).collect::<Vec<_>>(),
        [Status::Approved, Status::Pending, Status::Pending]
    );
    let (_, shown) = after.graph("GET", &format!("{}?fields=components", ids[0]), json!({})).await;
    assert_eq!(
        shown["components"][0]["text"], "Hi {{guest}}, another answer is waiting.",
        "the start's, as nobody edited it"
    );
    let (_, shown) = after.graph("GET", &format!("{}?fields=components", ids[1]), json!({})).await;
    assert_eq!(shown["components"], edited["components"]);
    assert_eq!(after.news(60)[0].1["event"], "APPROVED");
    assert_eq!(after.graph("GET", &ids[2], json!({})).await.0, 400);
}

#[tokio::test]
async fn analytics_count_what_was_sent_delivered_and_read_once_they_are_enabled() {
    let world = World::new();
    let (_, all) = world.graph("GET", "waba/message_templates?name=waiting", json!({})).await;
    let id = all["data"][0]["id"].as_str().unwrap().to_owned();
    let day = 86_400;
    let today = 1_772_323_200; // The midnight before the start.
    let query = |more: &str| format!("waba/template_analytics?granularity=DAILY&{more}");
    let ids = format!("template_ids=%5B{id}%5D");
    let whole = query(&format!("start={}&end={}&{ids}", today - day, today + day));
    assert_eq!(world.graph("GET", &whole, json!({})).await.1["error"]["code"], 200_007);
    assert_eq!(world.graph("POST", "waba?is_enabled_for_insights=true", json!({})).await, (200, json!({"id": "waba"})));
    assert_eq!(world.graph("POST", "waba?is_enabled_for_insights=false", json!({})).await.1["error"]["code"], 200_006);

    let guest = |name: &str| json!([{"type": "text", "parameter_name": "guest", "text": name}]);
    let send = async |to: &str| {
        let template = json!({"name": "waiting", "language": {"code": "en"},
            "components": [{"type": "body", "parameters": guest("Ana")}]});
        let send = json!({"messaging_product": "whatsapp", "to": to, "type": "template", "template": template});
        assert_eq!(world.meta(send).await.0, 200);
    };
    send(ANA).await;
    send("+16505550001").await;
    world.control("POST", "/outside/customers/+16505550002", json!({"on_whatsapp": false})).await;
    send("+16505550002").await;
    world.meta_text("Not a template").await;
    let points = async |path: &str| {
        let (status, answer) = world.graph("GET", path, json!({})).await;
        assert_eq!(status, 200, "{answer}");
        list(&answer["data"][0]["data_points"])
    };
    let so_far = points(&whole).await;
    assert_eq!((so_far.len(), &so_far[1]["read"]), (2, &json!(0)), "what has not happened is not counted");
    world.webhooks(10);
    let cost = json!([{"type": "amount_spent", "value": 0.06}, {"type": "cost_per_delivered", "value": 0.03}]);
    let expected = json!({"template_id": id, "start": today, "end": today + day, "sent": 2, "delivered": 2, "read": 2,
        "cost": cost});
    assert_eq!(points(&whole).await[1], expected);
    let dated = query(&format!("start=2026-03-01&end=2026-03-02&{ids}&metric_types=SENT,CLICKED"));
    assert_eq!(points(&dated).await, [json!({"template_id": id, "start": today, "end": today + day, "sent": 2})]);
    for wrong in [
        format!("waba/template_analytics?start={today}&end={}&{ids}", today + day),
        query(&format!("start={}&end={}&{ids}", today - 91 * day, today)),
        query(&format!("start={today}&end={}&{ids}", today + 2 * day)),
        query(&format!("start={today}&end={}", today + day)),
        query(&format!("start={today}&end={}&template_ids=1", today + day)),
        query(&format!("start={today}&end={}&{ids}&metric_types=SMELLED", today + day)),
        query(&format!("start=then&end={}&{ids}", today + day)),
    ] {
        assert_eq!(world.graph("GET", &wrong, json!({})).await.1["error"]["code"], 100, "{wrong}");
    }
}
