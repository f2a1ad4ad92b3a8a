//! What wishes come to: in any order, joined in any way, and never marketing without an opt-in.

use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn wished(choice: Choice, scope: Scope, second: i64) -> Wished {
    Wished { choice, scope, at: at(second), how: How::Api }
}

fn after(wishes: &[Wished]) -> Consent {
    wishes.iter().fold(Consent::default(), Consent::with)
}

fn on(medium: Medium, purposes: Purposes) -> Scope {
    Scope { purposes, media: Media::only(medium) }
}

const STOP: (Choice, Scope) = (Choice::Out, Scope::EVERYTHING);
const START: (Choice, Scope) = (Choice::In, Scope::BACK);

#[track_caller]
fn check(wishes: &[(Choice, Scope)], expected: [Result<(), Why>; 3]) {
    let wishes: Vec<_> = (1..).zip(wishes).map(|(second, (choice, scope))| wished(*choice, *scope, second)).collect();
    let may = ConsentPurpose::ALL.map(|purpose| after(&wishes).may(purpose, Medium::WhatsApp));
    assert_eq!(may, expected, "{wishes:?}");
}

#[test]
fn whoever_said_nothing_may_be_answered_and_is_sold_nothing() {
    check(&[], [Ok(()), Ok(()), Err(Why::NoOptIn)]);
}

#[test]
fn a_stop_ends_everything_and_a_start_gives_back_all_but_marketing() {
    let (out, no) = (Err(Why::OptedOut), Err(Why::NoOptIn));
    let agreed = (Choice::In, Scope::EVERYTHING);
    check(&[STOP], [out, out, out]);
    check(&[STOP, START], [Ok(()), Ok(()), no]);
    check(&[agreed], [Ok(()); 3]);
    check(&[agreed, STOP], [out, out, out]);
    check(&[agreed, STOP, START], [Ok(()), Ok(()), no]);
    check(&[agreed, STOP, START, (Choice::In, Scope::MARKETING)], [Ok(()); 3]);
    check(&[START, STOP], [out, out, out]);
}

#[test]
fn one_purpose_on_one_medium_is_its_own() {
    let (out, no) = (Err(Why::OptedOut), Err(Why::NoOptIn));
    let agreed = (Choice::In, Scope::EVERYTHING);
    let no_offers = (Choice::Out, on(Medium::WhatsApp, Purposes::MARKETING));
    check(&[agreed, no_offers], [Ok(()), Ok(()), out]);
    check(&[agreed, (Choice::Out, on(Medium::Sms, Purposes::MARKETING))], [Ok(()); 3]);
    check(&[agreed, no_offers, START], [Ok(()), Ok(()), no]);
    check(&[(Choice::Out, on(Medium::Sms, Purposes::ALL))], [Ok(()), Ok(()), no]);
    // An opt-in that names one purpose is newer than the stop of everything.
    let utility = Purposes { utility: true, service: false, marketing: false };
    check(&[STOP, (Choice::In, on(Medium::WhatsApp, utility))], [out, Ok(()), out]);
}

#[test]
fn the_newer_wish_holds_and_of_two_at_once_the_opt_out() {
    let both = |out: i64, back: i64| after(&[wished(START.0, START.1, back), wished(STOP.0, STOP.1, out)]);
    assert!(!Consent::default().opted_out());
    assert!(after(&[wished(STOP.0, STOP.1, 5)]).opted_out());
    assert!(both(5, 4).opted_out());
    assert!(!both(5, 6).opted_out());
    assert!(both(5, 5).opted_out());
    let marketing = Consent::agreed(at(5)).with(&wished(Choice::Out, Scope::MARKETING, 5));
    assert_eq!(marketing.may(ConsentPurpose::Marketing, Medium::Sms), Err(Why::OptedOut));
}

