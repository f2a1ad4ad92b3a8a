//! Other letters and signs, written with the alphabet of GSM.

use super::width;

/// Writes a text with the alphabet alone: what it has is kept, a letter loses the marks it cannot have (`ã` is `a`, `ç`
/// is `c`, but `é` stays), typographic signs become plain ones, and Greek small letters capitals. Emoji and what cannot be
/// seen are left out. What remains (other scripts above all) becomes `?`: see [`can_transliterate`].
pub fn transliterate(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    // The letter just written, while marks may follow it; whether something was just left out.
    let (mut letter, mut left_out) = (None, false);
    for character in text.chars() {
        if let Some(marked) = letter.and_then(|letter| with_mark(letter, character)) {
            written.pop();
            written.push(marked);
            letter = None;
            continue;
        }
        // What is left out between two spaces goes with one of them.
        if left_out && character == ' ' && written.chars().next_back().is_none_or(|last| matches!(last, ' ' | '\n')) {
            continue;
        }
        match instead_of(character) {
            Some("") => left_out = true,
            other => {
                left_out = false;
                match other {
                    Some(other) => written.push_str(other),
                    None => written.push(if width(character).is_some() { character } else { '?' }),
                }
            }
        }
        letter = width(character).map(|_| character);
    }
    if left_out && written.ends_with(' ') {
        written.pop();
    }
    written
}

/// Whether [`transliterate`] writes no `?` in place of anything. If it would (Cyrillic, Arabic, Chinese…), the text is
/// better sent as it is, with room for fewer characters.
pub fn can_transliterate(text: &str) -> bool {
    text.chars().all(|character| width(character).is_some() || instead_of(character).is_some())
}

/// How many septets a character takes at most once it is transliterated.
pub(super) fn cost(character: char) -> usize {
    width(character).or_else(|| super::septets(instead_of(character)?)).unwrap_or(1)
}

/// What is written for a character that the alphabet does not have; None for one that it has, and for one that has no
/// stand-in.
fn instead_of(character: char) -> Option<&'static str> {
    match character {
        _ if width(character).is_some() => None,
        '`' | '´' | '‘' | '’' | '‚' | '‛' | '‹' | '›' | '′' | 'ʹ' | 'ʻ' | 'ʼ' | 'ˈ' => Some("'"),
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '〝' | '〞' => Some("\""),
        '‐'..='―' | '−' | '⁃' | '﹘' | '﹣' => Some("-"),
        '…' => Some("..."),
        '•' | '·' | '∙' | '◦' | '●' | '▪' => Some("*"),
        '\t' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Some(" "),
        '\u{b}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some("\n"),
        '©' => Some("(c)"),
        '®' => Some("(R)"),
        '™' => Some("TM"),
        '№' => Some("No"),
        'ª' => Some("a"),
        'º' | '°' => Some("o"),
        '¢' => Some("c"),
        '₹' => Some("Rs"),
        '₺' => Some("TL"),
        '₽' => Some("RUB"),
        '¹' => Some("1"),
        '²' => Some("2"),
        '³' => Some("3"),
        '¼' => Some("1/4"),
        '½' => Some("1/2"),
        '¾' => Some("3/4"),
        '×' | '✕' => Some("x"),
        '÷' | '⁄' | '∕' => Some("/"),
        '±' => Some("+/-"),
        '≤' => Some("<="),
        '≥' => Some(">="),
        '≈' => Some("~"),
        '¦' => Some("|"),
        '‼' => Some("!!"),
        '⁉' => Some("!?"),
        '←' => Some("<-"),
        '→' => Some("->"),
        'µ' => Some("u"),
        '\u{2126}' => Some("Ω"),
        '∆' => Some("Δ"),
        '∑' => Some("Σ"),
        '\u{212b}' => Some("Å"),
        'ℹ' => Some("i"),
        '\u{ff01}'..='\u{ff5e}' => full_width(character),
        _ if is_unseen(character) || is_emoji(character) => Some(""),
        _ => LETTERS.iter().find(|(_, letters)| letters.contains(character)).map(|(plain, _)| *plain),
    }
}

