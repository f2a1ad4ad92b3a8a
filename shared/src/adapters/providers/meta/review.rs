//! Templates at Meta (Graph API, "message templates", "template analytics").

use async_trait::async_trait;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::{Meta, administration::waba, template_form};
use crate::{
    adapters::providers::asking::{Told, ask},
    domain::{
        Timestamp,
        job::Day,
        template::{Category, ParameterFormat, Quality, Standing, Status, Template},
    },
    ports::{
        administration::{Administered, AskError},
        template_review::{Counted, Counting, Listed, TemplateReview},
    },
};

/// Pages of templates that are read; an account has at most 6,000 templates.
const MOST_PAGES: usize = 200;
/// So many with all their texts are far from the longest answer that is read.
const ON_A_PAGE: usize = 50;
const FIELDS: &str = "name,language,status,category,correct_category,quality_score,components,parameter_format,rejected_reason,message_send_ttl_seconds";

impl Meta {
    async fn templates_matching(&self, at: &Administered<'_>, filter: &str) -> Result<Vec<Value>, AskError> {
        let address = format!("{}/{}/message_templates", self.base_url, waba(at)?);
        let mut known = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page = after.map(|after| format!("&after={after}")).unwrap_or_default();
            let request = self
                .http
                .get(format!("{address}?fields={FIELDS}&limit={ON_A_PAGE}{filter}{page}"))
                .bearer_auth(at.credential.expose_secret());
            let told = ask(&self.http, request).await?;
            let data = told.body["data"].as_array().ok_or(AskError::Unexpected("it holds no list of templates"))?;
            known.extend(data.iter().cloned());
            // A last page has cursors too, but no next page.
            if told.body["paging"]["next"].is_null() {
                return Ok(known);
            }
            after = told.body["paging"]["cursors"]["after"].as_str().map(ToOwned::to_owned);
            if after.is_none() {
                return Ok(known);
            }
        }
        // A list that is cut off would make the rest look deleted.
        Err(AskError::Unexpected("its list of templates does not end"))
    }

    async fn post_form(&self, at: &Administered<'_>, path: &str, form: &Value) -> Result<Told, AskError> {
        let request = self.http.post(format!("{}/{path}", self.base_url));
        ask(&self.http, request.bearer_auth(at.credential.expose_secret()).json(form)).await
    }

    /// What Meta has under this name in this language.
    async fn known(&self, at: &Administered<'_>, template: &Template) -> Result<Option<Value>, AskError> {
        let listed = self.templates_matching(at, &format!("&name={}", template.name)).await?;
        Ok(listed
            .into_iter()
            .find(|it| it["name"] == template.name.as_str() && language_of(it) == Some(&template.language)))
    }
}

fn language_of(listed: &Value) -> Option<&str> {
    listed["language"].as_str()
}

/// Where a listed template stands. Meta's list says not since when: `now` is when that was seen.
fn standing(at: &Administered<'_>, listed: &Value, now: Timestamp) -> Option<Standing> {
    let word = listed["status"].as_str()?.to_lowercase();
    let mut standing = Standing::submitted(at.channel.place(), id_of(listed), now);
    standing.status = Status::from_word(&word).unwrap_or(Status::Disabled);
    standing.word = word;
    let reason = listed["rejected_reason"].as_str().filter(|reason| *reason != "NONE");
    standing.reason = reason.map(str::to_lowercase);
    standing.category = listed["category"].as_str().and_then(Category::from_word);
    let next = listed["correct_category"].as_str().and_then(Category::from_word);
    standing.next_category = next.filter(|next| Some(*next) != standing.category);
    standing.parameters = template_form::read(listed).map(|content| content.parameters);
    standing.quality = listed["quality_score"]["score"].as_str().and_then(Quality::from_word);
    Some(standing)
}

fn id_of(told: &Value) -> Option<String> {
    told["id"].as_str().map(str::to_owned).or_else(|| told["id"].as_u64().map(|id| id.to_string()))
}

#[async_trait]
impl TemplateReview for Meta {
    async fn submit(&self, at: &Administered<'_>, template: &Template) -> Result<Standing, AskError> {
        let place = at.channel.place();
        let definition = &template.definition;
        let known = self.known(at, template).await?;
        let Some(known) = known else {
            let form = template_form::create(&template.name, &template.language, definition);
            let told = self.post_form(at, &format!("{}/message_templates", waba(at)?), &form).await?;
            let mut standing = Standing::submitted(place, id_of(&told.body), at.now);
            standing.parameters = Some(ParameterFormat::Named);
            if let Some(word) = told.body["status"].as_str() {
                standing.word = word.to_lowercase();
                standing.status = Status::from_word(&standing.word).unwrap_or(Status::Submitted);
            }
            standing.category = told.body["category"].as_str().and_then(Category::from_word);
            return Ok(standing);
        };
        let stands =
            standing(at, &known, at.now).ok_or(AskError::Unexpected("it does not say the template's status"))?;
        // Meta may have chosen another category than was asked for: only one that is wanted anew is a change.
        let noted = template.standing(&place).and_then(|standing| standing.category);
        let wanted = Some(definition.category);
        let other_category = noted.is_some() && noted != wanted && stands.category != wanted;
        if !other_category && template_form::says(definition, &known) {
            return Ok(stands);
        }
        let id = id_of(&known).ok_or(AskError::Unexpected("it does not say the template's id"))?;
        let mut form = template_form::edit(definition, &known);
        if other_category {
            form["category"] = definition.category.word().into();
        }
        let told = self.post_form(at, &id, &form).await?;
        if told.body["success"] != true {
            return Err(AskError::Unexpected("it does not say success"));
        }
        Ok(Standing {
            category: if other_category { wanted } else { stands.category },
            parameters: Some(ParameterFormat::Named),
            quality: stands.quality,
            ..Standing::submitted(place, Some(id), at.now)
        })
    }

