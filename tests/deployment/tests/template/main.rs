//! What must be in infra/template.yaml. Taking any of it away fails a test here.

mod alarms;
mod metadata;
mod sources;
