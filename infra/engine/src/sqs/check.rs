//! What a queue refuses.

use super::{LONGEST_VISIBILITY_SECONDS, Outgoing, QueueDefinition, QueueError};

/// Whether a queue takes a message.
pub fn message(definition: &QueueDefinition, message: &Outgoing<'_>) -> Result<(), QueueError> {
    if message.body.is_empty() {
        return Err(QueueError::MissingParameter("MessageBody"));
    }
    if message.body.len() > 1_048_576 {
        return Err(QueueError::InvalidParameter("one or more parameters are invalid: MessageBody is over 1 MiB"));
    }
    let fits = |text: &str| {
        (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b.is_ascii_punctuation())
    };
    if message.group.is_some_and(|group| !fits(group)) || message.deduplication_id.is_some_and(|id| !fits(id)) {
        return Err(QueueError::InvalidParameter("group and deduplication id are 1 to 128 letters, digits and marks"));
    }
    match (definition.is_fifo(), message.group, message.deduplication_id) {
        (true, None, _) => Err(QueueError::MissingParameter("MessageGroupId")),
        (true, _, None) => Err(QueueError::InvalidParameter(
            "the queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided",
        )),
        (true, _, _) if message.delay_seconds > 0 => {
            Err(QueueError::InvalidParameter("the parameter DelaySeconds is not valid for this queue type"))
        }
        (false, _, Some(_)) => {
            Err(QueueError::InvalidParameter("the parameter MessageDeduplicationId is not valid for this queue type"))
        }
        (false, _, None) if message.delay_seconds > 900 => {
            Err(QueueError::InvalidParameter("the parameter DelaySeconds must be between 0 and 900"))
        }
        (true | false, _, _) => Ok(()),
    }
}

/// Whether a message may stay invisible for so long.
pub fn visibility(seconds: u32) -> Result<u32, QueueError> {
    if seconds > LONGEST_VISIBILITY_SECONDS {
        return Err(QueueError::InvalidParameter("the parameter VisibilityTimeout must be between 0 and 43200"));
    }
    Ok(seconds)
}
