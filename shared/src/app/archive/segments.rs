//! Reading the history back, an hour at a time: never more of it in memory than a part of an hour.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};

use super::{
    fold::MessageLine,
    lines,
    names::{self, Class, Hour},
};
use crate::{
    app::{Parts, Trouble},
    domain::{AccountId, EventId, MessageId, event::Event, job::Day, message::Message},
    ports::{
        StoreError,
        objects::{Listed, list_all},
    },
};

/// Objects that are fetched ahead.
const AHEAD: usize = 4;
/// An hour with more than this, compressed, is read in slices of its time, each by itself.
const SLICE_BYTES: u64 = 4 * 1024 * 1024;

/// The objects of an hour, and in how many slices its messages are read.
#[derive(Debug)]
pub struct HourOfMessages {
    pub hour: Hour,
    objects: Vec<Listed>,
    pub slices: i64,
}

/// Looks at what there is of an hour; `None`: nothing.
pub async fn hour(parts: &Parts, account: &AccountId, hour: Hour) -> Result<Option<HourOfMessages>, Trouble> {
    let objects = list_all(&*parts.objects, &names::hour(Class::Messages, account, hour)).await?;
    Ok((!objects.is_empty()).then(|| HourOfMessages::of(hour, objects)))
}

/// Looks at what there is of a day, hour by hour, by one list of names.
pub async fn day(parts: &Parts, account: &AccountId, day: Day) -> Result<Vec<HourOfMessages>, Trouble> {
    let mut hours: BTreeMap<Hour, Vec<Listed>> = BTreeMap::new();
    for object in list_all(&*parts.objects, &names::day(Class::Messages, account, day)).await? {
        if let Some(hour) = names::hour_in(&object.name) {
            hours.entry(hour).or_default().push(object);
        }
    }
    Ok(hours.into_iter().map(|(hour, objects)| HourOfMessages::of(hour, objects)).collect())
}

/// A message as it stood last, by the history.
#[derive(Debug)]
struct Newest {
    seq: String,
    row: Box<str>,
}

impl HourOfMessages {
    fn of(hour: Hour, objects: Vec<Listed>) -> Self {
        let bytes: u64 = objects.iter().map(|object| object.bytes).sum();
        let slices = i64::try_from(bytes / SLICE_BYTES + 1).unwrap_or(i64::MAX);
        Self { hour, objects, slices }
    }

    /// Hands each message of one slice to `each`, in the order of their keys, as it stood last.
    pub async fn messages(
        &self,
        parts: &Parts,
        slice: i64,
        mut each: impl FnMut(Message) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let mut newest: BTreeMap<MessageId, Newest> = BTreeMap::new();
        let mut objects = fetched(parts, &self.objects);
        while let Some((name, bytes)) = objects.try_next().await? {
            lines::unpack(&name, &bytes, |text| {
                let line: MessageLine<'_> = serde_json::from_str(text)
                    .map_err(|error| StoreError::BadRow { key: name.clone(), why: error.to_string() })?;
                if self.slice_of(line.id) != slice {
                    return Ok(());
                }
                // The same change may be in several objects, and the changes of a message in any number of them.
                let known = newest.get(&line.id);
                if known.is_none_or(|known| known.seq < line.seq) {
                    newest.insert(line.id, Newest { seq: line.seq, row: line.row.get().into() });
                }
                Ok(())
            })?;
        }
        drop(objects);
        let mut in_order: Vec<_> = newest.into_iter().collect();
        in_order.sort_by_key(|(id, _)| (id.key, id.conversation));
        for (_, Newest { row, .. }) in in_order {
            each(parts.store.message_of(&row)?)?;
        }
        Ok(())
    }

    fn slice_of(&self, id: MessageId) -> i64 {
        let into = (id.key.at().as_millisecond() - self.hour.begins_at().as_millisecond()).clamp(0, Hour::MILLIS - 1);
        into * self.slices / Hour::MILLIS
    }
}

/// The events of an hour, each once, by their times.
pub async fn events(parts: &Parts, account: &AccountId, hour: Hour) -> Result<Vec<Event>, Trouble> {
    let objects = list_all(&*parts.objects, &names::hour(Class::Events, account, hour)).await?;
    let mut found: BTreeMap<EventId, Event> = BTreeMap::new();
    let mut objects = fetched(parts, &objects);
    while let Some((name, bytes)) = objects.try_next().await? {
        lines::unpack(&name, &bytes, |text| {
            let event: Event = serde_json::from_str(text)
                .map_err(|error| StoreError::BadRow { key: name.clone(), why: error.to_string() })?;
            found.entry(event.id).or_insert(event);
            Ok(())
        })?;
    }
    drop(objects);
    let mut events: Vec<_> = found.into_values().collect();
    events.sort_by(|a, b| (a.at, &a.sequence).cmp(&(b.at, &b.sequence)));
    Ok(events)
}

/// Objects one after another, a few of them fetched ahead. One that was removed meanwhile is left out.
pub(super) fn fetched<'a>(
    parts: &'a Parts,
    objects: &'a [Listed],
) -> impl futures::Stream<Item = Result<(String, Vec<u8>), Trouble>> + Unpin + 'a {
    let names: Vec<String> = objects.iter().map(|object| object.name.clone()).collect();
    let fetch = move |name: String| async move {
        let bytes = parts.objects.get(&name).await?;
        Ok::<_, Trouble>(bytes.map(|bytes| (name, bytes)))
    };
    Box::pin(
        stream::iter(names.into_iter().map(fetch)).buffered(AHEAD).try_filter_map(|found| async move { Ok(found) }),
    )
}
