//! Lines of JSON, compressed: what objects of the archive hold.

use std::io::{BufRead, BufReader, Read, Write};

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};

use crate::{app::Trouble, ports::StoreError};

/// The longest line that is read: a row holds 400 KB, its content in parts a few megabytes (fault matrix A12).
const LONGEST: u64 = 32 * 1024 * 1024;

/// Lines as an object.
pub fn pack(lines: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<u8> {
    const WRITES: &str = "a vector takes whatever is written";
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    for line in lines {
        packed.write_all(line.as_ref().as_bytes()).expect(WRITES);
        packed.write_all(b"\n").expect(WRITES);
    }
    packed.finish().expect(WRITES)
}

/// Hands each line of an object to `each`, without ever holding all of them.
///
/// # Errors
/// [`StoreError::BadRow`] with the object's name if it is damaged, or what `each` answers.
pub fn unpack(name: &str, packed: &[u8], mut each: impl FnMut(&str) -> Result<(), Trouble>) -> Result<(), Trouble> {
    let damaged = |why: String| StoreError::BadRow { key: name.to_owned(), why };
    let mut lines = BufReader::new(MultiGzDecoder::new(packed));
    let mut line = String::new();
    loop {
        line.clear();
        let read = (&mut lines).take(LONGEST).read_line(&mut line).map_err(|error| damaged(error.to_string()))?;
        if read == 0 {
            return Ok(());
        }
        each(line.trim_end())?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_as_they_were_and_damage_is_an_error() {
        let lines = [r#"{"a":1}"#, r#"{"ä":"…"}"#];
        let packed = pack(lines);
        let mut found = Vec::new();
        unpack("x", &packed, |line| {
            found.push(line.to_owned());
            Ok(())
        })
        .unwrap();
        assert_eq!(found, lines);
        assert!(unpack("x", &packed[..packed.len() - 9], |_| Ok(())).is_err());
        assert!(unpack("x", b"no gzip", |_| Ok(())).is_err());
        assert!(unpack("x", b"", |_| Ok(())).is_err());
    }
}
