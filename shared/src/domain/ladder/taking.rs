//! Which of the steps of one moment are taken.

use std::cmp::Ordering;

use super::{Action, Circumstances, Ladder, Step};
use crate::domain::cost::{Cost, cheaper};

/// What one moment comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taking<'a> {
    /// Steps that tell somebody of it: all whose conditions hold.
    pub told: Vec<&'a Step>,
    /// The one step that sends the customer something.
    pub sends: Option<&'a Step>,
}

impl Ladder {
    /// Chooses among the steps of one moment, each with what it is expected to cost where it sends something: all that
    /// send nothing, and the first of those that do, or the one that is expected to cost least, if the account prefers that.
    /// `it.cost` is not looked at: each step has its own.
    pub fn taking<'a>(
        &self,
        steps: impl IntoIterator<Item = (&'a Step, Option<Cost>)>,
        it: &Circumstances,
    ) -> Taking<'a> {
        let mut taking = Taking::default();
        let mut sending: Vec<(&Step, Option<Cost>)> = Vec::new();
        for (step, cost) in steps {
            let it = Circumstances { cost: cost.as_ref().and_then(|cost| cost.amount), ..*it };
            if !step.applies(self, &it) {
                continue;
            }
            match &step.action {
                // Nothing goes out, whatever comes after it.
                Action::Hold {} => break,
                action if action.sends() => sending.push((step, cost)),
                _ => taking.told.push(step),
            }
        }
        if self.prefer_cheaper {
            cheapest_first(&mut sending);
        }
        taking.sends = sending.first().map(|(step, _)| *step);
        taking
    }
}

/// Puts what is expected to cost less first; what cannot be compared stays as it was.
fn cheapest_first(steps: &mut [(&Step, Option<Cost>)]) {
    steps.sort_by(|(_, a), (_, b)| match (a, b) {
        (Some(a), Some(b)) => cheaper(a, b).unwrap_or(Ordering::Equal),
        (_, _) => Ordering::Equal,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Timestamp,
        cost::{CostReason, Currency, Money},
        ladder::{Condition, Moment, Reached},
    };

    fn step(name: &str, only_if: &[Condition], action: Action) -> Step {
        Step { name: name.to_owned(), when: Moment::AnswerHeld {}, only_if: only_if.to_vec(), action }
    }

    fn template() -> Action {
        Action::SendTemplate { template: "waiting".to_owned(), values: [].into() }
    }

    fn cost(micros: i64) -> Cost {
        let currency = Currency::parse("USD").unwrap();
        Cost { amount: Some(Money { micros, currency }), provider_fee: None, why: CostReason::NotBilled }
    }

    #[test]
    fn all_that_tell_and_one_that_sends_are_taken_up_to_a_hold() {
        let it = Circumstances {
            now: Timestamp::UNIX_EPOCH,
            customer_waits: true,
            may_be_texted: false,
            vip: false,
            template: Reached::Nobody,
            cost: None,
        };
        let limit = Condition::CostBelow(cost(6).amount.unwrap());
        let steps = [
            step("vip", &[Condition::Vip], template()),
            step("tells", &[], Action::Remind {}),
            step("dear", &[], template()),
            step("cheap", &[limit], template()),
            step("hold", &[], Action::Hold {}),
            step("behind", &[], Action::Remind {}),
        ];
        let costs = [Some(cost(1)), None, Some(cost(9)), Some(cost(5)), None, None];
        let taken = |ladder: &Ladder| {
            let taking = ladder.taking(steps.iter().zip(costs.clone()), &it);
            let told: Vec<_> = taking.told.iter().map(|step| step.name.clone()).collect();
            assert_eq!(told, ["tells"]);
            taking.sends.unwrap().name.clone()
        };
        assert_eq!(taken(&Ladder::default()), "dear");
        assert_eq!(taken(&Ladder { prefer_cheaper: true, ..Ladder::default() }), "cheap");
    }
}
