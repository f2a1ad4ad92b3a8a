//! Laws of the small rules: pace, timers, consent, phone numbers, ids, templates, times.
//! (Fault matrix A18, D11, E7, E11, F7, H1, K6.)

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::values::{instants, noon};
use crate::domain::{
    ConversationId, MessageId, Phone, Timestamp,
    consent::{Consent, ConsentSettings, consent_word},
    contact::Address,
    content::TemplateContent,
    ids::{CallbackData, MessageKey},
    pace::{LOOK_BACK, in_use, next_allowed, patience_after, patience_for_room},
    template::{Definition, Template},
    time::{ProviderTime, SKEW_ALLOWANCE, SignedDuration, believe, from_millis, to_millis},
    timer::{AHEAD, SHARDS, Timer, TimerKind, hour_of, minute_of, must_arm},
};

/// What left longer ago than the look-back lies does not matter any more.
#[test]
fn the_pace_looks_back_as_long_as_a_whole_burst_takes_to_come_back() {
    let burst = vec![noon(); 45];
    let full = noon() + LOOK_BACK;
    let again = [burst.as_slice(), &[full; 44]].concat();
    assert_eq!(next_allowed(&again, full), None);
    let early = full - SignedDuration::from_millis(1);
    let again = [burst.as_slice(), &[early; 44]].concat();
    assert_eq!(next_allowed(&again, early), Some(full));
}

#[test]
fn a_typed_number_may_have_forty_letters_at_most() {
    let typed = |length: usize| {
        let spaces = " ".repeat(length - "+1650".len() - "2530000".len());
        Phone::parse(&format!("+1650{spaces}2530000"))
    };
    for fine in [39, 40] {
        assert_eq!(typed(fine).unwrap().as_e164(), "+16502530000");
    }
    assert!(typed(41).is_err());
}

