//! What one Cloud API message object says (WhatsApp Cloud API, webhooks reference, "messages").

use std::borrow::Cow;

use serde_json::Value;

use crate::{
    adapters::providers::json::{Element, Fields, value_of},
    domain::content::{Content, Context, InteractiveReply, Location, Media, MediaKind, Reaction, SystemNotice},
};

/// The content of a message. A kind that we do not know, or whose body is not as documented, is kept whole.
pub(super) fn read(message: Fields<'_>, whole: Element<'_>) -> Content {
    let kind = message.text("type");
    if let Some(content) = kind.as_deref().and_then(|kind| of_kind(kind, message)) {
        return content;
    }
    // A file that Meta could not take from the customer comes with the reason in its place (code 131052).
    match message.values("errors") {
        Some(errors) => Content::Unsupported { kind: kind.map(Cow::into_owned), errors },
        None => Content::Opaque { kind: kind.map(Cow::into_owned), raw: whole.value() },
    }
}

fn of_kind(kind: &str, message: Fields<'_>) -> Option<Content> {
    Some(match kind {
        "text" => Content::Text { body: message.object("text")?.get("body")?.text()?.into_owned() },
        "image" => Content::Media(media(MediaKind::Image, message.object(kind)?)),
        "video" => Content::Media(media(MediaKind::Video, message.object(kind)?)),
        "audio" => Content::Media(media(MediaKind::Audio, message.object(kind)?)),
        "document" => Content::Media(media(MediaKind::Document, message.object(kind)?)),
        "sticker" => Content::Media(media(MediaKind::Sticker, message.object(kind)?)),
        "location" => Content::Location(location(message.object(kind)?)?),
        "contacts" => Content::Contacts { contacts: message.values(kind)? },
        "reaction" => Content::Reaction(reaction(message.object(kind)?)?),
        "interactive" => Content::Interactive(interactive(message.get(kind)?)?),
        "button" => {
            let button = message.object(kind)?;
            Content::Button { payload: button.string("payload"), text: button.string("text") }
        }
        "order" => Content::Order { order: message.value(kind)? },
        "system" => Content::System(system(message.object(kind)?)),
        "unsupported" => Content::Unsupported {
            kind: message.object(kind).and_then(|unsupported| unsupported.string("type")),
            errors: message.values("errors").unwrap_or_default(),
        },
        "edit" => {
            let edit = message.object(kind)?;
            Content::Edit {
                original_message_id: edit.string("original_message_id")?,
                message: edit.value("message").unwrap_or(Value::Null),
            }
        }
        "revoke" => Content::Revoke { original_message_id: message.object(kind)?.string("original_message_id")? },
        _ => return None,
    })
}

fn media(kind: MediaKind, body: Fields<'_>) -> Media {
    Media {
        kind,
        id: body.string("id"),
        url: body.string("url").or_else(|| body.string("link")),
        mime_type: body.string("mime_type"),
        sha256: body.string("sha256"),
        caption: body.string("caption"),
        filename: body.string("filename"),
        voice: body.flag("voice"),
        animated: body.flag("animated"),
    }
}

fn location(body: Fields<'_>) -> Option<Location> {
    Some(Location {
        latitude: body.number("latitude")?,
        longitude: body.number("longitude")?,
        name: body.string("name"),
        address: body.string("address"),
        url: body.string("url"),
    })
}

fn reaction(body: Fields<'_>) -> Option<Reaction> {
    Some(Reaction { message_id: body.string("message_id")?, emoji: body.string("emoji") })
}

fn interactive(whole: Element<'_>) -> Option<InteractiveReply> {
    let body = whole.fields()?;
    let kind = body.text("type");
    let known = kind.as_deref().and_then(|kind| interactive_of_kind(kind, body));
    Some(known.unwrap_or_else(|| InteractiveReply::Other { kind: kind.map(Cow::into_owned), raw: whole.value() }))
}

fn interactive_of_kind(kind: &str, body: Fields<'_>) -> Option<InteractiveReply> {
    let reply = body.object(kind)?;
    Some(match kind {
        "button_reply" => InteractiveReply::ButtonReply {
            id: reply.get("id")?.text()?.into_owned(),
            title: reply.get("title")?.text()?.into_owned(),
        },
        "list_reply" => InteractiveReply::ListReply {
            id: reply.get("id")?.text()?.into_owned(),
            title: reply.get("title")?.text()?.into_owned(),
            description: reply.string("description"),
        },
        "nfm_reply" => InteractiveReply::FlowReply {
            name: reply.string("name"),
            body: reply.string("body"),
            // JSON within a JSON string.
            response: reply.string("response_json").map_or(Value::Null, |json| value_of(&json)),
        },
        "call_permission_reply" => InteractiveReply::CallPermissionReply { response: body.value(kind)? },
        _ => return None,
    })
}

