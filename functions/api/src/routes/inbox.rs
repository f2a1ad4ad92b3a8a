//! A page of the inbox: lines of the index merged over its trays, then the conversations behind them.

use std::collections::HashMap;

use tokio::task::JoinSet;
use transom::{
    app::{
        Parts, Trouble,
        outlook::{Outlook, people_of},
        people::Known,
    },
    domain::{
        AccountId, ContactId, ConversationId, Timestamp,
        conversation::{ConversationState, Family, Head, Tray},
        time::SignedDuration,
        window::WINDOW_LASTS,
    },
    ports::store::InboxLine,
    seal::AccountKeys,
};

use crate::{
    paging::{List, Page, Paging, cursor},
    problem::Problem,
    view::ConversationView,
};

/// How many lines are read at a time, and at most for one page. A page that finds too little among these is sent short,
/// with a cursor to go on from.
const BATCH: usize = 100;
const MOST_BATCHES: usize = 20;

/// The index keeps times in minutes, so a bound is moved by one and the conversation itself decides.
const QUANTUM: SignedDuration = SignedDuration::from_mins(1);

type Range = (Option<Timestamp>, Option<Timestamp>);

pub async fn page(
    parts: &Parts,
    account: &AccountId,
    state: Option<ConversationState>,
    Paging { limit, after }: Paging,
) -> Result<Page<ConversationView>, Problem> {
    let now = parts.now();
    let (trays, range) = place_of(state, now);
    let mut place = after;
    let mut found: Vec<Family> = Vec::new();
    for _ in 0..MOST_BATCHES {
        let lines = lines(parts, account, trays, range, place.as_deref()).await?;
        let last_batch = lines.len() < BATCH;
        let mut families = families(parts, account, &lines).await?;
        for line in lines {
            let family = families.remove(&line.conversation);
            let wanted = family.filter(|family| state.is_none_or(|state| family.merged().state(now) == state));
            if let Some(family) = wanted {
                if found.len() == limit {
                    return shown(parts, account, found, place, now).await;
                }
                found.push(family);
            }
            place = Some(line.sort);
        }
        if last_batch {
            return shown(parts, account, found, None, now).await;
        }
    }
    shown(parts, account, found, place, now).await
}

/// Where conversations of a state lie.
fn place_of(state: Option<ConversationState>, now: Timestamp) -> (&'static [Tray], Range) {
    match state {
        None => (&Tray::ALL, (None, None)),
        Some(ConversationState::Initiated) => (&[Tray::Initiated], (None, None)),
        Some(ConversationState::Active) => (&[Tray::Waiting, Tray::Open], (Some(now - WINDOW_LASTS - QUANTUM), None)),
        // Without an upper bound: a provider may have closed a window before its 24 hours were over.
        Some(ConversationState::Expired) => (&[Tray::Waiting, Tray::Open], (None, None)),
        Some(ConversationState::Closed) => (&[Tray::Closed], (None, None)),
        Some(ConversationState::Archived) => (&[Tray::Archived], (None, None)),
    }
}

/// The next lines of all trays together, newest activity first.
async fn lines(
    parts: &Parts,
    account: &AccountId,
    trays: &[Tray],
    range: Range,
    before: Option<&str>,
) -> Result<Vec<InboxLine>, Problem> {
    let mut lines = Vec::new();
    for tray in trays {
        lines.extend(parts.store.inbox(account, *tray, range, before, BATCH).await?);
    }
    Ok(merged(lines))
}

/// Each tray gave its newest lines, so the newest of all are among them. A conversation that moves from tray to tray
/// while they are read stands in both, with the same place.
fn merged(mut lines: Vec<InboxLine>) -> Vec<InboxLine> {
    lines.sort_by(|a, b| b.sort.cmp(&a.sort));
    lines.dedup_by(|a, b| a.sort == b.sort);
    lines.truncate(BATCH);
    lines
}

