//! What kind of operation a request is, by its path or its GraphQL field's name. What guards accounts is known by
//! words, so that a new door of that kind is limited before anybody thinks of it.

use actix_web::http::Method;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::commerce::customers::EmailAddress;

/// What an operation costs, and what guessing at it would open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It changes nothing.
    Read,
    /// It changes something.
    Write,
    /// It takes stock and money.
    Checkout,
    /// It lets somebody in, or sends somebody a code: log-in, registration, reset.
    Sensitive,
}

/// Words of operations that guard accounts.
const GUARDING: [&str; 18] = [
    "login",
    "log-in",
    "signin",
    "sign-in",
    "register",
    "password",
    "verif",
    "reset",
    "otp",
    "passkey",
    "recover",
    "step-up",
    "stepup",
    "second-factor",
    "secondfactor",
    "invitationaccept",
    "identit",
    "phone",
];
/// Words of operations that buy.
const BUYING: [&str; 4] = ["checkout", "buy-now", "buynow", "payment"];

/// Whether a path is a door of GraphQL.
pub fn is_graphql(path: &str) -> bool {
    ["/store/graphql", "/admin/graphql"].contains(&path)
}

/// The class of a request, by its path as the router reads it (`paths::plain`). A GraphQL document's mutations are
/// counted one by one when it is read ([`class_of_field`]).
pub fn class_of_request(method: &Method, path: &str) -> Class {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) || is_graphql(path) {
        return Class::Read;
    }
    let room = path.split('/').nth(3).unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let is_session = ["refresh", "logout", "logout-everywhere", "sessions"].contains(&last) || path.contains("/sessions/");
    // What asks for the password again could be used to guess it.
    let asks_again = ["/store/v1/me/email", "/store/v1/me/deletion"].contains(&path);
    // What asks a device for a passkey lets nobody in: sign-in pages send it whenever they are shown.
    let is_session = is_session || path.ends_with("/auth/passkey/options");
    if (room == "auth" && !is_session) || asks_again || path == "/store/v1/customers" || (!is_session && names(path, &GUARDING)) {
        return Class::Sensitive;
    }
    if path.starts_with("/store/") && (names(path, &BUYING) || path.ends_with("/pay")) { Class::Checkout } else { Class::Write }
}

/// The class of a mutation.
pub fn class_of_field(name: &str) -> Class {
    let name = name.to_ascii_lowercase();
    if (names(&name, &GUARDING) && !name.ends_with("passkeyloginoptions"))
        || ["customercreate", "customeremailchange", "customeremailconfirm", "customerdelete"].contains(&name.as_str())
    {
        Class::Sensitive
    } else if names(&name, &BUYING) || name == "orderpay" {
        Class::Checkout
    } else {
        Class::Write
    }
}

