//! A template as a provider holds it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use transom::domain::template::ParameterFormat;

use super::{
    parts::{Button, Parts},
    wording::{Values, Wording},
};
use crate::outside::{
    settings::{OutsideTemplate, TemplateStatus},
    sign,
};

/// One template in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldTemplate {
    /// Meta's id: digits.
    pub id: String,
    pub owner: Owner,
    pub name: String,
    pub language: String,
    pub category: Category,
    pub previous_category: Option<Category>,
    /// What it is going to be.
    pub correct_category: Option<Category>,
    pub parameters: Parameters,
    pub parts: Parts,
    /// `message_send_ttl_seconds`.
    pub time_to_live_seconds: Option<i64>,
    pub status: Status,
    pub rejected_reason: Option<String>,
    pub quality: Quality,
    pub quality_since: Timestamp,
    /// Twilio's side of it.
    pub content: Option<Content>,
    pub created_at: Timestamp,
    /// When it was edited while it was approved.
    pub edited_at: Vec<Timestamp>,
    /// How often it was paused.
    pub pauses: u32,
    /// What the provider does by itself, and when.
    pub to_do: Vec<Due>,
    pub deleted: Option<Deleted>,
    /// As it was when the stand-in started: nobody has edited it.
    pub configured: bool,
}

/// Whose template it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// Every account at both providers: the stand-in was started with it.
    Everyone,
    /// A WhatsApp Business Account at Meta.
    Waba(String),
    /// An account at Twilio.
    Account(String),
}

impl Owner {
    /// As the database has it.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Everyone => "*".to_owned(),
            Self::Waba(waba) => format!("waba:{waba}"),
            Self::Account(account) => format!("account:{account}"),
        }
    }

    pub(super) fn includes_waba(&self, waba: &str) -> bool {
        match self {
            Self::Everyone => true,
            Self::Waba(own) => own == waba,
            Self::Account(_) => false,
        }
    }

    pub(in crate::outside) fn includes_account(&self, account: &str) -> bool {
        match self {
            Self::Everyone => true,
            Self::Account(own) => own == account,
            Self::Waba(_) => false,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    #[default]
    #[serde(alias = "UTILITY")]
    Utility,
    #[serde(alias = "MARKETING")]
    Marketing,
}

impl Category {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Utility => "UTILITY",
            Self::Marketing => "MARKETING",
        }
    }

    /// As receipts write it.
    pub(in crate::outside) fn priced(self) -> &'static str {
        match self {
            Self::Utility => "utility",
            Self::Marketing => "marketing",
        }
    }
}

/// How a send names the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parameters {
    Positional,
    Named,
}

impl Parameters {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Positional => "POSITIONAL",
            Self::Named => "NAMED",
        }
    }
}

/// Where it stands (Meta, "templates: status"; Twilio, "approval statuses").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Content at Twilio that nobody asked WhatsApp to approve.
    Unsubmitted,
    Pending,
    Approved,
    Rejected,
    Paused,
    Disabled,
    InAppeal,
    LimitExceeded,
    Locked,
    Archived,
}

impl Status {
    /// As Meta writes it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Unsubmitted => "UNSUBMITTED",
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
            Self::Paused => "PAUSED",
            Self::Disabled => "DISABLED",
            Self::InAppeal => "IN_APPEAL",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::Locked => "LOCKED",
            Self::Archived => "ARCHIVED",
        }
    }

    /// As Twilio writes it.
    pub(super) fn at_twilio(self) -> &'static str {
        match self {
            Self::Unsubmitted => "unsubmitted",
            Self::Pending | Self::InAppeal => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Paused => "paused",
            Self::Disabled | Self::LimitExceeded | Self::Locked | Self::Archived => "disabled",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    #[serde(alias = "GREEN")]
    Green,
    #[serde(alias = "YELLOW")]
    Yellow,
    #[serde(alias = "RED")]
    Red,
    #[serde(alias = "UNKNOWN")]
    Unknown,
}

impl Quality {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Green => "GREEN",
            Self::Yellow => "YELLOW",
            Self::Red => "RED",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// Something that the provider does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub at: Timestamp,
    pub what: Next,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// The review ends.
    Decide,
    /// The pause ends.
    Resume,
    /// The announced category comes into force.
    Recategorise,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    pub at: Timestamp,
    /// It was approved once, so its name cannot be used for a while.
    pub name_blocked: bool,
}

