//! What a template may look like (Meta, "templates: components", "character limits", error codes 2388…).

use super::{
    answer::Wrong,
    parts::{Button, Header, Parts},
    template::{Category, Parameters},
    wording::{Piece, Wording, pieces, variables},
};

const LONGEST_NAME: usize = 512;
pub(super) const LONGEST_HEADER: usize = 60;
pub(super) const LONGEST_BODY: usize = 1024;
const LONGEST_FOOTER: usize = 60;
const LONGEST_LABEL: usize = 25;
pub(super) const LONGEST_URL: usize = 2000;
const LONGEST_PHONE: usize = 20;
const LONGEST_CODE: usize = 15;
const MOST_BUTTONS: usize = 10;

/// Meta's codes of languages (Meta, "templates: supported languages").
const LANGUAGES: &str = "af sq ar ar_EG ar_AE ar_LB ar_MA ar_QA az be_BY bn bn_IN bg ca zh_CN zh_HK zh_TW hr cs da \
    prs_AF nl nl_BE en en_GB en_US en_AE en_AU en_CA en_GH en_IE en_IN en_JM en_MY en_NZ en_QA en_SG en_UG en_ZA et fil \
    fi fr fr_BE fr_CA fr_CH fr_CI fr_MA ka de de_AT de_CH el gu ha he hi hu id ga it ja kn kk rw_RW ko ky_KG lo lv lt \
    mk ms ml mr nb ps_AF fa pl pt_BR pt_PT pa ro ru sr si_LK sk sl es es_AR es_CL es_CO es_CR es_DO es_EC es_HN es_MX \
    es_PA es_PE es_ES es_UY sw sv ta te th tr uk ur uz vi zu";

pub(super) fn is_language(code: &str) -> bool {
    LANGUAGES.split(' ').any(|known| known == code)
}

pub(super) fn is_name(name: &str) -> bool {
    let fits = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(fits)
}

pub(super) fn check_name(name: &str) -> Result<(), Wrong> {
    if name.len() > LONGEST_NAME {
        return Err(Wrong::too_long("The name", LONGEST_NAME));
    }
    if !is_name(name) {
        let why = "The message template name can only have lowercase letters and underscores.";
        return Err(Wrong { blame: Some("name"), ..Wrong::numbered(2_388_046, "Name Format is Incorrect", why) });
    }
    Ok(())
}

pub(super) fn check_language(language: &str) -> Result<(), Wrong> {
    if is_language(language) {
        Ok(())
    } else {
        Err(Wrong::parameter("language", "must be one of Meta's language codes"))
    }
}

/// How long Meta may go on trying to deliver (Meta, "templates: time-to-live").
pub(super) fn check_time_to_live(seconds: i64, category: Category) -> Result<(), Wrong> {
    let fits = match category {
        Category::Utility => seconds == -1 || (30..=43_200).contains(&seconds),
        Category::Marketing => (43_200..=2_592_000).contains(&seconds),
    };
    if fits {
        return Ok(());
    }
    let why = match category {
        Category::Utility => "must be from 30 to 43200, or -1, for a utility template",
        Category::Marketing => "must be from 43200 to 2592000 for a marketing template",
    };
    Err(Wrong::parameter("message_send_ttl_seconds", why))
}

/// The variables' names, where the template comes from Meta's own API: each text counts its own.
pub(super) fn check_variables(parts: &Parts, parameters: Parameters) -> Result<(), Wrong> {
    if let Some(Header::Text(wording)) = &parts.header
        && !are_named(wording, parameters)
    {
        return Err(bad_header("its variable is not written as the parameter format asks"));
    }
    if !are_named(&parts.body, parameters) {
        return Err(bad_body("its variables are not written as the parameter format asks"));
    }
    for url in parts.buttons.iter().filter_map(Button::url) {
        if variables(url).iter().any(|variable| variable != "1") {
            return Err(bad_buttons("the variable of a URL is written {{1}}"));
        }
    }
    Ok(())
}

fn are_named(wording: &Wording, parameters: Parameters) -> bool {
    let all = variables(&wording.text);
    match parameters {
        Parameters::Positional => all.iter().zip(1..).all(|(variable, at)| *variable == at.to_string()),
        Parameters::Named => all
            .iter()
            .all(|variable| !variable.is_empty() && variable.chars().all(|one| one.is_ascii_lowercase() || one == '_')),
    }
}

/// Lengths, counts and places, whatever the variables are called.
pub(super) fn check_parts(parts: &Parts) -> Result<(), Wrong> {
    match &parts.header {
        Some(Header::Text(wording)) => check_header(&wording.text)?,
        Some(Header::Media { .. } | Header::Location) | None => {}
    }
    check_body(&parts.body.text)?;
    if let Some(footer) = &parts.footer {
        at_most("The footer", footer, LONGEST_FOOTER)?;
        if footer.contains("{{") {
            let why = "The footer must have no variables.";
            return Err(Wrong::numbered(2_388_073, "Message Footer Format is Incorrect", why));
        }
    }
    check_buttons(&parts.buttons)
}

fn bad_header(why: &str) -> Wrong {
    Wrong::numbered(2_388_047, "Message Header Format is Incorrect", format!("The header is not right: {why}."))
}

fn bad_body(why: &str) -> Wrong {
    Wrong::numbered(2_388_072, "Message Body Format is Incorrect", format!("The body is not right: {why}."))
}

fn bad_buttons(why: &str) -> Wrong {
    Wrong::parameter("buttons", why)
}

fn at_most(what: &str, text: &str, most: usize) -> Result<(), Wrong> {
    if text.chars().count() > most { Err(Wrong::too_long(what, most)) } else { Ok(()) }
}

