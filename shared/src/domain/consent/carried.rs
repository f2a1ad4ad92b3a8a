//! What a message is for, as far as consent goes, and what it travels over.

use super::{
    super::{
        channel::Medium,
        content::Content,
        message::{Purpose, Via},
        template::Category,
    },
    ConsentPurpose,
};

/// The purpose that a message needs consent for; `None`: it needs none. `category`: of the template that it is, at the
/// channel's provider.
///
/// Free text is service: it answers somebody. A template is what its category says. The ladder's SMS goes in the place of
/// a template about the customer's own question, and is utility. What confirms a wish is part of the wish.
pub fn needs(purpose: &Purpose, content: &Content, category: Option<Category>) -> Option<ConsentPurpose> {
    match purpose {
        Purpose::ConsentConfirmation { .. } => None,
        Purpose::HoldingMessage { .. } => Some(ConsentPurpose::Service),
        Purpose::SmsInvite { .. } => Some(ConsentPurpose::Utility),
        // Whether they may be asked, [`Consent::may_be_asked`](super::Consent::may_be_asked) says.
        Purpose::OptInAsk { .. } => Some(ConsentPurpose::Marketing),
        Purpose::Reply | Purpose::WindowTemplate { .. } | Purpose::AutoReply { .. } | Purpose::AutoTemplate { .. } => {
            Some(match content {
                Content::Template(_) => category.map_or(ConsentPurpose::Utility, ConsentPurpose::of),
                _ => ConsentPurpose::Service,
            })
        }
    }
}

/// What a message on a channel of this medium goes over.
pub fn medium_of(channel: Medium, purpose: &Purpose, via: Via) -> Medium {
    match (purpose, via) {
        (Purpose::SmsInvite { .. } | Purpose::OptInAsk { .. }, _) | (_, Via::Sms) => Medium::Sms,
        (
            Purpose::Reply
            | Purpose::WindowTemplate { .. }
            | Purpose::HoldingMessage { .. }
            | Purpose::ConsentConfirmation { .. }
            | Purpose::AutoReply { .. }
            | Purpose::AutoTemplate { .. },
            Via::Auto | Via::WhatsApp,
        ) => channel,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{content::TemplateContent, ids::MessageKey};

    #[test]
    fn a_message_is_for_what_it_carries() {
        let template =
            Content::Template(TemplateContent { name: "x".into(), language: "en".into(), values: [].into() });
        let text = Content::text("Yes");
        let window = Purpose::WindowTemplate { last_in: None, step: "fallback".into() };
        let invite = Purpose::SmsInvite { last_in: None, step: "sms".into() };
        let confirms = Purpose::ConsentConfirmation { of: MessageKey::from_bits(1) };
        for (purpose, content, category, expected) in [
            (&Purpose::Reply, &text, None, Some(ConsentPurpose::Service)),
            (&Purpose::Reply, &template, Some(Category::Marketing), Some(ConsentPurpose::Marketing)),
            (&Purpose::Reply, &template, Some(Category::Authentication), Some(ConsentPurpose::Utility)),
            (&Purpose::Reply, &template, None, Some(ConsentPurpose::Utility)),
            (&window, &template, Some(Category::Marketing), Some(ConsentPurpose::Marketing)),
            (&invite, &text, None, Some(ConsentPurpose::Utility)),
            (&confirms, &text, None, None),
        ] {
            assert_eq!(needs(purpose, content, category), expected, "{purpose:?} {category:?}");
        }
        assert_eq!(medium_of(Medium::WhatsApp, &invite, Via::Auto), Medium::Sms);
        assert_eq!(medium_of(Medium::WhatsApp, &Purpose::Reply, Via::Sms), Medium::Sms);
        assert_eq!(medium_of(Medium::Sms, &Purpose::Reply, Via::WhatsApp), Medium::Sms);
        assert_eq!(medium_of(Medium::WhatsApp, &window, Via::Auto), Medium::WhatsApp);
    }
}
