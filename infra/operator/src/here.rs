//! The system on this machine, by its own address.

use async_trait::async_trait;
use serde_json::{Value, json};
use transom::adapters::providers::http_client;

use crate::installation::{Failed, Installation, Stored};

#[derive(Debug)]
pub struct Here {
    url: String,
    client: reqwest::Client,
}

impl Here {
    pub fn new(url: &str) -> Result<Self, Failed> {
        let client = http_client().map_err(|error| Failed::Trouble(error.to_string()))?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), client })
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, Failed> {
        let answer = self.client.post(format!("{}{path}", self.url)).json(body).send().await;
        let answer = answer.map_err(|_| {
            Failed::Unreachable(format!("nothing answers at {}; is `cargo run` running there?", self.url))
        })?;
        let status = answer.status();
        let body: Value = answer.json().await.unwrap_or_default();
        if status.is_success() {
            return Ok(body);
        }
        let detail = body["detail"].as_str().unwrap_or("it gives no reason").to_owned();
        Err(match body["field"].as_str() {
            Some(field) => Failed::Refused { field: field.to_owned(), problem: detail },
            None => Failed::Trouble(format!("{}{path} answers {status}: {detail}", self.url)),
        })
    }
}

#[async_trait]
impl Installation for Here {
    async fn order(&self, order: Value) -> Result<Value, Failed> {
        self.post("/local/operate", &order).await
    }

    async fn secret(&self, account: &str, name: &str) -> Result<Vec<String>, Failed> {
        let told = self.post("/local/secrets", &json!({"account": account, "name": name})).await?;
        Ok(serde_json::from_value(told["values"].clone()).unwrap_or_default())
    }

    async fn put_secret(
        &self,
        account: &str,
        name: &str,
        values: &[String],
        overwrite: bool,
    ) -> Result<Stored, Failed> {
        if !overwrite && !self.secret(account, name).await?.is_empty() {
            return Ok(Stored::Already);
        }
        self.post("/local/secrets", &json!({"account": account, "name": name, "values": values})).await?;
        Ok(Stored::New)
    }
}
