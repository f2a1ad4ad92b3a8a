//! Meta's webhooks about templates (Meta, "message_template_status_update", "message_template_quality_update",
//! "template_category_update", "message_template_components_update"). Twilio has none.

use jiff::Timestamp;
use serde_json::{Value, json};
use transom::domain::channel::ProviderKind;

use super::template::{Category, HeldTemplate, Quality};
use crate::outside::{Outside, State, ledger::Result, settings::OutsideNumber, webhooks::meta_call};

/// A change as Meta tells it: the field, and the value.
#[derive(Debug)]
pub(super) struct News {
    field: &'static str,
    pub value: Value,
}

fn about(template: &HeldTemplate, language: &str) -> Value {
    // In webhooks the id is a number.
    json!({"message_template_id": template.id.parse::<u64>().unwrap_or_default(),
        "message_template_name": template.name, "message_template_language": language})
}

/// The status, with the event that led to it. Languages come with a hyphen here, as they do in life now and then.
pub(super) fn status(template: &HeldTemplate, event: &str, reason: &str) -> News {
    let mut value = about(template, &template.language.replace('_', "-"));
    value["event"] = json!(event);
    value["message_template_category"] = json!(template.category.word());
    value["reason"] = json!(reason);
    if event == "REJECTED" {
        value["rejection_info"] = json!({"reason": "The reviewer of the stand-in refuses some words, and duplicates.",
            "recommendation": "Edit the template and submit it again."});
    }
    News { field: "message_template_status_update", value }
}

/// A pause or its like, with Meta's title of it.
pub(super) fn titled(template: &HeldTemplate, event: &str, reason: &str, title: &str) -> News {
    let mut news = status(template, event, reason);
    news.value["other_info"] =
        json!({"title": title, "description": format!("The template is now {}.", template.status.word())});
    news
}

pub(super) fn reinstated(template: &HeldTemplate) -> News {
    titled(template, "REINSTATED", "NONE", "UNPAUSE")
}

/// Somebody changed what it says.
pub(super) fn edited(template: &HeldTemplate) -> News {
    let mut value = about(template, &template.language);
    value["message_template_element"] = json!(template.parts.body.text);
    News { field: "message_template_components_update", value }
}

pub(super) fn quality(template: &HeldTemplate, previous: Quality) -> News {
    let mut value = about(template, &template.language);
    value["previous_quality_score"] = json!(previous.word());
    value["new_quality_score"] = json!(template.quality.word());
    News { field: "message_template_quality_update", value }
}

pub(super) fn recategorised(template: &HeldTemplate, previous: Category) -> News {
    let mut value = about(template, &template.language);
    value["previous_category"] = json!(previous.word());
    value["new_category"] = json!(template.category.word());
    News { field: "template_category_update", value }
}

/// In the announcement, `new_category` is what it is as yet.
pub(super) fn will_be(template: &HeldTemplate, category: Category, at: Timestamp) -> News {
    let mut value = about(template, &template.language);
    value["new_category"] = json!(template.category.word());
    value["correct_category"] = json!(category.word());
    value["category_update_timestamp"] = json!(at.as_second());
    News { field: "template_category_update", value }
}

impl Outside {
    /// Posts the news to the first number of every WhatsApp Business Account that has the template.
    pub(super) fn tell(&self, state: &State, template: &HeldTemplate, news: &News, now: Timestamp) -> Result<()> {
        let mut told: Vec<&str> = Vec::new();
        let concerned = |number: &&OutsideNumber| {
            number.provider == ProviderKind::Meta && template.owner.includes_waba(&number.waba_id)
        };
        for number in self.config.numbers.iter().filter(concerned) {
            if told.contains(&number.waba_id.as_str()) {
                continue;
            }
            told.push(&number.waba_id);
            let change = json!({"field": news.field, "value": news.value});
            let body = json!({"object": "whatsapp_business_account",
                "entry": [{"id": number.waba_id, "time": now.as_second(), "changes": [change]}]});
            state.ledger.queue(&meta_call(number, &body), now)?;
        }
        Ok(())
    }
}
