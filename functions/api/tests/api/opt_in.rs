//! Opt-in links by the API: stored, shown, as QR code and HTML; who is asked by SMS and who is not.

use http::header;
use serde_json::{Value, json};

use crate::world::{OTHER_TOKEN, World, channel};

const PATH: &str = "/v1/opt-in-links/lobby";

fn link() -> Value {
    json!({
        "channel": "front-desk",
        "source": "poster in the lobby",
        "purposes": ["marketing"],
        "texts": {
            "en": { "wording": "Yes, send me offers.", "message": "Yes, send me news" },
            "es": { "wording": "Sí, quiero ofertas.", "message": "Sí, quiero novedades", "button": "Sí" },
        },
    })
}

#[tokio::test]
async fn a_link_is_stored_with_codes_that_stay() {
    let world = World::new().await;
    let made = world.put(PATH, link()).await.with(200);
    let text = |made: &Value, language: &str, field: &str| made["texts"][language][field].as_str().unwrap().to_owned();
    let code = text(&made, "en", "code");
    assert_ne!(code, text(&made, "es", "code"));
    assert_eq!(text(&made, "en", "text"), format!("Yes, send me news ({code})"));
    let shown = text(&made, "en", "link");
    assert!(
        shown.starts_with("https://wa.me/")
            && shown.ends_with(&format!("?text=Yes%2C%20send%20me%20news%20%28{code}%29"))
    );
    assert_eq!((&made["media"], &made["texts"]["es"]["button"]), (&json!(["whatsapp"]), &json!("Sí")));

    let mut changed = link();
    changed["texts"] = json!({ "en": { "wording": "Yes, offers.", "message": "Yes" } });
    changed["media"] = json!(["whatsapp", "sms"]);
    let again = world.put(PATH, changed).await.with(200);
    assert_eq!(text(&again, "en", "code"), code, "what is printed stays good");
    assert_eq!(world.get(PATH).await.with(200), again);
    assert_eq!(world.get("/v1/opt-in-links").await.with(200)["data"], json!([again]));
    // Another account's are its own.
    assert_eq!(world.call(OTHER_TOKEN, "GET", "/v1/opt-in-links", None).await.with(200)["data"], json!([]));
    world.call(OTHER_TOKEN, "GET", PATH, None).await.is_a_problem(404);
    world.delete(PATH).await.with_status(204);
    world.delete(PATH).await.is_a_problem(404);
    world.get(&format!("{PATH}/qr.svg")).await.is_a_problem(404);
}

#[tokio::test]
async fn a_wrong_link_is_named() {
    let world = World::new().await;
    let with = |field: &str, value: Value| {
        let mut body = link();
        body[field] = value;
        body
    };
    let text = |text: Value| json!({ "en": text });
    for (body, field) in [
        (with("channel", json!("nowhere")), "channel"),
        (with("source", json!("")), "source"),
        (with("purposes", json!([])), "purposes"),
        (with("media", json!(["fax"])), "media[0]"),
        (with("texts", json!({})), "texts"),
        (with("texts", json!({ "English": { "wording": "a", "message": "b" } })), "texts.English"),
        (with("texts", text(json!({ "wording": "", "message": "b" }))), "texts.en.wording"),
        (with("texts", text(json!({ "wording": "a", "message": "stop" }))), "texts.en.message"),
        (with("texts", text(json!({ "wording": "a", "message": "b", "code": "K7Q2M" }))), "texts.en.code"),
        (with("texts", text(json!({ "wording": "a" }))), "texts.en.message"),
        (with("colour", json!("red")), "colour"),
    ] {
        world.put(PATH, body).await.names(422, field);
    }
    let mut by_sms = channel();
    by_sms["medium"] = json!("sms");
    by_sms["endpoint"] = json!("twilio-sms");
    by_sms["provider"] = json!("twilio");
    by_sms["provider_account"] = json!("AC7ea1b3f04c8d4d1f9f2b6c5a0e9d8c7b");
    by_sms.as_object_mut().unwrap().remove("number");
    world.put("/v1/channels/texts", by_sms).await.with(200);
    world.put(PATH, with("channel", json!("texts"))).await.names(422, "channel");
}

#[tokio::test]
async fn a_link_is_a_picture_and_html_in_each_of_its_languages() {
    let world = World::new().await;
    let mut hostile = link();
    hostile["texts"]["es"]["wording"] = json!("</p><script>alert(1)</script>");
    let made = world.put(PATH, hostile).await.with(200);
    let picture = world.get(&format!("{PATH}/qr.svg?language=es")).await;
    assert_eq!(picture.headers[header::CONTENT_TYPE], "image/svg+xml");
    let picture = picture.with(200).as_str().unwrap().to_owned();
    assert!(picture.starts_with("<svg ") && picture.contains("<title>WhatsApp: poster in the lobby</title>"));
    assert_ne!(world.get(&format!("{PATH}/qr.svg")).await.with(200), json!(picture), "English has a code of its own");

    let answer = world.get(&format!("{PATH}/snippet")).await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("default-src 'none'"));
    let html = answer.with(200).as_str().unwrap().to_owned();
    assert!(html.contains("<p>Yes, send me offers.</p>") && html.contains("lang=\"en\""), "{html}");
    assert!(html.contains(&format!("href=\"{}\" rel=\"noopener\"", made["texts"]["en"]["link"].as_str().unwrap())));
    let html = world.get(&format!("{PATH}/snippet?language=es")).await.with(200).as_str().unwrap().to_owned();
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;"), "{html}");
    world.get(&format!("{PATH}/snippet?language=fi")).await.names(400, "language");
    world.get(&format!("{PATH}/qr.svg?colour=red")).await.names(400, "colour");
}

#[tokio::test]
async fn whoever_asks_says_whom_and_by_what_right() {
    let world = World::new().await;
    let ask = format!("{PATH}/ask");
    let to = json!({ "phone": "+16505550177" });
    world.post(&ask, json!({ "to": to, "basis": "booking" })).await.is_a_problem(404);
    world.put(PATH, link()).await.with(200);
    for (body, field) in [
        (json!({ "to": to }), "basis"),
        (json!({ "to": to, "basis": "bought" }), "basis"),
        (json!({ "to": {}, "basis": "booking" }), "to"),
        (json!({ "to": { "phone": "12" }, "basis": "booking" }), "to.phone"),
        (json!({ "basis": "booking" }), "to"),
    ] {
        world.post(&ask, body).await.names(422, field);
    }
}
