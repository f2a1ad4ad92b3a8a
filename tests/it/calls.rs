//! Webhook calls as providers make them: bodies put together and signed by hand, posted to the running system, or
//! handed to a webhook function over other parts.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use serde_json::{Value, json};
use transom::{app::Parts, domain::Timestamp};
use transom_local::{
    front::Front,
    gate::Gate,
    handlers::Handlers,
    outside::{meta_signature, twilio_signature},
};

use crate::world::{World, answer};

/// Meta's name of the demo's number.
pub const META_NUMBER: &str = "106540352242922";
/// The header that Meta signs in.
pub const SIGNATURE: &str = "x-hub-signature-256";
/// The demo's numbers at Twilio.
pub const TWILIO_WHATSAPP: &str = "whatsapp:+14155550100";
pub const TWILIO_SMS: &str = "+14155550111";

/// A text as Meta's `messages` holds it.
pub fn text(from: &str, id: &str, at: Timestamp, body: &str) -> Value {
    json!({ "from": from, "id": id, "timestamp": at.as_second().to_string(), "type": "text", "text": { "body": body } })
}

/// A receipt as Meta's `statuses` holds it. `callback` is what was sent along with the message.
pub fn status(callback: &str, word: &str, at: Timestamp) -> Value {
    json!({
        "id": "wamid.OURS", "status": word, "timestamp": at.as_second().to_string(), "recipient_id": "1",
        "biz_opaque_callback_data": callback,
    })
}

/// A change about a number.
pub fn change(number: &str, messages: &[Value], statuses: &[Value]) -> Value {
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550783881", "phone_number_id": number },
    });
    if !messages.is_empty() {
        value["messages"] = json!(messages);
    }
    if !statuses.is_empty() {
        value["statuses"] = json!(statuses);
    }
    json!({ "field": "messages", "value": value })
}

/// A body with one entry that holds these changes.
pub fn body_of(changes: &[Value]) -> Value {
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "102290129340398", "changes": changes }] })
}

/// A body with these messages to the demo's number.
pub fn messages(messages: &[Value]) -> Value {
    body_of(&[change(META_NUMBER, messages, &[])])
}

/// A body with these receipts for the demo's number.
pub fn statuses(statuses: &[Value]) -> Value {
    body_of(&[change(META_NUMBER, &[], statuses)])
}

impl World {
    /// The value of one of the demo's secrets that webhooks are signed with.
    pub fn secret(&self, name: &str) -> String {
        let secrets = self.local.demo.webhook_secrets();
        secrets.into_iter().find(|(known, _)| *known == name).expect("a secret of that name").1
    }

    /// Meta posts these bytes, signed. Answers the status; nothing that follows is done yet.
    pub async fn meta_posts_bytes(&self, body: &[u8]) -> u16 {
        let signature = meta_signature(&self.secret("meta-app-secret"), body);
        self.posts_with("demo-whatsapp", &[(SIGNATURE, &signature)], body).await
    }

    pub async fn meta_posts(&self, body: &Value) -> u16 {
        self.meta_posts_bytes(body.to_string().as_bytes()).await
    }

    /// Somebody posts to an endpoint.
    pub async fn posts_with(&self, endpoint: &str, headers: &[(&str, &str)], body: &[u8]) -> u16 {
        let mut call = self.http("POST", &format!("/webhooks/{endpoint}")).body(body.to_vec());
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        answer(call).await.0
    }

    /// Twilio posts a form, signed. `query` is what `send` put into the address to report to, if it did.
    pub async fn twilio_posts(&self, endpoint: &str, query: &str, form: &[(&str, &str)]) -> u16 {
        let pairs: Vec<(String, String)> = form.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        let path =
            if query.is_empty() { format!("/webhooks/{endpoint}") } else { format!("/webhooks/{endpoint}?{query}") };
        let signature =
            twilio_signature(&self.secret("twilio-auth-token"), &format!("{}{path}", self.local.url), &pairs);
        answer(self.http("POST", &path).header("x-twilio-signature", signature).form(&pairs)).await.0
    }

    /// Meta posts a signed body to a webhook function that works with other parts.
    pub async fn meta_posts_to(&self, parts: &Parts, body: &Value) -> u16 {
        let body = body.to_string().into_bytes();
        let signature = meta_signature(&self.secret("meta-app-secret"), &body);
        self.call_over(parts, "/webhooks/demo-whatsapp", &[(SIGNATURE, &signature)], &body).await
    }

    /// As [`Self::twilio_posts`], to a webhook function that works with other parts.
    pub async fn twilio_posts_to(&self, parts: &Parts, endpoint: &str, form: &[(&str, &str)]) -> u16 {
        let pairs: Vec<(String, String)> = form.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        let path = format!("/webhooks/{endpoint}");
        let signature =
            twilio_signature(&self.secret("twilio-auth-token"), &format!("{}{path}", self.local.url), &pairs);
        let request = self.http("POST", &path).form(&pairs).build().expect("a request");
        let body = request.body().and_then(reqwest::Body::as_bytes).expect("a form").to_vec();
        let headers =
            [("x-twilio-signature", signature.as_str()), ("content-type", "application/x-www-form-urlencoded")];
        self.call_over(parts, &path, &headers, &body).await
    }

    /// Makes the webhook calls that are due outside to a webhook function that works with other parts. Answers the
    /// statuses; the outside believes that all went well and does not come again.
    pub async fn webhooks_once_over(&self, parts: &Parts) -> Vec<u16> {
        let mut statuses = Vec::new();
        for call in self.outside.take_due(self.now()).expect("the ledger is readable") {
            let headers: Vec<(&str, &str)> =
                call.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let path = if call.query.is_empty() { call.path.clone() } else { format!("{}?{}", call.path, call.query) };
            statuses.push(self.call_over(parts, &path, &headers, &call.body).await);
            self.outside.webhook_done(call.id, 200).expect("the ledger is writable");
        }
        statuses
    }

    /// Posts to functions that work with other parts, by the same front. Answers the status.
    pub async fn call_over(&self, parts: &Parts, path: &str, headers: &[(&str, &str)], body: &[u8]) -> u16 {
        let gate = Gate::default();
        let front = Front::new(Arc::new(Handlers::new(parts)), gate.clone(), parts.clock.clone());
        let mut request = http::Request::post(path).header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).expect("a request").into_parts();
        let pass = gate.enter().await;
        front.call(&pass, &head, body, IpAddr::V4(Ipv4Addr::LOCALHOST)).await.status().as_u16()
    }
}
