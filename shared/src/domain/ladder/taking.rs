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
        let chosen = if self.prefer_cheaper { cheapest(sending) } else { sending.into_iter().next() };
        taking.sends = chosen.map(|(step, _)| step);
        taking
    }
}

/// The first, or a later one that is expected to cost less. What is priced in another currency does not take its place; what
/// has a price takes that of one which has none.
fn cheapest(steps: Vec<(&Step, Option<Cost>)>) -> Option<(&Step, Option<Cost>)> {
    steps.into_iter().reduce(|best, next| {
        let order = best.1.as_ref().zip(next.1.as_ref()).and_then(|(best, next)| cheaper(next, best));
        if order == Some(Ordering::Less) { next } else { best }
    })
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
        cost_in("USD", micros)
    }

    fn cost_in(currency: &str, micros: i64) -> Cost {
        let currency = Currency::parse(currency).unwrap();
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

    #[test]
    fn what_cannot_be_compared_takes_no_place() {
        let names = ["dollars", "euros", "unpriced", "fewer_dollars", "fewer_euros"];
        let steps: Vec<Step> = names.iter().map(|name| step(name, &[], template())).collect();
        let costs =
            [Some(cost(9)), Some(cost_in("EUR", 1)), Some(Cost::unpriced()), Some(cost(8)), Some(cost_in("EUR", 0))];
        let chosen = cheapest(steps.iter().zip(costs).collect()).unwrap();
        assert_eq!(chosen.0.name, "fewer_dollars");
        assert_eq!(cheapest(Vec::new()), None);
    }
}
