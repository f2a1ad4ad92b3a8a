//! What each command does.

use std::{
    fs,
    io::{IsTerminal, Read},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use serde_json::{Map, Value, json};
use transom::{
    adapters::chance::SystemChance,
    domain::{AccountId, access::Scope},
    ports::Chance,
    seal::sha256_hex,
};

use crate::{
    arguments::{Account, Arguments, Channel, Command, NewChannel, Parked, Secret, Token},
    aws::Stack,
    here::Here,
    installation::{Failed, Installation, Stored},
    settings, show,
};

type Done = Result<ExitCode, Failed>;

pub async fn run(arguments: Arguments) -> Done {
    let place = &arguments.place;
    let installation: Box<dyn Installation> = match &place.local {
        Some(url) => Box::new(Here::new(url)?),
        None => Box::new(Stack::new(place).await?),
    };
    let operator = Operator { installation, json: arguments.json };
    match arguments.command {
        Command::About => Ok(operator.show(&operator.order(json!({"do": "about"})).await?)),
        Command::Account(Account::Create { account }) => operator.create_account(account.as_str()).await,
        Command::Secret(Secret::Put { account, name, keep_old }) => {
            operator.put_secret(account.as_str(), &name.to_string(), keep_old).await
        }
        Command::Token(Token::Create { account, name, scopes, calls_per_second }) => {
            operator.create_token(account.as_str(), name.as_deref(), &scopes, calls_per_second).await
        }
        Command::Channel(Channel::Create(channel)) => operator.create_channel(&channel).await,
        Command::Channel(Channel::Register { account, channel }) => {
            let order = json!({"do": "register", "account": account, "channel": channel});
            Ok(operator.show(&operator.order(order).await?))
        }
        Command::Channel(Channel::List { account }) => operator.list_channels(account.as_str()).await,
        Command::Apply { account, file } => operator.apply(account.as_str(), &file).await,
        Command::Doctor { account, patience } => {
            operator.doctor(account.as_ref().map(AccountId::as_str), patience).await
        }
        Command::Parked(Parked::List { account }) => {
            operator.list_parked(account.as_ref().map(AccountId::as_str)).await
        }
        Command::Parked(Parked::Retry { account, id }) => operator.retry_parked(account.as_str(), id.as_deref()).await,
        Command::Redrive => operator.redrive().await,
        Command::Rebuild { account } => operator.rebuild(account.as_ref().map(AccountId::as_str)).await,
        Command::Fence { restored_to, live_until } => {
            let order = json!({"do": "fence", "restored_to": restored_to, "live_until": live_until});
            Ok(operator.show(&operator.order(order).await?))
        }
        Command::EraseAgain { account } => {
            let order = json!({"do": "erase_again", "account": account});
            Ok(operator.show(&operator.order(order).await?))
        }
        Command::TakeOver => Ok(operator.show(&operator.order(json!({"do": "take_over"})).await?)),
    }
}

struct Operator {
    installation: Box<dyn Installation>,
    json: bool,
}

impl Operator {
    async fn order(&self, order: Value) -> Result<Value, Failed> {
        self.installation.order(order).await
    }

    /// Calls the API as a program of the account; answers its body, or its words where it refuses.
    async fn call(&self, account: &str, method: &str, path: &str, body: Value) -> Result<Value, Failed> {
        let order = json!({"do": "call", "account": account, "method": method, "path": path, "body": body});
        let answer = self.order(order).await?;
        let (status, body) = (answer["status"].as_u64().unwrap_or(0), &answer["body"]);
        if (200..300).contains(&status) {
            return Ok(body.clone());
        }
        let words = |field: &str| body[field].as_str().map(ToOwned::to_owned);
        let wrong = &body["errors"][0];
        Err(match (wrong["field"].as_str(), wrong["message"].as_str().or(wrong["detail"].as_str())) {
            (Some(field), Some(problem)) => {
                Failed::Refused { field: format!("{path}, {field}"), problem: problem.to_owned() }
            }
            _ => Failed::Trouble(format!(
                "{method} {path} answers {status}: {}",
                words("detail").or(words("title")).unwrap_or_default()
            )),
        })
    }

    fn show(&self, answer: &Value) -> ExitCode {
        println!("{}", if self.json { answer.to_string() } else { show::plain(answer) });
        ExitCode::SUCCESS
    }

    async fn create_account(&self, account: &str) -> Done {
        // So that nothing is made where no installation is.
        self.order(json!({"do": "about"})).await?;
        if self.installation.secret(account, "account-key").await?.is_empty() {
            self.has_nothing_yet(account).await?;
        }
        let stored = self.installation.put_secret(account, "account-key", &[chance(32)], false).await?;
        Ok(self.show(&json!({"account": account, "made": stored == Stored::New})))
    }

    /// What was stored under a key that is lost cannot be read with another one.
    async fn has_nothing_yet(&self, account: &str) -> Result<(), Failed> {
        let answer = self.order(json!({"do": "stored", "account": account})).await?;
        if answer["stored"] != true {
            return Ok(());
        }
        let problem = "has data, but its secret account-key is gone; bring that parameter back, since a new key reads nothing of it";
        Err(Failed::Refused { field: "account".to_owned(), problem: problem.to_owned() })
    }

    async fn put_secret(&self, account: &str, name: &str, keep_old: bool) -> Done {
        if name == "account-key" {
            let problem =
                "is what all data of the account is sealed under, and never changes; `account create` makes it";
            return Err(Failed::Refused { field: "name".to_owned(), problem: problem.to_owned() });
        }
        if std::io::stdin().is_terminal() {
            eprintln!("Type or paste the value of {name}, then Enter and Ctrl-D:");
        }
        let mut value = String::new();
        let source = std::io::stdin().read_to_string(&mut value);
        source.map_err(|source| Failed::File { path: "standard input".to_owned(), source })?;
        let value = value.trim().to_owned();
        if value.is_empty() {
            let problem = "standard input holds no value";
            return Err(Failed::Refused { field: "value".to_owned(), problem: problem.to_owned() });
        }
        let mut values = vec![value];
        if keep_old {
            let old = self.installation.secret(account, name).await?;
            let kept = old.into_iter().find(|old| *old != values[0]);
            values.extend(kept);
        }
        self.installation.put_secret(account, name, &values, true).await?;
        Ok(self.show(&json!({"account": account, "secret": name, "values_accepted": values.len()})))
    }

    async fn create_token(
        &self,
        account: &str,
        name: Option<&str>,
        scopes: &[Scope],
        calls_per_second: Option<u32>,
    ) -> Done {
        let token = format!("tk_{}", chance(24));
        let hash = sha256_hex(token.as_bytes());
        let mut order = json!({"do": "add_token", "account": account, "token_hash": hash});
        if let Some(name) = name {
            order["name"] = json!(name);
        }
        if !scopes.is_empty() {
            order["scopes"] = json!(scopes);
        }
        self.order(order).await?;
        if let Some(count) = calls_per_second {
            self.order(json!({"do": "limit_token", "token_hash": hash, "calls_per_second": count})).await?;
        }
        if !self.json {
            eprintln!("Keep this token; only its hash is stored.");
        }
        Ok(self.show(&json!({"account": account, "token": token, "token_hash": hash})))
    }

    async fn create_channel(&self, new: &NewChannel) -> Done {
        let about = self.order(json!({"do": "about"})).await?;
        let base = about["webhooks"].as_str().ok_or_else(|| {
            Failed::Trouble("the installation does not know its own address; deploy it by the template".to_owned())
        })?;
        let public_url = format!("{base}/webhooks/{}", new.channel);
        let meta = new.provider == "meta";
        let names = if meta { ["meta-token", "meta-app-secret"] } else { ["twilio-auth-token", "twilio-auth-token"] };
        let number = if meta { new.number_id.clone().unwrap_or_default() } else { new.phone.clone() };
        let channel = json!({
            "medium": new.medium, "provider": new.provider, "endpoint": new.channel, "number": number,
            "phone": new.phone, "credentials": names[0], "provider_account": new.provider_account,
            "sms": new.sms, "display_name": new.display_name, "messages_per_second": new.messages_per_second,
        });
        let stored = self.call(new.account.as_str(), "PUT", &format!("/v1/channels/{}", new.channel), channel).await?;
        let inbound =
            if new.provider == "twilio" && new.medium == "whatsapp" { format!("whatsapp:{number}") } else { number };
        let mut endpoint = json!({
            "provider": new.provider, "public_url": public_url, "signing_secret": names[1],
            "numbers": { (inbound): new.channel },
        });
        if meta {
            self.installation.put_secret(new.account.as_str(), "meta-verify-token", &[chance(16)], false).await?;
            endpoint["verify_token"] = json!("meta-verify-token");
        }
        self.call(new.account.as_str(), "PUT", &format!("/v1/endpoints/{}", new.channel), endpoint).await?;
        if !self.json {
            eprintln!(
                "Next: `transom secret put {} {}`{}, then `transom channel register {} {}`.",
                new.account,
                names[0],
                if meta { format!(" and {}", names[1]) } else { String::new() },
                new.account,
                new.channel
            );
        }
        Ok(self.show(&json!({"channel": stored, "webhooks": public_url})))
    }

    async fn list_channels(&self, account: &str) -> Done {
        let listed = self.call(account, "GET", "/v1/channels", Value::Null).await?;
        let mut lines = Vec::new();
        for channel in listed["data"].as_array().into_iter().flatten() {
            let id = channel["id"].as_str().unwrap_or_default();
            let state = self.call(account, "GET", &format!("/v1/channels/{id}/state"), Value::Null).await?;
            lines.push(json!({"channel": id, "provider": channel["provider"], "medium": channel["medium"],
                "phone": channel["phone"], "state": state["state"]}));
        }
        Ok(self.show(&Value::Array(lines)))
    }

    async fn apply(&self, account: &str, file: &Path) -> Done {
        let path = file.display().to_string();
        let text = fs::read(file).map_err(|source| Failed::File { path: path.clone(), source })?;
        let settings: Map<String, Value> = serde_json::from_slice(&text)
            .map_err(|error| Failed::NotJson { path: path.clone(), problem: error.to_string() })?;
        let calls = settings::calls(&settings)?;
        for (path, body) in &calls {
            self.call(account, "PUT", path, body.clone()).await?;
        }
        Ok(self.show(&json!({"account": account, "stored": calls.len()})))
    }

    /// Fails if anything is not in order.
    async fn doctor(&self, account: Option<&str>, patience: u64) -> Done {
        let mut report = self.order(json!({"do": "doctor", "account": account})).await?;
        let probe = self.probe(patience).await?;
        let words = match probe["milliseconds"].as_i64() {
            Some(took) => format!("a probe took {took} ms from the table over stream and queue to send"),
            None => format!("a probe did not come from the table over stream and queue to send in {patience} s"),
        };
        let arrived = probe["arrived"] == true;
        report["ok"] = json!(report["ok"] == true && arrived);
        if let Some(findings) = report["findings"].as_array_mut() {
            findings.push(json!({"check": "way", "what": "stream and queue", "ok": arrived, "in_words": words}));
        }
        println!("{}", if self.json { report.to_string() } else { show::report(&report) });
        Ok(if report["ok"] == true { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    #[expect(clippy::disallowed_methods, reason = "a person waits for a probe, in real time")]
    async fn probe(&self, patience: u64) -> Result<Value, Failed> {
        let mut probe = self.order(json!({"do": "probe"})).await?;
        for _ in 0..patience.saturating_mul(4) {
            if probe["arrived"] == true {
                break;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
            probe = self.order(json!({"do": "probe", "id": probe["id"]})).await?;
        }
        Ok(probe)
    }

    async fn list_parked(&self, account: Option<&str>) -> Done {
        match account {
            Some(account) => Ok(self.show(&Value::Array(self.parked(account).await?))),
            None => Ok(self.show(&self.order(json!({"do": "strays"})).await?["data"])),
        }
    }

    /// All parked records of an account, page by page.
    async fn parked(&self, account: &str) -> Result<Vec<Value>, Failed> {
        let mut records = Vec::new();
        let mut path = "/v1/parked?limit=100".to_owned();
        loop {
            let page = self.call(account, "GET", &path, Value::Null).await?;
            records.extend(page["data"].as_array().into_iter().flatten().cloned());
            let Some(cursor) = page["next_cursor"].as_str() else { return Ok(records) };
            path = format!("/v1/parked?limit=100&cursor={cursor}");
        }
    }

    async fn retry_parked(&self, account: &str, id: Option<&str>) -> Done {
        let ids: Vec<String> = if let Some(id) = id {
            vec![id.to_owned()]
        } else {
            let records = self.parked(account).await?;
            records.iter().filter_map(|record| record["id"].as_str().map(ToOwned::to_owned)).collect()
        };
        let mut left = 0;
        let mut lines = Vec::new();
        for id in ids {
            let tried = self.call(account, "POST", &format!("/v1/parked/{id}/retry"), Value::Null).await;
            let (done, words) = match tried {
                Ok(_) => (true, "done".to_owned()),
                Err(Failed::Trouble(words)) => (false, words),
                Err(other) => return Err(other),
            };
            left += usize::from(!done);
            lines.push(json!({"id": id, "done": done, "in_words": words}));
        }
        self.show(&Value::Array(lines));
        Ok(if left == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn redrive(&self) -> Done {
        let mut rung = 0;
        loop {
            let answer = self.order(json!({"do": "redrive"})).await?;
            rung += answer["rung"].as_u64().unwrap_or(0);
            if answer["done"] != false {
                return Ok(self.show(&json!({"rung": rung, "left": answer["left"]})));
            }
        }
    }

    /// Call after call until it is done, telling how far it has come.
    async fn rebuild(&self, account: Option<&str>) -> Done {
        let mut order = json!({"do": "rebuild", "account": account});
        loop {
            let answer = self.order(order).await?;
            if answer["done"] == true {
                return Ok(self.show(&answer["counts"]));
            }
            eprintln!("so far: {}", answer["counts"]);
            order = answer;
        }
    }
}

/// So many random bytes in hexadecimal.
fn chance(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    SystemChance.bytes(&mut random);
    hex::encode(random)
}
