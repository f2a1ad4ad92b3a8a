//! Where each element of a JSON text lies: found in one pass over it, without recursion, without looking at values.

/// An element: its bytes in the text, and the place after all that lies in it. In an object, names and values take turns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub start: u32,
    pub end: u32,
    pub next: u32,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    List,
    /// Text without escapes: its bytes are what it says.
    Plain,
    /// Text with escapes.
    Escaped,
    Number,
    Word,
    /// An object or a list that lies too deep to be taken apart: well formed, and kept whole.
    Deep,
}

/// What lies in elements of this level is not told apart. Meta documents ten levels.
pub(super) const DEEPEST_TOLD_APART: usize = 32;

/// The text's elements, the outermost first. `None` if the text is not one JSON element.
pub(super) fn places_of(text: &str) -> Option<Vec<Place>> {
    // Every place can be told in 32 bits.
    u32::try_from(text.len()).ok()?;
    let places = Vec::with_capacity(text.len() / 8 + 8);
    let mut scan = Scan { bytes: text.as_bytes(), at: 0, places, open: Vec::with_capacity(16) };
    scan.all()?;
    Some(scan.places)
}

/// An object or a list whose end has not come yet.
#[derive(Debug, Clone, Copy)]
struct Open {
    is_object: bool,
    /// Its index among the places; means nothing where it lies in one that is too deep.
    place: usize,
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    places: Vec<Place>,
    open: Vec<Open>,
}

impl Scan<'_> {
    fn all(&mut self) -> Option<()> {
        loop {
            if !self.element()? {
                continue;
            }
            // An element is complete, and with it perhaps those that it lies in.
            loop {
                self.skip_blanks();
                let byte = self.bytes.get(self.at).copied();
                let Some(Open { is_object, .. }) = self.open.last().copied() else {
                    return byte.is_none().then_some(());
                };
                match (byte?, is_object) {
                    (b',', _) => {
                        self.at += 1;
                        if is_object {
                            self.name()?;
                        }
                        break;
                    }
                    (b'}', true) | (b']', false) => self.close(),
                    (_, _) => return None,
                }
            }
        }
    }

    /// Reads an element up to its end, or up to the first that lies in it. Answers whether it is complete.
    fn element(&mut self) -> Option<bool> {
        self.skip_blanks();
        let start = self.at;
        let kind = match self.bytes.get(start)? {
            b'"' => self.text()?,
            b'{' => return self.begin(true),
            b'[' => return self.begin(false),
            b't' => self.word(b"true")?,
            b'f' => self.word(b"false")?,
            b'n' => self.word(b"null")?,
            _ => self.number()?,
        };
        self.note(start, kind);
        Some(true)
    }

    fn begin(&mut self, is_object: bool) -> Option<bool> {
        let kind = match (self.open.len() < DEEPEST_TOLD_APART, is_object) {
            (true, true) => Kind::Object,
            (true, false) => Kind::List,
            (false, _) => Kind::Deep,
        };
        let place = self.places.len();
        self.note(self.at, kind);
        self.open.push(Open { is_object, place });
        self.at += 1;
        self.skip_blanks();
        match (*self.bytes.get(self.at)?, is_object) {
            (b'}', true) | (b']', false) => {
                self.close();
                Some(true)
            }
            (_, true) => self.name().map(|()| false),
            (_, false) => Some(false),
        }
    }

    fn close(&mut self) {
        self.at += 1;
        let Some(Open { place, .. }) = self.open.pop() else { return };
        if self.open.len() <= DEEPEST_TOLD_APART {
            let next = narrow(self.places.len());
            self.places[place].end = narrow(self.at);
            self.places[place].next = next;
        }
    }

    /// A field's name and the colon after it.
    fn name(&mut self) -> Option<()> {
        self.skip_blanks();
        let start = self.at;
        if self.bytes.get(start) != Some(&b'"') {
            return None;
        }
        let kind = self.text()?;
        self.note(start, kind);
        self.skip_blanks();
        if self.bytes.get(self.at) != Some(&b':') {
            return None;
        }
        self.at += 1;
        Some(())
    }

    fn note(&mut self, start: usize, kind: Kind) {
        if self.open.len() <= DEEPEST_TOLD_APART {
            let next = narrow(self.places.len() + 1);
            self.places.push(Place { start: narrow(start), end: narrow(self.at), next, kind });
        }
    }

    fn skip_blanks(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn text(&mut self) -> Option<Kind> {
        self.at += 1;
        let mut kind = Kind::Plain;
        loop {
            self.skip_ordinary();
            match self.bytes.get(self.at)? {
                b'"' => {
                    self.at += 1;
                    return Some(kind);
                }
                b'\\' => {
                    kind = Kind::Escaped;
                    self.escape()?;
                }
                _control => return None,
            }
        }
    }

    /// Goes to the next quote, backslash or control character.
    fn skip_ordinary(&mut self) {
        let rest = &self.bytes[self.at..];
        let mut at = 0;
        // Eight bytes at once: a bit is set in the result where a byte is one of those looked for (Hacker's Delight,
        // "find first 0-byte").
        let words = rest.chunks_exact(8);
        for word in words {
            let word = u64::from_le_bytes(word.try_into().expect("a chunk has eight bytes"));
            let found = has_zero(word ^ QUOTES) | has_zero(word ^ BACKSLASHES) | has_control(word);
            if found != 0 {
                self.at += at + (found.trailing_zeros() / 8) as usize;
                return;
            }
            at += 8;
        }
        while rest.get(at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
            at += 1;
        }
        self.at += at;
    }

    fn escape(&mut self) -> Option<()> {
        match self.bytes.get(self.at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'u' => {
                let digits = self.bytes.get(self.at + 2..self.at + 6)?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return None;
                }
                self.at += 6;
            }
            _ => return None,
        }
        Some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<Kind> {
        let fits = self.bytes[self.at..].starts_with(word);
        self.at += word.len();
        fits.then_some(Kind::Word)
    }

    fn number(&mut self) -> Option<Kind> {
        self.skip_one(|byte| byte == b'-');
        if !self.skip_one(|byte| byte == b'0') {
            self.digits()?;
        }
        if self.skip_one(|byte| byte == b'.') {
            self.digits()?;
        }
        if self.skip_one(|byte| matches!(byte, b'e' | b'E')) {
            self.skip_one(|byte| matches!(byte, b'+' | b'-'));
            self.digits()?;
        }
        Some(Kind::Number)
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<()> {
        let count = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(())
    }

    fn skip_one(&mut self, is_it: impl FnOnce(u8) -> bool) -> bool {
        let is_it = self.bytes.get(self.at).copied().is_some_and(is_it);
        self.at += usize::from(is_it);
        is_it
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = ONES << 7;
const QUOTES: u64 = ONES * b'"' as u64;
const BACKSLASHES: u64 = ONES * b'\\' as u64;

/// A top bit set for the first byte that is zero; bytes after it may be marked wrongly.
fn has_zero(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & TOPS
}

/// A top bit set for the first byte below 32; bytes after it may be marked wrongly.
fn has_control(word: u64) -> u64 {
    word.wrapping_sub(ONES * 0x20) & !word & TOPS
}

fn narrow(index: usize) -> u32 {
    // There are no more elements than bytes, and the text's length was checked.
    u32::try_from(index).expect("the text's length fits")
}
