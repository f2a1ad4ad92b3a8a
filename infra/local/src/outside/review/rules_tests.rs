//! Each limit, at its edge.

use super::*;

fn body(text: &str) -> Parts {
    Parts { body: Wording { text: text.into(), examples: vec![] }, ..Parts::default() }
}

fn with_header(text: &str) -> Parts {
    Parts { header: Some(Header::Text(Wording { text: text.into(), examples: vec![] })), ..body("Hello") }
}

fn with_buttons(kinds: &str) -> Parts {
    let button = |kind| match kind {
        'q' => Button::QuickReply { label: "Yes".into(), id: None },
        'u' => Button::Url { label: "Open".into(), url: "https://x.example/a".into(), example: None },
        'p' => Button::PhoneNumber { label: "Call".into(), phone: "+15550051310".into() },
        _ => Button::CopyCode { example: "25OFF".into() },
    };
    Parts { buttons: kinds.chars().map(button).collect(), ..body("Hello") }
}

#[track_caller]
fn refused(parts: &Parts, subcode: i64) {
    assert_eq!(check_parts(parts).map_err(|wrong| wrong.subcode), Err(Some(subcode)));
}

#[track_caller]
fn fine(parts: &Parts) {
    assert_eq!(check_parts(parts), Ok(()));
}

#[test]
fn texts_have_their_longest() {
    fine(&body(&"x".repeat(1024)));
    refused(&body(&"x".repeat(1025)), 2_388_040);
    fine(&with_header(&"x".repeat(60)));
    refused(&with_header(&"x".repeat(61)), 2_388_040);
    fine(&Parts { footer: Some("x".repeat(60)), ..body("Hello") });
    refused(&Parts { footer: Some("x".repeat(61)), ..body("Hello") }, 2_388_040);
}

#[test]
fn a_header_has_one_variable_and_no_formatting_a_footer_no_variable() {
    fine(&with_header("Order {{order_no}} of_today"));
    refused(&with_header("{{1}} and {{2}}"), 2_388_047);
    for text in ["*Order*", "_Order_ today", "Two\nlines", "Order {{1"] {
        refused(&with_header(text), 2_388_047);
    }
    refused(&Parts { footer: Some("Bye {{1}}".into()), ..body("Hello") }, 2_388_073);
}

#[test]
fn a_bodys_variables_are_inside_apart_and_among_words() {
    fine(&body("Hello {{1}}, your room is ready."));
    refused(&body(" "), 2_388_072);
    refused(&body("{{1}}, your room is ready."), 2_388_299);
    refused(&body("Your room is ready, {{1}} "), 2_388_299);
    refused(&body("Your room {{1}} {{2}} is ready for you now, sir."), 2_388_072);
    refused(&body("Your room {{#1}} is ready."), 2_388_072);
    refused(&body("Your room {{1 is ready."), 2_388_072);
    fine(&body("Hi {{1}}, welcome here."));
    fine(&body("お部屋{{1}}の準備ができました。"));
    refused(&body("Hi {{1}}, welcome."), 2_388_293);
    refused(&body("Hi {{1}}, your {{2}} is now - !"), 2_388_293);
}

#[test]
fn variables_are_written_as_the_format_asks() {
    let named = |text| check_variables(&body(text), Parameters::Named).map_err(|wrong| wrong.subcode);
    let numbered = |text| check_variables(&body(text), Parameters::Positional).map_err(|wrong| wrong.subcode);
    assert_eq!(named("Hi {{first_name}}!"), Ok(()));
    assert_eq!(numbered("Hi {{2}} and {{1}}!"), Ok(()));
    for text in ["Hi {{1}}!", "Hi {{firstName}}!", "Hi {{first name}}!", "Hi {{}}!"] {
        assert_eq!(named(text), Err(Some(2_388_072)), "{text}");
    }
    for text in ["Hi {{2}}!", "Hi {{1}} and {{3}}!", "Hi {{name}}!", "Hi {{0}}!"] {
        assert_eq!(numbered(text), Err(Some(2_388_072)), "{text}");
    }
}

#[test]
fn quick_replies_stand_together_and_every_kind_has_its_most() {
    for kinds in ["", "qqup", "upqq", "uup", "c", &"q".repeat(10)] {
        fine(&with_buttons(kinds));
    }
    for kinds in ["quq", "uqu", "uuu", "pp", "cc", &"q".repeat(11)] {
        assert!(check_parts(&with_buttons(kinds)).is_err(), "{kinds}");
    }
}

#[test]
fn a_buttons_texts_have_their_form() {
    let check = |button| check_parts(&Parts { buttons: vec![button], ..body("Hello") });
    let url = |url: &str| check(Button::Url { label: "Open".into(), url: url.into(), example: None });
    let label = |label: &str| check(Button::QuickReply { label: label.into(), id: None });
    let phone = |phone: &str| check(Button::PhoneNumber { label: "Call".into(), phone: phone.into() });
    assert_eq!((url("https://x.example/{{1}}"), label(&"x".repeat(25)), phone("+1555")), (Ok(()), Ok(()), Ok(())));
    for wrong in [
        url("https://x.example/{{1}}/b"),
        url("https://x.example/{{1}}{{2}}"),
        url("x.example"),
        url(&format!("https://{}", "x".repeat(2000))),
        label(&"x".repeat(26)),
        label("Hi {{1}}"),
        phone(&"1".repeat(21)),
        phone("call us"),
        check(Button::CopyCode { example: "x".repeat(16) }),
    ] {
        assert!(wrong.is_err());
    }
}

#[test]
fn names_languages_and_times_to_live_have_their_form() {
    assert!(check_name("order_update2").is_ok() && check_name(&"x".repeat(512)).is_ok());
    assert_eq!(check_name("Order").map_err(|wrong| wrong.subcode), Err(Some(2_388_046)));
    assert_eq!(check_name("").map_err(|wrong| wrong.subcode), Err(Some(2_388_046)));
    assert_eq!(check_name(&"x".repeat(513)).map_err(|wrong| wrong.subcode), Err(Some(2_388_040)));
    assert!(check_language("pt_BR").is_ok() && check_language("en-US").is_err() && check_language("xx").is_err());
    for (seconds, utility, marketing) in [
        (-1, true, false),
        (29, false, false),
        (30, true, false),
        (43_200, true, true),
        (43_201, false, true),
        (2_592_001, false, false),
    ] {
        assert_eq!(check_time_to_live(seconds, Category::Utility).is_ok(), utility, "{seconds}");
        assert_eq!(check_time_to_live(seconds, Category::Marketing).is_ok(), marketing, "{seconds}");
    }
}
