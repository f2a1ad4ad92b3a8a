//! Where an account's templates are approved: each account of a provider that a WhatsApp channel sends from, once.

use secrecy::SecretString;

use crate::{
    app::{Parts, Trouble},
    domain::{
        AccountId,
        channel::{Channel, Endpoint, Medium},
        template::Place,
    },
    ports::administration::Administered,
};

/// A place, with what is needed to talk with the provider about it.
#[derive(Debug)]
pub struct Reached {
    pub place: Place,
    channel: Channel,
    endpoint: Endpoint,
    credential: SecretString,
}

impl Reached {
    pub fn at(&self, now: crate::domain::Timestamp) -> Administered<'_> {
        Administered { channel: &self.channel, credential: &self.credential, endpoint: &self.endpoint, now }
    }
}

/// All places of an account, and those that cannot be reached, with why.
pub async fn of(parts: &Parts, account: &AccountId) -> Result<(Vec<Reached>, Vec<(Place, String)>), Trouble> {
    let mut reached: Vec<Reached> = Vec::new();
    let mut missing: Vec<(Place, String)> = Vec::new();
    for channel in parts.store.channels(account).await? {
        let place = channel.place();
        if channel.medium != Medium::WhatsApp || reached.iter().any(|known| known.place == place) {
            continue;
        }
        let endpoint = parts.store.endpoint(&channel.endpoint).await?.filter(|it| it.account == *account);
        let credential = parts.secrets.get(account, &channel.credentials).await?.into_iter().next();
        match (endpoint, credential) {
            (Some(endpoint), Some(credential)) => reached.push(Reached { place, channel, endpoint, credential }),
            (None, _) => missing.push((place, format!("the endpoint of channel {} does not exist", channel.id))),
            (_, None) => missing.push((place, format!("the secret {} is missing", channel.credentials))),
        }
    }
    missing.retain(|(place, _)| reached.iter().all(|known| known.place != *place));
    Ok((reached, missing))
}
