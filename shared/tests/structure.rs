//! The domain is free of IO, async, clocks and everything of ours outside it; and the index of the fault matrix is true. Read
//! from the source, so that the rules outlive good intentions.

use std::{collections::BTreeMap, fs, path::Path};

/// What must not appear in the domain, and why.
const BANNED: &[(&str, &str)] = &[
    ("async fn", "rules do not wait"),
    (".await", "rules do not wait"),
    ("crate::ports", "rules ask nothing of the outside"),
    ("crate::app", "rules do not know who uses them"),
    ("crate::adapters", "rules do not know any outside"),
    ("aws_sdk", "rules do not know any outside"),
    ("aws_types", "rules do not know any outside"),
    ("metrics::", "rules do not count"),
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
fn only_the_folder_keys_spells_a_key() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    for file in files.into_iter().filter(|file| !file.components().any(|part| part.as_os_str() == "keys")) {
        let text = fs::read_to_string(&file).unwrap();
        for spelled in ["\"A#{", "\"M#{", "\"T#{", "\"E#{", "\"TOKEN#", "\"CURSOR#", "\"STRAY#", "\"FENCE"] {
            assert!(!text.contains(spelled), "{} spells the key {spelled}", file.display());
        }
    }
}

/// The parts of the fault matrix that `tests/FAULTS.md` has lines for, and how many rows each has.
const PARTS: &[(&str, usize)] = &[
    ("A", 24),
    ("B", 13),
    ("C", 15),
    ("D", 24),
    ("E", 15),
    ("F", 10),
    ("G", 12),
    ("H", 4),
    ("I-", 6),
    ("J", 7),
    ("K", 6),
    ("L", 5),
];

/// What stands just above a test; `None` if the file has no test of this name.
fn words_about(test: &str, source: &str) -> Option<String> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let above = |place: usize| {
        let words = lines[..place].iter().rev().take_while(|line| line.starts_with("///") || line.starts_with("#["));
        words.copied().collect::<Vec<_>>()
    };
    let is_test = |line: &&str| line.starts_with("#[test]") || line.starts_with("#[tokio::test");
    let mut places = (0..lines.len()).filter(|place| lines[*place].contains(&format!("fn {test}(")));
    places.find_map(|place| Some(above(place)).filter(|words| words.iter().any(is_test)).map(|words| words.join("\n")))
}

#[test]
fn only_a_test_is_one_and_only_its_own_words_are_about_it() {
    let source = "//! Row A1.\n/// Row A2.\nfn helps() {}\n/// Row A3.\n#[tokio::test(flavor = \"multi_thread\")]\n\
        async fn holds() {}\nproptest! {\n    /// Row A4.\n    #[test]\n    fn law(n: u8) {}\n}\n";
    assert_eq!(words_about("helps", source), None);
    for (test, row) in [("holds", "A3"), ("law", "A4")] {
        let words = words_about(test, source).unwrap();
        assert!(names(row, test, &words) && !names("A1", test, &words) && !names("A2", test, &words), "{words}");
    }
}

/// Whether the name or the words say which row it is for.
fn names(row: &str, function: &str, words: &str) -> bool {
    let in_name = format!("_{}_", row.to_lowercase().replace('-', "_"));
    format!("_{function}_").contains(&in_name)
        || words.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(|word| word == row)
}

#[test]
fn every_row_of_the_fault_matrix_has_a_line_and_each_test_that_it_names_is_there_and_names_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let index = fs::read_to_string(root.join("tests/FAULTS.md")).unwrap();
    let mut lines = BTreeMap::new();
    for line in index.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let &[row, _, holds, shown] = cells.as_slice() else { panic!("not four cells: {line}") };
        if row != "row" && row != "---" {
            assert_eq!(lines.insert(row, (holds, shown)), None, "{row} has two lines");
        }
    }
    let mut wrong = Vec::new();
    for (part, rows) in PARTS {
        for row in (1..=*rows).map(|number| format!("{part}{number}")) {
            let Some((holds, shown)) = lines.remove(row.as_str()) else {
                wrong.push(format!("{row} has no line"));
                continue;
            };
            let tests: Vec<(&str, &str)> = shown.split('`').filter_map(|test| test.split_once("::")).collect();
            if tests.is_empty() != holds.starts_with("Not yet: ") {
                wrong.push(format!("{row} names tests, or says \"Not yet: \" and why"));
            }
            if holds.starts_with("In part: ") != holds.contains("Missing: ") {
                wrong.push(format!("{row} says both \"In part: \" and \"Missing: \" or neither"));
            }
            for (file, function) in tests {
                let source = fs::read_to_string(root.join(file)).unwrap_or_default();
                match words_about(function, &source) {
                    None => wrong.push(format!("{row}: {file} has no test {function}")),
                    Some(words) if !names(&row, function, &words) => {
                        wrong.push(format!("{row}: {function} in {file} does not name it"));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    wrong.extend(lines.keys().map(|row| format!("{row} is no row of these parts")));
    assert!(wrong.is_empty(), "tests/FAULTS.md: {wrong:#?}");
}
