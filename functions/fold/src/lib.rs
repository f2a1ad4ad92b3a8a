//! The stream's second reader: keeps every message as it stands, every event, and what else happens to conversations, in the
//! archive.
#![forbid(unsafe_code)]

use aws_lambda_events::{
    event::dynamodb::{Event, EventRecord},
    event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use transom::{
    adapters::dynamodb::{change_in, line_of, score_in},
    app::{
        Parts, Trouble,
        archive::{
            changes::{self, Noted, NotedWhat},
            fold::{self, Piece, What},
        },
    },
    domain::{
        AccountId, MessageId,
        effects::Change,
        event::{Event as Happened, events},
        numbers::Score,
        time,
    },
    lambda::alone,
};

/// The function. Made once per process.
#[derive(Debug, Clone)]
pub struct Fold {
    parts: Parts,
}

impl Fold {
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }
}

/// Keeps a batch of changes. If it cannot, the whole batch comes again: what was written of it is written over.
pub async fn handle(it: &Fold, event: Event) -> DynamoDbEventResponse {
    let mut response = DynamoDbEventResponse::default();
    let first = event.records.first().and_then(|record| record.change.sequence_number.clone());
    let kept = alone(Box::pin(async {
        let pieces: Vec<Piece> = event.records.iter().flat_map(pieces_of).collect();
        fold::keep(&it.parts, &pieces).await
    }));
    match kept.await.unwrap_or_else(|defect| Err(Trouble::Unexpected(defect.into()))) {
        Ok(objects) => tracing::debug!(records = event.records.len(), objects, "kept a batch"),
        Err(trouble) => {
            tracing::error!(error = &trouble as &dyn std::error::Error, "a batch could not be kept and comes again");
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = first;
            response.batch_item_failures.push(failure);
        }
    }
    response
}

/// What of a record is kept. One that cannot be read is `react`'s to park; it holds nothing up here.
fn pieces_of(record: &EventRecord) -> Vec<Piece> {
    let images = &record.change;
    let read = change_in(&images.keys, &images.old_image, &images.new_image)
        .and_then(|change| Ok((change, score_in(&images.keys, &images.old_image, &images.new_image)?)));
    let (change, score) = match read {
        Ok(read) => read,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a change cannot be read and is not kept");
            return Vec::new();
        }
    };
    let sequence = images.sequence_number.clone().unwrap_or_default();
    let stored_at = time::from_millis(images.approximate_creation_date_time.timestamp_millis());
    let piece = |account: &AccountId, what: What| Piece {
        account: account.clone(),
        what,
        sequence: sequence.clone(),
        record: record.event_id.clone(),
        stored_at,
    };
    if let Some((account, conversation, score, at)) = score {
        // Whose the conversation is then is known by what else was noted of it.
        let score = Score { score: score.value(), team: None, by: None };
        let noted = Noted { conversation, at, what: NotedWhat::Score(score) };
        return vec![piece(&account, What::Noted(Box::new(noted)))];
    }
    let Some(change) = change else { return Vec::new() };
    let mut pieces: Vec<Piece> = events(&change, stored_at, &sequence)
        .into_iter()
        .map(|event: Happened| piece(&event.account.clone(), What::Event(Box::new(event))))
        .collect();
    if let Some((account, noted)) = changes::noted(&change, stored_at) {
        pieces.push(piece(&account, What::Noted(Box::new(noted))));
    }
    if let Some((account, id)) = message_of(&change) {
        match line_of(&images.new_image) {
            Ok(row) => pieces.push(piece(account, What::Message { id, row })),
            Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "a row has no form as a line"),
        }
    }
    pieces
}

fn message_of(change: &Change) -> Option<(&AccountId, MessageId)> {
    match change {
        Change::Inbound { new } => Some((&new.account, new.id)),
        Change::Outbound { new, .. } => Some((&new.account, new.id)),
        Change::Head { .. }
        | Change::Probe { .. }
        | Change::Job { .. }
        | Change::Disabled { .. }
        | Change::Work { .. }
        | Change::Request { .. }
        | Change::Free { .. }
        | Change::Notice { .. } => None,
    }
}
