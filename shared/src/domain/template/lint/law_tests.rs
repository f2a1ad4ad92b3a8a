//! What holds for every template, however odd.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::template::{Button, Category};

/// Text as people and machines may send it: with braces, signs, links, scripts and control characters.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "\\PC{0,12}",
        any::<String>(),
        "[a-zåäöñßéİ ]{0,12}",
        Just("{{guest_name}}".to_owned()),
        Just("{{1}}".to_owned()),
        Just("{{{".to_owned()),
        Just("}}".to_owned()),
        Just("https://".to_owned()),
        Just("bit.ly/".to_owned()),
        Just("20 % off ".to_owned()),
        Just("your card number ".to_owned()),
        Just("*_~```".to_owned()),
        Just("\u{200D}\u{FE0F}\u{20E3}👍🏽🇸🇪".to_owned()),
        Just("\n \t\r".to_owned()),
    ];
    proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

fn button() -> impl Strategy<Value = Button> {
    prop_oneof![
        text().prop_map(Button::QuickReply),
        (text(), text()).prop_map(|(text, url)| Button::Rich(RichButton::Url { text, url })),
        (text(), "[+0-9 a-z]{0,24}").prop_map(|(text, phone)| Button::Rich(RichButton::Phone { text, phone })),
        text().prop_map(|example| Button::Rich(RichButton::CopyCode { example })),
        (text(), text()).prop_map(|(kind, text)| Button::Rich(RichButton::Other { kind, text })),
    ]
}

fn definition() -> impl Strategy<Value = Definition> {
    let category = prop_oneof![Just(Category::Utility), Just(Category::Marketing), Just(Category::Authentication)];
    let header =
        prop_oneof![text().prop_map(|text| Header::Text { text }), Just(Header::Image), Just(Header::Location)];
    let samples = proptest::collection::btree_map("[a-z_1]{0,10}|guest_name", text(), 0..4);
    (
        category,
        proptest::option::of(header),
        text(),
        proptest::option::of(text()),
        proptest::collection::vec(button(), 0..5),
        samples,
        any::<u32>(),
    )
        .prop_map(|(category, header, body, footer, buttons, samples, time_to_live_seconds)| Definition {
            category,
            header,
            body,
            footer,
            buttons,
            samples,
            time_to_live_seconds,
        })
}

fn language() -> impl Strategy<Value = String> {
    prop_oneof![proptest::sample::select(LANGUAGES).prop_map(str::to_owned), "\\PC{0,6}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_template_makes_it_panic_and_all_findings_are_known(
        name in "\\PC{0,20}", language in language(), definition in definition(), other in definition(), next in any::<Option<u32>>(),
    ) {
        let others = [("other", &other), ("same", &definition)];
        let circumstances = Circumstances { next_step_after_seconds: next, others: &others };
        let found = lint(&name, &language, &definition, &circumstances);
        for finding in &found {
            let rule = RULES.iter().find(|rule| rule.code == finding.rule);
            prop_assert_eq!(rule.map(|rule| (rule.severity, rule.source)), Some((finding.severity, finding.source)));
            prop_assert!(!finding.field.is_empty() && !finding.message.is_empty());
        }
        let twice = |finding: &Finding| {
            found.iter().filter(|other| other.rule == finding.rule && other.field == finding.field).count() > 1
        };
        prop_assert!(!found.iter().any(twice));
        prop_assert_eq!(&found, &lint(&name, &language, &definition, &circumstances));
    }
}

#[test]
fn rules_have_codes_of_their_own() {
    let mut codes: Vec<_> = RULES.iter().map(|rule| rule.code).collect();
    codes.sort_unstable();
    assert!(codes.windows(2).all(|pair| pair[0] != pair[1]));
    let is_snake = |code: &str| code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    assert!(RULES.iter().all(|rule| is_snake(rule.code) && !rule.says.ends_with('.') && !rule.source.is_empty()));
}

#[test]
fn a_huge_template_is_refused_by_its_limits_alone() {
    let body = "Your booking {{a}} 20 % off bit.ly/x ".repeat(100_000);
    let definition = Definition {
        category: Category::Utility,
        header: None,
        body,
        footer: None,
        buttons: vec![Button::QuickReply("x".repeat(1000)); 1000],
        samples: (0..10_000).map(|n| (format!("n{n}"), "y".to_owned())).collect::<BTreeMap<_, _>>(),
        time_to_live_seconds: 3600,
    };
    let found = lint("big", "en", &definition, &Circumstances::default());
    assert!(found.iter().any(|finding| finding.rule == "body_length"));
    assert!(found.len() < 200, "{}", found.len());
}
