//! The plan for one message, from the facts as this round read them.

use super::{LOOK_BACK, Round};
use crate::{
    app::{Trouble, steps},
    domain::{
        Timestamp,
        answer::answers,
        conversation::Answered,
        ids::MessageKey,
        message::{Outbound, OutboundBody, Purpose},
        plan::{Facts, Plan, Wish, plan},
        reason::Reason,
        template::Template,
    },
};

impl Round<'_> {
    /// The provider said "closed" to this message. `react` writes that down, but the next plan may be faster. Answers
    /// whether the head had to learn of it.
    pub(super) async fn heeds_closed_window(&self, message: &Outbound) -> Result<bool, Trouble> {
        let known = self.outlook.family.merged().closed_for;
        if !message.met_a_closed_window() || message.planned_with <= known {
            return Ok(false);
        }
        let owner = self.outlook.family.newest().id;
        self.parts.store.close_window(self.account, owner, message.planned_with).await?;
        Ok(true)
    }

    pub(super) async fn plan(
        &self,
        message: &Outbound,
        body: &OutboundBody,
        template: Option<&Template>,
        now: Timestamp,
    ) -> Result<Plan, Trouble> {
        let wish = Wish {
            content: &body.content,
            purpose: &message.purpose,
            via: message.via,
            to: body.to.as_ref(),
            expires_at: message.expires_at,
        };
        let mut merged = self.outlook.family.merged();
        let mut reply_held = false;
        if let Purpose::WindowTemplate { last_in, .. } | Purpose::SmsInvite { last_in, .. } = message.purpose {
            reply_held = match message.purpose {
                // It is put once only: an answer that somebody has just changed counts as held.
                Purpose::SmsInvite { .. } => steps::reply_wants_them(self.parts, self.outlook, now).await?,
                _ => steps::reply_held(self.parts, self.outlook, now).await?,
            };
            // The head learns of an answer a moment after it went out; the messages know it at once.
            if !reply_held && let Some(last_in) = last_in {
                let sent = self.answered_since(last_in).await?;
                if sent.map(|sent| sent.last_in) > merged.answered.map(|known| known.last_in) {
                    merged.answered = sent;
                }
            }
        }
        if self.outlook.channel.is_none() {
            return Ok(Plan::Refuse { reason: Reason::ChannelGone });
        }
        let facts = Facts {
            doubt: self.parts.providers.doubt(now),
            quiet_until: self.outlook.quiet_until(now),
            ..self.outlook.facts(&merged, reply_held, template)
        };
        Ok(plan(&facts, &wish, now))
    }

    async fn answered_since(&self, last_in: Timestamp) -> Result<Option<Answered>, Trouble> {
        for head in self.outlook.family.heads() {
            let since = MessageKey::first_at(last_in - LOOK_BACK);
            let found = self.parts.store.outbound_from(self.account, head.id, since).await?;
            if let Some(answer) = found.iter().find(|other| answers(other) && other.planned_with >= Some(last_in)) {
                return Ok(Some(Answered { message: answer.id.key, last_in }));
            }
        }
        Ok(None)
    }
}
