//! What a provider's refusal of a message says of the customer's wishes.

use super::{
    super::{
        channel::Medium,
        outcome::{Failure, FailureKind},
    },
    Media, Purposes, Scope,
};

/// What the customer is out of, if this failure says so. That they blocked the business is no such wish: nobody says when
/// they take it back, and whoever blocks does not write.
pub fn told_by(failure: &Failure) -> Option<Scope> {
    if failure.kind != FailureKind::RecipientOptedOut {
        return None;
    }
    match failure.code.as_str() {
        // Marketing was switched off in WhatsApp (Meta, "error codes"); everything else still passes.
        "131050" => Some(Scope { purposes: Purposes::MARKETING, media: Media::only(Medium::WhatsApp) }),
        // They wrote STOP by SMS (Twilio, "error 21610").
        "21610" => Some(Scope { purposes: Purposes::ALL, media: Media::only(Medium::Sms) }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_provider_was_told_is_a_wish() {
        let told = |kind, code: &str| told_by(&Failure { kind, code: code.to_owned() });
        let marketing = told(FailureKind::RecipientOptedOut, "131050").unwrap();
        assert!(marketing.media.whatsapp && !marketing.media.sms && !marketing.purposes.utility);
        let by_sms = told(FailureKind::RecipientOptedOut, "21610").unwrap();
        assert!(by_sms.media.sms && !by_sms.media.whatsapp && by_sms.purposes == Purposes::ALL);
        assert_eq!(told(FailureKind::RecipientOptedOut, "63033"), None, "blocked");
        assert_eq!(told(FailureKind::Other, "131050"), None);
    }
}
