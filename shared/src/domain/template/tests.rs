//! Templates: values, languages, standings.

use super::{
    super::{Timestamp, channel::ProviderKind, content::TemplateContent, time::SignedDuration},
    *,
};

fn body(text: &str) -> Template {
    Template::declared("room_ready", "en", Definition::of(text))
}

fn in_language(language: &str) -> Template {
    Template { language: language.to_owned(), ..body("Hello") }
}

fn values(pairs: &[(&str, &str)]) -> TemplateContent {
    TemplateContent {
        name: "room_ready".into(),
        language: "en".into(),
        values: pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    }
}

const READY: &str = "Hello {{guest}}, room {{room}} is ready.";

#[test]
fn values_must_be_those_of_the_variables_and_fit_whatsapp() {
    let check = |pairs: &[(&str, &str)]| body(READY).check(&values(pairs));
    assert_eq!(check(&[("guest", "Ana"), ("room", "12")]), Ok(()));
    assert_eq!(check(&[("guest", "Ana")]), Err(BadValues::Missing("room".into())));
    assert_eq!(check(&[("guest", "Ana"), ("room", "12"), ("x", "1")]), Err(BadValues::Unknown("x".into())));
    assert_eq!(check(&[("guest", " "), ("room", "12")]), Err(BadValues::Empty("guest".into())));
    assert_eq!(check(&[("guest", "A\nB"), ("room", "12")]), Err(BadValues::Layout("guest".into())));
    assert_eq!(check(&[("guest", "A     B"), ("room", "12")]), Err(BadValues::Layout("guest".into())));
    let room = |length: usize| check(&[("guest", "A"), ("room", &"1".repeat(length))]);
    assert_eq!(room(1024 - 24), Ok(()));
    assert_eq!(room(1024 - 23), Err(BadValues::TooLong { field: "body".into(), length: 1025, most: 1024 }));
    let mut titled = body("Hello");
    titled.definition.header = Some(Header::Text { text: "For {{guest}}".into() });
    titled.variables = titled.definition.variables();
    let error = titled.check(&values(&[("guest", &"x".repeat(57))])).unwrap_err();
    assert_eq!(error, BadValues::TooLong { field: "header.text".into(), length: 61, most: 60 });
}

/// What was approved elsewhere may have what cannot be filled here: it is refused before the provider refuses it.
#[test]
fn a_place_a_file_and_a_code_cannot_be_filled() {
    let none = values(&[]);
    let mut it = body("Hello");
    assert_eq!(it.check(&none), Ok(()));
    for header in [Header::Location, Header::Image, Header::Video, Header::Document] {
        it.definition.header = Some(header);
        let error = it.check(&none).unwrap_err();
        assert!(matches!(&error, BadValues::Unsendable { field, .. } if field == "header"), "{error}");
        assert!(error.to_string().contains("not supported yet"), "{error}");
    }
    it.definition.header = None;
    it.definition.buttons = vec![Button::from("Yes"), Button::Rich(RichButton::CopyCode { example: "SUN20".into() })];
    let error = it.check(&none).unwrap_err();
    assert!(matches!(&error, BadValues::Unsendable { field, .. } if field == "buttons[1]"), "{error}");
}

#[test]
fn it_renders_what_the_customer_reads() {
    let read = |pairs: &[(&str, &str)]| body(READY).render(&values(pairs));
    assert_eq!(read(&[("guest", "Ana"), ("room", "12")]), "Hello Ana, room 12 is ready.");
    // Fault matrix K6.
    assert_eq!(read(&[("guest", "{{room}}"), ("room", "{{guest}}")]), "Hello {{room}}, room {{guest}} is ready.");
    assert_eq!(read(&[("room", "12")]), "Hello {{guest}}, room 12 is ready.");
}

#[test]
fn a_preview_is_all_that_the_customer_sees() {
    let mut it = Definition::of(READY).with_buttons(&["Yes", "No"]);
    it.header = Some(Header::Text { text: "Room {{room}}".into() });
    it.footer = Some("Hotel Transom".into());
    let url = "https://hotel.example/r/{{room}}".to_owned();
    it.buttons.push(Button::Rich(RichButton::Url { text: "Open".into(), url }));
    let seen = it.preview(&values(&[("guest", "Ana"), ("room", "12")]).values);
    assert_eq!(seen.header, Some(Header::Text { text: "Room 12".into() }));
    assert_eq!(seen.body, "Hello Ana, room 12 is ready.");
    assert_eq!(seen.footer.as_deref(), Some("Hotel Transom"));
    let open = RichButton::Url { text: "Open".into(), url: "https://hotel.example/r/12".into() };
    assert_eq!(seen.buttons[2], Button::Rich(open));
    assert_eq!(seen.buttons_shown, 3);
    let four = Definition::of("Hello").with_buttons(&["1", "2", "3", "4"]);
    assert_eq!(four.preview(&BTreeMap::new()).buttons_shown, 2);
}