    async fn list(&self, at: &Administered<'_>) -> Result<Vec<Listed>, AskError> {
        let listed = self.templates_matching(at, "").await?;
        let read = |listed: &Value| {
            Some(Listed {
                name: listed["name"].as_str()?.to_owned(),
                language: language_of(listed)?.to_owned(),
                content: template_form::read(listed),
                standing: standing(at, listed, at.now)?,
            })
        };
        Ok(listed.iter().filter_map(read).collect())
    }

    async fn forget(&self, at: &Administered<'_>, template: &Template) -> Result<(), AskError> {
        let place = at.channel.place();
        // Meta keeps what it disabled for good (Meta, "delete templates").
        if template.standing(&place).is_some_and(Standing::is_disabled_for_good) {
            return Ok(());
        }
        let reference = match template.reference(&place) {
            Some(reference) => Some(reference.to_owned()),
            None => self.known(at, template).await?.as_ref().and_then(id_of),
        };
        let Some(id) = reference else { return Ok(()) };
        let name = &template.name;
        let address = format!("{}/{}/message_templates?hsm_id={id}&name={name}", self.base_url, waba(at)?);
        let request = self.http.delete(address).bearer_auth(at.credential.expose_secret());
        match ask(&self.http, request).await {
            Ok(_) => Ok(()),
            Err(error) => match self.known(at, template).await {
                Ok(None) => Ok(()),
                // It was disabled, and that was not known here yet.
                Ok(Some(it)) if standing(at, &it, at.now).is_some_and(|it| it.is_disabled_for_good()) => Ok(()),
                Ok(Some(_)) | Err(_) => Err(error),
            },
        }
    }

    /// Meta, "template analytics: confirming access": once it is on, it cannot be disabled.
    async fn count(&self, at: &Administered<'_>) -> Result<Counting, AskError> {
        let address = format!("{}/{}?is_enabled_for_insights=true", self.base_url, waba(at)?);
        let request = self.http.post(address).bearer_auth(at.credential.expose_secret());
        let told = ask(&self.http, request).await?;
        let is_on = id_of(&told.body).is_some() || told.body["success"] == true;
        if is_on { Ok(Counting::On) } else { Err(AskError::Unexpected("it does not say that it counts")) }
    }

    async fn counted(
        &self,
        at: &Administered<'_>,
        reference: &str,
        from: Day,
        until: Day,
    ) -> Result<Option<Vec<(Day, Counted)>>, AskError> {
        let (start, end) = (from.begins_at().as_second(), until.ends_at().as_second());
        let address = format!(
            "{}/{}/template_analytics?start={start}&end={end}&granularity=DAILY&metric_types=SENT,DELIVERED,READ,CLICKED,COST&template_ids=[{reference}]",
            self.base_url,
            waba(at)?
        );
        let request = self.http.get(address).bearer_auth(at.credential.expose_secret());
        let told = match ask(&self.http, request).await {
            Ok(told) => told,
            // It must be turned on once, and is not offered everywhere (Meta, "template analytics").
            Err(AskError::Refused { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let points = told.body["data"][0]["data_points"].as_array().map(Vec::as_slice).unwrap_or_default();
        let counted = |point: &Value| {
            let day = Day::of(Timestamp::from_second(point["start"].as_i64()?).ok()?);
            let number = |name: &str| point[name].as_u64().unwrap_or(0);
            let clicked = point["clicked"].as_array().into_iter().flatten();
            let clicked = clicked.filter_map(|click| click["count"].as_u64()).sum();
            let (sent, delivered, read) = (number("sent"), number("delivered"), number("read"));
            Some((day, Counted { sent, delivered, read, clicked, spent: amount_spent(&point["cost"]) }))
        };
        Ok(Some(points.iter().filter_map(counted).collect()))
    }
}

/// The sum that Meta names "amount_spent" beside its quotients; hidden where a partner pays (Meta, "template analytics").
fn amount_spent(cost: &Value) -> Option<i64> {
    let amount = cost.as_array()?.iter().find(|it| it["type"] == "amount_spent")?["value"].as_f64()?;
    let micros = (amount * 1e6).round();
    #[expect(clippy::cast_possible_truncation, reason = "a bill of 9 million millions is none")]
    (0.0..9e18).contains(&micros).then_some(micros as i64)
}
