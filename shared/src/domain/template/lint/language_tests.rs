//! Texts are in the language that they are declared in.

use super::*;

#[track_caller]
fn verdict(language: &str, text: &str) -> Verdict {
    judge(text, known(language).unwrap())
}

#[test]
fn a_code_is_one_of_metas() {
    let refused = |language: &str| {
        let mut report = Report::default();
        code(&mut report, language);
        report.findings.first().map(|finding| finding.message.clone())
    };
    for language in LANGUAGES {
        assert_eq!(refused(language), None);
    }
    assert!(refused("en-us").unwrap().contains("as en_US"));
    for language in ["", "EN", "pt", "no", "zh", "english", "sv_SE"] {
        assert!(refused(language).is_some(), "{language}");
    }
}

#[test]
fn a_text_in_its_own_language_is_fine() {
    for (language, text) in [
        ("en", "Your room is ready."),
        ("es", "Hola, su habitación está lista."),
        ("pt", "Olá, a sua reserva está confirmada."),
        ("sv", "Hej, ditt rum är klart."),
        ("nb", "Hei, rommet ditt er klart. Vi ser frem til å ta imot deg."),
        ("da", "Hej, dit værelse er klar. Vi ser frem til at byde dig velkommen."),
        ("af", "Goeie dag, jou kamer is gereed. Ons sien uit na jou besoek en help graag met enigiets."),
        ("ca", "Hola, la seva reserva està confirmada. Esperem la seva arribada aviat."),
        ("fi", "Hei, huoneesi on valmis. Tervetuloa, odotamme sinua vastaanotossa."),
        ("de", "Check-in: ab 15 Uhr, Check-out: bis 11 Uhr."),
        ("en", "Grand Hotel Stockholm, Södra Blasieholmshamnen: wifi, spa, bar."),
        ("en", ""),
    ] {
        assert_eq!(verdict(language, text), Verdict::Fine, "{language}: {text}");
    }
}

#[test]
fn a_text_in_another_language_is_found() {
    for (language, text, other) in [
        ("es", "Hello, your room is ready. We look forward to seeing you at the hotel.", Lang::Eng),
        ("en", "Hola, su habitación está lista. Esperamos su llegada.", Lang::Spa),
        ("es", "Olá, a sua reserva está confirmada. Esperamos a sua chegada em breve.", Lang::Por),
        ("pt", "Hola, su reserva está confirmada. Le esperamos en el hotel con los brazos abiertos.", Lang::Spa),
        ("sv", "Hei, rommet ditt er klart. Vi ser frem til å ta imot deg når du kommer.", Lang::Nob),
        ("nb", "Hej, ditt rum är klart. Vi ser fram emot att du kommer och är redo för dig.", Lang::Swe),
        ("de", "Hallo, uw kamer is klaar. Wij kijken uit naar uw verblijf en helpen u graag.", Lang::Nld),
        ("en", "Twój pokój jest gotowy. Do zobaczenia wkrótce w naszym hotelu, czekamy na przyjazd.", Lang::Pol),
        ("fi", "Hello, your room is ready. We look forward to seeing you soon at the hotel.", Lang::Eng),
    ] {
        assert_eq!(verdict(language, text), Verdict::Other(other), "{language}: {text}");
    }
}

#[test]
fn a_short_text_in_another_language_is_found() {
    let text = "Das Schwimmbad ist heute wegen Reparaturen leider geschlossen.";
    for declared in ["en", "pt", "sv"] {
        assert_eq!(verdict(declared, text), Verdict::Other(Lang::Deu), "{declared}");
    }
}

#[test]
fn a_footer_or_header_in_another_language_is_found_but_no_name() {
    for (declared, text, other) in [
        ("en", "Responda BAJA para no recibir más mensajes nuestros", Lang::Spa),
        ("en", "Responda SAIR para não receber mais mensagens", Lang::Por),
        ("en", "Svara STOPP för att slippa fler meddelanden", Lang::Swe),
        ("en", "Ihre Reservierung für heute Abend", Lang::Deu),
        ("de", "Reply STOP if you want no more messages from us", Lang::Eng),
    ] {
        assert_eq!(other_in_part(text, known(declared).unwrap()), Some(other), "{declared}: {text}");
    }
    for (declared, text) in [
        ("en", "Hotel de la Playa, Calle del Mar 12"),
        ("en", "Gasthof zum Löwen, An der Mühle 3"),
        ("de", "The House of Spa and Sleep"),
        ("sv", "Svara STOPP för att slippa fler meddelanden"),
        ("en", "Reply STOP to opt out"),
    ] {
        assert_eq!(other_in_part(text, known(declared).unwrap()), None, "{declared}: {text}");
    }
}

#[test]
fn languages_that_are_close_are_only_doubted() {
    let text = "Hej, dit værelse er klar. Vi ser frem til at byde dig velkommen på hotellet, når du har brug for os.";
    assert!(!matches!(verdict("nb", text), Verdict::Other(_)));
    assert!(are_close(Lang::Dan, Lang::Nob) && !are_close(Lang::Dan, Lang::Swe));
}

#[test]
fn words_of_both_languages_are_weighed() {
    // Portuguese with some Spanish in it, and nobody would call it Spanish.
    let text = "Olá, a sua reserva no Hotel Los Arcos de la Playa está confirmada. Obrigado, e até breve!";
    assert!(!matches!(verdict("pt", text), Verdict::Other(_)), "{:?}", verdict("pt", text));
}

#[test]
fn a_sentence_in_another_language_is_mixed() {
    let text = "Hello, your room is ready and we are waiting for you. Por favor avísenos cuando llegue a la recepción del hotel.";
    assert_eq!(verdict("en", text), Verdict::Mixed(Lang::Spa));
}

#[test]
fn all_of_metas_codes_are_known_but_a_few() {
    let unknown: Vec<_> = LANGUAGES.iter().map(|code| base(code)).filter(|base| known(base).is_none()).collect();
    assert_eq!(unknown, ["ga", "ha", "kk", "ky", "lo", "ms", "prs", "ps", "rw", "sq", "sw", "zu"]);
}
