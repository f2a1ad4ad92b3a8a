//! Columns of a file of contacts that say what somebody wished: an opt-in with where and when they gave it, an opt-out with when.

use std::collections::BTreeMap;

use super::{
    cells::{BETWEEN, HandedIn, moment},
    change::BadField,
};
use crate::domain::{
    channel::Medium,
    consent::{BadEvidence, Choice, ConsentPurpose, Details, Evidence, How, MEDIA, Media, Purposes, Scope, Wished},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum WishColumn {
    /// The purposes that they agreed to; without them no opt-in.
    Purposes,
    /// On which media; WhatsApp alone where it is empty.
    Media,
    At,
    Source,
    Wording,
    /// Since when they want nothing at all.
    OutSince,
}

pub(super) const NAMES: [(&str, WishColumn); 6] = [
    ("opt_in", WishColumn::Purposes),
    ("opt_in_media", WishColumn::Media),
    ("opt_in_at", WishColumn::At),
    ("opt_in_source", WishColumn::Source),
    ("opt_in_wording", WishColumn::Wording),
    ("opt_out_at", WishColumn::OutSince),
];

impl WishColumn {
    pub(super) fn read(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, column)| *column)
    }

    /// A column of an opt-in that says nothing without the one of its purposes.
    pub(super) fn needs_purposes(self) -> bool {
        !matches!(self, Self::Purposes | Self::OutSince)
    }
}

/// What a row's cells say of these.
#[derive(Debug, Default)]
pub(super) struct WishCells(BTreeMap<WishColumn, String>);

impl WishCells {
    pub(super) fn note(&mut self, column: WishColumn, cell: String) {
        self.0.insert(column, cell);
    }

    /// The wishes of the row, with what proves them.
    ///
    /// # Errors
    /// The first cell that cannot be kept, or is missing.
    pub(super) fn wishes(mut self, handed_in: HandedIn<'_>) -> Result<Vec<Evidence>, BadField> {
        let mut all = Vec::new();
        if let Some(cell) = self.0.remove(&WishColumn::OutSince) {
            let at = moment("opt_out_at", &cell, handed_in)?;
            let wished = Wished { choice: Choice::Out, scope: Scope::EVERYTHING, at, how: How::Import };
            all.push(Evidence { wished, details: Details::by(handed_in.by) });
        }
        let purposes = match self.0.remove(&WishColumn::Purposes) {
            Some(cell) => purposes(&cell)?,
            None => None,
        };
        if let Some(purposes) = purposes {
            all.push(self.opt_in(purposes, handed_in)?);
        }
        Ok(all)
    }

    fn opt_in(&mut self, purposes: Purposes, handed_in: HandedIn<'_>) -> Result<Evidence, BadField> {
        let needed = |field: &str| BadField::new(field, "is needed beside opt_in: it proves that they agreed");
        let media = self.0.remove(&WishColumn::Media);
        let media = media.map_or(Ok(Media::only(Medium::WhatsApp)), |cell| media_of(&cell))?;
        let at = self.0.remove(&WishColumn::At).ok_or_else(|| needed("opt_in_at"))?;
        let at = moment("opt_in_at", &at, handed_in)?;
        let source = self.0.remove(&WishColumn::Source).ok_or_else(|| needed("opt_in_source"))?;
        let wording = self.0.remove(&WishColumn::Wording);
        let wished = Wished { choice: Choice::In, scope: Scope { purposes, media }, at, how: How::Import };
        let details = Details { source: Some(source), wording, ..Details::by(handed_in.by) };
        let evidence = Evidence { wished, details };
        evidence
            .check(handed_in.at)
            .map_err(|BadEvidence { field, message }| BadField::new(format!("opt_in_{field}"), message))?;
        Ok(evidence)
    }
}

/// `None`: they agreed to nothing.
fn purposes(cell: &str) -> Result<Option<Purposes>, BadField> {
    let wrong = || {
        let words = "must be some of service, utility and marketing, with ; between, or no";
        BadField::new("opt_in", words)
    };
    if matches!(cell.to_lowercase().as_str(), "no" | "none" | "false" | "0") {
        return Ok(None);
    }
    let read = |word: &str| ConsentPurpose::ALL.into_iter().find(|purpose| purpose.word() == word).ok_or_else(wrong);
    let list = words_in(cell).iter().map(|word| read(word)).collect::<Result<Vec<_>, _>>()?;
    Purposes::try_from(list).map(Some).map_err(|_| wrong())
}

