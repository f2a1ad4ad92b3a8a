//! Message templates: what they say in each language, where they stand at the providers, and what fills them. Outside of a
//! service window only an approved template may go out (Meta, "message templates").

mod definition;
mod language;
pub mod library;
pub mod lint;
mod standing;
mod taking_over;
mod values;
pub mod variables;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{channel::ProviderKind, time::SignedDuration};
pub use definition::{Button, Category, DEFAULT_TIME_TO_LIVE_SECONDS, Definition, Header, ParameterFormat, RichButton};
pub use language::{choose_language, fallback_order, missing_languages, serves};
pub use lint::{Circumstances, Finding, Severity, lint};
pub use standing::{Decision, News, Place, Quality, Standing, Status};
pub use values::{BadValues, Preview, filled_names};
pub use variables::names_in;

/// One template in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    pub name: String,
    pub language: String,
    /// What is approved, or what the providers have to decide on: what goes out.
    #[serde(flatten)]
    pub definition: Definition,
    /// Names of all its variables; those of the body in the provider's order.
    #[serde(default)]
    pub variables: Vec<String>,
    /// Whether the provider knows the variables by name or by position.
    #[serde(default)]
    pub parameters: ParameterFormat,
    /// The provider's own name of it, where that was declared: Twilio's ContentSid.
    #[serde(default)]
    pub references: BTreeMap<ProviderKind, String>,
    #[serde(default)]
    pub stage: Stage,
    /// Where it stands, at each account of a provider.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standings: Vec<Standing>,
    /// What is to take the place of `definition`, once somebody submits it. Until then the one goes out that is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<Box<Definition>>,
    /// Why a provider did not take the draft when it was handed in; what is approved stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft_refused: Option<String>,
    /// Counts the writes, so that none undoes another.
    #[serde(default)]
    pub rev: u32,
}

/// How far its way to the providers is settled, on our side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Stage {
    /// Somebody said that it is approved; where a provider says where it stands, that holds instead.
    #[default]
    Declared,
    /// Nobody asked for approval yet.
    Draft,
    /// Somebody asked, and somebody else is to agree. `by` tells the callers apart.
    Proposed { by: String },
    /// To be handed to the providers that do not have it yet.
    Submitting,
    /// The providers have it.
    Submitted,
}

/// What holds for all templates of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateRules {
    /// The languages that the account's customers are written to in; a template that has not all of them is incomplete.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Somebody else than who asked for it must agree before a template is handed to a provider.
    #[serde(default)]
    pub must_be_agreed: bool,
}

impl Template {
    /// A template of which somebody says that it is approved.
    pub fn declared(name: impl Into<String>, language: impl Into<String>, definition: Definition) -> Self {
        let variables = definition.variables();
        Self {
            name: name.into(),
            language: language.into(),
            parameters: if variables.is_empty() { ParameterFormat::Positional } else { ParameterFormat::Named },
            variables,
            definition,
            references: BTreeMap::new(),
            stage: Stage::Declared,
            standings: Vec::new(),
            draft: None,
            draft_refused: None,
            rev: 0,
        }
    }

    /// A template that nobody has submitted yet.
    pub fn drafted(name: impl Into<String>, language: impl Into<String>, definition: Definition) -> Self {
        Self { stage: Stage::Draft, ..Self::declared(name, language, definition) }
    }

    pub fn time_to_live(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.definition.time_to_live_seconds))
    }

    /// The names of the body's variables, in the provider's order.
    pub fn body_variables(&self) -> impl Iterator<Item = &String> {
        let named = names_in(&self.definition.body).unwrap_or_default();
        self.variables.iter().filter(move |name| named.contains(name))
    }

    pub fn standing(&self, place: &Place) -> Option<&Standing> {
        self.standings.iter().find(|standing| standing.place == *place)
    }

    /// What the provider calls it there.
    pub fn reference(&self, place: &Place) -> Option<&str> {
        let noted = self.standing(place).and_then(|standing| standing.reference.as_ref());
        noted.or_else(|| self.references.get(&place.provider)).map(String::as_str)
    }

    /// Whether the provider knows its variables by name or by position there.
    pub fn parameters(&self, place: &Place) -> ParameterFormat {
        self.standing(place).and_then(|standing| standing.parameters).unwrap_or(self.parameters)
    }

    /// Where it stands at an account of a provider.
    pub fn status(&self, place: &Place) -> Status {
        match (&self.stage, self.standing(place)) {
            (_, Some(standing)) => standing.status,
            (Stage::Declared, None) => Status::Approved,
            (Stage::Proposed { .. } | Stage::Submitting, None) if self.was_declared() => Status::Approved,
            (Stage::Proposed { .. }, None) => Status::Proposed,
            (Stage::Draft, None) => Status::Draft,
            (Stage::Submitting | Stage::Submitted, None) => Status::Submitted,
        }
    }

    /// Where it stands as a whole: where it stands best.
    pub fn status_anywhere(&self) -> Status {
        let nowhere = match self.stage {
            Stage::Declared => Status::Approved,
            Stage::Proposed { .. } | Stage::Submitting if self.was_declared() => Status::Approved,
            Stage::Draft => Status::Draft,
            Stage::Proposed { .. } => Status::Proposed,
            Stage::Submitting | Stage::Submitted => Status::Submitted,
        };
        self.standings.iter().map(|standing| standing.status).min().unwrap_or(nowhere)
    }

    /// Somebody said that it is approved, and an edit of it is on its way: what is approved goes out meanwhile. What nobody
    /// has approved has no draft beside it before a provider has heard of it.
    fn was_declared(&self) -> bool {
        self.draft.is_some() && self.standings.is_empty()
    }

    /// Its stage when nothing of it is on its way to a provider any more: an edit was taken back, declined or refused.
    pub fn stage_at_rest(&self) -> Stage {
        match (self.standings.is_empty(), self.draft.is_some()) {
            (false, _) => Stage::Submitted,
            (true, true) => Stage::Declared,
            (true, false) => Stage::Draft,
        }
    }

    /// Whether a provider was ever told of it, or somebody says so.
    pub fn is_known_outside(&self, place: &Place) -> bool {
        self.standing(place).is_some() || self.stage == Stage::Declared || self.was_declared()
    }

    /// Where an edit of it stands that nobody has decided on yet, if there is one.
    pub fn draft_status(&self) -> Option<Status> {
        self.draft.as_ref().map(|_| match self.stage {
            Stage::Declared | Stage::Draft | Stage::Submitted => Status::Draft,
            Stage::Proposed { .. } => Status::Proposed,
            Stage::Submitting => Status::Submitted,
        })
    }

    /// As it would be if its draft were approved.
    #[must_use]
    pub fn as_drafted(&self) -> Self {
        let definition = self.draft.as_deref().unwrap_or(&self.definition).clone();
        let variables = if self.draft.is_some() { definition.variables() } else { self.variables.clone() };
        Self { definition, variables, draft: None, draft_refused: None, ..self.clone() }
    }

    /// The category that it is charged by and counts as: the provider's word where there is one.
    pub fn category(&self, place: &Place) -> Category {
        self.standing(place).and_then(|standing| standing.category).unwrap_or(self.definition.category)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
