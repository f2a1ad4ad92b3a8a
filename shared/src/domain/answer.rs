//! What counts as an answer to a waiting customer. One table.

use super::{
    content::Content,
    message::{Outbound, Purpose},
};

/// Whether a message of this purpose and content answers the customer once it has gone out.
///
/// Replies of people and programs do, by whatever way they went; of what rules write, what the account says does. What Transom sends by itself does not: a fallback or
/// an invitation tells the customer that an answer is still to come. A reaction is a gesture.
pub fn may_answer(purpose: &Purpose, content: &Content) -> bool {
    match purpose {
        Purpose::WindowTemplate { .. }
        | Purpose::SmsInvite { .. }
        | Purpose::HoldingMessage { .. }
        | Purpose::ConsentConfirmation { .. }
        | Purpose::AutoReply { answers: false, .. }
        | Purpose::AutoTemplate { .. }
        | Purpose::OptInAsk { .. } => false,
        Purpose::Reply | Purpose::AutoReply { answers: true, .. } => match content {
            Content::Reaction(_) | Content::System(_) | Content::Edit { .. } | Content::Revoke { .. } => false,
            Content::Text { .. }
            | Content::Media(_)
            | Content::Location(_)
            | Content::Contacts { .. }
            | Content::Interactive(_)
            | Content::Button { .. }
            | Content::Order { .. }
            | Content::Unsupported { .. }
            | Content::Template(_)
            | Content::Opaque { .. } => true,
        },
    }
}

/// Whether this message answers the customer as things stand. A failed, unknown or waiting one does not.
/// Until reactions can be sent, every reply's content counts, so the sealed content need not be opened here.
pub fn answers(message: &Outbound) -> bool {
    let may = message.purpose.is_reply() || matches!(message.purpose, Purpose::AutoReply { answers: true, .. });
    may && message.stands()
}