/// The conversations of these lines, each with those that became part of it. One that became part of another is left
/// out: its survivor has a line of its own.
async fn families(
    parts: &Parts,
    account: &AccountId,
    lines: &[InboxLine],
) -> Result<HashMap<ConversationId, Family>, Problem> {
    let ids: Vec<_> = lines.iter().map(|line| line.conversation).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let survivors: Vec<Head> =
        parts.store.heads(account, &ids).await?.into_iter().filter(|head| head.survivor.is_none()).collect();
    let mut former: HashMap<ConversationId, Head> = HashMap::new();
    let mut ahead: Vec<ConversationId> = survivors.iter().flat_map(|head| head.former.clone()).collect();
    // As deep as a chain of merges can be followed elsewhere.
    for _ in 0..8 {
        if ahead.is_empty() {
            break;
        }
        let heads = parts.store.heads(account, &ahead).await?;
        ahead = heads.iter().flat_map(|head| head.former.clone()).filter(|id| !former.contains_key(id)).collect();
        former.extend(heads.into_iter().map(|head| (head.id, head)));
    }
    Ok(survivors.into_iter().map(|survivor| (survivor.id, gather(survivor, &former))).collect())
}

fn gather(survivor: Head, known: &HashMap<ConversationId, Head>) -> Family {
    let mut former: Vec<Head> = Vec::new();
    let mut ahead = survivor.former.clone();
    while let Some(id) = ahead.pop() {
        if id == survivor.id || former.iter().any(|head| head.id == id) {
            continue;
        }
        if let Some(head) = known.get(&id) {
            ahead.extend(&head.former);
            former.push(head.clone());
        }
    }
    Family { survivor, former }
}

async fn shown(
    parts: &Parts,
    account: &AccountId,
    families: Vec<Family>,
    place: Option<String>,
    now: Timestamp,
) -> Result<Page<ConversationView>, Problem> {
    let next_cursor = place.map(|place| cursor(List::Conversations, &place));
    if families.is_empty() {
        return Ok(Page { data: Vec::new(), next_cursor });
    }
    let keys = parts.keys(account).await?;
    let channels = parts.store.channels(account).await?;
    let contacts: Vec<ContactId> = families.iter().map(|family| family.survivor.contact).collect();
    let everyone = everyone(parts, account, &keys, &contacts).await?;
    let data = families.into_iter().zip(everyone).map(|(family, people)| {
        let channel = channels.iter().find(|channel| channel.id == family.survivor.channel).cloned();
        let mut addresses: Vec<_> = people.iter().flat_map(|known| known.contact.addresses.iter().cloned()).collect();
        addresses.sort_by_key(|(_, address)| address.phone().is_none());
        addresses.dedup_by(|a, b| a.0 == b.0);
        let outlook = Outlook { family, people, channel, addresses, keys: keys.clone() };
        ConversationView::new(&outlook, now)
    });
    Ok(Page { data: data.collect(), next_cursor })
}

/// The people behind these contacts, read side by side; in the order of the contacts.
async fn everyone(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    contacts: &[ContactId],
) -> Result<Vec<Vec<Known>>, Trouble> {
    let mut reads = JoinSet::new();
    for (index, contact) in contacts.iter().copied().enumerate() {
        let (parts, account, keys) = (parts.clone(), account.clone(), keys.clone());
        reads.spawn(async move { (index, people_of(&parts, &account, &keys, contact).await) });
    }
    let mut everyone = vec![Vec::new(); contacts.len()];
    while let Some(read) = reads.join_next().await {
        let (index, people) = read.map_err(|error| Trouble::Unexpected(error.into()))?;
        everyone[index] = people?;
    }
    Ok(everyone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(sort: &str) -> InboxLine {
        InboxLine { conversation: ConversationId::from_bits(1), sort: sort.to_owned() }
    }

    #[test]
    fn lines_of_all_trays_stand_by_their_activity_and_each_once() {
        let sorts: Vec<_> =
            merged(vec![line("5a"), line("2b"), line("9c"), line("5a")]).into_iter().map(|line| line.sort).collect();
        assert_eq!(sorts, ["9c", "5a", "2b"]);
        assert_eq!(merged((0..300).map(|n| line(&format!("{n:03}"))).collect()).len(), BATCH);
    }

    #[test]
    fn a_family_holds_each_former_conversation_once_even_in_a_damaged_circle() {
        let head = |bits: u128, former: &[u128]| {
            let mut head = Head::new(
                "demo".parse().unwrap(),
                "a".parse().unwrap(),
                ContactId::from_bits(bits),
                Timestamp::UNIX_EPOCH,
            );
            head.id = ConversationId::from_bits(bits);
            head.former = former.iter().copied().map(ConversationId::from_bits).collect();
            head
        };
        let known = [head(2, &[3, 1]), head(3, &[2])].map(|head| (head.id, head)).into();
        let family = gather(head(1, &[2, 4]), &known);
        let ids: Vec<_> = family.former.iter().map(|head| head.id.bits()).collect();
        assert_eq!(ids, [2, 3]);
    }
}
