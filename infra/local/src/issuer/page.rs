//! The page on which people say who they are.

use super::{Person, request::Parameters};

/// A page without scripts: every choice is a link.
pub(super) fn choice(staff: &[Person], parameters: &Parameters, at: &str) -> String {
    let item = |person: &Person| {
        let link = format!("{at}?{}", parameters.with("person", &person.subject));
        format!(
            "<li><a href=\"{}\"><b>{}</b> <span class=\"note\">{}</span><span class=\"mail\">{}</span></a></li>\n",
            escaped(&link),
            escaped(&person.name),
            escaped(&person.note),
            escaped(&person.email),
        )
    };
    let list: Vec<String> = staff.iter().map(item).collect();
    let list = list.concat();
    page(
        "Who are you?",
        &format!(
            "<p>This sign-in is for one machine: there is no password, and whoever can open this page can be anybody. \
             Elsewhere an identity provider of your own asks here.</p>\n<ul>\n{list}</ul>"
        ),
    )
}

/// What is wrong with a request, told to the person.
pub(super) fn refusal(why: &str) -> String {
    page("This sign-in cannot go on", &format!("<p>{}</p>", escaped(why)))
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} – Transom on this machine</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"/sign-in/style.css\">\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_text_and_never_markup() {
        let person = Person {
            subject: "\"><script>".into(),
            name: "<b onclick='x'>".into(),
            email: "a&b@hotel.example".into(),
            note: "</li>".into(),
        };
        let parameters = Parameters::read(b"state=%22%3E%3Cscript%3E").unwrap();
        let page = choice(&[person], &parameters, "/sign-in/authorize");
        for never in ["<script", "onclick='", "</li></span>"] {
            assert!(!page.contains(never), "{never}");
        }
        assert!(page.contains("a&amp;b@hotel.example") && page.contains("lang=\"en\"") && page.contains("<h1>"));
        assert!(!refusal("<script>").contains("<script>"));
    }
}