#[test]
fn variables_are_those_of_the_body_first_and_each_once() {
    let mut it = Definition::of("{{b}} and {{a}} and {{b}}");
    it.header = Some(Header::Text { text: "{{c}} {{a}}".into() });
    it.buttons.push(Button::Rich(RichButton::Url { text: "Open".into(), url: "https://hotel.example/{{d}}".into() }));
    assert_eq!(it.variables(), ["b", "a", "c", "d"]);
    let template = Template::declared("x", "en", it);
    assert_eq!(template.body_variables().collect::<Vec<_>>(), ["b", "a"]);
    for text in ["{{a", "a}}", "{{A}}", "{{}}", "{{a}} }}"] {
        assert!(names_in(text).is_err(), "{text}");
    }
}

#[test]
fn values_that_nobody_gives_are_filled_from_what_is_known_and_named_alike() {
    let pairs = |pairs: &[(&str, &str)]| values(pairs).values;
    let filled =
        body(READY).fill_from(&pairs(&[("room", "12")]), &pairs(&[("guest", "Ana"), ("room", "7"), ("x", "y")]));
    assert_eq!(filled, pairs(&[("guest", "Ana"), ("room", "12")]));
}

#[test]
fn the_contacts_language_chooses_and_the_accounts_default_stands_in() {
    let all = [in_language("en_US"), in_language("pt_BR"), in_language("es")];
    let all: Vec<&Template> = all.iter().collect();
    let choose = |wanted: Option<&str>| choose_language(&all, wanted, "en_US").map(|it| it.language.as_str());
    assert_eq!(choose(Some("es")), Some("es"));
    assert_eq!(choose(Some("es_MX")), Some("es"));
    assert_eq!(choose(Some("pt_PT")), Some("pt_BR"));
    assert_eq!(choose(Some("sv")), Some("en_US"));
    assert_eq!(choose(None), Some("en_US"));
    assert_eq!(choose_language(&all[1..], None, "en").map(|it| it.language.as_str()), Some("pt_BR"));
    assert_eq!(choose_language(&[], None, "en_US"), None);
    assert_eq!(fallback_order(&all, Some("es_MX"), "en"), ["es", "en_US", "pt_BR"]);
    let wanted = ["en_US", "pt_PT", "es_AR", "sv"].map(str::to_owned);
    assert_eq!(missing_languages(&all, &wanted), ["pt_PT", "sv"]);
}

fn place() -> Place {
    Place { provider: ProviderKind::Meta, account: Some("1".into()) }
}

fn at(minute: i64) -> Timestamp {
    "2026-12-01T09:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute)
}

fn status(word: &str) -> Decision {
    Decision::Status { status: word.into(), reason: None }
}

#[test]
fn news_change_a_standing_in_whatever_order_they_come() {
    let news = [(status("pending"), at(1)), (status("approved"), at(2)), (status("paused"), at(3))];
    let mut orders = vec![vec![0, 1, 2], vec![2, 1, 0], vec![1, 0, 2], vec![2, 0, 1], vec![0, 2, 1], vec![1, 2, 0]];
    orders.push(vec![0, 0, 1, 1, 2, 2, 0, 1]);
    for order in orders {
        let mut standing = Standing::submitted(place(), None, at(0));
        for index in &order {
            standing.hear(&news[*index].0, news[*index].1);
        }
        assert_eq!((standing.status, standing.since), (Status::Paused, at(3)), "{order:?}");
    }
    let mut standing = Standing::submitted(place(), None, at(0));
    assert!(standing.hear(&status("approved"), at(1)));
    assert!(!standing.hear(&status("approved"), at(2)), "the same again is no news");
    assert_eq!(standing.since, at(1));
    assert!(!standing.hear(&status("a_word_to_come"), at(3)));
    assert_eq!(standing.status, Status::Approved);
    // FLAGGED says that its quality is low; it still goes out.
    assert!(!standing.hear(&status("flagged"), at(3)));
}

