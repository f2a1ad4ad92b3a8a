//! Business hours, day by day.

use super::*;

#[path = "change_tests.rs"]
mod clock_changes;
#[path = "check_tests.rs"]
mod refusals;

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn parse(json: &str) -> BusinessHours {
    BusinessHours::parse(serde_json::from_str(json).unwrap()).unwrap()
}

/// Hours with these spans on some days of the week, such as `"sunday": [["02:30", "05:00"]]`.
fn weekly(zone: &str, days: &str) -> BusinessHours {
    parse(&format!(r#"{{"time_zone": "{zone}", "weekly": {{{days}}}}}"#))
}

/// From `from` up to `until` (of the wall clock, with its offset), it opens and closes at these times and no others.
#[track_caller]
fn check(hours: &BusinessHours, from: &str, until: &str, expected: &[(&str, &str)]) {
    let (mut now, until) = (instant(from), instant(until));
    let mut found = Vec::new();
    let mut total = SignedDuration::ZERO;
    while let Some(opens) = hours.next_open(now).filter(|opens| *opens < until) {
        now = hours.closes_at(opens).unwrap_or(until);
        found.push((opens, now));
        total += now.duration_since(opens);
        let just_before = |at: Timestamp| at - SignedDuration::from_nanos(1);
        assert!(hours.open_at(opens) && hours.open_at(just_before(now)) && !hours.open_at(now));
        assert!(opens == instant(from) || !hours.open_at(just_before(opens)));
    }
    let expected: Vec<_> = expected.iter().map(|(opens, closes)| (instant(opens), instant(closes))).collect();
    assert_eq!(found, expected);
    assert_eq!(hours.open_time_between(instant(from), until.max(now)), total);
}

const WEEK: &str = r#"{
    "time_zone": "Europe/Madrid",
    "weekly": {
        "monday": [["15:00", "19:30"], ["09:00", "13:00"]],
        "friday": [["22:00", "02:00"]],
        "saturday": [["10:00", "24:00"]],
        "sunday": []
    },
    "holidays": ["2026-12-25", {"date": "2026-12-28", "open": [["09:00", "12:00"]]}, {"every": "01-01"}]
}"#;

#[test]
fn a_week_opens_and_closes_as_written() {
    check(
        &parse(WEEK),
        "2026-06-01T00:00+02:00",
        "2026-06-09T00:00+02:00",
        &[
            ("2026-06-01T09:00+02:00", "2026-06-01T13:00+02:00"),
            ("2026-06-01T15:00+02:00", "2026-06-01T19:30+02:00"),
            ("2026-06-05T22:00+02:00", "2026-06-06T02:00+02:00"),
            ("2026-06-06T10:00+02:00", "2026-06-07T00:00+02:00"),
            ("2026-06-08T09:00+02:00", "2026-06-08T13:00+02:00"),
            ("2026-06-08T15:00+02:00", "2026-06-08T19:30+02:00"),
        ],
    );
}

#[test]
fn a_span_holds_its_start_and_not_its_end() {
    let hours = parse(WEEK);
    assert!(!hours.open_at(instant("2026-06-01T08:59:59.999999999+02:00")));
    assert!(hours.open_at(instant("2026-06-01T09:00+02:00")));
    assert!(hours.open_at(instant("2026-06-01T12:59:59.999999999+02:00")));
    assert!(!hours.open_at(instant("2026-06-01T13:00+02:00")));
}

#[test]
fn within_a_span_it_is_open_from_now_on() {
    let (hours, now) = (parse(WEEK), instant("2026-06-01T09:20:30.5+02:00"));
    assert_eq!(hours.next_open(now), Some(now));
    assert_eq!(hours.closes_at(now), Some(instant("2026-06-01T13:00+02:00")));
    let answered = instant("2026-06-01T15:10+02:00");
    assert_eq!(hours.open_time_between(now, answered), answered.duration_since(now) - SignedDuration::from_hours(2));
    assert_eq!(hours.open_time_between(answered, now), SignedDuration::ZERO);
    assert_eq!(hours.closes_at(instant("2026-06-01T14:00+02:00")), None);
}

#[test]
fn a_holiday_replaces_the_hours_that_begin_on_it() {
    // Friday the 25th and Friday the 1st are closed, with what they would have spilled into the next day.
    check(
        &parse(WEEK),
        "2026-12-21T20:00+01:00",
        "2027-01-04T00:00+01:00",
        &[
            ("2026-12-26T10:00+01:00", "2026-12-27T00:00+01:00"),
            ("2026-12-28T09:00+01:00", "2026-12-28T12:00+01:00"),
            ("2027-01-02T10:00+01:00", "2027-01-03T00:00+01:00"),
        ],
    );
}

#[test]
fn what_began_the_evening_before_a_holiday_ends_as_always() {
    let hours = parse(
        r#"{"time_zone": "Europe/Madrid", "weekly": {"friday": [["22:00", "02:00"]], "saturday": [["02:30", "05:00"]]},
            "holidays": ["2026-06-06"]}"#,
    );
    check(
        &hours,
        "2026-06-05T00:00+02:00",
        "2026-06-07T00:00+02:00",
        &[("2026-06-05T22:00+02:00", "2026-06-06T02:00+02:00")],
    );
}

