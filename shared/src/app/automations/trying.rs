//! What rules would do, without doing it; and what people say of them in one conversation.

use super::{
    rulebook::rulebook,
    running::{Occasion, decision, note},
    scene::Scene,
};
use crate::{
    app::{Parts, Trouble},
    domain::{
        AccountId, ConversationId, EventId,
        automation::{Cause, Decision, Happened, Origin, Said},
        content::Content,
    },
};

/// What would come of something that did not happen.
#[derive(Debug)]
pub struct Tried(pub Decision);

/// Decides as if the customer wrote this now. `None`: there is no such conversation.
pub async fn tried(
    parts: &Parts,
    account: &AccountId,
    conversation: ConversationId,
    text: &str,
) -> Result<Option<Tried>, Trouble> {
    let book = rulebook(parts, account).await?;
    let Some(scene) = Scene::load(parts, &book, account, conversation).await? else { return Ok(None) };
    let now = parts.now();
    let mut said = Said::of(&Content::text(text));
    said.language = scene.language().map(str::to_owned);
    let cause = Cause {
        id: EventId::from_bits(parts.bits()),
        conversation: scene.group(),
        at: now,
        happened: Happened::Message {},
        by: Origin::Customer {},
    };
    let state = parts.store.automation_state(account, scene.group()).await?.value;
    let occasion = Occasion { said: Some(&said), ..Occasion::of(&cause) };
    Ok(Some(Tried(decision(&scene, &occasion, &state, now))))
}

/// Rules may take part again, whoever wrote last.
pub async fn resume(parts: &Parts, account: &AccountId, conversation: ConversationId) -> Result<(), Trouble> {
    let now = parts.now();
    note(parts, account, conversation, |state| {
        let mut state = state.clone();
        state.floor = state.floor.let_go(now);
        state
    })
    .await
}
