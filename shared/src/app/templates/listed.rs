//! What a provider's list says of a template beside what is known here.

use super::change;
use crate::{
    app::{Parts, Trouble},
    domain::{
        AccountId,
        channel::ProviderKind,
        template::{Category, Definition, Header, Place, Quality, Stage, Status, Template},
    },
    ports::template_review::{Listed, ListedContent},
    seal::sha256_hex,
};

/// Whether what is known is what the provider says of where it stands, in everything that it says.
pub fn agrees(template: &Template, place: &Place, theirs: Option<&Listed>) -> bool {
    match (template.standing(place), theirs) {
        (Some(ours), Some(theirs)) => {
            let it = &theirs.standing;
            // Webhooks have more words for what is approved than lists have.
            let same_word = ours.word == it.word || it.status == Status::Approved;
            let same = (ours.status, &ours.reference, ours.parameters) == (it.status, &it.reference, it.parameters);
            let quality = it.quality.filter(|quality| *quality != Quality::Unknown || ours.quality.is_some());
            same && same_word
                && (it.category.is_none() || (ours.category, ours.next_category) == (it.category, it.next_category))
                && (quality.is_none() || ours.quality == quality)
                && it.reason.as_ref().is_none_or(|reason| ours.knows_reason(reason))
        }
        (Some(ours), None) => ours.status == Status::Missing,
        (None, _) => false,
    }
}

/// Tells what one list says that a template says from what another does. Samples and category are not what it says.
pub fn fingerprint(content: &ListedContent) -> String {
    let bare = Definition {
        samples: std::collections::BTreeMap::new(),
        category: Category::default(),
        ..content.definition.clone()
    };
    let said = serde_json::to_string(&(bare, &content.variables)).unwrap_or_default();
    sha256_hex(said.as_bytes()).chars().take(16).collect()
}

/// Notes what the provider calls it, how it knows its variables, and what it says there, if somebody edited it there.
/// Answers whether that was new.
pub async fn adopt(
    parts: &Parts,
    account: &AccountId,
    at: (&str, &str),
    place: &Place,
    theirs: &Listed,
) -> Result<bool, Trouble> {
    let mut adopted = false;
    change(parts, account, at, |before| {
        let Some(before) = before else { return Ok(None) };
        let after = adopted_by(&before, place, theirs);
        adopted = after.as_ref().is_some_and(|after| after.definition != before.definition);
        Ok::<_, Trouble>(after)
    })
    .await?;
    Ok(adopted)
}

/// `None`: nothing of that is new.
fn adopted_by(before: &Template, place: &Place, theirs: &Listed) -> Option<Template> {
    let mut template = before.clone();
    // What is just being handed in is not looked at: the list may show what was before.
    let content = theirs.content.as_ref().filter(|_| before.stage != Stage::Submitting);
    let listed = content.map(fingerprint);
    let is_seen = |it: &crate::domain::template::Standing| it.place != *place && it.listed.is_some();
    let seen_elsewhere = before.standings.iter().any(is_seen);
    let standing = template.standings.iter_mut().find(|it| it.place == *place)?;
    standing.reference.clone_from(&theirs.standing.reference);
    standing.parameters = theirs.standing.parameters;
    if let (Some(content), Some(listed)) = (content, listed)
        && standing.listed.as_ref() != Some(&listed)
    {
        // What one provider lists for the first time does not undo what another is known to have.
        let is_news = standing.listed.is_some() || !seen_elsewhere;
        standing.listed = Some(listed);
        if is_news {
            take_over(&mut template, place, content);
        }
    }
    (template != *before).then_some(template)
}

fn take_over(template: &mut Template, place: &Place, content: &ListedContent) {
    let mut listed = content.definition.clone();
    let media = template.definition.header.as_ref().filter(|header| !matches!(header, Header::Text { .. }));
    // Twilio's contents have no place for such a header.
    if let (ProviderKind::Twilio, Some(header), None) = (place.provider, media, &listed.header) {
        listed.header = Some(header.clone());
    }
    let Some((definition, variables)) = template.taken_over(&listed, &content.variables) else { return };
    // What nobody has handed in yet waits beside what the provider has under the same name.
    if template.draft.is_none() && matches!(template.stage, Stage::Draft | Stage::Proposed { .. }) {
        template.draft = Some(Box::new(template.definition.clone()));
        if template.stage == Stage::Draft {
            template.stage = Stage::Submitted;
        }
    }
    template.definition = definition;
    template.variables = variables;
    template.parameters = content.parameters;
}