/// Lists name a reason by its word alone, after a webhook has explained it.
#[test]
fn a_reason_is_kept_as_it_was_explained_and_says_what_to_do() {
    let rejected = |reason: &str| Decision::Status { status: "rejected".into(), reason: Some(reason.to_owned()) };
    let mut standing = Standing::submitted(place(), None, at(0));
    assert_eq!(standing.advice(), None);
    let explained = "promotional: It sells. Make it marketing.";
    assert!(standing.hear(&rejected(explained), at(1)));
    assert!(!standing.hear(&rejected("promotional"), at(2)), "that is known, and more of it");
    assert_eq!(standing.reason.as_deref(), Some(explained));
    assert!(standing.advice().unwrap().contains("as marketing"));
    assert!(standing.hear(&rejected("promo"), at(3)), "another word is another reason");
    assert_eq!(standing.advice(), Status::Rejected.advice(), "nothing more is known of it");
    assert!(standing.hear(&rejected("INVALID_FORMAT"), at(4)));
    assert!(standing.advice().unwrap().contains("variables"));
    standing.hear(&Decision::Status { status: "paused".into(), reason: Some("scam".into()) }, at(5));
    assert_eq!(standing.advice(), Status::Paused.advice());
}

#[test]
fn a_category_that_is_to_come_is_noted_and_then_holds() {
    let mut standing = Standing::submitted(place(), None, at(0));
    let announced = Decision::Category { category: Category::Utility, next: Some(Category::Marketing) };
    assert!(standing.hear(&announced, at(1)));
    assert_eq!((standing.category, standing.next_category), (Some(Category::Utility), Some(Category::Marketing)));
    assert!(standing.hear(&Decision::Category { category: Category::Marketing, next: None }, at(2)));
    assert_eq!((standing.category, standing.next_category), (Some(Category::Marketing), None));
    let template = Template { standings: vec![standing], ..body("Hello") };
    assert_eq!(template.category(&place()), Category::Marketing);
    assert_eq!(template.category(&Place { account: None, ..place() }), Category::Utility);
}

#[test]
fn where_a_provider_says_how_it_stands_that_holds() {
    let mut template = body("Hello");
    assert_eq!(template.status(&place()), Status::Approved);
    let mut standing = Standing::submitted(place(), Some("77".into()), at(0));
    standing.hear(&status("rejected"), at(1));
    template.standings.push(standing);
    assert_eq!(template.status(&place()), Status::Rejected);
    assert_eq!(template.reference(&place()), Some("77"));
    assert_eq!(template.status_anywhere(), Status::Rejected);
    let elsewhere = Place { account: Some("2".into()), ..place() };
    assert_eq!(template.status(&elsewhere), Status::Approved);
    let drafted = Template::drafted("x", "en", Definition::of("Hello"));
    assert_eq!((drafted.status(&place()), drafted.status_anywhere()), (Status::Draft, Status::Draft));
}

#[test]
fn what_is_approved_goes_out_until_its_draft_is_submitted() {
    let draft = Some(Box::new(Definition::of("Hello {{name}} again")));
    let template = Template { draft, ..body(READY) };
    assert_eq!(template.definition.body, READY);
    let then = template.as_drafted();
    assert_eq!(
        (then.definition.body.as_str(), then.variables.as_slice()),
        ("Hello {{name}} again", &["name".to_owned()][..])
    );
    assert_eq!(then.draft, None);
}

/// Deploy order: rows of the version before are read as they were meant.
#[test]
fn a_template_that_was_stored_before_there_were_stages_is_read_as_approved() {
    let row = r#"{"name":"fallback","language":"en","body":"Hello","time_to_live_seconds":3600,"buttons":["Yes"],
        "variables":[],"parameters":"positional","references":{"twilio":"HX1"}}"#;
    let template: Template = serde_json::from_str(row).unwrap();
    assert_eq!(template.stage, Stage::Declared);
    assert_eq!(template.definition.buttons, [Button::from("Yes")]);
    let twilio = Place { provider: ProviderKind::Twilio, account: Some("AC1".into()) };
    assert_eq!((template.status(&twilio), template.reference(&twilio)), (Status::Approved, Some("HX1")));
    // And what is written now is read by it: a quick reply is still its label alone.
    let written = serde_json::to_value(&template).unwrap();
    assert_eq!(written["buttons"], serde_json::json!(["Yes"]));
    assert_eq!(serde_json::from_value::<Template>(written).unwrap(), template);
}

#[test]
fn every_status_has_a_word_of_its_own_and_survives_it() {
    for status in Status::ALL {
        assert_eq!(serde_json::to_value(status).unwrap(), status.word());
    }
}
