//! A file of contacts or of suppressed addresses, taken in: all of it is looked at first, then rows are stored a few hundred at
//! a time. Where it goes on is a place in the file, noted after each piece; a piece that is taken in twice comes to the same.

mod bad_rows;
mod file;
mod storing;

use serde::{Deserialize, Serialize};

use self::file::{File, Read};
use super::{Stepped, noted, progress_of};
use crate::{
    app::{
        Parts, Trouble,
        archive::{
            names,
            outputs::{self, Outputs},
        },
        deadline::Deadline,
        people,
    },
    domain::{
        AccountId, JobId, Timestamp,
        contact::cells::HandedIn,
        ids::MessageKey,
        job::{BadRows, ImportOrder, Job},
    },
    ports::objects::list_all,
    seal::{AccountKeys, SubjectKey},
};

pub use bad_rows::{BAD_ROWS, MOST_TOLD};

/// After so many pieces that were stored the place is noted.
const NOTED_AFTER: usize = 10;
/// More rows are to be cut into several files.
pub const MOST_ROWS: u64 = 500_000;

/// Where an import stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    #[serde(default)]
    pub stage: Stage,
    /// Where the next row begins: the part, and the byte in it.
    #[serde(default)]
    part: u32,
    #[serde(default)]
    at: usize,
    /// The line of the file that comes next, as people count.
    #[serde(default)]
    line: u64,
    /// The first line of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    header: Vec<String>,
    /// Rows of the file, as far as they are counted.
    pub rows: u64,
    /// Of these, such as cannot be taken in.
    pub bad: u64,
    /// Rows that were gone through to be stored.
    pub stored: u64,
    /// People who were not known before; addresses that were not on the list.
    pub new: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    #[default]
    Checking,
    Storing,
    Done,
}

/// The name of an uploaded part, from 1 on.
pub fn part_name(number: u32) -> String {
    format!("upload-{number:04}")
}

/// Whether a file of the job is what was uploaded, and nothing to hand out.
pub fn is_upload(file: &str) -> bool {
    file.starts_with("upload-")
}

/// An id for an upload. It holds the time, by which upkeep knows one that nobody began.
pub fn new_id(parts: &Parts) -> JobId {
    JobId::from_bits(MessageKey::new(parts.now(), parts.bits() & ((1 << 80) - 1)).bits())
}

/// Removes what was uploaded long ago and never begun. How many objects that were.
pub(super) async fn forget_abandoned(parts: &Parts, account: &AccountId, before: Timestamp) -> Result<u64, Trouble> {
    let mut forgotten = 0;
    for object in list_all(&*parts.objects, &names::outputs_of(account)).await? {
        let Some((job, _)) = names::output_in(&object.name).filter(|(_, file)| is_upload(file)) else { continue };
        let opened_at = MessageKey::from_bits(job.bits()).at();
        if opened_at < before && parts.store.job(account, job).await?.is_none() {
            parts.objects.remove(&[object.name]).await?;
            forgotten += 1;
        }
    }
    Ok(forgotten)
}

/// The key that an import's files are sealed under, which every erasure of the account drops.
pub async fn key_of(
    parts: &Parts,
    account: &AccountId,
    job: JobId,
    keys: &AccountKeys,
) -> Result<Option<SubjectKey>, Trouble> {
    let wrapped = parts.store.output_key(account, job).await?;
    Ok(wrapped.and_then(|wrapped| keys.unwrap(&wrapped)))
}

/// Makes that key.
pub async fn make_key(
    parts: &Parts,
    account: &AccountId,
    job: JobId,
    keys: &AccountKeys,
) -> Result<SubjectKey, Trouble> {
    let wrapped = keys.wrap(&people::new_subject_key(parts), parts.nonce());
    let kept = parts.store.put_output_key(account, job, &wrapped).await?;
    keys.unwrap(&kept).ok_or_else(|| Trouble::Unexpected("the key of an output cannot be opened".into()))
}

pub(super) async fn step(
    parts: &Parts,
    job: &Job,
    order: &ImportOrder,
    deadline: Deadline,
) -> Result<Stepped, Trouble> {
    let mut it: Imported = progress_of(job)?;
    let account = &job.account;
    let keys = parts.keys(account).await?;
    let gone = "what was uploaded is gone, since somebody was erased meanwhile; upload the file again";
    let Some(key) = key_of(parts, account, job.id, &keys).await? else { return Ok(Stepped::Failed(gone.to_owned())) };
    let outputs = Outputs { parts, account, job: job.id, key: &key };
    let handed_in = HandedIn { by: &order.by, at: job.asked_at };
    let mut file = File::of(&outputs, order, handed_in);
    let mut pieces = 0;
    while pieces == 0 || !deadline.passed() {
        pieces += 1;
        let piece = match file.piece(&mut it).await? {
            Read::Rows(piece) => piece,
            Read::Bad(why) => return Ok(Stepped::Failed(why)),
            Read::Missing => return Ok(Stepped::Failed(gone.to_owned())),
            Read::End => match it.stage {
                Stage::Checking => {
                    bad_rows::tell(&outputs).await?;
                    if let Some(over) = checked(&outputs, order, &mut it).await? {
                        return Ok(over);
                    }
                    // From the beginning, now to store.
                    (it.stage, it.part, it.at, it.line) = (Stage::Storing, 0, 0, 0);
                    break;
                }
                Stage::Storing | Stage::Done => {
                    it.stage = Stage::Done;
                    forget_uploads(&outputs).await?;
                    return Ok(Stepped::Done(noted(&it)));
                }
            },
        };
        match it.stage {
            Stage::Checking => bad_rows::note(&outputs, &piece, &mut it).await?,
            Stage::Storing | Stage::Done => storing::store((parts, account, &keys), piece, &order.by, &mut it).await?,
        }
        if it.rows > MOST_ROWS {
            return Ok(Stepped::Failed(format!("the file has more than {MOST_ROWS} rows; cut it into several")));
        }
        // What was stored is noted before much more of it is.
        if it.stage == Stage::Storing && pieces == NOTED_AFTER {
            break;
        }
    }
    Ok(Stepped::More { progress: noted(&it), pause: 0 })
}

/// What follows once all was looked at, if that ends it.
async fn checked(outputs: &Outputs<'_>, order: &ImportOrder, it: &mut Imported) -> Result<Option<Stepped>, Trouble> {
    if it.header.is_empty() {
        return Ok(Some(Stepped::Failed("the file is empty; its first line names the columns".to_owned())));
    }
    let refused = it.bad > 0 && order.bad_rows == BadRows::Refuse;
    if refused || order.check_only {
        it.stage = Stage::Done;
        forget_uploads(outputs).await?;
        return Ok(Some(Stepped::Done(noted(it))));
    }
    Ok(None)
}

/// What was uploaded is of no use any more, and personal.
async fn forget_uploads(outputs: &Outputs<'_>) -> Result<(), Trouble> {
    let names = outputs::files(outputs.parts, outputs.account, outputs.job).await?;
    for name in names.iter().filter(|name| is_upload(name)) {
        outputs.remove(name).await?;
    }
    Ok(())
}
