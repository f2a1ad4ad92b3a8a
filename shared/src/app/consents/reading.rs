//! What customers' texts say about being written to: by words, and by codes of opt-in links.

use crate::{
    app::{Parts, Trouble},
    domain::{
        AccountId, MessageId, Timestamp,
        consent::{ConsentSettings, Evidence, Word, consent_word, could_be_word},
        content::Content,
        opt_in::{OptInLink, codes_in, opt_in},
    },
};

/// What the texts of one call are read by: the account's own words and links are loaded only if one of the texts may hold one.
#[derive(Debug)]
pub(in crate::app) struct Reading {
    settings: ConsentSettings,
    links: Vec<OptInLink>,
}

/// What a text says.
#[derive(Debug, Clone, Copy)]
pub(in crate::app) struct Said<'a> {
    pub word: Option<Word>,
    /// The link whose text they sent, and its language.
    opt_in: Option<(&'a OptInLink, &'a str)>,
    text: &'a str,
}

impl Reading {
    pub(in crate::app) async fn of<'a>(
        parts: &Parts,
        account: &AccountId,
        contents: impl Iterator<Item = &'a Content> + Clone,
    ) -> Result<Self, Trouble> {
        let usual = ConsentSettings::default();
        let mut texts = contents.filter_map(Content::written_text);
        let (mut own_words, mut own_links) = (false, false);
        for text in &mut texts {
            own_words |= could_be_word(text) && consent_word(text, &usual).is_none();
            own_links |= !codes_in(text).is_empty();
        }
        let settings = if own_words { parts.store.consent_settings(account).await? } else { usual };
        let links = if own_links { parts.store.opt_in_links(account).await? } else { Vec::new() };
        Ok(Self { settings, links })
    }

    pub(in crate::app) fn read<'a>(&'a self, text: &'a str) -> Said<'a> {
        let opt_in = if self.links.is_empty() { None } else { opt_in(text, &self.links, &self.settings) };
        Said { word: consent_word(text, &self.settings), opt_in, text }
    }
}

impl Said<'_> {
    /// The wish that its word is, with what proves it.
    pub(in crate::app) fn by_word(&self, message: MessageId, at: Timestamp) -> Option<Evidence> {
        self.word.map(|word| Evidence::of_word(word, self.text, message, at))
    }

    /// The wish that its code is.
    pub(in crate::app) fn by_link(&self, message: MessageId, at: Timestamp) -> Option<Evidence> {
        self.opt_in.map(|(link, language)| link.evidence(language, message, at))
    }
}
