//! What a ladder says, and what it may not say.

use super::{super::template::Definition, *};

/// All of them may be sent.
fn known(templates: &[Template]) -> Standings<'_> {
    Standings { templates, languages: &[], sendable: &|_| Ok(()) }
}

fn template(name: &str, time_to_live_seconds: u32) -> Template {
    Template::declared(name, "en", Definition::of("Hello").living(time_to_live_seconds))
}

fn templates(time_to_live_seconds: u32) -> Vec<Template> {
    vec![template("fallback", time_to_live_seconds), template("answer_waiting", 3600)]
}

#[track_caller]
fn refused(ladder: &Ladder, field: &str) {
    assert_eq!(ladder.check(&known(&templates(3600))).unwrap_err().field, field);
}

#[test]
fn the_default_is_valid_and_survives_json() {
    let ladder = Ladder::default();
    assert_eq!(ladder.check(&known(&templates(3600))), Ok(()));
    let json = serde_json::to_string(&ladder).unwrap();
    assert_eq!(serde_json::from_str::<Ladder>(&json).unwrap(), ladder);
    assert!(ladder.at_end().count() == 1 && ladder.answer_held().count() == 1 && ladder.template_failed().count() == 1);
    assert_eq!(ladder.after_template().map(|(after, _)| after.as_mins()).collect::<Vec<_>>(), [120]);
    assert_eq!(ladder.gives_up_after().unwrap().as_hours(), 72);
}

/// Noon of a Sunday.
fn circumstances() -> Circumstances {
    Circumstances {
        now: "2026-03-01T12:00:00Z".parse().unwrap(),
        customer_waits: false,
        may_be_texted: false,
        vip: false,
        template: Reached::Nobody,
        cost: None,
    }
}

