//! Rules that may go round in circles: seen before they do, so that whoever writes them is warned. What goes round all the same
//! is ended by [`super::decide`].

use super::{
    action::Action,
    check::Problem,
    rule::{Rule, State, Trigger},
};

/// A warning for each rule that may lead to itself, with the way.
pub(super) fn warnings(rules: &[(String, &Rule)]) -> Vec<Problem> {
    let follows: Vec<Vec<usize>> = rules
        .iter()
        .map(|(_, rule)| {
            let leads =
                |other: &Rule| rule.on && other.on && rule.actions.iter().any(|it| may_trigger(it, &other.trigger));
            (0..rules.len()).filter(|place| leads(rules[*place].1)).collect()
        })
        .collect();
    let mut warnings = Vec::new();
    for (start, (field, _)) in rules.iter().enumerate() {
        // Each circle is told of once: at the first rule in it.
        if let Some(way) = way_back(&follows, start) {
            let names: Vec<&str> = way.iter().map(|place| rules[*place].1.id.as_str()).collect();
            warnings.push(Problem {
                field: format!("{field}.actions"),
                message: format!(
                    "may lead to this rule again ({} → {}); it is stopped then, and does not go round",
                    names.join(" → "),
                    names[0]
                ),
            });
        }
    }
    warnings
}

/// The shortest way from a rule back to it, by no rule before it.
fn way_back(follows: &[Vec<usize>], start: usize) -> Option<Vec<usize>> {
    let mut from: Vec<Option<usize>> = vec![None; follows.len()];
    let mut queue = std::collections::VecDeque::from([start]);
    let mut seen = vec![false; follows.len()];
    while let Some(place) = queue.pop_front() {
        for next in follows[place].iter().copied().filter(|next| *next >= start) {
            if next == start {
                let mut way = vec![place];
                while let Some(before) = from[*way.last()?] {
                    way.push(before);
                }
                way.reverse();
                return Some(way);
            }
            if !std::mem::replace(&mut seen[next], true) {
                from[next] = Some(place);
                queue.push_back(next);
            }
        }
    }
    None
}

/// Whether what an action does may be what a trigger waits for. What a customer does then is not foreseen.
fn may_trigger(action: &Action, trigger: &Trigger) -> bool {
    let passes = |from: &[State], to: &[State], was: &[State], is: &[State]| {
        let meets = |list: &[State], these: &[State]| list.is_empty() || these.iter().any(|state| list.contains(state));
        meets(from, was) && meets(to, is)
    };
    match (action, trigger) {
        (Action::Label { add, .. }, Trigger::Label { added }) => {
            !add.is_empty() && (added.is_empty() || add.iter().any(|label| added.contains(label)))
        }
        (Action::Close {}, Trigger::State { from, to }) => {
            passes(from, to, &[State::Initiated, State::Waiting, State::Open], &[State::Closed])
        }
        // What rules write may count as an answer.
        (Action::Reply { .. } | Action::Template { .. } | Action::AskScore { .. }, Trigger::State { from, to }) => {
            passes(from, to, &[State::Waiting], &[State::Open])
        }
        (
            Action::Reply { .. }
            | Action::Template { .. }
            | Action::AskScore { .. }
            | Action::Route { .. }
            | Action::Assign { .. }
            | Action::Label { .. }
            | Action::OpenRequest { .. }
            | Action::Escalate { .. }
            | Action::Notify { .. }
            | Action::Webhook { .. }
            | Action::StartSequence { .. }
            | Action::StopSequence { .. }
            | Action::Close {},
            _,
        ) => false,
    }
}
