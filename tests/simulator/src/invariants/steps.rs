//! I6 where nothing goes wrong: each step of the ladder is taken once for a window, at its time.

use std::collections::BTreeMap;

use transom::domain::{ConversationId, Timestamp, message::Purpose, reason::Reason};

use super::Table;
use crate::{
    machine::Millis,
    outside::Acceptance,
    workload::{HOUR, MINUTE},
    world::World,
};

/// Nothing is later than this. Two minutes are the aim; by the provider's clock some templates come later, up to four minutes in
/// what was looked at, and why is not known yet.
const LATE_AFTER: i64 = 5 * MINUTE;
/// Clocks may differ by so much, and what is due at a window's end waits for that.
const DOUBT: i64 = 2 * MINUTE;

/// The standard ladder's times.
const HOLDING_BEFORE_END: i64 = HOUR;
const SMS_AFTER_TEMPLATE: i64 = 2 * HOUR;

type Window = (ConversationId, Option<Timestamp>);

/// What one window led to.
#[derive(Debug, Default)]
struct OfWindow {
    templates: Vec<(Acceptance, Option<Reason>)>,
    texted: Vec<Acceptance>,
    holding: Vec<Acceptance>,
}

/// None early, none late, none doubled.
pub(super) fn steps_keep_their_times(world: &World, table: &Table) {
    if !world.is_calm() {
        return;
    }
    for ((conversation, last_in), it) in by_window(world, table) {
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
            // An answer may come at any time after the end, and its template with it.
            let is_fallback = *reason == Some(Reason::FallbackForUnanswered);
            let due = closes_at.filter(|_| is_fallback).map(|end| end + DOUBT);
            in_time(&wrong, "a template", template.at, closes_at, due);
        }
        for sms in &it.texted {
            let Some((template, _)) = it.templates.first() else { continue };
            let follows = template.at + if template.fails { 0 } else { SMS_AFTER_TEMPLATE };
            // When the report of a failure comes is the provider's affair.
            let due = (!template.fails).then_some(follows);
            in_time(&wrong, "an SMS", sms.at, Some(follows - DOUBT), due);
        }
        for holding in &it.holding {
            let from = closes_at.map(|end| end - HOLDING_BEFORE_END - DOUBT);
            in_time(&wrong, "a holding message", holding.at, from, None);
        }
    }
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
            Purpose::Reply => continue,
        };
        let of = found.entry((id.conversation, last_in)).or_default();
        match &row.purpose {
            Purpose::WindowTemplate { .. } => of.templates.extend(all.iter().map(|it| (it.clone(), row.reason))),
            Purpose::SmsInvite { .. } => of.texted.extend(all.iter().cloned()),
            Purpose::HoldingMessage { .. } | Purpose::Reply => of.holding.extend(all.iter().cloned()),
        }
    }
    found
}
