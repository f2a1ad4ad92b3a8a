//! Dollars for a million messages: what each operation uses (`costs.json`) times a price table (`prices.json`), beside the
//! usual design on the same meter. The write units of ours are those to which `tests/it/write_units.rs` holds each
//! operation; its other columns are assumptions. The usual design is a model: more writes, everything else alike.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Prices {
    as_of: String,
    region: String,
    currency: String,
    dynamodb_write_units_million: f64,
    dynamodb_read_units_million: f64,
    lambda_arm_gb_second: f64,
    lambda_requests_million: f64,
    sqs_fifo_requests_million: f64,
    api_gateway_http_requests_million: f64,
}

#[derive(Debug, Deserialize)]
struct Use {
    writes: f64,
    reads: f64,
    lambda_ms: f64,
    lambda_requests: f64,
    sqs: f64,
    api: f64,
    why: String,
}

impl Use {
    /// For a million of the operation.
    fn dollars(&self, prices: &Prices) -> f64 {
        self.writes * prices.dynamodb_write_units_million
            + self.reads * prices.dynamodb_read_units_million
            + self.lambda_ms * 1e3 * MEMORY_GB * prices.lambda_arm_gb_second
            + self.lambda_requests * prices.lambda_requests_million
            + self.sqs * prices.sqs_fifo_requests_million
            + self.api * prices.api_gateway_http_requests_million
    }
}

const MEMORY_GB: f64 = 0.25;

/// How often each happens in two days of three hotels.
const WORKLOAD: [(&str, f64); 3] = [("inbound", 150.0), ("send", 100.0), ("receipt", 300.0)];

fn main() {
    let prices: Prices = serde_json::from_str(include_str!("../prices.json")).expect("the price table");
    let designs: BTreeMap<String, BTreeMap<String, Use>> =
        serde_json::from_str(include_str!("../costs.json")).expect("the uses");
    println!("{} for a million, {}, {}", prices.currency, prices.region, prices.as_of);
    let mut messages = 0.0;
    let mut totals: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (operation, times) in WORKLOAD {
        messages += if operation == "receipt" { 0.0 } else { times };
        for (design, uses) in &designs {
            let used = &uses[operation];
            let (writes, dollars) = totals.entry(design).or_default();
            *writes += times * used.writes;
            *dollars += times * used.dollars(&prices);
            println!("  {design:8} {operation:8} {:5.1} WU  ${:6.2}  {}", used.writes, used.dollars(&prices), used.why);
        }
    }
    for (design, (writes, dollars)) in totals {
        println!("  {design:8} workload {writes:7.0} WU; ${:.2} for a million messages", dollars / messages);
    }
}
