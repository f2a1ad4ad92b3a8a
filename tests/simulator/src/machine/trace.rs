//! What happened, in words: a running hash of them always, and the words themselves if a story is to be told.

use super::Millis;

/// The trace of one run. Equal hashes mean that the same was noted, word by word, at the same times in the same order.
#[derive(Debug, Default)]
pub struct Trace {
    hash: u64,
    told: bool,
    lines: Vec<(Millis, &'static str, String)>,
}

const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Trace {
    /// `told`: keeps the words.
    pub fn new(told: bool) -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, told, lines: Vec::new() }
    }

    pub(super) fn note(&mut self, now: Millis, entries: u64, kind: &'static str, words: String) {
        self.feed(now.cast_unsigned());
        self.feed(entries);
        for byte in kind.bytes().chain(words.bytes()) {
            self.feed(u64::from(byte));
        }
        if self.told {
            self.lines.push((now, kind, words));
        }
    }

    fn feed(&mut self, value: u64) {
        self.hash = (self.hash ^ value).wrapping_mul(PRIME).rotate_left(23);
    }

    pub fn hash(&self) -> u64 {
        self.hash
    }

    pub fn lines(&self) -> &[(Millis, &'static str, String)] {
        &self.lines
    }
}
