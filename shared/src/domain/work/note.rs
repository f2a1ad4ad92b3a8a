//! Internal notes on a conversation or a person, and who is mentioned in them.

use std::{collections::BTreeMap, fmt};

use crate::domain::{ContactId, ConversationId, StaffId};

/// In characters.
pub const LONGEST_NOTE: usize = 4_000;
pub const MOST_MENTIONS: usize = 20;

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteAbout {
    Conversation(ConversationId),
    /// A person, whatever they write about.
    Contact(ContactId),
}

/// What staff write for each other. The customer never sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    mentions: Vec<StaffId>,
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Note").field("mentions", &self.mentions).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadNote {
    #[error("text: a note is not empty")]
    Empty,
    #[error("text: a note has at most {LONGEST_NOTE} characters")]
    Long,
    #[error("text: a note mentions at most {MOST_MENTIONS} people")]
    Mentions,
    #[error("text: nobody of the staff is {0}")]
    Unknown(StaffId),
}

impl Note {
    /// Reads a note. Somebody is mentioned as `@[stf_…]`, `@{stf_…}` or by `@name`, and is kept as `@[stf_…]`, so that a
    /// mention outlives a name. `names`: of each of the staff, in lower case and without spaces. What names nobody is text.
    pub fn parse(text: &str, names: &BTreeMap<String, StaffId>) -> Result<Self, BadNote> {
        if text.trim().is_empty() {
            return Err(BadNote::Empty);
        }
        if text.chars().count() > LONGEST_NOTE {
            return Err(BadNote::Long);
        }
        let (mut out, mut mentions) = (String::with_capacity(text.len()), Vec::new());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('@') {
            out.push_str(before);
            // Within a word it is an e-mail address.
            let within = out.chars().next_back().is_some_and(char::is_alphanumeric);
            let mention = if within { None } else { mention(after, names) };
            let Some((staff, length)) = mention else {
                out.push('@');
                rest = after;
                continue;
            };
            if !names.values().any(|known| *known == staff) {
                return Err(BadNote::Unknown(staff));
            }
            out.extend(["@[", &staff.to_string(), "]"]);
            if !mentions.contains(&staff) {
                mentions.push(staff);
            }
            rest = &after[length..];
        }
        out.push_str(rest);
        if mentions.len() > MOST_MENTIONS {
            return Err(BadNote::Mentions);
        }
        Ok(Self { text: out, mentions })
    }

    /// With mentions in their one form.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Each person once, in the order of the text.
    pub fn mentions(&self) -> &[StaffId] {
        &self.mentions
    }
}

/// Whom the text after an `@` names, and how much of it that is.
fn mention(after: &str, names: &BTreeMap<String, StaffId>) -> Option<(StaffId, usize)> {
    for (opens, closes) in [('[', ']'), ('{', '}')] {
        if let Some(inside) = after.strip_prefix(opens) {
            let (id, _) = inside.split_once(closes)?;
            return Some((id.parse().ok()?, id.len() + 2));
        }
    }
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
    // A full stop after a name ends the sentence.
    let name = after[..end].trim_end_matches(['.', '-', '_']);
    Some((*names.get(&name.to_lowercase())?, name.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANNA: StaffId = StaffId::from_bits(1);
    const JOSE: StaffId = StaffId::from_bits(2);

    fn names() -> BTreeMap<String, StaffId> {
        [("anna".to_owned(), ANNA), ("josé.m".to_owned(), JOSE)].into()
    }

    #[track_caller]
    fn check(text: &str, kept: &str, mentions: &[StaffId]) {
        let note = Note::parse(text, &names()).unwrap();
        assert_eq!((note.text(), note.mentions()), (kept, mentions));
        assert_eq!(Note::parse(kept, &names()), Ok(note));
    }

    #[test]
    fn people_are_mentioned_by_name_or_id_and_kept_by_id() {
        let (anna, jose) = (format!("@[{ANNA}]"), format!("@[{JOSE}]"));
        check("@anna, please", &format!("{anna}, please"), &[ANNA]);
        check("ask @José.M. Or @Anna.", &format!("ask {jose}. Or {anna}."), &[JOSE, ANNA]);
        check(&format!("(@{{{ANNA}}})@anna"), &format!("({anna}){anna}"), &[ANNA]);
        check(&format!("{anna} {anna}"), &format!("{anna} {anna}"), &[ANNA]);
    }

    #[test]
    fn what_names_nobody_is_text() {
        for text in ["at 9 @ the bar", "me@anna.example", "@nobody", "@", "@@", "@[anna]", "@{stf_", "@annabel"] {
            check(text, text, &[]);
        }
    }

    #[test]
    fn a_note_has_its_bounds() {
        let parse = |text: &str| Note::parse(text, &names());
        assert_eq!(parse(" \n"), Err(BadNote::Empty));
        assert!(parse(&"é".repeat(4_000)).is_ok());
        assert_eq!(parse(&"é".repeat(4_001)), Err(BadNote::Long));
        let stranger = StaffId::from_bits(9);
        assert_eq!(parse(&format!("@[{stranger}]")), Err(BadNote::Unknown(stranger)));
        let crowd: BTreeMap<_, _> = (0..21u32).map(|n| (format!("n{n}"), StaffId::from_bits(n.into()))).collect();
        let all = |count| (0..count).map(|n| format!("@n{n} ")).collect::<Vec<_>>().concat();
        assert_eq!(Note::parse(&all(20), &crowd).unwrap().mentions().len(), 20);
        assert_eq!(Note::parse(&all(21), &crowd), Err(BadNote::Mentions));
    }

    #[test]
    fn a_note_does_not_show_in_logs() {
        let note = Note::parse("room 12 is angry @anna", &names()).unwrap();
        assert!(!format!("{note:?}").contains("angry"));
    }

    proptest! {
        #[test]
        fn what_is_kept_reads_the_same_again(text in "([@{}\\[\\]. ]{0,2}(anna|josé\\.m|stf_0|x){0,1}){1,12}") {
            if let Ok(note) = Note::parse(&text, &names()) {
                prop_assert_eq!(Note::parse(note.text(), &names()), Ok(note));
            }
        }
    }
}