proptest! {
    /// D11: Meta's own bucket, kept by a counter, never turns away what the pace lets go. Its burst borrows from the
    /// future: 45 at once, one more for each six seconds.
    #[test]
    fn d11_what_the_pace_lets_go_is_within_the_providers_limit(pauses in prop::collection::vec(0..20_i64, 1..120)) {
        let (mut now, mut left): (Timestamp, Vec<Timestamp>) = (noon(), Vec::new());
        let mut tokens = 45.0_f64;
        for pause in pauses {
            now += SignedDuration::from_secs(pause);
            // What left before the allowance was last whole does not matter.
            let since = in_use(&left, now).map_or(left.len(), |in_use| in_use.first);
            prop_assert_eq!(next_allowed(&left[since..], now), next_allowed(&left, now));
            if let Some(at) = next_allowed(&left, now) {
                prop_assert!(at > now);
                prop_assert_eq!(next_allowed(&left, at), None, "the time that it names is enough");
                prop_assert!(next_allowed(&left, at - SignedDuration::from_millis(1)).is_some(), "and not too late");
                now = at;
            }
            let gone = left.last().map_or(0.0, |last| now.duration_since(*last).as_secs_f64());
            tokens = (tokens + gone / 6.0).min(45.0);
            prop_assert!(tokens >= 0.999, "more than the limit");
            tokens -= 1.0;
            left.push(now);
        }
    }

    #[test]
    fn patience_grows_and_ends_at_a_quarter_of_an_hour(attempt in 0..100_000_u32, age in 0..1_000_000_i64) {
        let most = SignedDuration::from_mins(15);
        prop_assert!(patience_after(attempt) <= patience_after(attempt + 1));
        prop_assert!(patience_after(attempt + 1) <= most && patience_after(attempt + 1) > SignedDuration::ZERO);
        let at = |seconds| patience_for_room(SignedDuration::from_secs(seconds));
        prop_assert!(at(age) <= at(age + 60) && at(age) >= SignedDuration::from_secs(1) && at(age) <= most);
        let between = (20..=18_000).contains(&age);
        prop_assert!(!between || at(age) == SignedDuration::from_secs(age) / 20);
    }

    /// Fault matrix E11.
    #[test]
    fn a_timer_is_never_behind_the_cursor_and_always_in_its_bucket(due in instants(), now in instants(), bits: u128) {
        let conversation = ConversationId::from_bits(bits);
        let account = || "demo".parse().unwrap();
        let timer = Timer::at(due, now, account(), TimerKind::Wake { conversation });
        prop_assert!(timer.due >= now + AHEAD && timer.due >= due);
        prop_assert!(timer.due == due || timer.due == now + AHEAD);
        prop_assert!(minute_of(timer.due) > minute_of(now));
        prop_assert_eq!(minute_of(timer.due).div_euclid(60), hour_of(timer.due));
        prop_assert_eq!(u128::from(timer.shard()), bits % u128::from(SHARDS));
        let message = MessageId { conversation, key: MessageKey::first_at(due) };
        let kinds = [
            TimerKind::Wake { conversation },
            TimerKind::WindowEnd { conversation },
            TimerKind::UnknownSettles { message },
            TimerKind::AfterTemplate { message, step: "a".into() },
            TimerKind::AfterTemplate { message, step: "b".into() },
        ];
        let all: Vec<_> = kinds.into_iter().map(|kind| Timer::at(due, now, account(), kind)).collect();
        prop_assert!(all.iter().all(|timer| u128::from(timer.shard()) == bits % u128::from(SHARDS)));
        let names: std::collections::BTreeSet<_> = all.iter().map(Timer::name).collect();
        prop_assert_eq!(names.len(), all.len(), "two things at one time are two timers");
        for timer in all {
            let written = serde_json::to_string(&timer).unwrap();
            prop_assert_eq!(serde_json::from_str::<Timer>(&written).unwrap(), timer);
        }
    }

    #[test]
    fn a_window_always_has_a_timer_that_will_look(old in prop::option::of(instants()), now in instants()) {
        // The armed one is trusted only while it is certain that the sweep has not been there.
        let certain = old.is_some_and(|end| end > now + SignedDuration::from_mins(10));
        prop_assert_eq!(must_arm(old, now), !certain);
    }

    #[test]
    fn the_newer_wish_holds_however_two_people_are_joined(
        a in (prop::option::of(instants()), prop::option::of(instants())),
        b in (prop::option::of(instants()), prop::option::of(instants())),
    ) {
        let consent = |(opted_out_at, opted_in_at)| Consent { opted_out_at, opted_in_at, ..Consent::default() };
        let (a, b) = (consent(a), consent(b));
        prop_assert_eq!(a.joined(b), b.joined(a));
        prop_assert_eq!(a.joined(a), a);
        let joined = a.joined(b);
        let out = joined.opted_out_at;
        prop_assert_eq!(joined.opted_out(), out.is_some() && out >= joined.opted_in_at);
        prop_assert_eq!(out, a.opted_out_at.max(b.opted_out_at));
        prop_assert_eq!(joined.opted_in_at, a.opted_in_at.max(b.opted_in_at));
    }

    #[test]
    fn a_word_of_consent_is_one_in_any_case_and_between_any_marks(word in "[a-zA-Z]{1,8}", marks in "[ .!*]{0,4}") {
        let read = |text: &str| consent_word(text, &ConsentSettings::default());
        let around = format!("{marks}{word}{marks}");
        prop_assert_eq!(read(&around), read(&word.to_lowercase()));
        let sentence = format!("{word} at noon");
        prop_assert_eq!(read(&sentence), None);
    }

    #[test]
    fn a_phone_number_is_the_same_however_it_came(digits in "[1-9][0-9]{6,14}", plus: bool, text in "\\PC{0,50}") {
        let phone = Phone::from_e164(&if plus { format!("+{digits}") } else { digits.clone() }).unwrap();
        prop_assert_eq!(phone.as_e164(), format!("+{digits}"));
        prop_assert_eq!(phone.digits(), digits.as_str());
        let shown = format!("{phone:?}");
        prop_assert!(!shown.contains(&digits[..digits.len() - 2]), "{}", shown);
        let written = serde_json::to_string(&phone).unwrap();
        prop_assert_eq!(serde_json::from_str::<Phone>(&written).unwrap(), phone);
        // Whatever is taken of what people type is a number by its shape too.
        for taken in [Phone::parse(&text), Phone::parse(&format!("+{text}"))].into_iter().flatten() {
            prop_assert_eq!(Phone::from_e164(taken.as_e164()), Some(taken.clone()));
            prop_assert_eq!(Phone::parse(taken.as_e164()).unwrap(), taken);
        }
        for wrong in [format!("0{digits}"), format!("{digits}a"), digits[..6].to_owned(), format!("{digits}1234567890")] {
            prop_assert_eq!(Phone::from_e164(&wrong), None);
        }
    }

    #[test]
    fn f7_callback_data_is_taken_in_one_form_only(text in "[a-z0-9.]{0,20}", bits: u128, attempt: u32) {
        let message = MessageId { conversation: ConversationId::from_bits(bits), key: MessageKey::from_bits(!bits) };
        let data = CallbackData { account: "demo".parse().unwrap(), message, attempt };
        let written = data.to_string();
        prop_assert_eq!(&written.parse::<CallbackData>().unwrap(), &data);
        for changed in [format!("{written}."), format!(".{written}"), written.to_lowercase(), format!("{written}x")] {
            prop_assert!(changed.parse::<CallbackData>().is_err(), "{}", changed);
        }
        if let Ok(read) = text.parse::<CallbackData>() {
            prop_assert_eq!(read.to_string().parse::<CallbackData>().unwrap(), read);
        }
    }

    #[test]
    fn a_user_id_is_taken_by_its_shape(country in "[A-Z]{2}", rest in "[a-zA-Z0-9.]{1,140}", bad in "[^a-zA-Z0-9.]") {
        let id = format!("{country}.{rest}");
        prop_assert_eq!(Address::from_user_id(&id).map(|it| it.value().to_owned()), Some(id.clone()));
        for wrong in [format!("{country}{bad}{rest}"), format!("{id}{bad}"), format!("{country}."), format!("U{id}")] {
            prop_assert_eq!(Address::from_user_id(&wrong), None, "{}", wrong);
        }
        prop_assert_eq!(Address::from_user_id(&id.to_lowercase()), None);
        prop_assert_eq!(Address::from_user_id(&format!("{country}.{}", "a".repeat(141))), None);
    }

    /// K6: a value is text, whatever it looks like: it fills its own place and no other.
    #[test]
    fn k6_a_value_fills_its_own_place_only(a in "([{]{2}[ab][}]{2}|\\PC){1,9}", b in "([{]{2}[ab][}]{2}|\\PC){1,9}") {
        let two = Template::declared("fallback", "en", Definition::of("{{a}}|{{b}}"));
        let values = BTreeMap::from([("a".to_owned(), a.clone()), ("b".to_owned(), b.clone())]);
        let content = TemplateContent { name: "fallback".into(), language: "en".into(), values };
        prop_assert_eq!(two.render(&content), format!("{a}|{b}"));
    }

    #[test]
    fn a_providers_time_is_used_only_if_it_can_be_true(reported in any::<i64>(), skew in -200_000..200_000_i64) {
        let now = noon();
        let far = from_millis(reported);
        let near = now + SignedDuration::from_millis(skew);
        let oldest: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
        for at in [far, near] {
            let fine = at >= oldest && at <= now + SKEW_ALLOWANCE;
            prop_assert_eq!(believe(Some(at), now), if fine { ProviderTime::Raw(at) } else { ProviderTime::FirstSeen });
        }
        prop_assert_eq!(to_millis(near + SignedDuration::from_micros(999)), near);
    }
}
