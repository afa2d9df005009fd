//! Store GraphQL doors.

pub mod carts;
pub mod categories;
pub mod channels;
pub mod customers;
pub mod orders;
pub mod passkeys;
pub mod products;
pub mod sign_in;

/// The one of `id` and `slug` that names a thing.
pub fn handle<I: std::fmt::Display>(id: Option<I>, slug: Option<String>) -> async_graphql::Result<String> {
    match (id, slug) {
        (Some(id), None) => Ok(id.to_string()),
        (None, Some(slug)) => Ok(slug),
        _ => Err(super::errors::fault(&crate::error::Error::malformed("Send `id` or `slug`, one of them."))),
    }
}
