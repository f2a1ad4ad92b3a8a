//! When a sequence goes on, waits and ends.

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn account() -> AccountId {
    "demo".parse().unwrap()
}

fn step(name: &str, after_days: u16, at_hour: u8) -> SequenceStep {
    SequenceStep { name: name.into(), after_days, at_hour, template: name.into(), values: BTreeMap::new() }
}

/// Thanks on the day after, a survey on the third.
fn after_stay() -> Sequence {
    Sequence {
        id: "after-stay".parse().unwrap(),
        name: String::new(),
        on: true,
        steps: vec![step("thanks", 1, 10), step("survey", 3, 18)],
        stop_on: StopOn::all(),
        within_business_hours: false,
        cap: Cap::default(),
    }
}

/// Out at eleven on a Friday, in Madrid.
fn enrolment() -> Enrolment {
    Enrolment {
        id: EffectId::from_bits(5),
        sequence: "after-stay".parse().unwrap(),
        began_at: at("2026-03-06T10:00:00Z"),
        taken: vec![],
        sent: vec![],
        ended: None,
    }
}

fn madrid() -> TimeZone {
    TimeZone::get("Europe/Madrid").unwrap()
}

fn quiet_facts(zone: &TimeZone) -> Circumstances<'_> {
    Circumstances {
        zone,
        hours: None,
        quiet: None,
        opted_out: false,
        erased: false,
        last_in: None,
        last_staff: None,
        sent: &[],
    }
}

fn sends(next: Next<'_>) -> Option<&str> {
    if let Next::Send { step, .. } = next { Some(&step.name) } else { None }
}

#[test]
fn each_step_goes_at_its_hour_of_its_day() {
    let (sequence, zone) = (after_stay(), madrid());
    let facts = quiet_facts(&zone);
    let look = |it: &Enrolment, now: &str| next(&account(), Some(&sequence), it, &facts, at(now));
    let it = enrolment();
    assert_eq!(look(&it, "2026-03-06T10:00:01Z"), Next::Wait { until: at("2026-03-07T09:00:00Z") });
    assert_eq!(sends(look(&it, "2026-03-07T09:00:00Z")), Some("thanks"));
    let it = it.taking("thanks").taking("thanks");
    assert_eq!(look(&it, "2026-03-07T09:00:00Z"), Next::Wait { until: at("2026-03-09T17:00:00Z") });
    assert_eq!(sends(look(&it, "2026-03-09T17:30:00Z")), Some("survey"));
    assert_eq!(look(&it.taking("survey"), "2026-03-09T17:30:00Z"), Next::Stop { why: Stopped::Done });
}

#[test]
fn it_stops_when_the_customer_answers_or_wants_no_more() {
    let (sequence, zone) = (after_stay(), madrid());
    let later = Some(at("2026-03-06T10:00:01Z"));
    let before = Some(at("2026-03-06T10:00:00Z"));
    let why = |sequence: Option<&Sequence>, facts: Circumstances<'_>| match next(
        &account(),
        sequence,
        &enrolment(),
        &facts,
        at("2026-03-07T09:00:00Z"),
    ) {
        Next::Stop { why } => Some(why),
        Next::Send { .. } => None,
        other => panic!("{other:?}"),
    };
    let facts = quiet_facts(&zone);
    assert_eq!(why(Some(&sequence), Circumstances { last_in: later, ..facts }), Some(Stopped::Answered));
    assert_eq!(why(Some(&sequence), Circumstances { last_in: before, last_staff: before, ..facts }), None);
    assert_eq!(why(Some(&sequence), Circumstances { last_staff: later, ..facts }), Some(Stopped::StaffWrote));
    assert_eq!(why(Some(&sequence), Circumstances { opted_out: true, ..facts }), Some(Stopped::OptedOut));
    assert_eq!(why(Some(&sequence), Circumstances { erased: true, ..facts }), Some(Stopped::Erased));
    assert_eq!(why(None, facts), Some(Stopped::Off));
    assert_eq!(why(Some(&Sequence { on: false, ..after_stay() }), facts), Some(Stopped::Off));
    // It goes on over answers if it is told to, but never over an opt-out.
    let on = Sequence { stop_on: vec![], ..after_stay() };
    assert_eq!(why(Some(&on), Circumstances { last_in: later, last_staff: later, ..facts }), None);
    assert_eq!(why(Some(&on), Circumstances { opted_out: true, ..facts }), Some(Stopped::OptedOut));
}

