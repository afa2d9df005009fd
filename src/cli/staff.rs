//! `maru staff`: the first owner, and a way in, from the server's own machine. No password is ever an argument.

use std::process::ExitCode;

use clap::Subcommand;

use super::keys::{acting, operator};
use super::{Global, Outcome};
use crate::commerce::staff::{create_owner, reset_access};
use crate::types::Timestamp;

/// Make the first owner, or let somebody of the staff in again.
#[derive(clap::Args)]
pub struct Staff {
    #[command(subcommand)]
    command: StaffCommand,
}

#[derive(Subcommand)]
enum StaffCommand {
    /// Print what makes an owner of whoever has it: once, for three days. They choose name and password with it.
    CreateOwner {
        /// The address that they will log in with.
        #[arg(long)]
        email: String,
    },
    /// For somebody who lost the password, the mailbox or the second factor: end their sessions, take the second factor
    /// off, and print what sets another password: once, for half an hour.
    ResetAccess {
        /// The address that they log in with.
        #[arg(long)]
        email: String,
    },
}

impl Staff {
    pub(super) fn run(self, global: &Global) -> Outcome {
        let app = global.open()?;
        let by = operator(&app)?;
        match self.command {
            StaffCommand::CreateOwner { email } => {
                let made = app.db().write(|tx| {
                    tx.act_for(acting("create_owner"));
                    create_owner(tx, &by, app.secret(), app.config(), &email)
                })?;
                global.print(&made, |o| text(&o.token, o.link.as_deref(), o.expires_at, "/admin/v1/auth/accept-invitation"))?;
            }
            StaffCommand::ResetAccess { email } => {
                let made = app.db().write(|tx| {
                    tx.act_for(acting("reset_staff_access"));
                    reset_access(tx, &by, app.secret(), app.config(), &email)
                })?;
                global.print(&made, |o| text(&o.token, o.link.as_deref(), o.expires_at, "/admin/v1/auth/password/reset"))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn text(token: &str, link: Option<&str>, until: Timestamp, door: &str) -> String {
    let link = link.map(|link| format!("\n{link}")).unwrap_or_default();
    format!("{token}{link}\nUse it once, until {until}: POST {door} (it cannot be shown again)")
}
