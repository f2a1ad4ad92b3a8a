//! What the plan promises, boundary by boundary.

use std::collections::BTreeMap;

use super::*;
use crate::domain::{
    Phone,
    consent::{Choice, ConsentPurpose, Media, Purposes, Raise, Scope, Wished},
    content::TemplateContent,
    ids::MessageKey,
    template::{Definition, Status},
};

const LAST_IN: &str = "2026-03-01T09:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn hash(name: &str) -> AddressHash {
    AddressHash(name.to_owned())
}

struct Case {
    addresses: Vec<(AddressHash, Address)>,
    window_address: AddressHash,
    template: Template,
}

impl Case {
    fn new() -> Self {
        let phone = Address::Phone(Phone::from_e164("+16505551234").unwrap());
        Self {
            addresses: vec![(hash("phone"), phone), (hash("user"), Address::UserId("US.1".into()))],
            window_address: hash("user"),
            template: Template::declared("fallback", "en", Definition::of("We will answer soon.").living(3600)),
        }
    }
    fn facts(&self) -> Facts<'_> {
        Facts {
            medium: Medium::WhatsApp,
            window: ServiceWindow { last_in: Some(at(LAST_IN)), closed_for: None },
            window_address: Some(&self.window_address),
            customer_waits: true,
            reply_held: false,
            addresses: &self.addresses,
            consent: Consent::default(),
            erased: false,
            can_text: true,
            quiet_until: None,
            doubt: SignedDuration::ZERO,
            template: Some(Placed { template: &self.template, status: Status::Approved, category: Category::Utility }),
        }
    }
}

fn text() -> Content {
    Content::text("Yes, from 7.")
}
fn template() -> Content {
    Content::Template(TemplateContent { name: "fallback".into(), language: "en".into(), values: BTreeMap::new() })
}
fn fallback() -> Purpose {
    Purpose::WindowTemplate { last_in: Some(at(LAST_IN)), step: "fallback".into() }
}
fn invite() -> Purpose {
    Purpose::SmsInvite { last_in: Some(at(LAST_IN)), step: "sms-at-once".into() }
}

/// Plans at `now` after `change`; the answer is the way if it goes, and the reason.
#[track_caller]
fn check(
    now: &str,
    content: &Content,
    purpose: &Purpose,
    change: impl FnOnce(&mut Facts<'_>, &mut Wish<'_>),
    expected: (Option<Way>, Reason),
) {
    let case = Case::new();
    let mut facts = case.facts();
    let mut wish = Wish { content, purpose, via: Via::Auto, to: None, expires_at: at("2026-03-09T09:00:00Z") };
    change(&mut facts, &mut wish);
    let plan = plan(&facts, &wish, at(now));
    assert_eq!((plan.way(), plan.reason()), expected, "{plan:?}");
}

const INSIDE: &str = "2026-03-01T10:00:00Z";
const AFTER: &str = "2026-03-02T10:00:00Z";

#[test]
fn text_goes_free_form_until_the_guard_band_and_is_held_from_there() {
    let go = (Some(Way::FreeForm), Reason::WindowOpen);
    let same = |_: &mut Facts<'_>, _: &mut Wish<'_>| {};
    check(INSIDE, &text(), &Purpose::Reply, same, go);
    check("2026-03-02T08:54:59.999Z", &text(), &Purpose::Reply, same, go);
    check("2026-03-02T08:55:00Z", &text(), &Purpose::Reply, same, (None, Reason::WindowClosing));
    check("2026-03-02T08:55:00.001Z", &text(), &Purpose::Reply, same, (None, Reason::WindowClosing));
    check("2026-03-02T08:59:59.999Z", &text(), &Purpose::Reply, same, (None, Reason::WindowClosing));
    check("2026-03-02T09:00:00Z", &text(), &Purpose::Reply, same, (None, Reason::WindowClosed));
    check("2026-03-02T09:00:00.001Z", &text(), &Purpose::Reply, same, (None, Reason::WindowClosed));
}

