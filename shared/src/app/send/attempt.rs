//! One attempt of a message, from the gate to the outcome that is written down.

use super::{ComeAgain, Next, Round};
use crate::{
    app::{
        Trouble, costs,
        gate::{self, Asked, Pass},
        unsent::left_before,
    },
    defects::{Defect, planted},
    domain::{
        channel::{Channel, Medium},
        circuit::Sign,
        contact::Address,
        content::Content,
        conversation::Head,
        effects::waits_for_customer,
        ids::CallbackData,
        message::{Outbound, OutboundBody, Purpose, Way},
        outcome::{FailureKind, Outcome},
        pace,
        plan::may_go,
        reason::Reason,
        sending::{Answer, CALL_BEGINS_WITHIN, CLAIM_LASTS, UNKNOWN_SETTLES_WITHIN},
        template::Template,
    },
    ports::{
        Outgoing, SendOrder,
        store::{Claim, Step, Verdict},
    },
    seal::Sealed,
    telemetry,
};

impl Round<'_> {
    /// Makes one attempt: consent once more, the claim, the call, the outcome.
    pub(super) async fn attempt(
        &mut self,
        message: &Outbound,
        owner: &Head,
        body: &OutboundBody,
        template: Option<&Template>,
        (way, reason, to): (Way, Reason, &Address),
    ) -> Result<Next, ComeAgain> {
        let parts = self.parts;
        let channel = match gate::channel_for(parts, self.account, self.outlook.channel.as_ref(), way).await? {
            Ok(channel) => channel,
            Err(reason) => return self.judge(message, Verdict::Refused, reason).await,
        };
        let what = match (&body.content, template) {
            (Content::Text { body }, _) => Outgoing::Text(body),
            (Content::Template(content), Some(template)) => Outgoing::Template { template, content },
            _ => return self.judge(message, Verdict::Refused, Reason::TemplateUnknown).await,
        };
        if way != Way::Sms
            && let Some(at) = pace::next_allowed(&left_before(self.messages), parts.now())
        {
            return Err(ComeAgain::at(at, parts.now()));
        }
        let category = template.map(|template| self.outlook.category_of(template));
        if let Some(step) = self.keep_under_cap(message, owner, (&body.content, category)).await? {
            return Ok(step);
        }
        let pass = match self.ask(&channel, message).await? {
            Asked::Go(pass) => pass,
            Asked::Wait { reason, until } => return self.wait(message, owner, reason, Some(until)).await,
        };
        // Everything that can fail without a trace is done before the claim.
        let secrets = parts.secrets.get(self.account, &channel.credentials).await.map_err(Trouble::from)?;
        let endpoint =
            parts.store.endpoint(&channel.endpoint).await?.filter(|endpoint| endpoint.account == *self.account);
        let (Some(credential), Some(endpoint)) = (secrets.first(), endpoint) else {
            tracing::error!(account.id = %self.account, channel.id = %channel.id, "the channel has no usable credentials or endpoint");
            gate::report(parts, self.account, &pass, Sign::Refused).await?;
            return Ok(Next::Reread);
        };
        let consent = self.consent().await?;
        let medium = if way == Way::Sms { Medium::Sms } else { Medium::WhatsApp };
        if let Err(reason) = may_go(&consent, (&message.purpose, &body.content, category), medium) {
            gate::report(parts, self.account, &pass, Sign::Nothing).await?;
            return self.judge(message, Verdict::Refused, reason).await;
        }

        // Whoever stood still since the facts were read (a slow store, a frozen environment) plans by facts of long ago.
        let now = parts.now();
        if now >= self.read_at + CALL_BEGINS_WITHIN && !planted(Defect::LateCallsGoOut) {
            gate::report(parts, self.account, &pass, Sign::Nothing).await?;
            return Ok(Next::Reread);
        }
        let claim = Claim {
            attempt: message.attempt + 1,
            at: now,
            until: now + CLAIM_LASTS,
            way,
            reason,
            planned_with: self.outlook.family.merged().window().last_in,
            consent,
            quote: costs::quote(parts, self.outlook, (way, to), &body.content, template, now).await,
            epoch: parts.mode.epoch,
        };
        let late = planted(Defect::ClaimAfterSending);
        if !late && parts.store.claim(message, &claim).await? == Step::Lost {
            gate::report(parts, self.account, &pass, Sign::Nothing).await?;
            return Ok(Next::Reread);
        }
        // The same since the claim, and it may have been judged already. Nothing has left yet.
        if parts.now() >= claim.at + CALL_BEGINS_WITHIN && !planted(Defect::LateCallsGoOut) {
            parts.store.release(message, claim.attempt, reason, parts.now()).await?;
            gate::report(parts, self.account, &pass, Sign::Nothing).await?;
            return Ok(Next::Reread);
        }
        let callback = CallbackData { account: self.account.clone(), message: message.id, attempt: claim.attempt };
        let order = SendOrder {
            channel: &channel,
            credential,
            to,
            what,
            callback: &callback,
            report_to: &endpoint.public_url,
            trace: self.trace.or(message.trace),
        };
        let called_at = parts.clock.now();
        let outcome = parts.providers.get(channel.provider).send(&order).await;
        telemetry::sent(&channel.id, outcome.word(), called_at, parts.clock.now());
        if matches!(outcome, Outcome::Accepted { .. }) {
            saved_from_closed_window(message, way);
        }
        tracing::info!(
            account.id = %self.account,
            channel.id = %channel.id,
            message.id = %message.id,
            attempt = claim.attempt,
            outcome = outcome.word(),
            trace.id = order.trace.map(tracing::field::display),
            "made an attempt"
        );
        if late && parts.store.claim(message, &claim).await? == Step::Lost {
            return Ok(Next::Reread);
        }
        self.record(message, claim.attempt, outcome, &pass).await
    }

    /// Asks the channel's gate, once a round if it is shut.
    async fn ask(&mut self, channel: &Channel, message: &Outbound) -> Result<Asked, Trouble> {
        if let Some((_, reason, until)) = self.shut.iter().find(|(id, ..)| *id == channel.id) {
            return Ok(Asked::Wait { reason: *reason, until: *until });
        }
        let age = self.parts.now().duration_since(message.accepted_at);
        let asked = gate::ask(self.parts, self.account, channel, message.id.conversation, age).await?;
        if let Asked::Wait { reason, until } = &asked {
            self.shut.push((channel.id.clone(), *reason, *until));
        }
        Ok(asked)
    }

    async fn record(&self, message: &Outbound, attempt: u32, outcome: Outcome, pass: &Pass) -> Result<Next, ComeAgain> {
        let parts = self.parts;
        let now = parts.now();
        let sign = gate::sign_of(&outcome, now);
        let (answer, provider_id) = match outcome {
            Outcome::Accepted { provider_id } => (Answer::Accepted, provider_id),
            Outcome::Refused(failure) => {
                if failure.kind == FailureKind::Template {
                    tracing::warn!(account.id = %self.account, message.id = %message.id, failure.code, "the provider refused its template");
                    telemetry::template_failed();
                }
                (Answer::Refused(failure), None)
            }
            Outcome::WindowClosed(failure) => (Answer::WindowClosed(failure), None),
            Outcome::Unknown { why } => {
                tracing::warn!(account.id = %self.account, message.id = %message.id, why, "the outcome of a call is unknown");
                let answer = if planted(Defect::UnknownIsAccepted) { Answer::Accepted } else { Answer::Unknown };
                (answer, None)
            }
            Outcome::NotSent { failure, retry_after } => {
                tracing::info!(account.id = %self.account, message.id = %message.id, failure.code, "not sent, and tried again later");
                let reason = match failure.kind {
                    FailureKind::PairLimit => Reason::PairLimit,
                    _ => Reason::ProviderNotReady,
                };
                parts.store.release(message, attempt, reason, now).await?;
                if gate::report(parts, self.account, pass, sign).await? {
                    return Ok(Next::Reread); // It waits for its channel.
                }
                return Err(ComeAgain::at(now + retry_after.max(pace::patience_after(attempt)), now));
            }
        };
        let key = self.outlook.family.head(message.id.conversation).and_then(|head| self.outlook.key_of(head));
        let sealed = match (provider_id, key) {
            (Some(id), Some(key)) => Some(Sealed::new(&id, key, parts.nonce())),
            (Some(_) | None, _) => None,
        };
        let unknown_until = now + UNKNOWN_SETTLES_WITHIN;
        parts.store.settle(message, attempt, &answer, sealed.as_ref(), now, unknown_until).await?;
        gate::report(parts, self.account, pass, sign).await?;
        Ok(Next::Reread)
    }
}

/// Counts what reached the customer although the window was closed when it was wanted.
fn saved_from_closed_window(message: &Outbound, way: Way) {
    match (&message.purpose, way) {
        (Purpose::WindowTemplate { .. }, _) => telemetry::window_save("template"),
        (Purpose::SmsInvite { .. }, _) => telemetry::window_save("sms"),
        (Purpose::Reply, Way::FreeForm) if message.reason.is_some_and(waits_for_customer) => {
            telemetry::window_save("held");
        }
        (
            Purpose::Reply
            | Purpose::HoldingMessage { .. }
            | Purpose::ConsentConfirmation { .. }
            | Purpose::AutoReply { .. }
            | Purpose::AutoTemplate { .. }
            | Purpose::OptInAsk { .. },
            _,
        ) => {}
    }
}
