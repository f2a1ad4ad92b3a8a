//! Conditional writes: an expression builder that names every attribute, and the two outcomes of a condition.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{delete_item::DeleteItemError, put_item::PutItemError, update_item::UpdateItemError},
    primitives::Blob,
    types::{AttributeValue, ConsumedCapacity, ReturnValuesOnConditionCheckFailure},
};
use serde_dynamo::Item;

use super::{
    DynamoStore, Table,
    keys::{Key, PK, SK},
    unavailable,
};
use crate::{
    domain::Timestamp,
    ports::{
        StoreError,
        store::{Put, Step, Stored},
    },
};

#[expect(clippy::needless_pass_by_value, reason = "callers pass references and what they just made alike")]
pub(super) fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}
pub(super) fn number(value: impl Into<i64>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}
pub(super) fn millis(at: Timestamp) -> AttributeValue {
    number(at.as_millisecond())
}
pub(super) fn bytes(value: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}
#[expect(clippy::needless_pass_by_value, reason = "callers pass references and what they just made alike")]
pub(super) fn one_of(value: impl ToString) -> AttributeValue {
    AttributeValue::Ss(vec![value.to_string()])
}

/// How a conditional write ended.
#[derive(Debug)]
pub(super) enum Written {
    Done,
    /// The condition did not hold; with the row as it is, if there is one.
    Refused(Option<Item>),
}

impl From<Written> for Step {
    fn from(written: Written) -> Self {
        match written {
            Written::Done => Self::Done,
            Written::Refused(_) => Self::Lost,
        }
    }
}

impl From<Written> for Put {
    fn from(written: Written) -> Self {
        match written {
            Written::Done => Self::New,
            Written::Refused(_) => Self::Already,
        }
    }
}

/// A condition. Attributes are written as `#name` and values as `:name`, so that no name can be a reserved word.
#[derive(Debug, Default)]
struct Names(HashMap<String, String>);

impl Names {
    /// Every `#name` of an expression stands for the attribute of that name, unless it was given another.
    fn learn(&mut self, expression: &str) {
        for part in expression.split('#').skip(1) {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
            let name = &part[..end];
            self.0.entry(format!("#{name}")).or_insert_with(|| name.to_owned());
        }
    }
}

/// One UpdateItem.
#[derive(Debug)]
pub(super) struct Update<'a> {
    store: &'a DynamoStore,
    table: Table,
    key: Key,
    sets: Vec<String>,
    removes: Vec<String>,
    adds: Vec<String>,
    deletes: Vec<String>,
    conditions: Vec<String>,
    names: Names,
    values: HashMap<String, AttributeValue>,
}

/// One PutItem.
#[derive(Debug)]
pub(super) struct PutRow<'a> {
    store: &'a DynamoStore,
    table: Table,
    item: Item,
    condition: Option<String>,
    names: Names,
    values: HashMap<String, AttributeValue>,
}

