//! What facts come to, told in the order of time.

use super::*;
use crate::domain::{ConversationId, StaffId, TeamId, Timestamp, access::Actor, work::Sla};

const CONVERSATION: u128 = 1;

fn time(text: &str) -> Timestamp {
    format!("2026-11-{text}Z").parse().unwrap()
}

fn team(name: &str) -> TeamId {
    name.parse().unwrap()
}

fn staff(number: u128) -> Actor {
    Actor::Staff(StaffId::from_bits(number))
}

fn wrote() -> What {
    What::Wrote { window: true }
}

/// Somebody of the staff answers, and it goes out at once.
fn answer(by: u128, at: &str) -> What {
    let at = time(at);
    What::Answered { by: Some(staff(by)), left: Some(Left { at, up_to: at }), fallback: None }
}

fn automatic(fallback: Option<(Fallback, Outcome)>) -> What {
    What::Automatic { settles: None, fallback: fallback.map(|(kind, outcome)| Fallen { kind, outcome }) }
}

fn work(name: &str, owner: Option<u128>) -> What {
    What::Changed(WorkChanged { team: Some(team(name)), owner: owner.map(StaffId::from_bits) })
}

/// Days, each of facts of conversations; the last day ends at its end.
#[derive(Default)]
struct Told {
    promises: Promises,
    standings: Standings,
}

impl Told {
    fn promising(first: u32, next: u32) -> Self {
        let sla = Sla { first_response_minutes: Some(first), next_response_minutes: Some(next) };
        Self { promises: Promises { sla, hours: None }, ..Self::default() }
    }

    /// A day of the month with facts by their conversations and times.
    fn day(&mut self, day: &str, facts: &[(u128, &str, What)]) -> DayOfWork {
        let mut counting = Counting::default();
        for (conversation, at, what) in facts {
            let conversation = ConversationId::from_bits(*conversation);
            let fact = Fact { conversation, at: time(at), what: what.clone() };
            self.standings.entry(conversation).or_default().see(&fact, &self.promises, &mut counting);
        }
        let day: crate::domain::job::Day = format!("2026-11-{day}").parse().unwrap();
        for standing in self.standings.values_mut() {
            standing.elapse(day.ends_at(), &mut counting);
        }
        counting.sums(day, day.ends_at())
    }
}

/// A day of one conversation.
fn one(facts: Vec<(&str, What)>) -> DayOfWork {
    let facts: Vec<_> = facts.into_iter().map(|(at, what)| (CONVERSATION, at, what)).collect();
    Told::default().day("02", &facts)
}

/// All sums of a day.
fn all(day: &DayOfWork) -> Sums {
    let mut all = Sums::default();
    for line in &day.lines {
        all.merge(&line.sums);
    }
    all
}

/// Those of a team and a person.
fn of(day: &DayOfWork, of_team: Option<TeamId>, person: Option<Actor>) -> Sums {
    let whose = Whose { team: of_team, person };
    day.lines.iter().find(|line| line.whose == whose).map(|line| line.sums.clone()).unwrap_or_default()
}

/// First answers, all answers, the longest wait of all.
fn waits(sums: &Sums) -> (u64, u64, Option<u64>) {
    (sums.first.count(), sums.every.count(), sums.every.longest())
}

#[test]
fn the_first_answer_of_a_person_ends_a_wait_that_began_with_the_first_message() {
    let day = one(vec![
        ("02T09:00:00", wrote()),
        ("02T09:01:00", wrote()),
        ("02T09:02:00", automatic(None)),
        ("02T09:05:00", answer(1, "02T09:05:00")),
        ("02T09:06:00", answer(1, "02T09:06:00")),
        ("02T10:00:00", wrote()),
        ("02T10:00:30", answer(2, "02T10:00:30")),
    ]);
    let (anna, ben) = (of(&day, None, Some(staff(1))), of(&day, None, Some(staff(2))));
    assert_eq!((waits(&anna), anna.written, anna.conversations), ((1, 1, Some(300)), 2, 1));
    assert_eq!((waits(&ben), ben.written, ben.conversations), ((0, 1, Some(30)), 1, 1));
    let nobody = of(&day, None, None);
    assert_eq!((nobody.received, nobody.automatic, nobody.opened), (3, 1, 1));
    assert_eq!(day.conversations, 1, "two people in one conversation");
}

