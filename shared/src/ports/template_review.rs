//! A provider's side of templates: it takes them for review, lists what it has, and forgets them. The same port for every
//! provider; nothing of it is on a message's way.

use std::fmt;

use async_trait::async_trait;

use super::administration::{Administered, AskError};
use crate::domain::{
    job::Day,
    template::{Definition, ParameterFormat, Standing, Template},
};

/// A template as a provider lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: String,
    pub language: String,
    /// `None`: of a kind that we have no form for (one-time codes, carousels).
    pub content: Option<ListedContent>,
    pub standing: Standing,
}

/// What a listed template says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedContent {
    pub definition: Definition,
    /// All its variables, the body's in the provider's order.
    pub variables: Vec<String>,
    pub parameters: ParameterFormat,
}

/// What a provider counted of a template on a UTC day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    pub sent: u64,
    pub delivered: u64,
    pub read: u64,
    pub clicked: u64,
    /// What it charged for them, in millionths of the currency that it bills this account in; it does not name that here.
    pub spent: Option<i64>,
}

/// Whether a provider counts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// From now on, and for ever.
    On,
    /// This provider counts nothing of single templates.
    Never,
}

#[async_trait]
pub trait TemplateReview: Send + Sync + fmt::Debug {
    /// Hands in what the template says (`template.definition`): a new one, or an edit of one that the provider has. Twice is
    /// as once. Answers where it stands now.
    async fn submit(&self, at: &Administered<'_>, template: &Template) -> Result<Standing, AskError>;

    /// All that the provider has, of every language.
    async fn list(&self, at: &Administered<'_>) -> Result<Vec<Listed>, AskError>;

    /// Lets the provider forget one language of a template. One that it does not have is forgotten already.
    async fn forget(&self, at: &Administered<'_>, template: &Template) -> Result<(), AskError>;

    /// Turns the provider's own counting on, for all templates of the account. Where there is such a switch (at Meta) nobody
    /// can turn it off again. Twice is as once.
    async fn count(&self, at: &Administered<'_>) -> Result<Counting, AskError>;

    /// What the provider itself counted, by day. `None`: it counts nothing, or does not tell.
    async fn counted(
        &self,
        at: &Administered<'_>,
        reference: &str,
        from: Day,
        until: Day,
    ) -> Result<Option<Vec<(Day, Counted)>>, AskError>;
}
