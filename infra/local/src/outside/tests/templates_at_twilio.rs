//! Templates at Twilio: content, and its approval by WhatsApp.

use super::*;

#[track_caller]
fn refused(answer: &(u16, Value), status: u16, code: i64) {
    assert_eq!((answer.0, answer.1["code"].as_i64()), (status, Some(code)), "{}", answer.1);
    assert_eq!(answer.1["status"], status);
}

fn booking() -> Value {
    json!({"friendly_name": "booking", "language": "en", "variables": {"1": "Ana", "2": "tomorrow"}, "types": {
        "twilio/text": {"body": "Hello {{1}}, we look forward to seeing you here on {{2}}."},
        "twilio/quick-reply": {"body": "Hello {{1}}, we look forward to seeing you here {{2}}.",
            "actions": [{"type": "QUICK_REPLY", "title": "Thanks", "id": "thanks"}]}}})
}

fn text(body: &str, variables: &Value) -> Value {
    json!({"language": "en", "variables": variables, "types": {"twilio/text": {"body": body}}})
}

async fn create(world: &World, content: Value) -> String {
    let (status, made) = world.content("POST", "Content", content).await;
    assert_eq!(status, 201, "{made}");
    made["sid"].as_str().unwrap().to_owned()
}

async fn submit(world: &World, sid: &str, name: &str) -> (u16, Value) {
    let asked = json!({"name": name, "category": "UTILITY", "allow_category_change": true});
    world.content("POST", &format!("Content/{sid}/ApprovalRequests/whatsapp"), asked).await
}

async fn approval(world: &World, sid: &str) -> Value {
    world.content("GET", &format!("Content/{sid}/ApprovalRequests"), json!({})).await.1["whatsapp"].clone()
}

#[tokio::test]
async fn content_is_created_submitted_and_approved_without_a_webhook() {
    let world = World::new();
    let sid = create(&world, booking()).await;
    assert!(sid.starts_with("HX") && sid.len() == 34);
    let (_, shown) = world.content("GET", &format!("Content/{sid}"), json!({})).await;
    for field in ["friendly_name", "language", "variables", "types"] {
        assert_eq!(shown[field], booking()[field], "{field}");
    }
    let create_link = format!("http://twilio.example/twilio/v1/Content/{sid}/ApprovalRequests/whatsapp");
    assert_eq!((&shown["account_sid"], &shown["links"]["approval_create"]), (&json!("AC1"), &json!(create_link)));
    assert_eq!(approval(&world, &sid).await["status"], "unsubmitted");
    let (status, asked) = submit(&world, &sid, "booking").await;
    assert_eq!(
        (status, &asked["status"], &asked["content_type"]),
        (201, &json!("received"), &json!("twilio/quick-reply"))
    );
    assert_eq!(approval(&world, &sid).await["status"], "pending");
    world.turn(59);
    assert_eq!(world.webhooks(0), []);
    assert_eq!(approval(&world, &sid).await["status"], "pending");
    assert_eq!(world.webhooks(1), []);
    let approved = approval(&world, &sid).await;
    assert_eq!((&approved["status"], &approved["name"]), (&json!("approved"), &json!("booking")));
}

