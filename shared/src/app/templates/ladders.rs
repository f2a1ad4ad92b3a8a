//! Whether the ladder can send its templates: what a change of either has to keep true.

use crate::{
    app::{Parts, Trouble},
    domain::{
        AccountId,
        channel::{Channel, Medium},
        ladder::{BadLadder, Ladder, Standings},
        template::{Place, Status, Template},
    },
};

/// What a ladder is checked against.
#[derive(Debug)]
pub struct Known {
    pub templates: Vec<Template>,
    languages: Vec<String>,
    places: Vec<Place>,
}

impl Known {
    pub async fn of(parts: &Parts, account: &AccountId) -> Result<Self, Trouble> {
        let mut places: Vec<Place> = Vec::new();
        for channel in parts.store.channels(account).await? {
            if channel.medium == Medium::WhatsApp && !places.contains(&channel.place()) {
                places.push(Channel::place(&channel));
            }
        }
        Ok(Self {
            templates: parts.store.templates(account, None).await?,
            languages: parts.store.template_rules(account).await?.languages,
            places,
        })
    }

    /// Whether a ladder makes sense with the templates as they are.
    pub fn check(&self, ladder: &Ladder) -> Result<(), BadLadder> {
        self.check_with(ladder, &self.templates)
    }

    /// How the templates stand, for whoever else names some.
    pub fn with_standings<T>(&self, look: impl FnOnce(Standings<'_>) -> T) -> T {
        let sendable = |template: &Template| self.sendable(template);
        look(Standings { templates: &self.templates, languages: &self.languages, sendable: &sendable })
    }

    fn check_with(&self, ladder: &Ladder, templates: &[Template]) -> Result<(), BadLadder> {
        let sendable = |template: &Template| self.sendable(template);
        ladder.check(&Standings { templates, languages: &self.languages, sendable: &sendable })
    }

    /// What would be wrong with a ladder that is right now, if templates changed like this.
    pub fn undone(&self, ladder: &Ladder, change: impl FnOnce(&[Template]) -> Vec<Template>) -> Option<BadLadder> {
        self.check(ladder).ok()?;
        self.check_with(ladder, &change(&self.templates)).err()
    }

    fn sendable(&self, template: &Template) -> Result<(), String> {
        let refused = self.places.iter().find(|place| template.status(place) != Status::Approved);
        match refused {
            Some(place) => Err(format!("{} at {}", template.status(place).word(), place.provider.word())),
            None if self.places.is_empty() && template.status_anywhere() != Status::Approved => {
                Err(template.status_anywhere().word().to_owned())
            }
            None => Ok(()),
        }
    }
}
