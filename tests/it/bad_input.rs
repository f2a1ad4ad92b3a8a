//! Input that is broken, absurd or hostile: what a provider signed is kept, whatever it is; what a client sent is refused
//! with the field that is wrong.

use serde_json::{Value, json};

use crate::{
    calls::{META_NUMBER, TWILIO_WHATSAPP, body_of, change, messages, text},
    world::{ANA, BEN, CARLA, World, answer},
};

async fn parked(world: &World) -> Vec<Value> {
    let (status, list) = world.api("GET", "/v1/parked?limit=100", Value::Null).await;
    assert_eq!(status, 200, "{list}");
    list["data"].as_array().expect("a list").clone()
}

// ---- webhooks -------------------------------------------------------------------------------------------------------

/// Fault matrix A11: refusing would make the provider repeat it for days and then drop what is good in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_body_that_is_no_message_at_all_is_taken_and_parked_once() {
    let world = World::new().await;
    let good = messages(&[text(ANA, "wamid.1", world.now(), "Hello")]).to_string();
    let bodies: Vec<Vec<u8>> = vec![
        Vec::new(),
        b" ".to_vec(),
        b"nonsense".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"0".to_vec(),
        b"\"text\"".to_vec(),
        b"{}".to_vec(),
        b"{\"entry\":5}".to_vec(),
        b"{\"entry\":[null]}".to_vec(),
        b"{\"entry\":[{\"changes\":{}}]}".to_vec(),
        b"{\"entry\":[{\"changes\":[{\"value\":{}}]}]}".to_vec(),
        b"{\"entry\":[{\"changes\":[{\"field\":\"messages\"}]}]}".to_vec(),
        b"\xff\xfe\x00\x01".to_vec(),
        good.as_bytes()[..good.len() / 2].to_vec(),
        format!("{good}{good}").into_bytes(),
        format!("{good} x").into_bytes(),
        vec![b'['; 100_000],
        "{\"a\":".repeat(50_000).into_bytes(),
    ];
    for body in &bodies {
        for _ in 0..2 {
            let said = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            assert_eq!(world.meta_posts_bytes(body).await, 200, "{said}");
        }
    }
    world.settle().await;
    let parked = parked(&world).await;
    assert_eq!(parked.len(), bodies.len(), "each is kept, and kept once");
    assert!(parked.iter().all(|record| record["why"].is_string() && !record["element"].is_null()));
    // They cannot be handled today either, and say why.
    let retry = format!("/v1/parked/{}/retry", parked[0]["id"].as_str().unwrap());
    let (status, problem) = world.api("POST", &retry, Value::Null).await;
    assert_eq!(status, 409, "{problem}");
    assert!(world.family(ANA).await.is_none());
}

/// Fault matrix A9 and A10: one bad element costs itself alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_type_in_a_known_field_costs_its_element_and_nothing_beside_it() {
    let world = World::new().await;
    let now = world.now();
    let good = |number: u32| text(ANA, &format!("wamid.good{number}"), now, &format!("good {number}"));
    let bad = |field: &str, value: Value| {
        let mut message = text(BEN, &format!("wamid.{field}{value}"), now, "bad");
        message[field] = value;
        message
    };
    let unreadable = [
        Value::Null,
        json!(7),
        json!("text"),
        json!([]),
        json!({}),
        bad("id", Value::Null),
        bad("id", json!({})),
        bad("from", Value::Null),
        bad("from", json!(["+16505550122"])),
        bad("from", json!("the front desk")),
        bad("from", json!("")),
        bad("group_id", json!("a group")),
    ];
    // These say less than they should, and are still the customer's words.
    let kept = [
        bad("text", json!("bad")),
        bad("text", json!({ "body": { "a": 1 } })),
        bad("type", json!(5)),
        bad("type", Value::Null),
        bad("timestamp", json!({})),
        bad("context", json!("x")),
        bad("id", json!(12_345)),
        bad("new_field", json!({ "deep": [1, 2, { "er": null }] })),
    ];
    let mut all = vec![good(1)];
    all.extend(unreadable.iter().cloned());
    all.push(good(2));
    all.extend(kept.iter().cloned());
    all.push(good(3));
    for _ in 0..2 {
        assert_eq!(world.meta_posts(&messages(&all)).await, 200);
    }
    world.settle().await;
    assert_eq!(world.messages(ANA).await.len(), 3);
    assert_eq!(world.messages(BEN).await.len(), kept.len());
    let parked = parked(&world).await;
    assert_eq!(parked.len(), unreadable.len());
    assert!(parked.iter().any(|record| record["why"].as_str().unwrap().contains("messages[6].id")), "{parked:#?}");
    // A list that is none, beside one that is.
    let mut odd = change(META_NUMBER, &[text(CARLA, "wamid.c", now, "here")], &[]);
    odd["value"]["statuses"] = json!("read");
    odd["value"]["contacts"] = json!(9);
    assert_eq!(world.meta_posts(&body_of(&[odd, json!(1)])).await, 200);
    assert_eq!(world.messages(CARLA).await.len(), 1);
}

