//! Tokens, staff and the audit log.

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use serde_dynamo::Item;

use super::{
    DynamoStore, Table,
    gates::seats_of,
    keys::{Key, Range, audit_place, staff_in},
    read::{Consistency, Order, key_of},
    rows::{self, Bytes},
    write::{bytes, millis, number, text, to_item},
};
use crate::{
    domain::{
        AccountId, StaffId, Timestamp, TokenId,
        access::{Actor, audit::AuditLine, claims::Trust, staff::Duties, token::ApiToken},
        job::Day,
        time,
    },
    ports::store::{Access, AuditEntry, Ended, Put, StaffRow, Step, Stored},
    seal::Sealed,
};

/// A token's line in the account's list.
#[derive(Debug, Serialize, Deserialize)]
struct TokenLine {
    /// The token as JSON, as it was made.
    j: String,
    /// Its hash.
    h: String,
    /// Revoked, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rk: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct StaffItem {
    /// Duties as JSON.
    j: String,
    /// Person, sealed.
    p: Bytes,
    /// Created, in milliseconds since 1970.
    cr: i64,
    rv: u64,
}

/// Whom staff sign in with, and what stands for each in the keys of the rows that lead here.
#[derive(Debug, Serialize, Deserialize)]
struct TrustsRow {
    trusts: Vec<TrustRow>,
    hashes: BTreeSet<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct TrustRow {
    issuer: String,
    client_id: String,
}

/// What it says is all in its key.
#[derive(Debug, Serialize)]
struct TrustedRow {}

#[derive(Debug, Deserialize)]
struct SubjectRow {
    /// Staff.
    sf: StaffId,
}

#[derive(Debug, Serialize, Deserialize)]
struct AuditRow {
    /// Milliseconds since 1970.
    at: i64,
    by: Actor,
    ac: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    su: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fi: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    st: Option<u16>,
    /// Expiry, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

fn json<T: Serialize>(key: &Key, value: &T) -> Stored<String> {
    serde_json::to_string(value).map_err(|error| key.unreadable(error.to_string()))
}

fn read_staff(item: Item) -> Stored<StaffRow> {
    let key = key_of(&item)?;
    let id = staff_in(&key).ok_or_else(|| key.unreadable("not the key of staff"))?;
    let seats = seats_of(&key, &item)?;
    let row: StaffItem = rows::read(&key, item)?;
    let duties: Duties = serde_json::from_str(&row.j).map_err(|error| key.unreadable(error.to_string()))?;
    let person = Sealed::from_bytes(row.p.0);
    Ok(StaffRow { id, person, duties, created_at: time::from_millis(row.cr), rev: row.rv, seats })
}

fn read_token(item: Item) -> Stored<(ApiToken, String)> {
    let key = key_of(&item)?;
    let row: TokenLine = rows::read(&key, item)?;
    let token: ApiToken = serde_json::from_str(&row.j).map_err(|error| key.unreadable(error.to_string()))?;
    Ok((ApiToken { revoked_at: row.rk.map(time::from_millis), ..token }, row.h))
}

#[async_trait]
impl Access for DynamoStore {
    async fn add_token(&self, account: &AccountId, token_hash: &str, token: &ApiToken) -> Stored<()> {
        let key = Key::token_line(account, &token.id);
        let row = TokenLine { j: json(&key, token)?, h: token_hash.to_owned(), rk: None };
        let item = to_item(&row, &key)?;
        self.put(Table::Main, key, item).go("list a token").await?;
        let key = Key::token(token_hash);
        self.update(Table::Main, key.clone())
            .set("ac", text(account))
            .set("sc", text(json(&key, &token.scopes)?))
            .set_or_remove("ex", token.expires_at.map(millis))
            .go("put a token")
            .await
            .map(|_| ())
    }

    async fn tokens(&self, account: &AccountId) -> Stored<Vec<ApiToken>> {
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let range = Range::token_lines(account);
        let items = self.range("list tokens", Table::Main, &range, consistency, order, usize::MAX).await?;
        items.into_iter().map(|item| read_token(item).map(|(token, _)| token)).collect()
    }

    async fn revoke_token(&self, account: &AccountId, id: &TokenId, at: Timestamp) -> Stored<Step> {
        let key = Key::token_line(account, id);
        let item = self.get("revoke a token", Table::Main, key.clone(), Consistency::Strong).await?;
        let Some(item) = item else { return Ok(Step::Lost) };
        let (_, hash) = read_token(item)?;
        // What lets it in goes first: should the rest fail, it is good for nothing all the same.
        self.delete("revoke a token", Table::Main, Key::token(&hash)).await?;
        self.update(Table::Main, key).set_once("rk", millis(at)).go("revoke a token").await?;
        Ok(Step::Done)
    }

    async fn staff(&self, account: &AccountId) -> Stored<Vec<StaffRow>> {
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let range = Range::staff(account);
        let items = self.range("list staff", Table::Main, &range, consistency, order, usize::MAX).await?;
        items.into_iter().map(read_staff).collect()
    }

    async fn staff_member(&self, account: &AccountId, id: StaffId) -> Stored<Option<StaffRow>> {
        let item = self.get("read staff", Table::Main, Key::staff(account, id), Consistency::Strong).await?;
        item.map(read_staff).transpose()
    }

    async fn put_staff(&self, account: &AccountId, staff: &StaffRow) -> Stored<Step> {
        let key = Key::staff(account, staff.id);
        let duties = json(&key, &staff.duties)?;
        let count = |rev: u64| number(i64::try_from(rev).unwrap_or(i64::MAX));
        // An update, since the seats beside it stay.
        self.update(Table::Main, key)
            .set("j", text(duties))
            .set("p", bytes(staff.person.as_bytes()))
            .set_once("cr", millis(staff.created_at))
            .set("rv", count(staff.rev + 1))
            .when_is("rv", (staff.rev > 0).then(|| count(staff.rev)))
            .go("put staff")
            .await
            .map(Step::from)
    }

