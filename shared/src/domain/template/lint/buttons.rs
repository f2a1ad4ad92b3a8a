//! Buttons: how many, in what order, and what each of them may hold.

use std::collections::HashSet;

use super::{Report, copies_code, links, rules, text};
use crate::domain::{
    template::variables::{BadVariable, Piece, checked_pieces},
    template::{Button, RichButton},
};

const MOST_BUTTONS: usize = 10;
const LONGEST_LABEL: usize = 25;
const LONGEST_URL: usize = 2000;
/// Meta's documents have said 20 since December 2025 and 15 before; 15 is right by both.
const LONGEST_CODE: usize = 15;

/// The label that is shown; a button that copies a code has Meta's own.
pub(super) fn label(button: &Button) -> Option<&str> {
    match button {
        Button::QuickReply(text)
        | Button::Rich(
            RichButton::Url { text, .. } | RichButton::Phone { text, .. } | RichButton::Other { text, .. },
        ) => Some(text),
        Button::Rich(RichButton::CopyCode { .. }) => None,
    }
}

/// Where the label is: a quick reply is its label alone.
pub(super) fn label_field(index: usize, button: &Button) -> String {
    match button {
        Button::QuickReply(_) => format!("buttons[{index}]"),
        Button::Rich(_) => format!("buttons[{index}].text"),
    }
}

pub(super) fn url(button: &Button) -> Option<&str> {
    match button {
        Button::Rich(RichButton::Url { url, .. }) => Some(url),
        Button::QuickReply(_)
        | Button::Rich(RichButton::Phone { .. } | RichButton::CopyCode { .. } | RichButton::Other { .. }) => None,
    }
}

pub(super) fn check(report: &mut Report, buttons: &[Button]) {
    counts(report, buttons);
    order(report, buttons);
    let mut labels = HashSet::new();
    // Beyond that, the number of buttons is what is wrong.
    for (index, button) in buttons.iter().enumerate().take(5 * MOST_BUTTONS) {
        if let Some(text) = label(button) {
            let field = label_field(index, button);
            check_label(report, &field, text);
            if !labels.insert(text.trim().to_lowercase()) {
                report.add(rules::LABEL_DUPLICATE, field, "another button has this label: give each its own");
            }
        }
        match button {
            Button::Rich(RichButton::Url { url, .. }) => check_url(report, &format!("buttons[{index}].url"), url),
            Button::Rich(RichButton::Phone { phone, .. }) => {
                check_phone(report, &format!("buttons[{index}].phone"), phone);
            }
            Button::Rich(RichButton::CopyCode { example }) => {
                check_code(report, format!("buttons[{index}].example"), example);
                let message =
                    "sending a code to copy is not supported yet: write the code into the body, or leave it out";
                report.add(rules::COPY_CODE_BUTTON, format!("buttons[{index}]"), message);
            }
            Button::Rich(RichButton::Other { kind, .. }) => {
                let message = format!(
                    "buttons of the kind {} cannot be submitted: use a quick reply, a URL or a phone number",
                    text::quoted(kind)
                );
                report.add(rules::OTHER_BUTTON, format!("buttons[{index}]"), message);
            }
            Button::QuickReply(_) => {}
        }
    }
}

fn counts(report: &mut Report, buttons: &[Button]) {
    let count = |of: fn(&RichButton) -> bool| {
        buttons.iter().filter(|button| matches!(button, Button::Rich(rich) if of(rich))).count()
    };
    let urls = count(|rich| matches!(rich, RichButton::Url { .. }));
    let phones = count(|rich| matches!(rich, RichButton::Phone { .. }));
    let codes = count(copies_code);
    for (rule, found, most, what) in [
        (rules::BUTTON_COUNT, buttons.len(), MOST_BUTTONS, "buttons in all"),
        (rules::URL_BUTTON_COUNT, urls, 2, "URL buttons"),
        (rules::PHONE_BUTTON_COUNT, phones, 1, "phone button"),
        (rules::COPY_CODE_COUNT, codes, 1, "button that copies a code"),
    ] {
        if found > most {
            report.add(rule, "buttons", format!("a template has at most {most} {what}, this one has {found}"));
        }
    }
}

