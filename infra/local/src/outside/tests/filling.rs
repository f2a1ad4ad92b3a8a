//! Templates sent at Meta: what their components must be filled with.

use super::*;

#[track_caller]
fn refused(answer: &(u16, Value), status: u16, code: i64, about: &str) {
    assert_eq!((answer.0, answer.1["error"]["code"].as_i64()), (status, Some(code)), "{}", answer.1);
    let details = answer.1["error"]["error_data"]["details"].as_str().unwrap_or_default();
    assert!(details.starts_with(about), "{details}");
}

fn rich() -> Value {
    json!({"name": "rich", "language": "en", "category": "MARKETING", "parameter_format": "NAMED", "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Order {{order_no}}",
            "example": {"header_text_named_params": [{"param_name": "order_no", "example": "A-17"}]}},
        {"type": "BODY", "text": "Hello {{guest}}, your order leaves today.",
            "example": {"body_text_named_params": [{"param_name": "guest", "example": "Ana"}]}},
        {"type": "FOOTER", "text": "Hotel Transom"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Thanks"},
            {"type": "URL", "text": "Track", "url": "https://x.example/t/{{1}}", "example": ["A-17"]},
            {"type": "URL", "text": "Help", "url": "https://x.example/help"}]}]})
}

fn named(name: &str, text: &str) -> Value {
    json!({"type": "text", "parameter_name": name, "text": text})
}

