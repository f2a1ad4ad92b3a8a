//! A piece of HTML for a website: what people agree to, and the link. It needs no script and no style.

/// A speech bubble with a tick. Nobody's trade mark.
const ICON: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"20\" height=\"20\" viewBox=\"0 0 24 24\" fill=\"none\" \
                    stroke=\"currentColor\" stroke-width=\"2\" stroke-linecap=\"round\" stroke-linejoin=\"round\" \
                    aria-hidden=\"true\" focusable=\"false\"><path d=\"M21 12a9 9 0 0 1-13 8l-5 1 1-5a9 9 0 1 1 17-4z\"/>\
                    <path d=\"M8 12l3 3 5-6\"/></svg>";

/// The wording and the link under it. `language`: a code such as `pt_BR`. The texts may be anything.
pub fn html(language: &str, wording: &str, button: &str, link: &str) -> String {
    let [wording, button, link] = [wording, button, link].map(escaped);
    // As HTML writes it (RFC 5646).
    let language = escaped(&language.replace('_', "-"));
    format!(
        "<div class=\"transom-opt-in\" lang=\"{language}\" dir=\"auto\">\n  <p>{wording}</p>\n  \
         <p><a href=\"{link}\" rel=\"noopener\">{ICON} <span>{button}</span></a></p>\n</div>\n"
    )
}

/// Text as it may stand in HTML and SVG, also within quotes.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINK: &str = "https://wa.me/15550783881?text=Yes%20%28K7Q2M%29";

    /// A snippet without its texts: only what we wrote.
    fn tags(html: &str) -> String {
        let mut within = false;
        html.chars()
            .filter(|c| {
                within |= *c == '<';
                let keep = within;
                within &= *c != '>';
                keep
            })
            .collect()
    }

    #[test]
    fn a_snippet_says_what_is_agreed_to_beside_the_link() {
        let shown = html("pt_BR", "Sim, quero novidades & ofertas.", "Sim", LINK);
        assert!(shown.contains("<p>Sim, quero novidades &amp; ofertas.</p>") && shown.contains("<span>Sim</span>"));
        assert!(shown.contains("lang=\"pt-BR\"") && shown.contains("rel=\"noopener\""));
        assert!(shown.contains(&format!("href=\"{LINK}\"")) && !shown.contains("<script"));
    }

    #[test]
    fn hostile_words_stay_words() {
        let plain = tags(&html("en", "a", "b", LINK));
        for hostile in [
            "</p><script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
            "' onmouseover='alert(1)",
            "&lt;script&gt;",
            "<!--",
            "]]>",
            "javascript:alert(1)",
        ] {
            assert_eq!(tags(&html("en", hostile, hostile, LINK)), plain, "{hostile}");
        }
        let in_link = html("en", "a", "b", "x\" onclick=\"alert(1)");
        assert!(in_link.contains("href=\"x&quot; onclick=&quot;alert(1)\""), "{in_link}");
    }

    proptest! {
        #[test]
        fn no_words_break_out(wording in "\\PC{0,40}", button in "[<>\"'&a-z/=! -]{0,40}") {
            let plain = tags(&html("en", "a", "b", LINK));
            prop_assert_eq!(tags(&html("en", &wording, &button, LINK)), plain);
        }
    }
}
