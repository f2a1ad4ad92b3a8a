//! Whether the text fits its category (Meta, "template categorization").
//!
//! Meta decides by itself, and moves what it takes for promotion to marketing; for a utility template that is promotional
//! in plain words, that is an error here, since accounts that do it again lose the category for a while.

use std::collections::BTreeSet;

use super::{
    Report, buttons,
    links::without_links,
    paragraphs,
    phrases::{Token, all_of, find, first_of, said, tokens},
    readable, rules, text,
    words::{self, INTERNATIONAL, Words},
};
use crate::domain::template::{Button, Category, Definition, RichButton};

const TO_DO: &str =
    "reads as promotion, which makes it a marketing template: take it out, or choose the category marketing";

pub(super) fn offered(report: &mut Report, category: Category) {
    if category == Category::Authentication {
        let message = "one-time codes are not offered, and an authentication template has a fixed text of Meta's: choose utility or marketing";
        report.add(rules::AUTHENTICATION, "category", message);
    }
}

pub(super) fn check(report: &mut Report, language: &str, definition: &Definition) {
    let words = words::of(language);
    // What is missing from a text in another language would be said in that language.
    let expected = words.filter(|_| !report.has(rules::LANGUAGE_MISMATCH));
    match definition.category {
        Category::Utility => {
            promotion(report, words, definition);
            coupon(report, definition);
            if let Some(words) = expected {
                transaction(report, words, definition);
            }
        }
        Category::Marketing => {
            if let Some(words) = expected {
                opt_out(report, words, definition);
            }
        }
        Category::Authentication => {}
    }
}

/// What in one field reads as promotion.
struct Marks {
    field: String,
    strong: Option<&'static str>,
    persuasive: Vec<&'static str>,
    weak: Vec<&'static str>,
    tokens: Vec<Token>,
}

fn marks(field: String, text: &str, words: Option<&'static Words>) -> Marks {
    let tokens = tokens(&without_links(text));
    let lists = [Some(&INTERNATIONAL), words];
    let lists = || lists.into_iter().flatten();
    Marks {
        field,
        strong: lists().find_map(|words| first_of(words.strong, &tokens)),
        persuasive: apart(lists().flat_map(|words| all_of(words.persuasive, &tokens)), &tokens),
        weak: lists().flat_map(|words| all_of(words.weak, &tokens)).collect(),
        tokens,
    }
}

