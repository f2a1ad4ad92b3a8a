//! Work on a conversation: who has it, hand it over, label it, put it aside.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use transom::{
    app::work::{self as working, Hand, NotChanged},
    domain::{
        ConversationId, StaffId, TeamId, Timestamp,
        ids::{AutomationId, LabelId},
        work::{Actor, Holder, How, Work, WorkChange, WorkRefused},
    },
};

use super::conversations::load;
use crate::{
    Shared,
    answer::Tagged,
    auth::{Account, Caller},
    headers::IfMatch,
    problem::{Kind, Problem},
    request::{JsonBody, PathId},
};

/// The work on a conversation. Its `rev` is its ETag, too.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct WorkView {
    owner: Option<OwnerView>,
    /// The automation that answers, while it does.
    automation: Option<AutomationId>,
    team: Option<TeamId>,
    labels: Vec<LabelId>,
    snoozed_until: Option<Timestamp>,
    /// Since when it wants somebody, while nobody has it.
    wants_since: Option<Timestamp>,
    /// Whose it was before it was closed.
    previous_owner: Option<StaffId>,
    rev: u64,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct OwnerView {
    staff: StaffId,
    since: Timestamp,
    /// `by_hand` or `automatic`.
    how: How,
}

impl WorkView {
    pub fn new(work: &Work, now: Timestamp) -> Self {
        let owner = work.owner().map(|owner| OwnerView { staff: owner.staff, since: owner.since, how: owner.how });
        let automation = match &work.holder {
            Holder::Automation(_) => work.lease(now).map(|lease| lease.to.clone()),
            Holder::Nobody | Holder::Staff(_) => None,
        };
        Self {
            owner,
            automation,
            team: work.team.clone(),
            labels: work.labels.iter().cloned().collect(),
            snoozed_until: work.snooze.map(|snooze| snooze.until).filter(|until| *until > now),
            wants_since: work.asked.map(|asked| asked.since),
            previous_owner: work.previous,
            rev: work.rev,
        }
    }

    fn tagged(self) -> Tagged<Self> {
        Tagged { rev: self.rev, value: self }
    }
}

pub async fn show(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
) -> Result<Tagged<WorkView>, Problem> {
    let outlook = load(&api.parts, &account, id).await?;
    let work = api.parts.store.work(&account, outlook.family.survivor.id).await?;
    Ok(WorkView::new(&work, api.parts.now()).tagged())
}

/// What can be done to it by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "WorkChangeWord")]
#[serde(rename_all = "snake_case")]
enum ChangeWord {
    /// "I take it": of staff who signed in.
    Take,
    Assign,
    /// Somebody of the team is wanted; without one: of any.
    HandTo,
    /// Whoever has it lets go.
    Release,
    Label,
    Unlabel,
    /// Out of sight until then, or until the customer writes.
    Snooze,
    Wake,
}

/// Read flat, so that an error names the field and not only the whole.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "WorkChangeBody")]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    change: ChangeWord,
    to: Option<StaffId>,
    team: Option<TeamId>,
    label: Option<LabelId>,
    until: Option<Timestamp>,
}

impl ChangeBody {
    fn change(self) -> Result<WorkChange, Problem> {
        let Self { change, to, team, label, until } = self;
        let given =
            [("to", to.is_some()), ("team", team.is_some()), ("label", label.is_some()), ("until", until.is_some())];
        let known = match change {
            ChangeWord::Assign => "to",
            ChangeWord::HandTo => "team",
            ChangeWord::Label | ChangeWord::Unlabel => "label",
            ChangeWord::Snooze => "until",
            ChangeWord::Take | ChangeWord::Release | ChangeWord::Wake => "",
        };
        if let Some((stray, _)) = given.into_iter().find(|(field, given)| *given && *field != known) {
            return Err(Problem::invalid(stray, "does not belong to this change"));
        }
        let needed = || Problem::invalid(known, "is needed");
        // Since when, and what the customer wrote last, is filled in where it is known.
        let since = Timestamp::UNIX_EPOCH;
        Ok(match change {
            ChangeWord::Take => WorkChange::Take,
            ChangeWord::Assign => WorkChange::Assign { to: to.ok_or_else(needed)? },
            ChangeWord::HandTo => WorkChange::HandTo { team, since },
            ChangeWord::Release => WorkChange::Release { since },
            ChangeWord::Label => WorkChange::Label { label: label.ok_or_else(needed)? },
            ChangeWord::Unlabel => WorkChange::Unlabel { label: label.ok_or_else(needed)? },
            ChangeWord::Snooze => WorkChange::Snooze { until: until.ok_or_else(needed)?, seen: None },
            ChangeWord::Wake => WorkChange::Wake,
        })
    }
}

/// Changes the work. With `If-Match`, only if nobody changed it since it was read.
pub async fn change(
    caller: Caller,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
    IfMatch(seen): IfMatch,
    JsonBody { value, .. }: JsonBody<ChangeBody>,
) -> Result<Tagged<WorkView>, Problem> {
    let parts = &api.parts;
    let change = value.change()?;
    if let WorkChange::HandTo { team: Some(team), .. } = &change {
        let settings = parts.store.work_settings(&caller.account).await?.unwrap_or_default();
        if settings.open_team(team).is_none() {
            return Err(Problem::invalid("team", "there is no such team, or it takes no new work"));
        }
    }
    let hand = Hand { change, by: actor(&caller), seen };
    let work = working::change(parts, &caller.account, id, &hand).await.map_err(not_changed)?;
    Ok(WorkView::new(&work, parts.now()).tagged())
}

fn actor(caller: &Caller) -> Actor {
    caller.by.staff().map_or(Actor::Client, Actor::Staff)
}

fn not_changed(why: NotChanged) -> Problem {
    match why {
        NotChanged::NoConversation => Problem::not_found("There is no such conversation."),
        NotChanged::NobodyThere => Problem::invalid("to", "nobody active on the staff has this id"),
        NotChanged::Busy => Problem::conflict("Somebody else is just giving it away; look again."),
        NotChanged::Refused(refused) => not_done(&refused),
        NotChanged::Trouble(trouble) => trouble.into(),
    }
}

fn not_done(refused: &WorkRefused) -> Problem {
    match refused {
        WorkRefused::Changed { .. } => {
            Problem::new(Kind::Stale, "Somebody else changed it since you looked; look again, and decide anew.")
        }
        WorkRefused::Owned { by } => {
            Problem::conflict(format!("{by} has the conversation; assign it to take it over."))
        }
        WorkRefused::NotAPerson => Problem::invalid("change", "only somebody of the staff can take one; use assign"),
        WorkRefused::TooManyLabels => Problem::invalid("label", "a conversation has at most 20"),
        WorkRefused::SnoozeTime => Problem::invalid("until", "must lie ahead, and not more than a year"),
        WorkRefused::Lent { .. }
        | WorkRefused::LeaseLost
        | WorkRefused::ForPeople
        | WorkRefused::NotAProgram
        | WorkRefused::NotAsked
        | WorkRefused::LeaseTime => Problem::conflict(format!("It cannot be done: {refused}.")),
    }
}
