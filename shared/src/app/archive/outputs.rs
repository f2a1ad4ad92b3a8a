//! Files that a job hands out. They lie in the archive sealed, and are opened as they are fetched.

use super::names;
use crate::{
    app::{Parts, Trouble},
    domain::{AccountId, JobId},
    ports::objects::list_all,
    seal::{Sealed, SubjectKey},
};

/// A file holds at most about this much, so that it can be fetched in one call (Lambda, "quotas": an answer of 6 MB).
pub const MOST_BYTES: usize = 2 * 1024 * 1024;

/// The files of one job.
#[derive(Debug)]
pub struct Outputs<'a> {
    pub parts: &'a Parts,
    pub account: &'a AccountId,
    pub job: JobId,
    pub key: &'a SubjectKey,
}

impl Outputs<'_> {
    fn name(&self, file: &str) -> String {
        format!("{}{file}", names::outputs(self.account, self.job))
    }

    pub async fn put(&self, file: &str, text: &str) -> Result<(), Trouble> {
        let sealed = Sealed::new(&text, self.key, self.parts.nonce());
        Ok(self.parts.objects.put(&self.name(file), sealed.into_bytes()).await?)
    }

    pub async fn remove(&self, file: &str) -> Result<(), Trouble> {
        Ok(self.parts.objects.remove(&[self.name(file)]).await?)
    }

    /// `None`: there is no such file, or it is sealed under a key that is gone.
    pub async fn get(&self, file: &str) -> Result<Option<String>, Trouble> {
        let Some(bytes) = self.parts.objects.get(&self.name(file)).await? else { return Ok(None) };
        Ok(Sealed::<String>::from_bytes(bytes).open(self.key).ok())
    }
}

/// The names of a job's files, in order.
pub async fn files(parts: &Parts, account: &AccountId, job: JobId) -> Result<Vec<String>, Trouble> {
    let listed = list_all(&*parts.objects, &names::outputs(account, job)).await?;
    Ok(listed.iter().filter_map(|object| Some(names::output_in(&object.name)?.1.to_owned())).collect())
}

/// Takes a job's files away.
pub async fn remove(parts: &Parts, account: &AccountId, job: JobId) -> Result<usize, Trouble> {
    let listed = list_all(&*parts.objects, &names::outputs(account, job)).await?;
    let all: Vec<String> = listed.into_iter().map(|object| object.name).collect();
    parts.objects.remove(&all).await?;
    Ok(all.len())
}
