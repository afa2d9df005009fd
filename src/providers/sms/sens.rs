//! Text messages by NAVER Cloud SENS (`POST /sms/v2/services/{id}/messages`, HMAC-SHA256 of method, path, time and
//! key). The gateway knows no idempotency: a lost answer that is tried again may reach the number twice.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{OutgoingSms, SmsError, SmsProvider, dialled, is_short};
use crate::config::SmsSettings;
use crate::providers::http::{Answer, CallError, Gateway, PATIENCE, noted};
use crate::types::Clock;

const HOME: &str = "https://sens.apigw.ntruss.com";

/// Hands messages to SENS.
pub struct SensSms {
    gateway: Gateway,
    path: String,
    key: String,
    secret: SecretString,
    from: String,
    clock: Clock,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    content_type: &'static str,
    country_code: String,
    from: &'a str,
    content: &'a str,
    messages: [To; 1],
}

#[derive(Serialize)]
struct To {
    to: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Taken {
    request_id: String,
}

impl SensSms {
    /// As configured.
    pub fn new(settings: &SmsSettings, clock: Clock) -> Result<Self, String> {
        let service = settings.service.as_ref().ok_or("sms_service is not set")?;
        Ok(Self {
            gateway: Gateway::new(settings.url.as_deref().unwrap_or(HOME), PATIENCE)?,
            path: format!("/sms/v2/services/{service}/messages"),
            key: settings.key.clone().ok_or("sms_key is not set")?,
            secret: settings.secret.clone().ok_or("sms_secret is not set")?,
            from: settings.from.clone().ok_or("sms_from is not set")?,
            clock,
        })
    }
}

#[async_trait]
impl SmsProvider for SensSms {
    async fn send(&self, sms: &OutgoingSms) -> Result<String, SmsError> {
        let message = Message {
            kind: if is_short(&sms.text) { "SMS" } else { "LMS" },
            content_type: "COMM",
            country_code: sms.to.calling_code().to_string(),
            from: &self.from,
            content: &sms.text,
            messages: [To { to: dialled(&sms.to) }],
        };
        let time = self.clock.now().micros().div_euclid(1_000).to_string();
        let signature = signature(self.secret.expose_secret(), "POST", &self.path, &time, &self.key)?;
        let call = self.gateway.call(Method::POST, &self.path);
        let call = call.header("x-ncp-apigw-timestamp", time).header("x-ncp-iam-access-key", &self.key);
        let call = call.header("x-ncp-apigw-signature-v2", signature).json(&message);
        let answer = self.gateway.send(call).await.map_err(|error| match error {
            CallError::NotSent(why) => SmsError::Temporary(why),
            CallError::Lost(why) => SmsError::Unknown(why),
        })?;
        match answer.status {
            200..300 => Ok(serde_json::from_slice::<Taken>(&answer.body).unwrap_or_default().request_id),
            408 | 429 => Err(SmsError::Temporary(told(&answer))),
            400..500 => Err(SmsError::Permanent(told(&answer))),
            _ => Err(SmsError::Unknown(told(&answer))),
        }
    }
}

/// What the gateway, or the service behind it, says is wrong.
fn told(answer: &Answer) -> String {
    let said: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = [said.pointer("/error/message"), said.pointer("/errors/0"), said.get("errorMessage")];
    noted(&format!("{}: {}", answer.status, text.into_iter().flatten().find_map(|t| t.as_str()).unwrap_or_default()))
}

/// HMAC-SHA256 of the request's line, time and key, in base64. The body is not signed.
fn signature(secret: &str, method: &str, path: &str, time: &str, key: &str) -> Result<String, SmsError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|e| SmsError::Permanent(e.to_string()))?;
    mac.update(format!("{method} {path}\n{time}\n{key}").as_bytes());
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_as_the_gateway_reckons() {
        // Made by an independent library.
        let signed = signature("SECRET", "POST", "/sms/v2/services/ncp:sms:kr:1:test/messages", "1700000000000", "AKEY").unwrap();
        assert_eq!(signed, "y2qyWteu1TKWBz8yvpM/VuV+pyBFw70q1CdWS7dW02M=");
    }
}
