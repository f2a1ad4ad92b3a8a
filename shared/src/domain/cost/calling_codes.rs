//! Which country a telephone number's first digits belong to, as a table (`calling_codes.txt`).
//!
//! Each line is a prefix, padded to seven characters, and a country (ISO 3166-1 alpha-2), sorted by the padded prefix;
//! the longest prefix that fits decides. All lines have one length, so the text is searched as it is. The calling codes
//! are those of ITU-T E.164; the finer prefixes (area codes of +1, the islands at +44, Kazakhstan at +7) follow
//! libphonenumber's metadata. It is enough to price a message, not to route one: a network's numbers that carry no
//! prefix of their own count for the larger country (Svalbard for Norway, Åland for Finland, Western Sahara for Morocco,
//! Saint Martin for Guadeloupe).

const TABLE: &str = include_str!("calling_codes.txt");

/// No prefix is longer.
pub(super) const LONGEST: usize = 7;

const LINE: usize = LONGEST + " DE\n".len();

/// The country of exactly this prefix.
pub(super) fn country(prefix: &[u8]) -> Option<[u8; 2]> {
    let mut key = [b' '; LONGEST];
    key.get_mut(..prefix.len())?.copy_from_slice(prefix);
    let lines = lines();
    let found = lines.binary_search_by(|line| line[..LONGEST].cmp(&key)).ok()?;
    Some(country_of(&lines[found]))
}

/// Whether any prefix leads to the country.
pub(super) fn knows(country: [u8; 2]) -> bool {
    lines().iter().any(|line| country_of(line) == country)
}

fn lines() -> &'static [[u8; LINE]] {
    TABLE.as_bytes().as_chunks().0
}

fn country_of(line: &[u8; LINE]) -> [u8; 2] {
    [line[LONGEST + 1], line[LONGEST + 2]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_the_one_length_and_shape_and_they_are_sorted() {
        assert!(TABLE.as_bytes().as_chunks::<LINE>().1.is_empty());
        for line in lines() {
            let text = str::from_utf8(line).unwrap();
            let prefix = text[..LONGEST].trim_end();
            assert!(!prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit()), "{text:?}");
            assert!(country_of(line).iter().all(u8::is_ascii_uppercase), "{text:?}");
            assert!(text[LONGEST..].starts_with(' ') && text.ends_with('\n'), "{text:?}");
        }
        assert!(lines().is_sorted_by(|a, b| a[..LONGEST] < b[..LONGEST]));
    }

    #[test]
    fn every_line_is_found_by_its_prefix() {
        for line in lines() {
            let prefix = line[..LONGEST].trim_ascii_end();
            assert_eq!(country(prefix), Some(country_of(line)));
        }
        assert_eq!(country(b"12345678"), None);
        assert_eq!(country(b""), None);
    }
}
