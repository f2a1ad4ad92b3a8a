//! Long work, a step at a time. A step that is done twice does nothing twice; where the work stands is noted after each.

pub mod contacts;
pub mod erase;
pub mod export;
pub mod import;
pub mod rehearse;
pub mod replay;
pub mod report;
pub mod templates;
pub mod upkeep;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Parts, Trouble, deadline::Deadline, work};
use crate::{
    domain::{
        AccountId, JobId,
        job::{Job, JobKind, JobState},
    },
    ports::{
        StoreError,
        jobs::JobRing,
        store::{Put, Step},
    },
};

/// What a ring came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// Nothing is left to do.
    Over,
    /// There is more to do, after so many seconds.
    Again { seconds: u32 },
}

/// What a step came to.
#[derive(Debug)]
pub(super) enum Stepped {
    /// There is more to do, after a pause.
    More {
        progress: Value,
        pause: u32,
    },
    Done(Value),
    /// It cannot be done; why, for people.
    Failed(String),
}

/// Somebody else did a step of the same job just now; they go on.
const SOMEBODY_ELSE: u32 = 60;

/// Does steps of a job until it is done, has to wait, or the time is over.
pub async fn answer(parts: &Parts, ring: &JobRing, deadline: Deadline) -> Result<Answered, Trouble> {
    let JobRing::V1 { account, job: id } = ring;
    loop {
        let Some(job) = parts.store.job(account, *id).await? else { return Ok(Answered::Over) };
        if job.state != JobState::Running {
            return Ok(Answered::Over);
        }
        let stepped = step(parts, &job, deadline).await?;
        let (state, progress, pause) = match stepped {
            Stepped::More { progress, pause } => (JobState::Running, progress, Some(pause)),
            Stepped::Done(progress) => (JobState::Done, progress, None),
            Stepped::Failed(why) => (JobState::Failed { why }, job.progress.clone(), None),
        };
        tracing::info!(account.id = %account, job.id = %id, job.kind = job.kind.word(), state = ?state, "did a step of a job");
        if parts.store.advance_job(&job, &state, &progress, parts.now()).await? == Step::Lost {
            return Ok(Answered::Again { seconds: SOMEBODY_ELSE });
        }
        match pause {
            None => return Ok(Answered::Over),
            Some(0) if !deadline.passed() => {}
            Some(seconds) => return Ok(Answered::Again { seconds: seconds.max(1) }),
        }
    }
}

async fn step(parts: &Parts, job: &Job, deadline: Deadline) -> Result<Stepped, Trouble> {
    match &job.kind {
        JobKind::Erase { contact } => erase::step(parts, job, *contact, deadline).await,
        JobKind::Export { contact } => export::step(parts, job, *contact, deadline).await,
        JobKind::Report(order) => report::step(parts, job, order, deadline).await,
        JobKind::Rehearse(order) => rehearse::step(parts, job, order, deadline).await,
        JobKind::Replay { .. } => replay::step(parts, job).await,
        JobKind::Import(order) => import::step(parts, job, order, deadline).await,
        JobKind::Contacts => contacts::step(parts, job, deadline).await,
        JobKind::Templates { sync } => templates::step(parts, job, *sync, deadline).await,
        JobKind::Upkeep { day } => upkeep::step(parts, job, *day, deadline).await,
    }
}

/// Arms what comes round by itself for an account: its upkeep, and the look at its templates. Any number of times is as once.
pub async fn arm(parts: &Parts, account: &AccountId) -> Result<(), Trouble> {
    upkeep::arm(parts, account).await?;
    work::arm(parts, account).await?;
    templates::arm(parts, account).await
}

/// Ends a job that met the same defect too often.
pub async fn give_up(parts: &Parts, ring: &JobRing, why: &str) -> Result<(), Trouble> {
    let JobRing::V1 { account, job: id } = ring;
    let Some(job) = parts.store.job(account, *id).await? else { return Ok(()) };
    if job.state == JobState::Running {
        let state = JobState::Failed { why: why.to_owned() };
        parts.store.advance_job(&job, &state, &job.progress, parts.now()).await?;
    }
    Ok(())
}

/// Lets a job that failed go on where it stood.
pub async fn resume(parts: &Parts, ring: &JobRing) -> Result<Result<(), String>, Trouble> {
    let JobRing::V1 { account, job: id } = ring;
    let Some(job) = parts.store.job(account, *id).await? else { return Ok(Err("there is no such job".to_owned())) };
    if job.state != JobState::Done {
        parts.store.advance_job(&job, &JobState::Running, &job.progress, parts.now()).await?;
        parts.jobs.ring(ring).await?;
    }
    Ok(Ok(()))
}

/// Rings for a job whose ring may have been lost. Whether there was anything left to do.
pub async fn ring_anew(parts: &Parts, account: &AccountId, id: JobId) -> Result<bool, Trouble> {
    let running = parts.store.job(account, id).await?.is_some_and(|job| job.state == JobState::Running);
    if running {
        parts.jobs.ring(&JobRing::V1 { account: account.clone(), job: id }).await?;
    }
    Ok(running)
}

/// Begins a job, unless the same was begun before; answers it as it stands.
pub async fn begin(parts: &Parts, job: Job) -> Result<Job, Trouble> {
    match parts.store.put_job(&job).await? {
        Put::New => Ok(job),
        Put::Already => {
            let known = parts.store.job(&job.account, job.id).await?;
            Ok(known.unwrap_or(job))
        }
    }
}

/// Where a job stands, as its kind notes it; the beginning, where nothing is noted.
fn progress_of<T: DeserializeOwned + Default>(job: &Job) -> Result<T, Trouble> {
    if job.progress.is_null() {
        return Ok(T::default());
    }
    let unreadable = |error: serde_json::Error| StoreError::BadRow { key: job.id.to_string(), why: error.to_string() };
    Ok(serde_json::from_value(job.progress.clone()).map_err(unreadable)?)
}

fn noted<T: Serialize>(progress: &T) -> Value {
    serde_json::to_value(progress).expect("what is noted has a JSON form")
}