/// The full-width forms are ASCII from `!` to `~`, in its order.
fn full_width(character: char) -> Option<&'static str> {
    const ASCII: &str =
        "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_'abcdefghijklmnopqrstuvwxyz{|}~";
    let at = usize::try_from(u32::from(character).checked_sub(0xff01)?).ok()?;
    ASCII.get(at..=at)
}

/// Marks that follow their letter, joiners, directions, selectors, and controls.
fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{300}'..='\u{36f}'
            | '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e01ef}'
    ) || character.is_control()
}

/// The blocks of pictures: arrows, technical signs, shapes, dingbats, and everything that phones call emoji.
fn is_emoji(character: char) -> bool {
    matches!(
        character,
        '\u{2190}'..='\u{21ff}'
            | '\u{2300}'..='\u{23ff}'
            | '\u{25a0}'..='\u{27bf}'
            | '\u{2900}'..='\u{297f}'
            | '\u{2b00}'..='\u{2bff}'
            | '\u{3030}'
            | '\u{303d}'
            | '\u{3297}'
            | '\u{3299}'
            | '\u{1f000}'..='\u{1faff}'
    )
}

/// A letter of the alphabet and a mark that follows it, where the alphabet has the two as one.
fn with_mark(letter: char, mark: char) -> Option<char> {
    Some(match (mark, letter) {
        ('\u{300}', 'a') => 'à',
        ('\u{300}', 'e') => 'è',
        ('\u{300}', 'i') => 'ì',
        ('\u{300}', 'o') => 'ò',
        ('\u{300}', 'u') => 'ù',
        ('\u{301}', 'e') => 'é',
        ('\u{301}', 'E') => 'É',
        ('\u{303}', 'n') => 'ñ',
        ('\u{303}', 'N') => 'Ñ',
        ('\u{308}', 'a') => 'ä',
        ('\u{308}', 'o') => 'ö',
        ('\u{308}', 'u') => 'ü',
        ('\u{308}', 'A') => 'Ä',
        ('\u{308}', 'O') => 'Ö',
        ('\u{308}', 'U') => 'Ü',
        ('\u{30a}', 'a') => 'å',
        ('\u{30a}', 'A') => 'Å',
        ('\u{327}', 'C') => 'Ç',
        _ => return None,
    })
}