impl DynamoStore {
    pub(super) fn update(&self, table: Table, key: Key) -> Update<'_> {
        Update {
            store: self,
            table,
            key,
            sets: Vec::new(),
            removes: Vec::new(),
            adds: Vec::new(),
            deletes: Vec::new(),
            conditions: Vec::new(),
            names: Names::default(),
            values: HashMap::new(),
        }
    }

    /// A put of a row; `item` holds everything but the key.
    pub(super) fn put(&self, table: Table, key: Key, item: Item) -> PutRow<'_> {
        let mut item = item;
        let attributes = item.inner_mut();
        attributes.insert(PK.to_owned(), serde_dynamo::AttributeValue::S(key.pk));
        attributes.insert(SK.to_owned(), serde_dynamo::AttributeValue::S(key.sk));
        PutRow { store: self, table, item, condition: None, names: Names::default(), values: HashMap::new() }
    }

    /// Deletes a row on condition that an attribute is as it was read.
    pub(super) async fn delete_when_is(
        &self,
        doing: &'static str,
        table: Table,
        key: Key,
        (name, value): (&str, AttributeValue),
    ) -> Stored<Step> {
        let request = self
            .client
            .delete_item()
            .table_name(self.name(table))
            .set_key(Some(key_item(key)))
            .condition_expression("#name = :was")
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":was", value)
            .set_return_consumed_capacity(self.wanted_capacity());
        match request.send().await {
            Ok(output) => {
                self.count(output.consumed_capacity.as_slice());
                Ok(Step::Done)
            }
            Err(SdkError::ServiceError(error)) => match error.into_err() {
                DeleteItemError::ConditionalCheckFailedException(_) => Ok(Step::Lost),
                other => Err(unavailable(doing)(other)),
            },
            Err(error) => Err(unavailable(doing)(error)),
        }
    }

    pub(super) async fn delete(&self, doing: &'static str, table: Table, key: Key) -> Stored<()> {
        let request = self
            .client
            .delete_item()
            .table_name(self.name(table))
            .set_key(Some(key_item(key)))
            .set_return_consumed_capacity(self.wanted_capacity());
        let output = request.send().await.map_err(unavailable(doing))?;
        self.count(output.consumed_capacity.as_slice());
        Ok(())
    }
}

pub(super) fn key_item(key: Key) -> HashMap<String, AttributeValue> {
    HashMap::from([(PK.to_owned(), AttributeValue::S(key.pk)), (SK.to_owned(), AttributeValue::S(key.sk))])
}

