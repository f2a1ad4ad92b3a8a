//! What a day's messages come to.

use super::*;
use crate::{
    domain::{
        ContactId, MessageId,
        contact::AddressHash,
        conversation::Head,
        cost::{Country, Currency, Money, Quote},
        ids::MessageKey,
        message::{InboundBody, OutboundBody, Via},
        outcome::{Failure, FailureKind},
        sending::{Answer, SenderState},
    },
    seal::Sealed,
};

const DAY: &str = "2026-11-02";

fn time(text: &str) -> Timestamp {
    format!("2026-11-{text}Z").parse().unwrap()
}

fn conversation(number: u128) -> ConversationId {
    ConversationId::from_bits(number)
}

fn usd(micros: i64) -> Money {
    Money { micros, currency: Currency::parse("USD").unwrap() }
}

/// A message in a conversation that was claimed and taken at once.
fn outbound(of: u128, at: &str, way: Way) -> Outbound {
    let at = time(at);
    let head = Head::new("demo".parse().unwrap(), "front-desk".parse().unwrap(), ContactId::from_bits(of), at);
    let id = MessageId { conversation: conversation(of), key: MessageKey::first_at(at) };
    let sealed = Sealed::<OutboundBody>::from_bytes(vec![]);
    let mut it = Outbound::queued(&head, id, Purpose::Reply, Via::Auto, sealed, at, at + ANSWERED_WITHIN);
    it.state = SenderState::Accepted;
    it.attempt = 1;
    it.way = Some(way);
    it.attempts = vec![Attempt { claimed_at: Some(at), answer: Some(Answer::Accepted), ..Attempt::new(1) }];
    it.quote = Some(Quote { country: Country::parse("DE"), amount: Some(usd(55_000)) });
    it
}

fn template(of: u128, at: &str, name: &str) -> Message {
    let mut it = outbound(of, at, Way::Template);
    (it.template, it.language) = (Some(name.to_owned()), Some("en".to_owned()));
    Message::Outbound(Box::new(it))
}

fn inbound(of: u128, at: &str, gesture: Option<Gesture>) -> Message {
    let at = time(at);
    Message::Inbound(Box::new(Inbound {
        id: MessageId { conversation: conversation(of), key: MessageKey::first_at(at) },
        account: "demo".parse().unwrap(),
        channel: "front-desk".parse().unwrap(),
        contact: ContactId::from_bits(of),
        at,
        from: AddressHash("a".into()),
        opens_window: true,
        echo: false,
        received_at: at,
        sealed: Sealed::<InboundBody>::from_bytes(vec![]),
        same_person: None,
        trace: None,
        gesture,
    }))
}

fn tally(before: &[Message], today: &[Message]) -> Rollup {
    let mut tally = Tally::new(DAY.parse().unwrap());
    for message in before {
        tally.look_back(message);
    }
    for message in today {
        tally.count(message);
    }
    tally.sums(time("03T00:10:00"))
}

/// Template, its day, replied, taps, opt-outs.
fn answers(rollup: &Rollup) -> Vec<(&str, String, u64, u64, u64)> {
    let line = |it: &'_ Answers| (it.to.sent_on.to_string(), it.count);
    rollup
        .answers
        .iter()
        .map(|it| {
            let (day, count) = line(it);
            (&*it.to.template, day, count.replied, count.taps, count.opt_outs)
        })
        .collect()
}

#[test]
fn what_a_customer_writes_within_a_day_answers_the_latest_template() {
    let rollup = tally(
        &[template(1, "01T20:00:00", "a"), template(2, "01T08:00:00", "a")],
        &[
            inbound(1, "02T08:00:00", Some(Gesture::Tap)),
            inbound(2, "02T08:00:00", None),
            template(1, "02T09:00:00", "b"),
            inbound(1, "02T09:00:00", Some(Gesture::OptOut)),
            inbound(3, "02T10:00:00", Some(Gesture::Tap)),
        ],
    );
    let day = |day: &str| format!("2026-11-{day}");
    assert_eq!(answers(&rollup), [("a", day("01"), 1, 1, 0), ("b", day("02"), 1, 0, 1)]);
}

#[test]
fn a_template_is_answered_once_whatever_follows_and_on_whichever_day() {
    let rollup = tally(
        &[template(1, "01T20:00:00", "a"), inbound(1, "01T21:00:00", None)],
        &[inbound(1, "02T08:00:00", None), inbound(1, "02T08:01:00", Some(Gesture::Tap))],
    );
    assert_eq!(answers(&rollup), [("a", "2026-11-01".to_owned(), 0, 1, 0)], "the reply was counted the day before");
    let twice = tally(
        &[],
        &[template(1, "02T20:00:00", "a"), inbound(1, "02T21:00:00", None), inbound(1, "02T22:00:00", None)],
    );
    assert_eq!(answers(&twice), [("a", DAY.to_owned(), 1, 0, 0)]);
}

