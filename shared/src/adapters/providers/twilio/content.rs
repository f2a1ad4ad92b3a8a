//! What one inbound message of Twilio says (Twilio, "Messaging webhooks: incoming message parameters").

use serde_json::{Map, Value};

use super::form::Form;
use crate::{
    adapters::providers::json::value_of,
    domain::content::{Content, Context, InteractiveReply, Location, Media, MediaKind},
};

/// As many files as an MMS can hold, and a margin.
const MOST_FILES: usize = 32;

/// The contents of a message: more than one only if it holds several files. The text goes with the first.
pub(super) fn read(form: &Form) -> Vec<Content> {
    let files = files(form);
    if files.is_empty() { vec![single(form)] } else { files.into_iter().map(Content::Media).collect() }
}

fn single(form: &Form) -> Content {
    // Where Twilio itself took the word (Advanced Opt-Out), the body may be empty.
    let body = form.get("Body").or(form.get("OptOutType"));
    let kind = form.get("MessageType");
    let coordinate = |name| form.get(name)?.trim().parse().ok().filter(|number: &f64| number.is_finite());
    if let (Some(latitude), Some(longitude)) = (coordinate("Latitude"), coordinate("Longitude")) {
        let (name, address) = (form.owned("Label"), form.owned("Address"));
        return Content::Location(Location { latitude, longitude, name, address, url: None });
    }
    if form.get("ButtonText").or(form.get("ButtonPayload")).is_some() {
        return Content::Button { payload: form.owned("ButtonPayload"), text: form.owned("ButtonText") };
    }
    if let Some(id) = form.owned("ListId") {
        let title = form.owned("ListTitle").or_else(|| form.owned("Body")).unwrap_or_default();
        return Content::Interactive(InteractiveReply::ListReply {
            id,
            title,
            description: form.owned("ListDescription"),
        });
    }
    if let Some(answer) = form.get("InteractiveData").or(form.get("FlowData")) {
        return Content::Interactive(InteractiveReply::FlowReply {
            name: None,
            body: form.owned("Body"),
            response: value_of(answer),
        });
    }
    match (kind, body) {
        // A reaction opens no service window, whatever it is written with.
        (Some("reaction"), _) => opaque(kind, form),
        (_, Some(body)) => Content::text(body),
        (None | Some("text"), None) => Content::text(""),
        (Some("unsupported"), None) => Content::Unsupported { kind: None, errors: Vec::new() },
        (Some(_), None) => opaque(kind, form),
    }
}

fn opaque(kind: Option<&str>, form: &Form) -> Content {
    let raw: Map<String, Value> = form.iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    Content::Opaque { kind: kind.map(ToOwned::to_owned), raw: Value::Object(raw) }
}

fn files(form: &Form) -> Vec<Media> {
    let file = |index: usize| {
        let url = form.owned(&format!("MediaUrl{index}"))?;
        let mime_type = form.owned(&format!("MediaContentType{index}"));
        Some(media(Some(url), mime_type))
    };
    let mut files: Vec<Media> = (0..MOST_FILES).filter_map(file).collect();
    let announced = form.get("NumMedia").and_then(|count| count.parse().ok()).unwrap_or(0_u32);
    if files.is_empty() && announced > 0 {
        files.push(media(None, form.owned("MediaContentType0")));
    }
    if let Some(first) = files.first_mut() {
        first.caption = form.owned("Body");
    }
    files
}

fn media(url: Option<String>, mime_type: Option<String>) -> Media {
    let kind = match mime_type.as_deref().and_then(|mime| mime.split('/').next()) {
        Some("image") => MediaKind::Image,
        Some("video") => MediaKind::Video,
        Some("audio") => MediaKind::Audio,
        Some(_) | None => MediaKind::Document,
    };
    Media { kind, id: None, url, mime_type, sha256: None, caption: None, filename: None, voice: false, animated: false }
}

/// What the message refers to, if it refers to anything.
pub(super) fn context(form: &Form) -> Option<Context> {
    let context = Context {
        message_id: form.owned("OriginalRepliedMessageSid"),
        forwarded: form.is_true("Forwarded"),
        frequently_forwarded: form.is_true("FrequentlyForwarded"),
        referred_product: None,
    };
    (context != Context::default()).then_some(context)
}

