//! Permissions: `resource:verb`, granted to API keys, and to staff by their roles.

use crate::types::text::text_enum;

text_enum! {
    /// What staff or an API key may do.
    pub enum Permission {
        /// Everything.
        All = "all",
        /// Read products, categories, collections and prices in every state.
        CatalogRead = "catalog:read",
        /// Write products, categories, collections and prices; import.
        CatalogWrite = "catalog:write",
        /// Read stock locations, levels and movements.
        StockRead = "stock:read",
        /// Write stock locations; adjust stock.
        StockWrite = "stock:write",
        /// Read carts.
        CartsRead = "carts:read",
        /// Read orders, payments, refunds and shipments.
        OrdersRead = "orders:read",
        /// Change orders: fulfil, cancel, note.
        OrdersWrite = "orders:write",
        /// Give money back.
        OrdersRefund = "orders:refund",
        /// Confirm, capture and cancel payments.
        PaymentsWrite = "payments:write",
        /// Read promotions.
        PromotionsRead = "promotions:read",
        /// Write promotions.
        PromotionsWrite = "promotions:write",
        /// Read customers: their profiles, addresses and consents.
        CustomersRead = "customers:read",
        /// Change, disable, erase and import customers.
        CustomersWrite = "customers:write",
        /// Read channels, shipping and tax.
        SettingsRead = "settings:read",
        /// Write channels, shipping and tax.
        SettingsWrite = "settings:write",
        /// List, create and revoke API keys.
        KeysManage = "keys:manage",
        /// Read who works for the shop, invitations and roles.
        StaffRead = "staff:read",
        /// Invite, change, deactivate and delete staff; write roles.
        StaffManage = "staff:manage",
        /// Read the event log.
        EventsRead = "events:read",
        /// Read the audit log.
        AuditRead = "audit:read",
    }
}

impl Permission {
    /// Whether holding this one is enough for `asked`: writing implies reading.
    pub fn allows(self, asked: Self) -> bool {
        self == asked
            || self == Self::All
            || matches!(
                (self, asked),
                (Self::CatalogWrite, Self::CatalogRead)
                    | (Self::StockWrite, Self::StockRead)
                    | (Self::OrdersWrite | Self::OrdersRefund | Self::PaymentsWrite, Self::OrdersRead)
                    | (Self::PromotionsWrite, Self::PromotionsRead)
                    | (Self::CustomersWrite, Self::CustomersRead)
                    | (Self::SettingsWrite, Self::SettingsRead)
                    | (Self::StaffManage, Self::StaffRead)
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_implies_reading_and_nothing_else() {
        assert!(Permission::CatalogWrite.allows(Permission::CatalogRead));
        assert!(!Permission::CatalogRead.allows(Permission::CatalogWrite));
        assert!(!Permission::OrdersWrite.allows(Permission::OrdersRefund));
        for asked in Permission::ALL {
            assert!(Permission::All.allows(*asked));
            assert_eq!(asked.allows(Permission::All), *asked == Permission::All);
        }
    }
}
