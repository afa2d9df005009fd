//! A sandbox for development: whoever a test says. It proves nothing, so never where a shop is open.

use async_trait::async_trait;
use chrono::{Datelike, NaiveDate};

use super::{Asked, ClientTerms, IdentityError, IdentityProvider, Person};
use crate::types::Clock;

/// Believes the way that the client chose: `adult`, `minor`, `fail`, `unfinished`, or a date of birth.
#[derive(Debug, Clone)]
pub struct SandboxIdentity {
    clock: Clock,
}

impl SandboxIdentity {
    /// One whose ages are of this clock.
    pub fn new(clock: Clock) -> Self {
        Self { clock }
    }

    fn born(&self, years_ago: i32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.clock.now().to_chrono().year().saturating_sub(years_ago), 6, 15)
    }
}

#[async_trait]
impl IdentityProvider for SandboxIdentity {
    fn name(&self) -> &'static str {
        "test"
    }

    fn client_terms(&self) -> ClientTerms {
        ClientTerms::default()
    }

    fn offers(&self, method: &str) -> bool {
        ["adult", "minor", "fail", "unfinished"].contains(&method) || method.parse::<NaiveDate>().is_ok()
    }

    async fn outcome(&self, asked: &Asked) -> Result<Person, IdentityError> {
        let born = match asked.method.as_deref().unwrap_or("adult") {
            "adult" => self.born(30),
            "minor" => self.born(15),
            "fail" => return Err(IdentityError::Refused("test_failure".to_owned())),
            "unfinished" => return Err(IdentityError::Unfinished),
            date => date.parse().ok(),
        };
        let born = born.ok_or_else(|| IdentityError::Refused("no_birth_date".to_owned()))?;
        // Each verification is another person's.
        Ok(Person { born, identifier: Some(format!("test {}", asked.id).into()) })
    }
}
