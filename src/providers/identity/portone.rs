//! Identity verification by PortOne V2 (`GET /identity-verifications/{id}`). The client's SDK is given our id; the
//! result counts only as PortOne's server tells it, of the shop's own store and channel: a store's test channel, whose
//! key is no secret, verifies whoever one likes.

use async_trait::async_trait;
use chrono::NaiveDate;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{Asked, ClientTerms, IdentityError, IdentityProvider, Person};
use crate::config::IdentitySettings;
use crate::providers::http::{Gateway, PATIENCE, noted};

const HOME: &str = "https://api.portone.io";

/// Asks PortOne.
pub struct PortoneIdentity {
    gateway: Gateway,
    secret: SecretString,
    store: String,
    channel: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verification {
    id: String,
    status: String,
    #[serde(default)]
    channel: Option<Channel>,
    #[serde(default)]
    verified_customer: Option<Customer>,
    #[serde(default)]
    failure: Option<Failure>,
}

#[derive(Deserialize)]
struct Channel {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    key: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Customer {
    #[serde(default)]
    birth_date: Option<NaiveDate>,
    #[serde(default)]
    ci: Option<SecretString>,
    #[serde(default)]
    di: Option<SecretString>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    #[serde(default)]
    pg_code: Option<String>,
}

impl PortoneIdentity {
    /// As configured.
    pub fn new(settings: &IdentitySettings) -> Result<Self, String> {
        Ok(Self {
            gateway: Gateway::new(settings.url.as_deref().unwrap_or(HOME), PATIENCE)?,
            secret: settings.secret.clone().ok_or("identity_secret is not set")?,
            store: settings.store.clone().ok_or("identity_store is not set")?,
            channel: settings.channel.clone().ok_or("identity_channel is not set")?,
        })
    }

    /// The person of a verification that was asked for, if it proves who they are.
    fn judged(&self, asked: &Asked, told: Verification) -> Result<Person, IdentityError> {
        let refused = |why: &str| IdentityError::Refused(why.to_owned());
        if told.id != asked.id {
            return Err(refused("other_verification"));
        }
        match told.status.as_str() {
            "VERIFIED" => {}
            "READY" => return Err(IdentityError::Unfinished),
            "FAILED" => {
                let code = told.failure.and_then(|failure| failure.pg_code).unwrap_or_default();
                return Err(IdentityError::Refused(noted(&format!("failed {code}")).trim().to_owned()));
            }
            _ => return Err(IdentityError::Unavailable("an unknown status".to_owned())),
        }
        let is_ours = told.channel.is_some_and(|channel| match channel.key {
            Some(key) => key == self.channel,
            None => channel.kind == "LIVE",
        });
        if !is_ours {
            return Err(refused("other_channel"));
        }
        let customer = told.verified_customer.ok_or_else(|| refused("nobody"))?;
        let born = customer.birth_date.ok_or_else(|| refused("no_birth_date"))?;
        let filled = |secret: &SecretString| !secret.expose_secret().trim().is_empty();
        Ok(Person { born, identifier: customer.ci.filter(filled).or(customer.di.filter(filled)) })
    }
}

#[async_trait]
impl IdentityProvider for PortoneIdentity {
    fn name(&self) -> &'static str {
        "portone"
    }

    fn client_terms(&self) -> ClientTerms {
        ClientTerms { store_id: Some(self.store.clone()), channel_key: Some(self.channel.clone()) }
    }

    fn offers(&self, _: &str) -> bool {
        false
    }

    async fn outcome(&self, asked: &Asked) -> Result<Person, IdentityError> {
        let call = self.gateway.call(Method::GET, &format!("/identity-verifications/{}", asked.id));
        let call = call.query(&[("storeId", &self.store)]).header("Authorization", format!("PortOne {}", self.secret.expose_secret()));
        let answer = self.gateway.send(call).await.map_err(|e| IdentityError::Unavailable(e.to_string()))?;
        match answer.status {
            200 => {}
            // The client has not come to PortOne yet.
            404 => return Err(IdentityError::Unfinished),
            status => return Err(IdentityError::Unavailable(format!("status {status}"))),
        }
        // Neither the body nor what serde says of it is told: it holds a person.
        let told = serde_json::from_slice(&answer.body).map_err(|_| IdentityError::Unavailable("not understood".to_owned()))?;
        self.judged(asked, told)
    }
}
