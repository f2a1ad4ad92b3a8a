//! What is known of a person and their stay, by the names that a template's variables have.

use std::collections::BTreeMap;

use super::{Parts, Trouble, outlook, people::Known};
use crate::domain::{AccountId, ContactId, channel::Channel};

/// What fills variables that are named alike and were given no value: `guest_name` (also `customer_name`, `contact_name`,
/// `name`) and `first_name`, `hotel_name` (also `business_name`, `channel_name`) and whatever fields the contact has. Fields
/// of the survivor come before those of contacts that were merged into it.
pub fn known(people: &[Known], channel: Option<&Channel>) -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    for person in people.iter().rev() {
        let profile = &person.contact.profile;
        if let Some(name) = profile.name.as_deref().and_then(on_one_line) {
            for alias in ["guest_name", "customer_name", "contact_name", "name"] {
                known.insert(alias.to_owned(), name.clone());
            }
            let first = name.split(' ').next().unwrap_or(&name);
            known.insert("first_name".to_owned(), first.to_owned());
        }
        known.extend(profile.fields.iter().filter_map(|(name, value)| Some((name.clone(), on_one_line(value)?))));
    }
    if let Some(name) = channel.and_then(|channel| on_one_line(&channel.display_name)) {
        for alias in ["hotel_name", "business_name", "channel_name"] {
            known.entry(alias.to_owned()).or_insert_with(|| name.clone());
        }
    }
    known
}

/// People write line breaks and rows of spaces into their names, which no template takes. `None`: nothing is left.
fn on_one_line(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The same of a contact alone. `None`: there is none.
pub async fn of_contact(
    parts: &Parts,
    account: &AccountId,
    id: ContactId,
) -> Result<Option<BTreeMap<String, String>>, Trouble> {
    let keys = parts.keys(account).await?;
    let people = outlook::people_of(parts, account, &keys, id).await?;
    let channel = parts.store.channels(account).await?.into_iter().next();
    Ok((!people.is_empty()).then(|| known(&people, channel.as_ref())))
}
