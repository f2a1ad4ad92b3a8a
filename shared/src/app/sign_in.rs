//! Who signed in: from a token of an issuer to one of the staff of an account that trusts it.

use super::{Parts, Trouble, staff};
use crate::{
    domain::{
        AccountId,
        access::{
            claims::{Claims, Trust, peek},
            staff::{Staff, email},
        },
    },
    ports::{
        sign_in::NotSignedIn,
        store::{Put, StaffRow},
    },
    seal::{AccountKeys, sha256_hex},
};

/// Somebody of the staff who signed in.
#[derive(Debug)]
pub struct SignedIn {
    pub account: AccountId,
    pub staff: StaffRow,
}

/// Why a token lets nobody in.
#[derive(Debug, thiserror::Error)]
pub enum NotLetIn {
    #[error(transparent)]
    Token(#[from] NotSignedIn),
    #[error("no account trusts its issuer and client")]
    Untrusted,
    #[error("nobody on the staff has its verified mail address, or they may not sign in")]
    NobodyThere,
    /// The accounts on whose staff the person is.
    #[error("the person is on the staff of several accounts")]
    Several(Vec<AccountId>),
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// What stands for an issuer and its client in a key: both may be long, and hold anything.
pub fn trust_hash(trust: &Trust) -> String {
    sha256_hex(format!("{}\n{}", trust.issuer, trust.client_id).as_bytes())
}

/// Finds out who signed in. `wanted`: the account that they want to work in, where they are on the staff of several.
pub async fn who(parts: &Parts, token: &str, wanted: Option<&AccountId>) -> Result<SignedIn, NotLetIn> {
    let peeked = peek(token).ok_or(NotSignedIn::NotAToken)?;
    let mut trusted: Option<(Trust, Vec<AccountId>)> = None;
    for client_id in &peeked.audiences {
        let trust = Trust { issuer: peeked.issuer.clone(), client_id: client_id.clone() };
        let accounts = parts.store.trusting(&trust_hash(&trust)).await.map_err(Trouble::from)?;
        if !accounts.is_empty() {
            trusted = Some((trust, accounts));
            break;
        }
    }
    let (trust, accounts) = trusted.ok_or(NotLetIn::Untrusted)?;
    let claims = parts.sign_in.check(token, &trust).await?;
    let mut found: Vec<SignedIn> = Vec::new();
    for account in accounts {
        if wanted.is_some_and(|wanted| *wanted != account) {
            continue;
        }
        if let Some(staff) = member(parts, &account, &claims).await? {
            found.push(SignedIn { account, staff });
        }
    }
    match found.len() {
        0 => Err(NotLetIn::NobodyThere),
        1 => found.pop().ok_or(NotLetIn::NobodyThere),
        _ => Err(NotLetIn::Several(found.into_iter().map(|found| found.account).collect())),
    }
}

/// Who of an account's staff the subject is: whom it was tied to, or who has its verified mail address, and is tied to it from
/// now on.
async fn member(parts: &Parts, account: &AccountId, claims: &Claims) -> Result<Option<StaffRow>, Trouble> {
    let keys = parts.keys(account).await?;
    let subject = subject_of(&keys, claims);
    let active = |row: Option<StaffRow>| row.filter(|row| row.duties.active);
    if let Some(id) = parts.store.signed_in(account, &subject).await? {
        return Ok(active(parts.store.staff_member(account, id).await?));
    }
    // An address that nobody verified may be anybody's.
    let Some(mail) = claims.email.as_deref().filter(|_| claims.email_verified).and_then(email) else { return Ok(None) };
    let everybody = staff::everybody(parts, account).await?;
    let mut named = everybody.iter().filter(|staff: &&Staff| staff.person.email == mail);
    let (Some(staff), None) = (named.next(), named.next()) else { return Ok(None) };
    if !staff.duties.active {
        return Ok(None);
    }
    match parts.store.tie_subject(account, &subject, staff.id).await? {
        Put::New => Ok(active(parts.store.staff_member(account, staff.id).await?)),
        Put::Already => match parts.store.signed_in(account, &subject).await? {
            Some(id) => Ok(active(parts.store.staff_member(account, id).await?)),
            None => Ok(None),
        },
    }
}

fn subject_of(keys: &AccountKeys, claims: &Claims) -> String {
    keys.fingerprint(format!("subject\n{}\n{}", claims.issuer, claims.subject).as_bytes())
}
