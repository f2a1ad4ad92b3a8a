//! What providers themselves counted of a template, to stand beside what was counted here.

use futures::{StreamExt, stream};

use super::places::{self, Reached};
use crate::{
    app::{Parts, Trouble},
    domain::{
        AccountId,
        channel::ProviderKind,
        job::Day,
        template::{Place, Template},
    },
    ports::template_review::{Counted, Counting},
};

/// So many questions are asked at once.
const AT_ONCE: usize = 8;
/// So many days a provider looks back, today among them (Meta, "template analytics": 90 days).
const KNOWN_DAYS: u32 = 90;

/// What a provider says of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub place: Place,
    pub language: String,
    pub reference: Option<String>,
    /// The days that were asked for; fewer than wanted where the provider does not look back so far.
    pub from: Day,
    pub until: Day,
    /// What it counted in these days, or why there is nothing: a sentence for people.
    pub counted: Result<Counted, String>,
}

/// Asks every provider that has any of these templates.
pub async fn told(
    parts: &Parts,
    account: &AccountId,
    templates: &[Template],
    (from, until): (Day, Day),
) -> Result<Vec<Told>, Trouble> {
    let (reached, missing) = places::of(parts, account).await?;
    let today = Day::of(parts.now());
    let (from, until) = (from.max(today.before(KNOWN_DAYS - 1)), until.min(today));
    let mut told = Vec::new();
    let mut questions = Vec::new();
    for template in templates {
        let blank = |place: &Place, why: &str| Told {
            place: place.clone(),
            language: template.language.clone(),
            reference: template.reference(place).map(str::to_owned),
            from,
            until,
            counted: Err(why.to_owned()),
        };
        for (place, why) in &missing {
            told.push(blank(place, why));
        }
        for it in &reached {
            let mut blank = blank(&it.place, "");
            blank.counted = Err(match (&blank.reference, it.place.provider) {
                (_, ProviderKind::Twilio) => "Twilio counts nothing of single templates".to_owned(),
                (None, ProviderKind::Meta) => {
                    "Meta has no id of this template that is known here: submit it, or wait an hour \
                    for the next look at Meta's list"
                        .to_owned()
                }
                (Some(_), ProviderKind::Meta) if from > until => {
                    format!("Meta looks back {KNOWN_DAYS} days, and all of these are older")
                }
                (Some(_), ProviderKind::Meta) => {
                    questions.push((it, blank));
                    continue;
                }
            });
            told.push(blank);
        }
    }
    let asked: Vec<_> = questions.into_iter().map(|(it, blank)| ask(parts, it, blank)).collect();
    told.extend(stream::iter(asked).buffered(AT_ONCE).collect::<Vec<_>>().await);
    told.sort_by(|one, other| (&one.language, &one.place).cmp(&(&other.language, &other.place)));
    Ok(told)
}

async fn ask(parts: &Parts, it: &Reached, mut told: Told) -> Told {
    let reference = told.reference.as_deref().unwrap_or_default();
    let review = parts.providers.template_review(it.place.provider);
    told.counted = match review.counted(&it.at(parts.now()), reference, told.from, told.until).await {
        Ok(Some(days)) => Ok(sum(&days, told.from, told.until)),
        Ok(None) => {
            Err("Meta tells nothing: it counts once that was turned on (POST /v1/template-analytics/enable), and \
            not in every country"
                .to_owned())
        }
        Err(error) => Err(error.to_string()),
    };
    told
}

fn sum(days: &[(Day, Counted)], from: Day, until: Day) -> Counted {
    let within = days.iter().filter(|(day, _)| (from..=until).contains(day));
    within.fold(Counted::default(), |sum, (_, it)| Counted {
        sent: sum.sent + it.sent,
        delivered: sum.delivered + it.delivered,
        read: sum.read + it.read,
        clicked: sum.clicked + it.clicked,
        spent: sum.spent.map_or(it.spent, |before| Some(before + it.spent.unwrap_or(0))),
    })
}

/// Turns counting on wherever a provider has a switch for it. Answers what became of it at each place, or why nothing did.
pub async fn enable(parts: &Parts, account: &AccountId) -> Result<Vec<(Place, Result<Counting, String>)>, Trouble> {
    let (reached, missing) = places::of(parts, account).await?;
    let mut done: Vec<_> = missing.into_iter().map(|(place, why)| (place, Err(why))).collect();
    for it in &reached {
        let review = parts.providers.template_review(it.place.provider);
        let counting = review.count(&it.at(parts.now())).await.map_err(|error| error.to_string());
        done.push((it.place.clone(), counting));
    }
    Ok(done)
}
