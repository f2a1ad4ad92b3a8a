//! Links: where they lead must be seen.

use super::{Report, buttons, paragraphs, rules, text};
use crate::domain::template::Definition;

/// Services that hide where a link leads.
const SHORTENERS: &[&str] = &[
    "acortar.link",
    "adf.ly",
    "amzn.to",
    "bit.do",
    "bit.ly",
    "bitly.com",
    "bitly.ws",
    "bityl.co",
    "bl.ink",
    "buff.ly",
    "clck.ru",
    "cort.as",
    "cutt.ly",
    "cutt.us",
    "da.gd",
    "dlvr.it",
    "dub.sh",
    "encr.pw",
    "encurtador.com.br",
    "fb.me",
    "gg.gg",
    "goo.gl",
    "goo.su",
    "hubs.ly",
    "ift.tt",
    "is.gd",
    "j.mp",
    "kurzelinks.de",
    "kutt.it",
    "lnkd.in",
    "mcaf.ee",
    "migre.me",
    "n9.cl",
    "ouo.io",
    "ow.ly",
    "qr.ae",
    "qrco.de",
    "rb.gy",
    "rebrand.ly",
    "rotf.lol",
    "s.id",
    "short.cm",
    "short.gy",
    "short.io",
    "shorte.st",
    "shorter.me",
    "shorturl.asia",
    "shorturl.at",
    "shrtco.de",
    "smarturl.it",
    "snip.ly",
    "soo.gd",
    "spoo.me",
    "surl.li",
    "t.co",
    "t.ly",
    "t2m.io",
    "tiny.cc",
    "tiny.one",
    "tiny.pl",
    "tinyurl.com",
    "tny.im",
    "tr.ee",
    "tr.im",
    "trib.al",
    "u.nu",
    "u.to",
    "url.ie",
    "urlr.me",
    "urlz.fr",
    "v.gd",
    "v.ht",
    "vo.la",
    "x.co",
    "xurl.es",
];

/// WhatsApp's own.
const WHATSAPP: &[&str] =
    &["wa.me", "wa.link", "api.whatsapp.com", "chat.whatsapp.com", "whatsapp.com", "web.whatsapp.com"];

pub(super) fn check(report: &mut Report, definition: &Definition) {
    for (field, text) in paragraphs(definition) {
        for link in links_in(text) {
            check_host(report, field, &link.host);
            if link.scheme.is_some() && link.host.contains("{{") {
                let message =
                    "nobody can see where this link leads: write the domain out, and let a variable end the link";
                report.add(rules::VARIABLE_DOMAIN, field, message);
            }
            if link.scheme == Some("http") {
                let message = format!("write {} with https://", text::quoted(link.text));
                report.add(rules::PLAIN_LINK, field, message);
            }
        }
    }
    for (name, sample) in &definition.samples {
        for link in links_in(sample) {
            check_host(report, &format!("samples.{name}"), &link.host);
        }
    }
    for (index, button) in definition.buttons.iter().enumerate() {
        if let Some(url) = buttons::url(button) {
            let without_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
            check_host(report, &format!("buttons[{index}].url"), &host(without_scheme));
        }
    }
}

fn check_host(report: &mut Report, field: &str, host: &str) {
    let host = host.strip_prefix("www.").unwrap_or(host);
    if SHORTENERS.contains(&host) {
        let message = format!("{host} hides where the link leads: write the whole address on your own domain");
        report.add(rules::LINK_SHORTENER, field, message);
    } else if WHATSAPP.contains(&host) {
        let message = "a link to WhatsApp is refused, and the customer is there already: use a quick reply";
        report.add(rules::WHATSAPP_LINK, field, message);
    } else if is_ip(host) {
        report.add(rules::IP_LINK, field, format!("{host} is a bare address: write a link to your own domain"));
    }
}

/// A link in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link<'a> {
    pub text: &'a str,
    /// `http` or `https`, if it is written.
    pub scheme: Option<&'static str>,
    /// In lower case.
    pub host: String,
}

/// The links in a text: with a scheme, with `www.`, or known as such by their host.
pub(super) fn links_in(text: &str) -> impl Iterator<Item = Link<'_>> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '"' | '\'' | '«' | '»' | '*'))
        .filter_map(link)
}

fn link(token: &str) -> Option<Link<'_>> {
    let text = token.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '/' | '{' | '}'));
    let lower = text.to_lowercase();
    // Such as "Link:https://…".
    let (scheme, start) = ["https", "http"]
        .into_iter()
        .find_map(|scheme| lower.find(&format!("{scheme}://")).map(|at| (Some(scheme), at + scheme.len() + 3)))
        .unwrap_or((None, 0));
    let host = host(&lower[start..]);
    let known = SHORTENERS.contains(&host.as_str()) || WHATSAPP.contains(&host.as_str());
    let numeric = is_ip(&host) && lower[start..].contains('/');
    (scheme.is_some() || host.starts_with("www.") || known || numeric).then_some(Link { text, scheme, host })
}

/// The host of a URL without its scheme, in lower case.
pub(super) fn host(rest: &str) -> String {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let after_user = authority.rsplit('@').next().unwrap_or_default();
    after_user.split(':').next().unwrap_or_default().trim_end_matches('.').to_lowercase()
}

pub(super) fn is_ip(host: &str) -> bool {
    host.parse::<core::net::Ipv4Addr>().is_ok() || host.starts_with('[')
}

/// Labels with dots between them, the last one of letters.
pub(super) fn is_domain(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let shaped = |label: &&str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-') && !label.starts_with('-')
    };
    labels.len() > 1
        && labels.iter().all(shaped)
        && labels.last().is_some_and(|last| last.chars().count() > 1 && !last.chars().all(|c| c.is_ascii_digit()))
}

/// The text without links, addresses of e-mail, and variables in them: what is language.
pub(super) fn without_links(text: &str) -> String {
    let is_language = |token: &&str| {
        !token.contains("://")
            && !token.contains('@')
            && !token.to_lowercase().contains("www.")
            && link(token).is_none()
    };
    let lines = text.split('\n').map(|line| line.split(' ').filter(is_language).collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_with_and_without_their_scheme() {
        let found = |text: &str| links_in(text).map(|link| link.host).collect::<Vec<_>>();
        assert_eq!(
            found("See https://Hotel.example/a, (www.hotel.example) or bit.ly/x."),
            ["hotel.example", "www.hotel.example", "bit.ly"]
        );
        assert_eq!(found("Map:http://10.0.0.1:80/x and 10.0.0.1/y"), ["10.0.0.1", "10.0.0.1"]);
        assert_eq!(found("no links: hotel.example, 10.0.0.1, a.b@c.example, rabbit.ly"), Vec::<String>::new());
    }

    #[test]
    fn a_domain_has_two_labels_and_ends_in_letters() {
        for host in ["hotel.example", "a-b.co.uk", "hôtel.fr"] {
            assert!(is_domain(host), "{host}");
        }
        for host in ["localhost", "", "a..b", ".com", "{{x}}.com", "1.2.3.4", "a_b.com", "hotel.c"] {
            assert!(!is_domain(host), "{host}");
        }
    }

    #[test]
    fn language_is_what_is_left_without_links() {
        assert_eq!(without_links("See https://x.example/a\nor write to a@b.example now"), "See\nor write to now");
    }
}
