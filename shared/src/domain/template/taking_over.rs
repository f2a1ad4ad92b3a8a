//! What a provider lists in the place of what is known here: somebody edited the template there.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    DEFAULT_TIME_TO_LIVE_SECONDS, Definition, Template, filled_names,
    variables::{Piece, pieces},
};

impl Template {
    /// What it says, and with which variables, if what a provider lists holds. `None`: it says the same already.
    ///
    /// Variables that only have numbers there keep their names here as long as their number and their places in the texts
    /// agree; else they are named as in an import.
    pub fn taken_over(&self, listed: &Definition, variables: &[String]) -> Option<(Definition, Vec<String>)> {
        let names = self.names_of(listed).unwrap_or_default();
        let mut definition = filled_names(listed, &names);
        let mut ordered: Vec<String> = Vec::with_capacity(variables.len());
        for name in variables {
            let name = names.get(name).unwrap_or(name);
            if !ordered.contains(name) {
                ordered.push(name.clone());
            }
        }
        for (name, sample) in self.definition.samples.iter().filter(|(name, _)| ordered.contains(name)) {
            definition.samples.insert(name.clone(), sample.clone());
        }
        // Its category has a place of its own, and a provider that lists no time to live may have one.
        definition.category = self.definition.category;
        if definition.time_to_live_seconds == DEFAULT_TIME_TO_LIVE_SECONDS {
            definition.time_to_live_seconds = self.definition.time_to_live_seconds;
        }
        let same = Definition { samples: self.definition.samples.clone(), ..definition.clone() } == self.definition;
        (!same).then_some((definition, ordered))
    }

    /// Our names of listed variables that only have numbers, if they stand where ours do.
    fn names_of(&self, listed: &Definition) -> Option<BTreeMap<String, String>> {
        let ours: BTreeMap<String, &str> = self.definition.texts().collect();
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut used: BTreeSet<(&str, &str)> = BTreeSet::new();
        for (field, text) in listed.texts() {
            let theirs = in_turn(text);
            let ours = ours.get(&field).map(|text| in_turn(text)).unwrap_or_default();
            if theirs.len() != ours.len() {
                return None;
            }
            for (their, our) in theirs.into_iter().zip(ours) {
                let Some(kind) = numbered(their) else { continue };
                match names.get(their) {
                    Some(known) if known == our => {}
                    Some(_) => return None,
                    // Two that are filled apart there cannot have one name here.
                    None if !used.insert((kind, our)) => return None,
                    None => {
                        names.insert(their.to_owned(), our.to_owned());
                    }
                }
            }
        }
        Some(names)
    }
}

/// The variables of a text as they come, each as often as it does.
fn in_turn(text: &str) -> Vec<&str> {
    let variable = |piece: Piece<'_>| matches!(piece, Piece::Variable(_));
    pieces(text)
        .into_iter()
        .filter(|piece| variable(*piece))
        .map(|piece| match piece {
            Piece::Variable(name) | Piece::Words(name) => name,
        })
        .collect()
}

/// What an import calls a variable that only has a number: `value_1`, `header_1`, `button_2_1`. Answers all but the number.
fn numbered(name: &str) -> Option<&str> {
    let (kind, number) = name.rsplit_once('_')?;
    let of_an_import = kind == "value" || kind == "header" || kind.starts_with("button_");
    (of_an_import && number.bytes().all(|b| b.is_ascii_digit())).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::template::{Button, Header, RichButton};

    fn ours() -> Template {
        let mut it = Definition::of("Hello {{guest}}, room {{room}} is ready.").living(14_400);
        it.header = Some(Header::Text { text: "Room {{room}}".into() });
        it.buttons =
            vec![Button::Rich(RichButton::Url { text: "Map".into(), url: "https://a.example/{{stay}}".into() })];
        it.samples.insert("guest".into(), "Ana".into());
        Template::declared("room_ready", "en", it)
    }

    fn listed(body: &str, header: &str) -> Definition {
        let mut it = Definition::of(body);
        it.header = Some(Header::Text { text: header.into() });
        let url = "https://a.example/{{button_1_1}}".to_owned();
        it.buttons = vec![Button::Rich(RichButton::Url { text: "Map".into(), url })];
        it.samples.insert("value_1".into(), "Bo".into());
        it
    }

    fn taken(listed: &Definition) -> Option<(Definition, Vec<String>)> {
        ours().taken_over(listed, &listed.variables())
    }

    #[test]
    fn what_says_the_same_with_numbers_is_no_edit() {
        assert_eq!(taken(&listed("Hello {{value_1}}, room {{value_2}} is ready.", "Room {{header_1}}")), None);
    }

    #[test]
    fn names_are_kept_where_the_places_agree() {
        let (definition, variables) =
            taken(&listed("Dear {{value_1}}, your room {{value_2}} waits.", "Room {{header_1}}")).unwrap();
        assert_eq!(definition.body, "Dear {{guest}}, your room {{room}} waits.");
        assert_eq!(variables, ["guest", "room", "stay"]);
        assert_eq!((definition.samples["guest"].as_str(), definition.time_to_live_seconds), ("Ana", 14_400));
    }

    #[test]
    fn else_they_are_named_as_in_an_import() {
        let (definition, variables) =
            taken(&listed("Dear {{value_1}}, all is ready for you.", "Room {{header_1}}")).unwrap();
        assert_eq!(definition.body, "Dear {{value_1}}, all is ready for you.");
        assert_eq!(variables, ["value_1", "header_1", "button_1_1"]);
        assert_eq!(definition.samples["value_1"], "Bo");
        // Two numbers are not one variable.
        let twice = Template::declared("x", "en", Definition::of("{{room}} or {{room}} it is"));
        let apart = Definition::of("{{value_1}} or {{value_2}} it is");
        assert_eq!(twice.taken_over(&apart, &apart.variables()).unwrap().1, ["value_1", "value_2"]);
    }

    #[test]
    fn names_that_a_provider_gives_hold() {
        let mut it = listed("Hello {{name}}, room {{room}} is ready.", "Room {{room}}");
        it.time_to_live_seconds = 3600;
        let (definition, variables) = taken(&it).unwrap();
        assert_eq!(definition.body, "Hello {{name}}, room {{room}} is ready.");
        assert_eq!(variables, ["name", "room", "stay"]);
        assert_eq!(definition.time_to_live_seconds, 3600);
    }
}
