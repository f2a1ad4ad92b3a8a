//! Long work, and what decides how long things are kept.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_dynamo::Item;

use super::{
    DynamoStore, Table,
    keys::{Key, Place, Range},
    read::{Consistency, Order, key_of},
    rows,
    write::{millis, number, text, to_item},
};
use crate::{
    domain::{
        AccountId, ContactId, JobId, Timestamp,
        job::{Job, JobKind, JobState},
        retention::{Hold, Retention},
        time,
    },
    ports::store::{Jobs, Put, Step, Stored},
};

#[derive(Debug, Serialize, Deserialize)]
struct JobRow {
    /// Kind, state and progress as JSON.
    j: String,
    st: String,
    pr: String,
    /// Counts the writes.
    rv: u64,
    /// Asked and changed, in milliseconds since 1970.
    aa: i64,
    cg: i64,
}

fn json<T: Serialize>(key: &Key, value: &T) -> Stored<String> {
    serde_json::to_string(value).map_err(|error| key.unreadable(error.to_string()))
}

fn read_job(item: Item) -> Stored<Job> {
    let key = key_of(&item)?;
    let Place::Job { account, id } = key.place()? else { return Err(key.unreadable("not the key of a job")) };
    let row: JobRow = rows::read(&key, item)?;
    let unreadable = |error: serde_json::Error| key.unreadable(error.to_string());
    Ok(Job {
        id,
        account,
        kind: serde_json::from_str::<JobKind>(&row.j).map_err(unreadable)?,
        state: serde_json::from_str::<JobState>(&row.st).map_err(unreadable)?,
        progress: serde_json::from_str(&row.pr).map_err(unreadable)?,
        rev: row.rv,
        asked_at: time::from_millis(row.aa),
        changed_at: time::from_millis(row.cg),
    })
}

#[async_trait]
impl Jobs for DynamoStore {
    async fn put_job(&self, job: &Job) -> Stored<Put> {
        let key = Key::job(&job.account, job.id);
        let row = JobRow {
            j: json(&key, &job.kind)?,
            st: json(&key, &job.state)?,
            pr: json(&key, &job.progress)?,
            rv: job.rev,
            aa: job.asked_at.as_millisecond(),
            cg: job.changed_at.as_millisecond(),
        };
        let item = to_item(&row, &key)?;
        self.put(Table::Main, key, item).if_absent().go("put a job").await.map(Put::from)
    }

    async fn job(&self, account: &AccountId, id: JobId) -> Stored<Option<Job>> {
        let item = self.get("read a job", Table::Main, Key::job(account, id), Consistency::Strong).await?;
        item.map(read_job).transpose()
    }

    async fn advance_job(
        &self,
        job: &Job,
        state: &JobState,
        progress: &serde_json::Value,
        now: Timestamp,
    ) -> Stored<Step> {
        let key = Key::job(&job.account, job.id);
        let rev = |rev: u64| number(i64::try_from(rev).unwrap_or(i64::MAX));
        let (state, progress) = (json(&key, state)?, json(&key, progress)?);
        self.update(Table::Main, key)
            .set("st", text(state))
            .set("pr", text(progress))
            .set("cg", millis(now))
            .set("rv", rev(job.rev + 1))
            .when_is("rv", Some(rev(job.rev)))
            .go("note where a job stands")
            .await
            .map(Step::from)
    }

    async fn remove_job(&self, account: &AccountId, id: JobId) -> Stored<()> {
        self.delete("remove a job", Table::Main, Key::job(account, id)).await
    }

    async fn jobs(&self, account: &AccountId, after: Option<JobId>, limit: usize) -> Stored<Vec<Job>> {
        let range = Range::jobs(account, after);
        let (consistency, order) = (Consistency::Eventual, Order::OldestFirst);
        // One more, since the range includes `after` itself.
        let items = self.range("list jobs", Table::Main, &range, consistency, order, limit.saturating_add(1)).await?;
        let jobs = items.into_iter().map(read_job).collect::<Stored<Vec<_>>>()?;
        Ok(jobs.into_iter().filter(|job| Some(job.id) != after).take(limit).collect())
    }

    async fn retention(&self, account: &AccountId) -> Stored<Option<Retention>> {
        self.setting("read the retention", Key::retention(account)).await
    }

    async fn put_retention(&self, account: &AccountId, retention: &Retention) -> Stored<()> {
        self.put_setting("put the retention", Key::retention(account), retention).await
    }

    async fn holds(&self, account: &AccountId) -> Stored<Vec<Hold>> {
        self.all_settings("list holds", &Range::holds(account)).await
    }

    async fn put_hold(&self, account: &AccountId, hold: &Hold) -> Stored<()> {
        self.put_setting("put a hold", Key::hold(account, hold.contact), hold).await
    }

    async fn lift_hold(&self, account: &AccountId, contact: Option<ContactId>) -> Stored<()> {
        self.delete("lift a hold", Table::Main, Key::hold(account, contact)).await
    }
}