/// Latin letters by what is left of them, then those that are two, then Greek, as Greek phones write it.
const LETTERS: &[(&str, &str)] = &[
    ("A", "ÀÁÂÃĀĂĄǍǠȀȂȦḀẠẢẤẦẨẪẬẮẰẲẴẶ"),
    ("B", "ḂḄḆƁ"),
    ("C", "ĆĈĊČ"),
    ("D", "ĎḊḌḎḐḒĐÐƊ"),
    ("E", "ÈÊËĒĔĖĘĚȄȆȨḔḖḘḚḜẸẺẼẾỀỂỄỆƏƎƐ"),
    ("F", "Ḟ"),
    ("G", "ĜĞĠĢǦǴḠ"),
    ("H", "ĤȞḢḤḦḨḪĦ"),
    ("I", "ÌÍÎÏĨĪĬĮİǏȈȊḬḮỈỊƗ"),
    ("J", "Ĵ"),
    ("K", "ĶǨḰḲḴƘ"),
    ("L", "ĹĻĽḶḸḺḼŁĿȽ"),
    ("M", "ḾṀṂ"),
    ("N", "ŃŅŇǸṄṆṈṊŊ"),
    ("O", "ÒÓÔÕŌŎŐƠǑǪǬȌȎȬȮȰṌṎṐṒỌỎỐỒỔỖỘỚỜỞỠỢƆ"),
    ("P", "ṔṖ"),
    ("R", "ŔŖŘȐȒṘṚṜṞ"),
    ("S", "ŚŜŞŠȘṠṢṤṦṨ"),
    ("T", "ŢŤȚṪṬṮṰŦ"),
    ("U", "ÙÚÛŨŪŬŮŰŲƯǓȔȖṲṴṶṸṺỤỦỨỪỬỮỰ"),
    ("V", "ṼṾ"),
    ("W", "ŴẀẂẄẆẈ"),
    ("X", "ẊẌ"),
    ("Y", "ÝŶŸȲẎỲỴỶỸƳ"),
    ("Z", "ŹŻŽẐẒẔƵ"),
    ("a", "áâãāăąǎǡȁȃȧḁạảấầẩẫậắằẳẵặ"),
    ("b", "ḃḅḇƀɓ"),
    ("c", "çćĉċčḉ"),
    ("d", "ďḋḍḏḑḓđðɗ"),
    ("e", "êëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệəǝɛ"),
    ("f", "ḟ"),
    ("g", "ĝğġģǧǵḡ"),
    ("h", "ĥȟḣḥḧḩḫẖħ"),
    ("i", "íîïĩīĭįǐȉȋḭḯỉịıɨ"),
    ("j", "ĵǰ"),
    ("k", "ķǩḱḳḵĸƙ"),
    ("l", "ĺļľḷḹḻḽłŀƚ"),
    ("m", "ḿṁṃ"),
    ("n", "ńņňǹṅṇṉṋŋŉ"),
    ("o", "óôõōŏőơǒǫǭȍȏȭȯȱṍṏṑṓọỏốồổỗộớờởỡợɔ"),
    ("p", "ṕṗ"),
    ("r", "ŕŗřȑȓṙṛṝṟ"),
    ("s", "śŝşšșṡṣṥṧṩſ"),
    ("t", "ţťțṫṭṯṱẗŧ"),
    ("u", "úûũūŭůűųưǔȕȗṳṵṷṹṻụủứừửữự"),
    ("v", "ṽṿ"),
    ("w", "ŵẁẃẅẇẉẘ"),
    ("x", "ẋẍ"),
    ("y", "ýÿŷȳẏẙỳỵỷỹƴ"),
    ("z", "źżžẑẓẕƶ"),
    ("Ä", "Ǟ"),
    ("Å", "Ǻ"),
    ("Æ", "ǢǼ"),
    ("Ç", "Ḉ"),
    ("Ö", "Ȫ"),
    ("Ø", "Ǿ"),
    ("Ü", "ǕǗǙǛ"),
    ("ä", "ǟ"),
    ("å", "ǻ"),
    ("æ", "ǣǽ"),
    ("ö", "ȫ"),
    ("ø", "ǿ"),
    ("ü", "ǖǘǚǜ"),
    ("IJ", "Ĳ"),
    ("ij", "ĳ"),
    ("OE", "Œ"),
    ("oe", "œ"),
    ("TH", "Þ"),
    ("th", "þ"),
    ("SS", "ẞ"),
    ("DZ", "ǄǅǱǲ"),
    ("dz", "ǆǳ"),
    ("LJ", "Ǉǈ"),
    ("lj", "ǉ"),
    ("NJ", "Ǌǋ"),
    ("nj", "ǌ"),
    ("ff", "ﬀ"),
    ("fi", "ﬁ"),
    ("fl", "ﬂ"),
    ("A", "ΑΆαά"),
    ("B", "Ββ"),
    ("Γ", "γ"),
    ("Δ", "δ"),
    ("E", "ΕΈεέ"),
    ("Z", "Ζζ"),
    ("H", "ΗΉηή"),
    ("Θ", "θ"),
    ("I", "ΙΊΪιίϊΐ"),
    ("K", "Κκ"),
    ("Λ", "λ"),
    ("M", "Μμ"),
    ("N", "Νν"),
    ("Ξ", "ξ"),
    ("O", "ΟΌοό"),
    ("Π", "π"),
    ("P", "Ρρ"),
    ("Σ", "σς"),
    ("T", "Ττ"),
    ("Y", "ΥΎΫυύϋΰ"),
    ("Φ", "φ"),
    ("X", "Χχ"),
    ("Ψ", "ψ"),
    ("Ω", "Ώωώ"),
];
