//! The compliance report: what was sent to whom, by which way, under which consent and window, with the provider's answer.
//! Made from the history, an hour at a time, into files of a size that can be fetched; a signed manifest of their hashes
//! comes last, so that a later change of any of them shows.

mod lines;

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::{Stepped, noted, progress_of};
use crate::{
    app::{
        Parts, Trouble,
        archive::{
            names::Hour,
            outputs::{self, MOST_BYTES, Outputs},
            segments,
        },
        deadline::Deadline,
        people::{self, Known},
    },
    domain::{
        AccountId, ContactId, Timestamp,
        job::{Job, ReportFormat, ReportOrder},
        message::Message,
    },
    seal::{AccountKeys, SubjectKey, WrappedKey, sha256_hex},
    view::MessageRecord,
};
pub use lines::COLUMNS;
pub(in crate::app) use lines::harmless;

/// The file that names all others.
pub const MANIFEST: &str = "manifest.json";
/// Its signature: Ed25519, base64.
pub const SIGNATURE: &str = "manifest.sig";
/// So many people are kept in memory.
const MOST_PEOPLE: usize = 5000;

/// Where a report stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    /// The hour that comes next.
    hour: Option<Timestamp>,
    /// Files that are whole.
    pub files: u32,
    /// Messages in them.
    pub messages: u64,
}

/// What a report consists of, as its manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub v: u8,
    pub account: AccountId,
    pub job: String,
    pub from: Timestamp,
    pub until: Timestamp,
    pub format: ReportFormat,
    pub personal: bool,
    pub made_at: Timestamp,
    pub messages: u64,
    pub files: Vec<ManifestFile>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    pub name: String,
    pub bytes: usize,
    pub sha256: String,
}

/// The key that a report's files are sealed under. One with personal data has a key of its own, which every erasure of the
/// account drops.
pub async fn key_of(
    parts: &Parts,
    job: &Job,
    order: &ReportOrder,
    keys: &AccountKeys,
) -> Result<Option<SubjectKey>, Trouble> {
    if !order.personal {
        return Ok(Some(keys.own().clone()));
    }
    let wrapped = parts.store.output_key(&job.account, job.id).await?;
    Ok(wrapped.and_then(|wrapped| keys.unwrap(&wrapped)))
}

fn file_name(number: u32, format: ReportFormat) -> String {
    let ending = match format {
        ReportFormat::Csv => "csv",
        ReportFormat::Jsonl => "jsonl",
    };
    format!("messages-{number:06}.{ending}")
}

pub(super) async fn step(
    parts: &Parts,
    job: &Job,
    order: &ReportOrder,
    deadline: Deadline,
) -> Result<Stepped, Trouble> {
    let mut it: Reported = progress_of(job)?;
    let keys = parts.keys(&job.account).await?;
    let key = if let Some(key) = key_of(parts, job, order, &keys).await? {
        key
    } else {
        // New, or dropped by an erasure: what was written under it cannot be read any more.
        it = Reported::default();
        outputs::remove(parts, &job.account, job.id).await?;
        let made = people::new_subject_key(parts);
        let wrapped: WrappedKey = keys.wrap(&made, parts.nonce());
        let kept = parts.store.put_output_key(&job.account, job.id, &wrapped).await?;
        keys.unwrap(&kept).ok_or_else(|| Trouble::Unexpected("the key of an output cannot be opened".into()))?
    };
    let outputs = Outputs { parts, account: &job.account, job: job.id, key: &key };
    let mut hour = Hour::of(it.hour.unwrap_or(order.from));
    let mut file = lines::File::new(order.format);
    let mut people = People::default();
    let mut begun = false;
    while hour.begins_at() < order.until {
        if begun && deadline.passed() {
            break;
        }
        begun = true;
        write_hour(
            &Hourly { parts, keys: &keys, order, outputs: &outputs, account: &job.account },
            hour,
            &mut file,
            &mut it,
            &mut people,
        )
        .await?;
        hour = hour.next();
        it.hour = Some(hour.begins_at());
    }
    // What is noted stands behind whole files only.
    flush(&outputs, order, &mut file, &mut it).await?;
    if hour.begins_at() < order.until {
        return Ok(Stepped::More { progress: noted(&it), pause: 0 });
    }
    if it.files == 0 {
        outputs.put(&file_name(1, order.format), &lines::File::new(order.format).finish()).await?;
        it.files = 1;
    }
    if sign(parts, job, order, &outputs, &it, &keys).await? {
        return Ok(Stepped::Done(noted(&it)));
    }
    // An erasure came between: from the beginning, without that person.
    Ok(Stepped::More { progress: noted(&Reported::default()), pause: 1 })
}

