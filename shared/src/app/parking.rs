//! What could not be handled is kept where people see it, with its reason, and can be tried again at any time.

use serde_json::{Value, json};

use super::{
    Parts, Trouble, rebuild,
    receive::{self, Retry},
    timers,
};
use crate::{
    domain::{AccountId, ConversationId, timer::TimerKind},
    ports::{
        Ring,
        events::EventJob,
        store::{Parked, ParkedBody, ParkedKind, Stray, TriedTimer, parked_id},
    },
    seal::Sealed,
    telemetry,
};

/// Keeps a change that could not be followed. `key` is its row's; `conversation` is what it belongs to, if it can cause
/// anything at all.
pub async fn park_change(
    parts: &Parts,
    key: &str,
    place: Option<(AccountId, ConversationId)>,
    sequence: &str,
    why: &str,
) -> Result<(), Trouble> {
    let element = json!({ "key": key, "sequence": sequence });
    let (account, conversation) = place.unzip();
    let what = ParkedKind::Change { key: key.to_owned(), conversation };
    keep(parts, account.as_ref(), &format!("{key}#{sequence}"), why, what, element).await
}

/// Keeps a job of the queue.
pub async fn park_job(parts: &Parts, account: Option<&AccountId>, why: &str, body: &str) -> Result<(), Trouble> {
    keep(parts, account, body, why, ParkedKind::Job, json!({ "body": body })).await
}

/// Keeps a timer.
pub async fn park_timer(parts: &Parts, place: &str, tried: &TriedTimer, why: &str) -> Result<(), Trouble> {
    let what = ParkedKind::Timer { key: place.to_owned() };
    keep(parts, tried.account.as_ref(), place, why, what, json!({ "kind": tried.kind })).await
}

/// Under its account, sealed; what no account with a key can be told for goes where operators look.
async fn keep(
    parts: &Parts,
    account: Option<&AccountId>,
    name: &str,
    why: &str,
    what: ParkedKind,
    element: Value,
) -> Result<(), Trouble> {
    let at = parts.now();
    telemetry::parked();
    let keys = match account {
        Some(account) => match parts.keys(account).await {
            Ok(keys) => Some((account, keys)),
            Err(Trouble::NoAccountKey { .. }) => None,
            Err(trouble) => return Err(trouble),
        },
        None => None,
    };
    let Some((account, keys)) = keys else {
        tracing::error!(why, "something that belongs to no known account is kept for operators");
        let stray = Stray { id: parked_id(at, name), at, why: why.to_owned(), what, element };
        parts.store.keep_stray(&stray).await?;
        return Ok(());
    };
    let record = Parked {
        id: parked_id(at, name),
        account: account.clone(),
        at,
        why: why.to_owned(),
        what,
        sealed: Sealed::new(&ParkedBody { element }, keys.own(), parts.nonce()),
    };
    parts.store.park(&record).await?;
    Ok(())
}

/// Tries a parked record again, by today's rows and settings.
pub async fn retry(parts: &Parts, account: &AccountId, id: &str) -> Result<Retry, Trouble> {
    let Some(record) = parts.store.parked(account, id).await? else { return Ok(Retry::NotFound) };
    let body = async || -> Result<Option<Value>, Trouble> {
        let keys = parts.keys(account).await?;
        Ok(record.sealed.open(keys.own()).ok().map(|body| body.element))
    };
    let tried = match &record.what {
        ParkedKind::Webhook { .. } => return receive::retry(parts, account, id).await,
        ParkedKind::Change { conversation: Some(conversation), .. } => {
            follow_anew(parts, account, *conversation).await?
        }
        ParkedKind::Change { conversation: None, .. } => {
            Err("its record does not name a conversation; rebuild the account instead".to_owned())
        }
        ParkedKind::Job => match body().await?.as_ref().and_then(|body| job_in(body, account)) {
            Some(Job::Ring(conversation)) => follow_anew(parts, account, conversation).await?,
            Some(Job::Event(job)) => {
                parts.events.put(&[job], 0).await?;
                Ok(())
            }
            None => Err("the job cannot be read".to_owned()),
        },
        ParkedKind::Timer { .. } => match body().await?.as_ref().and_then(timer_in) {
            Some(kind) => {
                let now = parts.now();
                timers::arm(parts, now, account, kind).await?;
                Ok(())
            }
            None => Err("the timer cannot be read".to_owned()),
        },
        ParkedKind::Unknown => Err("a newer version parked it".to_owned()),
    };
    match tried {
        Ok(()) => {
            parts.store.unpark(account, id).await?;
            Ok(Retry::Done)
        }
        Err(why) => Ok(Retry::StillParked(why)),
    }
}

/// What a job was for.
enum Job {
    Ring(ConversationId),
    Event(EventJob),
}

/// The job of a record, if it is one of this account's.
fn job_in(body: &Value, account: &AccountId) -> Option<Job> {
    let text = body["body"].as_str()?;
    if let Ok(Ring::V1 { account: named, conversation, .. }) = Ring::read(text) {
        return (named == *account).then_some(Job::Ring(conversation));
    }
    let job: EventJob = serde_json::from_str(text).ok()?;
    let (EventJob::All { event } | EventJob::One { event, .. }) = &job;
    (event.account == *account).then_some(Job::Event(job))
}

fn timer_in(body: &Value) -> Option<TimerKind> {
    serde_json::from_str(body["kind"].as_str()?).ok()
}

/// Whatever a change, a ring or a timer would have caused follows from the rows as they stand.
async fn follow_anew(
    parts: &Parts,
    account: &AccountId,
    conversation: ConversationId,
) -> Result<Result<(), String>, Trouble> {
    match rebuild::conversation(parts, account, conversation).await {
        Ok(_) => Ok(Ok(())),
        Err(trouble) if rebuild::is_unreadable(&trouble) => Ok(Err(trouble.to_string())),
        Err(trouble) => Err(trouble),
    }
}
