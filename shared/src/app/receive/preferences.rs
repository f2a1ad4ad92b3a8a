//! What customers tell a provider about being written to.

use crate::{
    app::{Parts, Trouble, consents, people, publish},
    domain::{
        channel::Endpoint,
        consent::Evidence,
        event::Event,
        inbound::Preference,
        time::{ProviderTime, believe, from_millis},
    },
    seal::AccountKeys,
};

/// Records one, of whoever it is: it may not be lost because nobody has written to them yet.
pub(super) async fn take(
    parts: &Parts,
    endpoint: &Endpoint,
    keys: &AccountKeys,
    preference: Preference,
) -> Result<(), Trouble> {
    let account = &endpoint.account;
    let at = match believe(preference.at, parts.now()) {
        ProviderTime::Raw(at) => from_millis(at.as_millisecond()),
        ProviderTime::FirstSeen => {
            // Told again, it is the same wish, of the same time. Keyed, since it names the person.
            let said = serde_json::to_vec(&preference).map_err(|error| Trouble::Unexpected(error.into()))?;
            let fact = keys.fingerprint(&[endpoint.id.to_string().as_bytes(), &said].concat());
            parts.store.first_seen(account, &fact[..32], parts.now()).await?
        }
    };
    let from = &preference.from;
    // Whoever was erased since wishes nothing any more.
    let person = people::recognise_writer(parts, account, keys, from, None, None, at).await?;
    let Some(person) = person else { return Ok(()) };
    let evidence = Evidence::by_provider(preference.choice, preference.scope, &preference.source, at);
    consents::record(parts, account, keys, (person.contact, Some(&person.key)), &evidence).await?;
    publish::notice(parts, &Event::consent(account, person.contact, &evidence.wished)).await
}
