//! Relay connections over the same keyset listings as REST's pages.

use async_graphql::OutputType;
use async_graphql::connection::{Connection, Edge, EmptyFields};

use super::errors::fault;
use crate::error::{Error, Result};
use crate::types::page::{DEFAULT_LIMIT, Direction, MAX_LIMIT};
use crate::types::{Listing, PageRequest};

/// `first`, `after`, `last`, `before` as a page: forward by default, 20 items unless asked, 100 at most.
pub fn page(first: Option<i32>, after: Option<String>, last: Option<i32>, before: Option<String>) -> async_graphql::Result<PageRequest> {
    window(first, after, last, before).map_err(|e| fault(&e))
}

fn window(first: Option<i32>, after: Option<String>, last: Option<i32>, before: Option<String>) -> Result<PageRequest> {
    let (direction, count, cursor) = match (first, last, after, before) {
        (Some(_), Some(_), _, _) => return Err(Error::malformed("Send `first` or `last`, not both.")),
        (_, _, Some(_), Some(_)) => return Err(Error::malformed("Send `after` or `before`, not both.")),
        (None, Some(last), None, before) => (Direction::Backward, last, before),
        (None, None, None, Some(before)) => (Direction::Backward, i32::try_from(DEFAULT_LIMIT).unwrap_or(20), Some(before)),
        (first, None, after, None) => (Direction::Forward, first.unwrap_or(i32::try_from(DEFAULT_LIMIT).unwrap_or(20)), after),
        _ => return Err(Error::malformed("`first` goes with `after`, `last` with `before`.")),
    };
    let limit = u32::try_from(count).ok().filter(|l| (1..=MAX_LIMIT).contains(l));
    let limit = limit.ok_or_else(|| Error::malformed(format!("`first` and `last` are 1 to {MAX_LIMIT}.")))?;
    Ok(PageRequest { limit, cursor, direction, with_total: false })
}

/// A listing as a connection.
pub fn connection<T: OutputType>(listing: Listing<T>) -> Connection<String, T, EmptyFields, EmptyFields> {
    let mut connection = Connection::new(listing.has_previous, listing.has_next);
    connection.edges = listing.items.into_iter().map(|(cursor, item)| Edge::new(cursor, item)).collect();
    connection
}

/// What a connection of this many items costs: each item's fields, once an item.
pub fn cost(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    let count = first.or(last).and_then(|n| usize::try_from(n).ok()).unwrap_or(20);
    count.min(1_000).saturating_mul(child.max(1))
}
