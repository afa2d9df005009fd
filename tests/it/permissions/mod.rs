//! Every operation of both documents and every field of both schemas, called as everybody: what each is told, as a
//! table for people to read (`tests/it/snapshots/`). The operations come from the documents themselves, so none can
//! be missing; what an operation needs is what its description says.

mod callers;
mod for_real;
mod graphql;
mod rest;
mod sample;
mod world;

use std::collections::BTreeMap;

use maru::commerce::auth::Permission;

/// What each caller was told, in the order of the callers.
type Row = Vec<(&'static str, String)>;

/// The permissions that a description names in its sentences with `Needs`.
fn needs(description: &str) -> Vec<Permission> {
    let sentences = description.split(". ").filter_map(|sentence| sentence.split_once("Needs ").map(|(_, after)| after));
    sentences.flat_map(|sentence| sentence.split('`').filter_map(|word| word.parse().ok())).collect()
}

/// A row for people: who was told the same stands together.
fn shown(operation: &str, needs: &[Permission], row: &Row) -> String {
    let mut told: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (caller, outcome) in row {
        told.entry(outcome).or_default().push(caller);
    }
    let needs: Vec<&str> = needs.iter().map(|p| p.as_str()).collect();
    let needs = if needs.is_empty() { String::new() } else { format!(" (needs {})", needs.join(", ")) };
    let lines: Vec<String> = told.iter().map(|(outcome, callers)| format!("    {outcome}: {}", callers.join(", "))).collect();
    format!("{operation}{needs}\n{}\n", lines.join("\n"))
}

/// What must hold whatever the table says.
fn check(operation: &str, is_write: bool, needs: &[Permission], row: &Row, wrong: &mut Vec<String>) {
    for (caller, outcome) in row {
        // `401 invalid_credentials` is said by a rule that was reached.
        let (refused, forbidden) = (outcome == "401 unauthenticated", outcome.starts_with("403"));
        let holds = match *caller {
            callers::EXPIRED | callers::REVOKED | callers::PUBLISHABLE => refused,
            // Where somebody is let in, whoever comes is nobody yet, whatever they come with.
            _ if lets_in(operation) => {
                row.first().is_some_and(|(_, nobodys)| outcome == nobodys) || (forbidden && is_of_cookies(operation))
            }
            callers::NOBODY | callers::STRANGER | callers::HOLDER | callers::CUSTOMER | callers::OTHER_CUSTOMER if !needs.is_empty() => {
                refused
            }
            // What somebody owns is not there for anybody else.
            callers::NOBODY | callers::STRANGER | callers::OTHER_CUSTOMER if is_owned(operation) => {
                outcome.contains("not_found") || refused
            }
            // An account's own is for whoever logged in to one of its kind. A key is no account.
            callers::NOBODY | callers::STRANGER | callers::HOLDER if is_an_accounts_own(operation) => refused,
            callers::CUSTOMER | callers::OTHER_CUSTOMER if is_staffs_own(operation) => refused,
            callers::WITHOUT | callers::READER | callers::WITH | callers::ELSEWHERE if is_an_accounts_own(operation) => forbidden,
            // Staff's tokens are worth nothing to the Store.
            callers::OWNER | callers::SUPPORT | callers::STAFF_WITHOUT if !is_admin(operation) => refused,
            callers::STAFF_OUT => refused,
            callers::OWNER => !refused && !forbidden,
            callers::SUPPORT if is_write && !needs.is_empty() => forbidden,
            callers::WITHOUT | callers::STAFF_WITHOUT if !needs.is_empty() => forbidden,
            // What is anybody's (a cart of one's own) is theirs as well.
            callers::READER if is_write && (!needs.is_empty() || operation.contains("order") || operation.contains("payment")) => {
                forbidden || outcome.contains("not_found")
            }
            callers::WITH => !refused && !forbidden,
            _ => true,
        };
        // Whoever is told one of these was told nothing of what they may.
        let broken = outcome.starts_with('5') || outcome.starts_with("429") || outcome.starts_with("400");
        if !holds || broken {
            wrong.push(format!("{operation}: {caller} is told {outcome}"));
        }
    }
}

/// Whether an operation is about one thing that somebody owns.
fn is_owned(operation: &str) -> bool {
    const OWNED: [&str; 7] =
        ["carts/{id}", "orders/{id}", "payments/{id}", "me/addresses/{id}", "me/sessions/{id}", "me/passkeys/{id}", "me/identities/{id}"];
    OWNED.iter().any(|path| operation.contains(&format!("/store/v1/{path}")))
}

/// Whether somebody is let in there, who is nobody yet.
fn lets_in(operation: &str) -> bool {
    let (first, rest) = operation.split_once(' ').unwrap();
    match first.parse() {
        Ok(method) if rest.starts_with('/') => maru::api::browser::lets_in(&method, rest),
        _ => rest.split_once(' ').is_some_and(|(_, field)| maru::api::browser::field_lets_in(first == "store", field)),
    }
}

/// Whether it is of the Admin surface.
fn is_admin(operation: &str) -> bool {
    operation.starts_with("admin ") || operation.contains(" /admin/")
}

/// Whether an operation of the Admin surface is about logging in, or about whoever of the staff calls: it needs no
/// permission.
fn is_staffs_own(operation: &str) -> bool {
    const FIELDS: [&str; 13] = [
        "query me",
        "query myStaffSessions",
        "query myStaffPasskeys",
        "mutation staffLog",
        "mutation staffSecondFactor",
        "mutation staffInvitationAccept",
        "mutation staffRe",
        "mutation staffStepUp",
        "mutation staffPasskey",
        "mutation staffPassword",
        "mutation staffMeUpdate",
        "mutation staffSession",
        "mutation staffTotp",
    ];
    match operation.strip_prefix("admin ") {
        Some(field) => FIELDS.iter().any(|own| field == *own || (own.starts_with("mutation") && field.starts_with(own))),
        None => operation.contains(" /admin/v1/me") || operation.contains(" /admin/v1/auth/"),
    }
}

/// Whether it is about a browser's cookies: whoever comes with a token has none.
fn is_of_cookies(operation: &str) -> bool {
    operation.contains("csrf-token") || operation.contains("csrfToken")
}

/// Whether an operation is about the account that calls.
fn is_an_accounts_own(operation: &str) -> bool {
    if is_staffs_own(operation) {
        return true;
    }
    if operation == "GET /store/v1/auth/providers" {
        return false;
    }
    const OWN: [&str; 7] =
        ["/store/v1/me", "/store/v1/auth/", "/claim", "query me", "query csrfToken", "mutation customer", "mutation cartClaim"];
    OWN.iter().any(|part| operation.contains(part)) && !operation.starts_with("admin ")
}

/// Whether a field is of those that send mail, or let somebody in or out: they have no rehearsal. Of REST the document
/// says so.
fn is_not_rehearsed(operation: &str) -> bool {
    const FIELDS: [&str; 13] = [
        "Register",
        "Login",
        "Refresh",
        "Password",
        "EmailChange",
        "EmailConfirm",
        "VerifyEmail",
        "customerDelete",
        "PasskeyAdd",
        "SignIn",
        "IdentityLink",
        "Phone",
        "IdentityVerification",
    ];
    const REHEARSED: [&str; 5] = ["Rename", "PasskeyDelete", "LogoutEverywhere", "SessionRevoke", "MeUpdate"];
    if REHEARSED.iter().any(|verb| operation.ends_with(verb)) {
        return false;
    }
    (operation.starts_with("admin mutation") && is_staffs_own(operation))
        || operation == "store mutation customerLogout"
        || (operation.starts_with("store mutation customer") && FIELDS.iter().any(|f| operation.contains(f)))
}

/// Compares a table with the one that was read last.
fn compare(name: &str, table: &[String]) {
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "../snapshots"}, {
        insta::assert_snapshot!(name, table.join("\n"));
    });
}

#[test]
fn what_an_operation_needs_is_read_from_its_description() {
    assert_eq!(needs("Newest first. Needs `orders:read`."), [Permission::OrdersRead]);
    assert_eq!(
        needs("Needs `orders:write`, and `orders:refund` when it is paid. `x`"),
        [Permission::OrdersWrite, Permission::OrdersRefund]
    );
    assert_eq!(needs("Needs an Idempotency-Key and `orders:refund`."), [Permission::OrdersRefund]);
    assert_eq!(needs("By id or number, with the order's secret."), []);
}
