//! Secrets in a file: `{"account": {"name": ["value in use", "value still accepted"]}}`.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use async_trait::async_trait;
use secrecy::SecretString;

use crate::{
    domain::{AccountId, channel::SecretName},
    ports::{Secrets, SecretsUnavailable},
};

type ByName<T> = BTreeMap<AccountId, BTreeMap<SecretName, Vec<T>>>;

/// A file of secrets, read again whenever it has changed.
pub struct FileSecrets {
    path: PathBuf,
    read: Mutex<Option<(Version, ByName<SecretString>)>>,
}

/// Tells one state of the file from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    modified: SystemTime,
    size_bytes: u64,
}

impl FileSecrets {
    /// The file is first read when a secret is first asked for.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), read: Mutex::new(None) }
    }

    fn find(&self, account: &AccountId, name: &SecretName) -> io::Result<Vec<SecretString>> {
        let metadata = fs::metadata(&self.path)?;
        let version = Version { modified: metadata.modified()?, size_bytes: metadata.len() };
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.as_ref().is_none_or(|(known, _)| *known != version) {
            let text = fs::read(&self.path)?;
            *read = Some((version, parse(&text)?));
        }
        let values = read.as_ref().and_then(|(_, values)| values.get(account)?.get(name));
        Ok(values.cloned().unwrap_or_default())
    }
}

/// The error names a place in the file and a kind of value, never a value that belongs there.
fn parse(text: &[u8]) -> Result<ByName<SecretString>, serde_json::Error> {
    let plain: ByName<String> = serde_json::from_slice(text)?;
    let hide = |values: Vec<String>| values.into_iter().map(SecretString::from).collect();
    let names = |names: BTreeMap<_, _>| names.into_iter().map(|(name, values)| (name, hide(values))).collect();
    Ok(plain.into_iter().map(|(account, values)| (account, names(values))).collect())
}

#[async_trait]
impl Secrets for FileSecrets {
    async fn get(&self, account: &AccountId, name: &SecretName) -> Result<Vec<SecretString>, SecretsUnavailable> {
        self.find(account, name).map_err(|error| SecretsUnavailable(error.into()))
    }
}

impl fmt::Debug for FileSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSecrets").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    async fn get(secrets: &FileSecrets, account: &str, name: &str) -> Vec<String> {
        let values = secrets.get(&account.parse().unwrap(), &name.parse().unwrap()).await.unwrap();
        values.iter().map(|value| value.expose_secret().to_owned()).collect()
    }

    #[tokio::test]
    async fn all_values_of_a_name_are_given_and_none_of_another_account() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.json");
        fs::write(&path, r#"{"demo": {"meta-token": ["new", "old"]}, "other": {"else": ["x"]}}"#).unwrap();
        let secrets = FileSecrets::new(&path);
        assert_eq!(get(&secrets, "demo", "meta-token").await, ["new", "old"]);
        assert!(get(&secrets, "other", "meta-token").await.is_empty());
        assert!(!format!("{secrets:?}").contains("new"));
    }

    #[tokio::test]
    async fn a_changed_file_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.json");
        fs::write(&path, r#"{"demo": {"meta-token": ["first"]}}"#).unwrap();
        let secrets = FileSecrets::new(&path);
        assert_eq!(get(&secrets, "demo", "meta-token").await, ["first"]);
        fs::write(&path, r#"{"demo": {"meta-token": ["second"]}}"#).unwrap();
        assert_eq!(get(&secrets, "demo", "meta-token").await, ["second"]);
    }

    #[tokio::test]
    async fn a_missing_or_broken_file_is_not_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.json");
        let secrets = FileSecrets::new(&path);
        let ask = async || secrets.get(&"demo".parse().unwrap(), &"meta-token".parse().unwrap()).await;
        assert!(ask().await.is_err());
        fs::write(&path, "{").unwrap();
        assert!(ask().await.is_err());
    }
}
