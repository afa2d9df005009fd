//! Logging in, with a second factor where there is one; going on, logging out. An address that nobody has, a wrong
//! password and an account that is kept out are told alike and take the same work; so does waiting after failures.

use std::sync::Arc;

use chrono::Duration;
use diesel::prelude::*;

use super::identity::fresh_until;
use super::inputs::{SecondFactor, StaffLogin};
use super::me;
use super::rows::{self, StaffRow};
use super::second_factor::{Factor, Factors};
use super::shapes::{StaffChallenge, StaffLoginAnswer, StaffMe, StaffSignedIn};
use crate::app::App;
use crate::commerce::auth::attempts::{self, AttemptKey};
use crate::commerce::auth::sessions::{self, Device, RefreshTokens, Refreshed, SessionRow, SessionTerms, SessionsEnded};
use crate::commerce::auth::{Caller, Subject, SubjectKind, devices};
use crate::commerce::customers::{AuthTokens, EmailAddress, Logout, tokens_of};
use crate::commerce::{audit, secrets};
use crate::config::Config;
use crate::db::tables::staff_challenges as challenges;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result, check};
use crate::types::{EventId, Secret, StaffId};

/// How long a second factor is awaited.
const CHALLENGE_MINUTES: i64 = 5;
/// How many codes one log-in may try. The account's waits count those of all log-ins together.
const CHALLENGE_TRIES: i32 = 5;

/// Logs somebody of the staff in; of an account with a second factor, half.
pub async fn log_in(app: &App, by: &Arc<Caller>, input: StaffLogin) -> Result<StaffLoginAnswer> {
    check(&input)?;
    let (key, device_token, secret) = (EmailAddress::key_of(&input.email), input.device_token, app.secret().clone());
    let (found, attempt) = app
        .write(move |tx| {
            let found = rows::by_email(tx, &key)?;
            let device = match (&found, &device_token) {
                (Some(row), Some(token)) => devices::known(&secret, row.subject(), row.password_changed_at, token.expose())?,
                _ => None,
            };
            let attempt = AttemptKey::of(SubjectKind::Staff, &key, device.as_deref());
            attempts::begin(tx, &attempt)?;
            Ok((found, attempt))
        })
        .await?;
    let kept = found.as_ref().and_then(|row| row.password_hash.clone());
    let verdict = app.passwords().verify(input.password, kept.clone()).await?;
    let row = found.filter(|row| verdict.matches && row.is_active()).ok_or_else(wrong)?;
    let arrival = Arrival::of(app, by, input.device_name, "log_in_staff");
    let token = secrets::generate("chl")?;
    enum Half {
        Through(Box<Begun>),
        Awaited(StaffChallenge),
    }
    let half = app
        .write(move |tx| {
            // Held: the password may have been changed, or the account kept out, while it was checked.
            let now = rows::hold(tx, row.id)?.filter(|now| now.password_hash == kept).ok_or_else(wrong)?;
            attempts::succeeded(tx, &attempt)?;
            if now.has_totp() {
                return await_code(tx, now.id, &token, arrival.device.name.clone()).map(Half::Awaited);
            }
            arrival.begin(tx, now.id, verdict.renewed.as_ref()).map(|begun| Half::Through(begun.into()))
        })
        .await?;
    Ok(match half {
        Half::Through(begun) => StaffLoginAnswer { signed_in: Some(answer(app, *begun).await?), challenge: None },
        Half::Awaited(challenge) => StaffLoginAnswer { signed_in: None, challenge: Some(challenge) },
    })
}

fn await_code(tx: &mut Tx, id: StaffId, token: &str, device_name: Option<String>) -> Result<StaffChallenge> {
    let expires_at = tx.now().plus(Duration::minutes(CHALLENGE_MINUTES));
    let row = (
        challenges::id.eq(tx.new_id::<EventId>()),
        challenges::hash.eq(secrets::hash(token)),
        challenges::staff_id.eq(id),
        challenges::device_name.eq(device_name),
        challenges::attempts.eq(0),
        challenges::created_at.eq(tx.now()),
        challenges::expires_at.eq(expires_at),
    );
    on_each!(tx, |c| diesel::insert_into(challenges::table).values(row).execute(c))?;
    Ok(StaffChallenge { token: token.to_owned(), expires_at })
}

/// Finishes a log-in with a code or a recovery code.
pub async fn second_factor(app: &App, by: &Arc<Caller>, input: SecondFactor) -> Result<StaffSignedIn> {
    let factor = Factor::of(input.code, input.recovery_code)?;
    let hash = secrets::hash(input.challenge.expose());
    // Counted before the code is looked at, of this log-in and of the account.
    let (challenge, staff, device_name, attempt) = app
        .write(move |tx| {
            let now = tx.now();
            let open = challenges::table
                .filter(challenges::hash.eq(&hash))
                .filter(challenges::used_at.is_null())
                .filter(challenges::expires_at.gt(now))
                .filter(challenges::attempts.lt(CHALLENGE_TRIES));
            let tried = challenges::attempts.eq(challenges::attempts + 1);
            let of = (challenges::id, challenges::staff_id, challenges::device_name);
            let found: Option<(EventId, StaffId, Option<String>)> =
                on_each!(tx, |c| diesel::update(open).set(tried).returning(of).get_result(c).optional())?;
            let (id, staff, device) = found.ok_or_else(over)?;
            let attempt = attempts_at_codes(staff);
            attempts::begin(tx, &attempt)?;
            Ok((id, staff, device, attempt))
        })
        .await?;
    let (arrival, factors) = (Arrival::of(app, by, device_name, "give_second_factor"), Factors::of(app.secret())?);
    let begun = app
        .write(move |tx| {
            let row = rows::hold(tx, staff)?.ok_or_else(wrong)?;
            arrival.speak_for(tx, staff);
            factors.spend(tx, &row, &factor, &arrival.by.locale)?;
            let now = tx.now();
            let used = on_each!(tx, |c| {
                diesel::update(challenges::table.find(challenge).filter(challenges::used_at.is_null()))
                    .set(challenges::used_at.eq(now))
                    .execute(c)
            })?;
            if used == 0 {
                return Err(over());
            }
            attempts::succeeded(tx, &attempt)?;
            arrival.begin(tx, staff, None)
        })
        .await?;
    answer(app, begun).await
}