/// Fault matrix A12 and A13.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_deep_doubled_and_damaged_texts_lose_nothing() {
    let world = World::new().await;
    let now = world.now();
    // The largest body that Meta sends, in one message that no row could hold.
    let long = "é".repeat(1_450_000);
    let body = messages(&[text(ANA, "wamid.long", now, &long)]);
    assert!(body.to_string().len() < 3 * 1024 * 1024);
    assert_eq!(world.meta_posts(&body).await, 200);
    world.settle().await;
    let said = world.messages(ANA).await;
    assert!(said[0]["content"]["body"].as_str() == Some(&long), "the whole text is there");

    // Deeper than anybody parses; a name twice; half of a pair of surrogates; a zero byte; numbers without an end.
    let seconds = now.as_second();
    let wrap = |message: String| {
        let shell = messages(&[json!("HERE")]).to_string();
        shell.replace("\"HERE\"", &message).into_bytes()
    };
    let head = |id: &str| format!(r#""from":"{BEN}","id":"{id}","timestamp":"{seconds}""#);
    let (deep, end) = ("[".repeat(20_000), "]".repeat(20_000));
    for message in [
        format!(r#"{{{},"type":"poll","poll":{deep}1{end}}}"#, head("wamid.deep")),
        format!(
            r#"{{{},"type":"text","type":"text","text":{{"body":"one"}},"text":{{"body":"two"}}}}"#,
            head("wamid.double")
        ),
        format!(r#"{{{},"type":"text","text":{{"body":"half \ud83d here"}}}}"#, head("wamid.half")),
        format!(r#"{{{},"type":"text","text":{{"body":"a\u0000b"}}}}"#, head("wamid.zero")),
        format!(r#"{{{},"type":"text","text":{{"body":1{}}}}}"#, head("wamid.number"), "0".repeat(400)),
        format!(r#"{{{},"type":"text","text":{{"body":""}}}}"#, head("wamid.empty")),
    ] {
        let short: String = message.chars().take(90).collect();
        for _ in 0..2 {
            assert_eq!(world.meta_posts_bytes(&wrap(message.clone())).await, 200, "{short}");
        }
    }
    world.settle().await;
    let said = world.messages(BEN).await;
    let kept = said.len() + parked(&world).await.len();
    assert_eq!(kept, 6, "each is a message or parked: {said:#?}");
    assert!(said.iter().any(|message| message["content"]["body"] == "a\u{0}b"));
    // A text of a megabyte is answered like any other.
    world.writes(ANA, "And?").await;
    world.say(ANA, "That was long").await;
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["That was long"]);
}

/// Fault matrix A11, for forms.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_form_that_says_nothing_is_taken_and_parked() {
    let world = World::new().await;
    let forms: [&[(&str, &str)]; 5] = [
        &[],
        &[("Body", "Hello")],
        &[("MessageSid", "SM1"), ("Body", "no number"), ("From", "whatsapp:+16505550111")],
        &[("MessageSid", "SM2"), ("From", "whatsapp:BANK"), ("To", TWILIO_WHATSAPP), ("Body", "x")],
        &[("MessageSid", "SM3"), ("MessageStatus", "delivered")],
    ];
    for form in forms {
        assert_eq!(world.twilio_posts("demo-twilio", "", form).await, 200, "{form:?}");
    }
    assert_eq!(parked(&world).await.len(), forms.len());
}

// ---- the API --------------------------------------------------------------------------------------------------------

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
        (of_template("language", json!("de")), 422, "content.name"),
        (of_template("values", json!({})), 422, "content.values"),
        (of_template("values", json!({ "guest_name": "Ana", "more": "x" })), 422, "content.values"),
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

/// Fault matrix D23.
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
