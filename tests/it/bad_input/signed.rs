//! Signed bodies that are broken or absurd: taken, and kept as messages or parked records.

use serde_json::{Value, json};

use crate::{
    calls::{META_NUMBER, TWILIO_WHATSAPP, body_of, change, messages, text},
    world::{ANA, BEN, CARLA, World},
};

async fn parked(world: &World) -> Vec<Value> {
    let (status, list) = world.api("GET", "/v1/parked?limit=100", Value::Null).await;
    assert_eq!(status, 200, "{list}");
    list["data"].as_array().expect("a list").clone()
}

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
