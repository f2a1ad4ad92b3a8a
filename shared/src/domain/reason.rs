//! Why Transom did what it did, as a code for programs and a sentence for people.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $words:literal,)*) => {
        /// The reason of a plan. Stored with the message.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The reason as a sentence for people.
            pub fn in_words(self) -> &'static str {
                match self {
                    $(Self::$name => $words,)*
                }
            }
        }
    };
}

reasons! {
    // It goes.
    WindowOpen = "The customer wrote within the last 24 hours, so it goes as an ordinary WhatsApp message.",
    ApprovedTemplate = "It is an approved template, which may go out at any time.",
    FallbackForUnanswered = "The 24-hour window closed while the customer was waiting, so the fallback template goes out.",
    AnswerWaiting = "An answer is held because the 24-hour window is closed; this template invites the customer to write, which releases it.",
    SmsAsked = "The sender asked for SMS.",
    SmsChannel = "The conversation is held by SMS.",
    HoldingMessage = "The customer has waited for long and nobody is there; this tells them so while an ordinary message may go.",
    ConsentConfirmed = "It confirms, once, what the customer asked for by a word about messages.",
    SmsInvite = "The template on WhatsApp failed or was not answered, so an SMS with a link invites the customer back.",
    OptInAsked = "The sender asks, by an SMS with a link, whether the customer wants to be written to on WhatsApp.",

    // It waits.
    WindowClosed = "The customer last wrote more than 24 hours ago. WhatsApp then allows only templates; this goes out as soon as the customer writes.",
    WindowClosing = "The 24-hour window ends within minutes and the message might arrive too late; it goes out as soon as the customer writes.",
    NeverWrote = "The customer has not written yet. WhatsApp then allows only templates; this goes out as soon as the customer writes.",
    ProviderClosedWindow = "The provider says that the 24-hour window is closed; this goes out as soon as the customer writes.",
    NoReceipt = "The provider did not answer and never reported on it: it may or may not have arrived.",
    NoAnswer = "The provider did not answer; a receipt will tell whether it took the message.",
    Restored = "The data was restored from an earlier state, and this may have gone out since then; a receipt will tell.",
    AddressChanged = "The window belongs to another address of the customer; this goes out as soon as the customer writes from it.",
    WindowNotOverYet = "The fallback goes out only when the 24-hour window is over.",
    QuietHours = "The customer has asked not to be disturbed at this hour; it goes out after that.",
    PairLimit = "WhatsApp limits how fast messages may go to one customer; it goes out in a moment.",
    ProviderNotReady = "The provider could not take it just now; it is tried again.",

    ChannelRefused = "The provider refuses this number (its token, permission, payment or registration); once that is set right, it is decided anew.",
    ProviderDown = "The provider takes nothing from this number just now; once it does, it is decided anew.",
    FrequencyCap = "The account limits how many messages of this kind one customer gets within a time; it goes out when there is room, if that is in its time.",
    ChannelLimit = "Messages leave this number as fast as its limit allows; it goes out when there is room.",

    // It does not go.
    OptedOut = "The customer has opted out of messages.",
    NoMarketingOptIn = "It is marketing, and the customer has not agreed to that on this way since their last opt-out, or never has.",
    Erased = "The customer's data was erased.",
    TemplateUnknown = "No such template is known for this account and language.",
    TemplateNotApproved = "The provider does not let the template out just now: it is in review, rejected, paused or disabled.",
    TemplateUnusable = "The template cannot be used: its values do not fit, or the provider's name of it is missing.",
    NoAddress = "No address of the customer is known for this way.",
    NoSmsChannel = "The channel has no SMS channel.",
    NotForSms = "This kind of content cannot go by SMS.",
    ChannelGone = "The channel does not exist any more.",
    Unreadable = "The stored content could not be opened.",
    ProviderRefused = "The provider refused it.",

    // It is no longer wanted.
    Answered = "The customer was answered in the meantime.",
    WroteAgain = "The customer wrote again in the meantime.",
    NothingWaits = "Nothing is held for the customer any more.",
    TakenBack = "The sender took it back before it left.",
    TooOld = "It could not be sent in its time.",
}

impl Reason {
    /// A wait that its channel ends, and not the customer.
    pub fn is_the_channels(self) -> bool {
        matches!(self, Self::ChannelRefused | Self::ProviderDown | Self::ChannelLimit)
    }

    /// A wait whose time may turn out to be too early, so that a new one has to be waited for.
    pub fn may_last_longer(self) -> bool {
        self.is_the_channels() || self == Self::FrequencyCap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_a_sentence_and_survives_its_code() {
        for reason in Reason::ALL {
            assert!(reason.in_words().ends_with('.'), "{reason:?}");
            let code = serde_json::to_string(reason).unwrap();
            assert_eq!(serde_json::from_str::<Reason>(&code).unwrap(), *reason);
        }
    }
}
