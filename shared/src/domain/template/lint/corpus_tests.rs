//! Whole templates, as hotels and shops write them: good ones that nobody may refuse, and bad ones that must be caught
//! where they are bad. `later` was written after the rules were, `sentences` to mislead them: about promotion and
//! secrets alone, `unseen` by somebody who had other texts in mind, and `blind` by somebody who had not read them (`b`,
//! `g`, and `p` after a first look), with sentences to mislead what was mended then (`s`).

use serde::Deserialize;

use super::*;

/// One template of a corpus: a JSON object on a line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What must be found in a bad one: field and rule. No other error may be there.
    #[serde(default)]
    expect: Vec<(String, String)>,
    /// The warnings that a good one has.
    #[serde(default)]
    warnings: Vec<(String, String)>,
    name: String,
    language: String,
    #[serde(default)]
    next_step: Option<u32>,
    #[serde(default)]
    others: Vec<Other>,
    definition: Definition,
}

#[derive(Debug, Deserialize)]
struct Other {
    name: String,
    definition: Definition,
}

impl Case {
    fn findings(&self) -> Vec<Finding> {
        let others: Vec<_> = self.others.iter().map(|other| (other.name.as_str(), &other.definition)).collect();
        let circumstances = Circumstances { next_step_after_seconds: self.next_step, others: &others };
        lint(&self.name, &self.language, &self.definition, &circumstances)
    }
}

fn read(corpus: &str) -> impl Iterator<Item = Case> {
    corpus.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
}

const GOOD: [&str; 10] = [
    include_str!("corpus/good_en.jsonl"),
    include_str!("corpus/good_es.jsonl"),
    include_str!("corpus/good_pt.jsonl"),
    include_str!("corpus/good_fr.jsonl"),
    include_str!("corpus/good_de.jsonl"),
    include_str!("corpus/good_sv.jsonl"),
    include_str!("corpus/later_good.jsonl"),
    include_str!("corpus/sentences_good.jsonl"),
    include_str!("corpus/unseen_good.jsonl"),
    include_str!("corpus/blind_good.jsonl"),
];

#[test]
fn good_templates_are_not_refused() {
    let mut wrong = Vec::new();
    for case in GOOD.iter().flat_map(|corpus| read(corpus)) {
        let found: Vec<_> = case.findings();
        let unexpected = found.iter().filter(|finding| {
            let known = (finding.field.clone(), finding.rule.to_owned());
            finding.severity == Severity::Error || !case.warnings.contains(&known)
        });
        for finding in unexpected {
            wrong.push(format!("{} ({}): {finding:?}\n  {}", case.name, case.language, case.definition.body));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

const BAD: [&str; 9] = [
    include_str!("corpus/bad_components.jsonl"),
    include_str!("corpus/bad_buttons.jsonl"),
    include_str!("corpus/bad_variables.jsonl"),
    include_str!("corpus/bad_text.jsonl"),
    include_str!("corpus/bad_category.jsonl"),
    include_str!("corpus/later_bad.jsonl"),
    include_str!("corpus/sentences_bad.jsonl"),
    include_str!("corpus/unseen_bad.jsonl"),
    include_str!("corpus/blind_bad.jsonl"),
];

#[test]
fn bad_templates_are_caught_where_they_are_bad() {
    let mut wrong = Vec::new();
    for case in BAD.iter().flat_map(|corpus| read(corpus)) {
        let found = case.findings();
        let places: Vec<_> = found.iter().map(|finding| (finding.field.clone(), finding.rule.to_owned())).collect();
        let missed: Vec<_> = case.expect.iter().filter(|expected| !places.contains(expected)).collect();
        let stray: Vec<_> = found
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .filter(|finding| !case.expect.iter().any(|(field, _)| *field == finding.field))
            .collect();
        if !missed.is_empty() || !stray.is_empty() {
            wrong.push(format!(
                "{} ({}): missed {missed:?}, stray {stray:?}\n  {}",
                case.name, case.language, case.definition.body
            ));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_is_seen_by_a_bad_template() {
    let seen: Vec<String> =
        BAD.iter().flat_map(|corpus| read(corpus)).flat_map(|case| case.expect).map(|(_, rule)| rule).collect();
    let unseen: Vec<_> =
        RULES.iter().map(|rule| rule.code).filter(|code| !seen.iter().any(|rule| rule == code)).collect();
    assert_eq!(unseen, Vec::<&str>::new());
}

#[test]
fn every_finding_is_in_the_table_of_rules() {
    for case in GOOD.iter().chain(&BAD).flat_map(|corpus| read(corpus)) {
        for Finding { rule, severity, source, message, .. } in case.findings() {
            let known = RULES.iter().find(|known| known.code == rule).unwrap();
            assert_eq!((known.severity, known.source), (severity, source));
            assert!(!message.is_empty() && !message.ends_with('.') && !message.contains("please"), "{rule}: {message}");
        }
    }
}