fn names(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// A digest of the account that an operation's input names, if it names one: what is counted holds no address.
pub fn account_in(input: &Value) -> Option<String> {
    const NAMES: [&str; 7] = ["email", "phone", "account", "login", "username", "identifier", "recipient"];
    let input = input.get("input").filter(|inner| inner.is_object()).unwrap_or(input);
    let account = NAMES.iter().find_map(|name| input.get(name).and_then(Value::as_str))?;
    // As log-ins look it up: however it is written, it is one account.
    let account = EmailAddress::key_of(account);
    (!account.is_empty()).then(|| hex::encode(Sha256::digest(account.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn requests_have_a_class() {
        for (method, path, class) in [
            (Method::GET, "/store/v1/products", Class::Read),
            (Method::POST, "/store/graphql", Class::Read),
            (Method::POST, "/store/v1/carts", Class::Write),
            (Method::PATCH, "/store/v1/me", Class::Write),
            (Method::POST, "/store/v1/carts/cart_1/checkout", Class::Checkout),
            (Method::POST, "/store/v1/buy-now", Class::Checkout),
            (Method::POST, "/store/v1/orders/ord_1/pay", Class::Checkout),
            (Method::POST, "/store/v1/payments/pay_1/confirm", Class::Checkout),
            (Method::POST, "/admin/v1/orders/ord_1/refund", Class::Write),
            (Method::POST, "/store/v1/auth/login", Class::Sensitive),
            (Method::POST, "/store/v1/auth/password/reset-request", Class::Sensitive),
            (Method::POST, "/store/v1/auth/codes", Class::Sensitive),
            (Method::POST, "/store/v1/auth/phone/start", Class::Sensitive),
            (Method::POST, "/store/v1/me/phone/finish", Class::Sensitive),
            (Method::POST, "/store/v1/me/identity-verification/start", Class::Sensitive),
            (Method::PUT, "/store/v1/me/password", Class::Sensitive),
            (Method::POST, "/store/v1/customers", Class::Sensitive),
            (Method::POST, "/admin/v1/auth/login", Class::Sensitive),
            (Method::POST, "/admin/v1/auth/second-factor", Class::Sensitive),
            (Method::POST, "/admin/v1/auth/step-up", Class::Sensitive),
            (Method::POST, "/admin/v1/auth/accept-invitation", Class::Sensitive),
            (Method::POST, "/admin/v1/me/totp/confirm", Class::Sensitive),
            (Method::POST, "/admin/v1/me/recovery-codes", Class::Sensitive),
            (Method::POST, "/admin/v1/auth/refresh", Class::Write),
            (Method::POST, "/admin/v1/staff-invitations", Class::Write),
            (Method::POST, "/store/v1/auth/confirm-email", Class::Sensitive),
            (Method::POST, "/store/v1/me/email", Class::Sensitive),
            (Method::POST, "/store/v1/me/deletion", Class::Sensitive),
            (Method::POST, "/store/v1/auth/oidc/google/finish", Class::Sensitive),
            (Method::POST, "/store/v1/me/identities/start", Class::Sensitive),
            (Method::GET, "/store/v1/me/identities", Class::Read),
            (Method::PUT, "/store/v1/carts/cart_1/email", Class::Write),
            (Method::POST, "/store/v1/auth/logout-everywhere", Class::Write),
            (Method::POST, "/store/v1/auth/passkey/options", Class::Write),
            (Method::POST, "/store/v1/auth/passkey/login", Class::Sensitive),
            (Method::POST, "/store/v1/me/passkeys/options", Class::Sensitive),
            (Method::POST, "/store/v1/auth/refresh", Class::Write),
            (Method::POST, "/store/v1/auth/logout", Class::Write),
            (Method::DELETE, "/store/v1/auth/sessions/ses_1", Class::Write),
        ] {
            assert_eq!(class_of_request(&method, path), class, "{method} {path}");
        }
    }

    #[test]
    fn mutations_have_a_class() {
        for (name, class) in [
            ("customerLogin", Class::Sensitive),
            ("customerRegister", Class::Sensitive),
            ("customerPasswordResetRequest", Class::Sensitive),
            ("customerVerifyEmail", Class::Sensitive),
            ("customerEmailConfirm", Class::Sensitive),
            ("customerDelete", Class::Sensitive),
            ("customerPasskeyLoginOptions", Class::Write),
            ("customerPasskeyLogin", Class::Sensitive),
            ("staffSecondFactor", Class::Sensitive),
            ("staffStepUp", Class::Sensitive),
            ("staffInvitationAccept", Class::Sensitive),
            ("staffTotpConfirm", Class::Sensitive),
            ("staffRefresh", Class::Write),
            ("customerSignInFinish", Class::Sensitive),
            ("customerIdentityLinkStart", Class::Sensitive),
            ("customerPhoneStart", Class::Sensitive),
            ("customerIdentityVerificationStart", Class::Sensitive),
            ("customerLogoutEverywhere", Class::Write),
            ("cartCheckout", Class::Checkout),
            ("buyNow", Class::Checkout),
            ("paymentConfirm", Class::Checkout),
            ("cartCodesAdd", Class::Write),
            ("tokenRefresh", Class::Write),
        ] {
            assert_eq!(class_of_field(name), class, "{name}");
        }
    }

    #[test]
    fn an_account_is_known_by_what_names_it() {
        let digest = account_in(&json!({"email": " Mina@Example.com ", "password": "x"})).unwrap();
        assert_eq!(account_in(&json!({"input": {"email": "mina@example.com"}})), Some(digest.clone()));
        // As log-ins do: full width letters are letters, and so is the sign of the kelvin.
        assert_eq!(account_in(&json!({"email": "mina@ｅxample.com"})), Some(digest.clone()));
        assert_eq!(account_in(&json!({"email": "\u{212a}im@example.com"})), account_in(&json!({"email": "kim@example.com"})));
        assert_ne!(account_in(&json!({"email": "mina@example.org"})), Some(digest));
        assert_eq!(account_in(&json!({"token": "x"})), None);
        assert_eq!(account_in(&json!({"email": 5})), None);
    }
}
