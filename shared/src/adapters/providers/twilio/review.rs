//! Templates at Twilio (Twilio, "Content API", "approval requests").

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Twilio, template_form};
use crate::{
    adapters::providers::asking::Told,
    domain::{
        Timestamp,
        job::Day,
        template::{Category, ParameterFormat, Standing, Status, Template},
    },
    ports::{
        administration::{Administered, AskError},
        template_review::{Counted, Counting, Listed, TemplateReview},
    },
};

/// Pages of contents that are read.
const MOST_PAGES: usize = 200;

impl Twilio {
    fn contents(&self) -> String {
        format!("{}/v1/Content", self.other("content"))
    }

    async fn all_contents(&self, at: &Administered<'_>) -> Result<Vec<Value>, AskError> {
        let address = format!("{}/v1/ContentAndApprovals", self.other("content"));
        let mut known = Vec::new();
        let mut query = "PageSize=100".to_owned();
        for _ in 0..MOST_PAGES {
            let told = self.ask(at, self.http.get(format!("{address}?{query}"))).await?;
            let contents =
                told.body["contents"].as_array().ok_or(AskError::Unexpected("it holds no list of contents"))?;
            known.extend(contents.iter().cloned());
            // Only what it asks for: the credentials go nowhere but to Twilio.
            match told.body["meta"]["next_page_url"].as_str().and_then(|url| url.split_once('?')) {
                Some((_, next)) => next.clone_into(&mut query),
                None => return Ok(known),
            }
        }
        Err(AskError::Unexpected("its list of contents does not end"))
    }

    async fn post(&self, at: &Administered<'_>, address: String, form: &Value) -> Result<Told, AskError> {
        self.ask(at, self.http.post(address).json(form)).await
    }
}

fn is_named(content: &Value, template: &Template) -> bool {
    name_of(content) == Some(template.name.as_str()) && content["language"] == template.language.as_str()
}

fn approval_name(content: &Value) -> Option<&str> {
    content["approval_requests"]["name"].as_str().filter(|name| !name.is_empty())
}

