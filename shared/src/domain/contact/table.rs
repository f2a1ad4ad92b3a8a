//! Contacts as a table, such as a property management system hands out: which column is what, what a row says, and how a contact
//! is written as one.

use std::collections::BTreeMap;

use super::{
    Address, Contact, Profile,
    cells::{BETWEEN, HandedIn, cells, no_address, phone, read_header, user_id, yes_or_no},
    change::{BadField, Change, ProfileChange},
    wishes::{self, WishCells, WishColumn},
};
use crate::domain::{consent::Evidence, template::variables::check_name};

/// What stands before the name of a field of the account's own.
const FIELD: &str = "fields.";

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
    Wish(WishColumn),
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
                if let Some(column) = WishColumn::read(name) {
                    return Ok(Self::Wish(column));
                }
                let Some(field) = name.strip_prefix(FIELD) else {
                    let wishes = wishes::NAMES.map(|(name, _)| name).join(", ");
                    return Err(format!(
                        "is no column of contacts: phone, user_id, name, language, time_zone, vip, tags, {wishes}, or {FIELD} \
                         and a name"
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
    /// What they wished, with what proves it.
    pub wishes: Vec<Evidence>,
}

impl Columns {
    /// Reads the first line of a file.
    ///
    /// # Errors
    /// Every column that is none.
    pub fn read<'a>(header: impl IntoIterator<Item = &'a str>) -> Result<Self, Vec<BadField>> {
        let columns = read_header(header, Column::read)?;
        let missing = |words: &str| vec![BadField::new("(header)", words)];
        if !columns.iter().any(|column| matches!(column, Column::Phone | Column::UserId)) {
            return Err(missing("needs a column phone or user_id"));
        }
        let is_about_opt_in = |column: &Column| matches!(column, Column::Wish(wish) if wish.needs_purposes());
        if columns.iter().any(is_about_opt_in) && !columns.contains(&Column::Wish(WishColumn::Purposes)) {
            return Err(missing("needs a column opt_in beside the others of an opt-in"));
        }
        Ok(Self(columns))
    }

    /// Reads a row. An empty cell says nothing: what is known stays.
    ///
    /// # Errors
    /// The first cell that cannot be kept, by the name of its column.
    pub fn row<'a>(
        &self,
        row: impl ExactSizeIterator<Item = &'a str>,
        handed_in: HandedIn<'_>,
    ) -> Result<ImportedRow, BadField> {
        let mut address = None;
        let mut change = ProfileChange::default();
        let mut wishes = WishCells::default();
        for (column, cell) in cells(&self.0, row)? {
            match column {
                Column::Phone => address = Some(phone(&cell)?),
                Column::UserId => {
                    let id = user_id(&cell)?;
                    address.get_or_insert(id);
                }
                Column::Name => change.name = Change::To(cell),
                Column::Language => change.language = Change::To(cell),
                Column::TimeZone => change.time_zone = Change::To(cell),
                Column::Vip => change.vip = Some(yes_or_no("vip", &cell)?),
                Column::Tags => {
                    let tags = cell.split(BETWEEN).map(str::trim).filter(|tag| !tag.is_empty());
                    change.tags = Some(tags.map(str::to_owned).collect());
                }
                Column::Field(name) => {
                    change.fields.insert(name.clone(), Change::To(cell));
                }
                Column::Wish(column) => wishes.note(*column, cell),
            }
        }
        let address = address.ok_or_else(no_address)?;
        // Whatever is known of a person already, this row by itself must be fine.
        change.check()?;
        Ok(ImportedRow { address, change, wishes: wishes.wishes(handed_in)? })
    }
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
    row.push(tags.join(&BETWEEN.to_string()));
    row.extend(fields.iter().map(|name| own.get(name.as_str()).copied().unwrap_or_default().to_owned()));
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ContactId, Phone, consent::Consent, contact::AddressHash};

    fn handed_in() -> HandedIn<'static> {
        HandedIn { by: "tok_1", at: "2026-03-02T12:00:00Z".parse().unwrap() }
    }

    fn columns(header: &str) -> Columns {
        Columns::read(header.split(',')).unwrap()
    }

    #[track_caller]
    fn bad(header: &str, row: &str) -> String {
        let cells: Vec<&str> = row.split(',').collect();
        columns(header).row(cells.into_iter(), handed_in()).unwrap_err().field
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
        columns("phone,opt_in,opt_in_at,opt_in_source,opt_out_at");
        assert_eq!(wrong("phone,opt_in_at"), ["(header)"], "of what?");
    }

    #[test]
    fn a_row_says_who_and_what_and_an_empty_cell_says_nothing() {
        let columns = columns("phone,name,vip,tags,fields.room_number,language");
        let cells = ["+1 650 555 0101", "'=Ana", "Yes", "returning; vegan;", "B12", ""];
        let row = columns.row(cells.into_iter(), handed_in()).unwrap();
        assert_eq!(row.address, Address::Phone(Phone::from_e164("+16505550101").unwrap()));
        let known = Profile { language: Some("es".into()), ..Profile::default() };
        let profile = row.change.applied_to(known).unwrap();
        assert_eq!((profile.name.as_deref(), profile.language.as_deref()), (Some("=Ana"), Some("es")));
        assert!(profile.vip);
        assert_eq!(profile.tags.into_iter().collect::<Vec<_>>(), ["returning", "vegan"]);
        assert_eq!(profile.fields["room_number"], "B12");
        assert_eq!(row.wishes, []);
    }

    #[test]
    fn a_row_may_say_what_they_agreed_to() {
        let columns = columns("phone,opt_in,opt_in_at,opt_in_source");
        let cells = ["+1 650 555 0101", "marketing", "2025-06-01", "booking form"];
        let row = columns.row(cells.into_iter(), handed_in()).unwrap();
        assert_eq!(row.wishes.len(), 1);
        assert_eq!(bad("phone,opt_in,opt_in_at", "+16505550101,marketing,2025-06-01"), "opt_in_source");
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
        let read = read.row(row.iter().map(String::as_str), handed_in()).unwrap();
        assert_eq!(read.address, phone);
        assert_eq!(read.change.applied_to(Profile::default()).unwrap(), profile);
    }
}
