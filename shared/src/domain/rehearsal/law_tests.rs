//! What holds for every conversation and every ladder.

use proptest::prelude::*;

use super::{tests::setting, *};
use crate::domain::{
    ladder::{Action, Condition, Ladder, Moment},
    time::SKEW_ALLOWANCE,
    window::{GUARD_BAND, WINDOW_LASTS},
};

const BEGIN: i64 = 1_772_000_000;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(BEGIN + minutes * 60).unwrap()
}

fn answer() -> impl Strategy<Value = Answer> {
    let via = prop_oneof![4 => Just(Via::Auto), 1 => Just(Via::WhatsApp), 1 => Just(Via::Sms)];
    let on_held = prop_oneof![4 => Just(OnHeld::Ladder), 1 => Just(OnHeld::Hold), 1 => Just(OnHeld::Sms)];
    let template = prop_oneof![9 => Just(None), 1 => Just(Some(Category::Utility))];
    (via, on_held, template, proptest::bool::weighted(0.05)).prop_map(
        |(via, on_held, template, met_a_closed_window)| Answer {
            via,
            on_held,
            template,
            met_a_closed_window,
            ..Answer::default()
        },
    )
}

fn did() -> impl Strategy<Value = Did> {
    prop_oneof![
        6 => Just(Did::Wrote),
        5 => answer().prop_map(Did::Answered),
        1 => Just(Did::AnsweredElsewhere),
        1 => Just(Did::Closed),
    ]
}

fn conversation() -> impl Strategy<Value = Conversation> {
    // Gaps of minutes to days, often around a window's end.
    let gap = prop_oneof![4 => 0_i64..120, 2 => 1430_i64..1450, 2 => 120_i64..6000];
    let events = proptest::collection::vec((gap, did()), 1..14);
    (events, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(events, has_phone, vip, quiet)| {
        let mut minute = 0;
        let mut event = |(gap, what)| {
            minute += gap;
            Event { at: at(minute), what }
        };
        let quiet_hours = r#"{"from":"21:00","until":"08:00","time_zone":"Europe/Madrid"}"#;
        let customer = Customer {
            has_phone,
            vip,
            quiet_hours: quiet.then(|| serde_json::from_str(quiet_hours).unwrap()),
            country: Country::parse("ES"),
            ..Customer::default()
        };
        Conversation { customer, events: events.into_iter().map(&mut event).collect(), fates: Vec::new() }
    })
}

fn moment_and_action() -> impl Strategy<Value = (Moment, Action)> {
    let template = |name: &str| Action::SendTemplate { template: name.into(), values: [].into() };
    let invite = || Action::SmsInvite { text: "Write to us".into(), languages: [].into() };
    let holding = || Action::HoldingMessage { text: "One moment".into(), languages: [].into() };
    prop_oneof![
        (1_u32..1440).prop_map(move |minutes| (Moment::BeforeEnd { minutes }, holding())),
        (1_u32..1440).prop_map(|minutes| (Moment::BeforeEnd { minutes }, Action::Remind {})),
        Just((Moment::AtEnd {}, template("fallback"))),
        Just((Moment::AtEnd {}, invite())),
        Just((Moment::AnswerHeld {}, template("answer_waiting"))),
        Just((Moment::AnswerHeld {}, Action::SmsContent {})),
        Just((Moment::AnswerHeld {}, Action::Hold {})),
        Just((Moment::TemplateFailed {}, invite())),
        Just((Moment::TemplateFailed {}, Action::SmsContent {})),
        (1_u32..3000).prop_map(move |minutes| (Moment::AfterTemplate { minutes }, invite())),
        (1_u32..3000).prop_map(|minutes| (Moment::AfterTemplate { minutes }, Action::SmsContent {})),
        (1_u32..100).prop_map(|hours| (Moment::HeldFor { hours }, Action::GiveUp { ticket: true })),
    ]
}

fn ladder() -> impl Strategy<Value = Ladder> {
    let conditions = prop_oneof![
        4 => Just(vec![]),
        1 => Just(vec![Condition::CustomerWaits]),
        1 => Just(vec![Condition::MayBeTexted]),
        1 => Just(vec![Condition::Vip]),
    ];
    let steps = proptest::collection::vec((moment_and_action(), conditions), 0..9);
    (steps, any::<bool>()).prop_map(|(steps, prefer_cheaper)| Ladder {
        prefer_cheaper,
        content_by_sms: true,
        steps: steps
            .into_iter()
            .enumerate()
            .map(|(number, ((when, action), only_if))| Step { name: format!("step-{number}"), when, only_if, action })
            .collect(),
        ..Ladder::default()
    })
}

