//! What a condition may be, and that none takes long.

use proptest::prelude::*;

use super::*;
use crate::domain::automation::Trigger;

fn words(expression: &str) -> String {
    Condition::parse(expression).unwrap_err().to_string()
}

#[test]
fn what_people_ask_for_is_taken() {
    for expression in [
        "contact.vip && waiting_minutes > 5",
        "conversation.waiting_minutes >= 10 || message.urgent",
        "message.text.contains(\"taxi\") && size(message.text) < 100",
        "\"gold\" in contact.tags",
        "contact.tags.exists(tag, tag.startsWith(\"vip\") || tag == \"gold\")",
        "conversation.labels.all(label, label != \"spam\")",
        "size(conversation.labels.filter(label, label.endsWith(\"x\"))) == 0",
        "contact.tags.map(tag, tag + \"!\").exists(it, it == \"gold!\")",
        "contact.tags.exists_one(tag, tag == \"gold\")",
        "has(contact.fields.room_number) && int(contact.fields.room_number) > 300",
        "\"room_number\" in contact.fields && contact.fields[\"room_number\"] == \"12\"",
        "message.answers.guests == \"2\"",
        "now.weekday in [\"saturday\", \"sunday\"] && now.hour >= 18 && !now.open",
        "(contact.language == \"\" ? message.language : contact.language).startsWith(\"es\")",
        "channel == \"front-desk\" && conversation.window == \"open\" && conversation.minutes_left < 60",
        "double(conversation.minutes_left) / 60.0 < 1.5",
        "now.hour * 60 + now.minute > 17 * 60 + 30",
        "now.date >= \"2026-03-01\" && string(now.hour) != \"7\"",
        "true",
    ] {
        let condition = Condition::parse(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
        assert!(condition.steps() <= MOST_STEPS);
        assert_eq!(condition.fails_on_samples(&Trigger::Inbound { kinds: vec![], first: false }), None, "{expression}");
    }
}

#[test]
fn what_is_wrong_is_said_in_words() {
    for (expression, expected) in [
        ("", "cannot be read"),
        ("contact.vip &&", "cannot be read"),
        ("contact.vipp", "\"contact\" has no \"vipp\"; there are language, vip"),
        ("contact", "\"contact\" is several facts; there are language, vip"),
        ("guest.vip", "knows no \"guest\"; there are channel, contact, conversation"),
        ("message.text", "must be true or false, and is a text"),
        ("1 + 1", "must be true or false, and is a whole number"),
        ("contact.vip == \"yes\"", "cannot put true or false and a text together by \"==\""),
        ("message.text + 1 == \"x\"", "cannot put a text and a whole number together"),
        ("waiting_minutes > \"5\"", "cannot put a whole number and a text together by \">\""),
        ("message.text.matches(\"(a+)+$\")", "knows no regular expressions"),
        ("upper(message.text) == \"X\"", "knows no function \"upper\""),
        ("message.text.contains(1)", "contains does not take a text and a whole number"),
        ("has(contact.language)", "cannot be read"),
        ("contact.vip.x", "has no"),
        ("contact.fields == {}", "knows no { }"),
        ("contact.language == null", "knows no null"),
        ("waiting_minutes > 5u", "knows no numbers with u"),
        ("[1, \"a\"] == [1]", "a list of different kinds"),
        ("(contact.vip ? 1 : \"a\") == 1", "chooses (? :) between different kinds"),
        ("message.text.all(c, c == \"a\")", "loops over a text"),
        ("contact.tags.exists(a, conversation.labels.exists(b, a == b))", "no loop"),
        ("contact.tags.exists(a, a.b == \"\")", "a text has no part \"b\""),
        ("type(contact.vip) == bool", "knows no"),
        ("dyn(contact.vip)", "knows no function"),
        ("1 / 2", "must be true or false"),
    ] {
        let said = words(expression);
        let fits = said.contains(expected) || expression == "has(contact.language)" && !said.is_empty();
        assert!(fits && !said.contains('\n'), "{expression}: {said}");
    }
}

/// What would take long, or go deep, is refused before it is run, and mostly before it is read.
#[test]
fn nothing_evil_is_taken() {
    let nested = |open: &str, close: &str, times: usize| format!("{}true{}", open.repeat(times), close.repeat(times));
    let sum = |part: &str, times: usize| vec![part; times].join(" + ");
    for evil in [
        format!("({}) != \"\"", sum("message.text", 60)),
        format!("[{}].all(a, a == a)", vec!["message.text"; 60].join(", ")),
        format!("contact.tags.exists(a, ({}) == a)", sum("message.text", 40)),
        format!("contact.tags.map(a, ({})).exists(b, b == \"\")", sum("message.text", 20)),
        "contact.tags.map(a, contact.tags.map(b, contact.tags.map(c, a + b + c))).size() > 0".to_owned(),
        "[1,2].map(a, [1,2].map(b, [1,2].map(c, [1,2].map(d, a + b + c + d)))) == []".to_owned(),
        "message.text.matches(\"(x+x+)+y\")".to_owned(),
        "message.text.matches(message.text)".to_owned(),
        nested("(", ")", 400),
        nested("[", "]", 400),
        nested("!(", ")", 300),
        nested("has(", ")", 200),
        nested("true ? true : (", ")", 60),
        format!("{}true", "true ? true : ".repeat(70)),
        format!("{}true", "!".repeat(900)),
        format!("{}1 == 1", "-".repeat(900)),
        format!("{}true", "! ".repeat(400)),
        format!("{}true", "{1: ".repeat(200)),
        format!("contact{}", ".a".repeat(490)),
        format!("contact.fields{}", "[\"a\"]".repeat(190)),
        format!("{}1 == 1", "1 + ".repeat(240)),
        "\"".repeat(999),
        "'''".repeat(300),
        "a".repeat(1001),
        "\u{0}".repeat(500),
        "contact.vip".repeat(80),
    ] {
        let said = Condition::parse(&evil).map(|condition| condition.steps());
        assert!(said.is_err(), "{said:?}: {}", &evil[..evil.len().min(60)]);
    }
}

/// As dear as what is taken can be.
#[test]
fn the_dearest_that_is_taken_is_within_its_steps() {
    let or = ["contact.tags.exists(t, t == \"a\")"; 5].join(" || ");
    let condition = Condition::parse(&or).unwrap();
    assert!(condition.steps() > MOST_STEPS / 2 && condition.steps() <= MOST_STEPS, "{}", condition.steps());
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-z.()\\[\\]{}!?:&|+<>=\"' 0-9,]{0,80}") {
        let _ = Condition::parse(&text);
    }

    /// Whatever is taken is true or false on any facts that differ as the samples do.
    #[test]
    fn what_is_taken_can_be_computed(
        left in prop::sample::select(vec!["contact.vip", "now.open", "message.urgent", "1 < 2", "message.text == \"a\""]),
        operator in prop::sample::select(vec!["&&", "||", "==", "!="]),
        right in prop::sample::select(vec!["now.hour", "contact.vip", "!now.open", "channel", "\"a\" in contact.tags"]),
    ) {
        let expression = format!("{left} {operator} {right}");
        if let Ok(condition) = Condition::parse(&expression) {
            let failed = condition.fails_on_samples(&Trigger::Inbound { kinds: vec![], first: false });
            prop_assert_eq!(failed, None, "{}", expression);
        }
    }
}
