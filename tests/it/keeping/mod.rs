//! What is kept, for how long, and what is forgotten: the archive, reports, exports, erasures.

mod archive;
mod erasure;
mod forensics;
mod notes;
mod numbers;
mod reports;
mod trouble;

use serde_json::{Value, json};
use transom::{domain::ContactId, ports::objects::list_all};

use crate::world::World;

impl World {
    /// The contact behind a customer's number.
    pub async fn contact_of(&self, customer: &str) -> ContactId {
        self.family(customer).await.expect("the customer is known").survivor.contact
    }

    /// Asks for long work and lets everything happen that follows at once.
    pub async fn ask(&self, path: &str, body: Value) -> String {
        let (status, job) = self.api("POST", path, body).await;
        assert_eq!(status, 202, "{job}");
        self.settle().await;
        job["id"].as_str().expect("an id").to_owned()
    }

    pub async fn job(&self, id: &str) -> Value {
        let (status, job) = self.api("GET", &format!("/v1/jobs/{id}"), Value::Null).await;
        assert_eq!(status, 200, "{job}");
        job
    }

    /// A file of a job, as text.
    pub async fn file(&self, job: &str, name: &str) -> String {
        let call = self.http("GET", &format!("/v1/jobs/{job}/files/{name}")).bearer_auth(self.local.demo.token());
        let answer = call.send().await.expect("the local server answers");
        assert_eq!(answer.status(), 200, "{name}");
        answer.text().await.expect("a whole answer")
    }

    /// The names of the archive's objects under a prefix.
    pub async fn objects(&self, prefix: &str) -> Vec<String> {
        let all = list_all(&*self.parts.objects, prefix).await.expect("the archive answers");
        all.into_iter().map(|listed| listed.name).collect()
    }

    /// Puts rules on how long things are kept.
    pub async fn keeps(&self, rules: Value) {
        let (status, answer) = self.api("PUT", "/v1/retention", rules).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// A day, with everything that happens in it. The sweep comes by where the clock stops.
    pub async fn days(&self, days: u32) {
        for _ in 0..days {
            self.turn("PT12H").await;
            self.turn("PT12H").await;
        }
    }
}

/// A text of a channel's message, whichever way.
fn text_of(message: &Value) -> &str {
    message["content"]["body"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn what_is_asked_for_wrongly_is_named_and_nobody_sees_anothers_jobs() {
    let world = World::new().await;
    let wrong = async |method: &str, path: &str, body: Value, status: u16, field: &str| {
        let (found, answer) = world.api(method, path, body).await;
        assert_eq!((found, &answer["errors"][0]["field"]), (status, &json!(field)), "{path}: {answer}");
    };
    wrong("PUT", "/v1/retention", json!({ "messages_days": 3 }), 422, "messages_days").await;
    wrong("PUT", "/v1/hold", json!({ "why": "" }), 422, "why").await;
    wrong("POST", "/v1/reports/compliance", json!({ "from": "2026-02-01T00:00:00Z" }), 422, "until").await;
    let csv = json!({ "from": "2026-02-01T00:00:00Z", "until": "2026-03-01T00:00:00Z", "format": "pdf" });
    wrong("POST", "/v1/reports/compliance", csv, 422, "format").await;
    wrong("GET", "/v1/reports/messages?from=2026-01-01&until=2026-12-31", Value::Null, 400, "until").await;
    wrong("GET", "/v1/reports/messages?from=2026-3-1", Value::Null, 400, "from").await;
    wrong("GET", "/v1/reports/messages?by=colour", Value::Null, 400, "by").await;
    for path in
        ["/v1/contacts/con_00000000000000000000000009/erase", "/v1/contacts/con_00000000000000000000000009/export"]
    {
        assert_eq!(world.api("POST", path, json!({})).await.0, 404, "{path}");
    }
    let nobodys = "job_00000000000000000000000009";
    assert_eq!(world.api("GET", &format!("/v1/jobs/{nobodys}"), Value::Null).await.0, 404);
    for name in ["x", "..", "a%2Fb", "person.json"] {
        assert_eq!(world.api("GET", &format!("/v1/jobs/{nobodys}/files/{name}"), Value::Null).await.0, 404, "{name}");
    }
}
