//! Roles: named sets of permissions. Five are in every shop and are changed by nobody; the others are the shop's.
//! `all` is the owner's alone, so that an owner can be told from everybody else.

use diesel::prelude::*;

use super::authority;
use super::inputs::{RoleCreate, RoleUpdate};
use super::shapes::{RoleDeleted, RoleRef, StaffRole, StaffRoles};
use crate::commerce::auth::{Caller, Permission, may_grant};
use crate::commerce::events;
use crate::db::tables::{staff_member_roles as held, staff_roles};
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, FieldError, OnUnique, Result, check};
use crate::types::text::{folded, text_enum};
use crate::types::{Json, Patch, RoleId, Timestamp};

/// How many roles a shop can make.
const MOST: i64 = 100;

text_enum! {
    /// A role that every shop has.
    pub enum BuiltInRole {
        /// May do everything, and make owners.
        Owner = "owner",
        /// May do everything but what concerns owners.
        Admin = "admin",
        /// Catalog, stock and promotions.
        CatalogManager = "catalog_manager",
        /// Orders, payments and customers.
        OrderManager = "order_manager",
        /// Reads what customers ask about; changes nothing.
        Support = "support",
    }
}

impl BuiltInRole {
    /// Its id, the same in every shop.
    pub fn id(self) -> RoleId {
        uuid::Uuid::from_u128(match self {
            Self::Owner => 1,
            Self::Admin => 2,
            Self::CatalogManager => 3,
            Self::OrderManager => 4,
            Self::Support => 5,
        })
        .into()
    }

    fn of(id: RoleId) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.id() == id)
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Owner => ("Owner", "May do everything, and make owners."),
            Self::Admin => ("Admin", "May do everything but what concerns owners."),
            Self::CatalogManager => ("Catalog manager", "Catalog, stock and promotions."),
            Self::OrderManager => ("Order manager", "Orders, payments and customers."),
            Self::Support => ("Support", "Reads what customers ask about; changes nothing."),
        }
    }

    /// What it allows.
    pub fn permissions(self) -> Vec<Permission> {
        use Permission as P;
        match self {
            Self::Owner => vec![P::All],
            Self::Admin => P::ALL.iter().copied().filter(|p| *p != P::All).collect(),
            Self::CatalogManager => vec![P::CatalogWrite, P::StockWrite, P::PromotionsWrite, P::SettingsRead],
            Self::OrderManager => vec![
                P::OrdersWrite,
                P::OrdersRefund,
                P::PaymentsWrite,
                P::CartsRead,
                P::CustomersWrite,
                P::CatalogRead,
                P::StockRead,
                P::PromotionsRead,
                P::SettingsRead,
            ],
            Self::Support => {
                vec![P::OrdersRead, P::CartsRead, P::CustomersRead, P::CatalogRead, P::StockRead, P::PromotionsRead, P::SettingsRead]
            }
        }
    }

    fn shape(self) -> StaffRole {
        let (name, description) = self.words();
        StaffRole {
            id: self.id(),
            code: Some(self),
            name: name.to_owned(),
            description: Some(description.to_owned()),
            permissions: self.permissions(),
            version: 1,
            created_at: None,
            updated_at: None,
        }
    }
}

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = staff_roles, treat_none_as_default_value = false)]
struct RoleRow {
    id: RoleId,
    name: String,
    name_key: String,
    description: Option<String>,
    permissions: Json<Vec<Permission>>,
    version: i32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<RoleRow> for StaffRole {
    fn from(row: RoleRow) -> Self {
        Self {
            id: row.id,
            code: None,
            name: row.name,
            description: row.description,
            permissions: row.permissions.0,
            version: row.version,
            created_at: Some(row.created_at),
            updated_at: Some(row.updated_at),
        }
    }
}

/// Roles that are looked up together.
pub(super) struct Known(Vec<StaffRole>);

impl Known {
    /// Those of these that there are; one statement at most.
    pub fn load(tx: &mut Tx, ids: &[RoleId]) -> Result<Self> {
        let asked: Vec<RoleId> = ids.iter().copied().filter(|id| BuiltInRole::of(*id).is_none()).collect();
        let own: Vec<RoleRow> = if asked.is_empty() {
            Vec::new()
        } else {
            on_each!(tx, |c| staff_roles::table.filter(staff_roles::id.eq_any(&asked)).select(RoleRow::as_select()).load(c))?
        };
        let built_in = BuiltInRole::ALL.iter().filter(|role| ids.contains(&role.id())).map(|role| role.shape());
        Ok(Self(built_in.chain(own.into_iter().map(StaffRole::from)).collect()))
    }