/// A Content resource at Twilio.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// `HX…`
    pub sid: String,
    pub friendly_name: String,
    pub types: Value,
    /// The samples, by the variable.
    pub variables: Values,
    /// What a send may call the variables instead of 1, 2, …: templates that the stand-in was started with.
    pub names: Vec<String>,
    pub approval: Option<Approval>,
    pub updated_at: Timestamp,
}

/// What was asked of WhatsApp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub content_type: String,
    pub allow_category_change: bool,
}

impl HeldTemplate {
    pub(super) fn new(id: String, owner: Owner, name: &str, language: &str, parts: Parts, now: Timestamp) -> Self {
        Self {
            id,
            owner,
            name: name.to_owned(),
            language: language.to_owned(),
            category: Category::Utility,
            previous_category: None,
            correct_category: None,
            parameters: Parameters::Positional,
            parts,
            time_to_live_seconds: None,
            status: Status::Pending,
            rejected_reason: None,
            quality: Quality::Unknown,
            quality_since: now,
            content: None,
            created_at: now,
            edited_at: vec![],
            pauses: 0,
            to_do: vec![],
            deleted: None,
            configured: false,
        }
    }

    /// One that the stand-in was started with. Its id follows from its name and language.
    pub(super) fn configured(template: &OutsideTemplate, now: Timestamp) -> Self {
        let parameters = match template.format {
            ParameterFormat::Named => Parameters::Named,
            ParameterFormat::Positional => Parameters::Positional,
        };
        let numbers: Values =
            template.variables.iter().zip(1..).map(|(name, at)| (name.clone(), format!("{{{{{at}}}}}"))).collect();
        let numbered = super::wording::rendered(&template.body, &numbers);
        let text = if parameters == Parameters::Named { template.body.clone() } else { numbered.clone() };
        let examples = match parameters {
            Parameters::Named => template.variables.iter().map(|name| (name.clone(), name.clone())).collect(),
            Parameters::Positional => {
                template.variables.iter().zip(1..).map(|(name, at)| (at.to_string(), name.clone())).collect()
            }
        };
        let labels = &template.buttons;
        let buttons = labels.iter().map(|label| Button::QuickReply { label: label.clone(), id: None }).collect();
        let parts = Parts { header: None, body: Wording { text, examples }, footer: None, buttons };
        let content = template.content_sid.as_ref().map(|sid| {
            let (content_type, types) = super::content::simple(&numbered, labels);
            Content {
                sid: sid.clone(),
                friendly_name: template.name.clone(),
                types,
                variables: template
                    .variables
                    .iter()
                    .zip(1..)
                    .map(|(name, at)| (at.to_string(), name.clone()))
                    .collect(),
                names: template.variables.clone(),
                approval: Some(Approval { content_type, allow_category_change: true }),
                updated_at: now,
            }
        });
        let purpose = format!("{} in {}", template.name, template.language);
        let mut held =
            Self::new(id_from(0, &purpose, 0), Owner::Everyone, &template.name, &template.language, parts, now);
        held.parameters = parameters;
        held.content = content;
        held.configured = true;
        held.status = match template.status {
            TemplateStatus::Approved => Status::Approved,
            TemplateStatus::Paused => Status::Paused,
            TemplateStatus::Disabled => Status::Disabled,
            TemplateStatus::Pending => Status::Pending,
        };
        held
    }

    /// Everything that people read in it, for those who look at words.
    pub(super) fn all_text(&self) -> String {
        self.parts.texts().join("\n").to_lowercase()
    }

    /// Does not do that any more.
    pub(super) fn forget(&mut self, what: Next) {
        self.to_do.retain(|due| due.what != what);
    }

    pub(super) fn plan(&mut self, what: Next, at: Timestamp) {
        self.forget(what);
        self.to_do.push(Due { at, what });
    }
}

/// An id of Meta's form: 16 digits, which a JSON number holds exactly.
pub(super) fn id_from(seed: u64, purpose: &str, count: u64) -> String {
    const LOWEST: u64 = 1_000_000_000_000_000;
    let bytes = sign::derived(seed, &format!("template {purpose}"), count);
    let number = u64::from_be_bytes(*bytes.first_chunk().expect("32 bytes hold 8"));
    (LOWEST + number % (8 * LOWEST)).to_string()
}
