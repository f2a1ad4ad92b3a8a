//! What a start takes: from `exec` to the first question for work, the size of the binary, and the memory then in use; each
//! function beside one that does nothing, in turns. And what the first call of the store costs more than the second.
//!
//! The binaries are built first, as they are shipped (`cargo build --release`), which takes minutes the first time.
#![expect(clippy::cast_precision_loss, reason = "figures for people to read")]
#![expect(clippy::disallowed_methods, reason = "a start is measured in real time")]

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use benches::machine::median;

const FUNCTIONS: [&str; 9] = ["webhook", "react", "send", "publish", "fold", "jobs", "expire", "api", "operate"];
const EMPTY: &str = "empty";
const TURNS: usize = 40;
/// Invocations of one process, after its start.
const CALLS: usize = 5;

/// What one start took.
struct Start {
    /// From `exec` until it asks for work, in milliseconds.
    to_first_poll: f64,
    resident_mib: f64,
}

fn main() {
    let folder = build();
    let mut measured: Vec<(&str, Vec<Start>)> = Vec::new();
    for name in [&[EMPTY], &FUNCTIONS[..]].concat() {
        measured.push((name, Vec::new()));
    }
    for _ in 0..TURNS {
        for (name, starts) in &mut measured {
            starts.push(start(&folder.join(*name)));
        }
    }
    let middle = |starts: &[Start], of: fn(&Start) -> f64| median(starts.iter().map(of).collect());
    let size = |name: &str| fs::metadata(folder.join(name)).expect("it was built").len() as f64 / 1e6;
    let base = middle(&measured[0].1, |start| start.to_first_poll);
    println!("{:<8} {:>14} {:>7} {:>9} {:>13}", "", "to first poll", "ratio", "size", "resident");
    for (name, starts) in &measured {
        let poll = middle(starts, |start| start.to_first_poll);
        let resident = middle(starts, |start| start.resident_mib);
        println!("{name:<8} {poll:>11.2} ms {:>7.2} {:>6.2} MB {resident:>9.1} MiB", poll / base, size(name));
    }
    warm_connection(&folder.join("expire"));
}

fn build() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(&root).args(["build", "--release", "--quiet", "-p", EMPTY]);
    for function in FUNCTIONS {
        cargo.args(["-p", function]);
    }
    assert!(cargo.status().expect("cargo starts").success(), "the functions are built");
    root.join("target/release")
}

/// The function as Lambda starts it; work is asked for at `api`, AWS is called at `aws`.
fn spawn(binary: &Path, api: &TcpListener, aws: Option<&str>) -> Child {
    let address = |listener: &TcpListener| listener.local_addr().expect("it listens").to_string();
    Command::new(binary)
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", address(api).as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "measured"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "measured"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "measured"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("MIMALLOC_ALLOW_THP", "0"),
            ("TRANSOM_TABLE", "table"),
            ("TRANSOM_CONTACTS_TABLE", "contacts"),
            ("TRANSOM_SENDS_QUEUE_URL", "https://queue.invalid"),
            ("TRANSOM_EVENTS_QUEUE_URL", "https://queue.invalid/events"),
        ])
        .envs(aws.map(|url| ("AWS_ENDPOINT_URL", url)))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts")
}

fn start(binary: &Path) -> Start {
    let api = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let began = Instant::now();
    let mut child = spawn(binary, &api, None);
    let (mut poll, _) = api.accept().expect("it asks for work");
    request(&mut poll);
    let to_first_poll = began.elapsed().as_secs_f64() * 1e3;
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("Linux tells of a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("memory is among it");
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number of KiB");
    child.kill().expect("it is there");
    child.wait().expect("it ends");
    Start { to_first_poll, resident_mib: kib / 1024.0 }
}

/// Reads one request with its body.
fn request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut part = [0; 4096];
    loop {
        let length = stream.read(&mut part).expect("a request");
        text.extend_from_slice(&part[..length]);
        let so_far = String::from_utf8_lossy(&text);
        let Some((head, body)) = so_far.split_once("\r\n\r\n") else {
            if length == 0 {
                return String::new(); // The process has ended.
            }
            continue;
        };
        let wanted =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= wanted.unwrap_or(0) {
            return so_far.into_owned();
        }
    }
}

fn answer(stream: &mut TcpStream, head: &str, body: &str) {
    let text = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n{head}\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).expect("it listens");
}

/// A sweep reads eight cursors in one call and finds nothing: the first one opens the connection. Without TLS, whose
/// handshake comes on top in life.
fn warm_connection(binary: &Path) {
    let api = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let aws = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", aws.local_addr().expect("it listens"));
    std::thread::spawn(move || {
        for stream in aws.incoming() {
            let mut stream = stream.expect("a connection");
            std::thread::spawn(move || {
                loop {
                    let asked = request(&mut stream);
                    if asked.is_empty() {
                        return;
                    }
                    let empty = if asked.contains("BatchGetItem") {
                        r#"{"Responses":{}}"#
                    } else {
                        r#"{"Items":[],"Count":0}"#
                    };
                    answer(&mut stream, "content-type: application/x-amz-json-1.0\r\n", empty);
                }
            });
        }
    });
    let mut calls: Vec<Vec<f64>> = vec![Vec::new(); CALLS];
    for _ in 0..TURNS / 2 {
        let mut child = spawn(binary, &api, Some(&url));
        let (mut poll, _) = api.accept().expect("it asks for work");
        for call in &mut calls {
            request(&mut poll);
            let began = Instant::now();
            let head = "lambda-runtime-aws-request-id: 1\r\nlambda-runtime-deadline-ms: 9999999999999\r\n\
                        lambda-runtime-invoked-function-arn: arn\r\n";
            answer(&mut poll, head, "{}");
            request(&mut poll);
            call.push(began.elapsed().as_secs_f64() * 1e3);
            answer(&mut poll, "", "");
        }
        child.kill().expect("it is there");
        child.wait().expect("it ends");
    }
    let medians: Vec<String> = calls.into_iter().map(|call| format!("{:.2}", median(call))).collect();
    println!(
        "a sweep that finds nothing, from event to answer: {} ms for the first calls of a process",
        medians.join(", ")
    );
    std::io::stdout().flush().ok();
}