#[tokio::test]
async fn content_of_another_account_or_none_is_not_found() {
    let world = World::new();
    for (method, path) in [("GET", "Content/HX1"), ("DELETE", "Content/HX1"), ("GET", "Content/HX1/ApprovalRequests")] {
        refused(&world.content(method, path, json!({})).await, 404, 20404);
    }
    refused(&submit(&world, "HX1", "x").await, 404, 20404);
    let (status, _) = world.outside.call("GET", "/twilio/v1/ContentAndApprovals", &[], vec![]).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn content_that_twilio_does_not_understand_is_refused() {
    let world = World::new();
    let many = (1..=101).map(|number| format!("{{{{{number}}}}}")).collect::<Vec<_>>().join(" ");
    let of = |types: Value| json!({"language": "en", "types": types});
    for wrong in [
        json!({"types": {"twilio/text": {"body": "Hello"}}}),
        json!({"language": "klingon", "types": {"twilio/text": {"body": "Hello"}}}),
        json!({"language": "en", "variables": {"1": 2}, "types": {"twilio/text": {"body": "Hello"}}}),
        of(json!({})),
        of(json!({"twilio/list-picker": {"body": "Hello"}})),
        of(json!({"twilio/text": {"body": " "}})),
        of(json!({"twilio/quick-reply": {"body": "Hello"}})),
        of(
            json!({"twilio/quick-reply": {"body": "Hello", "actions": [{"type": "URL", "title": "x", "url": "https://x"}]}}),
        ),
        of(json!({"twilio/call-to-action": {"body": "Hello", "actions": [{"type": "URL", "title": "Open"}]}})),
        of(json!({"whatsapp/card": {"body": "Hello", "header_text": "Hi", "media": ["https://x.example/a.png"]}})),
        of(json!({"twilio/text": {"body": "Hello {{2}}, how are you"}})),
        of(json!({"twilio/text": {"body": "Hello {{1}} and {{3}}, how are you"}})),
        of(json!({"twilio/text": {"body": "Hello {{name}}, how are you"}})),
        of(json!({"twilio/text": {"body": many}})),
    ] {
        refused(&world.content("POST", "Content", wrong).await, 400, 20001);
    }
}

#[tokio::test]
async fn whatsapp_is_asked_only_for_what_it_may_approve() {
    let world = World::new();
    for content in [
        text("Hello {{1}}, we look forward to seeing you.", &json!({})),
        text("Hello {{1}}, we look forward to seeing you.", &json!({"1": " "})),
        text("Hello {{1}}, bye.", &json!({"1": "Ana"})),
        text("{{1}}, we look forward to seeing you.", &json!({"1": "Ana"})),
        text(&"x".repeat(1025), &json!({})),
    ] {
        let sid = create(&world, content).await;
        refused(&submit(&world, &sid, "fine").await, 400, 20001);
    }
    let sid = create(&world, booking()).await;
    for name in ["Booking", "booking reminder", ""] {
        refused(&submit(&world, &sid, name).await, 400, 20001);
    }
    let asked = json!({"name": "booking", "category": "SERVICE"});
    refused(&world.content("POST", &format!("Content/{sid}/ApprovalRequests/whatsapp"), asked).await, 400, 20001);
    assert_eq!(submit(&world, &sid, "booking").await.0, 201);
    refused(&submit(&world, &sid, "booking_2").await, 400, 92009);
}

#[tokio::test]
async fn a_name_is_used_once_in_a_language_even_if_it_was_rejected_or_deleted() {
    let world = World::new();
    let bad = create(&world, text("Come to our casino", &json!({}))).await;
    submit(&world, &bad, "casino").await;
    world.webhooks(60);
    let rejected = approval(&world, &bad).await;
    assert_eq!((&rejected["status"], &rejected["rejection_reason"]), (&json!("rejected"), &json!("ABUSIVE_CONTENT")));
    refused(&submit(&world, &bad, "casino").await, 400, 20001);
    assert_eq!(submit(&world, &bad, "casino_2").await.0, 201);
    let other = create(&world, booking()).await;
    for used in ["casino", "casino_2", "waiting"] {
        refused(&submit(&world, &other, used).await, 400, 20001);
    }
    assert_eq!(submit(&world, &other, "booking").await.0, 201);
    assert_eq!(world.content("DELETE", &format!("Content/{other}"), json!({})).await.0, 204);
    refused(&world.content("GET", &format!("Content/{other}"), json!({})).await, 404, 20404);
    let again = create(&world, booking()).await;
    refused(&submit(&world, &again, "booking").await, 400, 20001);
    let spanish = create(&world, json!({"language": "es", "types": {"twilio/text": {"body": "Hola"}}})).await;
    assert_eq!(submit(&world, &spanish, "booking").await.0, 201);
}

#[tokio::test]
async fn what_is_promotional_becomes_marketing_only_if_that_is_allowed() {
    let world = World::new();
    let submit = async |name: &str, body: &str, allowed: bool| {
        let sid = create(&world, text(body, &json!({}))).await;
        let asked = json!({"name": name, "category": "UTILITY", "allow_category_change": allowed});
        world.content("POST", &format!("Content/{sid}/ApprovalRequests/whatsapp"), asked).await;
        world.webhooks(60);
        approval(&world, &sid).await
    };
    let allowed = submit("a", "Here is a discount", true).await;
    assert_eq!((&allowed["status"], &allowed["category"]), (&json!("approved"), &json!("MARKETING")));
    let fixed = submit("b", "Here is a discount too", false).await;
    assert_eq!((&fixed["status"], &fixed["rejection_reason"]), (&json!("rejected"), &json!("INCORRECT_CATEGORY")));
}

#[tokio::test]
async fn the_list_comes_in_pages_that_name_the_next() {
    let world = World::new();
    let mut sids = vec!["HXwaiting".to_owned(), "HXpaused".to_owned()];
    for _ in 0..3 {
        sids.push(create(&world, booking()).await);
    }
    let mut path = "ContentAndApprovals?PageSize=500".to_owned();
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let (status, page) = world.content("GET", &path, json!({})).await;
        assert_eq!(status, 200, "{page}");
        pages += 1;
        found.extend(list(&page["contents"]));
        let Some(next) = page["meta"]["next_page_url"].as_str() else { break };
        path = next.strip_prefix("http://twilio.example/twilio/v1/").unwrap().to_owned();
    }
    assert_eq!(pages, 2);
    assert_eq!(found.iter().map(|content| content["sid"].as_str().unwrap()).collect::<Vec<_>>(), sids);
    let states: Vec<_> = found.iter().map(|content| content["approval_requests"]["status"].as_str().unwrap()).collect();
    assert_eq!(states, ["approved", "paused", "unsubmitted", "unsubmitted", "unsubmitted"]);
    let (_, plain) = world.content("GET", "Content?PageSize=1", json!({})).await;
    assert_eq!((list(&plain["contents"]).len(), &plain["contents"][0]["approval_requests"]), (1, &Value::Null));
    for wrong in ["Page=1", "PageToken=x", "PageSize=0", "PageSize=x"] {
        refused(&world.content("GET", &format!("ContentAndApprovals?{wrong}"), json!({})).await, 400, 20001);
    }
}