#[test]
fn free_form_goes_only_to_the_address_that_the_window_belongs_to() {
    let case = Case::new();
    let wish = Wish {
        content: &text(),
        purpose: &Purpose::Reply,
        via: Via::Auto,
        to: Some(&hash("phone")),
        expires_at: at(AFTER),
    };
    let Plan::Go { to, .. } = plan(&case.facts(), &wish, at(INSIDE)) else { panic!("it goes") };
    assert_eq!(to, Address::UserId("US.1".into()));
    check(INSIDE, &text(), &Purpose::Reply, |f, _| f.addresses = &f.addresses[..1], (None, Reason::AddressChanged));
}

#[test]
fn the_providers_word_and_a_silent_customer_hold_text() {
    check(
        INSIDE,
        &text(),
        &Purpose::Reply,
        |f, _| f.window.closed_for = f.window.last_in,
        (None, Reason::ProviderClosedWindow),
    );
    check(INSIDE, &text(), &Purpose::Reply, |f, _| f.window = ServiceWindow::default(), (None, Reason::NeverWrote));
}

#[test]
fn a_template_goes_at_any_time_if_it_is_known_and_fits() {
    let go = (Some(Way::Template), Reason::ApprovedTemplate);
    for now in [INSIDE, "2026-03-02T08:57:00Z", AFTER] {
        check(now, &template(), &Purpose::Reply, |_, _| {}, go);
    }
    check(AFTER, &template(), &Purpose::Reply, |f, _| f.window = ServiceWindow::default(), go);
    check(AFTER, &template(), &Purpose::Reply, |f, _| f.template = None, (None, Reason::TemplateUnknown));
    check(AFTER, &template(), &Purpose::Reply, |f, _| f.addresses = &[], (None, Reason::NoAddress));
    let stray = Content::Template(TemplateContent {
        name: "fallback".into(),
        language: "en".into(),
        values: BTreeMap::from([("x".to_owned(), "y".to_owned())]),
    });
    check(AFTER, &stray, &Purpose::Reply, |_, _| {}, (None, Reason::TemplateUnusable));
}

#[test]
fn an_opt_out_stops_every_way_and_every_purpose() {
    for purpose in [Purpose::Reply, fallback(), invite()] {
        for content in [text(), template()] {
            for via in [Via::Auto, Via::WhatsApp, Via::Sms] {
                for medium in [Medium::WhatsApp, Medium::Sms] {
                    check(
                        AFTER,
                        &content,
                        &purpose,
                        |f, w| {
                            f.consent.opted_out_at = Some(at(LAST_IN));
                            f.medium = medium;
                            w.via = via;
                        },
                        (None, Reason::OptedOut),
                    );
                    check(
                        AFTER,
                        &content,
                        &purpose,
                        |f, w| {
                            f.erased = true;
                            f.medium = medium;
                            w.via = via;
                        },
                        (None, Reason::Erased),
                    );
                }
            }
        }
    }
}

fn sells(facts: &mut Facts<'_>) {
    facts.template = facts.template.map(|placed| Placed { category: Category::Marketing, ..placed });
}

fn wishes(facts: &mut Facts<'_>, choice: Choice, scope: Scope, when: &str) {
    for raise in scope.raises(choice) {
        facts.consent.raise(raise, at(when));
    }
}

#[test]
fn marketing_goes_only_to_who_agreed_to_it_on_this_way() {
    let go = (Some(Way::Template), Reason::ApprovedTemplate);
    let no_opt_in = (None, Reason::NoMarketingOptIn);
    check(AFTER, &template(), &Purpose::Reply, |f, _| sells(f), no_opt_in);
    let agreed = |scope: Scope| {
        move |f: &mut Facts<'_>, _: &mut Wish<'_>| {
            sells(f);
            wishes(f, Choice::In, scope, LAST_IN);
        }
    };
    check(AFTER, &template(), &Purpose::Reply, agreed(Scope::MARKETING), go);
    check(AFTER, &template(), &Purpose::Reply, agreed(Scope::EVERYTHING), go);
    check(AFTER, &template(), &Purpose::Reply, agreed(Scope::BACK), no_opt_in);
    let by_sms = Scope { purposes: Purposes::MARKETING, media: Media::only(Medium::Sms) };
    check(AFTER, &template(), &Purpose::Reply, agreed(by_sms), no_opt_in);
    // A window's template is what its category says, whoever waits.
    check(AFTER, &template(), &fallback(), |f, _| sells(f), no_opt_in);
    check(
        AFTER,
        &template(),
        &Purpose::Reply,
        |f, _| {
            sells(f);
            wishes(f, Choice::In, Scope::MARKETING, LAST_IN);
            wishes(f, Choice::Out, Scope::MARKETING, INSIDE);
        },
        (None, Reason::OptedOut),
    );
}

