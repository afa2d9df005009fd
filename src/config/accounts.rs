//! Settings of accounts: text messages, identity verification, accounts that nobody uses.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::Raw;
use crate::types::text::text_enum;
use crate::types::{Country, PhoneNumber};

/// How text messages leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsBy {
    /// Not at all: what needs them answers 503.
    None,
    /// Into the log, codes included: for development.
    Log,
    /// By SOLAPI.
    Solapi,
    /// By NAVER Cloud SENS.
    Sens,
}

/// Text messages: how they leave, and how many.
#[derive(Debug, Clone)]
pub struct SmsSettings {
    /// How they leave.
    pub by: SmsBy,
    /// The number they come from, which the gateway knows as the shop's.
    pub from: Option<String>,
    /// The gateway's key.
    pub key: Option<String>,
    /// Its secret.
    pub secret: Option<SecretString>,
    /// SENS: the service's id.
    pub service: Option<String>,
    /// Another address of the gateway than its public one.
    pub url: Option<String>,
    /// The countries whose numbers are sent codes.
    pub countries: Vec<Country>,
    /// How many codes a number is sent in an hour.
    pub per_number: u32,
    /// How many codes one network asks for in an hour.
    pub per_address: u32,
    /// How many messages the shop sends in an hour.
    pub per_hour: u32,
}

/// Who tells who a customer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentityBy {
    /// Nobody: what needs it answers 503.
    None,
    /// The sandbox: whoever a test says.
    Test,
    /// PortOne.
    Portone,
}

text_enum! {
    /// When somebody has an age.
    pub enum AgeRule {
        /// From 1 January of the year in which they come of it (청소년보호법 §2: 19).
        CalendarYear = "calendar_year",
        /// From their birthday on.
        Birthday = "birthday",
    }
}

/// Identity verification.
#[derive(Debug, Clone)]
pub struct IdentitySettings {
    /// Who tells.
    pub by: IdentityBy,
    /// The provider's secret.
    pub secret: Option<SecretString>,
    /// The shop's id with the provider.
    pub store: Option<String>,
    /// The channel by which people verify themselves.
    pub channel: Option<String>,
    /// Another address of the provider than its public one.
    pub url: Option<String>,
    /// For how many days a verification holds.
    pub days: u32,
    /// Whether a person may verify one account only.
    pub one_account: bool,
    /// When somebody has an age.
    pub age_rule: AgeRule,
    /// Where the shop's days begin, in minutes before UTC's.
    pub utc_offset_minutes: i32,
}

/// What becomes of accounts that nobody uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InactiveBy {
    /// Nothing.
    None,
    /// Their data is put away until they come back.
    Separate,
    /// They are erased.
    Erase,
}

/// Accounts that nobody uses.
#[derive(Debug, Clone, Copy)]
pub struct InactiveSettings {
    /// What becomes of them.
    pub by: InactiveBy,
    /// After how many days without a log-in or an order.
    pub days: u32,
    /// How many days before they are told.
    pub notice_days: u32,
}

impl Raw {
    /// Reads and checks how text messages leave; tells each problem.
    pub(super) fn sms(&self, problems: &mut Vec<String>) -> SmsSettings {
        let mut needs = |name: &str, is_there: bool| {
            if !is_there {
                let by = format!("{:?}", self.sms).to_lowercase();
                problems.push(format!("{name} (MARU_{}): sms={by} needs it", name.to_uppercase()));
            }
        };
        if matches!(self.sms, SmsBy::Solapi | SmsBy::Sens) {
            needs("sms_from", self.sms_from.is_some());
            needs("sms_key", self.sms_key.is_some());
            needs("sms_secret", self.sms_secret.is_some());
        }
        if self.sms == SmsBy::Sens {
            needs("sms_service", self.sms_service.is_some());
        }
        for (name, value) in
            [("sms_per_number", self.sms_per_number), ("sms_per_address", self.sms_per_address), ("sms_per_hour", self.sms_per_hour)]
        {
            if !(1..=1_000_000).contains(&value) {
                problems.push(format!("{name} (MARU_{}): {value} is not between 1 and 1000000", name.to_uppercase()));
            }
        }
        let mut countries = Vec::new();
        for code in self.sms_countries.split(',').map(str::trim).filter(|c| !c.is_empty()) {
            match Country::parse(code) {
                Some(country) => countries.push(country),
                None => problems.push(format!("sms_countries (MARU_SMS_COUNTRIES): {code:?} is no country's code such as KR")),
            }
        }
        https("sms_url", self.sms_url.as_deref(), problems);
        SmsSettings {
            by: self.sms,
            from: self.sms_from.clone(),
            key: self.sms_key.clone(),
            secret: self.sms_secret.clone().map(SecretString::from),
            service: self.sms_service.clone(),
            url: self.sms_url.clone(),
            countries,
            per_number: self.sms_per_number,
            per_address: self.sms_per_address,
            per_hour: self.sms_per_hour,
        }
    }

    /// Reads and checks who tells who customers are; tells each problem.
    pub(super) fn identity(&self, problems: &mut Vec<String>) -> IdentitySettings {
        if self.identity == IdentityBy::Portone {
            for (name, there) in [
                ("identity_secret", self.identity_secret.is_some()),
                ("identity_store", self.identity_store.is_some()),
                ("identity_channel", self.identity_channel.is_some()),
            ] {
                if !there {
                    problems.push(format!("{name} (MARU_{}): identity=portone needs it", name.to_uppercase()));
                }
            }
        }
        if !(1..=3650).contains(&self.identity_days) {
            problems.push(format!("identity_days (MARU_IDENTITY_DAYS): {} is not between 1 and 3650", self.identity_days));
        }
        if !(-12 * 60..=14 * 60).contains(&self.age_utc_offset_minutes) {
            let offset = self.age_utc_offset_minutes;
            problems.push(format!("age_utc_offset_minutes (MARU_AGE_UTC_OFFSET_MINUTES): {offset} is no time zone"));
        }
        https("identity_url", self.identity_url.as_deref(), problems);
        IdentitySettings {
            by: self.identity,
            secret: self.identity_secret.clone().map(SecretString::from),
            store: self.identity_store.clone(),
            channel: self.identity_channel.clone(),
            url: self.identity_url.clone(),
            days: self.identity_days,
            one_account: self.identity_one_account,
            age_rule: self.age_rule,
            utc_offset_minutes: self.age_utc_offset_minutes,
        }
    }

    /// Reads and checks what becomes of accounts that nobody uses; tells each problem.
    pub(super) fn inactive(&self, problems: &mut Vec<String>) -> InactiveSettings {
        if !(90..=3650).contains(&self.inactive_days) {
            problems.push(format!("inactive_days (MARU_INACTIVE_DAYS): {} is not between 90 and 3650", self.inactive_days));
        }
        if self.inactive_notice_days == 0 || self.inactive_notice_days >= self.inactive_days {
            problems.push("inactive_notice_days (MARU_INACTIVE_NOTICE_DAYS): at least 1, and fewer than inactive_days".to_owned());
        }
        InactiveSettings { by: self.inactive, days: self.inactive_days, notice_days: self.inactive_notice_days }
    }
}

fn https(name: &str, url: Option<&str>, problems: &mut Vec<String>) {
    if url.is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
        problems.push(format!("{name} (MARU_{}): expected https://...", name.to_uppercase()));
    }
}

impl SmsSettings {
    /// Whether a number may be sent codes: where they are cheap, and the shop sells.
    pub fn serves(&self, number: &PhoneNumber) -> bool {
        number.country().is_some_and(|country| self.countries.contains(&country))
    }
}
