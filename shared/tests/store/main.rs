//! What the store promises, against an embedded engine with DynamoDB's own behaviour, behind the real SDK.

mod budgets;
mod consents;
mod contacts;
mod faults;
mod gates;
mod heads;
mod histories;
mod inbox;
mod messages;
mod receipts;
mod requests;
mod sending;
mod settings;
mod stream;
mod timers_and_parking;
mod versions;
mod world;
