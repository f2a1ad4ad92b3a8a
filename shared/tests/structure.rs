//! The domain is free of IO, async, clocks and everything of ours outside it. Read from its source, so that the rule
//! outlives good intentions.

use std::{fs, path::Path};

/// What must not appear in the domain, and why.
const BANNED: &[(&str, &str)] = &[
    ("async fn", "rules do not wait"),
    (".await", "rules do not wait"),
    ("crate::ports", "rules ask nothing of the outside"),
    ("crate::app", "rules do not know who uses them"),
    ("crate::adapters", "rules do not know any outside"),
    ("aws_sdk", "rules do not know any outside"),
    ("aws_config", "rules do not know any outside"),
    ("reqwest", "rules do not know any outside"),
    ("tokio", "rules do not wait"),
    ("Timestamp::now", "the time is handed in"),
    ("SystemTime", "the time is handed in"),
    ("Instant::now", "the time is handed in"),
    ("std::fs", "rules do no IO"),
    ("std::net", "rules do no IO"),
    ("std::env", "rules have no settings"),
    ("tracing::", "rules do not log"),
    ("println!", "rules do not print"),
    ("rand::", "chance is handed in"),
];

fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_domain_is_free_of_io() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain"), &mut files);
    assert!(files.len() > 15, "the domain has moved");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for (banned, why) in BANNED {
            assert!(!text.contains(banned), "{} contains {banned:?}: {why}", file.display());
        }
    }
}

#[test]
fn every_source_file_says_what_it_is_for() {
    let mut files = Vec::new();
    for place in ["src", "tests", "../functions", "../infra", "../tests"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(place), &mut files);
    }
    let silent = |file: &std::path::PathBuf| !fs::read_to_string(file).unwrap().starts_with("//! ");
    let silent: Vec<_> = files.into_iter().filter(silent).collect();
    assert!(silent.is_empty(), "these do not begin with what they are for: {silent:#?}");
}

#[test]
fn only_keys_rs_spells_a_key() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    for file in files.into_iter().filter(|file| !file.ends_with("adapters/dynamodb/keys.rs")) {
        let text = fs::read_to_string(&file).unwrap();
        for spelled in ["\"A#{", "\"M#{", "\"T#{", "\"E#{", "\"TOKEN#", "\"CURSOR#", "\"STRAY#", "\"FENCE"] {
            assert!(!text.contains(spelled), "{} spells the key {spelled}", file.display());
        }
    }
}
