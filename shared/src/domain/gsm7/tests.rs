//! What fits an SMS, and how many it takes.

use proptest::prelude::*;

use super::*;

/// 3GPP TS 23.038, 6.2.1, column by column, without the escape at 0x1B.
const ALPHABET: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                        ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

#[test]
fn the_alphabet_is_that_of_the_standard_and_nothing_else() {
    assert_eq!(ALPHABET.chars().count(), 127);
    let in_alphabet: Vec<char> = ('\0'..='\u{ffff}').filter(|c| width(*c) == Some(1)).collect();
    let mut expected: Vec<char> = ALPHABET.chars().collect();
    expected.sort_unstable();
    assert_eq!(in_alphabet, expected);

    let in_extension: String = ('\0'..='\u{ffff}').filter(|c| width(*c) == Some(2)).collect();
    assert_eq!(in_extension, "\u{c}[\\]^{|}~€");
}

#[track_caller]
fn check(text: &str, encoding: Encoding, segments: u32, units: u32) {
    assert_eq!(super::segments(text), Segments { encoding, segments, units }, "{text}");
}

#[test]
fn a_text_of_the_alphabet_takes_160_septets_alone_and_153_a_part() {
    check("", Encoding::Gsm7, 0, 0);
    check("a", Encoding::Gsm7, 1, 1);
    check(&"a".repeat(160), Encoding::Gsm7, 1, 160);
    check(&"a".repeat(161), Encoding::Gsm7, 2, 161);
    check(&"a".repeat(306), Encoding::Gsm7, 2, 306);
    check(&"a".repeat(307), Encoding::Gsm7, 3, 307);
    check(&"é".repeat(160), Encoding::Gsm7, 1, 160);
}

#[test]
fn a_euro_sign_takes_two_septets_and_is_not_split() {
    check(&format!("{}€", "a".repeat(158)), Encoding::Gsm7, 1, 160);
    check(&format!("{}€", "a".repeat(159)), Encoding::Gsm7, 2, 161);
    check(&"€".repeat(80), Encoding::Gsm7, 1, 160);
    // A part has room for 76 of them and one septet that stays empty: 152 need two parts and 153 a third.
    check(&"€".repeat(152), Encoding::Gsm7, 2, 304);
    check(&"€".repeat(153), Encoding::Gsm7, 3, 306);
}

#[test]
fn one_character_outside_makes_it_70_alone_and_67_a_part() {
    check(&format!("á{}", "a".repeat(69)), Encoding::Ucs2, 1, 70);
    check(&format!("á{}", "a".repeat(70)), Encoding::Ucs2, 2, 71);
    check(&format!("á{}", "a".repeat(133)), Encoding::Ucs2, 2, 134);
    check(&format!("á{}", "a".repeat(134)), Encoding::Ucs2, 3, 135);
    check("ç", Encoding::Ucs2, 1, 1);
    check("Ç", Encoding::Gsm7, 1, 1);
}

#[test]
fn an_emoji_takes_two_units_and_is_not_split() {
    check(&format!("{}😀", "a".repeat(68)), Encoding::Ucs2, 1, 70);
    check(&format!("{}😀", "a".repeat(69)), Encoding::Ucs2, 2, 71);
    // 33 pairs and a unit that stays empty in each part.
    check(&"😀".repeat(66), Encoding::Ucs2, 2, 132);
    check(&"😀".repeat(67), Encoding::Ucs2, 3, 134);
}

#[test]
fn septets_are_counted_for_what_can_be_written_alone() {
    assert_eq!(septets("Habitación"), None);
    assert_eq!(septets("Zimmer 12 [Süd] 90 €"), Some(23));
    assert!(fits("¿Señor Müller?") && !fits("João"));
}

#[track_caller]
fn written(text: &str, expected: &str) {
    assert_eq!(transliterate(text), expected);
    assert!(fits(expected));
}

#[test]
fn a_letter_loses_only_the_marks_that_it_cannot_have() {
    written("Habitación, mañana, está, aquí, baño, pingüino", "Habitacion, mañana, esta, aqui, baño, pingüino");
    written("Não há reservações, João", "Nao ha reservacoes, Joao");
    written("Garçon, où êtes-vous? Ça va, œuf", "Garcon, où etes-vous? Ça va, oeuf");
    written("Zażółć gęślą jaźń, Łódź", "Zazolc gesla jazn, Lodz");
    written("Příliš žluťoučký kůň", "Prilis zlutoucky kun");
    written("İstanbul ışık ğ ş, Đorđe, Þór, ẞ", "Istanbul isik g s, Dorde, THor, SS");
    written("Việt Nam, Đặng, phở", "Viet Nam, Dang, pho");
    written("șțăâî", "staai");
    written("Καλημέρα Γιώργο", "KAΛHMEPA ΓIΩPΓO");
    written("Über Straße, smörgåsbord, ÆØÅ", "Über Straße, smörgåsbord, ÆØÅ");
}

#[test]
fn a_letter_and_a_mark_that_follows_it_are_one() {
    written("e\u{301}a\u{301}n\u{303}C\u{327}c\u{327}u\u{308}", "éañÇcü");
    written("a\u{302}\u{300}", "a");
    written("e\u{301}\u{300}", "é");
}

