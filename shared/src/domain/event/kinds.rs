//! The kinds of events, with the words that subscribers know them by.

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[doc = $about:literal])* $name:ident = $word:literal,)*) => {
        /// What kind of thing happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
        pub enum EventKind {
            $($(#[doc = $about])* #[serde(rename = $word)] $name,)*
        }

        impl EventKind {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word that subscribers know it by.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// What it means, for people.
            pub fn about(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($about,)*),)*
                }
            }
        }
    };
}

kinds! {
    /// A customer wrote.
    MessageReceived = "message.received",
    /// A customer sent a file: an image, a video, a voice note, a document, a sticker.
    MediaReceived = "media.received",
    /// Somebody of the business wrote, from the phone app.
    MessageEchoed = "message.echoed",
    /// A message waits: for the customer to write, or for its channel.
    MessageHeld = "message.held",
    /// A message that waited leaves now.
    MessageReleased = "message.released",
    /// The provider took a message.
    MessageAccepted = "message.accepted",
    /// The provider sent a message on.
    MessageSent = "message.sent",
    /// A message is on the customer's device.
    MessageDelivered = "message.delivered",
    /// The customer read a message.
    MessageRead = "message.read",
    /// A message did not go or did not arrive, and will not.
    MessageFailed = "message.failed",
    /// A message could not be sent in its time.
    MessageExpired = "message.expired",
    /// A message was taken back before it left.
    MessageCancelled = "message.cancelled",
    /// A provider was called and did not answer: a report will tell.
    MessageUnknown = "message.unknown",
    /// Nobody will know whether a message arrived.
    MessageUndetermined = "message.undetermined",
    /// The window closed on a customer or an answer, and what the ladder provides for that went out.
    FallbackSent = "fallback.sent",
    /// A conversation began, or changed its state.
    ConversationChanged = "conversation.changed",
    /// A customer waits and the window will close: somebody should answer.
    ConversationReminder = "conversation.reminder",
    /// The ladder asks another system to act: to write an e-mail, to call.
    LadderNotify = "ladder.notify",
    /// An answer could not be sent in its time and was given up: somebody should take care of the customer by other means.
    TicketWanted = "ticket.wanted",
    /// A customer wrote, and free text may go out for 24 hours.
    WindowOpened = "window.opened",
    /// Somebody of the staff has a conversation from now on, another team does, or nobody any more.
    ConversationAssigned = "conversation.assigned",
    /// A customer waits too long, or wrote something that cannot wait: somebody higher up should know.
    ConversationEscalated = "conversation.escalated",
    /// A customer said how satisfied they are.
    ConversationScored = "conversation.scored",
    /// A customer was not answered in the time that was promised.
    SlaBreached = "sla.breached",
    /// A rule of the account's tells other systems something.
    AutomationNotified = "automation.notified",
    /// A rule of the account's calls this subscriber.
    AutomationCalled = "automation.called",
    /// Something happened to a customer's booking, as another system reports.
    BookingReported = "booking.reported",
    /// In four hours the window closes, unless the customer writes.
    WindowClosing = "window.closing",
    /// The window is over.
    WindowClosed = "window.closed",
    /// A customer wants no messages any more.
    ContactOptedOut = "contact.opted_out",
    /// A customer wants messages again.
    ContactOptedIn = "contact.opted_in",
    /// A person was erased: nothing of what they wrote can be read any more, and whoever was told of it should forget it, too.
    ContactErased = "contact.erased",
    /// A guest asked for something, and somebody is to see to it.
    RequestOpened = "request.opened",
    /// A request stands otherwise than before: it was done, say, or given to somebody else.
    RequestChanged = "request.changed",
    /// A template was approved, rejected, paused or whatever else its provider says of it.
    TemplateChanged = "template.changed",
    /// Somebody asked for a test of this subscription.
    SubscriptionTest = "subscription.test",
    /// A subscription is told of nothing any more, since its address failed for too long or is gone.
    SubscriptionDisabled = "subscription.disabled",
}
