//! Ids: a prefix that names the kind and a UUIDv7 in Crockford base32 (TypeID 0.3), such as
//! `prod_01h455vb4pex5vsknk084sn02q`; 16 bytes in the database. Ids order by time of creation.

use std::fmt;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Why a text is not an id of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not an id at all.
    #[error("not an id")]
    Malformed,
    /// An id, but of another kind of thing.
    #[error("an id of another kind")]
    OtherKind,
}

/// What all ids can do; implemented by `ids!` alone.
pub trait Id: Copy + fmt::Display + From<uuid::Uuid> + Into<uuid::Uuid> + Send + Sync + 'static {
    /// The text before the underscore.
    const PREFIX: &'static str;

    /// Reads `prefix_base32`.
    fn parse(text: &str) -> Result<Self, IdError> {
        let (prefix, suffix) = text.rsplit_once('_').ok_or(IdError::Malformed)?;
        let uuid = decode(suffix).ok_or(IdError::Malformed)?;
        if prefix == Self::PREFIX {
            Ok(Self::from(uuid))
        } else if !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            Err(IdError::OtherKind)
        } else {
            Err(IdError::Malformed)
        }
    }
}

fn encode(uuid: uuid::Uuid) -> String {
    let value = uuid.as_u128();
    (0..26u32)
        .rev()
        .filter_map(|digit| {
            let index = usize::try_from((value >> (5 * digit)) & 31).ok()?;
            ALPHABET.get(index).copied().map(char::from)
        })
        .collect()
}

fn decode(text: &str) -> Option<uuid::Uuid> {
    let first = *text.as_bytes().first()?;
    // 26 digits hold 130 bits; an id has 128.
    if text.len() != 26 || first > b'7' {
        return None;
    }
    let mut value: u128 = 0;
    for byte in text.bytes() {
        let digit = ALPHABET.iter().position(|c| *c == byte)?;
        value = (value << 5) | u128::try_from(digit).ok()?;
    }
    Some(uuid::Uuid::from_u128(value))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $example:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = crate::types::sql::Uuid)]
        pub struct $name(uuid::Uuid);

        impl Id for $name { const PREFIX: &'static str = $prefix; }
        impl From<uuid::Uuid> for $name { fn from(value: uuid::Uuid) -> Self { Self(value) } }
        impl From<$name> for uuid::Uuid { fn from(value: $name) -> Self { value.0 } }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}_{}", $prefix, encode(self.0)) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }
        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> { Self::parse(text) }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                Self::parse(&text).map_err(|e| serde::de::Error::custom(format!("{e}: expected {}_...", $prefix)))
            }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-7][0-9a-hjkmnp-tv-z]{25}$")))
                    .description(Some(concat!("Id, starting with `", $prefix, "_`.")))
                    .examples([$example])
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> { std::borrow::Cow::Borrowed(stringify!($name)) }
        }
        crate::types::sql_bridge::uuid_bridge!($name);
        crate::types::graphql_bridge::id_bridge!($name);
    )*};
}

