//! What is wrong with rows: noted piece by piece, and told in one file.

use super::{Imported, file::Row};
use crate::app::{
    Trouble,
    archive::outputs::{self, Outputs},
};

/// So many bad rows are told one by one.
pub const MOST_TOLD: u64 = 1000;
/// The file that tells of bad rows.
pub const BAD_ROWS: &str = "bad_rows.csv";
const BAD_PIECE: &str = "bad-piece-";

/// Notes what is wrong with rows, each piece in a file of its own, so that looking twice tells once.
pub(super) async fn note(outputs: &Outputs<'_>, piece: &[Row], it: &mut Imported) -> Result<(), Trouble> {
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

/// Puts what was noted of bad rows into one file, if any was.
pub(super) async fn tell(outputs: &Outputs<'_>) -> Result<(), Trouble> {
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
