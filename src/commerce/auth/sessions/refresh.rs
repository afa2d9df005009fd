//! Refresh tokens: made of the shop's secret, the session's salt and its generation, so that none has to be kept
//! and a retry can be given the same one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::rows::{self, SessionRow, Which};
use super::{Device, SessionTerms, end_told};
use crate::commerce::audit;
use crate::commerce::auth::Caller;
use crate::commerce::auth::subject::SubjectKind;
use crate::commerce::events;
use crate::commerce::secrets::ShopSecret;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::types::SessionId;

/// For how long the token before the good one is answered with the good one: a mobile client that lost an answer.
pub const GRACE_SECONDS: i64 = 10;
const PREFIX: &str = "rt_";

/// Makes refresh tokens and knows its own again.
#[derive(Clone)]
pub struct RefreshTokens([u8; 32]);

/// What a token that somebody presents claims to be.
struct Presented {
    session: SessionId,
    generation: i32,
    mac: [u8; 32],
}

impl Presented {
    fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
        let (session, rest) = bytes.split_first_chunk::<16>()?;
        let (generation, mac) = rest.split_first_chunk::<4>()?;
        Some(Self {
            session: uuid::Uuid::from_bytes(*session).into(),
            generation: i32::from_be_bytes(*generation),
            mac: mac.try_into().ok()?,
        })
    }
}

impl RefreshTokens {
    /// Of the shop's secret.
    pub fn of(secret: &ShopSecret) -> Result<Self> {
        Ok(Self(secret.derive("refresh tokens")?))
    }

    /// The session's token that is good.
    pub fn token(&self, session: &SessionRow) -> Result<String> {
        let id = uuid::Uuid::from(session.id);
        let mac = self.mac(session, session.generation)?;
        let bytes = [id.as_bytes().as_slice(), &session.generation.to_be_bytes(), &mac].concat();
        Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    fn mac(&self, session: &SessionRow, generation: i32) -> Result<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(|e| Error::internal(e.to_string()))?;
        mac.update(uuid::Uuid::from(session.id).as_bytes());
        mac.update(&generation.to_be_bytes());
        mac.update(session.salt.as_bytes());
        Ok(mac.finalize().into_bytes().into())
    }

    /// The session that a token is, or once was, of.
    fn session(&self, tx: &mut Tx, kind: SubjectKind, token: &str) -> Result<Option<(SessionRow, i32)>> {
        let Some(presented) = Presented::parse(token) else { return Ok(None) };
        let Some(row) = rows::load(tx, presented.session)?.filter(|row| row.subject().kind == kind) else { return Ok(None) };
        let expected = self.mac(&row, presented.generation)?;
        Ok(bool::from(expected.ct_eq(&presented.mac)).then_some((row, presented.generation)))
    }
}

/// What came of presenting a refresh token.
pub enum Refreshed {
    /// The session goes on; its token is the good one now.
    Good(Box<SessionRow>),
    /// It is not good (any more).
    Refused,
}

/// Uses a refresh token. What is refused is written, too: commit it, and then refuse.
pub fn refresh(tx: &mut Tx, by: &Caller, tokens: &RefreshTokens, kind: SubjectKind, token: &str, terms: SessionTerms) -> Result<Refreshed> {
    let Some((row, generation)) = tokens.session(tx, kind, token)? else { return Ok(Refreshed::Refused) };
    let now = tx.now();
    if !row.lives(now) {
        return Ok(Refreshed::Refused);
    }
    let row = if generation == row.generation {
        match rows::rotate(tx, &row, &Device::of(by, None), terms)? {
            Some(rotated) => return Ok(Refreshed::Good(rotated.into())),
            // Another request with this token was first.
            None => match rows::load(tx, row.id)?.filter(|row| row.lives(now)) {
                Some(row) => row,
                None => return Ok(Refreshed::Refused),
            },
        }
    } else {
        row
    };
    let is_the_one_before = generation.checked_add(1) == Some(row.generation);
    if is_the_one_before && now <= row.rotated_at.plus(Duration::seconds(GRACE_SECONDS)) {
        return Ok(Refreshed::Good(row.into()));
    }
    let ended = rows::end(tx, row.subject(), Which::One(row.id), "an old refresh token was used again")?;
    if ended > 0 {
        audit::act_for(tx, by, row.subject(), "refresh_staff_session");
        let data = json!({"session_id": row.id, "subject": row.subject().to_string(), "generation": generation});
        events::emit(tx, "session.reuse_detected", Some(row.id.into()), &data)?;
    }
    Ok(Refreshed::Refused)
}

/// The session that a token claims to be of. It proves nothing: using the token does.
pub fn named_in(token: &str) -> Option<SessionId> {
    Presented::parse(token).map(|presented| presented.session)
}

/// The session that lives and is this token's, whatever the token's age.
pub fn holder(tx: &mut Tx, tokens: &RefreshTokens, kind: SubjectKind, token: &str) -> Result<Option<SessionId>> {
    let now = tx.now();
    Ok(tokens.session(tx, kind, token)?.map(|(row, _)| row).filter(|row| row.lives(now)).map(|row| row.id))
}

/// Ends the session that a refresh token is of, whatever its age: a client that logs out without an access token.
pub fn revoke_by_token(tx: &mut Tx, by: &Caller, tokens: &RefreshTokens, kind: SubjectKind, token: &str) -> Result<usize> {
    let Some((row, _)) = tokens.session(tx, kind, token)? else { return Ok(0) };
    audit::act_for(tx, by, row.subject(), "log_out_staff");
    end_told(tx, row.subject(), Which::One(row.id), "logged out")
}
