//! Setting a second factor up, and taking it off. All of it needs a password or code that was given just now.

use std::sync::Arc;

use super::inputs::TotpConfirm;
use super::rows::{self, StaffChanges, StaffRow};
use super::second_factor::{self, Factors, wrong_code};
use super::shapes::{RecoveryCodes, TotpDisabled, TotpEnrolment};
use crate::app::App;
use crate::commerce::auth::attempts;
use crate::commerce::auth::{Caller, sessions};
use crate::commerce::notifications;
use crate::db::tables::staff;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result};
use diesel::prelude::*;

/// Begins setting up a second factor; one that was begun before is worth nothing.
pub async fn enrol_totp(app: &App, by: &Arc<Caller>) -> Result<TotpEnrolment> {
    let (factors, issuer, by) = (Factors::of(app.secret())?, notifications::shop_name(app.config()).to_owned(), by.clone());
    app.write(move |tx| {
        let row = owner(tx, &by)?;
        let (sealed, totp) = factors.make(row.id, row.email.as_deref().unwrap_or("staff"), &issuer)?;
        let begun = on_each!(tx, |c| {
            let without = staff::table.find(row.id).filter(staff::totp_confirmed_at.is_null());
            diesel::update(without).set((staff::totp_secret.eq(&sealed), staff::totp_last_step.eq(-1))).execute(c)
        })?;
        if begun == 0 {
            return Err(Error::new(Code::Conflict, "There is a second factor already: take it off first."));
        }
        let otpauth_uri = totp.to_url().map_err(|e| Error::internal(e.to_string()))?;
        Ok(TotpEnrolment { secret: totp.secret().to_base32(), otpauth_uri })
    })
    .await
}

/// Makes the second factor count, with its first code.
pub async fn confirm_totp(app: &App, by: &Arc<Caller>, input: TotpConfirm) -> Result<RecoveryCodes> {
    let (factors, by) = (Factors::of(app.secret())?, by.clone());
    let codes = app
        .write(move |tx| {
            let row = owner(tx, &by)?;
            let (Some(sealed), false) = (&row.totp_secret, row.has_totp()) else {
                return Err(Error::new(Code::Conflict, "No second factor is being set up: begin with POST /admin/v1/me/totp."));
            };
            let step = factors.step(row.id, sealed, &input.code, tx.now())?.ok_or_else(wrong_code)?;
            let now = tx.now();
            let row: Option<StaffRow> = on_each!(tx, |c| {
                let begun = staff::table.find(row.id).filter(staff::totp_confirmed_at.is_null()).filter(staff::totp_secret.eq(sealed));
                let confirmed = (staff::totp_confirmed_at.eq(now), staff::totp_last_step.eq(step));
                diesel::update(begun).set(confirmed).returning(StaffRow::as_returning()).get_result(c).optional()
            })?;
            let row = row.ok_or_else(wrong_code)?;
            let codes = factors.renew_recovery(tx, row.id)?;
            rows::emit(tx, "staff.totp_enabled", &row, None)?;
            Ok(codes)
        })
        .await?;
    app.forget();
    Ok(RecoveryCodes { codes })
}

/// Takes the second factor off; a mail tells.
pub async fn disable_totp(app: &App, by: &Arc<Caller>) -> Result<TotpDisabled> {
    let by = by.clone();
    app.write(move |tx| {
        let row = owner(tx, &by)?;
        if !row.has_totp() {
            return Err(Error::new(Code::Conflict, "There is no second factor."));
        }
        let row = second_factor::take_off(tx, row.id, StaffChanges::default(), &by.locale)?;
        attempts::succeeded(tx, &super::login::attempts_at_codes(row.id))?;
        rows::emit(tx, "staff.totp_disabled", &row, None)
    })
    .await?;
    app.forget();
    Ok(TotpDisabled { must_enrol_totp: app.config().staff_totp_required })
}

/// Gives new recovery codes; those before are worth nothing.
pub async fn renew_recovery_codes(app: &App, by: &Arc<Caller>) -> Result<RecoveryCodes> {
    let (factors, by) = (Factors::of(app.secret())?, by.clone());
    app.write(move |tx| {
        let row = owner(tx, &by)?;
        if !row.has_totp() {
            return Err(Error::new(Code::Conflict, "There is no second factor: set one up first."));
        }
        let codes = factors.renew_recovery(tx, row.id)?;
        rows::emit(tx, "staff.recovery_codes_renewed", &row, None)?;
        Ok(RecoveryCodes { codes })
    })
    .await
}

/// Whoever calls, if they may decide about their second factor now.
fn owner(tx: &mut Tx, by: &Caller) -> Result<StaffRow> {
    let id = by.enrolling_staff()?;
    by.fresh(tx)?;
    sessions::require_live(tx, by)?;
    rows::active(tx, id)
}
