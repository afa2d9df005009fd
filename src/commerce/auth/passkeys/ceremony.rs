//! Answers to challenges, checked: a new passkey, or the proof that somebody holds one.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, Passkey as Credential, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, WebauthnError,
};

use super::rows::{self, PasskeyRow};
use super::{Purpose, RelyingParty, not_valid};
use crate::app::App;
use crate::commerce::auth::{Caller, Identity, Subject, SubjectKind};
use crate::commerce::{audit, events, secrets};
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::types::{SessionId, Timestamp};

/// The longest answer of an authenticator, and the longest sealed challenge.
const LONGEST: usize = 16 * 1024;

/// Who asks for a passkey.
pub struct Asked {
    /// Whose it will be.
    pub subject: Subject,
    /// The session that asks: no other may answer.
    pub session: SessionId,
    /// What the authenticator calls the account.
    pub name: String,
    /// The same for people.
    pub display_name: String,
}

/// A challenge as it travels.
#[derive(Serialize, Deserialize)]
pub(super) struct Challenge<S> {
    pub subject: Option<Subject>,
    pub session: Option<SessionId>,
    pub expires_at: Timestamp,
    pub state: S,
}

impl RelyingParty {
    /// A challenge that may be answered now.
    fn open<S: DeserializeOwned>(&self, purpose: Purpose, kind: SubjectKind, token: &str, now: Timestamp) -> Result<Challenge<S>> {
        if token.len() > LONGEST {
            return Err(not_valid());
        }
        let open = self.sealing.open(&purpose.name(kind), token).map_err(|_| not_valid())?;
        let challenge: Challenge<S> = serde_json::from_slice(&open)?;
        if challenge.expires_at <= now { Err(not_valid()) } else { Ok(challenge) }
    }
}

/// Reads what an authenticator answered, as `PublicKeyCredential.toJSON()` writes it.
fn read<T: DeserializeOwned>(credential: &Value) -> Result<T> {
    if credential.to_string().len() > LONGEST {
        return Err(not_valid());
    }
    T::deserialize(credential).map_err(|e| Error { detail: format!("credential: {e}."), ..not_valid() })
}

/// Notes why an answer was refused: the client is not told, its operator can find out.
fn refused(error: &WebauthnError, doing: &str) {
    tracing::info!(?error, doing, "a passkey was refused");
}

/// A passkey that its authenticator made for an account.
#[derive(Clone)]
pub struct Added {
    /// Whose.
    pub subject: Subject,
    pub(super) credential: Credential,
}

/// Checks what an authenticator made.
pub async fn add(app: &App, identity: &Identity, token: &str, credential: &Value) -> Result<Added> {
    let (party, kind, now) = (app.passkeys()?, identity.subject.kind, app.clock().now());
    let challenge: Challenge<PasskeyRegistration> = party.open(Purpose::Add, kind, token, now)?;
    if challenge.subject != Some(identity.subject) || challenge.session != Some(identity.session) {
        return Err(not_valid());
    }
    let answer: RegisterPublicKeyCredential = read(credential)?;
    spend(app, token, challenge.expires_at).await?;
    let credential = party.webauthn.finish_passkey_registration(&answer, &challenge.state).map_err(|error| {
        refused(&error, "adding");
        not_valid()
    })?;
    Ok(Added { subject: identity.subject, credential })
}

/// The proof that somebody holds a passkey. It counts when it is noted.
#[derive(Clone)]
pub struct Proved {
    /// Whose passkey it is.
    pub subject: Subject,
    row: PasskeyRow,
    result: AuthenticationResult,
}

impl Proved {
    /// Notes that the passkey was used: of two answers with one count, one is.
    pub fn note(&self, tx: &mut Tx) -> Result<()> {
        if rows::used(tx, &self.row, &self.result)? { Ok(()) } else { Err(wrong()) }
    }
}

/// Checks who answers a challenge: whose passkey is unknown, or does not do what it should, is nobody.
pub async fn prove(app: &App, by: &Arc<Caller>, kind: SubjectKind, token: &str, credential: &Value) -> Result<Proved> {
    let (party, now) = (app.passkeys()?, app.clock().now());
    let challenge: Challenge<DiscoverableAuthentication> = party.open(Purpose::Prove, kind, token, now)?;
    let answer: PublicKeyCredential = read(credential)?;
    spend(app, token, challenge.expires_at).await?;
    let Ok((user, credential_id)) = party.webauthn.identify_discoverable_authentication(&answer) else { return Err(wrong()) };
    let (subject, credential_id) = (Subject { kind, id: user }, rows::name_of(credential_id));
    let found = app.read(move |tx| rows::by_credential(tx, &credential_id)).await?;
    let is_whose = |row: &PasskeyRow| row.subject() == subject && challenge.subject.is_none_or(|only| only == subject);
    let row = found.filter(is_whose).ok_or_else(wrong)?;
    match party.webauthn.finish_discoverable_authentication_v2(&answer, challenge.state, row.credential()) {
        Ok(result) => Ok(Proved { subject, row, result }),
        Err(error) => {
            refused(&error, "proving");
            if matches!(error, WebauthnError::CredentialPossibleCompromise) {
                // Its count went back: there may be two of it (Web Authentication Level 3, 6.1.1).
                let data = json!({"subject": subject.to_string(), "passkey_id": row.id()});
                let by = by.clone();
                app.write(move |tx| {
                    // Who confirms who they are is known already.
                    if !by.is_staff() {
                        audit::act_for(tx, &by, subject, "log_in_staff_with_passkey");
                    }
                    events::emit(tx, "passkey.copy_suspected", Some(subject.id), &data)
                })
                .await?;
            }
            Err(wrong())
        }
    }
}

/// Writes down that a challenge is answered: of any number of answers at once, one counts. Also one that turns out to
/// be wrong uses it up.
async fn spend(app: &App, token: &str, expires_at: Timestamp) -> Result<()> {
    let hash = secrets::hash(token);
    let is_first = app.write(move |tx| rows::spend(tx, &hash, expires_at)).await?;
    if is_first { Ok(()) } else { Err(not_valid()) }
}

fn wrong() -> Error {
    Error::new(Code::InvalidCredentials, "This passkey opens no account here.")
}
