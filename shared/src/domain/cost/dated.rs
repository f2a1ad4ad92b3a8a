//! Values that hold from a day on, until a newer one replaces them.

use std::borrow::Borrow;

use jiff::civil::Date;

/// For each key its values, sorted by key and day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dated<K, V>(Vec<(K, Date, V)>);

impl<K: Ord, V> Dated<K, V> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a value. Says `false`, and keeps the older row, when the key has one of that day already.
    #[must_use]
    pub(super) fn insert(&mut self, key: K, since: Date, value: V) -> bool {
        match self.0.binary_search_by(|row| row.0.cmp(&key).then(row.1.cmp(&since))) {
            Ok(_) => false,
            Err(place) => {
                self.0.insert(place, (key, since, value));
                true
            }
        }
    }

    /// What holds on a day, and since when: the newest value that is not newer than the day.
    pub(super) fn at<Q: Ord + ?Sized>(&self, key: &Q, day: Date) -> Option<(Date, &V)>
    where
        K: Borrow<Q>,
    {
        let after = self.0.partition_point(|(k, since, _)| k.borrow().cmp(key).then(since.cmp(&day)).is_le());
        let (k, since, value) = self.0.get(after.checked_sub(1)?)?;
        (k.borrow() == key).then_some((*since, value))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_value_holds_from_its_day_until_the_next_one() {
        let mut rows = Dated::<Box<str>, u8>::new();
        assert!(rows.insert("b".into(), date(2026, 7, 1), 2));
        assert!(rows.insert("b".into(), date(2025, 7, 1), 1));
        assert!(rows.insert("a".into(), date(2025, 1, 1), 9));
        assert!(!rows.insert("b".into(), date(2026, 7, 1), 3));

        assert_eq!(rows.at("b", date(2025, 6, 30)), None);
        assert_eq!(rows.at("b", date(2025, 7, 1)), Some((date(2025, 7, 1), &1)));
        assert_eq!(rows.at("b", date(2026, 6, 30)), Some((date(2025, 7, 1), &1)));
        assert_eq!(rows.at("b", date(2026, 7, 1)), Some((date(2026, 7, 1), &2)));
        assert_eq!(rows.at("a", date(2030, 1, 1)), Some((date(2025, 1, 1), &9)));
        assert_eq!(rows.at("c", date(2030, 1, 1)), None);
        assert_eq!(rows.at("0", date(2030, 1, 1)), None);
    }
}