#[test]
fn what_did_not_go_out_answers_nobody_and_is_written_all_the_same() {
    let failed = What::Answered { by: Some(staff(1)), left: None, fallback: None };
    let day = one(vec![("02T09:00:00", wrote()), ("02T09:05:00", failed), ("02T09:10:00", answer(1, "02T09:10:00"))]);
    let sums = all(&day);
    assert_eq!((waits(&sums), sums.written), ((1, 1, Some(600)), 2));
}

#[test]
fn what_was_held_answers_when_it_leaves_and_all_that_it_was_planned_with() {
    let held = What::Answered {
        by: Some(staff(1)),
        left: Some(Left { at: time("02T12:00:01"), up_to: time("02T12:00:00") }),
        fallback: None,
    };
    let day = one(vec![("02T09:00:00", wrote()), ("02T10:00:00", held), ("02T12:00:00", wrote())]);
    assert_eq!(waits(&all(&day)), (1, 1, Some(10_801)), "nobody waits after it");
}

#[test]
fn a_late_message_that_was_answered_before_begins_no_wait() {
    let day = one(vec![("02T09:00:00", answer(1, "02T09:00:00")), ("02T09:00:00", wrote())]);
    assert_eq!(waits(&all(&day)), (0, 0, None));
}

#[test]
fn a_wait_over_midnight_is_told_on_the_day_of_its_answer() {
    let mut told = Told::default();
    let first = told.day("02", &[(1, "02T23:50:00", wrote())]);
    let second = told.day("03", &[(1, "03T00:10:00", answer(1, "03T00:10:00"))]);
    assert_eq!((waits(&all(&first)), waits(&all(&second))), ((0, 0, None), (1, 1, Some(1200))));
    assert_eq!((all(&first).opened, all(&second).opened), (1, 0));
}

#[test]
fn what_is_open_at_the_end_of_a_day_survives_being_written() {
    let mut told = Told::promising(5, 60);
    told.day(
        "02",
        &[
            (1, "02T08:00:00", work("spa", Some(7))),
            (1, "02T23:50:00", wrote()),
            (1, "02T23:55:00", automatic(Some((Fallback::HoldingMessage, Outcome::Read)))),
            (2, "02T10:00:00", What::Ended(How::Closed)),
        ],
    );
    for standing in told.standings.values() {
        let text = serde_json::to_string(standing).unwrap();
        assert_eq!(serde_json::from_str::<Standing>(&text).unwrap(), *standing, "{text}");
    }
}

#[test]
fn each_team_has_its_own_sums_and_an_answer_is_of_the_team_at_that_time() {
    let day = one(vec![
        ("02T08:00:00", work("spa", None)),
        ("02T09:00:00", wrote()),
        ("02T09:01:00", answer(1, "02T09:01:00")),
        ("02T10:00:00", work("desk", Some(2))),
        ("02T11:00:00", wrote()),
        ("02T11:02:00", answer(1, "02T11:02:00")),
    ]);
    let (spa, desk) = (of(&day, Some(team("spa")), Some(staff(1))), of(&day, Some(team("desk")), Some(staff(1))));
    assert_eq!((waits(&spa), waits(&desk)), ((1, 1, Some(60)), (0, 1, Some(120))));
    assert_eq!(of(&day, Some(team("desk")), Some(staff(2))).received, 1, "whoever has it receives");
    let teams: Vec<_> = day.teams.iter().map(|line| (line.team.clone(), line.conversations)).collect();
    assert_eq!((teams, day.conversations), (vec![(Some(team("desk")), 1), (Some(team("spa")), 1)], 1));
}

