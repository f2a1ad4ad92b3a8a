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
                Action::Hold => break,
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
