//! Where settings come from beside the file: the environment, and files that it names. Its only reader.

use std::collections::BTreeMap;

use super::sign_in;

/// `MARU_CONFIG` names the file, `MARU_TEST_*` belongs to the tests, `*_FILE` is read apart.
pub(super) fn is_setting(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name != "config" && !name.starts_with("test_") && !name.starts_with("sign_in__") && !name.ends_with("_file")
}

/// Providers to sign in with: `MARU_SIGN_IN__GOOGLE__CLIENT_ID`. Their values are text as they stand: a client's id may
/// be all digits.
pub(super) fn sign_in_from_variables() -> sign_in::Raw {
    let mut found = sign_in::Raw::new();
    for (name, value) in std::env::vars() {
        let Some((provider, setting)) = name.strip_prefix("MARU_SIGN_IN__").and_then(|rest| rest.split_once("__")) else { continue };
        let value = match value.as_str() {
            "true" => true.into(),
            "false" => false.into(),
            _ => value.into(),
        };
        found.entry(provider.to_lowercase()).or_default().insert(setting.to_lowercase(), value);
    }
    found
}

/// Variables whose text may look like a number, such as a phone's, and is none.
pub(super) fn verbatim() -> BTreeMap<&'static str, String> {
    const TEXTS: [(&str, &str); 7] = [
        ("sms_from", "MARU_SMS_FROM"),
        ("sms_key", "MARU_SMS_KEY"),
        ("sms_secret", "MARU_SMS_SECRET"),
        ("sms_service", "MARU_SMS_SERVICE"),
        ("identity_secret", "MARU_IDENTITY_SECRET"),
        ("identity_store", "MARU_IDENTITY_STORE"),
        ("identity_channel", "MARU_IDENTITY_CHANNEL"),
    ];
    TEXTS.into_iter().filter_map(|(setting, variable)| Some((setting, read_env(variable)?))).collect()
}

/// Secrets from files: `MARU_SECRET_KEY_FILE` and the like.
pub(super) fn secrets_from_files() -> Result<BTreeMap<&'static str, String>, Vec<String>> {
    let mut found = BTreeMap::new();
    let mut problems = Vec::new();
    const FILES: [(&str, &str); 6] = [
        ("secret_key", "MARU_SECRET_KEY_FILE"),
        ("database_url", "MARU_DATABASE_URL_FILE"),
        ("limits_redis_url", "MARU_LIMITS_REDIS_URL_FILE"),
        ("mail_smtp_url", "MARU_MAIL_SMTP_URL_FILE"),
        ("sms_secret", "MARU_SMS_SECRET_FILE"),
        ("identity_secret", "MARU_IDENTITY_SECRET_FILE"),
    ];
    for (setting, variable) in FILES {
        if let Some(path) = read_env(variable) {
            match std::fs::read_to_string(&path) {
                Ok(text) => {
                    found.insert(setting, text.trim().to_owned());
                }
                Err(e) => problems.push(format!("{variable}: cannot read {path}: {e}")),
            }
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

#[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
fn read_env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
