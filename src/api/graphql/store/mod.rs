//! Store GraphQL doors.

pub mod channels;

/// Until the first mutation lands.
#[derive(Default)]
pub struct Placeholder;

#[async_graphql::Object]
impl Placeholder {
    /// Answers true.
    async fn ping(&self) -> bool {
        true
    }
}