/// What codes are counted under: apart from passwords, so that whoever knows one of both gets no more tries.
pub(super) fn attempts_at_codes(staff: StaffId) -> AttemptKey {
    AttemptKey::of(SubjectKind::Staff, &staff.to_string(), Some("second factor"))
}

/// Gives the next tokens of a session.
pub async fn refresh(app: &App, by: &Arc<Caller>, token: Secret) -> Result<AuthTokens> {
    let (tokens, terms, by) = (RefreshTokens::of(app.secret())?, SessionTerms::of_staff(app.config()), by.clone());
    let key = tokens.clone();
    let refreshed = app.write(move |tx| sessions::refresh(tx, &by, &key, SubjectKind::Staff, token.expose(), terms)).await?;
    match refreshed {
        Refreshed::Good(session) => tokens_of(app, &tokens, &session).await,
        Refreshed::Refused => Err(Error::new(Code::Unauthenticated, "This refresh token is not good (any more): log in again.")),
    }
}

/// Ends the session that calls, or that a refresh token names. Its access token opens nothing any more.
pub async fn log_out(app: &App, by: &Arc<Caller>, input: Logout) -> Result<SessionsEnded> {
    let (tokens, by) = (RefreshTokens::of(app.secret())?, by.clone());
    let ended = app
        .write(move |tx| match &input.refresh_token {
            Some(token) => {
                let ended = sessions::revoke_by_token(tx, &by, &tokens, SubjectKind::Staff, token.expose())?;
                Ok(SessionsEnded { ended: i32::try_from(ended).unwrap_or(i32::MAX) })
            }
            None => {
                by.enrolling_staff()?;
                sessions::log_out(tx, &by)
            }
        })
        .await?;
    app.forget();
    Ok(ended)
}

/// The one answer to whoever may not log in.
pub(super) fn wrong() -> Error {
    Error::new(Code::InvalidCredentials, "The e-mail address or the password is not right.")
}

fn over() -> Error {
    Error::new(Code::ProofNotValid, "This log-in is over: begin again with the password.")
}

/// Where somebody logs in from, and on what terms.
#[derive(Clone)]
pub(super) struct Arrival {
    by: Arc<Caller>,
    device: Device,
    terms: SessionTerms,
    config: Config,
    operation: &'static str,
}

/// What a log-in wrote.
pub(super) struct Begun {
    staff: StaffRow,
    session: SessionRow,
    me: StaffMe,
}

impl Arrival {
    /// `operation` is the name that it has in the audit log.
    pub fn of(app: &App, by: &Arc<Caller>, device_name: Option<String>, operation: &'static str) -> Self {
        Self {
            by: by.clone(),
            device: Device::of(by, device_name),
            terms: SessionTerms::of_staff(app.config()),
            config: app.config().clone(),
            operation,
        }
    }

    /// Begins a session of an account that is held.
    pub fn begin(&self, tx: &mut Tx, id: StaffId, renewed: Option<&String>) -> Result<Begun> {
        let staff = rows::logged_in(tx, id, renewed)?;
        self.speak_for(tx, id);
        let session = sessions::begin(tx, staff.subject(), self.device.clone(), self.terms)?;
        rows::emit(tx, "staff.logged_in", &staff, None)?;
        let me = me::of(tx, staff.clone(), fresh_until(session.identity().authenticated_at, &self.config), &self.config)?;
        Ok(Begun { staff, session, me })
    }

    /// Says that a transaction writes on behalf of whoever logs in: they were nobody when they called.
    pub fn speak_for(&self, tx: &mut Tx, id: StaffId) {
        audit::act_for(tx, &self.by, Subject::staff(id), self.operation);
    }
}

/// What a log-in answers.
pub(super) async fn answer(app: &App, begun: Begun) -> Result<StaffSignedIn> {
    let Begun { staff, session, me } = begun;
    let tokens = tokens_of(app, &RefreshTokens::of(app.secret())?, &session).await?;
    let device_token = devices::issue(app.secret(), staff.subject(), staff.password_changed_at)?;
    Ok(StaffSignedIn { tokens, device_token, me })
}

/// Makes the first halves of log-ins worth nothing: the account's password is another now.
pub(super) fn withdraw_challenges(tx: &mut Tx, id: StaffId) -> Result<()> {
    on_each!(tx, |c| diesel::delete(challenges::table.filter(challenges::staff_id.eq(id))).execute(c))?;
    Ok(())
}

/// Forgets log-ins whose second factor never came; answers how many.
pub(super) fn purge(tx: &mut Tx) -> Result<usize> {
    let before = tx.now().minus(Duration::hours(1));
    Ok(on_each!(tx, |c| diesel::delete(challenges::table.filter(challenges::expires_at.lt(before))).execute(c))?)
}
