//! The demo's secrets: made by chance at the first start, kept in a file, read from there by the functions.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use transom::{
    adapters::secrets::FileSecrets,
    domain::{AccountId, channel::SecretName},
    ports::{Chance, Secrets, SecretsUnavailable},
};

use transom_engine::calls;

use crate::clock::write_whole;

/// What the demo's account needs.
pub(crate) const NAMES: [&str; 6] =
    ["account-key", "meta-app-secret", "meta-verify-token", "meta-token", "twilio-auth-token", "api-token"];

/// What the local issuer signs with. Only here: no other installation has that issuer.
pub(crate) const SIGN_IN_KEY: &str = "sign-in-key";

type Values = BTreeMap<AccountId, BTreeMap<SecretName, Vec<String>>>;

/// The secrets could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    #[error("the file of secrets could not be read or written")]
    File(#[from] io::Error),
    #[error("the file of secrets is not JSON of the form account, name, values")]
    Form(#[from] serde_json::Error),
}

/// Secrets as they were at the start; with a file, the functions read that.
pub struct HeldSecrets {
    values: Arc<Mutex<Values>>,
    file: Option<PathBuf>,
}

impl HeldSecrets {
    pub(super) fn open(account: &AccountId, file: Option<&Path>, chance: &dyn Chance) -> Result<Self, SecretsError> {
        let mut values: Values = match file.map(fs::read) {
            Some(Ok(text)) => serde_json::from_slice(&text)?,
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            Some(Err(_)) | None => Values::new(),
        };
        let of_account = values.entry(account.clone()).or_default();
        let mut made = false;
        for name in NAMES.into_iter().chain([SIGN_IN_KEY]) {
            let kept = of_account.entry(super::secret_name(name)).or_default();
            if kept.is_empty() {
                kept.push(draw(name, chance));
                made = true;
            }
        }
        if let Some(file) = file
            && made
        {
            write_whole(file, &serde_json::to_vec_pretty(&values)?)?;
        }
        Ok(Self { values: Arc::new(Mutex::new(values)), file: file.map(Path::to_owned) })
    }

    /// The value to use first.
    pub fn first(&self, account: &AccountId, name: &SecretName) -> Option<String> {
        values(&self.values).get(account)?.get(name)?.first().cloned()
    }

    /// Sets all values of a secret, for tests; a file is not written.
    pub fn put(&self, account: &AccountId, name: &SecretName, accepted: &[&str]) {
        let accepted = accepted.iter().map(|&value| value.to_owned()).collect();
        values(&self.values).entry(account.clone()).or_default().insert(name.clone(), accepted);
    }

    /// All values of a secret, the one in use first.
    pub fn all(&self, account: &AccountId, name: &SecretName) -> Vec<String> {
        values(&self.values).get(account).and_then(|names| names.get(name)).cloned().unwrap_or_default()
    }

    /// Sets all values of a secret, and keeps them where the others are kept.
    pub fn keep(&self, account: &AccountId, name: &SecretName, accepted: Vec<String>) -> Result<(), SecretsError> {
        let mut values = values(&self.values);
        values.entry(account.clone()).or_default().insert(name.clone(), accepted);
        match &self.file {
            Some(file) => Ok(write_whole(file, &serde_json::to_vec_pretty(&*values)?)?),
            None => Ok(()),
        }
    }

    pub(super) fn port(&self) -> Arc<dyn Secrets> {
        match &self.file {
            Some(file) => Arc::new(FileSecrets::new(file)),
            None => Arc::new(InMemory(Arc::clone(&self.values))),
        }
    }
}

impl fmt::Debug for HeldSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldSecrets").finish_non_exhaustive()
    }
}

fn values(held: &Mutex<Values>) -> MutexGuard<'_, Values> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

fn draw(name: &str, chance: &dyn Chance) -> String {
    let mut bytes = [0; 32];
    chance.bytes(&mut bytes);
    match name {
        "account-key" | "meta-app-secret" | SIGN_IN_KEY => hex::encode(bytes),
        _ => format!("demo-{}", hex::encode(&bytes[..16])),
    }
}

struct InMemory(Arc<Mutex<Values>>);

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("secrets in memory")
    }
}

#[async_trait]
impl Secrets for InMemory {
    async fn get(
        &self,
        account: &AccountId,
        name: &SecretName,
    ) -> Result<Vec<secrecy::SecretString>, SecretsUnavailable> {
        calls::note("ssm:GetParameter", "secrets");
        let accepted = values(&self.0).get(account).and_then(|names| names.get(name)).cloned().unwrap_or_default();
        Ok(accepted.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::chance::SeededChance;

    #[test]
    fn secrets_are_made_once_and_for_their_owners_eyes_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secrets.json");
        let account: AccountId = "demo".parse().unwrap();
        let key = "account-key".parse().unwrap();
        let open = |seed| HeldSecrets::open(&account, Some(&file), &SeededChance::new(seed)).unwrap();
        let first = open(1).first(&account, &key).unwrap();
        assert_eq!((first.len(), open(2).first(&account, &key)), (64, Some(first)));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_a_person_added_to_the_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secrets.json");
        fs::write(&file, r#"{"hotel": {"x": ["1"]}, "demo": {"meta-token": ["real", "old"]}}"#).unwrap();
        let account: AccountId = "demo".parse().unwrap();
        let held = HeldSecrets::open(&account, Some(&file), &SeededChance::new(1)).unwrap();
        assert_eq!(held.first(&account, &"meta-token".parse().unwrap()).as_deref(), Some("real"));
        let kept: Values = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        assert_eq!(kept[&"hotel".parse().unwrap()][&"x".parse().unwrap()], ["1"]);
        assert_eq!(kept[&account].len(), NAMES.len() + 1);
    }
}
