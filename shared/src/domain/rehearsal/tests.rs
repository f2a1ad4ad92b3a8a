//! Hand-made conversations, and what a ladder would have done about them.

use std::sync::Arc;

use super::*;
use crate::domain::{
    cost::PriceList,
    ladder::{Action, Condition, Ladder, Moment},
    template::{Definition, Template},
};

fn prices() -> Arc<PriceList> {
    Arc::new(PriceList::parse(PriceList::EMBEDDED).unwrap())
}

/// The two templates of the default ladder.
pub(super) fn templates() -> Vec<Template> {
    ["fallback", "answer_waiting"]
        .map(|name| Template::declared(name, "en", Definition::of("We are sorry.").living(3600)))
        .to_vec()
}

pub(super) fn setting(ladder: Ladder, assume: Assumptions) -> Setting {
    Setting::new(ladder, &templates(), None, true, prices(), assume)
}

fn ladder(steps: Vec<Step>) -> Ladder {
    Ladder { steps, ..Ladder::default() }
}

fn step(name: &str, when: Moment, only_if: &[Condition], action: Action) -> Step {
    Step { name: name.to_owned(), when, only_if: only_if.to_vec(), action }
}

fn invite(name: &str, when: Moment, only_if: &[Condition]) -> Step {
    step(name, when, only_if, Action::SmsInvite { text: "Write to us".into(), languages: [].into() })
}

fn template(name: &str, when: Moment, of: &str) -> Step {
    step(name, when, &[], Action::SendTemplate { template: of.into(), values: [].into() })
}

/// So many hours and minutes after the first of March, nine o'clock.
fn at(hours: i64, minutes: i64) -> Timestamp {
    let nine: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
    nine + SignedDuration::from_hours(hours) + SignedDuration::from_mins(minutes)
}

fn wrote(hours: i64, minutes: i64) -> Event {
    Event { at: at(hours, minutes), what: Did::Wrote }
}

fn said(hours: i64, minutes: i64) -> Event {
    with(hours, minutes, Answer::default())
}

fn with(hours: i64, minutes: i64, answer: Answer) -> Event {
    Event { at: at(hours, minutes), what: Did::Answered(answer) }
}

fn by_phone(events: Vec<Event>) -> Conversation {
    let customer = Customer { has_phone: true, country: Country::parse("ES"), ..Customer::default() };
    Conversation { customer, events, fates: Vec::new() }
}

/// What happened, each on a line: minutes since the beginning, and what.
fn lines(setting: &Setting, conversation: &Conversation) -> Vec<String> {
    let mut lines = Vec::new();
    rehearse(setting, conversation, at(24 * 8, 0), |it| {
        let minute = |time: Timestamp| time.duration_since(at(0, 0)).as_mins();
        lines.push(match it {
            Happened::Out { at, step, way, .. } => {
                format!("{} {} {way:?}", minute(at), step.map_or("answer", |step| &step.name))
            }
            Happened::Told { at, step } => format!("{} told {}", minute(at), step.name),
            Happened::NotSent { at, step } => format!("{} not sent {}", minute(at), step.name),
            Happened::Held { written_at, at, end } => {
                format!("{} held from {} {end:?}", minute(at), minute(written_at))
            }
            Happened::Turn { since, at, end } => format!("{} turn of {} {end:?}", minute(at), minute(since)),
        });
    });
    lines
}

#[track_caller]
fn check(ladder: Ladder, events: Vec<Event>, expected: &[&str]) {
    check_assuming(Assumptions::default(), ladder, &by_phone(events), expected);
}

#[track_caller]
fn check_assuming(assume: Assumptions, ladder: Ladder, conversation: &Conversation, expected: &[&str]) {
    assert_eq!(lines(&setting(ladder, assume), conversation), expected);
}

#[test]
fn an_answer_within_the_window_is_all_there_is() {
    check(Ladder::default(), vec![wrote(0, 0), said(0, 30)], &["30 answer FreeForm", "30 turn of 0 InWindow"]);
}

#[test]
fn a_customer_who_is_left_waiting_climbs_the_default_ladder() {
    check(
        Ladder::default(),
        vec![wrote(0, 0)],
        &[
            "1200 told remind",
            "1380 holding-message FreeForm",
            "1442 fallback Template",
            "1562 sms-later Sms",
            "11520 turn of 0 Never",
        ],
    );
}

