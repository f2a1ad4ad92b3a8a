//! Objects that note who calls for what, so that roles can be compared with it.

use std::sync::Arc;

use async_trait::async_trait;
use transom::ports::objects::{Listed, ObjectStore, ObjectsUnavailable};
use transom_engine::calls::note;

/// What the archive is called among the resources of roles.
const ARCHIVE: &str = "archive";

/// Any archive, with its calls noted by the class of the object.
#[derive(Debug, Clone)]
pub struct NotedObjects(pub Arc<dyn ObjectStore>);

fn class(name: &str) -> String {
    format!("{ARCHIVE}/{}", name.split('/').next().unwrap_or_default())
}

#[async_trait]
impl ObjectStore for NotedObjects {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), ObjectsUnavailable> {
        note("s3:PutObject", &class(name));
        self.0.put(name, bytes).await
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, ObjectsUnavailable> {
        note("s3:GetObject", &class(name));
        // Without it, S3 does not tell an object that is missing from one that may not be read (S3, "GetObject").
        note("s3:ListBucket", ARCHIVE);
        self.0.get(name).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Listed>, ObjectsUnavailable> {
        note("s3:ListBucket", ARCHIVE);
        self.0.list(prefix, after, limit).await
    }

    async fn remove(&self, names: &[String]) -> Result<(), ObjectsUnavailable> {
        for name in names {
            note("s3:DeleteObject", &class(name));
        }
        self.0.remove(names).await
    }
}
