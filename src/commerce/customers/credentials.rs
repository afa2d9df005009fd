//! Confirming who one is before what cannot be undone: by the password, or where there is none, by having logged in
//! just now. The session is asked, too: an access token alone may have outlived it.

use std::sync::Arc;

use chrono::Duration;

use super::login::wrong;
use super::rows::{self, CustomerRow};
use crate::app::App;
use crate::commerce::auth::attempts::{self, AttemptKey};
use crate::commerce::auth::{Caller, Identity, SubjectKind, sessions};
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::types::Secret;

/// How long ago one may have logged in.
const RECENT_MINUTES: i64 = 10;

/// The customer who calls: one who logged in just now, or else gives the password.
pub(super) async fn recent_or_confirmed(app: &App, by: &Arc<Caller>, pointer: &str, password: Option<Secret>) -> Result<CustomerRow> {
    if password.is_some() {
        return confirm(app, by, pointer, password).await;
    }
    let caller = by.clone();
    app.read(move |tx| {
        let identity = sessions::require_live(tx, &caller)?;
        require_recent(tx, &identity)?;
        rows::active(tx, identity.subject.id.into())
    })
    .await
}

/// Refuses a session whose last password, passkey or other factor is too long ago.
pub(super) fn require_recent(tx: &Tx, identity: &Identity) -> Result<()> {
    if tx.now() > identity.authenticated_at.plus(Duration::minutes(RECENT_MINUTES)) { Err(too_long_ago()) } else { Ok(()) }
}

fn too_long_ago() -> Error {
    Error::new(Code::Unauthenticated, "Log in again first: this needs a log-in of the last ten minutes.")
}

/// The customer who calls, confirmed. `pointer` is where the password stands in the request.
pub(super) async fn confirm(app: &App, by: &Arc<Caller>, pointer: &str, password: Option<Secret>) -> Result<CustomerRow> {
    let caller = by.clone();
    let (row, authenticated_at, attempt) = app
        .write(move |tx| {
            let identity = sessions::require_live(tx, &caller)?;
            let row = rows::active(tx, identity.subject.id.into())?;
            // Apart from log-ins: strangers must not slow down whoever is logged in.
            let attempt = AttemptKey::of(SubjectKind::Customer, &row.id.to_string(), Some("confirm"));
            attempts::begin(tx, &attempt)?;
            Ok((row, identity.authenticated_at, attempt))
        })
        .await?;
    match (&row.password_hash, password) {
        (Some(_), None) => return Err(Error::invalid_field(pointer, "required", "The account's password is needed.")),
        (Some(kept), Some(password)) => {
            if !app.passwords().verify(password, Some(kept.clone())).await?.matches {
                return Err(wrong());
            }
        }
        (None, _) if app.clock().now() > authenticated_at.plus(Duration::minutes(RECENT_MINUTES)) => {
            return Err(too_long_ago());
        }
        (None, _) => {}
    }
    app.write(move |tx| attempts::succeeded(tx, &attempt)).await?;
    Ok(row)
}
