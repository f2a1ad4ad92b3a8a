//! Bodies as Meta sends them, and what each holds.

use rand::{
    Rng, SeedableRng,
    rngs::SmallRng,
    seq::{IndexedRandom, SliceRandom},
};
use transom::domain::inbound::ProviderEvent;

use crate::setting::{NUMBER, WRITER};

/// One message of 641 bytes, all in all: a text with the writer's number and business-scoped id.
pub fn single(at_second: i64) -> String {
    let body = |text: &str| {
        format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"102290129340398","changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550783881","phone_number_id":"{NUMBER}"}},"contacts":[{{"profile":{{"name":"Sheena Nelson"}},"wa_id":"{WRITER}","user_id":"US.13491208655302741918"}}],"messages":[{{"from":"{WRITER}","from_user_id":"US.13491208655302741918","id":"wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=","timestamp":"{at_second}","type":"text","text":{{"body":"{text}"}}}}]}},"field":"messages"}}]}}]}}"#
        )
    };
    let words =
        "Good evening! Does the room still look out on the lake, and may we come an hour later than we said? Thanks";
    let missing = 641 - body("").len();
    body(&words[..missing])
}

/// One body with these elements among its messages.
pub fn with_messages(messages: &[String]) -> String {
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{{"field":"messages","value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550783881","phone_number_id":"{NUMBER}"}},"messages":[{}]}}}}]}}]}}"#,
        messages.join(",")
    )
}

