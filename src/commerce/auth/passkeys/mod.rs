//! Passkeys (Web Authentication Level 3): of customers and of staff, never good for the other. They are discoverable,
//! their authenticator verifies its user, and no attestation is asked for. A challenge is kept nowhere: it goes to the
//! client sealed, with whom and what it is for, so that every instance can check its answer; that it was answered is
//! written down, so that it is answered once. What accounts do with passkeys lies in the accounts' own rooms.

mod ceremony;
mod rows;
mod shapes;

use chrono::Duration;

pub use ceremony::{Added, Asked, Proved, add, prove};
pub use rows::{count, credentials, delete, erase, insert, list, purge, rename};
pub use shapes::{Passkey, PasskeyAdd, PasskeyDeleted, PasskeyOptions, PasskeyRename, Passkeys as PasskeyList};

use webauthn_rs::prelude::{CredentialID, Url, Webauthn, WebauthnBuilder};

use super::sealing::Sealing;
use super::sessions::Device;
use super::{Caller, Subject, SubjectKind};
use crate::commerce::notifications::shop_name;
use crate::commerce::secrets::ShopSecret;
use crate::config::{Config, PasskeysFor};
use crate::error::{Code, Error, Result};
use crate::types::Timestamp;
use ceremony::Challenge;

/// For how long a challenge may be answered.
pub const CHALLENGE_MINUTES: i64 = 5;
/// How many passkeys an account may have.
pub const MOST: usize = 20;

/// The shop as passkeys know it.
#[derive(Clone)]
pub struct RelyingParty {
    webauthn: Webauthn,
    sealing: Sealing,
}

impl RelyingParty {
    /// As configured; none where passkeys are not offered.
    pub fn of(config: &Config, secret: &ShopSecret) -> Result<Option<Self>> {
        let Some(PasskeysFor { rp_id, origins }) = &config.passkeys else { return Ok(None) };
        let is_page = |origin: &&Url| origin.has_host();
        let page = origins.iter().find(is_page).ok_or_else(|| Error::internal("passkeys without a page's origin"))?;
        let builder = WebauthnBuilder::new(rp_id, page).map_err(Error::internal)?.rp_name(shop_name(config));
        let builder = builder.timeout(std::time::Duration::from_secs(300));
        let builder = origins.iter().filter(|origin| *origin != page).fold(builder, |b, origin| b.append_allowed_origin(origin));
        let webauthn = builder.build().map_err(Error::internal)?;
        Ok(Some(Self { webauthn, sealing: Sealing::of(secret, "passkey challenges")? }))
    }

    /// What makes a passkey for an account, by the session that asks; `known` are those it has.
    pub fn ask_to_add(&self, asked: &Asked, now: Timestamp, known: &[CredentialID]) -> Result<PasskeyOptions> {
        let exclude = Some(known.to_vec()).filter(|ids| !ids.is_empty());
        let started = self.webauthn.start_passkey_registration(asked.subject.id, &asked.name, &asked.display_name, exclude);
        let (options, state) = started.map_err(Error::internal)?;
        let challenge = Challenge { subject: Some(asked.subject), session: Some(asked.session), expires_at: expiry(now), state };
        let mut options = serde_json::to_value(options.public_key)?;
        // The library leaves it to the authenticator whether it can be found without a name. Ours must be.
        if let Some(selection) = options.get_mut("authenticatorSelection").and_then(|s| s.as_object_mut()) {
            selection.insert("residentKey".to_owned(), "required".into());
            selection.insert("requireResidentKey".to_owned(), true.into());
        }
        self.options(&Purpose::Add.name(asked.subject.kind), &challenge, options)
    }

    /// What proves an account with any of its passkeys: whoever's, or this account's alone.
    pub fn ask_to_prove(&self, kind: SubjectKind, only: Option<Subject>, now: Timestamp) -> Result<PasskeyOptions> {
        let (options, state) = self.webauthn.start_discoverable_authentication().map_err(Error::internal)?;
        let challenge = Challenge { subject: only, session: None, expires_at: expiry(now), state };
        self.options(&Purpose::Prove.name(kind), &challenge, serde_json::to_value(options.public_key)?)
    }

    fn options<S: serde::Serialize>(&self, name: &str, challenge: &Challenge<S>, public_key: serde_json::Value) -> Result<PasskeyOptions> {
        let challenge_token = self.sealing.seal(name, &serde_json::to_vec(challenge)?)?;
        Ok(PasskeyOptions { challenge_token, public_key, expires_at: challenge.expires_at })
    }
}

/// What a passkey is called that nobody named.
pub fn name_of(by: &Caller) -> String {
    const KNOWN: [&str; 6] = ["iPhone", "iPad", "Android", "Macintosh", "Windows", "Linux"];
    let agent = Device::of(by, None).user_agent.unwrap_or_default();
    KNOWN.iter().find(|word| agent.contains(**word)).map_or("Passkey", |word| word).to_owned()
}

/// What a challenge is for.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    Add,
    Prove,
}

impl Purpose {
    /// What its challenges are sealed under.
    fn name(self, kind: SubjectKind) -> String {
        let purpose = match self {
            Self::Add => "add",
            Self::Prove => "prove",
        };
        format!("{purpose} {}", kind.as_str())
    }
}

fn expiry(now: Timestamp) -> Timestamp {
    now.plus(Duration::minutes(CHALLENGE_MINUTES))
}

/// What any answer is refused with that does not fit its challenge.
fn not_valid() -> Error {
    Error::new(Code::PasskeyNotValid, "This is no valid answer to the challenge, or the challenge was used or is too old: ask for another.")
}
