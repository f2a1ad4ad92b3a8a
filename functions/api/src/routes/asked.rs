//! What reports over days are asked for: from when until when, and counted by what.

use transom::domain::job::Day;

use crate::{
    describe::{FROM, Parameter, Query, UNTIL},
    problem::{Kind, Problem},
    request::Parameters,
};

/// The query of what is asked over days.
#[derive(Debug)]
pub struct DaysQuery;

impl Query for DaysQuery {
    const PARAMETERS: &'static [Parameter] = &[FROM, UNTIL];
}

/// The longest time of one request.
const MOST_DAYS: i64 = 92;

#[derive(Debug)]
pub struct Asked {
    pub from: Day,
    /// Included.
    pub until: Day,
    pub by: Vec<&'static str>,
}

impl Asked {
    /// Takes `from`, `until` and `by`: by default the last seven days, by `usual`. `known` are all words of `by`.
    pub fn read<Q: Query>(
        parameters: &mut Parameters<Q>,
        today: Day,
        known: &[&'static str],
        usual: &[&'static str],
    ) -> Result<Self, Problem> {
        let (from, until) = days(parameters, today)?;
        Ok(Self { from, until, by: by(parameters.take("by"), known, usual)? })
    }
}

/// Takes `from` and `until`.
pub fn days<Q: Query>(parameters: &mut Parameters<Q>, today: Day) -> Result<(Day, Day), Problem> {
    let from = day(parameters, "from")?.unwrap_or_else(|| today.before(6));
    let until = day(parameters, "until")?.unwrap_or(today);
    let length = until.begins_at().duration_since(from.begins_at()).as_hours() / 24;
    if length < 0 {
        return Err(Problem::field(Kind::Malformed, "until", "must not be before from"));
    }
    if length >= MOST_DAYS {
        let words = format!("may be at most {} days after from", MOST_DAYS - 1);
        return Err(Problem::field(Kind::Malformed, "until", words));
    }
    Ok((from, until))
}

fn day<Q: Query>(parameters: &mut Parameters<Q>, name: &'static str) -> Result<Option<Day>, Problem> {
    let wrong = |_| Problem::field(Kind::Malformed, name, "must be a day such as 2026-03-01 (UTC)");
    parameters.take(name).map(|text| text.parse().map_err(wrong)).transpose()
}

fn by(asked: Option<String>, known: &[&'static str], usual: &[&'static str]) -> Result<Vec<&'static str>, Problem> {
    let Some(asked) = asked else { return Ok(usual.to_vec()) };
    let mut by = Vec::new();
    for word in asked.split(',') {
        let found = known.iter().find(|known| **known == word.trim());
        let words = || format!("{word:?} is none; these are: {}", known.join(", "));
        let found = *found.ok_or_else(|| Problem::field(Kind::Malformed, "by", words()))?;
        if !by.contains(&found) {
            by.push(found);
        }
    }
    Ok(by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::by;

    struct AskedQuery;
    impl Query for AskedQuery {
        const PARAMETERS: &'static [Parameter] = &[FROM, UNTIL, by(&["day", "channel"])];
    }

    const KNOWN: [&str; 3] = ["day", "state", "way"];

    fn read(query: &str) -> Result<Asked, Problem> {
        let mut parameters = Parameters::<AskedQuery>::of(&format!("/x?{query}").parse().unwrap())?;
        Asked::read(&mut parameters, "2026-11-30".parse().unwrap(), &KNOWN, &["day"])
    }

    #[test]
    fn messages_are_counted_by_what_is_known() {
        assert_eq!(read("").unwrap().by, ["day"]);
        assert_eq!(read("by=state,%20day,state").unwrap().by, ["state", "day"]);
        assert_eq!(read("by=colour").unwrap_err().errors[0].field, "by");
    }

    #[test]
    fn a_period_is_a_week_by_default_and_92_days_at_most() {
        let asked = read("").unwrap();
        assert_eq!((asked.from.to_string(), asked.until.to_string()), ("2026-11-24".into(), "2026-11-30".into()));
        assert!(read("from=2026-08-31").is_ok());
        for (query, field) in [
            ("from=2026-08-30", "until"),
            ("from=2026-11-02&until=2026-11-01", "until"),
            ("from=2026-11-1", "from"),
            ("until=today", "until"),
        ] {
            assert_eq!(read(query).unwrap_err().errors[0].field, field, "{query}");
        }
    }
}
