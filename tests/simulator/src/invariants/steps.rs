//! I6 where nothing goes wrong: each step of the ladder is taken once for a window, at its time.

use std::collections::BTreeMap;

use transom::domain::{
    AccountId, ConversationId, Timestamp,
    ladder::{Action, Ladder, Moment, Step},
    message::Purpose,
    reason::Reason,
};

use super::Table;
use crate::{
    machine::{Crashes, Millis},
    outside::Acceptance,
    workload::{HOUR, MINUTE},
    world::World,
};

/// Nothing is later than this.
const LATE_AFTER: i64 = 2 * MINUTE;
/// Clocks may differ by so much, and what is due at a window's end waits for that.
const DOUBT: i64 = 2 * MINUTE;
/// Within this a provider has said that a message failed.
const FAILURE_IS_TOLD_WITHIN: i64 = MINUTE;

type Window = (ConversationId, Option<Timestamp>);

/// What one window led to.
#[derive(Debug, Default)]
struct OfWindow {
    account: Option<AccountId>,
    templates: Vec<(Acceptance, Option<Reason>)>,
    texted: Vec<Acceptance>,
    holding: Vec<Acceptance>,
}

/// What a ladder says of times.
struct Times {
    holding_before_end: i64,
    sms_after_template: i64,
}

impl Times {
    fn of(ladder: &Ladder) -> Self {
        let of = |wanted: fn(&Step) -> Option<u32>| ladder.steps.iter().find_map(wanted).map_or(0, i64::from) * MINUTE;
        Self {
            holding_before_end: of(|step| match (&step.when, &step.action) {
                (Moment::BeforeEnd { minutes }, Action::HoldingMessage { .. }) => Some(*minutes),
                _ => None,
            }),
            sms_after_template: of(|step| match step.when {
                Moment::AfterTemplate { minutes } => Some(minutes),
                _ => None,
            }),
        }
    }
}

/// None early, none late, none doubled.
pub(super) fn steps_keep_their_times(world: &World, table: &Table) {
    // Whoever was killed is waited for by the queue, which takes minutes.
    if !world.is_calm() || matches!(world.machine.crashes(), Crashes::Planned(_)) {
        return;
    }
    for ((conversation, last_in), it) in by_window(world, table) {
        let Some(times) = it.account.as_ref().map(|account| Times::of(&world.cast.ladder(account, true))) else {
            continue;
        };
        let closes_at = last_in.map(|at| at.as_millisecond() + 24 * HOUR);
        let wrong =
            |what: &str| world.violate("I6", format!("{what}, for the window of {last_in:?} in {conversation}"));
        for (what, count) in
            [("templates", it.templates.len()), ("SMS", it.texted.len()), ("holding messages", it.holding.len())]
        {
            if count > 1 {
                wrong(&format!("{count} {what} went out"));
            }
        }
        for (template, reason) in &it.templates {
            let end = closes_at.map(|end| end + DOUBT);
            let due = match reason {
                Some(Reason::FallbackForUnanswered) => end,
                // An answer may come at any time after the end, and its template with it.
                _ => end.max(last_answer_before(world, template)),
            };
            in_time(&wrong, "a template", template.at, closes_at, due);
        }
        for sms in &it.texted {
            let Some((template, _)) = it.templates.first() else { continue };
            let (follows, told) = if template.fails {
                (template.at, FAILURE_IS_TOLD_WITHIN)
            } else {
                (template.at + times.sms_after_template, 0)
            };
            in_time(&wrong, "an SMS", sms.at, Some(follows - DOUBT), Some(follows + told));
        }
        for holding in &it.holding {
            let due = closes_at.map(|end| end - times.holding_before_end);
            in_time(&wrong, "a holding message", holding.at, due.map(|due| due - DOUBT), due);
        }
    }
}

/// When the newest answer was taken that this template may be about.
fn last_answer_before(world: &World, template: &Acceptance) -> Option<Millis> {
    let truth = world.truth();
    let answers = truth.intents.iter().filter(|it| (it.number, it.person) == (template.number, template.person));
    answers.filter_map(|it| it.accepted.map(|(_, at)| at)).filter(|at| *at <= template.at).max()
}

fn in_time(wrong: &impl Fn(&str), what: &str, at: Millis, not_before: Option<Millis>, due: Option<Millis>) {
    if let Some(early) = not_before.map(|from| from - at).filter(|early| *early > 0) {
        wrong(&format!("{what} went out {} s early", early / 1000));
    }
    if let Some(late) = due.map(|due| at - due).filter(|late| *late > LATE_AFTER) {
        wrong(&format!("{what} went out {} s late", late / 1000));
    }
}

fn by_window(world: &World, table: &Table) -> BTreeMap<Window, OfWindow> {
    let outside = world.outside();
    let mut found: BTreeMap<Window, OfWindow> = BTreeMap::new();
    for (id, all) in &outside.accepted {
        let Some(row) = table.outbound.get(id) else { continue };
        let last_in = match &row.purpose {
            Purpose::WindowTemplate { last_in, .. }
            | Purpose::SmsInvite { last_in, .. }
            | Purpose::HoldingMessage { last_in, .. } => *last_in,
            Purpose::Reply
            | Purpose::ConsentConfirmation { .. }
            | Purpose::AutoReply { .. }
            | Purpose::AutoTemplate { .. }
            | Purpose::OptInAsk { .. } => continue,
        };
        let of = found.entry((id.conversation, last_in)).or_default();
        of.account = Some(row.account.clone());
        match &row.purpose {
            Purpose::WindowTemplate { .. } => of.templates.extend(all.iter().map(|it| (it.clone(), row.reason))),
            Purpose::SmsInvite { .. } => of.texted.extend(all.iter().cloned()),
            Purpose::HoldingMessage { .. }
            | Purpose::Reply
            | Purpose::ConsentConfirmation { .. }
            | Purpose::AutoReply { .. }
            | Purpose::AutoTemplate { .. }
            | Purpose::OptInAsk { .. } => {
                of.holding.extend(all.iter().cloned());
            }
        }
    }
    found
}
