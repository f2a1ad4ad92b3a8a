//! The canonical content of a message: the Cloud API's message object in our own types
//! (reference: Meta Cloud API, webhooks "messages", and "send messages"). Every provider translates to and from this.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a message says, inbound or outbound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    Text {
        body: String,
    },
    /// Image, video, audio, document or sticker, by reference.
    Media(Media),
    Location(Location),
    /// Shared contact cards, as the provider gives them.
    Contacts {
        contacts: Vec<Value>,
    },
    Reaction(Reaction),
    /// An answer to an interactive message: a button, a list row, a flow, a call permission.
    Interactive(InteractiveReply),
    /// A tap on a template's quick-reply button.
    Button {
        payload: Option<String>,
        text: Option<String>,
    },
    /// A cart from the catalogue, as the provider gives it.
    Order {
        order: Value,
    },
    /// A notice about the customer: number or id changed.
    System(SystemNotice),
    /// The customer changed an earlier message (numbers shared with the phone app only).
    Edit {
        original_message_id: String,
        message: Value,
    },
    /// The customer took an earlier message back (numbers shared with the phone app only).
    Revoke {
        original_message_id: String,
    },
    /// The provider could not hand the message over; the customer did write.
    Unsupported {
        kind: Option<String>,
        errors: Vec<Value>,
    },
    /// An approved template with its values. Outbound only.
    Template(TemplateContent),
    /// A kind that we do not know yet, kept whole.
    Opaque {
        kind: Option<String>,
        raw: Value,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    Image,
    Video,
    Audio,
    Document,
    Sticker,
}

/// A file held by the provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Media {
    pub kind: MediaKind,
    /// The provider's media id, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where the provider lets it be fetched; short-lived at Meta.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// A voice note, for audio.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voice: bool,
    /// For stickers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub animated: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Location {
    /// Degrees, WGS 84.
    pub latitude: f64,
    /// Degrees, WGS 84.
    pub longitude: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Reaction {
    /// The provider's id of the message reacted to.
    pub message_id: String,
    /// None: the reaction was taken back.
    pub emoji: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum InteractiveReply {
    ButtonReply {
        id: String,
        title: String,
    },
    ListReply {
        id: String,
        title: String,
        description: Option<String>,
    },
    /// A flow's answer. `response` is the parsed form of the provider's JSON text, or that text if it does not parse.
    FlowReply {
        name: Option<String>,
        body: Option<String>,
        response: Value,
    },
    CallPermissionReply {
        response: Value,
    },
    /// A kind of interactive answer that we do not know yet.
    Other {
        kind: Option<String>,
        raw: Value,
    },
}

/// A notice about the customer. Ids that it names are joined to the contact, the service window is not inherited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SystemNotice {
    /// `user_changed_number`, `user_changed_user_id`, `customer_identity_changed`, …
    pub kind: Option<String>,
    pub body: Option<String>,
    /// The new phone number's digits, after a change.
    pub wa_id: Option<String>,
    /// The new business-scoped id, after a change.
    pub user_id: Option<String>,
    pub previous_user_id: Option<String>,
}

/// An approved template and what fills it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TemplateContent {
    pub name: String,
    /// The exact language code under which the template was approved, such as `en_US`.
    pub language: String,
    /// Values by the template's variable names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

/// What a message refers to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Context {
    /// The provider's id of the quoted or tapped message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forwarded: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub frequently_forwarded: bool,
    /// The product that a question is about, as the provider gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referred_product: Option<Value>,
}

impl Content {
    pub fn text(body: impl Into<String>) -> Self {
        Self::Text { body: body.into() }
    }

    /// The word for its kind, by which subscribers choose; one of [`Self::KINDS`].
    pub fn kind_word(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Media(media) => match media.kind {
                MediaKind::Image => "image",
                MediaKind::Video => "video",
                MediaKind::Audio => "audio",
                MediaKind::Document => "document",
                MediaKind::Sticker => "sticker",
            },
            Self::Location(_) => "location",
            Self::Contacts { .. } => "contacts",
            Self::Reaction(_) => "reaction",
            Self::Interactive(_) => "interactive",
            Self::Button { .. } => "button",
            Self::Order { .. } => "order",
            Self::System(_) => "system",
            Self::Edit { .. } => "edit",
            Self::Revoke { .. } => "revoke",
            Self::Unsupported { .. } => "unsupported",
            Self::Template(_) => "template",
            Self::Opaque { .. } => "other",
        }
    }

    /// Every word for a kind of content.
    pub const KINDS: [&'static str; 18] = [
        "text",
        "image",
        "video",
        "audio",
        "document",
        "sticker",
        "location",
        "contacts",
        "reaction",
        "interactive",
        "button",
        "order",
        "system",
        "edit",
        "revoke",
        "unsupported",
        "template",
        "other",
    ];

    /// The text in which a customer may have written a word such as STOP, or a link's token.
    pub fn written_text(&self) -> Option<&str> {
        match self {
            Self::Text { body } => Some(body),
            Self::Button { text, .. } => text.as_deref(),
            Self::Interactive(InteractiveReply::ButtonReply { title, .. }) => Some(title),
            Self::Media(_)
            | Self::Location(_)
            | Self::Contacts { .. }
            | Self::Reaction(_)
            | Self::Interactive(_)
            | Self::Order { .. }
            | Self::System(_)
            | Self::Edit { .. }
            | Self::Revoke { .. }
            | Self::Unsupported { .. }
            | Self::Template(_)
            | Self::Opaque { .. } => None,
        }
    }
}
