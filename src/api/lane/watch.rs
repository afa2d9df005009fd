//! Keeps what this process knows of revisions fresh: other processes write to the same database.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::Lane;
use crate::error::{Error, Result};

/// How often the database is asked.
const PAUSE: Duration = Duration::from_millis(250);

/// Asks for the revisions until the lane is gone.
pub async fn watch(lane: Weak<Lane>) {
    while let Some(lane) = lane.upgrade() {
        if let Err(error) = refresh(&lane).await {
            tracing::warn!(%error, "revisions could not be read: the fast lane waits");
        }
        drop(lane);
        tokio::time::sleep(PAUSE).await;
    }
}

async fn refresh(lane: &Arc<Lane>) -> Result<()> {
    let db = lane.app().db().clone();
    tokio::task::spawn_blocking(move || db.refresh_revisions()).await.map_err(Error::internal)??;
    lane.refreshed();
    Ok(())
}
