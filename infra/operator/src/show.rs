//! Answers as people read them.

use serde_json::Value;

/// An object as lines of name and value, a list as one line each.
pub fn plain(answer: &Value) -> String {
    match answer {
        Value::Object(fields) => {
            let widest = fields.keys().map(String::len).max().unwrap_or(0);
            let lines = fields.iter().map(|(name, value)| format!("{name:<widest$}  {}", word(value)));
            lines.collect::<Vec<_>>().join("\n")
        }
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(line).collect::<Vec<_>>().join("\n"),
        other => word(other),
    }
}

fn line(item: &Value) -> String {
    match item {
        Value::Object(fields) => fields.values().map(word).collect::<Vec<_>>().join("  "),
        other => word(other),
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    }
}

/// A doctor's report: what is wrong stands out, and comes last.
pub fn report(report: &Value) -> String {
    let findings = report["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |it: &Value, name: &str| it[name].as_str().unwrap_or_default().to_owned();
    let show = |ok: bool| {
        let mark = if ok { "ok    " } else { "WRONG " };
        let of_it = findings.iter().filter(move |it| (it["ok"] == true) == ok);
        of_it.map(move |it| format!("{mark}{:<13} {}: {}", text(it, "check"), text(it, "what"), text(it, "in_words")))
    };
    let mut lines: Vec<String> = show(true).chain(show(false)).collect();
    let wrong = findings.iter().filter(|it| it["ok"] != true).count();
    lines.push(if wrong == 0 {
        "All is in order.".to_owned()
    } else {
        format!("{wrong} of {} are not in order.", findings.len())
    });
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_comes_last_and_is_counted() {
        let it = json!({"ok": false, "findings": [
            {"check": "queue", "what": "sends-dead", "ok": false, "in_words": "3 waiting"},
            {"check": "sends", "what": "installation", "ok": true, "in_words": "sends are on"},
        ]});
        let expected = "ok    sends         installation: sends are on\n\
                        WRONG queue         sends-dead: 3 waiting\n1 of 2 are not in order.";
        assert_eq!(report(&it), expected);
    }

    #[test]
    fn objects_and_lists_are_plain_lines() {
        assert_eq!(plain(&json!({"account": "demo", "rung": 3})), "account  demo\nrung     3");
        assert_eq!(plain(&json!([])), "none");
        assert_eq!(plain(&json!([{"id": "a", "why": null}])), "a  -");
    }
}