/// The template's name here. Ours is the friendly name, and what it is approved under may have a version; what was made
/// elsewhere may have any friendly name, and is known by the one that it is approved under.
fn name_of(content: &Value) -> Option<&str> {
    let friendly = content["friendly_name"].as_str();
    let Some(approved) = approval_name(content) else { return friendly };
    let version = friendly.and_then(|friendly| approved.strip_prefix(friendly));
    let is_ours = version.is_some_and(|version| {
        let number = version.strip_prefix("_v").unwrap_or_default();
        version.is_empty() || (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    });
    if is_ours { friendly } else { Some(approved) }
}

fn standing(at: &Administered<'_>, content: &Value, now: Timestamp) -> Option<Standing> {
    let sid = content["sid"].as_str()?.to_owned();
    let approval = &content["approval_requests"];
    let word = approval["status"].as_str().unwrap_or("unsubmitted").to_lowercase();
    let mut standing = Standing::submitted(at.channel.place(), Some(sid), now);
    standing.status = Status::from_word(&word).unwrap_or(Status::Submitted);
    standing.word = word;
    standing.reason = approval["rejection_reason"].as_str().filter(|reason| !reason.is_empty()).map(str::to_owned);
    standing.parameters = template_form::read(content, None).map(|content| content.parameters);
    standing.category = approval["category"].as_str().and_then(Category::from_word);
    Some(standing)
}

/// A name under which it can be handed in: one that was used once, even if it was turned down, is used up.
fn free_name(template: &Template, contents: &[Value]) -> String {
    let used = |name: &str| {
        let same = |it: &&Value| it["language"] == template.language.as_str() && approval_name(it) == Some(name);
        contents.iter().any(|it| same(&it))
    };
    let versions = (2_u32..).map(|version| format!("{}_v{version}", template.name));
    std::iter::once(template.name.clone()).chain(versions).find(|name| !used(name)).unwrap_or_default()
}

#[async_trait]
impl TemplateReview for Twilio {
    /// A content cannot be changed: an edit is another content under the same name of ours.
    async fn submit(&self, at: &Administered<'_>, template: &Template) -> Result<Standing, AskError> {
        let form = template_form::create(template);
        let contents = self.all_contents(at).await?;
        let known = contents.iter().find(|it| is_named(it, template) && template_form::says(&form, it));
        let noted = template.standing(&at.channel.place()).and_then(|standing| standing.category);
        let other_category = noted.is_some_and(|noted| noted != template.definition.category);
        let sid = match known {
            Some(content) => {
                let stands = standing(at, content, at.now).ok_or(AskError::Unexpected("a content has no sid"))?;
                let other_category = other_category && stands.category != Some(template.definition.category);
                match stands.status {
                    Status::Missing => {}
                    // What was turned down may be handed in again, for another category.
                    Status::Rejected if other_category => {}
                    _ if other_category => {
                        let message = "the category of what was handed in as it is cannot be changed".to_owned();
                        return Err(AskError::Refused { status: 409, message });
                    }
                    _ => return Ok(stands),
                }
                stands.reference
            }
            None => self.post(at, self.contents(), &form).await?.body["sid"].as_str().map(str::to_owned),
        };
        let sid = sid.ok_or(AskError::Unexpected("it does not say the content's sid"))?;
        let address = format!("{}/{sid}/ApprovalRequests/whatsapp", self.contents());
        let name = free_name(template, &contents);
        let category = template.definition.category.word();
        let told = self.post(at, address, &json!({"name": name, "category": category})).await?;
        let mut standing = Standing::submitted(at.channel.place(), Some(sid), at.now);
        standing.parameters = Some(ParameterFormat::Positional);
        if let Some(word) = told.body["status"].as_str() {
            standing.word = word.to_lowercase();
            standing.status = Status::from_word(&standing.word).unwrap_or(Status::Submitted);
        }
        Ok(standing)
    }

    async fn list(&self, at: &Administered<'_>) -> Result<Vec<Listed>, AskError> {
        let contents = self.all_contents(at).await?;
        let read = |content: &Value| {
            let standing = standing(at, content, at.now)?;
            Some(Listed {
                name: name_of(content)?.to_owned(),
                language: content["language"].as_str()?.to_owned(),
                content: template_form::read(content, standing.category),
                standing,
            })
        };
        Ok(contents.iter().filter_map(read).collect())
    }

    async fn forget(&self, at: &Administered<'_>, template: &Template) -> Result<(), AskError> {
        let reference = template.reference(&at.channel.place());
        let meant = |it: &&Value| is_named(it, template) || (reference.is_some() && it["sid"].as_str() == reference);
        for content in self.all_contents(at).await?.iter().filter(meant) {
            let Some(sid) = content["sid"].as_str() else { continue };
            match self.ask(at, self.http.delete(format!("{}/{sid}", self.contents()))).await {
                Ok(_) | Err(AskError::Refused { status: 404, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Twilio counts nothing by template.
    async fn count(&self, _at: &Administered<'_>) -> Result<Counting, AskError> {
        Ok(Counting::Never)
    }

    async fn counted(
        &self,
        _at: &Administered<'_>,
        _reference: &str,
        _from: Day,
        _until: Day,
    ) -> Result<Option<Vec<(Day, Counted)>>, AskError> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_elsewhere_is_known_by_what_it_is_approved_under() {
        let name = |friendly: &str, approved: &str| {
            let content = json!({"friendly_name": friendly, "approval_requests": {"name": approved}});
            name_of(&content).map(str::to_owned)
        };
        assert_eq!(name("Breakfast Note (DE)", "breakfast_note").as_deref(), Some("breakfast_note"));
        assert_eq!(name("breakfast", "breakfast_note").as_deref(), Some("breakfast_note"));
        assert_eq!(name("breakfast", "breakfast").as_deref(), Some("breakfast"));
        assert_eq!(name("breakfast", "breakfast_v2").as_deref(), Some("breakfast"), "an edit of ours");
        assert_eq!(name("breakfast", "").as_deref(), Some("breakfast"));
    }
}
