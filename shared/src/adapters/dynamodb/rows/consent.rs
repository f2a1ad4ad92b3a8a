//! Wishes, what proves them, and whom nobody writes to: rows of the table of contacts.

use serde::{Deserialize, Serialize};
use serde_dynamo::{AttributeValue, Item};

use super::{Bytes, at};
use crate::{
    adapters::dynamodb::keys::{Key, evidence_place_in},
    domain::{
        channel::Medium,
        consent::{Choice, Consent, ConsentPurpose, MEDIA, Raise, Specific},
        contact::AddressHash,
    },
    ports::{
        StoreError,
        store::{CappedSends, EvidenceLine, SuppressionRow},
    },
    seal::Sealed,
};

/// The newest wishes: each an attribute of its own, see [`raise_name`], so that each is raised by itself. Beside the general
/// ones (`oo`, `oi`) is a word on where each came from (`os`, `is`).
pub fn read_consent(item: &Item) -> Consent {
    let mut consent = Consent::default();
    for raise in all_raises() {
        if let Some(AttributeValue::N(digits)) = item.get(raise_name(raise).as_str())
            && let Ok(millis) = digits.parse()
        {
            consent.raise(raise, at(millis));
        }
    }
    consent
}

/// Every time that wishes are kept as.
fn all_raises() -> impl Iterator<Item = Raise> {
    [Choice::Out, Choice::In].into_iter().flat_map(|choice| {
        let of_one = ConsentPurpose::ALL
            .into_iter()
            .flat_map(move |purpose| MEDIA.into_iter().map(move |medium| Raise::Specific(choice, purpose, medium)));
        std::iter::once(Raise::General(choice)).chain(of_one)
    })
}

/// The attribute of a time: `oo` and `oi`; of one purpose on one medium three letters, such as `imw` (in, marketing,
/// WhatsApp) or `ost` (out, service, texts).
pub fn raise_name(raise: Raise) -> String {
    let side = |choice| match choice {
        Choice::Out => 'o',
        Choice::In => 'i',
    };
    match raise {
        Raise::General(Choice::Out) => "oo".to_owned(),
        Raise::General(Choice::In) => "oi".to_owned(),
        Raise::Specific(choice, purpose, medium) => {
            let purpose = match purpose {
                ConsentPurpose::Service => 's',
                ConsentPurpose::Utility => 'u',
                ConsentPurpose::Marketing => 'm',
            };
            let medium = match medium {
                Medium::WhatsApp => 'w',
                Medium::Sms => 't',
            };
            [side(choice), purpose, medium].iter().collect()
        }
    }
}

/// What was said of one purpose on one medium alone, as a message's row notes it; `None`: nothing was.
pub fn specific_text(specific: &Specific) -> Option<String> {
    let mut parts = Vec::new();
    for (purpose, medium, said) in specific.said() {
        for (choice, time) in [(Choice::Out, said.out), (Choice::In, said.back)] {
            let name = raise_name(Raise::Specific(choice, purpose, medium));
            parts.extend(time.map(|time| format!("{name}{}", time.as_millisecond())));
        }
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// The same, read into what is known otherwise. What a newer version may have noted beside it is passed over.
pub fn with_specific(mut consent: Consent, text: &str) -> Consent {
    let known: Vec<(String, Raise)> = all_raises().map(|raise| (raise_name(raise), raise)).collect();
    for part in text.split(' ') {
        let Some((name, millis)) = part.split_at_checked(3) else { continue };
        let raise = known.iter().find(|(known, _)| known == name).map(|(_, raise)| *raise);
        if let (Some(raise), Ok(millis)) = (raise, millis.parse()) {
            consent.raise(raise, at(millis));
        }
    }
    consent
}

/// What proves a wish. What decides is in the clear and stays; the rest is sealed.
#[derive(Debug, Serialize, Deserialize)]
pub struct EvidenceRow {
    /// What was wished, as JSON.
    j: String,
    /// Recorded.
    ra: i64,
    /// Details, sealed.
    d: Bytes,
}

impl EvidenceRow {
    pub fn new(key: &Key, line: &EvidenceLine) -> Result<Self, StoreError> {
        let j = serde_json::to_string(&line.wished).map_err(|error| key.unreadable(error.to_string()))?;
        Ok(Self { j, ra: line.recorded_at.as_millisecond(), d: Bytes(line.details.as_bytes().to_vec()) })
    }

    pub fn into_line(self, key: &Key) -> Result<EvidenceLine, StoreError> {
        let name = evidence_place_in(key).and_then(|place| place.split_once('#'));
        let (_, name) = name.ok_or_else(|| key.unreadable("the key names no evidence"))?;
        Ok(EvidenceLine {
            name: name.to_owned(),
            wished: serde_json::from_str(&self.j).map_err(|error| key.unreadable(error.to_string()))?,
            recorded_at: at(self.ra),
            details: Sealed::from_bytes(self.d.0),
        })
    }
}

/// An address that is not to be written to.
#[derive(Debug, Serialize, Deserialize)]
pub struct SuppressedRow {
    /// Since.
    sn: i64,
    /// Address and reason, sealed; gone when whose address it was is erased.
    #[serde(default, skip_serializing_if = "Bytes::is_empty")]
    d: Bytes,
}

impl SuppressedRow {
    pub fn new(row: &SuppressionRow) -> Self {
        let sealed = row.sealed.as_ref().map(|sealed| Bytes(sealed.as_bytes().to_vec()));
        Self { sn: row.since.as_millisecond(), d: sealed.unwrap_or_default() }
    }

    pub fn into_suppression(self, key: &Key) -> SuppressionRow {
        SuppressionRow {
            hash: AddressHash(key.sk.clone()),
            since: at(self.sn),
            sealed: (!self.d.is_empty()).then(|| Sealed::from_bytes(self.d.0)),
        }
    }
}

/// The places that are taken under a cap.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct CappedRow {
    /// As JSON.
    j: String,
    /// Counts the writes.
    rv: u32,
}

impl CappedRow {
    pub fn new(key: &Key, taken: &CappedSends) -> Result<Self, StoreError> {
        let j = serde_json::to_string(&taken.sends).map_err(|error| key.unreadable(error.to_string()))?;
        Ok(Self { j, rv: taken.rev + 1 })
    }

    pub fn into_sends(self, key: &Key) -> Result<CappedSends, StoreError> {
        let sends = serde_json::from_str(&self.j).map_err(|error| key.unreadable(error.to_string()))?;
        Ok(CappedSends { sends, rev: self.rv })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::consent::Scope;

    #[test]
    fn each_time_has_an_attribute_of_its_own_and_none_is_that_of_an_origin() {
        let names: std::collections::BTreeSet<_> = all_raises().map(raise_name).collect();
        assert_eq!(names.len(), 14);
        assert!(names.contains("oo") && names.contains("oi") && names.contains("imw"));
        assert!(!names.contains("os") && !names.contains("is"));
    }

    #[test]
    fn what_a_message_notes_of_one_purpose_is_read_again() {
        let mut consent = Consent::agreed(at(5));
        for raise in Scope::MARKETING.raises(Choice::Out) {
            consent.raise(raise, at(7));
        }
        let text = specific_text(&consent.specific).unwrap();
        assert_eq!(text, "omw7 imw5 omt7 imt5");
        let general = Consent { specific: Specific::default(), ..consent };
        assert_eq!(with_specific(general, &text), consent);
        assert_eq!(with_specific(general, "imw5 zzz9 nonsense é"), with_specific(general, "imw5"));
        assert_eq!(specific_text(&Specific::default()), None);
    }
}