#[tokio::test]
async fn a_card_with_everything_is_sent_with_its_values_and_gives_its_ids_back() {
    let world = World::new();
    let card = json!({"language": "en", "variables": {"1": "Ana", "2": "12", "3": "a17", "4": "ok"}, "types": {"whatsapp/card": {
        "header_text": "Room {{2}}", "body": "Hello {{1}}, your room is ready now.", "footer": "Hotel Transom", "actions": [
            {"type": "QUICK_REPLY", "title": "Thanks", "id": "thanks_{{4}}"},
            {"type": "URL", "title": "See it", "url": "https://x.example/{{3}}"}]}}});
    let sid = create(&world, card).await;
    let send =
        async |variables: &str| world.twilio_whatsapp(&[("ContentSid", &sid), ("ContentVariables", variables)]).await;
    for wrong in ["{}", r#"{"1":"Ana","2":"12","3":"b"}"#, r#"{"1":"Ana","2":"12","3":"b","5":"x"}"#] {
        refused(&send(wrong).await, 400, 21656);
    }
    // Not approved: only within the window.
    assert_eq!(send(r#"{"1":"Ana","2":"12","3":"b","4":"id"}"#).await.0, 201);
    assert_eq!(world.outside.accepted().unwrap()[0].violations, ["template_not_approved"]);
    world.callbacks();
    world.writes("twilio-whatsapp", "Hello");
    send(r#"{"1":"Ana","2":"12","3":"b","4":"id"}"#).await;
    assert!(world.outside.accepted().unwrap()[1].violations.is_empty());
    let thread = &world.outside.handset(ANA).unwrap().threads[1];
    let shown = thread.messages.last().unwrap();
    assert_eq!(shown.text, "Room 12\nHello Ana, your room is ready now.\nHotel Transom\n[See it] https://x.example/b");
    world.webhooks(10);
    let tap = json!({"to": "twilio-whatsapp", "button": "Thanks"});
    world.control("POST", &format!("/outside/customers/{ANA}/messages"), tap).await;
    let form = form_of(&world.webhooks(0)[0]);
    assert_eq!((field(&form, "ButtonText"), field(&form, "ButtonPayload")), (Some("Thanks"), Some("thanks_id")));
}

#[tokio::test]
async fn what_whatsapp_does_not_deliver_is_reported_with_its_code() {
    let world = World::new();
    let sid = create(&world, text("Hello {{1}}, we look forward to seeing you.", &json!({"1": "Ana"}))).await;
    submit(&world, &sid, "seeing").await;
    let send = async |value: &str| {
        let variables = json!({"1": value}).to_string();
        world.twilio_whatsapp(&[("ContentSid", &sid), ("ContentVariables", &variables)]).await;
        let codes = world.callbacks().into_iter().filter_map(|(_, form)| field(&form, "ErrorCode").map(str::to_owned));
        codes.collect::<Vec<_>>()
    };
    assert_eq!(send("Ana").await, ["63016"], "still pending");
    world.webhooks(60);
    assert_eq!(send("Ana").await, [""; 0]);
    assert_eq!(send("A\nB").await, ["63013"]);
    assert_eq!(send(&"x".repeat(1024)).await, ["63021"]);
    for (status, code) in [("paused", "63041"), ("disabled", "63042"), ("rejected", "63040")] {
        assert_eq!(world.control("POST", &format!("/outside/templates/{sid}"), json!({"status": status})).await.0, 200);
        assert_eq!(send("Ana").await, [code], "and Twilio told nobody of it");
    }
}
