//! What else happens to a conversation than messages, as lines of the archive: who has it, that it ended, what its customer
//! thinks of it. They lie beside the messages of their hour, in objects of their own, so that whoever reads those need not know.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use serde::{Deserialize, Serialize};

use super::{
    lines,
    names::{self, Class, Hour},
    segments::fetched,
};
use crate::{
    app::{Parts, Trouble},
    domain::{
        AccountId, ConversationId, Timestamp,
        conversation::{Head, Tray},
        effects::Change,
        job::Day,
        numbers::{Fact, How, Score, What, WorkChanged},
        work::Work,
    },
    ports::{
        StoreError,
        objects::{Listed, list_all},
    },
};

/// Something that happened to a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    pub conversation: ConversationId,
    pub at: Timestamp,
    pub what: NotedWhat,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NotedWhat {
    Work(WorkChanged),
    Ended {
        how: How,
    },
    /// By hand: that the customer wrote after its end is told by the message.
    Reopened,
    Score(Score),
    /// Of a version to come: it is passed over.
    #[serde(other)]
    Unknown,
}

impl NotedWhat {
    /// What one change can tell once each.
    fn kind(&self) -> u8 {
        match self {
            Self::Work(_) => 0,
            Self::Ended { .. } => 1,
            Self::Reopened => 2,
            Self::Score(_) => 3,
            Self::Unknown => 4,
        }
    }