#[test]
fn who_wants_no_marketing_is_answered_all_the_same() {
    let no_offers = |f: &mut Facts<'_>, _: &mut Wish<'_>| wishes(f, Choice::Out, Scope::MARKETING, LAST_IN);
    check(INSIDE, &text(), &Purpose::Reply, no_offers, (Some(Way::FreeForm), Reason::WindowOpen));
    check(AFTER, &template(), &fallback(), no_offers, (Some(Way::Template), Reason::FallbackForUnanswered));
    // And who stopped SMS alone is written to on WhatsApp.
    let no_sms = |f: &mut Facts<'_>, _: &mut Wish<'_>| {
        for purpose in ConsentPurpose::ALL {
            f.consent.raise(Raise::Specific(Choice::Out, purpose, Medium::Sms), at(LAST_IN));
        }
    };
    check(INSIDE, &text(), &Purpose::Reply, no_sms, (Some(Way::FreeForm), Reason::WindowOpen));
    check(AFTER, &text(), &invite(), no_sms, (None, Reason::OptedOut));
    let by_sms = |f: &mut Facts<'_>, w: &mut Wish<'_>| {
        no_sms(f, w);
        w.via = Via::Sms;
    };
    check(INSIDE, &text(), &Purpose::Reply, by_sms, (None, Reason::OptedOut));
}

#[test]
fn a_confirmation_goes_to_who_opted_out_while_the_window_is_open_and_at_any_hour() {
    let confirms = Purpose::ConsentConfirmation { of: MessageKey::first_at(at(LAST_IN)) };
    let stopped = |f: &mut Facts<'_>, _: &mut Wish<'_>| {
        f.consent.opted_out_at = Some(at(LAST_IN));
        f.quiet_until = Some(at(AFTER));
    };
    check(INSIDE, &text(), &confirms, stopped, (Some(Way::FreeForm), Reason::ConsentConfirmed));
    check(AFTER, &text(), &confirms, stopped, (None, Reason::TooOld));
    check(INSIDE, &text(), &confirms, |f, _| f.medium = Medium::Sms, (None, Reason::NotForSms));
    check(INSIDE, &text(), &confirms, |f, _| f.erased = true, (None, Reason::Erased));
}

#[test]
fn the_wish_that_is_newest_counts_in_the_plan() {
    let wished = |choice, when: &str| Wished {
        choice,
        scope: Scope::MARKETING,
        at: at(when),
        how: crate::domain::consent::How::WebForm,
    };
    let both = Consent::default().with(&wished(Choice::Out, LAST_IN)).with(&wished(Choice::In, INSIDE));
    let again = move |f: &mut Facts<'_>, _: &mut Wish<'_>| {
        sells(f);
        f.consent = both;
    };
    check(AFTER, &template(), &Purpose::Reply, again, (Some(Way::Template), Reason::ApprovedTemplate));
}

#[test]
fn a_message_past_its_end_expires_whatever_else_holds() {
    check(INSIDE, &text(), &Purpose::Reply, |_, w| w.expires_at = at(INSIDE), (None, Reason::TooOld));
    check(
        INSIDE,
        &text(),
        &Purpose::Reply,
        |_, w| w.expires_at = at("2026-03-01T10:00:00.001Z"),
        (Some(Way::FreeForm), Reason::WindowOpen),
    );
}

#[test]
fn the_fallback_never_goes_before_the_end_and_the_skew() {
    let early = (None, Reason::WindowNotOverYet);
    let go = (Some(Way::Template), Reason::FallbackForUnanswered);
    check("2026-03-02T08:59:59.999Z", &template(), &fallback(), |_, _| {}, early);
    check("2026-03-02T09:01:59.999Z", &template(), &fallback(), |_, _| {}, early);
    check("2026-03-02T09:02:00Z", &template(), &fallback(), |_, _| {}, go);
    check("2026-03-02T09:02:00.001Z", &template(), &fallback(), |_, _| {}, go);
    check(INSIDE, &template(), &fallback(), |f, _| f.window.closed_for = f.window.last_in, go);
}