#[test]
fn a_conversation_is_resolved_when_it_is_closed_and_opens_anew_when_the_customer_writes() {
    let mut told = Told::default();
    let first = told.day(
        "02",
        &[
            (1, "02T09:00:00", wrote()),
            (1, "02T09:10:00", answer(1, "02T09:10:00")),
            (1, "02T10:00:00", What::Ended(How::Closed)),
            (1, "02T11:00:00", What::Ended(How::Archived)),
            (1, "02T11:30:00", answer(1, "02T11:30:00")),
        ],
    );
    let sums = all(&first);
    assert_eq!((sums.opened, sums.closed, sums.archived, sums.reopened), (1, 1, 0, 0));
    assert_eq!(sums.resolution.longest(), Some(3600));
    let second = told.day("03", &[(1, "03T09:00:00", wrote()), (1, "03T09:00:20", answer(1, "03T09:00:20"))]);
    let sums = all(&second);
    assert_eq!((sums.opened, sums.reopened, waits(&sums)), (1, 1, (1, 1, Some(20))));
    let third = told.day("04", &[(1, "04T09:00:00", What::Ended(How::Archived))]);
    let sums = all(&third);
    assert_eq!((sums.closed, sums.archived, sums.resolution.count()), (0, 1, 0));
}

#[test]
fn what_is_opened_again_by_hand_is_opened_once() {
    let day = one(vec![
        ("02T09:00:00", wrote()),
        ("02T10:00:00", What::Ended(How::Closed)),
        ("02T10:10:00", What::Reopened),
        ("02T10:11:00", wrote()),
        ("02T10:15:00", What::Ended(How::Closed)),
    ]);
    let sums = all(&day);
    assert_eq!((sums.opened, sums.closed, sums.reopened, sums.resolution.longest()), (2, 2, 1, Some(3600)));
    assert_eq!(sums.resolution.percentile(1), Some(300));
}

#[test]
fn whoever_waits_when_it_is_closed_waits_no_more() {
    let day = Told::promising(60, 60).day(
        "02",
        &[(1, "02T09:00:00", wrote()), (1, "02T09:10:00", What::Ended(How::Closed)), (1, "02T09:10:00", wrote())],
    );
    let sums = all(&day);
    assert_eq!((sums.broken, sums.missed, sums.reopened), (0, 0, 0));
}

#[test]
fn a_promise_is_kept_or_broken_once_and_broken_when_its_time_is_over() {
    for (answered, expected) in [("02T09:05:00", (1, 0)), ("02T09:05:01", (0, 1)), ("02T12:00:00", (0, 1))] {
        let day = Told::promising(5, 60).day(
            "02",
            &[
                (1, "02T09:00:00", wrote()),
                (1, answered, answer(1, answered)),
                (1, "02T13:00:00", What::Ended(How::Closed)),
            ],
        );
        let sums = all(&day);
        assert_eq!((sums.kept, sums.broken), expected, "{answered}");
    }
    // The next answer is promised within an hour.
    let mut told = Told::promising(5, 60);
    let day = told.day(
        "02",
        &[
            (1, "02T09:00:00", wrote()),
            (1, "02T09:01:00", answer(1, "02T09:01:00")),
            (1, "02T10:00:00", wrote()),
            (1, "02T10:50:00", answer(1, "02T10:50:00")),
            (1, "02T23:30:00", wrote()),
        ],
    );
    assert_eq!((all(&day).kept, all(&day).broken), (2, 0), "the third is not due yet");
    let quiet = told.day("03", &[]);
    assert_eq!((all(&quiet).kept, all(&quiet).broken), (0, 1), "it breaks though nobody writes");
    let late = told.day("04", &[(1, "04T09:00:00", answer(1, "04T09:00:00"))]);
    assert_eq!((all(&late).kept, all(&late).broken), (0, 0), "and only once");
}

