//! Spans on the nights on which the clocks change, zone by zone.

use super::*;

/// A span of one day, around that day.
#[track_caller]
fn span(zone: &str, day: &str, start: &str, end: &str, on: &str, expected: &[(&str, &str)]) {
    let hours = weekly(zone, &format!(r#""{day}": [["{start}", "{end}"]]"#));
    let noon = instant(&format!("{on}T12:00Z"));
    let day = SignedDuration::from_hours(48);
    check(&hours, &(noon - day).to_string(), &(noon + day).to_string(), expected);
}

#[test]
fn a_skipped_hour_in_madrid() {
    let check = |start, end, expected: &[(&str, &str)]| {
        span("Europe/Madrid", "sunday", start, end, "2026-03-29", expected);
    };
    check("01:00", "05:00", &[("2026-03-29T01:00+01:00", "2026-03-29T05:00+02:00")]); // Three hours.
    check("02:30", "05:00", &[("2026-03-29T03:00+02:00", "2026-03-29T05:00+02:00")]);
    check("02:00", "05:00", &[("2026-03-29T03:00+02:00", "2026-03-29T05:00+02:00")]);
    check("01:00", "02:30", &[("2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00")]);
    check("01:00", "02:00", &[("2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00")]);
    check("01:00", "03:00", &[("2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00")]);
    check("02:15", "02:45", &[]);
    check("02:00", "03:00", &[]);
    check("03:00", "04:00", &[("2026-03-29T03:00+02:00", "2026-03-29T04:00+02:00")]);
    span(
        "Europe/Madrid",
        "saturday",
        "22:00",
        "02:30",
        "2026-03-29",
        &[("2026-03-28T22:00+01:00", "2026-03-29T03:00+02:00")],
    );
}

#[test]
fn a_repeated_hour_in_madrid() {
    let check = |start, end, expected: &[(&str, &str)]| {
        span("Europe/Madrid", "sunday", start, end, "2026-10-25", expected);
    };
    check("01:00", "05:00", &[("2026-10-25T01:00+02:00", "2026-10-25T05:00+01:00")]); // Five hours.
    check("02:30", "05:00", &[("2026-10-25T02:30+02:00", "2026-10-25T05:00+01:00")]);
    check("02:00", "05:00", &[("2026-10-25T02:00+02:00", "2026-10-25T05:00+01:00")]);
    check("01:00", "02:30", &[("2026-10-25T01:00+02:00", "2026-10-25T02:30+01:00")]);
    check("01:00", "02:00", &[("2026-10-25T01:00+02:00", "2026-10-25T02:00+02:00")]);
    check("01:00", "03:00", &[("2026-10-25T01:00+02:00", "2026-10-25T03:00+01:00")]);
    check("02:15", "02:45", &[("2026-10-25T02:15+02:00", "2026-10-25T02:45+01:00")]);
    check("03:00", "04:00", &[("2026-10-25T03:00+01:00", "2026-10-25T04:00+01:00")]);
    span(
        "Europe/Madrid",
        "saturday",
        "22:00",
        "02:30",
        "2026-10-25",
        &[("2026-10-24T22:00+02:00", "2026-10-25T02:30+01:00")],
    );
}

#[test]
fn new_york() {
    let zone = "America/New_York";
    span(zone, "saturday", "20:00", "02:30", "2026-03-08", &[("2026-03-07T20:00-05:00", "2026-03-08T03:00-04:00")]);
    span(zone, "saturday", "20:00", "01:30", "2026-11-01", &[("2026-10-31T20:00-04:00", "2026-11-01T01:30-05:00")]);
}

#[test]
fn casablanca_around_ramadan() {
    let zone = "Africa/Casablanca";
    span(zone, "sunday", "02:30", "06:00", "2026-02-15", &[("2026-02-15T02:30+01:00", "2026-02-15T06:00+00:00")]);
    span(zone, "sunday", "02:30", "06:00", "2026-03-22", &[("2026-03-22T03:00+01:00", "2026-03-22T06:00+01:00")]);
}

#[test]
fn half_an_hour_on_lord_howe() {
    let zone = "Australia/Lord_Howe";
    span(zone, "sunday", "01:45", "06:00", "2026-04-05", &[("2026-04-05T01:45+11:00", "2026-04-05T06:00+10:30")]);
    span(zone, "sunday", "00:00", "01:30", "2026-04-05", &[("2026-04-05T00:00+11:00", "2026-04-05T01:30+11:00")]);
    span(zone, "sunday", "00:00", "01:45", "2026-04-05", &[("2026-04-05T00:00+11:00", "2026-04-05T01:45+10:30")]);
    span(zone, "sunday", "02:15", "06:00", "2026-10-04", &[("2026-10-04T02:30+11:00", "2026-10-04T06:00+11:00")]);
}

#[test]
fn at_midnight_in_beirut() {
    let zone = "Asia/Beirut";
    // There is no midnight on the 29th: the day begins at 01:00.
    span(zone, "sunday", "00:00", "08:00", "2026-03-29", &[("2026-03-29T01:00+03:00", "2026-03-29T08:00+03:00")]);
    span(zone, "saturday", "20:00", "24:00", "2026-03-29", &[("2026-03-28T20:00+02:00", "2026-03-29T01:00+03:00")]);
    span(zone, "saturday", "20:00", "00:30", "2026-03-29", &[("2026-03-28T20:00+02:00", "2026-03-29T01:00+03:00")]);
    // The last hour of the 24th comes twice, and midnight after both.
    span(zone, "saturday", "20:00", "24:00", "2026-10-25", &[("2026-10-24T20:00+03:00", "2026-10-25T00:00+02:00")]);
    span(zone, "saturday", "20:00", "23:00", "2026-10-25", &[("2026-10-24T20:00+03:00", "2026-10-24T23:00+03:00")]);
    span(zone, "sunday", "00:00", "08:00", "2026-10-25", &[("2026-10-25T00:00+02:00", "2026-10-25T08:00+02:00")]);
}

#[test]
fn at_midnight_in_asuncion() {
    let zone = "America/Asuncion";
    span(zone, "sunday", "00:00", "08:00", "2023-10-01", &[("2023-10-01T01:00-03:00", "2023-10-01T08:00-03:00")]);
    span(zone, "saturday", "23:30", "02:00", "2024-03-24", &[("2024-03-23T23:30-03:00", "2024-03-24T02:00-04:00")]);
}

#[test]
fn back_over_midnight_in_saint_johns() {
    let zone = "America/St_Johns";
    // At 00:01 on the 7th it became 23:01 on the 6th.
    span(zone, "sunday", "00:00", "08:00", "2010-11-07", &[("2010-11-07T00:00-02:30", "2010-11-07T08:00-03:30")]);
    span(zone, "saturday", "20:00", "23:30", "2010-11-07", &[("2010-11-06T20:00-02:30", "2010-11-06T23:30-03:30")]);
    // Seen from the minute of the 7th that comes before the clock goes back, this is a span of the day before yesterday.
    let friday = weekly(zone, r#""friday": [["23:45", "23:30"]]"#);
    assert!(friday.open_at(instant("2010-11-07T00:00:30-02:30")));
    // And seen from the hour of the 6th that comes again, this is one of tomorrow.
    let sunday = weekly(zone, r#""sunday": [["00:00", "08:00"]]"#);
    assert!(sunday.open_at(instant("2010-11-06T23:30-03:30")) && !sunday.open_at(instant("2010-11-06T23:30-02:30")));
}

#[test]
fn a_day_that_was_skipped_in_samoa() {
    let zone = "Pacific/Apia";
    span(zone, "friday", "08:00", "17:00", "2011-12-30", &[]);
    span(zone, "thursday", "20:00", "04:00", "2011-12-30", &[("2011-12-29T20:00-10:00", "2011-12-31T00:00+14:00")]);
}
