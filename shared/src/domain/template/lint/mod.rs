//! The linter: what would get a template refused, or put into another category, before it is submitted.
//!
//! It looks at a definition alone, and at what the caller knows about the account. A template without an
//! [`Error`](Severity::Error) may be submitted. Every finding names its field, its rule (see [`RULES`]) and who says so.

use serde::Serialize;

use crate::domain::template::{Definition, Header, RichButton};

mod buttons;
mod category;
mod codes;
mod components;
mod formatting;
mod language;
mod life;
mod links;
mod phrases;
mod placement;
mod purpose;
mod quality;
mod rules;
mod samples;
mod sensitive;
mod text;
mod threats;
mod words;

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod law_tests;
#[cfg(test)]
mod limit_tests;

pub use codes::LANGUAGES;
pub use rules::{RULES, Rule, Severity};

/// One thing that is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "TemplateFinding")]
pub struct Finding {
    /// Where: `body`, `header`, `header.text`, `footer`, `buttons`, `buttons[0]` (a quick reply, or a button as such),
    /// `buttons[2].text`, `.url`, `.phone` or `.example`, `samples.guest_name`, `time_to_live_seconds`, `category`,
    /// `language` or `name`.
    pub field: String,
    pub severity: Severity,
    /// The code of the rule.
    pub rule: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    pub source: &'static str,
}

/// What the linter cannot read off the template.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// The ladder's next step comes so many seconds after this template goes out, if a ladder sends it.
    pub next_step_after_seconds: Option<u32>,
    /// The account's other templates in this language, with their names: a duplicate is refused.
    pub others: &'a [(&'a str, &'a Definition)],
}

/// Texts beyond this many bytes in all are far over every limit; only their limits are looked at, so that the time it
/// takes has a bound.
const LONGEST_READ: usize = 20_000;

const MOST_FINDINGS: usize = 200;

/// What is wrong with a template in one language, in the order of its fields. Empty: nothing.
pub fn lint(name: &str, language: &str, definition: &Definition, circumstances: &Circumstances<'_>) -> Vec<Finding> {
    let mut report = Report::default();
    components::name(&mut report, name);
    language::code(&mut report, language);
    category::offered(&mut report, definition.category);
    components::limits(&mut report, definition);
    buttons::check(&mut report, &definition.buttons);
    life::check(&mut report, definition, circumstances.next_step_after_seconds);
    if size(definition) > LONGEST_READ {
        return report.findings;
    }
    placement::check(&mut report, definition);
    samples::check(&mut report, definition);
    formatting::check(&mut report, definition);
    links::check(&mut report, definition);
    quality::check(&mut report, definition);
    sensitive::check(&mut report, language, definition);
    threats::check(&mut report, language, definition);
    language::text(&mut report, language, definition);
    language::labels(&mut report, language, definition);
    category::check(&mut report, language, definition);
    purpose::check(&mut report, language, definition);
    components::duplicates(&mut report, name, definition, circumstances.others);
    report.findings
}

/// What was found so far.
#[derive(Debug, Default)]
struct Report {
    findings: Vec<Finding>,
}

impl Report {
    fn add(&mut self, rule: Rule, field: impl Into<String>, message: impl Into<String>) {
        let Rule { code, severity, source, says: _ } = rule;
        let finding = Finding { field: field.into(), severity, rule: code, message: message.into(), source };
        // One rule says one thing about a field; and nobody reads more than so many.
        if self.findings.len() < MOST_FINDINGS
            && !self.findings.iter().any(|known| known.rule == code && known.field == finding.field)
        {
            self.findings.push(finding);
        }
    }

    fn has(&self, rule: Rule) -> bool {
        self.findings.iter().any(|finding| finding.rule == rule.code)
    }
}

fn size(definition: &Definition) -> usize {
    let buttons = definition.buttons.iter().map(|button| buttons::label(button).map_or(0, str::len));
    let urls = definition.buttons.iter().filter_map(|button| buttons::url(button)).map(str::len);
    let samples = definition.samples.iter().map(|(name, sample)| name.len() + sample.len());
    definition.body.len()
        + header_text(definition).map_or(0, str::len)
        + definition.footer.as_ref().map_or(0, String::len)
        + buttons.chain(urls).chain(samples).sum::<usize>()
}

fn header_text(definition: &Definition) -> Option<&str> {
    match &definition.header {
        Some(Header::Text { text }) => Some(text),
        Some(Header::Image | Header::Video | Header::Document | Header::Location) | None => None,
    }
}

/// Header, body and footer, with their fields.
fn paragraphs(definition: &Definition) -> impl Iterator<Item = (&'static str, &str)> {
    let header = header_text(definition).map(|text| ("header.text", text));
    let footer = definition.footer.as_deref().map(|text| ("footer", text));
    header.into_iter().chain([("body", definition.body.as_str())]).chain(footer)
}

/// All that a customer reads, with its fields: the paragraphs and the labels of buttons.
fn readable(definition: &Definition) -> impl Iterator<Item = (String, &str)> {
    let labels =
        definition.buttons.iter().enumerate().filter_map(|(index, button)| {
            buttons::label(button).map(|label| (buttons::label_field(index, button), label))
        });
    paragraphs(definition).map(|(field, text)| (field.to_owned(), text)).chain(labels)
}

fn copies_code(button: &RichButton) -> bool {
    matches!(button, RichButton::CopyCode { .. })
}
