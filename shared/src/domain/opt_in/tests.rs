//! What a link may say, which codes it has, and what a message with one is.

use super::*;
use crate::domain::{ConversationId, ids::MessageKey};

fn account() -> AccountId {
    "demo".parse().unwrap()
}

fn link(id: &str, texts: &[(&str, &str)]) -> OptInLink {
    let id: OptInLinkId = id.parse().unwrap();
    let languages: Vec<String> = texts.iter().map(|(language, _)| (*language).to_owned()).collect();
    let codes = codes(&account(), &id, &languages, None, &BTreeSet::new());
    let text = |(language, message): &(&str, &str)| {
        let (wording, message) = (format!("Yes, write to me ({language})."), (*message).to_owned());
        ((*language).to_owned(), OptInText { wording, message, button: None, code: codes[*language] })
    };
    OptInLink {
        id,
        channel: "front-desk".parse().unwrap(),
        source: "poster in the lobby".to_owned(),
        purposes: Purposes::MARKETING,
        media: Media::only(crate::domain::channel::Medium::WhatsApp),
        texts: texts.iter().map(text).collect(),
    }
}

fn number() -> Phone {
    Phone::from_e164("+15550783881").unwrap()
}

#[test]
fn what_cannot_be_is_refused_by_its_field() {
    let good = link("lobby", &[("en", "Yes, send me news"), ("es", "Sí, quiero novedades")]);
    assert_eq!(good.check(), Ok(()));
    let field = |change: fn(&mut OptInLink)| {
        let mut link = good.clone();
        change(&mut link);
        link.check().unwrap_err().field
    };
    assert_eq!(field(|it| it.source = " ".into()), "source");
    assert_eq!(field(|it| it.texts.clear()), "texts");
    assert_eq!(field(|it| it.texts.get_mut("es").unwrap().wording = "a\nb".into()), "texts.es.wording");
    assert_eq!(field(|it| it.texts.get_mut("es").unwrap().message = "x".repeat(133)), "texts.es.message");
    assert_eq!(field(|it| it.texts.get_mut("es").unwrap().message = "Yes K7Q2M".into()), "texts.es.message");
    assert_eq!(field(|it| it.texts.get_mut("es").unwrap().message = "Stop".into()), "texts.es.message");
    assert_eq!(field(|it| it.texts.get_mut("en").unwrap().button = Some(String::new())), "texts.en.button");
    let text = good.texts["en"].clone();
    assert_eq!(link_with("English", text).check().unwrap_err().field, "texts.English");
}

fn link_with(language: &str, text: OptInText) -> OptInLink {
    OptInLink { texts: [(language.to_owned(), text)].into(), ..link("lobby", &[("en", "Yes")]) }
}

#[test]
fn a_link_opens_whatsapp_with_the_text_and_its_code() {
    let link = link("lobby", &[("en", "Yes, 2+2 & more"), ("ja", "はい")]);
    let text = &link.texts["en"];
    let url = text.link(&number());
    let code = text.code;
    assert_eq!(url, format!("https://wa.me/15550783881?text=Yes%2C%202%2B2%20%26%20more%20%28{code}%29"));
    let sms = text.sms("Hotel Mar ", &number());
    assert_eq!(sms, format!("Hotel Mar: Yes, write to me (en). {url}"));
    let sent = form_urlencoded::parse(url.split_once('?').unwrap().1.as_bytes()).next().unwrap().1.into_owned();
    assert_eq!(sent, text.text());
    assert!(link.texts["ja"].link(&number()).is_ascii());
}

#[test]
fn a_link_keeps_its_codes_and_takes_nobody_elses() {
    let id: OptInLinkId = "lobby".parse().unwrap();
    let languages = ["en".to_owned(), "es".to_owned()];
    let first = codes(&account(), &id, &languages, None, &BTreeSet::new());
    let taken = BTreeSet::from([first["en"]]);
    let second = codes(&account(), &id, &languages, None, &taken);
    assert_ne!(second["en"], first["en"]);
    assert_eq!(second["es"], first["es"]);
    let known = link("lobby", &[("en", "Yes")]);
    let kept = codes(&account(), &id, &languages, Some(&known), &taken);
    assert_eq!(kept["en"], known.texts["en"].code, "a poster hangs there already");
}

#[test]
fn a_message_with_a_code_is_the_wish_of_its_link_and_language() {
    let links = [link("lobby", &[("en", "Yes"), ("es", "Sí")]), link("booking", &[("en", "Yes")])];
    let settings = ConsentSettings::default();
    let of = |text: &str| opt_in(text, &links, &settings).map(|(link, language)| (link.id.to_string(), language));
    let code = |link: usize, language: &str| links[link].texts[language].code.to_string();
    for (link, language) in [(0, "en"), (0, "es"), (1, "en")] {
        let found = Some((links[link].id.to_string(), language));
        let code = code(link, language);
        assert_eq!(of(&links[link].texts[language].text()), found);
        assert_eq!(of(&format!("Hello! {}, but not on Sundays", code.to_lowercase())), found);
    }
    assert_eq!(of("Yes (K7Q2M)"), None, "nobody's code");
    assert_eq!(of("Yes"), None);
    assert_eq!(of(&format!("STOP ({})", code(0, "en"))), None, "they want none");
    let first = of(&format!("{} {}", code(1, "en"), code(0, "es")));
    assert_eq!(first, Some(("booking".to_owned(), "en")));
}

#[test]
fn evidence_says_what_they_agreed_to_and_where_they_found_it() {
    let link = link("lobby", &[("en", "Yes"), ("es", "Sí")]);
    let message = MessageId { conversation: ConversationId::from_bits(1), key: MessageKey::from_bits(2) };
    let at = Timestamp::from_second(1_800_000_000).unwrap();
    let Evidence { wished, details } = link.evidence("es", message, at);
    assert_eq!((wished.choice, wished.scope, wished.how), (Choice::In, link.scope(), How::OptInLink));
    assert_eq!(details.wording.as_deref(), Some("Yes, write to me (es)."));
    assert_eq!(details.source.as_deref(), Some("poster in the lobby (lobby)"));
    assert_eq!((details.message, details.language.as_deref()), (Some(message), Some("es")));
    assert_eq!(Evidence { wished, details }.check(at), Ok(()));
}

#[test]
fn the_nearest_language_is_chosen() {
    let link = link("lobby", &[("en", "Yes"), ("pt_BR", "Sim"), ("es", "Sí")]);
    for (wanted, chosen) in [(Some("es_MX"), "es"), (Some("pt"), "pt_BR"), (Some("fi"), "en"), (None, "en")] {
        assert_eq!(link.language_for(wanted), chosen, "{wanted:?}");
    }
}
