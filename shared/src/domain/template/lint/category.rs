//! Whether the text fits its category (Meta, "template categorization").
//!
//! Meta decides by itself, and moves what it takes for promotion to marketing; for a utility template that is promotional
//! in plain words, that is an error here, since accounts that do it again lose the category for a while.

use std::collections::BTreeSet;

use super::{
    Report, buttons,
    links::without_links,
    paragraphs,
    phrases::{Token, all_of, find, first_of, is_in, said, sentences, tokens, without},
    readable, rules,
    words::{self, INTERNATIONAL, Words},
};
use crate::domain::template::{Button, Category, Definition, RichButton};

const TO_DO: &str =
    "reads as promotion, which makes it a marketing template: take it out, or choose the category marketing";

/// In six languages. A code may open a door; for the next purchase it is a coupon.
const CODE: &str = "code|codes|código|códigos|kod|koden|rabattcode|gutscheincode";

pub(super) fn offered(report: &mut Report, category: Category) {
    if category == Category::Authentication {
        let message = "one-time codes are not offered, and an authentication template has a fixed text of Meta's: choose utility or marketing";
        report.add(rules::AUTHENTICATION, "category", message);
    }
}

pub(super) fn check(report: &mut Report, language: &str, definition: &Definition) {
    let words = words::of(language);
    match definition.category {
        Category::Utility => {
            promotion(report, words, definition);
            coupon(report, definition);
            if words.is_none() && !report.has(rules::LANGUAGE_CODE) {
                let message = "the words of this language are not known here: check the category yourself";
                report.add(rules::CATEGORY_UNCHECKED, "category", message);
            }
        }
        Category::Marketing => {
            // What is missing from a text in another language would be said in that language.
            if let Some(words) = words.filter(|_| !report.has(rules::LANGUAGE_MISMATCH)) {
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
    let tokens = without(words.map_or("", |words| words.own), tokens(&without_links(text)));
    let lists = [Some(&INTERNATIONAL), words];
    let lists = || lists.into_iter().flatten();
    Marks {
        field,
        strong: lists()
            .find_map(|words| first_of(words.strong, &tokens))
            .or_else(|| words.and_then(|words| coupon_code(words, &tokens))),
        persuasive: apart(lists().flat_map(|words| all_of(words.persuasive, &tokens)), &tokens),
        weak: lists().flat_map(|words| all_of(words.weak, &tokens)).collect(),
        tokens,
    }
}

/// What a code in the text is for, if that is the next purchase.
fn coupon_code(words: &'static Words, tokens: &[Token]) -> Option<&'static str> {
    sentences(tokens)
        .filter(|sentence| is_in(CODE, sentence))
        .find_map(|sentence| first_of(words.next_purchase, sentence))
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
        let unchecked = || ("category_unchecked", "category".to_owned());
        assert_eq!(rules_of("it", "Le sale riunioni sono in sale 1 e 2, la rea è chiusa."), [unchecked()]);
        let promotional = [("promotional", "body".to_owned()), ("promotional", "category".to_owned()), unchecked()];
        assert_eq!(rules_of("it", "20 % off"), promotional);
    }

    #[test]
    fn an_order_may_be_named_after_a_sale() {
        assert_eq!(rules_of("en", "Your Black Friday order was cancelled as you asked."), []);
        assert_eq!(rules_of("de", "Ihre Black-Friday-Bestellung wurde versandt."), []);
        let rules = rules_of("en", "Place your Black Friday order now.");
        assert_eq!(rules.first(), Some(&("promotional", "body".to_owned())));
    }

    #[test]
    fn a_code_is_a_coupon_where_it_is_for_the_next_purchase() {
        for (language, body) in [
            ("en", "Your order was delivered. Use code THANKYOU the next time you shop with us."),
            ("de", "Ihre Bestellung ist da. Nutzen Sie beim nächsten Einkauf den Code DANKE."),
            ("fr", "Votre commande est livrée. Utilisez le code MERCI pour votre prochain achat."),
        ] {
            let rules = rules_of(language, body);
            assert_eq!(rules.first(), Some(&("promotional", "body".to_owned())), "{body}");
        }
        assert_eq!(rules_of("en", "The code of your room is 4471, and you need it for your next visit."), []);
    }
}
