//! From the images of the stream to what happened: for everybody who reads it.

use serde_dynamo::Item;

use super::rows::{Change as RowChange, Row, read_change};
use crate::{
    domain::{effects::Change, work::Said},
    ports::{StoreError, store::AtWork},
};

/// What a record of the stream says that something may follow from. An image that is not there is empty.
///
/// # Errors
/// [`StoreError::BadRow`] with the key, if this version cannot read the row.
pub fn change_in(keys: &Item, old: &Item, new: &Item) -> Result<Option<Change>, StoreError> {
    Ok(match read_change(keys, old, new)? {
        RowChange { old: Some(Row::Head(old)), new: Some(Row::Head(new)), .. } => {
            Some(Change::Head { old: Some(old), new })
        }
        RowChange { old: None, new: Some(Row::Head(new)), .. } => Some(Change::Head { old: None, new }),
        RowChange { old: None, new: Some(Row::Inbound(new)), .. } => Some(Change::Inbound { new }),
        RowChange { old: Some(Row::Outbound(old)), new: Some(Row::Outbound(new)), .. } => {
            Some(Change::Outbound { old: Some(old), new })
        }
        RowChange { old: None, new: Some(Row::Outbound(new)), .. } => Some(Change::Outbound { old: None, new }),
        RowChange { old: None, new: Some(Row::Probe(id)), .. } => Some(Change::Probe { id }),
        RowChange { old: None, new: Some(Row::Job { account, id }), .. } => Some(Change::Job { account, id }),
        RowChange { old: None, new: Some(Row::Notice(event)), .. } => Some(Change::Notice { event }),
        RowChange { old, new: Some(Row::Work { account, work: new }), .. } => {
            let old = match old {
                Some(Row::Work { work, .. }) => Some(work),
                Some(_) | None => None,
            };
            // Most writes of this row only file the conversation anew.
            let rev = old.as_ref().map_or(0, |old| old.rev);
            (new.rev != rev).then_some(Change::Work { account, old, new })
        }
        RowChange { old, new: Some(Row::Request { account, request: new }), .. } => {
            let old = match old {
                Some(Row::Request { request, .. }) => Some(request),
                Some(_) | None => None,
            };
            Some(Change::Request { account, old, new })
        }
        RowChange { old, new: Some(Row::AtWork { account, staff, at_work: new }), .. } => {
            let old = match old {
                Some(Row::AtWork { at_work, .. }) => Some(at_work),
                Some(_) | None => None,
            };
            let gave_back = old.as_ref().is_some_and(|old| old.slots.len() > new.slots.len());
            let said = |at_work: &AtWork| at_work.presence.map(|presence| presence.said);
            let came = said(&new) == Some(Said::Online) && old.as_deref().and_then(said) != Some(Said::Online);
            (gave_back || came).then_some(Change::Free { account, staff })
        }
        RowChange {
            old: Some(Row::Subscription { given_up: None, .. }),
            new: Some(Row::Subscription { account, id, given_up: Some(why) }),
            ..
        } => Some(Change::Disabled { account, subscription: id, why }),
        // Deletions cause nothing: what is deleted is timers that fired and rows past their use.
        RowChange { .. } => None,
    })
}