fn system(body: Fields<'_>) -> SystemNotice {
    SystemNotice {
        kind: body.string("type"),
        body: body.string("body"),
        // Older payloads say `new_wa_id`.
        wa_id: body.string("wa_id").or_else(|| body.string("new_wa_id")),
        user_id: body.string("user_id"),
        previous_user_id: body.string("previous_user_id"),
    }
}

/// What the message refers to, if it refers to anything.
pub(super) fn context(message: Fields<'_>) -> Option<Context> {
    let context = message.object("context")?;
    Some(Context {
        message_id: context.string("id"),
        forwarded: context.flag("forwarded"),
        frequently_forwarded: context.flag("frequently_forwarded"),
        referred_product: context.value("referred_product"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::adapters::providers::json::Document;

    fn of(text: &str) -> Content {
        let document = Document::find(text).unwrap();
        read(document.root().fields().unwrap(), document.root())
    }

    #[track_caller]
    fn check(message: &Value, expected: &Content) {
        let text = message.to_string();
        assert_eq!(&of(&text), expected, "{text}");
    }

    fn picture(kind: MediaKind) -> Media {
        Media {
            kind,
            id: Some("7".into()),
            url: None,
            mime_type: Some("x/y".into()),
            sha256: Some("ab=".into()),
            caption: None,
            filename: None,
            voice: false,
            animated: false,
        }
    }

    #[test]
    fn a_text_is_its_body() {
        check(&json!({"type": "text", "text": {"body": "hi"}}), &Content::text("hi"));
        check(&json!({"type": "text", "text": {"body": ""}}), &Content::text(""));
    }

    #[test]
    fn every_kind_of_file_is_read_with_its_own_traits() {
        let file = |more: Value| {
            let mut file = json!({"id": 7, "mime_type": "x/y", "sha256": "ab="});
            file.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            file
        };
        let url = Some("https://lookaside.fbsbx.com/x".to_owned());
        check(
            &json!({"type": "image", "image": file(json!({"caption": "us", "url": url}))}),
            &Content::Media(Media { caption: Some("us".into()), url: url.clone(), ..picture(MediaKind::Image) }),
        );
        check(&json!({"type": "video", "video": file(json!({}))}), &Content::Media(picture(MediaKind::Video)));
        check(
            &json!({"type": "audio", "audio": file(json!({"voice": true}))}),
            &Content::Media(Media { voice: true, ..picture(MediaKind::Audio) }),
        );
        check(
            &json!({"type": "document", "document": file(json!({"filename": "a.pdf"}))}),
            &Content::Media(Media { filename: Some("a.pdf".into()), ..picture(MediaKind::Document) }),
        );
        check(
            &json!({"type": "sticker", "sticker": file(json!({"animated": true}))}),
            &Content::Media(Media { animated: true, ..picture(MediaKind::Sticker) }),
        );
    }

    #[test]
    fn a_file_that_meta_could_not_take_is_still_something_that_the_customer_wrote() {
        let errors = vec![json!({"code": 131_052, "title": "Media download error"})];
        check(
            &json!({"type": "video", "errors": errors}),
            &Content::Unsupported { kind: Some("video".into()), errors },
        );
    }

    #[test]
    fn a_reaction_without_an_emoji_was_taken_back() {
        let reaction = |emoji: Option<&str>| {
            Content::Reaction(Reaction { message_id: "wamid.A".into(), emoji: emoji.map(Into::into) })
        };
        check(
            &json!({"type": "reaction", "reaction": {"message_id": "wamid.A", "emoji": "👍"}}),
            &reaction(Some("👍")),
        );
        check(&json!({"type": "reaction", "reaction": {"message_id": "wamid.A"}}), &reaction(None));
        check(&json!({"type": "reaction", "reaction": {"message_id": "wamid.A", "emoji": ""}}), &reaction(None));
    }

    #[test]
    fn a_place_may_write_its_numbers_as_text() {
        let expected =
            Content::Location(Location { latitude: 48.2, longitude: 16.3, name: None, address: None, url: None });
        check(&json!({"type": "location", "location": {"latitude": 48.2, "longitude": 16.3}}), &expected);
        check(&json!({"type": "location", "location": {"latitude": "48.2", "longitude": "16.3"}}), &expected);
    }

    #[test]
    fn every_interactive_answer_is_read() {
        let check = |interactive: Value, expected: InteractiveReply| {
            check(&json!({"type": "interactive", "interactive": interactive}), &Content::Interactive(expected));
        };
        check(
            json!({"type": "button_reply", "button_reply": {"id": "cancel", "title": "Cancel"}}),
            InteractiveReply::ButtonReply { id: "cancel".into(), title: "Cancel".into() },
        );
        check(
            json!({"type": "list_reply", "list_reply": {"id": "r1", "title": "Express", "description": "1 day"}}),
            InteractiveReply::ListReply { id: "r1".into(), title: "Express".into(), description: Some("1 day".into()) },
        );
        let flow = |response_json: &str, response: Value| {
            check(
                json!({"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": response_json}}),
                InteractiveReply::FlowReply { name: Some("flow".into()), body: Some("Sent".into()), response },
            );
        };
        flow(r#"{"flow_token":"t-1","guests":2}"#, json!({"flow_token": "t-1", "guests": 2}));
        flow("{not json", json!("{not json"));
        let permission = json!({"response": "accept", "is_permanent": false, "expiration_timestamp": "1764300000"});
        check(
            json!({"type": "call_permission_reply", "call_permission_reply": permission}),
            InteractiveReply::CallPermissionReply { response: permission },
        );
        for unknown in [json!({"type": "poll_reply", "poll_reply": {}}), json!({"type": "button_reply"})] {
            let kind = unknown["type"].as_str().map(ToOwned::to_owned);
            check(unknown.clone(), InteractiveReply::Other { kind, raw: unknown });
        }
    }

    #[test]
    fn the_other_documented_kinds_are_read() {
        check(
            &json!({"type": "button", "button": {"payload": "P", "text": "Yes"}}),
            &Content::Button { payload: Some("P".into()), text: Some("Yes".into()) },
        );
        let cards = vec![json!({"name": {"formatted_name": "Bob Lee"}})];
        check(&json!({"type": "contacts", "contacts": cards}), &Content::Contacts { contacts: cards });
        let order = json!({"catalog_id": "1", "product_items": [{"product_retailer_id": "sku1", "quantity": 2}]});
        check(&json!({"type": "order", "order": order}), &Content::Order { order });
        check(
            &json!({"type": "unsupported", "errors": [{"code": 131_051}], "unsupported": {"type": "poll"}}),
            &Content::Unsupported { kind: Some("poll".into()), errors: vec![json!({"code": 131_051})] },
        );
        check(
            &json!({"type": "edit", "edit": {"original_message_id": "wamid.A", "message": {"type": "text"}}}),
            &Content::Edit { original_message_id: "wamid.A".into(), message: json!({"type": "text"}) },
        );
        check(
            &json!({"type": "revoke", "revoke": {"original_message_id": "wamid.A"}}),
            &Content::Revoke { original_message_id: "wamid.A".into() },
        );
    }

    #[test]
    fn a22_a_changed_number_or_id_is_named() {
        check(
            &json!({"type": "system", "system": {"type": "user_changed_user_id", "body": "…", "wa_id": "12195555358",
                "user_id": "US.9", "previous_user_id": "US.1"}}),
            &Content::System(SystemNotice {
                kind: Some("user_changed_user_id".into()),
                body: Some("…".into()),
                wa_id: Some("12195555358".into()),
                user_id: Some("US.9".into()),
                previous_user_id: Some("US.1".into()),
            }),
        );
    }

    #[test]
    fn a9_an_unknown_kind_is_kept_whole() {
        for message in [
            json!({"type": "poll", "poll": {"options": []}}),
            json!({"type": "text", "text": "hi"}),
            json!({"type": "text", "text": {"body": {}}}),
            json!({"type": "location", "location": {"latitude": "north", "longitude": 1}}),
            json!({"type": "contacts", "contacts": {}}),
        ] {
            let kind = message["type"].as_str().map(ToOwned::to_owned);
            check(&message, &Content::Opaque { kind, raw: message.clone() });
        }
        check(&json!({"type": 5}), &Content::Opaque { kind: Some("5".into()), raw: json!({"type": 5}) });
        check(&json!({}), &Content::Opaque { kind: None, raw: json!({}) });
    }

    #[test]
    fn a13_a_kind_too_deep_to_take_apart_is_kept_as_text() {
        let text = format!(r#"{{"type":"poll","poll":{}1{}}}"#, "[".repeat(5_000), "]".repeat(5_000));
        let expected = Content::Opaque { kind: Some("poll".into()), raw: Value::String(text.clone()) };
        assert_eq!(of(&text), expected);
    }
}
