//! Filters as expressions: CEL over what is told, `event.type == "message.failed" && event.data.message.channel == "front-desk"`.
//! (Common Expression Language: no loops without an end, no effects.) A loop within a loop would be an end far away, and is refused.

use cel::{
    Context, IdedExpr, Program, Value,
    common::ast::{EntryExpr, Expr, IdedEntryExpr},
};

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
    // CEL's own names of operators and of what macros become begin with a sign. A function that it has cannot be added.
    let mut named = references.functions().into_iter().filter(|name| name.starts_with(char::is_alphabetic));
    if let Some(unknown) = named.find(|name| Context::default().add_function(name, |it: i64| it).is_ok()) {
        return Err(BadExpression(format!("knows no function {unknown:?}")));
    }
    if loops_in_a_loop(program.expression(), false) {
        return Err(BadExpression("may have no loop (all, exists, map, filter) within another".to_owned()));
    }
    // What a loop calls its elements is its own.
    let own = |name: &str| name.starts_with('@') || elements(program.expression()).iter().any(|it| it == name);
    match references.variables().into_iter().find(|name| *name != "event" && !own(name)) {
        Some(unknown) => Err(BadExpression(format!("knows no {unknown:?}; what is told is called \"event\""))),
        None => Ok(()),
    }
}

fn loops_in_a_loop(it: &IdedExpr, within: bool) -> bool {
    if let Expr::Comprehension(_) = &it.expr
        && within
    {
        return true;
    }
    let within = within || matches!(it.expr, Expr::Comprehension(_));
    parts(it).into_iter().any(|part| loops_in_a_loop(part, within))
}

fn elements(it: &IdedExpr) -> Vec<String> {
    let mut found: Vec<String> = parts(it).into_iter().flat_map(elements).collect();
    if let Expr::Comprehension(it) = &it.expr {
        found.extend([it.iter_var.clone(), it.accu_var.clone()].into_iter().chain(it.iter_var2.clone()));
    }
    found
}

fn parts(it: &IdedExpr) -> Vec<&IdedExpr> {
    match &it.expr {
        Expr::Call(it) => it.target.as_deref().into_iter().chain(&it.args).collect(),
        Expr::Comprehension(it) => {
            vec![&it.iter_range, &it.accu_init, &it.loop_cond, &it.loop_step, &it.result]
        }
        Expr::List(it) => it.elements.iter().collect(),
        Expr::Map(it) => it.entries.iter().flat_map(of_entry).collect(),
        Expr::Struct(it) => it.entries.iter().flat_map(of_entry).collect(),
        Expr::Select(it) => vec![&it.operand],
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
    }
}

fn of_entry(entry: &IdedEntryExpr) -> Vec<&IdedExpr> {
    match &entry.expr {
        EntryExpr::StructField(it) => vec![&it.value],
        EntryExpr::MapEntry(it) => vec![&it.key, &it.value],
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
            r#"["desk", "bar"].exists(name, name == event.data.message.channel)"#,
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
            "nofun(event.type)",
            "event.type.nofun()",
            "[1, 2].all(a, [1, 2].all(b, a == b))",
            "[1, 2].filter(a, a > 1).all(b, b > 1)",
            "[[1, 2].map(a, a)].size() > 0 && [1].map(b, [2].exists(c, c == b)).size() > 0",
            &"a".repeat(1001),
        ] {
            let words = check_expression(bad).unwrap_err().to_string();
            assert!(!words.is_empty() && !words.contains('\n'), "{bad}: {words}");
        }
    }
}
