//! Quiet hours, by the clock on the wall.

use super::*;

fn parse(from: &str, until: &str, zone: &str) -> Result<QuietHours, BadHours> {
    let written = format!(r#"{{"from": "{from}", "until": "{until}", "time_zone": "{zone}"}}"#);
    QuietHours::parse(serde_json::from_str(&written).unwrap())
}

/// At `now` it is quiet until `ends`, or not at all.
#[track_caller]
fn check(hours: &QuietHours, now: &str, ends: Option<&str>) {
    let now: Timestamp = now.parse().unwrap();
    assert_eq!(hours.is_quiet(now), ends.is_some(), "{now}");
    let ends = ends.map_or(now, |ends| ends.parse().unwrap());
    assert_eq!(hours.ends_at(now), Some(ends));
    assert!(!hours.is_quiet(ends));
}

#[test]
fn a_night_is_quiet_from_its_start_up_to_its_end() {
    let night = parse("21:00", "08:00", "Europe/Stockholm").unwrap();
    check(&night, "2026-06-01T20:59:59.999+02:00", None);
    check(&night, "2026-06-01T21:00+02:00", Some("2026-06-02T08:00+02:00"));
    check(&night, "2026-06-02T00:00+02:00", Some("2026-06-02T08:00+02:00"));
    check(&night, "2026-06-02T07:59:59.999+02:00", Some("2026-06-02T08:00+02:00"));
    check(&night, "2026-06-02T08:00+02:00", None);
}

#[test]
fn a_rest_at_noon_is_quiet_every_day() {
    let noon = parse("13:00", "15:00", "Europe/Stockholm").unwrap();
    check(&noon, "2026-06-01T12:59+02:00", None);
    check(&noon, "2026-06-07T14:00+02:00", Some("2026-06-07T15:00+02:00"));
    check(&noon, "2026-06-07T15:00+02:00", None);
}

#[test]
fn an_evening_may_end_at_midnight_however_that_is_written() {
    for until in ["24:00", "00:00"] {
        let evening = parse("21:00", until, "Europe/Stockholm").unwrap();
        check(&evening, "2026-06-01T22:00+02:00", Some("2026-06-02T00:00+02:00"));
        check(&evening, "2026-06-02T00:00+02:00", None);
    }
}

#[test]
fn a_night_in_which_the_clocks_change_ends_by_the_wall_clock() {
    let night = parse("21:00", "08:00", "Europe/Stockholm").unwrap();
    check(&night, "2026-03-28T21:00+01:00", Some("2026-03-29T08:00+02:00"));
    check(&night, "2026-10-24T21:00+02:00", Some("2026-10-25T08:00+01:00"));
}

#[test]
fn a_repeated_hour_is_quiet_both_times() {
    let until = parse("21:00", "02:30", "Europe/Stockholm").unwrap();
    check(&until, "2026-10-25T02:40+02:00", Some("2026-10-25T02:30+01:00"));
    check(&until, "2026-10-25T02:30+01:00", None);
    let from = parse("02:30", "08:00", "Europe/Stockholm").unwrap();
    check(&from, "2026-10-25T02:29+02:00", None);
    check(&from, "2026-10-25T02:00+01:00", Some("2026-10-25T08:00+01:00"));
    // Quiet for all of a day but for twenty minutes, and in that night for all of it.
    let most = parse("02:30", "02:10", "Europe/Stockholm").unwrap();
    check(&most, "2026-10-24T02:30+02:00", Some("2026-10-26T02:10+01:00"));
}

#[test]
fn a_skipped_start_begins_and_a_skipped_end_ends_when_the_clock_jumps() {
    let until = parse("21:00", "02:30", "Europe/Stockholm").unwrap();
    check(&until, "2026-03-28T22:00+01:00", Some("2026-03-29T03:00+02:00"));
    let from = parse("02:30", "08:00", "Europe/Stockholm").unwrap();
    check(&from, "2026-03-29T01:59+01:00", None);
    check(&from, "2026-03-29T03:00+02:00", Some("2026-03-29T08:00+02:00"));
}

#[test]
fn hours_that_leave_no_part_of_the_day_and_those_that_are_none_are_refused() {
    let field = |from, until, zone| parse(from, until, zone).unwrap_err().field;
    assert_eq!(field("21:00", "21:00", "Europe/Stockholm"), "until");
    assert_eq!(field("00:00", "24:00", "Europe/Stockholm"), "until");
    assert_eq!(field("24:00", "08:00", "Europe/Stockholm"), "from");
    assert_eq!(field("21:00", "8:00", "Europe/Stockholm"), "until");
    assert_eq!(field("21:00", "08:00", "Stockholm"), "time_zone");
    let unknown = r#"{"from": "21:00", "until": "08:00", "time_zone": "UTC", "days": []}"#;
    assert!(serde_json::from_str::<QuietHours>(unknown).is_err());
}

#[test]
fn they_come_back_as_they_were_written() {
    let night = parse("21:00", "08:00", "Europe/Stockholm").unwrap();
    let json = serde_json::to_value(&night).unwrap();
    assert_eq!(json, serde_json::json!({"from": "21:00", "until": "08:00", "time_zone": "Europe/Stockholm"}));
    assert_eq!(serde_json::from_value::<QuietHours>(json).unwrap(), night);
}