fn plain(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn header(parameters: &Value) -> Value {
    json!({"type": "header", "parameters": parameters})
}

fn body() -> Value {
    json!({"type": "body", "parameters": [named("guest", "Ana")]})
}

fn button(sub_type: &str, index: u8, parameters: &Value) -> Value {
    json!({"type": "button", "sub_type": sub_type, "index": index, "parameters": parameters})
}

async fn send(world: &World, name: &str, components: Value) -> (u16, Value) {
    let template = json!({"name": name, "language": {"code": "en"}, "components": components});
    world.meta(json!({"messaging_product": "whatsapp", "to": ANA, "type": "template", "template": template})).await
}

#[tokio::test]
async fn every_component_is_filled_and_shown() {
    let world = World::new();
    world.approved(rich()).await;
    let track = || json!({"type": "button", "sub_type": "url", "index": "1", "parameters": [plain("b-9")]});
    let components = json!([
        header(&json!([named("order_no", "B-9")])),
        body(),
        track(),
        button("quick_reply", 0, &json!([{"type": "payload", "payload": "thanks:42"}]))
    ]);
    assert_eq!(send(&world, "rich", components).await.0, 200);
    let message = world.outside.handset(ANA).unwrap().threads[0].messages[0].clone();
    assert_eq!(
        message.text,
        "Order B-9\nHello Ana, your order leaves today.\nHotel Transom\n[Track] https://x.example/t/b-9\n[Help] https://x.example/help"
    );
    assert_eq!(message.buttons, ["Thanks"]);
    assert_eq!(world.statuses()[0]["pricing"]["category"], "marketing");
    world.control("POST", &format!("/outside/customers/{ANA}/messages"), json!({"button": "Thanks"})).await;
    let tapped = &values(&json_of(&world.webhooks(0)[0]))[0]["messages"][0];
    assert_eq!(tapped["button"], json!({"payload": "thanks:42", "text": "Thanks"}));
}

#[tokio::test]
async fn a_component_that_is_missing_or_does_not_fit_is_refused() {
    let world = World::new();
    world.approved(rich()).await;
    let order = || header(&json!([named("order_no", "B-9")]));
    let track = |text: &str| button("url", 1, &json!([plain(text)]));
    let check = async |components: Value, status: u16, code: i64, about: &str| {
        refused(&send(&world, "rich", components).await, status, code, about);
    };
    check(json!([body(), track("b")]), 400, 132_000, "header").await;
    check(json!([header(&json!([])), body(), track("b")]), 400, 132_000, "header").await;
    check(json!([header(&json!([plain("B-9")])), body(), track("b")]), 400, 132_012, "header").await;
    check(
        json!([header(&json!([{"type": "image", "image": {"id": "1"}}])), body(), track("b")]),
        400,
        132_012,
        "header",
    )
    .await;
    check(json!([header(&json!([named("order_no", &"x".repeat(55))])), body(), track("b")]), 400, 132_005, "").await;
    check(json!([header(&json!([named("order_no", "a\tb")])), body(), track("b")]), 400, 132_018, "").await;
    check(json!([order(), track("b")]), 400, 132_000, "body").await;
    check(json!([order(), body()]), 400, 132_000, "button 1").await;
    check(json!([order(), body(), button("url", 1, &json!([]))]), 400, 132_000, "button 1").await;
    check(json!([order(), body(), button("url", 0, &json!([plain("b")]))]), 400, 132_012, "button 0").await;
    check(json!([order(), body(), track("b"), button("url", 2, &json!([plain("b")]))]), 400, 132_000, "button 2").await;
    check(json!([order(), body(), track("b"), button("url", 3, &json!([plain("b")]))]), 400, 132_012, "button 3").await;
    check(json!([order(), body(), track("b"), track("c")]), 400, 132_012, "button 1").await;
    check(json!([order(), body(), track("a\nb")]), 400, 132_018, "").await;
    check(json!([order(), body(), track(&"x".repeat(1990))]), 400, 132_005, "").await;
    check(json!([order(), body(), {"type": "footer"}]), 400, 132_012, "footer").await;
    assert_eq!(world.outside.accepted().unwrap(), []);
    assert_eq!(send(&world, "rich", json!([order(), body(), track("b")])).await.0, 200);
}

#[tokio::test]
async fn what_a_template_does_not_have_is_not_filled() {
    let world = World::new();
    let guest = || json!({"type": "body", "parameters": [named("guest", "Ana")]});
    refused(&send(&world, "waiting", json!([header(&json!([plain("x")])), guest()])).await, 400, 132_000, "header");
    let twice = || json!([{"type": "body", "parameters": [named("guest", "Ana"), named("guest", "Ben")]}]);
    refused(&send(&world, "waiting", twice()).await, 400, 132_000, "body");
    let two = json!({"name": "two", "language": "en", "category": "UTILITY", "parameter_format": "NAMED", "components": [
        {"type": "BODY", "text": "Hello {{guest}}, your room {{room}} is ready now.",
            "example": {"body_text_named_params": [{"param_name": "guest", "example": "Ana"},
                {"param_name": "room", "example": "12"}]}}]});
    world.approved(two).await;
    refused(&send(&world, "two", twice()).await, 400, 132_012, "body");
    let long = json!([{"type": "body", "parameters": [named("guest", &"x".repeat(1010))]}]);
    refused(&send(&world, "waiting", long).await, 400, 132_005, "");
}

#[tokio::test]
async fn positions_pictures_places_and_codes_are_filled_in_their_own_way() {
    let world = World::new();
    let with_header = |name: &str, header: Value, buttons: Value| {
        let body = json!({"type": "BODY", "text": format!("Hello {{{{1}}}}, this is {name} for you."),
            "example": {"body_text": [["Ana"]]}});
        let buttons = json!({"type": "BUTTONS", "buttons": buttons});
        json!({"name": name, "language": "en", "category": "UTILITY", "components": [header, body, buttons]})
    };
    let picture = json!({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::a"]}});
    let place = json!({"type": "HEADER", "format": "LOCATION"});
    let code = json!([{"type": "COPY_CODE", "example": "25OFF"}]);
    world.approved(with_header("picture", picture, code)).await;
    world.approved(with_header("place", place, json!([]))).await;
    let ana = || json!({"type": "body", "parameters": [plain("Ana")]});
    let coupon = || button("copy_code", 0, &json!([{"type": "coupon_code", "coupon_code": "30OFF"}]));
    let image = || header(&json!([{"type": "image", "image": {"link": "https://x.example/a.png"}}]));
    refused(&send(&world, "picture", json!([ana(), coupon()])).await, 400, 132_012, "header");
    refused(&send(&world, "picture", json!([image(), ana()])).await, 400, 132_000, "button 0");
    let by_name = json!({"type": "body", "parameters": [named("1", "Ana")]});
    refused(&send(&world, "picture", json!([image(), by_name, coupon()])).await, 400, 132_012, "body");
    assert_eq!(send(&world, "picture", json!([image(), ana(), coupon()])).await.0, 200);
    let spot = header(&json!([{"type": "location", "location": {"latitude": 1.5, "longitude": 2.5}}]));
    refused(&send(&world, "place", json!([ana()])).await, 400, 132_012, "header");
    assert_eq!(send(&world, "place", json!([spot, ana()])).await.0, 200);
    let texts: Vec<_> = world.outside.accepted().unwrap().into_iter().map(|item| item.text).collect();
    assert_eq!(
        texts,
        [
            "[image]\nHello Ana, this is picture for you.\n[Copy offer code] 30OFF",
            "[location]\nHello Ana, this is place for you."
        ]
    );
}

#[tokio::test]
async fn only_an_approved_template_goes_out() {
    let world = World::new();
    let (_, made) = world.graph("POST", "waba/message_templates", submitted("stay")).await;
    let path = format!("/outside/templates/{}", made["id"].as_str().unwrap());
    let go = async || {
        let template = json!({"name": "stay", "language": {"code": "en_US"}, "components": [body()]});
        world.meta(json!({"messaging_product": "whatsapp", "to": ANA, "type": "template", "template": template})).await
    };
    refused(&go().await, 404, 132_001, "");
    world.webhooks(60);
    assert_eq!(go().await.0, 200);
    for (status, http, code) in [
        ("paused", 400, 132_015),
        ("disabled", 400, 132_016),
        ("rejected", 404, 132_001),
        ("archived", 404, 132_001),
        ("in_appeal", 404, 132_001),
        ("locked", 404, 132_001),
        ("limit_exceeded", 404, 132_001),
        ("pending", 404, 132_001),
    ] {
        assert_eq!(world.control("POST", &path, json!({"status": status})).await.0, 200);
        refused(&go().await, http, code, "");
    }
    world.control("POST", &path, json!({"status": "approved"})).await;
    assert_eq!(go().await.0, 200);
    world.graph("DELETE", "waba/message_templates?name=stay", json!({})).await;
    refused(&go().await, 404, 132_001, "");
}
