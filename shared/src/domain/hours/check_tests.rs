//! What is refused, and by which field.

use super::*;

#[track_caller]
fn refused(json: &str, field: &str, message: &str) {
    let bad = BusinessHours::parse(serde_json::from_str(json).unwrap()).unwrap_err();
    assert_eq!(bad.field, field);
    assert!(bad.message.contains(message), "{bad}");
}

fn in_week(days: &str) -> String {
    format!(r#"{{"time_zone": "UTC", "weekly": {{{days}}}}}"#)
}

#[track_caller]
fn monday(spans: &str, field: &str, message: &str) {
    refused(&in_week(&format!(r#""monday": {spans}"#)), field, message);
}

#[track_caller]
fn holidays(entries: &str, field: &str, message: &str) {
    refused(&format!(r#"{{"time_zone": "UTC", "weekly": {{}}, "holidays": {entries}}}"#), field, message);
}

#[test]
fn zones_that_nobody_knows() {
    for zone in ["Europe/Atlantis", "europe/madrid", "Etc/Unknown", "CET-1CEST", "+02:00", ""] {
        refused(&format!(r#"{{"time_zone": "{zone}", "weekly": {{}}}}"#), "time_zone", "Europe/Madrid");
    }
    for zone in ["UTC", "Etc/UTC", "Europe/Madrid", "America/Argentina/Buenos_Aires", "Asia/Calcutta"] {
        weekly(zone, "");
    }
}

#[test]
fn times_that_are_none() {
    for time in ["9:00", "09:60", "24:00", "24:01", "0900", "09:00:00", "+9:00", "09-00", "", "０9:00", "ab:cd"] {
        monday(&format!(r#"[["08:00", "08:30"], ["{time}", "23:00"]]"#), "weekly.monday[1]", "write the start");
    }
    for time in ["9:00", "24:01", "25:00", ""] {
        monday(&format!(r#"[["08:00", "{time}"]]"#), "weekly.monday[0]", "write the end");
    }
}

#[test]
fn spans_without_length_and_spans_that_overlap() {
    monday(r#"[["09:00", "09:00"]]"#, "weekly.monday[0]", "same time");
    monday(r#"[["00:00", "00:00"]]"#, "weekly.monday[0]", "same time");
    monday(r#"[["15:00", "19:00"], ["09:00", "15:01"]]"#, "weekly.monday[1]", "overlaps with 15:00 to 19:00");
    monday(r#"[["22:00", "02:00"], ["23:00", "23:30"]]"#, "weekly.monday[1]", "overlaps");
    weekly("UTC", r#""monday": [["15:00", "19:00"], ["09:00", "15:00"]]"#);
    let many: Vec<String> = (0..13).map(|n| format!(r#"["{n:02}:00", "{n:02}:30"]"#)).collect();
    monday(&format!("[{}]", many.join(",")), "weekly.monday", "at most 12");
}

#[test]
fn spans_that_run_into_the_next_day() {
    refused(
        &in_week(
            r#""friday": [["22:00", "02:00"], ["08:00", "09:00"]], "saturday": [["05:00", "06:00"], ["01:59", "03:00"]]"#,
        ),
        "weekly.friday[0]",
        "saturday's 01:59 to 03:00",
    );
    refused(
        &in_week(r#""sunday": [["22:00", "02:00"]], "monday": [["01:00", "03:00"]]"#),
        "weekly.sunday[0]",
        "monday's 01:00 to 03:00",
    );
    weekly("UTC", r#""friday": [["22:00", "02:00"]], "saturday": [["02:00", "03:00"]]"#);
}

#[test]
fn holidays_that_cannot_be() {
    for date in ["2026-02-29", "2026-13-01", "2026-00-10", "26-12-25", "20261225", "2026-12-5", "2026/12/25", "é026-1"]
    {
        holidays(&format!(r#"["2026-12-24", "{date}"]"#), "holidays[1]", "YYYY-MM-DD");
        holidays(&format!(r#"[{{"date": "{date}"}}]"#), "holidays[0].date", "YYYY-MM-DD");
    }
    for day in ["02-30", "13-01", "1-1", "2026-01-01", ""] {
        holidays(&format!(r#"[{{"every": "{day}"}}]"#), "holidays[0].every", "MM-DD");
    }
    holidays(r#"[{"every": "01-01", "open": [["09:00", "9"]]}]"#, "holidays[0].open[0]", "write the end");
    holidays(r#"[{"date": "2026-01-01", "open": [["1", "9"]]}]"#, "holidays[0].open[0]", "write the start");
    holidays(r#"["2026-12-24", {"date": "2026-12-24"}]"#, "holidays[1].date", "already");
    holidays(r#"[{"every": "12-24"}, {"every": "12-24"}]"#, "holidays[1].every", "already");
    holidays(r#"["2026-12-24", "2026-12-24"]"#, "holidays[1]", "already");
    let many = |count: i32| serde_json::to_string(&(1..=count).map(|y| format!("{y:04}-01-01")).collect::<Vec<_>>());
    holidays(&many(401).unwrap(), "holidays", "at most 400");
    parse(&format!(r#"{{"time_zone": "UTC", "weekly": {{}}, "holidays": {}}}"#, many(400).unwrap()));
}

#[test]
fn fields_that_nobody_knows() {
    for (json, expected) in [
        (r#"{"time_zone": "UTC", "weekly": {}, "week": {}}"#, "unknown field `week`"),
        (r#"{"time_zone": "UTC", "weekly": {"mondey": []}}"#, "unknown field `mondey`"),
        (r#"{"time_zone": "UTC", "weekly": {"monday": [["09:00", "10:00", "11:00"]]}}"#, "at line 1"),
        (r#"{"time_zone": "UTC"}"#, "missing field `weekly`"),
        (r#"{"time_zone": "UTC", "weekly": {}, "holidays": [{"day": "01-01"}]}"#, "unknown field `day`"),
        (r#"{"time_zone": "UTC", "weekly": {}, "holidays": [{"open": []}]}"#, "needs date or every"),
        (r#"{"time_zone": "UTC", "weekly": {}, "holidays": [{"date": "2026-01-01", "every": "01-01"}]}"#, "not both"),
        (r#"{"time_zone": "UTC", "weekly": {}, "holidays": [20260101]}"#, "a date as YYYY-MM-DD"),
    ] {
        let error = serde_json::from_str::<WrittenHours>(json).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
