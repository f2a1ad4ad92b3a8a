//! A file of contacts, taken in: all of it is looked at first, then rows are stored a few hundred at a time. Where it goes on is a
//! place in the file, noted after each piece; a piece that is taken in twice comes to the same.

use std::collections::HashMap;

use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::{Stepped, noted, progress_of};
use crate::{
    app::{
        Parts, Trouble,
        archive::{
            names,
            outputs::{self, Outputs},
        },
        deadline::Deadline,
        outlook::survivor_of,
        people, search,
    },
    domain::{
        AccountId, JobId, Timestamp,
        contact::{
            Address, Profile,
            change::{BadField, ProfileChange},
            table::{Columns, ImportedRow, whole_records},
        },
        ids::MessageKey,
        job::{BadRows, ImportOrder, Job},
    },
    ports::objects::list_all,
    seal::{AccountKeys, Sealed, SubjectKey},
};

/// So many rows are read at a time.
const PIECE: usize = 200;
/// After so many pieces that were stored the place is noted.
const NOTED_AFTER: usize = 10;
/// So many people are written at once.
const AT_ONCE: usize = 16;
/// So many bad rows are told one by one.
pub const MOST_TOLD: u64 = 1000;
/// No row of a contact is as long.
const LONGEST_ROW: usize = 256 * 1024;
/// More rows are to be cut into several files.
pub const MOST_ROWS: u64 = 500_000;
/// The file that tells of bad rows.
pub const BAD_ROWS: &str = "bad_rows.csv";

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
    /// People who were not known before.
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
    let mut file = File { outputs: &outputs, parts: order.parts, kept: None };
    let mut pieces = 0;
    while pieces == 0 || !deadline.passed() {
        pieces += 1;
        let piece = match file.piece(&mut it).await? {
            Read::Rows(piece) => piece,
            Read::Bad(why) => return Ok(Stepped::Failed(why)),
            Read::Missing => return Ok(Stepped::Failed(gone.to_owned())),
            Read::End => match it.stage {
                Stage::Checking => {
                    tell_bad_rows(&outputs).await?;
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
            Stage::Checking => check(&outputs, &piece, &mut it).await?,
            Stage::Storing | Stage::Done => store(parts, account, &keys, piece, &mut it).await?,
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

/// Notes what is wrong with rows, each piece in a file of its own, so that looking twice tells once.
async fn check(outputs: &Outputs<'_>, piece: &[Row], it: &mut Imported) -> Result<(), Trouble> {
    let mut text = String::new();
    for row in piece {
        it.rows += 1;
        let Err(bad) = &row.read else { continue };
        it.bad += 1;
        if it.bad <= MOST_TOLD {
            text.push_str(&line_of(&[row.line.to_string(), bad.field.clone(), bad.message.clone()])?);
        }
    }
    if let Some(first) = piece.first().filter(|_| !text.is_empty()) {
        outputs.put(&format!("{BAD_PIECE}{:010}", first.line), &text).await?;
    }
    Ok(())
}

const BAD_PIECE: &str = "bad-piece-";

/// Puts what was noted of bad rows into one file, if any was.
async fn tell_bad_rows(outputs: &Outputs<'_>) -> Result<(), Trouble> {
    let names = outputs::files(outputs.parts, outputs.account, outputs.job).await?;
    let pieces: Vec<&String> = names.iter().filter(|name| name.starts_with(BAD_PIECE)).collect();
    if pieces.is_empty() {
        return Ok(());
    }
    let mut text = line_of(&["line", "column", "problem"].map(str::to_owned))?;
    for name in &pieces {
        text.push_str(&outputs.get(name).await?.unwrap_or_default());
    }
    outputs.put(BAD_ROWS, &text).await?;
    for name in pieces {
        outputs.remove(name).await?;
    }
    Ok(())
}

/// A line of CSV.
fn line_of(cells: &[String]) -> Result<String, Trouble> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells).map_err(|error| Trouble::Unexpected(error.into()))?;
    let bytes = writer.into_inner().map_err(|error| Trouble::Unexpected(error.to_string().into()))?;
    String::from_utf8(bytes).map_err(|error| Trouble::Unexpected(error.into()))
}

/// Stores the good rows of a piece, several people at once; of one person, one row after another.
async fn store(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    piece: Vec<Row>,
    it: &mut Imported,
) -> Result<(), Trouble> {
    let mut by_person: HashMap<Address, Vec<ProfileChange>> = HashMap::new();
    for row in piece {
        it.stored += 1;
        if let Ok(ImportedRow { address, change }) = row.read {
            by_person.entry(address).or_default().push(change);
        }
    }
    let people: Vec<_> = by_person.into_iter().collect();
    for some in people.chunks(AT_ONCE) {
        let writes = some.iter().map(|(address, changes)| store_one(parts, account, keys, address, changes));
        let new = try_join_all(writes).await?;
        it.new += new.into_iter().filter(|new| *new).count() as u64;
    }
    Ok(())
}

/// Whether they were not known before.
async fn store_one(
    parts: &Parts,
    account: &AccountId,
    keys: &AccountKeys,
    address: &Address,
    changes: &[ProfileChange],
) -> Result<bool, Trouble> {
    // Each was found to be fine by itself; together with what is known, fields may be too many, and then stay as they are.
    let apply = |known: Profile| {
        changes.iter().fold(known, |known, change| change.clone().applied_to(known.clone()).unwrap_or(known))
    };
    let known = parts.store.identities(account, &[keys.hash(address)]).await?;
    let new = known.into_iter().flatten().next().is_none();
    let first = new.then(|| apply(Profile::default()));
    let person = people::recognise(parts, account, keys, std::slice::from_ref(address), None, first.as_ref()).await?;
    let Some(survivor) = survivor_of(parts, account, keys, person.contact).await? else { return Ok(new) };
    let Some(key) = &survivor.key else { return Ok(new) };
    let profile = apply(survivor.contact.profile.clone());
    let differs = profile != survivor.contact.profile;
    if differs {
        let sealed = Sealed::new(&profile, key, parts.nonce());
        parts.store.set_profile(account, survivor.contact.id, &sealed).await?;
    }
    if new || differs {
        search::index(parts, account, survivor.contact.id).await?;
    }
    Ok(new)
}

/// A row of the file, and the line on which it begins, as people count.
struct Row {
    line: u64,
    read: Result<ImportedRow, BadField>,
}

enum Read {
    Rows(Vec<Row>),
    End,
    /// The file as a whole is none of contacts.
    Bad(String),
    Missing,
}

struct File<'a> {
    outputs: &'a Outputs<'a>,
    parts: u32,
    /// The part that was read last.
    kept: Option<(u32, String)>,
}

/// Text from where an import stands, and which bytes of which part it is made of.
#[derive(Default)]
struct Rest {
    text: String,
    /// Part, first byte in it, how many.
    of: Vec<(u32, usize, usize)>,
}

impl File<'_> {
    /// Reads on from where the import stands, and says in `it` where it stands then.
    async fn piece(&mut self, it: &mut Imported) -> Result<Read, Trouble> {
        let Some(rest) = self.rest(it).await? else { return Ok(Read::Missing) };
        if rest.text.is_empty() {
            return Ok(Read::End);
        }
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rest.text.as_bytes());
        let mut first = it.part <= 1 && it.at == 0;
        let mut columns = Columns::read(it.header.iter().map(String::as_str)).ok();
        let mut rows = Vec::new();
        let mut record = csv::StringRecord::new();
        let mut lines = Lines { text: &rest.text, at: 0, line: it.line + 1 };
        while rows.len() < PIECE {
            match reader.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {}
                Err(error) => {
                    let line = lines.of(error.position());
                    return Ok(Read::Bad(format!("line {line} {}", words(&error))));
                }
            }
            let line = lines.of(record.position());
            if first {
                first = false;
                match Columns::read(record.iter()) {
                    Ok(read) => columns = Some(read),
                    Err(bad) => {
                        let all: Vec<String> = bad.iter().map(ToString::to_string).collect();
                        return Ok(Read::Bad(all.join("; ")));
                    }
                }
                it.header = record.iter().map(str::to_owned).collect();
                continue;
            }
            let Some(columns) = &columns else { return Ok(Read::Bad("the file has no first line".to_owned())) };
            let cells: Vec<&str> = record.iter().collect();
            rows.push(Row { line, read: columns.row(cells.into_iter()) });
        }
        it.line = lines.of(Some(reader.position())) - 1;
        rest.go_on(it, usize::try_from(reader.position().byte()).unwrap_or(usize::MAX));
        Ok(Read::Rows(rows))
    }

    /// Whole records from where the import stands. `None`: a part is missing or cannot be opened any more.
    async fn rest(&mut self, it: &Imported) -> Result<Option<Rest>, Trouble> {
        let mut rest = Rest::default();
        let (mut number, mut from) = (it.part.max(1), it.at);
        while number <= self.parts {
            let Some(text) = self.part(number).await? else { return Ok(None) };
            let of_part = text.get(from..).unwrap_or_default();
            rest.text.push_str(of_part);
            rest.of.push((number, from, of_part.len()));
            let end = if number == self.parts { rest.text.len() } else { whole_records(rest.text.as_bytes()) };
            // A record that goes on in the next part; and one that never ends is cut, and told as a bad row.
            if end > 0 || rest.text.len() > LONGEST_ROW {
                rest.text.truncate(if end > 0 { end } else { rest.text.len() });
                break;
            }
            (number, from) = (number + 1, 0);
        }
        Ok(Some(rest))
    }

    async fn part(&mut self, number: u32) -> Result<Option<&str>, Trouble> {
        if self.kept.as_ref().is_none_or(|(kept, _)| *kept != number) {
            self.kept = self.outputs.get(&part_name(number)).await?.map(|text| (number, text));
        }
        Ok(self.kept.as_ref().map(|(_, text)| text.as_str()))
    }
}

