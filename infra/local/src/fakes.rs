//! Functions for tests: they remember what they were called with and answer what the test says.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use serde_json::Value;

use crate::functions::{BoxError, Functions};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Called {
    Webhook,
    Api,
    React,
    Send,
    Publish,
    Fold,
    Jobs,
    Expire,
}

type Answer = Arc<dyn Fn(&Value) -> Result<Value, BoxError> + Send + Sync>;

#[derive(Default, Clone)]
pub(crate) struct FakeFunctions {
    events: Arc<Mutex<Vec<(Called, Value)>>>,
    answers: Arc<Mutex<BTreeMap<Called, Answer>>>,
}

impl fmt::Debug for FakeFunctions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FakeFunctions")
    }
}

impl FakeFunctions {
    pub(crate) fn events(&self, of: Called) -> Vec<Value> {
        let events = self.events.lock().unwrap();
        events.iter().filter(|(called, _)| *called == of).map(|(_, event)| event.clone()).collect()
    }

    pub(crate) fn order(&self) -> Vec<Called> {
        self.events.lock().unwrap().iter().map(|(called, _)| *called).collect()
    }

    /// From now on this function answers so; otherwise it answers with nothing.
    pub(crate) fn answer(
        &self,
        of: Called,
        answer: impl Fn(&Value) -> Result<Value, BoxError> + Send + Sync + 'static,
    ) {
        self.answers.lock().unwrap().insert(of, Arc::new(answer));
    }

    fn call(&self, called: Called, event: Value) -> Result<Value, BoxError> {
        let answer = self.answers.lock().unwrap().get(&called).cloned();
        let answer = answer.map_or(Ok(Value::Null), |answer| answer(&event));
        self.events.lock().unwrap().push((called, event));
        answer
    }
}

#[async_trait]
impl Functions for FakeFunctions {
    async fn webhook(&self, event: Value) -> Result<Value, BoxError> {
        self.call(Called::Webhook, event)
    }
    async fn api(&self, event: Value) -> Result<Value, BoxError> {
        self.call(Called::Api, event)
    }
    async fn react(&self, event: Value) -> Result<Value, BoxError> {
        self.call(Called::React, event)
    }
    async fn send(&self, event: Value) -> Result<Value, BoxError> {
        self.call(Called::Send, event)
    }
    async fn publish(&self, event: Value) -> Result<Value, BoxError> {
        self.call(Called::Publish, event)
    }
    async fn fold(&self, event: Value) -> Result<Value, BoxError> {
        self.call(Called::Fold, event)
    }
    async fn jobs(&self, event: Value) -> Result<Value, BoxError> {
        self.call(Called::Jobs, event)
    }
    async fn expire(&self, event: Value) -> Result<Value, BoxError> {
        self.call(Called::Expire, event)
    }
}
