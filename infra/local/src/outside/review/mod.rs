//! Templates as the providers hold them: submitted, reviewed, edited, paused and deleted (Meta, "templates"; Twilio,
//! "Content API").

mod analytics;
mod answer;
mod content;
mod control;
mod decide;
mod fields;
pub(super) mod fill;
mod meta_api;
mod news;
mod parts;
mod rules;
mod store;
pub(super) mod template;
mod twilio_api;
mod wording;

use std::sync::Arc;

use axum::Router;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use template::{Category, HeldTemplate, Status};

pub(super) use store::SCHEMA;
pub(super) use wording::Values;

use super::{
    Outside,
    ledger::{Ledger, LedgerError, Result},
    settings::OutsideTemplate,
};

/// How the reviewers behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReviewHabits {
    /// How long a review takes.
    pub decides_after: SignedDuration,
    /// So many templates a WhatsApp Business Account may have: 250 until the business is verified.
    pub most_templates: usize,
}

impl Default for ReviewHabits {
    fn default() -> Self {
        Self { decides_after: SignedDuration::from_mins(1), most_templates: 250 }
    }
}

pub(super) fn routes() -> Router<Arc<Outside>> {
    meta_api::routes().merge(analytics::routes()).merge(twilio_api::routes()).merge(control::routes())
}

impl Outside {
    /// Every template that is not deleted, in the order of their creation.
    pub fn templates(&self) -> std::result::Result<Vec<HeldTemplate>, LedgerError> {
        Ok(self.state().ledger.templates()?.into_iter().map(|placed| placed.template).collect())
    }
}

/// Puts the templates of the start into the ledger. What has happened to one since stays; its texts follow the start's
/// while nobody has edited it.
pub(super) fn start_with(ledger: &Ledger, templates: &[OutsideTemplate], now: Timestamp) -> Result<()> {
    for template in templates {
        let new = HeldTemplate::configured(template, now);
        match ledger.template(&new.id)? {
            None => ledger.put_template(&new)?,
            Some(known) if known.configured && known.deleted.is_none() => {
                let HeldTemplate { parameters, parts, content, .. } = new;
                let same = (known.parameters, &known.parts) == (parameters, &parts)
                    && known.content.as_ref().map(|own| &own.sid) == content.as_ref().map(|own| &own.sid);
                if !same {
                    ledger.put_template(&HeldTemplate { parameters, parts, content, ..known })?;
                }
            }
            Some(_) => {}
        }
    }
    Ok(())
}