#[test]
fn a_holidays_hours_may_end_on_the_next_day_and_join_its_own() {
    let hours = parse(
        r#"{"time_zone": "Europe/Madrid", "weekly": {"friday": [["01:00", "03:00"]]},
            "holidays": [{"date": "2026-12-31", "open": [["20:00", "02:00"]]}]}"#,
    );
    check(
        &hours,
        "2026-12-31T00:00+01:00",
        "2027-01-02T00:00+01:00",
        &[("2026-12-31T20:00+01:00", "2027-01-01T03:00+01:00")],
    );
}

#[test]
fn one_date_is_stronger_than_every_year() {
    let hours = parse(
        r#"{"time_zone": "Europe/Madrid", "weekly": {},
            "holidays": [{"every": "12-24", "open": [["09:00", "12:00"]]}, {"date": "2027-12-24"}]}"#,
    );
    check(
        &hours,
        "2026-12-01T00:00+01:00",
        "2028-06-01T00:00+02:00",
        &[("2026-12-24T09:00+01:00", "2026-12-24T12:00+01:00")],
    );
    // From there the next is two years away.
    assert_eq!(hours.next_open(instant("2028-01-01T00:00+01:00")), Some(instant("2028-12-24T09:00+01:00")));
}

#[test]
fn a_leap_day_comes_in_leap_years() {
    let leap =
        parse(r#"{"time_zone": "UTC", "weekly": {}, "holidays": [{"every": "02-29", "open": [["00:00", "24:00"]]}]}"#);
    assert_eq!(leap.next_open(instant("2026-03-01T00:00Z")), None);
    assert_eq!(leap.next_open(instant("2027-03-01T00:00Z")), Some(instant("2028-02-29T00:00Z")));
}

#[test]
fn spans_that_touch_are_one() {
    let all_day = |day: &str| format!(r#""{day}": [["00:00", "12:00"], ["12:00", "24:00"]]"#);
    check(
        &weekly("Europe/Madrid", &format!("{}, {}", all_day("monday"), all_day("tuesday"))),
        "2026-06-01T00:00+02:00",
        "2026-06-07T00:00+02:00",
        &[("2026-06-01T00:00+02:00", "2026-06-03T00:00+02:00")],
    );
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let always = weekly("Europe/Madrid", &days.map(all_day).join(", "));
    let now = instant("2026-06-01T00:00+02:00");
    assert_eq!((always.next_open(now), always.closes_at(now)), (Some(now), None));
    let year = now + SignedDuration::from_hours(24 * 365);
    assert_eq!(always.open_time_between(now, year), SignedDuration::from_hours(24 * 365));
}

#[test]
fn what_never_opens_has_no_next_opening() {
    let never = weekly("Europe/Madrid", "");
    let now = instant("2026-06-01T00:00+02:00");
    assert_eq!((never.open_at(now), never.next_open(now), never.closes_at(now)), (false, None, None));
}

#[test]
fn nothing_fails_at_the_ends_of_time() {
    for zone in ["Pacific/Apia", "Pacific/Niue", "Europe/Madrid"] {
        let hours = weekly(zone, r#""friday": [["22:00", "21:00"]], "saturday": [["23:00", "22:00"]]"#);
        for now in [Timestamp::MIN, Timestamp::MAX] {
            let _ = (hours.open_at(now), hours.next_open(now), hours.closes_at(now));
            assert_eq!(hours.open_time_between(now, now), SignedDuration::ZERO);
        }
    }
}

#[test]
fn hours_come_back_as_they_were_written() {
    let hours = parse(WEEK);
    let json = serde_json::to_value(&hours).unwrap();
    assert_eq!(json["holidays"], serde_json::from_str::<serde_json::Value>(WEEK).unwrap()["holidays"]);
    assert_eq!(json["weekly"]["monday"], serde_json::json!([["15:00", "19:30"], ["09:00", "13:00"]]));
    assert_eq!(serde_json::from_value::<BusinessHours>(json).unwrap(), hours);
    let error = serde_json::from_str::<BusinessHours>(r#"{"time_zone": "Mars", "weekly": {}}"#).unwrap_err();
    assert!(error.to_string().starts_with("time_zone: not a known time zone"), "{error}");
}