fn hours() -> BusinessHours {
    serde_json::from_str(r#"{"time_zone": "Europe/Madrid", "weekly": {"sunday": [["13:00", "14:00"]]}}"#).unwrap()
}

#[track_caller]
fn holds(condition: &Condition, ladder: &Ladder, change: impl FnOnce(&mut Circumstances), expected: bool) {
    let mut it = circumstances();
    change(&mut it);
    let action = Action::Remind {};
    let step = Step { name: "x".into(), when: Moment::AtEnd {}, only_if: vec![condition.clone()], action };
    assert_eq!(step.applies(ladder, &it), expected, "{condition:?} {it:?}");
}

#[test]
fn each_condition_looks_at_what_it_names() {
    let (always, open) = (Ladder::default(), Ladder { business_hours: Some(hours()), ..Ladder::default() });
    let evening = |it: &mut Circumstances| it.now = "2026-03-01T13:00:00Z".parse().unwrap();
    holds(&Condition::CustomerWaits, &always, |it| it.customer_waits = true, true);
    holds(&Condition::CustomerWaits, &always, |_| {}, false);
    holds(&Condition::MayBeTexted, &always, |it| it.may_be_texted = true, true);
    holds(&Condition::MayBeTexted, &always, |_| {}, false);
    holds(&Condition::Vip, &always, |it| it.vip = true, true);
    holds(&Condition::Vip, &always, |_| {}, false);
    holds(&Condition::NotVip, &always, |it| it.vip = true, false);
    holds(&Condition::NotVip, &always, |_| {}, true);
    // Half past one in Madrid, and two o'clock sharp.
    holds(&Condition::WithinBusinessHours, &open, |_| {}, true);
    holds(&Condition::OutsideBusinessHours, &open, |_| {}, false);
    holds(&Condition::WithinBusinessHours, &open, evening, false);
    holds(&Condition::OutsideBusinessHours, &open, evening, true);
    // No hours are set: nobody is ever there.
    holds(&Condition::WithinBusinessHours, &always, |_| {}, false);
    holds(&Condition::OutsideBusinessHours, &always, |_| {}, true);
    for (reached, undelivered, unread) in
        [(Reached::Nobody, true, true), (Reached::Device, false, true), (Reached::Eyes, false, false)]
    {
        holds(&Condition::Undelivered, &always, |it| it.template = reached, undelivered);
        holds(&Condition::Unread, &always, |it| it.template = reached, unread);
    }
    let money = |amount: &str, currency: &str| -> Money {
        serde_json::from_value(serde_json::json!({ "amount": amount, "currency": currency })).unwrap()
    };
    let limit = Condition::CostBelow(money("0.05", "USD"));
    for (cost, expected) in [
        (Some(money("0.049999", "USD")), true),
        (Some(money("0.05", "USD")), false),
        (Some(money("0.01", "EUR")), false),
        (None, false),
    ] {
        holds(&limit, &always, |it| it.cost = cost, expected);
    }
}

#[test]
fn a_step_applies_only_if_all_its_conditions_hold() {
    let ladder = Ladder::default();
    let applies = |name: &str, customer_waits, may_be_texted| {
        let step = ladder.steps.iter().find(|step| step.name == name).unwrap();
        step.applies(&ladder, &Circumstances { customer_waits, may_be_texted, ..circumstances() })
    };
    assert!(applies("fallback", true, false));
    assert!(!applies("fallback", false, true));
    assert!(applies("answer-waiting", false, false));
    assert!(applies("sms-at-once", false, true));
    assert!(!applies("sms-at-once", true, false));
    assert!(applies("holding-message", true, false));
}

fn window(last_in: &str) -> ServiceWindow {
    ServiceWindow { last_in: Some(last_in.parse().unwrap()), closed_for: None }
}

#[test]
fn a_window_is_looked_at_at_each_of_its_steps_and_at_its_end() {
    let ladder = Ladder::default();
    let window = window("2026-03-01T12:00:00Z");
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let next = |now: &str| ladder.next_look(window, at(now));
    assert_eq!(next("2026-03-01T12:00:00Z"), Some(at("2026-03-02T08:00:00Z")));
    assert_eq!(next("2026-03-02T07:59:59Z"), Some(at("2026-03-02T08:00:00Z")));
    assert_eq!(next("2026-03-02T08:00:00Z"), Some(at("2026-03-02T11:00:00Z")));
    assert_eq!(next("2026-03-02T11:00:00Z"), window.fallback_from());
    assert_eq!(next("2026-03-02T13:00:00Z"), None);
    let due = |now: &str| ladder.due_before_end(window, at(now)).map(|(_, step)| step.name.clone()).collect::<Vec<_>>();
    assert_eq!(due("2026-03-02T07:59:59Z"), [""; 0]);
    assert_eq!(due("2026-03-02T08:00:00Z"), ["remind"]);
    assert_eq!(due("2026-03-02T11:59:59Z"), ["remind", "holding-message"]);
    assert_eq!(due("2026-03-02T12:00:00Z"), [""; 0]);
}

/// Whoever writes again counts on the look that is pending: it must not come after the new window's first step.
#[test]
fn a_look_that_is_pending_is_never_later_than_the_first_step_of_a_window_that_begins_meanwhile() {
    let steps = |minutes: &[u32]| Ladder {
        steps: minutes
            .iter()
            .map(|minutes| Step {
                name: minutes.to_string(),
                when: Moment::BeforeEnd { minutes: *minutes },
                only_if: vec![],
                action: Action::Remind {},
            })
            .collect(),
        ..Ladder::default()
    };
    for minutes in [&[1439][..], &[1439, 1], &[1200, 600], &[240, 60], &[720], &[1], &[]] {
        let ladder = steps(minutes);
        let first = window("2026-03-01T12:00:00Z");
        let mut now = first.last_in.unwrap();
        while let Some(look) = ladder.next_look(first, now) {
            assert!(look > now);
            // She writes at any moment until then.
            let mut wrote = now;
            while wrote < look {
                let second = ServiceWindow { last_in: Some(wrote), closed_for: None };
                let due = ladder.before_end().map(|(before, _)| second.closes_at().unwrap() - before).min();
                assert!(due.is_none_or(|due| look <= due.max(wrote)), "{minutes:?} {wrote} {look}");
                wrote += SignedDuration::from_mins(7);
            }
            now = look;
        }
    }
}

#[test]
fn a_channel_has_its_own_steps_where_there_are_some() {
    let mut ladder = Ladder::default();
    let channel: ChannelId = "desk".parse().unwrap();
    ladder.channels.insert(channel.clone(), vec![]);
    assert_eq!(ladder.check(&known(&templates(3600))), Ok(()));
    assert!(ladder.clone().for_channel(&channel).steps.is_empty());
    assert_eq!(ladder.clone().for_channel(&"spa".parse().unwrap()).steps, Ladder::default().steps);
    let broken = Step { name: String::new(), ..Ladder::default().steps[0].clone() };
    ladder.channels.insert(channel, vec![broken]);
    assert_eq!(ladder.check(&known(&templates(3600))).unwrap_err().field, "channels.desk[0].name");
}

#[test]
fn words_are_in_the_customers_language_where_there_are_some() {
    let languages = BTreeMap::from([("es".to_owned(), "Hola".to_owned()), ("pt_BR".to_owned(), "Olá".to_owned())]);
    let say = |wanted: Option<&str>| in_language("Hello", &languages, wanted).to_owned();
    assert_eq!(
        [say(None), say(Some("es_MX")), say(Some("pt_BR")), say(Some("pt_PT"))],
        ["Hello", "Hola", "Olá", "Hello"]
    );
}

#[test]
fn a_template_must_be_approved_in_every_language_of_the_account() {
    let mut all = templates(3600);
    all.push(Template { language: "es".into(), ..template("fallback", 3600) });
    let languages = ["en".to_owned(), "es_MX".to_owned()];
    let check = |languages: &[String], sendable: &dyn Fn(&Template) -> Result<(), String>| {
        Ladder::default()
            .check(&Standings { templates: &all, languages, sendable })
            .err()
            .map(|bad| (bad.field, bad.message))
    };
    let but_spanish = |it: &Template| if it.language == "es" { Err("rejected".into()) } else { Ok(()) };
    let (field, message) = check(&languages, &|_| Ok(())).unwrap();
    assert_eq!(field, "steps[3].do.template");
    assert!(message.contains("\"answer_waiting\" is not approved in es_MX"), "{message}");
    let (field, message) = check(&languages, &but_spanish).unwrap();
    assert_eq!(field, "steps[2].do.template");
    assert!(message.contains("es_MX (es: rejected)"), "{message}");
    // An account that names no languages needs one that may go out.
    assert_eq!(check(&[], &but_spanish), None);
    // But for whoever's language is not known it must be there in the default one.
    let (field, message) = check(&[], &|it| if it.language == "en" { Err("paused".into()) } else { Ok(()) }).unwrap();
    assert!(field == "steps[2].do.template" && message.contains("not approved in en (en: paused)"), "{message}");
    let mut elsewhere = Ladder { default_language: "es".into(), ..Ladder::default() };
    elsewhere.steps.remove(3);
    let found = |ladder: &Ladder, languages: &[String]| {
        ladder.check(&Standings { templates: &all, languages, sendable: &|_| Ok(()) }).err().map(|bad| bad.message)
    };
    assert_eq!(found(&elsewhere, &["en".to_owned()]), None);
    elsewhere.default_language = "fr".into();
    assert!(found(&elsewhere, &["en".to_owned()]).unwrap().contains("not approved in fr"));
    let (field, message) = check(&[], &|_| Err("paused".into())).unwrap();
    assert!(field == "steps[2].do.template" && message.contains("not approved in en (en: paused)"), "{message}");
}

#[test]
fn a_template_of_the_ladder_can_always_be_filled() {
    let named = Template::declared(
        "fallback",
        "en",
        Definition::of("Hello {{guest_name}} of {{hotel_name}}, sorry.").living(60),
    );
    let all = [named, template("answer_waiting", 60)];
    let with = |values: &[(&str, &str)]| {
        let mut ladder = Ladder::default();
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ladder.steps[2].action = Action::SendTemplate { template: "fallback".into(), values };
        ladder.check(&known(&all)).err().map(|bad| bad.field)
    };
    assert_eq!(with(&[("guest_name", "guest")]), None);
    assert_eq!(with(&[]).as_deref(), Some("steps[2].do.values"));
    assert_eq!(with(&[("guest_name", "guest"), ("x", "y")]).as_deref(), Some("steps[2].do.values"));
}

#[test]
fn a_condition_or_an_action_that_cannot_be_is_refused() {
    let with = |change: fn(&mut Ladder)| {
        let mut ladder = Ladder::default();
        change(&mut ladder);
        ladder
    };
    refused(&with(|l| l.steps[2].only_if.push(Condition::Unread)), "steps[2].only_if[1]");
    refused(&with(|l| l.steps[2].only_if.push(Condition::CustomerWaits)), "steps[2].only_if[1]");
    let nothing = Condition::CostBelow(Money::zero(crate::domain::cost::Currency::parse("USD").unwrap()));
    let mut ladder = Ladder::default();
    ladder.steps[2].only_if.push(nothing);
    refused(&ladder, "steps[2].only_if[1]");
    refused(&with(|l| l.steps[4].action = Action::SmsContent {}), "steps[4].do.action");
    let allowed = with(|l| {
        l.content_by_sms = true;
        l.steps[4].action = Action::SmsContent {};
    });
    assert_eq!(allowed.check(&known(&templates(3600))), Ok(()));
    refused(&with(|l| l.steps[0].action = Action::Notify { note: " ".into() }), "steps[0].do.note");
    let invite = |text: &str| Action::SmsInvite { text: text.into(), languages: BTreeMap::new() };
    let mut ladder = Ladder::default();
    ladder.steps[4].action = invite("Escríbanos:");
    let bad = ladder.check(&known(&templates(3600))).unwrap_err();
    assert!(bad.field == "steps[4].do.text" && bad.message.contains("Escribanos"), "{bad:?}");
    ladder.steps[4].action = invite(&"€".repeat(31));
    refused(&ladder, "steps[4].do.text");
    ladder.steps[4].action = invite(&"€".repeat(30));
    assert_eq!(ladder.check(&known(&templates(3600))), Ok(()));
    ladder.steps[4].action =
        Action::SmsInvite { text: "Write:".into(), languages: BTreeMap::from([("es".to_owned(), String::new())]) };
    refused(&ladder, "steps[4].do.languages.es");
}

#[test]
fn the_invitations_of_the_default_are_read_and_fit_one_sms() {
    let Action::SmsInvite { text, languages } = &Ladder::default().steps[4].action else { panic!() };
    assert_eq!(languages.len(), 5);
    for text in languages.values().chain([text]) {
        assert!(!text.is_empty() && crate::domain::gsm7::fits(text), "{text}");
    }
}

#[test]
fn a_template_that_outlives_the_next_step_is_refused() {
    assert_eq!(Ladder::default().check(&known(&templates(7200))), Ok(()));
    let error = Ladder::default().check(&known(&templates(7201))).unwrap_err();
    assert_eq!(error.field, "steps[2].do.template");
    assert!(error.message.contains("both"), "{error}");
}

/// (Fault matrix I-4.)
#[test]
fn a_step_that_makes_no_sense_is_refused_with_its_field() {
    let with = |change: fn(&mut Ladder)| {
        let mut ladder = Ladder::default();
        change(&mut ladder);
        ladder
    };
    refused(&with(|l| l.steps[0].when = Moment::BeforeEnd { minutes: 1440 }), "steps[0].when.minutes");
    refused(&with(|l| l.steps[1].when = Moment::BeforeEnd { minutes: 5 }), "steps[1].when.minutes");
    assert_eq!(with(|l| l.steps[1].when = Moment::BeforeEnd { minutes: 6 }).check(&known(&templates(3600))), Ok(()));
    refused(&with(|l| l.steps[1].name = "remind".into()), "steps[1].name");
    let again = with(|l| l.steps.push(Step { name: "again".into(), ..l.steps[6].clone() }));
    refused(&again, "steps[7].when");
    refused(&with(|l| l.steps[2].action = Action::GiveUp { ticket: false }), "steps[2].do.action");
    refused(
        &with(|l| l.steps[4].action = Action::SmsInvite { text: String::new(), languages: BTreeMap::new() }),
        "steps[4].do.text",
    );
    refused(&with(|l| l.steps[6].when = Moment::HeldFor { hours: 0 }), "steps[6].when.hours");
    refused(
        &with(|l| l.steps[2].action = Action::SendTemplate { template: "nope".into(), values: BTreeMap::new() }),
        "steps[2].do.template",
    );
    refused(
        &with(|l| {
            l.steps[2].action = Action::SendTemplate {
                template: "fallback".into(),
                values: BTreeMap::from([("x".to_owned(), "y".to_owned())]),
            };
        }),
        "steps[2].do.values",
    );
}

#[test]
fn a_moment_or_an_action_without_fields_takes_none() {
    let read = |when: &str, action: &str| {
        serde_json::from_str::<Step>(&format!(r#"{{"name":"a","when":{when},"do":{action}}}"#))
            .map_err(|error| error.to_string())
    };
    let (end, hold) = (r#"{"moment":"at_end"}"#, r#"{"action":"hold"}"#);
    assert!(read(end, hold).is_ok());
    assert!(read(r#"{"moment":"at_end","minutes":5}"#, hold).unwrap_err().contains("unknown field `minutes`"));
    assert!(read(end, r#"{"action":"remind","note":"x"}"#).unwrap_err().contains("unknown field `note`"));
    assert!(read(r#"{"moment":"held_for","hours":5,"x":1}"#, hold).unwrap_err().contains("unknown field `x`"));
}
