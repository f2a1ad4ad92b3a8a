//! Templates as Meta shows them: only the fields that are asked for, a few on a page.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{answer::Wrong, store::Placed, template::HeldTemplate};

/// So many templates are on a page, whatever is asked for: pages are what callers forget.
pub(super) const MOST_ON_A_PAGE: usize = 4;

pub(super) type Query = BTreeMap<String, String>;

/// The fields of the query `fields`; `id` is always among them.
pub(super) fn asked(query: &Query) -> Result<Vec<&str>, Wrong> {
    const KNOWN: [&str; 13] = [
        "id",
        "name",
        "language",
        "status",
        "category",
        "previous_category",
        "correct_category",
        "components",
        "parameter_format",
        "quality_score",
        "rejected_reason",
        "message_send_ttl_seconds",
        "last_updated_time",
    ];
    let fields: Vec<&str> = query.get("fields").map(String::as_str).unwrap_or_default().split(',').collect();
    let fields: Vec<&str> = fields.into_iter().map(str::trim).filter(|field| !field.is_empty()).collect();
    match fields.iter().find(|field| !KNOWN.contains(field)) {
        Some(unknown) => Err(Wrong::plain(
            100,
            &format!("(#100) Tried accessing nonexisting field ({unknown}) on node type (WhatsAppMessageTemplate)"),
        )),
        None => Ok(fields),
    }
}

pub(super) fn shown(template: &HeldTemplate, fields: &[&str]) -> Value {
    let mut shown = json!({"id": template.id});
    for field in fields {
        let value = match *field {
            "name" => json!(template.name),
            "language" => json!(template.language),
            "status" => json!(template.status.word()),
            "category" => json!(template.category.word()),
            "previous_category" => json!(template.previous_category.map(super::template::Category::word)),
            "correct_category" => json!(template.correct_category.map(super::template::Category::word)),
            "components" => template.parts.to_meta(template.parameters),
            "parameter_format" => json!(template.parameters.word()),
            "quality_score" => {
                json!({"score": template.quality.word(), "date": template.quality_since.as_second()})
            }
            "rejected_reason" => json!(template.rejected_reason.as_deref().unwrap_or("NONE")),
            "message_send_ttl_seconds" => json!(template.time_to_live_seconds),
            "last_updated_time" => {
                let updated = template.edited_at.last().unwrap_or(&template.created_at);
                json!(updated.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string())
            }
            _ => Value::Null,
        };
        // What a template has not, Meta leaves out.
        if !value.is_null() {
            shown[*field] = value;
        }
    }
    shown
}

fn cursor(position: i64) -> String {
    URL_SAFE_NO_PAD.encode(format!("after {position}"))
}

fn read_cursor(text: &str) -> Option<i64> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?.strip_prefix("after ")?.parse().ok()
}

/// A page of the templates that `waba` has and the query's filters leave. `here` is the address that was called.
pub(super) fn page(all: Vec<Placed>, waba: &str, query: &Query, here: &str) -> Result<Value, Wrong> {
    let fields = asked(query)?;
    if let Some(filter) =
        ["content", "source", "name_or_content", "before"].iter().find(|name| query.contains_key(**name))
    {
        return Err(Wrong::parameter(filter, "the stand-in does not play it"));
    }
    let limit = match query.get("limit").map(|limit| limit.parse::<usize>()) {
        None => MOST_ON_A_PAGE,
        Some(Ok(limit)) if limit > 0 => limit.min(MOST_ON_A_PAGE),
        Some(_) => return Err(Wrong::parameter("limit", "must be a positive number")),
    };
    let after = match query.get("after").map(|after| read_cursor(after)) {
        None => 0,
        Some(Some(after)) => after,
        Some(None) => return Err(Wrong::plain(131_059, "(#131059) The cursor is not valid")),
    };
    let is = |filter: &str, value: &str| query.get(filter).is_none_or(|wanted| wanted == value);
    let wanted = |placed: &Placed| {
        let template = &placed.template;
        template.owner.includes_waba(waba)
            && is("name", &template.name)
            && is("language", &template.language)
            && is("status", template.status.word())
            && is("category", template.category.word())
    };
    let found: Vec<Placed> = all.into_iter().filter(|placed| placed.position > after && wanted(placed)).collect();
    let there_is_more = found.len() > limit;
    let found = &found[..found.len().min(limit)];
    let (Some(first), Some(last)) = (found.first(), found.last()) else {
        return Ok(json!({"data": []}));
    };
    let data: Vec<Value> = found.iter().map(|placed| shown(&placed.template, &fields)).collect();
    let next_after = cursor(last.position);
    let mut page =
        json!({"data": data, "paging": {"cursors": {"before": cursor(first.position), "after": next_after}}});
    if there_is_more {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs.extend_pairs(query.iter().filter(|(name, _)| *name != "after"));
        pairs.append_pair("after", &next_after);
        page["paging"]["next"] = json!(format!("{here}?{}", pairs.finish()));
    }
    Ok(page)
}
