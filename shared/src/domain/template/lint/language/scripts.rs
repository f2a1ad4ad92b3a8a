//! Scripts: a text in another script is in another language, however short it is.

use whatlang::Lang;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Greek,
    Arabic,
    Hebrew,
    Han,
    Kana,
    Hangul,
    Devanagari,
    Bengali,
    Gurmukhi,
    Gujarati,
    Tamil,
    Telugu,
    Kannada,
    Malayalam,
    Sinhala,
    Thai,
    Georgian,
}

/// What to call a text in this script when nothing more is known.
const SCRIPTS: [(Script, Lang); 19] = [
    (Script::Latin, Lang::Eng),
    (Script::Cyrillic, Lang::Rus),
    (Script::Greek, Lang::Ell),
    (Script::Arabic, Lang::Ara),
    (Script::Hebrew, Lang::Heb),
    (Script::Han, Lang::Cmn),
    (Script::Kana, Lang::Jpn),
    (Script::Hangul, Lang::Kor),
    (Script::Devanagari, Lang::Hin),
    (Script::Bengali, Lang::Ben),
    (Script::Gurmukhi, Lang::Pan),
    (Script::Gujarati, Lang::Guj),
    (Script::Tamil, Lang::Tam),
    (Script::Telugu, Lang::Tel),
    (Script::Kannada, Lang::Kan),
    (Script::Malayalam, Lang::Mal),
    (Script::Sinhala, Lang::Sin),
    (Script::Thai, Lang::Tha),
    (Script::Georgian, Lang::Kat),
];

/// Names and addresses may be in another script; this share of the letters may not.
const MOST_PERCENT: usize = 80;
const FEWEST_LETTERS: usize = 8;

/// The language to name if nearly all of the text is in a script that the declared language is not written in.
pub(super) fn other_script(text: &str, declared: Lang) -> Option<Lang> {
    let scripts: Vec<Script> = text.chars().filter_map(script_of).collect();
    let own = scripts_of(declared);
    let others = scripts.iter().filter(|script| !own.contains(script));
    let count = others.clone().count();
    if count < FEWEST_LETTERS || count * 100 < scripts.len() * MOST_PERCENT {
        return None;
    }
    let most = others.max_by_key(|script| scripts.iter().filter(|other| other == script).count())?;
    let detected = whatlang::detect_lang(text).filter(|lang| scripts_of(*lang).contains(most));
    detected.or_else(|| SCRIPTS.iter().find(|(script, _)| script == most).map(|(_, lang)| *lang))
}

fn scripts_of(language: Lang) -> &'static [Script] {
    match language {
        Lang::Rus | Lang::Ukr | Lang::Bel | Lang::Bul | Lang::Mkd => &[Script::Cyrillic],
        Lang::Srp | Lang::Aze | Lang::Uzb => &[Script::Latin, Script::Cyrillic],
        Lang::Ell => &[Script::Greek],
        Lang::Ara | Lang::Pes | Lang::Urd => &[Script::Arabic],
        Lang::Heb | Lang::Yid => &[Script::Hebrew],
        Lang::Cmn => &[Script::Han],
        Lang::Jpn => &[Script::Han, Script::Kana],
        Lang::Kor => &[Script::Hangul, Script::Han],
        Lang::Hin | Lang::Mar | Lang::Nep => &[Script::Devanagari],
        Lang::Ben => &[Script::Bengali],
        Lang::Pan => &[Script::Gurmukhi],
        Lang::Guj => &[Script::Gujarati],
        Lang::Tam => &[Script::Tamil],
        Lang::Tel => &[Script::Telugu],
        Lang::Kan => &[Script::Kannada],
        Lang::Mal => &[Script::Malayalam],
        Lang::Sin => &[Script::Sinhala],
        Lang::Tha => &[Script::Thai],
        Lang::Kat => &[Script::Georgian],
        _ => &[Script::Latin],
    }
}

fn script_of(c: char) -> Option<Script> {
    if !c.is_alphabetic() {
        return None;
    }
    Some(match c {
        'A'..='Z' | 'a'..='z' | '\u{00C0}'..='\u{024F}' | '\u{1E00}'..='\u{1EFF}' => Script::Latin,
        '\u{0370}'..='\u{03FF}' | '\u{1F00}'..='\u{1FFF}' => Script::Greek,
        '\u{0400}'..='\u{052F}' => Script::Cyrillic,
        '\u{0590}'..='\u{05FF}' => Script::Hebrew,
        '\u{0600}'..='\u{077F}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' => Script::Arabic,
        '\u{0900}'..='\u{097F}' => Script::Devanagari,
        '\u{0980}'..='\u{09FF}' => Script::Bengali,
        '\u{0A00}'..='\u{0A7F}' => Script::Gurmukhi,
        '\u{0A80}'..='\u{0AFF}' => Script::Gujarati,
        '\u{0B80}'..='\u{0BFF}' => Script::Tamil,
        '\u{0C00}'..='\u{0C7F}' => Script::Telugu,
        '\u{0C80}'..='\u{0CFF}' => Script::Kannada,
        '\u{0D00}'..='\u{0D7F}' => Script::Malayalam,
        '\u{0D80}'..='\u{0DFF}' => Script::Sinhala,
        '\u{0E00}'..='\u{0E7F}' => Script::Thai,
        '\u{10A0}'..='\u{10FF}' => Script::Georgian,
        '\u{3040}'..='\u{30FF}' => Script::Kana,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' => Script::Han,
        '\u{1100}'..='\u{11FF}' | '\u{AC00}'..='\u{D7AF}' => Script::Hangul,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_script_is_another_language() {
        assert_eq!(other_script("Ваш номер готов, добро пожаловать", Lang::Eng), Some(Lang::Rus));
        assert_eq!(other_script("Your room is ready", Lang::Ara), Some(Lang::Eng));
        assert_eq!(other_script("您的房间已准备好了", Lang::Eng), Some(Lang::Cmn));
        assert_eq!(other_script("您的房间已准备好了", Lang::Cmn), None);
        assert_eq!(other_script("Номер готов, Grand Hotel Riga", Lang::Rus), None);
        assert_eq!(other_script("お部屋の準備ができました", Lang::Jpn), None);
        assert_eq!(other_script("Да!", Lang::Eng), None);
    }
}