/// What writing an hour needs.
struct Hourly<'a> {
    parts: &'a Parts,
    keys: &'a AccountKeys,
    order: &'a ReportOrder,
    outputs: &'a Outputs<'a>,
    account: &'a AccountId,
}

async fn write_hour(
    it: &Hourly<'_>,
    hour: Hour,
    file: &mut lines::File,
    progress: &mut Reported,
    people: &mut People,
) -> Result<(), Trouble> {
    let Some(of_hour) = segments::hour(it.parts, it.account, hour).await? else { return Ok(()) };
    for slice in 0..of_hour.slices {
        let mut wanted: Vec<Message> = Vec::new();
        of_hour
            .messages(it.parts, slice, |message| {
                let record = MessageRecord::new(&message);
                if record.direction == "outbound" && (it.order.from..it.order.until).contains(&record.at) {
                    wanted.push(message);
                }
                Ok(())
            })
            .await?;
        for message in wanted {
            let mut record = MessageRecord::new(&message);
            if it.order.personal {
                let known = people.of(it.parts, it.account, it.keys, record.contact).await?;
                let (key, addresses) =
                    known.map_or((None, &[][..]), |known| (known.key.as_ref(), known.contact.addresses.as_slice()));
                record = record.opened(&message, key, addresses);
            }
            file.add(&record)?;
            progress.messages += 1;
            if file.bytes() >= MOST_BYTES {
                flush(it.outputs, it.order, file, progress).await?;
            }
        }
    }
    Ok(())
}

async fn flush(
    outputs: &Outputs<'_>,
    order: &ReportOrder,
    file: &mut lines::File,
    progress: &mut Reported,
) -> Result<(), Trouble> {
    if file.is_empty() {
        return Ok(());
    }
    let whole = std::mem::replace(file, lines::File::new(order.format)).finish();
    outputs.put(&file_name(progress.files + 1, order.format), &whole).await?;
    progress.files += 1;
    Ok(())
}

/// Writes the manifest over what lies there, and its signature. `false`: a file cannot be opened any more.
async fn sign(
    parts: &Parts,
    job: &Job,
    order: &ReportOrder,
    outputs: &Outputs<'_>,
    it: &Reported,
    keys: &AccountKeys,
) -> Result<bool, Trouble> {
    let mut files = Vec::new();
    for number in 1..=it.files {
        let name = file_name(number, order.format);
        let Some(text) = outputs.get(&name).await? else { return Ok(false) };
        files.push(ManifestFile { bytes: text.len(), sha256: sha256_hex(text.as_bytes()), name });
    }
    let manifest = Manifest {
        v: 1,
        account: job.account.clone(),
        job: job.id.to_string(),
        from: order.from,
        until: order.until,
        format: order.format,
        personal: order.personal,
        made_at: parts.now(),
        messages: it.messages,
        files,
    };
    let text = serde_json::to_string_pretty(&manifest).map_err(|error| Trouble::Unexpected(error.into()))?;
    outputs.put(MANIFEST, &text).await?;
    outputs.put(SIGNATURE, &STANDARD.encode(keys.sign_report(text.as_bytes()))).await?;
    Ok(true)
}

/// People by their contacts, as long as there is room.
#[derive(Debug, Default)]
struct People(HashMap<ContactId, Option<Known>>);

impl People {
    async fn of(
        &mut self,
        parts: &Parts,
        account: &AccountId,
        keys: &AccountKeys,
        contact: ContactId,
    ) -> Result<Option<&Known>, Trouble> {
        if !self.0.contains_key(&contact) {
            if self.0.len() >= MOST_PEOPLE {
                self.0.clear();
            }
            self.0.insert(contact, people::look_up(parts, account, keys, contact).await?);
        }
        Ok(self.0.get(&contact).and_then(Option::as_ref))
    }
}
