//! All contacts as a file, for people and for other systems; it can be taken in again. Contacts that are part of another one are
//! left out.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    Stepped,
    import::{key_of, make_key},
    noted, progress_of,
    report::harmless,
};
use crate::{
    app::{
        Parts, Trouble,
        archive::outputs::{self, MOST_BYTES, Outputs},
        deadline::Deadline,
        people,
    },
    domain::{
        contact::{
            Contact,
            table::{header, row},
        },
        job::Job,
    },
    seal::AccountKeys,
};

/// So many rows of the table are read at a time.
const PAGE: usize = 500;

/// Where an export of all contacts stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// The fields that any of them has, which become columns; they are found first.
    #[serde(default)]
    fields: BTreeSet<String>,
    #[serde(default)]
    stage: Stage,
    /// Where the next page begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    pub contacts: u64,
    pub files: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    #[default]
    Columns,
    Rows,
}

/// The name of a file, from 1 on. Each has its first line.
fn file_name(number: u32) -> String {
    format!("contacts-{number:04}.csv")
}

pub(super) async fn step(parts: &Parts, job: &Job, deadline: Deadline) -> Result<Stepped, Trouble> {
    let mut it: Listed = progress_of(job)?;
    let account = &job.account;
    let keys = parts.keys(account).await?;
    let known_key = key_of(parts, account, job.id, &keys).await?;
    let key = if let Some(key) = known_key {
        key
    } else {
        // New, or dropped by an erasure: what was written under it cannot be read any more.
        it = Listed::default();
        outputs::remove(parts, account, job.id).await?;
        make_key(parts, account, job.id, &keys).await?
    };
    let outputs = Outputs { parts, account, job: job.id, key: &key };
    let mut file = CsvFile::new(&it.fields);
    let mut begun = false;
    while !(begun && deadline.passed()) {
        begun = true;
        let page = parts.store.contacts(account, it.after.as_deref(), PAGE).await?;
        for id in page.contacts {
            let Some(contact) = open(parts, &keys, job, id).await? else { continue };
            match it.stage {
                Stage::Columns => it.fields.extend(contact.profile.fields.keys().cloned()),
                Stage::Rows => {
                    file.add(&contact)?;
                    it.contacts += 1;
                }
            }
        }
        it.after = page.next;
        match (it.stage, &it.after) {
            (_, Some(_)) => {}
            (Stage::Columns, None) => {
                it.stage = Stage::Rows;
                return Ok(Stepped::More { progress: noted(&it), pause: 0 });
            }
            (Stage::Rows, None) => {
                file.flush(&outputs, &mut it, true).await?;
                return Ok(Stepped::Done(noted(&it)));
            }
        }
        // What is noted stands behind whole files only.
        if file.bytes >= MOST_BYTES {
            break;
        }
    }
    file.flush(&outputs, &mut it, false).await?;
    Ok(Stepped::More { progress: noted(&it), pause: 0 })
}

/// One who can be written out: neither erased nor part of another.
async fn open(
    parts: &Parts,
    keys: &AccountKeys,
    job: &Job,
    id: crate::domain::ContactId,
) -> Result<Option<Contact>, Trouble> {
    let known = people::look_up(parts, &job.account, keys, id).await?;
    Ok(known.map(|known| known.contact).filter(|contact| !contact.erased && contact.survivor.is_none()))
}

struct CsvFile {
    writer: csv::Writer<Vec<u8>>,
    fields: Vec<String>,
    rows: u64,
    bytes: usize,
}

impl CsvFile {
    fn new(fields: &BTreeSet<String>) -> Self {
        let writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        Self { writer, fields: fields.iter().cloned().collect(), rows: 0, bytes: 0 }
    }

    fn write(&mut self, cells: Vec<String>) -> Result<(), Trouble> {
        let cells: Vec<String> = cells.into_iter().map(harmless).collect();
        self.bytes += cells.iter().map(|cell| cell.len() + 3).sum::<usize>();
        self.writer.write_record(&cells).map_err(|error| Trouble::Unexpected(error.into()))
    }

    fn add(&mut self, contact: &Contact) -> Result<(), Trouble> {
        if self.rows == 0 {
            self.write(header(&self.fields))?;
        }
        self.rows += 1;
        let cells = row(contact, &self.fields);
        self.write(cells)
    }

    /// `last`: a file is written even if it has no row.
    async fn flush(mut self, outputs: &Outputs<'_>, it: &mut Listed, last: bool) -> Result<(), Trouble> {
        if self.rows == 0 && !(last && it.files == 0) {
            return Ok(());
        }
        if self.rows == 0 {
            self.write(header(&self.fields))?;
        }
        let bytes = self.writer.into_inner().map_err(|error| Trouble::Unexpected(error.to_string().into()))?;
        let text = String::from_utf8(bytes).map_err(|error| Trouble::Unexpected(error.into()))?;
        outputs.put(&file_name(it.files + 1), &text).await?;
        it.files += 1;
        Ok(())
    }
}
