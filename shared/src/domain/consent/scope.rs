//! What a wish is about: purposes and media, and whether it is for or against being written to.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{super::channel::Medium, ConsentPurpose, MEDIA};

/// For or against being written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    In,
    Out,
}

/// Some of the purposes, at least one where it was read; as JSON a list of their words.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<ConsentPurpose>", into = "Vec<ConsentPurpose>")]
pub struct Purposes {
    pub service: bool,
    pub utility: bool,
    pub marketing: bool,
}

/// Some of the media, at least one where it was read; as JSON a list of their words.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Medium>", into = "Vec<Medium>")]
pub struct Media {
    pub whatsapp: bool,
    pub sms: bool,
}

/// What a wish is about: each of these purposes on each of these media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "ConsentScope")]
#[serde(deny_unknown_fields)]
pub struct Scope {
    pub purposes: Purposes,
    pub media: Media,
}

/// One of the times that a person's wishes are kept as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raise {
    /// Out of everything; or back for service and utility, on every medium.
    General(Choice),
    /// One purpose on one medium.
    Specific(Choice, ConsentPurpose, Medium),
}

impl Purposes {
    pub const ALL: Self = Self { service: true, utility: true, marketing: true };
    pub const MARKETING: Self = Self { service: false, utility: false, marketing: true };
    /// What a word to start again gives back.
    pub const WITHOUT_MARKETING: Self = Self { service: true, utility: true, marketing: false };

    pub fn has(self, purpose: ConsentPurpose) -> bool {
        match purpose {
            ConsentPurpose::Service => self.service,
            ConsentPurpose::Utility => self.utility,
            ConsentPurpose::Marketing => self.marketing,
        }
    }

    pub fn list(self) -> Vec<ConsentPurpose> {
        ConsentPurpose::ALL.into_iter().filter(|purpose| self.has(*purpose)).collect()
    }
}

impl Media {
    pub const ALL: Self = Self { whatsapp: true, sms: true };

    pub fn only(medium: Medium) -> Self {
        Self { whatsapp: medium == Medium::WhatsApp, sms: medium == Medium::Sms }
    }

    pub fn has(self, medium: Medium) -> bool {
        match medium {
            Medium::WhatsApp => self.whatsapp,
            Medium::Sms => self.sms,
        }
    }

    pub fn list(self) -> Vec<Medium> {
        MEDIA.into_iter().filter(|medium| self.has(*medium)).collect()
    }
}

impl Scope {
    pub const EVERYTHING: Self = Self { purposes: Purposes::ALL, media: Media::ALL };
    /// What a word to start again gives back.
    pub const BACK: Self = Self { purposes: Purposes::WITHOUT_MARKETING, media: Media::ALL };
    /// Marketing, on every medium.
    pub const MARKETING: Self = Self { purposes: Purposes::MARKETING, media: Media::ALL };

    /// Which times such a wish raises.
    pub fn raises(self, choice: Choice) -> Vec<Raise> {
        let general = match choice {
            Choice::Out => self == Self::EVERYTHING,
            // An opt-in of everything is the general one, and marketing by name.
            Choice::In => self.media == Media::ALL && self.purposes.service && self.purposes.utility,
        };
        let mut left = self.purposes;
        let mut raises = Vec::new();
        if general {
            raises.push(Raise::General(choice));
            left = Purposes { marketing: choice == Choice::In && left.marketing, service: false, utility: false };
        }
        let media = self.media.list();
        raises.extend(left.list().into_iter().flat_map(|purpose| {
            media.iter().map(move |medium| Raise::Specific(choice, purpose, *medium)).collect::<Vec<_>>()
        }));
        raises
    }
}

super::super::schema::schema_as!(Purposes as "ConsentPurposes", Vec<ConsentPurpose>);
super::super::schema::schema_as!(Media as "ConsentMedia", Vec<Medium>);

impl From<Purposes> for Vec<ConsentPurpose> {
    fn from(purposes: Purposes) -> Self {
        purposes.list()
    }
}

impl TryFrom<Vec<ConsentPurpose>> for Purposes {
    type Error = &'static str;

    fn try_from(list: Vec<ConsentPurpose>) -> Result<Self, Self::Error> {
        if list.is_empty() {
            return Err("needs one purpose at least");
        }
        let has = |purpose| list.contains(&purpose);
        Ok(Self {
            service: has(ConsentPurpose::Service),
            utility: has(ConsentPurpose::Utility),
            marketing: has(ConsentPurpose::Marketing),
        })
    }
}

impl From<Media> for Vec<Medium> {
    fn from(media: Media) -> Self {
        media.list()
    }
}

impl TryFrom<Vec<Medium>> for Media {
    type Error = &'static str;

    fn try_from(list: Vec<Medium>) -> Result<Self, Self::Error> {
        if list.is_empty() {
            return Err("needs one medium at least");
        }
        Ok(Self { whatsapp: list.contains(&Medium::WhatsApp), sms: list.contains(&Medium::Sms) })
    }
}

impl fmt::Debug for Purposes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list()).finish()
    }
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list()).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_scope_is_two_lists_and_neither_is_empty() {
        let marketing = Scope { purposes: Purposes::MARKETING, media: Media::only(Medium::WhatsApp) };
        let written = json!({ "purposes": ["marketing"], "media": ["whatsapp"] });
        assert_eq!(serde_json::to_value(marketing).unwrap(), written);
        assert_eq!(serde_json::from_value::<Scope>(written).unwrap(), marketing);
        for bad in [
            json!({ "purposes": [], "media": ["sms"] }),
            json!({ "purposes": ["service"], "media": [] }),
            json!({ "purposes": ["poetry"], "media": ["sms"] }),
            json!({ "purposes": ["service"], "media": ["sms"], "more": 1 }),
        ] {
            assert!(serde_json::from_value::<Scope>(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_stop_of_everything_is_one_time_and_an_opt_in_to_everything_names_marketing() {
        assert_eq!(Scope::EVERYTHING.raises(Choice::Out), [Raise::General(Choice::Out)]);
        assert_eq!(Scope::BACK.raises(Choice::In), [Raise::General(Choice::In)]);
        let marketing = |medium| Raise::Specific(Choice::In, ConsentPurpose::Marketing, medium);
        assert_eq!(
            Scope::EVERYTHING.raises(Choice::In),
            [Raise::General(Choice::In), marketing(Medium::WhatsApp), marketing(Medium::Sms)]
        );
        let on_sms = Scope { purposes: Purposes::ALL, media: Media::only(Medium::Sms) };
        let each = ConsentPurpose::ALL.map(|purpose| Raise::Specific(Choice::Out, purpose, Medium::Sms));
        assert_eq!(on_sms.raises(Choice::Out), each);
    }
}
