//! A template as clients see it.

use std::collections::BTreeMap;

use serde::Serialize;
use transom::domain::{
    Timestamp,
    channel::ProviderKind,
    template::{Category, Definition, Finding, ParameterFormat, Quality, Stage, Standing, Status, Template},
};

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct TemplateView {
    name: String,
    language: String,
    #[serde(flatten)]
    definition: Definition,
    variables: Vec<String>,
    parameters: ParameterFormat,
    references: BTreeMap<ProviderKind, String>,
    /// Somebody said that it is approved.
    approved: bool,
    /// Where it stands best.
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'static str>,
    /// Where it stands, at each account of a provider.
    standings: Vec<StandingView>,
    /// What takes its place, once somebody submits it.
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<Definition>,
    /// How far the draft is on its way: `draft`, `proposed` or `submitted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    draft_status: Option<Status>,
    /// Why a provider did not take the draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    draft_refused: Option<String>,
    /// What is wrong with it, or with its draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<Finding>>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
struct StandingView {
    provider: ProviderKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    status: Status,
    /// The provider's word.
    word: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<Category>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_category: Option<Category>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<Quality>,
    since: Timestamp,
}

impl From<&Standing> for StandingView {
    fn from(standing: &Standing) -> Self {
        Self {
            provider: standing.place.provider,
            account: standing.place.account.clone(),
            reference: standing.reference.clone(),
            status: standing.status,
            word: standing.word.clone(),
            reason: standing.reason.clone(),
            advice: standing.advice(),
            category: standing.category,
            next_category: standing.next_category,
            quality: standing.quality,
            since: standing.since,
        }
    }
}

impl TemplateView {
    pub fn new(template: &Template) -> Self {
        let status = template.status_anywhere();
        Self {
            name: template.name.clone(),
            language: template.language.clone(),
            definition: template.definition.clone(),
            variables: template.variables.clone(),
            parameters: template.parameters,
            references: template.references.clone(),
            approved: template.stage == Stage::Declared,
            status,
            advice: status.advice(),
            standings: template.standings.iter().map(StandingView::from).collect(),
            draft: template.draft.as_deref().cloned(),
            draft_status: template.draft_status(),
            draft_refused: template.draft_refused.clone(),
            findings: None,
        }
    }

    pub fn with_findings(self, findings: Vec<Finding>) -> Self {
        Self { findings: Some(findings), ..self }
    }
}
