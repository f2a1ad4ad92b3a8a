//! What holds for all templates of the account.

use axum::{Json, extract::State};
use transom::domain::template::TemplateRules;

use crate::{Shared, auth::Account, check, problem::Problem, request::JsonBody};

/// More than WhatsApp has.
const MOST_LANGUAGES: usize = 100;

pub async fn show(Account(account): Account, State(api): State<Shared>) -> Result<Json<TemplateRules>, Problem> {
    Ok(Json(api.parts.store.template_rules(&account).await?))
}

pub async fn put(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<TemplateRules>,
) -> Result<Json<TemplateRules>, Problem> {
    if value.languages.len() > MOST_LANGUAGES {
        return Err(Problem::invalid("languages", format!("an account has at most {MOST_LANGUAGES} languages")));
    }
    for (index, language) in value.languages.iter().enumerate() {
        let field = format!("languages[{index}]");
        check::language_code(&field, language)?;
        if value.languages[..index].contains(language) {
            return Err(Problem::invalid(field, "is listed twice"));
        }
    }
    api.parts.store.put_template_rules(&account, &value).await?;
    Ok(Json(value))
}