fn assumptions() -> impl Strategy<Value = Assumptions> {
    let fate = prop_oneof![
        Just(Fate::delivered()),
        Just(Fate::read()),
        Just(Fate::lost()),
        Just(Fate::fails()),
        Just(Fate { failed: Some(SignedDuration::from_mins(30)), ..Fate::lost() }),
    ];
    (fate, proptest::option::of(1_i64..600)).prop_map(|(template, minutes)| Assumptions {
        template,
        comes_back_after: minutes.map(SignedDuration::from_mins),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_rehearsal_keeps_every_rule_of_the_window(
        conversation in conversation(),
        ladder in ladder(),
        assume in assumptions(),
    ) {
        let setting = setting(ladder, assume);
        let until = conversation.events.last().unwrap().at + SignedDuration::from_hours(100);
        let mut templates: Vec<Option<Timestamp>> = Vec::new();
        let (mut ended, mut turns, mut clock) = (Vec::new(), Vec::new(), Timestamp::MIN);
        let closed: Vec<Timestamp> = conversation.events.iter().filter(|event| {
            matches!(&event.what, Did::Answered(answer) if answer.met_a_closed_window)
        }).map(|event| event.at).collect();
        let mut wrong = Vec::new();
        rehearse(&setting, &conversation, until, |it| {
            let now = match &it {
                Happened::Out { at, .. } | Happened::Told { at, .. } | Happened::NotSent { at, .. }
                | Happened::Held { at, .. } | Happened::Turn { at, .. } => *at,
            };
            if now < clock || now > until {
                wrong.push(format!("out of order: {it:?}"));
            }
            clock = now;
            match &it {
                Happened::Out { at, way: Way::FreeForm, last_in, .. } => {
                    if last_in.is_none_or(|last_in| !(last_in..last_in + WINDOW_LASTS - GUARD_BAND).contains(at)) {
                        wrong.push(format!("free text outside the window: {it:?}"));
                    }
                }
                Happened::Out { at, step: Some(step), way, last_in, .. } => {
                    if *way == Way::Template {
                        if templates.contains(last_in) {
                            wrong.push(format!("a second template: {it:?}"));
                        }
                        templates.push(*last_in);
                    }
                    let closed_early = last_in.is_some_and(|last_in| closed.iter().any(|word| *word >= last_in && word <= at));
                    let over = last_in.is_none_or(|last_in| *at >= last_in + WINDOW_LASTS + SKEW_ALLOWANCE);
                    if !over && !closed_early {
                        wrong.push(format!("a fallback before the end: {} {it:?}", step.name));
                    }
                }
                Happened::Held { written_at, at, end } => ended.push((*written_at, *at, *end)),
                Happened::Turn { since, .. } => turns.push(*since),
                Happened::Out { .. } | Happened::Told { .. } | Happened::NotSent { .. } => {}
            }
        });
        prop_assert!(wrong.is_empty(), "{wrong:#?}");
        // Each answer ends once at most, and each is either sent at once, refused at once, or ends as held.
        let written = |at: Timestamp| conversation.events.iter()
            .filter(|event| event.at == at && matches!(event.what, Did::Answered(_))).count();
        for (at, ..) in &ended {
            let times = ended.iter().filter(|(other, ..)| other == at).count();
            prop_assert!(times <= written(*at), "an answer of {at} ended {times} times");
        }
        let mut known = turns.clone();
        known.dedup();
        prop_assert_eq!(known, turns, "a wait ends once");
    }

    /// With nothing that goes out by SMS or as a template, every held answer waits for its own end.
    #[test]
    fn every_answer_goes_out_or_ends_as_held(conversation in conversation(), ladder in ladder()) {
        let setting = setting(ladder, Assumptions::default());
        let until = conversation.events.last().unwrap().at + SignedDuration::from_hours(1);
        let (mut at_once, mut ended, mut refused) = (0, 0, 0);
        let mut left_after_waiting = 0;
        rehearse(&setting, &conversation, until, |it| match it {
            Happened::Out { step: None, .. } => at_once += 1,
            Happened::Held { end, .. } => {
                ended += 1;
                left_after_waiting += usize::from(matches!(end, HeldEnd::Released | HeldEnd::BySms));
            }
            _ => {}
        });
        for event in &conversation.events {
            // An SMS to nobody's number is refused where it is asked for.
            if let Did::Answered(answer) = &event.what
                && answer.via == Via::Sms
                && (answer.template.is_some() || !conversation.customer.has_phone)
            {
                refused += 1;
            }
        }
        let answers = conversation.events.iter().filter(|event| matches!(event.what, Did::Answered(_))).count();
        prop_assert_eq!(at_once - left_after_waiting + ended + refused, answers);
    }

    #[test]
    fn parts_add_up_to_the_whole_in_any_order(conversations in proptest::collection::vec(conversation(), 1..6), cut in 0_usize..6) {
        let setting = setting(Ladder::default(), Assumptions::default());
        let clock = Clock::of(setting.ladder());
        let stretch = Stretch { from: at(0), until: at(30_000) };
        let sum = |some: &[Conversation]| {
            let mut figures = Figures::default();
            for conversation in some {
                rehearse(&setting, conversation, stretch.until, |it| figures.add(&it, stretch, &clock));
            }
            figures
        };
        let cut = cut.min(conversations.len());
        let mut parts = sum(&conversations[cut..]);
        parts.merge(&sum(&conversations[..cut]));
        let (whole, parts) = (Report::of(&sum(&conversations), setting.ladder()), Report::of(&parts, setting.ladder()));
        prop_assert_eq!(whole, parts);
    }
}
