//! A person as clients see them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use transom::{
    app::people::{Known, joint_consent},
    domain::{ContactId, Timestamp, contact::Address, hours::QuietHours},
};

/// One way to name the person.
#[derive(Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct AddressView {
    #[schemars(extend("enum" = ["phone", "user_id"]))]
    kind: &'static str,
    value: String,
}

impl From<&Address> for AddressView {
    fn from(address: &Address) -> Self {
        Self { kind: address.kind(), value: address.value().to_owned() }
    }
}

/// The newest wishes of the person; the newer one holds.
#[derive(Debug, Serialize, schemars::JsonSchema)]
struct ConsentView {
    opted_out_at: Option<Timestamp>,
    opted_in_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct ContactView {
    id: ContactId,
    name: Option<String>,
    language: Option<String>,
    time_zone: Option<String>,
    tags: BTreeSet<String>,
    fields: BTreeMap<String, String>,
    vip: bool,
    quiet_hours: Option<QuietHours>,
    addresses: Vec<AddressView>,
    opted_out: bool,
    consent: ConsentView,
    /// Contacts that are part of this one.
    former: Vec<ContactId>,
    /// The contact that this one is part of.
    survivor: Option<ContactId>,
    erased: bool,
}

impl ContactView {
    /// `people`: the contact itself first, then those that were merged into it.
    pub fn new(people: &[Known]) -> Option<Self> {
        let (known, _) = people.split_first()?;
        let consent = joint_consent(people);
        Some(Self {
            id: known.contact.id,
            name: known.contact.profile.name.clone(),
            language: known.contact.profile.language.clone(),
            time_zone: known.contact.profile.time_zone.clone(),
            tags: known.contact.profile.tags.clone(),
            fields: known.contact.profile.fields.clone(),
            vip: known.contact.profile.vip,
            quiet_hours: known.contact.profile.quiet_hours.clone(),
            addresses: addresses(people),
            opted_out: consent.opted_out(),
            consent: ConsentView { opted_out_at: consent.opted_out_at, opted_in_at: consent.opted_in_at },
            former: known.contact.former.clone(),
            survivor: known.contact.survivor,
            erased: known.contact.erased,
        })
    }
}

/// Every address of these contacts once.
fn addresses(people: &[Known]) -> Vec<AddressView> {
    let mut views: Vec<AddressView> = Vec::new();
    for (_, address) in people.iter().flat_map(|known| &known.contact.addresses) {
        let view = AddressView::from(address);
        if !views.contains(&view) {
            views.push(view);
        }
    }
    views
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use transom::domain::{
        Phone,
        consent::Consent,
        contact::{AddressHash, Contact, Profile},
    };

    use super::*;

    fn known(id: u128, phone: &str, consent: Consent) -> Known {
        let address = Address::Phone(Phone::from_e164(phone).unwrap());
        let contact = Contact {
            id: ContactId::from_bits(id),
            addresses: vec![(AddressHash(phone.into()), address)],
            profile: Profile { name: Some(format!("Guest {id}")), language: None, ..Profile::default() },
            consent,
            former: vec![],
            survivor: None,
            erased: false,
        };
        Known { contact, key: None }
    }

    #[test]
    fn a_person_has_the_addresses_and_the_newest_wish_of_all_that_were_merged() {
        let at = |second| Timestamp::from_second(second).ok();
        let mut survivor = known(1, "+16505551234", Consent::default());
        survivor.contact.former = vec![ContactId::from_bits(2)];
        let former = known(2, "+16505559999", Consent { opted_out_at: at(5), ..Consent::default() });
        let same_number = known(3, "+16505551234", Consent::default());
        let view = ContactView::new(&[survivor, former, same_number]).unwrap();
        let view = serde_json::to_value(view).unwrap();
        assert_eq!(view["name"], "Guest 1");
        assert_eq!(view["opted_out"], true);
        let expected =
            json!([{ "kind": "phone", "value": "+16505551234" }, { "kind": "phone", "value": "+16505559999" }]);
        assert_eq!(view["addresses"], expected);
        assert_eq!(view["former"], json!([ContactId::from_bits(2)]));
        assert!(ContactView::new(&[]).is_none());
    }
}