fn check_header(text: &str) -> Result<(), Wrong> {
    at_most("The header", text, LONGEST_HEADER)?;
    let taken = pieces(text);
    if taken.iter().filter(|piece| matches!(piece, Piece::Variable(_))).count() > 1 {
        return Err(bad_header("it has more than one variable"));
    }
    let has_markdown = |text: &str| {
        let framed = |word: &str| word.len() > 2 && word.starts_with('_') && word.ends_with('_');
        text.contains(['*', '~', '`', '\n']) || text.split_whitespace().any(framed)
    };
    if taken.iter().any(|piece| matches!(piece, Piece::Text(text) if has_markdown(text))) {
        return Err(bad_header("it has line breaks or formatting"));
    }
    are_closed(&taken).then_some(()).ok_or_else(|| bad_header("its braces do not match"))
}

fn are_closed(taken: &[Piece<'_>]) -> bool {
    taken.iter().all(|piece| match piece {
        Piece::Text(text) => !text.contains("{{") && !text.contains("}}"),
        Piece::Variable(variable) => !variable.contains(['{', '}', '#', '$', '%']),
    })
}

fn check_body(text: &str) -> Result<(), Wrong> {
    if text.trim().is_empty() {
        return Err(bad_body("it is missing"));
    }
    at_most("The body", text, LONGEST_BODY)?;
    let taken = pieces(text.trim());
    if !are_closed(&taken) {
        return Err(bad_body("its braces do not match, or a variable has a special character"));
    }
    let is_variable = |piece: Option<&Piece<'_>>| matches!(piece, Some(Piece::Variable(_)));
    if is_variable(taken.first()) || is_variable(taken.last()) {
        let title = "Leading or Trailing Params Not Allowed";
        return Err(Wrong::numbered(2_388_299, title, "Variables can't be at the start or end of the template."));
    }
    let is_blank = |piece: &Piece<'_>| matches!(piece, Piece::Text(text) if text.trim().is_empty());
    let without_blanks: Vec<&Piece<'_>> = taken.iter().filter(|piece| !is_blank(piece)).collect();
    let adjacent = |pair: &[&Piece<'_>]| pair.iter().all(|piece| matches!(piece, Piece::Variable(_)));
    if without_blanks.windows(2).any(adjacent) {
        return Err(bad_body("two variables are next to each other"));
    }
    if !has_words_enough(text) {
        let why = "This template has too many variables for its length. Reduce the number of variables or increase the message length.";
        return Err(Wrong::numbered(2_388_293, "Parameters words ratio exceeds limit", why));
    }
    Ok(())
}

/// At least `2x + 1` fixed words for `x` variables (Twilio, "template approvals"; Meta does not say its number).
pub(super) fn has_words_enough(text: &str) -> bool {
    let taken = pieces(text);
    let count = taken.iter().filter(|piece| matches!(piece, Piece::Variable(_))).count();
    let words: usize = taken
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => words_of(text),
            Piece::Variable(_) => 0,
        })
        .sum();
    count == 0 || words > 2 * count
}

/// Where words are written without spaces between them, every character counts.
fn words_of(text: &str) -> usize {
    let unspaced = |one: char| {
        matches!(one, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
            | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}')
    };
    let words = text.split(|one: char| one.is_whitespace() || unspaced(one));
    words.filter(|word| word.chars().any(char::is_alphanumeric)).count()
        + text.chars().filter(|one| unspaced(*one)).count()
}

fn check_buttons(buttons: &[Button]) -> Result<(), Wrong> {
    let of = |fits: fn(&Button) -> bool| buttons.iter().filter(|button| fits(button)).count();
    let too_many = buttons.len() > MOST_BUTTONS
        || of(|button| matches!(button, Button::Url { .. })) > 2
        || of(|button| matches!(button, Button::PhoneNumber { .. })) > 1
        || of(|button| matches!(button, Button::CopyCode { .. })) > 1;
    if too_many {
        return Err(bad_buttons(
            "there may be 10 in all, of them 2 that open a URL, 1 that calls, 1 that copies a code",
        ));
    }
    // Quick replies stand together, before or after all others.
    let changes = buttons.windows(2).filter(|pair| pair[0].calls_to_action() != pair[1].calls_to_action()).count();
    if changes > 1 {
        return Err(bad_buttons("quick replies must not be mixed with other buttons"));
    }
    for button in buttons {
        match button {
            Button::QuickReply { label, .. } => check_label(label)?,
            Button::Url { label, url, .. } => {
                check_label(label)?;
                check_url(url)?;
            }
            Button::PhoneNumber { label, phone } => {
                check_label(label)?;
                at_most("A phone number", phone, LONGEST_PHONE)?;
                if !phone.trim_start_matches('+').chars().all(|one| one.is_ascii_digit()) {
                    return Err(bad_buttons("a phone number has digits only"));
                }
            }
            Button::CopyCode { example } => at_most("A code", example, LONGEST_CODE)?,
        }
    }
    Ok(())
}

fn check_label(label: &str) -> Result<(), Wrong> {
    at_most("A button's label", label, LONGEST_LABEL)?;
    if label.contains("{{") { Err(bad_buttons("a label has no variables")) } else { Ok(()) }
}

fn check_url(url: &str) -> Result<(), Wrong> {
    at_most("A URL", url, LONGEST_URL)?;
    let taken = pieces(url);
    let in_the_middle = taken.iter().rev().skip(1).any(|piece| matches!(piece, Piece::Variable(_)));
    if in_the_middle || !are_closed(&taken) {
        return Err(bad_buttons("a URL has at most one variable, at its end"));
    }
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if is_web { Ok(()) } else { Err(bad_buttons("a URL begins with https:// or http://")) }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
