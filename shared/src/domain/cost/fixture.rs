//! A small price list for tests, whose prices all differ, so that a wrong row shows.

use super::{Country, PriceList, Timestamp};

pub(super) const SMALL: &str = r#"{
    "as_of": "2026-11-01",
    "currency": "USD",
    "per_message_since": "2025-07-01",
    "utility_free_in_window_until": "2026-10-01",
    "service_messages": { "charged_since": "2026-10-01", "free_per_number_and_month": 1000 },
    "elsewhere": "other",
    "markets": [
        { "market": "germany", "since": "2025-07-01", "countries": ["DE"] },
        { "market": "east", "since": "2025-07-01", "countries": ["PL", "CZ"] },
        { "market": "poland", "since": "2026-07-01", "countries": ["PL"] }
    ],
    "whatsapp": [
        { "market": "germany", "since": "2025-07-01", "marketing": "0.13", "utility": "0.05", "authentication": "0.04" },
        { "market": "germany", "since": "2026-07-01", "utility": "0.06" },
        { "market": "germany", "since": "2026-12-01", "service": "0.07" },
        { "market": "east", "since": "2025-07-01", "utility": "0.02" },
        { "market": "poland", "since": "2026-07-01", "utility": "0.01" },
        { "market": "other", "since": "2025-07-01", "utility": "0.03", "authentication_international": "0.2" }
    ],
    "sms": [
        { "country": "DE", "since": "2026-01-01", "price_per_segment": "0.112" },
        { "country": "default", "since": "2026-06-01", "price_per_segment": "0.4" }
    ],
    "provider_fees": [
        { "provider": "twilio", "since": "2025-07-01", "per_message": "0.005" }
    ]
}"#;

pub(super) fn small() -> PriceList {
    PriceList::parse(SMALL).unwrap()
}

pub(super) fn country(code: &str) -> Country {
    Country::parse(code).unwrap()
}

pub(super) fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}
