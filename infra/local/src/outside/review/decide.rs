//! What the providers do with templates by themselves: end a review, end a pause, let a category come into force.
//!
//! The stand-in reviews by words: "casino" is rejected as abusive, "discount" is no utility, and a body and footer that
//! another template of the same language has already is a duplicate (Meta, "templates: common rejection reasons").

use jiff::{SignedDuration, Timestamp};

use super::{
    news,
    template::{Category, HeldTemplate, Next, Owner, Status},
};
use crate::outside::{Outside, State, ledger::Result};

/// How long the first pauses last; there is no third (Meta, "template pausing").
const PAUSES: [SignedDuration; 2] = [SignedDuration::from_hours(3), SignedDuration::from_hours(6)];
/// Between the announcement of another category and the change.
pub(super) const NOTICE: SignedDuration = SignedDuration::from_hours(24);

const ABUSIVE: &str = "casino";
const PROMOTIONAL: &str = "discount";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    /// It is promotional: good as marketing.
    Marketing,
    Bad(&'static str),
}

fn review(template: &HeldTemplate, others: &[HeldTemplate]) -> Verdict {
    let text = template.all_text();
    if text.contains(ABUSIVE) {
        return Verdict::Bad("ABUSIVE_CONTENT");
    }
    let same = |other: &&HeldTemplate| {
        other.id != template.id
            && (other.owner == template.owner || other.owner == Owner::Everyone)
            && other.language == template.language
            && !matches!(other.status, Status::Unsubmitted | Status::Pending | Status::Rejected)
            && other.parts.body.text == template.parts.body.text
            && other.parts.footer == template.parts.footer
    };
    if others.iter().any(|other| same(&other)) {
        return Verdict::Bad("INVALID_FORMAT");
    }
    match template.category {
        Category::Utility if text.contains(PROMOTIONAL) => {
            let kept = template.content.as_ref().and_then(|content| content.approval.as_ref());
            if kept.is_some_and(|approval| !approval.allow_category_change) {
                Verdict::Bad("INCORRECT_CATEGORY")
            } else {
                Verdict::Marketing
            }
        }
        Category::Utility | Category::Marketing => Verdict::Good,
    }
}

impl HeldTemplate {
    /// It is submitted, or submitted again.
    pub(super) fn submit(&mut self, now: Timestamp, decided_after: SignedDuration) {
        self.status = Status::Pending;
        self.rejected_reason = None;
        self.forget(Next::Resume);
        self.plan(Next::Decide, now + decided_after);
    }

    /// It is paused once more; the third time it is disabled.
    pub(super) fn pause(&mut self, now: Timestamp) -> &'static str {
        self.pauses += 1;
        let length = usize::try_from(self.pauses).ok().and_then(|count| PAUSES.get(count - 1));
        let Some(length) = length else {
            self.status = Status::Disabled;
            return "DISABLED";
        };
        self.status = Status::Paused;
        self.plan(Next::Resume, now + *length);
        if self.pauses == 1 { "FIRST_PAUSE" } else { "SECOND_PAUSE" }
    }
}

impl Outside {
    /// Lets the providers do what is due, each at its time.
    pub(in crate::outside) fn review_templates(&self, state: &State, now: Timestamp) -> Result<()> {
        while let Some(mut template) = state.ledger.template_due(now)? {
            let Some(first) = template.to_do.iter().copied().min_by_key(|due| due.at) else { break };
            template.forget(first.what);
            match first.what {
                Next::Decide => self.decide(state, &mut template, now)?,
                Next::Resume => {
                    template.status = Status::Approved;
                    self.tell(state, &template, &news::reinstated(&template), now)?;
                }
                Next::Recategorise => {
                    if let Some(category) = template.correct_category {
                        self.recategorise(state, &mut template, category, now)?;
                    }
                }
            }
            state.ledger.put_template(&template)?;
        }
        Ok(())
    }

    fn decide(&self, state: &State, template: &mut HeldTemplate, now: Timestamp) -> Result<()> {
        let others: Vec<HeldTemplate> = state.ledger.templates()?.into_iter().map(|placed| placed.template).collect();
        match review(template, &others) {
            Verdict::Good => {}
            Verdict::Marketing => self.recategorise(state, template, Category::Marketing, now)?,
            Verdict::Bad(reason) => {
                template.status = Status::Rejected;
                template.rejected_reason = Some(reason.to_owned());
                return self.tell(state, template, &news::status(template, "REJECTED", reason), now);
            }
        }
        template.status = Status::Approved;
        self.tell(state, template, &news::status(template, "APPROVED", "NONE"), now)
    }

    /// The category changes now.
    pub(super) fn recategorise(
        &self,
        state: &State,
        template: &mut HeldTemplate,
        category: Category,
        now: Timestamp,
    ) -> Result<()> {
        let previous = template.category;
        template.forget(Next::Recategorise);
        template.correct_category = None;
        template.previous_category = Some(previous);
        template.category = category;
        self.tell(state, template, &news::recategorised(template, previous), now)
    }
}