ids! {
    /// A product.
    ProductId = "prod", "prod_01h455vb4pex5vsknk084sn02q";
    /// A variant: what is priced, stocked and sold.
    VariantId = "var", "var_01h455vb4pex5vsknk084sn02q";
    /// A category of the tree.
    CategoryId = "cat", "cat_01h455vb4pex5vsknk084sn02q";
    /// A collection: a hand-picked list of products.
    CollectionId = "col", "col_01h455vb4pex5vsknk084sn02q";
    /// A channel: where the shop sells, with its currency, locales and countries.
    ChannelId = "chan", "chan_01h455vb4pex5vsknk084sn02q";
    /// A stock location.
    LocationId = "loc", "loc_01h455vb4pex5vsknk084sn02q";
    /// A stock movement.
    MovementId = "mov", "mov_01h455vb4pex5vsknk084sn02q";
    /// A stock reservation.
    ReservationId = "rsv", "rsv_01h455vb4pex5vsknk084sn02q";
    /// A shipping zone.
    ShippingZoneId = "zone", "zone_01h455vb4pex5vsknk084sn02q";
    /// A shipping option.
    ShippingOptionId = "ship", "ship_01h455vb4pex5vsknk084sn02q";
    /// A tax rate.
    TaxRateId = "tax", "tax_01h455vb4pex5vsknk084sn02q";
    /// A promotion.
    PromotionId = "promo", "promo_01h455vb4pex5vsknk084sn02q";
    /// A cart.
    CartId = "cart", "cart_01h455vb4pex5vsknk084sn02q";
    /// A line of a cart.
    CartLineId = "line", "line_01h455vb4pex5vsknk084sn02q";
    /// An order.
    OrderId = "ord", "ord_01h455vb4pex5vsknk084sn02q";
    /// A line of an order.
    OrderLineId = "oln", "oln_01h455vb4pex5vsknk084sn02q";
    /// An entry of an order's timeline.
    TimelineId = "tle", "tle_01h455vb4pex5vsknk084sn02q";
    /// A payment.
    PaymentId = "pay", "pay_01h455vb4pex5vsknk084sn02q";
    /// A call to a payment provider.
    AttemptId = "att", "att_01h455vb4pex5vsknk084sn02q";
    /// An entry of a payment's ledger.
    PaymentEntryId = "pent", "pent_01h455vb4pex5vsknk084sn02q";
    /// A refund.
    RefundId = "ref", "ref_01h455vb4pex5vsknk084sn02q";
    /// A shipment.
    ShipmentId = "shp", "shp_01h455vb4pex5vsknk084sn02q";
    /// A customer.
    CustomerId = "cus", "cus_01h455vb4pex5vsknk084sn02q";
    /// Somebody who works for the shop.
    StaffId = "usr", "usr_01h455vb4pex5vsknk084sn02q";
    /// A role: what staff may do.
    RoleId = "role", "role_01h455vb4pex5vsknk084sn02q";
    /// An invitation of somebody to work for the shop.
    InvitationId = "inv", "inv_01h455vb4pex5vsknk084sn02q";
    /// An address of a customer's address book.
    CustomerAddressId = "addr", "addr_01h455vb4pex5vsknk084sn02q";
    /// A record of a consent.
    ConsentId = "cns", "cns_01h455vb4pex5vsknk084sn02q";
    /// A session: one device's family of refresh tokens.
    SessionId = "ses", "ses_01h455vb4pex5vsknk084sn02q";
    /// A passkey.
    PasskeyId = "psk", "psk_01h455vb4pex5vsknk084sn02q";
    /// An account elsewhere that opens a customer's account here.
    IdentityId = "idn", "idn_01h455vb4pex5vsknk084sn02q";
    /// An attempt to sign in with another provider.
    SignInId = "sin", "sin_01h455vb4pex5vsknk084sn02q";
    /// Something that is proved by mail.
    AccountTokenId = "atk", "atk_01h455vb4pex5vsknk084sn02q";
    /// A mail.
    MailId = "mail", "mail_01h455vb4pex5vsknk084sn02q";
    /// A verification of who somebody is.
    IdentityVerificationId = "idv", "idv_01h455vb4pex5vsknk084sn02q";
    /// An API key.
    KeyId = "key", "key_01h455vb4pex5vsknk084sn02q";
    /// An event.
    EventId = "evt", "evt_01h455vb4pex5vsknk084sn02q";
    /// An entry of the audit log.
    AuditId = "aud", "aud_01h455vb4pex5vsknk084sn02q";
    /// A job.
    JobId = "job", "job_01h455vb4pex5vsknk084sn02q";
    /// A long-running operation.
    OperationId = "op", "op_01h455vb4pex5vsknk084sn02q";
    /// An option of a product, such as its colour.
    OptionId = "opt", "opt_01h455vb4pex5vsknk084sn02q";
    /// A picture or video of a product.
    MediaId = "med", "med_01h455vb4pex5vsknk084sn02q";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_typeid_specification() {
        // Examples of the TypeID specification 0.3, valid.yml.
        let uuid: uuid::Uuid = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        assert_eq!(encode(uuid), "01h455vb4pex5vsknk084sn02q");
        assert_eq!(decode("01h455vb4pex5vsknk084sn02q"), Some(uuid));
        assert_eq!(encode(uuid::Uuid::max()), "7zzzzzzzzzzzzzzzzzzzzzzzzz");
        assert_eq!(decode("8zzzzzzzzzzzzzzzzzzzzzzzzz"), None);
        assert_eq!(decode("01h455vb4pex5vsknk084sn02u"), None);
    }

    #[test]
    fn tells_another_kind_from_nonsense() {
        assert_eq!(ProductId::parse("cart_01h455vb4pex5vsknk084sn02q"), Err(IdError::OtherKind));
        assert_eq!(ProductId::parse("prod_01h455vb4pex5vsknk084sn02"), Err(IdError::Malformed));
        assert_eq!(ProductId::parse("PROD_01h455vb4pex5vsknk084sn02q"), Err(IdError::Malformed));
        assert_eq!(ProductId::parse("일"), Err(IdError::Malformed));
    }
}
