//! Text messages by SOLAPI (`POST /messages/v4/send-many/detail`, HMAC-SHA256 of date and salt). The gateway has no
//! idempotency key: our id travels as a custom field, and is looked for among the number's messages before a retry.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{KOREA, OutgoingSms, SmsError, SmsProvider, dialled, is_short};
use crate::config::SmsSettings;
use crate::providers::http::{Answer, CallError, Gateway, PATIENCE, noted};
use crate::types::Clock;

const HOME: &str = "https://api.solapi.com";
/// How many of a number's messages are looked through before a retry.
const LOOKED_AT: usize = 50;

/// Hands messages to SOLAPI.
pub struct SolapiSms {
    gateway: Gateway,
    key: String,
    secret: SecretString,
    from: String,
    clock: Clock,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Batch<'a> {
    messages: [Message<'a>; 1],
    show_message_list: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    to: String,
    from: &'a str,
    text: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    custom_fields: CustomFields,
}

#[derive(Serialize, Deserialize, Default)]
struct CustomFields {
    #[serde(default, rename = "messageId")]
    ours: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    #[serde(default)]
    failed_message_list: Vec<Listed>,
    #[serde(default)]
    group_info: Group,
    #[serde(default)]
    message_list: Vec<Listed>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Group {
    #[serde(default)]
    group_id: String,
    #[serde(default)]
    count: Count,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Count {
    #[serde(default)]
    total: u32,
    #[serde(default)]
    registered_failed: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[serde(default)]
    message_id: String,
    #[serde(default)]
    status_code: String,
    #[serde(default)]
    status_message: String,
    #[serde(default)]
    custom_fields: Option<CustomFields>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    #[serde(default)]
    message_list: BTreeMap<String, Listed>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Refusal {
    error_code: String,
    error_message: String,
}

impl SolapiSms {
    /// As configured.
    pub fn new(settings: &SmsSettings, clock: Clock) -> Result<Self, String> {
        Ok(Self {
            gateway: Gateway::new(settings.url.as_deref().unwrap_or(HOME), PATIENCE)?,
            key: settings.key.clone().ok_or("sms_key is not set")?,
            secret: settings.secret.clone().ok_or("sms_secret is not set")?,
            from: settings.from.clone().ok_or("sms_from is not set")?,
            clock,
        })
    }

    fn authorization(&self) -> Result<String, SmsError> {
        let date = self.clock.now().to_string();
        let mut salt = [0u8; 16];
        getrandom::fill(&mut salt).map_err(|e| SmsError::Temporary(e.to_string()))?;
        let salt = hex::encode(salt);
        let signature = signature(self.secret.expose_secret(), &date, &salt)?;
        Ok(format!("HMAC-SHA256 apiKey={}, date={date}, salt={salt}, signature={signature}", self.key))
    }

    /// What an earlier try of this message became, if the gateway has it.
    async fn earlier(&self, sms: &OutgoingSms) -> Result<Option<String>, SmsError> {
        let path = format!("/messages/v4/list?to={}&limit={LOOKED_AT}", dialled(&sms.to));
        let call = self.gateway.call(Method::GET, &path).header("Authorization", self.authorization()?);
        let answer = self.gateway.send(call).await.map_err(|e| SmsError::Unknown(e.to_string()))?;
        if answer.status != 200 {
            return Err(refused(&answer));
        }
        let found: Found = read(&answer)?;
        let is_ours = |listed: &Listed| listed.custom_fields.as_ref().is_some_and(|fields| fields.ours == sms.id);
        Ok(found.message_list.into_iter().find(|(_, listed)| is_ours(listed)).map(|(id, _)| id))
    }
}

#[async_trait]
impl SmsProvider for SolapiSms {
    async fn send(&self, sms: &OutgoingSms) -> Result<String, SmsError> {
        let earlier = if sms.is_retry { self.earlier(sms).await? } else { None };
        if let Some(id) = earlier {
            return Ok(id);
        }
        let code = sms.to.calling_code();
        let message = Message {
            to: dialled(&sms.to),
            from: &self.from,
            text: &sms.text,
            kind: if is_short(&sms.text) { "SMS" } else { "LMS" },
            country: (code != KOREA).then(|| code.to_string()),
            custom_fields: CustomFields { ours: sms.id.clone() },
        };
        let batch = Batch { messages: [message], show_message_list: true };
        let call = self.gateway.call(Method::POST, "/messages/v4/send-many/detail");
        let call = call.header("Authorization", self.authorization()?).json(&batch);
        let answer = self.gateway.send(call).await.map_err(|error| match error {
            CallError::NotSent(why) => SmsError::Temporary(why),
            CallError::Lost(why) => SmsError::Unknown(why),
        })?;
        if answer.status != 200 {
            return Err(refused(&answer));
        }
        let sent: Sent = read(&answer)?;
        // 200 even when nothing was taken.
        if let Some(failed) = sent.failed_message_list.first() {
            return Err(SmsError::Permanent(noted(&format!("{}: {}", failed.status_code, failed.status_message))));
        }
        if sent.group_info.count.total > 0 && sent.group_info.count.total == sent.group_info.count.registered_failed {
            return Err(SmsError::Permanent("the message was not registered".to_owned()));
        }
        let id = sent.message_list.into_iter().map(|listed| listed.message_id).find(|id| !id.is_empty());
        Ok(id.unwrap_or(sent.group_info.group_id))
    }
}

/// HMAC-SHA256 of date and salt, in lower hex.
fn signature(secret: &str, date: &str, salt: &str) -> Result<String, SmsError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|e| SmsError::Permanent(e.to_string()))?;
    mac.update(date.as_bytes());
    mac.update(salt.as_bytes());
    Ok(hex::encode(mac.finalize().into_bytes()))
}

fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, SmsError> {
    serde_json::from_slice(&answer.body).map_err(|e| SmsError::Unknown(format!("not understood: {e}")))
}

fn refused(answer: &Answer) -> SmsError {
    let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
    let why = noted(&format!("{} {}: {}", answer.status, refusal.error_code, refusal.error_message));
    match answer.status {
        408 | 429 => SmsError::Temporary(why),
        // The account's, not the message's: the operator may fill it up.
        _ if refusal.error_code == "NotEnoughBalance" => SmsError::Temporary(why),
        400..500 => SmsError::Permanent(why),
        _ => SmsError::Unknown(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_as_the_gateway_reckons() {
        // Made by an independent library.
        let signed = signature("SECRET", "2024-04-25T10:00:00+09:00", "0123456789abcdef0123456789abcdef").unwrap();
        assert_eq!(signed, "bfd464dcacd88d8887ede0788dc35de5b7ed049c15e0c015464a521c3bb623ef");
    }
}
