//! Both tables, as they are created where no template does it: on one machine, and in tests.

use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::create_table::{CreateTableError, CreateTableInput, builders::CreateTableInputBuilder},
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType, StreamSpecification, StreamViewType, TimeToLiveSpecification, TimeToLiveStatus,
    },
};

use super::{
    keys::{INBOX, INBOX_PARTITION, INBOX_SORT, PK, SK},
    unavailable,
};
use crate::ports::{BoxError, store::Stored};

/// The attribute by which DynamoDB collects rows, in seconds since 1970. Garbage collection, never a clock.
pub const EXPIRY: &str = "ttl";

/// The main table: on demand, with its stream and the inbox index.
pub fn main_table(name: &str) -> Result<CreateTableInputBuilder, BoxError> {
    let index = GlobalSecondaryIndex::builder()
        .index_name(INBOX)
        .set_key_schema(Some(key_schema(INBOX_PARTITION, INBOX_SORT)?))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()?;
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewAndOldImages)
        .build()?;
    Ok(table(name)?
        .attribute_definitions(text_attribute(INBOX_PARTITION)?)
        .attribute_definitions(text_attribute(INBOX_SORT)?)
        .global_secondary_indexes(index)
        .stream_specification(stream))
}

/// The table of contacts, identities and keys. It has no stream: nothing follows from it.
pub fn contacts_table(name: &str) -> Result<CreateTableInputBuilder, BoxError> {
    table(name)
}

/// Creates both tables where they are missing; doing it again completes what a crash left.
pub async fn create_tables(client: &Client, table: &str, contacts: &str) -> Stored<()> {
    let doing = "create its tables";
    create(client, main_table(table).map_err(unavailable(doing))?).await?;
    create(client, contacts_table(contacts).map_err(unavailable(doing))?).await?;
    for table in [table, contacts] {
        expire(client, table).await?;
    }
    Ok(())
}

/// Has DynamoDB collect rows of a table that are past their use.
async fn expire(client: &Client, table: &str) -> Stored<()> {
    let doing = "create its tables";
    let expiry = client.describe_time_to_live().table_name(table).send().await.map_err(unavailable(doing))?;
    let status = expiry.time_to_live_description.and_then(|description| description.time_to_live_status);
    if !matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
        let wanted = TimeToLiveSpecification::builder().enabled(true).attribute_name(EXPIRY).build();
        client
            .update_time_to_live()
            .table_name(table)
            .time_to_live_specification(wanted.map_err(unavailable(doing))?)
            .send()
            .await
            .map_err(unavailable(doing))?;
    }
    Ok(())
}

async fn create(client: &Client, table: CreateTableInputBuilder) -> Stored<()> {
    match table.send_with(client).await {
        Ok(_) => Ok(()),
        Err(SdkError::ServiceError(error)) if matches!(error.err(), CreateTableError::ResourceInUseException(_)) => {
            Ok(())
        }
        Err(error) => Err(unavailable("create its tables")(error)),
    }
}

fn table(name: &str) -> Result<CreateTableInputBuilder, BoxError> {
    Ok(CreateTableInput::builder()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(text_attribute(PK)?)
        .attribute_definitions(text_attribute(SK)?)
        .set_key_schema(Some(key_schema(PK, SK)?)))
}

fn text_attribute(name: &str) -> Result<AttributeDefinition, BoxError> {
    Ok(AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()?)
}

fn key_schema(partition: &str, sort: &str) -> Result<Vec<KeySchemaElement>, BoxError> {
    Ok(vec![
        KeySchemaElement::builder().attribute_name(partition).key_type(KeyType::Hash).build()?,
        KeySchemaElement::builder().attribute_name(sort).key_type(KeyType::Range).build()?,
    ])
}
