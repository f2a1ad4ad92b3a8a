//! Contacts as a table, such as a property management system hands out: which column is what, what a row says, and how a contact
//! is written as one.

use std::collections::BTreeMap;

use super::{
    Address, Contact, Profile,
    change::{BadField, Change, ProfileChange},
};
use crate::domain::{Phone, template::variables::check_name};

/// More columns than a contact has fields, and some.
const MOST_COLUMNS: usize = 120;
/// What stands before the name of a field of the account's own.
const FIELD: &str = "fields.";
/// What tags are written between.
const BETWEEN_TAGS: char = ';';

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Phone,
    UserId,
    Name,
    Language,
    TimeZone,
    Vip,
    Tags,
    Field(String),
}

impl Column {
    fn read(name: &str) -> Result<Self, String> {
        match name {
            "phone" => Ok(Self::Phone),
            "user_id" => Ok(Self::UserId),
            "name" => Ok(Self::Name),
            "language" => Ok(Self::Language),
            "time_zone" => Ok(Self::TimeZone),
            "vip" => Ok(Self::Vip),
            "tags" => Ok(Self::Tags),
            _ => {
                let Some(field) = name.strip_prefix(FIELD) else {
                    return Err(format!(
                        "is no column of contacts: phone, user_id, name, language, time_zone, vip, tags, or {FIELD} and a name"
                    ));
                };
                check_name(field).map_err(|bad| bad.message().to_owned())?;
                Ok(Self::Field(field.to_owned()))
            }
        }
    }
}

/// The columns of a file, by its first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns(Vec<Column>);

/// One person of a file.
#[derive(Debug)]
pub struct ImportedRow {
    pub address: Address,
    pub change: ProfileChange,
}

impl Columns {
    /// Reads the first line of a file.
    ///
    /// # Errors
    /// Every column that is none.
    pub fn read<'a>(header: impl IntoIterator<Item = &'a str>) -> Result<Self, Vec<BadField>> {
        let (mut columns, mut bad) = (Vec::new(), Vec::new());
        for (index, name) in header.into_iter().enumerate() {
            let name = name.trim().trim_start_matches('\u{feff}').to_lowercase();
            let column = format!("column {}", index + 1);
            match Column::read(&name) {
                Ok(read) if columns.contains(&read) => bad.push(BadField::new(column, "is there twice")),
                Ok(read) => columns.push(read),
                Err(message) => bad.push(BadField::new(column, message)),
            }
            if index >= MOST_COLUMNS {
                bad.push(BadField::new("(header)", format!("may name at most {MOST_COLUMNS} columns")));
                break;
            }
        }
        if bad.is_empty() && !columns.iter().any(|column| matches!(column, Column::Phone | Column::UserId)) {
            bad.push(BadField::new("(header)", "needs a column phone or user_id"));
        }
        if bad.is_empty() { Ok(Self(columns)) } else { Err(bad) }
    }

    /// Reads a row. An empty cell says nothing: what is known stays.
    ///
    /// # Errors
    /// The first cell that cannot be kept, by the name of its column.
    pub fn row<'a>(&self, cells: impl ExactSizeIterator<Item = &'a str>) -> Result<ImportedRow, BadField> {
        if cells.len() != self.0.len() {
            let words = format!("has {} cells, and the header {}", cells.len(), self.0.len());
            return Err(BadField::new("(row)", words));
        }
        let mut address = None;
        let mut change = ProfileChange::default();
        for (column, cell) in self.0.iter().zip(cells) {
            let cell = plain(cell);
            if cell.is_empty() {
                continue;
            }
            match column {
                Column::Phone => {
                    let phone = Phone::parse(&cell).map_err(|error| BadField::new("phone", error.to_string()))?;
                    address = Some(Address::Phone(phone));
                }
                Column::UserId => {
                    let id = Address::from_user_id(&cell);
                    let id = id.ok_or_else(|| BadField::new("user_id", "is not a business-scoped user id"))?;
                    address.get_or_insert(id);
                }
                Column::Name => change.name = Change::To(cell),
                Column::Language => change.language = Change::To(cell),
                Column::TimeZone => change.time_zone = Change::To(cell),
                Column::Vip => change.vip = Some(yes_or_no(&cell)?),
                Column::Tags => {
                    let tags = cell.split(BETWEEN_TAGS).map(str::trim).filter(|tag| !tag.is_empty());
                    change.tags = Some(tags.map(str::to_owned).collect());
                }
                Column::Field(name) => {
                    change.fields.insert(name.clone(), Change::To(cell));
                }
            }
        }
        let address = address.ok_or_else(|| BadField::new("phone", "is needed, or a user_id"))?;
        // Whatever is known of a person already, this row by itself must be fine.
        change.check()?;
        Ok(ImportedRow { address, change })
    }
}

fn yes_or_no(cell: &str) -> Result<bool, BadField> {
    match cell.to_lowercase().as_str() {
        "yes" | "true" | "1" => Ok(true),
        "no" | "false" | "0" => Ok(false),
        _ => Err(BadField::new("vip", "must be yes or no")),
    }
}

/// Without the apostrophe that keeps a spreadsheet from running a cell.
fn plain(cell: &str) -> String {
    let cell = cell.trim();
    let rest = cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@']));
    rest.unwrap_or(cell).to_owned()
}

