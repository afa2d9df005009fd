//! The vocabulary: values every room speaks, with their JSON, GraphQL and database forms.
//! Nothing here knows a table, a request or a rule of trade.

pub mod clock;
pub mod country;
pub(crate) mod graphql_bridge;
pub mod ids;
pub mod json;
pub mod locale;
pub mod money;
pub mod network;
pub mod page;
pub mod patch;
pub mod phone;
mod quantity;
pub mod secret;
pub mod sql;
pub(crate) mod sql_bridge;
pub mod text;

pub use clock::{Clock, Timestamp};
pub use country::Country;
pub use ids::*;
pub use json::{Json, Metadata, MetadataPatch};
pub use locale::Locale;
pub use money::{Currency, MinorUnits, Money};
pub use page::{Listing, Page, PageRequest};
pub use patch::Patch;
pub use phone::{PhoneError, PhoneNumber};
pub use quantity::{MOST_SHOWN, shown_quantity};
pub use secret::Secret;
