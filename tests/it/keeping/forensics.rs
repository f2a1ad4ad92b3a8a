//! Whoever has everything that Transom keeps, and the account's key: what can they read?

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use transom::seal::{Sealed, SubjectKey, WrappedKey};
use transom_local::local::{CONTACTS_TABLE, TABLE};

use crate::world::World;

impl World {
    /// Everything readable in both tables, the stream, the queues and the archive: as it lies there, and opened with the
    /// account's key and every key that it opens.
    pub async fn everything_readable(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for table in [TABLE, CONTACTS_TABLE] {
            let rows = self.local.engine.dynamo().scan().table_name(table).send().await.expect("a scan").items;
            texts.extend(
                rows.unwrap_or_default()
                    .into_iter()
                    .map(|row| serde_json::to_string(&serde_dynamo::Item::from(row)).expect("JSON")),
            );
        }
        let mut stream = self.local.engine.stream(TABLE, None).expect("the stream");
        loop {
            let records = stream.next(100).expect("records");
            if records.is_empty() {
                break;
            }
            texts.extend(records.iter().map(Value::to_string));
        }
        for queue in self.system.queues().names() {
            let waiting = self.system.queues().receive(queue, 10).expect("the queue");
            texts.extend(waiting.into_iter().map(|message| message.body));
        }
        for name in self.objects("").await {
            let bytes = self.parts.objects.get(&name).await.expect("the archive").expect("it is there");
            texts.push(name);
            texts.push(match flate2_text(&bytes) {
                Some(text) => text,
                None => STANDARD.encode(&bytes),
            });
        }
        let mut blobs: BTreeSet<Vec<u8>> = BTreeSet::new();
        for text in &texts {
            // Whatever may be base64, within JSON or by itself.
            for piece in text.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c))) {
                if piece.len() >= 28
                    && let Ok(bytes) = STANDARD.decode(piece)
                {
                    blobs.insert(bytes);
                }
            }
        }
        let account = self.parts.keys(&self.account()).await.expect("keys");
        let mut keys: Vec<SubjectKey> = vec![account.own().clone()];
        keys.extend(blobs.iter().filter_map(|blob| account.unwrap(&WrappedKey(blob.clone()))));
        for blob in &blobs {
            for key in &keys {
                if let Ok(value) = Sealed::<Value>::from_bytes(blob.clone()).open(key) {
                    texts.push(value.to_string());
                }
            }
        }
        texts
    }

    /// How often something can be read.
    pub async fn readable(&self, canary: &str) -> usize {
        self.everything_readable().await.iter().filter(|text| text.contains(canary)).count()
    }
}

fn flate2_text(bytes: &[u8]) -> Option<String> {
    use std::io::Read;
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_string(&mut text).ok()?;
    Some(text)
}
