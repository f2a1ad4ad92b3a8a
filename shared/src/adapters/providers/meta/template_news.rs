//! News of templates (Meta, webhooks "message_template_status_update", "message_template_quality_update",
//! "template_category_update", "message_template_components_update").

use serde_json::Value;

use crate::domain::{
    Timestamp,
    template::{Category, Decision, News, Quality},
};

/// What a change says of a template, if it is about one. `account` is the entry's: the WhatsApp Business Account.
pub(super) fn read(field: &str, value: &Value, account: Option<&str>, at: Option<Timestamp>) -> Option<News> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    // News of its quality come under the status' name in Meta's own example; they say so by what they hold.
    let decision = if let Some(quality) = text("new_quality_score") {
        Decision::Quality { quality: Quality::from_word(quality)? }
    } else if field == "message_template_status_update" {
        Decision::Status { status: text("event")?.to_lowercase(), reason: reason(value) }
    } else if field == "template_category_update" {
        let category = Category::from_word(text("new_category")?)?;
        Decision::Category { category, next: text("correct_category").and_then(Category::from_word) }
    } else if field == "message_template_components_update" {
        Decision::Edited
    } else {
        return None;
    };
    Some(News {
        name: text("message_template_name")?.to_owned(),
        language: text("message_template_language")?.to_owned(),
        account: account.map(str::to_owned),
        decision,
        at,
    })
}

/// Why, and what the provider recommends, in its own words.
fn reason(value: &Value) -> Option<String> {
    let told = |value: &Value| value.as_str().filter(|word| !word.is_empty() && *word != "NONE").map(str::to_owned);
    let rejection = &value["rejection_info"];
    let word = told(&value["reason"]).map(|word| word.to_lowercase());
    let sentences =
        [told(&rejection["reason"]), told(&rejection["recommendation"]), told(&value["other_info"]["description"])];
    let sentences: Vec<String> = sentences.into_iter().flatten().collect();
    let parts: Vec<String> =
        [word, Some(sentences.join(" "))].into_iter().flatten().filter(|it| !it.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(": "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn about(mut value: Value) -> Value {
        value["message_template_name"] = "room_ready".into();
        value["message_template_language"] = "en-US".into();
        value
    }

    fn decision(field: &str, value: Value) -> Option<Decision> {
        read(field, &about(value), Some("1"), None).map(|news| news.decision)
    }

    #[test]
    fn a_status_comes_with_all_that_is_said_of_why() {
        let status = |status: &str, reason: Option<&str>| {
            Some(Decision::Status { status: status.into(), reason: reason.map(str::to_owned) })
        };
        let field = "message_template_status_update";
        assert_eq!(decision(field, json!({"event": "APPROVED", "reason": "NONE"})), status("approved", None));
        let rejected = json!({"event": "REJECTED", "reason": "PROMOTIONAL",
            "rejection_info": {"reason": "It sells.", "recommendation": "Make it marketing."}});
        assert_eq!(decision(field, rejected), status("rejected", Some("promotional: It sells. Make it marketing.")));
        let paused =
            json!({"event": "PAUSED", "other_info": {"title": "FIRST_PAUSE", "description": "Rests for 3 hours"}});
        assert_eq!(decision(field, paused), status("paused", Some("Rests for 3 hours")));
    }

    #[test]
    fn quality_is_told_by_what_the_change_holds_and_not_by_its_name() {
        let green = json!({"previous_quality_score": "RED", "new_quality_score": "GREEN"});
        for field in ["message_template_quality_update", "message_template_status_update"] {
            assert_eq!(decision(field, green.clone()), Some(Decision::Quality { quality: Quality::Green }), "{field}");
        }
    }

    #[test]
    fn a_category_is_announced_and_then_changed() {
        let field = "template_category_update";
        let announced = json!({"new_category": "UTILITY", "correct_category": "MARKETING"});
        let expected = Decision::Category { category: Category::Utility, next: Some(Category::Marketing) };
        assert_eq!(decision(field, announced), Some(expected));
        let done = json!({"previous_category": "UTILITY", "new_category": "MARKETING"});
        assert_eq!(decision(field, done), Some(Decision::Category { category: Category::Marketing, next: None }));
    }

    #[test]
    fn an_edit_is_news_whatever_it_says() {
        assert_eq!(decision("message_template_components_update", json!({})), Some(Decision::Edited));
    }

    #[test]
    fn what_is_about_no_template_is_no_news_of_one() {
        assert_eq!(read("account_update", &json!({"event": "ACCOUNT_DELETED"}), None, None), None);
        assert_eq!(read("message_template_status_update", &json!({"event": "APPROVED"}), None, None), None);
        assert_eq!(decision("template_category_update", json!({"new_category": "POETRY"})), None);
    }
}