#[test]
fn free_text_stops_at_the_guard_band_and_the_template_waits_for_the_end_and_the_skew() {
    let only = || ladder(vec![template("waiting", Moment::AnswerHeld {}, "answer_waiting")]);
    check(only(), vec![wrote(0, 0), said(23, 54)], &["1434 answer FreeForm", "1434 turn of 0 InWindow"]);
    check(
        only(),
        vec![wrote(0, 0), said(23, 55), wrote(30, 0)],
        &[
            "1442 waiting Template",
            "1800 answer FreeForm",
            "1800 held from 1435 Released",
            "1800 turn of 0 AfterWindow",
        ],
    );
}

#[test]
fn one_template_for_each_closed_window_whoever_asks_for_it() {
    check(
        Ladder {
            steps: Ladder::default()
                .steps
                .into_iter()
                .filter(|it| !it.action.sends() || it.name == "fallback" || it.name == "answer-waiting")
                .collect(),
            ..Ladder::default()
        },
        vec![wrote(0, 0), said(25, 0), said(26, 0), wrote(27, 0), wrote(60, 0)],
        &[
            "1200 told remind",
            "1442 fallback Template",
            "1620 answer FreeForm",
            "1620 held from 1500 Released",
            "1620 turn of 0 AfterWindow",
            "1620 answer FreeForm",
            "1620 held from 1560 Released",
            "4800 told remind",
            "5042 fallback Template",
            "11520 turn of 3600 Never",
        ],
    );
}

#[test]
fn an_answer_that_is_given_up_ends_and_wants_a_ticket() {
    let give_up = |ticket| step("give-up", Moment::HeldFor { hours: 10 }, &[], Action::GiveUp { ticket });
    let events = || vec![wrote(0, 0), said(30, 0), wrote(41, 0)];
    check(
        ladder(vec![give_up(true)]),
        events(),
        &["2400 held from 1800 Expired", "2400 told give-up", "11520 turn of 0 Never"],
    );
    check(ladder(vec![give_up(false)]), events(), &["2400 held from 1800 Expired", "11520 turn of 0 Never"]);
    // Without a step it is held for three days, and a sender may name another end.
    let brief = Answer { expires_at: Some(at(31, 0)), ..Answer::default() };
    check(
        ladder(vec![]),
        vec![wrote(0, 0), with(30, 0, brief), said(32, 0)],
        &["1860 held from 1800 Expired", "6240 held from 1920 Expired", "11520 turn of 0 Never"],
    );
}

#[test]
fn an_answer_that_is_taken_back_or_still_held_ends_so() {
    let back = Answer { taken_back_at: Some(at(31, 0)), ..Answer::default() };
    check(
        ladder(vec![]),
        vec![wrote(0, 0), with(30, 0, back), said(24 * 7, 0)],
        &["1860 held from 1800 TakenBack", "11520 held from 10080 StillHeld", "11520 turn of 0 Never"],
    );
}

#[test]
fn what_is_held_goes_by_sms_where_the_ladder_or_its_sender_says_so() {
    let content = || step("by-sms", Moment::AnswerHeld {}, &[Condition::MayBeTexted], Action::SmsContent {});
    let by_sms = &["1800 answer Sms", "1800 held from 1800 BySms", "1800 turn of 0 ByAnotherWay"];
    check(ladder(vec![content()]), vec![wrote(0, 0), said(30, 0)], by_sms);
    let asked = Answer { on_held: OnHeld::Sms, ..Answer::default() };
    check(ladder(vec![]), vec![wrote(0, 0), with(30, 0, asked)], by_sms);
    // Whoever chose WhatsApp gets no SMS, and who has no number cannot.
    let whatsapp = Answer { via: Via::WhatsApp, ..Answer::default() };
    let stays = &["6120 held from 1800 Expired", "11520 turn of 0 Never"];
    check(ladder(vec![content()]), vec![wrote(0, 0), with(30, 0, whatsapp)], stays);
    let mut nameless = by_phone(vec![wrote(0, 0), said(30, 0)]);
    nameless.customer.has_phone = false;
    check_assuming(Assumptions::default(), ladder(vec![content()]), &nameless, stays);
}

#[test]
fn whoever_asks_to_hold_lets_nobody_be_written_to() {
    let hold = Answer { on_held: OnHeld::Hold, ..Answer::default() };
    check(
        ladder(vec![template("waiting", Moment::AnswerHeld {}, "answer_waiting")]),
        vec![wrote(0, 0), said(1, 0), with(30, 0, hold), wrote(40, 0)],
        &["60 answer FreeForm", "60 turn of 0 InWindow", "2400 answer FreeForm", "2400 held from 1800 Released"],
    );
}

