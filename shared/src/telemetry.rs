//! What is counted and measured: every metric, on one page. On AWS they become CloudWatch's (`adapters/emf.rs`), on one
//! machine they are at `/metrics`; without either, counting costs next to nothing.
//!
//! Each value of a label is a metric of its own at CloudWatch and costs money, so only what an operator acts on by itself is
//! a label; ids of messages and people are in the log alone.

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

use crate::domain::{ChannelId, Timestamp, inbound::ReceiptStatus, message::Way, plan::Plan, reason::Reason};

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [&'static str],
    pub about: &'static str,
}

/// How it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Count,
    Milliseconds,
}

const fn count(name: &'static str, labels: &'static [&'static str], about: &'static str) -> Metric {
    Metric { name, kind: Kind::Count, labels, about }
}

const fn time(name: &'static str, labels: &'static [&'static str], about: &'static str) -> Metric {
    Metric { name, kind: Kind::Milliseconds, labels, about }
}

const WEBHOOK_CALLS: Metric = count(
    "transom_webhook_calls",
    &["outcome"],
    "Calls of providers: taken, bad_signature, unknown_endpoint, other (a handshake or a wrong method), not_stored",
);
const WEBHOOK_TIME: Metric = time("transom_webhook_milliseconds", &[], "From a provider's call to our answer");
const API_CALLS: Metric = count("transom_api_calls", &["status"], "Calls of the API: 2xx, 4xx, 429, 5xx");
const API_TIME: Metric = time("transom_api_milliseconds", &[], "From a call of the API to our answer");
const INBOUND: Metric = count("transom_inbound_messages", &["channel"], "Messages of customers, repeats included");
const RECEIPTS: Metric = count(
    "transom_receipts",
    &["status"],
    "Reports of providers, repeats included: the states of messages, and about_nothing_of_ours",
);
const PARKED: Metric = count("transom_parked", &[], "What could not be handled and waits for people");
const STREAM_AGE: Metric = time("transom_stream_age_milliseconds", &[], "How old the oldest change of a batch was");
const QUEUE_AGE: Metric =
    time("transom_queue_age_milliseconds", &[], "How long the oldest new job of a batch had waited");
const SWEEP_LAG: Metric = time(
    "transom_sweep_lag_milliseconds",
    &[],
    "How far back the shard lies that was swept least; recorded by every sweep",
);
const TIMERS: Metric = count("transom_timers", &["outcome"], "Timers that were due: fired, failed");
const PLANS: Metric =
    count("transom_plans", &["plan", "reason"], "What was decided about messages that were about to leave, and why");
const SENDS: Metric =
    count("transom_sends", &["channel", "outcome"], "Attempts: accepted, refused, window_closed, not_sent, unknown");
const SEND_TIME: Metric = time("transom_send_milliseconds", &[], "How long a provider took to answer an attempt");
const WINDOW_SAVES: Metric = count(
    "transom_window_saves",
    &["way"],
    "What would have been lost at a closed window: held replies that left when the customer wrote, templates, SMS",
);
const UNDETERMINED: Metric =
    count("transom_undetermined", &[], "Messages of which nobody will know whether they arrived");
const CHANNELS_SHUT: Metric =
    count("transom_channels_shut", &[], "A channel began to fail, so that its messages wait; the log names it");
const TEMPLATE_FAILURES: Metric =
    count("transom_template_failures", &[], "A provider refused a template, at once or by a receipt; the log names it");
const CLOCK_DIFFERS: Metric =
    count("transom_clock_differs", &[], "A provider's clock was found to differ from ours by more than is allowed for");
const DELIVERIES: Metric =
    count("transom_deliveries", &["outcome"], "Attempts to tell a subscriber: delivered, failed");
const DELIVERIES_GIVEN_UP: Metric = count(
    "transom_deliveries_given_up",
    &[],
    "Events that a subscriber is not told of any more: after the last attempt, or since it was disabled",
);

/// Every metric there is.
pub const METRICS: &[Metric] = &[
    WEBHOOK_CALLS,
    WEBHOOK_TIME,
    API_CALLS,
    API_TIME,
    INBOUND,
    RECEIPTS,
    PARKED,
    STREAM_AGE,
    QUEUE_AGE,
    SWEEP_LAG,
    TIMERS,
    PLANS,
    SENDS,
    SEND_TIME,
    WINDOW_SAVES,
    UNDETERMINED,
    CHANNELS_SHUT,
    TEMPLATE_FAILURES,
    CLOCK_DIFFERS,
    DELIVERIES,
    DELIVERIES_GIVEN_UP,
];

/// Tells the recorder of this process units and meanings.
pub fn describe() {
    for metric in METRICS {
        match metric.kind {
            Kind::Count => describe_counter!(metric.name, Unit::Count, metric.about),
            Kind::Milliseconds => describe_histogram!(metric.name, Unit::Milliseconds, metric.about),
        }
    }
}

/// From `since` to `now`.
fn milliseconds(since: Timestamp, now: Timestamp) -> f64 {
    now.duration_since(since).as_secs_f64().max(0.0) * 1_000.0
}

/// How a call of a provider ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookOutcome {
    Taken,
    BadSignature,
    UnknownEndpoint,
    Other,
    NotStored,
}

pub fn webhook_call(outcome: WebhookOutcome, since: Timestamp, now: Timestamp) {
    let outcome = match outcome {
        WebhookOutcome::Taken => "taken",
        WebhookOutcome::BadSignature => "bad_signature",
        WebhookOutcome::UnknownEndpoint => "unknown_endpoint",
        WebhookOutcome::Other => "other",
        WebhookOutcome::NotStored => "not_stored",
    };
    counter!(WEBHOOK_CALLS.name, "outcome" => outcome).increment(1);
    histogram!(WEBHOOK_TIME.name).record(milliseconds(since, now));
}

pub fn api_call(status: u16, since: Timestamp, now: Timestamp) {
    let status = match status {
        429 => "429",
        500.. => "5xx",
        400.. => "4xx",
        _ => "2xx",
    };
    counter!(API_CALLS.name, "status" => status).increment(1);
    histogram!(API_TIME.name).record(milliseconds(since, now));
}

pub fn inbound(channel: &ChannelId) {
    counter!(INBOUND.name, "channel" => channel.to_string()).increment(1);
}

pub fn receipt(status: &ReceiptStatus) {
    let status = match status {
        ReceiptStatus::InProgress => "in_progress",
        ReceiptStatus::Sent => "sent",
        ReceiptStatus::Delivered => "delivered",
        ReceiptStatus::Read => "read",
        ReceiptStatus::Failed(_) => "failed",
    };
    counter!(RECEIPTS.name, "status" => status).increment(1);
}

pub fn parked() {
    counter!(PARKED.name).increment(1);
}

pub fn stream_age(oldest: Timestamp, now: Timestamp) {
    histogram!(STREAM_AGE.name).record(milliseconds(oldest, now));
}

pub fn queue_age(oldest: Timestamp, now: Timestamp) {
    histogram!(QUEUE_AGE.name).record(milliseconds(oldest, now));
}

pub fn sweep_lag(swept_to: Timestamp, now: Timestamp) {
    histogram!(SWEEP_LAG.name).record(milliseconds(swept_to, now));
}

pub fn timers(fired: usize, failed: usize) {
    counter!(TIMERS.name, "outcome" => "fired").increment(fired as u64);
    counter!(TIMERS.name, "outcome" => "failed").increment(failed as u64);
}

/// What a sender made of a message, by the plan's own words.
pub fn planned(plan: &Plan) {
    let (plan, reason) = match plan {
        Plan::Go { way, reason, .. } => (way_word(*way), Some(*reason)),
        Plan::Wait { reason, .. } => ("wait", Some(*reason)),
        Plan::Refuse { reason } => ("refuse", Some(*reason)),
        Plan::Cancel { reason } => ("cancel", Some(*reason)),
        Plan::Expire => ("expire", None),
    };
    let reason = serde_json::to_value(reason.unwrap_or(Reason::TooOld)).unwrap_or_default();
    counter!(PLANS.name, "plan" => plan, "reason" => reason.as_str().unwrap_or_default().to_owned()).increment(1);
}

pub fn sent(channel: &ChannelId, outcome: &'static str, since: Timestamp, now: Timestamp) {
    counter!(SENDS.name, "channel" => channel.to_string(), "outcome" => outcome).increment(1);
    histogram!(SEND_TIME.name).record(milliseconds(since, now));
}

pub fn window_save(way: &'static str) {
    counter!(WINDOW_SAVES.name, "way" => way).increment(1);
}

pub fn undetermined() {
    counter!(UNDETERMINED.name).increment(1);
}

pub fn channel_shut() {
    counter!(CHANNELS_SHUT.name).increment(1);
}

pub fn template_failed() {
    counter!(TEMPLATE_FAILURES.name).increment(1);
}

pub fn clock_differs() {
    counter!(CLOCK_DIFFERS.name).increment(1);
}

pub fn delivery(delivered: bool) {
    let outcome = if delivered { "delivered" } else { "failed" };
    counter!(DELIVERIES.name, "outcome" => outcome).increment(1);
}

pub fn delivery_given_up() {
    counter!(DELIVERIES_GIVEN_UP.name).increment(1);
}

/// A receipt about a message that this installation does not know.
pub fn stray_receipt() {
    counter!(RECEIPTS.name, "status" => "about_nothing_of_ours").increment(1);
}

fn way_word(way: Way) -> &'static str {
    match way {
        Way::FreeForm => "free_form",
        Way::Template => "template",
        Way::Sms => "sms",
    }
}
