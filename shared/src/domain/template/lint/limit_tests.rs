//! Each limit at its edge, and what one finding says about another.

use std::collections::BTreeMap;

use super::*;
use crate::domain::template::{Button, Category};

/// A good template.
fn good() -> Definition {
    Definition {
        category: Category::Utility,
        header: None,
        body: "Hello {{guest_name}}, your booking is confirmed and we look forward to your stay.".to_owned(),
        footer: None,
        buttons: vec![],
        samples: BTreeMap::from([("guest_name".to_owned(), "Ana".to_owned())]),
        time_to_live_seconds: 3600,
    }
}

/// The rules that the template breaks.
#[track_caller]
fn broken(change: impl FnOnce(&mut Definition)) -> Vec<&'static str> {
    let mut definition = good();
    change(&mut definition);
    rules_of("en", &definition, &[])
}

fn rules_of(language: &str, definition: &Definition, others: &[(&str, &Definition)]) -> Vec<&'static str> {
    let circumstances = Circumstances { next_step_after_seconds: None, others };
    lint("booking_confirmed", language, definition, &circumstances).iter().map(|finding| finding.rule).collect()
}

const NONE: [&str; 0] = [];

/// A text of so many characters that begins so. Characters count, not bytes.
fn of_length(start: &str, length: usize) -> String {
    start.to_owned() + &"é".repeat(length - start.chars().count())
}

#[test]
fn texts_may_be_as_long_as_the_limit() {
    let body = "Hello {{guest_name}}, your booking is confirmed and this is a long text: ";
    assert_eq!(broken(|d| d.body = of_length(body, 1024)), NONE);
    assert_eq!(broken(|d| d.body = of_length(body, 1025)), ["body_length"]);
    let filled = |sample: usize| {
        broken(|d| {
            d.body = of_length(body, 1000);
            d.samples.insert("guest_name".to_owned(), of_length("Ana ", sample));
        })
    };
    // `{{guest_name}}` has 14.
    assert_eq!(filled(14 + 24), NONE);
    assert_eq!(filled(14 + 25), ["body_filled_length"]);
    assert_eq!(broken(|d| d.footer = Some(of_length("Hotel ", 60))), NONE);
    assert_eq!(broken(|d| d.footer = Some(of_length("Hotel ", 61))), ["footer_length"]);
    let header = |length| broken(|d| d.header = Some(Header::Text { text: of_length("Booking ", length) }));
    assert_eq!(header(60), NONE);
    assert_eq!(header(61), ["header_length"]);
}

#[test]
fn names_may_be_as_long_as_the_limit() {
    let rules = |name: &str| {
        let found = lint(name, "en", &good(), &Circumstances::default());
        found.iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(&"a".repeat(512)), NONE);
    assert_eq!(rules(&"a".repeat(513)), ["name_shape"]);
}

#[test]
fn buttons_may_be_as_many_and_as_long_as_the_limit() {
    let label = |length| broken(|d| d.buttons = vec![Button::QuickReply(of_length("Yes ", length))]);
    assert_eq!(label(25), NONE);
    assert_eq!(label(26), ["label_length"]);
    let url = |length| {
        let url = of_length("https://sol.example/", length);
        broken(|d| d.buttons = vec![Button::Rich(RichButton::Url { text: "Open".to_owned(), url })])
    };
    assert_eq!(url(2000), NONE);
    assert_eq!(url(2001), ["url_length"]);
    let code = |length| {
        let mut definition = good();
        definition.category = Category::Marketing;
        definition.time_to_live_seconds = 43_200;
        definition.footer = Some("Reply STOP to opt out".to_owned());
        definition.buttons = vec![Button::Rich(RichButton::CopyCode { example: "A".repeat(length) })];
        rules_of("en", &definition, &[])
    };
    assert_eq!(code(15), ["copy_code_button"]);
    assert_eq!(code(16), ["coupon_code", "copy_code_button"]);
    let phone = |digits| {
        let phone = format!("+{}", "1".repeat(digits));
        broken(|d| d.buttons = vec![Button::Rich(RichButton::Phone { text: "Call".to_owned(), phone })])
    };
    assert_eq!(phone(20), NONE);
    assert_eq!(phone(21), ["phone_number"]);
    let replies = |count| broken(|d| d.buttons = (0..count).map(|n| Button::QuickReply(format!("No. {n}"))).collect());
    assert_eq!(replies(10), NONE);
    assert_eq!(replies(11), ["button_count"]);
}

/// (Meta, error 2388293; Twilio, "Content API".)
#[test]
fn two_words_and_one_more_stand_for_each_variable() {
    let words = |body: &str| broken(|d| body.clone_into(&mut d.body));
    assert_eq!(words("Hello {{guest_name}} your room"), NONE);
    assert_eq!(words("Hello {{guest_name}} room"), ["little_but_variables"]);
    let two = |body: &str| {
        broken(|d| {
            body.clone_into(&mut d.body);
            d.samples.insert("room".to_owned(), "12".to_owned());
        })
    };
    assert_eq!(two("Hello {{guest_name}} your room {{room}} is ready"), NONE);
    assert_eq!(two("Hello {{guest_name}} your room {{room}} ready"), ["too_many_variables"]);
}

#[test]
fn an_urge_and_a_term_together_are_promotion() {
    let body = |body: &str| {
        broken(|d| {
            body.clone_into(&mut d.body);
            d.samples.clear();
        })
    };
    assert_eq!(body("Your booking has a discount."), ["maybe_promotional"; 2]);
    assert_eq!(body("Your booking is near, so hurry."), ["maybe_promotional"; 2]);
    assert_eq!(body("Your booking has a discount, so hurry."), ["promotional"; 2]);
}

#[test]
fn a_template_is_no_duplicate_of_itself_and_authentication_has_none() {
    let definition = good();
    assert_eq!(rules_of("en", &definition, &[("booking_confirmed", &definition)]), NONE);
    assert_eq!(rules_of("en", &definition, &[("other", &definition)]), ["duplicate"]);
    let mut near = good();
    near.body = near.body.to_uppercase().replace("{{GUEST_NAME}}", "{{name}}");
    assert_eq!(rules_of("en", &definition, &[("other", &near)]), ["near_duplicate"]);
    near.footer = Some("Hotel Sol".to_owned());
    assert_eq!(rules_of("en", &definition, &[("other", &near)]), NONE);
    let code = Definition { category: Category::Authentication, ..good() };
    assert_eq!(rules_of("en", &code, &[("other", &code)]), ["authentication"]);
}

#[test]
fn a_sample_is_not_blamed_for_a_variable_that_is_misspelt_or_in_the_wrong_place() {
    assert_eq!(broken(|d| d.body = d.body.replace("guest_name", "Guest_name")), ["variable_name"]);
    let footer = broken(|d| {
        d.footer = Some("Hotel {{hotel_name}}".to_owned());
        d.samples.insert("hotel_name".to_owned(), "Sol".to_owned());
    });
    assert_eq!(footer, ["footer_variables"]);
}

#[test]
fn nothing_is_missed_in_a_text_that_is_in_another_language() {
    let mut definition = good();
    definition.body =
        "Olá {{guest_name}}, o verão voltou e o mar está quente outra vez. Você vem com a gente?".to_owned();
    assert_eq!(rules_of("es", &definition, &[]), ["language_mismatch"]);
    assert_eq!(rules_of("pt_BR", &definition, &[]), ["no_transaction"]);
}