#[test]
fn a_template_that_fails_is_followed_at_once_and_one_that_nobody_read_later() {
    let steps = || {
        ladder(vec![
            template("fallback", Moment::AtEnd {}, "fallback"),
            invite("at-once", Moment::TemplateFailed {}, &[Condition::MayBeTexted]),
            invite("unread", Moment::AfterTemplate { minutes: 60 }, &[Condition::Unread]),
        ])
    };
    let conversation = by_phone(vec![wrote(0, 0)]);
    let assume = |template| Assumptions { template, ..Assumptions::default() };
    let never = "11520 turn of 0 Never";
    let fallback = "1442 fallback Template";
    check_assuming(assume(Fate::fails()), steps(), &conversation, &[fallback, "1442 at-once Sms", never]);
    check_assuming(assume(Fate::delivered()), steps(), &conversation, &[fallback, "1502 unread Sms", never]);
    check_assuming(assume(Fate::read()), steps(), &conversation, &[fallback, never]);
    // What is known of a real template beats what is assumed.
    let known = Conversation { fates: vec![(at(0, 0), Fate::read())], ..conversation };
    check_assuming(assume(Fate::fails()), steps(), &known, &[fallback, never]);
}

#[test]
fn a_template_that_may_not_be_sent_counts_as_failed() {
    check(
        ladder(vec![
            template("fallback", Moment::AtEnd {}, "unheard_of"),
            invite("at-once", Moment::TemplateFailed {}, &[]),
        ]),
        vec![wrote(0, 0)],
        &["1442 not sent fallback", "1442 at-once Sms", "11520 turn of 0 Never"],
    );
}

#[test]
fn who_came_back_gets_nothing_that_was_meant_for_the_old_window() {
    check(
        ladder(vec![
            template("fallback", Moment::AtEnd {}, "fallback"),
            invite("later", Moment::AfterTemplate { minutes: 120 }, &[]),
        ]),
        vec![wrote(0, 0), wrote(25, 0), said(25, 5)],
        &["1442 fallback Template", "1505 answer FreeForm", "1505 turn of 0 AfterWindow"],
    );
}

#[test]
fn the_customer_comes_back_where_that_is_assumed() {
    let assume = Assumptions { comes_back_after: Some(SignedDuration::from_mins(10)), ..Assumptions::default() };
    check_assuming(
        assume,
        ladder(vec![template("waiting", Moment::AnswerHeld {}, "answer_waiting")]),
        &by_phone(vec![wrote(0, 0), said(30, 0)]),
        &[
            "1800 waiting Template",
            "1810 answer FreeForm",
            "1810 held from 1800 Released",
            "1810 turn of 0 AfterWindow",
        ],
    );
}