#[test]
fn as_of_an_earlier_time_later_wishes_are_not_known() {
    let consent = after(&[wished(Choice::In, Scope::EVERYTHING, 3), wished(STOP.0, STOP.1, 7)]);
    assert!(consent.opted_out() && consent.as_of(at(7)).opted_out());
    assert_eq!(consent.as_of(at(6)).may(ConsentPurpose::Marketing, Medium::Sms), Ok(()));
    assert_eq!(consent.as_of(at(2)), Consent::default());
}

fn wishes() -> impl Strategy<Value = Vec<Wished>> {
    let purposes = (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(service, utility, marketing)| Purposes {
        service,
        utility,
        marketing,
    });
    let media = (any::<bool>(), any::<bool>()).prop_map(|(whatsapp, sms)| Media { whatsapp, sms });
    let any_scope = (purposes, media).prop_map(|(purposes, media)| Scope { purposes, media });
    let scope = prop_oneof![2 => any_scope, 1 => Just(Scope::EVERYTHING), 1 => Just(Scope::BACK)];
    let wish = (any::<bool>(), scope, 0..20_i64)
        .prop_map(|(out, scope, second)| wished(if out { Choice::Out } else { Choice::In }, scope, second));
    prop::collection::vec(wish, 0..12)
}

fn mediums() -> impl Strategy<Value = Medium> {
    prop::sample::select(MEDIA.to_vec())
}

proptest! {
    #[test]
    fn wishes_come_to_the_same_in_any_order_twice_and_however_contacts_are_joined(
        wishes in wishes(), seed: u64, cut in 0..12_usize,
    ) {
        let all = after(&wishes);
        let mut mixed = wishes.clone();
        let len = u64::try_from(mixed.len().max(1)).unwrap();
        for index in 0..mixed.len() {
            let other = usize::try_from(seed.rotate_left(u32::try_from(index).unwrap()) % len).unwrap();
            mixed.swap(index, other);
        }
        mixed.extend(wishes.first());
        prop_assert_eq!(after(&mixed), all);
        let (one, other) = wishes.split_at(cut.min(wishes.len()));
        prop_assert_eq!(after(one).joined(after(other)), all);
        prop_assert_eq!(after(other).joined(after(one)), all);
        prop_assert_eq!(all.joined(all), all);
    }

    /// Marketing goes out only to whom an opt-in names it for, newer than every opt-out that is about it.
    #[test]
    fn marketing_never_goes_without_an_opt_in(wishes in wishes(), medium in mediums()) {
        if after(&wishes).may(ConsentPurpose::Marketing, medium) == Ok(()) {
            let about = |choice: Choice| {
                let of = move |it: &&Wished| it.choice == choice && it.scope.purposes.marketing && it.scope.media.has(medium);
                wishes.iter().filter(of).map(|it| it.at).max()
            };
            prop_assert!(about(Choice::In).is_some());
            prop_assert!(about(Choice::In) > about(Choice::Out));
        }
    }

    /// The newest wish about a purpose on a medium holds, if it is an opt-out.
    #[test]
    fn the_newest_opt_out_stops_what_it_names(wishes in wishes(), medium in mediums()) {
        let consent = after(&wishes);
        let newest = wishes.iter().map(|it| it.at).max();
        for wish in wishes.iter().filter(|it| it.choice == Choice::Out && Some(it.at) == newest) {
            for purpose in wish.scope.purposes.list() {
                if wish.scope.media.has(medium) {
                    prop_assert_eq!(consent.may(purpose, medium), Err(Why::OptedOut));
                }
            }
        }
    }

    #[test]
    fn what_is_kept_of_one_purpose_is_told_again(wishes in wishes()) {
        let consent = after(&wishes);
        let mut again = Consent { opted_out_at: consent.opted_out_at, opted_in_at: consent.opted_in_at, ..Consent::default() };
        for (purpose, medium, said) in consent.specific.said() {
            for (choice, time) in [(Choice::Out, said.out), (Choice::In, said.back)] {
                if let Some(time) = time {
                    again.raise(Raise::Specific(choice, purpose, medium), time);
                }
            }
        }
        prop_assert_eq!(again, consent);
    }
}