#[test]
fn what_is_promised_is_promised_in_open_hours() {
    let day = r#"[["09:00", "17:00"]]"#;
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"].map(|it| format!("\"{it}\": {day}"));
    let hours = format!(r#"{{"time_zone": "UTC", "weekly": {{{}}}}}"#, days.join(","));
    // The 6th is a Friday, the 9th a Monday.
    for (wrote_at, answered, expected) in [
        ("06T16:50:00", "09T09:20:00", (1, 0)),
        ("06T16:50:00", "09T09:20:01", (0, 1)),
        ("07T12:00:00", "09T09:30:00", (1, 0)),
        ("09T03:00:00", "09T09:31:00", (0, 1)),
    ] {
        let mut told = Told::promising(30, 30);
        told.promises.hours = Some(serde_json::from_str(&hours).unwrap());
        let sums = all(&told.day("09", &[(1, wrote_at, wrote()), (1, answered, answer(1, answered))]));
        assert_eq!((sums.kept, sums.broken), expected, "{wrote_at} {answered}");
    }
}

#[test]
fn a_window_is_saved_in_its_last_hours_and_missed_when_it_closes() {
    for (answered, expected) in [
        ("03T04:59:59", (1, 0, 0)),
        ("03T05:00:00", (1, 1, 0)),
        ("03T08:59:59", (1, 1, 0)),
        ("03T09:00:00", (0, 0, 1)),
        ("03T12:00:00", (0, 0, 1)),
    ] {
        let day = Told::default().day("03", &[(1, "02T09:00:00", wrote()), (1, answered, answer(1, answered))]);
        let sums = all(&day);
        assert_eq!((sums.in_window, sums.saved, sums.missed), expected, "{answered}");
    }
    // Each message opens it anew; a text by SMS has none.
    let again = Told::default().day(
        "03",
        &[(1, "02T09:00:00", wrote()), (1, "03T08:00:00", wrote()), (1, "03T09:30:00", answer(1, "03T09:30:00"))],
    );
    assert_eq!((all(&again).in_window, all(&again).saved, all(&again).missed), (1, 0, 0));
    let sms = Told::default().day("03", &[(1, "02T09:00:00", What::Wrote { window: false })]);
    assert_eq!(all(&sms).missed, 0);
}

#[test]
fn a_window_that_closes_is_missed_by_whoever_has_the_conversation_then() {
    let mut told = Told::default();
    told.day("02", &[(1, "02T08:00:00", work("spa", Some(7))), (1, "02T09:00:00", wrote())]);
    let day = told.day("03", &[(1, "03T07:00:00", work("desk", Some(8))), (1, "03T10:00:00", work("spa", Some(7)))]);
    assert_eq!((of(&day, Some(team("desk")), Some(staff(8))).missed, all(&day).missed), (1, 1));
}

/// Kind, all, by outcome, and after how many the customer came back.
type Fallbacks<'a> = (&'a str, u64, Vec<(&'a str, u64)>, u64);

fn fallbacks(day: &DayOfWork) -> Vec<Fallbacks<'_>> {
    let outcomes = |sums: &FallbackSums| sums.outcomes.iter().map(|(it, count)| (it.word(), *count)).collect();
    day.fallbacks.iter().map(|it| (it.kind.word(), it.sums.all(), outcomes(&it.sums), it.sums.came_back)).collect()
}