/// The first line of a file that contacts are written to; `fields`: all that any of them has.
pub fn header(fields: &[String]) -> Vec<String> {
    let own = fields.iter().map(|name| format!("{FIELD}{name}"));
    ["phone", "user_id", "name", "language", "time_zone", "vip", "tags"]
        .map(str::to_owned)
        .into_iter()
        .chain(own)
        .collect()
}

/// A contact as a row under [`header`].
pub fn row(contact: &Contact, fields: &[String]) -> Vec<String> {
    let first = |kind: &str| {
        let found = contact.addresses.iter().find(|(_, address)| address.kind() == kind);
        found.map(|(_, address)| address.value().to_owned()).unwrap_or_default()
    };
    let Profile { name, language, time_zone, fields: own, vip, tags, quiet_hours: _ } = &contact.profile;
    let own: BTreeMap<&str, &str> = own.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let vip = if *vip { "yes" } else { "no" }.to_owned();
    let mut row = vec![first("phone"), first("user_id"), text(name), text(language), text(time_zone), vip];
    row.push(tags.join(&BETWEEN_TAGS.to_string()));
    row.extend(fields.iter().map(|name| own.get(name.as_str()).copied().unwrap_or_default().to_owned()));
    row
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
    use crate::domain::{ContactId, consent::Consent, contact::AddressHash};

    fn columns(header: &str) -> Columns {
        Columns::read(header.split(',')).unwrap()
    }

    #[track_caller]
    fn bad(header: &str, row: &str) -> String {
        let cells: Vec<&str> = row.split(',').collect();
        columns(header).row(cells.into_iter()).unwrap_err().field
    }

    #[test]
    fn a_header_names_its_columns_in_any_order() {
        columns("phone");
        columns("\u{feff}Name, PHONE ,fields.room_number,tags");
        let wrong = |header: &str| {
            Columns::read(header.split(',')).unwrap_err().into_iter().map(|bad| bad.field).collect::<Vec<_>>()
        };
        assert_eq!(wrong("phone,nme,room"), ["column 2", "column 3"]);
        assert_eq!(wrong("phone,phone"), ["column 2"]);
        assert_eq!(wrong("name,tags"), ["(header)"]);
        assert_eq!(wrong("phone,fields.a b"), ["column 2"]);
        assert_eq!(wrong(""), ["column 1"]);
    }

    #[test]
    fn a_row_says_who_and_what_and_an_empty_cell_says_nothing() {
        let columns = columns("phone,name,vip,tags,fields.room_number,language");
        let cells = ["+1 650 555 0101", "'=Ana", "Yes", "returning; vegan;", "B12", ""];
        let row = columns.row(cells.into_iter()).unwrap();
        assert_eq!(row.address, Address::Phone(Phone::from_e164("+16505550101").unwrap()));
        let known = Profile { language: Some("es".into()), ..Profile::default() };
        let profile = row.change.applied_to(known).unwrap();
        assert_eq!((profile.name.as_deref(), profile.language.as_deref()), (Some("=Ana"), Some("es")));
        assert!(profile.vip);
        assert_eq!(profile.tags.into_iter().collect::<Vec<_>>(), ["returning", "vegan"]);
        assert_eq!(profile.fields["room_number"], "B12");
    }

    #[test]
    fn a_cell_that_cannot_be_kept_is_named_by_its_column() {
        assert_eq!(bad("phone,name", "12,Ana"), "phone");
        assert_eq!(bad("phone,name", ",Ana"), "phone");
        assert_eq!(bad("user_id,name", "x,Ana"), "user_id");
        assert_eq!(bad("phone,name", "+16505550101"), "(row)");
        assert_eq!(bad("phone,vip", "+16505550101,perhaps"), "vip");
        assert_eq!(bad("phone,language", "+16505550101,Spanish"), "language");
        assert_eq!(bad("phone,time_zone", "+16505550101,Madrid"), "time_zone");
    }

    #[test]
    fn what_is_written_reads_back_as_the_same() {
        let phone = Address::Phone(Phone::from_e164("+16505550101").unwrap());
        let mut profile = Profile { name: Some("Ana, \"A\"".into()), vip: true, ..Profile::default() };
        profile.tags.extend(["a".to_owned(), "b".to_owned()]);
        profile.fields.insert("room".into(), "1".into());
        let contact = Contact {
            id: ContactId::from_bits(1),
            addresses: vec![(AddressHash("h".into()), phone.clone())],
            profile: profile.clone(),
            consent: Consent::default(),
            former: Vec::new(),
            survivor: None,
            erased: false,
        };
        let fields = ["other".to_owned(), "room".to_owned()];
        let header = header(&fields);
        let row = row(&contact, &fields);
        let read = Columns::read(header.iter().map(String::as_str)).unwrap();
        let read = read.row(row.iter().map(String::as_str)).unwrap();
        assert_eq!(read.address, phone);
        assert_eq!(read.change.applied_to(Profile::default()).unwrap(), profile);
    }

    #[test]
    fn a_piece_is_cut_where_a_record_ends() {
        assert_eq!(whole_records(b"a,b\nc"), 4);
        assert_eq!(whole_records(b"a,\"b\nc\"\r\nd"), 9);
        assert_eq!(whole_records(b"a,\"b\nc"), 0);
        assert_eq!(whole_records(b"a,\"say \"\"hi\"\"\"\n"), 15);
        assert_eq!(whole_records(b""), 0);
    }
}