    /// What they allow together.
    pub fn permissions(&self) -> Vec<Permission> {
        let mut all: Vec<Permission> = self.0.iter().flat_map(|role| role.permissions.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The ids of those that there are.
    pub fn ids(&self) -> Vec<RoleId> {
        self.0.iter().map(|role| role.id).collect()
    }

    /// Those with these ids.
    pub fn refs(&self, ids: &[RoleId]) -> Vec<RoleRef> {
        let held = self.0.iter().filter(|role| ids.contains(&role.id));
        held.map(|role| RoleRef { id: role.id, code: role.code, name: role.name.clone() }).collect()
    }
}

/// Roles that somebody is to have: each must be there, and none may allow more than who gives them may do.
pub(super) fn granted(tx: &mut Tx, by: &Caller, ids: &[RoleId]) -> Result<Known> {
    let known = Known::load(tx, ids)?;
    let there = known.ids();
    let missing = |(place, _): (usize, &RoleId)| FieldError::new(format!("/role_ids/{place}"), "not_found", "There is no such role.");
    let missing: Vec<FieldError> = ids.iter().enumerate().filter(|(_, id)| !there.contains(id)).map(missing).collect();
    if !missing.is_empty() {
        return Err(Error::invalid(missing));
    }
    may_grant(by, &known.permissions(), None)?;
    Ok(known)
}

/// All roles. Needs `staff:read`.
pub fn list_roles(tx: &mut Tx, by: &Caller) -> Result<StaffRoles> {
    by.require_everywhere(Permission::StaffRead)?;
    let own: Vec<RoleRow> =
        on_each!(tx, |c| staff_roles::table.order(staff_roles::name_key.asc()).limit(MOST).select(RoleRow::as_select()).load(c))?;
    let built_in = BuiltInRole::ALL.iter().map(|role| role.shape());
    Ok(StaffRoles { data: built_in.chain(own.into_iter().map(StaffRole::from)).collect() })
}

/// A role. Needs `staff:read`.
pub fn get_role(tx: &mut Tx, by: &Caller, id: RoleId) -> Result<StaffRole> {
    by.require_everywhere(Permission::StaffRead)?;
    match BuiltInRole::of(id) {
        Some(role) => Ok(role.shape()),
        None => own(tx, id).map(StaffRole::from),
    }
}

/// Makes a role. Nobody grants what they do not have. Needs `staff:manage`.
pub fn create_role(tx: &mut Tx, by: &Caller, input: RoleCreate) -> Result<StaffRole> {
    let by = &authority::decider(tx, by)?;
    check(&input)?;
    let permissions = allowed(by, input.permissions)?;
    let count: i64 = on_each!(tx, |c| staff_roles::table.count().get_result(c))?;
    if count >= MOST {
        return Err(Error::new(Code::Conflict, format!("A shop has {MOST} roles of its own at most.")));
    }
    let now = tx.now();
    let name = named(&input.name)?;
    let row = RoleRow {
        id: tx.new_id(),
        name_key: folded(&name),
        name,
        description: input.description,
        permissions: Json(permissions),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    on_each!(tx, |c| diesel::insert_into(staff_roles::table).values(&row).execute(c)).on_unique(taken)?;
    told(tx, "role.created", row.into())
}

/// Changes a role of the shop's own: nobody changes one that allows, or shall allow, more than they may do. Needs
/// `staff:manage`.
pub fn update_role(tx: &mut Tx, by: &Caller, id: RoleId, expected_version: Option<i32>, input: RoleUpdate) -> Result<StaffRole> {
    let by = &authority::decider(tx, by)?;
    check(&input)?;
    let mut row = changeable(tx, by, id)?;
    if expected_version.is_some_and(|expected| expected != row.version) {
        return Err(Error::new(Code::VersionMismatch, format!("The role is at version {} now.", row.version)));
    }
    if let Some(permissions) = input.permissions {
        row.permissions = Json(allowed(by, permissions)?);
    }
    if let Some(name) = input.name {
        row.name = named(&name)?;
        row.name_key = folded(&row.name);
    }
    if !matches!(input.description, Patch::Keep) {
        row.description = None;
        input.description.apply(&mut row.description);
    }
    (row.version, row.updated_at) = (row.version.saturating_add(1), tx.now());
    let change = (
        staff_roles::name.eq(&row.name),
        staff_roles::name_key.eq(&row.name_key),
        staff_roles::description.eq(&row.description),
        staff_roles::permissions.eq(&row.permissions),
        staff_roles::version.eq(row.version),
        staff_roles::updated_at.eq(row.updated_at),
    );
    on_each!(tx, |c| diesel::update(staff_roles::table.find(id)).set(change).execute(c)).on_unique(taken)?;
    told(tx, "role.updated", row.into())
}

/// Deletes a role of the shop's own that nobody has. Needs `staff:manage`.
pub fn delete_role(tx: &mut Tx, by: &Caller, id: RoleId) -> Result<RoleDeleted> {
    let by = &authority::decider(tx, by)?;
    let row = changeable(tx, by, id)?;
    let holders: i64 = on_each!(tx, |c| held::table.filter(held::role_id.eq(id)).count().get_result(c))?;
    if holders > 0 {
        return Err(Error::new(Code::InUse, format!("{holders} of the staff have this role: give them others first.")));
    }
    on_each!(tx, |c| diesel::delete(staff_roles::table.find(id)).execute(c))?;
    told(tx, "role.deleted", row.into())?;
    Ok(RoleDeleted { id })
}

fn own(tx: &mut Tx, id: RoleId) -> Result<RoleRow> {
    let row: Option<RoleRow> = on_each!(tx, |c| staff_roles::table.find(id).select(RoleRow::as_select()).first(c).optional())?;
    row.ok_or_else(|| Error::not_found("role"))
}

/// A role that the caller may change.
fn changeable(tx: &mut Tx, by: &Caller, id: RoleId) -> Result<RoleRow> {
    if BuiltInRole::of(id).is_some() {
        return Err(Error::new(Code::Conflict, "Every shop has this role as it is: make one of your own."));
    }
    let row = own(tx, id)?;
    authority::may_manage(by, &row.permissions.0)?;
    Ok(row)
}

/// Permissions that a role may have, given by this caller: in order, each once.
fn allowed(by: &Caller, mut permissions: Vec<Permission>) -> Result<Vec<Permission>> {
    if let Some(place) = permissions.iter().position(|p| *p == Permission::All) {
        let detail = "`all` is the owner's: give the role owner, or name each permission.";
        return Err(Error::invalid_field(format!("/permissions/{place}"), "forbidden", detail));
    }
    may_grant(by, &permissions, None)?;
    permissions.sort_unstable();
    permissions.dedup();
    Ok(permissions)
}

fn named(name: &str) -> Result<String> {
    let name = name.trim().to_owned();
    let key = folded(&name);
    if name.is_empty() {
        return Err(Error::invalid_field("/name", "length", "A role has a name."));
    }
    if BuiltInRole::ALL.iter().any(|role| folded(role.words().0) == key) { Err(taken()) } else { Ok(name) }
}

fn taken() -> Error {
    Error::new(Code::AlreadyExists, "Another role has this name.")
}

fn told(tx: &mut Tx, kind: &str, role: StaffRole) -> Result<StaffRole> {
    events::emit(tx, kind, Some(role.id.into()), &role)?;
    Ok(role)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(role: BuiltInRole, asked: Permission) -> bool {
        role.permissions().iter().any(|p| p.allows(asked))
    }

    #[test]
    fn only_the_owner_may_do_everything() {
        for asked in Permission::ALL {
            assert!(may(BuiltInRole::Owner, *asked));
            assert_eq!(may(BuiltInRole::Admin, *asked), *asked != Permission::All, "{asked}");
        }
    }

    #[test]
    fn support_only_reads_and_only_owners_and_admins_manage_staff_and_keys() {
        assert!(BuiltInRole::Support.permissions().iter().all(|p| p.as_str().ends_with(":read")));
        for role in [BuiltInRole::CatalogManager, BuiltInRole::OrderManager, BuiltInRole::Support] {
            for kept in [Permission::StaffManage, Permission::StaffRead, Permission::KeysManage, Permission::SettingsWrite] {
                assert!(!may(role, kept), "{role} {kept}");
            }
        }
    }

    #[test]
    fn ids_are_fixed_and_apart() {
        for role in BuiltInRole::ALL {
            assert_eq!(BuiltInRole::of(role.id()), Some(*role));
        }
        assert_eq!(BuiltInRole::Owner.id().to_string(), "role_00000000000000000000000001");
    }
}
