//! Sending by the Cloud API (WhatsApp Cloud API, "Send messages").

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::errors;
use crate::{
    adapters::providers::{
        transport::{self, Answer},
        verdict,
        wire::Http,
    },
    domain::{
        channel::Medium,
        contact::Address,
        content::TemplateContent,
        outcome::{FailureKind, Outcome},
        template::{Button, Header, ParameterFormat, RichButton, Template, names_in},
    },
    ports::{Outgoing, SendOrder},
};

/// Makes one attempt.
pub(super) async fn send(http: &Http, base_url: &str, order: &SendOrder<'_>) -> Outcome {
    match order.channel.medium {
        Medium::WhatsApp => {}
        Medium::Sms => return verdict::refused_by_us(FailureKind::BadRequest, "no_sms_by_meta"),
    }
    let Some(message) = message(order) else {
        return verdict::refused_by_us(FailureKind::Template, "missing_value");
    };
    let request = http
        .post(format!("{base_url}/{}/messages", order.channel.number))
        .bearer_auth(order.credential.expose_secret())
        .json(&message);
    match transport::call(http, transport::traced(request, order)).await {
        Ok(answer) => outcome(&answer),
        Err(outcome) => outcome,
    }
}

/// The request's body. `None` if a variable of the template has no value.
fn message(order: &SendOrder<'_>) -> Option<Value> {
    let mut message = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "biz_opaque_callback_data": order.callback.to_string(),
    });
    match order.to {
        // Without its plus sign, the number would get the business number's own country code.
        Address::Phone(phone) => message["to"] = phone.as_e164().into(),
        Address::UserId(id) => message["recipient"] = id.as_str().into(),
    }
    match order.what {
        Outgoing::Text(text) => {
            message["type"] = "text".into();
            message["text"] = json!({"body": text, "preview_url": false});
        }
        Outgoing::Template { template, content } => {
            message["type"] = "template".into();
            message["template"] = template_object(template, template.parameters(&order.channel.place()), content)?;
        }
    }
    Some(message)
}

fn template_object(template: &Template, format: ParameterFormat, content: &TemplateContent) -> Option<Value> {
    let parameter = |name: &String| {
        let text = content.values.get(name)?;
        Some(match format {
            ParameterFormat::Positional => json!({"type": "text", "text": text}),
            ParameterFormat::Named => json!({"type": "text", "parameter_name": name, "text": text}),
        })
    };
    let mut components = Vec::new();
    if let Some(Header::Text { text }) = &template.definition.header {
        let parameters = names_in(text).ok()?.iter().map(parameter).collect::<Option<Vec<_>>>()?;
        if !parameters.is_empty() {
            components.push(json!({"type": "header", "parameters": parameters}));
        }
    }
    let parameters = template.body_variables().map(parameter).collect::<Option<Vec<_>>>()?;
    if !parameters.is_empty() {
        components.push(json!({"type": "body", "parameters": parameters}));
    }
    for (index, button) in template.definition.buttons.iter().enumerate() {
        let Button::Rich(RichButton::Url { url, .. }) = button else { continue };
        for name in names_in(url).ok()? {
            // What a button's address ends with has no name there.
            let text = content.values.get(&name)?;
            let parameters = json!([{"type": "text", "text": text}]);
            let index = index.to_string();
            components.push(json!({"type": "button", "sub_type": "url", "index": index, "parameters": parameters}));
        }
    }
    let mut object = json!({"name": template.name, "language": {"code": template.language}});
    if !components.is_empty() {
        object["components"] = components.into();
    }
    Some(object)
}

fn outcome(answer: &Answer) -> Outcome {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let error = &body["error"];
    if let Some(code) = code(&error["code"]) {
        let transient = error["is_transient"].as_bool().unwrap_or(false);
        return verdict::structured(answer, errors::meaning(&code), code, transient);
    }
    if answer.status.is_success() {
        let id = body["messages"][0]["id"].as_str().filter(|id| !id.is_empty());
        return Outcome::Accepted { provider_id: id.map(ToOwned::to_owned) };
    }
    verdict::unstructured(answer)
}

fn code(code: &Value) -> Option<String> {
    match code {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests;
