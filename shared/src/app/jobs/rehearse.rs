//! Rehearsing a ladder over a stretch that is too long for a call. First what matters of each message is noted, an hour at a
//! time, in parts that a conversation is in one of; then the parts are gone through, one in memory at a time.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Stepped, noted, progress_of};
use crate::{
    app::{
        Parts, Trouble,
        archive::{
            names::Hour,
            outputs::{self, Outputs},
        },
        deadline::Deadline,
        rehearsal::{
            self, Sums,
            history::{self, Note},
        },
    },
    domain::{
        Timestamp,
        job::{Day, Job},
        rehearsal::{Comparison, RehearsalOrder},
    },
    ports::StoreError,
};

/// A conversation is in one of so many.
const PARTS: u128 = 16;

/// Where a rehearsal stands. The names of what people are not shown are listed where jobs are shown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Rehearsing {
    /// The hour that is noted next.
    hour: Option<Timestamp>,
    stage: Stage,
    /// The part that is counted or gone through next.
    part: u32,
    sums: Sums,
    hours_done: u64,
    hours_of: u64,
    conversations_done: u64,
    /// Known once all hours are noted.
    conversations_of: u64,
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    report: Option<Comparison>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    #[default]
    Noting,
    Counting,
    Going,
}

pub(super) async fn step(
    parts: &Parts,
    job: &Job,
    order: &RehearsalOrder,
    deadline: Deadline,
) -> Result<Stepped, Trouble> {
    let mut it: Rehearsing = progress_of(job)?;
    let keys = parts.keys(&job.account).await?;
    let outputs = Outputs { parts, account: &job.account, job: job.id, key: keys.own() };
    if it.stage == Stage::Noting {
        return note_hours(parts, job, order, (&outputs, deadline), it).await;
    }
    let settings = rehearsal::settings_of(parts, &job.account, order).await?;
    let names = outputs::files(parts, &job.account, job.id).await?;
    let mut begun = false;
    while u128::from(it.part) < PARTS {
        if begun && deadline.passed() {
            return Ok(Stepped::More { progress: noted(&it), pause: 0 });
        }
        begun = true;
        let notes = read_part(&outputs, &names, it.part).await?;
        let count = notes.iter().map(|note| note.id.conversation).collect::<BTreeSet<_>>().len() as u64;
        if it.stage == Stage::Counting {
            it.conversations_of += count;
        } else {
            rehearsal::go_through(parts, &job.account, (order, &settings), notes, &mut it.sums, None).await?;
            it.conversations_done += count;
        }
        it.part += 1;
        if it.stage == Stage::Counting && u128::from(it.part) == PARTS {
            (it.stage, it.part) = (Stage::Going, 0);
        }
    }
    outputs::remove(parts, &job.account, job.id).await?;
    it.report = Some(it.sums.compared(order));
    it.sums = Sums::default();
    Ok(Stepped::Done(noted(&it)))
}

async fn note_hours(
    parts: &Parts,
    job: &Job,
    order: &RehearsalOrder,
    (outputs, deadline): (&Outputs<'_>, Deadline),
    mut it: Rehearsing,
) -> Result<Stepped, Trouble> {
    let hours = || rehearsal::days_of(order).flat_map(|day| rehearsal::hours_of(order, day));
    it.hours_of = hours().count() as u64;
    let mut known: Option<(Day, bool)> = None;
    let from = it.hour.map(Hour::of);
    for hour in hours().filter(|hour| from.is_none_or(|from| *hour >= from)) {
        if deadline.passed() && it.hour != from.map(Hour::begins_at) {
            return Ok(Stepped::More { progress: noted(&it), pause: 0 });
        }
        let day = Day::of(hour.begins_at());
        if known.is_none_or(|(known, _)| known != day) {
            known = Some((day, rehearsal::has_history(parts, &job.account, day).await?));
        }
        if known.is_some_and(|(_, has_history)| has_history) {
            note_hour(parts, job, order, outputs, hour).await?;
        }
        it.hours_done += 1;
        it.hour = Some(hour.next().begins_at());
    }
    it.stage = Stage::Counting;
    Ok(Stepped::More { progress: noted(&it), pause: 0 })
}

/// One file a part and hour, so that whoever does it again writes the same.
async fn note_hour(
    parts: &Parts,
    job: &Job,
    order: &RehearsalOrder,
    outputs: &Outputs<'_>,
    hour: Hour,
) -> Result<(), Trouble> {
    let mut texts = vec![String::new(); usize::try_from(PARTS).unwrap_or_default()];
    history::read(parts, &job.account, order, hour, |note| {
        let part = usize::try_from(note.id.conversation.bits() % PARTS).unwrap_or_default();
        texts[part] += &serde_json::to_string(&note).expect("a note has a JSON form");
        texts[part].push('\n');
    })
    .await?;
    for (part, text) in texts.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
        outputs.put(&format!("{}{}", prefix(part), hour.begins_at().as_second()), text).await?;
    }
    Ok(())
}

fn prefix(part: usize) -> String {
    format!("notes-{part:02}-")
}

async fn read_part(outputs: &Outputs<'_>, names: &[String], part: u32) -> Result<Vec<Note>, Trouble> {
    let prefix = prefix(usize::try_from(part).unwrap_or_default());
    let mut notes = Vec::new();
    for name in names.iter().filter(|name| name.starts_with(&prefix)) {
        let Some(text) = outputs.get(name).await? else { continue };
        for line in text.lines() {
            let note = serde_json::from_str(line)
                .map_err(|error| StoreError::BadRow { key: name.clone(), why: error.to_string() })?;
            notes.push(note);
        }
    }
    Ok(notes)
}
