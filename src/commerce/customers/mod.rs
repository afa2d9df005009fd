//! Customers: their accounts, profiles, addresses, consents and data. An account has an address or a phone number, or
//! both, and is made when the first of them is proved, never before, so nobody can hold one that is not theirs; registering, logging in and forgetting a password
//! answer the same, and take the same work, for an address that the shop knows and for one that it does not. Another
//! customer's things are never there. Events about customers hold ids and no personal data.

mod addresses;
mod consents;
mod create;
mod credentials;
mod email;
mod erase;
mod export;
mod first_proof;
mod import;
mod inactive;
mod inputs;
mod login;
mod passkeys;
mod password;
mod phone;
mod phone_change;
mod profile;
mod register;
mod rows;
mod shapes;
mod sign_in;
mod staff;
mod ways;

pub use addresses::{create_address, delete_address, get_address, list_addresses, update_address};
pub use consents::set_consents;
pub use email::{change_email, confirm_email};
pub use erase::{delete_me, erase};
pub use export::{CustomerExport, export};
pub use import::{CustomerImport, CustomerImportItem, CustomerImported, CustomersImported, ImportOutcome, import};
pub use inactive::{Swept, sweep_inactive};
pub use inputs::{
    AddressCreate, AddressUpdate, ClaimAtLogin, ConsentsUpdate, CsrfToken, CustomerLogin, CustomerRegister, CustomerUpdate, CustomerVerify,
    EmailChange, EmailConfirm, EmailOnly, Logout, PasswordChange, PasswordConfirm, PasswordReset, PhoneChangeFinish, PhoneChangeStart,
    PhoneFinish, PhoneProfile, PhoneStart, RefreshInput,
};
pub(crate) use login::tokens_of;
pub use login::{log_in, log_out, refresh};
pub use passkeys::{
    PasskeyLogin, add_passkey, delete_passkey, list_passkeys, log_in_with_passkey, passkey_login_options, passkey_options, rename_passkey,
};
pub use password::{change_password, forgot_password, reset_password};
pub use phone::{finish_phone_login, start_phone_login};
pub use phone_change::{finish_phone_change, remove_phone, start_phone_change};
pub use profile::{me, update_me};
pub use register::{register, verify_email};
pub use rows::EmailAddress;
pub use shapes::{
    Accepted, AuthTokens, Consent, ConsentChannel, ConsentRecord, Customer, CustomerAddress, CustomerAddresses, CustomerConsents,
    CustomerDeleted, CustomerErased, CustomerStatus, EmailConfirmed, LoggedIn, PasswordIsSet, PhoneChallenge,
};
pub use sign_in::{
    CustomerIdentities, CustomerIdentity, IdTokenSignIn, IdentityLink, IdentityLinkIdToken, IdentityLinkStart, IdentityUnlinked,
    SignInFinish, SignInProtocolKind, SignInProviderInfo, SignInProviderList, SignInStart, SignInStarted, finish_sign_in, forget_sign_ins,
    identities_of_customer, link_id_token, link_identity, list_identities, list_sign_in_providers, sign_in_with_id_token, start_link,
    start_sign_in, unlink_identity,
};
pub use staff::{CustomerFilter, CustomerManage, addresses as addresses_of, disable, enable, get, list, update};