/// (Fault matrix E14.)
#[test]
fn no_template_goes_out_by_sms() {
    check(AFTER, &template(), &fallback(), |f, _| f.medium = Medium::Sms, (None, Reason::NotForSms));
    check(AFTER, &template(), &Purpose::Reply, |f, _| f.medium = Medium::Sms, (None, Reason::NotForSms));
}

/// (Fault matrix E4.)
#[test]
fn the_fallback_is_dropped_when_the_customer_was_answered_or_wrote_again() {
    check(AFTER, &template(), &fallback(), |f, _| f.customer_waits = false, (None, Reason::Answered));
    check(
        AFTER,
        &template(),
        &fallback(),
        |f, _| f.window.last_in = Some(at("2026-03-02T09:30:00Z")),
        (None, Reason::WroteAgain),
    );
    let held = |f: &mut Facts<'_>, _: &mut Wish<'_>| {
        f.customer_waits = false;
        f.reply_held = true;
    };
    check(AFTER, &template(), &fallback(), held, (Some(Way::Template), Reason::AnswerWaiting));
    let never = Purpose::WindowTemplate { last_in: None, step: "answer-waiting".into() };
    check(
        AFTER,
        &template(),
        &never,
        |f, _| {
            f.window = ServiceWindow::default();
            f.customer_waits = false;
        },
        (None, Reason::NothingWaits),
    );
}

#[test]
fn sms_goes_by_wish_by_channel_or_as_an_invitation_and_needs_a_phone_and_a_channel() {
    check(INSIDE, &text(), &Purpose::Reply, |_, w| w.via = Via::Sms, (Some(Way::Sms), Reason::SmsAsked));
    check(AFTER, &text(), &Purpose::Reply, |_, w| w.via = Via::Sms, (Some(Way::Sms), Reason::SmsAsked));
    check(AFTER, &text(), &Purpose::Reply, |f, _| f.medium = Medium::Sms, (Some(Way::Sms), Reason::SmsChannel));
    check(AFTER, &text(), &invite(), |_, _| {}, (Some(Way::Sms), Reason::SmsInvite));
    let answered = |facts: &mut Facts<'_>, _: &mut Wish<'_>| facts.customer_waits = false;
    check(AFTER, &text(), &invite(), answered, (None, Reason::Answered));
    let holds = |facts: &mut Facts<'_>, _: &mut Wish<'_>| {
        (facts.customer_waits, facts.reply_held) = (false, true);
    };
    check(AFTER, &text(), &invite(), holds, (Some(Way::Sms), Reason::SmsInvite));
    check(AFTER, &text(), &invite(), |f, _| f.window.last_in = Some(at(AFTER)), (None, Reason::WroteAgain));
    check(AFTER, &text(), &invite(), |f, _| f.can_text = false, (None, Reason::NoSmsChannel));
    check(AFTER, &text(), &invite(), |f, _| f.addresses = &f.addresses[1..], (None, Reason::NoAddress));
    check(AFTER, &template(), &Purpose::Reply, |_, w| w.via = Via::Sms, (None, Reason::NotForSms));
}

#[test]
fn h1_with_clocks_in_doubt_free_form_stops_earlier_and_the_fallback_goes_later() {
    let doubt = |f: &mut Facts<'_>, _: &mut Wish<'_>| f.doubt = SignedDuration::from_mins(4);
    let reply = |now, expected| check(now, &text(), &Purpose::Reply, doubt, expected);
    reply("2026-03-02T08:50:59Z", (Some(Way::FreeForm), Reason::WindowOpen));
    reply("2026-03-02T08:51:00Z", (None, Reason::WindowClosing));
    let at_the_end = |now, expected| check(now, &template(), &fallback(), doubt, expected);
    at_the_end("2026-03-02T09:05:59Z", (None, Reason::WindowNotOverYet));
    at_the_end("2026-03-02T09:06:00Z", (Some(Way::Template), Reason::FallbackForUnanswered));
}
