//! Lists of conversations are kept true: each place of a conversation is where its head and its work say.
//!
//! Whoever handles a change of either reads both as they are now, writes each place that differs on condition that it is as
//! it was read, and looks once more after a write: what is read then is no older than what was written. So the last who wrote
//! wrote the truth, or a change came later, and whoever handles that one looks again; however late or often records come.

use std::collections::BTreeSet;

use super::{Parts, Trouble, outlook};
use crate::{
    domain::{AccountId, ConversationId, inbox::places},
    ports::store::Filed,
};

/// So often a conversation is looked at anew because somebody else filed it; then the change comes again.
const TRIES: usize = 8;

/// Files a conversation, and those of the same person on the same channel.
pub async fn file(parts: &Parts, account: &AccountId, id: ConversationId) -> Result<(), Trouble> {
    for _ in 0..TRIES {
        if file_once(parts, account, id).await? {
            return Ok(());
        }
    }
    Err(Trouble::Unexpected("a conversation moved too often to be filed".into()))
}

/// Whether all stood where it belongs.
async fn file_once(parts: &Parts, account: &AccountId, id: ConversationId) -> Result<bool, Trouble> {
    let mut stands = true;
    let (mut seen, mut ahead) = (BTreeSet::from([id]), vec![id]);
    while let Some(next) = ahead.pop() {
        let filings = parts.store.filings(account, next).await?;
        // Read after its places.
        let Some(family) = outlook::family(parts, account, next).await? else { continue };
        // A person shows once, by the newest facts of all heads.
        let speaks = family.survivor.id == next;
        let wanted = if speaks { places(&family.merged(), &filings.work) } else { Vec::new() };
        match parts.store.file(account, &filings, &wanted).await? {
            Filed::Stands => {}
            Filed::Moved | Filed::Lost => stands = false,
        }
        ahead.extend(family.heads().map(|head| head.id).filter(|other| seen.insert(*other)));
    }
    Ok(stands)
}
