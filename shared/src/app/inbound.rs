//! What a customer's message becomes: its key, what it opens, its sealed content. No IO.

use super::{mint::inbound_key, people::Person};
use crate::{
    domain::{
        AccountId, ChannelId, MessageId, Timestamp, TraceId,
        consent::{ConsentWord, Word},
        content::{Content, InteractiveReply},
        conversation::conversation_of,
        inbound::{InboundMessage, opens_window},
        message::{Gesture, Inbound, InboundBody},
    },
    seal::{AccountKeys, Sealed},
};

/// What is known of a message besides what the provider said.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    pub account: &'a AccountId,
    pub channel: &'a ChannelId,
    pub person: &'a Person,
    /// The provider's time, or that of its first sight.
    pub at: Timestamp,
    pub received_at: Timestamp,
    /// The business wrote it, from the phone app.
    pub echo: bool,
    pub nonce: [u8; 12],
    /// The trace of the call.
    pub trace: Option<TraceId>,
    /// Its text led back to a conversation.
    pub came_back: bool,
    /// It is a word about consent.
    pub word: Option<Word>,
}

/// What is counted of a message beside its content.
fn gesture(seen: &Seen<'_>, content: &Content) -> Option<Gesture> {
    if seen.echo {
        return None;
    }
    if seen.came_back {
        return Some(Gesture::CameBack);
    }
    match seen.word.map(|word| word.word) {
        Some(ConsentWord::Stop | ConsentWord::StopMarketing) => Some(Gesture::OptOut),
        Some(ConsentWord::Start) => Some(Gesture::OptIn),
        None => {
            let tap =
                matches!(content, Content::Button { .. } | Content::Interactive(InteractiveReply::ButtonReply { .. }));
            tap.then_some(Gesture::Tap)
        }
    }
}

/// The message as it is stored. `None` if it came from no address.
pub fn inbound(keys: &AccountKeys, seen: &Seen<'_>, message: InboundMessage) -> Option<Inbound> {
    let Seen { account, channel, person, at, received_at, echo, nonce, trace, came_back: _, word: _ } = *seen;
    let from = keys.hash(message.from.first()?);
    Some(Inbound {
        id: MessageId {
            conversation: conversation_of(account, channel, person.contact),
            key: inbound_key(at, channel, &message.provider_id),
        },
        account: account.clone(),
        channel: channel.clone(),
        contact: person.contact,
        at,
        from,
        opens_window: !echo && opens_window(&message.content),
        echo,
        received_at,
        same_person: person.same_person,
        trace,
        gesture: gesture(seen, &message.content),
        sealed: Sealed::new(
            &InboundBody {
                provider_id: message.provider_id,
                content: message.content,
                context: message.context,
                referral: message.referral,
                profile_name: message.profile_name,
            },
            &person.key,
            nonce,
        ),
    })
}