fn order(report: &mut Report, buttons: &[Button]) {
    let is_reply = |button: &Button| matches!(button, Button::QuickReply(_));
    let mut runs: Vec<bool> = buttons.iter().map(is_reply).collect();
    runs.dedup();
    // Such as reply, other, reply; and as other, reply, other.
    if runs.len() > 2 {
        let message = "put all quick replies together, before or after the other buttons";
        report.add(rules::BUTTON_ORDER, "buttons", message);
    }
}

fn check_label(report: &mut Report, field: &str, label: &str) {
    let length = label.chars().count();
    if length > LONGEST_LABEL || label.trim().is_empty() {
        let message = format!("a label has 1 to 25 characters, this one has {length}");
        report.add(rules::LABEL_LENGTH, field, message);
    }
    if label.contains("{{") || label.contains("}}") {
        report.add(rules::LABEL_VARIABLES, field, "a label has no variables: write plain words");
    }
    let formatted = label.contains(['\n', '\r', '\t', '*', '~', '`'])
        || label.split_whitespace().any(|word| word.len() > 2 && word.starts_with('_') && word.ends_with('_'));
    if formatted || text::emoji_count(label) > 0 {
        let message = "a label is a line of plain text: take out line breaks, emoji and formatting";
        report.add(rules::LABEL_FORMAT, field, message);
    }
}

fn check_url(report: &mut Report, field: &str, url: &str) {
    let length = url.chars().count();
    if length > LONGEST_URL {
        report.add(rules::URL_LENGTH, field, format!("a URL has at most 2000 characters, this one has {length}"));
        return;
    }
    let pieces = match checked_pieces(url) {
        Ok(pieces) => pieces,
        Err(bad) => {
            let rule = if bad == BadVariable::Braces { rules::VARIABLE_BRACES } else { rules::VARIABLE_NAME };
            report.add(rule, field, bad.message());
            return;
        }
    };
    let is_variable = |piece: &Piece<'_>| matches!(piece, Piece::Variable(_));
    if pieces.iter().rev().skip(1).any(is_variable) {
        let message =
            "a URL has at most one variable, at its very end, such as https://example.com/booking/{{booking}}";
        report.add(rules::URL_VARIABLE, field, message);
    }
    if !url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://")) {
        report.add(rules::URL_SCHEME, field, "write a whole URL that begins with https://");
        return;
    }
    let host = links::host(&url[8..]);
    let whole = links::is_domain(&host) || links::is_ip(&host);
    if !whole || url.contains(char::is_whitespace) || url.contains(['<', '>', '"', '@']) {
        let message = "write a whole URL with its domain, without spaces, such as https://example.com/booking";
        report.add(rules::URL_SHAPE, field, message);
    }
}

fn check_phone(report: &mut Report, field: &str, phone: &str) {
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    let rest = phone.strip_prefix('+').unwrap_or(phone);
    let shaped = rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '.' | '/'));
    if !shaped || !(5..=20).contains(&digits) {
        let message = "a phone number has 5 to 20 digits, with the country's code, such as +15550051310";
        report.add(rules::PHONE_NUMBER, field, message);
    } else if rest.starts_with('0') && !rest.starts_with("00") {
        report.add(rules::PHONE_COUNTRY, field, "begin the number with + and the country's code");
    }
}

fn check_code(report: &mut Report, field: String, example: &str) {
    let length = example.chars().count();
    let shaped = example.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if length == 0 || length > LONGEST_CODE || !shaped {
        let message = format!("a code to copy has 1 to 15 letters and digits, this one has {length} characters");
        report.add(rules::COUPON_CODE, field, message);
    }
}