fn media_of(cell: &str) -> Result<Media, BadField> {
    let wrong = || BadField::new("opt_in_media", "must be whatsapp, sms, or both with ; between");
    let name = |medium: &Medium| match medium {
        Medium::WhatsApp => "whatsapp",
        Medium::Sms => "sms",
    };
    let read = |word: &str| MEDIA.into_iter().find(|medium| name(medium) == word).ok_or_else(wrong);
    let list = words_in(cell).iter().map(|word| read(word)).collect::<Result<Vec<_>, _>>()?;
    Media::try_from(list).map_err(|_| wrong())
}

fn words_in(cell: &str) -> Vec<String> {
    cell.split(BETWEEN).map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cells: &[(&str, &str)]) -> Result<Vec<Evidence>, BadField> {
        let mut noted = WishCells::default();
        for (name, cell) in cells {
            noted.note(WishColumn::read(name).unwrap(), (*cell).to_owned());
        }
        noted.wishes(HandedIn { by: "tok_1", at: "2026-03-02T12:00:00Z".parse().unwrap() })
    }

    #[test]
    fn an_opt_in_has_its_proof() {
        let read = read(&[
            ("opt_in", "Marketing; utility"),
            ("opt_in_media", "whatsapp;SMS"),
            ("opt_in_at", "2025-06-01"),
            ("opt_in_source", "booking form"),
            ("opt_in_wording", "Yes, send me offers."),
        ]);
        let [Evidence { wished, details }] = read.unwrap().try_into().unwrap();
        assert_eq!((wished.choice, wished.how), (Choice::In, How::Import));
        assert_eq!(wished.scope.purposes.list(), [ConsentPurpose::Utility, ConsentPurpose::Marketing]);
        assert_eq!((wished.scope.media, wished.at.to_string().as_str()), (Media::ALL, "2025-06-01T00:00:00Z"));
        assert_eq!((details.by.as_str(), details.source.as_deref()), ("tok_1", Some("booking form")));
        assert_eq!(details.wording.as_deref(), Some("Yes, send me offers."));
    }

    #[test]
    fn nothing_is_agreed_to_where_nothing_is_said() {
        assert_eq!(read(&[]), Ok(Vec::new()));
        assert_eq!(read(&[("opt_in", "no"), ("opt_in_source", "form")]), Ok(Vec::new()));
        assert_eq!(read(&[("opt_in_source", "form")]), Ok(Vec::new()));
    }

    #[test]
    fn an_opt_out_needs_its_time_alone() {
        let [evidence] = read(&[("opt_out_at", "2026-02-01T10:00:00Z")]).unwrap().try_into().unwrap();
        assert_eq!((evidence.wished.choice, evidence.wished.scope), (Choice::Out, Scope::EVERYTHING));
    }

    #[test]
    fn an_opt_in_without_source_or_time_is_none() {
        let field = |cells: &[(&str, &str)]| read(cells).unwrap_err().field;
        let (yes, at, source) =
            (("opt_in", "marketing"), ("opt_in_at", "2025-06-01"), ("opt_in_source", "booking form"));
        assert_eq!(field(&[yes, source]), "opt_in_at");
        assert_eq!(field(&[yes, at]), "opt_in_source");
        assert_eq!(field(&[("opt_in", "yes"), at, source]), "opt_in");
        assert_eq!(field(&[("opt_in", ";"), at, source]), "opt_in");
        assert_eq!(field(&[yes, ("opt_in_at", "2027-01-01"), source]), "opt_in_at");
        assert_eq!(field(&[yes, at, ("opt_in_source", &"x".repeat(501))]), "opt_in_source");
        assert_eq!(field(&[yes, at, source, ("opt_in_wording", &"x".repeat(2_001))]), "opt_in_wording");
        assert_eq!(field(&[yes, at, source, ("opt_in_media", "fax")]), "opt_in_media");
        assert_eq!(field(&[("opt_out_at", "soon")]), "opt_out_at");
    }
}
