//! `maru keys`: API keys, from the server's own machine.

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Subcommand, ValueEnum};

use super::{Failure, Global, Outcome};
use crate::app::App;
use crate::commerce::audit::acting_system;
use crate::commerce::auth::tokens::{Rotation, rotate_signing_key};
use crate::commerce::auth::{
    ApiKeyCreate, ApiKeyFilter, ApiKeyKind, Caller, KeyRotate, Permission, create_key, list_keys, revoke_key, rotate_key,
};
use crate::commerce::channels::{self, Channel};
use crate::db::Acting;
use crate::types::ids::Id;
use crate::types::{ChannelId, KeyId, Listing, Page, PageRequest};

/// Create, list and revoke API keys.
#[derive(clap::Args)]
pub struct Keys {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Create a key and print it, this once.
    Create {
        /// What uses it.
        #[arg(long)]
        name: String,
        /// `all`, or permissions separated by commas: catalog:write,orders:read.
        #[arg(long, value_delimiter = ',', default_value = "")]
        permissions: Vec<String>,
        /// Secret keys are for servers, publishable ones for apps.
        #[arg(long, value_enum, default_value = "secret")]
        kind: KindArgument,
        /// The ranges of addresses a secret key may be used from, separated by commas: 203.0.113.0/24.
        #[arg(long, value_delimiter = ',')]
        allowed_addresses: Vec<String>,
        /// The one channel (its code) that a secret key is limited to, or that a publishable one names.
        #[arg(long, value_name = "CODE")]
        channel: Option<String>,
    },
    /// Make a key in the place of one and print it, this once; the old one works on for a while.
    Rotate {
        /// key_...
        id: String,
        /// For how many seconds the old key works on.
        #[arg(long, default_value_t = 86_400)]
        overlap: i32,
    },
    /// List keys, newest first.
    List,
    /// Revoke a key.
    Revoke {
        /// key_...
        id: String,
    },
    /// Let the next signing key of access tokens take over: published now, signing in ten minutes, while what older
    /// ones signed stays good until it expires.
    RotateSigning {
        /// A key was stolen: sign with the next one at once, and believe nothing that older ones signed. Every process
        /// knows within a minute; apps refresh.
        #[arg(long)]
        at_once: bool,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum KindArgument {
    Secret,
    Publishable,
}

impl Keys {
    pub(super) fn run(self, global: &Global) -> Outcome {
        let app = global.open()?;
        let by = operator(&app)?;
        match self.command {
            KeysCommand::Create { name, permissions, kind, allowed_addresses, channel } => {
                let permissions = permissions
                    .iter()
                    .map(|p| p.trim())
                    .filter(|p| !p.is_empty())
                    .map(str::parse::<Permission>)
                    .collect::<Result<Vec<_>, _>>();
                let kind = match kind {
                    KindArgument::Secret => ApiKeyKind::Secret,
                    KindArgument::Publishable => ApiKeyKind::Publishable,
                };
                let input = ApiKeyCreate {
                    name,
                    kind,
                    permissions: permissions.map_err(|e| Failure::Usage(format!("--permissions: {e}")))?,
                    channel_id: channel.map(|code| channel_of(&app, &code)).transpose()?,
                    expires_at: None,
                    allowed_addresses,
                };
                let issued = app.db().write(|tx| {
                    tx.act_for(acting("create_key"));
                    create_key(tx, &by, input.clone())
                })?;
                global.print(&issued, |k| format!("{}\n{}  (keep it: it cannot be shown again)", k.key, k.id))?;
            }
            KeysCommand::List => {
                let page = PageRequest { limit: 100, ..PageRequest::default() };
                let listing: Listing<_> = app.db().read(|tx| list_keys(tx, &by, &page, &ApiKeyFilter::default()))?;
                global.print(&Page::from(listing), |page| {
                    let line = |k: &crate::commerce::auth::ApiKey| {
                        let state = if k.revoked_at.is_some() { "revoked" } else { "live" };
                        let permissions: Vec<_> = k.permissions.iter().map(ToString::to_string).collect();
                        format!("{}  {:<11}  {:<7}  {}...  {}  {}", k.id, k.kind, state, k.hint, k.name, permissions.join(","))
                    };
                    page.data.iter().map(line).collect::<Vec<_>>().join("\n")
                })?;
            }
            KeysCommand::Rotate { id, overlap } => {
                let id = KeyId::parse(&id).map_err(|e| Failure::Usage(format!("{id}: {e}")))?;
                let input = KeyRotate { overlap_seconds: overlap, expires_at: None };
                let issued = app.db().write(|tx| {
                    tx.act_for(acting("rotate_key"));
                    rotate_key(tx, &by, id, input.clone())
                })?;
                global.print(&issued, |k| format!("{}\n{}  (keep it: it cannot be shown again)", k.key, k.id))?;
            }
            KeysCommand::Revoke { id } => {
                let id = KeyId::parse(&id).map_err(|e| Failure::Usage(format!("{id}: {e}")))?;
                let key = app.db().write(|tx| {
                    tx.act_for(acting("revoke_key"));
                    revoke_key(tx, &by, id)
                })?;
                global.print(&key, |k| format!("revoked {} ({})", k.id, k.name))?;
            }
            KeysCommand::RotateSigning { at_once } => {
                let how = if at_once { Rotation::AtOnce } else { Rotation::Overlapping };
                let made = app.db().write(|tx| {
                    tx.act_for(acting("rotate_signing_key"));
                    rotate_signing_key(tx, &by, app.tokens(), how)
                })?;
                global.print(&made, |k| format!("{} signs from {}", k.kid, k.signs_from))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What the operator does here is kept in the audit log.
pub(super) fn acting(operation: &'static str) -> Option<Arc<Acting>> {
    Some(acting_system("operator", operation))
}

fn channel_of(app: &App, code: &str) -> Result<ChannelId, Failure> {
    let found = app.db().read(|tx| channels::by_code(tx, code))?;
    found.map(|channel| channel.id).ok_or_else(|| Failure::Usage(format!("--channel: there is no channel {code}")))
}

/// The operator of the machine, who may do everything.
pub(super) fn operator(app: &App) -> Result<Caller, Failure> {
    let channel = app.db().read(|tx| Ok(channels::default(tx)?.unwrap_or_else(|| Channel::none_yet(tx.now()))))?;
    Ok(Caller::system("operator", channel.into()))
}
