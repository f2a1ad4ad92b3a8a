//! Headers and cells of files that people hand in as CSV.

use super::{Address, change::BadField};
use crate::domain::{Phone, Timestamp, job::Day};

/// More columns than a contact has fields, and some.
const MOST_COLUMNS: usize = 130;
/// What several values of one cell are written between.
pub(super) const BETWEEN: char = ';';

/// Who hands a file in, and when.
#[derive(Debug, Clone, Copy)]
pub struct HandedIn<'a> {
    pub by: &'a str,
    pub at: Timestamp,
}

/// Reads the first line of a file, each column by its name in lower case.
///
/// # Errors
/// Every column that is none, or is there twice.
pub(super) fn read_header<'a, C: PartialEq>(
    header: impl IntoIterator<Item = &'a str>,
    read: impl Fn(&str) -> Result<C, String>,
) -> Result<Vec<C>, Vec<BadField>> {
    let (mut columns, mut bad) = (Vec::new(), Vec::new());
    for (index, name) in header.into_iter().enumerate() {
        let name = name.trim().trim_start_matches('\u{feff}').to_lowercase();
        let column = format!("column {}", index + 1);
        match read(&name) {
            Ok(read) if columns.contains(&read) => bad.push(BadField::new(column, "is there twice")),
            Ok(read) => columns.push(read),
            Err(message) => bad.push(BadField::new(column, message)),
        }
        if index >= MOST_COLUMNS {
            bad.push(BadField::new("(header)", format!("may name at most {MOST_COLUMNS} columns")));
            break;
        }
    }
    if bad.is_empty() { Ok(columns) } else { Err(bad) }
}

/// The cells of a row that say something, each with its column.
///
/// # Errors
/// There are more or fewer than columns.
pub(super) fn cells<'a, 'c, C>(
    columns: &'c [C],
    cells: impl ExactSizeIterator<Item = &'a str>,
) -> Result<impl Iterator<Item = (&'c C, String)>, BadField> {
    if cells.len() != columns.len() {
        let words = format!("has {} cells, and the header {}", cells.len(), columns.len());
        return Err(BadField::new("(row)", words));
    }
    Ok(columns.iter().zip(cells.map(plain)).filter(|(_, cell)| !cell.is_empty()))
}

/// Without the apostrophe that keeps a spreadsheet from running a cell.
fn plain(cell: &str) -> String {
    let cell = cell.trim();
    let rest = cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@']));
    rest.unwrap_or(cell).to_owned()
}

pub(super) fn phone(cell: &str) -> Result<Address, BadField> {
    Phone::parse(cell).map(Address::Phone).map_err(|error| BadField::new("phone", error.to_string()))
}

pub(super) fn user_id(cell: &str) -> Result<Address, BadField> {
    Address::from_user_id(cell).ok_or_else(|| BadField::new("user_id", "is not a business-scoped user id"))
}

pub(super) fn no_address() -> BadField {
    BadField::new("phone", "is needed, or a user_id")
}

pub(super) fn yes_or_no(field: &str, cell: &str) -> Result<bool, BadField> {
    match cell.to_lowercase().as_str() {
        "yes" | "true" | "1" => Ok(true),
        "no" | "false" | "0" => Ok(false),
        _ => Err(BadField::new(field, "must be yes or no")),
    }
}

/// A day, which begins at midnight UTC, or a moment; not after the file was handed in.
pub(super) fn moment(field: &str, cell: &str, handed_in: HandedIn<'_>) -> Result<Timestamp, BadField> {
    let day = || cell.parse::<Day>().ok().map(Day::begins_at);
    let wrong = || BadField::new(field, "must be a day such as 2026-03-01, or a moment such as 2026-03-01T09:30:00Z");
    let at = cell.parse::<Timestamp>().ok().or_else(day).ok_or_else(wrong)?;
    if at > handed_in.at { Err(BadField::new(field, "must not lie in the future")) } else { Ok(at) }
}

/// Where the last whole record of a piece of a file ends, and with it how many bytes can be read by themselves. A line that
/// ends within quotes is no end (RFC 4180, section 2).
pub fn whole_records(piece: &[u8]) -> usize {
    let (mut quoted, mut end) = (false, 0);
    for (at, byte) in piece.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => end = at + 1,
            _ => {}
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_cut_where_a_record_ends() {
        assert_eq!(whole_records(b"a,b\nc"), 4);
        assert_eq!(whole_records(b"a,\"b\nc\"\r\nd"), 9);
        assert_eq!(whole_records(b"a,\"b\nc"), 0);
        assert_eq!(whole_records(b"a,\"say \"\"hi\"\"\"\n"), 15);
        assert_eq!(whole_records(b""), 0);
    }

    #[test]
    fn a_moment_is_a_day_or_a_time_and_never_ahead() {
        let handed_in = HandedIn { by: "x", at: "2026-03-02T12:00:00Z".parse().unwrap() };
        let read = |cell: &str| moment("since", cell, handed_in).map(|at| at.to_string());
        assert_eq!(read("2026-03-01").as_deref(), Ok("2026-03-01T00:00:00Z"));
        assert_eq!(read("2026-03-01T10:30:00+01:00").as_deref(), Ok("2026-03-01T09:30:00Z"));
        for bad in ["01.03.2026", "2026-3-1", "yesterday", "2026-03-03", "2026-03-02T12:00:01Z"] {
            assert_eq!(read(bad).unwrap_err().field, "since", "{bad}");
        }
    }
}
