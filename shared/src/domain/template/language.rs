//! Which language of a template a customer gets.

use super::Template;

fn base(language: &str) -> &str {
    language.split(['_', '-']).next().unwrap_or_default()
}

/// Chooses a template's language for a contact. In this order: exactly the wanted one, its base language, another region of
/// it; the same three for the account's default; then whatever there is, in the order given.
///
/// Hand in only those that may be sent.
pub fn choose_language<'a>(templates: &[&'a Template], wanted: Option<&str>, default: &str) -> Option<&'a Template> {
    let exact = |code: &str| templates.iter().find(|template| template.language == code);
    let near = |code: &str| templates.iter().find(|template| base(&template.language) == base(code));
    let best = |code: &str| exact(code).or_else(|| exact(base(code))).or_else(|| near(code));
    wanted.and_then(best).or_else(|| best(default)).or_else(|| templates.first()).copied()
}

/// The languages of these templates in the order in which a contact who wants `wanted` would get them.
pub fn fallback_order(templates: &[&Template], wanted: Option<&str>, default: &str) -> Vec<String> {
    let mut left = templates.to_vec();
    let mut order = Vec::with_capacity(left.len());
    while let Some(next) = choose_language(&left, wanted, default) {
        order.push(next.language.clone());
        left.retain(|template| template.language != next.language);
    }
    order
}

/// Whether one of these is in this language, in whatever region.
pub fn serves(templates: &[&Template], language: &str) -> bool {
    templates.iter().any(|template| base(&template.language) == base(language))
}

/// Those of the account's languages that no one of these serves: neither the code itself, nor its base language.
pub fn missing_languages(templates: &[&Template], languages: &[String]) -> Vec<String> {
    let serves =
        |code: &String| templates.iter().any(|template| template.language == *code || template.language == base(code));
    languages.iter().filter(|code| !serves(code)).cloned().collect()
}