impl Update<'_> {
    /// Sets an attribute whose name may be anything.
    pub(super) fn set(mut self, name: &str, value: AttributeValue) -> Self {
        let alias = self.alias(name);
        self.sets.push(format!("#{alias} = :{alias}"));
        self.values.insert(format!(":{alias}"), value);
        self
    }

    /// Sets an attribute, or removes it if there is no value for it.
    pub(super) fn set_or_remove(self, name: &str, value: Option<AttributeValue>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self.remove(name),
        }
    }

    /// Sets an attribute unless the row has it.
    pub(super) fn set_once(mut self, name: &str, value: AttributeValue) -> Self {
        let alias = self.alias(name);
        self.sets.push(format!("#{alias} = if_not_exists(#{alias}, :{alias})"));
        self.values.insert(format!(":{alias}"), value);
        self
    }

    pub(super) fn remove(mut self, name: &str) -> Self {
        let alias = self.alias(name);
        self.removes.push(format!("#{alias}"));
        self
    }

    /// Adds to a number or to a set.
    pub(super) fn add(mut self, name: &str, value: AttributeValue) -> Self {
        let alias = self.alias(name);
        self.adds.push(format!("#{alias} :{alias}"));
        self.values.insert(format!(":{alias}"), value);
        self
    }

    /// Takes members out of a set.
    pub(super) fn take_out(mut self, name: &str, value: AttributeValue) -> Self {
        let alias = self.alias(name);
        self.deletes.push(format!("#{alias} :{alias}"));
        self.values.insert(format!(":{alias}"), value);
        self
    }

    /// Takes place only if this and every other condition holds. A value that is also set has its attribute's name.
    pub(super) fn when(mut self, condition: impl Into<String>) -> Self {
        let condition = condition.into();
        self.names.learn(&condition);
        self.conditions.push(format!("({condition})"));
        self
    }

    /// A condition that an attribute is as it was read.
    pub(super) fn when_is(self, name: &str, value: Option<AttributeValue>) -> Self {
        match value {
            Some(value) => self.when(format!("#{name} = :was_{name}")).value(&format!("was_{name}"), value),
            None => self.when(format!("attribute_not_exists(#{name})")),
        }
    }

    /// A value of a condition.
    pub(super) fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(format!(":{name}"), value);
        self
    }

    pub(super) async fn go(self, doing: &'static str) -> Stored<Written> {
        let expression = self.expression();
        let store = self.store;
        let request = store
            .client
            .update_item()
            .table_name(store.name(self.table))
            .set_key(Some(key_item(self.key)))
            .update_expression(expression)
            .set_condition_expression((!self.conditions.is_empty()).then(|| self.conditions.join(" AND ")))
            .set_expression_attribute_names((!self.names.0.is_empty()).then_some(self.names.0))
            .set_expression_attribute_values((!self.values.is_empty()).then_some(self.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_return_consumed_capacity(store.wanted_capacity());
        match request.send().await {
            Ok(output) => Ok(store.done(output.consumed_capacity.as_slice())),
            Err(SdkError::ServiceError(error)) => match error.into_err() {
                UpdateItemError::ConditionalCheckFailedException(failed) => Ok(store.refused(failed.item)),
                other => Err(unavailable(doing)(other)),
            },
            Err(error) => Err(unavailable(doing)(error)),
        }
    }

    fn expression(&self) -> String {
        [("SET", &self.sets), ("REMOVE", &self.removes), ("ADD", &self.adds), ("DELETE", &self.deletes)]
            .iter()
            .filter(|(_, parts)| !parts.is_empty())
            .map(|(verb, parts)| format!("{verb} {}", parts.join(", ")))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The name by which expressions know an attribute: its own, unless that has characters of other alphabets.
    fn alias(&mut self, name: &str) -> String {
        if name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            self.names.learn(&format!("#{name}"));
            return name.to_owned();
        }
        let alias = format!("x{}", self.names.0.len());
        self.names.0.insert(format!("#{alias}"), name.to_owned());
        alias
    }
}

impl PutRow<'_> {
    pub(super) fn when(mut self, condition: &str) -> Self {
        self.names.learn(condition);
        self.condition = Some(condition.to_owned());
        self
    }

    pub(super) fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(format!(":{name}"), value);
        self
    }

    /// Only if there is no row yet.
    pub(super) fn if_absent(self) -> Self {
        self.when("attribute_not_exists(#pk)")
    }

    pub(super) async fn go(self, doing: &'static str) -> Stored<Written> {
        let store = self.store;
        let request = store
            .client
            .put_item()
            .table_name(store.name(self.table))
            .set_item(Some(self.item.into()))
            .set_condition_expression(self.condition)
            .set_expression_attribute_names((!self.names.0.is_empty()).then_some(self.names.0))
            .set_expression_attribute_values((!self.values.is_empty()).then_some(self.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_return_consumed_capacity(store.wanted_capacity());
        match request.send().await {
            Ok(output) => Ok(store.done(output.consumed_capacity.as_slice())),
            Err(SdkError::ServiceError(error)) => match error.into_err() {
                PutItemError::ConditionalCheckFailedException(failed) => Ok(store.refused(failed.item)),
                other => Err(unavailable(doing)(other)),
            },
            Err(error) => Err(unavailable(doing)(error)),
        }
    }
}

impl DynamoStore {
    /// Counts what DynamoDB says that a write cost.
    pub(super) fn count(&self, capacity: &[ConsumedCapacity]) {
        if let Some(meter) = &self.meter {
            meter.wrote(capacity);
        }
    }

    fn done(&self, capacity: &[ConsumedCapacity]) -> Written {
        self.count(capacity);
        Written::Done
    }

    fn refused(&self, item: Option<HashMap<String, AttributeValue>>) -> Written {
        if let Some(meter) = &self.meter {
            meter.refused();
        }
        Written::Refused(item.filter(|item| !item.is_empty()).map(Item::from))
    }
}

/// A row of ours as an item.
pub(super) fn to_item<T: serde::Serialize>(row: &T, key: &Key) -> Stored<Item> {
    serde_dynamo::to_item(row).map_err(|error| StoreError::BadRow { key: key.to_string(), why: error.to_string() })
}
