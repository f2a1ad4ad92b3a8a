//! Wrong requests of clients: refused, with the field that is wrong, and without a trace.

use serde_json::{Value, json};

use crate::{
    calls::{messages, text},
    world::{ANA, World, answer},
};

/// The field that an answer blames, which must be a problem document of this status.
#[track_caller]
fn blamed((status, problem): (u16, Value), expected: u16) -> String {
    assert_eq!(status, expected, "{problem}");
    assert_eq!(problem["status"], expected, "{problem}");
    problem["errors"][0]["field"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_accounts_own_token_opens_the_api() {
    let world = World::new().await;
    let token = world.local.demo.token();
    for header in [
        String::new(),
        "Bearer".into(),
        "Bearer ".into(),
        format!("Basic {token}"),
        format!("Bearer {token}x"),
        format!("Bearer {}", &token[1..]),
        format!("Bearer {}", token.to_uppercase()),
        token.clone(),
    ] {
        let call = world.http("GET", "/v1/conversations").header("authorization", &header);
        assert_eq!(answer(call).await.0, 401, "{header}");
    }
    assert_eq!(answer(world.http("GET", "/v1/conversations")).await.0, 401);
    assert_eq!(answer(world.http("GET", &format!("/v1/conversations?token={token}"))).await.0, 401);
    assert_eq!(answer(world.http("GET", "/v1/conversations").bearer_auth(&token)).await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_message_is_refused_by_the_name_of_its_field_and_leaves_no_trace() {
    let world = World::new().await;
    let good = json!({ "channel": "demo-whatsapp", "to": { "phone": "+16505550111" },
        "content": { "type": "text", "body": "Hello" } });
    let template =
        json!({ "type": "template", "name": "welcome", "language": "en", "values": { "guest_name": "Ana" } });
    let with = |pointer: &str, value: Value| {
        let mut body = good.clone();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[field] = value;
        body
    };
    let of_template = |field: &str, value: Value| {
        let mut content = template.clone();
        content[field] = value;
        with("/content", content)
    };
    let unknown_conversation = format!("cnv_{}", "0".repeat(26));
    let unknown_contact = format!("con_{}", "0".repeat(26));
    let wrongs = [
        (with("/color", json!("red")), 422, "color"),
        (with("/to/name", json!("Ana")), 422, "to.name"),
        (with("/content/subject", json!("x")), 422, "content.subject"),
        (with("/to", json!({})), 422, "to"),
        (with("/to", json!("+16505550111")), 422, "to"),
        (with("/to/user_id", json!("US.1349")), 422, "to"),
        (with("/to/phone", json!("12")), 422, "to.phone"),
        (with("/to/phone", json!("+1 650 555 abc")), 422, "to.phone"),
        (with("/to/phone", json!("")), 422, "to.phone"),
        (with("/to/phone", json!(16_505_550_111_i64)), 422, "to.phone"),
        (with("/to", json!({ "user_id": "1349" })), 422, "to.user_id"),
        (with("/to", json!({ "conversation": "cnv_1" })), 422, "to.conversation"),
        (with("/to", json!({ "conversation": unknown_conversation })), 422, "to.conversation"),
        (with("/to", json!({ "contact": unknown_contact })), 422, "to.contact"),
        (with("/channel", json!("nobody")), 422, "channel"),
        (with("/channel", json!("Not A Slug")), 422, "channel"),
        (with("/channel", Value::Null), 422, "channel"),
        (with("/content/body", json!("")), 422, "content.body"),
        (with("/content/body", json!(" \n")), 422, "content.body"),
        (with("/content/body", json!("x".repeat(4_097))), 422, "content.body"),
        (with("/content/body", json!(5)), 422, "content.body"),
        (with("/content/type", json!("image")), 422, "content.type"),
        (with("/content", json!({ "type": "text" })), 422, "content.body"),
        (of_template("name", json!("nobody")), 422, "content.name"),
        (of_template("language", json!("de")), 422, "content.language"),
        (of_template("values", json!({})), 422, "content.values.guest_name"),
        (of_template("values", json!({ "guest_name": "A\nB" })), 422, "content.values.guest_name"),
        (of_template("values", json!({ "guest_name": "Ana", "more": "x" })), 422, "content.values.more"),
        (of_template("body", json!("x")), 422, "content.body"),
        (with("/via", json!("pigeon")), 422, "via"),
        (with("/expires_at", json!("yesterday")), 422, "expires_at"),
        (with("/expires_at", json!(world.now().to_string())), 422, "expires_at"),
        (with("/expires_at", json!("2020-01-01T00:00:00Z")), 422, "expires_at"),
        (with("/expires_at", json!("2026-04-15T00:00:00Z")), 422, "expires_at"),
        (with("/at", json!(world.now().to_string())), 422, "at"),
    ];
    for (body, status, field) in wrongs {
        let answer = world.api("POST", "/v1/messages", body.clone()).await;
        assert_eq!(answer.0, status, "{body}");
        assert_eq!(blamed(answer, status), field, "{body}");
        if field != "at" {
            assert_eq!(blamed(world.api("POST", "/v1/plan", body.clone()).await, status), field, "plan {body}");
        }
    }
    for broken in ["", "{", "not json", "{\"to\":}", "\u{feff}{}"] {
        let answer =
            world.api_with("POST", "/v1/messages", &[("content-type", "application/json")], broken.into()).await;
        blamed(answer, 400);
    }
    let plain = world.api_with("POST", "/v1/messages", &[("content-type", "text/plain")], b"{}".to_vec()).await;
    blamed(plain, 415);
    let (_, contacts) = world.api("GET", "/v1/contacts?phone=%2B16505550111", Value::Null).await;
    assert_eq!(contacts["data"], json!([]), "a refused request makes nobody");
    assert_eq!(world.api("POST", "/v1/messages", good).await.0, 202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_that_leads_nowhere_is_answered_with_404() {
    let world = World::new().await;
    let (message, conversation) = (format!("msg_{}", "0".repeat(52)), format!("cnv_{}", "0".repeat(26)));
    let contact = format!("con_{}", "0".repeat(26));
    for (method, path) in [
        ("GET", format!("/v1/messages/{message}")),
        ("DELETE", format!("/v1/messages/{message}")),
        ("GET", "/v1/messages/msg_1".into()),
        ("GET", format!("/v1/messages/{conversation}")),
        ("GET", format!("/v1/conversations/{conversation}")),
        ("GET", format!("/v1/conversations/{conversation}/messages")),
        ("POST", format!("/v1/conversations/{conversation}/close")),
        ("POST", format!("/v1/conversations/{conversation}/archive")),
        ("GET", format!("/v1/contacts/{contact}")),
        ("POST", format!("/v1/contacts/{contact}/opt-out")),
        ("GET", "/v1/channels/nobody".into()),
        ("GET", "/v1/endpoints/nobody".into()),
        ("GET", "/v1/templates/nobody/en".into()),
        ("POST", "/v1/parked/2026-03-01.1.a/retry".into()),
        ("POST", "/v1/parked/nonsense/retry".into()),
        ("GET", "/v1/nothing".into()),
    ] {
        blamed(world.api(method, &path, Value::Null).await, 404);
    }
    blamed(world.api("PATCH", &format!("/v1/contacts/{contact}"), json!({ "name": "x" })).await, 404);
    blamed(world.api("POST", &format!("/v1/contacts/{contact}/merge"), json!({ "contact": contact })).await, 404);
}

/// Fault matrix D20.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_key_gives_the_same_message_and_another_body_is_refused() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let body = |words: &str| {
        json!({ "channel": "demo-whatsapp", "to": { "phone": "+16505550111" },
            "content": { "type": "text", "body": words } })
        .to_string()
        .into_bytes()
    };
    let post = async |key: &str, words: &str| {
        world.api_with("POST", "/v1/messages", &[("idempotency-key", key)], body(words)).await
    };
    let (status, first) = post("a", "One").await;
    assert_eq!(status, 202);
    for _ in 0..3 {
        assert_eq!(post("a", "One").await.1["id"], first["id"]);
        world.settle().await;
    }
    assert_eq!(post("a", "Two").await.0, 409);
    let (_, other) = post("b", "One").await;
    assert_ne!(other["id"], first["id"]);
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["One", "One"]);
    // Also days later, when everything about it would be decided otherwise.
    world.turn("PT96H").await;
    let (status, again) = post("a", "One").await;
    assert_eq!((status, &again["id"], &again["state"]), (202, &first["id"], &json!("read")));
    for bad in ["", "with a space", &"k".repeat(256)] {
        assert_eq!(blamed(post(bad, "One").await, 400), "Idempotency-Key", "{bad:?}");
    }
    // Two at once are one.
    let (left, right) = tokio::join!(post("c", "Three"), post("c", "Three"));
    assert_eq!(left.1["id"], right.1["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_not_left_can_be_taken_back_and_what_has_cannot() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let delete = async |id: &str| world.api("DELETE", &format!("/v1/messages/{id}"), Value::Null).await;
    // Queued: the stream is not followed yet.
    let queued = world.say(ANA, "Never mind").await.to_string();
    for _ in 0..2 {
        let (status, it) = delete(&queued).await;
        assert_eq!((status, &it["state"], &it["reason"]["code"]), (200, &json!("cancelled"), &json!("taken_back")));
    }
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), Vec::<String>::new());
    // Sent.
    let sent = world.say(ANA, "Too late").await.to_string();
    world.settle().await;
    blamed(delete(&sent).await, 409);
    assert_eq!(world.texts_sent_to(ANA), ["Too late"]);
    // Held, and then the customer writes.
    world.turn("PT30H").await;
    let held = world.say(ANA, "Not needed any more").await.to_string();
    let kept = world.say(ANA, "Still true").await;
    world.settle().await;
    assert_eq!(delete(&held).await.1["state"], "cancelled");
    world.writes(ANA, "Hello again").await;
    assert_eq!(world.texts_sent_to(ANA), ["Too late", "Still true"]);
    assert_eq!(world.state_of(kept).await, "read");
    blamed(delete(&held.replace("msg_", "msg")).await, 404);
    // What the customer wrote is not ours to take back.
    let theirs = world.messages(ANA).await.iter().find(|it| it["direction"] == "inbound").unwrap()["id"].clone();
    blamed(delete(theirs.as_str().unwrap()).await, 409);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_paged_whole_and_a_cursor_that_is_none_is_refused() {
    let world = World::new().await;
    let now = world.now();
    let said: Vec<Value> = (0..12_u32)
        .map(|number| {
            text(
                ANA,
                &format!("wamid.{number}"),
                now - jiff::SignedDuration::from_secs(number.into()),
                &number.to_string(),
            )
        })
        .chain((0..5_u32).map(|number| text(&format!("1650558{number:04}"), &format!("wamid.p{number}"), now, "Hello")))
        .collect();
    assert_eq!(world.meta_posts(&messages(&said)).await, 200);
    world.settle().await;
    let conversation = world.conversation(ANA).await["id"].as_str().unwrap().to_owned();
    let mut cursors = Vec::new();
    for (path, total) in [(format!("/v1/conversations/{conversation}/messages"), 12), ("/v1/conversations".into(), 6)] {
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        for _ in 0..20 {
            let query =
                cursor.take().map_or_else(|| "?limit=5".to_owned(), |cursor| format!("?limit=5&cursor={cursor}"));
            let (status, page) = world.api("GET", &format!("{path}{query}"), Value::Null).await;
            assert_eq!(status, 200, "{page}");
            seen.extend(page["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
            match page["next_cursor"].as_str() {
                Some(next) => {
                    cursors.push(next.to_owned());
                    cursor = Some(next.to_owned());
                }
                None => break,
            }
        }
        assert_eq!(seen.len(), total, "{path}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), total, "{path}");
    }
    let of_messages = &cursors[0];
    for (query, field) in [
        ("cursor=", "cursor"),
        ("cursor=nonsense", "cursor"),
        ("cursor=%00", "cursor"),
        (&*format!("cursor={of_messages}"), "cursor"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=many", "limit"),
        ("state=lost", "state"),
        ("colour=red", "colour"),
        ("limit=1&limit=2", "limit"),
    ] {
        let answer = world.api("GET", &format!("/v1/conversations?{query}"), Value::Null).await;
        assert_eq!(blamed(answer, 400), field, "{query}");
    }
}

/// (Fault matrix I-4.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_settings_are_refused_by_the_name_of_their_field() {
    let world = World::new().await;
    let (_, ladder) = world.api("GET", "/v1/ladder", Value::Null).await;
    let mut unknown_template = ladder.clone();
    unknown_template["steps"][2]["do"]["template"] = json!("nobody");
    let answer = world.api("PUT", "/v1/ladder", unknown_template).await;
    assert!(blamed(answer, 422).starts_with("steps[2].do"));
    let mut odd = ladder.clone();
    odd["steps"][0]["when"]["moment"] = json!("some_day");
    assert!(blamed(world.api("PUT", "/v1/ladder", odd).await, 422).starts_with("steps[0].when"));
    let mut odd = ladder.clone();
    odd["default_language"] = json!("English");
    assert_eq!(blamed(world.api("PUT", "/v1/ladder", odd).await, 422), "default_language");
    let (_, mut endpoint) = world.api("GET", "/v1/endpoints/demo-whatsapp", Value::Null).await;
    endpoint["numbers"]["555"] = json!("nobody");
    assert_eq!(blamed(world.api("PUT", "/v1/endpoints/demo-whatsapp", endpoint).await, 422), "numbers.555");
    assert_eq!(world.api("GET", "/v1/ladder", Value::Null).await.1, ladder);
}

// ---- the local system -----------------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clock_turns_only_forward_and_by_a_duration() {
    let world = World::new().await;
    let before = world.now();
    for body in [
        "",
        "PT1H",
        "{}",
        "[]",
        r#"{"advance": 5}"#,
        r#"{"advance": null}"#,
        r#"{"advance": ""}"#,
        r#"{"advance": "tomorrow"}"#,
        r#"{"advance": "-PT1H"}"#,
        r#"{"advance": "P1M"}"#,
        r#"{"advance": "P1Y"}"#,
        r#"{"advance": "PT9999999999H"}"#,
        r#"{"advance": "P100000000D"}"#,
    ] {
        let (status, problem) = answer(world.http("POST", "/local/clock").body(body)).await;
        assert_eq!((status, &problem["field"]), (400, &json!("advance")), "{body}: {problem}");
    }
    assert_eq!(world.now(), before);
    let (status, said) = answer(world.http("POST", "/local/clock").body(r#"{"advance": "P1DT30M"}"#)).await;
    assert_eq!((status, said["now"].as_str().unwrap()), (200, "2026-03-02T09:30:00Z"));
    assert_eq!(answer(world.http("GET", "/local/clock")).await.1["now"], "2026-03-02T09:30:00Z");
    assert_eq!(answer(world.http("PUT", "/local/clock")).await.0, 405);
}
