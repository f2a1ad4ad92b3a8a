//! A page of the inbox: lines of a list merged over its drawers, then the conversations behind them.

use std::collections::HashMap;

use tokio::task::JoinSet;
use transom::{
    app::{
        Parts, Trouble,
        outlook::{Outlook, people_of},
        people::Known,
    },
    domain::{
        AccountId, ContactId, ConversationId, StaffId, TeamId, Timestamp,
        conversation::{ConversationState, Family, Head, Tray},
        ids::LabelId,
        inbox::{Drawer, Shelf, Sorting},
        time::SignedDuration,
        window::WINDOW_LASTS,
        work::Work,
    },
    ports::store::InboxLine,
    seal::AccountKeys,
};

use crate::{
    paging::{List, Page, Paging, bad_cursor, cursor},
    problem::Problem,
    view::{ConversationView, ListedView},
};

/// How many lines are read at a time at least, and how often for one page. A page that finds too little among these is sent
/// short, with a cursor to go on from.
const BATCH: usize = 25;
const MOST_BATCHES: usize = 20;

/// The index keeps times in minutes, so a bound is moved by one and the conversation itself decides.
const QUANTUM: SignedDuration = SignedDuration::from_mins(1);

type Range = (Option<Timestamp>, Option<Timestamp>);

/// Whose conversations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Whose {
    #[default]
    Anybodys,
    /// Nobody of the staff has them.
    Nobodys,
    Of(StaffId),
}

/// Which conversations are asked for, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    pub state: Option<ConversationState>,
    pub whose: Whose,
    pub team: Option<TeamId>,
    pub label: Option<LabelId>,
    pub sorting: Sorting,
}

impl Asked {
    /// Whether a conversation as it is now belongs into the list: the index may lag behind by a moment.
    fn takes(&self, family: &Family, work: &Work, now: Timestamp) -> bool {
        let merged = family.merged();
        let whose = match self.whose {
            Whose::Anybodys => true,
            Whose::Nobodys => work.owner().is_none(),
            Whose::Of(staff) => work.owner().is_some_and(|owner| owner.staff == staff),
        };
        whose
            && self.state.is_none_or(|state| merged.state(now) == state)
            && self.team.as_ref().is_none_or(|team| work.team.as_ref() == Some(team))
            && self.label.as_ref().is_none_or(|label| work.labels.contains(label))
            && (self.sorting == Sorting::Activity || merged.customer_waits())
    }

    fn shelf(&self) -> Shelf {
        match (&self.team, &self.label) {
            (Some(team), _) => Shelf::Team(team.clone()),
            (None, Some(label)) => Shelf::Label(label.clone()),
            (None, None) => Shelf::All,
        }
    }

    /// Where these lie.
    fn place(&self, now: Timestamp) -> (Vec<Drawer>, Range) {
        let active = (Some(now - WINDOW_LASTS - QUANTUM), None);
        let (trays, range): (&[Tray], Range) = match (self.sorting, self.state) {
            (Sorting::Waiting, Some(ConversationState::Active)) => (&[Tray::Waiting], active),
            (Sorting::Waiting, None | Some(ConversationState::Expired)) => (&[Tray::Waiting], (None, None)),
            (Sorting::Waiting, Some(_)) => (&[], (None, None)),
            (Sorting::Activity, None) => (&Tray::ALL, (None, None)),
            (Sorting::Activity, Some(ConversationState::Initiated)) => (&[Tray::Initiated], (None, None)),
            (Sorting::Activity, Some(ConversationState::Active)) => (&[Tray::Waiting, Tray::Open], active),
            // Without an upper bound: a provider may have closed a window before its 24 hours were over.
            (Sorting::Activity, Some(ConversationState::Expired)) => (&[Tray::Waiting, Tray::Open], (None, None)),
            (Sorting::Activity, Some(ConversationState::Closed)) => (&[Tray::Closed], (None, None)),
            (Sorting::Activity, Some(ConversationState::Archived)) => (&[Tray::Archived], (None, None)),
        };
        let wanted = |drawer: &Drawer| trays.contains(&drawer.tray) && (!drawer.taken || self.whose == Whose::Anybodys);
        (Drawer::ALL.into_iter().filter(wanted).collect(), range)
    }
}

pub async fn page(
    parts: &Parts,
    account: &AccountId,
    asked: &Asked,
    paging: Paging,
) -> Result<Page<ListedView>, Problem> {
    match asked.whose {
        Whose::Of(staff) => on_desk(parts, account, asked, staff, paging).await,
        Whose::Anybodys | Whose::Nobodys => listed(parts, account, asked, paging).await,
    }
}

async fn listed(
    parts: &Parts,
    account: &AccountId,
    asked: &Asked,
    Paging { limit, after }: Paging,
) -> Result<Page<ListedView>, Problem> {
    let now = parts.now();
    let mut place = after;
    let mut found: Vec<(Family, Work)> = Vec::new();
    let batch = BATCH.max(limit + 1);
    for _ in 0..MOST_BATCHES {
        let lines = lines(parts, account, asked, place.as_deref(), batch).await?;
        let last_batch = lines.len() < batch;
        let ids: Vec<_> = lines.iter().map(|line| line.conversation).collect();
        let mut families = families(parts, account, &ids).await?;
        let mut works = works(parts, account, &ids).await?;
        for line in lines {
            let id = line.conversation;
            let work = works.remove(&id).unwrap_or_else(|| Work::new(id));
            if let Some(family) = families.remove(&id).filter(|family| asked.takes(family, &work, now)) {
                if found.len() == limit {
                    return shown(parts, account, found, place, now).await;
                }
                found.push((family, work));
            }
            place = Some(line.sort);
        }
        if last_batch {
            return shown(parts, account, found, None, now).await;
        }
    }
    shown(parts, account, found, place, now).await
}

