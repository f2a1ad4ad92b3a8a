//! From the stream into the archive: every message as it stood, every event, and what else happened to conversations. A batch that comes again writes what it
//! wrote before; who reads takes the newest of each.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    changes::{ChangeLine, Noted},
    lines,
    names::{self, Class, Hour},
};
use crate::{
    app::{Parts, Trouble},
    domain::{AccountId, EventId, MessageId, Timestamp, event::Event},
    ports::BoxError,
};

/// So many objects are written at once.
const AT_ONCE: usize = 8;

/// Something of a change that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub account: AccountId,
    pub what: What,
    /// The stream's number of the change, and its name of the record.
    pub sequence: String,
    pub record: String,
    pub stored_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A message's row, as a line of JSON.
    Message {
        id: MessageId,
        row: String,
    },
    Event(Box<Event>),
    Noted(Box<Noted>),
}

/// A line about a message.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MessageLine<'a> {
    /// The version of this form.
    pub v: u8,
    pub id: MessageId,
    /// The stream's number, to a width at which it compares as text.
    pub seq: String,
    /// When it was stored, by the stream.
    pub at: Timestamp,
    /// The row in DynamoDB's JSON. Attributes: `adapters/dynamodb/rows/message.rs`.
    #[serde(borrow)]
    pub row: &'a RawValue,
}

/// What tells pieces of one kind apart within a batch: of a message the newest is enough.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Message(MessageId),
    Event(EventId),
    /// Each is one of its own: it is told by its place in the batch.
    Noted(usize),
}

type Place = (Class, AccountId, Hour);

/// Keeps the pieces of one batch, in the order of the stream. Answers how many objects were written.
pub async fn keep(parts: &Parts, pieces: &[Piece]) -> Result<usize, Trouble> {
    let mut places: BTreeMap<Place, BTreeMap<Subject, &Piece>> = BTreeMap::new();
    for (index, piece) in pieces.iter().enumerate() {
        let (class, at, subject) = match &piece.what {
            What::Message { id, .. } => (Class::Messages, id.key.at(), Subject::Message(*id)),
            What::Event(event) => (Class::Events, event.at, Subject::Event(event.id)),
            What::Noted(noted) => (Class::Changes, noted.at, Subject::Noted(index)),
        };
        places.entry((class, piece.account.clone(), Hour::of(at))).or_default().insert(subject, piece);
    }
    let mut objects = Vec::with_capacity(places.len());
    for ((class, account, hour), kept) in places {
        let mut kept: Vec<&Piece> = kept.into_values().collect();
        kept.sort_by(|a, b| (a.sequence.len(), &a.sequence).cmp(&(b.sequence.len(), &b.sequence)));
        let (Some(first), Some(last)) = (kept.first(), kept.last()) else { continue };
        let name = names::segment(class, &account, hour, (&first.sequence, &last.sequence), &first.record);
        let mut written = Vec::with_capacity(kept.len());
        for piece in &kept {
            written.push(line(piece).map_err(Trouble::Unexpected)?);
        }
        objects.push((name, lines::pack(written.iter().map(String::as_str))));
    }
    let count = objects.len();
    let put = |(name, bytes): (String, Vec<u8>)| async move { parts.objects.put(&name, bytes).await };
    stream::iter(objects.into_iter().map(put)).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
    Ok(count)
}

/// The stream's number, to a width at which it compares as text.
fn sequence(piece: &Piece) -> String {
    format!("{:0>40}", piece.sequence)
}

fn line(piece: &Piece) -> Result<String, BoxError> {
    Ok(match &piece.what {
        What::Message { id, row } => {
            let row: &RawValue = serde_json::from_str(row)?;
            serde_json::to_string(&MessageLine { v: 1, id: *id, seq: sequence(piece), at: piece.stored_at, row })?
        }
        What::Event(event) => serde_json::to_string(event)?,
        What::Noted(noted) => {
            let Noted { conversation, at, what } = &**noted;
            let seq = sequence(piece);
            serde_json::to_string(&ChangeLine { v: 1, conversation: *conversation, seq, at: *at, what: what.clone() })?
        }
    })
}
