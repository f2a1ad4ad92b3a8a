//! Objects in memory, gone with the process: for a system that keeps nothing.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::checked;
use crate::ports::objects::{Listed, ObjectStore, ObjectsUnavailable};

#[derive(Debug, Default)]
pub struct MemoryObjects(Mutex<BTreeMap<String, Vec<u8>>>);

impl MemoryObjects {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ObjectStore for MemoryObjects {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), ObjectsUnavailable> {
        checked("put an object", name)?;
        self.all().insert(name.to_owned(), bytes);
        Ok(())
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, ObjectsUnavailable> {
        checked("get an object", name)?;
        Ok(self.all().get(name).cloned())
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Listed>, ObjectsUnavailable> {
        let from = after.map_or_else(|| prefix.to_owned(), |after| after.max(prefix).to_owned());
        let all = self.all();
        let found = all.range(from..).filter(|(name, _)| after.is_none_or(|after| name.as_str() > after));
        let found = found.take_while(|(name, _)| name.starts_with(prefix)).take(limit);
        Ok(found.map(|(name, bytes)| Listed { name: name.clone(), bytes: bytes.len() as u64 }).collect())
    }

    async fn remove(&self, names: &[String]) -> Result<(), ObjectsUnavailable> {
        let mut all = self.all();
        for name in names {
            all.remove(name);
        }
        Ok(())
    }
}
