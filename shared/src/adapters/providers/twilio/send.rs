//! Sending by Twilio (Twilio, "Messages resource: create a message").

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use serde_json::Value;

use super::{errors, read::WHATSAPP};
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
        template::{ParameterFormat, Template},
    },
    ports::{Outgoing, SendOrder},
};

/// Makes one attempt.
pub(super) async fn send(http: &Http, base_url: &str, order: &SendOrder<'_>) -> Outcome {
    let Some(account) = order.channel.provider_account.as_deref() else {
        return verdict::account_refused("no_account_sid".to_owned());
    };
    let form = match form(order) {
        Ok(form) => form,
        Err(outcome) => return outcome,
    };
    let request = http
        .post(format!("{base_url}/2010-04-01/Accounts/{account}/Messages.json"))
        .basic_auth(account, Some(order.credential.expose_secret()))
        .form(&form);
    match transport::call(http, transport::traced(request, order)).await {
        Ok(answer) => outcome(&answer),
        Err(outcome) => outcome,
    }
}

fn form(order: &SendOrder<'_>) -> Result<Vec<(&'static str, String)>, Outcome> {
    // The number is stored as Twilio names it, with the prefix or without.
    let number = order.channel.number.strip_prefix(WHATSAPP).unwrap_or(&order.channel.number);
    let (to, from) = match (order.channel.medium, order.to) {
        (Medium::WhatsApp, to) => (format!("{WHATSAPP}{}", to.value()), format!("{WHATSAPP}{number}")),
        (Medium::Sms, Address::Phone(phone)) => (phone.as_e164().to_owned(), number.to_owned()),
        (Medium::Sms, Address::UserId(_)) => {
            return Err(verdict::refused_by_us(FailureKind::RecipientUnreachable, "no_phone_number"));
        }
    };
    let mut form = vec![("To", to), ("From", from), ("StatusCallback", report_to(order))];
    match order.what {
        Outgoing::Text(text) => form.push(("Body", text.to_owned())),
        Outgoing::Template { template, content } => {
            let refused = |code| verdict::refused_by_us(FailureKind::Template, code);
            let sid = template.reference(&order.channel.place()).ok_or_else(|| refused("no_content_sid"))?;
            let format = template.parameters(&order.channel.place());
            let variables = variables(template, format, content).ok_or_else(|| refused("missing_value"))?;
            form.push(("ContentSid", sid.to_owned()));
            if !variables.is_empty() {
                form.push(("ContentVariables", Value::from_iter(variables).to_string()));
            }
        }
    }
    Ok(form)
}

/// Where Twilio reports to: the endpoint's address, with the callback data in its query since Twilio echoes nothing
/// else of ours.
fn report_to(order: &SendOrder<'_>) -> String {
    let callback = order.callback.to_string();
    let callback: String = form_urlencoded::byte_serialize(callback.as_bytes()).collect();
    let separator = if order.report_to.contains('?') { '&' } else { '?' };
    format!("{}{separator}m={callback}", order.report_to)
}

/// The template's values by Twilio's names of its variables. `None` if one has no value.
fn variables(
    template: &Template,
    format: ParameterFormat,
    content: &TemplateContent,
) -> Option<BTreeMap<String, String>> {
    let variable = |(index, name): (usize, &String)| {
        let key = match format {
            ParameterFormat::Positional => (index + 1).to_string(),
            ParameterFormat::Named => name.clone(),
        };
        Some((key, content.values.get(name)?.clone()))
    };
    template.variables.iter().enumerate().map(variable).collect()
}

fn outcome(answer: &Answer) -> Outcome {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if answer.status.is_success() {
        let sid = body["sid"].as_str().filter(|sid| !sid.is_empty());
        return Outcome::Accepted { provider_id: sid.map(ToOwned::to_owned) };
    }
    if let Some(code) = body["code"].as_u64() {
        let code = code.to_string();
        return verdict::structured(answer, errors::meaning(&code), code, false);
    }
    if answer.status == http::StatusCode::UNAUTHORIZED {
        return verdict::account_refused("401".to_owned());
    }
    verdict::unstructured(answer)
}

#[cfg(test)]
mod tests;