pub fn text(from: &str, id: &str, at_second: i64, words: &str) -> String {
    format!(r#"{{"from":"{from}","id":"{id}","timestamp":"{at_second}","type":"text","text":{{"body":"{words}"}}}}"#)
}

/// A body, and one word for each event in it, in order: what it is and its id.
#[derive(Debug)]
pub struct Batch {
    pub json: String,
    pub events: Vec<String>,
}

/// The same form for what was read.
pub fn in_short(event: &ProviderEvent) -> String {
    match event {
        ProviderEvent::Message(message) => format!("message {}", message.provider_id),
        ProviderEvent::Echo(message) => format!("echo {}", message.provider_id),
        ProviderEvent::Receipt(receipt) => format!("receipt {}", receipt.provider_id),
        ProviderEvent::Unreadable(it) => {
            format!("unreadable {}", it.raw["mark"].as_str().unwrap_or_else(|| it.why.split(':').next().unwrap_or("")))
        }
        ProviderEvent::Preference(it) => format!("preference {:?}", it.choice),
        ProviderEvent::Notice(it) => format!("notice {}", it.field),
    }
}

/// Bodies of every shape of batching: entries, changes, messages, receipts and echoes mixed, contacts there or not,
/// fields in any order, elements of kinds that nobody knows, and elements that are damaged.
#[derive(Debug)]
pub struct Generator {
    chance: SmallRng,
    count: u64,
    /// The provider's time of what is made.
    pub at_second: i64,
}

const KINDS: [(&str, &str); 13] = [
    ("text", r#"{"body":"Is the r\u00f6om \"ready\"? \ud83d\ude00 \/"}"#),
    ("image", r#"{"id":"7","mime_type":"image/jpeg","sha256":"ab=","caption":"us"}"#),
    ("document", r#"{"id":7,"filename":"a.pdf"}"#),
    ("location", r#"{"latitude":"48.2","longitude":16.3}"#),
    ("contacts", r#"[{"name":{"formatted_name":"Bob Lee"}}]"#),
    ("reaction", r#"{"message_id":"wamid.X","emoji":"👍"}"#),
    ("interactive", r#"{"type":"list_reply","list_reply":{"id":"r","title":"One"}}"#),
    ("interactive", r#"{"type":"nfm_reply","nfm_reply":{"response_json":"{\"guests\":2}"}}"#),
    ("button", r#"{"payload":"P","text":"Yes"}"#),
    ("order", r#"{"catalog_id":"1","product_items":[{"quantity":2}]}"#),
    ("system", r#"{"type":"user_changed_number","wa_id":"12195555358"}"#),
    ("telepathy", r#"{"deep":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"#),
    ("text", r#""a text where an object belongs""#),
];

impl Generator {
    pub fn new(seed: u64, at_second: i64) -> Self {
        Self { chance: SmallRng::seed_from_u64(seed), count: 0, at_second }
    }

    fn often(&mut self, share: f64) -> bool {
        self.chance.random_bool(share)
    }

    fn mark(&mut self) -> String {
        self.count += 1;
        format!("{:08}", self.count)
    }

    /// Most hold little, some much; one in ten thousand as much as Meta ever sends.
    pub fn next_batch(&mut self) -> Batch {
        let mut events = Vec::new();
        let json = if self.often(0.0001) {
            let all: Vec<String> = (0..1000).map(|_| self.message("message", true, &mut events)).collect();
            with_messages(&all)
        } else {
            let entries: Vec<String> = (0..self.some(3)).map(|_| self.entry(&mut events)).collect();
            self.object(vec![("object", "\"whatsapp_business_account\"".to_owned()), ("entry", list(&entries))])
        };
        Batch { json, events }
    }

    /// One to `most`, seldom many.
    fn some(&mut self, most: usize) -> usize {
        let first = self.chance.random_range(1..=most);
        self.chance.random_range(1..=first)
    }

    fn entry(&mut self, events: &mut Vec<String>) -> String {
        let changes: Vec<String> = (0..self.some(3)).map(|_| self.change(events)).collect();
        self.object(vec![("id", "\"102290129340398\"".to_owned()), ("changes", list(&changes))])
    }

    fn change(&mut self, events: &mut Vec<String>) -> String {
        if self.often(0.05) {
            events.push("notice message_template_status_update".to_owned());
            let field = ("field", "\"message_template_status_update\"".to_owned());
            return self.object(vec![("value", r#"{"event":"PAUSED"}"#.to_owned()), field]);
        }
        let mapped = !self.often(0.05);
        let mut fields = vec![("messaging_product", "\"whatsapp\"".to_owned())];
        if mapped {
            fields.push(("metadata", format!(r#"{{"phone_number_id":"{NUMBER}","display_phone_number":"1"}}"#)));
        }
        if self.often(0.7) {
            let people = self.chance.random_range(0..3);
            let person = r#"{"profile":{"name":"Ana"},"wa_id":"16505551234"}"#.to_owned();
            fields.push(("contacts", list(&vec![person; people])));
        }
        // Lists are read in the order in which they are there.
        let mut lists = vec!["messages", "statuses", "message_echoes"];
        lists.shuffle(&mut self.chance);
        lists.truncate(self.some(3));
        let mut filled = false;
        for name in lists {
            let elements: Vec<String> = (0..self.chance.random_range(0..4))
                .map(|_| match name {
                    "messages" => self.message("message", mapped, events),
                    "message_echoes" => self.message("echo", mapped, events),
                    _ => self.status(mapped, events),
                })
                .collect();
            filled = true;
            fields.push((name, list(&elements)));
        }
        if self.often(0.03) {
            events.push("notice errors".to_owned());
            fields.push(("errors", r#"[{"code":131000}]"#.to_owned()));
            filled = true;
        }
        debug_assert!(filled, "a change without content would be a notice");
        // What is read stays in this order; where metadata and contacts are among it does not matter.
        let around = self.chance.random_range(0..fields.len());
        let head: Vec<_> =
            fields.iter().position(|(name, _)| *name == "metadata").map(|at| fields.remove(at)).into_iter().collect();
        for field in head {
            fields.insert(around.min(fields.len()), field);
        }
        let value = written(&fields);
        self.object(vec![("field", "\"messages\"".to_owned()), ("value", value)])
    }

    fn message(&mut self, what: &str, mapped: bool, events: &mut Vec<String>) -> String {
        let mark = self.mark();
        let (kind, content) = *KINDS.choose(&mut self.chance).expect("there are some");
        let customer = if what == "echo" { "to" } else { "from" };
        let mut fields = vec![("mark", quoted(&mark)), ("type", quoted(kind)), (kind, content.to_owned())];
        let mut readable = mapped;
        match self.chance.random_range(0..40) {
            0 => readable = false,
            1 => {
                fields.push(("id", "null".to_owned()));
                readable = false;
            }
            _ => fields.push(("id", quoted(&format!("wamid.{mark}")))),
        }
        match self.chance.random_range(0..40) {
            0 => readable = false,
            1 => {
                fields.push((customer, "{}".to_owned()));
                readable = false;
            }
            2 => fields.push((customer, "16505551234".to_owned())),
            3 => fields.push((customer, "\"US.1349120865\"".to_owned())),
            at => fields.push((customer, quoted(&format!("165055512{at}")))),
        }
        match self.chance.random_range(0..20) {
            0 => {}
            1 => fields.push(("timestamp", "\"soon\"".to_owned())),
            2 => fields.push(("timestamp", self.at_second.to_string())),
            _ => fields.push(("timestamp", quoted(&self.at_second.to_string()))),
        }
        if self.often(0.2) {
            fields.push(("context", r#"{"id":"wamid.Q","forwarded":true}"#.to_owned()));
        }
        events.push(if readable { format!("{what} wamid.{mark}") } else { format!("unreadable {mark}") });
        self.object(fields)
    }

    fn status(&mut self, mapped: bool, events: &mut Vec<String>) -> String {
        let mark = self.mark();
        let word = ["sent", "delivered", "read", "failed", "warning", "played"].choose(&mut self.chance);
        let word = word.expect("there are some");
        let mut fields = vec![("mark", quoted(&mark)), ("timestamp", quoted(&self.at_second.to_string()))];
        let readable = mapped && !self.often(0.05);
        if readable || !mapped {
            fields.push(("status", quoted(word)));
        }
        fields.push(("id", quoted(&format!("wamid.{mark}"))));
        if *word == "failed" {
            fields.push(("errors", r#"[{"code":131026,"title":"x"}]"#.to_owned()));
        }
        events.push(if readable { format!("receipt wamid.{mark}") } else { format!("unreadable {mark}") });
        self.object(fields)
    }

    /// Its fields in any order, with or without blanks.
    fn object(&mut self, mut fields: Vec<(&str, String)>) -> String {
        fields.shuffle(&mut self.chance);
        let json = written(&fields);
        if self.often(0.1) { format!(" {json}\n") } else { json }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn list(elements: &[String]) -> String {
    format!("[{}]", elements.join(","))
}

fn written(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

#[cfg(test)]
mod tests {
    use transom::{domain::channel::ProviderKind, ports::WebhookCall};

    use super::*;
    use crate::{
        canned::Habits,
        setting::{Setting, request},
    };

    /// Fault matrix A6, A7, A8, A9, A10 and A13, over a few of the bodies of `cargo bench --bench surfaced`.
    #[tokio::test]
    async fn a6_a7_a8_a9_a10_a13_every_event_of_every_shape_of_batch_is_surfaced_and_taken() {
        let setting = Setting::new(Habits::default()).await;
        let webhook = setting.webhook();
        let provider = setting.parts.providers.get(ProviderKind::Meta);
        let mut generator = Generator::new(7, setting.parts.now().as_second());
        for number in 0..2_000 {
            let batch = generator.next_batch();
            let headers = http::HeaderMap::new();
            let call = WebhookCall { headers: &headers, query: "", body: batch.json.as_bytes() };
            let read: Vec<String> = provider.read(&call).iter().map(in_short).collect();
            assert_eq!(read, batch.events, "{}", batch.json);
            if number % 20 == 0 {
                let answer = webhook::handle(&webhook, request(batch.json.into_bytes())).await.unwrap();
                assert_eq!(answer.status(), 200);
            }
        }
    }

    #[test]
    fn the_single_message_has_641_bytes() {
        assert_eq!(single(1_763_700_000).len(), 641);
    }
}
