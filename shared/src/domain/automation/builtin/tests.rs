//! What comes with the system is right by the same check as what users write, and harmless where it is on.

use super::*;
use crate::domain::{
    automation::{Action, Automations, Known, Switch, Within},
    ladder::Standings,
    template::{Definition, Template},
};

fn check(automations: &Automations, templates: &[Template]) -> Result<(), Vec<super::super::Problem>> {
    let teams = ["maintenance".parse().unwrap(), "front-desk".parse().unwrap()];
    let skills = ["spanish".parse().unwrap()];
    automations.check(&Known {
        teams: &teams,
        skills: &skills,
        staff: &[],
        subscriptions: &[],
        templates: Standings { templates, languages: &[], sendable: &|_| Ok(()) },
        default_language: "en",
    })
}

fn templates() -> Vec<Template> {
    ["post_stay_follow_up", "stay_survey"]
        .map(|name| Template::declared(name, "en", Definition::of("Dear {{guest_name}}, how was {{hotel_name}}?")))
        .to_vec()
}

#[test]
fn all_of_it_passes_its_own_check() {
    let all = Automations {
        builtin: rules().into_iter().map(|rule| (rule.id, Switch { on: true })).collect(),
        ..Automations::default()
    };
    assert_eq!(check(&all, &templates()), Ok(()));
    // As rules and sequences of an account's own, too.
    let own = Automations { rules: rules(), sequences: sequences(), ..Automations::default() };
    assert_eq!(check(&own, &templates()), Ok(()));
    assert_eq!(own.warnings(), []);
    assert_eq!(check(&Automations::default(), &[]), Ok(()));
}

#[test]
fn what_needs_templates_cannot_be_turned_on_without() {
    let on = Automations {
        builtin: [("follow-up-after-stay".parse().unwrap(), Switch { on: true })].into(),
        ..Automations::default()
    };
    let problems = check(&on, &templates()[..1]).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].field, "builtin.follow-up-after-stay.steps[1].template");
}

#[test]
fn what_is_on_only_tells_staff_or_says_when_nobody_is_there() {
    let on: Vec<Rule> = rules().into_iter().filter(|rule| rule.on).collect();
    assert!(!on.is_empty());
    for rule in on {
        let tells = rule.actions.iter().all(|action| matches!(action, Action::Escalate { .. }));
        assert!(tells || rule.within == Within::OutsideHours, "{}", rule.id);
    }
}

#[test]
fn it_survives_json_and_an_account_may_put_its_own_in_its_place() {
    for rule in rules() {
        let json = serde_json::to_string(&rule).unwrap();
        assert_eq!(serde_json::from_str::<Rule>(&json).unwrap(), rule);
    }
    let mut own = rules().remove(0);
    own.name = "Ours".into();
    let automations = Automations { rules: vec![own.clone()], ..Automations::default() };
    let of_id: Vec<Rule> = automations.in_force().into_iter().filter(|rule| rule.id == own.id).collect();
    assert_eq!(of_id, [own]);
    assert_eq!(automations.in_force().len(), rules().len());
}
