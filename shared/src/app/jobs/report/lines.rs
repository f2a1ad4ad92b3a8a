//! The lines of a report, as CSV or JSON.

use crate::{
    app::Trouble,
    domain::{Timestamp, cost, job::ReportFormat},
    view::MessageRecord,
};

/// The columns of a CSV file, in their order. Times are UTC (RFC 3339); an empty field means that there is nothing to say.
pub const COLUMNS: &[&str] = &[
    "message",
    "conversation",
    "channel",
    "contact",
    "at",
    "purpose",
    "way",
    "template",
    "language",
    "state",
    "reason",
    "reason_in_words",
    "window_open",
    "window_last_in",
    "window_closes_at",
    "consent",
    "opted_in_at",
    "opted_out_at",
    "attempts",
    "claimed_at",
    "answer",
    "answered_at",
    "sent_at",
    "delivered_at",
    "read_at",
    "failed_at",
    "failure",
    "failure_code",
    "country",
    "expected_cost",
    "expected_currency",
    "charged_category",
    "charged_as",
    "by",
    "address",
    "provider_id",
    "content",
];

/// One file of a report, as far as it is written.
#[derive(Debug)]
pub struct File {
    text: Text,
    is_empty: bool,
}

#[derive(Debug)]
enum Text {
    Csv(Box<csv::Writer<Vec<u8>>>),
    Jsonl(String),
}

const WRITES: &str = "a vector takes whatever is written";

impl File {
    pub fn new(format: ReportFormat) -> Self {
        let text = match format {
            ReportFormat::Csv => {
                let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
                writer.write_record(COLUMNS).expect(WRITES);
                Text::Csv(Box::new(writer))
            }
            ReportFormat::Jsonl => Text::Jsonl(String::new()),
        };
        Self { text, is_empty: true }
    }

    pub fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// About how long it is.
    pub fn bytes(&self) -> usize {
        match &self.text {
            Text::Csv(writer) => writer.get_ref().len(),
            Text::Jsonl(text) => text.len(),
        }
    }

    pub fn add(&mut self, record: &MessageRecord) -> Result<(), Trouble> {
        self.is_empty = false;
        match &mut self.text {
            Text::Csv(writer) => {
                writer.write_record(fields(record)?).map_err(|error| Trouble::Unexpected(error.into()))
            }
            Text::Jsonl(text) => {
                text.push_str(&serde_json::to_string(record).map_err(|error| Trouble::Unexpected(error.into()))?);
                text.push('\n');
                Ok(())
            }
        }
    }

    pub fn finish(self) -> String {
        match self.text {
            Text::Csv(writer) => String::from_utf8(writer.into_inner().expect(WRITES)).expect("its fields are texts"),
            Text::Jsonl(text) => text,
        }
    }
}

/// A field that a spreadsheet would run as a formula is text to it (OWASP, "CSV injection"). A phone number stays as it is.
pub(in crate::app) fn harmless(text: String) -> String {
    let is_number = text.strip_prefix('+').is_some_and(|digits| digits.bytes().all(|it| it.is_ascii_digit()));
    if !is_number && text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

fn fields(it: &MessageRecord) -> Result<Vec<String>, Trouble> {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let word = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let unexpected = |error: serde_json::Error| Trouble::Unexpected(error.into());
    let code = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let last = it.attempts.last();
    let failure = it.failure.as_ref().or(last.and_then(|attempt| attempt.failure.as_ref()));
    let (window, consent) = (it.window.as_ref(), it.consent.as_ref());
    let personal = it.personal.as_ref();
    let billing = it.billing.as_ref();
    let expected = billing.and_then(|billing| billing.expected);
    let words = match personal.and_then(|personal| personal.content.as_ref()) {
        Some(said) => match said.written_text() {
            Some(text) => text.to_owned(),
            None => serde_json::to_string(said).map_err(unexpected)?,
        },
        None => String::new(),
    };
    let way = it.way.map(crate::app::archive::rollups::way_word);
    Ok(vec![
        it.message.to_string(),
        it.conversation.to_string(),
        it.channel.to_string(),
        it.contact.to_string(),
        it.at.to_string(),
        word(it.purpose),
        word(way),
        word(it.template.as_deref()),
        word(it.language.as_deref()),
        it.state.to_owned(),
        code(serde_json::to_value(it.reason.map(|reason| reason.code)).map_err(unexpected)?),
        word(it.reason.map(|reason| reason.in_words)),
        window.map(|window| window.open.to_string()).unwrap_or_default(),
        time(window.and_then(|window| window.last_in)),
        time(window.and_then(|window| window.closes_at)),
        word(consent.map(|consent| consent.state)),
        time(consent.and_then(|consent| consent.opted_in_at)),
        time(consent.and_then(|consent| consent.opted_out_at)),
        it.attempts.len().to_string(),
        time(last.and_then(|attempt| attempt.claimed_at)),
        word(last.and_then(|attempt| attempt.answer)),
        time(last.and_then(|attempt| attempt.answered_at)),
        time(last.and_then(|attempt| attempt.sent_at)),
        time(last.and_then(|attempt| attempt.delivered_at)),
        time(last.and_then(|attempt| attempt.read_at)),
        time(last.and_then(|attempt| attempt.failed_at)),
        code(serde_json::to_value(failure.map(|failure| failure.kind)).map_err(unexpected)?),
        failure.map(|failure| failure.code.clone()).unwrap_or_default(),
        billing.and_then(|billing| billing.country).map(|country| country.to_string()).unwrap_or_default(),
        expected.map(cost::Money::decimal).unwrap_or_default(),
        expected.map(|expected| expected.currency.to_string()).unwrap_or_default(),
        harmless(word(billing.and_then(|billing| billing.category.as_deref()))),
        harmless(word(billing.and_then(|billing| billing.charged_as.as_deref()))),
        it.by.as_ref().map(ToString::to_string).unwrap_or_default(),
        harmless(word(personal.and_then(|personal| personal.address.as_deref()))),
        harmless(word(personal.and_then(|personal| personal.provider_id.as_deref()))),
        harmless(words),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        assert_eq!(harmless("=HYPERLINK(1)".into()), "'=HYPERLINK(1)");
        assert_eq!(harmless("+16505551234*2".into()), "'+16505551234*2");
        assert_eq!(harmless("+16505551234".into()), "+16505551234", "a number is evidence, and runs nothing");
        assert_eq!(harmless("a=b".into()), "a=b");
        assert_eq!(harmless(String::new()), "");
    }
}
