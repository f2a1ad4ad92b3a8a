//! A file in the parts that it was uploaded in, read piece by piece from wherever the work stands.

use super::{Imported, part_name};
use crate::{
    app::{Trouble, archive::outputs::Outputs},
    domain::{
        contact::{
            cells::{HandedIn, whole_records},
            change::BadField,
            suppressed::{self, SuppressedRow},
            table::{self, ImportedRow},
        },
        job::{ImportOf, ImportOrder},
    },
};

/// So many rows are read at a time.
const PIECE: usize = 200;
/// No row is as long.
const LONGEST_ROW: usize = 256 * 1024;
/// So many bytes are looked at at a time: most pieces have less.
const AT_ONCE: usize = 128 * 1024;

/// A row of the file, and the line on which it begins, as people count.
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) read: Result<Taken, BadField>,
}

/// What a row says.
pub(super) enum Taken {
    Contact(Box<ImportedRow>),
    Suppressed(SuppressedRow),
}

pub(super) enum Read {
    Rows(Vec<Row>),
    End,
    /// The file as a whole is none of its kind.
    Bad(String),
    Missing,
}

/// The columns of a file, by its first line.
enum Columns {
    Contacts(table::Columns),
    Suppressions(suppressed::Columns),
}

impl Columns {
    fn read<'a>(of: ImportOf, header: impl IntoIterator<Item = &'a str>) -> Result<Self, Vec<BadField>> {
        Ok(match of {
            ImportOf::Contacts => Self::Contacts(table::Columns::read(header)?),
            ImportOf::Suppressions => Self::Suppressions(suppressed::Columns::read(header)?),
        })
    }

    fn row(&self, record: &csv::StringRecord, handed_in: HandedIn<'_>) -> Result<Taken, BadField> {
        let cells: Vec<&str> = record.iter().collect();
        Ok(match self {
            Self::Contacts(columns) => Taken::Contact(Box::new(columns.row(cells.into_iter(), handed_in)?)),
            Self::Suppressions(columns) => Taken::Suppressed(columns.row(cells.into_iter(), handed_in)?),
        })
    }
}

pub(super) struct File<'a> {
    outputs: &'a Outputs<'a>,
    of: ImportOf,
    parts: u32,
    handed_in: HandedIn<'a>,
    /// The part that was read last.
    kept: Option<(u32, String)>,
}

/// Text from where an import stands, and which bytes of which part it is made of.
#[derive(Default)]
struct Rest {
    text: String,
    of: Vec<Span>,
}

/// Bytes of one part.
struct Span {
    part: u32,
    from: usize,
    length: usize,
    ends_part: bool,
}

impl Span {
    /// The place behind so many of its bytes: the part, and the byte in it.
    fn after(&self, bytes: usize) -> (u32, usize) {
        if self.ends_part && bytes == self.length { (self.part + 1, 0) } else { (self.part, self.from + bytes) }
    }
}

impl<'a> File<'a> {
    pub(super) fn of(outputs: &'a Outputs<'a>, order: &ImportOrder, handed_in: HandedIn<'a>) -> Self {
        Self { outputs, of: order.of, parts: order.parts, handed_in, kept: None }
    }

    /// Reads on from where the import stands, and says in `it` where it stands then.
    pub(super) async fn piece(&mut self, it: &mut Imported) -> Result<Read, Trouble> {
        let (of, handed_in) = (self.of, self.handed_in);
        let Some(rest) = self.rest(it).await? else { return Ok(Read::Missing) };
        if rest.text.is_empty() {
            return Ok(Read::End);
        }
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rest.text.as_bytes());
        let mut first = it.part <= 1 && it.at == 0;
        let mut columns = Columns::read(of, it.header.iter().map(String::as_str)).ok();
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
                match Columns::read(of, record.iter()) {
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
            rows.push(Row { line, read: columns.row(&record, handed_in) });
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
            let left = text.get(from..).unwrap_or_default();
            let next = &left[..left.floor_char_boundary(AT_ONCE)];
            let span = Span { part: number, from, length: next.len(), ends_part: next.len() == left.len() };
            rest.text.push_str(next);
            let is_last = span.ends_part && number == self.parts;
            let end = if is_last { rest.text.len() } else { whole_records(rest.text.as_bytes()) };
            (number, from) = span.after(span.length);
            rest.of.push(span);
            // A record may go on in the next part; one that never ends is cut, and told as a bad row.
            if end > 0 || rest.text.len() > LONGEST_ROW {
                rest.text.truncate(if end > 0 { end } else { rest.text.len() });
                break;
            }
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
        for span in &self.of {
            (it.part, it.at) = span.after(bytes.min(span.length));
            if bytes < span.length {
                return;
            }
            bytes -= span.length;
        }
    }
}

fn words(error: &csv::Error) -> &'static str {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8; save the file as \"CSV UTF-8\"",
        _ => "is not CSV",
    }
}
