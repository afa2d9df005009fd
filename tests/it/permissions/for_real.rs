//! What cannot be rehearsed is done: log-ins, log-outs, proofs, codes, mail. It is asked for so that each caller is told
//! what the rule says and nobody's account is another afterwards: wrong passwords, tokens of nobody, and for each
//! caller an address and a number of their own, since what is sent to one is counted.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::issuer::{CALLBACK, Issuer};
use crate::support::{TestApp, Which};

/// An address and a number that stand for the caller's own.
const EMAIL: &str = "walker@example.com";
const PHONE: &str = "+821000000000";

/// The words of inputs that say more than a schema asks for, by their names in JSON and in GraphQL.
pub fn word(name: &str) -> Option<&'static str> {
    Some(match name {
        "email" => EMAIL,
        "phone" => PHONE,
        "provider" => "google",
        "redirect_uri" | "redirectUri" => CALLBACK,
        "new_password" | "newPassword" => "a newer floor of oak",
        // Of nobody: without one a log-out ends the caller's own session.
        "refresh_token" | "refreshToken" => "rt_x",
        _ => return None,
    })
}

/// Whether a field of a schema is one of them.
pub fn is_one(field: &str) -> bool {
    ["store", "admin"].iter().any(|surface| super::is_not_rehearsed(&format!("{surface} mutation {field}")))
}

/// Completes a body.
pub fn complete(template: &str, mut body: Value) -> Value {
    let fields = body.as_object_mut().expect("a body");
    if template.ends_with("/auth/logout") {
        fields.insert("refresh_token".to_owned(), json!(""));
    }
    if template == "/store/v1/customers" {
        fields.insert("password".to_owned(), json!("a quiet floor of wood"));
    }
    for (name, value) in fields.iter_mut().filter(|(_, value)| value.is_string()) {
        if let Some(word) = word(name) {
            *value = json!(word);
        }
    }
    body
}

/// What a caller sends: their own address and number.
pub fn of_caller(sent: &str, index: usize) -> String {
    sent.replace(EMAIL, &format!("walker{index}@example.com")).replace(PHONE, &format!("+8210123450{index:02}"))
}

/// Lets the wait pass that tries at one account cost. All of a walk together stay below the ten minutes of a recent log-in.
pub fn wait(app: &TestApp) {
    app.advance(Duration::seconds(10));
}

/// A shop where each of it can be done, and the provider `google`, which lives as long as the walk.
pub async fn shop(which: Which) -> (TestApp, Issuer) {
    let issuer = Issuer::start();
    let mut google = issuer.configured("google", json!({}));
    // A machine that is busy for a moment is no answer about who may what.
    google.timeout_ms = 10_000;
    let app = TestApp::with(which, |config| {
        config.sign_in = vec![google];
        (config.sms.per_address, config.sms.per_hour) = (10_000, 10_000);
    })
    .await;
    (app, issuer)
}