#[test]
fn only_what_went_out_can_be_answered_and_only_by_what_the_customer_says() {
    let Message::Outbound(mut failed) = template(1, "02T08:00:00", "a") else { panic!() };
    let failure = Failure { kind: FailureKind::RecipientUnreachable, code: "131026".into() };
    failed.attempts[0].failed = Some((failure, time("02T08:01:00")));
    let Message::Inbound(mut reaction) = inbound(2, "02T09:00:00", None) else { panic!() };
    reaction.opens_window = false;
    let Message::Inbound(mut echo) = inbound(2, "02T09:00:01", None) else { panic!() };
    echo.echo = true;
    let rollup = tally(
        &[],
        &[
            Message::Outbound(failed),
            inbound(1, "02T08:30:00", None),
            template(2, "02T08:00:00", "a"),
            Message::Inbound(reaction),
            Message::Inbound(echo),
        ],
    );
    assert_eq!(answers(&rollup), []);
    let failed = rollup.lines.iter().find(|line| line.group.state == "failed").unwrap();
    assert_eq!(failed.group.failure, Some(FailureKind::RecipientUnreachable));
    assert_eq!(failed.taken.sums().next(), Some(usd(55_000)), "it was taken, and failed later");
}

#[test]
fn what_may_have_gone_out_is_expected_to_cost_and_what_waits_is_not() {
    let mut held = outbound(1, "02T08:00:00", Way::Sms);
    (held.state, held.attempts) = (SenderState::Waiting, vec![]);
    let mut unknown = outbound(1, "02T08:00:01", Way::Sms);
    (unknown.state, unknown.attempts) = (SenderState::Undetermined, vec![Attempt::new(1)]);
    let mut without_quote = outbound(1, "02T08:00:02", Way::Sms);
    without_quote.quote = None;
    let all =
        [outbound(1, "02T08:00:03", Way::Sms), outbound(2, "02T08:00:03", Way::Sms), held, unknown, without_quote];
    let rollup = tally(&[], &all.map(|it| Message::Outbound(Box::new(it))));
    let of = |state: &str, country: Option<&str>| {
        let matches = |line: &&RollupLine| {
            line.group.state == state && line.group.country.as_ref().map(Country::as_str) == country
        };
        let line = rollup.lines.iter().find(matches).unwrap();
        let micros = |totals: &Totals| (totals.sums().next().map_or(0, |money| money.micros), totals.unpriced());
        (line.messages, micros(&line.expected), micros(&line.taken))
    };
    assert_eq!(of("accepted", Some("DE")), (2, (110_000, 0), (110_000, 0)));
    assert_eq!(of("held", Some("DE")), (1, (0, 0), (0, 0)));
    assert_eq!(of("undetermined", Some("DE")), (1, (55_000, 0), (0, 0)));
    assert_eq!(of("accepted", None), (1, (0, 1), (0, 1)));
}

#[test]
fn who_comes_back_counts_once_a_day() {
    let back = Some(Gesture::CameBack);
    let rollup = tally(
        &[inbound(1, "01T08:00:00", back)],
        &[inbound(1, "02T08:00:00", back), inbound(1, "02T08:00:01", back), inbound(2, "02T08:00:00", back)],
    );
    assert_eq!(rollup.came_back.into_iter().collect::<Vec<_>>(), [("front-desk".parse().unwrap(), 2)]);
}

#[test]
fn sums_survive_their_text_and_older_ones_are_read() {
    let rollup = tally(&[], &[template(1, "02T08:00:00", "a"), inbound(1, "02T09:00:00", Some(Gesture::CameBack))]);
    let text = serde_json::to_string(&rollup).unwrap();
    assert_eq!(serde_json::from_str::<Rollup>(&text).unwrap(), rollup, "{text}");
    let old = r#"{"v":1,"day":"2026-11-02","made_at":"2026-11-03T00:10:00Z","lines":[{"channel":"front-desk",
        "direction":"outbound","way":"template","state":"read","template":"a","team":null,"messages":3}]}"#;
    let old: Rollup = serde_json::from_str(old).unwrap();
    assert_eq!((old.v, old.lines[0].messages, old.lines[0].expected.is_empty()), (1, 3, true));
    assert!(old.lines[0].group.was_attempted() && old.answers.is_empty());
}
