//! Name, header, body and footer: their limits and what may be in them; and duplicates.

use super::{Report, rules, text};
use crate::domain::{
    template::variables::{Piece, pieces},
    template::{Category, Definition, Header},
};

const LONGEST_NAME: usize = 512;
const LONGEST_BODY: usize = 1024;
/// Of headers and footers.
const LONGEST_LINE: usize = 60;

pub(super) fn name(report: &mut Report, name: &str) {
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        report.add(rules::NAME_SHAPE, "name", "a name has 1 to 512 characters");
    } else if !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
        report.add(rules::NAME_SHAPE, "name", "write the name with a-z, 0-9 and _ only, such as booking_confirmed");
    }
}

pub(super) fn limits(report: &mut Report, definition: &Definition) {
    match &definition.header {
        Some(Header::Text { text }) => header(report, text, definition),
        Some(Header::Image | Header::Video | Header::Document) => report.add(
            rules::MEDIA_HEADER,
            "header",
            "a header with media needs a file, and sending these is not supported yet: use a text header or none",
        ),
        Some(Header::Location) => report.add(
            rules::LOCATION_HEADER,
            "header",
            "sending a header with a place is not supported yet: use a text header or none",
        ),
        None => {}
    }
    body(report, definition);
    if let Some(text) = &definition.footer {
        footer(report, text);
    }
}

fn header(report: &mut Report, header: &str, definition: &Definition) {
    let field = "header.text";
    let length = header.chars().count();
    if length == 0 || length > LONGEST_LINE || header.trim().is_empty() {
        let message = format!("a header has 1 to 60 characters, this one has {length}: shorten it or leave it out");
        report.add(rules::HEADER_LENGTH, field, message);
        return;
    }
    let filled = text::filled(header, &definition.samples).chars().count();
    if filled > LONGEST_LINE {
        let message = format!("with its sample filled in, the header has {filled} characters: keep it within 60");
        report.add(rules::HEADER_FILLED_LENGTH, field, message);
    }
    if text::variables(header).count() > 1 {
        report.add(rules::HEADER_VARIABLES, field, "a header has at most one variable: move the others to the body");
    }
    let plain = text::with_stand_in(header, "x");
    if plain.contains(['\n', '\r', '*']) || plain.contains("```") || text::emoji_count(&plain) > 0 || has_pair(&plain) {
        let message = "a header is a line of plain text: take out line breaks, emoji, asterisks and other formatting";
        report.add(rules::HEADER_FORMAT, field, message);
    }
    if matches!(pieces(header.trim())[..], [Piece::Variable(_)]) {
        report.add(rules::HEADER_ONLY_VARIABLE, field, "write words beside the variable, such as Booking {{booking}}");
    }
}

/// Whether something is `_italic_` or `~struck out~`.
fn has_pair(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_' && c != '~');
        word.len() > 1 && ['_', '~'].iter().any(|sign| word.starts_with(*sign) || word.ends_with(*sign))
    })
}

fn body(report: &mut Report, definition: &Definition) {
    let length = definition.body.chars().count();
    if definition.body.trim().is_empty() {
        report.add(rules::BODY_LENGTH, "body", "a template needs a body: write 1 to 1024 characters");
    } else if length > LONGEST_BODY {
        let message = format!("a body has at most 1024 characters, this one has {length}: shorten it");
        report.add(rules::BODY_LENGTH, "body", message);
    } else {
        let filled = text::filled(&definition.body, &definition.samples).chars().count();
        if filled > LONGEST_BODY {
            let message = format!(
                "with its samples filled in, the body has {filled} characters, and at most 1024 are sent: shorten it"
            );
            report.add(rules::BODY_FILLED_LENGTH, "body", message);
        }
    }
}

fn footer(report: &mut Report, footer: &str) {
    let length = footer.chars().count();
    if length > LONGEST_LINE || footer.trim().is_empty() {
        let message = format!("a footer has 1 to 60 characters, this one has {length}: shorten it or leave it out");
        report.add(rules::FOOTER_LENGTH, "footer", message);
    }
    if footer.contains("{{") || footer.contains("}}") {
        report.add(rules::FOOTER_VARIABLES, "footer", "a footer has no variables: move them to the body");
    }
    if footer.contains(['\n', '\r']) || text::emoji_count(footer) > 0 {
        report.add(rules::FOOTER_FORMAT, "footer", "a footer is a line of plain text: take out line breaks and emoji");
    }
    if footer.contains('*') || footer.contains("```") || has_pair(footer) {
        report.add(rules::FOOTER_MARKUP, "footer", "formatting is not shown in a footer: take it out");
    }
}

/// What is compared is body and footer (Meta, "template review": "Duplication", which spares authentication).
pub(super) fn duplicates(report: &mut Report, name: &str, definition: &Definition, others: &[(&str, &Definition)]) {
    if definition.category == Category::Authentication {
        return;
    }
    let (body, footer) = (definition.body.trim(), definition.footer.as_deref().unwrap_or_default().trim());
    let loose = (loosely(body), loosely(footer));
    let words = body.split_whitespace().count();
    // The template itself is not another one.
    for (other, theirs) in others.iter().filter(|(other, _)| *other != name) {
        let (their_body, their_footer) = (theirs.body.trim(), theirs.footer.as_deref().unwrap_or_default().trim());
        let other = text::quoted(other);
        if (their_body, their_footer) == (body, footer) {
            let message = format!(
                "body and footer are those of template {other}, and a duplicate is refused: use that one, or say something else"
            );
            report.add(rules::DUPLICATE, "body", message);
        } else if their_body.split_whitespace().count() == words
            && (loosely(their_body), loosely(their_footer)) == loose
        {
            let message = format!(
                "but for names of variables, case or spaces, body and footer are those of template {other}, which may be refused: use that one"
            );
            report.add(rules::NEAR_DUPLICATE, "body", message);
        }
    }
}

fn loosely(text: &str) -> String {
    let lower = text::with_stand_in(text, "{{}}").to_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}