    fn fact(self) -> Option<What> {
        match self {
            Self::Work(changed) => Some(What::Changed(changed)),
            Self::Ended { how } => Some(What::Ended(how)),
            Self::Reopened => Some(What::Reopened),
            Self::Score(score) => Some(What::Scored(score)),
            Self::Unknown => None,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ChangeLine {
    /// The version of this form.
    pub v: u8,
    pub conversation: ConversationId,
    /// The stream's number, to a width at which it compares as text.
    pub seq: String,
    /// When it happened.
    pub at: Timestamp,
    #[serde(flatten)]
    pub what: NotedWhat,
}

/// What of a change is noted. `stored_at` is the stream's word.
pub fn noted(change: &Change, stored_at: Timestamp) -> Option<(AccountId, Noted)> {
    match change {
        Change::Work { account, old, new } => {
            let at = new.changed_at.unwrap_or(stored_at);
            let changed = changed(new);
            // Labels, snoozes and leases are no question of numbers.
            let is_new = old.as_deref().map(self::changed).unwrap_or_default() != changed;
            is_new.then(|| {
                let noted = Noted { conversation: new.conversation, at, what: NotedWhat::Work(changed) };
                (account.clone(), noted)
            })
        }
        Change::Head { old, new } => {
            // One that was merged speaks through its survivor.
            let what = of_head(old.as_deref(), new).filter(|_| new.survivor.is_none())?;
            let at = match what {
                NotedWhat::Ended { .. } => new.closed_at.max(new.archived_at).unwrap_or(stored_at),
                NotedWhat::Work(_) | NotedWhat::Reopened | NotedWhat::Score(_) | NotedWhat::Unknown => stored_at,
            };
            Some((new.account.clone(), Noted { conversation: new.id, at, what }))
        }
        Change::Inbound { .. }
        | Change::Outbound { .. }
        | Change::Probe { .. }
        | Change::Job { .. }
        | Change::Disabled { .. }
        | Change::Request { .. }
        | Change::Free { .. }
        | Change::Notice { .. } => None,
    }
}

fn changed(work: &Work) -> WorkChanged {
    // Whoever had it when it ended is asked about it still; while somebody else is wanted it is nobody's.
    let owner = work.owner().map(|owner| owner.staff);
    WorkChanged { team: work.team.clone(), owner: owner.or(work.previous.filter(|_| work.asked.is_none())) }
}

fn of_head(old: Option<&Head>, new: &Head) -> Option<NotedWhat> {
    let end = |head: &Head| match head.tray() {
        Tray::Closed => Some(How::Closed),
        Tray::Archived => Some(How::Archived),
        Tray::Initiated | Tray::Waiting | Tray::Open => None,
    };
    match (old.and_then(end), end(new)) {
        (was, Some(how)) if was != Some(how) => Some(NotedWhat::Ended { how }),
        (Some(_), None) if old.is_some_and(|old| old.last_in == new.last_in) => Some(NotedWhat::Reopened),
        (_, _) => None,
    }
}

/// The objects of a day, by their hours.
pub(super) async fn day(parts: &Parts, account: &AccountId, day: Day) -> Result<BTreeMap<Hour, Vec<Listed>>, Trouble> {
    let mut hours: BTreeMap<Hour, Vec<Listed>> = BTreeMap::new();
    for object in list_all(&*parts.objects, &names::day(Class::Changes, account, day)).await? {
        if let Some(hour) = names::hour_in(&object.name) {
            hours.entry(hour).or_default().push(object);
        }
    }
    Ok(hours)
}

/// What these objects of an hour hold, each change once, in the order of time.
pub(super) async fn read(parts: &Parts, objects: &[Listed]) -> Result<Vec<Fact>, Trouble> {
    let mut found = BTreeMap::new();
    let mut objects = fetched(parts, objects);
    while let Some((name, bytes)) = objects.try_next().await? {
        lines::unpack(&name, &bytes, |text| {
            let line: ChangeLine = serde_json::from_str(text)
                .map_err(|error| StoreError::BadRow { key: name.clone(), why: error.to_string() })?;
            let ChangeLine { conversation, seq, at, what, .. } = line;
            // The same change may be in several objects, under the same number.
            found.insert((at, conversation, seq, what.kind()), what);
            Ok(())
        })?;
    }
    drop(objects);
    let fact =
        |((at, conversation, ..), what): ((_, _, _, _), NotedWhat)| Some(Fact { conversation, at, what: what.fact()? });
    Ok(found.into_iter().filter_map(fact).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ContactId, StaffId,
        contact::AddressHash,
        conversation::LastIn,
        work::{Actor, WorkChange},
    };

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn of_work(old: Option<&Work>, new: &Work) -> Option<Noted> {
        let old = old.map(|old| Box::new(old.clone()));
        let change = Change::Work { account: "demo".parse().unwrap(), old, new: Box::new(new.clone()) };
        noted(&change, at(99)).map(|(_, noted)| noted)
    }

    #[test]
    fn who_has_a_conversation_is_noted_when_that_changes_and_nothing_else_is() {
        let new = Work::new(ConversationId::from_bits(1));
        let apply = |work: &Work, change: WorkChange, minute| work.apply(&change, &Actor::Client, at(minute)).unwrap();
        let spa = apply(&new, WorkChange::HandTo { team: Some("spa".parse().unwrap()), since: at(0) }, 1);
        let team = Some("spa".parse().unwrap());
        let expected = WorkChanged { team: team.clone(), owner: None };
        let found = of_work(Some(&new), &spa).unwrap();
        assert_eq!((found.at, found.what), (at(1), NotedWhat::Work(expected)));
        let anna = StaffId::from_bits(7);
        let taken = apply(&spa, WorkChange::Assign { to: anna }, 2);
        let of_anna = WorkChanged { team, owner: Some(anna) };
        assert_eq!(of_work(Some(&spa), &taken).map(|it| it.what), Some(NotedWhat::Work(of_anna.clone())));
        let labelled = apply(&taken, WorkChange::Label { label: "vip".parse().unwrap() }, 3);
        assert_eq!(of_work(Some(&taken), &labelled), None);
        assert_eq!(of_work(None, &labelled).map(|it| it.what), Some(NotedWhat::Work(of_anna)));
        let ended = labelled.apply(&WorkChange::End, &Actor::Rules, at(4)).unwrap();
        assert_eq!(of_work(Some(&labelled), &ended), None, "it was hers");
    }

    #[test]
    fn the_end_of_a_conversation_is_noted_at_its_time_and_a_customers_word_needs_no_note() {
        let (account, channel) = ("demo".parse().unwrap(), "wa".parse().unwrap());
        let mut open = Head::new(account, channel, ContactId::from_bits(7), at(0));
        open.last_in = Some(LastIn { at: at(1), address: AddressHash("a".into()) });
        let closed = Head { closed_at: Some(at(5)), ..open.clone() };
        let archived = Head { archived_at: Some(at(9)), ..closed.clone() };
        let wrote = Head { last_in: Some(LastIn { at: at(10), address: AddressHash("a".into()) }), ..closed.clone() };
        let of = |old: &Head, new: &Head| {
            let change = Change::Head { old: Some(Box::new(old.clone())), new: Box::new(new.clone()) };
            noted(&change, at(99)).map(|(_, noted)| (noted.at, noted.what))
        };
        assert_eq!(of(&open, &closed), Some((at(5), NotedWhat::Ended { how: How::Closed })));
        assert_eq!(of(&closed, &archived), Some((at(9), NotedWhat::Ended { how: How::Archived })));
        assert_eq!(of(&closed, &open), Some((at(99), NotedWhat::Reopened)));
        assert_eq!((of(&closed, &wrote), of(&open, &open)), (None, None));
        let merged = Head { survivor: Some(ConversationId::from_bits(3)), ..closed };
        assert_eq!(of(&open, &merged), None);
    }

    #[test]
    fn a_line_survives_its_text_and_one_of_a_version_to_come_is_passed_over() {
        let whats = [
            NotedWhat::Work(WorkChanged { team: Some("spa".parse().unwrap()), owner: Some(StaffId::from_bits(7)) }),
            NotedWhat::Ended { how: How::Archived },
            NotedWhat::Reopened,
            NotedWhat::Score(Score { score: 4, team: None, by: None }),
        ];
        for what in whats {
            let conversation = ConversationId::from_bits(1);
            let line = ChangeLine { v: 1, conversation, seq: "7".into(), at: at(1), what: what.clone() };
            let text = serde_json::to_string(&line).unwrap();
            assert_eq!(serde_json::from_str::<ChangeLine>(&text).unwrap().what, what, "{text}");
        }
        let conversation = ConversationId::from_bits(1);
        let later = format!(
            r#"{{"v":2,"conversation":"{conversation}","seq":"7","at":"2026-03-01T09:00:00Z","kind":"mood","x":1}}"#
        );
        let line: ChangeLine = serde_json::from_str(&later).unwrap();
        assert_eq!((line.v, line.what.clone(), line.what.fact()), (2, NotedWhat::Unknown, None));
    }
}