#[test]
fn a_fallback_is_told_by_its_kind_and_what_became_of_it() {
    let mut told = Told::default();
    let template = |outcome| automatic(Some((Fallback::WindowTemplate, outcome)));
    let day = told.day(
        "02",
        &[
            (1, "02T09:00:00", template(Outcome::Read)),
            (2, "02T09:00:00", template(Outcome::Failed)),
            (2, "02T11:00:00", automatic(Some((Fallback::SmsInvite, Outcome::Delivered)))),
            (2, "02T12:00:00", wrote()),
            (2, "02T12:01:00", wrote()),
        ],
    );
    let template_line = ("window_template", 2, vec![("read", 1), ("failed", 1)], 0);
    assert_eq!(fallbacks(&day), [template_line, ("sms_invite", 1, vec![("delivered", 1)], 1)]);
    let next = told.day("03", &[(1, "03T08:59:59", wrote())]);
    assert_eq!(fallbacks(&next), [("window_template", 0, vec![], 1)], "on the day on which they came");
    let late = Told::default().day("03", &[(1, "02T09:00:00", template(Outcome::Read)), (1, "03T09:00:00", wrote())]);
    assert_eq!(late.fallbacks[0].sums.came_back, 0, "a day later it is no answer to it");
}

#[test]
fn a_score_is_of_whom_it_is_about_or_of_whoever_has_the_conversation() {
    let score = |score, of_team: Option<TeamId>, by| What::Scored(Score { score, team: of_team, by });
    let day = one(vec![
        ("02T08:00:00", work("desk", Some(2))),
        ("02T09:00:00", score(5, None, None)),
        ("02T10:00:00", score(3, Some(team("spa")), Some(staff(1)))),
        ("02T11:00:00", score(0, None, None)),
        ("02T12:00:00", score(6, None, None)),
    ]);
    assert_eq!(of(&day, Some(team("desk")), Some(staff(2))).scores, [0, 0, 0, 0, 1]);
    assert_eq!(of(&day, Some(team("spa")), Some(staff(1))).scores, [0, 0, 1, 0, 0]);
}

#[test]
fn who_says_how_it_was_waits_for_nothing_and_what_a_rule_says_may_be_all_that_they_waited_for() {
    let mut told = Told::promising(5, 60);
    let score = What::Scored(Score { score: 5, team: None, by: None });
    let settles = Some(Left { at: time("02T10:00:01"), up_to: time("02T10:00:01") });
    let day = told.day(
        "02",
        &[
            (1, "02T09:00:00", wrote()),
            (1, "02T09:00:00", score),
            (1, "02T10:00:00", wrote()),
            (1, "02T10:00:01", What::Automatic { settles, fallback: None }),
        ],
    );
    let sums = all(&day);
    assert_eq!((sums.kept, sums.broken, sums.missed, sums.every.count()), (0, 0, 0, 0));
    assert_eq!((sums.scores, sums.automatic), ([0, 0, 0, 0, 1], 1));
}

#[test]
fn what_nothing_happened_to_for_a_month_is_forgotten() {
    let mut told = Told::default();
    told.day("02", &[(1, "02T09:00:00", wrote())]);
    let standing = told.standings.values().next().unwrap();
    assert!(standing.is_remembered(time("30T09:00:00")));
    assert!(!standing.is_remembered("2026-12-03T09:00:00Z".parse().unwrap()));
}

#[test]
fn sums_of_a_day_survive_their_text_and_what_a_newer_version_adds_is_passed_over() {
    let mut told = Told::promising(5, 60);
    let day = told.day(
        "02",
        &[
            (1, "02T08:00:00", work("desk", Some(2))),
            (1, "02T09:00:00", wrote()),
            (1, "02T09:01:00", automatic(Some((Fallback::HoldingMessage, Outcome::Read)))),
            (1, "02T09:02:00", answer(1, "02T09:02:00")),
            (1, "02T10:02:00", What::Ended(How::Closed)),
        ],
    );
    let mut written = serde_json::to_value(&day).unwrap();
    assert_eq!(serde_json::from_value::<DayOfWork>(written.clone()).unwrap(), day);
    written["v"] = 9.into();
    written["lines"][0]["sums"]["smiles"] = 7.into();
    let read: DayOfWork = serde_json::from_value(written).unwrap();
    assert_eq!((read.v, read.lines), (9, day.lines));
}
