//! A failing run, told: what was violated, what happened around it, and the command that shows it again.

use std::fmt::Write;

use transom::domain::time::from_millis;

use crate::run::Outcome;

/// Most lines of a story.
const MOST_LINES: usize = 60;
/// Lines that say little by themselves.
const QUIET: [&str; 4] = ["react", "sweep", "send", "webhook"];

/// The story of a run that was told (see [`crate::run::run`]).
pub fn story(outcome: &Outcome) -> String {
    let mut text = String::new();
    for violation in &outcome.violations {
        let _ = writeln!(text, "{}  {}: {}", from_millis(violation.at), violation.invariant, violation.words);
    }
    let Some(first) = outcome.violations.first() else { return text };
    let names = names_in(&first.words);
    let about = |words: &str| names.iter().any(|name| words.contains(name.as_str()));
    let lines: Vec<_> = outcome
        .lines
        .iter()
        .filter(|(at, kind, words)| *at <= first.at && (about(words) || *kind == "VIOLATION" || *kind == "crash"))
        .filter(|(_, kind, _)| !QUIET.contains(kind))
        .collect();
    let skipped = lines.len().saturating_sub(MOST_LINES);
    if skipped > 0 {
        let _ = writeln!(text, "  … {skipped} lines before");
    }
    for (at, kind, words) in &lines[skipped..] {
        let _ = writeln!(text, "  {}  {kind:12} {words}", from_millis(*at));
    }
    text
}

/// What a violation is about: message ids (and their conversation's key), provider ids, people.
fn names_in(words: &str) -> Vec<String> {
    let mut names = Vec::new();
    for word in words.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')) {
        if let Some(id) = word.strip_prefix("msg_") {
            names.push(word.to_owned());
            // The row's key begins with the conversation, as the id does.
            names.extend(id.get(..26).map(ToOwned::to_owned));
        } else if word.starts_with("wamid.") || word.starts_with("SM") && word.len() > 10 {
            names.push(word.to_owned());
        }
    }
    if let Some(place) = words.find("Guest ") {
        names.push(words[place..].split([' ', ',']).take(2).collect::<Vec<_>>().join(" "));
    }
    names
}