/// Lines as people count them. (The reader counts a record behind `\r\n` as on the line before.)
struct Lines<'a> {
    text: &'a str,
    /// Up to here they are counted.
    at: usize,
    /// The line that begins or goes on there.
    line: u64,
}

impl Lines<'_> {
    /// The line of the record at a position, which is not before the last one that was asked for.
    fn of(&mut self, position: Option<&csv::Position>) -> u64 {
        let bytes = self.text.as_bytes();
        let begins = position.map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
        // A record's position may lie before the end of the line that it follows.
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let mut to = begins.min(bytes.len());
        to += bytes[to..].iter().take_while(|byte| is_end(byte)).count();
        if to > self.at {
            let ends = memchr::memchr_iter(b'\n', &bytes[self.at..to]).count();
            (self.at, self.line) = (to, self.line + ends as u64);
        }
        self.line
    }
}

impl Rest {
    /// So many bytes of it were read.
    fn go_on(&self, it: &mut Imported, mut bytes: usize) {
        for (number, from, length) in &self.of {
            if bytes < *length {
                (it.part, it.at) = (*number, from + bytes);
                return;
            }
            bytes -= length;
            (it.part, it.at) = (number + 1, 0);
        }
    }
}

fn words(error: &csv::Error) -> &'static str {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8; save the file as \"CSV UTF-8\"",
        _ => "is not CSV",
    }
}
