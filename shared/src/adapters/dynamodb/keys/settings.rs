//! Keys of what an account has set up, and of what leads to it: channels, texts, subscribers, staff, tokens.

use super::{Key, LAST, Range, bare_contact};
use crate::domain::{
    AccountId, ChannelId, ContactId, EndpointId, StaffId, SubscriptionId, TokenId,
    ids::{CannedReplyId, OptInLinkId},
};

fn settings(account: &AccountId) -> String {
    format!("A#{account}#CFG")
}
fn deliveries(account: &AccountId, id: &SubscriptionId) -> String {
    format!("A#{account}#D#{id}")
}

impl Key {
    pub fn channel(account: &AccountId, id: &ChannelId) -> Self {
        Self::new(settings(account), format!("CHANNEL#{id}"))
    }
    pub fn gate(account: &AccountId, id: &ChannelId) -> Self {
        Self::new(format!("A#{account}#G#{id}"), "G")
    }
    pub fn ladder(account: &AccountId) -> Self {
        Self::new(settings(account), "LADDER")
    }
    pub fn template(account: &AccountId, name: &str, language: &str) -> Self {
        Self::new(settings(account), format!("TEMPLATE#{name}#{language}"))
    }
    pub fn prices(account: &AccountId) -> Self {
        Self::new(settings(account), "PRICES")
    }
    pub fn template_rules(account: &AccountId) -> Self {
        Self::new(settings(account), "TEMPLATE-RULES")
    }
    pub fn consent_settings(account: &AccountId) -> Self {
        Self::new(settings(account), "WISHES")
    }
    pub fn opt_in_link(account: &AccountId, id: &OptInLinkId) -> Self {
        Self::new(settings(account), format!("OPT-IN#{id}"))
    }
    pub fn subscription(account: &AccountId, id: &SubscriptionId) -> Self {
        Self::new(settings(account), format!("SUBSCRIPTION#{id}"))
    }
    pub fn retention(account: &AccountId) -> Self {
        Self::new(settings(account), "RETENTION")
    }
    /// What may not be forgotten: a contact, or the whole account.
    pub fn hold(account: &AccountId, contact: Option<ContactId>) -> Self {
        let sk = contact.map_or_else(|| "HOLD#".to_owned(), |contact| format!("HOLD#{}", bare_contact(contact)));
        Self::new(settings(account), sk)
    }
    /// One attempt to tell a subscriber, by the name of its line.
    pub fn delivery(account: &AccountId, id: &SubscriptionId, line: &str) -> Self {
        Self::new(deliveries(account, id), format!("L#{line}"))
    }
    pub fn endpoint(id: &EndpointId) -> Self {
        Self::new(format!("E#{id}"), "E")
    }
    pub fn token(hash: &str) -> Self {
        Self::new(format!("TOKEN#{hash}"), "T")
    }
    /// A token in its account's list.
    pub fn token_line(account: &AccountId, id: &TokenId) -> Self {
        Self::new(settings(account), format!("TOKEN#{id}"))
    }
    pub fn staff(account: &AccountId, id: StaffId) -> Self {
        Self::new(settings(account), format!("STAFF#{id}"))
    }
    pub fn trusts(account: &AccountId) -> Self {
        Self::new(settings(account), "SIGN-IN")
    }
    /// That an account trusts an issuer and client, by what stands for both.
    pub fn trust(hash: &str, account: &AccountId) -> Self {
        Self::new(format!("SIGN-IN#{hash}"), account.to_string())
    }
    /// Whom a subject of an issuer is, by a keyed hash of both.
    pub fn subject(account: &AccountId, hash: &str) -> Self {
        Self::new(format!("A#{account}#U#{hash}"), "U")
    }
    pub fn canned_reply(account: &AccountId, id: &CannedReplyId) -> Self {
        Self::new(settings(account), format!("CANNED#{id}"))
    }
    pub fn automations(account: &AccountId) -> Self {
        Self::new(settings(account), "AUTOMATIONS")
    }
    pub fn work_settings(account: &AccountId) -> Self {
        Self::new(settings(account), "WORK")
    }
}

impl Range {
    pub fn channels(account: &AccountId) -> Self {
        Self::under(settings(account), "CHANNEL#")
    }
    pub fn templates(account: &AccountId, name: Option<&str>) -> Self {
        match name {
            Some(name) => Self::under(settings(account), &format!("TEMPLATE#{name}#")),
            None => Self::under(settings(account), "TEMPLATE#"),
        }
    }
    pub fn opt_in_links(account: &AccountId) -> Self {
        Self::under(settings(account), "OPT-IN#")
    }
    pub fn subscriptions(account: &AccountId) -> Self {
        Self::under(settings(account), "SUBSCRIPTION#")
    }
    pub fn holds(account: &AccountId) -> Self {
        Self::under(settings(account), "HOLD#")
    }
    /// What became of deliveries, before the line named `before` if given; that one included.
    pub fn deliveries(account: &AccountId, id: &SubscriptionId, before: Option<&str>) -> Self {
        let to = before.map_or_else(|| format!("L#{LAST}"), |before| format!("L#{before}"));
        Self { pk: deliveries(account, id), from: "L#".to_owned(), to }
    }
    pub fn token_lines(account: &AccountId) -> Self {
        Self::under(settings(account), "TOKEN#")
    }
    pub fn trusting(hash: &str) -> Self {
        Self::under(format!("SIGN-IN#{hash}"), "")
    }
    pub fn staff(account: &AccountId) -> Self {
        Self::under(settings(account), "STAFF#")
    }
    pub fn canned_replies(account: &AccountId) -> Self {
        Self::under(settings(account), "CANNED#")
    }
}

/// The one of the staff that a row of the settings is about.
pub fn staff_in(key: &Key) -> Option<StaffId> {
    key.sk.strip_prefix("STAFF#")?.parse().ok()
}
