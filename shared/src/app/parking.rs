//! What could not be handled is kept where people see it, with its reason, and can be tried again at any time.

use serde_json::{Value, json};

use super::{
    Parts, Trouble, jobs, people, rebuild,
    receive::{self, Retry},
    timers,
};
use crate::{
    domain::{AccountId, ConversationId, Timestamp, timer::TimerKind},
    ports::{
        Ring,
        events::EventJob,
        jobs::JobRing,
        store::{Parked, ParkedBody, ParkedKind, Stray, TriedTimer, parked_id},
    },
    seal::{AccountKeys, Sealed},
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
    let id = parked_id(at, name);
    let sealed = seal(parts, account, &keys, (&id, at), element).await?;
    let record = Parked { id, account: account.clone(), at, why: why.to_owned(), what, sealed };
    parts.store.park(&record).await?;
    Ok(())
}

/// An element on its way to a record: sealed under a key of the record's own, which lies where erasures reach it. Stream and
/// backups hold copies of the record for a while, and nothing in them must be readable once it is taken away.
pub(super) async fn seal(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    (id, at): (&str, Timestamp),
    element: Value,
) -> Result<Sealed<ParkedBody>, Trouble> {
    let made = keys.wrap(&people::new_subject_key(parts), parts.nonce());
    let wrapped = parts.store.put_parked_key(account, id, &made, at).await?;
    let key = keys.unwrap(&wrapped).ok_or_else(|| Trouble::Unexpected("a record's key cannot be opened".into()))?;
    Ok(Sealed::new(&ParkedBody { element }, &key, parts.nonce()))
}

/// What could not be handled; `None` if it cannot be opened.
pub async fn element_of(parts: &Parts, keys: &AccountKeys, record: &Parked) -> Result<Option<Value>, Trouble> {
    let own = parts.store.parked_key(&record.account, &record.id).await?.and_then(|wrapped| keys.unwrap(&wrapped));
    let key = own.as_ref().unwrap_or(keys.own());
    Ok(record.sealed.open(key).ok().map(|body| body.element))
}

/// Tries a parked record again, by today's rows and settings.
pub async fn retry(parts: &Parts, account: &AccountId, id: &str) -> Result<Retry, Trouble> {
    let Some(record) = parts.store.parked(account, id).await? else { return Ok(Retry::NotFound) };
    let body = async || -> Result<Option<Value>, Trouble> {
        let keys = parts.keys(account).await?;
        element_of(parts, &keys, &record).await
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
            Some(Job::Long(ring)) => jobs::resume(parts, &ring).await?,
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
    Long(JobRing),
}

/// The job of a record, if it is one of this account's.
fn job_in(body: &Value, account: &AccountId) -> Option<Job> {
    let text = body["body"].as_str()?;
    if let Ok(Ring::V1 { account: named, conversation, .. }) = Ring::read(text) {
        return (named == *account).then_some(Job::Ring(conversation));
    }
    if let Ok(ring) = serde_json::from_str::<JobRing>(text) {
        return (ring.account() == account).then_some(Job::Long(ring));
    }
    let job: EventJob = serde_json::from_str(text).ok()?;
    (job.account() == account).then_some(Job::Event(job))
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
