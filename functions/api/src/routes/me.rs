//! Whoever calls, as Transom sees them.

use axum::{Json, extract::State};
use serde::Serialize;
use transom::domain::{
    AccountId, StaffId,
    access::{Actor, Grant, Role, Scope},
};

use super::staff::{self, StaffView};
use crate::{Shared, auth::Caller, problem::Problem};

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct MeView {
    account: AccountId,
    /// `stf_…`, `tok_…` or `operator`: as it stands in the audit log.
    id: Actor,
    /// Of staff.
    role: Option<Role>,
    /// Of a program; `null` for staff, whose role decides.
    scopes: Option<Vec<Scope>>,
    /// Of staff.
    staff: Option<StaffView>,
}

pub async fn show(caller: Caller, State(api): State<Shared>) -> Result<Json<MeView>, Problem> {
    let (role, scopes) = match caller.grant {
        Grant::Staff(role) => (Some(role), None),
        Grant::Program(scopes) => (None, Some(scopes.iter().collect())),
        Grant::Operator => (None, Some(Scope::ALL.to_vec())),
    };
    let staff_id: Option<StaffId> = caller.by.staff();
    let staff = match staff_id {
        Some(id) => staff::find(&api.parts, &caller.account, id).await?.map(StaffView::from),
        None => None,
    };
    Ok(Json(MeView { account: caller.account, id: caller.by, role, scopes, staff }))
}
