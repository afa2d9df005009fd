//! Errors in GraphQL: `userErrors` for what a user can act on, top-level errors for faults. The codes are
//! REST's.

use async_graphql::{ErrorExtensions, SimpleObject};

use crate::api::errors::log_fault;
use crate::api::middleware::request_id;
use crate::error::{Error, Result};

/// Something the user can act on: invalid, in conflict, declined, not found.
#[derive(Debug, Clone, SimpleObject)]
pub struct UserError {
    /// Stable: branch on it. The same list as REST's `code`.
    pub code: String,
    /// For the developer; may change.
    pub message: String,
    /// JSON pointer into the mutation's input, or null.
    pub pointer: Option<String>,
}

impl UserError {
    /// What an error tells the user: each violation, or the error itself.
    pub fn all_of(error: &Error) -> Vec<Self> {
        if error.fields.is_empty() {
            return vec![Self { code: error.code.as_str().to_owned(), message: error.detail.clone(), pointer: None }];
        }
        let code = |field: &crate::error::FieldError| {
            // A violation's own code says more than `invalid`; any other code says more than the violation's.
            if error.code == crate::error::Code::Invalid { field.code.clone() } else { error.code.as_str().to_owned() }
        };
        error.fields.iter().map(|f| Self { code: code(f), message: f.detail.clone(), pointer: Some(f.pointer.clone()) }).collect()
    }
}

/// An error as a top-level GraphQL error.
pub fn fault(error: &Error) -> async_graphql::Error {
    log_fault(error);
    async_graphql::Error::new(error.detail.clone()).extend_with(|_, extensions| {
        extensions.set("code", error.code.as_str());
        extensions.set("status", error.status());
        extensions.set("request_id", request_id());
        if !error.fields.is_empty() {
            let fields: Vec<async_graphql::Value> =
                error.fields.iter().filter_map(|f| async_graphql::Value::from_json(serde_json::to_value(f).ok()?).ok()).collect();
            extensions.set("errors", fields);
        }
    })
}

/// What a query answers: null for what is not there.
pub fn found<T>(result: Result<T>) -> async_graphql::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code == crate::error::Code::NotFound => Ok(None),
        Err(error) => Err(fault(&error)),
    }
}

/// What a query of something always there answers.
pub fn given<T>(result: Result<T>) -> async_graphql::Result<T> {
    result.map_err(|e| fault(&e))
}
