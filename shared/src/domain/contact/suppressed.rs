//! Addresses that nobody writes to, as a table: which column is what, and what a row says.

use super::{
    Address,
    cells::{HandedIn, cells, moment, no_address, phone, read_header, user_id},
    change::{BadField, words},
};
use crate::domain::Timestamp;

/// In characters.
pub const LONGEST_WHY: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Phone,
    UserId,
    Why,
    Since,
}

impl Column {
    fn read(name: &str) -> Result<Self, String> {
        match name {
            "phone" => Ok(Self::Phone),
            "user_id" => Ok(Self::UserId),
            "why" => Ok(Self::Why),
            "since" => Ok(Self::Since),
            _ => Err("is no column of suppressed addresses: phone, user_id, why, since".to_owned()),
        }
    }
}

/// The columns of a file, by its first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns(Vec<Column>);

/// One address of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct SuppressedRow {
    pub address: Address,
    pub why: Option<String>,
    pub since: Timestamp,
}

impl Columns {
    /// Reads the first line of a file.
    ///
    /// # Errors
    /// Every column that is none.
    pub fn read<'a>(header: impl IntoIterator<Item = &'a str>) -> Result<Self, Vec<BadField>> {
        let columns = read_header(header, Column::read)?;
        if !columns.iter().any(|column| matches!(column, Column::Phone | Column::UserId)) {
            return Err(vec![BadField::new("(header)", "needs a column phone or user_id")]);
        }
        Ok(Self(columns))
    }

    /// Reads a row. Without a time it is suppressed since the file was handed in.
    ///
    /// # Errors
    /// The first cell that cannot be kept, by the name of its column.
    pub fn row<'a>(
        &self,
        row: impl ExactSizeIterator<Item = &'a str>,
        handed_in: HandedIn<'_>,
    ) -> Result<SuppressedRow, BadField> {
        let (mut address, mut why, mut since) = (None, None, handed_in.at);
        for (column, cell) in cells(&self.0, row)? {
            match column {
                Column::Phone => address = Some(phone(&cell)?),
                Column::UserId => {
                    let id = user_id(&cell)?;
                    address.get_or_insert(id);
                }
                Column::Why => why = Some(words("why", &cell, LONGEST_WHY)?),
                Column::Since => since = moment("since", &cell, handed_in)?,
            }
        }
        Ok(SuppressedRow { address: address.ok_or_else(no_address)?, why, since })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-03-02T12:00:00Z";

    fn read(header: &str, row: &str) -> Result<SuppressedRow, BadField> {
        let columns = Columns::read(header.split(',')).unwrap();
        let cells: Vec<&str> = row.split(',').collect();
        columns.row(cells.into_iter(), HandedIn { by: "tok_1", at: NOW.parse().unwrap() })
    }

    #[test]
    fn a_row_is_an_address_and_may_say_why_and_since_when() {
        let row = read("phone,why,since", "+1 650 555 0101,complained,2025-01-31").unwrap();
        assert_eq!(row.address.value(), "+16505550101");
        assert_eq!(row.why.as_deref(), Some("complained"));
        assert_eq!(row.since.to_string(), "2025-01-31T00:00:00Z");
        let row = read("user_id,phone", "US.13491208655302741918,").unwrap();
        assert_eq!(
            (row.address.value(), row.why, row.since.to_string().as_str()),
            ("US.13491208655302741918", None, NOW)
        );
    }

    #[test]
    fn what_cannot_be_kept_is_named_by_its_column() {
        let field = |header: &str, row: &str| read(header, row).unwrap_err().field;
        assert_eq!(field("phone", "12"), "phone");
        assert_eq!(field("phone,why", ",x"), "phone");
        assert_eq!(field("phone,why", "+16505550101"), "(row)");
        assert_eq!(field("phone,since", "+16505550101,2027-01-01"), "since");
        assert_eq!(field("phone,why", &format!("+16505550101,{}", "x".repeat(201))), "why");
        let wrong = |header: &str| Columns::read(header.split(',')).unwrap_err()[0].field.clone();
        assert_eq!(wrong("phone,reason"), "column 2");
        assert_eq!(wrong("why"), "(header)");
    }
}
