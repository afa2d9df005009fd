//! What `maru doctor` looks for: a balance that its ledger does not add up to.

use serde::{Deserialize, Serialize};

/// A balance and its ledger that differ. There must be none, ever.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Difference {
    /// Which rule is broken: `stock_levels.on_hand = movements`.
    pub what: String,
    /// Whose: ids of the row.
    pub subject: String,
    /// What the ledger says.
    pub expected: String,
    /// What the balance says.
    pub found: String,
}

impl Difference {
    /// A difference, if the two differ.
    pub fn between(what: &str, subject: impl FnOnce() -> String, expected: i64, found: i64) -> Option<Self> {
        (expected != found).then(|| Self {
            what: what.to_owned(),
            subject: subject(),
            expected: expected.to_string(),
            found: found.to_string(),
        })
    }
}
