//! How satisfied a customer is, read from however they say it.

use serde::{Deserialize, Serialize, de};

use super::words::Words;
use crate::domain::{
    Timestamp,
    content::{Content, InteractiveReply},
    time::SignedDuration,
};

/// From 1, the worst, to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
pub struct Score(#[schemars(range(min = 1, max = 5))] u8);

impl Score {
    pub const ALL: [Self; 5] = [Self(1), Self(2), Self(3), Self(4), Self(5)];

    pub fn new(value: u8) -> Option<Self> {
        (1..=5).contains(&value).then_some(Self(value))
    }
    pub fn value(self) -> u8 {
        self.0
    }
    /// The id of the button or row that says it.
    pub fn button_id(self) -> String {
        format!("{BUTTON}{}", self.0)
    }
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u8::deserialize(deserializer)?).ok_or_else(|| de::Error::custom("a score is 1 to 5"))
    }
}

const BUTTON: &str = "score-";

/// For how long after the question an answer to it is looked for.
pub const ANSWERED_WITHIN: SignedDuration = SignedDuration::from_hours(72);

/// A question that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub at: Timestamp,
    /// The customer has written nothing since.
    pub first: bool,
}

/// The score that a message gives, if it gives one. Words that only hold a number are none ("room 4", "at 5"): it has to be
/// the whole message, or, in the first one after the question, come before a comment ("4 - lovely stay").
pub fn score_of(content: &Content, written_at: Timestamp, asked: Option<Asked>) -> Option<Score> {
    // A tap says which question it answers, whenever it comes.
    let tapped = match content {
        Content::Interactive(InteractiveReply::ButtonReply { id, .. } | InteractiveReply::ListReply { id, .. }) => {
            of_button(id)
        }
        Content::Button { payload, .. } => payload.as_deref().and_then(of_button),
        Content::Text { .. }
        | Content::Media(_)
        | Content::Location(_)
        | Content::Contacts { .. }
        | Content::Reaction(_)
        | Content::Interactive(_)
        | Content::Order { .. }
        | Content::System(_)
        | Content::Edit { .. }
        | Content::Revoke { .. }
        | Content::Unsupported { .. }
        | Content::Template(_)
        | Content::Opaque { .. } => None,
    };
    if tapped.is_some() {
        return tapped;
    }
    let asked = asked.filter(|asked| written_at >= asked.at && written_at <= asked.at + ANSWERED_WITHIN)?;
    let text = content.written_text().filter(|text| text.len() <= 400)?;
    of_text(text).or_else(|| asked.first.then(|| before_a_comment(text)).flatten())
}

fn of_button(id: &str) -> Option<Score> {
    Score::new(id.strip_prefix(BUTTON)?.parse().ok()?)
}

/// Numbers in words: English, Spanish, Portuguese, Swedish, German, French.
const NUMBERS: [&[&str]; 5] = [
    &["1", "one", "uno", "una", "um", "uma", "ett", "en", "eins", "un", "une"],
    &["2", "two", "dos", "dois", "duas", "tva", "zwei", "deux"],
    &["3", "three", "tres", "tre", "drei", "trois"],
    &["4", "four", "cuatro", "quatro", "fyra", "vier", "quatre"],
    &["5", "five", "cinco", "fem", "funf", "fuenf", "cinq"],
];
/// What may follow a number without making it mean anything else.
const OF_FIVE: &[&str] = &[
    "5",
    "of 5",
    "out of 5",
    "of five",
    "out of five",
    "de 5",
    "de cinco",
    "av 5",
    "av fem",
    "von 5",
    "von funf",
    "sur 5",
    "star",
    "stars",
    "estrella",
    "estrellas",
    "estrela",
    "estrelas",
    "stjarna",
    "stjarnor",
    "stern",
    "sterne",
    "etoile",
    "etoiles",
    "point",
    "points",
    "punto",
    "puntos",
    "ponto",
    "pontos",
    "poang",
    "punkt",
    "punkte",
];

fn of_text(text: &str) -> Option<Score> {
    let text = text.trim();
    if let Some(stars) = stars_in(text) {
        return Score::new(u8::try_from(stars).ok()?);
    }
    if is_decimal_or_negative(text) {
        return None;
    }
    let words = Words::of(text);
    let value = number(words.word(0))?;
    let rest = words.iter().skip(1).collect::<Vec<_>>().join(" ");
    (rest.is_empty() || OF_FIVE.contains(&rest.as_str())).then_some(value)
}

fn number(word: &str) -> Option<Score> {
    let value = NUMBERS.iter().position(|names| names.contains(&word))?;
    Score::new(u8::try_from(value + 1).ok()?)
}