/// The advertisement that the customer came from: every parameter that tells of it.
pub(super) fn referral(form: &Form) -> Option<Value> {
    let about = form.iter().filter(|(name, value)| name.starts_with("Referral") && !value.is_empty());
    let referral: Map<String, Value> = about.map(|(name, value)| (name.to_owned(), value.into())).collect();
    // A count of files alone comes with every message.
    let tells = referral.keys().any(|name| name != "ReferralNumMedia");
    tells.then_some(Value::Object(referral))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &[Content]) {
        assert_eq!(read(&Form::of(body.as_bytes())), expected, "{body}");
    }

    #[test]
    fn a_text_is_its_body() {
        check("Body=I+am+here%21&NumMedia=0", &[Content::text("I am here!")]);
        check("Body=hi&MessageType=text", &[Content::text("hi")]);
        check("Body=", &[Content::text("")]);
    }

    #[test]
    fn a_file_is_known_by_its_type_and_the_text_goes_with_the_first() {
        let file = |kind, index, mime: &str, caption: Option<&str>| {
            let url = Some(format!("https://api.twilio.com/m/{index}"));
            Content::Media(Media { kind, caption: caption.map(Into::into), ..media(url, Some(mime.into())) })
        };
        check(
            "Body=us&NumMedia=4&MediaUrl0=https://api.twilio.com/m/0&MediaContentType0=image/jpeg\
             &MediaUrl1=https://api.twilio.com/m/1&MediaContentType1=video/mp4\
             &MediaUrl2=https://api.twilio.com/m/2&MediaContentType2=audio/ogg\
             &MediaUrl3=https://api.twilio.com/m/3&MediaContentType3=application/pdf",
            &[
                file(MediaKind::Image, 0, "image/jpeg", Some("us")),
                file(MediaKind::Video, 1, "video/mp4", None),
                file(MediaKind::Audio, 2, "audio/ogg", None),
                file(MediaKind::Document, 3, "application/pdf", None),
            ],
        );
        let announced_only = Content::Media(media(None, None));
        check("NumMedia=4000000000", &[announced_only]);
    }

    #[test]
    fn a_place_has_no_body() {
        check(
            "Body=&Latitude=48.2&Longitude=16.3&Label=Hotel&Address=Main+St+1",
            &[Content::Location(Location {
                latitude: 48.2,
                longitude: 16.3,
                name: Some("Hotel".into()),
                address: Some("Main St 1".into()),
                url: None,
            })],
        );
        check("Body=x&Latitude=north&Longitude=1", &[Content::text("x")]);
    }

    #[test]
    fn taps_are_read() {
        check(
            "Body=Yes&ButtonText=Yes&ButtonPayload=yes-1&MessageType=button",
            &[Content::Button { payload: Some("yes-1".into()), text: Some("Yes".into()) }],
        );
        check(
            "Body=Express&ListId=r1&ListTitle=Express&ListDescription=1+day",
            &[Content::Interactive(InteractiveReply::ListReply {
                id: "r1".into(),
                title: "Express".into(),
                description: Some("1 day".into()),
            })],
        );
        check(
            "Body=Sent&InteractiveData=%7B%22guests%22%3A2%7D",
            &[Content::Interactive(InteractiveReply::FlowReply {
                name: None,
                body: Some("Sent".into()),
                response: json!({"guests": 2}),
            })],
        );
    }

    #[test]
    fn a_word_that_twilio_took_is_still_seen() {
        check("Body=&OptOutType=STOP", &[Content::text("STOP")]);
        check("OptOutType=START", &[Content::text("START")]);
        check("Body=Stopp&OptOutType=STOP", &[Content::text("Stopp")]);
    }

    #[test]
    fn a9_an_unknown_kind_is_kept_whole() {
        let raw = json!({"MessageType": "poll", "MessageSid": "SM1"});
        check("MessageType=poll&MessageSid=SM1", &[Content::Opaque { kind: Some("poll".into()), raw }]);
        let raw = json!({"MessageType": "reaction", "Body": "👍"});
        check("MessageType=reaction&Body=%F0%9F%91%8D", &[Content::Opaque { kind: Some("reaction".into()), raw }]);
        check("MessageType=unsupported", &[Content::Unsupported { kind: None, errors: vec![] }]);
    }

    #[test]
    fn what_a_message_refers_to_is_kept() {
        let form = |body: &str| Form::of(body.as_bytes());
        assert_eq!(context(&form("Forwarded=false")), None);
        let expected = Context { message_id: Some("SM9".into()), forwarded: true, ..Context::default() };
        assert_eq!(context(&form("OriginalRepliedMessageSid=SM9&Forwarded=true")), Some(expected));
        assert_eq!(referral(&form("ReferralNumMedia=0&Body=x")), None);
        let expected = json!({"ReferralNumMedia": "0", "ReferralSourceId": "7"});
        assert_eq!(referral(&form("ReferralNumMedia=0&ReferralSourceId=7")), Some(expected));
    }
}
