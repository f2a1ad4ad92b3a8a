//! Laws of the plan. (Fault matrix D17, E1, E5, E6, E12; invariants I5 and I6.)

use proptest::prelude::*;

use super::values::{Case, cases, instants};
use crate::domain::{
    channel::Medium,
    content::Content,
    effects::waits_for_customer,
    message::{Purpose, Via, Way},
    plan::{Plan, plan},
    window::{GUARD_BAND, ServiceWindow, WINDOW_LASTS},
};

fn made(case: &Case) -> Plan {
    plan(&case.facts(), &case.wish(), case.now)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases * 8, ..ProptestConfig::default() })]

    /// Fault matrix E1.
    #[test]
    fn free_form_goes_only_inside_the_window_and_only_to_its_address(case in cases()) {
        if let Plan::Go { way: Way::FreeForm, to, .. } = made(&case) {
            let last_in = case.window.last_in.expect("nothing is free before the customer wrote");
            prop_assert!(case.now < last_in + WINDOW_LASTS - GUARD_BAND);
            prop_assert!(case.window.closed_for < Some(last_in), "the provider said closed");
            let owner = case.addresses.iter().find(|(_, address)| *address == to).map(|(hash, _)| hash);
            prop_assert_eq!(owner, case.window_address.as_ref());
            prop_assert_eq!(case.medium, Medium::WhatsApp);
            let by_rule = matches!(case.purpose, Purpose::AutoReply { .. });
            prop_assert!(case.purpose.is_reply() || by_rule);
            prop_assert!(!matches!(case.content, Content::Template(_)));
            prop_assert_ne!(case.via, Via::Sms);
        }
    }

    /// Fault matrix D17.
    #[test]
    fn nothing_goes_to_who_opted_out_or_was_erased_or_after_its_end(case in cases()) {
        let plan = made(&case);
        if case.opted_out || case.erased || case.sells() && !case.agreed {
            prop_assert!(matches!(plan, Plan::Refuse { .. }), "{:?}", plan);
        } else {
            prop_assert_eq!(plan == Plan::Expire, case.now >= case.expires_at);
        }
    }

    #[test]
    fn whatever_goes_goes_to_an_address_of_this_person_that_its_way_reaches(case in cases()) {
        if let Plan::Go { way, to, .. } = made(&case) {
            prop_assert!(case.addresses.iter().any(|(_, address)| *address == to));
            match way {
                Way::FreeForm => {}
                Way::Template => {
                    prop_assert!(matches!(case.content, Content::Template(_)) && case.template.is_some());
                    prop_assert_eq!(case.medium, Medium::WhatsApp);
                }
                Way::Sms => {
                    prop_assert!(to.phone().is_some() && case.can_text);
                    prop_assert!(matches!(case.content, Content::Text { .. }), "{:?}", case.content);
                }
            }
            // The address that was asked for is used if it is one of theirs and the way reaches it.
            let asked = case.to.as_ref().and_then(|hash| case.addresses.iter().find(|(known, _)| known == hash));
            if let Some((_, asked)) = asked.filter(|(_, asked)| way == Way::Template || asked.phone().is_some())
                && way != Way::FreeForm
            {
                prop_assert_eq!(asked, &to);
            }
        }
    }

    /// Fault matrix E6.
    #[test]
    fn the_windows_template_goes_only_after_its_window_and_only_for_who_waits(case in cases()) {
        if let (Plan::Go { .. }, Purpose::WindowTemplate { last_in, .. }) = (made(&case), &case.purpose) {
            let over = case.window.last_in.is_none_or(|at| case.now >= at + WINDOW_LASTS);
            prop_assert!(over || case.window.closed_for >= case.window.last_in);
            prop_assert!(case.window.last_in <= *last_in, "they wrote again");
            prop_assert!(case.customer_waits || case.reply_held);
        }
    }

    #[test]
    fn a_wait_names_what_frees_it_and_it_does(case in cases()) {
        let Plan::Wait { reason, until } = made(&case) else { return Ok(()) };
        let mut then = case.clone();
        if let Some(until) = until {
            prop_assert!(until > case.now);
            then.now = until;
            then.expires_at = until + WINDOW_LASTS;
            prop_assert!(!matches!(made(&then), Plan::Wait { .. }), "it waits again");
        } else {
            // Only their next message, from an address of theirs.
            prop_assert!(waits_for_customer(reason));
            let Some((hash, _)) = case.addresses.first() else { return Ok(()) };
            then.window = ServiceWindow { last_in: Some(case.now), closed_for: case.window.closed_for };
            if case.window.closed_for >= Some(case.now) {
                return Ok(());
            }
            then.window_address = Some(hash.clone());
            prop_assert_eq!(made(&then).way(), Some(Way::FreeForm));
        }
    }

    #[test]
    fn time_alone_never_lets_free_form_go(case in cases(), later in instants()) {
        let mut then = case.clone();
        then.now = later.max(case.now);
        if made(&case).way() != Some(Way::FreeForm) {
            prop_assert_ne!(made(&then).way(), Some(Way::FreeForm));
        }
    }

    #[test]
    fn a_reason_fits_its_plan(case in cases()) {
        let plan = made(&case);
        prop_assert_eq!(plan.way().is_some(), matches!(plan, Plan::Go { .. }));
        // What is held for the customer's message is never said of what goes, is refused or is cancelled; but for what goes at once
        // or never, of which it says why not.
        let now_or_never = matches!((&case.purpose, &plan), (Purpose::AutoReply { .. }, Plan::Cancel { .. }));
        prop_assert_eq!(
            waits_for_customer(plan.reason()),
            matches!(plan, Plan::Wait { until: None, .. }) || now_or_never
        );
    }
}
