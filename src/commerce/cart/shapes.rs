//! Carts as clients see them.

use crate::types::text::text_enum;

text_enum! {
    /// Where a cart stands.
    pub enum CartStatus {
        /// Being filled.
        Active = "active",
        /// It became an order.
        Completed = "completed",
        /// Nobody touched it for long.
        Expired = "expired",
    }
}

/// What changed under the customer since they put it into the cart.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
#[graphql(name = "CartWarning")]
#[schema(as = CartWarning)]
pub struct Warning {
    /// `price_changed`, `quantity_reduced`, `no_longer_available`, `code_not_applicable`, `shipping_option_unavailable`.
    pub code: String,
    /// JSON pointer into the cart.
    pub pointer: String,
    /// For people.
    pub detail: String,
}
