//! Attempts to sign in: started by one client, finished by the same, once, within ten minutes. What the provider is
//! told of it (the verifier's hash, the nonce) is made of the shop's secret and of the client's: neither the database
//! nor the address that the customer comes back to holds enough to finish.

use chrono::Duration;
use diesel::prelude::*;

use crate::commerce::auth::Caller;
use crate::commerce::secrets::{self, ShopSecret};
use crate::db::tables::sign_in_attempts as attempts;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result};
use crate::types::{ChannelId, CustomerId, SignInId, Timestamp};

/// How long customers may take at the provider.
const MINUTES: i64 = 10;

#[derive(Insertable)]
#[diesel(table_name = attempts, treat_none_as_default_value = false)]
struct NewRow<'a> {
    id: SignInId,
    state_hash: String,
    secret_hash: String,
    provider: &'a str,
    channel_id: ChannelId,
    customer_id: Option<CustomerId>,
    redirect_uri: &'a str,
    created_at: Timestamp,
    expires_at: Timestamp,
}

/// An attempt, with the secrets that only its client and its provider hold.
pub(super) struct Attempt {
    pub state: String,
    pub secret: String,
    pub verifier: String,
    pub nonce: String,
    pub redirect_uri: String,
    pub expires_at: Timestamp,
}

/// What a client presents to finish.
#[derive(Clone)]
pub(super) struct Presented {
    pub provider: String,
    pub state: String,
    pub secret: String,
    /// Whose account is to be linked; none: somebody signs in.
    pub customer: Option<CustomerId>,
}

/// Starts an attempt.
pub(super) fn begin(
    tx: &mut Tx,
    shop: &ShopSecret,
    by: &Caller,
    provider: &str,
    redirect_uri: &str,
    customer: Option<CustomerId>,
) -> Result<Attempt> {
    let (id, state, secret) = (tx.new_id(), secrets::generate("st")?, secrets::generate("sf")?);
    let row = NewRow {
        id,
        state_hash: secrets::hash(&state),
        secret_hash: secrets::hash(&secret),
        provider,
        channel_id: by.channel.id,
        customer_id: customer,
        redirect_uri,
        created_at: tx.now(),
        expires_at: tx.now().plus(Duration::minutes(MINUTES)),
    };
    on_each!(tx, |c| diesel::insert_into(attempts::table).values(&row).execute(c))?;
    Attempt::of(shop, id, state, secret, redirect_uri.to_owned(), row.expires_at)
}

/// Takes an attempt to finish it: of any number at once, one does. Whoever lacks its secret cannot spoil it.
pub(super) fn take(tx: &mut Tx, shop: &ShopSecret, by: &Caller, presented: Presented) -> Result<Attempt> {
    let now = tx.now();
    let (state_hash, secret_hash) = (secrets::hash(&presented.state), secrets::hash(&presented.secret));
    type Taken = (SignInId, Option<CustomerId>, String, Timestamp);
    let taken: Option<Taken> = on_each!(tx, |c| {
        let open = attempts::table
            .filter(attempts::state_hash.eq(&state_hash))
            .filter(attempts::secret_hash.eq(&secret_hash))
            .filter(attempts::provider.eq(&presented.provider))
            .filter(attempts::channel_id.eq(by.channel.id))
            .filter(attempts::used_at.is_null())
            .filter(attempts::expires_at.gt(now));
        diesel::update(open)
            .set(attempts::used_at.eq(now))
            .returning((attempts::id, attempts::customer_id, attempts::redirect_uri, attempts::expires_at))
            .get_result(c)
            .optional()
    })?;
    // Rolled back with this error: whoever presents it for another purpose does not spoil it either.
    let (id, _, redirect_uri, expires_at) = taken.filter(|(_, customer, ..)| *customer == presented.customer).ok_or_else(|| {
        Error::new(Code::SignInNotValid, "This attempt to sign in is unknown, was finished, is too old, or was started elsewhere.")
    })?;
    Attempt::of(shop, id, presented.state, presented.secret, redirect_uri, expires_at)
}

impl Attempt {
    fn of(shop: &ShopSecret, id: SignInId, state: String, secret: String, redirect_uri: String, expires_at: Timestamp) -> Result<Self> {
        // 43 characters and a prefix of the unreserved ones: what RFC 7636, 4.1 asks of a verifier.
        let made = |prefix: &str| shop.token(prefix, format_args!("{id}:{secret}"));
        Ok(Self { verifier: made("pkce")?, nonce: made("nonce")?, state, secret, redirect_uri, expires_at })
    }
}

/// Forgets attempts past their time; answers how many.
pub(super) fn purge(tx: &mut Tx) -> Result<usize> {
    let now = tx.now();
    Ok(on_each!(tx, |c| diesel::delete(attempts::table.filter(attempts::expires_at.lt(now))).execute(c))?)
}