/// What somebody has lies on their desk: all of it is read, since nobody has more than they can look after.
async fn on_desk(
    parts: &Parts,
    account: &AccountId,
    asked: &Asked,
    staff: StaffId,
    Paging { limit, after }: Paging,
) -> Result<Page<ListedView>, Problem> {
    let now = parts.now();
    let desk = parts.store.at_work_of(account, staff).await?;
    let ids: Vec<_> = desk.slots.into_keys().collect();
    let mut families = families(parts, account, &ids).await?;
    let mut found = Vec::new();
    for (id, work) in works(parts, account, &ids).await? {
        let Some(family) = families.remove(&id).filter(|family| asked.takes(family, &work, now)) else { continue };
        found.push((turn(&family, asked.sorting), (family, work)));
    }
    found.sort_by_key(|(turn, _)| *turn);
    if let Some(after) = after {
        let after = turn_of(&after).ok_or_else(bad_cursor)?;
        found.retain(|(turn, _)| *turn > after);
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let place = found.last().filter(|_| more).map(|((millis, id), _)| format!("{millis}.{id}"));
    shown(parts, account, found.into_iter().map(|(_, found)| found).collect(), place, now).await
}

/// Where a conversation stands among others, the first first.
fn turn(family: &Family, sorting: Sorting) -> (i64, ConversationId) {
    let millis = family.merged().last_activity_at().as_millisecond();
    let turn = match sorting {
        Sorting::Activity => -millis,
        Sorting::Waiting => millis,
    };
    (turn, family.survivor.id)
}

fn turn_of(place: &str) -> Option<(i64, ConversationId)> {
    let (millis, id) = place.split_once('.')?;
    Some((millis.parse().ok()?, id.parse().ok()?))
}

/// The next lines of all drawers together.
async fn lines(
    parts: &Parts,
    account: &AccountId,
    asked: &Asked,
    after: Option<&str>,
    batch: usize,
) -> Result<Vec<InboxLine>, Problem> {
    let (drawers, range) = asked.place(parts.now());
    let shelf = asked.shelf();
    let mut lines = Vec::new();
    for drawer in drawers {
        let list = (&shelf, drawer, asked.sorting);
        lines.extend(parts.store.inbox(account, list, range, after, batch).await?);
    }
    Ok(merged(lines, asked.sorting, batch))
}

/// Each drawer gave its first lines, so the first of all are among them. A conversation that moves from drawer to drawer
/// while they are read stands in both, with the same place.
fn merged(mut lines: Vec<InboxLine>, sorting: Sorting, batch: usize) -> Vec<InboxLine> {
    lines.sort_by(|a, b| match sorting {
        Sorting::Activity => b.sort.cmp(&a.sort),
        Sorting::Waiting => a.sort.cmp(&b.sort),
    });
    lines.dedup_by(|a, b| a.sort == b.sort);
    lines.truncate(batch);
    lines
}

async fn works(
    parts: &Parts,
    account: &AccountId,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, Work>, Problem> {
    let works = parts.store.works(account, ids).await?;
    Ok(works.into_iter().map(|work| (work.conversation, work)).collect())
}

/// These conversations, each with those that became part of it. One that became part of another is left out: its survivor
/// has a line of its own.
async fn families(
    parts: &Parts,
    account: &AccountId,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, Family>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let survivors: Vec<Head> =
        parts.store.heads(account, ids).await?.into_iter().filter(|head| head.survivor.is_none()).collect();
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
    found: Vec<(Family, Work)>,
    place: Option<String>,
    now: Timestamp,
) -> Result<Page<ListedView>, Problem> {
    let next_cursor = place.map(|place| cursor(List::Conversations, &place));
    if found.is_empty() {
        return Ok(Page { data: Vec::new(), next_cursor });
    }
    let keys = parts.keys(account).await?;
    let channels = parts.store.channels(account).await?;
    let contacts: Vec<ContactId> = found.iter().map(|(family, _)| family.survivor.contact).collect();
    let everyone = everyone(parts, account, &keys, &contacts).await?;
    let data = found.into_iter().zip(everyone).map(|((family, work), people)| {
        let channel = channels.iter().find(|channel| channel.id == family.survivor.channel).cloned();
        let mut addresses: Vec<_> = people.iter().flat_map(|known| known.contact.addresses.iter().cloned()).collect();
        addresses.sort_by_key(|(_, address)| address.phone().is_none());
        addresses.dedup_by(|a, b| a.0 == b.0);
        let outlook = Outlook { family, people, channel, addresses, keys: keys.clone() };
        ListedView::new(ConversationView::new(&outlook, now), &work, now)
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
    fn lines_of_all_drawers_stand_by_their_turn_and_each_once() {
        let sorts = |sorting| -> Vec<_> {
            let lines = vec![line("5a"), line("2b"), line("9c"), line("5a")];
            merged(lines, sorting, 100).into_iter().map(|line| line.sort).collect()
        };
        assert_eq!(sorts(Sorting::Activity), ["9c", "5a", "2b"]);
        assert_eq!(sorts(Sorting::Waiting), ["2b", "5a", "9c"]);
        let many = (0..300).map(|n| line(&format!("{n:03}"))).collect();
        assert_eq!(merged(many, Sorting::Activity, 100).len(), 100);
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

    #[test]
    fn a_place_on_a_desk_survives_its_cursor() {
        let turn = (-1_800_000_000_000, ConversationId::from_bits(7));
        assert_eq!(turn_of(&format!("{}.{}", turn.0, turn.1)), Some(turn));
        assert_eq!(turn_of("0029486512#cnv"), None);
    }
}
