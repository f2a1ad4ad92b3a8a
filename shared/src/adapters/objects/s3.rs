//! Objects in a bucket of S3.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use async_trait::async_trait;
use aws_sdk_s3::{
    Client,
    error::SdkError,
    operation::get_object::GetObjectError,
    types::{Delete, ObjectIdentifier},
};

use super::{checked, unavailable};
use crate::ports::objects::{Listed, MOST_LISTED, ObjectStore, ObjectsUnavailable};

/// So many are removed by one call (S3, "DeleteObjects").
const REMOVED_AT_ONCE: usize = 1000;

/// A client for S3 that is made when it is first needed.
#[derive(Clone)]
pub struct S3(Arc<LazyLock<Client, Box<dyn FnOnce() -> Client + Send>>>);

impl S3 {
    pub fn lazy(make: impl FnOnce() -> Client + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(make))))
    }
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("S3")
    }
}

/// One bucket.
#[derive(Debug, Clone)]
pub struct S3Objects {
    client: S3,
    /// `None`: this function has none, and says so when it is asked for something.
    bucket: Option<String>,
}

/// No bucket was named.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable TRANSOM_ARCHIVE_BUCKET is missing")]
struct NoBucket;

impl S3Objects {
    pub fn new(client: S3, bucket: Option<String>) -> Self {
        Self { client, bucket }
    }

    fn client(&self) -> &Client {
        &self.client.0
    }

    fn bucket(&self, doing: &'static str) -> Result<&str, ObjectsUnavailable> {
        self.bucket.as_deref().ok_or_else(|| unavailable(doing)(NoBucket))
    }
}

#[async_trait]
impl ObjectStore for S3Objects {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), ObjectsUnavailable> {
        const DOING: &str = "put an object";
        checked(DOING, name)?;
        let bucket = self.bucket(DOING)?;
        let request = self.client().put_object().bucket(bucket).key(name).body(bytes.into());
        request.send().await.map_err(unavailable(DOING)).map(drop)
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, ObjectsUnavailable> {
        const DOING: &str = "get an object";
        checked(DOING, name)?;
        let bucket = self.bucket(DOING)?;
        match self.client().get_object().bucket(bucket).key(name).send().await {
            Ok(object) => {
                let bytes = object.body.collect().await.map_err(unavailable(DOING))?;
                Ok(Some(bytes.to_vec()))
            }
            Err(SdkError::ServiceError(error)) if matches!(error.err(), GetObjectError::NoSuchKey(_)) => Ok(None),
            Err(error) => Err(unavailable(DOING)(error)),
        }
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Listed>, ObjectsUnavailable> {
        const DOING: &str = "list objects";
        let bucket = self.bucket(DOING)?;
        let most = i32::try_from(limit.min(MOST_LISTED)).expect("a thousand fit");
        let request = self.client().list_objects_v2().bucket(bucket).prefix(prefix).max_keys(most);
        let listed = request.set_start_after(after.map(str::to_owned)).send().await.map_err(unavailable(DOING))?;
        let found = listed.contents.unwrap_or_default().into_iter().filter_map(|object| {
            Some(Listed {
                name: object.key?,
                bytes: object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            })
        });
        Ok(found.collect())
    }

    async fn remove(&self, names: &[String]) -> Result<(), ObjectsUnavailable> {
        const DOING: &str = "remove objects";
        let bucket = self.bucket(DOING)?;
        for some in names.chunks(REMOVED_AT_ONCE) {
            let mut objects = Vec::with_capacity(some.len());
            for name in some {
                checked(DOING, name)?;
                objects.push(ObjectIdentifier::builder().key(name).build().map_err(unavailable(DOING))?);
            }
            let delete =
                Delete::builder().set_objects(Some(objects)).quiet(true).build().map_err(unavailable(DOING))?;
            let answer = self.client().delete_objects().bucket(bucket).delete(delete).send().await;
            let answer = answer.map_err(unavailable(DOING))?;
            if let Some(first) = answer.errors.unwrap_or_default().into_iter().next() {
                return Err(unavailable(DOING)(NotRemoved(first.code.unwrap_or_default())));
            }
        }
        Ok(())
    }
}

/// Some of them were not removed.
#[derive(Debug, thiserror::Error)]
#[error("some were not removed: {0}")]
struct NotRemoved(String);