    async fn signed_in(&self, account: &AccountId, subject: &str) -> Stored<Option<StaffId>> {
        let key = Key::subject(account, subject);
        let item = self.get("look up who signed in", Table::Main, key.clone(), Consistency::Strong).await?;
        item.map(|item| rows::read::<SubjectRow>(&key, item).map(|row| row.sf)).transpose()
    }

    async fn tie_subject(&self, account: &AccountId, subject: &str, staff: StaffId) -> Stored<Put> {
        self.update(Table::Main, Key::subject(account, subject))
            .set("sf", text(staff))
            // Whoever was first stays: a subject is one person.
            .when("attribute_not_exists(#pk)")
            .go("tie a subject")
            .await
            .map(Put::from)
    }

    async fn trusts(&self, account: &AccountId) -> Stored<Vec<Trust>> {
        let row: Option<TrustsRow> = self.setting("read who may sign in", Key::trusts(account)).await?;
        let read = |it: TrustRow| Trust { issuer: it.issuer, client_id: it.client_id };
        Ok(row.map(|row| row.trusts.into_iter().map(read).collect()).unwrap_or_default())
    }

    async fn put_trusts(&self, account: &AccountId, trusts: &[Trust], hashes: &[String]) -> Stored<()> {
        let doing = "say who may sign in";
        let key = Key::trusts(account);
        let before: Option<TrustsRow> = self.setting(doing, key.clone()).await?;
        let kept = |it: &Trust| TrustRow { issuer: it.issuer.clone(), client_id: it.client_id.clone() };
        // The list first names both what was and what will be, so that whatever ends this halfway is taken away next time.
        let old = before.map(|row| row.hashes).unwrap_or_default();
        let all: BTreeSet<String> = old.iter().chain(hashes).cloned().collect();
        let row = TrustsRow { trusts: trusts.iter().map(kept).collect(), hashes: all };
        self.put_setting(doing, key.clone(), &row).await?;
        for hash in old.iter().filter(|hash| !hashes.contains(hash)) {
            self.delete(doing, Table::Main, Key::trust(hash, account)).await?;
        }
        for hash in hashes {
            let key = Key::trust(hash, account);
            let item = to_item(&TrustedRow {}, &key)?;
            self.put(Table::Main, key, item).go(doing).await?;
        }
        let row = TrustsRow { hashes: hashes.iter().cloned().collect(), ..row };
        self.put_setting(doing, key, &row).await
    }

    async fn trusting(&self, hash: &str) -> Stored<Vec<AccountId>> {
        let range = Range::trusting(hash);
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let items = self.range("look up an issuer", Table::Main, &range, consistency, order, usize::MAX).await?;
        let account = |item: Item| {
            let key = key_of(&item)?;
            key.sk.parse().map_err(|_| key.unreadable("not the key of a trust"))
        };
        items.into_iter().map(account).collect()
    }

    async fn audit(
        &self,
        account: &AccountId,
        line: &AuditLine,
        once: u128,
        expires_at: Option<Timestamp>,
    ) -> Stored<String> {
        let key = Key::audit(account, line.at, once);
        let row = AuditRow {
            at: line.at.as_millisecond(),
            by: line.by.clone(),
            ac: line.action.clone(),
            su: line.subject.clone(),
            fi: line.fields.clone(),
            st: line.status,
            ttl: expires_at.map(Timestamp::as_second),
        };
        let place = audit_place(&key).ok_or_else(|| key.unreadable("not the key of an audit line"))?;
        let item = to_item(&row, &key)?;
        self.put(Table::Main, key, item).if_absent().go("write the audit log").await?;
        Ok(place)
    }

    async fn audited(&self, account: &AccountId, place: &str, ended: &Ended) -> Stored<()> {
        let Some(key) = Key::audited(account, place) else { return Ok(()) };
        let mut update = self.update(Table::Main, key).set_once("st", number(ended.status));
        if let Some(subject) = &ended.subject {
            update = update.set_once("su", text(subject));
        }
        if !ended.fields.is_empty() {
            let fields = ended.fields.iter().map(text).collect();
            update = update.set_once("fi", AttributeValue::L(fields));
        }
        // What was collected meanwhile does not come back.
        update.when("attribute_exists(#pk)").go("write the audit log").await.map(|_| ())
    }

    async fn audit_lines(
        &self,
        account: &AccountId,
        day: Day,
        before: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<AuditEntry>> {
        let range = Range::audit(account, day, before);
        let (consistency, order) = (Consistency::Strong, Order::NewestFirst);
        let asked = limit.saturating_add(1);
        let items = self.range("read the audit log", Table::Main, &range, consistency, order, asked).await?;
        let mut entries = Vec::new();
        for item in items {
            let key = key_of(&item)?;
            let place = audit_place(&key).ok_or_else(|| key.unreadable("not the key of an audit line"))?;
            let row: AuditRow = rows::read(&key, item)?;
            let line = AuditLine {
                at: time::from_millis(row.at),
                by: row.by,
                action: row.ac,
                subject: row.su,
                fields: row.fi,
                status: row.st,
            };
            entries.push(AuditEntry { place, line });
        }
        // Both ends of a range are included.
        entries.retain(|entry| before != Some(entry.place.as_str()));
        entries.truncate(limit);
        Ok(entries)
    }
}
