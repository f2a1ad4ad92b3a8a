//! Pages of a list: `limit`, and opaque cursors that say where the last page ended.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

use crate::{
    describe::{CURSOR, LIMIT, Parameter, Query},
    problem::{Kind, Problem},
    request::Parameters,
};

const DEFAULT_LIMIT: usize = 25;
const MOST: usize = 100;

/// The longest place that any list has.
const LONGEST_PLACE: usize = 200;

/// Which list a cursor belongs to: a cursor of one list means nothing in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    Conversations,
    Messages,
    Parked,
    Deliveries,
    Jobs,
    Audit,
    Consents,
    Suppressions,
}

impl List {
    fn letter(self) -> char {
        match self {
            Self::Conversations => 'c',
            Self::Messages => 'm',
            Self::Parked => 'p',
            Self::Deliveries => 'd',
            Self::Jobs => 'j',
            Self::Audit => 'a',
            Self::Consents => 'w',
            Self::Suppressions => 's',
        }
    }
}

/// The page asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    pub limit: usize,
    /// Where the last page ended; what follows lies strictly behind it.
    pub after: Option<String>,
}

/// The query of a list that is read page by page, and by nothing else.
#[derive(Debug)]
pub struct PageQuery;

impl Query for PageQuery {
    const PARAMETERS: &'static [Parameter] = &[LIMIT, CURSOR];
}

/// One page, as it is sent.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    pub data: Vec<T>,
    /// `null`: the list ends here. A page may hold less than `limit` and still have a next one.
    pub next_cursor: Option<String>,
}

/// A list that is always sent whole.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "{T}List")]
pub struct Whole<T> {
    pub data: Vec<T>,
}

impl Paging {
    pub fn read<Q: Query>(parameters: &mut Parameters<Q>, list: List) -> Result<Self, Problem> {
        let limit = match parameters.take("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=MOST).contains(limit))
                .ok_or_else(|| Problem::field(Kind::Malformed, "limit", "must be a number from 1 to 100"))?,
        };
        let after = parameters.take("cursor").map(|cursor| open(list, &cursor).ok_or_else(bad_cursor)).transpose()?;
        Ok(Self { limit, after })
    }
}

/// What a cursor that leads nowhere is answered with.
pub fn bad_cursor() -> Problem {
    Problem::field(Kind::Malformed, "cursor", "is not a cursor of this list; pass on what next_cursor held")
}

/// The cursor that stands for a place in a list.
pub fn cursor(list: List, place: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("1{}{place}", list.letter()))
}

fn open(list: List, cursor: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let place = text.strip_prefix('1')?.strip_prefix(list.letter())?;
    let fine = (1..=LONGEST_PLACE).contains(&place.len()) && place.bytes().all(|b| b.is_ascii_graphic());
    fine.then(|| place.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Paging, Problem> {
        let mut parameters = Parameters::<PageQuery>::of(&format!("/v1/conversations?{query}").parse().unwrap())?;
        Paging::read(&mut parameters, List::Conversations)
    }

    #[test]
    fn a_page_holds_25_unless_asked_and_never_more_than_100() {
        assert_eq!(read("").unwrap(), Paging { limit: 25, after: None });
        assert_eq!(read("limit=1").unwrap().limit, 1);
        assert_eq!(read("limit=100").unwrap().limit, 100);
        for bad in ["0", "101", "-1", "ten", "", "1.5"] {
            let problem = read(&format!("limit={bad}")).unwrap_err();
            assert_eq!((problem.kind, problem.errors[0].field.as_str()), (Kind::Malformed, "limit"), "{bad}");
        }
    }

    #[test]
    fn a_cursor_leads_back_to_its_place_in_its_list_only() {
        let place = "0000029486512#cnv_01J00000000000000000000000";
        let read_back = read(&format!("cursor={}", cursor(List::Conversations, place))).unwrap();
        assert_eq!(read_back.after.as_deref(), Some(place));
        let foreign = cursor(List::Messages, place);
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let bad =
            [foreign, "!".into(), String::new(), encoded(b"1c"), encoded(b"2cx"), encoded(b"1c\xff"), encoded(b"1c x")];
        for bad in bad {
            let problem = read(&format!("cursor={bad}")).unwrap_err();
            assert_eq!((problem.kind, problem.errors[0].field.as_str()), (Kind::Malformed, "cursor"), "{bad}");
        }
    }
}