/// How many stars a text of stars has; empty ones do not count. `None`: it is another text.
fn stars_in(text: &str) -> Option<usize> {
    let seen = || text.chars().filter(|c| !matches!(c, '\u{fe0f}' | '\u{fe0e}' | ' ' | '☆'));
    let all = seen().all(|c| matches!(c, '⭐' | '★' | '🌟'));
    (all && seen().next().is_some()).then(|| seen().count())
}

/// `4.5` and `-4` are no scores, though their words would read as some.
fn is_decimal_or_negative(text: &str) -> bool {
    let digits = text.as_bytes();
    let between =
        |window: &[u8]| window[0].is_ascii_digit() && matches!(window[1], b'.' | b',') && window[2].is_ascii_digit();
    text.starts_with(['-', '−', '+']) || digits.windows(3).any(between)
}

/// `4 - lovely stay`, `5! Thank you`: a digit, a sign, and words without any other number.
fn before_a_comment(text: &str) -> Option<Score> {
    let text = text.trim_start();
    let mut signs = text.chars();
    let value = signs.next()?.to_digit(10).and_then(|digit| Score::new(u8::try_from(digit).ok()?))?;
    let rest = signs.as_str().trim_start_matches(['\u{fe0f}', '\u{20e3}', ' ']);
    let fine = rest.starts_with(['-', '–', '—', ':', ',', '!', '.', '\n'])
        && !rest.chars().any(char::is_numeric)
        && !is_decimal_or_negative(text);
    fine.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn text(body: &str, first: bool) -> Option<u8> {
        score_of(&Content::text(body), at(5), Some(Asked { at: at(0), first })).map(Score::value)
    }

    #[test]
    fn a_score_is_read_however_it_is_said() {
        for (said, expected) in [
            ("5", 5),
            (" 4. ", 4),
            ("4!", 4),
            ("3/5", 3),
            ("4 of 5", 4),
            ("4 out of five", 4),
            ("five", 5),
            ("Cinco", 5),
            ("FEM", 5),
            ("Fünf", 5),
            ("cinq étoiles", 5),
            ("tres estrellas", 3),
            ("1 star", 1),
            ("två", 2),
            ("5️⃣", 5),
            ("⭐⭐⭐⭐", 4),
            ("⭐️⭐️⭐️", 3),
            ("★★☆☆☆", 2),
            ("🌟", 1),
        ] {
            assert_eq!(text(said, false), Some(expected), "{said}");
        }
    }

    #[test]
    fn a_number_that_means_something_else_is_no_score() {
        for said in [
            "",
            "0",
            "6",
            "10",
            "55",
            "4.5",
            "4,5",
            "-4",
            "room 4",
            "at 5",
            "5 minutes late",
            "5 towels please",
            "4 or 5",
            "8/10",
            "5 6",
            "⭐⭐⭐⭐⭐⭐",
            "☆☆☆☆☆",
            "one more thing",
            "un café",
            "1. and 2.",
            "hello",
        ] {
            assert_eq!(text(said, false), None, "{said}");
        }
        assert_eq!(text("5 towels please", true), None);
    }

    #[test]
    fn a_comment_may_follow_in_the_first_message_after_the_question() {
        for (said, expected) in
            [("4 - lovely stay", 4), ("5! Thank you", 5), ("2, the room was cold", 2), ("1\nNever again", 1)]
        {
            assert_eq!(text(said, true), Some(expected), "{said}");
            assert_eq!(text(said, false), None, "{said}");
        }
        assert_eq!(text("5 - we are 6 people", true), None);
        assert_eq!(text("4,5 but fine", true), None);
    }

    #[test]
    fn only_an_answer_to_a_question_counts_but_a_tap_names_its_own() {
        let five = Content::text("5");
        assert_eq!(score_of(&five, at(5), None), None);
        assert_eq!(score_of(&five, at(-5), Some(Asked { at: at(0), first: true })), None);
        let late = at(0) + ANSWERED_WITHIN + SignedDuration::from_secs(1);
        assert_eq!(score_of(&five, late, Some(Asked { at: at(0), first: true })), None);
        for score in Score::ALL {
            let id = score.button_id();
            let tap = Content::Interactive(InteractiveReply::ButtonReply { id: id.clone(), title: "x".into() });
            assert_eq!(score_of(&tap, late, None), Some(score));
            let row = Content::Interactive(InteractiveReply::ListReply {
                id: id.clone(),
                title: "x".into(),
                description: None,
            });
            assert_eq!(score_of(&row, late, None), Some(score));
            assert_eq!(score_of(&Content::Button { payload: Some(id), text: None }, late, None), Some(score));
        }
        let other = Content::Button { payload: Some("score-9".into()), text: None };
        assert_eq!(score_of(&other, at(5), None), None);
    }

    #[test]
    fn no_other_number_becomes_a_score() {
        assert!(serde_json::from_str::<Score>("6").is_err() && serde_json::from_str::<Score>("0").is_err());
        assert_eq!(serde_json::from_str::<Score>("3").unwrap().value(), 3);
    }
}
