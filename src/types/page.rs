//! Pages of lists: keyset pagination with opaque cursors, for REST pages and Relay connections alike.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// How many items a page has unless asked.
pub const DEFAULT_LIMIT: u32 = 20;
/// How many items a page may have.
pub const MAX_LIMIT: u32 = 100;

/// Which page of a list: at most `limit` items after (or before) a cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// 1 to 100.
    pub limit: u32,
    /// Where to go on from, as an earlier page gave it.
    pub cursor: Option<String>,
    /// Towards the end of the list, or back to its start.
    pub direction: Direction,
    /// Whether to count the whole list.
    pub with_total: bool,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: DEFAULT_LIMIT, cursor: None, direction: Direction::Forward, with_total: false }
    }
}

/// The way a page is read from its cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The items after the cursor.
    Forward,
    /// The items before the cursor, still in the list's order.
    Backward,
}

/// A cursor that is not one of this list's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one this list gave")]
pub struct BadCursor;

impl PageRequest {
    /// What the cursor holds, if there is one. `list` names the list and its order, so that a cursor of
    /// another list or another sort is refused.
    pub fn key<K: DeserializeOwned>(&self, list: &str) -> Result<Option<K>, BadCursor> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| BadCursor)?;
        let (of, key): (String, K) = serde_json::from_slice(&bytes).map_err(|_| BadCursor)?;
        if of == list { Ok(Some(key)) } else { Err(BadCursor) }
    }

    /// Rows to ask the database for: one more than the page, to know whether there are more.
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit).saturating_add(1)
    }

    /// Makes a listing of rows fetched with [`PageRequest::fetch`] in the direction of this request.
    pub fn listing<T, K: Serialize>(&self, list: &str, mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Listing<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let (has_next, has_previous) = match self.direction {
            Direction::Forward => (more, self.cursor.is_some()),
            Direction::Backward => (self.cursor.is_some(), more),
        };
        if self.direction == Direction::Backward {
            rows.reverse();
        }
        let items = rows.into_iter().map(|row| (encode(list, &key(&row)), row)).collect();
        Listing { items, has_next, has_previous, total: None }
    }
}

fn encode<K: Serialize>(list: &str, key: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(list, key)).unwrap_or_default())
}

/// Items of a list with the cursor of each.
#[derive(Debug, Clone)]
pub struct Listing<T> {
    /// Cursor and item, in the list's order.
    pub items: Vec<(String, T)>,
    /// Whether items follow.
    pub has_next: bool,
    /// Whether items precede.
    pub has_previous: bool,
    /// How many the whole list has, when asked for.
    pub total: Option<i64>,
}

impl<T> Listing<T> {
    /// The same page of other items.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> Listing<U> {
        Listing {
            items: self.items.into_iter().map(|(cursor, item)| (cursor, f(item))).collect(),
            has_next: self.has_next,
            has_previous: self.has_previous,
            total: self.total,
        }
    }

    /// The items alone.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.items.iter().map(|(_, item)| item)
    }
}

/// A page of a list.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The items.
    pub data: Vec<T>,
    /// Where to go on.
    pub page: PageInfo,
}

/// Where a list goes on.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PageInfo {
    /// Pass as `cursor` to get the next page; null on the last page.
    pub next_cursor: Option<String>,
    /// Whether there is a next page.
    pub has_more: bool,
    /// How many items the whole list has; only with `include=total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub total: Option<i64>,
}

impl<T> From<Listing<T>> for Page<T> {
    fn from(listing: Listing<T>) -> Self {
        let next_cursor = if listing.has_next { listing.items.last().map(|(cursor, _)| cursor.clone()) } else { None };
        Self {
            data: listing.items.into_iter().map(|(_, item)| item).collect(),
            page: PageInfo { next_cursor, has_more: listing.has_next, total: listing.total },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_cursors_of_other_lists() {
        let request = PageRequest { limit: 2, ..PageRequest::default() };
        let listing = request.listing("products:name", vec![1, 2, 3], |n| *n);
        assert!(listing.has_next);
        let next = PageRequest { cursor: Some(listing.items[1].0.clone()), ..request.clone() };
        assert_eq!(next.key::<i32>("products:name"), Ok(Some(2)));
        assert_eq!(next.key::<i32>("products:price"), Err(BadCursor));
        assert_eq!(next.key::<String>("products:name"), Err(BadCursor));
        let nonsense = PageRequest { cursor: Some("한".into()), ..request };
        assert_eq!(nonsense.key::<i32>("products:name"), Err(BadCursor));
    }

    #[test]
    fn reads_backwards_in_the_lists_order() {
        let back = PageRequest { limit: 2, cursor: Some("x".into()), direction: Direction::Backward, with_total: false };
        // The database answered 4, 3, 2 for "before 5".
        let listing = back.listing("n", vec![4, 3, 2], |n| *n);
        assert_eq!(listing.values().copied().collect::<Vec<_>>(), [3, 4]);
        assert!(listing.has_previous && listing.has_next);
    }
}
