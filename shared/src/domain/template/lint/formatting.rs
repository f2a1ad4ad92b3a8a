//! Line breaks, spaces, tabs and formatting.

use super::{Report, buttons, links, paragraphs, readable, rules, text};
use crate::domain::template::Definition;

const MOST_EMOJI: usize = 10;

pub(super) fn check(report: &mut Report, definition: &Definition) {
    for (field, text) in paragraphs(definition) {
        if newlines(text) > 2 {
            report.add(rules::NEWLINES, field, "leave at most one empty line between two paragraphs");
        }
        if has_wide_space(text) {
            report.add(rules::SPACES, field, "no more than 4 spaces may follow each other: take some out");
        }
        if text.contains('\t') {
            report.add(rules::TABS, field, "write spaces or a new line instead of tabs");
        }
        if text.trim() != text && !text.trim().is_empty() {
            report.add(rules::EDGE_SPACE, field, "take out the spaces and line breaks at the beginning and the end");
        }
        if foreign_markup(text) {
            let message = "HTML and Markdown are shown as they are: write *bold*, _italic_ or ~struck out~";
            report.add(rules::FOREIGN_MARKUP, field, message);
        }
    }
    let urls = definition
        .buttons
        .iter()
        .enumerate()
        .filter_map(|(index, button)| buttons::url(button).map(|url| (format!("buttons[{index}].url"), url)));
    let samples = definition.samples.iter().map(|(name, sample)| (format!("samples.{name}"), sample.as_str()));
    for (field, text) in readable(definition).chain(urls).chain(samples) {
        if let Some(c) = text.chars().find(|c| is_unseen(*c)) {
            let message = format!("U+{:04X} is not seen, or turns the text around: take it out", u32::from(c));
            report.add(rules::CONTROL_CHARACTERS, field, message);
        }
    }
    let body = &definition.body;
    if let Some(sign) = unbalanced(body) {
        let message = format!("{sign} opens or closes nothing: formatting needs the sign on both sides, in one line");
        report.add(rules::UNBALANCED_FORMATTING, "body", message);
    }
    let emoji = text::emoji_count(body);
    if emoji > MOST_EMOJI {
        report.add(rules::EMOJI_COUNT, "body", format!("the body has {emoji} emoji: use at most 10"));
    }
}

/// Control characters, and those that force a direction on what follows. Line breaks and tabs have rules of their own, and
/// the marks that Arabic and Hebrew need between words are fine.
fn is_unseen(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// The most line breaks that follow each other, with nothing but spaces between them.
fn newlines(text: &str) -> usize {
    let (mut most, mut run) = (0, 0);
    for c in text.chars() {
        match c {
            '\n' => run += 1,
            _ if c.is_whitespace() => {}
            _ => run = 0,
        }
        most = most.max(run);
    }
    most
}

fn has_wide_space(text: &str) -> bool {
    let mut run = 0;
    text.chars().any(|c| {
        run = if matches!(c, ' ' | '\u{A0}' | '\u{2002}'..='\u{200A}' | '\u{3000}') { run + 1 } else { 0 };
        run > 4
    })
}

fn foreign_markup(text: &str) -> bool {
    let tags = ["</", "<b>", "<i>", "<br", "<p>", "<strong>", "<em>", "<a "];
    let lower = text.to_lowercase();
    tags.iter().any(|tag| lower.contains(tag))
        || lower.contains("](http")
        || lower.contains("**")
        || lower.contains("__") && text::with_stand_in(&lower, "x").contains("__")
        || lower.lines().any(|line| line.starts_with("# ") || line.starts_with("## "))
}

/// The first sign of formatting that has no partner in its line. Signs within words, bullets, products and stars after a
/// number are none.
fn unbalanced(text: &str) -> Option<&'static str> {
    let plain = text::with_stand_in(&links::without_links(text), "x");
    if plain.matches("```").count() % 2 == 1 {
        return Some("```");
    }
    // What is in a block of code is not formatted.
    let outside: String = plain.split("```").step_by(2).collect::<Vec<_>>().join(" ");
    let lines = || outside.lines().map(|line| line.trim_start_matches("* "));
    [('*', "*"), ('_', "_"), ('~', "~")]
        .into_iter()
        .find(|(sign, _)| lines().any(|line| !is_balanced(line, *sign)))
        .map(|(_, shown)| shown)
}

fn is_balanced(line: &str, sign: char) -> bool {
    let mut open = false;
    let mut before = ' ';
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if c == sign {
            let after = chars.peek().copied().unwrap_or(' ');
            let opens = !before.is_alphanumeric() && !after.is_whitespace() && after != sign;
            let closes = !before.is_whitespace() && !after.is_alphanumeric() && before != sign;
            match open {
                true if closes => open = false,
                false if opens => open = true,
                // A star after a number stands for the number of stars.
                false if closes && !(sign == '*' && before.is_ascii_digit()) && before.is_alphanumeric() => {
                    return false;
                }
                _ => {}
            }
        }
        before = c;
    }
    !open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_comes_in_pairs() {
        for text in [
            "*bold* and _italic_, ~no~ and ```code * x```",
            "*{{a}}*",
            "snake_case {{guest_name}}",
            "5 * 3 = 15",
            "a 4* hotel",
            "* one\n* two",
            "(*x*)",
            "*_both_*",
            "https://x.example/a_b_ and a_b@c.example",
            "~5 minutes~",
            "*two words*: x",
            "¡*Hola*!",
            "*Fecha:* {{a}}\n*Hora:* {{b}}",
            "-----",
            "***",
        ] {
            assert_eq!(unbalanced(text), None, "{text}");
        }
        for (text, sign) in [
            ("*bold", "*"),
            ("bold*", "*"),
            ("*bold* and *more", "*"),
            ("*over\ntwo lines*", "*"),
            ("_italic", "_"),
            ("~struck", "~"),
            ("```code", "```"),
            ("*{{a}}", "*"),
            ("Room *{{a}} is ready", "*"),
        ] {
            assert_eq!(unbalanced(text), Some(sign), "{text}");
        }
    }

    #[test]
    fn what_is_not_seen_is_found() {
        for c in ['\0', '\u{7}', '\u{7F}', '\u{85}', '\u{202E}', '\u{2066}', '\u{FEFF}'] {
            assert!(is_unseen(c), "{c:?}");
        }
        for c in ['a', '\n', '\u{200E}', '\u{200D}', '\u{FE0F}', '\u{A0}', '👍', 'ع'] {
            assert!(!is_unseen(c), "{c:?}");
        }
    }

    #[test]
    fn line_breaks_count_through_spaces() {
        assert_eq!(newlines("a\n\nb\n"), 2);
        assert_eq!(newlines("a\n \n\r\nb"), 3);
    }
}
