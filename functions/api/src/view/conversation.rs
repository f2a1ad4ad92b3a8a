//! A conversation as clients see it.

use serde::Serialize;
use transom::{
    app::{
        outlook::Outlook,
        people::{Known, joint_consent},
    },
    domain::{
        ChannelId, ContactId, ConversationId, Timestamp,
        channel::Medium,
        content::Content,
        conversation::{ConversationState, Head},
        message::{Purpose, Via, Way},
        plan::{Plan, Wish, plan},
        sending::DEFAULT_LIFE,
        window::WindowState,
    },
};

use super::AddressView;

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct ConversationView {
    id: ConversationId,
    channel: ChannelId,
    state: ConversationState,
    contact: PeerView,
    last_activity_at: Timestamp,
    /// The customer wrote, nobody answered, and nobody closed the conversation.
    waiting_for_answer: bool,
    window: WindowView,
    /// Conversations of contacts that were merged into this one's.
    former: Vec<ConversationId>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
struct PeerView {
    id: ContactId,
    name: Option<String>,
    language: Option<String>,
    addresses: Vec<AddressView>,
    opted_out: bool,
}

/// Whether the business may write freely.
#[derive(Debug, Serialize, schemars::JsonSchema)]
struct WindowView {
    /// Free text would go out now.
    open: bool,
    state: WindowState,
    /// Free text leaves before this. `null` on an SMS channel, and while the customer never wrote.
    free_until: Option<Timestamp>,
    closes_at: Option<Timestamp>,
    /// One sentence for people.
    why: &'static str,
}

impl ConversationView {
    pub fn new(outlook: &Outlook, now: Timestamp) -> Self {
        let merged = outlook.family.merged();
        let opted_out = joint_consent(&outlook.people).opted_out();
        let profile = outlook.people.first().map(|known| known.contact.profile.clone()).unwrap_or_default();
        Self {
            id: merged.id,
            channel: merged.channel.clone(),
            state: merged.state(now),
            contact: PeerView {
                id: merged.contact,
                name: profile.name,
                language: profile.language,
                addresses: outlook.addresses.iter().map(|(_, address)| address.into()).collect(),
                opted_out,
            },
            last_activity_at: merged.last_activity_at(),
            // Who opted out must not be answered, so nobody keeps them waiting.
            waiting_for_answer: merged.customer_waits() && !opted_out,
            window: window(outlook, &merged, opted_out, now),
            former: outlook.family.former.iter().map(|head| head.id).collect(),
        }
    }

    pub fn last_activity_at(&self) -> Timestamp {
        self.last_activity_at
    }
}

fn window(outlook: &Outlook, merged: &Head, opted_out: bool, now: Timestamp) -> WindowView {
    let facts = outlook.facts(merged, false, None);
    let sms = facts.medium == Medium::Sms;
    let (content, purpose) = (Content::text("…"), Purpose::Reply);
    let wish = Wish { content: &content, purpose: &purpose, via: Via::Auto, to: None, expires_at: now + DEFAULT_LIFE };
    // The rule itself is asked, so that this page and the sender cannot differ.
    let open = match plan(&facts, &wish, now) {
        Plan::Go { way, .. } => match way {
            Way::FreeForm => true,
            Way::Sms => sms,
            Way::Template => false,
        },
        Plan::Wait { .. } | Plan::Refuse { .. } | Plan::Cancel { .. } | Plan::Expire => false,
    };
    let state = facts.window.state(now);
    let erased = outlook.people.first().is_some_and(|known: &Known| known.contact.erased);
    let why = if erased {
        "The customer's data was erased, so nothing may go out."
    } else if opted_out {
        "The customer has opted out, so nothing may go out."
    } else if sms {
        "The conversation is held by SMS, where free text may always go out."
    } else {
        match state {
            WindowState::Open if open => "The customer wrote within the last 24 hours, so free text may go out.",
            WindowState::Open => {
                "The window belongs to an address that the customer no longer has; free text is held until they write."
            }
            WindowState::Closing => {
                "The 24 hours since the customer's last message end within minutes; free text is held until they write."
            }
            WindowState::Closed => {
                "The customer last wrote more than 24 hours ago: only a template may go out, and free text is held until they write."
            }
            WindowState::ClosedByProvider => {
                "The provider says that the 24 hours are over: only a template may go out, and free text is held until the customer writes."
            }
            WindowState::NeverOpened => {
                "The customer has not written yet: only a template may go out, and free text is held until they write."
            }
        }
    };
    let ends = |end: Option<Timestamp>| end.filter(|_| !sms);
    WindowView {
        open,
        state,
        free_until: ends(facts.window.free_until()),
        closes_at: ends(facts.window.closes_at()),
        why,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use transom::{
        domain::{
            Phone,
            channel::{Channel, ProviderKind},
            consent::Consent,
            contact::{Address, AddressHash, Contact, Profile},
            conversation::{Family, LastIn},
            time::SignedDuration,
        },
        seal::AccountKeys,
    };

    use super::*;

    fn now() -> Timestamp {
        "2026-03-02T12:00:00Z".parse().unwrap()
    }

    fn outlook(last_in_hours_ago: Option<i64>) -> Outlook {
        let phone = Phone::from_e164("+16505551234").unwrap();
        let hash = AddressHash("a".into());
        let channel = Channel {
            id: "front-desk".parse().unwrap(),
            medium: Medium::WhatsApp,
            provider: ProviderKind::Meta,
            endpoint: "meta".parse().unwrap(),
            number: "1".into(),
            phone: phone.clone(),
            credentials: "token".parse().unwrap(),
            provider_account: None,
            sms: None,
            display_name: "Hotel".into(),
            messages_per_second: 80,
        };
        let contact = Contact {
            id: ContactId::from_bits(7),
            addresses: vec![(hash.clone(), Address::Phone(phone))],
            profile: Profile { name: Some("Ana".into()), language: Some("es".into()), ..Profile::default() },
            consent: Consent::default(),
            former: vec![],
            survivor: None,
            erased: false,
        };
        let created_at = now() - SignedDuration::from_hours(100);
        let mut survivor = Head::new("demo".parse().unwrap(), channel.id.clone(), contact.id, created_at);
        survivor.last_in =
            last_in_hours_ago.map(|h| LastIn { at: now() - SignedDuration::from_hours(h), address: hash.clone() });
        Outlook {
            family: Family { survivor, former: vec![] },
            addresses: contact.addresses.clone(),
            people: vec![Known { contact, key: None }],
            channel: Some(channel),
            keys: AccountKeys::derive(&[7; 32]),
        }
    }

    fn shown(outlook: &Outlook) -> Value {
        serde_json::to_value(ConversationView::new(outlook, now())).unwrap()
    }

    #[test]
    fn an_open_window_says_until_when_and_why() {
        let outlook = outlook(Some(1));
        let expected = json!({
            "id": outlook.family.survivor.id,
            "channel": "front-desk",
            "state": "active",
            "contact": {
                "id": ContactId::from_bits(7),
                "name": "Ana",
                "language": "es",
                "addresses": [{ "kind": "phone", "value": "+16505551234" }],
                "opted_out": false,
            },
            "last_activity_at": "2026-03-02T11:00:00Z",
            "waiting_for_answer": true,
            "window": {
                "open": true,
                "state": "open",
                "free_until": "2026-03-03T10:55:00Z",
                "closes_at": "2026-03-03T11:00:00Z",
                "why": "The customer wrote within the last 24 hours, so free text may go out.",
            },
            "former": [],
        });
        assert_eq!(shown(&outlook), expected);
    }

    #[track_caller]
    fn check(outlook: &Outlook, open: bool, state: &str, words: &str) {
        let window = &shown(outlook)["window"];
        assert_eq!((&window["open"], &window["state"]), (&json!(open), &json!(state)));
        assert!(window["why"].as_str().unwrap().contains(words), "{window}");
    }

    #[test]
    fn a_window_is_open_only_when_free_text_would_go_out() {
        check(&outlook(None), false, "never_opened", "has not written yet");
        check(&outlook(Some(24)), false, "closed", "more than 24 hours ago");

        let mut by_provider = outlook(Some(1));
        by_provider.family.survivor.closed_for = Some(now());
        check(&by_provider, false, "closed_by_provider", "provider says");

        let mut opted_out = outlook(Some(1));
        opted_out.people[0].contact.consent.opted_out_at = Some(now());
        check(&opted_out, false, "open", "opted out");
        assert_eq!(shown(&opted_out)["contact"]["opted_out"], true);

        let mut gone = outlook(Some(1));
        gone.addresses.clear();
        check(&gone, false, "open", "no longer has");

        let mut erased = outlook(Some(1));
        erased.people[0].contact.erased = true;
        check(&erased, false, "open", "erased");
    }

    #[test]
    fn an_sms_conversation_has_no_window_to_wait_for() {
        let mut by_sms = outlook(Some(100));
        by_sms.channel.as_mut().unwrap().medium = Medium::Sms;
        check(&by_sms, true, "closed", "SMS");
        assert_eq!(shown(&by_sms)["window"]["closes_at"], Value::Null);
    }

    #[test]
    fn a_merged_conversation_shows_the_newest_facts_under_the_survivors_id() {
        let mut merged = outlook(None);
        let mut former = outlook(Some(2)).family.survivor;
        former.id = ConversationId::from_bits(9);
        former.survivor = Some(merged.family.survivor.id);
        merged.family.former = vec![former];
        let view = shown(&merged);
        assert_eq!(view["id"], json!(merged.family.survivor.id));
        assert_eq!(view["state"], "active");
        assert_eq!(view["former"], json!([ConversationId::from_bits(9)]));
    }
}
