//! Samples: reviewers read the template with them filled in.

use std::collections::BTreeSet;

use super::{Report, buttons, header_text, readable, rules, text};
use crate::domain::{
    template::Definition,
    template::variables::{Piece, check_name, checked_pieces, pieces},
};

const SAYS_NOTHING: &[&str] = &[
    "aaa",
    "abc",
    "abcd",
    "asdf",
    "bar",
    "beispiel",
    "blah",
    "ejemplo",
    "exempel",
    "exemple",
    "exemplo",
    "example",
    "foo",
    "foobar",
    "lorem",
    "lorem ipsum",
    "n/a",
    "name here",
    "none",
    "null",
    "placeholder",
    "prov",
    "prueba",
    "qwerty",
    "sample",
    "sample text",
    "string",
    "tba",
    "tbd",
    "test",
    "test test",
    "test123",
    "teste",
    "testing",
    "text",
    "todo",
    "undefined",
    "valeur",
    "valor",
    "value",
    "var",
    "variable",
    "wert",
    "whatever",
    "your name",
];

/// Parts of an e-mail address that are not somebody's.
const ROLES: &[&str] = &[
    "accueil",
    "billing",
    "booking",
    "bookings",
    "concierge",
    "contact",
    "contacto",
    "empfang",
    "frontdesk",
    "hello",
    "help",
    "hola",
    "hotel",
    "info",
    "kontakt",
    "mail",
    "office",
    "recepcao",
    "recepcion",
    "reception",
    "reservas",
    "reservation",
    "reservations",
    "reservierung",
    "rezeption",
    "service",
    "support",
    "team",
    "welcome",
];

/// Numbers that are nobody's: kept free for films and documents, or plainly made up.
const FREE_NUMBERS: &[&str] = &[
    "55501",
    "447700900",
    "442079460",
    "441632960",
    "3933012",
    "46701740",
    "468465004",
    "46317400",
    "49302312",
    "33199",
    "33639",
    "0000",
    "1111",
    "12345",
    "98765",
    "23456",
];

pub(super) fn check(report: &mut Report, definition: &Definition) {
    let in_urls: BTreeSet<&str> =
        definition.buttons.iter().filter_map(buttons::url).flat_map(text::variables).collect();
    let in_text = [Some(definition.body.as_str()), header_text(definition)].into_iter().flatten();
    let used: BTreeSet<&str> = in_text.clone().flat_map(text::variables).chain(in_urls.iter().copied()).collect();
    for name in &used {
        match definition.samples.get(*name).map(|sample| sample.trim()) {
            None => {
                let message = format!("{{{{{name}}}}} has no sample: add what it may look like");
                report.add(rules::MISSING_SAMPLE, format!("samples.{name}"), message);
            }
            Some("") => {
                let message = format!("the sample of {{{{{name}}}}} is empty: write what it may look like");
                report.add(rules::MISSING_SAMPLE, format!("samples.{name}"), message);
            }
            Some(_) => {}
        }
    }
    // A variable that is misspelt, or where none may be, has been found already, and its sample may well be right.
    let urls = definition.buttons.iter().filter_map(buttons::url);
    let elsewhere: BTreeSet<&str> = readable(definition).flat_map(|(_, text)| text::variables(text)).collect();
    let well_formed = in_text.chain(urls).all(|text| checked_pieces(text).is_ok());
    for (name, sample) in &definition.samples {
        let field = format!("samples.{name}");
        let is_used = used.contains(name.as_str()) || elsewhere.contains(name.as_str());
        if check_name(name).is_err() || (well_formed && !is_used) {
            let message = "no variable of the header, the body or a URL has this name: correct it or take it out";
            report.add(rules::UNKNOWN_SAMPLE, field, message);
        } else if !sample.trim().is_empty() {
            check_sample(report, &field, name, sample, in_urls.contains(name.as_str()));
        }
    }
}

fn check_sample(report: &mut Report, field: &str, name: &str, sample: &str, in_url: bool) {
    if sample.contains(['\n', '\r', '\t']) || sample.contains("     ") {
        let message = "a value has no line break, no tab and no more than 4 spaces in a row: write it in one line";
        report.add(rules::SAMPLE_LAYOUT, field, message);
    }
    if sample.contains("{{") || pieces(sample).iter().any(|piece| matches!(piece, Piece::Variable(_))) {
        report.add(rules::SAMPLE_BRACES, field, "write what a customer would read instead of a variable");
    }
    if says_nothing(name, sample) {
        let message = "reviewers cannot see what this stands for: write what a customer would read, such as Ana Silva";
        report.add(rules::SAMPLE_SAYS_NOTHING, field, message);
    }
    if is_personal(name, sample) {
        let message = "this may be somebody's: make one up, such as +1 555 0100 or ana@example.com";
        report.add(rules::SAMPLE_PERSONAL, field, message);
    }
    if in_url && (sample.contains(char::is_whitespace) || sample.contains("://")) {
        let message = "the value is put at the end of the URL: write that part only, without spaces";
        report.add(rules::SAMPLE_IN_URL, field, message);
    }
}

