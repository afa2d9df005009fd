//! Payloads of mutations: the object, null when refused, and `userErrors`.

/// A payload type: `payload!(/// doc  CartPayload { cart: Cart })`.
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, async_graphql::SimpleObject)]
        pub struct $name {
            $(
                /// Null when refused.
                pub $field: Option<$type>,
            )+
            /// Why it was refused; empty when it was done.
            pub user_errors: Vec<$crate::api::graphql::errors::UserError>,
        }
    };
    // One object: made of a rule's answer.
    ($(#[$doc:meta])* $name:ident of $field:ident: $type:ty) => {
        payload!($(#[$doc])* $name { $field: $type });

        impl $name {
            /// The payload of a rule's answer; faults are top-level errors.
            pub fn of(result: $crate::error::Result<$crate::commerce::idempotency::Written<$type>>) -> async_graphql::Result<Self> {
                match result {
                    Ok(written) => Ok(Self { $field: Some(written.value), user_errors: Vec::new() }),
                    Err(error) if error.kind().is_for_the_user() => {
                        Ok(Self { $field: None, user_errors: $crate::api::graphql::errors::UserError::all_of(&error) })
                    }
                    Err(error) => Err($crate::api::graphql::errors::fault(&error)),
                }
            }
        }
    };
}
pub(crate) use payload;