#[test]
fn it_waits_for_open_hours_for_the_end_of_quiet_ones_and_for_room_under_the_cap() {
    let zone = madrid();
    let hours: BusinessHours =
        serde_json::from_str(r#"{"time_zone": "Europe/Madrid", "weekly": {"monday": [["09:00", "17:00"]]}}"#).unwrap();
    let quiet: QuietHours =
        serde_json::from_str(r#"{"from": "08:00", "until": "10:30", "time_zone": "Europe/Madrid"}"#).unwrap();
    let until = |sequence: &Sequence, facts: Circumstances<'_>| match next(
        &account(),
        Some(sequence),
        &enrolment(),
        &facts,
        at("2026-03-06T10:30:00Z"),
    ) {
        Next::Wait { until } => until.to_string(),
        other => panic!("{other:?}"),
    };
    let facts = quiet_facts(&zone);
    let open = Sequence { within_business_hours: true, ..after_stay() };
    assert_eq!(until(&open, Circumstances { hours: Some(&hours), ..facts }), "2026-03-09T08:00:00Z");
    assert_eq!(until(&after_stay(), Circumstances { hours: Some(&hours), ..facts }), "2026-03-07T09:00:00Z");
    assert_eq!(until(&after_stay(), Circumstances { quiet: Some(&quiet), ..facts }), "2026-03-07T09:30:00Z");
    let both = Circumstances { hours: Some(&hours), quiet: Some(&quiet), ..facts };
    assert_eq!(until(&open, both), "2026-03-09T09:30:00Z");
    // Two within a week: the older one must be a week ago.
    let sent = [at("2026-03-05T12:00:00Z"), at("2026-03-02T12:00:00Z"), at("2026-01-02T12:00:00Z")];
    assert_eq!(until(&after_stay(), Circumstances { sent: &sent, ..facts }), "2026-03-09T12:00:00Z");
    assert_eq!(until(&after_stay(), Circumstances { sent: &sent[1..], ..facts }), "2026-03-07T09:00:00Z");
}

#[test]
fn what_can_never_go_stops_and_what_is_too_late_is_left_out() {
    let zone = madrid();
    let never: BusinessHours = serde_json::from_str(r#"{"time_zone": "Europe/Madrid", "weekly": {}}"#).unwrap();
    let facts = Circumstances { hours: Some(&never), ..quiet_facts(&zone) };
    let open = Sequence { within_business_hours: true, ..after_stay() };
    let look = |sequence: &Sequence, facts: &Circumstances<'_>, now: &str| {
        format!("{:?}", next(&account(), Some(sequence), &enrolment(), facts, at(now)))
    };
    assert!(look(&open, &facts, "2026-03-07T09:00:00Z").contains("NoTime"));
    let none = Sequence { cap: Cap { messages: 0, days: 7 }, ..after_stay() };
    assert!(look(&none, &quiet_facts(&zone), "2026-03-07T09:00:00Z").contains("NoTime"));
    assert!(look(&after_stay(), &quiet_facts(&zone), "2026-03-09T09:00:00Z").starts_with("Send"));
    assert!(look(&after_stay(), &quiet_facts(&zone), "2026-03-09T09:00:01Z").starts_with("LeaveOut"));
}

#[test]
fn an_hour_that_the_clock_skips_and_a_day_that_is_over_are_no_trouble() {
    // In Madrid, 02:00 to 03:00 on the 29th of March 2026 does not exist.
    let skipped = due_at(&step("x", 1, 2), at("2026-03-28T12:00:00Z"), &madrid()).unwrap();
    assert_eq!(skipped.to_string(), "2026-03-29T01:00:00Z");
    // At eight of a day that began at eleven: at once.
    let began = at("2026-03-06T10:00:00Z");
    assert_eq!(due_at(&step("x", 0, 8), began, &madrid()), Some(began));
    assert_eq!(due_at(&step("x", 0, 24), began, &madrid()), None);
}

proptest! {
    /// However often and in whatever order it is looked at, each step has one id, no two are sent before their time, and the
    /// cap holds.
    #[test]
    fn no_step_goes_twice_or_early(minutes in prop::collection::vec(1..2000_i64, 1..60)) {
        let (sequence, zone) = (after_stay(), madrid());
        let (mut it, mut sent): (Enrolment, Vec<(EffectId, Timestamp)>) = (enrolment(), vec![]);
        let mut now = it.began_at;
        for pause in minutes {
            now += SignedDuration::from_mins(pause);
            let times: Vec<Timestamp> = sent.iter().map(|(_, at)| *at).collect();
            let facts = Circumstances { sent: &times, ..quiet_facts(&zone) };
            let once = next(&account(), Some(&sequence), &it, &facts, now);
            prop_assert_eq!(once, next(&account(), Some(&sequence), &it, &facts, now));
            match once {
                Next::Send { step, id, due_at } => {
                    prop_assert!(due_at <= now && now.duration_since(due_at) <= LATEST);
                    prop_assert!(sent.iter().all(|(other, _)| *other != id));
                    sent.push((id, now));
                    it = it.taking(&step.name);
                }
                Next::LeaveOut { step } => it = it.taking(&step.name),
                Next::Wait { until } => prop_assert!(until > now),
                Next::Stop { why } => prop_assert_eq!(why, Stopped::Done),
            }
        }
        prop_assert!(sent.len() <= 2);
    }
}