#[test]
fn typographic_signs_become_plain_ones() {
    written("“Don’t” – ‘wait’ — «here»…", "\"Don't\" - 'wait' - \"here\"...");
    written("10\u{a0}€\u{202f}!", "10 € !");
    written("soft\u{ad}hyphen\u{200b}", "softhyphen");
    written("21 °C, 1º, ½, 3 × 4, №5, ™", "21 oC, 1o, 1/2, 3 x 4, No5, TM");
    written("ＡＢＣ！～", "ABC!~");
    written("tab\tline\u{2028}\0", "tab line\n");
    written("\u{212b}\u{2126}∆", "ÅΩΔ");
}

#[test]
fn emoji_go_with_one_of_their_spaces() {
    written("Hi 🎉 there", "Hi there");
    written("😀 Hello", "Hello");
    written("Bye 👋🏽", "Bye");
    written("Bye👨‍👩‍👧!", "Bye!");
    written("a\n❤️ b", "a\nb");
    written("Press 1️⃣ now 🇪🇸", "Press 1 now");
    written("😀 keep  two", "keep  two");
    written("Bye 👋 all ", "Bye all ");
    written("👋", "");
}

#[test]
fn what_has_no_stand_in_is_a_question_mark() {
    written("Привет 你好", "?????? ??");
    assert!(!can_transliterate("Привет"));
    assert!(can_transliterate("¡Qué día! 😀 “João”"));
}

#[track_caller]
fn cut(text: &str, septets: usize, expected: &str) {
    assert_eq!(cut_to(text, septets), expected);
}

#[test]
fn a_text_is_cut_at_a_words_end() {
    cut("Your answer is waiting", 22, "Your answer is waiting");
    cut("Your answer is waiting", 21, "Your answer is");
    cut("Your answer is waiting", 14, "Your answer is");
    cut("Your answer is waiting", 15, "Your answer is");
    cut("Your answer  is", 12, "Your answer");
    cut("Ends with a space ", 17, "Ends with a space");
    cut("anything", 0, "");
    cut("", 0, "");
}

#[test]
fn a_long_word_is_cut_within() {
    cut("A Donaudampfschifffahrtsgesellschaft", 20, "A Donaudampfschifffa");
    cut("Donaudampfschiff", 5, "Donau");
}

#[test]
fn what_is_cut_counts_as_it_will_be_written() {
    cut("€€€", 5, "€€");
    cut("……", 5, "…");
    cut("ab👨‍👩‍👧c", 2, "ab👨‍👩‍👧");
    cut("éé", 1, "é");
    cut("e\u{301}e\u{301}", 1, "e\u{301}");
}

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "[a-z]{1,9} ",
        1 => "[ -~]{0,4}",
        1 => "[áéíóúãçñ€…“”ł ]{0,4}",
        1 => "[\u{300}-\u{330}😀❤\u{fe0f}\u{200d} \n]{0,4}",
        1 => "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_was_transliterated_fits_and_stays_as_it_is(text in any_text()) {
        let written = transliterate(&text);
        prop_assert!(fits(&written));
        prop_assert_eq!(transliterate(&written), written);
    }

    #[test]
    fn what_fits_is_not_transliterated(text in "[A-Za-z0-9 @£$¥èéùìòÇ\nØøΔΩßÉ€{}~]{0,200}") {
        prop_assert_eq!(transliterate(&text), text);
    }

    #[test]
    fn a_text_without_a_stand_in_missing_gains_no_question_mark(text in any_text()) {
        let marks = |text: &str| text.matches(['?', '？', '⁉']).count();
        let gained = marks(&transliterate(&text)) > marks(&text);
        prop_assert_eq!(gained, !can_transliterate(&text));
    }

    #[test]
    fn a_cut_text_begins_the_text_and_has_room_once_transliterated(text in any_text(), room in 0_usize..400) {
        let cut = cut_to(&text, room);
        prop_assert!(text.starts_with(cut));
        prop_assert!(septets(&transliterate(cut)).is_some_and(|septets| septets <= room));
        // The room is used: a half of it at least, unless the text is shorter.
        let taken: usize = cut.chars().map(transliterate::cost).sum();
        prop_assert!(cut == text || taken * 2 + 5 >= room, "{taken} of {room}");
    }

    #[test]
    fn segments_are_those_that_filling_one_by_one_gives(text in any_text()) {
        let counted = segments(&text);
        let (alone, part) = match counted.encoding { Encoding::Gsm7 => (160, 153), Encoding::Ucs2 => (70, 67) };
        prop_assert_eq!(counted.encoding == Encoding::Gsm7, fits(&text));
        let widths: Vec<u32> = text
            .chars()
            .map(|c| match counted.encoding {
                Encoding::Gsm7 if "^{}\\[~]|€\u{c}".contains(c) => 2,
                Encoding::Gsm7 => 1,
                Encoding::Ucs2 => u32::from(c > '\u{ffff}') + 1,
            })
            .collect();
        prop_assert_eq!(counted.units, widths.iter().sum::<u32>());
        let mut filled: Vec<u32> = Vec::new();
        for width in widths {
            match filled.last_mut() {
                Some(last) if *last + width <= part => *last += width,
                _ => filled.push(width),
            }
        }
        let expected = if counted.units <= alone { filled.len().min(1) } else { filled.len() };
        prop_assert_eq!(usize::try_from(counted.segments).unwrap(), expected);
    }
}
