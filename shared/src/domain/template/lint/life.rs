//! How long the provider goes on trying to deliver.

use super::{Report, rules};
use crate::domain::template::{Category, Definition};

/// What a template has that was created without a time to live: 30 days (Meta, "time to live").
const DEFAULT: u32 = 2_592_000;

pub(super) fn check(report: &mut Report, definition: &Definition, next_step_after_seconds: Option<u32>) {
    let field = "time_to_live_seconds";
    let seconds = definition.time_to_live_seconds;
    let wrong = match definition.category {
        Category::Utility if !(30..=43_200).contains(&seconds) && seconds != DEFAULT => {
            Some("a utility template lives 30 to 43200 s (12 hours), or the default of 2592000 s (30 days)")
        }
        Category::Marketing if !(43_200..=DEFAULT).contains(&seconds) => {
            Some("a marketing template lives 43200 s (12 hours) to 2592000 s (30 days)")
        }
        // Refused as a whole.
        Category::Utility | Category::Marketing | Category::Authentication => None,
    };
    if let Some(limits) = wrong {
        report.add(rules::TIME_TO_LIVE, field, format!("{limits}, this one has {seconds} s"));
    }
    if let Some(next) = next_step_after_seconds
        && seconds > next
    {
        let message = format!(
            "it may still be delivered {seconds} s after it was sent, but the ladder's next step comes after {next} s, and the customer could get both: choose {next} s or less, or a later step"
        );
        report.add(rules::OUTLIVES_LADDER, field, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn codes(category: Category, seconds: u32, next: Option<u32>) -> Vec<&'static str> {
        let definition = Definition {
            category,
            header: None,
            body: String::new(),
            footer: None,
            buttons: vec![],
            samples: std::collections::BTreeMap::new(),
            time_to_live_seconds: seconds,
        };
        let mut report = Report::default();
        check(&mut report, &definition, next);
        report.findings.iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn each_category_has_its_limits() {
        use Category::{Marketing, Utility};
        for (category, seconds, fits) in [
            (Utility, 29, false),
            (Utility, 30, true),
            (Utility, 43_200, true),
            (Utility, 43_201, false),
            (Utility, 0, false),
            (Utility, DEFAULT, true),
            (Utility, DEFAULT - 1, false),
            (Utility, DEFAULT + 1, false),
            (Marketing, 43_199, false),
            (Marketing, 43_200, true),
            (Marketing, DEFAULT, true),
            (Marketing, DEFAULT + 1, false),
        ] {
            assert_eq!(codes(category, seconds, None).is_empty(), fits, "{category:?} {seconds}");
        }
    }

    #[test]
    fn a_template_ends_before_the_ladders_next_step() {
        assert_eq!(codes(Category::Utility, 7200, Some(7200)), Vec::<&str>::new());
        assert_eq!(codes(Category::Utility, 7201, Some(7200)), ["outlives_ladder"]);
        assert_eq!(codes(Category::Marketing, 50_000, Some(60_000)), Vec::<&str>::new());
    }
}
