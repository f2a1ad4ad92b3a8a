//! Filters as expressions: CEL over what is told, `event.type == "message.failed" && event.data.message.channel == "front-desk"`.
//! (Common Expression Language: no loops without an end, no effects.)

use cel::{Context, Program, Value};

/// The longest expression.
pub const LONGEST: usize = 1000;

/// Why an expression is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadExpression(String);

/// What can be said of an expression before it is ever used.
///
/// # Errors
/// Where and why it cannot be read, for people.
pub fn check_expression(expression: &str) -> Result<(), BadExpression> {
    if expression.len() > LONGEST {
        return Err(BadExpression(format!("may have {LONGEST} characters")));
    }
    let program = compiled(expression)?;
    let references = program.references();
    match references.variables().into_iter().find(|name| *name != "event") {
        Some(unknown) => Err(BadExpression(format!("knows no {unknown:?}; what is told is called \"event\""))),
        None => Ok(()),
    }
}

fn compiled(expression: &str) -> Result<Program, BadExpression> {
    Program::compile(expression).map_err(|error| {
        let words = error.to_string();
        BadExpression(format!("cannot be read as CEL: {}", words.lines().next().unwrap_or_default()))
    })
}

/// Whether it is true of what is told. One that cannot be computed, such as of a message where there is none, is not.
pub(super) fn is_true(expression: &str, told: &serde_json::Value) -> bool {
    let Ok(program) = compiled(expression) else { return false };
    let mut context = Context::default();
    if context.add_variable("event", told).is_err() {
        return false;
    }
    matches!(program.execute(&context), Ok(Value::Bool(true)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_expression_is_true_of_some_events_and_false_of_others() {
        let told = json!({
            "type": "message.failed",
            "data": { "message": { "channel": "desk", "attempt": 2, "content": { "type": "text", "body": "Room 12" } } },
        });
        for yes in [
            r#"event.type == "message.failed""#,
            r#"event.type.startsWith("message.") && event.data.message.attempt > 1"#,
            r#"event.data.message.channel in ["desk", "bar"]"#,
            r#"has(event.data.message.content) && event.data.message.content.body.contains("Room")"#,
        ] {
            check_expression(yes).unwrap();
            assert!(is_true(yes, &told), "{yes}");
        }
        for no in [
            r#"event.type == "message.sent""#,
            "event.data.contact.id == 'x'",
            "event.data.message.attempt",
            "1 / 0 == 1",
        ] {
            check_expression(no).unwrap();
            assert!(!is_true(no, &told), "{no}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused_with_words() {
        for bad in [
            "",
            "event.type ==",
            "event.type == 'a",
            "(((",
            "message.channel == 'desk'",
            "import os",
            &"a".repeat(1001),
        ] {
            let words = check_expression(bad).unwrap_err().to_string();
            assert!(!words.is_empty() && !words.contains('\n'), "{bad}: {words}");
        }
    }
}
