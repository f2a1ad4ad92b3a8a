//! What the customer's wishes and the account's caps say, looked at once more just before an attempt.

use super::{ComeAgain, Next, Round};
use crate::{
    app::{Trouble, consents::caps},
    domain::{
        consent::{CapRoom, Consent},
        content::Content,
        conversation::Head,
        message::Outbound,
        reason::Reason,
        template::Category,
    },
    ports::store::Verdict,
};

impl Round<'_> {
    /// What all contacts that are this person wish now, whatever was read before.
    pub(super) async fn consent(&self) -> Result<Consent, Trouble> {
        let mut consent = Consent::default();
        for known in &self.outlook.people {
            consent = consent.joined(self.parts.store.consent(self.account, known.contact.id).await?);
        }
        Ok(consent)
    }

    /// Takes the message's place under the account's cap, if it is under one. Without room it waits for it, or ends if there
    /// will be none in its time; answered is what comes next then.
    pub(super) async fn keep_under_cap(
        &mut self,
        message: &Outbound,
        owner: &Head,
        (content, category): (&Content, Option<Category>),
    ) -> Result<Option<Next>, ComeAgain> {
        let parts = self.parts;
        let what = (&message.purpose, content, category);
        let Some(cap) = caps::cap_for(parts, self.account, what).await? else { return Ok(None) };
        match caps::take(parts, self.account, self.outlook, &cap, message.id.key).await? {
            CapRoom::Had | CapRoom::Free => Ok(None),
            CapRoom::Full { until } if until < message.expires_at => {
                self.wait(message, owner, Reason::FrequencyCap, Some(until)).await.map(Some)
            }
            CapRoom::Full { .. } => self.judge(message, Verdict::Refused, Reason::FrequencyCap).await.map(Some),
        }
    }
}
