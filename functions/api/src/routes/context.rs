//! Everything about a conversation that whoever answers needs beside its messages, in one call.

use std::collections::{BTreeMap, BTreeSet};

use axum::{Json, extract::State};
use serde::Serialize;
use transom::{
    app::{Parts, Trouble, outlook::Outlook, people::joint_consent, requests},
    domain::{
        AccountId, ChannelId, ContactId, ConversationId, Timestamp,
        access::Actor,
        answer::answers,
        channel::Medium,
        consent::{Consent, ConsentPurpose, MEDIA, Why},
        contact::booking::Booking,
        conversation::{ConversationState, conversation_of},
        hours::QuietHours,
        message::Message,
        work::{Response, Responses, Speaker, responses},
    },
};

use super::{
    conversations::load,
    notes::{self, NoteView},
    requests::RequestView,
    work::WorkView,
};
use crate::{Shared, auth::Account, problem::Problem, request::PathId, view::AddressView};

/// So many messages are looked at for how long answers took, so many requests for those that are open, so many notes are shown.
const MESSAGES: usize = 100;
const REQUESTS: usize = 100;
const NOTES: usize = 5;
/// So many conversations of the person are looked for elsewhere.
const EARLIER: usize = 100;

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct ContextView {
    conversation: ConversationId,
    profile: ProfileView,
    preferences: PreferencesView,
    /// For each purpose on each medium.
    wishes: Vec<WishView>,
    /// `null`: none of the contact's fields tells of one.
    booking: Option<Booking>,
    /// Those that somebody has still to see to, the one that is due first first.
    requests: Vec<RequestView>,
    work: WorkView,
    responses: ResponsesView,
    /// The newest first.
    notes: Vec<NoteView>,
    /// Conversations of the same person on other channels, the newest activity first.
    others: Vec<OtherView>,
    /// Where replies that were written beforehand are listed.
    canned_replies: &'static str,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
struct ProfileView {
    contact: ContactId,
    name: Option<String>,
    tags: BTreeSet<String>,
    fields: BTreeMap<String, String>,
    vip: bool,
    addresses: Vec<AddressView>,
    erased: bool,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
struct PreferencesView {
    language: Option<String>,
    time_zone: Option<String>,
    quiet_hours: Option<QuietHours>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
struct WishView {
    purpose: ConsentPurpose,
    medium: Medium,
    /// Whether such messages may go.
    may: bool,
    /// `opted_out` or `no_opt_in`.
    why_not: Option<&'static str>,
}

/// Of the newest hundred messages, since the conversation opened last.
#[derive(Debug, Serialize, schemars::JsonSchema)]
struct ResponsesView {
    first: Option<ResponseView>,
    latest: Option<ResponseView>,
    /// The first message that nobody answered.
    waiting_since: Option<Timestamp>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
struct ResponseView {
    asked_at: Timestamp,
    answered_at: Timestamp,
    seconds: i64,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
struct OtherView {
    id: ConversationId,
    channel: ChannelId,
    state: ConversationState,
    last_activity_at: Timestamp,
}

impl From<Response> for ResponseView {
    fn from(response: Response) -> Self {
        Self { asked_at: response.asked_at, answered_at: response.answered_at, seconds: response.took().as_secs() }
    }
}

pub async fn show(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
) -> Result<Json<ContextView>, Problem> {
    let parts = &api.parts;
    let outlook = load(parts, &account, id).await?;
    let id = outlook.family.survivor.id;
    let profile = outlook.people.first().map(|known| known.contact.profile.clone()).unwrap_or_default();
    let work = parts.store.work(&account, id).await?;
    let mut open = requests::of_conversation(parts, &account, &outlook, REQUESTS).await?;
    open.retain(|opened| opened.request.status.is_open());
    open.sort_by_key(|opened| (opened.request.due_at.is_none(), opened.request.due_at, opened.request.opened_at));
    Ok(Json(ContextView {
        conversation: id,
        wishes: wishes(&joint_consent(&outlook.people)),
        booking: Booking::of(&profile.fields),
        requests: open.into_iter().map(RequestView::from).collect(),
        work: WorkView::new(&work, parts.now()),
        responses: how_fast(parts, &account, &outlook).await?,
        notes: notes::of_conversation(parts, &account, &outlook, NOTES).await?,
        others: others(parts, &account, &outlook).await?,
        canned_replies: "/v1/canned-replies",
        preferences: PreferencesView {
            language: profile.language,
            time_zone: profile.time_zone,
            quiet_hours: profile.quiet_hours,
        },
        profile: ProfileView {
            contact: outlook.family.survivor.contact,
            name: profile.name,
            tags: profile.tags,
            fields: profile.fields,
            vip: profile.vip,
            addresses: outlook.addresses.iter().map(|(_, address)| address.into()).collect(),
            erased: outlook.people.first().is_some_and(|known| known.contact.erased),
        },
    }))
}

fn wishes(consent: &Consent) -> Vec<WishView> {
    let all = ConsentPurpose::ALL.into_iter().flat_map(|purpose| MEDIA.map(|medium| (purpose, medium)));
    all.map(|(purpose, medium)| {
        let why_not = consent.may(purpose, medium).err().map(|why| match why {
            Why::OptedOut => "opted_out",
            Why::NoOptIn => "no_opt_in",
        });
        WishView { purpose, medium, may: why_not.is_none(), why_not }
    })
    .collect()
}

/// How long the customer waited, as far as the newest messages tell.
async fn how_fast(parts: &Parts, account: &AccountId, outlook: &Outlook) -> Result<ResponsesView, Trouble> {
    let mut said = Vec::new();
    for head in outlook.family.heads() {
        for message in parts.store.messages(account, head.id, None, MESSAGES).await? {
            match message {
                Message::Inbound(it) if it.echo => said.push((it.at, Speaker::Staff)),
                Message::Inbound(it) if it.opens_window => said.push((it.at, Speaker::Customer)),
                Message::Outbound(it) if answers(&it) && it.by.as_ref().is_none_or(Actor::is_human) => {
                    said.push((it.id.key.at(), Speaker::Staff));
                }
                Message::Inbound(_) | Message::Outbound(_) => {}
            }
        }
    }
    let merged = outlook.family.merged();
    let ended_at = merged.closed_at.max(merged.archived_at);
    let Responses { first, latest, waiting_since } = responses(&mut said, ended_at);
    Ok(ResponsesView {
        first: first.map(ResponseView::from),
        latest: latest.map(ResponseView::from),
        waiting_since: waiting_since.filter(|_| merged.customer_waits()),
    })
}

/// A conversation is of a person and a channel: all of a person's are found by that.
async fn others(parts: &Parts, account: &AccountId, outlook: &Outlook) -> Result<Vec<OtherView>, Trouble> {
    let channels = parts.store.channels(account).await?;
    let of = |channel: &ChannelId| -> Vec<ConversationId> {
        outlook.people.iter().map(|known| conversation_of(account, channel, known.contact.id)).collect()
    };
    let own = &outlook.family.survivor.channel;
    let mut ids: Vec<_> = channels.iter().filter(|it| it.id != *own).flat_map(|it| of(&it.id)).collect();
    ids.truncate(EARLIER);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let now = parts.now();
    let heads = parts.store.heads(account, &ids).await?;
    // What became part of another shows there.
    let speaking = heads.iter().filter(|head| head.survivor.is_none());
    let mut found: Vec<_> = speaking
        .map(|head| OtherView {
            id: head.id,
            channel: head.channel.clone(),
            state: head.state(now),
            last_activity_at: head.last_activity_at(),
        })
        .collect();
    found.sort_by_key(|other| std::cmp::Reverse(other.last_activity_at));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_told_for_each_purpose_on_each_medium() {
        let told = wishes(&Consent::default());
        assert_eq!(told.len(), 6);
        for wish in &told {
            let marketing = wish.purpose == ConsentPurpose::Marketing;
            assert_eq!((wish.may, wish.why_not), (!marketing, marketing.then_some("no_opt_in")), "{wish:?}");
        }
        let out = Consent { opted_out_at: Some(Timestamp::UNIX_EPOCH), ..Consent::default() };
        assert!(wishes(&out).iter().all(|wish| !wish.may && wish.why_not == Some("opted_out")));
    }
}
