//! What the ladder will do if an answer is held, said before it is.

use super::{
    MOST_TAKEN_BACK, circumstances, invitation, ladder_for, language_for, was_taken_back, window_template_key,
    with_costs,
};
use crate::{
    app::{Parts, Trouble, outlook::Outlook, people::joint_consent},
    domain::{
        MessageId, Timestamp,
        channel::{Channel, Medium},
        consent::ConsentPurpose,
        content::Content,
        cost::Cost,
        ladder::{Action, Ladder, Step},
        message::{Via, Way},
        template::Status,
    },
};

/// What the ladder will send a customer for whom an answer is held.
#[derive(Debug, Clone)]
pub struct Following {
    /// The step's name.
    pub step: String,
    pub way: Way,
    /// When it is due: an answer that comes shortly before a window's end waits for that.
    pub at: Timestamp,
    pub cost: Cost,
}

/// What follows if an answer is held now; `None`: nothing goes out until the customer writes.
pub async fn following(
    parts: &Parts,
    outlook: &Outlook,
    answer: (&Content, Via),
    now: Timestamp,
) -> Result<Option<Following>, Trouble> {
    let merged = outlook.family.merged();
    let ladder = ladder_for(parts, &merged.account, &merged.channel).await?;
    let window = merged.window();
    let at = match window.fallback_from() {
        Some(from) if !window.closed_by_provider() => from.max(now),
        Some(_) | None => now,
    };
    let first = match step_following(parts, outlook, &ladder, answer, ladder.answer_held(), at).await? {
        // One that cannot go fails at once, and the steps for that are taken.
        Some((Step { action: Action::SendTemplate { template, .. }, .. }, _))
            if !is_sendable(parts, outlook, &ladder, template).await? =>
        {
            step_following(parts, outlook, &ladder, answer, ladder.template_failed(), at).await?
        }
        first => first,
    };
    let Some((step, cost)) = first else { return Ok(None) };
    let way = match step.action {
        Action::SendTemplate { .. } => Way::Template,
        Action::SmsInvite { .. } | Action::SmsContent {} => Way::Sms,
        Action::HoldingMessage { .. }
        | Action::Remind {}
        | Action::Notify { .. }
        | Action::Hold {}
        | Action::GiveUp { .. } => return Ok(None),
    };
    if was_sent_before(parts, outlook, &step.action).await?
        || way == Way::Template && fallback_comes_before(parts, outlook, &ladder, now).await?
    {
        return Ok(None);
    }
    // What is held goes whenever it is let go; what the ladder writes by itself lets the customer sleep.
    let at = match step.action {
        Action::SmsContent {} => at,
        _ => outlook.quiet_until(at).map_or(at, |until| until.max(at)),
    };
    Ok(Some(Following { step: step.name.clone(), way, at, cost }))
}

/// Whether the window's one template will have gone out before an answer that is written at `then`, some time from now.
async fn fallback_comes_before(
    parts: &Parts,
    outlook: &Outlook,
    ladder: &Ladder,
    then: Timestamp,
) -> Result<bool, Trouble> {
    let merged = outlook.family.merged();
    let Some(from) = merged.window().fallback_from().filter(|from| parts.now() < *from && *from < then) else {
        return Ok(false);
    };
    let costed = with_costs(parts, outlook, ladder, ladder.at_end(), None, from).await?;
    let sends = ladder.taking(costed, &circumstances(outlook, None, from)).sends;
    Ok(merged.customer_waits() && matches!(sends, Some(Step { action: Action::SendTemplate { .. }, .. })))
}

/// Whether the template could go to this customer, in the language that they would get.
async fn is_sendable(parts: &Parts, outlook: &Outlook, ladder: &Ladder, template: &str) -> Result<bool, Trouble> {
    let head = outlook.family.newest();
    let channel = outlook.channel.as_ref();
    let languages = parts.store.templates(&head.account, Some(template)).await?;
    let language = language_for(&outlook.people, channel, &languages, &ladder.default_language);
    let chosen = languages.iter().find(|it| it.language == language).zip(channel.map(Channel::place));
    let consent = joint_consent(&outlook.people);
    Ok(chosen.is_some_and(|(chosen, place)| {
        let purpose = ConsentPurpose::of(chosen.category(&place));
        chosen.status(&place) == Status::Approved && consent.may(purpose, Medium::WhatsApp).is_ok()
    }))
}

/// Which of these steps would send the customer something, and what that is expected to cost.
async fn step_following<'a>(
    parts: &Parts,
    outlook: &Outlook,
    ladder: &Ladder,
    answer: (&Content, Via),
    steps: impl Iterator<Item = &'a Step>,
    at: Timestamp,
) -> Result<Option<(&'a Step, Cost)>, Trouble> {
    let costed = with_costs(parts, outlook, ladder, steps, Some(answer), at).await?;
    let sends = ladder.taking(costed.clone(), &circumstances(outlook, None, at)).sends;
    let found = costed.into_iter().find(|(step, _)| sends.is_some_and(|sends| sends.name == step.name));
    Ok(found.map(|(step, cost)| (step, cost.unwrap_or_else(Cost::unpriced))))
}

/// Whether what this step sends once for a window is there already.
async fn was_sent_before(parts: &Parts, outlook: &Outlook, action: &Action) -> Result<bool, Trouble> {
    let head = outlook.family.newest();
    let last_in = outlook.family.merged().window().last_in;
    match action {
        Action::SendTemplate { .. } => {
            for taken_back in 0..MOST_TAKEN_BACK {
                let id = MessageId { conversation: head.id, key: window_template_key(head, last_in, taken_back) };
                if parts.store.message(&head.account, id).await?.is_none() {
                    return Ok(false);
                }
                if !was_taken_back(parts, head, id).await? {
                    return Ok(true);
                }
            }
            Ok(true)
        }
        Action::SmsInvite { .. } => {
            for taken_back in 0..MOST_TAKEN_BACK {
                let (id, _) = invitation(outlook, None, taken_back);
                if parts.store.message(&head.account, id).await?.is_none() {
                    return Ok(false);
                }
                if !was_taken_back(parts, head, id).await? {
                    return Ok(true);
                }
            }
            Ok(true)
        }
        _ => Ok(false),
    }
}
