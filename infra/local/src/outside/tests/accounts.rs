//! Templates belong to an account, but for those of the start, which belong to all.

use super::*;

/// Two more numbers at Meta, one of the same WhatsApp Business Account; and another account at Twilio.
fn world() -> World {
    let mut config = config(7);
    let mut sibling = number(ProviderKind::Meta, Medium::WhatsApp, "106540352242923", "sibling");
    sibling.endpoint = "sibling".into();
    let mut other = number(ProviderKind::Meta, Medium::WhatsApp, "106540352242924", "other");
    (other.waba_id, other.access_token, other.endpoint) = ("waba2".into(), "token2".into(), "other".into());
    let mut twilio = number(ProviderKind::Twilio, Medium::WhatsApp, "+14155550000", "other-twilio");
    (twilio.account_sid, twilio.access_token) = (Some("AC2".into()), "token2".into());
    config.numbers.extend([sibling, other, twilio]);
    World::with(config)
}

async fn graph_of_the_other(world: &World, method: &str, path: &str, body: Value) -> (u16, Value) {
    let path = format!("/meta/v26.0/{path}");
    let headers = [("authorization", "Bearer token2")];
    let (status, body) = world.outside.call(method, &path, &headers, body.to_string().into_bytes()).await;
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

fn endpoints(calls: &[WebhookOut]) -> Vec<&str> {
    calls.iter().map(|call| call.endpoint.as_str()).collect()
}

#[tokio::test]
async fn another_accounts_template_does_not_exist() {
    let world = world();
    let (_, made) = world.graph("POST", "waba/message_templates", submitted("stay")).await;
    let id = made["id"].as_str().unwrap();
    assert_eq!(endpoints(&world.webhooks(60)), ["demo-whatsapp"], "one number of its account is told");
    let edit = json!({"components": [{"type": "BODY", "text": "Hello"}]});
    for (method, path) in [("GET", id), ("POST", id), ("DELETE", "waba2/message_templates?name=stay")] {
        let (status, answer) = graph_of_the_other(&world, method, path, edit.clone()).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(100)), "{method}");
    }
    let (_, listed) = graph_of_the_other(&world, "GET", "waba2/message_templates", json!({})).await;
    assert_eq!(list(&listed["data"]).len(), 2, "those of the start");
    let body = json!({"type": "body", "parameters": [{"type": "text", "parameter_name": "guest", "text": "Ana"}]});
    let template = json!({"name": "stay", "language": {"code": "en_US"}, "components": [body]});
    let send = json!({"messaging_product": "whatsapp", "to": ANA, "type": "template", "template": template});
    assert_eq!(world.meta_as("Bearer token2", "106540352242924", send.clone()).await.1["error"]["code"], 132_001);
    assert_eq!(world.meta_as("Bearer token", "106540352242923", send).await.0, 200, "the account's other number");
    let (status, _) = graph_of_the_other(&world, "POST", "waba2/message_templates", submitted("stay")).await;
    assert_eq!(status, 200, "the name is free in another account");
}

#[tokio::test]
async fn every_account_is_told_of_a_template_that_belongs_to_all() {
    let world = world();
    let (status, _) = world.control("POST", "/outside/templates/HXwaiting", json!({"quality": "red"})).await;
    assert_eq!(status, 200);
    assert_eq!(endpoints(&world.webhooks(0)), ["demo-whatsapp", "other"]);
}

#[tokio::test]
async fn content_of_one_twilio_account_is_not_the_others() {
    let world = world();
    let content = json!({"language": "en", "types": {"twilio/text": {"body": "Hello"}}});
    let (_, made) = world.content("POST", "Content", content).await;
    let sid = made["sid"].as_str().unwrap();
    let basic = format!("Basic {}", STANDARD.encode("AC2:token2"));
    let path = format!("/twilio/v1/Content/{sid}");
    assert_eq!(world.outside.call("GET", &path, &[("authorization", &basic)], vec![]).await.0, 404);
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("From", "whatsapp:+14155550000"), ("To", "whatsapp:+16505551234"), ("ContentSid", sid)])
        .finish();
    let path = "/twilio/2010-04-01/Accounts/AC2/Messages.json";
    let (status, answer) = world.outside.call("POST", path, &[("authorization", &basic)], form.into_bytes()).await;
    assert_eq!((status, serde_json::from_slice::<Value>(&answer).unwrap()["code"].as_i64()), (400, Some(21655)));
    assert_eq!(world.twilio_whatsapp(&[("ContentSid", sid)]).await.0, 201);
}