/// The phrases without those that say the same words of the text again.
fn apart(phrases: impl Iterator<Item = &'static str>, tokens: &[Token]) -> Vec<&'static str> {
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let mut is_new = |phrase: &&str| {
        let Some((start, end)) = find(phrase, tokens) else { return false };
        let free = taken.iter().all(|(from, to)| end <= *from || *to <= start);
        if free {
            taken.push((start, end));
        }
        free
    };
    phrases.filter(|phrase| is_new(phrase)).collect()
}

fn promotion(report: &mut Report, words: Option<&'static Words>, definition: &Definition) {
    let samples = definition.samples.iter().map(|(name, sample)| (format!("samples.{name}"), sample.as_str()));
    let all: Vec<Marks> = readable(definition).chain(samples).map(|(field, text)| marks(field, text, words)).collect();
    let urges: BTreeSet<_> = all.iter().flat_map(|marks| &marks.persuasive).collect();
    let terms: BTreeSet<_> = all.iter().flat_map(|marks| &marks.weak).collect();
    let together = urges.len() > 1 || (urges.len() == 1 && !terms.is_empty());

    let mut worst: Option<(bool, String)> = None;
    for marks in all {
        let first = marks.strong.or(marks.persuasive.first().copied()).or(marks.weak.first().copied());
        let Some(phrase) = first else { continue };
        let certain = marks.strong.is_some() || together;
        let rule = if certain { rules::PROMOTIONAL } else { rules::MAYBE_PROMOTIONAL };
        let may = if certain { "" } else { "may be one that " };
        let said = said(phrase, &marks.tokens);
        report.add(rule, marks.field, format!("\"{said}\" {may}{TO_DO}"));
        if worst.as_ref().is_none_or(|(known, _)| !known && certain) {
            worst = Some((certain, said));
        }
    }
    // The other way to put it right.
    match worst {
        Some((true, said)) => {
            let message = format!("with words such as \"{said}\" it is no utility template: choose marketing");
            report.add(rules::PROMOTIONAL, "category", message);
        }
        Some((false, said)) => {
            let message = format!("with words such as \"{said}\" Meta may take it for marketing");
            report.add(rules::MAYBE_PROMOTIONAL, "category", message);
        }
        None => {}
    }
}

fn coupon(report: &mut Report, definition: &Definition) {
    for (index, button) in definition.buttons.iter().enumerate() {
        if matches!(button, Button::Rich(RichButton::CopyCode { .. })) {
            let message = "a code to copy is a coupon: take the button out, or choose the category marketing";
            report.add(rules::COUPON_IN_UTILITY, format!("buttons[{index}]"), message);
            report.add(
                rules::COUPON_IN_UTILITY,
                "category",
                "a template with a coupon is marketing: choose that category",
            );
        }
    }
}

/// A utility template is about what the customer has asked for. A variable that is not merely somebody's name stands for
/// it as well.
fn transaction(report: &mut Report, words: &'static Words, definition: &Definition) {
    let names_only = [
        "name", "nombre", "nome", "nom", "namn", "guest", "customer", "client", "cliente", "hotel", "gast", "kunde",
        "property",
    ];
    let about_it = |name: &str| !name.split('_').any(|part| names_only.contains(&part));
    if text::variables(&definition.body).any(about_it) {
        return;
    }
    let read: Vec<Token> = paragraphs(definition).flat_map(|(_, text)| tokens(text)).collect();
    if first_of(words.transaction, &read).is_none() && !definition.body.trim().is_empty() {
        let message = "nothing says what this has to do with the customer's own booking, order or request: say so, or choose the category marketing";
        report.add(rules::NO_TRANSACTION, "category", message);
    }
}

fn opt_out(report: &mut Report, words: &'static Words, definition: &Definition) {
    let replies = definition.buttons.iter().filter(|button| matches!(button, Button::QuickReply(_)));
    let places = paragraphs(definition).map(|(_, text)| text).chain(replies.filter_map(buttons::label));
    let says_how = |text: &str| {
        let tokens = tokens(text);
        [INTERNATIONAL.opt_out, words.opt_out].into_iter().any(|list| first_of(list, &tokens).is_some())
    };
    if !places.into_iter().any(says_how) {
        let message = "say how to opt out, in the footer (such as \"Reply STOP to opt out\") or by a quick reply";
        report.add(rules::NO_OPT_OUT, "footer", message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn rules_of(language: &str, body: &str) -> Vec<(&'static str, String)> {
        let definition = Definition {
            category: Category::Utility,
            header: None,
            body: body.to_owned(),
            footer: None,
            buttons: vec![],
            samples: std::collections::BTreeMap::new(),
            time_to_live_seconds: 3600,
        };
        let mut report = Report::default();
        check(&mut report, language, &definition);
        report.findings.into_iter().map(|finding| (finding.rule, finding.field)).collect()
    }

    #[test]
    fn one_strong_word_is_enough_and_a_weak_one_is_a_risk() {
        let both = |rule: &'static str| vec![(rule, "body".to_owned()), (rule, "category".to_owned())];
        assert_eq!(rules_of("en", "Your booking: 20 % off."), both("promotional"));
        assert_eq!(rules_of("en", "The discount on booking {{x}} is in the invoice."), both("maybe_promotional"));
        assert_eq!(rules_of("en", "Your stay is near. Book again, and hurry."), both("promotional"));
        assert_eq!(rules_of("en", "Your room has free Wi-Fi. Feel free to ask."), []);
    }

    #[test]
    fn an_urge_counts_once_however_many_phrases_say_it() {
        let rules = rules_of("en", "Your stay is over. Discover our new range.");
        assert_eq!(rules, [("maybe_promotional", "body".to_owned()), ("maybe_promotional", "category".to_owned())]);
    }

    #[test]
    fn words_of_another_language_do_not_count() {
        assert_eq!(rules_of("it", "Le sale riunioni sono in sale 1 e 2, la rea è chiusa."), []);
        assert_eq!(
            rules_of("it", "20 % off"),
            [("promotional", "body".to_owned()), ("promotional", "category".to_owned())]
        );
    }
}