#[test]
fn quiet_hours_put_off_what_the_ladder_sends_and_not_what_people_write() {
    let mut conversation = by_phone(vec![wrote(0, 0)]);
    conversation.customer.quiet_hours =
        serde_json::from_str(r#"{"from":"08:30","until":"10:00","time_zone":"UTC"}"#).unwrap();
    let only = || ladder(vec![template("fallback", Moment::AtEnd {}, "fallback")]);
    let never = "11520 turn of 0 Never";
    check_assuming(Assumptions::default(), only(), &conversation, &["1500 fallback Template", never]);
    // Answered meanwhile: it is taken back.
    conversation.events.push(with(24, 30, Answer { via: Via::Sms, ..Answer::default() }));
    let answered = &["1470 answer Sms", "1470 turn of 0 ByAnotherWay"];
    check_assuming(Assumptions::default(), only(), &conversation, answered);
}

#[test]
fn conditions_are_looked_at_when_the_step_is_due() {
    let remind =
        |condition| ladder(vec![step("remind", Moment::BeforeEnd { minutes: 60 }, &[condition], Action::Remind {})]);
    let told = &["1380 told remind", "11520 turn of 0 Never"];
    let not = &["11520 turn of 0 Never"];
    let events = || vec![wrote(0, 0)];
    check(remind(Condition::CustomerWaits), events(), told);
    check(remind(Condition::OutsideBusinessHours), events(), told);
    check(remind(Condition::WithinBusinessHours), events(), not);
    check(remind(Condition::NotVip), events(), told);
    check(remind(Condition::Vip), events(), not);
    let mut vip = by_phone(events());
    vip.customer.vip = true;
    check_assuming(Assumptions::default(), remind(Condition::Vip), &vip, told);
    let mut hours = remind(Condition::WithinBusinessHours);
    // The second of March is a Monday.
    hours.business_hours =
        serde_json::from_str(r#"{"time_zone":"UTC","weekly":{"monday":[["08:00","09:00"]]}}"#).unwrap();
    check(hours, events(), told);
}

#[test]
fn the_cheaper_of_two_ways_is_taken_where_the_account_prefers_that() {
    // In March the list has no price for an SMS yet, which is not cheap: nobody knows.
    let two = |prefer_cheaper| Ladder {
        prefer_cheaper,
        ..ladder(vec![invite("sms", Moment::AtEnd {}, &[]), template("template", Moment::AtEnd {}, "fallback")])
    };
    let went = |ladder| lines(&setting(ladder, Assumptions::default()), &by_phone(vec![wrote(0, 0)]))[0].clone();
    assert_eq!(went(two(false)), "1442 sms Sms");
    assert_eq!(went(two(true)), "1442 template Template");
}

#[test]
fn the_providers_word_closes_a_window_and_its_template_goes_at_once() {
    let refused = Answer { met_a_closed_window: true, ..Answer::default() };
    check(
        ladder(vec![template("waiting", Moment::AnswerHeld {}, "answer_waiting")]),
        vec![wrote(0, 0), with(20, 0, refused), wrote(21, 0)],
        &[
            "1200 waiting Template",
            "1260 answer FreeForm",
            "1260 held from 1200 Released",
            "1260 turn of 0 AfterWindow",
        ],
    );
}

#[test]
fn who_never_wrote_is_invited_at_once_and_who_opted_out_never() {
    let only = || ladder(vec![template("waiting", Moment::AnswerHeld {}, "answer_waiting")]);
    check(
        only(),
        vec![said(0, 0), wrote(2, 0)],
        &["0 waiting Template", "120 answer FreeForm", "120 held from 0 Released"],
    );
    let mut out = by_phone(vec![wrote(0, 0), said(1, 0)]);
    out.customer.consent.opted_out_at = Some(at(0, 0));
    check_assuming(Assumptions::default(), only(), &out, &["11520 turn of 0 Never"]);
}

#[test]
fn a_conversation_that_staff_closed_waits_no_more_and_one_still_open_is_not_given_up() {
    let mut events = vec![wrote(0, 0), Event { at: at(1, 0), what: Did::Closed }];
    check(Ladder::default(), events.clone(), &["60 turn of 0 Closed"]);
    events = vec![wrote(0, 0), Event { at: at(1, 0), what: Did::AnsweredElsewhere }, wrote(24 * 7 + 5, 0)];
    check(Ladder::default(), events, &["60 turn of 0 InWindow", "11520 turn of 10380 Open"]);
}

#[test]
fn figures_are_of_the_stretch_alone_and_add_up() {
    let setting = setting(Ladder::default(), Assumptions::default());
    let clock = Clock::of(setting.ladder());
    let stretch = Stretch { from: at(24, 0), until: at(24 * 8, 0) };
    let mut all = Figures::default();
    for conversation in [by_phone(vec![wrote(0, 0)]), by_phone(vec![wrote(25, 0), said(25, 7)])] {
        let mut one = Figures::default();
        one.conversations = 1;
        rehearse(&setting, &conversation, stretch.until, |it| one.add(&it, stretch, &clock));
        let json = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<Figures>(&json).unwrap(), one);
        all.merge(&one);
    }
    let report = Report::of(&all, setting.ladder());
    let rows: Vec<_> = report.rows.iter().map(|it| (it.what.step.as_deref(), it.count, it.what.way)).collect();
    // The reminder and the holding message were before it.
    assert_eq!(
        rows,
        [
            (None, 1, Some(Way::FreeForm)),
            (Some("fallback"), 1, Some(Way::Template)),
            (Some("sms-later"), 1, Some(Way::Sms)),
        ]
    );
    assert_eq!((report.sms, report.reminders, all.conversations), (1, 0, 2));
    assert_eq!((report.turns.in_window, report.turns.never), (1, 0), "the other turn began before");
    assert_eq!(report.answered.median_seconds, Some(7 * 60));
    assert_eq!(report.rows[1].by_hour[9], 1, "{:?}", report.rows[1].first);
    assert_eq!((report.hours_in.as_str(), report.cost.len()), ("UTC", 1));
}