fn says_nothing(name: &str, sample: &str) -> bool {
    let is_around = |c: char| matches!(c, '[' | ']' | '<' | '>' | '(' | ')' | '"' | '.' | '!' | '%' | '$' | '#');
    let plain = sample.trim().trim_matches(is_around);
    let lower = plain.trim().to_lowercase();
    let words = lower.replace(['_', '-'], " ");
    let without_number = words.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
    let mut letters = lower.chars().filter(|c| !c.is_whitespace());
    let Some(first) = letters.next() else { return true };
    let count = 1 + letters.clone().count();
    // Rooms are called 111 and 222.
    let fewest = if first.is_ascii_digit() { 5 } else { 3 };
    let repeated = letters.all(|c| c == first) && (count >= fewest || !first.is_alphanumeric() || first == 'x');
    let last_of_name = name.rsplit('_').next().unwrap_or_default();
    repeated
        || SAYS_NOTHING.contains(&words.as_str())
        || SAYS_NOTHING.contains(&without_number)
        || words == name.replace('_', " ")
        || (lower == last_of_name && name != lower && !last_of_name.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_personal(name: &str, sample: &str) -> bool {
    is_persons_mail(sample) || is_real_number(name, sample) || is_card(sample)
}

fn is_persons_mail(sample: &str) -> bool {
    let address = sample.split_whitespace().find_map(|word| word.split_once('@'));
    address.is_some_and(|(local, domain)| {
        let domain = domain.trim_end_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        let first = domain.split('.').next().unwrap_or_default();
        let made_up = matches!(first, "example" | "ejemplo" | "exemplo" | "exemple" | "beispiel" | "exempel" | "test")
            || [".example", ".test", ".invalid"].iter().any(|end| domain.ends_with(end));
        domain.contains('.') && !made_up && !ROLES.contains(&local.to_lowercase().as_str())
    })
}

/// Written as an international number, or the value of a phone variable.
fn is_real_number(name: &str, sample: &str) -> bool {
    let digits: String = sample.chars().filter(char::is_ascii_digit).collect();
    let only_number =
        sample.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | '/'));
    let is_phone = ["phone", "tel", "telefon", "telefono", "telefone", "mobile", "movil", "handy", "whatsapp"];
    let named = name.split('_').any(|part| is_phone.contains(&part));
    only_number
        && (8..=15).contains(&digits.len())
        && (sample.trim_start().starts_with('+') || named)
        && !FREE_NUMBERS.iter().any(|free| digits.contains(free))
}

/// 13 to 19 digits with a card number's check digit (ISO/IEC 7812-1).
fn is_card(sample: &str) -> bool {
    let digits: Vec<u32> = sample.chars().filter_map(|c| c.to_digit(10)).collect();
    if !(13..=19).contains(&digits.len()) || sample.chars().any(char::is_alphabetic) {
        return false;
    }
    let doubled = |(index, digit): (usize, &u32)| match index % 2 {
        0 => *digit,
        _ if *digit > 4 => digit * 2 - 9,
        _ => digit * 2,
    };
    digits.iter().rev().enumerate().map(doubled).sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_that_could_be_anything_says_nothing() {
        for (name, sample) in [
            ("guest_name", "test"),
            ("guest_name", "Guest name"),
            ("guest_name", "guest_name"),
            ("guest_name", "Name"),
            ("room", "xxx"),
            ("room", "Sample 1"),
            ("room", "..."),
            ("room", "?"),
            ("room", "[room]"),
            ("guest_name", "%guest_name%"),
            ("room", "x"),
            ("booking", "000000"),
            ("date", "TBD"),
        ] {
            assert!(says_nothing(name, sample), "{name}: {sample}");
        }
        for (name, sample) in [
            ("guest_name", "Ana"),
            ("room", "1"),
            ("room", "12"),
            ("nights", "3"),
            ("room", "222"),
            ("line_1", "1"),
            ("plan", "A"),
            ("door_code", "4471"),
            ("discount", "25%"),
            ("amount", "$1"),
            ("order_number", "#10482"),
        ] {
            assert!(!says_nothing(name, sample), "{name}: {sample}");
        }
    }

    #[test]
    fn a_sample_that_may_be_somebodys_is_found() {
        for (name, sample) in [
            ("email", "maria.gonzalez@gmail.com"),
            ("contact", "+34 612 874 390"),
            ("phone", "0176 8834 2217"),
            ("card", "4539 1488 0343 6467"),
            ("guest", "write to Ana.B@hotmail.com."),
        ] {
            assert!(is_personal(name, sample), "{sample}");
        }
        for (name, sample) in [
            ("email", "ana@example.com"),
            ("email", "reception@hotel-sol.com"),
            ("phone", "+1 555 0100"),
            ("dates", "2026-03-14"),
            ("phone", "+34 600 000 000"),
            ("booking", "4471920385"),
            ("phone", "+44 7700 900123"),
            ("booking", "4539148803436468"),
        ] {
            assert!(!is_personal(name, sample), "{sample}");
        }
    }
}
