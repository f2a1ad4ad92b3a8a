//! The command line against the system on one machine: the real binary, the real system with its loops.

use std::{
    io::Write,
    net::Ipv4Addr,
    process::{Command, Output, Stdio},
    sync::Arc,
};

use serde_json::{Value, json};
use transom::adapters::{chance::SystemChance, clock::SystemClock, providers::http_client};
use transom_local::local::{Faults, Local, Options};

/// Runs the command with this on its standard input.
fn with_input(url: &str, words: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_transom"))
        .args(["--local", url, "--json"])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().expect("it is piped").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends")
}

/// What it answers; it must succeed.
fn told(url: &str, words: &[&str]) -> Value {
    let output = with_input(url, words, "");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// What it complains about; it must fail.
fn complaint(url: &str, words: &[&str], input: &str) -> String {
    let output = with_input(url, words, input);
    assert!(!output.status.success(), "{words:?} succeeded");
    String::from_utf8(output.stderr).expect("text")
}

async fn start() -> Local {
    let options = Options {
        state: None,
        listen: (Ipv4Addr::LOCALHOST, 0).into(),
        clock: Arc::new(SystemClock),
        chance: Arc::new(SystemChance),
        meta_url: None,
        twilio_url: None,
        public_url: None,
        metrics: None,
        faults: Faults::default(),
    };
    Local::start(options).await.expect("the system starts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_set_up_and_looked_after_on_this_machine() {
    let local = start().await;
    let running = local.run();
    let url = local.url.clone();

    assert_eq!(told(&url, &["about"])["webhooks"], json!(url));
    let account = ["account", "create", "hotel"];
    assert_eq!(
        (told(&url, &account)["made"].clone(), told(&url, &account)["made"].clone()),
        (json!(true), json!(false))
    );
    // The demo's own number at Meta, so that the stand-in knows it.
    let demo = local.demo.settings();
    let whatsapp = demo["channels"].as_array().unwrap().iter().find(|it| it["provider"] == "meta").unwrap();
    let text = |name: &str| whatsapp[name].as_str().unwrap().to_owned();
    for name in ["meta-token", "meta-app-secret"] {
        let value = demo["secrets"][name].as_str().unwrap();
        let put = with_input(&url, &["secret", "put", "hotel", name], value);
        assert!(put.status.success(), "{}", String::from_utf8_lossy(&put.stderr));
    }
    let (phone, number, waba) = (text("phone"), text("number"), text("provider_account"));
    let create = [
        "channel",
        "create",
        "hotel",
        "desk",
        "--provider",
        "meta",
        "--phone",
        &phone,
        "--number-id",
        &number,
        "--provider-account",
        &waba,
        "--display-name",
        "Hotel Aurora",
    ];
    assert_eq!(told(&url, &create)["webhooks"], json!(format!("{url}/webhooks/desk")));
    assert_eq!(told(&url, &["channel", "register", "hotel", "desk"])["done"], true);
    assert_eq!(told(&url, &["channel", "list", "hotel"])[0]["state"], "sends");

    let token =
        told(&url, &["token", "create", "hotel", "--calls-per-second", "5"])["token"].as_str().unwrap().to_owned();
    let client = http_client().unwrap();
    let asked = client.get(format!("{url}/v1/channels")).bearer_auth(token).send().await.unwrap();
    assert_eq!(asked.json::<Value>().await.unwrap()["data"][0]["id"], "desk");

    let report = told(&url, &["doctor", "--account", "hotel"]);
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.iter().any(|it| it["check"] == "way" && it["ok"] == true), "{report:#}");
    assert_eq!(told(&url, &["parked", "list", "hotel"]), json!([]));
    assert_eq!(told(&url, &["redrive"])["rung"], 0);
    assert!(told(&url, &["rebuild"])["pages"].as_u64().unwrap() >= 1);

    // A rotation: both values are accepted.
    let put = with_input(&url, &["secret", "put", "hotel", "meta-app-secret", "--keep-old"], "another\n");
    assert_eq!(serde_json::from_slice::<Value>(&put.stdout).unwrap()["values_accepted"], 2);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_said_with_its_field() {
    let local = start().await;
    let url = local.url.clone();
    for (words, input, expected) in [
        (&["token", "create", "nobody"][..], "", "account: has no secret account-key"),
        (&["secret", "put", "demo", "meta-token"], " \n", "value: standard input holds no value"),
        (&["secret", "put", "demo", "account-key"], "x", "name: is what all data of the account is sealed under"),
        (&["channel", "register", "demo", "none"], "", "channel: there is no such channel"),
        (&["fence", "--restored-to", "soon", "--live-until", "now"], "", "restored_to: must be a time"),
        (&["apply", "demo", "no/such/file.json"], "", "no/such/file.json cannot be read"),
        (&["apply", "nobody", "no/such/file.json"], "", "no/such/file.json cannot be read"),
        (&["parked", "list", "nobody"], "", "account: has no secret account-key"),
        (&["channel", "list", "nobody"], "", "account: has no secret account-key"),
    ] {
        let said = complaint(&url, words, input);
        assert!(said.contains(expected), "{words:?}: {said}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.json");
    let path = file.to_str().unwrap();
    std::fs::write(&file, r#"{"chanels": []}"#).unwrap();
    assert!(complaint(&url, &["apply", "demo", path], "").contains("chanels: is not known"));
    std::fs::write(&file, r#"{"channels": [{"id": "x", "medium": "pigeon"}]}"#).unwrap();
    let said = complaint(&url, &["apply", "demo", path], "");
    assert!(said.contains("/v1/channels/x, medium"), "{said}");

    let nobody = complaint("http://127.0.0.1:9", &["about"], "");
    assert!(nobody.contains("nothing answers at http://127.0.0.1:9"), "{nobody}");
}
